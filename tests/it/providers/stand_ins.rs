//! The stand-ins of the demo, called by the real clients.

use std::time::Duration;

use invite_bot::demo::samples::{OUTCOMES, UNREACHABLE};
use invite_bot::domain::Provider;
use invite_bot::door::Pass;
use invite_bot::providers::Providers;
use serde_json::{Value, json};
use stand_ins::providers::{ProviderStandIn, Reply, Scripted};

use super::{guid, recipient, word};
use crate::support::samples::{TOKEN, invoicebox, sbis};
use crate::support::wait::PATIENCE;

async fn start(provider: Provider) -> (ProviderStandIn, Providers) {
    let stand_in = match provider {
        Provider::Invoicebox => ProviderStandIn::invoicebox().await.unwrap(),
        Provider::Sbis => ProviderStandIn::sbis().await.unwrap(),
    };
    let providers = client(&stand_in, provider, PATIENCE);
    (stand_in, providers)
}

fn client(stand_in: &ProviderStandIn, provider: Provider, timeout: Duration) -> Providers {
    let url = stand_in.url();
    match provider {
        Provider::Invoicebox => Providers::new(timeout, Some(invoicebox(url)), None),
        Provider::Sbis => Providers::new(timeout, None, Some(sbis(url))),
    }
    .unwrap()
}

/// For calls that get no answer.
fn impatient(stand_in: &ProviderStandIn, provider: Provider) -> Providers {
    client(stand_in, provider, Duration::from_secs(3))
}

async fn invite(providers: &Providers, provider: Provider, email: &str) -> String {
    let body = providers.body(&recipient(provider, email), guid()).unwrap();
    let outcome = word(&providers.send(provider, body, Pass::promising_nothing()).await.outcome);
    // The reference of the stand-in is a new one every time.
    outcome.split(" as ").next().unwrap().to_owned()
}

#[tokio::test]
async fn every_address_of_the_demo_ends_as_promised() {
    assert_eq!(OUTCOMES[6].0, UNREACHABLE);
    for (provider, promised) in [
        (
            Provider::Invoicebox,
            [
                "accepted",
                "refused: data",
                "refused: data",
                "unknown",
                "throttled for 2 s",
                "config",
                "accepted",
            ],
        ),
        (
            Provider::Sbis,
            [
                "accepted",
                "refused: data",
                "refused: client",
                "unknown",
                "throttled",
                "config",
                "accepted",
            ],
        ),
    ] {
        let (stand_in, providers) = start(provider).await;
        for ((email, _), promised) in OUTCOMES.iter().zip(promised) {
            let slow = impatient(&stand_in, provider);
            let providers = if email.starts_with("slow") { &slow } else { &providers };
            assert_eq!(invite(providers, provider, email).await, promised, "{email}");
        }
        for email in ["throttled@demo.test", "key@demo.test", "iam@mail.ru"] {
            assert_eq!(invite(&providers, provider, email).await, "accepted", "{email} again");
        }
        assert_eq!(stand_in.violations(), Vec::<String>::new());
        let answers: Vec<String> = stand_in.received().into_iter().map(|it| it.answer).collect();
        assert_eq!(
            answers,
            [
                "accepted",
                "refused",
                "client",
                "slow",
                "throttled",
                "key",
                "accepted",
                "accepted",
                "accepted",
                "accepted"
            ]
        );
    }
}

#[tokio::test]
async fn what_arrived_can_be_read_but_not_the_key() {
    for provider in Provider::ALL {
        let (stand_in, providers) = start(provider).await;
        invite(&providers, provider, "iam@mail.ru").await;
        stand_in.wait_received(1).await;
        let [received] = stand_in.received().try_into().unwrap();
        assert_eq!(received.email.as_deref(), Some("iam@mail.ru"));
        assert_eq!(received.inn.is_some(), provider == Provider::Sbis);
        assert_eq!(
            stand_in.url().path().trim_end_matches('/'),
            match provider {
                Provider::Invoicebox => "",
                Provider::Sbis => received.path.trim_end_matches('/'),
            }
        );
        assert_eq!(serde_json::from_slice::<Value>(&received.raw).unwrap(), received.body);
        assert!(!format!("{received:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_refuses_connections_until_it_is_up() {
    let provider = Provider::Sbis;
    let (stand_in, providers) = start(provider).await;
    for _ in 0..3 {
        stand_in.go_down().await;
        assert_eq!(invite(&providers, provider, "iam@mail.ru").await, "no connection");
        stand_in.come_up().await.unwrap();
        assert_eq!(invite(&providers, provider, "iam@mail.ru").await, "accepted");
    }
    assert_eq!(stand_in.received().len(), 3);
}

#[tokio::test]
async fn a_script_goes_before_the_fixed_outcomes() {
    for provider in Provider::ALL {
        let (stand_in, providers) = start(provider).await;
        let html = Reply { status: 502, headers: vec![], body: "<html>".to_owned() };
        stand_in.answers_next(Scripted::Close);
        stand_in.answers_next(Scripted::Hang);
        stand_in.answers_next(Scripted::Answer(html.with("content-type", "text/html")));
        stand_in.answers_next(Scripted::Answer(Reply::json(503, &json!({}))));
        stand_in.answers_next(Scripted::AcceptAfter(Duration::from_millis(20)));
        stand_in.answers_next(Scripted::Accept);
        let body = providers.body(&recipient(provider, "iam@mail.ru"), guid()).unwrap();
        let closed = providers.send(provider, body, Pass::promising_nothing()).await;
        assert_eq!(closed.message.as_deref(), Some("connection closed"));
        let hung = invite(&impatient(&stand_in, provider), provider, "iam@mail.ru").await;
        assert_eq!(hung, "unknown");
        for outcome in ["unknown", "throttled", "accepted", "accepted", "refused: data"] {
            assert_eq!(invite(&providers, provider, "refused@demo.test").await, outcome);
        }
    }
}

#[tokio::test]
async fn a_held_request_has_arrived_and_waits() {
    let provider = Provider::Invoicebox;
    let (stand_in, providers) = start(provider).await;
    stand_in.hold();
    let mut call = std::pin::pin!(invite(&providers, provider, "iam@mail.ru"));
    tokio::select! {
        outcome = &mut call => panic!("{outcome} while it was held"),
        () = stand_in.wait_received(1) => {}
    }
    let soon = tokio::time::timeout(Duration::from_millis(200), &mut call).await;
    assert!(soon.is_err(), "{soon:?} while it was held");
    stand_in.release();
    let outcome = call.await;
    assert_eq!(outcome, "accepted");
    assert_eq!(invite(&providers, provider, "iam@mail.ru").await, "accepted");
}

/// A request of the page with one thing changed.
type Change = (&'static str, fn(&mut Value, &mut reqwest::Request));

const INVOICEBOX_CHANGES: &[Change] = &[
    ("a key more", |body, _| body["phone"] = json!("")),
    ("a key less", |body, _| drop(body.as_object_mut().unwrap().remove("type"))),
    ("another type", |body, _| body["type"] = json!("phone")),
    ("no UUID", |body, _| body["partnerId"] = json!("1")),
    ("no address", |body, _| body["identifier"] = json!("shop")),
    ("no key", |_, request| drop(request.headers_mut().remove("authorization"))),
    ("no agent", |_, request| drop(request.headers_mut().remove("user-agent"))),
    ("another method", |_, request| *request.method_mut() = reqwest::Method::PUT),
    ("another path", |_, request| request.url_mut().set_path("/l3/invite")),
    ("two content types", |_, request| {
        let value = request.headers()["content-type"].clone();
        request.headers_mut().append("content-type", value);
    }),
];

const SBIS_CHANGES: &[Change] = &[
    ("a field more", |body, _| {
        body["params"]["Реквизиты"]["s"]["ТелПолуч"] = json!("Строка");
        body["params"]["Реквизиты"]["d"]["ТелПолуч"] = json!("1");
    }),
    ("a type without a value", |body, _| {
        body["params"]["Реквизиты"]["s"]["ИдентификаторАкции"] = json!("Строка");
    }),
    ("another type", |body, _| body["params"]["Реквизиты"]["s"]["GUID"] = json!("UUID")),
    ("an empty field", |body, _| body["params"]["Реквизиты"]["d"]["НазвПолуч"] = json!("")),
    ("a person with a КПП", |body, _| {
        body["params"]["Реквизиты"]["d"]["ИННПолуч"] = json!("500100732259");
    }),
    ("a number for a code", |body, _| {
        body["params"]["Реквизиты"]["d"]["КодПартнера"] = json!(7705);
    }),
    ("another template", |body, _| {
        body["params"]["Реквизиты"]["d"]["ИдШаблонаПисьма"] = json!("Приглашение");
    }),
    ("no GUID", |body, _| body["params"]["Реквизиты"]["d"]["GUID"] = json!("1")),
    ("another protocol", |body, _| body["protocol"] = json!(4)),
    ("another method", |body, _| body["method"] = json!("Биллинг.СоздатьКлиента")),
    ("a key", |_, request| {
        request.headers_mut().insert("authorization", "Bearer 1".parse().unwrap());
    }),
    ("plain JSON", |_, request| {
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    }),
];

#[tokio::test]
async fn a_stand_in_notices_whatever_is_not_documented() {
    let pages = [
        include_str!("fixtures/invoicebox_request.json"),
        include_str!("fixtures/sbis_request.json"),
    ];
    let unchanged: Change = ("nothing", |_, _| {});
    for ((provider, page), changes) in
        Provider::ALL.into_iter().zip(pages).zip([INVOICEBOX_CHANGES, SBIS_CHANGES])
    {
        let (stand_in, _) = start(provider).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for (number, (name, change)) in std::iter::once(&unchanged).chain(changes).enumerate() {
            let (path, json) = match provider {
                Provider::Invoicebox => ("v3/notification/api/invite", "application/json"),
                Provider::Sbis => ("", "application/json-rpc; charset=utf-8"),
            };
            let mut body: Value = serde_json::from_str(page).unwrap();
            let mut request = client
                .post(stand_in.url().join(path).unwrap())
                .header("content-type", json)
                .header("accept", json.split(';').next().unwrap())
                .header("user-agent", "invite-bot/0.1.0")
                .build()
                .unwrap();
            if provider == Provider::Invoicebox {
                request.headers_mut().insert("authorization", "Bearer 1".parse().unwrap());
            }
            change(&mut body, &mut request);
            *request.body_mut() = Some(body.to_string().into());
            let status = client.execute(request).await.unwrap().status().as_u16();
            let refused = if provider == Provider::Invoicebox { 400 } else { 500 };
            assert_eq!(status, if number == 0 { 200 } else { refused }, "{name}");
            assert_eq!(stand_in.violations().len(), number, "{name}");
        }
    }
}
