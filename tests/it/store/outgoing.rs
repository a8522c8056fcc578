//! What is still to be said, and another program that may be sending too.

use invite_bot::domain::{HoldKind, Outcome, Person, Provider, Role, State, WaitReason};
use invite_bot::store::{Actor, Change, Received};
use jiff::Timestamp;

use crate::support::ledger::{ADMIN, Ledger, OTHER, STAFF, allow, answer, at, id, now, revoke};

impl Ledger {
    async fn keep(&self, person: i64, answers: Option<i64>, body: &str) -> i64 {
        let enqueue = Change::Enqueue { person: id(person), answers, body: body.to_owned() };
        self.writes(Actor::Program, now(), enqueue).await.enqueued[0]
    }

    async fn outbox(&self, person: i64) -> Vec<String> {
        let messages = self.store.outbox(id(person)).await.unwrap();
        messages.into_iter().map(|it| it.body).collect()
    }

    /// Another program is noticed; whether it was not known.
    async fn another_program(&self, second: i64) -> bool {
        self.stops_sending(HoldKind::polling_conflict(at(second)), second).await
    }
}

#[tokio::test]
async fn what_was_kept_is_owed_in_its_order_until_it_is_said() {
    let ledger = Ledger::new().await;
    let first = ledger.keep(STAFF, None, "1").await;
    ledger.keep(STAFF, None, "2").await;
    ledger.keep(OTHER, None, "3").await;
    assert_eq!(ledger.store.people_with_pending().await.unwrap(), [id(STAFF), id(OTHER)]);
    assert_eq!(ledger.outbox(STAFF).await, ["1", "2"]);
    ledger.writes(Actor::Program, now(), Change::Ack(first)).await;
    assert_eq!(ledger.outbox(STAFF).await, ["2"]);
    assert_eq!(ledger.outbox(OTHER).await, ["3"]);
}

#[tokio::test]
async fn every_admin_is_told_once() {
    let ledger = Ledger::new().await;
    ledger.writes(Actor::Program, now(), allow(OTHER, Role::Admin)).await;
    let fixed_admins = vec![id(9), id(ADMIN)];
    let tell = Change::EnqueueToAdmins { fixed_admins, body: "1".to_owned() };
    assert_eq!(ledger.writes(Actor::Program, now(), tell).await.enqueued.len(), 3);
    for (person, told) in [(9, 1), (ADMIN, 1), (OTHER, 1), (STAFF, 0)] {
        assert_eq!(ledger.outbox(person).await.len(), told, "{person}");
    }
}

#[tokio::test]
async fn what_answers_an_update_is_said_with_it() {
    let ledger = Ledger::new().await;
    let one = |update| Received { update, chat: STAFF, raw: "{}".to_owned() };
    ledger.writes(Actor::Program, now(), Change::Receive(vec![one(1), one(2)])).await;
    ledger.keep(STAFF, Some(1), "1").await;
    ledger.keep(STAFF, Some(2), "2").await;
    ledger.keep(STAFF, None, "3").await;
    ledger.writes(Actor::Program, now(), Change::Answered(1)).await;
    assert_eq!(ledger.outbox(STAFF).await, ["2", "3"]);
}

#[tokio::test]
async fn what_was_meant_for_another_role_is_not_said() {
    let ledger = Ledger::new().await;
    for person in [STAFF, OTHER] {
        ledger.keep(person, None, "1").await;
    }
    let person = Person { id: id(OTHER), name: Some("Вера".to_owned()) };
    let named = Change::Allow { person, role: Role::Staff, fixed_admins: 0 };
    ledger.writes(Actor::Program, now(), named).await;
    ledger.writes(Actor::Program, now(), revoke(STAFF)).await;
    assert_eq!(ledger.outbox(STAFF).await, Vec::<String>::new());
    assert_eq!(ledger.outbox(OTHER).await, ["1"], "the role is the same");
    ledger.writes(Actor::Program, now(), allow(OTHER, Role::Admin)).await;
    assert_eq!(ledger.outbox(OTHER).await, Vec::<String>::new());
}

#[tokio::test]
async fn who_is_no_admin_by_configuration_any_more_hears_nothing_that_was_left() {
    let ledger = Ledger::new().await;
    let (configured, former) = (9_001, 9_002);
    for person in [STAFF, OTHER, configured, former] {
        ledger.keep(person, None, "1").await;
    }
    ledger.writes(Actor::Program, now(), revoke(OTHER)).await;
    ledger.keep(OTHER, None, "9").await;
    let drop = Change::DropOutsidersMessages { fixed_admins: vec![id(configured)] };
    ledger.writes(Actor::Program, now(), drop).await;
    assert_eq!(ledger.outbox(former).await, Vec::<String>::new());
    assert_eq!(ledger.outbox(configured).await, ["1"]);
    assert_eq!(ledger.outbox(STAFF).await, ["1"]);
    assert_eq!(ledger.outbox(OTHER).await, ["9"]);
}

#[tokio::test]
async fn an_unknown_one_is_told_before_all_others() {
    let ledger = Ledger::new().await;
    for _ in 0..3 {
        ledger.submit().await;
    }
    let unknown = ledger.one_that_is(State::Unknown).await;
    let first = ledger.store.pending_notifications(&[], Timestamp::MAX, 1).await.unwrap();
    assert_eq!(first.iter().map(|it| it.invitation.number).collect::<Vec<_>>(), [unknown]);
}

#[tokio::test]
async fn authors_who_must_wait_hide_nobody_else() {
    let ledger = Ledger::new().await;
    for _ in 0..3 {
        ledger.submit_by(STAFF, &crate::support::ledger::to("iam@mail.ru")).await;
        let untold = ledger
            .store
            .pending_notifications(&[], Timestamp::MAX, 100)
            .await
            .unwrap()
            .pop()
            .unwrap()
            .invitation;
        assert!(ledger.cancel(untold.number).await);
    }
    let other = ledger.submit_by(OTHER, &crate::support::ledger::to("iam@mail.ru")).await;
    let untold =
        ledger.store.pending_notifications(&[id(STAFF)], Timestamp::MAX, 100).await.unwrap();
    assert_eq!(untold.iter().map(|it| it.invitation.number).collect::<Vec<_>>(), [other]);
    assert_eq!(
        ledger
            .store
            .pending_notifications(&[id(STAFF), id(OTHER)], Timestamp::MAX, 100)
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn no_attempt_begins_beside_another_program() {
    let ledger = Ledger::new().await;
    let under_way = ledger.one_that_is(State::Sending).await;
    let waiting = ledger.submit().await;
    assert_eq!(ledger.holds().await, []);
    assert!(ledger.another_program(0).await);
    assert!(!ledger.another_program(1).await, "known");
    let holds = ledger.holds().await;
    assert_eq!(holds.len(), 1);
    assert_eq!((&holds[0].kind, holds[0].told), (&HoldKind::polling_conflict(at(1)), false));

    assert_eq!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop(), None);
    let version = ledger.version(waiting).await;
    assert_eq!(ledger.claims_at(waiting, version, at(2)).await, None);
    let forced = sqlx::query(
        "INSERT INTO attempts (invitation, n, request_sha256, started_at)
         VALUES (?, 1, zeroblob(32), 0)",
    );
    let mut conn = ledger.connect().await;
    let refused = forced.bind(waiting.0).execute(&mut conn).await.unwrap_err().to_string();
    assert!(refused.contains("a hold forbids it"), "{refused}");
    assert_eq!(ledger.read(waiting).await.waits, Some(WaitReason::PollingConflict));
    // What was under way ends as it would have.
    ledger.close(under_way, 1, &answer(Outcome::Unknown)).await;
    assert_eq!(ledger.state(under_way).await, State::Unknown);
}

#[tokio::test]
async fn an_admins_word_counts_a_minute_after_the_other_was_noticed_last() {
    let ledger = Ledger::new().await;
    let waiting = ledger.submit().await;
    ledger.told(waiting, 1, None, 70).await;
    let untold =
        async || ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap().len();
    assert_eq!(untold().await, 0);
    ledger.another_program(0).await;
    ledger.another_program(100).await;
    assert_eq!(untold().await, 1, "why it waits is told");
    ledger.told(waiting, 1, Some(70), 70).await;
    let hold = ledger.holds().await[0].id;
    ledger.tells_hold(hold).await;
    assert!(ledger.holds().await[0].told);

    assert_eq!(ledger.resumes(hold, 159).await, None);
    assert_eq!(untold().await, 0);
    assert_eq!(ledger.resumes(hold, 160).await, Some(0));
    assert_eq!(ledger.holds().await, []);
    assert_eq!(untold().await, 1, "that it goes on is told");
    assert_eq!(ledger.resumes(hold, 161).await, None, "said twice");
    let mut conn = ledger.connect().await;
    let journal = "SELECT action || coalesce(actor, '') FROM journal
                   WHERE action IN ('polling_conflict', 'confirm_single_instance')";
    let journal: Vec<String> = sqlx::query_scalar(journal).fetch_all(&mut conn).await.unwrap();
    assert_eq!(journal, ["polling_conflict", "confirm_single_instance1"]);
}

#[tokio::test]
async fn a_clock_that_was_set_back_locks_nobody_out() {
    let ledger = Ledger::new().await;
    ledger.another_program(100_000).await;
    let hold = ledger.holds().await[0].id;
    assert_eq!(ledger.resumes(hold, 0).await, Some(0));
}
