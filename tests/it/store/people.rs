//! The allow-list and the drafts.

use invite_bot::domain::{OfficeCode, Role, State};
use invite_bot::store::{Allowed, Revoked, Submitted};

use crate::support::ledger::{ADMIN, BODY, Ledger, OTHER, STAFF, at, id, now, to};

const NEW: i64 = 7;

#[tokio::test]
async fn a_stranger_is_nobody_until_an_admin_says_so() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    assert_eq!(tx.listed(id(NEW)).await.unwrap(), None);
    let actor = Some(id(ADMIN));
    let allowed = tx.allow(actor, id(NEW), Some("Новенький"), Role::Staff, 0, now()).await.unwrap();
    assert_eq!(allowed, Allowed::Added);
    let listed = tx.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!(
        (listed.role, listed.person.name),
        (Some(Role::Staff), Some("Новенький".to_owned()))
    );
}

#[tokio::test]
async fn who_is_on_the_list_is_known_outside_of_a_transaction() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let mut tx = ledger.begin().await;
    tx.meet(id(NEW), "Новенький", now()).await.unwrap();
    let new = tx.listed(id(NEW)).await.unwrap();
    let staff = tx.listed(id(STAFF)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (store.listed(id(NEW)).await.unwrap(), store.listed(id(STAFF)).await.unwrap()),
        (new, staff)
    );
    assert_eq!(store.listed(id(NEW + 1)).await.unwrap(), None);
    assert!(store.is_listed(id(STAFF)).await.unwrap());
    assert!(!store.is_listed(id(NEW)).await.unwrap(), "met, and not listed");
    assert!(!store.is_listed(id(NEW + 1)).await.unwrap());
}

#[tokio::test]
async fn a_second_allow_changes_what_it_names_and_nothing_else() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    let actor = Some(id(ADMIN));
    tx.allow(actor, id(NEW), Some("Новенький"), Role::Staff, 0, now()).await.unwrap();
    let same = tx.allow(actor, id(NEW), None, Role::Staff, 0, now()).await.unwrap();
    assert_eq!(same, Allowed::Same);
    let changed = tx.allow(actor, id(NEW), None, Role::Admin, 0, now()).await.unwrap();
    assert_eq!(changed, Allowed::Changed { before: Role::Staff });
    let name = tx.listed(id(NEW)).await.unwrap().unwrap().person.name;
    assert_eq!(name.as_deref(), Some("Новенький"));
    let named = tx.allow(actor, id(NEW), Some("Старый"), Role::Admin, 0, now()).await.unwrap();
    assert_eq!(named, Allowed::Same);
    let listed = tx.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!((listed.role, listed.person.name), (Some(Role::Admin), Some("Старый".to_owned())));
    assert_eq!(tx.admins().await.unwrap(), [id(ADMIN), id(NEW)]);
}

#[tokio::test]
async fn an_admin_by_configuration_is_met_and_not_listed() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    tx.meet(id(NEW), "", now()).await.unwrap();
    assert_eq!(tx.listed(id(NEW)).await.unwrap().unwrap().person.name, None);
    tx.meet(id(NEW), "Первое имя", now()).await.unwrap();
    tx.meet(id(NEW), "Второе имя", now()).await.unwrap();
    let listed = tx.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!((listed.role, listed.person.name), (None, Some("Первое имя".to_owned())));
    assert_eq!(tx.staff(1, 10).await.unwrap().people.len(), 3);
}

#[tokio::test]
async fn the_last_admin_can_neither_be_revoked_nor_step_down() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    let actor = Some(id(ADMIN));
    assert_eq!(tx.revoke(actor, id(ADMIN), 0, now()).await.unwrap(), Revoked::LastAdmin);
    let down = tx.allow(actor, id(ADMIN), None, Role::Staff, 0, now()).await.unwrap();
    assert_eq!(down, Allowed::LastAdmin);
    assert_eq!(tx.listed(id(ADMIN)).await.unwrap().unwrap().role, Some(Role::Admin));

    tx.allow(actor, id(STAFF), None, Role::Admin, 0, now()).await.unwrap();
    let down = tx.allow(actor, id(ADMIN), None, Role::Staff, 0, now()).await.unwrap();
    assert_eq!(down, Allowed::Changed { before: Role::Admin });
    let by_configuration = 1;
    let revoked = tx.revoke(None, id(STAFF), by_configuration, now()).await.unwrap();
    assert_eq!(revoked, Revoked::Done { held: vec![] });
}

#[tokio::test]
async fn who_is_revoked_between_confirmation_and_claim_has_nothing_sent() {
    let ledger = Ledger::new().await;
    let queued = ledger.submit().await;
    let accepted = ledger.one_that_is(State::Accepted).await;
    let of_another = ledger.submit_by(OTHER, &to("iam@mail.ru")).await;
    let seq = ledger.seq(queued).await;
    ledger.draft(STAFF).await;

    let mut tx = ledger.begin().await;
    let revoked = tx.revoke(Some(id(ADMIN)), id(STAFF), 0, at(1)).await.unwrap();
    assert_eq!(revoked, Revoked::Done { held: vec![queued] });
    assert_eq!(tx.draft(id(STAFF)).await.unwrap(), None);
    assert_eq!(tx.claim(queued, seq, BODY, at(2)).await.unwrap(), None);
    assert_eq!(tx.claim(queued, seq + 1, BODY, at(2)).await.unwrap(), None);
    let held = tx.invitation(queued).await.unwrap().unwrap();
    assert_eq!((held.state, held.changed_by.unwrap().id), (State::Held, id(ADMIN)));
    assert_eq!(tx.listed(id(STAFF)).await.unwrap().unwrap().role, None);
    assert_eq!(tx.revoke(None, id(STAFF), 0, at(3)).await.unwrap(), Revoked::NotListed);
    tx.commit().await.unwrap();
    assert_eq!(ledger.state(accepted).await, State::Accepted);
    assert_eq!(ledger.state(of_another).await, State::Queued);
}

#[tokio::test]
async fn the_journal_says_who_changed_the_list() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    let actor = Some(id(ADMIN));
    tx.allow(actor, id(NEW), Some("Новенький"), Role::Staff, 0, now()).await.unwrap();
    tx.allow(actor, id(NEW), None, Role::Admin, 0, now()).await.unwrap();
    // Nothing new is nothing to be written down.
    for name in [None, Some(""), Some("Новенький")] {
        tx.allow(actor, id(NEW), name, Role::Admin, 0, now()).await.unwrap();
    }
    tx.revoke(None, id(NEW), 0, now()).await.unwrap();
    tx.commit().await.unwrap();
    type Row = (Option<i64>, String, Option<String>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT actor, action, before, after FROM journal WHERE person = 7 ORDER BY id",
    )
    .fetch_all(&mut ledger.connect().await)
    .await
    .unwrap();
    let row = |actor, action: &str, before: Option<&str>, after: Option<&str>| {
        (actor, action.to_owned(), before.map(str::to_owned), after.map(str::to_owned))
    };
    let expected = [
        row(Some(ADMIN), "allow", None, Some("staff")),
        row(Some(ADMIN), "name", None, None),
        row(Some(ADMIN), "allow", Some("staff"), Some("admin")),
        row(None, "revoke", Some("admin"), None),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn the_list_has_pages_by_name() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    for (person, name) in [(ADMIN, "В"), (STAFF, "А"), (OTHER, "Б")] {
        let role = tx.listed(id(person)).await.unwrap().unwrap().role.unwrap();
        tx.allow(None, id(person), Some(name), role, 0, now()).await.unwrap();
    }
    let mut names = Vec::new();
    for page in 1..=2 {
        let page = tx.staff(page, 2).await.unwrap();
        assert_eq!(page.pages, 2);
        names.extend(page.people.into_iter().map(|listed| listed.person.name.unwrap()));
    }
    assert_eq!(names, ["А", "Б", "В"]);
    assert_eq!(tx.staff(9, 2).await.unwrap().page, 2);
    assert_eq!(tx.staff(0, 2).await.unwrap().page, 1);
}

#[tokio::test]
async fn the_office_code_is_remembered_with_its_zeros() {
    let ledger = Ledger::new().await;
    let mut tx = ledger.begin().await;
    let code = OfficeCode::parse("0240").unwrap();
    tx.remember_office(id(STAFF), &code).await.unwrap();
    assert_eq!(tx.listed(id(STAFF)).await.unwrap().unwrap().office, Some(code));
}

#[tokio::test]
async fn a_draft_changes_only_at_the_revision_that_was_seen() {
    let ledger = Ledger::new().await;
    let first = ledger.draft(STAFF).await;
    let mut tx = ledger.begin().await;
    let second = tx.save_draft(id(STAFF), Some(first), 2, "[]", at(1)).await.unwrap().unwrap();
    assert_eq!(second, (first.0, first.1 + 1));
    for stale in [None, Some(first), Some((second.0, second.1 + 1)), Some((first.0 + 1, second.1))]
    {
        assert_eq!(tx.save_draft(id(STAFF), stale, 2, "{}", at(2)).await.unwrap(), None);
    }
    assert_eq!(tx.save_draft(id(OTHER), Some(second), 2, "{}", at(2)).await.unwrap(), None);
    let stored = tx.draft(id(STAFF)).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.body.as_str(), stored.updated_at), (2, "[]", at(1)));
    assert!(!tx.drop_draft(id(STAFF), first).await.unwrap());
    assert!(!tx.drop_draft(id(OTHER), second).await.unwrap());
    assert!(tx.drop_draft(id(STAFF), second).await.unwrap());
}

#[tokio::test]
async fn the_id_of_a_draft_is_never_used_again() {
    let ledger = Ledger::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let draft = ledger.draft(STAFF).await;
        let mut tx = ledger.begin().await;
        tx.drop_draft(id(STAFF), draft).await.unwrap();
        tx.commit().await.unwrap();
        ids.push(draft.0);
    }
    let draft = ledger.draft(STAFF).await;
    let submitted = ledger.confirm(STAFF, draft, &to("iam@mail.ru")).await;
    assert!(matches!(submitted, Submitted::Queued(_)));
    ids.extend([draft.0, ledger.draft(STAFF).await.0]);
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn old_drafts_go_and_new_ones_stay() {
    let ledger = Ledger::new().await;
    let draft = ledger.draft(STAFF).await;
    ledger.store.set_card(id(STAFF), draft.0, 55).await.unwrap();
    ledger.store.set_card(id(OTHER), draft.0, 66).await.unwrap();
    assert_eq!(ledger.begin().await.draft(id(STAFF)).await.unwrap().unwrap().card, Some(55));
    assert_eq!(ledger.store.drop_old_drafts(now()).await.unwrap(), 0);
    assert_eq!(ledger.store.drop_old_drafts(at(1)).await.unwrap(), 1);
    assert_eq!(ledger.begin().await.draft(id(STAFF)).await.unwrap(), None);
}
