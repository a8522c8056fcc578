//! The long poll, written by hand: the raw JSON is stored, and the offset must follow the commit.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::payloads::DeleteWebhook;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::super::answer::{TelegramError, read};
use super::super::client::TelegramClient;
use super::super::storage_outage::StorageOutage;
use super::super::{ConnectError, Context, POLL, stopped};
use super::Inbox;
use super::contact::{Contact, backoff, note_rival, rest};
use crate::monitor::Loop;
use crate::probe::crash_point;
use crate::store::{Received, StoreError};

pub const KINDS: [&str; 3] = ["message", "edited_message", "callback_query"];

const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// How long waits stay short: it may have been an accident.
const SHORT_FOR: Duration = Duration::from_secs(3600);

/// One conflict may be an accident; two within this time are another program.
const CONFLICTS: Duration = Duration::from_secs(30);

pub async fn run(
    client: &TelegramClient,
    context: &Context,
    inbox: &Inbox,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectError> {
    let mut poll = Poll::new(client, inbox, &context.to_tell);
    let mut storage_outage = StorageOutage::default();
    while !*shutdown.borrow() {
        context.store.monitor().beats(Loop::Poll);
        tokio::select! {
            round = poll.round() => match round {
                Ok(()) => storage_outage.over(),
                Err(PollError::Telegram(TelegramError::Token)) => return Err(ConnectError::Token),
                Err(trouble) => {
                    let wait = poll.wait(&trouble);
                    if let PollError::Telegram(TelegramError::Conflict) = trouble {
                        poll.conflicts().await;
                    }
                    tracing::warn!("taking no updates for {:.1} s: {trouble}", wait.as_secs_f64());
                    let chats = trouble.chats();
                    tokio::select! {
                        () = async {
                            storage_outage.tell(client, context, chats).await;
                            rest(context.store.monitor(), wait).await;
                        } => {}
                        () = stopped(&mut shutdown) => {}
                    }
                }
            },
            // What was not stored was not acknowledged either.
            () = stopped(&mut shutdown) => {}
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{error}")]
    StorageOutage { error: StoreError, chats: Vec<i64> },
}

impl PollError {
    fn chats(&self) -> &[i64] {
        match self {
            Self::StorageOutage { chats, .. } => chats,
            _ => &[],
        }
    }
}

struct Poll<'a> {
    client: &'a TelegramClient,
    inbox: &'a Inbox,
    to_tell: &'a Notify,
    contact: Contact<'a>,
    /// A webhook forbids polling, and whoever has the token may set one at any time.
    webhook_gone: bool,
    /// All before it is stored. In memory only, for an update that comes again is known by its id.
    offset: i64,
    failures: u32,
    conflict: Option<Instant>,
    /// Batches in a row in which nothing was new.
    repeats: u32,
    reached: bool,
    /// How long Telegram waits for updates; less where somebody on the way ends what is silent.
    patience: Duration,
    shortened_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Envelope {
    update_id: i64,
    #[serde(alias = "edited_message")]
    message: Option<Place>,
    callback_query: Option<PressPlace>,
}

#[derive(Deserialize)]
struct PressPlace {
    message: Option<Place>,
    from: Id,
}

#[derive(Deserialize)]
struct Place {
    chat: Id,
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// For an update whose other parts cannot be read.
#[derive(Deserialize)]
struct Bare {
    update_id: i64,
}

impl<'a> Poll<'a> {
    fn new(client: &'a TelegramClient, inbox: &'a Inbox, to_tell: &'a Notify) -> Self {
        Self {
            client,
            inbox,
            to_tell,
            contact: Contact::new(inbox),
            webhook_gone: false,
            offset: 0,
            failures: 0,
            conflict: None,
            repeats: 0,
            reached: false,
            patience: POLL,
            shortened_at: None,
        }
    }

    async fn round(&mut self) -> Result<(), PollError> {
        self.contact.begin().await?;
        if !self.webhook_gone {
            // Never with `drop_pending_updates`, which loses what people sent.
            self.client.call(&DeleteWebhook::new()).await?;
            self.webhook_gone = true;
        }
        let reached_before = std::mem::replace(&mut self.reached, false);
        // The first answer comes at once, so that it is soon known that Telegram is back.
        if self.shortened_at.is_some_and(|at| at.elapsed() > SHORT_FOR) {
            (self.patience, self.shortened_at) = (POLL, None);
        }
        let mut wait = if reached_before { self.patience } else { Duration::ZERO };
        let acknowledges = self.offset > 0;
        if acknowledges {
            crash_point!("before acknowledging");
        }
        let batch = loop {
            match self.ask(wait).await {
                Err(TelegramError::Cut(silence)) => {
                    wait = (silence / 2).clamp(SHORTEST_WAIT, POLL);
                    (self.patience, self.shortened_at) = (wait, Some(Instant::now()));
                    let seconds = wait.as_secs();
                    tracing::info!(seconds, "somebody on the way ends polls: they are shorter now");
                }
                Err(error) => {
                    self.patience = POLL;
                    return Err(error.into());
                }
                Ok(batch) => break batch,
            }
        };
        self.inbox.store.monitor().polled(Timestamp::now());
        if acknowledges {
            crash_point!("after acknowledging");
        }
        if let Err(error) = self.store(&batch).await {
            return Err(PollError::StorageOutage {
                error,
                chats: self.inbox.not_stored(&batch).await,
            });
        }
        self.reached = true;
        if reached_before || self.conflict.is_none() {
            self.failures = 0;
        }
        if reached_before {
            self.conflict = self.conflict.filter(|at| at.elapsed() < CONFLICTS);
        }
        self.contact.note(Timestamp::now(), !reached_before).await?;
        if self.repeats > 0 {
            // A server that repeats itself would be asked without a pause.
            let pause = Duration::from_millis(50).saturating_mul(self.repeats);
            tokio::time::sleep(pause.min(Duration::from_secs(1))).await;
        }
        Ok(())
    }

    async fn store(&mut self, batch: &[Received]) -> Result<(), StoreError> {
        let newest = self.inbox.receive(batch).await?;
        let repeats = newest.is_none() && !batch.is_empty();
        self.repeats = if repeats { self.repeats.saturating_add(1) } else { 0 };
        // It follows new ids also downwards, for they restart at random; of known ids the lowest is
        // safe.
        if let Some(id) = newest.or(batch.first().map(|one| one.update)) {
            self.offset = id.saturating_add(1);
        }
        Ok(())
    }

    async fn ask(&self, wait: Duration) -> Result<Vec<Received>, TelegramError> {
        let question = serde_json::json!({
            "offset": self.offset, "timeout": wait.as_secs(), "allowed_updates": KINDS,
        });
        let pass = self.client.pass_with_others().await?;
        batch(&self.client.poll(question.to_string(), wait, pass).await?)
    }

    /// The first answer after a failure comes at once even while another program polls; only a
    /// finished long poll shows that the other one is gone.
    async fn conflicts(&mut self) {
        let now = Instant::now();
        if self.client.routes().is_just_taken(now) || self.conflict.replace(now).is_none() {
            return;
        }
        note_rival(&self.inbox.store, self.to_tell).await;
    }

    fn wait(&mut self, trouble: &PollError) -> Duration {
        match trouble {
            PollError::Telegram(TelegramError::Wait(exactly)) => {
                self.inbox.store.monitor().asked_to_wait(*exactly);
                return *exactly;
            }
            PollError::Telegram(TelegramError::Conflict) => self.webhook_gone = false,
            _ => {}
        }
        backoff(&mut self.failures)
    }
}

/// The updates come in the order of their ids.
pub fn batch(body: &str) -> Result<Vec<Received>, TelegramError> {
    let updates: Vec<Box<RawValue>> = read(body)?;
    let mut batch: Vec<Received> = updates.iter().filter_map(|raw| received(raw)).collect();
    if batch.len() < updates.len() {
        let count = updates.len() - batch.len();
        tracing::error!(count, "updates without an id");
        if batch.is_empty() {
            return Err(TelegramError::Network("updates without an id"));
        }
    }
    batch.sort_by_key(|one| one.update);
    Ok(batch)
}

/// `None`: it has no id.
pub fn received(raw: &RawValue) -> Option<Received> {
    let (update, chat) = match serde_json::from_str::<Envelope>(raw.get()) {
        Ok(Envelope { update_id, message: Some(place), .. }) => (update_id, place.chat.id),
        Ok(Envelope { update_id, callback_query: Some(press), .. }) => {
            (update_id, press.message.map_or(press.from.id, |place| place.chat.id))
        }
        Ok(Envelope { update_id, .. }) => (update_id, 0),
        Err(_) => (serde_json::from_str::<Bare>(raw.get()).ok()?.update_id, 0),
    };
    Some(Received { update, chat, raw: raw.get().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_stored_in_the_order_of_its_ids_and_byte_for_byte() {
        let message = r#"{"update_id":7, "message":{"chat":{"id":5},"text":"\ud83d"}}"#;
        let press =
            r#"{"update_id":6,"callback_query":{"from":{"id":9},"message":{"chat":{"id":5}}}}"#;
        let bare_press = r#"{"update_id":5,"callback_query":{"from":{"id":9}}}"#;
        let unknown = r#"{"update_id":8,"message":{"chat":"nonsense"}}"#;
        let body = format!(
            r#"{{"ok":true,"result":[{message},{press},{{"no":"id"}},{bare_press},{unknown}]}}"#
        );
        let one = |update, chat, raw: &str| Received { update, chat, raw: raw.to_owned() };
        assert_eq!(
            batch(&body).unwrap(),
            [one(5, 9, bare_press), one(6, 5, press), one(7, 5, message), one(8, 0, unknown)]
        );
    }

    #[test]
    fn updates_without_ids_are_a_fault_that_passes() {
        assert!(batch(r#"{"ok":true,"result":[{}]}"#).unwrap_err().is_transient());
    }
}
