//! The stop-list: what it covers, what it holds, and that nothing goes around it.

use invite_bot::domain::{InvitationNo, Outcome, Recipient, State, StopTarget, Wait, WaitReason};
use invite_bot::store::Change;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, answer, at, by, chaika, not_accepted, now, to,
};

/// Puts an entry on the list; what it holds.
async fn stop(ledger: &Ledger, text: &str) -> Vec<InvitationNo> {
    let stops = vec![StopTarget::parse(text).unwrap()];
    let holds = ledger.reader().await.queued_to(&stops).await.unwrap();
    let stop = Change::Stop { stops, reason: Some("просили".to_owned()), holds };
    ledger.writes(by(ADMIN), now(), stop).await.held
}

/// Takes everything off the list; how many of what it held wait.
async fn unstop(ledger: &Ledger) -> u32 {
    let mut held = 0;
    for entry in ledger.reader().await.stoplist(1, 100).await.unwrap().entries {
        held = ledger.reader().await.held_by_list(entry.id).await.unwrap();
        let unstop = Change::Unstop { entry: entry.id };
        ledger.writes(by(ADMIN), at(9), unstop.clone()).await;
        assert_eq!(ledger.tries(by(ADMIN), at(9), unstop).await, Err(Refused::Facts), "twice");
    }
    held
}

/// How many entries are on the list.
async fn listed(ledger: &Ledger) -> usize {
    ledger.reader().await.stoplist(1, 100).await.unwrap().entries.len()
}

async fn covers(ledger: &Ledger, recipient: &Recipient) -> bool {
    let entry =
        ledger.reader().await.stop_for(Some(recipient.email()), recipient.inn()).await.unwrap();
    // What the program finds and what the triggers find is the same.
    let company = recipient.company();
    let quoted = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let insert = format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn, kpp, name,
         recipient_key, guid, not_before, created_at, changed_at) VALUES ('{}', {STAFF}, 'draft:999',
         'x', '{}', {}, {}, {}, '{}', '{}', 0, 0, 0)",
        recipient.provider().slug(),
        recipient.email().key(),
        quoted(company.map(|company| company.inn.as_str())),
        quoted(company.and_then(|company| company.kpp.as_ref()).map(|kpp| kpp.as_str())),
        quoted(company.map(|company| company.name.as_str())),
        // Of its own, so that no other one bars it.
        Uuid::new_v4(),
        Uuid::new_v4(),
    );
    let mut conn = ledger.connect().await;
    let mut tx = conn.begin().await.unwrap();
    let refused = run(&mut tx, &insert).await.err();
    tx.rollback().await.unwrap();
    let rule = "its recipient is on the stop-list".to_owned();
    assert_eq!(refused, entry.is_some().then_some(rule), "{recipient:?}");
    // And the program says so before it meets the rule.
    let other = ledger.draft(OTHER).await;
    let submitted = ledger.confirm(OTHER, other, recipient).await;
    assert_eq!(submitted == Err(Refused::Stopped), entry.is_some(), "{recipient:?}");
    if submitted.is_err() {
        ledger.drop_draft(OTHER, other).await;
    }
    entry.is_some()
}

async fn run(conn: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into_database_error().unwrap().message().to_owned()),
    }
}

#[tokio::test]
async fn an_entry_covers_what_it_says_and_nothing_else() {
    for (entry, covered, free) in [
        ("ivan@romashka.ru", vec!["Ivan@Romashka.RU"], vec!["petr@romashka.ru", "ivan@omashka.ru"]),
        (
            "romashka.ru",
            vec!["a@romashka.ru", "a@mail.romashka.ru", "a@x.y.romashka.ru"],
            vec!["a@xromashka.ru", "a@romashka.ru.com", "romashka.ru@example.com"],
        ),
        (
            "пример.рф",
            vec!["a@пример.рф", "a@xn--e1afmkfd.xn--p1ai", "a@почта.пример.рф"],
            vec!["a@другой.рф"],
        ),
        ("xn--e1afmkfd.xn--p1ai", vec!["a@пример.рф", "a@почта.xn--e1afmkfd.рф"], vec![]),
        ("a@пример.рф", vec!["a@xn--e1afmkfd.xn--p1ai"], vec!["b@пример.рф"]),
        ("район.рф", vec!["i@раи\u{306}он.рф", "i@РАЙОН.рф"], vec!["i@раион.рф"]),
        ("раи\u{306}он.рф", vec!["i@район.рф"], vec![]),
    ] {
        let ledger = Ledger::new().await;
        stop(&ledger, entry).await;
        assert_eq!(listed(&ledger).await, 1);
        for email in covered {
            assert!(covers(&ledger, &to(email)).await, "{entry}: {email}");
        }
        for email in free {
            assert!(!covers(&ledger, &to(email)).await, "{entry}: {email}");
        }
    }
}

#[tokio::test]
async fn an_organisation_is_covered_whatever_its_kpp_and_address() {
    let ledger = Ledger::new().await;
    stop(&ledger, "1215107651").await;
    assert!(covers(&ledger, &chaika()).await);
    assert!(!covers(&ledger, &to("iam@mail.ru")).await);
    unstop(&ledger).await;
    assert!(!covers(&ledger, &chaika()).await);
    stop(&ledger, "1215107651").await;
    assert!(covers(&ledger, &chaika()).await, "it may be put on again");
    stop(&ledger, "1215107651").await;
    assert_eq!(listed(&ledger).await, 1, "it stands there once");
}

#[tokio::test]
async fn what_waits_is_held_at_once_and_goes_by_a_persons_word_when_it_is_off() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &to("ivan@romashka.ru")).await;
    let free = ledger.submit().await;
    let stops = vec![StopTarget::parse("romashka.ru").unwrap()];
    let unexpected = Change::Stop { stops, reason: None, holds: vec![] };
    assert_eq!(ledger.tries(by(ADMIN), now(), unexpected).await, Err(Refused::Facts));
    assert_eq!(stop(&ledger, "romashka.ru").await, [number]);
    assert_eq!(ledger.state(number).await, State::Held);
    assert_eq!(ledger.state(free).await, State::Queued);
    let found = ledger.read(number).await;
    assert_eq!((found.stopped, found.waits), (true, Some(WaitReason::StopList)));
    assert!(!ledger.release(number).await, "not while it is on the list");

    assert_eq!(unstop(&ledger).await, 1);
    let found = ledger.read(number).await;
    assert_eq!((found.stopped, found.waits), (false, Some(WaitReason::OffStopList)));
    assert_eq!(found.state, State::Held, "nothing goes by itself");
    assert!(ledger.release(number).await);
    assert_eq!(ledger.claim(number).await, 1);
}

#[tokio::test]
async fn a_claim_of_what_the_list_forbids_holds_it_instead() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &to("ivan@romashka.ru")).await;
    // As in a restored copy, or by other hands.
    let mut conn = ledger.connect().await;
    let insert = format!(
        "INSERT INTO stoplist (kind, value, added_at, added_by)
         VALUES ('domain', 'romashka.ru', 1, {ADMIN})"
    );
    run(&mut conn, &insert).await.unwrap();
    assert_eq!(ledger.claims(number, now()).await, None);
    assert_eq!(ledger.state(number).await, State::Held);
    let found = ledger.read(number).await;
    assert_eq!((found.last, found.waits), (None, Some(WaitReason::StopList)));
}

#[tokio::test]
async fn a_repeat_is_refused_and_a_retry_is_held() {
    let ledger = Ledger::new().await;
    let failed = ledger.submit_by(STAFF, &to("ivan@romashka.ru")).await;
    ledger.call(failed, &not_accepted(Wait::Connect)).await;
    let doubtful = ledger.submit_by(STAFF, &to("petr@romashka.ru")).await;
    ledger.call(doubtful, &answer(Outcome::Unknown)).await;
    let under_way = ledger.submit_by(STAFF, &to("anna@romashka.ru")).await;
    let n = ledger.claim(under_way).await;
    stop(&ledger, "romashka.ru").await;
    for number in [failed, doubtful] {
        assert_eq!(ledger.repeat(number).await, Err(Refused::Stopped));
    }
    // A call under way ends; what came back to the queue does not go again.
    ledger.close_at(under_way, n, &not_accepted(Wait::Connect), Some(at(5)), now()).await;
    assert_eq!(ledger.state(under_way).await, State::Held);
    unstop(&ledger).await;
    assert_eq!(ledger.repeat(failed).await, Ok(()));
}

#[tokio::test]
async fn what_an_untrusted_database_holds_and_the_list_forbids_stays_held() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &to("ivan@romashka.ru")).await;
    let free = ledger.submit().await;
    let mut conn = ledger.connect().await;
    let untrusted = "INSERT INTO holds (kind, since, detail)
                         VALUES ('untrusted_database', 1, 'copied');
                     INSERT INTO held_invitations SELECT 1, number FROM invitations;
                     UPDATE invitations SET state = 'held', version = version + 1";
    run(&mut conn, untrusted).await.unwrap();
    stop(&ledger, "romashka.ru").await;
    let found = ledger.read(number).await;
    assert_eq!((found.stopped, found.waits), (true, Some(WaitReason::UntrustedDatabase)));
    assert_eq!(ledger.resumes(1, 0).await, Some(1));
    assert_eq!(ledger.state(free).await, State::Queued);
    assert_eq!(ledger.state(number).await, State::Held);
    unstop(&ledger).await;
    assert!(ledger.release(number).await);
}

/// What is to be told; all of it is told then.
async fn told(ledger: &Ledger) -> Vec<InvitationNo> {
    let untold = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    for one in &untold {
        let invitation = &one.invitation;
        let (number, version, old) = (invitation.number, invitation.version, one.status_message);
        ledger.told(number, version, old, old.unwrap_or(7)).await;
    }
    untold.into_iter().map(|one| one.invitation.number).collect()
}

#[tokio::test]
async fn what_a_change_of_the_list_does_not_concern_is_not_told_again() {
    let ledger = Ledger::new().await;
    let stopped = ledger.submit_by(STAFF, &to("ivan@romashka.ru")).await;
    let other = ledger.submit_by(STAFF, &to("petr@example.com")).await;
    let mut conn = ledger.connect().await;
    // As after a revocation.
    let hold = format!(
        "UPDATE invitations SET state = 'held', version = version + 1 WHERE number = {}",
        other.0
    );
    run(&mut conn, &hold).await.unwrap();
    assert_eq!(told(&ledger).await, [stopped, other]);

    stop(&ledger, "romashka.ru").await;
    assert_eq!(told(&ledger).await, [stopped]);
    for entry in ["romashka.ru", "ivan@romashka.ru", "vasilek.ru"] {
        stop(&ledger, entry).await;
        assert_eq!(told(&ledger).await, [], "{entry}");
    }
    // Now why the other one waits has changed.
    stop(&ledger, "example.com").await;
    assert_eq!(told(&ledger).await, [other]);

    for (entry, changed) in [
        ("romashka.ru", vec![]),
        ("vasilek.ru", vec![]),
        ("ivan@romashka.ru", vec![stopped]),
        ("example.com", vec![other]),
    ] {
        let all = ledger.reader().await.stoplist(1, 10).await.unwrap().entries;
        let id = all.iter().find(|one| one.stop.value() == entry).unwrap().id;
        ledger.writes(by(ADMIN), at(9), Change::Unstop { entry: id }).await;
        assert_eq!(told(&ledger).await, changed, "{entry}");
    }
}

#[tokio::test]
async fn the_list_has_pages_and_its_journal() {
    let ledger = Ledger::new().await;
    for n in 0..7 {
        stop(&ledger, &format!("romashka{n}.ru")).await;
    }
    let page = ledger.reader().await.stoplist(9, 5).await.unwrap();
    assert_eq!((page.page, page.pages, page.entries.len()), (2, 2, 2));
    let reasons = page.entries.iter().map(|entry| entry.reason.as_deref());
    assert!(reasons.eq([Some("просили"); 2]));
    let mail = StopTarget::parse("iam@romashka.ru").unwrap();
    let reason = Some(String::new());
    let stop = Change::Stop { stops: vec![mail.clone()], reason, holds: vec![] };
    ledger.writes(by(ADMIN), now(), stop).await;
    let newest = ledger.reader().await.stoplist(0, 5).await.unwrap().entries.swap_remove(0);
    assert_eq!((newest.stop, newest.reason), (mail, None));
    assert_eq!(unstop(&ledger).await, 0, "nothing waited");
    let mut conn = ledger.connect().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT format('%d %s %s → %s', j.actor, j.action, coalesce(before, '—'), coalesce(after, '—'))
         FROM journal j JOIN stoplist s ON s.id = j.stop WHERE s.value = 'romashka0.ru'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(rows, ["1 stop — → domain", "1 unstop domain → —"]);
}

/// The rule that says so, where the invitation № stands, and statements of which the last is
/// refused.
pub fn denied() -> Vec<(&'static str, State, String)> {
    let list = format!(
        "INSERT INTO stoplist (kind, value, added_at, added_by) VALUES ('email', 'a@b.ru', 1, {ADMIN})"
    );
    let of = |kind: &str, value: &str| {
        list.replace("'email'", &format!("'{kind}'")).replace("'a@b.ru'", &format!("'{value}'"))
    };
    let insert = format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key,
         guid, not_before, created_at, changed_at) VALUES ('invoicebox', {STAFF}, 'draft:999', 'A@b.ru',
         'a@b.ru', 'a@b.ru', '00000000-0000-4000-8000-000000000000', 0, 0, 0)"
    );
    let sbis = format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn, kpp, name,
         recipient_key, guid, not_before, created_at, changed_at) VALUES ('sbis', {STAFF}, 'draft:998',
         'x@y.ru', 'x@y.ru', '1215107651', '121501002', 'Чайка', 'k',
         '00000000-0000-4000-8000-000000000001', 0, 0, 0)"
    );
    let attempt = "INSERT INTO attempts (invitation, n, request_sha256, started_at)
         VALUES (№, 1, zeroblob(32), 1)";
    let step = |state: &str| {
        format!(
            "UPDATE invitations SET state = '{state}', version = version + 1, changed_by = {ADMIN}
             WHERE number = №"
        )
    };
    let set = |what: &str| format!("UPDATE stoplist SET {what}");
    let off = set(&format!("removed_at = 2, removed_by = {ADMIN}"));
    let then = |steps: &[&str]| steps.join(";");
    let said = list.replace("value, ", "value, reason, ").replace("'a@b.ru', ", "'a@b.ru', 'x', ");
    let (blank, gone) = (set("reason = NULL, erased_at = 3"), set("value = NULL, erased_at = 3"));
    let (rule, once) = ("its recipient is on the stop-list", "an entry is taken off once");
    let rows = vec![
        (rule, then(&[&list, &insert])),
        (rule, then(&[&of("domain", "b.ru"), &insert])),
        (rule, then(&[&of("inn", "1215107651"), &sbis])),
        (rule, then(&[&of("domain", "mail.ru"), attempt])),
        (rule, then(&[&step("held"), &of("domain", "mail.ru"), &step("queued")])),
        (
            "an entry begins on the list",
            list.replace("added_by)", "added_by, removed_at, removed_by)")
                .replace(&format!("{ADMIN})"), &format!("{ADMIN}, 2, {ADMIN})")),
        ),
        (once, then(&[&list, &off, &off])),
        (once, then(&[&list, &set("id = 7")])),
        (once, then(&[&list, &set("kind = 'domain'")])),
        (once, then(&[&list, &set("value = 'b@b.ru'")])),
        (once, then(&[&list, &set("reason = 'x'")])),
        (once, then(&[&list, &set("value = 'b@b.ru', erased_at = 3")])),
        (once, then(&[&list, &set("reason = 'x', erased_at = 3")])),
        (once, then(&[&said, &set("reason = NULL")])),
        (once, then(&[&said, &blank, &set("erased_at = NULL")])),
        (once, then(&[&list, &off, &set("value = NULL")])),
        (once, then(&[&list, &off, &set("erased_at = 3")])),
        (once, then(&[&list, &off, &gone, &set("erased_at = 4")])),
        (once, then(&[&list, &off, &gone, &set("value = 'a@b.ru'")])),
        (once, then(&[&list, &off, &set("value = NULL, erased_at = 3, removed_at = 4")])),
        (
            once,
            then(&[
                &list,
                &off,
                &set(&format!("value = NULL, erased_at = 3, removed_by = {STAFF}")),
            ]),
        ),
        (once, then(&[&list, &set("added_at = 2")])),
        (once, then(&[&list, &set(&format!("added_by = {STAFF}"))])),
        ("the stop-list is kept", then(&[&list, "DELETE FROM stoplist"])),
        ("UNIQUE constraint failed", then(&[&list, &list])),
    ];
    rows.into_iter().map(|(rule, sql)| (rule, State::Queued, sql)).collect()
}
