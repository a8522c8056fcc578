//! One person who writes ten thousand messages at once, and another who writes one.

use std::time::{Duration, Instant};

use super::house::House;

/// On a busy machine a measurement may be spoilt by others; a delay by design spoils all.
const MEASUREMENTS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_chatty_person_does_not_delay_another_persons_answer() {
    let mut best = Duration::MAX;
    for _ in 0..MEASUREMENTS {
        best = best.min(slowest_answer().await);
        if best < Duration::from_secs(1) {
            return;
        }
    }
    panic!("the slowest answer took {best:?}");
}

/// Of four answers while ten thousand messages of somebody else wait. One more before them stands
/// behind all of those in Telegram's own queue: how long they take to be handed over is the
/// machine's affair, but it is answered before nearly all of them.
async fn slowest_answer() -> Duration {
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
    for n in 0..5 {
        let asked = Instant::now();
        house.telegram.says(&house.oleg, "/help");
        house.telegram.waits_for(&house.oleg, "новое приглашение").await.unwrap();
        println!("answered in {:?}", asked.elapsed());
        if n > 0 {
            slowest = slowest.max(asked.elapsed());
        }
        let left = house.count("inbox WHERE done_at IS NULL").await;
        assert!(left > 8_000, "the flood still waits: {left}");
    }
    slowest
}
