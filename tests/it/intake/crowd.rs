//! One person who writes ten thousand messages at once, and another who writes one.

use crate::support::house::House;

const MESSAGES: usize = 10_000;

/// Oleg's first message stands behind all of Анна's in Telegram's own queue, the others do not; each
/// is answered before nearly all of hers are.
#[tokio::test(flavor = "multi_thread")]
async fn a_chatty_person_does_not_delay_another_persons_answer() {
    let mut house = House::new().await;
    for person in [&house.anna, &house.oleg] {
        house.telegram.says(person, "/start");
    }
    house.starts();
    house.is_settled().await;
    for n in 0..MESSAGES {
        house.telegram.says(&house.anna, &format!("message {n}"));
    }
    for _ in 0..5 {
        house.telegram.says(&house.oleg, "/help");
        house.telegram.waits_for(&house.oleg, "Что значит итог").await.unwrap();
        let left = house.count("inbox WHERE done_at IS NULL").await;
        println!("{left} still wait");
        assert!(left > MESSAGES / 2, "the flood still waits: {left}");
    }
}
