//! Telegram posts updates to the bot instead of being asked for them: nothing is lost and nothing is
//! done twice, whatever goes wrong on the way.

use invite_bot::bot::Webhook;
use invite_bot::domain::Provider::Invoicebox;
use invite_bot::store::{Actor, Change, Received};
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use stand_ins::telegram::{Fault, Telegram};

use crate::support::fault_server::free_port;
use crate::support::house::House;
use crate::support::people::Client as Company;
use crate::support::wait::{PATIENCE, until};
use crate::support::world::{BotSettings, World};

const SECRET: &str = "X-Telegram-Bot-Api-Secret-Token";

async fn an_address() -> Webhook {
    let port = free_port().await;
    Webhook {
        url: format!("http://127.0.0.1:{port}/telegram").parse().unwrap(),
        listen: ([127, 0, 0, 1], port).into(),
    }
}

/// Of one provider, by webhook.
async fn by_webhook() -> BotSettings {
    BotSettings { webhook: Some(an_address().await), ..BotSettings::only(Invoicebox) }
}

fn settings(webhook: &Webhook) -> [(&'static str, String); 2] {
    [("WEBHOOK_URL", webhook.url.to_string()), ("WEBHOOK_LISTEN", webhook.listen.to_string())]
}

fn starts(house: &mut House, webhook: &Webhook) {
    let settings = settings(webhook);
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    house.starts_by(&[], &settings);
}

/// Posts a body as somebody with this secret.
async fn posts(to: &Webhook, secret: Option<&str>, body: &str) -> StatusCode {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let mut post = client.post(to.url.clone()).body(body.to_owned());
    if let Some(secret) = secret {
        post = post.header(SECRET, secret);
    }
    post.send().await.unwrap().status()
}

async fn calls(telegram: &Telegram, method: &str, params: &str) {
    let url = format!("{}/bot{}/{method}{params}", telegram.url(), telegram.token());
    let client = Client::builder().no_proxy().build().unwrap();
    assert!(client.get(url).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn anna_invites_as_ever() {
    let world = World::with(by_webhook().await).await;
    let anna = world.anna();
    let number = anna.invites(&Company::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
    let set = world.telegram.requests();
    let set = set.iter().find(|it| it.method.eq_ignore_ascii_case("setWebhook")).unwrap();
    assert_eq!(set.params["max_connections"], 4);
    assert_eq!(set.params["secret_token"].as_str().unwrap().len(), 64);
    assert!(set.params.get("drop_pending_updates").is_none(), "{}", set.params);
    let kinds = ["message", "edited_message", "callback_query"].map(str::to_owned).to_vec();
    assert_eq!(world.telegram.allowed_updates(), Some(kinds));
    let polls = |it: &stand_ins::telegram::Refusal| it.method.eq_ignore_ascii_case("getUpdates");
    assert!(!world.telegram.refusals().iter().any(polls), "it does not poll");
}

#[tokio::test]
async fn the_same_update_comes_again_and_again_and_is_answered_once() {
    let world = World::with(by_webhook().await).await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    world.telegram.loses_answers_of_the_webhook(2);
    anna.asks("/invite", "На какой e-mail").await;
    world.telegram.is_caught_up().await.unwrap();
    world.telegram.repeat_last_update();
    world.telegram.is_caught_up().await.unwrap();
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    world.settles().await;
    assert_eq!(anna.heard("На какой e-mail").len(), 1, "{}", anna.transcript());
}

#[tokio::test]
async fn what_arrived_is_done_although_the_line_was_cut_before_the_answer() {
    let world = World::with(by_webhook().await).await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    for _ in 0..20 {
        world.telegram.hangs_up_on_the_webhook(1);
        anna.says("/help");
        world.telegram.is_caught_up().await.unwrap();
    }
    world.settles().await;
    let answered = until(async || anna.heard("Что значит итог").len() == 20).await;
    assert!(answered, "{}", anna.transcript());
}

#[tokio::test]
async fn a_wrong_secret_learns_nothing_and_changes_nothing() {
    let webhook = an_address().await;
    let setup = BotSettings { webhook: Some(webhook.clone()), ..BotSettings::default() };
    let world = World::with(setup).await;
    world.anna().asks("/start", "Здравствуйте").await;
    world.settles().await;
    let taken = "SELECT CAST(count(*) AS TEXT) FROM inbox";
    let before = world.rows(taken).await;
    let right = world.telegram.webhook_secret().unwrap();
    let body = r#"{"update_id":5,"message":{"chat":{"id":1},"text":"canary"}}"#;
    let wrong = ["", "x", right.split_at(63).0, &format!("{right}0"), &right.to_uppercase()];
    for secret in wrong {
        assert_eq!(posts(&webhook, Some(secret), body).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(posts(&webhook, None, body).await, StatusCode::UNAUTHORIZED);
    let elsewhere = Webhook { url: webhook.url.join("/other").unwrap(), ..webhook.clone() };
    assert_eq!(posts(&elsewhere, Some(&right), body).await, StatusCode::NOT_FOUND);
    assert_eq!(world.rows(taken).await, before);
    let log = world.logged();
    assert_eq!(log.matches("posts without our secret").count(), 1, "at most once an hour: {log}");
    for secret in ["canary", &right, "127.0.0.1"] {
        let line = log.lines().find(|it| it.contains("our secret")).unwrap();
        assert!(!line.contains(secret) && !log.contains(&right), "{secret}: {log}");
    }
    world.anna().asks("/help", "Что значит итог").await;
}

#[tokio::test]
async fn what_is_no_update_is_refused_and_counted() {
    let (mut house, webhook) = (House::new().await, an_address().await);
    let watched = format!("127.0.0.1:{}", free_port().await);
    let mut vars = settings(&webhook).to_vec();
    vars.push(("MONITOR_LISTEN", watched.clone()));
    let vars: Vec<(&str, &str)> = vars.iter().map(|(name, it)| (*name, it.as_str())).collect();
    house.telegram.says(&house.anna, "/start");
    house.starts_by(&[], &vars);
    house.is_settled().await;
    let secret = house.telegram.webhook_secret().unwrap();
    let large = "x".repeat(2 * 1024 * 1024);
    assert_eq!(posts(&webhook, Some(&secret), &large).await, StatusCode::PAYLOAD_TOO_LARGE);
    for broken in ["", "{}", "not json", r#"{"update_id":"one"}"#, "[1]"] {
        assert_eq!(posts(&webhook, Some(&secret), broken).await, StatusCode::BAD_REQUEST);
    }
    posts(&webhook, Some("wrong"), "{}").await;
    let client = Client::builder().no_proxy().build().unwrap();
    let asks = async |path: &str| {
        let asked = client.get(format!("http://{watched}{path}")).send().await.unwrap();
        (asked.status(), asked.text().await.unwrap())
    };
    let (_, figures) = asks("/metrics").await;
    for (why, times) in [("size", 1), ("body", 5), ("secret", 1)] {
        let line = format!("webhook_refused_total{{why=\"{why}\"}} {times}\n");
        assert!(figures.contains(&line), "{line}: {figures}");
    }
    assert!(until(async || asks("/ready").await.0 == StatusCode::OK).await, "{}", house.log());
    house.stops().await;
}

#[tokio::test]
async fn while_nothing_can_be_stored_telegram_tries_again_and_nothing_is_lost() {
    let (mut house, webhook) = (House::new().await, an_address().await);
    house.telegram.says(&house.anna, "/start");
    starts(&mut house, &webhook);
    house.is_settled().await;
    let locked = house.locks_the_database().await;
    house.telegram.says(&house.anna, "/invite");
    house.logs("Telegram keeps them").await;
    assert_eq!(house.telegram.pending_updates(), 1, "it is not acknowledged");
    let secret = house.telegram.webhook_secret().unwrap();
    let more = house.update_of_anna(1_000_000_000, "/help");
    let answer = posts(&webhook, Some(&secret), &more).await;
    assert_eq!(answer, StatusCode::SERVICE_UNAVAILABLE);
    drop(locked);
    house.telegram.waits_for(&house.anna, "На какой e-mail").await.unwrap();
    house.is_settled().await;
    assert_eq!(house.seen(&house.anna, "На какой e-mail"), 1);
    assert_eq!(house.seen(&house.anna, "Что значит итог"), 0, "what got a 503 was not taken");
    house.stops().await;
}

#[tokio::test]
async fn killed_after_the_commit_and_before_the_answer_it_is_taken_once() {
    let (mut house, webhook) = (House::new().await, an_address().await);
    house.telegram.says(&house.anna, "/start");
    starts(&mut house, &webhook);
    house.is_settled().await;
    house.is_killed();
    let raw = house.update_of_anna(42, "/invite");
    let stored = vec![Received { update: 42, chat: house.anna.id, raw: raw.clone() }];
    let store = house.store().await;
    store.apply(Actor::Program, Timestamp::now(), &[Change::Receive(stored)]).await.unwrap();
    store.close().await;

    house.telegram.hands_out(&raw);
    starts(&mut house, &webhook);
    house.telegram.waits_for(&house.anna, "На какой e-mail").await.unwrap();
    house.is_settled().await;
    assert_eq!(house.seen(&house.anna, "На какой e-mail"), 1);
    house.stops().await;
}

#[tokio::test]
async fn from_polling_to_a_webhook_and_back_nothing_is_lost_and_nothing_comes_twice() {
    let mut world = World::with(BotSettings::only(Invoicebox)).await;
    let (anna, webhook) = (world.anna(), an_address().await);
    anna.asks("/start", "Здравствуйте").await;
    for round in 1..=4 {
        world.stops().await;
        // While nobody takes them.
        anna.says("/help");
        anna.says("/invite");
        world.setup.webhook = (round % 2 == 1).then(|| webhook.clone());
        world.starts().await;
        anna.asks("/cancel", "Ничего не отправлено").await;
        world.settles().await;
        assert_eq!(anna.heard("Что значит итог").len(), round, "{}", anna.transcript());
        assert_eq!(anna.heard("На какой e-mail").len(), round, "{}", anna.transcript());
    }
    assert_eq!(world.telegram.webhook(), None, "polling took it off");
}

#[tokio::test]
async fn with_telegram_out_of_reach_at_the_start_it_waits_and_then_takes_what_waited() {
    let mut world = World::asleep(by_webhook().await).await;
    let anna = world.anna();
    anna.says("/start");
    world.telegram.fails("setWebhook", 2, Fault::BadGateway);
    world.telegram.goes_down().await;
    world.starts_in_the_dark().await;
    world.logs("Telegram is out of reach").await;
    world.telegram.comes_back().await.unwrap();
    anna.sees("Здравствуйте").await;
    world.logs("the webhook is not set, again in").await;
}

#[tokio::test]
async fn the_webhook_of_somebody_else_is_left_alone_and_the_operator_is_told() {
    let (house, webhook) = (House::new().await, an_address().await);
    calls(&house.telegram, "setWebhook", "?url=https://other.example/canary").await;
    let mut command = house.command(&[], &["run"]);
    let ended =
        tokio::task::spawn_blocking(move || command.envs(settings(&webhook)).output().unwrap());
    let ended = ended.await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(78), "{said}");
    assert!(said.contains("WEBHOOK_URL: сообщения этого бота уже получает"), "{said}");
    assert!(said.contains("other.example") && !said.contains("canary"), "{said}");
    let still = house.telegram.webhook();
    assert_eq!(still.as_deref(), Some("https://other.example/canary"));
}

#[tokio::test]
async fn a_webhook_that_was_removed_is_set_again() {
    let world = World::with(by_webhook().await).await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    calls(&world.telegram, "deleteWebhook", "").await;
    anna.asks("/help", "Что значит итог").await;
    world.logs("the webhook was removed by somebody: it is set again").await;
}

#[tokio::test]
async fn that_telegram_cannot_post_is_told_once_in_its_own_words() {
    let mut webhook = an_address().await;
    webhook.listen.set_port(free_port().await);
    let setup = BotSettings { webhook: Some(webhook), ..BotSettings::default() };
    let world = World::with(setup).await;
    world.anna().says("/start");
    world.logs("Telegram cannot post updates").await;
    let log = world.logged();
    assert!(log.contains("Connection refused") && log.contains("waiting=1"), "{log}");
}

#[tokio::test]
async fn beside_a_program_that_took_the_webhook_nothing_is_sent() {
    let world = World::with(by_webhook().await).await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    calls(&world.telegram, "setWebhook", "?url=https://other.example/canary").await;
    let notice = oleg.sees("Отправка остановлена").await;
    assert!(notice.text.contains("ещё одна программа"), "{}", notice.text);
    assert_eq!(world.telegram.webhook().as_deref(), Some("https://other.example/canary"));
    let log = world.takes_log();
    assert_eq!(log.matches("somebody else has set a webhook").count(), 1, "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_said_so() {
    let (house, mut webhook) = (House::new().await, an_address().await);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    webhook.listen = taken.local_addr().unwrap();
    let ended = house.command(&[], &["run"]).envs(settings(&webhook)).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(78), "{said}");
    let told = format!("WEBHOOK_LISTEN: {} не открывается", webhook.listen);
    assert!(said.contains(&told), "{said}");
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way() {
    let mut world = World::with(by_webhook().await).await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    for _ in 0..50 {
        anna.says("/help");
    }
    world.stops().await;
    let taken: usize =
        world.rows("SELECT CAST(count(*) AS TEXT) FROM inbox").await[0].parse().unwrap();
    assert_eq!(taken, world.telegram.confirmed_updates().len(), "what is stored was answered");
    world.starts().await;
    let answered = until(async || anna.heard("Что значит итог").len() == 50).await;
    assert!(answered, "{}", anna.transcript());
}

#[test]
fn a_new_token_has_a_new_secret() {
    let secret = |token: &str| {
        let secret = invite_bot::bot::Telegram::of(token).webhook_secret();
        secrecy::ExposeSecret::expose_secret(&secret).to_owned()
    };
    assert_eq!(secret("1:x"), secret("1:x"));
    assert_ne!(secret("1:x"), secret("1:y"));
    assert!(!secret("1:x").contains("1:x") && secret("1:x").len() == 64);
}
