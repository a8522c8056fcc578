//! Telegram goes away, refuses, slows down and talks nonsense. What is to be told is told when it
//! can be, and nobody's trouble is anybody else's.

use std::time::Duration;

use invite_bot::delivery::RetryPolicy;
use invite_bot::demo::world::Plan;
use invite_bot::domain::Provider::Invoicebox;
use serde_json::json;
use stand_ins::telegram::Fault;

use crate::support::people::Client;
use crate::support::world::{BotSettings, World};

/// Анна's request has arrived, and Telegram goes away before it is answered.
async fn an_outage_during_the_call(world: &World) -> i64 {
    let anna = world.anna();
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    anna.sees_of(number, "отправляю").await;
    world.telegram.goes_down().await;
    world.invoicebox().release();
    world.becomes(number, "accepted").await;
    number
}

#[tokio::test]
async fn a_result_is_told_after_the_outage() {
    let world = World::new().await;
    let number = an_outage_during_the_call(&world).await;
    world.telegram.comes_back().await.unwrap();
    world.anna().sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_result_is_told_after_the_outage_and_a_crash() {
    let mut world = World::new().await;
    let number = an_outage_during_the_call(&world).await;
    world.crashes_at_once().await;
    world.telegram.comes_back().await.unwrap();
    world.starts().await;
    world.anna().sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn letters_go_out_while_telegram_is_away() {
    let policy = RetryPolicy { connect: vec![Duration::from_secs(2); 5], ..RetryPolicy::default() };
    let usual = BotSettings::default();
    let mut world = World::with(BotSettings { plan: Plan { policy, ..usual.plan }, ..usual }).await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().go_down().await;
    let number = anna.confirms().await;
    anna.sees_of(number, "Нет связи").await;
    world.stops().await;
    world.telegram.goes_down().await;
    world.invoicebox().come_up().await.unwrap();
    world.starts_in_the_dark().await;
    world.becomes(number, "accepted").await;
    world.telegram.comes_back().await.unwrap();
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn the_bot_waits_for_telegram_to_begin() {
    let mut world = World::asleep(BotSettings::default()).await;
    world.telegram.goes_down().await;
    world.starts_in_the_dark().await;
    world.anna().says("/start");
    world.logs("Telegram is out of reach, waiting").await;
    world.telegram.comes_back().await.unwrap();
    world.anna().sees("Здравствуйте, Анна!").await;
}

#[tokio::test]
async fn whoever_blocked_the_bot_stops_nothing() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    world.invoicebox().hold();
    let of_anna = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    anna.sees_of(of_anna, "отправляю").await;
    world.telegram.blocks(&anna.person);
    world.invoicebox().release();
    let of_boris = boris.invites(&Client::of_invoicebox("other@example.com")).await;
    boris.sees_of(of_boris, "принято").await;
    world.becomes(of_anna, "accepted").await;
    world.everything().await;
    let refusals = world.takes_refusals();
    assert!(!refusals.is_empty(), "it was tried");
    assert!(refusals.iter().all(|it| it.contains("bot was blocked by the user")), "{refusals:?}");

    anna.asks("/status 1", "№1 · Invoicebox · принято").await;
}

#[tokio::test]
async fn a_blocked_admin_hides_a_pause_from_nobody_else() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.makes_admin("/allow 1004 админ").await;
    let boris = world.boris();
    boris.asks("/start", "Здравствуйте").await;
    world.telegram.blocks(&oleg.person);
    let number = anna.invites(&Client::of_invoicebox("key@demo.test")).await;
    boris.sees("не подходит ключ").await;
    anna.sees_of(number, "Админ знает").await;
    let refusals = world.takes_refusals();
    assert!(
        refusals.iter().all(|it| it.contains("blocked") || it.contains("chat not found")),
        "{refusals:?}"
    );
}

#[tokio::test]
async fn a_flood_limit_is_waited_for() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    // Twice: a turn waits once, the outbox as often as it takes.
    world.telegram.fails("editMessageText", 2, Fault::RetryAfter { seconds: 1 });
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;

    world.telegram.fails("sendMessage", 1, Fault::RetryAfter { seconds: 1 });
    anna.asks("/status", "Мои приглашения").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_result_that_telegram_could_not_take_is_told_again() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.telegram.fails("editMessageText", 2, Fault::Garbage);
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn nonsense_instead_of_updates_is_survived() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    world.telegram.fails("getUpdates", 1, Fault::Garbage);
    anna.asks("/help", "Что значит итог").await;
    let conflict = "Conflict: terminated by other getUpdates request".to_owned();
    world.telegram.fails("getUpdates", 1, Fault::Refuse { status: 409, description: conflict });
    anna.asks("/status", "Пока пусто").await;
    anna.asks("/invite", "Куда приглашаем").await;
}

#[tokio::test]
async fn an_update_that_cannot_be_read_costs_nobody_anything() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    anna.sends(json!({ "sticker": 5, "forward_origin": "nonsense" }));
    boris.asks("/start", "Здравствуйте").await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
}

#[tokio::test]
async fn a_card_that_was_deleted_is_shown_anew() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    let gone = "Bad Request: message to edit not found".to_owned();
    world.invoicebox().hold();
    let number = anna.confirms().await;
    let shown = anna.sees_of(number, "отправляю").await;
    world.telegram.fails("editMessageText", 1, Fault::Refuse { status: 400, description: gone });
    world.invoicebox().release();
    let told = anna.sees_of(number, "принято").await;
    assert_ne!(told.id, shown.id);
    assert_eq!(anna.heard("принято").len(), 1);
}

#[tokio::test]
async fn a_failure_inside_is_apologised_for_and_costs_one_update() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    let before = world.everything().await;
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON invitations BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    world.changes(broken).await;
    assert_eq!(
        anna.presses("Отправить").await,
        "Не получилось ответить. Прежде чем повторять, проверьте, что уже сделано."
    );
    world.changes("DROP TRIGGER broken").await;
    world.unchanged(&before).await;

    world.changes(&broken.replace("INSERT ON invitations", "UPDATE ON drafts")).await;
    anna.asks("other@example.com", "Прежде чем повторять, проверьте, что уже сделано").await;
    boris.asks("/start", "Здравствуйте").await;
    world.changes("DROP TRIGGER broken").await;
    world.unchanged(&before).await;

    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
    let log = world.takes_log();
    assert_eq!(log.matches("parked").count(), 2, "{log}");
    assert!(!log.contains("mail.ru") && !log.contains("example.com"), "{log}");
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_down_is_written_down_later() {
    let world = World::new().await;
    let anna = world.anna();
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    world.changes(broken).await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.logs("cannot record an outcome").await;
    assert_eq!(world.state(number).await, "sending");
    world.changes("DROP TRIGGER broken").await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
    assert!(!world.takes_log().contains("mail.ru"));
}

#[tokio::test]
async fn a_crash_before_the_outcome_is_written_down_leaves_a_doubt() {
    let mut world = World::new().await;
    let anna = world.anna();
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    world.changes(broken).await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.logs("cannot record an outcome").await;
    world.crashes().await;
    world.takes_log();
    world.changes("DROP TRIGGER broken").await;
    world.starts().await;
    anna.sees_of(number, "неизвестно").await;
    world.exactly(1, Invoicebox);
}
