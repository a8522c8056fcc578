//! What is asked of the directories of organisations, what is made of their answers and faults,
//! how long that takes, and what is kept.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures::future::join_all;
use invite_bot::demo::samples::ORGANISATIONS;
use invite_bot::directory::{DaDataSettings, Directory, Timings};
use invite_bot::domain::{Inn, Lookup, Organisation, Source};
use invite_bot::providers::BuildError;
use invite_bot::store::{self, Actor, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use stand_ins::providers::{DaDataStandIn, DirectoryStandIn, ProviderStandIn, Reply, Scripted};
use tempfile::TempDir;
use tokio::time::timeout;
use url::Url;

use crate::support::fault_server::{Behaviour, Server, black_hole, closed_port, http};
use crate::support::folder::folder;
use crate::support::samples::{TOKEN, invoicebox};
use crate::support::wait::PATIENCE;

/// Shaped like a key of DaData.
pub const KEY: &str = "9c1185a5c5e9fc54612808977ee8f548b2258d31";

const CHAIKA: &str = "1215107651";
const MISSING: &str = "0816000005";
const BOTH: [Source; 2] = [Source::DaData, Source::Invoicebox];

const JSON: &str = "Content-Type: application/json";
const HTML: &str = "Content-Type: text/html";

/// A look-up that is to be answered takes this at most, however busy the machine is; limits have
/// tests of their own.
pub fn patient() -> Timings {
    Timings { limit: PATIENCE, retry: Duration::from_millis(1), ..Timings::default() }
}

/// Every question goes to the service.
fn forgetful() -> Timings {
    Timings { kept: SignedDuration::ZERO, kept_missing: SignedDuration::ZERO, ..patient() }
}

pub fn dadata(url: Url) -> DaDataSettings {
    DaDataSettings { url, token: KEY.into(), proxy: None }
}

pub fn inn(text: &str) -> Inn {
    Inn::parse(text).unwrap()
}

/// A store in a folder of its own.
pub struct Memory {
    folder: TempDir,
    store: Store,
}

impl Memory {
    pub async fn new() -> Self {
        let folder = folder();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        Self { folder, store }
    }

    /// How many answers are kept.
    async fn rows(&self) -> i64 {
        let options =
            SqliteConnectOptions::new().filename(self.folder.path().join("invite-bot.db"));
        let mut conn = options.connect().await.unwrap();
        let rows = sqlx::query_scalar("SELECT count(*) FROM directory");
        rows.fetch_one(&mut conn).await.unwrap()
    }

    /// Directories at these addresses.
    pub fn at(
        &self,
        timings: Timings,
        dadata_at: Option<&str>,
        invoicebox_at: Option<&str>,
    ) -> Directory {
        let url = |text: &str| -> Url { text.parse().unwrap() };
        let invoicebox = invoicebox_at.map(|it| invoicebox(url(it)));
        let dadata = dadata_at.map(|it| dadata(url(it)));
        Directory::new(self.store.clone(), timings, invoicebox, dadata).unwrap()
    }

    /// One directory alone.
    fn only(&self, timings: Timings, source: Source, url: &str) -> Directory {
        match source {
            Source::DaData => self.at(timings, Some(url), None),
            Source::Invoicebox => self.at(timings, None, Some(url)),
        }
    }
}

/// Both stand-ins.
struct Played {
    memory: Memory,
    dadata: DaDataStandIn,
    invoicebox: ProviderStandIn,
}

impl Played {
    async fn start() -> Self {
        Self {
            memory: Memory::new().await,
            dadata: DaDataStandIn::start().await.unwrap(),
            invoicebox: ProviderStandIn::invoicebox().await.unwrap(),
        }
    }

    fn both(&self, timings: Timings) -> Directory {
        let (dadata, invoicebox) = (self.dadata.url(), self.invoicebox.url());
        self.memory.at(timings, Some(dadata.as_str()), Some(invoicebox.as_str()))
    }

    fn only(&self, timings: Timings, source: Source) -> Directory {
        let url = match source {
            Source::DaData => self.dadata.url(),
            Source::Invoicebox => self.invoicebox.url(),
        };
        self.memory.only(timings, source, url.as_str())
    }

    fn desk(&self, source: Source) -> &DirectoryStandIn {
        match source {
            Source::DaData => self.dadata.directory(),
            Source::Invoicebox => self.invoicebox.directory().unwrap(),
        }
    }

    /// How many questions each has had: DaData's, Invoicebox's.
    fn asked(&self) -> [usize; 2] {
        BOTH.map(|source| self.desk(source).asked().len())
    }
}

/// A look-up in a few words.
pub fn word(lookup: &Lookup) -> String {
    let found = match lookup {
        Lookup::Found(found) => found,
        Lookup::NotFound => return "not found".to_owned(),
        Lookup::Unavailable(why) => return why.to_string(),
    };
    let mut text = found.short_name.as_ref().map_or("?", |name| name.as_str()).to_owned();
    let kpp = |it: &Organisation| it.kpp.clone().map(String::from).unwrap_or_default();
    write!(text, " / {}", kpp(found)).unwrap();
    for branch in &found.branches {
        write!(text, " + {}", branch.kpp.as_str()).unwrap();
    }
    if let Some(status) = found.status {
        write!(text, " / {status:?}").unwrap();
    }
    if let Some(ended) = found.ended {
        write!(text, " {ended}").unwrap();
    }
    text
}

async fn look(directory: &Directory, text: &str) -> String {
    word(&directory.find(&inn(text)).await)
}

// ------------------------------------------------------------------------------ the questions

#[tokio::test]
async fn each_directory_is_asked_as_its_page_says() {
    let memory = Memory::new().await;
    let agent = concat!("user-agent: invite-bot/", env!("CARGO_PKG_VERSION"));
    let body = r#"{"query":"1215107651","count":50}"#;
    for (source, line, key, body) in [
        (
            Source::Invoicebox,
            "GET /v3/filter/api/counterparty-detail?vatNumber=1215107651 HTTP/1.1",
            format!("authorization: Bearer {TOKEN}"),
            "",
        ),
        (
            Source::DaData,
            "POST /suggestions/api/4_1/rs/findById/party HTTP/1.1",
            format!("authorization: Token {KEY}"),
            body,
        ),
    ] {
        let answer = http(200, &[JSON], br#"{"data":[],"suggestions":[]}"#);
        let server = Server::start(Behaviour::Answer(answer)).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        let directory = memory.only(patient(), source, &url);
        assert_eq!(look(&directory, CHAIKA).await, "not found");
        let [request] = server.seen().requests.try_into().unwrap();
        let request = String::from_utf8(request).unwrap();
        let (head, sent) = request.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<&str> = head.lines().collect();
        assert_eq!(lines.remove(0), line);
        lines.retain(|line| !line.starts_with("host:") && !line.starts_with("content-length:"));
        lines.sort_unstable();
        let json = ["accept: application/json", "content-type: application/json"];
        assert_eq!(lines, [json[0], &key, json[1], agent]);
        assert_eq!(sent, body);
    }
}

#[tokio::test]
async fn an_open_line_and_a_key_no_header_can_carry_are_refused_at_the_start() {
    let memory = Memory::new().await;
    let new = |invoicebox, dadata| {
        Directory::new(memory.store.clone(), Timings::default(), invoicebox, dadata)
    };
    let open: Url = "http://suggestions.dadata.ru/".parse().unwrap();
    let safe: Url = "https://suggestions.dadata.ru/".parse().unwrap();
    let refused = new(None, Some(dadata(open.clone()))).unwrap_err();
    assert!(matches!(refused, BuildError::Address("dadata")));
    let refused = new(Some(invoicebox(open)), None).unwrap_err();
    assert!(matches!(refused, BuildError::Address("invoicebox")));
    let broken = DaDataSettings { token: "line\nend".into(), ..dadata(safe.clone()) };
    assert!(matches!(new(None, Some(broken)).unwrap_err(), BuildError::Token("dadata")));
    let printed = format!("{:?}", new(None, Some(dadata(safe))).unwrap());
    assert!(printed.contains("suggestions.dadata.ru") && !printed.contains(KEY), "{printed}");
}

// -------------------------------------------------------------------------------- the answers

#[tokio::test]
async fn nothing_is_asked_where_no_directory_is_on() {
    let memory = Memory::new().await;
    assert_eq!(look(&memory.at(patient(), None, None), CHAIKA).await, "off");
}

#[tokio::test]
async fn every_organisation_of_the_stand_ins_is_known_as_promised() {
    let promised = [
        ("Детский сад Чайка / 121501001 / Active", "Детский сад Чайка / 121501001"),
        (
            r#"ООО "ПРИМЕР" / 770101001 + 540602001 + 616302001 / Active"#,
            r#"ООО "ПРИМЕР" / 770101001"#,
        ),
        (
            r#"ООО "ПРИМЕР" / 770101001 + 540602001 + 616302001 + 780202001 + 665802001 + 165502001 + 631502001 + 027402001 + 246602001 + 253602001 + 230802001 + 745302001 + 344402001 / Active"#,
            r#"ООО "ПРИМЕР" / 770101001"#,
        ),
        (r#"ООО "ПРИМЕР" / 232301001 / Liquidated 2020-03-01"#, r#"ООО "ПРИМЕР" / 232301001"#),
        (r#"ООО "ПРИМЕР" / 781001001 / Liquidating"#, r#"ООО "ПРИМЕР" / 781001001"#),
        (r#"ООО "ПРИМЕР" / 594901001 / Bankrupt"#, r#"ООО "ПРИМЕР" / 594901001"#),
        (r#"ООО "ПРИМЕР" / 325701001 / Reorganising"#, r#"ООО "ПРИМЕР" / 325701001"#),
        ("ИП Пример /  / Active", "ИП Пример / "),
        ("not found", "not found"),
        ("timeout", "timeout"),
        ("down", "down"),
    ];
    let played = Played::start().await;
    for ((inn, _), (dadata, invoicebox)) in ORGANISATIONS.into_iter().zip(promised) {
        let mut timings = forgetful();
        if dadata == "timeout" {
            timings.limit = Duration::from_millis(300);
        }
        assert_eq!(look(&played.both(timings.clone()), inn).await, dadata, "both: {inn}");
        let alone = played.only(timings.clone(), Source::DaData);
        assert_eq!(look(&alone, inn).await, dadata, "DaData: {inn}");
        let alone = played.only(timings, Source::Invoicebox);
        assert_eq!(look(&alone, inn).await, invoicebox, "Invoicebox: {inn}");
    }
    for source in BOTH {
        assert_eq!(played.desk(source).violations(), Vec::<String>::new());
    }
    assert_eq!(played.invoicebox.received().len(), 0, "a question is no invitation");
}

/// What one directory makes of this body, with status 200.
async fn told(source: Source, asked: &str, body: &str) -> Lookup {
    let memory = Memory::new().await;
    let server = Server::start(Behaviour::Answer(http(200, &[JSON], body.as_bytes()))).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    memory.only(patient(), source, &url).find(&inn(asked)).await
}

async fn found(source: Source, asked: &str, body: &Value) -> Organisation {
    match told(source, asked, &body.to_string()).await {
        Lookup::Found(found) => *found,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_recorded_answer_of_dadata_is_read() {
    let body = include_str!("fixtures/dadata_response.json");
    let lookup = told(Source::DaData, "7719402047", body).await;
    assert_eq!(word(&lookup), r#"ООО "МОТОРИКА" / 773101001 / Active"#);
    let Lookup::Found(found) = lookup else { panic!() };
    let full = r#"ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ "МОТОРИКА""#;
    assert_eq!(found.full_name.as_ref().unwrap().as_str(), full);
    assert_eq!(found.as_of.unwrap().to_string(), "2021-01-22");
    assert_eq!((found.ended, &found.address, found.more_branches), (None, &None, false));
    assert_eq!(found.source, Source::DaData);
    let kept = serde_json::to_string(&found).unwrap();
    assert!(!kept.contains('@'), "what nobody needs is not kept: {kept}");
}

#[tokio::test]
async fn the_fields_of_invoicebox_are_read_wrapped_or_not() {
    let body: Value =
        serde_json::from_str(include_str!("fixtures/invoicebox_counterparty.json")).unwrap();
    for body in [&body, &body["data"]] {
        let found = found(Source::Invoicebox, "7719402047", body).await;
        assert_eq!(found.short_name.unwrap().as_str(), r#"ООО "МОТОРИКА""#);
        assert_eq!(found.kpp.unwrap().as_str(), "773101001");
        assert_eq!(found.address.as_deref(), Some("г Москва"));
        assert_eq!((found.status, found.source), (None, Source::Invoicebox));
    }
}

#[tokio::test]
async fn other_kpp_of_invoicebox_are_offered_once_each() {
    let entry = |inn: &str, kpp: Value| json!({"vatNumber": inn, "taxRegistrationReasonCode": kpp});
    let body = json!({"data": [
        entry("7719402047", json!("000000000")),
        entry(CHAIKA, json!("121501001")),
        entry(CHAIKA, json!("121501001")),
        entry(CHAIKA, json!("540602001")),
        entry(CHAIKA, json!("540602001")),
        entry(CHAIKA, json!(5)),
        entry(CHAIKA, Value::Null),
    ]});
    let found = found(Source::Invoicebox, CHAIKA, &body).await;
    assert_eq!(found.kpp.unwrap().as_str(), "121501001");
    let branches: Vec<&str> = found.branches.iter().map(|branch| branch.kpp.as_str()).collect();
    assert_eq!(branches, ["540602001"]);
}

#[tokio::test]
async fn what_breaks_the_rules_of_a_value_is_missing_and_the_rest_stays() {
    let party = json!({"suggestions": [{"data": {
        "kpp": "77310100", "surprise": [1], "branch_type": "MAIN", "branch_count": "many",
        "state": {"status": "SLEEPING", "actuality_date": "today", "liquidation_date": 1.5},
        "name": {"short_with_opf": "ООО\u{202e} «Ромашка»\n", "full_with_opf": "я".repeat(256)},
        "address": {"value": "а".repeat(1000)},
    }}]});
    let chaika = found(Source::DaData, CHAIKA, &party).await;
    assert_eq!(chaika.short_name.unwrap().as_str(), "ООО «Ромашка»");
    assert_eq!((chaika.full_name, chaika.kpp, chaika.status), (None, None, None));
    assert_eq!((chaika.as_of, chaika.ended), (None, None));
    assert_eq!(chaika.address.unwrap().chars().count(), 300);
    for data in [json!({}), json!({"name": 1, "state": [], "kpp": {}, "address": null})] {
        let body = json!({"suggestions": [{"data": data}]});
        let chaika = found(Source::DaData, CHAIKA, &body).await;
        assert_eq!((chaika.short_name, chaika.kpp, chaika.status), (None, None, None));
    }
    for list in [json!([]), json!([1]), json!([{"value": "x"}]), json!([{"data": {"inn": "1"}}])] {
        let body = json!({"suggestions": list}).to_string();
        assert_eq!(told(Source::DaData, CHAIKA, &body).await, Lookup::NotFound, "{body}");
    }
}

#[tokio::test]
async fn an_ip_has_neither_kpp_nor_address_and_the_living_one_counts() {
    let person = "770000000300";
    let entry = |name: &str, status: &str| {
        json!({"data": {
            "inn": person, "type": "INDIVIDUAL", "kpp": "770101001",
            "name": {"short_with_opf": name}, "state": {"status": status},
            "address": {"value": "г Пример"},
        }})
    };
    let body =
        json!({"suggestions": [entry("ИП Прежний", "LIQUIDATED"), entry("ИП Нынешний", "ACTIVE")]});
    let now = found(Source::DaData, person, &body).await;
    assert_eq!(now.short_name.unwrap().as_str(), "ИП Нынешний");
    assert_eq!((now.kpp, now.address), (None, None));
    let body = json!({"suggestions": [entry("ИП Прежний", "LIQUIDATED")]});
    let over = found(Source::DaData, person, &body).await;
    assert_eq!(over.short_name.unwrap().as_str(), "ИП Прежний");
    let body = json!({"data": [{
        "vatNumber": person, "taxRegistrationReasonCode": "770101001", "name": "ИП Пример",
        "registrationAddress": "г Пример",
    }]});
    let known = found(Source::Invoicebox, person, &body).await;
    assert_eq!((known.kpp, known.address), (None, None));
}

#[tokio::test]
async fn it_is_said_that_there_are_more_branches_than_listed() {
    let head = |count: u64| json!({"data": {"branch_type": "MAIN", "branch_count": count}});
    let branch =
        |n: usize| json!({"data": {"branch_type": "BRANCH", "kpp": format!("{n:04}02001")}});
    let few = json!({"suggestions": [head(2), branch(1), branch(2)]});
    assert!(!found(Source::DaData, CHAIKA, &few).await.more_branches);
    let more = json!({"suggestions": [head(3), branch(1), branch(2)]});
    assert!(found(Source::DaData, CHAIKA, &more).await.more_branches);
    let mut full: Vec<Value> = (0..49).map(branch).collect();
    full.push(json!({"data": {"branch_type": "MAIN"}}));
    let full = found(Source::DaData, CHAIKA, &json!({"suggestions": full})).await;
    assert!(full.more_branches && full.branches.len() == 49);
    let headless = found(Source::DaData, CHAIKA, &json!({"suggestions": [branch(7)]})).await;
    assert_eq!((headless.short_name, headless.kpp, headless.branches.len()), (None, None, 1));
}

#[tokio::test]
async fn an_answer_is_read_up_to_a_mebibyte() {
    const LIMIT: usize = 1024 * 1024;
    for (source, list) in [(Source::Invoicebox, "data"), (Source::DaData, "suggestions")] {
        for (length, outcome) in [(LIMIT, "not found"), (LIMIT + 1, "down")] {
            let mut body = format!(r#"{{"{list}":[]}}"#);
            body.push_str(&" ".repeat(length - body.len()));
            assert_eq!(word(&told(source, CHAIKA, &body).await), outcome, "{source:?} {length}");
        }
    }
}

// --------------------------------------------------------------------------------- the faults

#[tokio::test]
async fn every_answer_that_says_nothing_has_its_word() {
    let empty = r#"{"data":[],"suggestions":[]}"#;
    let mut rows: Vec<(u16, &[&str], &str, [&str; 2])> = vec![
        (200, &[JSON], empty, ["not found"; 2]),
        (200, &["Content-Type: application/json; charset=utf-8"], empty, ["not found"; 2]),
        (200, &[HTML], "<html>", ["down"; 2]),
        (200, &[HTML], empty, ["down"; 2]),
        (200, &[], empty, ["down"; 2]),
        (200, &[JSON], "", ["down"; 2]),
        (200, &[JSON], "{}", ["down"; 2]),
        (200, &[JSON], "[", ["down"; 2]),
        (200, &[JSON], "null", ["down"; 2]),
        (200, &[JSON], r#"{"data":{},"suggestions":{}}"#, ["down"; 2]),
        (204, &[], "", ["down"; 2]),
        (401, &[], "", ["wrong key"; 2]),
        (403, &[HTML], "<html>", ["wrong key"; 2]),
        (403, &[JSON], r#"{"message":"limit"}"#, ["wrong key"; 2]),
        (429, &[], "", ["over quota"; 2]),
        (429, &["Retry-After: 5"], "", ["over quota"; 2]),
    ];
    for status in [301, 400, 404, 405, 408, 413, 500, 502, 503, 504] {
        rows.push((status, &[JSON], empty, ["down"; 2]));
    }
    let memory = Memory::new().await;
    let memory = &memory;
    let looks = rows.iter().flat_map(|row| BOTH.map(|source| (source, row)));
    join_all(looks.map(async |(source, (status, headers, body, words))| {
        let answer = http(*status, headers, body.as_bytes());
        let server = Server::start(Behaviour::Answer(answer)).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        let said = look(&memory.only(forgetful(), source, &url), CHAIKA).await;
        let word = words[usize::from(source == Source::Invoicebox)];
        assert_eq!(said, word, "{source:?} {status} {headers:?} {body}");
        let calls = if word == "down" { 2 } else { 1 };
        assert_eq!(server.seen().connections, calls, "{source:?} {status} {body}");
    }))
    .await;
}

#[tokio::test]
async fn a_fault_has_its_word_when_the_limit_is_over() {
    use Behaviour::*;
    assert_eq!(Timings::default().limit, Duration::from_secs(3));
    let whole = http(200, &[JSON], br#"{"data":[],"suggestions":[]}"#);
    let cut = whole[..whole.len() - 3].to_vec();
    let (swallows, _waiting, _listener) = black_hole().await;
    let mut cases = Vec::new();
    for (behaviour, word) in [
        (Close, "down"),
        (ReadHeadThenClose, "down"),
        (ReadThenClose, "down"),
        (ReadThenReset, "down"),
        (Answer(b"SSH-2.0-x\r\n".to_vec()), "down"),
        (Answer(cut.clone()), "down"),
        (ReadThenHang, "timeout"),
        (NeverRead, "timeout"),
        (AnswerThenHang(cut[..30].to_vec()), "timeout"),
        (AnswerThenHang(cut), "timeout"),
    ] {
        let name = format!("{behaviour:?}");
        let server = Server::start(behaviour).await;
        cases.push((name, format!("http://127.0.0.1:{}/", server.port), word, Some(server)));
    }
    for (name, port, word) in
        [("nobody", closed_port(), "down"), ("a black hole", swallows, "timeout")]
    {
        cases.push((name.to_owned(), format!("http://127.0.0.1:{port}/"), word, None));
    }
    let memory = Memory::new().await;
    let memory = &memory;
    let looks = cases.iter().flat_map(|case| BOTH.map(|source| (source, case)));
    join_all(looks.map(async |(source, (name, url, word, _server))| {
        let timings = match *word {
            "timeout" => Timings { limit: Duration::from_secs(1), ..patient() },
            _ => patient(),
        };
        let directory = memory.only(timings, source, url);
        let said = timeout(PATIENCE / 2, look(&directory, CHAIKA)).await.unwrap();
        assert_eq!(said, *word, "{source:?} {name}");
    }))
    .await;
}

#[tokio::test]
async fn both_together_take_no_longer_than_one() {
    let played = Played::start().await;
    for source in BOTH {
        played.desk(source).answers_next(Scripted::Hang);
    }
    let directory = played.both(Timings { limit: 2 * PATIENCE, ..Timings::default() });
    let asked = async {
        for source in BOTH {
            played.desk(source).wait_asked(1).await;
        }
    };
    tokio::select! {
        said = look(&directory, CHAIKA) => panic!("{said}, and nobody had answered"),
        asked = timeout(PATIENCE, asked) => asked.expect("both are asked at once"),
    }
    assert_eq!(played.asked(), [1, 1]);
}

#[tokio::test]
async fn one_fault_that_passes_is_not_noticed() {
    for source in BOTH {
        let played = Played::start().await;
        let directory = played.only(forgetful(), source);
        for (asked, fault) in
            [(2, Scripted::Close), (4, Scripted::Answer(Reply::json(502, &json!({}))))]
        {
            played.desk(source).answers_next(fault);
            assert!(look(&directory, CHAIKA).await.starts_with("Детский"));
            assert_eq!(played.desk(source).asked().len(), asked);
        }
    }
}

// ------------------------------------------------------------------------------ both together

#[tokio::test]
async fn what_dadata_knows_counts_and_nobody_waits_for_invoicebox() {
    let played = Played::start().await;
    played.desk(Source::Invoicebox).answers_next(Scripted::Hang);
    let timings = Timings { limit: 2 * PATIENCE, ..patient() };
    let said = timeout(PATIENCE, look(&played.both(timings), CHAIKA)).await.unwrap();
    assert_eq!(said, "Детский сад Чайка / 121501001 / Active");
}

#[tokio::test]
async fn where_dadata_says_nothing_invoicebox_does() {
    let known = "Детский сад Чайка / 121501001";
    let faults: [fn(&DirectoryStandIn) -> Scripted; 4] = [
        |_| Scripted::Hang,
        |_| Scripted::Answer(Reply::json(200, &json!({"suggestions": []}))),
        |dadata| Scripted::Answer(dadata.too_many()),
        |dadata| Scripted::Answer(dadata.key_refused(KEY)),
    ];
    for fault in faults {
        let played = Played::start().await;
        let fault = fault(played.desk(Source::DaData));
        let hangs = matches!(fault, Scripted::Hang);
        let mut timings = forgetful();
        if hangs {
            timings.limit = Duration::from_secs(3);
        }
        played.desk(Source::DaData).answers_next(fault);
        assert_eq!(look(&played.both(timings), CHAIKA).await, known);
        assert_eq!(played.asked(), [1, 1]);
    }
}

#[tokio::test]
async fn where_nobody_knows_it_the_word_is_that_of_dadata() {
    let played = Played::start().await;
    played
        .desk(Source::Invoicebox)
        .answers_next(Scripted::Answer(played.desk(Source::Invoicebox).too_many()));
    assert_eq!(look(&played.both(forgetful()), MISSING).await, "not found");
    let played = Played::start().await;
    played
        .desk(Source::DaData)
        .answers_next(Scripted::Answer(played.desk(Source::DaData).too_many()));
    assert_eq!(look(&played.both(forgetful()), MISSING).await, "over quota");
}

// ------------------------------------------------------------------------------ what is kept

#[tokio::test]
async fn nobody_is_asked_twice_about_the_same_not_even_after_a_restart() {
    let played = Played::start().await;
    for asked in [CHAIKA, MISSING] {
        for source in BOTH {
            let first = look(&played.only(patient(), source), asked).await;
            assert_eq!(look(&played.only(patient(), source), asked).await, first);
        }
        look(&played.both(patient()), asked).await;
    }
    assert_eq!(played.asked(), [2, 2]);
}

#[tokio::test]
async fn what_is_kept_has_its_time_and_is_gone_for_good() {
    let played = Played::start().await;
    let hour = SignedDuration::from_hours(1);
    let timings = Timings { kept: SignedDuration::ZERO, kept_missing: hour, ..patient() };
    let directory = played.only(timings, Source::DaData);
    for asked in [CHAIKA, MISSING, CHAIKA, MISSING, CHAIKA] {
        look(&directory, asked).await;
    }
    assert_eq!(played.asked(), [4, 0], "the missing one is kept, the other is not");
    let store = &played.memory.store;
    let now = Timestamp::now();
    for (later, left) in [(SignedDuration::ZERO, 1), (hour, 0)] {
        store
            .apply(Actor::Program, now + later, &[store::Change::DropExpiredLookups])
            .await
            .unwrap();
        assert_eq!(played.memory.rows().await, left);
    }

    let timings = Timings::default();
    assert_eq!((timings.kept, timings.kept_missing), (hour * 24, hour));
}

#[tokio::test]
async fn a_fault_is_not_kept_and_only_who_failed_is_asked_again() {
    let played = Played::start().await;
    let broken = Scripted::Answer(Reply::json(500, &json!({})));
    for _ in 0..2 {
        played.desk(Source::DaData).answers_next(broken.clone());
    }
    let directory = played.both(patient());
    assert_eq!(look(&directory, CHAIKA).await, "Детский сад Чайка / 121501001");
    assert_eq!(played.asked(), [2, 1]);
    assert_eq!(look(&directory, CHAIKA).await, "Детский сад Чайка / 121501001 / Active");
    assert_eq!(look(&directory, CHAIKA).await, "Детский сад Чайка / 121501001 / Active");
    assert_eq!(played.asked(), [3, 1]);
}

// ------------------------------------------------------------------------------- the limits

#[tokio::test]
async fn a_refused_key_is_not_shown_again_and_again() {
    for source in BOTH {
        let played = Played::start().await;
        let timings = Timings { key_backoff: Duration::from_secs(600), ..forgetful() };
        let directory = played.only(timings, source);
        played.desk(source).answers_next(Scripted::Answer(played.desk(source).key_refused(KEY)));
        for _ in 0..3 {
            let lookup = directory.find(&inn(CHAIKA)).await;
            assert_eq!(word(&lookup), "wrong key");
            assert!(!format!("{lookup:?} {directory:?}").contains(KEY));
        }
        assert_eq!(played.desk(source).asked().len(), 1);

        let timings = Timings { key_backoff: Duration::ZERO, ..forgetful() };
        let directory = played.only(timings, source);
        played.desk(source).answers_next(Scripted::Answer(played.desk(source).key_refused(KEY)));
        assert_eq!(look(&directory, CHAIKA).await, "wrong key");
        assert!(look(&directory, CHAIKA).await.starts_with("Детский"), "after its rest");
    }
}

#[tokio::test]
async fn a_key_that_was_taken_before_has_used_up_its_quota() {
    let played = Played::start().await;
    let directory = played.only(forgetful(), Source::DaData);
    assert!(look(&directory, CHAIKA).await.starts_with("Детский"));
    let refused = Scripted::Answer(played.desk(Source::DaData).key_refused(KEY));
    played.desk(Source::DaData).answers_next(refused);
    for _ in 0..3 {
        assert_eq!(look(&directory, CHAIKA).await, "over quota");
    }
    assert_eq!(played.asked(), [2, 0]);
}

#[tokio::test]
async fn a_directory_that_asks_for_time_gets_what_it_names() {
    for source in BOTH {
        let played = Played::start().await;
        let directory = played.only(forgetful(), source);
        let busy = played.desk(source).too_many().with("retry-after", "1");
        played.desk(source).answers_next(Scripted::Answer(busy));
        let start = Instant::now();
        assert_eq!(look(&directory, CHAIKA).await, "over quota");
        let asked = played.desk(source).asked().len();
        if start.elapsed() < Duration::from_millis(900) {
            assert_eq!(look(&directory, CHAIKA).await, "over quota");
            assert_eq!(played.desk(source).asked().len(), asked);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(look(&directory, CHAIKA).await.starts_with("Детский"));
    }
}

#[tokio::test]
async fn a_crowd_stays_under_the_limits_of_the_services() {
    for source in BOTH {
        let played = Played::start().await;
        let directory = played.only(forgetful(), source);
        let chaika = inn(CHAIKA);
        let start = Instant::now();
        let found = join_all((0..40).map(|_| directory.find(&chaika))).await;
        let refused = found.iter().filter(|lookup| word(lookup) == "over quota").count();
        let asked = played.desk(source).asked().len();
        // The limit is 10 at once and then less than one a second.
        let most = 11 + usize::try_from(start.elapsed().as_secs()).unwrap();
        assert!((10..=most).contains(&asked), "{asked}");
        assert_eq!(refused, 40 - asked);
    }
}

// ------------------------------------------------------------------------------ the stand-ins

/// A question as documented, with one thing changed.
type Change = (&'static str, fn(&mut reqwest::Request));

const CHANGES: &[Change] = &[
    ("nothing", |_| {}),
    ("another method", |request| *request.method_mut() = reqwest::Method::PUT),
    ("no key", |request| drop(request.headers_mut().remove("authorization"))),
    ("another scheme", |request| {
        request.headers_mut().insert("authorization", "Basic 1".parse().unwrap());
    }),
    ("no agent", |request| drop(request.headers_mut().remove("user-agent"))),
    ("no content type", |request| drop(request.headers_mut().remove("content-type"))),
    ("no accept", |request| drop(request.headers_mut().remove("accept"))),
    ("a query more", |request| {
        request.url_mut().query_pairs_mut().append_pair("kpp", "121501001");
    }),
    ("another body", |request| *request.body_mut() = Some("{}".into())),
];

#[tokio::test]
async fn a_stand_in_notices_whatever_is_not_documented() {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let played = Played::start().await;
    for source in BOTH {
        for (number, (name, change)) in CHANGES.iter().enumerate() {
            let request = match source {
                Source::Invoicebox => client
                    .get(played.invoicebox.url().join("v3/filter/api/counterparty-detail").unwrap())
                    .query(&[("vatNumber", CHAIKA)])
                    .header("authorization", "Bearer 1"),
                Source::DaData => client
                    .post(
                        played.dadata.url().join("suggestions/api/4_1/rs/findById/party").unwrap(),
                    )
                    .body(r#"{"query":"1215107651","count":300}"#)
                    .header("authorization", "Token 1"),
            };
            let mut request = request
                .header("content-type", "application/json")
                .header("accept", "application/json")
                .header("user-agent", "invite-bot/0.1.0")
                .build()
                .unwrap();
            change(&mut request);
            let status = client.execute(request).await.unwrap().status().as_u16();
            assert_eq!(status, if number == 0 { 200 } else { 400 }, "{source:?}: {name}");
            assert_eq!(played.desk(source).violations().len(), number, "{source:?}: {name}");
        }
    }
}

#[tokio::test]
async fn a_stand_in_tells_when_it_was_asked() {
    let played = Played::start().await;
    let desk = played.desk(Source::DaData);
    desk.answers_next(Scripted::AcceptAfter(Duration::from_millis(50)));
    let directory = played.only(patient(), Source::DaData);
    let (said, ()) = futures::join!(look(&directory, CHAIKA), desk.wait_asked(1));
    assert!(said.starts_with("Детский"), "{said}");
    assert_eq!(desk.asked()[0].inn.as_deref(), Some(CHAIKA));
}
