//! Limits answers that would all be the same: in memory and bounded, without a row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// With one more the count begins anew.
const MAX_IDS: usize = 1_024;

/// One answer in this time, for it is always the same.
const ANSWER_INTERVAL: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Default)]
pub struct RateLimit(Mutex<HashMap<i64, Instant>>);

impl RateLimit {
    pub fn may_answer(&self, id: i64, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_IDS && !seen.contains_key(&id) {
            seen.clear();
        }
        match seen.get(&id) {
            Some(answered) if now.duration_since(*answered) < ANSWER_INTERVAL => false,
            _ => {
                seen.insert(id, now);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_gets_one_answer() {
        let rate_limit = RateLimit::default();
        let now = Instant::now();
        let answered = (0..100).filter(|_| rate_limit.may_answer(1, now)).count();
        assert_eq!(answered, 1);
        assert!(rate_limit.may_answer(2, now));
        assert!(rate_limit.may_answer(1, now + ANSWER_INTERVAL));
    }

    #[test]
    fn memory_is_bounded() {
        let rate_limit = RateLimit::default();
        let now = Instant::now();
        for id in 0..10_000 {
            rate_limit.may_answer(id, now);
        }
        assert!(rate_limit.0.lock().unwrap().len() <= MAX_IDS);
    }
}
