//! One person who writes ten thousand messages at once, and another who writes one.

use std::time::{Duration, Instant};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_chatty_person_does_not_delay_another_persons_answer() {
    let mut house = House::alone().await;
    for person in [&house.anna, &house.oleg] {
        house.telegram.says(person, "/start");
    }
    house.starts().await;
    house.is_settled().await;
    for n in 0..10_000 {
        house.telegram.says(&house.anna, &format!("message {n}"));
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        let asked = Instant::now();
        house.telegram.says(&house.oleg, "/help");
        house.telegram.waits_for(&house.oleg, "новое приглашение").await.unwrap();
        println!("answered in {:?}", asked.elapsed());
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert!(house.count("inbox WHERE done_at IS NULL").await > 0, "the flood still waits");
}
