//! When a call that was certainly not taken is made again. Nothing else is ever repeated without
//! a person's word.

use std::time::Duration;

use crate::domain::{Outcome, Provider, Wait};
use crate::store::Waits;

/// The waits before further attempts.
#[derive(Clone, Debug)]
pub struct Policy {
    /// After each failure to connect; after as many more, it is not sent.
    pub connect: Vec<Duration>,
    /// When Invoicebox asks for time.
    pub invoicebox: Throttle,
    /// When СБИС asks for time.
    pub sbis: Throttle,
    /// After the first failure of our own database; later ones wait longer.
    pub record: Duration,
}

/// The waits after a provider asked for time.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// When the provider names no time.
    pub wait: Duration,
    /// The most we wait when the provider names one.
    pub longest: Duration,
    /// How often; after that, it is not sent.
    pub most: u32,
}

impl Default for Policy {
    /// Five times within a quarter of an hour after a failure to connect. Invoicebox documents
    /// a limit for each 30 s, and its own client waits for `Retry-After`; СБИС documents «repeat
    /// after 10 minutes».
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let ten_minutes = seconds(600);
        Self {
            connect: [5, 15, 60, 180, 600].map(seconds).to_vec(),
            invoicebox: Throttle { wait: seconds(30), longest: seconds(60), most: 3 },
            sbis: Throttle { wait: ten_minutes, longest: ten_minutes, most: 3 },
            record: seconds(1),
        }
    }
}

impl Policy {
    /// The same with every wait multiplied, for the demo and for tests.
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
            record: scale(self.record),
        }
    }

    /// How long to wait before the next attempt, after one with this outcome and those before it;
    /// `None`: there is none by itself.
    pub(super) fn wait(
        &self,
        provider: Provider,
        outcome: &Outcome,
        earlier: Waits,
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

    /// The longest wait there is.
    pub(super) fn longest(&self) -> Duration {
        let throttles = [self.invoicebox, self.sbis];
        let throttles = throttles.into_iter().map(|throttle| throttle.longest.max(throttle.wait));
        self.connect.iter().copied().chain(throttles).max().unwrap_or_default()
    }

    fn throttle(&self, provider: Provider) -> Throttle {
        match provider {
            Provider::Invoicebox => self.invoicebox,
            Provider::Sbis => self.sbis,
        }
    }
}
