//! Who must wait after a failed sending: as long as Telegram names, else ever longer, up to 30 s.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::MAX_BACKOFF;
use super::answer::TelegramError;
use crate::domain::PersonId;

#[derive(Debug, Default)]
pub struct Backoff(HashMap<PersonId, Wait>);

#[derive(Debug)]
struct Wait {
    until: Instant,
    /// The next wait, where Telegram names none.
    backoff: Duration,
}

impl Backoff {
    pub fn wait(&mut self, person: PersonId, error: &TelegramError, now: Instant) {
        let backoff = self.0.get(&person).map_or(Duration::from_secs(1), |hold| hold.backoff);
        let wait = match error {
            TelegramError::Wait(exactly) => *exactly,
            _ => backoff,
        };
        let hold = Wait { until: now + wait, backoff: (backoff * 2).min(MAX_BACKOFF) };
        self.0.insert(person, hold);
    }

    pub fn reset(&mut self, person: PersonId) {
        self.0.remove(&person);
    }

    pub fn lift_all(&mut self) {
        self.0.clear();
    }

    pub fn waiting(&self, now: Instant) -> Vec<PersonId> {
        self.0.iter().filter(|(_, hold)| hold.until > now).map(|(person, _)| *person).collect()
    }

    pub fn next(&self, now: Instant) -> Option<Duration> {
        self.0.values().map(|hold| hold.until).filter(|until| *until > now).min().map(|at| at - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_what_telegram_names_else_it_doubles_up_to_half_a_minute() {
        let anna = PersonId::new(5).unwrap();
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut backoff = Backoff::default();
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            backoff.wait(anna, &TelegramError::Network("x"), now);
            assert_eq!(backoff.next(now), Some(seconds * second));
        }
        backoff.wait(anna, &TelegramError::Wait(77 * second), now);
        assert_eq!((backoff.next(now), backoff.waiting(now)), (Some(77 * second), vec![anna]));
        let now = now + 77 * second;
        assert_eq!((backoff.next(now), backoff.waiting(now)), (None, vec![]));
        backoff.wait(anna, &TelegramError::Network("x"), now);
        assert_eq!(backoff.next(now), Some(30 * second), "nothing was said meanwhile");
        backoff.reset(anna);
        backoff.wait(anna, &TelegramError::Network("x"), now);
        assert_eq!(backoff.next(now), Some(second));
    }
}
