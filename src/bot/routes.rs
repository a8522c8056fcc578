//! The ways to Telegram, preferred first. One is in use, with a client of its own: connections of a
//! dead one must not outlive it.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use reqwest::Client;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::ConnectError;
use crate::providers::{Proxy, ProxyError, through};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Never taken unless it is written.
    Direct,
    Through(Proxy),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It waits for a long time without a word, which some proxies do not bear.
    Poll,
    Other,
}

/// One failure may be an accident.
const FAILURES: u32 = 3;

/// How often it is looked whether a preferred route is back.
const LOOK: Duration = Duration::from_secs(60);

/// How long a route is left alone that answers questions, but no polls; it doubles.
const PENALTY: Duration = Duration::from_secs(2 * 60);
const LONGEST_PENALTY: Duration = Duration::from_secs(30 * 60);

/// After a switch Telegram may still hold the poll of the route that was left.
const OLD_POLL: Duration = Duration::from_secs(10);

/// Whether Telegram answers by this client.
pub trait Probe: Fn(Client) -> BoxFuture<'static, bool> {}

impl<T: Fn(Client) -> BoxFuture<'static, bool>> Probe for T {}

#[derive(Clone, Debug)]
pub struct Routes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    routes: Vec<Route>,
    state: Mutex<State>,
    /// Counts the switches.
    taken: watch::Sender<u64>,
    trouble: Notify,
}

#[derive(Debug)]
struct State {
    /// Its place among the routes.
    at: usize,
    since: Instant,
    client: Client,
    /// In a row, of polls and of the rest.
    failures: [u32; 2],
    /// No route answered when they were last asked.
    is_lost: bool,
    /// Of each route: until when it is left alone, and for how long.
    penalties: Vec<(Instant, Duration)>,
}

/// What one request goes by.
#[derive(Clone, Debug)]
pub struct Taken {
    pub client: Client,
    number: u64,
}

impl Route {
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        match text.trim() {
            "direct" => Ok(Self::Direct),
            text => Proxy::parse(text).map(Self::Through),
        }
    }

    pub fn client(&self) -> Result<Client, ConnectError> {
        let proxy = match self {
            Self::Direct => None,
            Self::Through(proxy) => Some(proxy),
        };
        through(teloxide::net::default_reqwest_settings(), proxy)
            .map_err(|error| ConnectError::Client(error.without_url().to_string()))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Through(proxy) => proxy.fmt(f),
        }
    }
}

impl Routes {
    /// Of no routes there is the direct one.
    pub fn new(mut routes: Vec<Route>) -> Result<Self, ConnectError> {
        if routes.is_empty() {
            routes.push(Route::Direct);
        }
        let clients: Vec<Client> = routes.iter().map(Route::client).collect::<Result<_, _>>()?;
        let client = clients.into_iter().next();
        let client = client.ok_or_else(|| ConnectError::Client("no route".to_owned()))?;
        let now = Instant::now();
        let penalties = vec![(now, Duration::ZERO); routes.len()];
        let state =
            State { at: 0, since: now, client, failures: [0; 2], is_lost: false, penalties };
        Ok(Self(Arc::new(Inner {
            routes,
            state: Mutex::new(state),
            taken: watch::Sender::new(0),
            trouble: Notify::new(),
        })))
    }

    pub fn take(&self) -> Taken {
        let state = self.state();
        Taken { client: state.client.clone(), number: *self.0.taken.borrow() }
    }

    /// Returns when it is in use no more.
    pub async fn left(&self, taken: &Taken) {
        let number = taken.number;
        // It cannot fail: the sender lives as long as `self`.
        drop(self.0.taken.subscribe().wait_for(|now| *now != number).await);
    }

    /// What came of a request.
    pub fn note(&self, taken: &Taken, kind: Kind, arrived: bool) {
        let mut state = self.state();
        if *self.0.taken.borrow() != taken.number {
            return;
        }
        let [polls, others] = &mut state.failures;
        let failures = match kind {
            Kind::Poll => polls,
            Kind::Other => others,
        };
        *failures = if arrived { 0 } else { failures.saturating_add(1) };
        let is_trouble = *failures >= FAILURES || (state.is_lost && !arrived);
        state.is_lost &= !arrived;
        if is_trouble {
            self.0.trouble.notify_one();
        }
    }

    /// A conflict is the poll's of the route that was left.
    pub fn is_just_taken(&self, now: Instant) -> bool {
        let since = self.state().since;
        *self.0.taken.borrow() > 0 && now.saturating_duration_since(since) < OLD_POLL
    }

    /// Looks for another route when this one fails, and for a preferred one; never ends.
    pub async fn keep_good(&self, probe: impl Probe) {
        if self.0.routes.len() < 2 {
            return std::future::pending().await;
        }
        loop {
            tokio::select! {
                () = self.0.trouble.notified() => self.leave(&probe, Instant::now()).await,
                () = tokio::time::sleep(LOOK) => self.go_back(&probe, Instant::now()).await,
            }
        }
    }

    async fn leave(&self, probe: &impl Probe, now: Instant) {
        let begun = Instant::now();
        let (at, does_not_poll) = {
            let state = self.state();
            (state.at, state.failures[0] >= FAILURES)
        };
        let is_usable = |place: usize| place != at || !does_not_poll;
        let all = 0..self.0.routes.len();
        let mut good = self.good(self.free(all.clone(), now), probe).await;
        if !good.iter().any(|(place, _)| is_usable(*place)) {
            // Rather one that did not poll lately than none.
            good = self.good(all.collect(), probe).await;
        }
        let now = now + begun.elapsed();
        let answers = good.iter().any(|(place, _)| *place == at);
        let is_lost = good.is_empty();
        match good.into_iter().find(|(place, _)| is_usable(*place)) {
            Some((place, client)) if place != at => {
                if answers && does_not_poll {
                    self.punish(at, now);
                }
                self.switch(place, client, now);
            }
            // It failed for a moment, or nobody else is there; what is kept of old connections goes.
            found => {
                let mut state = self.state();
                (state.failures, state.is_lost) = ([0; 2], is_lost);
                if let Some((_, client)) = found {
                    state.client = client;
                }
            }
        }
    }

    async fn go_back(&self, probe: &impl Probe, now: Instant) {
        let begun = Instant::now();
        let at = self.state().at;
        let better = self.free(0..at, now);
        if let Some((place, client)) = self.good(better, probe).await.into_iter().next() {
            self.switch(place, client, now + begun.elapsed());
        }
    }

    /// Those that are not left alone.
    fn free(&self, places: Range<usize>, now: Instant) -> Vec<usize> {
        let state = self.state();
        let is_free = |place: &usize| {
            let penalty = state.penalties.get(*place);
            *place == state.at || penalty.is_none_or(|(until, _)| *until <= now)
        };
        places.filter(is_free).collect()
    }

    /// Those that answer now, in their order.
    async fn good(&self, places: Vec<usize>, probe: &impl Probe) -> Vec<(usize, Client)> {
        let tried = places.into_iter().map(async |place| {
            let client = self.0.routes.get(place)?.client().ok()?;
            probe(client.clone()).await.then_some((place, client))
        });
        join_all(tried).await.into_iter().flatten().collect()
    }

    fn punish(&self, place: usize, now: Instant) {
        let mut state = self.state();
        let used = now.saturating_duration_since(state.since);
        if let Some((until, penalty)) = state.penalties.get_mut(place) {
            let is_new = used > LONGEST_PENALTY || penalty.is_zero();
            *penalty = if is_new { PENALTY } else { (*penalty * 2).min(LONGEST_PENALTY) };
            *until = now + *penalty;
        }
    }

    fn switch(&self, place: usize, client: Client, now: Instant) {
        let mut state = self.state();
        let (old, new) = (self.0.routes.get(state.at), self.0.routes.get(place));
        let shown = |route: Option<&Route>| route.map(ToString::to_string).unwrap_or_default();
        tracing::warn!(
            left = shown(old),
            taken = shown(new),
            "Telegram is reached by another route"
        );
        state.at = place;
        state.since = now;
        state.client = client;
        (state.failures, state.is_lost) = ([0; 2], false);
        self.0.taken.send_modify(|number| *number += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures::FutureExt as _;

    use super::*;

    /// Three ways; which of them answer is played, and what time it is.
    struct Played {
        routes: Routes,
        answers: Arc<[AtomicBool; 3]>,
        now: Instant,
    }

    impl Played {
        fn new() -> Self {
            let routes = ["http://a.example:1", "direct", "socks5h://c.example:3"];
            let routes = routes.map(|it| Route::parse(it).unwrap()).to_vec();
            let routes = Routes::new(routes).unwrap();
            let answers = Arc::new([(); 3].map(|()| AtomicBool::new(true)));
            Self { routes, answers, now: Instant::now() }
        }

        fn answer(&self, answers: [bool; 3]) {
            for (old, new) in self.answers.iter().zip(answers) {
                old.store(new, Ordering::SeqCst);
            }
        }

        fn probe(&self) -> impl Probe {
            let answers = self.answers.clone();
            move |client: Client| {
                let shown = format!("{client:?}");
                let place = match () {
                    () if shown.contains("a.example") => 0,
                    () if shown.contains("c.example") => 2,
                    () => 1,
                };
                let answer = answers[place].load(Ordering::SeqCst);
                std::future::ready(answer).boxed()
            }
        }

        /// What the loop does by itself in so many seconds.
        async fn goes_on(&mut self, seconds: u64) {
            if self.routes.0.trouble.notified().now_or_never().is_some() {
                self.routes.leave(&self.probe(), self.now).await;
            }
            for _ in 0..seconds / LOOK.as_secs() {
                // What the probes took counts, too.
                self.now += LOOK + Duration::from_secs(1);
                self.routes.go_back(&self.probe(), self.now).await;
            }
        }

        fn at(&self) -> usize {
            self.routes.state().at
        }

        fn fails(&self, kind: Kind, times: usize) {
            let taken = self.routes.take();
            (0..times).for_each(|_| self.routes.note(&taken, kind, false));
        }
    }

    #[tokio::test]
    async fn three_failures_in_a_row_lead_to_the_next_that_answers_and_its_return_back() {
        let mut played = Played::new();
        played.answer([false, false, true]);
        played.fails(Kind::Other, 2);
        played.goes_on(0).await;
        assert_eq!(played.at(), 0, "two may be an accident");
        played.routes.note(&played.routes.take(), Kind::Other, true);
        played.fails(Kind::Other, 2);
        played.goes_on(0).await;
        assert_eq!(played.at(), 0, "not in a row");

        let left = played.routes.take();
        assert!(played.routes.left(&left).now_or_never().is_none());
        played.fails(Kind::Other, 1);
        played.goes_on(0).await;
        assert_eq!(played.at(), 2);
        assert!(played.routes.left(&left).now_or_never().is_some(), "who waits there is told");
        assert!(played.routes.is_just_taken(played.now));
        assert!(!played.routes.is_just_taken(played.now + 2 * OLD_POLL));
        played.routes.note(&left, Kind::Other, false);
        assert_eq!(played.routes.state().failures, [0, 0], "of the route that was left");

        played.answer([false, true, true]);
        played.goes_on(60).await;
        assert_eq!(played.at(), 1, "a better one");
        played.answer([true, true, true]);
        played.goes_on(119).await;
        assert_eq!(played.at(), 0, "the preferred one within two minutes");
    }

    #[tokio::test]
    async fn a_moment_of_trouble_and_nobody_better_change_nothing() {
        let mut played = Played::new();
        played.fails(Kind::Other, 3);
        played.goes_on(0).await;
        assert_eq!((played.at(), played.routes.state().failures), (0, [0, 0]), "it answers");
        played.answer([false; 3]);
        played.fails(Kind::Other, 3);
        played.goes_on(0).await;
        assert_eq!(played.at(), 0);
        assert!(!played.routes.is_just_taken(played.now), "nothing was left");
        played.answer([false, true, false]);
        played.fails(Kind::Other, 1);
        played.goes_on(0).await;
        assert_eq!(played.at(), 1, "it is looked for as long as requests fail");
    }

    #[tokio::test]
    async fn a_route_that_answers_and_does_not_poll_is_left_alone_for_longer_each_time() {
        let mut played = Played::new();
        for minutes in [2, 4, 8, 16, 30, 30] {
            assert_eq!(played.at(), 0);
            played.fails(Kind::Poll, 3);
            played.goes_on((minutes - 1) * 60).await;
            assert_eq!(played.at(), 1, "{minutes} minutes");
            played.goes_on(60).await;
        }
        played.now += 2 * LONGEST_PENALTY;
        played.fails(Kind::Poll, 3);
        played.goes_on(120).await;
        assert_eq!(played.at(), 0, "it had been good for long");
        played.answer([false, true, true]);
        played.fails(Kind::Poll, 3);
        played.goes_on(60).await;
        played.answer([true, true, true]);
        played.goes_on(60).await;
        assert_eq!(played.at(), 0, "one that was gone is taken as soon as it is back");
    }
    #[tokio::test]
    async fn one_that_is_left_alone_is_better_than_none() {
        let mut played = Played::new();
        played.fails(Kind::Poll, 3);
        played.goes_on(0).await;
        assert_eq!(played.at(), 1);
        played.answer([true, false, false]);
        played.fails(Kind::Other, 3);
        played.goes_on(0).await;
        assert_eq!(played.at(), 0);
        // Nobody else is there: it is not punished for that.
        played.fails(Kind::Poll, 3);
        played.goes_on(0).await;
        assert_eq!((played.at(), played.routes.state().failures), (0, [0, 0]));
    }

    #[tokio::test]
    async fn an_outage_of_everything_is_no_fault_of_the_preferred_one() {
        let mut played = Played::new();
        played.answer([false; 3]);
        played.fails(Kind::Poll, 3);
        played.goes_on(0).await;
        played.answer([true; 3]);
        played.fails(Kind::Poll, 1);
        played.goes_on(0).await;
        assert_eq!(played.at(), 0);
    }
}
