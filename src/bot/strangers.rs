//! Counts those who ask without being on the list: in memory, bounded, and no row for anybody.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many strangers are remembered; one more and the count begins anew.
const REMEMBERED: usize = 1_024;

/// How many messages of one stranger are answered in a [`DAY`].
const ANSWERS: u32 = 5;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asked, how often, since when.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<HashMap<i64, (Instant, u32)>>);

impl Strangers {
    /// Whether this message of a stranger is answered: the answer is always the same, and a flood
    /// gets none.
    pub fn may_answer(&self, id: i64, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED && !seen.contains_key(&id) {
            seen.clear();
        }
        let (since, count) = seen.entry(id).or_insert((now, 0));
        if now.duration_since(*since) >= DAY {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= ANSWERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_not_answered_until_the_next_day() {
        let strangers = Strangers::default();
        let now = Instant::now();
        let answered = (0..100).filter(|_| strangers.may_answer(1, now)).count();
        assert_eq!(answered, ANSWERS as usize);
        assert!(strangers.may_answer(2, now));
        assert!(strangers.may_answer(1, now + DAY));
    }

    #[test]
    fn memory_is_bounded() {
        let strangers = Strangers::default();
        let now = Instant::now();
        for id in 0..10_000 {
            strangers.may_answer(id, now);
        }
        assert!(strangers.0.lock().unwrap().len() <= REMEMBERED);
    }
}
