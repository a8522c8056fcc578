//! Brings unknown invitations up again: to their authors at three ages, to admins in one digest a
//! day. What was sent stands in the database, so that a restart neither repeats nor loses it.
//! Nothing is ever resolved here.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use teloxide::types::ChatId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::holds::Holds;
use super::line::{Fault, Line};
use super::teller::{admins, is_listed};
use super::{Context, outbound, overdue};
use crate::domain::PersonId;
use crate::screens::{Screen, reminders as screens};
use crate::store::{self, StoreError};

/// When unknown invitations are brought up again.
#[derive(Clone, Debug)]
pub struct Reminders {
    /// The ages at which the author is reminded; from the last on, the digest names it.
    pub ages: [Duration; 3],
    /// When the digest is sent, in the zone of the screens.
    pub digest_at: Time,
    /// How often the reminder looks.
    pub every: Duration,
}

impl Default for Reminders {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            ages: [minutes(15), minutes(4 * 60), minutes(24 * 60)],
            digest_at: Time::constant(10, 0, 0, 0),
            every: Duration::from_secs(30),
        }
    }
}

/// How many are loaded at once.
const ROUND: u32 = 200;

/// Sends what [`Reminders`] asks for.
pub struct Reminder {
    line: Line,
    context: Arc<Context>,
    when: Reminders,
    /// To whom nothing could be sent.
    holds: Holds,
    /// The day whose digest every admin has.
    digested: Option<Date>,
}

/// What became of one message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It was sent.
    Heard,
    /// Nobody will ever hear it.
    Deaf,
    /// To be tried again.
    Later,
}

impl Reminder {
    /// A reminder that sends with this line.
    pub fn new(line: Line, context: Arc<Context>, when: Reminders) -> Self {
        Self { line, context, when, holds: Holds::default(), digested: None }
    }

    /// Reminds until `shutdown` is true. A message under way is finished and noted, unless
    /// Telegram takes too long.
    pub async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        let every = self.when.every;
        while !*shutdown.borrow() {
            let ending = shutdown.clone();
            tokio::select! {
                done = self.round(&ending) => if let Err(error) = done {
                    tracing::error!(%error, "cannot read what is to be brought up again");
                },
                () = overdue(shutdown.clone()) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                // An error is a sender that is gone; nobody is left to remind for.
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn round(&mut self, shutdown: &watch::Receiver<bool>) -> Result<(), StoreError> {
        let now = Timestamp::now();
        let ages = self.when.ages.map(|age| before(now, age));
        for reminder in self.context.store.reminders(ages, ROUND).await? {
            if *shutdown.borrow() {
                return Ok(());
            }
            self.remind(&reminder, now).await?;
        }
        let [.., oldest] = ages;
        self.digest(shutdown, oldest, now).await
    }

    /// Reminds the author or, when the author is off the list, the admins; one of them is enough.
    async fn remind(&mut self, due: &store::Reminder, now: Timestamp) -> Result<(), StoreError> {
        let invitation = &due.invitation;
        let author = invitation.author.id;
        let to_author = is_listed(&self.context, author).await?;
        let people = if to_author { vec![author] } else { admins(&self.context).await? };
        let reply = screens::reminder(invitation, to_author, &self.context.zone);
        let mut said = Vec::new();
        for person in people {
            said.push(self.say(person, &reply).await);
        }
        let gave_up = !said.is_empty() && !said.contains(&Said::Later);
        if gave_up || said.contains(&Said::Heard) {
            let (number, seq) = (invitation.number, invitation.seq);
            self.context.store.reminded(number, seq, due.round, now).await?;
        }
        Ok(())
    }

    /// Sends each admin the day's digest, once its time has come and if there is anything to say.
    async fn digest(
        &mut self,
        shutdown: &watch::Receiver<bool>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let local = now.to_zoned(self.context.zone.clone());
        let day = local.date();
        if local.time() < self.when.digest_at || self.digested == Some(day) {
            return Ok(());
        }
        let doubts = self.context.store.doubts(since, screens::DIGEST_MAX).await?;
        let reply = screens::digest(&doubts.oldest, doubts.count, now);
        let mut later = false;
        for admin in admins(&self.context).await? {
            if *shutdown.borrow() {
                return Ok(());
            }
            if self.context.store.has_digest(admin, day).await? {
                continue;
            }
            let said = match doubts.count {
                0 => Said::Deaf,
                _ => self.say(admin, &reply).await,
            };
            match said {
                Said::Later => later = true,
                Said::Heard | Said::Deaf => self.context.store.digested(admin, day).await?,
            }
        }
        if !later {
            self.digested = Some(day);
        }
        Ok(())
    }

    async fn say(&mut self, person: PersonId, screen: &Screen) -> Said {
        if self.holds.held(Instant::now()).contains(&person) {
            return Said::Later;
        }
        match outbound::say(&self.line, ChatId(person.get()), screen, None).await {
            Ok(_) => {
                self.holds.lift(person);
                Said::Heard
            }
            Err(fault) if fault.passes() => {
                self.holds.put(person, &fault, Instant::now());
                Said::Later
            }
            Err(fault) => {
                if fault != Fault::Deaf {
                    tracing::warn!(person = person.get(), %fault, "a person was not reminded");
                }
                Said::Deaf
            }
        }
    }
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
