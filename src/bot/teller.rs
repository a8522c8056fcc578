//! Tells authors how their invitations stand (T5), and admins what they have to know. What is to
//! be told stands in the database, so that it is told after a restart too.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use teloxide::types::{ChatId, MessageId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::holds::Holds;
use super::line::{Fault, Line};
use super::{Context, everybody, outbound, overdue};
use crate::domain::{Invitation, PersonId, Role, State};
use crate::handlers::{self, Letter};
use crate::probe::crash_point;
use crate::screens::{Screen, holds, home, status};
use crate::store::{Outage, StoreError, Tx, Untold};

/// How many authors are told at once; one gets one message after the other.
const AT_ONCE: usize = 16;

/// How many invitations are loaded at once.
const ROUND: u32 = 200;

/// How long to sleep when nothing is to be told.
const NAP: Duration = Duration::from_secs(30);

/// How many times in a row a provider is left alone before the admins hear of it: 15 minutes.
const PATIENCE: u32 = 15;

/// Keeps every status message true.
pub struct Teller {
    line: Line,
    context: Arc<Context>,
    /// Who is being told just now.
    busy: BTreeSet<PersonId>,
    work: JoinSet<(PersonId, Result<(), Fault>)>,
    /// Who was not told, and must wait.
    holds: Holds,
}

impl Teller {
    /// A teller that sends with this line.
    pub fn new(line: Line, context: Arc<Context>) -> Self {
        let (busy, work) = (BTreeSet::new(), JoinSet::new());
        Self { line, context, busy, work, holds: Holds::default() }
    }

    /// Tells until `shutdown` is true, then what there is to tell just then. What fails now, or
    /// takes too long, is told after the next start.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let overdue = overdue(shutdown.clone());
        tokio::select! {
            () = self.tell(shutdown) => {}
            () = overdue => tracing::warn!("Telegram does not answer, not everything was told"),
        }
    }

    async fn tell(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut changed = self.context.delivery.changed();
        let context = self.context.clone();
        loop {
            changed.mark_unchanged();
            let wait = self.begin().await;
            tokio::select! {
                Some(Ok((author, told))) = self.work.join_next() => self.note(author, told),
                () = context.news.notified() => {}
                _ = changed.changed() => {}
                () = tokio::time::sleep(wait) => {}
                () = super::stopped(&mut shutdown) => break,
            }
        }
        self.begin().await;
        while let Some(Ok((author, told))) = self.work.join_next().await {
            self.note(author, told);
            self.begin().await;
        }
    }

    /// Begins to tell everybody who need not wait; how long until somebody else need not.
    async fn begin(&mut self) -> Duration {
        if let Err(error) = notices(&self.context).await {
            tracing::error!(%error, "the admins cannot be told");
        }
        while self.work.len() < AT_ONCE {
            let but: Vec<PersonId> =
                self.busy.iter().copied().chain(self.holds.held(Instant::now())).collect();
            let untold = match self.context.store.untold(&but, ROUND).await {
                Ok(untold) => untold,
                Err(error) => {
                    tracing::error!(%error, "cannot read what is to be told");
                    break;
                }
            };
            if untold.is_empty() {
                break;
            }
            let mut by_author: BTreeMap<PersonId, Vec<Untold>> = BTreeMap::new();
            for untold in untold {
                by_author.entry(untold.invitation.author.id).or_default().push(untold);
            }
            for (author, untold) in by_author {
                let (line, context) = (self.line.clone(), self.context.clone());
                self.busy.insert(author);
                self.work.spawn(async move {
                    let told = tell_all(&line, &context, author, untold);
                    let told = AssertUnwindSafe(told).catch_unwind().await;
                    (author, told.unwrap_or(Err(Fault::Network("it panicked"))))
                });
            }
        }
        self.holds.next(Instant::now()).unwrap_or(NAP).min(NAP)
    }

    fn note(&mut self, author: PersonId, told: Result<(), Fault>) {
        self.busy.remove(&author);
        match told {
            Ok(()) => self.holds.lift(author),
            Err(fault) => {
                tracing::warn!(person = author.get(), %fault, "an author was not told");
                self.holds.put(author, &fault, Instant::now());
            }
        }
    }
}

/// Tells the admins what they have to know of the whole bot, once.
async fn notices(context: &Context) -> Result<(), StoreError> {
    let store = &context.store;
    if let Some(embargo) = store.untold_embargo().await? {
        let reply = holds::embargo_notice(&embargo);
        announce(context, &reply, async |tx| tx.embargo_told(embargo.id).await).await?;
    }
    for pause in store.pauses().await?.into_iter().filter(|pause| !pause.told) {
        let reply = home::paused_notice(pause.provider, pause.message.as_deref());
        announce(context, &reply, async |tx| tx.pause_told(pause.provider).await).await?;
    }
    let lasts = |outage: &Outage| !outage.told && outage.pauses > PATIENCE;
    for outage in store.outages().await?.into_iter().filter(lasts) {
        let reply = home::outage_notice(outage.provider);
        announce(context, &reply, async |tx| tx.outage_told(outage.provider).await).await?;
    }
    if store.rival().await?.is_some_and(|rival| !rival.told) {
        announce(context, &home::rival_notice(), async |tx| tx.rival_told().await).await?;
    }
    Ok(())
}

/// Who is an admin now, by configuration or on the list.
pub async fn admins(context: &Context) -> Result<Vec<PersonId>, StoreError> {
    let everybody = everybody(context).await?;
    Ok(everybody.into_iter().filter(|(_, role)| *role == Role::Admin).map(|(id, _)| id).collect())
}

/// Whether a person may learn anything: on the list, or an admin by configuration.
pub async fn is_listed(context: &Context, person: PersonId) -> Result<bool, StoreError> {
    let listed = context.store.is_listed(person).await?;
    Ok(listed || context.setup.fixed_admins.contains(&person))
}

/// Lets every admin be told this, and notes it as told, in one transaction.
async fn announce(
    context: &Context,
    screen: &Screen,
    note: impl AsyncFnOnce(&mut Tx) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let body = serde_json::to_string(&Letter::Screen(screen.clone()));
    let mut tx = context.store.begin().await?;
    for (person, role) in handlers::session::everybody(&mut tx, &context.setup).await? {
        if role == Role::Admin
            && let Ok(body) = &body
        {
            tx.keep(person.id, None, body, now).await?;
        }
    }
    note(&mut tx).await?;
    tx.commit().await?;
    context.kept.notify_one();
    Ok(())
}

/// Tells an author one after the other, up to the first that Telegram may take later.
async fn tell_all(
    line: &Line,
    context: &Context,
    author: PersonId,
    all: Vec<Untold>,
) -> Result<(), Fault> {
    for untold in all {
        let told = match is_listed(context, author).await {
            Ok(true) => tell(line, context, &untold).await?,
            Ok(false) => tell_admins(context, &untold.invitation).await,
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::error!(number = untold.invitation.number.0, %error, "it was not noted as told");
            return Err(Fault::Network("nothing can be noted"));
        }
    }
    Ok(())
}

/// Shows one invitation as it stands, and notes it. What Telegram may take later is a fault.
async fn tell(
    line: &Line,
    context: &Context,
    untold: &Untold,
) -> Result<Result<(), StoreError>, Fault> {
    #[cfg(feature = "seeded-bugs")]
    let untold = &{
        let mut untold = untold.clone();
        crate::probe::bugs::misstate(&mut untold.invitation);
        untold
    };
    let invitation = &untold.invitation;
    let reply = status::status_card(invitation, &context.zone);
    let chat = ChatId(invitation.author.id.get());
    let place = untold.status_message.map(MessageId);
    match outbound::show(line, chat, place, &reply, None).await {
        Ok(message) => Ok(note(context, untold, message).await),
        Err(fault) if fault.passes() => Err(fault),
        Err(fault) => {
            if fault != Fault::Deaf {
                tracing::error!(number = invitation.number.0, %fault, "an author is not told");
            }
            Ok(give_up(context, invitation).await)
        }
    }
}

async fn note(context: &Context, untold: &Untold, message: MessageId) -> Result<(), StoreError> {
    let (invitation, old) = (&untold.invitation, untold.status_message);
    crash_point!("before T5");
    context.store.told(invitation.number, invitation.seq, old, message.0).await?;
    crash_point!("after T5");
    context.store.tell_again_if_outdated(invitation).await
}

async fn give_up(context: &Context, invitation: &Invitation) -> Result<(), StoreError> {
    let mut tx = context.store.begin().await?;
    tx.give_up_telling(invitation.number, invitation.seq).await?;
    tx.commit().await
}

/// An author who is off the list learns nothing more; where somebody has to decide, admins do.
/// What an admin held knowingly, that admin knows.
async fn tell_admins(context: &Context, invitation: &Invitation) -> Result<(), StoreError> {
    let to_decide = match invitation.state {
        State::Held => invitation.changed_by.is_none(),
        State::Unknown | State::NotSent | State::Rejected(_) => true,
        _ => false,
    };
    if !to_decide {
        return give_up(context, invitation).await;
    }
    let reply = status::orphan_card(invitation, &context.zone);
    let (number, seq) = (invitation.number, invitation.seq);
    announce(context, &reply, async |tx| tx.give_up_telling(number, seq).await).await
}
