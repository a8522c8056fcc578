//! Reply → request.

use std::convert::Infallible;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use teloxide::payloads::{
    AnswerCallbackQuery, EditMessageReplyMarkup, EditMessageText, SendChatAction, SendMessage,
};
use teloxide::prelude::*;
use teloxide::requests::Payload;
use teloxide::types::{
    CallbackQueryId, ChatAction, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, MessageId,
    ParseMode,
};

use super::line::{Fault, Line, json};
use crate::dialogue::{Reply, Stamp};
use crate::domain::PersonId;

/// As much of Telegram's answer as is needed.
#[derive(Deserialize)]
struct Sent {
    message_id: i32,
}

/// The request that sends a reply, to be kept.
pub fn letter(person: PersonId, reply: &Reply) -> Result<String, Fault> {
    json(&message(ChatId(person.get()), reply, None))
}

/// Sends what was kept.
pub async fn post(line: &Line, person: PersonId, letter: &str) -> Result<(), Fault> {
    let chat = ChatId(person.get());
    line.tell::<IgnoredAny>(chat, SendMessage::NAME, letter).await.map(drop)
}

/// Sends a new message.
pub async fn say(
    line: &Line,
    chat: ChatId,
    reply: &Reply,
    stamp: Option<Stamp>,
) -> Result<MessageId, Fault> {
    let body = json(&message(chat, reply, stamp))?;
    let sent: Sent = line.tell(chat, SendMessage::NAME, &body).await?;
    Ok(MessageId(sent.message_id))
}

/// Puts a reply in place of a message. That it shows the same already is success.
pub async fn replace(
    line: &Line,
    chat: ChatId,
    message: MessageId,
    reply: &Reply,
    stamp: Option<Stamp>,
) -> Result<(), Fault> {
    let request = EditMessageText::new(chat, message, reply.text.as_str())
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard(reply, stamp));
    let told = line.tell::<IgnoredAny>(chat, EditMessageText::NAME, &json(&request)?).await;
    match told {
        Ok(_) | Err(Fault::Same) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Shows a reply in this place or, where the message is gone or there is none, in a new one; which
/// message shows it.
pub async fn show(
    line: &Line,
    chat: ChatId,
    place: Option<MessageId>,
    reply: &Reply,
    stamp: Option<Stamp>,
) -> Result<MessageId, Fault> {
    if let Some(message) = place {
        match replace(line, chat, message, reply, stamp).await {
            Err(Fault::Gone) => {}
            replaced => return replaced.map(|()| message),
        }
    }
    say(line, chat, reply, stamp).await
}

/// Takes the buttons off a message that is no longer the present card. That it fails costs
/// nothing: an old button has no effect.
pub async fn strip(line: &Line, chat: ChatId, message: MessageId) {
    let request = EditMessageReplyMarkup::new(chat, message);
    if let Err(fault) = cosmetic(line, chat, &request).await {
        tracing::debug!(%fault, "an old card kept its buttons");
    }
}

/// Answers a press, so that the button stops turning. That it fails costs nothing that is not to
/// be seen elsewhere; `person` is whose chat it counts for.
pub async fn answer(line: &Line, person: ChatId, query: &CallbackQueryId, toast: Option<&str>) {
    let mut request = AnswerCallbackQuery::new(query.clone());
    if let Some(toast) = toast {
        request = request.text(toast);
    }
    if let Err(fault) = cosmetic(line, person, &request).await {
        tracing::debug!(%fault, "a press was not answered");
    }
}

/// Answers in a group: nothing but the way to the private chat.
pub async fn redirect(line: &Line, chat: ChatId, reply: &Reply, label: &str, url: url::Url) {
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::url(label, url)]]);
    let request = SendMessage::new(chat, reply.text.as_str()).reply_markup(keyboard);
    if let Err(fault) = cosmetic(line, chat, &request).await {
        tracing::debug!(%fault, "a group was not answered");
    }
}

/// The longest that what nobody misses may take.
pub const COSMETIC: Duration = Duration::from_secs(5);

/// How soon an answer needs no sign that it is being made.
const AT_ONCE: Duration = Duration::from_millis(400);

/// Shows that an answer is being made, unless it comes at once, for as long as this is awaited.
pub async fn types(line: &Line, chat: ChatId) -> Infallible {
    tokio::time::sleep(AT_ONCE).await;
    drop(cosmetic(line, chat, &SendChatAction::new(chat, ChatAction::Typing)).await);
    std::future::pending().await
}

/// What nobody misses: it is tried once, and not for long.
async fn cosmetic<P>(line: &Line, chat: ChatId, request: &P) -> Result<(), Fault>
where
    P: Payload + serde::Serialize,
{
    let body = json(request)?;
    let told = line.tell::<IgnoredAny>(chat, P::NAME, &body);
    tokio::time::timeout(COSMETIC, told).await.unwrap_or(Err(Fault::Network("timeout"))).map(drop)
}

fn message(chat: ChatId, reply: &Reply, stamp: Option<Stamp>) -> SendMessage {
    SendMessage::new(chat, reply.text.as_str())
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard(reply, stamp))
}

fn keyboard(reply: &Reply, stamp: Option<Stamp>) -> InlineKeyboardMarkup {
    let button = |button: &crate::dialogue::Button| {
        InlineKeyboardButton::callback(button.label.clone(), button.press.encode(stamp))
    };
    InlineKeyboardMarkup::new(
        reply.rows.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()),
    )
}
