//! The rules that the database keeps against the program: everything here speaks SQL of its own.

use std::path::Path;

use invite_bot::domain::{Refusal, State};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::{links, requests, resends, stoplist};
use crate::support::ledger::{ADMIN, Ledger, OTHER, STAFF, chaika};

pub const STATES: [(State, &str, &str); 12] = [
    (State::Queued, "queued", "NULL"),
    (State::Held, "held", "NULL"),
    (State::Sending, "sending", "NULL"),
    (State::Accepted, "accepted", "NULL"),
    (State::Rejected(Refusal::Data), "rejected", "'data'"),
    (State::Rejected(Refusal::AlreadyClient), "rejected", "'already_client'"),
    (State::Rejected(Refusal::Other), "rejected", "'other'"),
    (State::NotSent, "not_sent", "NULL"),
    (State::Unknown, "unknown", "NULL"),
    (State::ConfirmedSent, "confirmed_sent", "NULL"),
    (State::ConfirmedNotSent, "confirmed_not_sent", "NULL"),
    (State::Cancelled, "cancelled", "NULL"),
];

/// The whole of the state machine, as the design has it.
fn is_legal(from: State, to: State) -> bool {
    use State::*;
    match from {
        Queued => matches!(to, Sending | Held | Cancelled),
        Held => matches!(to, Queued | Cancelled),
        Sending => matches!(to, Queued | Accepted | Rejected(_) | NotSent | Unknown),
        Unknown => matches!(to, Queued | ConfirmedSent | ConfirmedNotSent),
        NotSent | ConfirmedNotSent | Rejected(Refusal::Other) => to == Queued,
        Accepted | Rejected(Refusal::Data | Refusal::AlreadyClient) | ConfirmedSent | Cancelled => {
            false
        }
    }
}

pub async fn run(conn: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into_database_error().unwrap().message().to_owned()),
    }
}

/// Everything that a change to a state could want beside it; what is not wanted is refused and
/// does no harm.
async fn provide(conn: &mut SqliteConnection, n: i64, from: State, to: &str) {
    let outcome = match to {
        "queued" | "not_sent" => "outcome = 'not_accepted', wait = 'connect'".to_owned(),
        "accepted" | "rejected" => format!("outcome = '{to}'"),
        _ => "outcome = 'unknown'".to_owned(),
    };
    let mut provisions = vec![format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 1 FROM invitations WHERE number = {n}"
    )];
    if to == "sending" {
        provisions.push(format!("UPDATE invitations SET body = x'00' WHERE number = {n}"));
        provisions.push(format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at)
             VALUES ({n}, 1, zeroblob(32), 1)"
        ));
    }
    if from == State::Sending {
        provisions.push(format!(
            "UPDATE attempts SET ended_at = 2, {outcome} WHERE invitation = {n} AND outcome IS NULL"
        ));
    }
    for sql in provisions {
        let _ = run(conn, &sql).await;
    }
}

#[tokio::test]
async fn of_all_changes_exactly_the_legal_ones_are_possible() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (from, _, _) in STATES {
        let number = ledger.one_that_is(from).await;
        for (to, state, refusal) in STATES.into_iter().filter(|(to, ..)| *to != from) {
            let mut tx = conn.begin().await.unwrap();
            provide(&mut tx, number.0, from, state).await;
            let change = format!(
                "UPDATE invitations SET state = '{state}', refusal = {refusal}, version = version + 1,
                 changed_at = 3, changed_by = {ADMIN} WHERE number = {number}"
            );
            let done = run(&mut tx, &change).await;
            assert_eq!(done.is_ok(), is_legal(from, to), "{from:?} → {to:?}: {done:?}");
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn every_change_of_state_leaves_its_row_in_the_journal() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (state, ..) in STATES {
        let number = ledger.one_that_is(state).await;
        let (rows, version): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM journal WHERE invitation = number AND action = 'state'),
                    version FROM invitations WHERE number = ?",
        )
        .bind(number.0)
        .fetch_one(&mut conn)
        .await
        .unwrap();
        assert_eq!(rows, version, "{state:?}");
    }
}

#[tokio::test]
async fn the_database_and_the_program_agree_on_the_result_words() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (state, ..) in STATES {
        let number = ledger.one_that_is(state).await;
        let bucket: String = sqlx::query_scalar("SELECT bucket FROM invitations WHERE number = ?")
            .bind(number.0)
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert_eq!(bucket, state.result_word().slug(), "{state:?}");
    }
}

/// What must not be possible: the rule that says so, where the invitation № stands, and
/// statements of which the last is refused.
fn denied() -> Vec<(&'static str, State, String)> {
    use State::*;
    let insert = |columns: &str, values: &str| {
        format!(
            "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key,
             guid, not_before, created_at, changed_at, {columns})
             VALUES ('invoicebox', {STAFF}, 'draft:999', 'a@b.ru', 'a@b.ru', 'a@b.ru',
             '00000000-0000-4000-8000-000000000000', 0, 0, 0, {values})"
        )
    };
    let set = |what: &str| format!("UPDATE invitations SET {what} WHERE number = №");
    let step = |state: &str| {
        set(&format!(
            "state = '{state}', version = version + 1, changed_by = {ADMIN}, refusal = NULL"
        ))
    };
    let by_itself =
        |state: &str| set(&format!("state = '{state}', version = version + 1, changed_by = NULL"));
    let close = |outcome: &str| {
        format!("UPDATE attempts SET ended_at = 1, outcome = '{outcome}' WHERE invitation = №")
    };
    let erased =
        set("email = NULL, email_key = NULL, recipient_key = NULL, body = NULL, erased_at = 1");
    let erased_call = |with: &str| {
        format!(
            "UPDATE attempts SET request_sha256 = NULL, message = NULL, erased_at = 1{with}
             WHERE invitation = №"
        )
    };
    let failed = "UPDATE attempts SET ended_at = 1, outcome = 'not_accepted', wait = 'connect'
                  WHERE invitation = №"
        .to_owned();
    let attempt = |n: i64, consent: &str| {
        format!(
            "INSERT INTO attempts (invitation, n, consent, request_sha256, started_at)
             SELECT №, {n}, {consent}, coalesce((SELECT request_sha256 FROM attempts
             WHERE invitation = № AND n = 1), zeroblob(32)), 1"
        )
    };
    let consent = format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 1 FROM invitations WHERE number = №"
    );
    let newest = "(SELECT max(id) FROM consents)";
    let paused = "INSERT INTO holds (kind, provider, since)
                  VALUES ('bad_credentials', 'invoicebox', 1)";
    let elsewhere = format!(
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key, guid,
         not_before, created_at, changed_at) VALUES ('invoicebox', {OTHER}, 'draft:998', 'b@b.ru',
         'b@b.ru', 'b@b.ru', '00000000-0000-4000-8000-000000000001', 0, 0, 0);"
    );
    let scheduled =
        elsewhere.replace("changed_at)", "changed_at, send_at)").replace("0, 0, 0)", "0, 0, 0, 2)");
    let of_it = |set: &str| {
        format!("UPDATE invitations SET {set} WHERE number = (SELECT max(number) FROM invitations)")
    };
    let other = "(SELECT max(number) FROM invitations)";
    let then = |steps: &[&str]| steps.join(";\n");

    vec![
        ("an invitation begins queued", Queued, insert("state", "'held'")),
        ("an invitation begins queued", Queued, insert("version", "2")),
        ("an invitation begins queued", Queued, insert("body", "x'00'")),
        ("what was confirmed does not change", Queued, set("email = 'a@b.ru'")),
        ("what was confirmed does not change", Queued, set("email_key = 'a@b.ru'")),
        ("what was confirmed does not change", Queued, set("recipient_key = 'a@b.ru'")),
        ("what was confirmed does not change", Accepted, then(&[&erased, &set("erased_at = 2")])),
        (
            "what was confirmed does not change",
            Accepted,
            then(&[
                &erased,
                &set(
                    "erased_at = NULL, email = 'a@b.ru', email_key = 'a@b.ru', recipient_key = 'a'",
                ),
            ]),
        ),
        ("what was confirmed does not change", Queued, set("override_no = 1")),
        ("what was confirmed does not change", Queued, set(&format!("author = {OTHER}"))),
        ("what was confirmed does not change", Queued, set("idempotency_key = 'draft:999'")),
        ("what was confirmed does not change", Queued, set("guid = upper(guid)")),
        ("what was confirmed does not change", Queued, set("created_at = 1")),
        ("what was confirmed does not change", Queued, set("send_at = 1")),
        (
            "what was confirmed does not change",
            Queued,
            then(&[&scheduled, &of_it("send_at = NULL")]),
        ),
        (
            "what was confirmed does not change",
            Queued,
            then(&[
                &scheduled,
                &of_it("state = 'held', version = 2"),
                &of_it(&format!(
                    "state = 'queued', version = 3, send_at = NULL, changed_by = {ADMIN}"
                )),
            ]),
        ),
        (
            "what was confirmed does not change",
            Unknown,
            then(&[&consent, &step("queued").replace("version =", "send_at = 5, version =")]),
        ),
        (
            "what was confirmed does not change",
            Queued,
            then(&[
                &scheduled,
                &of_it("body = x'00'"),
                &format!(
                    "INSERT INTO attempts (invitation, n, request_sha256, started_at)
                     VALUES ({other}, 1, zeroblob(32), 2)"
                ),
                &of_it("state = 'sending', version = 2"),
                &failed.replace('№', other),
                &of_it("state = 'queued', version = 3, send_at = NULL"),
            ]),
        ),
        (
            "its time has not come",
            Queued,
            then(&[
                &scheduled,
                &format!(
                    "INSERT INTO attempts (invitation, n, request_sha256, started_at)
                     VALUES ({other}, 1, zeroblob(32), 1)"
                ),
            ]),
        ),
        ("what was confirmed does not change", Queued, set("number = 999")),
        ("what was confirmed does not change", Queued, set("inn = '1215107651'")),
        ("what was confirmed does not change", Queued, set("kpp = '121501001'")),
        ("what was confirmed does not change", Queued, set("name = 'Чайка'")),
        ("what was confirmed does not change", Queued, set("office = '7705'")),
        ("what was confirmed does not change", Queued, set("provider = 'sbis'")),
        ("what was confirmed does not change", Sending, set("body = x'00'")),
        ("what was confirmed does not change", Sending, set("body = NULL")),
        (
            "what was confirmed does not change",
            Unknown,
            then(&[&consent, &step("queued"), &set("body = x'00'")]),
        ),
        (
            // Only a damaged file queues what was accepted.
            "what was confirmed does not change",
            Accepted,
            then(&["DROP TRIGGER invitation_transition", &step("queued"), &set("body = x'00'")]),
        ),
        ("invitations are kept", Queued, "DELETE FROM invitations WHERE number = №".to_owned()),
        ("version does not follow the state", Queued, set("version = version + 1")),
        ("version does not follow the state", Queued, set("state = 'held'")),
        ("version does not follow the state", Queued, set("state = 'held', version = version + 2")),
        ("version does not follow the state", Queued, set("state = 'held', version = version - 1")),
        ("version does not follow the state", Rejected(Refusal::Data), set("refusal = 'other'")),
        ("illegal transition", Unknown, step("sending")),
        ("a repeat needs a consent", Unknown, step("queued")),
        ("a repeat needs a consent", NotSent, step("queued")),
        ("a repeat needs a consent", ConfirmedNotSent, step("queued")),
        ("a repeat needs a consent", Rejected(Refusal::Other), step("queued")),
        (
            "a repeat needs a consent",
            Unknown,
            then(&[&consent, &step("confirmed_not_sent"), &step("queued")]),
        ),
        (
            "a repeat needs a consent",
            NotSent,
            then(&[
                &consent,
                &step("queued"),
                &attempt(2, newest),
                &step("sending"),
                &failed.replace("= №", "= № AND n = 2"),
                &step("not_sent"),
                &step("queued"),
            ]),
        ),
        (
            "an earlier attempt is in doubt",
            Unknown,
            then(&[&consent, &step("queued"), &step("cancelled")]),
        ),
        (
            "an earlier attempt is in doubt",
            Unknown,
            then(&[
                &consent,
                &step("queued"),
                &attempt(2, newest),
                &step("sending"),
                &failed.replace("= №", "= № AND n = 2"),
                &step("not_sent"),
            ]),
        ),
        ("illegal transition", Queued, step("unknown")),
        ("illegal transition", Held, step("unknown")),
        ("sending needs its bytes", Queued, then(&[&attempt(1, "NULL"), &step("sending")])),
        (
            "sending needs an open attempt",
            Queued,
            set("state = 'sending', version = version + 1, body = x'00'"),
        ),
        ("the attempt says otherwise", Sending, step("accepted")),
        ("the attempt says otherwise", Sending, step("queued")),
        ("the attempt says otherwise", Sending, step("not_sent")),
        ("the attempt says otherwise", Sending, step("unknown")),
        ("the attempt says otherwise", Sending, then(&[&close("unknown"), &step("queued")])),
        ("an earlier attempt is in doubt", Sending, then(&[&close("unknown"), &step("not_sent")])),
        ("the attempt says otherwise", Sending, then(&[&close("unknown"), &step("accepted")])),
        ("the attempt says otherwise", Sending, then(&[&close("rejected"), &step("accepted")])),
        ("the attempt says otherwise", Sending, then(&[&close("rejected"), &step("queued")])),
        ("the attempt says otherwise", Sending, then(&[&close("accepted"), &step("queued")])),
        ("the attempt says otherwise", Sending, then(&[&close("accepted"), &step("unknown")])),
        ("the attempt says otherwise", Sending, then(&[&failed, &step("accepted")])),
        ("the attempt says otherwise", Sending, then(&[&failed, &step("unknown")])),
        ("a person decides", Unknown, by_itself("confirmed_sent")),
        ("a person decides", Unknown, by_itself("confirmed_not_sent")),
        ("a person decides", Queued, by_itself("cancelled")),
        ("a person decides", Held, by_itself("cancelled")),
        ("a person decides", Held, by_itself("queued")),
        ("a person decides", Unknown, then(&[&consent, &by_itself("queued")])),
        ("a person decides", Unknown, then(&[&consent, &step("queued"), &by_itself("unknown")])),
        (
            "an attempt begins open",
            Queued,
            "INSERT INTO attempts (invitation, n, request_sha256, started_at, ended_at, outcome)
             VALUES (№, 1, zeroblob(32), 1, 1, 'accepted')"
                .to_owned(),
        ),
        ("only a queued invitation is attempted", Held, attempt(1, "NULL")),
        ("only a queued invitation is attempted", Unknown, attempt(2, "NULL")),
        ("only a queued invitation is attempted", Sending, attempt(2, "NULL")),
        ("only a queued invitation is attempted", NotSent, attempt(2, "NULL")),
        ("only a queued invitation is attempted", Accepted, attempt(2, "NULL")),
        ("a hold forbids it", Queued, then(&[paused, &attempt(1, "NULL")])),
        ("attempts are numbered from 1", Queued, attempt(2, "NULL")),
        ("attempts are numbered from 1", Queued, attempt(0, "NULL")),
        (
            "the attempt before it is open",
            Queued,
            then(&[&attempt(1, "NULL"), &attempt(2, "NULL")]),
        ),
        (
            "every attempt sends the same bytes",
            NotSent,
            then(&[
                &consent,
                &step("queued"),
                &format!(
                    "INSERT INTO attempts (invitation, n, consent, request_sha256, started_at)
                     VALUES (№, 2, {newest}, zeroblob(32), 1)"
                ),
            ]),
        ),
        (
            "not the consent that waits",
            Unknown,
            then(&[&consent, &step("queued"), &attempt(2, "NULL")]),
        ),
        (
            "not the consent that waits",
            NotSent,
            then(&[&consent, &step("queued"), &attempt(2, "NULL")]),
        ),
        (
            "not the consent that waits",
            Unknown,
            then(&[
                &consent,
                &elsewhere,
                &format!(
                    "INSERT INTO attempts (invitation, n, consent, request_sha256, started_at)
                     VALUES ({other}, 1, {newest}, zeroblob(32), 1)"
                ),
            ]),
        ),
        (
            "not the consent that waits",
            NotSent,
            then(&[
                &consent,
                &step("queued"),
                &attempt(2, newest),
                &step("sending"),
                &failed.replace("= №", "= № AND n = 2"),
                &step("queued"),
                &attempt(3, newest),
            ]),
        ),
        (
            // Only a damaged file is queued after an unknown attempt without a fresh consent.
            "the attempt before it may have been accepted",
            Unknown,
            then(&["DROP TRIGGER invitation_transition", &step("queued"), &attempt(2, "NULL")]),
        ),
        ("an attempt is closed once", Accepted, close("unknown")),
        ("an attempt is closed once", Accepted, erased_call(", outcome = 'unknown'")),
        ("an attempt is closed once", Accepted, erased_call(", ended_at = ended_at + 1")),
        ("an attempt is closed once", NotSent, erased_call(", wait = 'throttled'")),
        ("an attempt is closed once", Accepted, erased_call(", http_status = 418")),
        ("an attempt is closed once", Accepted, erased_call(", reference = 'x'")),
        ("an attempt is closed once", Accepted, erased_call(", request_id = 'x'")),
        ("an attempt is closed once", Accepted, erased_call(", started_at = 1")),
        ("an attempt is closed once", Accepted, then(&[&erased_call(""), &erased_call("")])),
        (
            "an attempt is closed once",
            Accepted,
            then(&[
                &erased_call(""),
                "UPDATE attempts SET request_sha256 = zeroblob(32), erased_at = NULL WHERE invitation = №",
            ]),
        ),
        (
            "an attempt is closed once",
            Accepted,
            "UPDATE attempts SET message = 'x' WHERE invitation = №".to_owned(),
        ),
        ("an attempt is closed once", Sending, erased_call("")),
        ("an attempt is closed once", Sending, erased_call(", outcome = 'unknown', ended_at = 1")),
        (
            "an attempt is closed once",
            Sending,
            "UPDATE attempts SET request_sha256 = zeroblob(32) WHERE invitation = №".to_owned(),
        ),
        (
            "an attempt is closed once",
            Sending,
            "UPDATE attempts SET started_at = 1 WHERE invitation = №".to_owned(),
        ),
        (
            "an attempt is closed once",
            Sending,
            "UPDATE attempts SET n = 2 WHERE invitation = №".to_owned(),
        ),
        ("attempts are kept", Accepted, "DELETE FROM attempts WHERE invitation = №".to_owned()),
        ("the journal is append-only", Queued, "UPDATE journal SET actor = NULL".to_owned()),
        ("the journal is append-only", Queued, "DELETE FROM journal".to_owned()),
        (
            "the journal is append-only",
            Queued,
            "REPLACE INTO journal (id, at, action) VALUES (1, 1, 'polling_conflict')".to_owned(),
        ),
        ("consents are kept", Unknown, then(&[&consent, "DELETE FROM consents"])),
        (
            "consents are kept",
            Unknown,
            then(&[&consent, "UPDATE consents SET version = version + 1"]),
        ),
        ("a consent to what is not there", Queued, consent.clone()),
        ("a consent to what is not there", Held, consent.clone()),
        ("a consent to what is not there", Sending, consent.clone()),
        ("a consent to what is not there", Accepted, consent.clone()),
        ("a consent to what is not there", Rejected(Refusal::Data), consent.clone()),
        ("a consent to what is not there", Rejected(Refusal::AlreadyClient), consent.clone()),
        ("a consent to what is not there", ConfirmedSent, consent.clone()),
        ("a consent to what is not there", Cancelled, consent.clone()),
        (
            "a consent to what is not there",
            Unknown,
            format!(
                "INSERT INTO consents (invitation, version, person, at) VALUES (№, 1, {STAFF}, 1)"
            ),
        ),
        ("UNIQUE constraint failed", Unknown, then(&[&consent, &consent])),
        (
            // A doubt about another invitation is none about this one.
            "the attempt says otherwise",
            NotSent,
            then(&[
                &consent,
                &step("queued"),
                &attempt(2, newest),
                &step("sending"),
                &failed.replace("= №", "= № AND n = 2"),
                &step("unknown"),
            ]),
        ),
    ]
}

const UNTRUSTED: &str =
    "INSERT INTO holds (id, kind, since, detail) VALUES (1, 'untrusted_database', 1, 'older')";

const CONFLICT: &str = "INSERT INTO holds (kind, since, until) VALUES ('polling_conflict', 1, 0)";

fn down(provider: &str, until: i64, probe: &str) -> String {
    format!(
        "INSERT INTO holds (kind, provider, since, until, rounds, probe)
         VALUES ('provider_down', '{provider}', 0, {until}, 1, {probe})"
    )
}

/// The same of what stands around the invitations.
fn denied_around() -> Vec<(&'static str, State, String)> {
    use State::{Held, Queued};
    let update = "INSERT INTO inbox (update_id, chat, received_at, raw) VALUES (1, 1, 1, '{}')";
    let done = "INSERT INTO inbox (update_id, chat, received_at, done_at) VALUES (1, 1, 1, 1)";
    let parked = "UPDATE inbox SET parked_at = 1";
    let attempt = "INSERT INTO attempts (invitation, n, request_sha256, started_at)
                   VALUES (№, 1, zeroblob(32), 1)";
    let (left_alone, probed) = (down("invoicebox", 2, "NULL"), down("invoicebox", 1, "№"));
    let another_doubt = UNTRUSTED.replace("(1, ", "(2, ");
    let keeps = "INSERT INTO held_invitations (hold, invitation) VALUES (1, №)";
    let ended = format!("UPDATE holds SET ended_at = 1, ended_by = {ADMIN}");
    let released = format!(
        "UPDATE invitations SET state = 'queued', version = version + 1, changed_by = {ADMIN}
         WHERE number = №"
    );
    let rows: Vec<(&str, State, Vec<&str>)> = vec![
        ("an update takes effect once", Queued, vec![done, "UPDATE inbox SET done_at = 2"]),
        (
            "an update takes effect once",
            Queued,
            vec![done, "UPDATE inbox SET done_at = NULL, raw = '{}'"],
        ),
        ("an update takes effect once", Queued, vec![update, "UPDATE inbox SET update_id = 2"]),
        (
            "an update takes effect once",
            Queued,
            vec![update, parked, "UPDATE inbox SET parked_at = 2"],
        ),
        (
            "an update takes effect once",
            Queued,
            vec![update, parked, "UPDATE inbox SET parked_at = NULL"],
        ),
        ("a hold forbids it", Queued, vec![&left_alone, attempt]),
        ("a hold forbids it", Queued, vec![&probed, attempt]),
        ("a hold forbids it", Queued, vec![UNTRUSTED, attempt]),
        ("a hold forbids it", Queued, vec![CONFLICT, attempt]),
        ("a hold ends once", Queued, vec![UNTRUSTED, &ended, &ended]),
        ("a hold ends once", Queued, vec![UNTRUSTED, &ended, "UPDATE holds SET told = 1"]),
        ("a hold ends once", Queued, vec![UNTRUSTED, "UPDATE holds SET id = 2"]),
        ("a hold ends once", Queued, vec![UNTRUSTED, "UPDATE holds SET since = 2"]),
        ("a hold ends once", Queued, vec![&left_alone, "UPDATE holds SET provider = 'sbis'"]),
        (
            "a hold ends once",
            Queued,
            vec![CONFLICT, "UPDATE holds SET kind = 'untrusted_database'"],
        ),
        ("holds are kept", Queued, vec![UNTRUSTED, "DELETE FROM holds"]),
        ("UNIQUE constraint failed", Queued, vec![UNTRUSTED, &another_doubt]),
        ("UNIQUE constraint failed", Queued, vec![&left_alone, &left_alone]),
        (
            "what a hold keeps is kept",
            Queued,
            vec![UNTRUSTED, keeps, "DELETE FROM held_invitations"],
        ),
        (
            "what a hold keeps is kept",
            Queued,
            vec![UNTRUSTED, keeps, "UPDATE held_invitations SET hold = hold"],
        ),
        ("the database is not vouched for", Held, vec![UNTRUSTED, keeps, &released]),
    ];
    rows.into_iter().map(|(rule, state, parts)| (rule, state, parts.join(";\n"))).collect()
}

/// All of it, with what the stop-list and the limit of repeats deny.
fn all_denied() -> impl Iterator<Item = (&'static str, State, String)> {
    let denied = denied().into_iter().chain(denied_around());
    denied
        .chain(stoplist::denied())
        .chain(resends::denied())
        .chain(requests::denied())
        .chain(links::denied())
}

/// What those rules leave alone: where the invitation № stands, and statements that are all taken.
fn allowed() -> Vec<(State, Vec<String>)> {
    use State::{Accepted, Held, Queued, Unknown};
    let step = |state: &str| {
        format!(
            "UPDATE invitations SET state = '{state}', version = version + 1, changed_by = {ADMIN}
             WHERE number = №"
        )
    };
    let update = "INSERT INTO inbox (update_id, chat, received_at, raw) VALUES (1, 1, 1, '{}')";
    let attempt = "INSERT INTO attempts (invitation, n, request_sha256, started_at)
                   VALUES (№, 1, zeroblob(32), 1)";
    let consent = format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 1 FROM invitations WHERE number = №"
    );
    let ended = format!("UPDATE holds SET ended_at = 1, ended_by = {ADMIN}");
    let released = step("queued");
    let (was_down, other_probed) = (down("invoicebox", 1, "NULL"), down("sbis", 9, "№"));
    let another_doubt = UNTRUSTED.replace("(1, ", "(2, ");
    let also_down = down("sbis", 9, "NULL");
    let rows: Vec<(State, Vec<&str>)> = vec![
        (Queued, vec![update, "UPDATE inbox SET parked_at = 1", "UPDATE inbox SET tries = 3"]),
        (
            Queued,
            vec![
                update,
                "UPDATE inbox SET tries = 1",
                "UPDATE inbox SET done_at = 1, raw = NULL",
                "UPDATE inbox SET answered = 1",
            ],
        ),
        (Queued, vec![&was_down, attempt]),
        (Queued, vec![&other_probed, attempt]),
        (Queued, vec![UNTRUSTED, &was_down, &also_down, CONFLICT]),
        (Queued, vec![UNTRUSTED, "UPDATE holds SET told = 1", &ended, &another_doubt]),
        (Queued, vec![UNTRUSTED, &ended, attempt]),
        (
            Held,
            vec![
                UNTRUSTED,
                "INSERT INTO held_invitations (hold, invitation) VALUES (1, №)",
                &ended,
                &released,
            ],
        ),
    ];
    let mut rows: Vec<(State, Vec<String>)> = rows
        .into_iter()
        .map(|(state, parts)| (state, parts.into_iter().map(str::to_owned).collect()))
        .collect();
    rows.push((Held, vec![UNTRUSTED.to_owned(), step("queued")]));
    // A client's data go, and what is shown where may change.
    let erased = "UPDATE invitations SET email = NULL, email_key = NULL, recipient_key = NULL,
                  body = NULL, erased_at = 1 WHERE number = №";
    let calls = "UPDATE attempts SET request_sha256 = NULL, message = NULL, erased_at = 1
                 WHERE invitation = №";
    let shown = "UPDATE invitations SET status_message = 7 WHERE number = №";
    rows.push((Accepted, [erased, calls, shown].map(str::to_owned).to_vec()));
    // A repeat that was held is taken back, and what was in doubt is so again.
    rows.push((Unknown, vec![consent, step("queued"), step("held"), step("unknown")]));
    rows
}

#[tokio::test]
async fn what_must_not_happen_is_refused_by_its_own_rule() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (rule, state, sql) in all_denied() {
        let number = ledger.one_that_is(state).await;
        let sql = sql.replace('№', &number.to_string());
        let statements: Vec<&str> = sql.split(';').filter(|sql| !sql.trim().is_empty()).collect();
        let (last, before) = statements.split_last().unwrap();
        let mut tx = conn.begin().await.unwrap();
        for statement in before {
            run(&mut tx, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        let refused = run(&mut tx, last).await.expect_err(last);
        assert!(refused.contains(rule), "{state:?}: {last}: {refused}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn what_the_rules_leave_alone_is_possible() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (state, statements) in allowed() {
        let number = ledger.one_that_is(state).await.to_string();
        let mut tx = conn.begin().await.unwrap();
        for statement in statements {
            let done = run(&mut tx, &statement.replace('№', &number)).await;
            assert_eq!(done, Ok(()), "{state:?}: {statement}");
        }
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_hold_of_a_provider_concerns_no_other() {
    let ledger = Ledger::new().await;
    let company = ledger.submit_by(STAFF, &chaika()).await;
    let number = ledger.submit().await;
    let mut conn = ledger.connect().await;
    let mut tx = conn.begin().await.unwrap();
    for statement in [
        "INSERT INTO holds (kind, provider, since) VALUES ('bad_credentials', 'sbis', 0)"
            .to_owned(),
        down("sbis", 1, &company.to_string()),
        format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at) VALUES ({number}, 1, zeroblob(32), 1)"
        ),
        "UPDATE holds SET probe = NULL".to_owned(),
        "UPDATE attempts SET ended_at = 1, outcome = 'not_accepted', wait = 'connect'".to_owned(),
        down("invoicebox", 1, "NULL"),
        format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at) VALUES ({number}, 2, zeroblob(32), 1)"
        ),
    ] {
        assert_eq!(run(&mut tx, &statement).await, Ok(()), "{statement}");
    }
    let probes: Vec<(String, Option<i64>)> = sqlx::query_as(
        "SELECT provider, probe FROM holds WHERE kind = 'provider_down' ORDER BY provider",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let expected = [("invoicebox".to_owned(), Some(number.0)), ("sbis".to_owned(), None)];
    assert_eq!(probes, expected);
}

#[test]
fn every_rule_of_the_schema_is_met_by_a_test() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = migrations.read_dir().unwrap().map(|file| file.unwrap().path());
    let schema: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let rules = schema.split("RAISE(ABORT, '").skip(1).map(|rest| rest.split('\'').next().unwrap());
    for rule in rules {
        assert!(all_denied().any(|(denied, ..)| denied == rule), "{rule}");
    }
}
