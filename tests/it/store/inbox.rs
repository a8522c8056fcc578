//! The inbox in the database.

use invite_bot::store::{Failed, Owed, Received, Store, Try, Waiting};
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

async fn take(store: &Store, update: i64) -> bool {
    let mut tx = store.begin().await.unwrap();
    let taken = tx.take(update, now()).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

#[tokio::test]
async fn a_repeated_update_is_known_by_its_id_and_a_lower_id_is_new() {
    let (_folder, store) = inbox().await;
    let ids = async |batch: &[Received]| -> Vec<i64> {
        store.receive(batch, now()).await.unwrap().iter().map(|it| it.update).collect()
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
    store.receive(&[one(900, 7), one(901, 8)], earlier).await.unwrap();
    store.receive(&[one(5, 7)], now()).await.unwrap();
    assert!(take(&store, 901).await);
    let waiting = |update| Waiting { update, chat: 7 };
    assert_eq!(store.undone().await.unwrap(), [waiting(900), waiting(5)]);
}

#[tokio::test]
async fn an_update_takes_effect_with_its_transaction_and_once() {
    let (_folder, store) = inbox().await;
    store.receive(&[one(1, 7)], now()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.take(1, now()).await.unwrap());
    drop(tx);
    assert_eq!(store.undone().await.unwrap().len(), 1, "a crash before the commit");
    assert!(store.raw_update(1).await.unwrap().is_some());
    assert!(take(&store, 1).await);
    assert!(!take(&store, 1).await);
    assert_eq!(store.raw_update(1).await.unwrap(), None, "what people wrote is gone");
    assert_eq!(store.begin_try(1, now()).await.unwrap(), Try::Over);
    assert_eq!(store.try_failed(1, now()).await.unwrap(), Failed::Applied);
    assert!(!take(&store, 2).await, "one that was never received");
    assert!(store.is_stored(1).await.unwrap() && !store.is_stored(2).await.unwrap());
}

#[tokio::test]
async fn a_parked_update_never_takes_effect() {
    let (_folder, store) = inbox().await;
    store.receive(&[one(1, 7)], now()).await.unwrap();
    for failed in [Failed::Again, Failed::Again, Failed::Parked] {
        assert_eq!(store.begin_try(1, now()).await.unwrap(), Try::Go);
        assert_eq!(store.try_failed(1, now()).await.unwrap(), failed);
    }
    assert!(!take(&store, 1).await);
    assert_eq!(store.begin_try(1, now()).await.unwrap(), Try::Over);
    store.answered(1, now()).await.unwrap();
    assert_eq!(store.undone().await.unwrap(), []);
}

#[tokio::test]
async fn old_ids_are_forgotten_and_what_is_undone_is_not() {
    let (_folder, store) = inbox().await;
    let long_ago = now() - SignedDuration::from_hours(15 * 24);
    store.receive(&[one(1, 7), one(2, 7), one(3, 7)], long_ago).await.unwrap();
    store.receive(&[one(4, 7)], now()).await.unwrap();
    for update in [1, 4] {
        assert!(take(&store, update).await);
    }
    store.park(2, now()).await.unwrap();
    let border = now() - SignedDuration::from_hours(14 * 24);
    assert_eq!(store.forget_updates(border).await.unwrap(), 2);
    assert_eq!(store.undone().await.unwrap(), [Waiting { update: 3, chat: 7 }]);
    assert!(!take(&store, 4).await, "a recent id is kept");
}

#[tokio::test]
async fn what_a_person_was_not_shown_is_owed_until_it_is() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let (staff, other) = (id(STAFF), id(OTHER));
    let nothing = Owed::default();
    let (answer, card) = (Owed { answer: true, card: false }, Owed { answer: false, card: true });
    store.receive(&[one(1, STAFF), one(2, OTHER), one(3, -5), one(4, 7)], now()).await.unwrap();
    for update in [1, 3, 4] {
        assert!(take(store, update).await);
    }
    store.answered(4, now()).await.unwrap();
    assert_eq!(store.people_owed().await.unwrap(), [staff], "a group is nobody");
    assert_eq!(
        (store.owed(staff).await.unwrap(), store.owed(other).await.unwrap()),
        (answer, nothing)
    );
    store.paid(staff).await.unwrap();
    assert_eq!(store.people_owed().await.unwrap(), []);
    assert_eq!(store.owed(staff).await.unwrap(), nothing);

    ledger.draft(OTHER).await;
    store.beat(now(), false).await.unwrap();
    assert_eq!(store.owed(other).await.unwrap(), nothing, "Telegram was away for a moment only");
    store.beat(now(), true).await.unwrap();
    assert_eq!(
        (store.owed(staff).await.unwrap(), store.owed(other).await.unwrap()),
        (nothing, card)
    );
    assert_eq!(store.people_owed().await.unwrap(), [other]);
    store.paid(other).await.unwrap();
    assert_eq!(store.people_owed().await.unwrap(), []);
}

#[tokio::test]
async fn when_telegram_answered_last_is_kept() {
    let (_folder, store) = inbox().await;
    assert_eq!(store.pulse().await.unwrap(), None);
    for at in [at(5), at(9)] {
        store.beat(at, false).await.unwrap();
        assert_eq!(store.pulse().await.unwrap(), Some(at));
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_apply_an_update_again() {
    let (folder, store) = inbox().await;
    store.receive(&[one(1, 7)], now()).await.unwrap();
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
