//! When a call that was certainly not taken is made again; nothing else is without a person's word.

use std::time::Duration;

use crate::domain::{Answer, Outcome, Provider, Wait};
use crate::store::RetryCounts;

#[derive(Clone, Debug)]
pub struct RetryPolicy {
    pub connect: Vec<Duration>,
    pub invoicebox: Throttle,
    pub sbis: Throttle,
    /// How long a provider is left alone after an error, and after each probe that meets one.
    pub pause: Duration,
    /// The first wait after a failure of our own database; later ones are longer.
    pub record: Duration,
    /// The undo window: between a person's word that something is to go and its call.
    pub window: Duration,
    /// Only the demo has one, and plays what no server can: to this address there is no connection
    /// until a person asks again.
    pub unreachable: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    pub wait: Duration,
    /// The most, when the provider names one.
    pub longest: Duration,
    /// How often; after that, it is not sent.
    pub most: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let ten_minutes = seconds(600);
        Self {
            connect: [5, 15, 60, 180, 600].map(seconds).to_vec(),
            invoicebox: Throttle { wait: seconds(30), longest: seconds(60), most: 3 },
            sbis: Throttle { wait: ten_minutes, longest: ten_minutes, most: 3 },
            pause: seconds(60),
            record: seconds(1),
            window: Duration::ZERO,
            unreachable: None,
        }
    }
}

impl RetryPolicy {
    pub fn scaled(&self, factor: f64) -> Self {
        let scale = |wait: Duration| {
            Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(wait)
        };
        let throttle = |it: Throttle| Throttle {
            wait: scale(it.wait),
            longest: scale(it.longest),
            most: it.most,
        };
        Self {
            connect: self.connect.iter().copied().map(scale).collect(),
            invoicebox: throttle(self.invoicebox),
            sbis: throttle(self.sbis),
            pause: scale(self.pause),
            record: scale(self.record),
            window: self.window,
            unreachable: self.unreachable,
        }
    }

    /// `None`: there is no further attempt by itself.
    pub(super) fn wait(
        &self,
        provider: Provider,
        outcome: &Outcome,
        earlier: RetryCounts,
    ) -> Option<Duration> {
        let Outcome::NotAccepted { wait, retry_after } = outcome else { return None };
        match wait {
            Wait::Connect => self.connect.get(usize::try_from(earlier.connect).ok()?).copied(),
            Wait::Throttled => {
                let throttle = self.throttle(provider);
                let wait = retry_after.unwrap_or(throttle.wait).min(throttle.longest);
                (earlier.throttled < throttle.most).then_some(wait)
            }
            // It waits for an admin, not for a time.
            Wait::Config => None,
        }
    }

    /// `None`: the answer is certain, however bad; СБИС refuses data with HTTP 500.
    pub(super) fn pause(&self, answer: &Answer) -> Option<Duration> {
        let troubled = match answer.outcome {
            Outcome::Unknown => true,
            Outcome::NotAccepted { wait: Wait::Throttled, .. } => {
                answer.http_status.is_some_and(|status| status >= 500)
            }
            _ => false,
        };
        troubled.then_some(self.pause)
    }

    /// Whether the demo plays that this attempt, counted from 1, finds no connection.
    pub(super) fn is_cut_off(&self, body: &[u8], attempt: i64) -> bool {
        let by_itself = i64::try_from(self.connect.len()).unwrap_or(i64::MAX).saturating_add(1);
        let names = |address: &str| {
            // Whole, as a text of JSON.
            let text = format!("\"{address}\"").into_bytes();
            body.windows(text.len()).any(|place| place == text)
        };
        attempt <= by_itself && self.unreachable.is_some_and(names)
    }

    pub(super) fn longest(&self) -> Duration {
        let throttles = [self.invoicebox, self.sbis];
        let throttles = throttles.into_iter().map(|throttle| throttle.longest.max(throttle.wait));
        let waits = self.connect.iter().copied().chain(throttles);
        waits.max().unwrap_or_default().max(self.pause).max(self.window)
    }

    fn throttle(&self, provider: Provider) -> Throttle {
        match provider {
            Provider::Invoicebox => self.invoicebox,
            Provider::Sbis => self.sbis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Provider::{Invoicebox, Sbis};

    /// The waits of one invitation in seconds, until it is given up.
    fn waits(provider: Provider, wait: Wait, retry_after: Option<u64>) -> Vec<u64> {
        let retry_after = retry_after.map(Duration::from_secs);
        let outcome = Outcome::NotAccepted { wait, retry_after };
        let earlier = |count| match wait {
            Wait::Connect => RetryCounts { connect: count, throttled: 9 },
            Wait::Throttled | Wait::Config => RetryCounts { connect: 9, throttled: count },
        };
        let policy = RetryPolicy::default();
        let next = |count| policy.wait(provider, &outcome, earlier(count));
        (0..).map_while(next).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn the_waits_are_those_of_the_design() {
        let connect = [5, 15, 60, 180, 600];
        assert_eq!(waits(Invoicebox, Wait::Connect, None), connect);
        assert_eq!(waits(Sbis, Wait::Connect, None), connect);
        assert_eq!(waits(Invoicebox, Wait::Throttled, None), [30, 30, 30]);
        assert_eq!(waits(Invoicebox, Wait::Throttled, Some(2)), [2, 2, 2]);
        assert_eq!(waits(Invoicebox, Wait::Throttled, Some(999_999)), [60, 60, 60]);
        assert_eq!(waits(Sbis, Wait::Throttled, None), [600, 600, 600]);
        assert_eq!(waits(Invoicebox, Wait::Config, Some(2)), Vec::<u64>::new());
        assert_eq!(RetryPolicy::default().longest(), Duration::from_secs(600));
    }

    #[test]
    fn what_may_have_been_taken_is_never_repeated() {
        let policy = RetryPolicy::default();
        let rejected = Outcome::Rejected { why: crate::domain::Refusal::Other, fields: vec![] };
        for outcome in [Outcome::Unknown, Outcome::Accepted { reference: None }, rejected] {
            assert_eq!(policy.wait(Invoicebox, &outcome, RetryCounts::default()), None);
        }
    }

    #[test]
    fn an_error_of_the_provider_pauses_it_and_a_certain_answer_does_not() {
        let pauses = |outcome: Outcome, http_status| {
            let answer = Answer { outcome, http_status, request_id: None, message: None };
            RetryPolicy::default().pause(&answer).map(|pause| pause.as_secs())
        };
        let waits = |wait| Outcome::NotAccepted { wait, retry_after: None };
        let rejected = || Outcome::Rejected { why: crate::domain::Refusal::Data, fields: vec![] };
        for status in [None, Some(200), Some(409), Some(500), Some(504)] {
            assert_eq!(pauses(Outcome::Unknown, status), Some(60));
        }
        assert_eq!(pauses(waits(Wait::Throttled), Some(503)), Some(60));
        for status in [408, 425, 429] {
            assert_eq!(pauses(waits(Wait::Throttled), Some(status)), None, "{status}");
        }
        for outcome in [rejected(), Outcome::Accepted { reference: None }, waits(Wait::Config)] {
            assert_eq!(pauses(outcome.clone(), Some(500)), None, "{outcome:?}");
        }
        assert_eq!(pauses(waits(Wait::Connect), None), None);
    }

    #[test]
    fn one_address_is_cut_off_until_a_person_asks_again() {
        let body = br#"{"identifier":"unreachable@demo.test"}"#;
        assert!(!RetryPolicy::default().is_cut_off(body, 1), "never in earnest");
        let unreachable = Some("unreachable@demo.test");
        let demo = RetryPolicy { unreachable, ..RetryPolicy::default() };
        for attempt in 1..=6 {
            assert!(demo.is_cut_off(body, attempt), "{attempt}");
        }
        assert!(!demo.is_cut_off(body, 7));
        for other in ["", "unreachable", "accepted@demo.test", "not-unreachable@demo.test"] {
            let body = format!(r#"{{"identifier":"{other}"}}"#);
            assert!(!demo.is_cut_off(body.as_bytes(), 1), "{other}");
        }
    }

    #[test]
    fn a_scaled_policy_waits_in_proportion() {
        let policy = RetryPolicy::default().scaled(0.001);
        assert_eq!(policy.connect.last(), Some(&Duration::from_millis(600)));
        assert_eq!(policy.invoicebox.longest, Duration::from_millis(60));
        assert_eq!(policy.sbis.most, 3);
        assert_eq!(policy.pause, Duration::from_millis(60));
    }
}
