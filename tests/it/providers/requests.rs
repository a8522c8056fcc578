//! The bytes that leave.

use invite_bot::domain::{Inn, Provider, Recipient};
use invite_bot::door::Pass;
use invite_bot::providers::{BuildError, Providers};
use serde_json::Value;

use super::{body, guid, providers, recipient};
use crate::support::fault_server::{Behaviour, Server, http};
use crate::support::samples::{TOKEN, invoicebox, sbis};
use crate::support::wait::PATIENCE;

const INVOICEBOX_PAGE: &str = include_str!("fixtures/invoicebox_request.json");
const SBIS_PAGE: &str = include_str!("fixtures/sbis_request.json");

/// JSON without the white space between its parts; the order of the keys stays.
fn compact(json: &str) -> String {
    let mut inside = false;
    let keep = |c: &char| {
        inside ^= *c == '"';
        inside || !c.is_whitespace()
    };
    json.chars().filter(keep).collect()
}

fn at_home() -> Providers {
    providers(PATIENCE, "http://127.0.0.1:1/")
}

#[test]
fn invoicebox_gets_the_example_of_its_page_to_the_byte() {
    let body = at_home().body(&recipient(Provider::Invoicebox, "shop@shop.com"), guid()).unwrap();
    assert_eq!(String::from_utf8(body).unwrap(), compact(INVOICEBOX_PAGE));
}

#[test]
fn sbis_gets_the_example_of_its_page_to_the_byte() {
    let body = body(&at_home(), Provider::Sbis);
    assert_eq!(String::from_utf8(body).unwrap(), compact(SBIS_PAGE));
}

#[test]
fn a_person_has_no_kpp_and_a_client_without_an_office_no_code() {
    let Recipient::Sbis(mut company) = recipient(Provider::Sbis, "iam@mail.ru") else { panic!() };
    company.inn = Inn::parse("500100732259").unwrap();
    company.kpp = None;
    company.office = None;
    let body = at_home().body(&Recipient::Sbis(company), guid()).unwrap();
    let left_out = ["КПППолуч", "КодПартнера"];
    let page: Vec<&str> =
        SBIS_PAGE.lines().filter(|line| !left_out.iter().any(|key| line.contains(key))).collect();
    // The comma before the line that went is no longer followed by anything.
    let expected =
        compact(&page.join("\n")).replace(",}", "}").replace("1215107651", "500100732259");
    assert_eq!(String::from_utf8(body).unwrap(), expected);
}

#[test]
fn a_promotion_goes_with_every_invitation_to_sbis() {
    let mut settings = sbis("http://127.0.0.1:1/".parse().unwrap());
    settings.promotion = Some("весна-1".to_owned());
    let providers = Providers::new(PATIENCE, None, Some(settings)).unwrap();
    let body: Value = serde_json::from_slice(&body(&providers, Provider::Sbis)).unwrap();
    let at = |half: &str| body[&"params"]["Реквизиты"][half]["ИдентификаторАкции"].clone();
    assert_eq!((at("s"), at("d")), ("Строка".into(), "весна-1".into()));
}

#[test]
fn names_are_escaped_and_cyrillic_is_not() {
    let Recipient::Sbis(mut company) = recipient(Provider::Sbis, "iam@mail.ru") else { panic!() };
    company.name = "ООО \"Рога \\ копыта\" 😀".to_owned().try_into().unwrap();
    let body = at_home().body(&Recipient::Sbis(company), guid()).unwrap();
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains(r#""НазвПолуч":"ООО \"Рога \\ копыта\" 😀""#), "{text}");
}

#[test]
fn only_a_configured_provider_has_a_request() {
    let url = || "http://127.0.0.1:1/".parse().unwrap();
    let only = Providers::new(PATIENCE, Some(invoicebox(url())), None).unwrap();
    assert_eq!(only.enabled(), [Provider::Invoicebox]);
    assert!(only.body(&recipient(Provider::Sbis, "iam@mail.ru"), guid()).is_none());
    let only = Providers::new(PATIENCE, None, Some(sbis(url()))).unwrap();
    assert_eq!(only.enabled(), [Provider::Sbis]);
    assert!(only.body(&recipient(Provider::Invoicebox, "iam@mail.ru"), guid()).is_none());
}

/// The head of what arrives, its lines sorted, names in lower case.
async fn head(provider: Provider, path: &str) -> (String, Vec<String>) {
    let server = Server::start(Behaviour::Answer(http(200, &[], b""))).await;
    let providers = providers(PATIENCE, &format!("http://127.0.0.1:{}{path}", server.port));
    let sent = body(&providers, provider);
    providers.send(provider, sent.clone(), Pass::promising_nothing()).await;
    let seen = server.seen().requests;
    let request = String::from_utf8(seen[0].clone()).unwrap();
    let (head, arrived) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!((seen.len(), arrived.as_bytes()), (1, sent.as_slice()));
    let mut lines = head.split("\r\n").map(str::to_owned);
    let first = lines.next().unwrap();
    let dull = |line: &String| !line.starts_with("host:") && !line.starts_with("content-length:");
    let mut rest: Vec<String> = lines
        .map(|line| {
            line.split_once(": ").map(|(name, it)| format!("{}: {it}", name.to_lowercase()))
        })
        .map(Option::unwrap)
        .filter(dull)
        .collect();
    rest.sort();
    (first, rest)
}

fn user_agent() -> String {
    format!("user-agent: invite-bot/{}", env!("CARGO_PKG_VERSION"))
}

#[tokio::test]
async fn invoicebox_gets_the_headers_of_its_page() {
    for base in ["", "/", "/proxy", "/proxy/"] {
        let (first, rest) = head(Provider::Invoicebox, base).await;
        let prefix = base.trim_end_matches('/');
        assert_eq!(first, format!("POST {prefix}/v3/notification/api/invite HTTP/1.1"));
        assert_eq!(
            rest,
            [
                "accept: application/json",
                &format!("authorization: Bearer {TOKEN}"),
                "content-type: application/json",
                &user_agent(),
            ]
        );
    }
}

#[tokio::test]
async fn sbis_gets_the_headers_of_its_page_and_no_key() {
    let (first, rest) = head(Provider::Sbis, "/reg/service/").await;
    assert_eq!(first, "POST /reg/service/ HTTP/1.1");
    assert_eq!(
        rest,
        [
            "accept: application/json-rpc",
            "content-type: application/json-rpc; charset=utf-8",
            &user_agent(),
        ]
    );
}

#[test]
fn an_open_line_is_refused_at_the_start() {
    for url in [
        "http://api.invoicebox.ru/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
        "https://name:secret@api.invoicebox.ru/",
    ] {
        let url: url::Url = url.parse().unwrap();
        let refused = Providers::new(PATIENCE, Some(invoicebox(url.clone())), None);
        assert!(matches!(refused, Err(BuildError::Address("invoicebox"))), "{url}");
        let refused = Providers::new(PATIENCE, None, Some(sbis(url.clone())));
        assert!(matches!(refused, Err(BuildError::Address("sbis"))), "{url}");
    }
    for url in ["https://api.invoicebox.ru", "http://localhost:1/", "http://[::1]:1/"] {
        providers(PATIENCE, url);
    }
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_at_the_start() {
    let mut settings = invoicebox("https://api.invoicebox.ru/".parse().unwrap());
    settings.token = "line\nend".into();
    let refused = Providers::new(PATIENCE, Some(settings), None);
    assert!(matches!(refused, Err(BuildError::Token("invoicebox"))));
}

#[test]
fn the_key_is_not_printed() {
    let url: url::Url = "https://api.invoicebox.ru/".parse().unwrap();
    let printed = format!("{:?} {:?}", invoicebox(url.clone()), providers(PATIENCE, url.as_str()));
    assert!(printed.contains("invoicebox.ru"), "{printed}");
    assert!(!printed.contains(TOKEN), "{printed}");
}
