//! The line to Telegram: one request, and what came of it as a [`TelegramError`] by kind. A chat that
//! Telegram asks to leave alone is left alone for exactly that time, whoever wants to write there,
//! and no other chat with it. teloxide's own sending is not used: it sleeps for 10 s inside every
//! request that meets a 5xx, and its `Throttle` holds up every chat for one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use teloxide::requests::Payload;
use teloxide::types::ChatId;
use teloxide::{ApiError, Bot, RequestError};
use tokio::time::Instant;

/// The longest that a request may take; a long poll has a limit of its own.
const LIMIT: Duration = Duration::from_secs(15);

/// The longest flood limit that is waited for where somebody looks at the screen; what is longer
/// is left to be said later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a request to Telegram came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// Telegram asks to leave this chat alone for so long.
    #[error("Telegram asks to wait {:.1} s", .0.as_secs_f64())]
    Wait(Duration),
    /// Nobody hears there: blocked, deleted, never written.
    #[error("nobody hears there")]
    Unreachable,
    /// The message to be edited is not there any more.
    #[error("the message is gone")]
    MessageGone,
    /// The message shows this already.
    #[error("nothing was to be changed")]
    NotModified,
    /// The token is refused.
    #[error("the token is refused")]
    Token,
    /// Another getUpdates runs with this token.
    #[error("another program polls with this token")]
    Conflict,
    /// Telegram could not be reached, or answered nonsense: may be tried again.
    #[error("Telegram could not be reached: {0}")]
    Network(&'static str),
    /// Telegram refused the request; trying it again would not help.
    #[error("Telegram refused the request: {0}")]
    Refused(String),
}

impl TelegramError {
    /// Whether the same request may succeed later.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Wait(_) | Self::Token | Self::Conflict | Self::Network(_))
    }
}

/// The line. A clone is the same one.
#[derive(Clone, Debug)]
pub struct TelegramClient {
    bot: Bot,
    /// Until when each chat is left alone.
    held: Arc<Mutex<HashMap<ChatId, Instant>>>,
    patience: Duration,
}

impl TelegramClient {
    /// A line with this bot's client, token and server.
    pub fn new(bot: Bot) -> Self {
        Self { bot, held: Arc::default(), patience: Duration::ZERO }
    }

    /// The same line for somebody who waits for a short flood limit, instead of leaving what is to
    /// be said for later.
    pub fn patient(&self) -> Self {
        Self { patience: PATIENCE, ..self.clone() }
    }

    /// teloxide's own bot, for its dispatcher.
    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    /// A request that concerns no chat.
    pub async fn call<P>(&self, request: &P) -> Result<P::Output, TelegramError>
    where
        P: Payload<Output: DeserializeOwned> + Serialize,
    {
        self.ask(P::NAME, json(request)?, LIMIT).await
    }

    /// A request that a person sees something of.
    pub async fn tell<T>(&self, chat: ChatId, method: &str, body: &str) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
    {
        let give_up = Instant::now() + self.patience;
        loop {
            let now = Instant::now();
            let free = match self.held(chat).filter(|free| *free > now) {
                Some(free) => free,
                None => match self.ask(method, body.to_owned(), LIMIT).await {
                    Err(TelegramError::Wait(wait)) => self.hold(chat, wait, Instant::now()),
                    done => return done,
                },
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

    /// One request.
    async fn ask<T>(&self, method: &str, body: String, limit: Duration) -> Result<T, TelegramError>
    where
        T: DeserializeOwned,
    {
        read(&self.post(method, body, limit).await?)
    }

    /// One request; the answer as it came, to be read.
    pub async fn post(
        &self,
        method: &str,
        body: String,
        limit: Duration,
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

/// A request as it goes to Telegram.
pub fn json<P: Serialize>(request: &P) -> Result<String, TelegramError> {
    serde_json::to_string(request)
        .map_err(|_| TelegramError::Refused("it cannot be written".to_owned()))
}

/// Telegram's answer.
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

/// Reads an answer.
///
/// # Errors
/// What Telegram refused, or that this is no answer of its.
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
        // None at all would be asked again without a pause.
        (_, Some(seconds), _) => TelegramError::Wait(Duration::from_secs(seconds.max(1).into())),
        (429, ..) => TelegramError::Network("it asks to wait, and not how long"),
        (409, ..) => TelegramError::Conflict,
        (401, ..) => TelegramError::Token,
        (_, _, Some(error)) => api(&error),
        (..) => TelegramError::Network("a refusal without a reason"),
    }
}

/// The kind of an error of teloxide's own asking: its texts may hold the token or a whole answer.
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

/// The kind of a refusal. Some of Telegram's texts are not those that teloxide expects.
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
    const DEAF: [&str; 4] =
        ["initiate conversation", "chat not found", "PEER_ID_INVALID", "Forbidden"];
    const BUSY: [&str; 2] = ["Internal Server Error", "Bad Gateway"];
    let has = |known: &&str| text.contains(*known);
    if DEAF.iter().any(has) {
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
            assert!(matches!(error, TelegramError::Network(_)) && error.passes(), "{garbage}");
        }
    }

    #[tokio::test]
    async fn a_chat_is_held_for_the_longest_time_named_and_no_other_with_it() {
        let client = TelegramClient::new(Bot::new("1:x"));
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
