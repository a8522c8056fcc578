//! Tells authors how their invitations stand (T5), and admins that a provider is out. What
//! is to be told stands in the database, so that it is told after a restart too.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use teloxide::Bot;
use teloxide::types::{ChatId, MessageId};
use tokio::sync::watch;

use super::outbound::{self, Fault};
use super::{Context, turn};
use crate::dialogue::{Reply, texts};
use crate::domain::{Invitation, Number, PersonId, Provider, Role, State};
use crate::probe::crash_point;
use crate::store::{Outage, StoreError, Untold};

/// How many messages are under way at once.
const AT_ONCE: usize = 16;

/// How many are loaded at once.
const ROUND: u32 = 200;

/// How long to sleep when nothing is to be told.
const NAP: Duration = Duration::from_secs(30);

/// The shortest sleep between two rounds that tell nothing.
const SHORTEST: Duration = Duration::from_millis(200);

/// The longest wait between two tries of one message.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// How many times in a row a provider is left alone before the admins hear of it: 15 minutes.
const PATIENCE: u32 = 15;

/// The longest that a stop waits for what is still to be told.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Keeps every status message true.
pub struct Teller {
    bot: Bot,
    context: Arc<Context>,
    /// Which messages failed: not before when they are tried again, and the wait after that.
    held: HashMap<Number, (Instant, Duration)>,
    /// The same for the notices to admins.
    notices_held: Option<(Instant, Duration)>,
    /// Who heard of something already while others did not.
    noticed: HashSet<(Notice, PersonId)>,
}

/// What admins are told of a provider.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Notice {
    /// It refuses the key.
    Pause(Provider),
    /// It goes on answering with errors.
    Outage(Provider),
}

/// What became of one message.
enum Told {
    /// It shows this.
    Shown(MessageId),
    /// Nobody will see it.
    Nobody,
    /// To be tried again after this.
    Later(Option<Duration>),
}

impl Teller {
    /// A teller that sends with this bot.
    pub fn new(bot: Bot, context: Arc<Context>) -> Self {
        Self { bot, context, held: HashMap::new(), notices_held: None, noticed: HashSet::new() }
    }

    /// Tells until `shutdown` is true, then what there is to tell just then. What fails now, or
    /// takes too long, is told after the next start.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let mut stop = shutdown.clone();
        let overdue = async {
            drop(stop.wait_for(|stop| *stop).await);
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            () = self.tell(shutdown) => {}
            () = overdue => tracing::warn!("Telegram does not answer, not everything was told"),
        }
    }

    async fn tell(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut changed = self.context.delivery.changed();
        loop {
            changed.mark_unchanged();
            let told = tokio::select! {
                told = self.round() => told,
                // What is dropped half told is told again: an edit does no harm.
                () = super::stopped(&mut shutdown) => break,
            };
            let wait = told.unwrap_or_else(|error| {
                tracing::error!(%error, "cannot read what is to be told");
                MAX_BACKOFF
            });
            let context = self.context.clone();
            tokio::select! {
                () = context.news.notified() => {}
                _ = changed.changed() => {}
                () = tokio::time::sleep(wait) => {}
                () = super::stopped(&mut shutdown) => break,
            }
        }
        drop(self.round().await);
    }

    /// Tells everything that is due; how long until the next is.
    async fn round(&mut self) -> Result<Duration, StoreError> {
        self.notices().await?;
        let untold = self.context.store.untold(ROUND).await?;
        let full = untold.len() == ROUND as usize;
        let now = Instant::now();
        let due = untold.into_iter().filter(|untold| {
            self.held.get(&untold.invitation.number).is_none_or(|(at, _)| *at <= now)
        });
        let due: Vec<Untold> = due.collect();
        let some = !due.is_empty();
        let (bot, context) = (&self.bot, &self.context);
        let told: Vec<(Untold, Told)> = futures::stream::iter(due)
            .map(async |untold| {
                let told = tell(bot, context, &untold).await;
                (untold, told)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (untold, told) in told {
            self.note(&untold, told).await?;
        }
        if full && some {
            return Ok(Duration::ZERO);
        }
        let next = self.held.values().map(|(at, _)| *at).chain(self.notices_held.map(|(at, _)| at));
        let wait = next.min().map_or(NAP, |at| at.saturating_duration_since(Instant::now()));
        // Never none at all: what is held may be gone by now.
        Ok(wait.clamp(SHORTEST, NAP))
    }

    async fn note(&mut self, untold: &Untold, told: Told) -> Result<(), StoreError> {
        let (number, seq) = (untold.invitation.number, untold.invitation.seq);
        match told {
            Told::Shown(message) => {
                self.held.remove(&number);
                crash_point!("before T5");
                let (store, old) = (&self.context.store, untold.status_message);
                store.told(number, seq, old, message.0).await?;
                crash_point!("after T5");
                store.tell_again_if_outdated(&untold.invitation).await
            }
            Told::Nobody => {
                self.held.remove(&number);
                self.context.store.give_up_telling(number, seq).await
            }
            Told::Later(wait) => {
                let before = self.held.get(&number).map(|(_, wait)| *wait);
                self.held.insert(number, hold(before, wait));
                Ok(())
            }
        }
    }

    /// Tells the admins of each newly paused provider, and of each outage that lasts.
    async fn notices(&mut self) -> Result<(), StoreError> {
        if self.notices_held.is_some_and(|(at, _)| at > Instant::now()) {
            return Ok(());
        }
        let before = self.notices_held.take().map(|(_, wait)| wait);
        let store = self.context.store.clone();
        for pause in store.pauses().await?.into_iter().filter(|pause| !pause.told) {
            let reply = texts::paused_notice(pause.provider, pause.message.as_deref());
            if self.notice(Notice::Pause(pause.provider), &reply, before).await? {
                store.pause_told(pause.provider).await?;
            }
        }
        let lasts = |outage: &Outage| !outage.told && outage.pauses > PATIENCE;
        for outage in store.outages().await?.into_iter().filter(lasts) {
            let reply = texts::outage_notice(outage.provider);
            if self.notice(Notice::Outage(outage.provider), &reply, before).await? {
                store.outage_told(outage.provider).await?;
            }
        }
        Ok(())
    }

    /// Tells every admin who has not heard of it; `false`: to be tried again.
    async fn notice(
        &mut self,
        notice: Notice,
        reply: &Reply,
        before: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let mut heard = true;
        for admin in admins(&self.context).await? {
            if self.noticed.contains(&(notice, admin)) {
                continue;
            }
            match outbound::say(&self.bot, ChatId(admin.get()), reply, None).await {
                Ok(_) | Err(Fault::Deaf | Fault::Refused(_)) => {
                    self.noticed.insert((notice, admin));
                }
                Err(_) => heard = false,
            }
        }
        if heard {
            self.noticed.retain(|(known, _)| *known != notice);
        } else {
            self.notices_held = Some(hold(before, None));
        }
        Ok(heard)
    }
}

/// When to try again: after what Telegram names, else twice as long as the last time.
pub fn hold(before: Option<Duration>, wait: Option<Duration>) -> (Instant, Duration) {
    let backoff = before.map_or(Duration::from_secs(1), |before| (before * 2).min(MAX_BACKOFF));
    (Instant::now() + wait.unwrap_or(backoff), backoff)
}

/// Who is an admin now, by configuration or on the list.
pub async fn admins(context: &Context) -> Result<Vec<PersonId>, StoreError> {
    let everybody = turn::everybody(context).await?;
    Ok(everybody.into_iter().filter(|(_, role)| *role == Role::Admin).map(|(id, _)| id).collect())
}

/// Whether a person may learn anything: on the list, or an admin by configuration.
pub async fn is_listed(context: &Context, person: PersonId) -> Result<bool, StoreError> {
    let listed = context.store.listed(person).await?;
    Ok(listed.is_some_and(|listed| listed.role.is_some()) || context.fixed_admins.contains(&person))
}

/// An author who is off the list learns nothing more; where somebody has to decide, admins do.
/// What an admin held knowingly, that admin knows.
async fn tell_admins(bot: &Bot, context: &Context, invitation: &Invitation) -> Told {
    let to_decide = match invitation.state {
        State::Held => invitation.changed_by.is_none(),
        State::Unknown | State::NotSent | State::Rejected(_) => true,
        _ => false,
    };
    if !to_decide {
        return Told::Nobody;
    }
    let Ok(admins) = admins(context).await else { return Told::Later(None) };
    let reply = texts::orphan_card(invitation, &context.zone);
    let mut heard = admins.is_empty();
    for admin in admins {
        match outbound::say(bot, ChatId(admin.get()), &reply, None).await {
            Ok(_) | Err(Fault::Deaf | Fault::Refused(_)) => heard = true,
            Err(fault) => {
                tracing::warn!(number = invitation.number.0, %fault, "an admin was not told")
            }
        }
    }
    if heard { Told::Nobody } else { Told::Later(None) }
}

/// Shows one invitation as it stands.
async fn tell(bot: &Bot, context: &Context, untold: &Untold) -> Told {
    let author = untold.invitation.author.id;
    match is_listed(context, author).await {
        Ok(true) => {}
        Ok(false) => return tell_admins(bot, context, &untold.invitation).await,
        Err(_) => return Told::Later(None),
    }
    #[cfg(feature = "seeded-bugs")]
    let untold = &{
        let mut untold = untold.clone();
        crate::probe::bugs::misstate(&mut untold.invitation);
        untold
    };
    let reply = texts::status_card(&untold.invitation, &context.zone);
    let chat = ChatId(author.get());
    let replaced = match untold.status_message.map(MessageId) {
        Some(message) => {
            outbound::replace(bot, chat, message, &reply, None).await.map(|()| message)
        }
        None => Err(Fault::Gone),
    };
    let shown = match replaced {
        Err(Fault::Gone) => outbound::say(bot, chat, &reply, None).await,
        result => result,
    };
    match shown {
        Ok(message) => Told::Shown(message),
        Err(Fault::Deaf) => Told::Nobody,
        Err(fault @ Fault::Refused(_)) => {
            tracing::error!(number = untold.invitation.number.0, %fault, "an author is not told");
            Told::Nobody
        }
        Err(fault) => {
            tracing::warn!(number = untold.invitation.number.0, %fault, "an author was not told");
            match fault {
                Fault::Wait(wait) => Told::Later(Some(wait)),
                _ => Told::Later(None),
            }
        }
    }
}
