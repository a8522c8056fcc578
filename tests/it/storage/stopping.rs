//! SIGTERM and SIGINT at bad moments: the stop comes in time, with 0, and nothing is done twice or
//! forgotten.

use std::fs;
use std::time::{Duration, Instant};

use stand_ins::providers::Scripted;
use stand_ins::telegram::Fault;

use futures::future::join_all;

use crate::support::house::House;
use crate::support::wait::until;

/// The limit of a call to a provider, in seconds.
const TIMEOUT: &str = "3";

/// What is promised, whatever happens, is that limit and 5 s; the rest is for a busy machine. A call
/// to Telegram that is waited for takes longer.
const IN_TIME: Duration = Duration::from_secs(8 + 7);

impl House {
    async fn stops_in_time(&mut self, signal: &str) {
        self.bot().signals(signal);
        let begun = Instant::now();
        let (code, took) = (self.ends().await, begun.elapsed());
        println!("stopped by {signal} in {:.2} s", took.as_secs_f64());
        assert_eq!(code, Some(0), "{}", self.log());
        assert!(took < IN_TIME, "{took:?}\n{}", self.log());
    }

    /// Waits until a signal is heard, however far the start is.
    async fn hears_signals(&self) {
        let status = format!("/proc/{}/status", self.bot().pid());
        let heard = async || {
            let status = fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
            // The bits of SIGINT and SIGTERM, which are 2 and 15.
            [2, 15].iter().all(|signal| caught >> (signal - 1) & 1 == 1)
        };
        assert!(until(heard).await, "{}", self.log());
    }

    /// With one call under way that gets no answer before its time is over.
    async fn with_a_call_that_hangs() -> Self {
        let mut house = Self::new().await;
        house.starts_by(&[], &[("PROVIDER_TIMEOUT_SECONDS", TIMEOUT)]);
        house.invites("first@mail.ru").await;
        house.stand_ins.invoicebox.answers_next(Scripted::Hang);
        house.confirms("second@mail.ru").await;
        house.stand_ins.invoicebox.wait_received(2).await;
        house
    }
}

fn everything(house: &House, fault: &Fault) {
    for method in ["getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"] {
        house.telegram.fails(method, 50, fault.clone());
    }
}

#[tokio::test]
async fn a_stop_while_telegram_misbehaves_comes_in_time_and_people_are_told_later() {
    let bad_gateway = Fault::Refuse { status: 502, description: "Bad Gateway".to_owned() };
    let faults = [Fault::Hang, bad_gateway, Fault::RetryAfter { seconds: 60 }, Fault::Garbage];
    let cases = faults.into_iter().zip(["-TERM", "-INT", "-TERM", "-INT"]);
    join_all(cases.map(async |(fault, signal)| {
        println!("{fault:?}");
        let mut house = House::with_a_call_that_hangs().await;
        everything(&house, &fault);
        house.telegram.says(&house.anna, "/help");
        house.stops_in_time(signal).await;
        house.stand(&["accepted", "unknown"]).await;
        let stopped = "SELECT message FROM attempts WHERE message = 'stopped'";
        assert_eq!(house.rows(stopped).await, Vec::<String>::new(), "recorded as it was");

        // A new Telegram, as if the trouble were over.
        house.telegram.forgets_faults();
        house.starts();
        house.anna_sees("неизвестно").await;
        house.anna_sees("Что значит итог").await;
        assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
    }))
    .await;
}

#[tokio::test]
async fn a_stop_while_the_database_is_locked_comes_in_time_and_one_is_unknown() {
    let mut house = House::with_a_call_that_hangs().await;
    let lock = house.locks_the_database().await;
    house.telegram.says(&house.anna, "/help");
    house.stops_in_time("-TERM").await;
    drop(lock);
    house.stand(&["accepted", "sending"]).await;
    house.starts();
    house.stand(&["accepted", "unknown"]).await;
    house.anna_sees("неизвестно").await;
    house.anna_sees("Что значит итог").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
    house.is_sound().await;
}

#[tokio::test]
async fn a_stop_while_everything_fails_comes_in_time() {
    let mut house = House::with_a_call_that_hangs().await;
    everything(&house, &Fault::Hang);
    let lock = house.locks_the_database().await;
    house.telegram.says(&house.anna, "/help");
    house.stops_in_time("-INT").await;
    drop(lock);
    house.telegram.forgets_faults();
    house.starts();
    house.anna_sees("неизвестно").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
}

#[tokio::test]
async fn after_the_signal_no_call_begins_and_the_queue_goes_at_the_next_start() {
    let mut house = House::new().await;
    house.starts_by(&[], &[("PROVIDER_CONCURRENCY", "1")]);
    house.invites("client0@mail.ru").await;
    house.stand_ins.invoicebox.hold();
    for n in 1..6 {
        house.confirms(&format!("client{n}@mail.ru")).await;
    }
    house.stand_ins.invoicebox.wait_received(2).await;
    house.bot().signals("-TERM");
    house.logs("stopping: no new calls").await;
    house.stand_ins.invoicebox.release();
    assert_eq!(house.ends().await, Some(0));
    assert_eq!(house.letters().len(), 2, "the one under way, and no other");
    let waiting = ["queued"; 4];
    house.stand(&[&["accepted", "accepted"], &waiting[..]].concat()).await;
    house.starts();
    house.stand(&["accepted"; 6]).await;
    let mut letters = house.letters();
    letters.dedup();
    assert_eq!(letters.len(), 6, "each once");
}

#[tokio::test]
async fn a_signal_during_the_start_ends_it() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.stops().await;
    let lock = house.locks_the_database().await;
    for signal in ["-TERM", "-INT"] {
        house.starts();
        house.hears_signals().await;
        // One that waits for the lock to be let go ends with 69.
        house.stops_in_time(signal).await;
    }
    drop(lock);
}
