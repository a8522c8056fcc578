//! The contact with Telegram, however updates come: when it last answered, and what follows from a
//! silence or from another program with this token.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::MAX_BACKOFF;
use super::Inbox;
use crate::domain::HoldKind;
use crate::monitor::{Loop, Monitor};
use crate::store::{Actor, Change, Store, StoreError};

/// Telegram keeps presses for 150 s (tdlib/telegram-bot-api, `Client.cpp`): after a silence of
/// this length some may be lost.
const SILENCE: SignedDuration = SignedDuration::from_mins(2);

const BEAT: SignedDuration = SignedDuration::from_secs(15);

/// After a week without updates ids restart at random (Bot API, `Update`): no older one comes
/// again.
const MEMORY: SignedDuration = SignedDuration::from_hours(14 * 24);

const SWEEP: SignedDuration = SignedDuration::from_hours(1);

const BACKOFF: Duration = Duration::from_millis(500);

pub struct Contact<'a> {
    inbox: &'a Inbox,
    begun: bool,
    /// The time of the last answer, as it stands in the database.
    pulse: Option<Timestamp>,
    swept_at: Option<Timestamp>,
}

impl<'a> Contact<'a> {
    pub fn new(inbox: &'a Inbox) -> Self {
        Self { inbox, begun: false, pulse: None, swept_at: None }
    }

    /// What was left undone comes before all that Telegram hands over; once.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        if !self.begun {
            self.pulse = self.inbox.store.pulse().await?;
            self.inbox.load().await?;
            self.begun = true;
        }
        Ok(())
    }

    /// Telegram has answered.
    pub async fn note(&mut self, now: Timestamp, is_back: bool) -> Result<(), StoreError> {
        let silence = self.pulse.map(|at| now.duration_since(at));
        let long = silence.is_none_or(|silence| silence > SILENCE);
        let beats = long || silence.is_some_and(|silence| silence.abs() >= BEAT);
        let sweeps = self.swept_at.is_none_or(|at| now.duration_since(at) > SWEEP);
        let mut changes = Vec::new();
        changes.extend(beats.then_some(Change::NoteContact { after_silence: long }));
        if sweeps {
            changes.extend([
                Change::ForgetUpdates(now - MEMORY),
                Change::DropExpiredLookups,
                Change::ForgetRequests(now - MEMORY),
            ]);
        }
        let written = self.inbox.store.apply(Actor::Program, now, &changes).await;
        if long || is_back {
            self.inbox.back.notify_one();
        }
        written?;
        self.pulse = if beats { Some(now) } else { self.pulse };
        self.swept_at = if sweeps { Some(now) } else { self.swept_at };
        Ok(())
    }
}

/// Another program takes this bot's updates: perhaps with a copy of the same queue.
pub async fn note_rival(store: &Store, to_tell: &Notify) {
    let now = Timestamp::now();
    let noticed = [Change::Hold(HoldKind::polling_conflict(now))];
    match store.apply(Actor::Program, now, &noticed).await {
        Ok(applied) if applied.holds.is_empty() => {}
        Ok(_) => {
            tracing::error!(
                "another program takes updates with this token: \
                 nothing is sent until an admin says that this bot is alone"
            );
            to_tell.notify_one();
        }
        Err(error) => tracing::error!(%error, "another program was not noted"),
    }
}

pub fn backoff(failures: &mut u32) -> Duration {
    let wait = BACKOFF.saturating_mul(2_u32.saturating_pow(*failures)).min(MAX_BACKOFF);
    *failures = failures.saturating_add(1);
    wait
}

/// Telegram may ask to wait for long; the loop goes round all the same.
pub async fn rest(monitor: &Monitor, wait: Duration) {
    let until = Instant::now() + wait;
    while Instant::now() < until {
        monitor.beats(Loop::Poll);
        let left = until.saturating_duration_since(Instant::now());
        tokio::time::sleep(left.min(Duration::from_secs(60))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_two_minutes_without_an_answer_drafts_are_to_be_shown_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("test.db")).await.unwrap();
        let person = crate::domain::PersonId::new(5).unwrap();
        let start = Timestamp::now();
        let applies =
            async |changes: &[Change]| store.apply(Actor::Program, start, changes).await.unwrap();
        let body = r#"{"at":"idle"}"#.to_owned();
        let session = Change::SaveSession { person, was: None, version: 1, body };
        let meet = Change::UpsertPerson(crate::domain::Person { id: person, name: None });
        let applied = applies(&[meet, session, Change::NoteContact { after_silence: false }]).await;
        let draft = applied.draft.unwrap().draft;

        let inbox = Inbox::new(store.clone());
        let mut contact = Contact::new(&inbox);
        contact.begin().await.unwrap();
        // In seconds, whether the answer is the first after a fault, and what is pending then.
        for (after, is_back, pending, written) in [
            (10, false, false, 0),
            (20, false, false, 20),
            (139, true, false, 139),
            (260, false, true, 260),
            (270, true, true, 260),
        ] {
            let at = |seconds| start + SignedDuration::from_secs(seconds);
            contact.note(at(after), is_back).await.unwrap();
            assert_eq!(store.pending_reply(person).await.unwrap().card, pending, "after {after} s");
            let pulse = store.pulse().await.unwrap().unwrap();
            assert_eq!(pulse.as_second(), at(written).as_second(), "after {after} s");
        }
        applies(&[Change::SetCard { person, draft, message: 7 }]).await;
        assert!(!store.pending_reply(person).await.unwrap().card, "a card was shown");
    }
}
