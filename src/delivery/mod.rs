//! Floor 2: from the queue to the provider and back: claim (T2), call (T3), outcome (T4). A call
//! under way is never dropped: no `select!` and no time limit stands around it.

mod policy;
mod queue;

use std::num::NonZeroU32;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::join_all;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinError;

pub use policy::{RetryPolicy, Throttle};

use crate::domain::{Answer, AttemptOutcome, Invitation, InvitationNo, Outcome, Provider, Wait};
use crate::door::Pass;
use crate::probe::crash_point;
use crate::providers::{HttpError, Providers};
use crate::store::{Actor, CALL, Change, Claim, Store, StoreError};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For each provider; also the most that one crash leaves unknown.
    pub concurrency: usize,
    /// 0 is no limit.
    pub invoicebox_per_minute: u32,
    pub sbis_per_minute: u32,
}

#[derive(Clone, Debug)]
pub struct Delivery(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    providers: Arc<Providers>,
    policy: RetryPolicy,
    limits: Limits,
    /// Counts the reasons to look at the queue again.
    wake: watch::Sender<u64>,
    changed: watch::Sender<u64>,
    /// An outcome will not be recorded while this program runs.
    failed: watch::Sender<bool>,
}

const RECORD_WAIT: Duration = Duration::from_secs(30);

const LAST_RECORD: Duration = Duration::from_millis(1500);

/// With 120 calls a minute it stays within the 100 in 30 s that Invoicebox allows an account.
const BURST: u32 = 10;

impl Delivery {
    pub fn new(
        store: Store,
        providers: Arc<Providers>,
        policy: RetryPolicy,
        limits: Limits,
    ) -> Self {
        let (wake, changed) = (watch::Sender::new(0), watch::Sender::new(0));
        let failed = watch::Sender::new(false);
        Self(Arc::new(Inner { store, providers, policy, limits, wake, changed, failed }))
    }

    pub fn enabled(&self) -> Vec<Provider> {
        self.0.providers.enabled()
    }

    pub fn window(&self) -> Duration {
        self.0.policy.window
    }

    pub fn wake(&self) {
        self.0.wake();
    }

    /// Changes with every claim and outcome that is written.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Ends when an outcome cannot be recorded: only the next start can tell the author then.
    pub async fn failed(&self) {
        // It cannot fail: the sender lives as long as `self`.
        _ = self.0.failed.subscribe().wait_for(|&failed| failed).await;
    }

    /// It must be awaited to its end: dropped, it drops the calls under way.
    pub async fn run(&self, shutdown: watch::Receiver<bool>) {
        let enabled = self.0.providers.enabled();
        join_all(enabled.into_iter().map(|provider| {
            let limiter = self.0.limits.limiter(provider);
            queue::serve(self.0.clone(), provider, limiter, shutdown.clone())
        }))
        .await;
    }
}

impl Limits {
    fn limiter(&self, provider: Provider) -> Option<DefaultDirectRateLimiter> {
        let per_minute = match provider {
            Provider::Invoicebox => self.invoicebox_per_minute,
            Provider::Sbis => self.sbis_per_minute,
        };
        let per_minute = NonZeroU32::new(per_minute)?;
        let burst = NonZeroU32::new(BURST.min(per_minute.get()))?;
        Some(RateLimiter::direct(Quota::per_minute(per_minute).allow_burst(burst)))
    }
}

fn is_stopping(shutdown: &watch::Receiver<bool>) -> bool {
    *shutdown.borrow() || shutdown.has_changed().is_err()
}

struct Call {
    number: InvitationNo,
    provider: Provider,
    probe: bool,
    claim: Claim,
    body: Vec<u8>,
}

impl Inner {
    fn wake(&self) {
        self.wake.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// `None`: somebody was faster, or the program stops.
    async fn claim(
        &self,
        invitation: Invitation,
        probe: bool,
        body: Vec<u8>,
        now: Timestamp,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<Option<Call>, StoreError> {
        let provider = invitation.recipient.provider();
        let (number, version) = (invitation.number, invitation.version);
        let claim = Change::Claim { number, version, body: body.clone() };
        crash_point!("before T2");
        let stopped = async { drop(shutdown.wait_for(|&stop| stop).await) };
        let applied = self.store.apply_unless(stopped, Actor::Program, now, &[claim]).await?;
        let Some(applied) = applied else { return Ok(None) };
        let Some(claim) = applied.claim else {
            // The recipient is on the stop-list: it is held now, and its author is to be told.
            self.tell();
            return Ok(None);
        };
        crash_point!("after T2");
        // Whoever tells people has seen a newer one, and looks again by itself.
        let since = Duration::try_from(now.duration_since(invitation.changed_at));
        if since.is_ok_and(|since| since >= CALL) {
            self.tell();
        }
        Ok(Some(Call { number, provider, probe, claim, body }))
    }

    async fn call(self: Arc<Self>, call: Call, shutdown: watch::Receiver<bool>) {
        if self.policy.is_cut_off(&call.body, call.claim.n) {
            let answer = Answer::from(HttpError::NoConnection);
            self.record(call.number, call.provider, call.claim, &answer, shutdown).await;
            return self.wake();
        }
        let Some(pass) = self.pass(call.number, shutdown.clone()).await else { return };
        let begun = Instant::now();
        crash_point!("before T3");
        let answer = caught(self.providers.send(call.provider, call.body, pass)).await;
        crash_point!("after T3");
        let outcome = AttemptOutcome::from(&answer.outcome);
        self.store.monitor().called(call.provider.slug(), slug(outcome), begun.elapsed());
        tracing::info!(
            number = call.number.0,
            attempt = call.claim.n,
            provider = call.provider.slug(),
            ?outcome,
            http_status = answer.http_status,
            milliseconds = begun.elapsed().as_millis(),
            "called",
        );
        self.record(call.number, call.provider, call.claim, &answer, shutdown).await;
        let is_settled =
            matches!(answer.outcome, Outcome::Accepted { .. } | Outcome::Rejected { .. });
        if call.probe || !is_settled {
            // It may be due again, or its provider is left alone or not any more.
            self.wake();
        }
    }

    /// `None`: the call cannot leave, and the program stops.
    async fn pass(
        &self,
        number: InvitationNo,
        mut shutdown: watch::Receiver<bool>,
    ) -> Option<Pass> {
        let mut wait = self.policy.record;
        loop {
            let error = match self.store.door().pass_to_provider().await {
                Ok(pass) => return Some(pass),
                Err(error) => error,
            };
            tracing::error!(number = number.0, %error, "a call waits");
            if is_stopping(&shutdown) {
                return None;
            }
            tokio::select! {
                _ = shutdown.wait_for(|&stop| stop) => {}
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(RECORD_WAIT);
        }
    }

    /// Tried again, for the letter may be out and only this says so; after a stop only for a
    /// moment.
    async fn record(
        &self,
        number: InvitationNo,
        provider: Provider,
        claim: Claim,
        answer: &Answer,
        mut shutdown: watch::Receiver<bool>,
    ) {
        let recorded = async {
            let mut wait = self.policy.record;
            while let Err(error) = self.close(number, provider, claim, answer).await {
                tracing::error!(number = number.0, attempt = claim.n, %error, "cannot record an outcome");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RECORD_WAIT);
            }
        };
        let given_up = async {
            _ = shutdown.wait_for(|&stop| stop).await;
            tokio::time::sleep(LAST_RECORD).await;
        };
        tokio::select! {
            () = recorded => {}
            () = given_up => {
                tracing::error!(number = number.0, attempt = claim.n, "an outcome was not recorded");
                return;
            }
        }
        if matches!(answer.outcome, Outcome::NotAccepted { wait: Wait::Config, .. }) {
            tracing::warn!(provider = provider.slug(), "refuses our configuration and is paused");
        }
        if self.policy.pause(answer).is_some() {
            tracing::warn!(provider = provider.slug(), "answers with errors and is left alone");
        }
        self.tell();
    }

    /// A call's own panic is caught; after this one the invitation is `sending` until the next
    /// start.
    fn observe(&self, provider: Provider, ended: Result<(), JoinError>) {
        if let Err(error) = ended {
            let panicked = error.is_panic();
            tracing::error!(provider = provider.slug(), panicked, "an outcome was not recorded");
            self.failed.send_replace(true);
        }
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    async fn close(
        &self,
        number: InvitationNo,
        provider: Provider,
        claim: Claim,
        answer: &Answer,
    ) -> Result<(), StoreError> {
        let now = Timestamp::now();
        let wait = self.policy.wait(provider, &answer.outcome, claim.waits);
        let retry_at = wait.and_then(|wait| now.checked_add(wait).ok());
        let pause = self.policy.pause(answer);
        let rest_until = pause.and_then(|pause| now.checked_add(pause).ok());
        let (attempt, answer) = (claim.n, answer.clone());
        let close = Change::Close { number, attempt, provider, answer, retry_at, rest_until };
        crash_point!("before T4");
        self.store.apply(Actor::Program, now, &[close]).await?;
        crash_point!("after T4");
        Ok(())
    }
}

/// For whoever counts.
fn slug(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Accepted => "accepted",
        AttemptOutcome::Rejected => "rejected",
        AttemptOutcome::NotAccepted(_) => "not_accepted",
        AttemptOutcome::Unknown => "unknown",
    }
}

/// After a panic the request may be out: nobody knows.
async fn caught(call: impl Future<Output = Answer>) -> Answer {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Answer {
        outcome: Outcome::Unknown,
        http_status: None,
        request_id: None,
        message: Some("the program failed".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_call_leaves_it_unknown() {
        let call = async || -> Answer { panic!("a mistake") };
        let answer = caught(call()).await;
        assert_eq!(answer.outcome, Outcome::Unknown);
    }

    #[tokio::test]
    async fn an_outcome_that_a_mistake_kept_from_the_database_ends_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        let providers = Providers::new(Duration::from_secs(1), None, None).unwrap();
        let limits = Limits { concurrency: 1, invoicebox_per_minute: 0, sbis_per_minute: 0 };
        let delivery = Delivery::new(store, Arc::new(providers), RetryPolicy::default(), limits);
        let mut calls = JoinSet::new();
        let mut recorded = async |call: fn()| {
            calls.spawn(async move { call() });
            delivery.0.observe(Provider::Sbis, calls.join_next().await.unwrap());
            delivery.failed().now_or_never().is_some()
        };
        assert!(!recorded(|| {}).await);
        assert!(recorded(|| panic!("a mistake")).await);
    }
}
