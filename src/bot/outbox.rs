//! The one loop that sends what is no answer to an update: enqueued messages, status messages (T5),
//! screens that may not have been seen.

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

use super::answer::TelegramError;
use super::backoff::Backoff;
use super::client::TelegramClient;
use super::notices::{announce, notices};
use super::results::{self, give_up, no_longer_told, rings, to_repeater};
use super::show::Origin;
use super::turn::turn;
use super::{Context, everybody, overdue, render, viewer};
use crate::dialogue::session::Stage;
use crate::domain::{Person, PersonId, Role, State};
use crate::handlers::{Input, OutgoingMessage, Stored};
use crate::monitor::Loop;
use crate::probe::crash_point;
use crate::screens::status;
use crate::store::{CALL, Change, PendingNotification, StoreError};

const AT_ONCE: usize = 16;

const LOOK_INTERVAL: Duration = Duration::from_secs(30);

const SOON: Duration = Duration::from_secs(1);

pub struct Outbox {
    client: TelegramClient,
    context: Arc<Context>,
    busy: BTreeSet<PersonId>,
    /// The person, whether a screen was to be shown again, and what came of it.
    work: JoinSet<(PersonId, bool, anyhow::Result<()>)>,
    backoff: Backoff,
    /// When unseen screens are looked for: not at once, for what people did meanwhile comes first.
    unseen_at: Instant,
    /// Until `unseen_at` has come once, enqueued answers wait for updates from before the start.
    caught_up: bool,
}

#[derive(Default)]
struct Pending {
    invitations: Vec<PendingNotification>,
    /// The chat was claimed for enqueued messages.
    chat: bool,
    /// It was also claimed for a screen that may not have been seen.
    unseen: bool,
}

impl Outbox {
    pub fn new(client: TelegramClient, context: Arc<Context>) -> Self {
        Self {
            client,
            context,
            busy: BTreeSet::new(),
            work: JoinSet::new(),
            backoff: Backoff::default(),
            unseen_at: Instant::now() + LOOK_INTERVAL,
            caught_up: false,
        }
    }

    /// Sends until the shutdown, then once more; what fails then is sent after the next start.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let overdue = overdue(shutdown.clone());
        tokio::select! {
            () = self.send(shutdown) => {}
            () = overdue => tracing::warn!("Telegram does not answer, not everything was told"),
        }
    }

    async fn send(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut changed = self.context.delivery.changed();
        let context = self.context.clone();
        loop {
            changed.mark_unchanged();
            context.store.monitor().beats(Loop::Outbox);
            let wait = self.begin().await;
            tokio::select! {
                Some(Ok((person, unseen, sent))) = self.work.join_next() => {
                    self.note(person, unseen, sent);
                }
                () = context.to_tell.notified() => {}
                _ = changed.changed() => {}
                () = context.not_shown.notified() => self.unseen_at = Instant::now(),
                () = context.inbox.back.notified() => {
                    self.unseen_at = Instant::now();
                    self.backoff.lift_all();
                }
                () = tokio::time::sleep(wait) => {}
                () = super::stopped(&mut shutdown) => break,
            }
        }
        self.begin().await;
        while let Some(Ok((person, unseen, sent))) = self.work.join_next().await {
            self.note(person, unseen, sent);
            self.begin().await;
        }
    }

    /// Returns how long until the next person need not wait any more.
    async fn begin(&mut self) -> Duration {
        let mut interval = LOOK_INTERVAL;
        while self.work.len() < AT_ONCE {
            let now = Instant::now();
            let excluding: Vec<PersonId> =
                self.busy.iter().copied().chain(self.backoff.waiting(now)).collect();
            let (pending, again) = match self.pending(&excluding, now).await {
                Ok(pending) => pending,
                Err(error) => {
                    tracing::error!(%error, "what is pending cannot be read");
                    break;
                }
            };
            interval = again;
            if pending.is_empty() {
                break;
            }
            for (person, pending) in pending {
                let (client, context) = (self.client.clone(), self.context.clone());
                self.busy.insert(person);
                self.work.spawn(async move {
                    let sent = AssertUnwindSafe(flush(&client, &context, person, &pending));
                    let sent = sent.catch_unwind().await;
                    if pending.chat {
                        context.inbox.release(person);
                    }
                    (
                        person,
                        pending.unseen,
                        sent.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked"))),
                    )
                });
            }
        }
        let now = Instant::now();
        let unseen = self.unseen_at.saturating_duration_since(now);
        self.backoff.next(now).unwrap_or(interval).min(interval).min(unseen.max(SOON))
    }

    /// Returns also when to look again. Replies to what a person wrote come first.
    async fn pending(
        &mut self,
        excluding: &[PersonId],
        now: Instant,
    ) -> Result<(BTreeMap<PersonId, Pending>, Duration), StoreError> {
        let store = &self.context.store;
        let time = Timestamp::now();
        let mut outgoing = store.outgoing(time).await?;
        if outgoing.holds {
            match notices(&self.context).await {
                Ok(any) => outgoing.messages |= any,
                Err(error) => tracing::error!(%error, "the admins cannot be told"),
            }
        }
        let mut pending = BTreeMap::<PersonId, Pending>::new();
        if outgoing.notifications {
            let room = AT_ONCE - self.work.len();
            for notification in store.pending_notifications(excluding, time, room).await? {
                pending
                    .entry(notification.invitation.author.id)
                    .or_default()
                    .invitations
                    .push(notification);
            }
        }
        let unseen = now >= self.unseen_at;
        self.caught_up |= unseen;
        let people = match (unseen, outgoing.messages) {
            (true, _) => store.people_with_pending().await?,
            (false, true) => store.addressees(self.caught_up).await?,
            (false, false) => Vec::new(),
        };
        let mut all = true;
        for person in people {
            let busy = self.busy.contains(&person);
            // The end of a wait is known, that of a sending is not.
            if excluding.contains(&person) && !busy {
                continue;
            }
            if !busy && pending.len() < AT_ONCE && self.context.inbox.claim(person) {
                let pending = pending.entry(person).or_default();
                (pending.chat, pending.unseen) = (true, unseen);
            } else {
                all = false;
            }
        }
        let interval = match (all, outgoing.calls) {
            (_, true) => CALL,
            (true, false) => LOOK_INTERVAL,
            (false, false) => SOON,
        };
        if unseen {
            // Somebody who must wait may have a screen to see when the wait is over.
            self.unseen_at =
                now + self.backoff.next(now).map_or(interval, |wait| wait.min(interval));
        }
        Ok((pending, interval))
    }

    fn note(&mut self, person: PersonId, unseen: bool, sent: anyhow::Result<()>) {
        self.busy.remove(&person);
        match sent {
            Ok(()) => self.backoff.reset(person),
            Err(error) => {
                tracing::warn!(person = person.get(), "something is still pending: {error:#}");
                let unknown = TelegramError::Network("something failed");
                let error = error.downcast_ref().unwrap_or(&unknown);
                let now = Instant::now();
                self.backoff.wait(person, error, now);
                if unseen && let Some(wait) = self.backoff.next(now) {
                    self.unseen_at = self.unseen_at.min(now + wait);
                }
            }
        }
    }
}

async fn flush(
    client: &TelegramClient,
    context: &Arc<Context>,
    person: PersonId,
    pending: &Pending,
) -> anyhow::Result<()> {
    for notification in &pending.invitations {
        let told = match is_listed(context, person).await {
            Ok(true) => notify(client, context, notification).await?,
            Ok(false) => notify_admins(context, notification).await,
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            let number = notification.invitation.number.0;
            tracing::error!(number, %error, "it was not noted as told");
            return Err(TelegramError::Network("nothing can be noted").into());
        }
    }
    if pending.chat { flush_chat(client, context, person, pending.unseen).await } else { Ok(()) }
}

/// The draft's screen too, if an update was not answered or a silence may have lost presses.
async fn flush_chat(
    client: &TelegramClient,
    context: &Arc<Context>,
    id: PersonId,
    unseen: bool,
) -> anyhow::Result<()> {
    let pending = context.store.pending_reply(id).await?;
    let viewer = viewer(context, id).await?;
    for message in context.store.outbox(id).await? {
        let outgoing: Option<OutgoingMessage> = serde_json::from_str(&message.body).ok();
        let mut done = vec![Change::Ack(message.id)];
        let screen = match &outgoing {
            Some(outgoing) => render::draw(context, &viewer, outgoing).await?,
            None => None,
        };
        if let Some(screen) = screen {
            let chat = ChatId(id.get());
            let to = outgoing.as_ref().and_then(OutgoingMessage::replies_to).map(MessageId);
            let told = match outgoing.as_ref().and_then(OutgoingMessage::edits).map(MessageId) {
                Some(old) => render::replace(client, chat, old, &screen, None).await.map(|()| old),
                None => render::reply(client, chat, to, &screen).await,
            };
            match (told, &outgoing) {
                (Err(error), _) if error.is_transient() => return Err(error.into()),
                (Err(error), _) => {
                    tracing::info!(person = id.get(), %error, "a person was not told");
                }
                (Ok(MessageId(message)), Some(OutgoingMessage::Request { id: request, .. })) => {
                    let request = *request;
                    done.push(Change::NoteRequestCard { request, person: id, message });
                }
                (Ok(_), _) => {}
            }
        }
        context.apply(&done).await?;
    }
    if !unseen {
        return Ok(());
    }
    let person = Person { id, name: None };
    let known = context.facts(id).await?;
    let stored = Stored::of(known.draft.as_ref(), Timestamp::now());
    let confirms = matches!(stored.session.draft, Some(Stage::Reviewing { .. }));
    if (pending.answer && !stored.session.is_empty()) || (pending.card && confirms) {
        let origin = Origin { person, update: None, pressed: None };
        turn(client, context, origin, known, Input::ShowAgain).await?;
    }
    context.apply(&[Change::NoteUpToDate(id)]).await?;
    Ok(())
}

pub async fn is_listed(context: &Context, person: PersonId) -> Result<bool, StoreError> {
    let listed = context.store.is_listed(person).await?;
    Ok(listed || context.setup.fixed_admins.contains(&person))
}

pub async fn admins(context: &Context) -> Result<Vec<PersonId>, StoreError> {
    let everybody = everybody(context).await?;
    Ok(everybody.into_iter().filter(|(_, role)| *role == Role::Admin).map(|(id, _)| id).collect())
}

/// The outer error is one that passes: Telegram may take the message later.
async fn notify(
    client: &TelegramClient,
    context: &Context,
    notification: &PendingNotification,
) -> Result<Result<(), StoreError>, TelegramError> {
    let invitation = &notification.invitation;
    let screen = status::status_card(invitation, &context.zone);
    let chat = ChatId(invitation.author.id.get());
    let place = notification.status_message.map(MessageId);
    match render::show(client, chat, place, &screen, None).await {
        Ok(message) => {
            let is_last = client.last_messages().is_last(chat, message);
            // A new message has rung by itself.
            let rings = place == Some(message) && rings(notification, is_last, Timestamp::now());
            Ok(note_told(context, notification, message, rings).await)
        }
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            if error != TelegramError::Unreachable {
                tracing::error!(number = invitation.number.0, %error, "an author is not told");
            }
            Ok(give_up(context, notification).await)
        }
    }
}

async fn note_told(
    context: &Context,
    notification: &PendingNotification,
    message: MessageId,
    rings: bool,
) -> Result<(), StoreError> {
    let invitation = &notification.invitation;
    let (shown, old) = (Box::new(invitation.clone()), notification.status_message);
    let ring = if rings { results::message(invitation, Some(message.0)) } else { None };
    let mut changes = vec![Change::NoteNotified { shown, old, message: message.0, ring }];
    changes.extend(to_repeater(notification));
    crash_point!("before T5");
    context.store.note(Timestamp::now(), &changes).await?;
    crash_point!("after T5");
    Ok(())
}

/// An author without access is told nothing more; the admins are told where somebody has to decide,
/// but not of a hold that an admin made.
async fn notify_admins(
    context: &Context,
    notification: &PendingNotification,
) -> Result<(), StoreError> {
    let invitation = &notification.invitation;
    let to_decide = match invitation.state {
        State::Held => invitation.changed_by.is_none(),
        State::Unknown | State::NotSent | State::Rejected(_) => true,
        _ => false,
    };
    if !to_decide {
        return give_up(context, notification).await;
    }
    let screen = status::orphan_card(invitation, &context.zone);
    announce(context, &screen, no_longer_told(invitation)).await
}
