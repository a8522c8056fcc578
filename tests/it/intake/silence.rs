//! After a silence in which presses may have been lost, open confirmations are shown again.

use crate::support::house::House;

/// Lets the last answer of Telegram look older than it is.
async fn goes_by(house: &House, seconds: i64) {
    house.does(&format!("UPDATE pulse SET at = at - {seconds} * 1000")).await;
}

#[tokio::test]
async fn open_confirmations_are_shown_again_after_an_outage() {
    let mut house = House::new().await;
    for person in [&house.anna, &house.oleg] {
        house.telegram.says(person, "/start");
    }
    house.starts();
    house.is_settled().await;
    let old = house.fills_in("iam@mail.ru").await;
    house.telegram.says(&house.oleg, "/invite");
    house.telegram.waits_for(&house.oleg, "На какой e-mail").await.unwrap();
    house.is_settled().await;
    let told_oleg = house.telegram.chat(&house.oleg).len();
    house.stops().await;
    goes_by(&house, 130).await;

    house.starts();
    let again = "Я перезапускался";
    let card = house.telegram.until(&house.anna, "a fresh card", |chat| {
        chat.iter().find(|it| it.text.contains(again)).cloned()
    });
    let card = card.await.unwrap();
    assert!(card.text.contains("Проверьте перед отправкой"), "{}", card.text);
    let stripped = house.telegram.until(&house.anna, "the old card without buttons", |chat| {
        chat.iter().find(|it| it.id == old.id && it.buttons.is_empty()).cloned()
    });
    stripped.await.unwrap();
    let press = house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    press.answer().await.unwrap();
    house.telegram.waits_for(&house.anna, "Письмо отправит Invoicebox").await.unwrap();
    assert_eq!(house.stand_ins.invoicebox.received().len(), 1);
    assert_eq!(house.seen(&house.anna, again), 0, "once");
    assert_eq!(house.telegram.chat(&house.oleg).len(), told_oleg, "a question is no confirmation");
}

#[tokio::test]
async fn a_press_that_was_not_lost_comes_before_the_fresh_card() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    let card = house.fills_in("iam@mail.ru").await;
    house.is_settled().await;
    house.stops().await;
    goes_by(&house, 130).await;
    house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    house.starts();
    house.telegram.waits_for(&house.anna, "Письмо отправит Invoicebox").await.unwrap();
    assert_eq!(house.seen(&house.anna, "Я перезапускался"), 0);
    assert_eq!(house.stand_ins.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn after_a_short_restart_nobody_is_bothered() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    house.fills_in("iam@mail.ru").await;
    house.is_settled().await;
    house.stops().await;
    goes_by(&house, 60).await;
    house.starts();
    house.telegram.says(&house.anna, "/help");
    house.telegram.waits_for(&house.anna, "Что значит итог").await.unwrap();
    assert_eq!(house.seen(&house.anna, "Я перезапускался"), 0);
}
