//! What a table cannot hold at all, whoever writes it: values without a meaning, references to
//! nothing, texts for numbers. Everything here speaks SQL of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use invite_bot::domain::State;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::plans;
use super::rules::{self, run};
use crate::support::ledger::{ADMIN, Ledger, OTHER, STAFF};

/// The columns of an invitation that a test wants otherwise, in the order in which they stand.
struct Invitation {
    provider: &'static str,
    inn: &'static str,
    kpp: &'static str,
    name: &'static str,
    office: &'static str,
}

const INVOICEBOX: Invitation =
    Invitation { provider: "invoicebox", inn: "NULL", kpp: "NULL", name: "NULL", office: "NULL" };
const COMPANY: Invitation = Invitation {
    provider: "sbis",
    inn: "'1215107651'",
    kpp: "'121501001'",
    name: "'Чайка'",
    office: "'0240'",
};
const PERSON: Invitation = Invitation { inn: "'500100732259'", kpp: "NULL", ..COMPANY };

impl Invitation {
    fn insert(&self) -> String {
        self.insert_with("guid", "'00000000-0000-4000-8000-000000000000'")
    }

    fn insert_with(&self, column: &str, value: &str) -> String {
        let Self { provider, inn, kpp, name, office } = self;
        let guid = if column == "guid" { "" } else { "guid, " };
        let guid_value =
            if column == "guid" { "" } else { "'00000000-0000-4000-8000-000000000000', " };
        format!(
            "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key,
             not_before, created_at, changed_at, inn, kpp, name, office, {guid}{column})
             VALUES ('{provider}', {STAFF}, 'draft:999', 'a@b.ru', 'a@b.ru', 'a@b.ru', 0, 0, 0, {inn},
             {kpp}, {name}, {office}, {guid_value}{value})"
        )
    }
}

fn draft(person: i64, revision: i64, body: &str) -> String {
    format!(
        "INSERT INTO drafts (person, revision, version, body, updated_at)
         VALUES ({person}, {revision}, 1, '{body}', 0)"
    )
}

fn update(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO inbox (update_id, chat, received_at, {columns}) VALUES (1, 1, 1, {values})"
    )
}

/// A hold of a kind, with these columns beside.
fn hold(kind: &str, columns: &str, values: &str) -> String {
    format!("INSERT INTO holds (kind, since{columns}) VALUES ('{kind}', 0{values})")
}

fn down(provider: &str, rounds: i64, told: i64) -> String {
    let values = format!(", '{provider}', 0, {rounds}, {told}");
    hold("provider_down", ", provider, until, rounds, told", &values)
}

fn refused(columns: &str, values: &str) -> String {
    hold("bad_credentials", &format!(", provider{columns}"), &format!(", 'sbis'{values}"))
}

fn untrusted(columns: &str, values: &str) -> String {
    hold("untrusted_database", &format!(", detail{columns}"), &format!(", {values}"))
}

fn reminded(rounds: i64) -> String {
    format!("INSERT INTO reminders (invitation, version, rounds, at) VALUES (№, 1, {rounds}, 0)")
}

fn asked(inn: &str, source: &str, until: i64) -> String {
    format!(
        "INSERT INTO directory (inn, source, fetched_at, until) VALUES ('{inn}', '{source}', 1, {until})"
    )
}

fn stop(kind: &str, value: &str, reason: &str) -> String {
    format!(
        "INSERT INTO stoplist (kind, value, reason, added_at, added_by)
         VALUES ('{kind}', '{value}', {reason}, 1, {ADMIN})"
    )
}

/// An entry of the stop-list, and then this of it.
fn stopped_and(set: &str) -> String {
    format!("{}; UPDATE stoplist SET {set}", stop("inn", "1215107651", "NULL"))
}

fn office(person: i64, place: i64, code: &str) -> String {
    format!("INSERT INTO offices (person, place, code) VALUES ({person}, {place}, '{code}')")
}

fn followed(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO attempts (invitation, n, request_sha256, started_at) VALUES (№, 1, zeroblob(32), 1);
         UPDATE invitations SET state = 'sending', version = 2, body = x'00', changed_by = NULL
             WHERE number = №;
         UPDATE attempts SET outcome = 'accepted', ended_at = 1;
         UPDATE invitations SET state = 'accepted', version = 3 WHERE number = №;
         INSERT INTO follow_ups (invitation, {columns}) VALUES (№, {values})"
    )
}

fn link(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO links (begins, until, made_at, made_by{columns}) VALUES (1, 1, 1, {ADMIN}{values})"
    )
}

fn request(kind: &str, columns: &str, values: &str) -> String {
    format!("INSERT INTO requests (kind, asker, at{columns}) VALUES ('{kind}', {STAFF}, 1{values})")
}

fn decided(asked: &str, set: &str) -> String {
    format!("{asked}; UPDATE requests SET {set}")
}

fn exception(rule: &str, provider: &str, person: i64) -> String {
    format!(
        "INSERT INTO exceptions (rule, provider, recipient_key, person, at)
         VALUES ('{rule}', '{provider}', 'a@b.ru', {person}, 1)"
    )
}

fn attempt(columns: &str, values: &str) -> String {
    format!("INSERT INTO attempts (invitation, started_at, {columns}) VALUES (№, 1, {values})")
}

fn entry(action: &str, columns: &str, values: &str) -> String {
    format!("INSERT INTO journal (at, action{columns}) VALUES (1, '{action}'{values})")
}

/// What an erasure takes out of an invitation.
const ERASED: &str = "email = NULL, email_key = NULL, recipient_key = NULL, inn = NULL, kpp = NULL,
    name = NULL, body = NULL, erased_at = 1";

/// An invitation that was taken back, and erased but for what is said.
fn cancelled_and(invitation: &Invitation, kept: &str) -> String {
    let columns: Vec<&str> = kept.split(", ").map(|set| set.split(' ').next().unwrap()).collect();
    let erased = ERASED.split(',').map(str::trim);
    let erased = erased.filter(|set| !columns.contains(&set.split(' ').next().unwrap()));
    let set = erased.chain([kept]).collect::<Vec<_>>().join(", ");
    format!(
        "{}; UPDATE invitations SET body = x'00' WHERE idempotency_key = 'draft:999' AND {};
         UPDATE invitations SET state = 'cancelled', version = 2, changed_by = {STAFF}
             WHERE idempotency_key = 'draft:999';
         UPDATE invitations SET {set} WHERE idempotency_key = 'draft:999'",
        invitation.insert(),
        kept.starts_with("body"),
    )
}

/// Without the rules that would refuse an attempt or a change before its values are looked at.
fn without_rules(sql: &str) -> String {
    format!("DROP TRIGGER attempt_begins; DROP TRIGGER invitation_transition; {sql}")
}

/// The rule, and statements of which it refuses the last; № is a queued invitation.
fn senseless() -> Vec<(&'static str, String)> {
    let people = |set: &str| format!("UPDATE people SET {set} WHERE id = {STAFF}");
    let set = |what: &str| format!("UPDATE invitations SET {what} WHERE number = №");
    let next = |what: &str| without_rules(&set(&format!("version = version + 1, {what}")));
    let ended = ", ended_at, ended_by";
    let by_admin = format!(", 1, {ADMIN}");
    let whose = "(provider IS NOT NULL) = (kind IN ('bad_credentials', 'provider_down'))";
    let until = "(until IS NOT NULL) = (kind IN ('provider_down', 'polling_conflict'))";
    let rounds = "(rounds IS NOT NULL) = (kind = 'provider_down')";
    let probe = "probe IS NULL OR (kind = 'provider_down' AND ended_at IS NULL)";
    let by_whom = "(ended_by IS NOT NULL) = (ended_at IS NOT NULL";
    let off_by_whom = "(removed_at IS NULL) = (removed_by IS NULL)";
    let an_inn = "kind <> 'inn' OR length(value) IN (10, 12)";
    let a_value = "value IS NOT NULL OR (removed_at IS NOT NULL AND erased_at IS NOT NULL)";
    let erased_attempt = "erased_at IS NULL OR (outcome IS NOT NULL AND message IS NULL)";
    let an_exception = "(erased_at IS NULL) = (recipient_key IS NOT NULL)";
    let inn_and_kpp = "(kpp IS NOT NULL) = (inn IS NOT NULL AND length(inn) = 10)";
    vec![
        ("id > 0", "INSERT INTO people (id, changed_at) VALUES (0, 0)".to_owned()),
        ("name <> ''", people("name = ''")),
        ("role IN ('admin', 'senior', 'staff', 'observer')", people("role = 'owner'")),
        ("length(office) IN (4, 5)", people("office = '123'")),
        ("length(office) IN (4, 5)", people("office = '123456'")),
        ("role IS NULL OR revoked_at IS NULL", people("revoked_at = 1")),
        ("role IS NOT NULL OR access_until IS NULL", people("role = NULL, access_until = 1")),
        ("revision > 0", draft(STAFF, 0, "{}")),
        ("json_valid(body)", draft(STAFF, 1, "{")),
        (
            "show_again IN (0, 1)",
            format!("{}; UPDATE drafts SET show_again = 2", draft(STAFF, 1, "{}")),
        ),
        (
            "provider IN ('invoicebox', 'sbis')",
            Invitation { provider: "post", ..INVOICEBOX }.insert(),
        ),
        ("idempotency_key GLOB", INVOICEBOX.insert().replace("draft:999", "draft:")),
        ("idempotency_key GLOB", INVOICEBOX.insert().replace("draft:999", ":999")),
        ("length(inn) IN (10, 12)", Invitation { inn: "'12345678901'", ..PERSON }.insert()),
        ("length(kpp) = 9", Invitation { kpp: "'12345678'", ..COMPANY }.insert()),
        ("length(office) IN (4, 5)", Invitation { office: "'123'", ..COMPANY }.insert()),
        ("override_no >= 0", INVOICEBOX.insert_with("override_no", "-1")),
        ("length(guid) = 36", INVOICEBOX.insert_with("guid", "'0-0-0-0-0'")),
        ("state IN (", next("state = 'lost'")),
        (
            "refusal IN ('data', 'already_client', 'other')",
            next("state = 'rejected', refusal = 'none'"),
        ),
        ("notified_version <= version", set("notified_version = version + 1")),
        ("(state = 'rejected') = (refusal IS NOT NULL)", next("state = 'rejected'")),
        ("(state = 'rejected') = (refusal IS NOT NULL)", next("state = 'held', refusal = 'data'")),
        (
            "erased_at IS NOT NULL OR (provider = 'sbis') = (inn IS NOT NULL)",
            Invitation { inn: "NULL", ..PERSON }.insert(),
        ),
        (
            "erased_at IS NOT NULL OR (provider = 'sbis') = (inn IS NOT NULL)",
            Invitation { inn: PERSON.inn, ..INVOICEBOX }.insert(),
        ),
        (
            "erased_at IS NOT NULL OR (provider = 'sbis') = (name IS NOT NULL)",
            Invitation { name: "NULL", ..COMPANY }.insert(),
        ),
        (
            "erased_at IS NOT NULL OR (provider = 'sbis') = (name IS NOT NULL)",
            Invitation { name: COMPANY.name, ..INVOICEBOX }.insert(),
        ),
        (inn_and_kpp, Invitation { kpp: "NULL", ..COMPANY }.insert()),
        (inn_and_kpp, Invitation { kpp: COMPANY.kpp, ..PERSON }.insert()),
        (inn_and_kpp, Invitation { kpp: COMPANY.kpp, ..INVOICEBOX }.insert()),
        (
            "provider = 'sbis' OR office IS NULL",
            Invitation { office: "'0240'", ..INVOICEBOX }.insert(),
        ),
        ("(erased_at IS NULL) = (email IS NOT NULL)", set("email = NULL")),
        ("(erased_at IS NULL) = (email_key IS NOT NULL)", set("email_key = NULL")),
        ("(erased_at IS NULL) = (recipient_key IS NOT NULL)", set("recipient_key = NULL")),
        (
            "(erased_at IS NULL) = (email IS NOT NULL)",
            cancelled_and(&INVOICEBOX, "email = 'a@b.ru'"),
        ),
        (
            "(erased_at IS NULL) = (email_key IS NOT NULL)",
            cancelled_and(&INVOICEBOX, "email_key = 'a@b.ru'"),
        ),
        (
            "(erased_at IS NULL) = (recipient_key IS NOT NULL)",
            cancelled_and(&INVOICEBOX, "recipient_key = 'a@b.ru'"),
        ),
        (
            "erased_at IS NULL OR coalesce(inn, kpp, name, body) IS NULL",
            cancelled_and(&PERSON, "inn = inn"),
        ),
        (
            "erased_at IS NULL OR coalesce(inn, kpp, name, body) IS NULL",
            cancelled_and(&PERSON, "name = name"),
        ),
        (
            "erased_at IS NULL OR coalesce(inn, kpp, name, body) IS NULL",
            cancelled_and(&COMPANY, "inn = inn, kpp = kpp"),
        ),
        (
            "erased_at IS NULL OR coalesce(inn, kpp, name, body) IS NULL",
            cancelled_and(&INVOICEBOX, "body = body"),
        ),
        ("erased_at IS NULL OR state NOT IN (", set(ERASED)),
        ("n > 0", without_rules(&attempt("n, request_sha256", "0, zeroblob(32)"))),
        ("length(request_sha256) = 32", attempt("n, request_sha256", "1, zeroblob(31)")),
        (
            "outcome IN ('accepted', 'rejected', 'not_accepted', 'unknown')",
            without_rules(&attempt(
                "n, request_sha256, ended_at, outcome",
                "1, zeroblob(32), 1, 'lost'",
            )),
        ),
        (
            "wait IN ('connect', 'throttled', 'config')",
            without_rules(&attempt(
                "n, request_sha256, ended_at, outcome, wait",
                "1, zeroblob(32), 1, 'not_accepted', 'patience'",
            )),
        ),
        ("(erased_at IS NULL) = (request_sha256 IS NOT NULL)", attempt("n", "1")),
        (
            "(erased_at IS NULL) = (request_sha256 IS NOT NULL)",
            without_rules(&attempt(
                "n, ended_at, outcome, request_sha256, erased_at",
                "1, 1, 'unknown', zeroblob(32), 1",
            )),
        ),
        (erased_attempt, without_rules(&attempt("n, erased_at", "1, 1"))),
        (
            erased_attempt,
            without_rules(&attempt(
                "n, ended_at, outcome, message, erased_at",
                "1, 1, 'unknown', 'a@b.ru', 1",
            )),
        ),
        (
            "(outcome IS NULL) = (ended_at IS NULL)",
            attempt("n, request_sha256, ended_at", "1, zeroblob(32), 1"),
        ),
        (
            "(outcome IS NULL) = (ended_at IS NULL)",
            without_rules(&attempt("n, request_sha256, outcome", "1, zeroblob(32), 'unknown'")),
        ),
        (
            "(outcome IS 'not_accepted') = (wait IS NOT NULL)",
            attempt("n, request_sha256, wait", "1, zeroblob(32), 'config'"),
        ),
        (
            "(outcome IS 'not_accepted') = (wait IS NOT NULL)",
            without_rules(&attempt(
                "n, request_sha256, ended_at, outcome",
                "1, zeroblob(32), 1, 'not_accepted'",
            )),
        ),
        ("tries BETWEEN 0 AND 3", update("raw, tries", "'{}', -1")),
        ("tries BETWEEN 0 AND 3", update("raw, tries", "'{}', 4")),
        ("answered IN (0, 1)", update("done_at, answered", "1, 2")),
        (
            "(raw IS NULL) = (done_at IS NOT NULL OR erased_at IS NOT NULL)",
            update("raw, done_at", "'{}', 1"),
        ),
        (
            "(raw IS NULL) = (done_at IS NOT NULL OR erased_at IS NOT NULL)",
            update("raw, done_at", "NULL, NULL"),
        ),
        (
            "(raw IS NULL) = (done_at IS NOT NULL OR erased_at IS NOT NULL)",
            update("raw, parked_at, erased_at", "'{}', 1, 1"),
        ),
        ("erased_at IS NULL OR parked_at IS NOT NULL", update("erased_at", "1")),
        ("done_at IS NULL OR parked_at IS NULL", update("done_at, parked_at", "1, 1")),
        ("answered = 0 OR done_at IS NOT NULL", update("raw, answered", "'{}', 1")),
        ("id = 1", "INSERT INTO pulse (id, at) VALUES (2, 0)".to_owned()),
        ("provider IN ('invoicebox', 'sbis')", down("post", 1, 0)),
        ("rounds > 0", down("sbis", 0, 0)),
        ("told IN (0, 1)", down("sbis", 1, 2)),
        ("kind IN (", hold("lunch", "", "")),
        (whose, hold("bad_credentials", "", "")),
        (whose, hold("provider_down", ", until, rounds", ", 0, 1")),
        (whose, hold("polling_conflict", ", provider, until", ", 'sbis', 0")),
        (whose, untrusted(", provider", "'older', 'sbis'")),
        (until, hold("polling_conflict", "", "")),
        (until, hold("provider_down", ", provider, rounds", ", 'sbis', 1")),
        (until, refused(", until", ", 0")),
        (until, hold("unchecked_file", ", until", ", 0")),
        (whose, hold("unchecked_file", ", provider", ", 'sbis'")),
        ("CASE kind", hold("unchecked_file", ", detail", ", 'older'")),
        (by_whom, hold("unchecked_file", ended, &by_admin)),
        (until, untrusted(", until", "'older', 0")),
        (rounds, hold("provider_down", ", provider, until", ", 'sbis', 0")),
        (rounds, refused(", rounds", ", 1")),
        (probe, refused(", probe", ", №")),
        (
            probe,
            down("sbis", 1, 0).replace("told)", "ended_at, probe)").replace("1, 0)", "1, 1, №)"),
        ),
        ("CASE kind", untrusted("", "'lost'")),
        ("CASE kind", untrusted("", "NULL")),
        ("CASE kind", hold("polling_conflict", ", until, detail", ", 0, 'older'")),
        ("CASE kind", down("sbis", 1, 0).replace("told)", "detail)").replace("1, 0)", "1, 'x')")),
        ("CASE kind", refused(&format!(", detail{ended}"), &format!(", 'x'{by_admin}"))),
        (by_whom, untrusted(", ended_at", "'older', 1")),
        (by_whom, untrusted(", ended_by", &format!("'older', {ADMIN}"))),
        (
            by_whom,
            down("sbis", 1, 0)
                .replace("told)", "ended_at, ended_by)")
                .replace("1, 0)", &format!("1{by_admin})")),
        ),
        ("rounds BETWEEN 1 AND 3", reminded(0)),
        ("rounds BETWEEN 1 AND 3", reminded(4)),
        ("kind <> ''", "INSERT INTO warnings (kind, told_at) VALUES ('', 0)".to_owned()),
        ("day GLOB", "INSERT INTO digests (person, day) VALUES (1, '2026-5-14')".to_owned()),
        (
            "json_valid(body)",
            "INSERT INTO outbox (person, body, made_at) VALUES (1, '{', 0)".to_owned(),
        ),
        ("json_valid(sources)", "UPDATE invitations SET sources = '['".to_owned()),
        ("length(inn) IN (10, 12)", asked("12345678901", "dadata", 1)),
        ("source IN ('invoicebox', 'dadata')", asked("1215107651", "post", 1)),
        ("until >= fetched_at", asked("1215107651", "dadata", 0)),
        ("kind IN ('email', 'domain', 'inn')", stop("phone", "1", "NULL")),
        ("value <> ''", stop("email", "", "NULL")),
        ("reason <> ''", stop("domain", "b.ru", "''")),
        (off_by_whom, stopped_and("removed_at = 2")),
        (off_by_whom, stopped_and(&format!("removed_by = {ADMIN}"))),
        (an_inn, stop("inn", "12345678901", "NULL")),
        (a_value, stopped_and("value = NULL, reason = NULL, erased_at = 1")),
        (
            a_value,
            format!(
                "{}; DROP TRIGGER stop_is_taken_off_once; UPDATE stoplist SET value = NULL",
                stopped_and(&format!("removed_at = 2, removed_by = {ADMIN}"))
            ),
        ),
        (
            "erased_at IS NULL OR reason IS NULL",
            format!("{}; UPDATE stoplist SET erased_at = 1", stop("domain", "b.ru", "'x'")),
        ),
        ("day_limit >= 0", people("day_limit = -1")),
        ("hour_limit >= 0", people("hour_limit = -1")),
        ("place BETWEEN 0 AND 9", office(STAFF, -1, "0240")),
        ("place BETWEEN 0 AND 9", office(STAFF, 10, "0240")),
        ("length(code) IN (4, 5)", office(STAFF, 0, "024")),
        ("length(code) IN (4, 5)", office(STAFF, 0, "024000")),
        ("rule IN ('repeats', 'office')", exception("stop", "sbis", ADMIN)),
        ("provider IN ('invoicebox', 'sbis')", exception("repeats", "post", ADMIN)),
        (an_exception, exception("repeats", "sbis", ADMIN).replace("'a@b.ru'", "NULL")),
        (
            an_exception,
            exception("repeats", "sbis", ADMIN)
                .replace("person, at)", "person, at, erased_at)")
                .replace(", 1)", ", 1, 1)"),
        ),
        ("mark IN ('registered', 'declined', 'call_back')", followed("mark", "'maybe'")),
        ("length(call_on) = 10", followed("mark, call_on", "'call_back', '1.1.2026'")),
        ("called IN (0, 1)", followed("mark, called", "'registered', 2")),
        ("asked BETWEEN 0 AND 2", followed("asked, asked_on", "3, '2026-11-30'")),
        ("length(asked_on) = 10", followed("asked, asked_on", "1, '1.1.2026'")),
        ("(call_on IS NOT NULL) = (mark IS 'call_back')", followed("mark", "'call_back'")),
        ("(asked_on IS NOT NULL) = (asked > 0)", followed("asked", "1")),
        ("length(token_hash) = 32", link(", token_hash, role, uses", ", zeroblob(31), 'staff', 1")),
        (
            "role IN ('senior', 'staff', 'observer')",
            link(", token_hash, role, uses", ", zeroblob(32), 'admin', 1"),
        ),
        ("uses BETWEEN 1 AND 100", link(", token_hash, role, uses", ", zeroblob(32), 'staff', 0")),
        (
            "used BETWEEN 0 AND uses",
            link(", token_hash, role, uses, used", ", zeroblob(32), 'staff', 1, 2"),
        ),
        (
            "ended IN ('revoked', 'replaced')",
            link(
                ", token_hash, role, uses, ended_at, ended",
                ", zeroblob(32), 'staff', 1, 1, 'no'",
            ),
        ),
        (
            "(ended_at IS NULL) = (ended IS NULL)",
            link(", token_hash, role, uses, ended_at", ", zeroblob(32), 'staff', 1, 1"),
        ),
        ("kind IN ('access', 'limit', 'repeat', 'stop')", request("none", "", "")),
        ("username <> ''", request("access", ", username", ", ''")),
        ("subject <> ''", request("limit", ", subject", ", ''")),
        ("state IN ('open'", decided(&request("limit", "", ""), "state = 'none', decided_at = 1")),
        ("extra BETWEEN 1 AND 100", request("limit", ", extra", ", 0")),
        ("(state = 'open') = (decided_at IS NULL)", request("limit", ", decided_at", ", 1")),
        (
            "(decided_by IS NOT NULL) = (state IN",
            decided(&request("limit", "", ""), "state = 'refused', decided_at = 1"),
        ),
        (
            "state <> 'blocked' OR kind = 'access'",
            decided(&request("limit", "", ""), "state = 'blocked', decided_by = 1, decided_at = 1"),
        ),
        ("(provider IS NOT NULL) = (kind = 'repeat')", request("repeat", "", "")),
        ("(stop IS NOT NULL) = (kind = 'stop')", request("stop", "", "")),
        (
            "(extra IS NOT NULL) = (kind = 'limit'",
            decided(&request("limit", "", ""), "state = 'granted', decided_by = 1, decided_at = 1"),
        ),
        ("used_at IS NULL OR (kind = 'repeat'", request("limit", ", used_at", ", 1")),
        (
            "subject IS NULL OR state = 'open'",
            decided(
                &request("limit", ", subject", ", 'ООО Ромашка'"),
                "state = 'refused', decided_by = 1, decided_at = 1",
            ),
        ),
        (
            "recipient_key IS NULL OR (kind = 'repeat'",
            request("limit", ", recipient_key", ", 'a@b.ru'"),
        ),
        ("action IN (", entry("none", "", "")),
        ("provider IN ('invoicebox', 'sbis')", entry("pause", ", provider", ", 'post'")),
        ("(invitation IS NOT NULL)", entry("state", "", "")),
        ("(invitation IS NOT NULL)", entry("polling_conflict", ", invitation", ", №")),
        ("(person IS NOT NULL)", entry("allow", "", "")),
        ("(person IS NOT NULL)", entry("polling_conflict", ", person", &format!(", {STAFF}"))),
        ("(provider IS NOT NULL)", entry("pause", "", "")),
        ("(provider IS NOT NULL)", entry("polling_conflict", ", provider", ", 'sbis'")),
        ("(stop IS NOT NULL)", entry("stop", "", "")),
        ("(stop IS NOT NULL)", entry("polling_conflict", ", stop", ", 1")),
        ("(hold IS NOT NULL)", entry("trust_database", "", "")),
        ("(hold IS NOT NULL)", entry("polling_conflict", ", hold", ", 1")),
        ("(request IS NOT NULL)", entry("request", "", "")),
        ("(request IS NOT NULL)", entry("polling_conflict", ", request", ", 1")),
        ("(link IS NOT NULL)", entry("link", "", "")),
        ("(link IS NOT NULL)", entry("polling_conflict", ", link", ", 1")),
        ("coalesce(before, after) IS NULL", entry("polling_conflict", ", before", ", 'x'")),
        (
            "coalesce(before, after) IS NULL",
            entry("name", ", person, after", &format!(", {STAFF}, 'Анна'")),
        ),
    ]
}

/// The outermost values that have a meaning.
fn sensible() -> Vec<String> {
    vec![
        "INSERT INTO people (id, changed_at) VALUES (4503599627370495, 0)".to_owned(),
        format!("UPDATE people SET role = 'observer', access_until = 1 WHERE id = {STAFF}"),
        format!(
            "UPDATE people SET role = NULL, revoked_at = 1, office = '12345' WHERE id = {OTHER}"
        ),
        draft(STAFF, 1, "{}"),
        INVOICEBOX.insert(),
        INVOICEBOX.insert_with("override_no", "1"),
        COMPANY.insert(),
        PERSON.insert(),
        Invitation { office: "'12345'", ..COMPANY }.insert(),
        Invitation { office: "NULL", ..PERSON }.insert(),
        update("raw, tries", "'{}', 3"),
        update("raw, parked_at", "'{}', 1"),
        update("done_at, answered", "1, 1"),
        update("parked_at, erased_at", "1, 1"),
        cancelled_and(&INVOICEBOX, "body = NULL"),
        cancelled_and(&COMPANY, "body = NULL"),
        cancelled_and(&PERSON, "body = NULL"),
        asked("1215107651", "invoicebox", 1),
        asked("500100732259", "dadata", 2),
        stop("email", "a@b.ru", "NULL"),
        stop("domain", "xn--e1afmkfd.xn--p1ai", "'просили'"),
        stop("inn", "500100732259", "NULL"),
        stopped_and(&format!("removed_at = 2, removed_by = {ADMIN}")),
        format!("UPDATE people SET day_limit = 0, hour_limit = 0 WHERE id = {STAFF}"),
        office(STAFF, 0, "0240"),
        office(STAFF, 9, "02400"),
        exception("repeats", "invoicebox", ADMIN),
        exception("office", "sbis", ADMIN),
        entry("erase", ", actor, after", &format!(", {ADMIN}, '3'")),
        entry("confirm_single_instance", ", actor", ", 4503599627370495"),
        entry("override", ", invitation, after", ", №, 'office'"),
        entry("stopped", ", invitation", ", №"),
        entry("limit", ", person, before, after", &format!(", {STAFF}, '1', '2'")),
        entry("office", ", person, before", &format!(", {STAFF}, '0240'")),
        entry("name", ", person", &format!(", {STAFF}")),
        followed("mark, call_on, at, by", "'call_back', '2026-12-01', 1, 1"),
        followed("asked, asked_on", "2, '2026-11-30'"),
        link(
            ", token_hash, role, uses, used, office, day_limit",
            ", zeroblob(32), 'observer', 20, 20, '0240', 0",
        ),
        request("access", ", name, username", ", 'Вера', 'vera'"),
        decided(
            &request("limit", ", subject", ", 'ООО Ромашка'"),
            "state = 'granted', decided_by = 1, decided_at = 1, extra = 10, subject = NULL",
        ),
        decided(
            &request("repeat", ", provider, recipient_key", ", 'sbis', '1215107651/121501001'"),
            "state = 'granted', decided_by = 1, decided_at = 1, used_at = 2",
        ),
        decided(&request("access", "", ""), "state = 'blocked', decided_by = 1, decided_at = 1"),
        decided(&request("access", "", ""), "state = 'expired', decided_at = 1"),
        entry("follow_up", ", invitation, after", ", №, 'registered'"),
        entry("hand_over", ", invitation", ", №"),
        entry("until", ", person, after", &format!(", {STAFF}, '1'")),
        entry("block", ", person", &format!(", {STAFF}")),
        entry("link", ", link, after", ", 1, 'staff'"),
        entry("join", ", link, person", &format!(", 1, {STAFF}")),
        entry("decide", ", request, after", ", 1, 'refused'"),
        entry("suspend", ", hold", ", 1"),
        entry("export", ", after", ", '214'"),
        entry("outage", ", provider", ", 'sbis'"),
        entry("outage_over", ", provider", ", 'invoicebox'"),
        entry("resume", ", provider", ", 'sbis'"),
        down("invoicebox", 1, 1),
        down("sbis", 1, 0).replace("told)", "probe)").replace("1, 0)", "1, №)"),
        down("sbis", 9, 0).replace("told)", "ended_at)").replace("9, 0)", "9, 1)"),
        refused(", detail", ", 'Unauthorized'"),
        refused(", told, ended_at, ended_by", &format!(", 1, 1, {ADMIN}")),
        hold("polling_conflict", ", until", ", 0"),
        hold("polling_conflict", ", until, ended_at, ended_by", &format!(", 0, 1, {ADMIN}")),
        hold("unchecked_file", "", ""),
        hold("unchecked_file", ", told, ended_at", ", 1, 1"),
        reminded(1),
        reminded(3),
        untrusted("", "'older'"),
        untrusted(", told", "'unmarked', 1"),
        untrusted(", ended_at, ended_by", &format!("'copied', 1, {ADMIN}")),
    ]
}

/// Does all of it and takes it back.
async fn attempted(conn: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    let mut tx = conn.begin().await.unwrap();
    let statements: Vec<&str> = sql.split(';').collect();
    let (last, before) = statements.split_last().unwrap();
    for statement in before {
        run(&mut tx, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let done = run(&mut tx, last).await;
    tx.rollback().await.unwrap();
    done
}

#[tokio::test]
async fn a_value_without_a_meaning_is_refused_by_its_own_rule() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::Queued).await.to_string();
    let mut conn = ledger.connect().await;
    for (rule, sql) in senseless() {
        let refused = attempted(&mut conn, &sql.replace('№', &number)).await.expect_err(&sql);
        assert!(
            refused.starts_with(&format!("CHECK constraint failed: {rule}")),
            "{sql}: {refused}"
        );
    }
    for sql in sensible() {
        let done = attempted(&mut conn, &sql.replace('№', &number)).await;
        assert_eq!(done, Ok(()), "{sql}");
    }
}

#[tokio::test]
async fn every_rule_of_a_value_is_met_by_a_test() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let tables =
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await.unwrap();
    let rules = tables.iter().flat_map(|sql| sql.split("CHECK (").skip(1));
    let mut count = 0;
    for rule in rules {
        count += 1;
        assert!(senseless().iter().any(|(met, _)| rule.starts_with(met)), "{rule}");
    }
    assert!(count > 40, "{count}");
}

#[tokio::test]
async fn the_table_itself_has_a_recipient_in_flight_once() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (state, ..) in rules::STATES {
        let number = ledger.one_that_is(state).await;
        let another = |column: &str, value: &str| {
            format!(
                "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, guid,
                 not_before, created_at, changed_at, recipient_key{column})
                 SELECT provider, author, 'draft:999', email, email_key,
                 '00000000-0000-4000-8000-000000000000', 0, 0, 0, recipient_key{value}
                 FROM invitations WHERE number = {number}"
            )
        };
        let is_in_flight =
            matches!(state, State::Queued | State::Held | State::Sending | State::Unknown);
        let done = attempted(&mut conn, &another("", "")).await;
        assert_eq!(done.is_err(), is_in_flight, "{state:?}: {done:?}");
        let overridden = attempted(&mut conn, &another(", override_no", ", 1")).await;
        assert_eq!(overridden, Ok(()), "{state:?}");
    }
}

#[tokio::test]
async fn no_two_requests_have_one_guid_or_one_origin() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let another = COMPANY.insert().replace("-8000-", "-8001-");
    let refused = attempted(&mut conn, &format!("{};{another}", INVOICEBOX.insert())).await;
    assert_eq!(refused, Err("UNIQUE constraint failed: invitations.idempotency_key".to_owned()));
    let another = COMPANY.insert().replace("draft:999", "draft:998");
    let refused = attempted(&mut conn, &format!("{};{another}", INVOICEBOX.insert())).await;
    assert_eq!(refused, Err("UNIQUE constraint failed: invitations.guid".to_owned()));
}

#[tokio::test]
async fn nothing_refers_to_what_is_not_there() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let references = "SELECT t.name || '.' || f.\"from\" || ' → ' || f.\"table\" || '.' || f.\"to\"
         FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1";
    let references: Vec<String> =
        sqlx::query_scalar(references).fetch_all(&mut conn).await.unwrap();
    let expected = [
        "attempts.consent → consents.id",
        "attempts.invitation → invitations.number",
        "consents.invitation → invitations.number",
        "consents.person → people.id",
        "drafts.person → people.id",
        "exceptions.person → people.id",
        "follow_ups.invitation → invitations.number",
        "held_invitations.hold → holds.id",
        "held_invitations.invitation → invitations.number",
        "holds.ended_by → people.id",
        "holds.probe → invitations.number",
        "invitations.author → people.id",
        "invitations.changed_by → people.id",
        "invitations.repeats → invitations.number",
        "journal.invitation → invitations.number",
        "links.made_by → people.id",
        "offices.person → people.id",
        "reminders.invitation → invitations.number",
        "request_cards.request → requests.id",
        "requests.stop → stoplist.id",
        "stoplist.added_by → people.id",
        "stoplist.removed_by → people.id",
    ];
    assert_eq!(references, expected);
    for sql in [
        draft(999, 1, "{}"),
        office(999, 0, "0240"),
        exception("office", "sbis", 999),
        stop("email", "a@b.ru", "NULL").replace(&format!("1, {ADMIN})"), "1, 999)"),
        stopped_and("removed_at = 2, removed_by = 999"),
    ] {
        let refused = attempted(&mut conn, &sql).await;
        assert_eq!(refused, Err("FOREIGN KEY constraint failed".to_owned()), "{sql}");
    }
}

#[tokio::test]
async fn a_new_row_begins_at_nothing() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for sql in [draft(STAFF, 1, "{}"), INVOICEBOX.insert(), update("raw", "'{}'"), refused("", "")]
    {
        run(&mut conn, &sql).await.unwrap();
    }
    for (columns, table, begins) in [
        ("show_again", "drafts", "0"),
        ("override_no || version || notified_version", "invitations", "010"),
        ("tries || answered", "inbox", "00"),
        ("told", "holds", "0"),
    ] {
        let begun = AssertSqlSafe(format!("SELECT CAST({columns} AS TEXT) FROM {table}"));
        let begun: String = sqlx::query_scalar(begun).fetch_one(&mut conn).await.unwrap();
        assert_eq!(begun, begins, "{table}");
    }
}

#[tokio::test]
async fn an_id_that_others_may_know_is_never_used_again() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::Unknown).await;
    let mut conn = ledger.connect().await;
    let consent = format!(
        "INSERT INTO consents (invitation, version, person, at)
         SELECT number, version, {STAFF}, 1 FROM invitations WHERE number = {number}"
    );
    let hold = refused("", "");
    let (stop, exception) = (stop("email", "a@b.ru", "NULL"), exception("office", "sbis", ADMIN));
    for (table, insert) in [
        ("stoplist", stop.as_str()),
        ("exceptions", &exception),
        ("consents", &consent),
        ("journal", "INSERT INTO journal (at, action) VALUES (1, 'polling_conflict')"),
        ("holds", &hold),
        ("outbox", "INSERT INTO outbox (person, body, made_at) VALUES (1, '{}', 0)"),
    ] {
        let mut tx = conn.begin().await.unwrap();
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?";
        let triggers: Vec<String> =
            sqlx::query_scalar(triggers).bind(table).fetch_all(&mut *tx).await.unwrap();
        for trigger in triggers {
            run(&mut tx, &format!("DROP TRIGGER {trigger}")).await.unwrap();
        }
        let newest = || AssertSqlSafe(format!("SELECT max(id) FROM {table}"));
        run(&mut tx, insert).await.unwrap();
        let first: i64 = sqlx::query_scalar(newest()).fetch_one(&mut *tx).await.unwrap();
        run(&mut tx, &format!("DELETE FROM {table}")).await.unwrap();
        run(&mut tx, insert).await.unwrap();
        let second: i64 = sqlx::query_scalar(newest()).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(second, first + 1, "{table}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_text_is_not_taken_for_a_number() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let lax = "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE '\\_%' ESCAPE '\\'
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let lax: Vec<String> = sqlx::query_scalar(lax).fetch_all(&mut conn).await.unwrap();
    assert_eq!(lax, Vec::<String>::new());
    let refused = attempted(&mut conn, "UPDATE people SET changed_at = 'now'").await.unwrap_err();
    assert!(refused.contains("cannot store TEXT"), "{refused}");
}

#[tokio::test]
async fn every_index_is_one_that_a_query_goes_by() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = migrations.read_dir().unwrap().map(|file| file.unwrap().path());
    let sql: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    let made = sql.split("CREATE INDEX ").skip(1).map(|rest| rest.split(' ').next().unwrap());
    let indexes: BTreeSet<&str> = made.collect();
    let mut used = BTreeSet::new();
    for query in plans::queries() {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"));
        for step in sqlx::query(explain).fetch_all(&mut conn).await.unwrap() {
            let step: String = step.get("detail");
            let words: Vec<&str> = step.split_whitespace().collect();
            used.extend(indexes.iter().copied().filter(|index| words.contains(index)));
        }
    }
    assert_eq!(used, indexes);
}
