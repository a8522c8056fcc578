//! Erasure: nothing of a client is left in the bytes of the file, and what happened stays.

use std::fs;

use invite_bot::domain::{
    Answer, Asked, CompanyName, Draft, Email, Field, HoldKind, Inn, InvitationNo, OfficeCode,
    Organisation, Outcome, Person, Provider, Recipient, Refusal, Source, State, StopTarget,
    Verdict,
};
use invite_bot::store::{
    Actor, CachedAnswer, Change, Client, Erased, Erasure, Filter, NewInvitation, Query, Received,
    Store, SubmitOptions,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, accepted, answer, at, by, chaika, id, new, now, to,
};

/// What the client is known by, in lower case.
const VALUES: [&str; 4] = ["iam@mail.ru", "детский сад чайка", "1215107651", "121501001"];

/// The same as Telegram's JSON may have it.
const ESCAPED: &str = r"\u0434\u0435\u0442\u0441\u043a\u0438\u0439";

const BYTES: &[u8] = br#"{"email":"iam@mail.ru","inn":"1215107651"}"#;

/// The columns that may hold something of a client; and those that hold words of the program, data
/// of the staff, or numbers that only a provider can read.
const PERSONAL: [&str; 20] = [
    "attempts.message",
    "attempts.request_sha256",
    "directory.inn",
    "directory.organisation",
    "drafts.body",
    "exceptions.recipient_key",
    "holds.detail",
    "inbox.raw",
    "invitations.body",
    "invitations.email",
    "invitations.email_key",
    "invitations.inn",
    "invitations.kpp",
    "invitations.name",
    "invitations.recipient_key",
    "outbox.body",
    "requests.recipient_key",
    "requests.subject",
    "stoplist.reason",
    "stoplist.value",
];
const OTHERS: [&str; 40] = [
    "attempts.outcome",
    "attempts.reference",
    "attempts.request_id",
    "attempts.wait",
    "digests.day",
    "directory.source",
    "exceptions.provider",
    "exceptions.rule",
    "follow_ups.asked_on",
    "follow_ups.call_on",
    "follow_ups.mark",
    "holds.kind",
    "holds.provider",
    "invitations.bucket",
    "invitations.guid",
    "invitations.idempotency_key",
    "invitations.office",
    "invitations.provider",
    "invitations.refusal",
    "invitations.sources",
    "invitations.state",
    "journal.action",
    "journal.after",
    "journal.before",
    "journal.provider",
    "links.ended",
    "links.office",
    "links.role",
    "links.token_hash",
    "offices.code",
    "people.name",
    "people.office",
    "people.role",
    "requests.kind",
    "requests.name",
    "requests.provider",
    "requests.state",
    "requests.username",
    "stoplist.kind",
    "warnings.kind",
];

/// A provider said whom a refused call was for.
fn refused_key() -> HoldKind {
    let message = Some("not for iam@mail.ru".to_owned());
    HoldKind::BadCredentials { provider: Provider::Sbis, message }
}

impl Ledger {
    async fn erase(&self, client: &Client) -> Erased {
        self.writes(by(ADMIN), at(100), Change::Erase(client.clone())).await.erased.unwrap()
    }

    /// Puts these on the stop-list; nothing waits for them.
    async fn stops(&self, stops: &[StopTarget], reason: &str) {
        let (stops, reason) = (stops.to_vec(), Some(reason.to_owned()));
        let stop = Change::Stop { stops, reason, holds: vec![] };
        self.writes(by(ADMIN), now(), stop).await;
    }

    async fn unstops(&self, entry: i64) {
        self.writes(by(ADMIN), now(), Change::Unstop { entry }).await;
    }

    async fn receives(&self, update: i64, raw: String) {
        let batch = vec![Received { update, chat: OTHER, raw }];
        self.writes(Actor::Program, now(), Change::Receive(batch)).await;
    }

    /// Confirmed by a member of the staff with an admin's options, and called.
    async fn letter(&self, recipient: &Recipient, answer: &Answer) -> InvitationNo {
        let new = new(self.draft(STAFF).await, recipient);
        let options = SubmitOptions { admin: true, ..SubmitOptions::at_once(now()) };
        let submit = Change::Submit(NewInvitation { options, ..new });
        let number = self.writes(by(STAFF), now(), submit).await.submitted.unwrap();
        let claim = Change::Claim { number, version: 1, body: BYTES.to_vec() };
        let claim = self.writes(Actor::Program, now(), claim).await.claim.unwrap();
        self.close(number, claim.n, answer).await;
        number
    }

    /// Both files, as bytes and as a text in lower case.
    fn files(&self) -> (Vec<u8>, String) {
        let log = self.path.with_extension("db-wal");
        let bytes = [fs::read(&self.path).unwrap(), fs::read(log).unwrap()].concat();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        (bytes, text)
    }

    /// What of the client can be found in the bytes of the files.
    fn found(&self) -> Vec<&'static str> {
        let (bytes, text) = self.files();
        let hash = Sha256::digest(BYTES);
        let mut found: Vec<_> = VALUES.into_iter().filter(|value| text.contains(value)).collect();
        found.extend(text.contains(ESCAPED).then_some(ESCAPED));
        let has_hash = bytes.windows(hash.len()).any(|bytes| bytes == &hash[..]);
        found.extend(has_hash.then_some("the hash of its request"));
        found
    }
}

fn client() -> Client {
    Client::from(&chaika())
}

/// Lets the client leave traces in every table. What waits, an update and a message, is not there
/// yet. The numbers of the invitations.
async fn traces(ledger: &Ledger) -> Vec<InvitationNo> {
    let refused = Answer {
        outcome: Outcome::Rejected { why: Refusal::Other, fields: Vec::new() },
        http_status: Some(500),
        request_id: Some("r-1".to_owned()),
        message: Some("Детский сад Чайка (IAM@mail.ru) is unknown".to_owned()),
    };
    // So that an admin goes beyond the office of the author.
    let codes = vec![OfficeCode::parse("7705").unwrap()];
    let set = Change::SetOffices { person: id(STAFF), codes };
    ledger.writes(by(ADMIN), now(), set).await;
    ledger.stops_sending(refused_key(), 0).await;
    let hold = ledger.holds().await[0].id;
    assert_eq!(ledger.resumes(hold, 0).await, Some(0));
    // Of the entries one stands; it is about others, and only says why.
    let others = [StopTarget::parse("romashka.ru").unwrap()];
    ledger.stops(&others, "как «Детский  сад Чайка»").await;
    let theirs = ["iam@mail.ru", "1215107651"].map(|text| StopTarget::parse(text).unwrap());
    ledger.stops(&theirs, "просил директор").await;
    for entry in ledger.reader().await.stoplist(1, 9).await.unwrap().entries {
        if entry.stop != others[0] {
            ledger.unstops(entry.id).await;
        }
    }

    let mut numbers = vec![
        ledger.letter(&chaika(), &refused).await,
        ledger.letter(&to("IAM@mail.ru"), &answer(Outcome::Unknown)).await,
        ledger.submit_by(OTHER, &chaika()).await,
    ];
    let asker = Person { id: id(OTHER), name: None };
    let asked =
        Asked::Repeat { to: chaika(), subject: "Детский сад Чайка".to_owned() };
    let ask = Change::Ask { asker, asked, deciders: vec![] };
    ledger.writes(by(OTHER), now(), ask).await;
    ledger.stops_sending(refused_key(), 0).await;
    let body = r#"{"name":"ООО \"Детский сад Чайка\"","inn":"1215107651","kpp":"121501001"}"#;
    let (person, body) = (id(OTHER), body.to_owned());
    let save = Change::SaveSession { person, was: None, version: 1, body };
    ledger.writes(by(OTHER), now(), save).await;
    let raw = |text: &str| {
        format!(
            r#"{{"update_id":1,"message":{{"text":"{text}: iam@mail.ru 1215107651/121501001"}}}}"#
        )
    };
    let parked = raw(&format!(r"{ESCAPED} \u0441\u0430\u0434 \u0447\u0430\u0439\u043a\u0430"));
    for (update, raw) in [(1, parked), (2, raw("Детский сад Чайка"))] {
        ledger.receives(update, raw).await;
    }
    ledger.writes(Actor::Program, now(), Change::Park(1)).await;
    ledger.writes(Actor::Program, now(), Change::Answered(2)).await;
    let organisation = Organisation {
        inn: Inn::parse("1215107651").unwrap(),
        short_name: Some(CompanyName::parse("Детский сад Чайка").unwrap()),
        full_name: None,
        kpp: None,
        address: None,
        status: None,
        ended: None,
        as_of: None,
        branches: Vec::new(),
        more_branches: false,
        source: Source::DaData,
    };
    let (inn, known) = (organisation.inn.clone(), CachedAnswer(Some(organisation)));
    let learn = Change::CacheLookup { source: Source::DaData, inn, known, until: at(900) };
    ledger.writes(Actor::Program, now(), learn).await;
    numbers.sort();
    numbers
}

/// Settles what [`traces`] left open.
async fn settles(ledger: &Ledger, numbers: &[InvitationNo]) {
    for &number in numbers {
        match ledger.state(number).await {
            State::Unknown => assert!(ledger.resolve(number, Verdict::Arrived).await),
            State::Queued => assert!(ledger.cancel(number).await),
            _ => {}
        }
    }
}

async fn texts(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await.unwrap()
}

#[tokio::test]
async fn nothing_of_a_client_is_left_in_the_bytes_of_the_file() {
    let ledger = Ledger::new().await;
    let numbers = traces(&ledger).await;
    settles(&ledger, &numbers).await;
    // Each column has something to lose.
    let mut conn = ledger.connect().await;
    let message = r#"{"text":"№1: принято, <b>iam@mail.ru</b>"}"#;
    let (person, body) = (id(OTHER), message.to_owned());
    let enqueue = Change::Enqueue { person, answers: None, body };
    let kept = ledger.writes(Actor::Program, now(), enqueue).await.enqueued[0];
    let values = VALUES.map(|value| format!("lower(t.text) LIKE '%{value}%'")).join(" OR ");
    for column in PERSONAL {
        let (table, name) = column.split_once('.').unwrap();
        let has = format!(
            "SELECT '{column}' FROM (SELECT CAST({name} AS TEXT) AS text FROM {table}) t
             WHERE {values} OR t.text LIKE '%Чайка%'
                OR '{name}' = 'request_sha256' AND t.text IS NOT NULL
                OR '{column}' = 'stoplist.reason' AND t.text = 'просил директор' LIMIT 1"
        );
        assert_eq!(texts(&mut conn, &has).await, [column]);
    }
    assert_eq!(ledger.found().len(), VALUES.len() + 2);

    assert_eq!(ledger.erase(&client()).await, Erased::Awaited, "a message is not sent yet");
    ledger.writes(Actor::Program, now(), Change::Ack(kept)).await;
    let Erased::Done(Erasure { rows, kept, related }) = ledger.erase(&client()).await else {
        panic!("it is settled")
    };
    assert!(ledger.store.empty_log().await.unwrap());
    assert_eq!(ledger.found(), Vec::<&str>::new());
    let expected = [
        ("invitations", 3),
        ("attempts", 2),
        ("exceptions", 1),
        ("requests", 1),
        ("drafts", 1),
        ("inbox", 1),
        ("directory", 1),
        ("holds", 1),
        ("stoplist", 3),
    ];
    assert_eq!(rows, expected);
    assert_eq!((kept, related), (vec![], vec![]));
    assert_eq!(ledger.erase(&client()).await, Erased::Done(Erasure::default()), "there is no more");
}

#[tokio::test]
async fn every_column_with_texts_is_known_to_hold_a_client_or_not_to() {
    let ledger = Ledger::new().await;
    let columns = "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_xinfo(t.name) c
                   WHERE t.schema = 'main' AND t.type = 'table' AND c.type IN ('TEXT', 'BLOB', 'ANY')
                       AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                   ORDER BY 1";
    let columns = texts(&mut ledger.connect().await, columns).await;
    let mut known = [PERSONAL.as_slice(), &OTHERS].concat();
    known.sort_unstable();
    assert_eq!(columns, known);
}

/// What must stay true of a history: everything but the client.
async fn history(ledger: &Ledger) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', 'invitation', number, provider, author, idempotency_key, office,
                   override_no, guid, state, refusal, version, not_before, send_at, created_at, changed_at,
                   changed_by, status_message, bucket) FROM invitations
               UNION ALL SELECT concat_ws(' ', 'attempt', invitation, n, consent, started_at, ended_at,
                   outcome, wait, http_status, reference, request_id) FROM attempts
               UNION ALL SELECT concat_ws(' ', 'exception', id, rule, provider, person, at)
                   FROM exceptions
               UNION ALL SELECT concat_ws(' ', 'stop', id, kind, added_at, added_by, removed_at,
                   removed_by) FROM stoplist
               UNION ALL SELECT concat_ws(' ', 'update', update_id, chat, received_at, tries, done_at,
                   answered, parked_at) FROM inbox
               UNION ALL SELECT concat_ws(' ', 'journal', id, at, actor, action, invitation, person,
                   provider, stop, hold, before, after) FROM journal WHERE action <> 'erase'";
    texts(&mut ledger.connect().await, sql).await
}

#[tokio::test]
async fn what_happened_stays_and_one_row_of_the_journal_says_what_was_erased() {
    let ledger = Ledger::new().await;
    let numbers = traces(&ledger).await;
    settles(&ledger, &numbers).await;
    let other = ledger.one_that_is(State::Accepted).await;
    let before = history(&ledger).await;
    assert!(matches!(ledger.erase(&client()).await, Erased::Done(_)));
    assert_eq!(history(&ledger).await, before);
    let written = "SELECT concat_ws(' ', at / 1000 - 1700000000, actor, action, after) FROM journal
                   WHERE action = 'erase'";
    let mut conn = ledger.connect().await;
    assert_eq!(texts(&mut conn, written).await, ["100 1 erase 3"]);
    let when = "SELECT DISTINCT (erased_at / 1000 - 1700000000) || '' FROM (
                    SELECT erased_at FROM invitations UNION ALL SELECT erased_at FROM attempts
                    UNION ALL SELECT erased_at FROM exceptions UNION ALL SELECT erased_at FROM stoplist
                    UNION ALL SELECT erased_at FROM inbox) WHERE erased_at IS NOT NULL";
    assert_eq!(texts(&mut conn, when).await, ["100"]);

    // The screens do not know it any more, and nothing is owed of it.
    let mut reader = ledger.reader().await;
    for number in numbers {
        assert_eq!(reader.invitation(number).await.unwrap(), None);
    }
    let all = reader
        .page(&Query { author: None, filter: Filter::All, since: None, page: 1 })
        .await
        .unwrap();
    assert_eq!(all.items.iter().map(|it| it.number).collect::<Vec<_>>(), [other]);
    let untold = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    assert_eq!(untold.iter().map(|it| it.invitation.number).collect::<Vec<_>>(), [other]);
    // And nothing stands in the way of a first letter.
    ledger.submit_by(OTHER, &to("iam@mail.ru")).await;
}

#[tokio::test]
async fn what_is_not_settled_is_not_erased_and_nor_is_anything_else() {
    let ledger = Ledger::new().await;
    for state in [State::Queued, State::Held, State::Sending, State::Unknown] {
        let number = ledger.one_that_is(state).await;
        let invitation = ledger.read(number).await;
        let client = Client::from(&invitation.recipient);
        assert_eq!(ledger.erase(&client).await, Erased::Unsettled(vec![number]), "{state:?}");
        assert_eq!(ledger.reader().await.invitation(number).await.unwrap(), Some(invitation));
    }
    let numbers = traces(&ledger).await;
    let open = numbers[1..].to_vec();
    assert_eq!(ledger.erase(&client()).await, Erased::Unsettled(open));
    let drafts = ledger.store.draft(id(OTHER)).await.unwrap();
    assert!(drafts.is_some_and(|draft| draft.body.contains("Чайка")));
}

#[tokio::test]
async fn an_update_that_waits_is_not_lost_with_the_client() {
    let ledger = Ledger::new().await;
    let raw = |text: &str| format!(r#"{{"update_id":1,"message":{{"text":"{text}"}}}}"#);
    for (update, text, waits) in [
        (1, "вот IAM@mail.ru.", true),
        (
            2,
            r"<\u0414\u0415\u0422\u0421\u041a\u0418\u0419 \u0441\u0430\u0434 \u0427\u0430\u0439\u043a\u0430>",
            true,
        ),
        (3, "1215107651/121501001", true),
        (4, "«Детский  сад 'Чайка'»", false),
        (5, "xiam@mail.ru, iam@mail.rus, 12151076510, Детский сад Чайкаъ", false),
    ] {
        ledger.receives(update, raw(text)).await;
        let number = ledger.letter(&chaika(), &accepted()).await;
        let erased = ledger.erase(&client()).await;
        assert_eq!(erased == Erased::Awaited, waits, "{text}");
        ledger.writes(Actor::Program, now(), Change::Answered(update)).await;
        assert!(matches!(ledger.erase(&client()).await, Erased::Done(_)), "{text}");
        assert_eq!(ledger.reader().await.invitation(number).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_entry_that_stands_keeps_what_it_forbids_and_nothing_else() {
    let ledger = Ledger::new().await;
    ledger.letter(&chaika(), &accepted()).await;
    let stops =
        ["iam@mail.ru", "1215107651", "i@mail.ru"].map(|text| StopTarget::parse(text).unwrap());
    ledger.stops(&stops, "просил директор").await;
    let Erased::Done(erasure) = ledger.erase(&client()).await else { panic!() };
    assert_eq!(
        (erasure.kept.as_slice(), erasure.rows.last()),
        ([1, 2].as_slice(), Some(&("stoplist", 2)))
    );
    let page = ledger.reader().await.stoplist(1, 9).await.unwrap();
    let shown = page.entries.iter().map(|it| (it.stop.value(), it.reason.as_deref()));
    let expected =
        [("i@mail.ru", Some("просил директор")), ("1215107651", None), ("iam@mail.ru", None)];
    assert!(shown.eq(expected), "{:?}", page.entries);
    let draft = ledger.draft(OTHER).await;
    assert_eq!(ledger.confirm(OTHER, draft, &chaika()).await, Err(Refused::Stopped));

    for entry in [1, 2] {
        ledger.unstops(entry).await;
    }
    let Erased::Done(erasure) = ledger.erase(&client()).await else { panic!() };
    assert_eq!((erasure.kept, erasure.rows), (vec![], vec![("stoplist", 2)]));
    assert!(ledger.store.empty_log().await.unwrap());
    assert!(!ledger.found().contains(&"1215107651"));
}

#[tokio::test]
async fn by_an_address_alone_others_of_the_organisation_are_named_and_left() {
    let ledger = Ledger::new().await;
    let first = ledger.letter(&chaika(), &accepted()).await;
    let Recipient::Sbis(company) = chaika() else { unreachable!() };
    let elsewhere = Email::parse("office@chaika.ru").unwrap();
    let of_another_office =
        Recipient::Sbis(invite_bot::domain::Company { email: elsewhere, ..company });
    let second = ledger.letter(&of_another_office, &accepted()).await;
    let client = Client { email: Some(Email::parse("iam@mail.ru").unwrap()), inn: None };
    let Erased::Done(erasure) = ledger.erase(&client).await else { panic!() };
    assert_eq!((erasure.rows[0], erasure.related), (("invitations", 1), vec![second]));
    assert_eq!(ledger.reader().await.invitation(first).await.unwrap(), None);
    assert_eq!(ledger.read(second).await.recipient, of_another_office);
    let client = Client { email: None, inn: Some(Inn::parse("1215107651").unwrap()) };
    assert!(matches!(ledger.erase(&client).await, Erased::Done(_)));
    assert_eq!(ledger.reader().await.invitation(second).await.unwrap(), None);
}

#[tokio::test]
async fn the_mark_goes_on_vouching_for_the_database() {
    let mut ledger = Ledger::new().await;
    ledger.letter(&chaika(), &accepted()).await;
    for _ in 0..2 {
        ledger.store.close().await;
        let opened = Store::open(&ledger.path).await.unwrap();
        let (store, doubt) = opened.keep_mark(&ledger.path, now()).await.unwrap();
        // There was none before the first start.
        ledger.store = store;
        if doubt.is_some() {
            let hold = ledger.holds().await[0].id;
            assert_eq!(ledger.resumes(hold, 0).await, Some(0));
        }
    }
    assert!(matches!(ledger.erase(&client()).await, Erased::Done(_)));
    assert!(ledger.store.empty_log().await.unwrap());
    ledger.store.close().await;
    let opened = Store::open(&ledger.path).await.unwrap();
    let (_, doubt) = opened.keep_mark(&ledger.path, now()).await.unwrap();
    assert_eq!(doubt, None);
}

#[tokio::test]
async fn the_log_is_emptied_unless_somebody_reads() {
    let ledger = Ledger::new().await;
    let size = || fs::metadata(ledger.path.with_extension("db-wal")).unwrap().len();
    let mut reader = ledger.connect().await;
    sqlx::raw_sql("BEGIN; SELECT * FROM people").execute(&mut reader).await.unwrap();
    ledger.submit().await;
    assert!(!ledger.store.empty_log().await.unwrap());
    assert!(size() > 0);
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
    assert!(ledger.store.empty_log().await.unwrap());
    assert_eq!(size(), 0);
}

/// An index keeps words that no row holds any more, unless it is told not to.
#[tokio::test]
async fn the_index_of_names_forgets_who_is_erased_and_nobody_else() {
    let ledger = Ledger::new().await;
    ledger.letter(&chaika(), &accepted()).await;
    let mut other = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    for (field, text) in [
        (Field::Inn, "7701234560/770101001"),
        (Field::Name, "ООО «Щегловка»"),
        (Field::Email, "other@example.com"),
        (Field::Office, "0240"),
    ] {
        other.set_from_text(field, text).unwrap();
    }
    let other = other.finish().unwrap();
    let kept = async |letters: &str| {
        let held =
            "SELECT CAST(count(*) AS TEXT) FROM names_data WHERE instr(hex(block), hex(?)) > 0";
        let mut conn = ledger.connect().await;
        let count: String =
            sqlx::query_scalar(held).bind(letters.to_owned()).fetch_one(&mut conn).await.unwrap();
        count != "0"
    };
    ledger.letter(&other, &accepted()).await;
    // Of «чай» and «щег»: what a word has in common with the one before it is left out.
    assert!(kept("ай").await && kept("ег").await);
    assert!(matches!(ledger.erase(&client()).await, Erased::Done(_)));
    assert!(!kept("ай").await && kept("ег").await);
}
