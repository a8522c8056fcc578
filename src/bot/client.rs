//! The client of the Bot API: sends one request and returns its failure as a [`TelegramError`] by
//! kind. A flood limit holds up only the chat that it names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use teloxide::requests::Payload;
use teloxide::types::ChatId;
use teloxide::{ApiError, Bot, RequestError};
use tokio::time::Instant;

use super::last_message::LastMessages;
use crate::door::{Door, Pass, Shut};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest flood limit that an answer waits for; after a longer one the outbox sends it.
const LONGEST_FLOOD_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    #[error("Telegram asks to wait {:.1} s", .0.as_secs_f64())]
    Wait(Duration),
    /// The person has blocked the bot, is deleted, or never wrote to it.
    #[error("nobody hears there")]
    Unreachable,
    #[error("the message is gone")]
    MessageGone,
    #[error("nothing was to be changed")]
    NotModified,
    #[error("the token is refused")]
    Token,
    #[error("another program polls with this token")]
    Conflict,
    #[error("Telegram could not be reached: {0}")]
    Network(&'static str),
    #[error("Telegram refused the request: {0}")]
    Refused(String),
}

impl TelegramError {
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Wait(_) | Self::Token | Self::Conflict | Self::Network(_))
    }
}

#[derive(Clone, Debug)]
pub struct TelegramClient {
    bot: Bot,
    door: Door,
    /// Until when each chat is left alone.
    held: Arc<Mutex<HashMap<ChatId, Instant>>>,
    last_messages: LastMessages,
    flood_wait: Duration,
    /// The bot's own, once Telegram has told it.
    username: Arc<OnceLock<String>>,
}

impl TelegramClient {
    pub fn new(bot: Bot, door: Door) -> Self {
        Self {
            bot,
            door,
            held: Arc::default(),
            last_messages: LastMessages::default(),
            flood_wait: Duration::ZERO,
            username: Arc::default(),
        }
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

    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    pub fn last_messages(&self) -> &LastMessages {
        &self.last_messages
    }

    pub async fn call<P>(&self, request: &P) -> Result<P::Output, TelegramError>
    where
        P: Payload<Output: DeserializeOwned> + Serialize,
    {
        read(&self.post(P::NAME, json(request)?, REQUEST_TIMEOUT, self.pass().await?).await?)
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
                        Err(TelegramError::Wait(wait)) => self.hold(chat, wait, Instant::now()),
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
        let mut url = self.bot.api_url();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&format!("bot{}", self.bot.token())).push(method);
        }
        let request = self.bot.client().post(url).header(CONTENT_TYPE, "application/json");
        let request = request.body(body).timeout(limit);
        let answer = request.send().await.map_err(|error| lost(&error))?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| lost(&error))?;
        if status.is_server_error() {
            return Err(TelegramError::Network("server error"));
        }
        Ok(body)
    }
}

fn shut(_: Shut) -> TelegramError {
    TelegramError::Network("the disk has failed")
}

pub fn json<P: Serialize>(request: &P) -> Result<String, TelegramError> {
    serde_json::to_string(request)
        .map_err(|_| TelegramError::Refused("it cannot be written".to_owned()))
}

#[derive(Deserialize)]
struct Answer<T> {
    ok: bool,
    result: Option<T>,
    #[serde(default)]
    error_code: u16,
    description: Option<ApiError>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u32>,
}

pub fn read<T: DeserializeOwned>(body: &str) -> Result<T, TelegramError> {
    let nonsense = TelegramError::Network("not what Telegram answers");
    match serde_json::from_str::<Answer<T>>(body) {
        Ok(Answer { ok: true, result, .. }) => result.ok_or(nonsense),
        Ok(refused) => Err(refusal(refused)),
        Err(_) => Err(nonsense),
    }
}

fn refusal<T>(answer: Answer<T>) -> TelegramError {
    let retry_after = answer.parameters.and_then(|parameters| parameters.retry_after);
    match (answer.error_code, retry_after, answer.description) {
        // A wait of zero would mean to ask again without a pause.
        (_, Some(seconds), _) => TelegramError::Wait(Duration::from_secs(seconds.max(1).into())),
        (429, ..) => TelegramError::Network("it asks to wait, and not how long"),
        (409, ..) => TelegramError::Conflict,
        (401, ..) => TelegramError::Token,
        (_, _, Some(error)) => api(&error),
        (..) => TelegramError::Network("a refusal without a reason"),
    }
}

/// Reduced to a kind, for teloxide's texts may hold the token or a whole answer.
pub fn by_teloxide(error: &RequestError) -> TelegramError {
    match error {
        RequestError::Network(error) => lost(error),
        RequestError::Api(error) => api(error),
        RequestError::RetryAfter(seconds) => TelegramError::Wait(seconds.duration()),
        _ => TelegramError::Network("not what Telegram answers"),
    }
}

fn lost(error: &reqwest::Error) -> TelegramError {
    TelegramError::Network(if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        "connection lost"
    })
}

/// Some of Telegram's texts are not those that teloxide expects.
fn api(error: &ApiError) -> TelegramError {
    match error {
        ApiError::InvalidToken => TelegramError::Token,
        ApiError::TerminatedByOtherGetUpdates => TelegramError::Conflict,
        ApiError::MessageNotModified => TelegramError::NotModified,
        ApiError::BotBlocked
        | ApiError::ChatNotFound
        | ApiError::UserNotFound
        | ApiError::UserDeactivated
        | ApiError::CantInitiateConversation
        | ApiError::CantTalkWithBots => TelegramError::Unreachable,
        ApiError::MessageToEditNotFound
        | ApiError::MessageCantBeEdited
        | ApiError::MessageIdInvalid => TelegramError::MessageGone,
        ApiError::Unknown(text) => unknown(text),
        known => TelegramError::Refused(known.to_string()),
    }
}

fn unknown(text: &str) -> TelegramError {
    const UNREACHABLE: [&str; 4] =
        ["initiate conversation", "chat not found", "PEER_ID_INVALID", "Forbidden"];
    const BUSY: [&str; 2] = ["Internal Server Error", "Bad Gateway"];
    let has = |known: &&str| text.contains(*known);
    if UNREACHABLE.iter().any(has) {
        TelegramError::Unreachable
    } else if text.contains("message is not modified") {
        TelegramError::NotModified
    } else if BUSY.iter().any(has) {
        TelegramError::Network("server error")
    } else {
        TelegramError::Refused(text.chars().take(120).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn refused(code: u16, says: &str) -> TelegramError {
        let body = format!(r#"{{"ok":false,"error_code":{code},"description":"{says}"}}"#);
        read::<bool>(&body).unwrap_err()
    }

    #[test]
    fn telegrams_own_texts_are_told_apart() {
        assert_eq!(refused(401, "Unauthorized"), TelegramError::Token);
        assert_eq!(refused(404, "Not Found"), TelegramError::Token);
        assert_eq!(refused(409, "Conflict: can't use getUpdates method"), TelegramError::Conflict);
        assert_eq!(
            refused(403, "Forbidden: bot was blocked by the user"),
            TelegramError::Unreachable
        );
        let started = "Forbidden: bot can't initiate conversation with a user";
        assert_eq!(refused(403, started), TelegramError::Unreachable);
        assert_eq!(refused(400, "Bad Request: chat not found"), TelegramError::Unreachable);
        assert_eq!(
            refused(400, "Bad Request: message to edit not found"),
            TelegramError::MessageGone
        );
        let same = "Bad Request: message is not modified: specified new message content and \
                    reply markup are exactly the same as a current content and reply markup of \
                    the message";
        assert_eq!(refused(400, same), TelegramError::NotModified);
        assert_eq!(
            refused(400, "Bad Request: message is not modified"),
            TelegramError::NotModified
        );
        assert_eq!(refused(500, "Internal Server Error"), TelegramError::Network("server error"));
        let parse = "Bad Request: can't parse entities: x";
        assert!(matches!(refused(400, parse), TelegramError::Refused(_)));
    }

    #[test]
    fn a_wait_is_as_long_as_telegram_names() {
        let too_many = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":7}}"#;
        assert_eq!(read::<bool>(too_many), Err(TelegramError::Wait(Duration::from_secs(7))));
        for (named, waits) in [("0", true), ("4294967295", true), ("-1", false), ("1e99", false)] {
            let body = too_many.replace('7', named);
            let error = read::<bool>(&body).unwrap_err();
            assert_eq!(
                matches!(error, TelegramError::Wait(wait) if !wait.is_zero()),
                waits,
                "{named}"
            );
        }
        assert!(matches!(refused(429, "Too Many Requests"), TelegramError::Network(_)));
    }

    #[test]
    fn nonsense_is_a_fault_that_passes() {
        for garbage in ["", "<html>", r#"{"ok":true}"#, r#"{"ok":true,"result":7}"#, r#"{"ok":1}"#]
        {
            let error = read::<bool>(garbage).unwrap_err();
            assert!(
                matches!(error, TelegramError::Network(_)) && error.is_transient(),
                "{garbage}"
            );
        }
    }

    #[tokio::test]
    async fn a_chat_is_held_for_the_longest_time_named_and_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        let client = TelegramClient::new(Bot::new("1:x"), store.door().clone());
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
