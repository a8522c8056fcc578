//! The inbox in the database.

use invite_bot::store::{
    Actor, Applied, Change, Failed, PendingReply, Received, Refusal, Store, StoreError, Try,
    Waiting,
};
use jiff::{SignedDuration, Timestamp};

use crate::support::ledger::{Ledger, OTHER, STAFF, at, id};

fn one(update: i64, chat: i64) -> Received {
    Received { update, chat, raw: format!(r#"{{"update_id":{update}}}"#) }
}

async fn inbox() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("bot.db")).await.unwrap();
    (folder, store)
}

fn now() -> Timestamp {
    Timestamp::now()
}

async fn writes(store: &Store, at: Timestamp, change: Change) -> Applied {
    store.apply(Actor::Program, at, &[change]).await.unwrap()
}

async fn receive(store: &Store, batch: &[Received], at: Timestamp) -> Vec<Waiting> {
    writes(store, at, Change::Receive(batch.to_vec())).await.received
}

async fn begin_try(store: &Store, update: i64) -> Try {
    writes(store, now(), Change::BeginTry(update)).await.begun.unwrap()
}

async fn fail_try(store: &Store, update: i64) -> Failed {
    writes(store, now(), Change::FailTry { update, counted: true }).await.failed.unwrap()
}

async fn take(store: &Store, update: i64) -> bool {
    match store.apply(Actor::Program, now(), &[Change::TakeUpdate(update)]).await {
        Err(StoreError::Overtaken(Refusal::Update)) => false,
        taken => taken.map(|_| true).unwrap(),
    }
}

#[tokio::test]
async fn a_repeated_update_is_known_by_its_id_and_a_lower_id_is_new() {
    let (_folder, store) = inbox().await;
    let ids = async |batch: &[Received]| -> Vec<i64> {
        receive(&store, batch, now()).await.iter().map(|it| it.update).collect()
    };
    let high = 1_000_000_000;
    assert_eq!(ids(&[one(high, 7), one(high + 1, 7), one(high + 1, 7)]).await, [high, high + 1]);
    assert_eq!(ids(&[one(high, 7), one(high + 2, 7)]).await, [high + 2]);
    assert_eq!(ids(&[one(5, 7), one(6, 8)]).await, [5, 6]);
    assert_eq!(ids(&[one(6, 8), one(high, 7)]).await, Vec::<i64>::new());
}

#[tokio::test]
async fn what_is_left_undone_comes_back_in_the_order_it_came() {
    let (_folder, store) = inbox().await;
    let earlier = now() - SignedDuration::from_secs(1);
    receive(&store, &[one(900, 7), one(901, 8)], earlier).await;
    receive(&store, &[one(5, 7)], now()).await;
    assert!(take(&store, 901).await);
    let waiting = |update| Waiting { update, chat: 7 };
    assert_eq!(store.undone().await.unwrap(), [waiting(900), waiting(5)]);
}

#[tokio::test]
async fn an_update_takes_effect_with_its_transaction_and_once() {
    let (_folder, store) = inbox().await;
    receive(&store, &[one(1, 7)], now()).await;
    let twice = [Change::TakeUpdate(1), Change::TakeUpdate(1)];
    store.apply(Actor::Program, now(), &twice).await.unwrap_err();
    assert_eq!(store.undone().await.unwrap().len(), 1, "what was refused took no effect");
    assert!(store.raw_update(1).await.unwrap().is_some());
    assert!(take(&store, 1).await);
    assert!(!take(&store, 1).await);
    assert_eq!(store.raw_update(1).await.unwrap(), None, "what people wrote is gone");
    assert_eq!(begin_try(&store, 1).await, Try::Over);
    assert_eq!(fail_try(&store, 1).await, Failed::Applied);
    assert!(!take(&store, 2).await, "one that was never received");
    assert!(store.is_stored(1).await.unwrap() && !store.is_stored(2).await.unwrap());
}

#[tokio::test]
async fn a_parked_update_never_takes_effect() {
    let (_folder, store) = inbox().await;
    receive(&store, &[one(1, 7)], now()).await;
    for failed in [Failed::Again, Failed::Again, Failed::Parked] {
        assert_eq!(begin_try(&store, 1).await, Try::Go);
        assert_eq!(fail_try(&store, 1).await, failed);
    }
    assert!(!take(&store, 1).await);
    assert_eq!(begin_try(&store, 1).await, Try::Over);
    writes(&store, now(), Change::Answered(1)).await;
    assert_eq!(store.undone().await.unwrap(), []);
}

#[tokio::test]
async fn old_ids_are_forgotten_and_what_is_undone_is_not() {
    let (_folder, store) = inbox().await;
    let long_ago = now() - SignedDuration::from_hours(15 * 24);
    receive(&store, &[one(1, 7), one(2, 7), one(3, 7)], long_ago).await;
    receive(&store, &[one(4, 7)], now()).await;
    for update in [1, 4] {
        assert!(take(&store, update).await);
    }
    writes(&store, now(), Change::Park(2)).await;
    let border = now() - SignedDuration::from_hours(14 * 24);
    writes(&store, now(), Change::ForgetUpdates(border)).await;
    for (update, kept) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(store.is_stored(update).await.unwrap(), kept, "{update}");
    }
    assert_eq!(store.undone().await.unwrap(), [Waiting { update: 3, chat: 7 }]);
    assert!(!take(&store, 4).await, "a recent id is kept");
}

#[tokio::test]
async fn what_a_person_was_not_shown_is_owed_until_it_is() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let (staff, other) = (id(STAFF), id(OTHER));
    let nothing = PendingReply::default();
    let (answer, card) =
        (PendingReply { answer: true, card: false }, PendingReply { answer: false, card: true });
    receive(store, &[one(1, STAFF), one(2, OTHER), one(3, -5), one(4, 7)], now()).await;
    for update in [1, 3, 4] {
        assert!(take(store, update).await);
    }
    writes(store, now(), Change::Answered(4)).await;
    assert_eq!(store.people_with_pending().await.unwrap(), [staff], "a group is nobody");
    assert_eq!(
        (store.pending_reply(staff).await.unwrap(), store.pending_reply(other).await.unwrap()),
        (answer, nothing)
    );
    writes(store, now(), Change::NoteUpToDate(staff)).await;
    assert_eq!(store.people_with_pending().await.unwrap(), []);
    assert_eq!(store.pending_reply(staff).await.unwrap(), nothing);

    ledger.draft(OTHER).await;
    writes(store, now(), Change::NoteContact { after_silence: false }).await;
    assert_eq!(
        store.pending_reply(other).await.unwrap(),
        nothing,
        "Telegram was away for a moment only"
    );
    writes(store, now(), Change::NoteContact { after_silence: true }).await;
    assert_eq!(
        (store.pending_reply(staff).await.unwrap(), store.pending_reply(other).await.unwrap()),
        (nothing, card)
    );
    assert_eq!(store.people_with_pending().await.unwrap(), [other]);
    writes(store, now(), Change::NoteUpToDate(other)).await;
    assert_eq!(store.people_with_pending().await.unwrap(), []);
}

#[tokio::test]
async fn when_telegram_answered_last_is_kept() {
    let (_folder, store) = inbox().await;
    assert_eq!(store.pulse().await.unwrap(), None);
    for at in [at(5), at(9)] {
        writes(&store, at, Change::NoteContact { after_silence: false }).await;
        assert_eq!(store.pulse().await.unwrap(), Some(at));
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_apply_an_update_again() {
    let (folder, store) = inbox().await;
    receive(&store, &[one(1, 7)], now()).await;
    assert!(take(&store, 1).await);
    let path = folder.path().join("bot.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for sql in [
        "UPDATE inbox SET done_at = NULL, raw = '{}'",
        "UPDATE inbox SET done_at = done_at + 1",
        "UPDATE inbox SET raw = '{}'",
        "UPDATE inbox SET tries = 4",
        "UPDATE inbox SET update_id = 2",
    ] {
        assert!(sqlx::query(sql).execute(&mut conn).await.is_err(), "{sql}");
    }
}
