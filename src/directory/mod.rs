//! Floor 2: what is known of an organisation by its ИНН, from Invoicebox's counterparties and
//! from DaData. It fills in what somebody would otherwise type, so it is never in the way: a
//! look-up takes 3 seconds at most, and whatever goes wrong is one of a few words. What a person
//! is shown of it, and what stands in an invitation, is decided above.
//!
//! Both directories are asked at once. DaData's answer counts whenever there is one, because it
//! alone knows state and branches; what Invoicebox says counts where DaData says nothing. Each
//! answer is kept for its time under the directory that gave it, so that one that was down is
//! asked again while the other's answer is known. That a directory was out of reach is not kept.

pub mod dadata;
pub mod invoicebox;
mod read;

use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};

pub use dadata::DaDataSettings;

use crate::domain::{Inn, Lookup, Organisation, Source, Unavailable};
use crate::providers::{BuildError, Fault, InvoiceboxSettings};
use crate::store::{Known, Store};

/// The longest answer that is read, in bytes: fifty entries of DaData, of some 10 KiB each at
/// most.
const BODY_LIMIT: usize = 1024 * 1024;

/// How long things take.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The longest look-up; later answers are dropped.
    pub limit: Duration,
    /// Before a directory that cannot be reached or fails is asked for the second and last time.
    pub retry: Duration,
    /// How long a directory that does not take the key is left alone.
    pub key_rest: Duration,
    /// How long a directory whose quota of the day is used up is left alone. DaData counts anew
    /// at midnight in Moscow.
    pub quota_rest: Duration,
    /// How long an organisation is kept.
    pub kept: SignedDuration,
    /// How long it is kept that a directory has no such ИНН: new ones appear every day.
    pub kept_missing: SignedDuration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(3),
            retry: Duration::from_millis(200),
            key_rest: Duration::from_secs(15 * 60),
            quota_rest: Duration::from_secs(60 * 60),
            kept: SignedDuration::from_hours(24),
            kept_missing: SignedDuration::from_hours(1),
        }
    }
}

/// Looks organisations up.
#[derive(Debug)]
pub struct Directory {
    store: Store,
    terms: Terms,
    /// Those that are on, the one that knows more first.
    desks: Vec<Desk>,
}

impl Directory {
    /// Sets up the directories that have settings, with a memory in the store.
    pub fn new(
        store: Store,
        terms: Terms,
        invoicebox: Option<InvoiceboxSettings>,
        dadata: Option<DaDataSettings>,
    ) -> Result<Self, BuildError> {
        let mut desks = Vec::new();
        if let Some(settings) = dadata {
            desks.push(Desk::new(Client::DaData(dadata::Client::new(terms.limit, settings)?)));
        }
        if let Some(settings) = invoicebox {
            let client = invoicebox::Client::new(terms.limit, settings)?;
            desks.push(Desk::new(Client::Invoicebox(client)));
        }
        Ok(Self { store, terms, desks })
    }

    /// Whether there is anybody to ask.
    pub fn is_on(&self) -> bool {
        !self.desks.is_empty()
    }

    /// What is known of this ИНН. The services have [`Terms::limit`] to answer.
    pub async fn find(&self, inn: &Inn) -> Lookup {
        let answers = match self.desks.as_slice() {
            [first, second] => self.ask_both(first, second, inn).await,
            desks => match desks.first() {
                Some(desk) => vec![self.ask(desk, inn).await],
                None => Vec::new(),
            },
        };
        // Not within the asking: an answer that is dropped must not drop a transaction.
        for answer in &answers {
            self.learn(answer, inn).await;
        }
        settle(answers)
    }

    /// Both at once; once the first has it, the second is not waited for.
    async fn ask_both(&self, first: &Desk, second: &Desk, inn: &Inn) -> Vec<Answer> {
        if let Some(answer) = self.recall(first, inn).await {
            return if answer.has_it() {
                vec![answer]
            } else {
                vec![answer, self.ask(second, inn).await]
            };
        }
        let (first, second) = (pin!(self.call(first, inn)), pin!(self.ask(second, inn)));
        match select(first, second).await {
            Either::Left((answer, _)) if answer.has_it() => vec![answer],
            Either::Left((answer, second)) => vec![answer, second.await],
            Either::Right((answer, first)) => vec![first.await, answer],
        }
    }

    async fn ask(&self, desk: &Desk, inn: &Inn) -> Answer {
        match self.recall(desk, inn).await {
            Some(answer) => answer,
            None => self.call(desk, inn).await,
        }
    }

    async fn recall(&self, desk: &Desk, inn: &Inn) -> Option<Answer> {
        let source = desk.client.source();
        match self.store.known(source, inn, Timestamp::now()).await {
            Ok(known) => known.map(|known| Answer { source, said: Ok(known), is_new: false }),
            Err(error) => {
                tracing::error!(source = source.slug(), %error, "cannot read what is known");
                None
            }
        }
    }

    async fn call(&self, desk: &Desk, inn: &Inn) -> Answer {
        let said = desk.ask(inn, &self.terms).await.map(Known);
        Answer { source: desk.client.source(), said, is_new: true }
    }

    async fn learn(&self, answer: &Answer, inn: &Inn) {
        let Answer { source, said: Ok(known), is_new: true } = answer else { return };
        let now = Timestamp::now();
        let kept = if answer.has_it() { self.terms.kept } else { self.terms.kept_missing };
        if let Err(error) = self.store.learn(*source, inn, known, now + kept, now).await {
            tracing::error!(source = source.slug(), %error, "cannot keep what a directory said");
        }
    }
}

/// What one directory says, now or earlier.
struct Answer {
    source: Source,
    said: Result<Known, Unavailable>,
    is_new: bool,
}

impl Answer {
    fn has_it(&self) -> bool {
        matches!(self.said, Ok(Known(Some(_))))
    }
}

/// The first organisation; if there is none, the word of the directory that knows more.
fn settle(answers: Vec<Answer>) -> Lookup {
    let mut verdict = None;
    for answer in answers {
        match answer.said {
            Ok(Known(Some(organisation))) => return Lookup::Found(Box::new(organisation)),
            Ok(Known(None)) => verdict = verdict.or(Some(Lookup::NotFound)),
            Err(why) => verdict = verdict.or(Some(Lookup::Unavailable(why))),
        }
    }
    verdict.unwrap_or(Lookup::Unavailable(Unavailable::Off))
}

/// Why a directory did not answer, and what follows for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is slow.
    Timeout,
    /// It cannot be reached, fails, or makes no sense.
    Down,
    /// Our own limit.
    TooOften,
    /// It asks for this much time.
    Busy(Duration),
    /// It does not take the key.
    Key,
    /// It does not take the key, or its quota is used up, and says the same of both.
    KeyOrQuota,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Timeout | Fault::ConnectTimeout => Self::Timeout,
            Fault::NoConnection | Fault::Tls | Fault::Closed => Self::Down,
        }
    }
}

#[derive(Debug)]
enum Client {
    Invoicebox(invoicebox::Client),
    DaData(dadata::Client),
}

impl Client {
    fn source(&self) -> Source {
        match self {
            Self::Invoicebox(_) => Source::Invoicebox,
            Self::DaData(_) => Source::DaData,
        }
    }

    /// Calls a minute, and at once after a quiet time.
    ///
    /// Invoicebox allows an account 100 in 30 s, of which invitations at their usual rate take
    /// 70. DaData allows an address 60 new connections a minute, and every call is one.
    fn quota(&self) -> Quota {
        const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
        let per_minute = match self {
            Self::Invoicebox(_) => const { NonZeroU32::new(30).unwrap() },
            Self::DaData(_) => const { NonZeroU32::new(50).unwrap() },
        };
        Quota::per_minute(per_minute).allow_burst(BURST)
    }
}

/// One directory, asked no more often than it allows.
#[derive(Debug)]
struct Desk {
    client: Client,
    limiter: DefaultDirectRateLimiter,
    past: Mutex<Past>,
}

/// What happened with a directory since the start.
#[derive(Debug, Default)]
struct Past {
    /// It took the key at least once.
    took_the_key: bool,
    /// It is not asked before then, and why.
    rests: Option<(Instant, Unavailable)>,
}

impl Desk {
    fn new(client: Client) -> Self {
        let limiter = RateLimiter::direct(client.quota());
        Self { client, limiter, past: Mutex::default() }
    }

    async fn ask(&self, inn: &Inn, terms: &Terms) -> Result<Option<Organisation>, Unavailable> {
        if let Some((until, why)) = self.past().rests
            && Instant::now() < until
        {
            return Err(why);
        }
        let asked = tokio::time::timeout(terms.limit, self.ask_twice(inn, terms.retry)).await;
        let answer = asked.unwrap_or(Err(Trouble::Timeout));
        if answer.is_ok() {
            self.past().took_the_key = true;
        }
        answer.map_err(|trouble| self.note(trouble, terms))
    }

    /// To ask changes nothing there, so it may be done again.
    async fn ask_twice(&self, inn: &Inn, wait: Duration) -> Result<Option<Organisation>, Trouble> {
        match self.ask_once(inn).await {
            Err(Trouble::Down) => {}
            answer => return answer,
        }
        tokio::time::sleep(wait).await;
        self.ask_once(inn).await
    }

    async fn ask_once(&self, inn: &Inn) -> Result<Option<Organisation>, Trouble> {
        self.limiter.check().map_err(|_| Trouble::TooOften)?;
        match &self.client {
            Client::Invoicebox(client) => client.ask(inn).await,
            Client::DaData(client) => client.ask(inn).await,
        }
    }

    /// A key that was taken before is no wrong one: then the quota is used up.
    fn note(&self, trouble: Trouble, terms: &Terms) -> Unavailable {
        let mut past = self.past();
        let (why, rest) = match trouble {
            Trouble::Timeout => (Unavailable::Timeout, None),
            Trouble::Down => (Unavailable::Down, None),
            Trouble::TooOften => (Unavailable::OverQuota, None),
            Trouble::Busy(wait) => (Unavailable::OverQuota, Some(wait)),
            Trouble::KeyOrQuota if past.took_the_key => {
                (Unavailable::OverQuota, Some(terms.quota_rest))
            }
            Trouble::Key | Trouble::KeyOrQuota => (Unavailable::WrongKey, Some(terms.key_rest)),
        };
        if let Some(rest) = rest {
            past.rests = Some((Instant::now() + rest, why));
        }
        let seconds = rest.map_or(0, |rest| rest.as_secs());
        let source = self.client.source().slug();
        tracing::warn!(source, %why, rests_for_seconds = seconds, "a directory did not answer");
        why
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        // Nothing panics while it is held.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
