//! The demo without its page: what its addresses do, and what stands beside the chat.

use std::time::Duration;

use invite_bot::demo::panel::panel;
use invite_bot::demo::world::{Plan, World};
use jiff::Timestamp;
use serde_json::Value;
use stand_ins::telegram::Person;

use crate::support::wait::PATIENCE;

async fn world(plan: Plan) -> World {
    let policy = plan.policy.scaled(0.05);
    let world = World::start_with(Plan { policy, send_delay: Duration::ZERO, ..plan }).await;
    let world = world.unwrap();
    world.stand_ins.telegram.gives_up_after(PATIENCE);
    world
}

/// Up to the summary.
async fn fills_in(world: &World, person: &Person, address: &str) {
    let telegram = &world.stand_ins.telegram;
    telegram.says(person, "/invite");
    telegram.waits_for(person, "Куда приглашаем").await.unwrap();
    telegram.presses(person, "Invoicebox").await.unwrap();
    telegram.waits_for(person, "e-mail").await.unwrap();
    telegram.says(person, address);
    telegram.waits_for(person, "Проверьте перед отправкой").await.unwrap();
}

async fn presses(world: &World, person: &Person, label: &str) {
    let pressed = world.stand_ins.telegram.presses(person, label).await.unwrap();
    pressed.answer().await.unwrap();
}

#[tokio::test]
async fn there_is_no_connection_for_one_address_alone() {
    let world = world(Plan::default()).await;
    let telegram = &world.stand_ins.telegram;
    let (anna, oleg) = (&world.people.anna, &world.people.oleg);
    fills_in(&world, anna, "unreachable@demo.test").await;

    fills_in(&world, oleg, "key@demo.test").await;
    presses(&world, oleg, "Отправить").await;
    telegram.waits_for(oleg, "не подходит ключ").await.unwrap();
    presses(&world, oleg, "Возобновить").await;
    telegram.waits_for(oleg, "принято").await.unwrap();

    presses(&world, anna, "Отправить").await;
    telegram.waits_for(anna, "не отправлено").await.unwrap();
    fills_in(&world, oleg, "accepted@demo.test").await;
    presses(&world, oleg, "Отправить").await;
    telegram.waits_for(oleg, "принято").await.unwrap();
    presses(&world, anna, "Попробовать ещё раз").await;
    telegram.waits_for(anna, "принято").await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn the_demo_opens_with_a_week_that_the_bot_knows() {
    let world = world(Plan::of_the_page()).await;
    let telegram = &world.stand_ins.telegram;
    let anna = &world.people.anna;
    telegram.waits_for(anna, "Здравствуйте").await.unwrap();
    let shown = panel(&world.stand_ins, world.store()).await.unwrap();
    let log = shown["log"].as_array().unwrap();
    assert!(log.len() >= 15, "{shown:#}");
    for state in ["принято", "отказ", "уже клиент", "не отправлено", "неизвестно", "письмо дошло"]
    {
        assert!(log.iter().any(|row| row["state"] == state), "{state}");
    }
    let week = Timestamp::now().as_millisecond() - log[0]["at"].as_i64().unwrap();
    // The oldest has an hour of its day, whatever the hour is now.
    assert!((5 * 86_400_000..8 * 86_400_000).contains(&week), "{week} ms");

    // Nobody is told again what the week brought, and nothing of it is doubted or sent.
    telegram.says(anna, "/status");
    telegram.waits_for(anna, "Мои приглашения").await.unwrap();
    assert_eq!(telegram.chat(anna).iter().filter(|it| it.is_from_bot()).count(), 2);
    assert_eq!(shown["received"], 0);
    // The office code is one of hers, and needs no question.
    telegram.says(anna, "1215107651 accepted@demo.test");
    telegram.waits_for(anna, "Куда приглашаем").await.unwrap();
    presses(&world, anna, "СБИС").await;
    telegram.waits_for(anna, "Это она?").await.unwrap();
    presses(&world, anna, "✅ Да").await;
    let summary = telegram.waits_for(anna, "Проверьте перед отправкой").await.unwrap();
    assert!(summary.text.contains("7705"), "{}", summary.text);
    world.stop().await;
}

#[tokio::test]
async fn all_is_counted_oldest_first_and_told_in_a_sentence() {
    let world = world(Plan::of_the_page()).await;
    let telegram = &world.stand_ins.telegram;
    let anna = &world.people.anna;
    let before = panel(&world.stand_ins, world.store()).await.unwrap()["kept"].as_u64().unwrap();
    let clients: Vec<String> = (1..=10).map(|n| format!("client{n}@example.test")).collect();
    for client in &clients {
        fills_in(&world, anna, client).await;
        presses(&world, anna, "Отправить").await;
        telegram.waits_for(anna, "принято").await.unwrap();
    }
    let shown = panel(&world.stand_ins, world.store()).await.unwrap();
    assert_eq!(shown["kept"], before + 10, "more than twenty, and all counted");
    assert_eq!(shown["received"], 10);
    let letters: Vec<&Value> =
        shown["providers"].as_array().unwrap().iter().map(|it| &it["letter"]["to"]).collect();
    assert_eq!(letters, clients.iter().collect::<Vec<_>>());
    let numbers: Vec<i64> =
        shown["log"].as_array().unwrap().iter().map(|it| it["number"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let last = shown["log"].as_array().unwrap().last().unwrap();
    let words = |of: &str, n: usize| last[of][n]["words"].as_str().unwrap().to_owned();
    assert_eq!(words("changes", 0), "в очереди · Анна");
    assert!(words("changes", 2).ends_with("принято · бот"), "{last:#}");
    assert!(shown["providers"][0]["says"].as_str().unwrap().contains("принимает"));
    world.stop().await;
}
