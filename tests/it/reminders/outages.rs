//! What people see of a provider that answers with errors, and of one that refuses the key.

use std::time::Duration;

use invite_bot::bot::Reminders;
use invite_bot::delivery::RetryPolicy;
use invite_bot::domain::Provider::Invoicebox;
use stand_ins::telegram::Message;

use super::office::{office, office_with};
use crate::support::people::{Client, Someone};
use crate::support::wait::until;
use crate::support::world::{BotSettings, World};

const MINUTE_IS_OVER: &str = "UPDATE holds SET until = until - 60000 WHERE until > 0";

/// Анна invites somebody through Invoicebox: the number.
async fn invites(anna: &Someone, address: &str) -> i64 {
    anna.invites(&Client::of_invoicebox(address)).await
}

async fn fills_in(anna: &Someone, address: &str) -> Message {
    anna.fills_in(&Client::of_invoicebox(address)).await
}

#[tokio::test]
async fn who_waits_for_a_provider_is_told_why_and_the_rest_goes_by_itself() {
    let world = office_with(RetryPolicy::default()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    world.loses("first@mail.ru").await;
    let second = invites(&anna, "second@mail.ru").await;
    let waiting = anna.sees_of(second, "Сервис отвечает с ошибками, попробую в ").await;
    assert!(!waiting.text.contains("ключ"), "{}", waiting.text);
    assert!(waiting.button("Не отправлять").is_some());
    oleg.asks("/start", "Invoicebox отвечает с ошибками").await;
    world.exactly(1, Invoicebox);

    world.changes(MINUTE_IS_OVER).await;
    world.invoicebox().hold();
    let third = invites(&anna, "third@mail.ru").await;
    world.invoicebox().wait_received(2).await;
    assert_eq!(world.state(second).await, "sending");
    assert_eq!(world.state(third).await, "queued", "one probe");
    world.invoicebox().release();
    for number in [second, third] {
        anna.sees_of(number, "принято").await;
    }
    assert_eq!(world.state(1).await, "unknown");
    assert_eq!(oleg.sent("⏳").len(), 0, "no notice of a minute");
    let home = oleg.asks("/start", "Здравствуйте").await;
    assert!(!home.text.contains("с ошибками"), "{}", home.text);
}

#[tokio::test]
async fn a_restart_keeps_the_pause() {
    let mut world = office_with(RetryPolicy::default()).await;
    let anna = world.anna();
    world.loses("first@mail.ru").await;
    let second = invites(&anna, "second@mail.ru").await;
    anna.sees_of(second, "попробую в ").await;
    world.restarts().await;
    let third = invites(&anna, "third@mail.ru").await;
    anna.sees_of(third, "попробую в ").await;
    world.exactly(1, Invoicebox);
    world.stops().await;
    world.changes(MINUTE_IS_OVER).await;
    world.starts().await;
    for number in [second, third] {
        anna.sees_of(number, "принято").await;
    }
    world.exactly(3, Invoicebox);
}

#[tokio::test]
async fn of_an_outage_that_lasts_the_admins_hear_once() {
    let mut world = office_with(RetryPolicy::default().scaled(0.0005)).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    for _ in 0..20 {
        world.answers(500);
    }
    for i in 0..15 {
        invites(&anna, &format!("{i}@mail.ru")).await;
    }
    world.has("SELECT provider FROM holds WHERE rounds = 15 AND probe IS NULL").await;
    oleg.gets_no_more("⏳", 0).await;
    invites(&anna, "last@mail.ru").await;
    oleg.gets("⏳ Invoicebox больше 15 минут", 1).await;
    invites(&anna, "more@mail.ru").await;
    world.has("SELECT provider FROM holds WHERE rounds = 17").await;
    world.restarts().await;
    oleg.gets_no_more("⏳", 1).await;
}

#[tokio::test]
async fn a_refused_key_loses_nobodys_draft_and_nobodys_invitation() {
    let mut world = office().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    world.answers(401);
    let first = invites(&anna, "first@mail.ru").await;
    anna.sees_of(first, "не принимает наши приглашения").await;
    let notice = oleg.gets("⏸", 1).await;
    // What is being filled in goes on, also over a restart, and what is confirmed waits.
    fills_in(&anna, "second@mail.ru").await;
    world.restarts().await;
    anna.asks("/start", "Есть незаконченный черновик").await;
    anna.presses("Продолжить").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("second@mail.ru"));
    let second = anna.confirms().await;
    anna.sees_of(second, "не принимает наши приглашения").await;
    fills_in(&anna, "third@mail.ru").await;
    world.exactly(1, Invoicebox);

    oleg.presses_on(&notice, "Возобновить").await;
    for number in [first, second] {
        anna.sees_of(number, "принято").await;
    }
    let third = anna.confirms().await;
    anna.sees_of(third, "принято").await;
    let sent = world.exactly(4, Invoicebox).into_iter().filter_map(|request| request.email);
    let sent: Vec<String> = sent.collect();
    assert_eq!(sent, ["first@mail.ru", "first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    assert_eq!(
        world.rows("SELECT provider FROM holds WHERE ended_at IS NULL").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn those_who_wait_already_are_told_of_a_refused_key_too() {
    let world = office().await;
    let anna = world.anna();
    world.invoicebox().hold();
    world.answers(401);
    invites(&anna, "first@mail.ru").await;
    world.invoicebox().wait_received(1).await;
    let second = invites(&anna, "second@mail.ru").await;
    anna.sees_of(second, "отправляю").await;
    world.invoicebox().release();
    anna.sees_of(second, "не принимает наши приглашения").await;
    assert_eq!(
        world.rows("SELECT provider FROM holds WHERE ended_at IS NULL").await,
        ["invoicebox"]
    );
}

async fn no_hold_is_open(world: &World) -> bool {
    let open = "SELECT kind FROM holds WHERE ended_at IS NULL";
    until(async || world.rows(open).await.is_empty()).await
}

#[tokio::test]
async fn a_check_of_the_file_that_lasts_is_told_and_ends_by_itself() {
    let mut world = World::with(BotSettings {
        reminders: Reminders { check: Duration::ZERO, ..Reminders::default() },
        ..BotSettings::default()
    })
    .await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    assert!(no_hold_is_open(&world).await);
    world.settles().await;
    let before = oleg.sent("⏳ Проверяю файл базы данных").len();
    world.restarts().await;
    assert_eq!(oleg.sent("⏳ Проверяю файл базы данных").len(), before, "the stop was clean");
    world.crashes().await;
    world.starts().await;
    let told = async || oleg.sent("⏳ Проверяю файл базы данных").len() > before;
    assert!(until(told).await);
    assert!(no_hold_is_open(&world).await);
    let home = oleg.asks("/start", "Здравствуйте").await;
    assert!(!home.text.contains("Проверяю"), "{}", home.text);
}
