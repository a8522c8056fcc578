//! How often a recipient is written to, and whose office code it is: what a confirmation is held
//! to, by name and by the database itself.

use invite_bot::domain::{
    InvitationNo, OfficeCode, Outcome, Recipient, Refusal, ResendQuota, State, Verdict, WaitReason,
};
use invite_bot::store::{Change, NewInvitation, SubmitOptions};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, accepted, answer, at, by, chaika, id, new, no_quotas,
    now, rejected, to,
};

const HOUR: i64 = 3600;

/// Confirms at a time, on options.
async fn confirm(
    ledger: &Ledger,
    author: i64,
    recipient: &Recipient,
    now: Timestamp,
    [admin, override_limit]: [bool; 2],
) -> Result<InvitationNo, Refused> {
    let draft = ledger.draft(author).await;
    let options = SubmitOptions { admin, override_limit, ..SubmitOptions::at_once(now) };
    let submit = Change::Submit(NewInvitation { options, ..new(draft, recipient) });
    let submitted = ledger.tries(by(author), now, submit).await;
    if submitted.is_err() {
        ledger.drop_draft(author, draft).await;
    }
    submitted.map(|applied| applied.submitted.unwrap())
}

/// A letter of this author at a time, as an admin if need be.
async fn letter(
    ledger: &Ledger,
    recipient: &Recipient,
    now: Timestamp,
    outcome: Outcome,
) -> InvitationNo {
    let number = confirm(ledger, ADMIN, recipient, now, [true, true]).await.unwrap();
    let claim = ledger.claims(number, now).await.unwrap();
    ledger.close_at(number, claim.n, &answer(outcome), None, now).await;
    number
}

async fn quota(ledger: &Ledger, recipient: &Recipient, now: Timestamp) -> ResendQuota {
    ledger.reader().await.resend_quota(recipient, now).await.unwrap()
}

fn taken() -> Outcome {
    accepted().outcome
}

#[tokio::test]
async fn what_went_or_may_have_gone_counts_and_what_did_not_does_not() {
    let ledger = Ledger::new().await;
    for recipient in [to("iam@mail.ru"), chaika()] {
        assert_eq!(quota(&ledger, &recipient, at(0)).await, ResendQuota::Available);
        letter(&ledger, &recipient, at(0), taken()).await;
        for _ in 0..3 {
            let refused = rejected(invite_bot::domain::Refusal::Data).outcome;
            letter(&ledger, &recipient, at(0), refused).await;
        }
        assert_eq!(
            quota(&ledger, &recipient, at(1)).await,
            ResendQuota::Available,
            "the first repeat"
        );
        let unknown = letter(&ledger, &recipient, at(1), Outcome::Unknown).await;
        assert_eq!(
            quota(&ledger, &recipient, at(2)).await,
            ResendQuota::AvailableAt(at(1 + 24 * HOUR))
        );
        assert!(ledger.resolve(unknown, Verdict::Missing).await);
        assert_eq!(
            quota(&ledger, &recipient, at(3)).await,
            ResendQuota::Available,
            "no letter came of it"
        );
        let unknown = letter(&ledger, &recipient, at(4), Outcome::Unknown).await;
        assert!(ledger.resolve(unknown, Verdict::Arrived).await);
        assert_eq!(
            quota(&ledger, &recipient, at(5)).await,
            ResendQuota::AvailableAt(at(4 + 24 * HOUR))
        );
        assert_eq!(quota(&ledger, &recipient, at(4 + 24 * HOUR)).await, ResendQuota::Available);
        for day in 1..=2 {
            letter(&ledger, &recipient, at(4 + day * 24 * HOUR), taken()).await;
        }
        assert_eq!(quota(&ledger, &recipient, at(9999 * HOUR)).await, ResendQuota::Exhausted);
    }
    assert_eq!(quota(&ledger, &to("other@mail.ru"), at(5)).await, ResendQuota::Available);
}

#[tokio::test]
async fn staff_are_refused_with_their_draft_kept_and_an_admin_goes_beyond_once() {
    let ledger = Ledger::new().await;
    let recipient = chaika();
    for second in 0..2 {
        letter(&ledger, &recipient, at(second), taken()).await;
    }
    let no_room = Err(Refused::NoResends(ResendQuota::AvailableAt(at(1 + 24 * HOUR))));
    assert_eq!(confirm(&ledger, STAFF, &recipient, at(2), [false, false]).await, no_room);
    assert_eq!(confirm(&ledger, ADMIN, &recipient, at(2), [true, false]).await, no_room);
    let mut conn = ledger.connect().await;
    let count = "SELECT count(*) FROM exceptions";
    let none: i64 = sqlx::query_scalar(count).fetch_one(&mut conn).await.unwrap();
    assert_eq!(none, 0, "nobody went beyond anything so far");
    let number = confirm(&ledger, ADMIN, &recipient, at(2), [true, true]).await.unwrap();
    let written: String = sqlx::query_scalar(
        "SELECT format('%d %s %s %s', actor, action, invitation, after) FROM journal
         WHERE action = 'override'",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(written, format!("{ADMIN} override {number} repeats"));
    assert!(ledger.cancel(number).await);
    let again = confirm(&ledger, ADMIN, &recipient, at(3), [true, false]).await;
    assert_eq!(again, no_room, "it was good for one");
}

#[tokio::test]
async fn a_consented_repeat_is_held_to_the_same() {
    let ledger = Ledger::new().await;
    let recipient = to("iam@mail.ru");
    letter(&ledger, &recipient, at(0), taken()).await;
    let number = letter(&ledger, &recipient, at(1), Outcome::Unknown).await;
    let version = ledger.version(number).await;
    let resend = |override_limit| {
        let options =
            SubmitOptions { admin: true, override_limit, ..SubmitOptions::at_once(at(2)) };
        Change::Resend { number, version, options, quotas: no_quotas() }
    };
    let refused = ledger.tries(by(STAFF), at(2), resend(false)).await;
    assert_eq!(refused, Err(Refused::NoResends(ResendQuota::AvailableAt(at(1 + 24 * HOUR)))));
    ledger.writes(by(ADMIN), at(2), resend(true)).await;
    assert_eq!(ledger.state(number).await, State::Queued);
}

#[tokio::test]
async fn a_stop_and_a_claim_at_once_have_one_winner() {
    let ledger = Ledger::new().await;
    for _ in 0..8 {
        let number = ledger.submit().await;
        let version = ledger.version(number).await;
        let claim = async { ledger.claims_at(number, version, now()).await.is_some() };
        let (stopped, claimed) = tokio::join!(ledger.cancel(number), claim);
        assert_ne!(stopped, claimed);
        let state = if stopped { State::Cancelled } else { State::Sending };
        assert_eq!(ledger.state(number).await, state);
    }
}

#[tokio::test]
async fn nothing_is_claimed_before_its_time() {
    let ledger = Ledger::new().await;
    let draft = ledger.draft(STAFF).await;
    let recipient = to("iam@mail.ru");
    let options = SubmitOptions { not_before: at(5), ..SubmitOptions::at_once(at(0)) };
    let submit = Change::Submit(NewInvitation { options, ..new(draft, &recipient) });
    let number = ledger.writes(by(STAFF), at(0), submit).await.submitted.unwrap();
    let read = ledger.read(number).await;
    assert_eq!((read.waits, read.stoppable_until()), (Some(WaitReason::Time(at(5))), Some(at(5))));
    assert_eq!(ledger.claims(number, at(4)).await, None);
    assert!(ledger.claims(number, at(5)).await.is_some());
}

fn codes(codes: &[&str]) -> Vec<OfficeCode> {
    codes.iter().map(|code| OfficeCode::parse(code).unwrap()).collect()
}

async fn give(ledger: &Ledger, person: i64, given: &[&str]) {
    let set = Change::SetOffices { person: id(person), codes: codes(given) };
    ledger.writes(by(ADMIN), now(), set).await;
}

#[tokio::test]
async fn the_codes_of_a_person_are_kept_in_order_and_every_change_is_written_down() {
    let ledger = Ledger::new().await;
    give(&ledger, STAFF, &["7706", "0240", "7706"]).await;
    assert_eq!(ledger.reader().await.offices(id(STAFF)).await.unwrap(), codes(&["7706", "0240"]));
    // The same once more.
    give(&ledger, STAFF, &["7706", "0240"]).await;
    let many: Vec<String> = (1000..1012).map(|code| code.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    give(&ledger, OTHER, &many).await;
    assert_eq!(ledger.reader().await.offices(id(OTHER)).await.unwrap(), codes(&many[..10]));
    give(&ledger, STAFF, &["0240"]).await;
    give(&ledger, STAFF, &[]).await;
    assert_eq!(ledger.reader().await.offices(id(STAFF)).await.unwrap(), []);
    let mut conn = ledger.connect().await;
    let written: Vec<String> = sqlx::query_scalar(
        "SELECT format('%d: %s → %s', actor, coalesce(before, '—'), coalesce(after, '—'))
         FROM journal WHERE action = 'office' AND person = 2 ORDER BY id",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(written, ["1: — → 7706,0240", "1: 7706,0240 → 0240", "1: 0240 → —"]);
}

#[tokio::test]
async fn staff_with_codes_invite_with_one_of_them() {
    let ledger = Ledger::new().await;
    // The sample goes out with 0240.
    give(&ledger, STAFF, &["7706"]).await;
    give(&ledger, OTHER, &["7706", "0240"]).await;
    give(&ledger, ADMIN, &["7706"]).await;
    let confirmed =
        async |author, options| confirm(&ledger, author, &chaika(), now(), options).await;
    assert_eq!(confirmed(STAFF, [false, false]).await, Err(Refused::NotTheirOffice));
    assert_eq!(confirmed(STAFF, [false, true]).await, Err(Refused::NotTheirOffice));
    for (author, options) in [(OTHER, [false, false]), (ADMIN, [true, false])] {
        let number = confirmed(author, options).await.unwrap();
        assert!(ledger.cancel(number).await);
    }
    // Invoicebox knows of no offices.
    let address = to("iam@mail.ru");
    let to_invoicebox = confirm(&ledger, STAFF, &address, now(), [false, false]).await;
    assert!(to_invoicebox.is_ok(), "{to_invoicebox:?}");
}

async fn run(conn: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into_database_error().unwrap().message().to_owned()),
    }
}

/// One more invitation to the sample of the СБИС page, at a second, beside the program.
fn one_more(author: i64, office: &str, second: i64) -> String {
    let ms = at(second).as_millisecond();
    format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn, kpp, name, office,
             recipient_key, guid, not_before, created_at, changed_at, changed_by)
         SELECT 'sbis', {author}, 'draft:777', 'iam@mail.ru', 'iam@mail.ru', '1215107651', '121501001',
             'Чайка', {office}, '1215107651/121501001', '{}', 0, {ms}, {ms}, {author}",
        Uuid::new_v4()
    )
}

fn exception(rule: &str, key: &str, person: i64, second: i64) -> String {
    let ms = at(second).as_millisecond();
    format!(
        "INSERT INTO exceptions (rule, provider, recipient_key, person, at)
         VALUES ('{rule}', 'sbis', '{key}', {person}, {ms})"
    )
}

#[tokio::test]
async fn the_database_itself_refuses_a_letter_too_many() {
    let ledger = Ledger::new().await;
    let rule = "too many letters to one recipient";
    let key = "1215107651/121501001";
    let day = 24 * HOUR;
    letter(&ledger, &chaika(), at(0), taken()).await;
    let mut conn = ledger.connect().await;
    let refused = async |conn: &mut SqliteConnection, before: &[String], sql: &str| {
        let mut tx = conn.begin().await.unwrap();
        for statement in before {
            run(&mut tx, statement).await.unwrap();
        }
        let done = run(&mut tx, sql).await;
        tx.rollback().await.unwrap();
        done.err()
    };
    assert_eq!(refused(&mut conn, &[], &one_more(STAFF, "NULL", 1)).await, None, "a first repeat");
    letter(&ledger, &chaika(), at(1), taken()).await;
    let too_soon = one_more(STAFF, "NULL", day);
    assert_eq!(refused(&mut conn, &[], &too_soon).await.as_deref(), Some(rule));
    assert_eq!(refused(&mut conn, &[], &one_more(STAFF, "NULL", 1 + day)).await, None);
    // An exception is one person's, for one recipient, of one rule, at one time.
    for other in [
        exception("repeats", key, ADMIN, day),
        exception("repeats", key, STAFF, day - 1),
        exception("repeats", "1215107651/", STAFF, day),
        exception("office", key, STAFF, day),
    ] {
        assert_eq!(refused(&mut conn, &[other], &too_soon).await.as_deref(), Some(rule));
    }
    let good = exception("repeats", key, STAFF, day);
    assert_eq!(refused(&mut conn, &[good], &too_soon).await, None);
    // One more attempt of an invitation waits as long as a new one.
    let number = letter(&ledger, &chaika(), at(1), refusal()).await;
    let consent = format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 0 FROM invitations WHERE number = {number}"
    );
    for (second, why) in [(day, Some(rule)), (1 + day, None)] {
        let again = format!(
            "UPDATE invitations SET state = 'queued', refusal = NULL, version = version + 1,
                 changed_at = {}, changed_by = {STAFF} WHERE number = {number}",
            at(second).as_millisecond()
        );
        let done = refused(&mut conn, std::slice::from_ref(&consent), &again).await;
        assert_eq!(done.as_deref(), why, "{second}");
    }
    // The fourth is the last.
    for n in 2..=3 {
        letter(&ledger, &chaika(), at(n * day), taken()).await;
    }
    let late = one_more(STAFF, "NULL", 999 * day);
    assert_eq!(refused(&mut conn, &[], &late).await.as_deref(), Some(rule));

    // The same for one more attempt of an invitation.
    for (state, outcome) in [("unknown", Outcome::Unknown), ("rejected", refusal())] {
        let number = letter(&ledger, &chaika(), at(1000 * day), outcome).await;
        let ms = at(1001 * day).as_millisecond();
        let consent = format!(
            "INSERT INTO consents (invitation, version, person, at)
             SELECT number, version, {STAFF}, {ms} FROM invitations WHERE number = {number}"
        );
        let again = format!(
            "UPDATE invitations SET state = 'queued', refusal = NULL, version = version + 1,
                 changed_at = {ms}, changed_by = {STAFF} WHERE number = {number}"
        );
        let good = exception("repeats", key, STAFF, 1001 * day);
        for other in [
            exception("repeats", key, ADMIN, 1001 * day),
            exception("repeats", key, STAFF, 1000 * day),
            exception("repeats", "1215107651/", STAFF, 1001 * day),
            exception("office", key, STAFF, 1001 * day),
        ] {
            let before = [consent.clone(), other];
            assert_eq!(refused(&mut conn, &before, &again).await.as_deref(), Some(rule), "{state}");
        }
        assert_eq!(refused(&mut conn, &[consent, good], &again).await, None, "{state}");
        if state == "unknown" {
            assert!(ledger.resolve(number, Verdict::Arrived).await);
        }
    }
}

fn refusal() -> Outcome {
    rejected(invite_bot::domain::Refusal::Other).outcome
}

#[tokio::test]
async fn the_database_itself_refuses_an_office_of_somebody_else() {
    let ledger = Ledger::new().await;
    give(&ledger, STAFF, &["7706"]).await;
    let mut conn = ledger.connect().await;
    let rule = Some("not an office of its author");
    let refused = async |conn: &mut SqliteConnection, sql: &str| {
        let mut tx = conn.begin().await.unwrap();
        let done = run(&mut tx, sql).await;
        tx.rollback().await.unwrap();
        done.err()
    };
    assert_eq!(refused(&mut conn, &one_more(STAFF, "'7706'", 0)).await, None);
    assert_eq!(refused(&mut conn, &one_more(OTHER, "'0240'", 0)).await, None, "who has none");
    assert_eq!(refused(&mut conn, &one_more(STAFF, "'0240'", 0)).await.as_deref(), rule);
    assert_eq!(refused(&mut conn, &one_more(STAFF, "NULL", 0)).await.as_deref(), rule);
    let key = "1215107651/121501001";
    for (exception, good) in [
        (exception("office", key, STAFF, 0), true),
        (exception("repeats", key, STAFF, 0), false),
        (exception("office", key, OTHER, 0), false),
        (exception("office", key, STAFF, 1), false),
        (exception("office", "1215107651/", STAFF, 0), false),
    ] {
        let sql = format!("{exception}; {}", one_more(STAFF, "'0240'", 0));
        assert_eq!(refused(&mut conn, &sql).await.is_none(), good, "{sql}");
    }
}

/// A letter more to the recipient of №, from confirmation to acceptance.
fn letter_more(draft: i64) -> Vec<String> {
    let newest = "(SELECT max(number) FROM invitations)";
    let step = |set: &str| {
        format!("UPDATE invitations SET {set}, version = version + 1 WHERE number = {newest}")
    };
    vec![
        confirmed_more(draft),
        format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at)
             SELECT number, 1, zeroblob(32), created_at FROM invitations WHERE number = {newest}"
        ),
        step("state = 'sending', body = x'00'"),
        format!(
            "UPDATE attempts SET ended_at = started_at, outcome = 'accepted'
             WHERE invitation = {newest}"
        ),
        step("state = 'accepted'"),
    ]
}

/// One more confirmed to the recipient of №, at the same time.
fn confirmed_more(draft: i64) -> String {
    format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key,
             override_no, guid, not_before, created_at, changed_at)
         SELECT provider, author, 'draft:{draft}', email, email_key, recipient_key, 1,
             '00000000-0000-4000-8000-000000000{draft}', 0, changed_at, changed_at
         FROM invitations WHERE number = №"
    )
}

/// The rule that says so, where the invitation № stands, and statements of which the last is
/// refused.
pub fn denied() -> Vec<(&'static str, State, String)> {
    let (few, kept) = ("too many letters to one recipient", "exceptions are kept");
    let theirs = "not an office of its author";
    let consent = format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 1 FROM invitations WHERE number = №"
    );
    let again = format!(
        "UPDATE invitations SET state = 'queued', refusal = NULL, version = version + 1,
             changed_by = {STAFF} WHERE number = №"
    );
    let repeat = || vec![consent.clone(), again.clone()];
    let (one, two) = (letter_more(999), [letter_more(999), letter_more(998)].concat());
    let code = format!("INSERT INTO offices (person, place, code) VALUES ({STAFF}, 0, '7706')");
    let exception = || exception("office", "x", ADMIN, 0);
    let erased =
        |with: &str| format!("UPDATE exceptions SET recipient_key = NULL, erased_at = 1{with}");
    let rows = vec![
        // The letter of № itself is one of the two.
        (few, State::Accepted, [one.clone(), vec![confirmed_more(997)]].concat()),
        (few, State::ConfirmedSent, [one.clone(), vec![confirmed_more(997)]].concat()),
        (few, State::Unknown, [one, repeat()].concat()),
        (few, State::NotSent, [two.clone(), repeat()].concat()),
        (few, State::ConfirmedNotSent, [two.clone(), repeat()].concat()),
        (few, State::Rejected(Refusal::Other), [two, repeat()].concat()),
        (theirs, State::Queued, vec![code.clone(), one_more(STAFF, "'0240'", 0)]),
        (theirs, State::Queued, vec![code, one_more(STAFF, "NULL", 0)]),
        (kept, State::Queued, vec![exception(), "UPDATE exceptions SET at = at".to_owned()]),
        (kept, State::Queued, vec![exception(), "DELETE FROM exceptions".to_owned()]),
        (kept, State::Queued, vec![exception(), erased(""), erased("")]),
        (kept, State::Queued, vec![exception(), erased(", id = 7")]),
        (kept, State::Queued, vec![exception(), erased(", rule = 'repeats'")]),
        (kept, State::Queued, vec![exception(), erased(", provider = 'invoicebox'")]),
        (kept, State::Queued, vec![exception(), erased(&format!(", person = {STAFF}"))]),
        (kept, State::Queued, vec![exception(), erased(", at = 7")]),
        (
            kept,
            State::Queued,
            vec![
                exception(),
                erased(""),
                "UPDATE exceptions SET recipient_key = 'x', erased_at = NULL".to_owned(),
            ],
        ),
    ];
    rows.into_iter().map(|(rule, state, parts)| (rule, state, parts.join(";\n"))).collect()
}

#[tokio::test]
async fn exceptions_are_kept() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    run(&mut conn, &exception("office", "x", ADMIN, 0)).await.unwrap();
    for sql in ["UPDATE exceptions SET at = 1", "DELETE FROM exceptions"] {
        assert_eq!(run(&mut conn, sql).await.unwrap_err(), "exceptions are kept");
    }
    let erased = "UPDATE exceptions SET recipient_key = NULL, erased_at = 1";
    assert_eq!(run(&mut conn, erased).await, Ok(()), "but for the data of a client");
    for sql in [
        exception("none", "x", ADMIN, 0),
        exception("office", "x", 999, 0),
        format!("INSERT INTO offices (person, place, code) VALUES ({STAFF}, 10, '7705')"),
        format!("INSERT INTO offices (person, place, code) VALUES ({STAFF}, 0, '770')"),
        "INSERT INTO offices (person, place, code) VALUES (999, 0, '7705')".to_owned(),
        format!(
            "INSERT INTO offices (person, place, code) VALUES ({STAFF}, 0, '7705'), ({STAFF}, 1, '7705')"
        ),
    ] {
        assert!(run(&mut conn, &sql).await.unwrap_err().contains("constraint failed"), "{sql}");
    }
}
