//! The allow-list and the drafts.

use invite_bot::domain::{DraftRevision, OfficeCode, Person, Role, State};
use invite_bot::store::{Actor, Allowed, Change};

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, allow, at, by, chaika, id, now, revoke, to,
};

const NEW: i64 = 7;

impl Ledger {
    /// An admin names the new one.
    async fn allow_named(&self, name: Option<&str>, role: Role) -> Result<Allowed, Refused> {
        let person = Person { id: id(NEW), name: name.map(str::to_owned) };
        let allow = Change::Allow { person, role, fixed_admins: 0 };
        Ok(self.tries(by(ADMIN), now(), allow).await?.allowed.unwrap())
    }

    async fn allows(&self, person: i64, role: Role) -> Result<Allowed, Refused> {
        Ok(self.tries(by(ADMIN), now(), allow(person, role)).await?.allowed.unwrap())
    }

    async fn meets(&self, name: Option<&str>) {
        let person = Person { id: id(NEW), name: name.map(str::to_owned) };
        self.writes(Actor::Program, now(), Change::UpsertPerson(person)).await;
    }
}

#[tokio::test]
async fn a_stranger_is_nobody_until_an_admin_says_so() {
    let ledger = Ledger::new().await;
    assert_eq!(ledger.store.listed(id(NEW)).await.unwrap(), None);
    let allowed = ledger.allow_named(Some("Новенький"), Role::Staff).await;
    assert_eq!(allowed, Ok(Allowed::Added));
    let listed = ledger.store.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!(
        (listed.role, listed.person.name),
        (Some(Role::Staff), Some("Новенький".to_owned()))
    );
}

#[tokio::test]
async fn who_is_on_the_list_is_known_outside_of_a_transaction() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    ledger.meets(Some("Новенький")).await;
    let mut reader = ledger.reader().await;
    let new = reader.listed(id(NEW)).await.unwrap();
    let staff = reader.listed(id(STAFF)).await.unwrap();
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
    ledger.allow_named(Some("Новенький"), Role::Staff).await.unwrap();
    assert_eq!(ledger.allow_named(None, Role::Staff).await, Ok(Allowed::Same));
    let changed = ledger.allow_named(None, Role::Admin).await;
    assert_eq!(changed, Ok(Allowed::Changed { before: Role::Staff }));
    let name = ledger.store.listed(id(NEW)).await.unwrap().unwrap().person.name;
    assert_eq!(name.as_deref(), Some("Новенький"));
    assert_eq!(ledger.allow_named(Some("Старый"), Role::Admin).await, Ok(Allowed::Same));
    let listed = ledger.store.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!((listed.role, listed.person.name), (Some(Role::Admin), Some("Старый".to_owned())));
    assert_eq!(ledger.reader().await.admins().await.unwrap(), [id(ADMIN), id(NEW)]);
}

#[tokio::test]
async fn an_admin_by_configuration_is_met_and_not_listed() {
    let ledger = Ledger::new().await;
    for nameless in [None, Some("")] {
        ledger.meets(nameless).await;
        assert_eq!(ledger.store.listed(id(NEW)).await.unwrap().unwrap().person.name, None);
    }
    ledger.meets(Some("Первое имя")).await;
    ledger.meets(Some("Второе имя")).await;
    let mut reader = ledger.reader().await;
    let listed = reader.listed(id(NEW)).await.unwrap().unwrap();
    assert_eq!((listed.role, listed.person.name), (None, Some("Первое имя".to_owned())));
    assert_eq!(reader.staff(1, 10).await.unwrap().people.len(), 3);
}

#[tokio::test]
async fn the_last_admin_can_neither_be_revoked_nor_step_down() {
    let ledger = Ledger::new().await;
    let revoked = ledger.tries(by(ADMIN), now(), revoke(ADMIN)).await;
    assert_eq!(revoked, Err(Refused::LastAdmin));
    assert_eq!(ledger.allows(ADMIN, Role::Staff).await, Err(Refused::LastAdmin));
    let listed = ledger.store.listed(id(ADMIN)).await.unwrap().unwrap();
    assert_eq!(listed.role, Some(Role::Admin));

    ledger.allows(STAFF, Role::Admin).await.unwrap();
    let down = ledger.allows(ADMIN, Role::Staff).await;
    assert_eq!(down, Ok(Allowed::Changed { before: Role::Admin }));
    let revoke = Change::Revoke { person: id(STAFF), fixed_admins: 1, holds: None };
    assert_eq!(ledger.writes(Actor::Program, now(), revoke).await.held, []);
}

#[tokio::test]
async fn who_is_revoked_between_confirmation_and_claim_has_nothing_sent() {
    let ledger = Ledger::new().await;
    let queued = ledger.submit().await;
    let accepted = ledger.one_that_is(State::Accepted).await;
    let of_another = ledger.submit_by(OTHER, &to("iam@mail.ru")).await;
    let version = ledger.version(queued).await;
    ledger.draft(STAFF).await;

    for other in [vec![], vec![queued, of_another]] {
        let holds = Some(other);
        let revoke = Change::Revoke { person: id(STAFF), fixed_admins: 0, holds };
        assert_eq!(ledger.tries(by(ADMIN), at(1), revoke).await, Err(Refused::Facts));
    }
    let holds = Some(vec![queued]);
    let expected = Change::Revoke { person: id(STAFF), fixed_admins: 0, holds };
    assert_eq!(ledger.writes(by(ADMIN), at(1), expected).await.held, [queued]);
    assert_eq!(ledger.store.draft(id(STAFF)).await.unwrap(), None);
    assert_eq!(ledger.claims_at(queued, version, at(2)).await, None);
    assert_eq!(ledger.claims_at(queued, version + 1, at(2)).await, None);
    let held = ledger.read(queued).await;
    assert_eq!((held.state, held.changed_by.unwrap().id), (State::Held, id(ADMIN)));
    assert_eq!(ledger.store.listed(id(STAFF)).await.unwrap().unwrap().role, None);
    let again = ledger.tries(Actor::Program, at(3), revoke(STAFF)).await;
    assert_eq!(again, Err(Refused::Facts));
    assert_eq!(ledger.state(accepted).await, State::Accepted);
    assert_eq!(ledger.state(of_another).await, State::Queued);
}

#[tokio::test]
async fn the_journal_says_who_changed_the_list() {
    let ledger = Ledger::new().await;
    ledger.allow_named(Some("Новенький"), Role::Staff).await.unwrap();
    ledger.allow_named(None, Role::Admin).await.unwrap();
    // Nothing new is nothing to be written down.
    for name in [None, Some(""), Some("Новенький")] {
        ledger.allow_named(name, Role::Admin).await.unwrap();
    }
    ledger.writes(Actor::Program, now(), revoke(NEW)).await;
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
    for (person, name) in [(ADMIN, "В"), (STAFF, "А"), (OTHER, "Б")] {
        let role = ledger.store.listed(id(person)).await.unwrap().unwrap().role.unwrap();
        let person = Person { id: id(person), name: Some(name.to_owned()) };
        let allow = Change::Allow { person, role, fixed_admins: 0 };
        ledger.writes(Actor::Program, now(), allow).await;
    }
    let mut reader = ledger.reader().await;
    let mut names = Vec::new();
    for page in 1..=2 {
        let page = reader.staff(page, 2).await.unwrap();
        assert_eq!(page.pages, 2);
        names.extend(page.people.into_iter().map(|listed| listed.person.name.unwrap()));
    }
    assert_eq!(names, ["А", "Б", "В"]);
    assert_eq!(reader.staff(9, 2).await.unwrap().page, 2);
    assert_eq!(reader.staff(0, 2).await.unwrap().page, 1);
}

#[tokio::test]
async fn the_office_code_is_remembered_with_its_zeros() {
    let ledger = Ledger::new().await;
    ledger.submit_by(STAFF, &chaika()).await;
    let code = OfficeCode::parse("0240").unwrap();
    let listed = ledger.store.listed(id(STAFF)).await.unwrap().unwrap();
    assert_eq!(listed.office, Some(code));
}

#[tokio::test]
async fn a_draft_changes_only_at_the_revision_that_was_seen() {
    let ledger = Ledger::new().await;
    let first = ledger.draft(STAFF).await;
    let save = async |person, was, body: &str, second| {
        let (version, body) = (2, body.to_owned());
        let save = Change::SaveSession { person: id(person), was, version, body };
        Ok(ledger.tries(by(person), at(second), save).await?.draft.unwrap())
    };
    let second = save(STAFF, Some(first), "[]", 1).await.unwrap();
    assert_eq!(second, DraftRevision { revision: first.revision + 1, ..first });
    let later = DraftRevision { revision: second.revision + 1, ..second };
    let none = DraftRevision { draft: second.draft + 1, ..second };
    for stale in [None, Some(first), Some(later), Some(none)] {
        assert_eq!(save(STAFF, stale, "{}", 2).await, Err(Refused::Session));
    }
    assert_eq!(save(OTHER, Some(second), "{}", 2).await, Err(Refused::Session));
    let stored = ledger.store.draft(id(STAFF)).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.body.as_str(), stored.updated_at), (2, "[]", at(1)));
    for (person, was, done) in
        [(STAFF, first, false), (OTHER, second, false), (STAFF, second, true)]
    {
        let drop = Change::DropSession { person: id(person), was };
        assert_eq!(ledger.tries(by(person), now(), drop).await.is_ok(), done);
    }
}

#[tokio::test]
async fn the_id_of_a_draft_is_never_used_again() {
    let ledger = Ledger::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let draft = ledger.draft(STAFF).await;
        ledger.drop_draft(STAFF, draft).await;
        ids.push(draft.draft);
    }
    let draft = ledger.draft(STAFF).await;
    ledger.confirm(STAFF, draft, &to("iam@mail.ru")).await.unwrap();
    ids.extend([draft.draft, ledger.draft(STAFF).await.draft]);
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn old_drafts_go_and_new_ones_stay() {
    let ledger = Ledger::new().await;
    let draft = ledger.draft(STAFF).await;
    for (person, message) in [(STAFF, 55), (OTHER, 66)] {
        let card = Change::SetCard { person: id(person), draft: draft.draft, message };
        ledger.writes(Actor::Program, now(), card).await;
    }
    ledger.writes(Actor::Program, at(9), Change::DropDrafts(now())).await;
    assert_eq!(ledger.store.draft(id(STAFF)).await.unwrap().unwrap().card, Some(55));
    ledger.writes(Actor::Program, at(9), Change::DropDrafts(at(1))).await;
    assert_eq!(ledger.store.draft(id(STAFF)).await.unwrap(), None);
}
