//! Floor 2: looks organisations up by ИНН, in Invoicebox's counterparties and in DaData at once.
//!
//! DaData's answer counts first, for it alone knows status and branches. Answers are kept for each
//! directory, so that one that was down is asked again; failures are not kept.

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
use crate::providers::{BuildError, HttpError, InvoiceboxSettings};
use crate::store::{Actor, CachedAnswer, Change, Store};

/// In bytes: fifty entries of DaData, up to some 10 KiB each.
const BODY_LIMIT: usize = 1024 * 1024;

#[derive(Clone, Debug)]
pub struct Timings {
    pub limit: Duration,
    /// Before an unreachable directory is asked for the second and last time.
    pub retry: Duration,
    /// How long a directory that refuses the key is left alone.
    pub key_backoff: Duration,
    /// How long one without quota is left alone; DaData counts anew at midnight in Moscow.
    pub quota_backoff: Duration,
    pub kept: SignedDuration,
    /// New ИНН appear every day.
    pub kept_missing: SignedDuration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(3),
            retry: Duration::from_millis(200),
            key_backoff: Duration::from_secs(15 * 60),
            quota_backoff: Duration::from_secs(60 * 60),
            kept: SignedDuration::from_hours(24),
            kept_missing: SignedDuration::from_hours(1),
        }
    }
}

#[derive(Debug)]
pub struct Directory {
    store: Store,
    timings: Timings,
    /// The one that knows more comes first.
    sources: Vec<RegistrySource>,
}

impl Directory {
    pub fn new(
        store: Store,
        timings: Timings,
        invoicebox: Option<InvoiceboxSettings>,
        dadata: Option<DaDataSettings>,
    ) -> Result<Self, BuildError> {
        let mut sources = Vec::new();
        if let Some(settings) = dadata {
            sources.push(RegistrySource::new(Client::DaData(dadata::Client::new(
                timings.limit,
                settings,
            )?)));
        }
        if let Some(settings) = invoicebox {
            let client = invoicebox::Client::new(timings.limit, settings)?;
            sources.push(RegistrySource::new(Client::Invoicebox(client)));
        }
        Ok(Self { store, timings, sources })
    }

    pub fn is_on(&self) -> bool {
        !self.sources.is_empty()
    }

    pub async fn find(&self, inn: &Inn) -> Lookup {
        let answers = match self.sources.as_slice() {
            [first, second] => self.ask_both(first, second, inn).await,
            sources => match sources.first() {
                Some(registry) => vec![self.ask(registry, inn).await],
                None => Vec::new(),
            },
        };
        // A dropped answer must not drop a transaction, so this is not part of the asking.
        for answer in &answers {
            self.cache(answer, inn).await;
        }
        first_found(answers)
    }

    async fn ask_both(
        &self,
        first: &RegistrySource,
        second: &RegistrySource,
        inn: &Inn,
    ) -> Vec<Answer> {
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

    async fn ask(&self, registry: &RegistrySource, inn: &Inn) -> Answer {
        match self.recall(registry, inn).await {
            Some(answer) => answer,
            None => self.call(registry, inn).await,
        }
    }

    async fn recall(&self, registry: &RegistrySource, inn: &Inn) -> Option<Answer> {
        let source = registry.client.source();
        match self.store.known(source, inn, Timestamp::now()).await {
            Ok(known) => known.map(|known| Answer { source, said: Ok(known), is_new: false }),
            Err(error) => {
                tracing::error!(source = source.slug(), %error, "cannot read what is known");
                None
            }
        }
    }

    async fn call(&self, registry: &RegistrySource, inn: &Inn) -> Answer {
        let said = registry.ask(inn, &self.timings).await.map(CachedAnswer);
        Answer { source: registry.client.source(), said, is_new: true }
    }

    async fn cache(&self, answer: &Answer, inn: &Inn) {
        let &Answer { source, said: Ok(ref known), is_new: true } = answer else { return };
        let now = Timestamp::now();
        let kept = if answer.has_it() { self.timings.kept } else { self.timings.kept_missing };
        let (inn, known, until) = (inn.clone(), known.clone(), now + kept);
        let lookup = Change::CacheLookup { source, inn, known, until };
        if let Err(error) = self.store.apply(Actor::Program, now, &[lookup]).await {
            tracing::error!(source = source.slug(), %error, "cannot keep what a directory said");
        }
    }
}

struct Answer {
    source: Source,
    said: Result<CachedAnswer, Unavailable>,
    is_new: bool,
}

impl Answer {
    fn has_it(&self) -> bool {
        matches!(self.said, Ok(CachedAnswer(Some(_))))
    }
}

/// The first organisation, else the first directory's word.
fn first_found(answers: Vec<Answer>) -> Lookup {
    let mut verdict = None;
    for answer in answers {
        match answer.said {
            Ok(CachedAnswer(Some(organisation))) => return Lookup::Found(Box::new(organisation)),
            Ok(CachedAnswer(None)) => verdict = verdict.or(Some(Lookup::NotFound)),
            Err(why) => verdict = verdict.or(Some(Lookup::Unavailable(why))),
        }
    }
    verdict.unwrap_or(Lookup::Unavailable(Unavailable::Off))
}

/// Asks each directory once of an organisation that both know, for `check`.
pub async fn ask_each(
    limit: Duration,
    inn: &Inn,
    invoicebox: Option<InvoiceboxSettings>,
    dadata: Option<DaDataSettings>,
) -> Result<Vec<(Source, Result<bool, LookupError>)>, BuildError> {
    let mut said = Vec::new();
    if let Some(settings) = invoicebox {
        let client = invoicebox::Client::new(limit, settings)?;
        said.push((Source::Invoicebox, client.ask(inn).await.map(|found| found.is_some())));
    }
    if let Some(settings) = dadata {
        let client = dadata::Client::new(limit, settings)?;
        said.push((Source::DaData, client.ask(inn).await.map(|found| found.is_some())));
    }
    Ok(said)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupError {
    Timeout,
    Down,
    TooOften,
    Busy(Duration),
    Key,
    /// It says the same of a wrong key and a used-up quota.
    KeyOrQuota,
}

impl From<HttpError> for LookupError {
    fn from(fault: HttpError) -> Self {
        match fault {
            HttpError::Timeout | HttpError::ConnectTimeout => Self::Timeout,
            HttpError::NoConnection | HttpError::Tls | HttpError::Closed => Self::Down,
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

    /// Invoicebox allows an account 100 calls in 30 s, of which invitations take 70 at their usual
    /// rate. DaData allows an address 60 new connections a minute, and every call is one.
    fn quota(&self) -> Quota {
        const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
        let per_minute = match self {
            Self::Invoicebox(_) => const { NonZeroU32::new(30).unwrap() },
            Self::DaData(_) => const { NonZeroU32::new(50).unwrap() },
        };
        Quota::per_minute(per_minute).allow_burst(BURST)
    }
}

#[derive(Debug)]
struct RegistrySource {
    client: Client,
    limiter: DefaultDirectRateLimiter,
    state: Mutex<SourceState>,
}

#[derive(Debug, Default)]
struct SourceState {
    key_was_accepted: bool,
    /// Not asked before then.
    backoff: Option<(Instant, Unavailable)>,
}

impl RegistrySource {
    fn new(client: Client) -> Self {
        let limiter = RateLimiter::direct(client.quota());
        Self { client, limiter, state: Mutex::default() }
    }

    async fn ask(&self, inn: &Inn, timings: &Timings) -> Result<Option<Organisation>, Unavailable> {
        if let Some((until, why)) = self.state().backoff
            && Instant::now() < until
        {
            return Err(why);
        }
        let asked = tokio::time::timeout(timings.limit, self.ask_twice(inn, timings.retry)).await;
        let answer = asked.unwrap_or(Err(LookupError::Timeout));
        if answer.is_ok() {
            self.state().key_was_accepted = true;
        }
        answer.map_err(|trouble| self.note(trouble, timings))
    }

    /// A look-up changes nothing, so it may be repeated.
    async fn ask_twice(
        &self,
        inn: &Inn,
        wait: Duration,
    ) -> Result<Option<Organisation>, LookupError> {
        match self.ask_once(inn).await {
            Err(LookupError::Down) => {}
            answer => return answer,
        }
        tokio::time::sleep(wait).await;
        self.ask_once(inn).await
    }

    async fn ask_once(&self, inn: &Inn) -> Result<Option<Organisation>, LookupError> {
        self.limiter.check().map_err(|_| LookupError::TooOften)?;
        match &self.client {
            Client::Invoicebox(client) => client.ask(inn).await,
            Client::DaData(client) => client.ask(inn).await,
        }
    }

    /// A key that was accepted before is not wrong: the quota is used up.
    fn note(&self, trouble: LookupError, timings: &Timings) -> Unavailable {
        let mut state = self.state();
        let (why, rest) = match trouble {
            LookupError::Timeout => (Unavailable::Timeout, None),
            LookupError::Down => (Unavailable::Down, None),
            LookupError::TooOften => (Unavailable::OverQuota, None),
            LookupError::Busy(wait) => (Unavailable::OverQuota, Some(wait)),
            LookupError::KeyOrQuota if state.key_was_accepted => {
                (Unavailable::OverQuota, Some(timings.quota_backoff))
            }
            LookupError::Key | LookupError::KeyOrQuota => {
                (Unavailable::WrongKey, Some(timings.key_backoff))
            }
        };
        if let Some(rest) = rest {
            state.backoff = Some((Instant::now() + rest, why));
        }
        let seconds = rest.map_or(0, |rest| rest.as_secs());
        let source = self.client.source().slug();
        tracing::warn!(source, %why, rests_for_seconds = seconds, "a directory did not answer");
        why
    }

    fn state(&self) -> MutexGuard<'_, SourceState> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
