//! What becomes of a call for every fault of the network and every answer: the outcome, whether
//! the other side had the whole request, and how often it was called.

use std::time::Duration;

use futures::future::join_all;
use invite_bot::domain::{Answer, Outcome, Provider};
use invite_bot::door::Pass;
use invite_bot::providers::Providers;

use super::{body, providers, word};
use crate::support::alone::{passes, process_for};
use crate::support::fault_server::{Behaviour, Server, black_hole, closed_port, http};
use crate::support::samples::TOKEN;
use crate::support::wait::PATIENCE;

const JSON: &str = "Content-Type: application/json";
const HTML: &str = "Content-Type: text/html";

/// Of a whole call that gets no answer; connecting may take half of it.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A call about to be made. All that takes time is done before the clock runs.
struct Case {
    server: Server,
    providers: Providers,
    provider: Provider,
}

impl Case {
    async fn new(time: Duration, provider: Provider, scheme: &str, behaviour: Behaviour) -> Self {
        let server = Server::start(behaviour).await;
        let providers = providers(time, &format!("{scheme}://localhost:{}/", server.port));
        Self { server, providers, provider }
    }

    /// The answer, the connections and the whole requests of the call.
    async fn call(self) -> (Answer, usize, usize) {
        let body = body(&self.providers, self.provider);
        let answer = self.providers.send(self.provider, body, Pass::promising_nothing()).await;
        let seen = self.server.seen();
        (answer, seen.connections, seen.requests.len())
    }
}

async fn answered(provider: Provider, answer: Vec<u8>) -> Case {
    Case::new(PATIENCE, provider, "http", Behaviour::Answer(answer)).await
}

/// What a fault that is the same for both providers looks like to them.
#[derive(Clone)]
struct Fault {
    name: &'static str,
    scheme: &'static str,
    behaviour: Behaviour,
    outcome: &'static str,
    message: Option<&'static str>,
    whole_request: bool,
}

fn faults() -> Vec<Fault> {
    use Behaviour::*;
    let accepted = br#"{"data":{"id":1},"result":false}"#;
    let whole = http(200, &[JSON], accepted);
    let cut = whole[..whole.len() - 3].to_vec();
    let fault = |name, behaviour, outcome, message, whole_request| Fault {
        name,
        scheme: "http",
        behaviour,
        outcome,
        message,
        whole_request,
    };
    let tls = |name, behaviour, message| Fault {
        name,
        scheme: "https",
        behaviour,
        outcome: "no connection",
        message: Some(message),
        whole_request: false,
    };
    let closed = Some("connection closed");
    let timeout = Some("timeout");
    vec![
        tls("plaintext behind https", Unasked(whole.clone()), "tls failure"),
        tls("untrusted certificate", UntrustedTls(whole), "tls failure"),
        tls("closed during the handshake", Close, "no connection"),
        tls("silent during the handshake", NeverRead, "connect timeout"),
        fault("closed at once", Close, "unknown", closed, false),
        fault("closed after the head", ReadHeadThenClose, "unknown", closed, false),
        fault("read and closed", ReadThenClose, "unknown", closed, true),
        fault("read and reset", ReadThenReset, "unknown", closed, true),
        fault("read and silent", ReadThenHang, "unknown", timeout, true),
        fault("never read", NeverRead, "unknown", timeout, false),
        fault("garbage", Answer(b"\x15\x03\x01\x00\x02\x02\x16".to_vec()), "unknown", closed, true),
        fault("a head that breaks off", Answer(cut[..40].to_vec()), "unknown", closed, true),
        fault("a head that stops", AnswerThenHang(cut[..40].to_vec()), "unknown", timeout, true),
        fault("a body that breaks off", Answer(cut.clone()), "unknown", None, true),
        fault("a body that stops", AnswerThenHang(cut), "unknown", None, true),
    ]
}

#[tokio::test]
async fn a_fault_is_no_connection_or_unknown_and_is_met_once() {
    let mut cases = Vec::new();
    for fault in faults() {
        for provider in Provider::ALL {
            let behaviour = fault.behaviour.clone();
            let time = match behaviour {
                Behaviour::ReadThenHang | Behaviour::NeverRead | Behaviour::AnswerThenHang(_) => {
                    TIMEOUT
                }
                _ => PATIENCE,
            };
            cases.push((fault.clone(), Case::new(time, provider, fault.scheme, behaviour).await));
        }
    }
    let calls = cases.into_iter().map(async |(fault, case)| (fault, case.call().await));
    for (fault, (answer, connections, requests)) in join_all(calls).await {
        let name = format!("{}: {answer:?}", fault.name);
        assert_eq!(word(&answer.outcome), fault.outcome, "{name}");
        assert_eq!(answer.message.as_deref(), fault.message, "{name}");
        assert_eq!(answer.http_status.is_some(), fault.message.is_none(), "{name}");
        assert_eq!((connections, requests), (1, usize::from(fault.whole_request)), "{name}");
    }
}

#[tokio::test]
async fn without_a_way_there_nothing_is_sent() {
    let refused = format!("http://127.0.0.1:{}/", closed_port());
    let (swallows, _waiting, _listener) = black_hole().await;
    let swallows = format!("http://127.0.0.1:{swallows}/");
    for (url, message) in [
        (refused.as_str(), "no connection"),
        ("https://name.invalid/", "no connection"),
        (swallows.as_str(), "connect timeout"),
    ] {
        for provider in Provider::ALL {
            let providers = providers(TIMEOUT, url);
            let body = body(&providers, provider);
            let answer = providers.send(provider, body, Pass::promising_nothing()).await;
            assert_eq!(word(&answer.outcome), "no connection", "{url}");
            // A slow resolver ends in the connect timeout as well.
            let message =
                if url.contains("invalid") { answer.message.as_deref() } else { Some(message) };
            assert_eq!((answer.http_status, answer.message.as_deref()), (None, message), "{url}");
        }
    }
}

#[tokio::test]
async fn a_connection_is_used_once() {
    let accepted = http(200, &[JSON], br#"{"data":{"id":1},"result":false}"#);
    let server = Server::start(Behaviour::AnswerThenHang(accepted)).await;
    let providers = providers(PATIENCE, &format!("http://127.0.0.1:{}/", server.port));
    for call in 1..=3 {
        providers
            .send(Provider::Sbis, body(&providers, Provider::Sbis), Pass::promising_nothing())
            .await;
        assert_eq!((server.seen().connections, server.seen().requests.len()), (call, call));
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let nowhere = "http://127.0.0.1:1";
    let names =
        ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let mut process = process_for("providers::faults::a_connection_is_used_once");
    process.envs(names.map(|name| (name, nowhere))).env_remove("NO_PROXY").env_remove("no_proxy");
    passes(&mut process);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for provider in Provider::ALL {
            let other = Server::start(Behaviour::Answer(http(200, &[JSON], b"{}"))).await;
            let location = format!("Location: http://127.0.0.1:{}/", other.port);
            let (answer, connections, requests) =
                answered(provider, http(status, &[&location], b"")).await.call().await;
            assert_eq!(word(&answer.outcome), "unknown", "{status} {provider:?}");
            assert_eq!(answer.http_status, Some(status));
            assert_eq!((connections, requests, other.seen().connections), (1, 1, 0));
        }
    }
}

/// An error as Invoicebox documents it and as Saby does.
fn error(code: i64, message: &str) -> String {
    format!(r#"{{"error":{{"code":{code},"message":"{message}"}}}}"#)
}

/// What it is, status, headers, body, outcome.
type Row<'a> = (&'a str, u16, &'a [&'a str], String, &'a str);

async fn answers(provider: Provider, rows: Vec<Row<'_>>) {
    let mut cases = Vec::new();
    for (name, status, headers, body, outcome) in rows {
        let case = answered(provider, http(status, headers, body.as_bytes())).await;
        cases.push(async move { (name, status, outcome, case.call().await) });
    }
    for (name, status, outcome, (answer, connections, requests)) in join_all(cases).await {
        assert_eq!(word(&answer.outcome), outcome, "{status} {name}");
        assert_eq!(answer.http_status, Some(status), "{name}");
        assert_eq!((connections, requests), (1, 1), "{name}");
    }
}

fn long(json: &str, length: usize) -> String {
    format!("{json}{}", " ".repeat(length - json.len()))
}

const LIMIT: usize = 64 * 1024;

#[tokio::test]
async fn each_answer_of_invoicebox_means_what_the_table_says() {
    let page = include_str!("fixtures/invoicebox_response.json");
    let ok = r#"{"data":{"id":123}}"#;
    let said = "accepted as d5490c3d-e2f8-4f90-aa8b-87b1cd2956af";
    let json: &[&str] = &[JSON];
    let mut rows: Vec<Row<'_>> = vec![
        ("the page's example", 200, json, page.into(), said),
        ("created", 201, json, page.into(), said),
        ("the id as a number", 200, json, ok.into(), "accepted as 123"),
        (
            "another JSON type",
            200,
            &["Content-Type: application/vnd.api+json; charset=utf-8"],
            ok.into(),
            "accepted as 123",
        ),
        ("as long as it may be", 200, json, long(ok, LIMIT), "accepted as 123"),
        ("a byte too long", 200, json, long(ok, LIMIT + 1), "unknown"),
        ("without an id", 200, json, r#"{"data":{}}"#.into(), "unknown"),
        ("an empty id", 200, json, r#"{"data":{"id":""}}"#.into(), "unknown"),
        ("an id that is null", 200, json, r#"{"data":{"id":null}}"#.into(), "unknown"),
        ("an error with 200", 200, json, error(1, "no"), "unknown"),
        ("broken JSON", 200, json, r#"{"data":{"id":1}"#.into(), "unknown"),
        ("empty", 200, json, String::new(), "unknown"),
        ("no content", 204, &[], String::new(), "unknown"),
        ("HTML", 200, &[HTML], "<html>OK</html>".into(), "unknown"),
        ("JSON that calls itself HTML", 200, &[HTML], ok.into(), "unknown"),
        ("JSON without a type", 200, &[], ok.into(), "unknown"),
        ("no JSON", 422, &[HTML], "<html>".into(), "refused: data"),
        ("too long", 422, json, long("{}", LIMIT + 1), "refused: data"),
        ("no wait named", 429, json, "{}".into(), "throttled"),
        ("seconds", 429, &["Retry-After: 7"], "{}".into(), "throttled for 7 s"),
        ("hours", 429, &["Retry-After: 999999"], "{}".into(), "throttled for 60 s"),
        ("ages", 429, &["Retry-After: 99999999999999999999999"], "".into(), "throttled for 60 s"),
        ("at once", 429, &["Retry-After: 0"], "".into(), "throttled for 1 s"),
        ("before now", 429, &["Retry-After: -5"], "".into(), "throttled"),
        ("a date", 429, &["Retry-After: Wed, 21 Oct 2065 07:28:00 GMT"], "".into(), "throttled"),
        ("nonsense", 429, &["Retry-After: soon"], "".into(), "throttled"),
    ];
    for (statuses, outcome) in [
        (&[408, 425, 429, 503][..], "throttled"),
        (&[400, 413, 415, 422], "refused: data"),
        (&[401, 403, 404, 405], "config"),
        (&[500, 501, 502, 504, 505, 520, 599], "unknown"),
        (&[300, 304, 402, 406, 409, 410, 418, 451, 499], "unknown"),
    ] {
        for status in statuses {
            rows.push(("with an error", *status, json, error(1, "no"), outcome));
            rows.push(("empty", *status, &[], String::new(), outcome));
            rows.push(("with an id", *status, json, ok.into(), outcome));
        }
    }
    // An answer 304 has no body.
    rows.retain(|row| row.1 != 304 || row.3.is_empty());
    answers(Provider::Invoicebox, rows).await;
}

#[tokio::test]
async fn each_answer_of_sbis_means_what_the_table_says() {
    let ok = r#"{"jsonrpc":"2.0","result":false,"id":0}"#;
    let both = r#"{"result":false,"error":{"code":-32000,"message":"no"}}"#;
    let wrong_call = r#"{"result":false,"error":{"code":-32601}}"#;
    let text = r#"{"jsonrpc":"2.0","error":"Not authorized.","id":-1}"#;
    let rpc: &[&str] = &["Content-Type: application/json-rpc; charset=utf-8"];
    let json: &[&str] = &[JSON];
    let mut rows: Vec<Row<'_>> = vec![
        ("the documented success", 200, rpc, ok.into(), "accepted"),
        ("plain JSON", 200, json, ok.into(), "accepted"),
        ("another result", 200, rpc, r#"{"result":true}"#.into(), "accepted"),
        ("a result that is null", 200, rpc, r#"{"result":null}"#.into(), "accepted"),
        ("an error that is null", 200, rpc, r#"{"result":false,"error":null}"#.into(), "accepted"),
        ("as long as it may be", 200, rpc, long(ok, LIMIT), "accepted"),
        ("a byte too long", 200, rpc, long(ok, LIMIT + 1), "unknown"),
        ("neither result nor error", 200, rpc, "{}".into(), "unknown"),
        ("only a null error", 200, rpc, r#"{"error":null}"#.into(), "unknown"),
        ("a batch", 200, rpc, format!("[{ok}]"), "unknown"),
        ("broken JSON", 200, rpc, r#"{"result":false"#.into(), "unknown"),
        ("empty", 200, rpc, String::new(), "unknown"),
        ("no content", 204, &[], String::new(), "unknown"),
        ("HTML", 200, &[HTML], "<html>OK</html>".into(), "unknown"),
        ("JSON that calls itself HTML", 200, &[HTML], ok.into(), "unknown"),
        ("an error of no documented form", 200, rpc, r#"{"error":1}"#.into(), "unknown"),
        ("a wait that nobody documents", 429, &["Retry-After: 2"], "".into(), "throttled"),
        ("an error", 404, rpc, error(-32000, "no"), "refused"),
        ("empty", 404, &[], String::new(), "config"),
        ("HTML", 404, &[HTML], "<html>".into(), "config"),
        ("the codes", 500, rpc, error(-32000, "Некорректные ИНН и КПП"), "refused: data"),
        ("a client", 500, rpc, error(-32000, "Есть платный аккаунт"), "refused: client"),
        ("a fault", 500, rpc, error(-32000, "Сервис временно недоступен."), "refused"),
    ];
    for status in [200, 201, 300, 400, 403, 405, 408, 409, 422, 425, 500, 501, 502, 504, 599] {
        rows.push(("an error", status, rpc, error(-32000, "no"), "refused"));
        rows.push(("an internal error", status, rpc, error(-32603, "no"), "refused"));
        rows.push(("an error of plain text", status, rpc, text.into(), "refused"));
        rows.push(("an error beside a result", status, rpc, both.into(), "unknown"));
        rows.push(("a code beside a result", status, rpc, wrong_call.into(), "unknown"));
        rows.push(("empty", status, &[], String::new(), "unknown"));
        rows.push(("JSON that calls itself HTML", status, &[HTML], error(1, "no"), "unknown"));
        for code in [-32700, -32600, -32601, -32602] {
            rows.push(("a wrong call", status, rpc, error(code, "no"), "config"));
        }
        let result = if status < 300 { "accepted" } else { "unknown" };
        rows.push(("a result", status, rpc, ok.into(), result));
    }
    for (status, outcome) in [(429, "throttled"), (503, "throttled"), (401, "config")] {
        for body in
            [String::new(), error(-32000, "no"), error(-32601, "no"), both.into(), text.into()]
        {
            rows.push(("whatever it says", status, rpc, body, outcome));
        }
    }
    answers(Provider::Sbis, rows).await;
}

#[tokio::test]
async fn a_key_that_the_service_quotes_goes_no_further() {
    let said = format!(
        r#"{{"error":{{"message":"Bad key {0}","fields":[{{"name":"key","message":"{0}"}}]}}}}"#,
        TOKEN
    );
    let case = answered(Provider::Invoicebox, http(422, &[JSON], said.as_bytes())).await;
    let (answer, ..) = case.call().await;
    assert_eq!(answer.message.as_deref(), Some("Bad key ***"));
    let Outcome::Rejected { fields, .. } = answer.outcome else { panic!() };
    assert_eq!(fields[0].message, "***");
}
