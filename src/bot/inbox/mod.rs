//! Stores updates before they are acknowledged (T0), hands them over one of each chat at a time,
//! and tries them again when they fail.

mod chat_queues;
mod contact;
mod poll;
mod webhook;

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use teloxide::stop::{StopFlag, StopToken, mk_stop_token};
use teloxide::types::Update;
use teloxide::update_listeners::{AsUpdateStream, UpdateListener};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::domain::PersonId;
use crate::probe::crash_point;
use crate::store::{Actor, Applied, Change, Failed, Received, Store, StoreError, Try};
use chat_queues::ChatQueues;

pub use poll::{batch, run as poll};
pub use webhook::{
    Delivered, Webhook, WebhookInfo, Whose, parse, run as webhook, set as set_webhook,
};

const PAUSE: Duration = Duration::from_secs(2);

/// The most updates that wait in memory, too; those that are worked on are there besides.
const FRESH: usize = 1000;

#[derive(Debug)]
pub struct Inbox {
    store: Store,
    queues: watch::Sender<ChatQueues>,
    /// As they came, until they are done; what is not here is read from the database.
    raw: Mutex<HashMap<i64, Arc<str>>>,
    /// Notified when Telegram can be reached again.
    pub back: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    Go,
    /// The person is to be told that nothing was done.
    GaveUp,
    /// The person is to be told that it takes a while.
    MustWait,
    No,
}

impl Inbox {
    /// Nothing is handed over until [`Self::load`].
    pub fn new(store: Store) -> Self {
        let (queues, raw) = (watch::Sender::default(), Mutex::default());
        Self { store, queues, raw, back: Notify::new() }
    }

    pub async fn load(&self) -> Result<(), StoreError> {
        let undone = self.store.undone().await?;
        if !undone.is_empty() {
            tracing::info!(count = undone.len(), "updates were left undone, doing them now");
        }
        self.queues.send_modify(|queues| {
            for one in undone {
                queues.doubt(one.update);
                queues.push(one);
            }
        });
        Ok(())
    }

    /// Returns the last new id; only after this may the batch be acknowledged.
    pub async fn receive(&self, batch: &[Received]) -> Result<Option<i64>, StoreError> {
        if !batch.is_empty() {
            crash_point!("before T0");
        }
        let new = self.apply(Change::Receive(batch.to_vec())).await?.received;
        if !batch.is_empty() {
            crash_point!("after T0");
        }
        let newest = new.last().map(|one| one.update);
        {
            let mut raw = self.all_raw();
            let known: HashSet<i64> = new.iter().map(|one| one.update).collect();
            for one in batch.iter().filter(|one| known.contains(&one.update)) {
                if raw.len() < FRESH {
                    raw.insert(one.update, one.raw.as_str().into());
                }
            }
        }
        let mut waits = false;
        self.queues.send_modify(|queues| {
            new.into_iter().for_each(|one| waits |= queues.push(one));
        });
        if waits {
            self.store.hurry();
        }
        Ok(newest)
    }

    /// A batch may come twice, so the chats of stored updates are left out.
    async fn not_stored(&self, batch: &[Received]) -> Vec<i64> {
        let mut chats = Vec::new();
        for one in batch {
            if matches!(self.store.is_stored(one.update).await, Ok(false)) {
                chats.push(one.chat);
            }
        }
        chats
    }

    async fn next(&self) -> Update {
        let mut changes = self.queues.subscribe();
        loop {
            changes.mark_unchanged();
            let (mut next, mut wakes_at) = (None, None);
            // Nobody waits for an update to be taken.
            self.queues.send_if_modified(|queues| {
                next = queues.next(Instant::now());
                wakes_at = queues.wakes_at();
                false
            });
            if let Some(id) = next {
                match self.open(id).await {
                    Some(update) => return update,
                    None => continue,
                }
            }
            let held = async {
                match wakes_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // It cannot fail: the sender lives as long as `self`.
                _ = changes.changed() => {}
                () = held => {}
            }
        }
    }

    async fn open(&self, id: i64) -> Option<Update> {
        let raw = match self.raw(id) {
            Some(raw) => Ok(Some(raw)),
            None => self.store.raw_update(id).await.map(|raw| raw.map(Arc::from)),
        };
        let raw = match raw {
            Ok(Some(raw)) => raw,
            Ok(None) => {
                self.finish(id);
                return None;
            }
            Err(error) => {
                self.later(id, &error);
                return None;
            }
        };
        match super::raw::update(&raw) {
            Some(update) => {
                self.all_raw().insert(id, raw);
                Some(update)
            }
            None => {
                tracing::error!(update = id, "an update cannot be read, it is parked");
                match self.apply(Change::Park(id)).await {
                    Ok(_) => self.finish(id),
                    Err(error) => {
                        self.later(id, &error);
                    }
                }
                None
            }
        }
    }

    /// Counts a try where there is doubt, unless one goes on that was broken off.
    pub async fn begin(&self, update: &Update) -> Begun {
        let id = id(update);
        if !self.queues.borrow().is_doubtful(id) || self.queues.borrow().goes_on(id) {
            return Begun::Go;
        }
        match self.apply(Change::BeginTry(id)).await.map(|applied| applied.begun) {
            Ok(Some(Try::Go)) => {
                crash_point!("after try");
                return Begun::Go;
            }
            Ok(Some(Try::Over) | None) => self.finish(id),
            Ok(Some(Try::Parked)) => {
                tracing::error!(update = id, "an update ended the program time and again: parked");
                self.finish(id);
                return Begun::GaveUp;
            }
            Err(error) if self.later(id, &error) => return Begun::MustWait,
            Err(_) => {}
        }
        Begun::No
    }

    pub async fn done(&self, update: &Update) {
        let id = id(update);
        crash_point!("before mark");
        let now = Timestamp::now();
        let answered = [Change::Answered(id)];
        // Nobody waits for it but what comes next in this chat.
        let has_more = self.queues.borrow().has_more(id);
        let written = match has_more {
            true => self.store.apply(Actor::Program, now, &answered).await.map(drop),
            false => self.store.note(now, &answered).await,
        };
        if let Err(error) = written {
            tracing::warn!(update = id, %error, "an answered update was not noted");
        }
        crash_point!("after mark");
        self.finish(id);
    }

    /// Returns whether to tell the person that nothing was done.
    pub async fn failed(&self, update: &Update, why: &str) -> bool {
        let id = id(update);
        let counted = self.queues.borrow().is_doubtful(id);
        let failed = Change::FailTry { update: id, counted };
        match self.apply(failed).await.map(|applied| applied.failed) {
            Ok(Some(Failed::Again)) => {
                tracing::warn!(update = id, "an update failed, to be tried again: {why}");
                self.put_back(id);
            }
            Ok(Some(Failed::Applied) | None) => {
                tracing::warn!(update = id, "an update took effect, but was not answered: {why}");
                self.finish(id);
            }
            Ok(Some(Failed::Parked)) => {
                tracing::error!(update = id, "an update failed once too often, parked: {why}");
                self.finish(id);
                return true;
            }
            Err(error) => {
                self.later(id, &error);
            }
        }
        false
    }

    /// The database failed, not the update: no try is counted. Returns whether to tell the person.
    pub fn broken_off(&self, update: &Update, error: &StoreError) -> bool {
        let id = id(update);
        self.queues.send_modify(|queues| queues.break_off(id));
        self.later(id, error)
    }

    /// Takes an idle chat, so that no update of it is begun until [`Self::release`].
    pub fn claim(&self, person: PersonId) -> bool {
        let mut claimed = false;
        self.queues.send_if_modified(|queues| {
            claimed = queues.claim(person.get());
            false
        });
        claimed
    }

    pub fn release(&self, person: PersonId) {
        self.queues.send_modify(|queues| queues.free(person.get()));
    }

    async fn apply(&self, change: Change) -> Result<Applied, StoreError> {
        self.store.apply(Actor::Program, Timestamp::now(), &[change]).await
    }

    /// Of an update that is being worked on, as it came.
    pub fn raw(&self, id: i64) -> Option<Arc<str>> {
        self.all_raw().get(&id).cloned()
    }

    fn all_raw(&self) -> MutexGuard<'_, HashMap<i64, Arc<str>>> {
        self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, id: i64) {
        self.all_raw().remove(&id);
        self.queues.send_modify(|queues| queues.finish(id));
    }

    fn put_back(&self, id: i64) {
        self.queues.send_modify(|queues| queues.put_back(id, Instant::now() + PAUSE));
    }

    /// Counts no try. Returns whether to tell the person, which is only at the second failure.
    fn later(&self, id: i64, error: &StoreError) -> bool {
        tracing::error!(update = id, %error, "an update must wait");
        let mut times = 0;
        self.queues.send_modify(|queues| times = queues.delay(id, Instant::now() + PAUSE));
        times == 2
    }
}

pub fn id(update: &Update) -> i64 {
    i64::from(update.id.0)
}

pub struct Listener {
    inbox: Arc<Inbox>,
    token: StopToken,
    stopped: StopFlag,
}

impl Listener {
    pub fn new(inbox: Arc<Inbox>) -> Self {
        let (token, stopped) = mk_stop_token();
        Self { inbox, token, stopped }
    }
}

impl UpdateListener for Listener {
    type Err = Infallible;

    fn stop_token(&mut self) -> StopToken {
        self.token.clone()
    }
}

impl<'a> AsUpdateStream<'a> for Listener {
    type StreamErr = Infallible;
    type Stream = BoxStream<'a, Result<Update, Infallible>>;

    fn as_stream(&'a mut self) -> Self::Stream {
        let stopped = self.stopped.clone();
        let inbox: &Inbox = &self.inbox;
        stream::unfold(inbox, async |inbox| Some((Ok(inbox.next().await), inbox)))
            .take_until(stopped)
            .boxed()
    }
}
