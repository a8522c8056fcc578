//! Brings unknown invitations up again: to their authors at three ages, to admins in a daily
//! digest. It only enqueues, and the database knows what was enqueued.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use tokio::sync::watch;

use super::outbox::{admins, is_listed};
use super::{Context, WarningLimits, outgoing};
use crate::handlers::{OutgoingMessage, follow_up, requests};
use crate::screens;
use crate::store::{self, Change, StoreError};

#[derive(Clone, Debug)]
pub struct Reminders {
    /// The last age is also that from which the digest names an invitation.
    pub ages: [Duration; 3],
    pub digest_at: Time,
    pub every: Duration,
    /// How long a check of the database's file goes on before people are told of it.
    pub check: Duration,
    /// How often it is asked whether a nightly backup is due.
    pub backup: Duration,
    pub warnings: WarningLimits,
}

impl Default for Reminders {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            ages: [minutes(15), minutes(4 * 60), minutes(24 * 60)],
            digest_at: Time::constant(10, 0, 0, 0),
            every: Duration::from_secs(30),
            check: Duration::from_secs(5),
            backup: Duration::from_secs(60),
            warnings: WarningLimits::default(),
        }
    }
}

const BATCH: u32 = 200;

pub struct Reminder {
    context: Arc<Context>,
    when: Reminders,
    digested: Option<Date>,
}

impl Reminder {
    pub fn new(context: Arc<Context>, when: Reminders) -> Self {
        Self { context, when, digested: None }
    }

    pub async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        while !*shutdown.borrow() {
            match self.round().await {
                Ok(0) => {}
                Ok(_) => self.context.to_tell.notify_one(),
                Err(error) => {
                    tracing::error!(%error, "what is to be brought up again cannot be read");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.when.every) => {}
                // An error is a sender that is gone; nobody is left to remind for.
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn round(&mut self) -> Result<usize, StoreError> {
        let now = Timestamp::now();
        let ages = self.when.ages.map(|age| now.checked_sub(age).unwrap_or(Timestamp::MIN));
        let mut count = 0;
        for due in self.context.store.reminders(ages, BATCH).await? {
            count += self.remind(&due).await?;
        }
        count += self.requests(now).await?;
        count += self.end_access(now).await?;
        let [.., oldest] = ages;
        Ok(count + self.digest(oldest, now).await?)
    }

    async fn remind(&self, due: &store::Reminder) -> Result<usize, StoreError> {
        let invitation = &due.invitation;
        let author = invitation.author.id;
        let to_author = is_listed(&self.context, author).await?;
        let people = if to_author { vec![author] } else { admins(&self.context).await? };
        let (number, version) = (invitation.number, invitation.version);
        let outgoing = OutgoingMessage::Reminder { number: number.0, version, to_author };
        let mut changes = vec![Change::Remind { number, version, round: due.round }];
        if let Ok(body) = serde_json::to_string(&outgoing) {
            let enqueue = |person| Change::Enqueue { person, answers: None, body: body.clone() };
            changes.extend(people.into_iter().map(enqueue));
        }
        Ok(self.context.apply(&changes).await?.enqueued.len())
    }

    /// Of those whose time is over: as when an admin revokes it.
    async fn end_access(&self, now: Timestamp) -> Result<usize, StoreError> {
        let ended = self.context.store.reader().access_ended(now).await?;
        for person in &ended {
            let fixed_admins = self.context.setup.fixed_admins.len();
            let revoke = Change::Revoke { person: person.id, fixed_admins, holds: None };
            let farewell = outgoing(&screens::staff::farewell()).map(|body| Change::Enqueue {
                person: person.id,
                answers: None,
                body,
            });
            let to_admins = self.context.to_admins(&screens::person::access_ended(person));
            let changes: Vec<Change> =
                [revoke].into_iter().chain(farewell).chain(to_admins).collect();
            self.context.apply(&changes).await?;
        }
        Ok(ended.len())
    }

    /// What nobody decided.
    async fn requests(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut reader = self.context.store.reader();
        let mut count = 0;
        for (change, told) in requests::overdue(&mut reader, &self.context.setup, now).await? {
            let mut changes = vec![change];
            changes.extend(told.and_then(|(asker, screen)| {
                let body = outgoing(&screen)?;
                Some(Change::Enqueue { person: asker.id, answers: None, body })
            }));
            match self.context.apply(&changes).await {
                // Somebody decided it meanwhile.
                Err(StoreError::Overtaken(_)) => {}
                applied => {
                    applied?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    async fn digest(&mut self, since: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
        let local = now.to_zoned(self.context.zone.clone());
        let day = local.date();
        if local.time() < self.when.digest_at || self.digested == Some(day) {
            return Ok(0);
        }
        let count = self.context.store.doubts(since, 1).await?.count;
        let brought_up = self.bring_up(day).await?;
        let outgoing = OutgoingMessage::Digest { since: since.as_millisecond() };
        let body = serde_json::to_string(&outgoing).ok().filter(|_| count > 0);
        let fixed_admins = self.context.fixed_admins();
        let digest = Change::Digest { day, fixed_admins, body };
        let told = self.context.apply(&[digest]).await?.enqueued.len();
        self.digested = Some(day);
        Ok(told + brought_up)
    }

    /// Calls and questions of this morning, each once whatever happens in between.
    async fn bring_up(&self, day: Date) -> Result<usize, StoreError> {
        let mut reader = self.context.store.reader();
        let mut count = 0;
        for (owner, message, note) in follow_up::due(&mut reader, day, &self.context.zone).await? {
            // Of who has left it is only noted, or it would stand before the others for ever.
            let listed = is_listed(&self.context, owner).await?;
            let body = serde_json::to_string(&message).ok().filter(|_| listed);
            let told = body.map(|body| Change::Enqueue { person: owner, answers: None, body });
            let changes: Vec<Change> = [note].into_iter().chain(told).collect();
            match self.context.apply(&changes).await {
                Err(StoreError::Overtaken(_)) => {}
                applied => {
                    applied?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}
