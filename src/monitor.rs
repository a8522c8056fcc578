//! What is counted and watched for the operator. No label comes from a person or a company.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// In seconds.
const BUCKETS: [f64; 5] = [0.1, 0.5, 1.0, 5.0, 30.0];

/// A loop waits for a minute at most, and a poll with its backoff less.
const STILL: Duration = Duration::from_secs(3 * 60);

static PANICS: AtomicU64 = AtomicU64::new(0);

/// In seconds of the Unix time; 0: there was none.
static LAST_PANIC: AtomicI64 = AtomicI64::new(0);

/// What must go round for the bot to be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loop {
    Poll,
    Invoicebox,
    Sbis,
    Outbox,
}

#[derive(Clone)]
pub struct Monitor(Arc<Inner>);

struct Inner {
    registry: Registry,
    invitations: Family<Outcome, Counter>,
    provider_seconds: Family<Provider, Histogram>,
    telegram_seconds: Family<Method, Histogram>,
    retry_after: Counter,
    refused_posts: Family<Refused, Counter>,
    last_poll: Gauge,
    last_commit: Gauge,
    queue_depth: Gauge,
    unknown_open: Gauge,
    panics: Counter,
    started: Timestamp,
    /// When Telegram said anything; at first the start.
    heard: Mutex<Instant>,
    /// By how much the clock seems to be off, at least.
    clock: Mutex<Option<SignedDuration>>,
    /// When each loop that has begun went round last.
    beats: Mutex<BTreeMap<Loop, Instant>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    provider: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Provider {
    provider: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refused {
    why: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Method {
    method: String,
}

/// What is read when somebody asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    pub queued: i64,
    pub unknown: i64,
}

impl Default for Monitor {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut inner = Inner {
            registry: Registry::with_prefix("invite_bot"),
            invitations: Family::default(),
            provider_seconds: Family::new_with_constructor(histogram),
            telegram_seconds: Family::new_with_constructor(histogram),
            retry_after: Counter::default(),
            refused_posts: Family::default(),
            last_poll: Gauge::default(),
            last_commit: Gauge::default(),
            queue_depth: Gauge::default(),
            unknown_open: Gauge::default(),
            panics: Counter::default(),
            started: Timestamp::now(),
            heard: Mutex::new(Instant::now()),
            clock: Mutex::default(),
            beats: Mutex::default(),
        };
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let registry = &mut inner.registry;
        registry.register("invitations", "Calls that ended, by outcome", inner.invitations.clone());
        let seconds = inner.provider_seconds.clone();
        registry.register("provider_seconds", "How long a provider took to answer", seconds);
        let seconds = inner.telegram_seconds.clone();
        registry.register("telegram_seconds", "How long Telegram took to answer", seconds);
        let waits = inner.retry_after.clone();
        registry.register("telegram_retry_after_seconds", "What Telegram asked to wait", waits);
        let refused = inner.refused_posts.clone();
        registry.register("webhook_refused", "Posts to the webhook not taken, by cause", refused);
        let poll = inner.last_poll.clone();
        registry.register("last_poll_timestamp_seconds", "When updates were last asked for", poll);
        let commit = inner.last_commit.clone();
        registry.register("last_commit_timestamp_seconds", "When the writer last wrote", commit);
        registry.register("queue_depth", "Invitations that wait", inner.queue_depth.clone());
        registry.register("unknown_open", "Unknown outcomes", inner.unknown_open.clone());
        registry.register(
            "panics",
            "Mistakes of the program since the start",
            inner.panics.clone(),
        );
        registry.register("build", "The release", build);
        Self(Arc::new(inner))
    }
}

impl Monitor {
    pub fn called(&self, provider: &'static str, outcome: &'static str, took: Duration) {
        self.0.invitations.get_or_create(&Outcome { provider, outcome }).inc();
        self.0.provider_seconds.get_or_create(&Provider { provider }).observe(took.as_secs_f64());
    }

    /// `method`: one of the Bot API's.
    pub fn told(&self, method: &str, took: Duration) {
        let method = Method { method: method.to_owned() };
        self.0.telegram_seconds.get_or_create(&method).observe(took.as_secs_f64());
    }

    pub fn asked_to_wait(&self, wait: Duration) {
        self.0.retry_after.inc_by(wait.as_secs());
    }

    /// Of a webhook.
    pub fn refused_post(&self, why: &'static str) {
        self.0.refused_posts.get_or_create(&Refused { why }).inc();
    }

    pub fn polled(&self, now: Timestamp) {
        self.0.last_poll.set(now.as_second());
    }

    /// `None`: never since the start.
    pub fn last_poll(&self) -> Option<Timestamp> {
        let at = self.0.last_poll.get();
        Timestamp::from_second(at).ok().filter(|_| at > 0)
    }

    pub fn started(&self) -> Timestamp {
        self.0.started
    }

    pub fn heard(&self) {
        *self.0.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub fn last_heard(&self) -> Instant {
        *self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None of before this start.
    pub fn last_panic(&self) -> Option<Timestamp> {
        let at = Timestamp::from_second(LAST_PANIC.load(Ordering::Relaxed)).ok()?;
        Some(at).filter(|at| at.as_second() >= self.0.started.as_second())
    }

    /// Above zero: the clock is fast. An answer that was long on its way makes it seem so.
    pub fn clock_seems_off(&self, by: SignedDuration) {
        let mut least = self.0.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *least = Some(least.filter(|least| least.abs() < by.abs()).unwrap_or(by));
    }

    /// `None`: nobody told the time since the last call.
    pub fn take_clock(&self) -> Option<SignedDuration> {
        self.0.clock.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn beats(&self, what: Loop) {
        self.lock().insert(what, Instant::now());
    }

    /// Those that have begun and go round no more.
    pub fn still(&self, now: Instant) -> Vec<Loop> {
        let stands = |beat: Instant| now.saturating_duration_since(beat) > STILL;
        self.lock().iter().filter(|(_, beat)| stands(**beat)).map(|(what, _)| *what).collect()
    }

    pub fn committed(&self, now: Timestamp) {
        self.0.last_commit.set(now.as_second());
    }

    /// In the text format of OpenMetrics.
    pub fn text(&self, depths: Depths) -> Result<String, fmt::Error> {
        self.0.queue_depth.set(depths.queued);
        self.0.unknown_open.set(depths.unknown);
        let panics = PANICS.load(Ordering::Relaxed);
        self.0.panics.inc_by(panics.saturating_sub(self.0.panics.get()));
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Loop, Instant>> {
        self.0.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Monitor")
    }
}

/// Of the whole process.
pub fn count_panic() {
    PANICS.fetch_add(1, Ordering::Relaxed);
    LAST_PANIC.store(Timestamp::now().as_second(), Ordering::Relaxed);
}
