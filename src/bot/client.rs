//! The client of the Bot API: sends one request. A flood limit holds up only the chat that it names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use teloxide::Bot;
use teloxide::payloads::GetMe;
use teloxide::requests::Payload;
use teloxide::types::ChatId;
use tokio::time::Instant;
use url::Url;

use super::answer::{LOST, NONSENSE, TelegramError, lost, read};
use super::last_message::LastMessages;
use super::routes::{Kind, Routes};
use super::{ConnectError, Telegram};
use crate::door::{Door, Pass, Shut};
use crate::monitor::Monitor;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// A poll that fails after so long was waiting: somebody on the way ends what is silent.
const SILENT: Duration = Duration::from_secs(2);

/// How late Telegram ends a wait.
const IN_TIME: Duration = Duration::from_secs(1);

/// Beside the wait of a poll.
const SLOW_LINE: Duration = Duration::from_secs(10);

/// The longest flood limit that an answer waits for; after a longer one the outbox sends it.
const LONGEST_FLOOD_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct TelegramClient {
    telegram: Telegram,
    api_url: Url,
    routes: Routes,
    door: Door,
    monitor: Monitor,
    /// Until when each chat is left alone.
    held: Arc<Mutex<HashMap<ChatId, Instant>>>,
    last_messages: LastMessages,
    flood_wait: Duration,
    /// The bot's own, once Telegram has told it.
    username: Arc<OnceLock<String>>,
}

impl TelegramClient {
    pub fn new(telegram: &Telegram, door: Door) -> Result<Self, ConnectError> {
        let routes = Routes::new(telegram.routes.clone())?;
        Ok(Self {
            telegram: telegram.clone(),
            api_url: telegram.bot(routes.take().client).api_url(),
            routes,
            door,
            monitor: Monitor::default(),
            held: Arc::default(),
            last_messages: LastMessages::default(),
            flood_wait: Duration::ZERO,
            username: Arc::default(),
        })
    }

    pub fn watched_by(self, monitor: Monitor) -> Self {
        Self { monitor, ..self }
    }

    pub fn is_called(&self, username: &str) {
        self.username.get_or_init(|| username.to_owned());
    }

    pub fn username(&self) -> Option<&str> {
        self.username.get().map(String::as_str)
    }

    /// The same client, which waits for a short flood limit instead of failing at once.
    pub fn with_flood_waits(&self) -> Self {
        Self { flood_wait: LONGEST_FLOOD_WAIT, ..self.clone() }
    }

    /// By the present route, and no other later.
    pub fn bot(&self) -> Bot {
        self.telegram.bot(self.routes.take().client)
    }

    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Never ends.
    pub async fn keep_a_good_route(&self) {
        let this = self.clone();
        let probe = move |client: Client| -> BoxFuture<'static, bool> {
            let this = this.clone();
            async move {
                let (method, body) = (GetMe::NAME, "{}".to_owned());
                let answer = this.exchange(&client, method, body, PROBE_TIMEOUT).await;
                let told = answer.and_then(|answer| read::<IgnoredAny>(&answer));
                !matches!(told, Err(TelegramError::Network(_)))
            }
            .boxed()
        };
        self.routes.keep_good(probe).await;
    }

    pub fn last_messages(&self) -> &LastMessages {
        &self.last_messages
    }

    pub async fn call<P>(&self, request: &P) -> Result<P::Output, TelegramError>
    where
        P: Payload<Output: DeserializeOwned> + Serialize,
    {
        self.ask(P::NAME, json(request)?).await
    }

    /// The same for a method that teloxide has no use for.
    pub async fn ask<T>(&self, method: &str, body: String) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
    {
        read(&self.post(method, body, REQUEST_TIMEOUT, self.pass().await?).await?)
    }

    pub fn webhook_secret(&self) -> SecretString {
        self.telegram.webhook_secret()
    }

    /// A request to a chat, which waits for the disk and for the chat's flood limit.
    pub async fn tell<T>(&self, chat: ChatId, method: &str, body: &str) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
    {
        self.tell_with(chat, method, body, || self.pass()).await
    }

    /// The same for one that says nothing of what is stored.
    pub async fn signal<T>(
        &self,
        chat: ChatId,
        method: &str,
        body: &str,
    ) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
    {
        let pass = || std::future::ready(Ok(Pass::promising_nothing()));
        self.tell_with(chat, method, body, pass).await
    }

    async fn tell_with<T, P>(
        &self,
        chat: ChatId,
        method: &str,
        body: &str,
        pass: impl Fn() -> P,
    ) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
        P: Future<Output = Result<Pass, TelegramError>>,
    {
        let give_up = Instant::now() + self.flood_wait;
        loop {
            let now = Instant::now();
            let free = match self.held(chat).filter(|free| *free > now) {
                Some(free) => free,
                None => {
                    let told =
                        self.post(method, body.to_owned(), REQUEST_TIMEOUT, pass().await?).await;
                    match told.and_then(|answer| read(&answer)) {
                        Err(TelegramError::Wait(wait)) => {
                            self.monitor.asked_to_wait(wait);
                            self.hold(chat, wait, Instant::now())
                        }
                        done => return done,
                    }
                }
            };
            if free > give_up {
                return Err(TelegramError::Wait(free.saturating_duration_since(Instant::now())));
            }
            tokio::time::sleep_until(free).await;
        }
    }

    fn held(&self, chat: ChatId) -> Option<Instant> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&chat).copied()
    }

    fn hold(&self, chat: ChatId, wait: Duration, now: Instant) -> Instant {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, free| *free > now);
        *held.entry(chat).and_modify(|free| *free = (*free).max(now + wait)).or_insert(now + wait)
    }

    /// What was committed by now is on the disk then.
    async fn pass(&self) -> Result<Pass, TelegramError> {
        self.door.pass().await.map_err(shut)
    }

    /// The same in no hurry.
    pub async fn pass_with_others(&self) -> Result<Pass, TelegramError> {
        self.door.pass_with_others().await.map_err(shut)
    }

    pub async fn post(
        &self,
        method: &str,
        body: String,
        limit: Duration,
        _: Pass,
    ) -> Result<String, TelegramError> {
        let (taken, begun) = (self.routes.take(), Instant::now());
        let answer = self.exchange(&taken.client, method, body, limit).await;
        self.monitor.told(method, begun.elapsed());
        self.routes.note(&taken, Kind::Other, answer.is_ok());
        answer
    }

    /// Waits for updates, as long as the question says. A route that is left ends the wait.
    pub async fn poll(
        &self,
        question: String,
        wait: Duration,
        _: Pass,
    ) -> Result<String, TelegramError> {
        let (taken, begun) = (self.routes.take(), Instant::now());
        let ask = async || {
            self.exchange(&taken.client, "GetUpdates", question.clone(), wait + SLOW_LINE).await
        };
        let asked = async {
            match ask().await {
                // A connection that was kept had been ended meanwhile; a poll may be repeated.
                Err(TelegramError::Network(LOST)) if begun.elapsed() < SILENT => ask().await,
                answer => answer,
            }
        };
        let answer = tokio::select! {
            answer = asked => answer,
            () = self.routes.left(&taken) => {
                return Err(TelegramError::Network("the route was left"));
            }
        };
        let silence = begun.elapsed();
        match answer {
            // Later Telegram would have answered.
            Err(TelegramError::Network(LOST)) if (SILENT..wait + IN_TIME).contains(&silence) => {
                Err(TelegramError::Cut(silence))
            }
            answer => {
                self.routes.note(&taken, Kind::Poll, answer.is_ok());
                answer
            }
        }
    }

    async fn exchange(
        &self,
        client: &Client,
        method: &str,
        body: String,
        limit: Duration,
    ) -> Result<String, TelegramError> {
        let url = method_url(self.api_url.clone(), &self.telegram.token, method);
        let request = client.post(url).header(CONTENT_TYPE, "application/json");
        let request = request.body(body).timeout(limit);
        let answer = request.send().await.map_err(|error| lost(&error))?;
        let (status, date) = (answer.status(), date(answer.headers()));
        let came = Timestamp::now();
        let body = answer.text().await.map_err(|error| lost(&error))?;
        if status.is_server_error() {
            return Err(TelegramError::Network("server error"));
        }
        // A page of somebody on the way.
        if !body.trim_start().starts_with('{') {
            return Err(TelegramError::Network(NONSENSE));
        }
        self.monitor.heard();
        if let Some(date) = date {
            self.monitor.clock_seems_off(came.duration_since(date));
        }
        Ok(body)
    }
}

/// When it was answered, by the clock of who answers.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

/// It holds the token: no error that names it is kept.
pub fn method_url(mut server: Url, token: &SecretString, method: &str) -> Url {
    if let Ok(mut path) = server.path_segments_mut() {
        path.push(&format!("bot{}", token.expose_secret())).push(method);
    }
    server
}

fn shut(_: Shut) -> TelegramError {
    TelegramError::Network("the disk has failed")
}

pub fn json<P: Serialize>(request: &P) -> Result<String, TelegramError> {
    serde_json::to_string(request)
        .map_err(|_| TelegramError::Refused("it cannot be written".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_chat_is_held_for_the_longest_time_named_and_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        let client = TelegramClient::new(&Telegram::of("1:x"), store.door().clone()).unwrap();
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        client.hold(ChatId(5), 3 * second, now);
        client.hold(ChatId(5), second, now);
        let early = client.tell::<bool>(ChatId(5), "SendMessage", "{}").await.unwrap_err();
        assert!(
            matches!(early, TelegramError::Wait(wait) if wait > second && wait <= 3 * second),
            "{early}"
        );
        assert_eq!(client.held(ChatId(6)), None);
        client.hold(ChatId(7), second, now + 3 * second);
        assert_eq!(client.held(ChatId(5)), None, "what is over is forgotten");
    }
}
