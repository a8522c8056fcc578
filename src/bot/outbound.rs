//! Reply → request. What Telegram answers becomes a [`Fault`] by kind: teloxide's errors may hold
//! whole answers.

use std::time::Duration;

use teloxide::ApiError;
use teloxide::RequestError;
use teloxide::prelude::*;
use teloxide::requests::Output;
use teloxide::types::{
    CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, MessageId, ParseMode,
};

use crate::dialogue::{Reply, Stamp};

/// Why a request to Telegram came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Telegram asks to wait.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    Wait(Duration),
    /// Nobody hears there: blocked, deleted, never written.
    #[error("nobody hears there")]
    Deaf,
    /// The message to be edited is not there any more.
    #[error("the message is gone")]
    Gone,
    /// The token is refused.
    #[error("the token is refused")]
    Token,
    /// Another getUpdates runs with this token.
    #[error("another instance polls with this token")]
    Conflict,
    /// Telegram could not be reached, or answered nonsense: may be tried again.
    #[error("Telegram could not be reached: {0}")]
    Network(&'static str),
    /// Telegram refused the request; trying it again would not help.
    #[error("Telegram refused the request: {0}")]
    Refused(String),
}

impl Fault {
    /// Whether the same request may succeed later.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Wait(_) | Self::Conflict | Self::Network(_))
    }
}

/// Tells the kind of an error. Some of Telegram's texts are not those that teloxide expects.
pub fn classify(error: &RequestError) -> Fault {
    match error {
        RequestError::RetryAfter(seconds) => Fault::Wait(seconds.duration()),
        RequestError::Network(error) if error.is_timeout() => Fault::Network("timeout"),
        RequestError::Network(error) if error.is_connect() => Fault::Network("no connection"),
        RequestError::Network(_) => Fault::Network("connection lost"),
        RequestError::InvalidJson { .. } => Fault::Network("not JSON"),
        RequestError::Io(_) => Fault::Network("input or output"),
        RequestError::MigrateToChatId(_) => Fault::Deaf,
        RequestError::Api(error) => match error {
            ApiError::InvalidToken => Fault::Token,
            ApiError::TerminatedByOtherGetUpdates => Fault::Conflict,
            ApiError::BotBlocked
            | ApiError::ChatNotFound
            | ApiError::UserNotFound
            | ApiError::UserDeactivated
            | ApiError::CantInitiateConversation
            | ApiError::CantTalkWithBots => Fault::Deaf,
            ApiError::MessageToEditNotFound
            | ApiError::MessageCantBeEdited
            | ApiError::MessageIdInvalid => Fault::Gone,
            ApiError::Unknown(text) => unknown(text),
            known => Fault::Refused(known.to_string()),
        },
    }
}

fn unknown(text: &str) -> Fault {
    const DEAF: [&str; 4] =
        ["initiate conversation", "chat not found", "PEER_ID_INVALID", "Forbidden"];
    if DEAF.iter().any(|known| text.contains(known)) {
        Fault::Deaf
    } else if ["Internal Server Error", "Bad Gateway"].iter().any(|known| text.contains(known)) {
        Fault::Network("server error")
    } else {
        Fault::Refused(text.chars().take(120).collect())
    }
}

/// Sends a new message.
pub async fn say(
    bot: &Bot,
    chat: ChatId,
    reply: &Reply,
    stamp: Option<Stamp>,
) -> Result<MessageId, Fault> {
    let request = bot
        .send_message(chat, reply.text.as_str())
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard(reply, stamp));
    patiently(request).await.map(|message| message.id).map_err(|error| classify(&error))
}

/// Puts a reply in place of a message. That it shows the same already is success.
pub async fn replace(
    bot: &Bot,
    chat: ChatId,
    message: MessageId,
    reply: &Reply,
    stamp: Option<Stamp>,
) -> Result<(), Fault> {
    let request = bot
        .edit_message_text(chat, message, reply.text.as_str())
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard(reply, stamp));
    match patiently(request).await {
        Ok(_) | Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(()),
        Err(error) => Err(classify(&error)),
    }
}

/// Takes the buttons off a message that is no longer the present card. That it fails costs
/// nothing: an old button has no effect.
pub async fn strip(bot: &Bot, chat: ChatId, message: MessageId) {
    if let Err(error) = bot.edit_message_reply_markup(chat, message).await {
        tracing::debug!(fault = %classify(&error), "an old card kept its buttons");
    }
}

/// Answers a press, so that the button stops turning. A press that is too old to be answered
/// fails nothing.
pub async fn answer(bot: &Bot, query: &CallbackQueryId, toast: Option<&str>) {
    let mut request = bot.answer_callback_query(query.clone());
    if let Some(toast) = toast {
        request = request.text(toast);
    }
    if let Err(error) = request.await {
        tracing::debug!(fault = %classify(&error), "a press was not answered");
    }
}

/// The longest flood limit that is waited for in a turn; what is longer, the person must repeat.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries once more after a short flood limit.
async fn patiently<R>(request: R) -> Result<Output<R>, RequestError>
where
    R: Request<Err = RequestError> + Send + Sync,
    R::SendRef: Send,
{
    match request.send_ref().await {
        Err(RequestError::RetryAfter(wait)) if wait.duration() <= PATIENCE => {
            tokio::time::sleep(wait.duration()).await;
            request.send().await
        }
        result => result,
    }
}

fn keyboard(reply: &Reply, stamp: Option<Stamp>) -> InlineKeyboardMarkup {
    let button = |button: &crate::dialogue::Button| {
        InlineKeyboardButton::callback(button.label.clone(), button.press.encode(stamp))
    };
    InlineKeyboardMarkup::new(
        reply.rows.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()),
    )
}

/// Answers in a group: nothing but the way to the private chat.
pub async fn redirect(bot: &Bot, chat: ChatId, reply: &Reply, label: &str, url: url::Url) {
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::url(label, url)]]);
    let sent = bot.send_message(chat, reply.text.as_str()).reply_markup(keyboard).await;
    if let Err(error) = sent {
        tracing::debug!(fault = %classify(&error), "a group was not answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telegrams_own_texts_are_told_apart() {
        let api = |text: &str| {
            let error = serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap();
            classify(&RequestError::Api(error))
        };
        assert_eq!(api("Unauthorized"), Fault::Token);
        assert_eq!(api("Forbidden: bot was blocked by the user"), Fault::Deaf);
        assert_eq!(api("Forbidden: bot can't initiate conversation with a user"), Fault::Deaf);
        assert_eq!(api("Bad Request: chat not found"), Fault::Deaf);
        assert_eq!(api("Bad Request: message to edit not found"), Fault::Gone);
        assert_eq!(api("Internal Server Error"), Fault::Network("server error"));
        assert!(matches!(api("Bad Request: can't parse entities: x"), Fault::Refused(_)));
    }
}
