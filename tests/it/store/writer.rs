//! What waits is written together, and leaves only when it is on the disk. On one thread all that is
//! asked for at once waits before the writer runs.

use futures::future::join_all;
use invite_bot::domain::{HoldKind, Role};
use invite_bot::store::{Actor, Change, Refusal, StoreError};

use crate::support::ledger::{Ledger, OTHER, STAFF, allow, by, id, new, no_quotas, now, to};

#[tokio::test]
async fn sixteen_at_once_cost_one_commit_and_one_sync() {
    let ledger = Ledger::new().await;
    let (store, door) = (&ledger.store, ledger.store.door());
    door.pass().await.unwrap();
    let before = (door.commits(), door.syncs());
    let asked = (100..116).map(|person| async move {
        let allow = [allow(person, Role::Staff)];
        store.apply(Actor::Program, now(), &allow).await.unwrap();
        store.door().pass().await.unwrap();
    });
    join_all(asked).await;
    assert_eq!((door.commits() - before.0, door.syncs() - before.1), (1, 1));
    for person in 100..116 {
        assert!(store.is_listed(id(person)).await.unwrap(), "{person}");
    }
    door.pass().await.unwrap();
    assert_eq!(door.syncs() - before.1, 1, "nothing is new");
}

#[tokio::test]
async fn of_two_sellers_with_one_client_the_second_alone_is_refused() {
    let ledger = Ledger::new().await;
    let client = to("iam@mail.ru");
    let (first, second) = (ledger.draft(STAFF).await, ledger.draft(OTHER).await);
    let submit = async |person, draft| {
        let submit = [Change::Submit(new(draft, &client))];
        ledger.store.apply(by(person), now(), &submit).await
    };
    let third = async {
        ledger.store.apply(Actor::Program, now(), &[allow(77, Role::Staff)]).await.unwrap();
    };
    let (first, second, ()) = tokio::join!(submit(STAFF, first), submit(OTHER, second), third);
    let number = first.unwrap().submitted.unwrap();
    assert!(
        matches!(second, Err(StoreError::Overtaken(Refusal::InFlight(other))) if other == number),
        "{second:?}"
    );
    assert!(ledger.store.is_listed(id(77)).await.unwrap(), "a bystander");
    assert!(ledger.store.draft(id(OTHER)).await.unwrap().is_some(), "nothing of it is lost");
}

#[tokio::test]
async fn who_goes_away_takes_nobody_along() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let (leaves, stays) = ([allow(100, Role::Staff)], [allow(101, Role::Staff)]);
    {
        let leaving = store.apply(Actor::Program, now(), &leaves);
        tokio::pin!(leaving);
        assert!(futures::poll!(leaving).is_pending(), "it is asked for, and nobody wrote yet");
    }
    store.apply(Actor::Program, now(), &stays).await.unwrap();
    assert!(store.is_listed(id(101)).await.unwrap());
    assert!(!store.is_listed(id(100)).await.unwrap(), "given up before it was begun");
}

#[tokio::test]
async fn a_note_is_written_with_what_comes_next_or_soon_by_itself() {
    let ledger = Ledger::new().await;
    let (store, door) = (&ledger.store, ledger.store.door());
    let draft = ledger.draft(STAFF).await.draft;
    let card = async || store.draft(id(STAFF)).await.unwrap().unwrap().card;
    let before = door.commits();
    let note = |message| vec![Change::SetCard { person: id(STAFF), draft, message }];
    store.leave_note(now(), note(7));
    store.apply(Actor::Program, now(), &[allow(100, Role::Staff)]).await.unwrap();
    assert_eq!((card().await, door.commits() - before), (Some(7), 1));
    store.leave_note(now(), note(8));
    assert_eq!(card().await, Some(7), "nobody waits for it");
    assert!(crate::support::wait::until(async || card().await == Some(8)).await);
    store.leave_note(now(), note(9));
    store.close().await;
    let store = invite_bot::store::Store::open(&ledger.path).await.unwrap();
    assert_eq!(store.draft(id(STAFF)).await.unwrap().unwrap().card, Some(9), "a stop writes it");
}

#[tokio::test]
async fn what_is_only_read_waits_for_no_disk() {
    let ledger = Ledger::new().await;
    let door = ledger.store.door();
    door.pass().await.unwrap();
    let before = door.syncs();
    ledger.store.draft(id(STAFF)).await.unwrap();
    door.pass().await.unwrap();
    assert_eq!(door.syncs(), before);
    ledger.writes(Actor::Program, now(), allow(100, Role::Staff)).await;
    assert_eq!(door.syncs(), before, "a commit is not waited for");
    door.pass().await.unwrap();
    assert_eq!(door.syncs(), before + 1);
}

#[tokio::test]
async fn a_note_that_a_lock_was_in_the_way_of_is_written_later_and_holds_up_nobody() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let draft = ledger.draft(STAFF).await.draft;
    let mut other = ledger.connect().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    store.leave_note(now(), vec![Change::SetCard { person: id(STAFF), draft, message: 7 }]);
    let locked = store.apply(Actor::Program, now(), &[allow(100, Role::Staff)]).await;
    assert!(locked.unwrap_err().is_of_the_disk());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    ledger.writes(Actor::Program, now(), allow(101, Role::Staff)).await;
    let card = async || store.draft(id(STAFF)).await.unwrap().unwrap().card;
    assert!(crate::support::wait::until(async || card().await == Some(7)).await);
}

#[tokio::test]
async fn while_nothing_is_sent_many_people_are_answered_at_once() {
    let ledger = Ledger::new().await;
    ledger.stops_sending(HoldKind::polling_conflict(now()), 0).await;
    let (store, quotas) = (&ledger.store, no_quotas());
    let facts = (0..16).map(|_| store.person_facts(id(STAFF), &[], &quotas, now()));
    let all = join_all(facts);
    let all = tokio::time::timeout(std::time::Duration::from_secs(5), all).await.unwrap();
    assert!(all.into_iter().all(|facts| facts.unwrap().holds.len() == 1));
}
