//! An update whose handling fails every time.

use crate::support::house::House;

#[tokio::test]
async fn it_is_tried_three_times_and_the_person_gets_one_apology() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.is_settled().await;
    // A row that other hands have spoilt: whatever Анна writes, her row cannot be read.
    house.does(&format!("UPDATE people SET office = 'abcd' WHERE id = {}", house.anna.id)).await;
    house.telegram.says(&house.anna, "poison");
    house.invites_as(&house.oleg, "iam@mail.ru").await;
    assert_eq!(house.seen(&house.anna, "внутренняя ошибка"), 0, "not before the last try");
    house.telegram.waits_for(&house.anna, "внутренняя ошибка").await.unwrap();
    house.is_settled().await;
    assert_eq!(house.count("inbox WHERE parked_at IS NOT NULL AND tries = 3").await, 1);

    house.does("UPDATE people SET office = NULL").await;
    house.invites("anna@mail.ru").await;
    assert_eq!(house.seen(&house.anna, "внутренняя ошибка"), 1);
    let log = house.log();
    assert_eq!(log.matches("failed once too often, parked").count(), 1, "{log}");
    assert!(!log.contains("poison"), "{log}");
}
