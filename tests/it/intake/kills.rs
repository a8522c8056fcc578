//! `kill -9` before, between and after the steps of taking an update.

use std::time::Duration;

use invite_bot::store::{Actor, Change, Received};
use jiff::Timestamp;
use stand_ins::telegram::Fault;

use crate::support::house::House;
use crate::support::wait::until;

#[tokio::test]
async fn killed_after_storing_and_before_the_handler_it_is_handled_at_the_next_start() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    house.is_killed();
    let raw = house.update_of_anna(42, "/invite");
    let stored = vec![Received { update: 42, chat: house.anna.id, raw: raw.clone() }];
    let store = house.store().await;
    let receive = [Change::Receive(stored)];
    store.apply(Actor::Program, Timestamp::now(), &receive).await.unwrap();
    store.close().await;

    // Telegram was not told that it is stored, and hands it out again.
    house.telegram.hands_out(&raw);
    house.starts();
    house.telegram.waits_for(&house.anna, "На какой e-mail").await.unwrap();
    house.telegram.hands_out(&raw);
    house.telegram.says(&house.anna, "/help");
    house.telegram.waits_for(&house.anna, "Что значит итог").await.unwrap();
    house.is_settled().await;
    assert_eq!(house.seen(&house.anna, "На какой e-mail"), 1);
}

#[tokio::test]
async fn killed_between_the_effect_and_the_answer_it_takes_effect_once_and_is_answered() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    house.telegram.says(&house.anna, "/invite");
    house.telegram.waits_for(&house.anna, "На какой e-mail").await.unwrap();

    house.telegram.fails("sendMessage", 1, Fault::Hang);
    house.telegram.says(&house.anna, "iam@mail.ru");
    let asked = |requests: Vec<stand_ins::telegram::Request>| {
        requests.last().is_some_and(|it| it.params.to_string().contains("Проверьте перед"))
    };
    assert!(until(async || asked(house.telegram.requests())).await);
    house.is_killed();
    assert_eq!(house.count("inbox WHERE done_at IS NOT NULL AND answered = 0").await, 1);

    house.starts();
    let card = house.telegram.waits_for(&house.anna, "Проверьте перед отправкой").await.unwrap();
    assert!(card.text.contains("Я перезапускался"), "{}", card.text);
    let press = house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    press.answer().await.unwrap();
    house.telegram.waits_for(&house.anna, "Письмо отправит Invoicebox").await.unwrap();
    house.is_settled().await;
    assert_eq!(house.count("inbox WHERE tries <> 0").await, 0, "none was tried twice");
    assert_eq!(house.stand_ins.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged_and_not_lost() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    // After the second poll the bot has nothing else to write.
    house.telegram.says(&house.anna, "/help");
    house.telegram.waits_for(&house.anna, "Что значит итог").await.unwrap();
    house.is_settled().await;
    let lock = house.locks_the_database().await;
    house.telegram.says(&house.anna, "/invite");
    // Long enough for several polls.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(house.telegram.pending_updates(), 1, "Telegram keeps it");
    house.is_killed();
    drop(lock);
    house.starts();
    house.telegram.waits_for(&house.anna, "На какой e-mail").await.unwrap();
}

#[tokio::test]
async fn killed_after_every_step_no_person_is_left_behind_and_nothing_is_done_twice() {
    const ROUNDS: usize = 6;
    let mut house = House::new().await;
    let (telegram, anna) = (house.telegram.clone(), house.anna.clone());
    telegram.says(&anna, "/start");
    house.starts();
    house.is_settled().await;
    let mut kills: u64 = 0;
    for round in 0..ROUNDS {
        let email = format!("client{round}@mail.ru");
        telegram.says(&anna, "/invite");
        dies(&mut house, &mut kills).await;
        telegram.waits_for(&anna, "На какой e-mail").await.unwrap();
        telegram.says(&anna, &email);
        dies(&mut house, &mut kills).await;
        let card = telegram.waits_for(&anna, "Проверьте перед отправкой").await.unwrap();
        telegram.presses_on(&anna, card.id, "Отправить").await.unwrap();
        dies(&mut house, &mut kills).await;
        assert!(until(async || house.count("invitations").await > round).await);
    }
    house.is_settled().await;
    let mut emails = house.rows("SELECT email FROM invitations ORDER BY number").await;
    let expected: Vec<String> = (0..ROUNDS).map(|round| format!("client{round}@mail.ru")).collect();
    assert_eq!(emails, expected);
    let received = house.stand_ins.invoicebox.received();
    emails
        .retain(|email| received.iter().filter(|it| it.email.as_ref() == Some(email)).count() > 1);
    assert_eq!(emails, Vec::<String>::new(), "two letters to one client");
    assert_eq!(house.count("inbox WHERE parked_at IS NOT NULL").await, 0);
    assert_eq!(house.count("drafts").await, 0);
}

/// As soon as Telegram is told that everything is stored, or a little later, the bot is killed and
/// started again.
async fn dies(house: &mut House, kills: &mut u64) {
    house.telegram.is_caught_up().await.unwrap();
    tokio::time::sleep(Duration::from_millis(*kills % 6 * 4)).await;
    house.is_killed();
    *kills += 1;
    house.starts();
}

#[tokio::test]
async fn stopped_by_a_signal_it_ends_what_is_under_way_and_does_the_rest_at_the_next_start() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.is_settled().await;
    house.telegram.fails("sendMessage", 1, Fault::RetryAfter { seconds: 1 });
    house.telegram.says(&house.anna, "/invite");
    house.telegram.says(&house.anna, "iam@mail.ru");
    house.telegram.is_caught_up().await.unwrap();
    let is_sent = || house.telegram.requests().last().is_some_and(|it| it.answer.is_null());
    assert!(until(async || is_sent()).await);
    house.stops().await;
    assert_eq!(house.seen(&house.anna, "На какой e-mail"), 1, "what was under way");
    assert_eq!(house.seen(&house.anna, "Проверьте перед отправкой"), 0, "what was not");
    assert_eq!(house.count("inbox WHERE done_at IS NULL").await, 1);
    house.starts();
    house.telegram.waits_for(&house.anna, "Проверьте перед отправкой").await.unwrap();
}
