//! The queue of one provider: what is due is claimed as soon as it may be called, until the stop.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use governor::DefaultDirectRateLimiter;
use governor::clock::{Clock, DefaultClock};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Inner, is_stopping};
use crate::domain::Provider;
use crate::monitor::Loop;
use crate::store::{Actor, Change, Due, StoreError};

/// A clock that was set forward is noticed after so long.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

pub(super) async fn serve(
    inner: Arc<Inner>,
    provider: Provider,
    limiter: Option<DefaultDirectRateLimiter>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut wake = inner.wake.subscribe();
    let mut calls = JoinSet::new();
    let mut look = Look::Now;
    while !is_stopping(&shutdown) {
        inner.store.monitor().beats(match provider {
            Provider::Invoicebox => Loop::Invoicebox,
            Provider::Sbis => Loop::Sbis,
        });
        if calls.len() >= inner.limits.concurrency.max(1) {
            look = Look::AfterCall;
        } else if look == Look::Now {
            // Before the queue is read, so that what is queued meanwhile wakes the loop.
            wake.mark_unchanged();
            let begun = begin(&inner, provider, limiter.as_ref(), &mut calls, &shutdown).await;
            look = begun.unwrap_or_else(|error| {
                tracing::error!(provider = provider.slug(), %error, "cannot read the queue");
                Look::after(inner.policy.record)
            });
            if look == Look::Now {
                continue;
            }
        }
        let at_latest = tokio::time::Instant::now() + LOOK_INTERVAL;
        let at = if let Look::At(at) = look { at.min(at_latest) } else { at_latest };
        tokio::select! {
            // An error is a sender that is gone; the loop's condition sees it too.
            _ = shutdown.wait_for(|&stop| stop) => {}
            _ = wake.changed() => look = Look::Now,
            Some(ended) = calls.join_next() => {
                inner.observe(provider, ended);
                if look == Look::AfterCall {
                    look = Look::Now;
                }
            }
            () = tokio::time::sleep_until(at) => look = Look::Now,
        }
    }
    while let Some(ended) = calls.join_next().await {
        inner.observe(provider, ended);
    }
}

/// When the queue is looked at again, unless something wakes the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Now,
    AfterCall,
    At(tokio::time::Instant),
}

impl Look {
    fn after(wait: Duration) -> Self {
        Self::At(tokio::time::Instant::now() + wait.min(LOOK_INTERVAL))
    }
}

/// Begins the calls that are due, as many as there is room for. A probe is claimed only while no call
/// is under way.
async fn begin(
    inner: &Arc<Inner>,
    provider: Provider,
    limiter: Option<&DefaultDirectRateLimiter>,
    calls: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> Result<Look, StoreError> {
    let room = inner.limits.concurrency.max(1) - calls.len();
    let due = inner.store.next_due(provider, room).await?;
    let now = Timestamp::now();
    let early = |due: &Due| Duration::try_from(due.at.duration_since(now)).unwrap_or_default();
    // A longer wait than any of ours comes from a clock that was set back.
    let longest = now.checked_add(inner.policy.longest()).unwrap_or(Timestamp::MAX);
    if due.first().is_some_and(|first| !early(first).is_zero())
        && inner.store.waits_beyond(provider, longest).await?
    {
        let end = Change::EndWaitsBeyond { provider, time: longest };
        inner.store.apply(Actor::Program, now, &[end]).await?;
        return Ok(Look::Now);
    }
    let mut look = if due.len() < room { Look::after(LOOK_INTERVAL) } else { Look::AfterCall };
    let mut claims = Vec::new();
    for due in due {
        if !early(&due).is_zero() {
            look = Look::after(early(&due));
            break;
        }
        if due.probe && !calls.is_empty() {
            look = Look::AfterCall;
            break;
        }
        if let Some(Err(not_until)) = limiter.map(|limiter| limiter.check()) {
            look = Look::after(not_until.wait_time_from(DefaultClock::default().now()));
            break;
        }
        let Due { invitation, probe, body, .. } = due;
        let made = || inner.providers.body(&invitation.recipient, invitation.guid);
        if let Some(body) = body.or_else(made) {
            claims.push(inner.claim(invitation, probe, body, now, shutdown.clone()));
        }
    }
    let mut failed = None;
    // At once, so that they are written together.
    for claimed in join_all(claims).await {
        match claimed {
            Ok(Some(call)) => drop(calls.spawn(inner.clone().call(call, shutdown.clone()))),
            Ok(None) => look = Look::Now,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(look), Err)
}
