//! Telegram repeats updates, mixes them up, begins its ids anew, and hands out garbage.

use std::collections::BTreeSet;

use crate::support::house::House;

/// What Анна sees of three invitations, whatever Telegram does meanwhile.
async fn story(house: &mut House, mut meanwhile: impl FnMut(&House, usize)) -> String {
    house.telegram.says(&house.anna, "/start");
    house.starts();
    house.is_settled().await;
    for round in 0..3 {
        meanwhile(house, round);
        house.invites(&format!("client{round}@mail.ru")).await;
        house.is_settled().await;
    }
    assert_eq!(house.stand_ins.invoicebox.received().len(), 3);
    assert_eq!(house.count("invitations").await, 3);
    house.telegram.transcript(&house.anna)
}

/// Without the times.
fn timeless(transcript: &str) -> String {
    transcript.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

#[tokio::test]
async fn repeated_and_shuffled_updates_and_ids_begun_anew_change_nothing_that_people_see() {
    let plain = story(&mut House::new().await, |_, _| {}).await;
    let mut house = House::new().await;
    let muddled = story(&mut house, |house, round| match round {
        0 => house.telegram.muddles_updates(1),
        1 => house.telegram.restarts_ids_at(5),
        _ => house.telegram.restarts_ids_at(2_000_000_000),
    });
    assert_eq!(timeless(&muddled.await), timeless(&plain));
    let ids = house.rows("SELECT CAST(update_id AS TEXT) FROM inbox").await;
    let ids: BTreeSet<i64> = ids.iter().map(|id| id.parse().unwrap()).collect();
    assert!(ids.first().unwrap() == &5 && ids.last().unwrap() > &2_000_000_000, "{ids:?}");
    assert_eq!(house.count("inbox WHERE raw IS NOT NULL").await, 0, "what people wrote is gone");
}

#[tokio::test]
async fn what_came_out_of_order_is_worked_on_in_the_order_of_its_ids() {
    let mut house = House::new().await;
    house.telegram.muddles_updates(7);
    house.telegram.says(&house.anna, "/invite");
    for text in ["nonsense", "iam@mail.ru", "one more word"] {
        house.telegram.says(&house.anna, text);
    }
    house.starts();
    house.telegram.waits_for(&house.anna, "Ещё ничего не отправлено").await.unwrap();
    house.is_settled().await;
    let chat = house.telegram.chat(&house.anna);
    let said: Vec<&str> = chat
        .iter()
        .filter(|it| it.is_from_bot())
        .map(|it| it.text.split([' ', '\n']).next().unwrap())
        .collect();
    assert_eq!(
        said,
        ["Invoicebox", "⚠️", "📋", "⚠️"],
        "{}",
        house.telegram.transcript(&house.anna)
    );
}

#[tokio::test]
async fn garbage_among_the_updates_stops_nobody() {
    let mut house = House::new().await;
    house.telegram.says(&house.anna, "/start");
    for garbage in [
        r#"{"update_id":900000001,"message":{"some fields":"are missing"}}"#,
        r#"{"update_id":900000002,"something new":[1,2,3]}"#,
        r#"{"update_id":99999999999,"message":{"chat":{"id":5}}}"#,
        r#"{"update_id":"no number"}"#,
        r#"{"no":"id"}"#,
        "17",
        "null",
    ] {
        house.telegram.hands_out(garbage);
    }
    house.starts();
    house.is_settled().await;
    house.invites("iam@mail.ru").await;
    assert_eq!(house.count("inbox WHERE parked_at IS NOT NULL AND raw IS NOT NULL").await, 3);
    let log = house.log();
    assert_eq!(log.matches("an update cannot be read").count(), 3, "{log}");
    assert!(!log.contains("are missing") && !log.contains("something new"), "{log}");
}
