//! Which unknown invitations are due to be brought up again.

use invite_bot::domain::{InvitationNo, Outcome, Verdict};
use invite_bot::store::{Actor, Change};
use jiff::Timestamp;
use jiff::civil::date;

use crate::support::ledger::{ADMIN, Ledger, STAFF, accepted, answer, at, id, now};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

impl Ledger {
    /// One that became unknown at the ledger's time, and whose author knows.
    async fn unknown(&self) -> InvitationNo {
        let number = self.submit().await;
        self.call(number, &answer(Outcome::Unknown)).await;
        self.is_told(number).await;
        number
    }

    async fn is_told(&self, number: InvitationNo) {
        let untold =
            self.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap().into_iter();
        let mut untold = untold.filter(|untold| untold.invitation.number == number);
        let old = untold.next().unwrap().status_message;
        self.told(number, self.version(number).await, old, 7).await;
    }

    /// What is due at a second: numbers and rounds.
    async fn due(&self, second: i64) -> Vec<(InvitationNo, u32)> {
        let ages = [15 * MINUTE, 4 * HOUR, 24 * HOUR].map(|age| at(second - age));
        let due = self.store.reminders(ages, 100).await.unwrap();
        due.into_iter().map(|due| (due.invitation.number, due.round)).collect()
    }

    async fn reminded(&self, number: InvitationNo, round: u32) {
        let remind = Change::Remind { number, version: self.version(number).await, round };
        self.writes(Actor::Program, at(0), remind).await;
    }
}

#[tokio::test]
async fn each_reminder_is_due_once_and_missed_ones_are_one() {
    let ledger = Ledger::new().await;
    let number = ledger.unknown().await;
    assert_eq!(ledger.due(15 * MINUTE - 1).await, []);
    assert_eq!(ledger.due(15 * MINUTE).await, [(number, 1)]);
    ledger.reminded(number, 1).await;
    assert_eq!(ledger.due(4 * HOUR - 1).await, []);
    assert_eq!(ledger.due(4 * HOUR).await, [(number, 2)]);
    assert_eq!(ledger.due(30 * HOUR).await, [(number, 3)], "the second one was missed");
    ledger.reminded(number, 3).await;
    // The clock goes where it likes.
    for second in [15 * MINUTE, 4 * HOUR, 24 * HOUR, 1_000 * HOUR, -HOUR] {
        assert_eq!(ledger.due(second).await, [], "{second}");
    }
    ledger.reminded(number, 1).await;
    assert_eq!(ledger.due(1_000 * HOUR).await, [], "a count never goes back");
}

#[tokio::test]
async fn only_the_unknown_ones_are_due_and_the_oldest_first() {
    let ledger = Ledger::new().await;
    let (older, newer, resolved) =
        (ledger.unknown().await, ledger.unknown().await, ledger.unknown().await);
    let taken = ledger.submit().await;
    ledger.call(taken, &accepted()).await;
    ledger.is_told(taken).await;
    assert!(ledger.resolve(resolved, Verdict::Missing).await);
    ledger.is_told(resolved).await;
    assert_eq!(ledger.due(HOUR).await, [(older, 1), (newer, 1)]);
}

#[tokio::test]
async fn one_that_became_unknown_again_is_counted_anew() {
    let ledger = Ledger::new().await;
    let number = ledger.unknown().await;
    ledger.reminded(number, 3).await;
    ledger.repeat(number).await.unwrap();
    ledger.call(number, &answer(Outcome::Unknown)).await;
    assert_eq!(ledger.due(HOUR).await, [], "its author was not told at all yet");
    ledger.is_told(number).await;
    assert_eq!(ledger.due(HOUR).await, [(number, 1)]);
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_no_other_from_being_brought_up() {
    let ledger = Ledger::new().await;
    let (lost, other) = (ledger.unknown().await, ledger.unknown().await);
    ledger.garble(lost).await;
    assert_eq!(ledger.due(15 * MINUTE).await, [(other, 1)]);
    let doubts = ledger.store.doubts(at(0), 10).await.unwrap();
    assert_eq!(doubts.oldest.iter().map(|it| it.number).collect::<Vec<_>>(), [other]);
    assert_eq!(doubts.count, 2);
}

#[tokio::test]
async fn a_digest_names_the_oldest_and_counts_all() {
    let ledger = Ledger::new().await;
    let mut unknown = Vec::new();
    for _ in 0..3 {
        unknown.push(ledger.unknown().await);
    }
    let doubts = async |since: Timestamp| {
        let doubts = ledger.store.doubts(since, 2).await.unwrap();
        let oldest: Vec<_> = doubts.oldest.iter().map(|invitation| invitation.number).collect();
        (oldest, doubts.count)
    };
    assert_eq!(doubts(at(0)).await, (unknown[..2].to_vec(), 3));
    assert_eq!(doubts(at(-1)).await, (vec![], 0));
}

#[tokio::test]
async fn each_admin_has_a_digest_of_a_day_once() {
    let ledger = Ledger::new().await;
    let (today, tomorrow) = (date(2026, 5, 14), date(2026, 5, 15));
    // Of the admins 77 is one by configuration, who never wrote.
    let digest = async |day, fixed: &[i64], body: Option<&str>| {
        let fixed_admins = fixed.iter().map(|&admin| id(admin)).collect();
        let body = body.map(str::to_owned);
        let digest = Change::Digest { day, fixed_admins, body };
        ledger.writes(Actor::Program, now(), digest).await.enqueued.len()
    };
    assert_eq!(digest(today, &[], Some("1")).await, 1);
    assert_eq!(digest(today, &[], Some("2")).await, 0);
    assert_eq!(digest(today, &[77, ADMIN], Some("3")).await, 1, "another admin");
    assert_eq!(digest(tomorrow, &[77], None).await, 0, "there is nothing to say");
    assert_eq!(digest(tomorrow, &[77], Some("4")).await, 0);
    let mut said = Vec::new();
    for admin in [ADMIN, 77, STAFF] {
        let messages = ledger.store.outbox(id(admin)).await.unwrap();
        said.extend(messages.into_iter().map(|it| (admin, it.body)));
    }
    assert_eq!(said, [(ADMIN, "1".to_owned()), (77, "3".to_owned())]);
}
