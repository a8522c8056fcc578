//! What Telegram answers, and every failure of it as a [`TelegramError`] by kind.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use teloxide::{ApiError, RequestError};

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
    #[error("a poll was ended by somebody on the way after {:.1} s", .0.as_secs_f64())]
    Cut(Duration),
    #[error("Telegram could not be reached: {0}")]
    Network(&'static str),
    #[error("Telegram refused the request: {0}")]
    Refused(String),
}

impl TelegramError {
    pub fn is_transient(&self) -> bool {
        use TelegramError::{Conflict, Cut, Network, Token, Wait};
        matches!(self, Wait(_) | Token | Conflict | Cut(_) | Network(_))
    }
}

pub const LOST: &str = "connection lost";
pub const NONSENSE: &str = "not what Telegram answers";

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
    let nonsense = TelegramError::Network(NONSENSE);
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
        _ => TelegramError::Network(NONSENSE),
    }
}

pub fn lost(error: &reqwest::Error) -> TelegramError {
    TelegramError::Network(if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        LOST
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
}
