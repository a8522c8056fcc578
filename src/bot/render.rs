//! Turns an outgoing message into a screen, and a screen into a request to Telegram.

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
    CallbackQueryId, ChatAction, ChatId, CopyTextButton, InlineKeyboardButton,
    InlineKeyboardMarkup, MessageId, ParseMode, ReplyParameters,
};

use super::Context;
use super::answer::TelegramError;
use super::client::{TelegramClient, json};
use crate::domain::{DraftRevision, Viewer};
use crate::handlers::OutgoingMessage;
use crate::screens::press::Press;
use crate::screens::{Button, Copied, Screen};
use crate::store::StoreError;

#[derive(Deserialize)]
struct Sent {
    message_id: i32,
}

pub async fn draw(
    context: &Context,
    viewer: &Viewer,
    outgoing: &OutgoingMessage,
) -> Result<Option<Screen>, TelegramError> {
    let drawn = async {
        let mut reader = context.store.reader();
        outgoing.draw(&mut reader, viewer).await
    };
    drawn.await.map_err(|error: StoreError| {
        tracing::error!(%error, "a message cannot be drawn");
        TelegramError::Network("the database failed")
    })
}

pub async fn say(
    client: &TelegramClient,
    chat: ChatId,
    screen: &Screen,
    revision: Option<DraftRevision>,
) -> Result<MessageId, TelegramError> {
    send(client, chat, screen, |screen| message(client, chat, screen, revision)).await
}

/// As an answer to that message; where it is gone, without it.
pub async fn reply(
    client: &TelegramClient,
    chat: ChatId,
    to: Option<MessageId>,
    screen: &Screen,
) -> Result<MessageId, TelegramError> {
    let request = |screen: &Screen| match to {
        Some(to) => message(client, chat, screen, None)
            .reply_parameters(ReplyParameters::new(to).allow_sending_without_reply()),
        None => message(client, chat, screen, None),
    };
    send(client, chat, screen, request).await
}

async fn send(
    client: &TelegramClient,
    chat: ChatId,
    screen: &Screen,
    request: impl Fn(&Screen) -> SendMessage,
) -> Result<MessageId, TelegramError> {
    let body = json(&request(screen))?;
    let sent: Sent = match client.tell(chat, SendMessage::NAME, &body).await {
        Err(error) if is_link_refused(&error) && has_links(screen) => {
            let body = json(&request(&without_links(screen)))?;
            client.tell(chat, SendMessage::NAME, &body).await?
        }
        sent => sent?,
    };
    let message = MessageId(sent.message_id);
    client.last_messages().note(chat, message);
    Ok(message)
}

/// A message that shows the screen already is a success.
pub async fn replace(
    client: &TelegramClient,
    chat: ChatId,
    message: MessageId,
    screen: &Screen,
    revision: Option<DraftRevision>,
) -> Result<(), TelegramError> {
    let request = |screen: &Screen| {
        EditMessageText::new(chat, message, screen.text.as_str())
            .parse_mode(ParseMode::Html)
            .reply_markup(keyboard(client, screen, revision))
    };
    let body = json(&request(screen))?;
    let told = match client.tell::<IgnoredAny>(chat, EditMessageText::NAME, &body).await {
        Err(error) if is_link_refused(&error) && has_links(screen) => {
            let body = json(&request(&without_links(screen)))?;
            client.tell::<IgnoredAny>(chat, EditMessageText::NAME, &body).await
        }
        told => told,
    };
    match told {
        Ok(_) | Err(TelegramError::NotModified) => Ok(()),
        Err(error) => Err(error),
    }
}

/// In this place or, where the message is gone or there is none, in a new one; returns which.
pub async fn show(
    client: &TelegramClient,
    chat: ChatId,
    place: Option<MessageId>,
    screen: &Screen,
    revision: Option<DraftRevision>,
) -> Result<MessageId, TelegramError> {
    if let Some(message) = place {
        match replace(client, chat, message, screen, revision).await {
            Err(TelegramError::MessageGone) => {}
            replaced => return replaced.map(|()| message),
        }
    }
    say(client, chat, screen, revision).await
}

/// A failure costs nothing, for an old button has no effect.
pub async fn strip(client: &TelegramClient, chat: ChatId, message: MessageId) {
    let request = EditMessageReplyMarkup::new(chat, message);
    if let Err(error) = cosmetic(client, chat, &request).await {
        tracing::debug!(%error, "an old card kept its buttons");
    }
}

/// A failure costs nothing that is not shown elsewhere too; `person` is whose flood limit it heeds.
pub async fn answer(
    client: &TelegramClient,
    person: ChatId,
    query: &CallbackQueryId,
    toast: Option<&str>,
) {
    let mut request = AnswerCallbackQuery::new(query.clone());
    let answered = match toast {
        Some(toast) => {
            request = request.text(toast);
            cosmetic(client, person, &request).await
        }
        None => signal(client, person, &request).await,
    };
    if let Err(error) = answered {
        tracing::debug!(%error, "a press was not answered");
    }
}

pub async fn redirect(
    client: &TelegramClient,
    chat: ChatId,
    screen: &Screen,
    label: &str,
    url: url::Url,
) {
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::url(label, url)]]);
    let request = SendMessage::new(chat, screen.text.as_str()).reply_markup(keyboard);
    if let Err(error) = cosmetic(client, chat, &request).await {
        tracing::debug!(%error, "a group was not answered");
    }
}

/// The longest that a request may take which nobody misses.
pub const COSMETIC_TIMEOUT: Duration = Duration::from_secs(5);

/// An answer that comes so soon needs no sign that it is being made.
const TYPING_DELAY: Duration = Duration::from_millis(400);

/// What Telegram lets a button copy, in characters.
const COPIED_MAX: usize = 256;

/// Shows "typing" for as long as this is awaited, unless the answer comes at once.
pub async fn show_typing(client: &TelegramClient, chat: ChatId) -> Infallible {
    tokio::time::sleep(TYPING_DELAY).await;
    drop(signal(client, chat, &SendChatAction::new(chat, ChatAction::Typing)).await);
    std::future::pending().await
}

async fn cosmetic<P>(
    client: &TelegramClient,
    chat: ChatId,
    request: &P,
) -> Result<(), TelegramError>
where
    P: Payload + serde::Serialize,
{
    let body = json(request)?;
    briefly(client.tell(chat, P::NAME, &body)).await
}

/// Says nothing of what is stored.
async fn signal<P>(client: &TelegramClient, chat: ChatId, request: &P) -> Result<(), TelegramError>
where
    P: Payload + serde::Serialize,
{
    let body = json(request)?;
    briefly(client.signal(chat, P::NAME, &body)).await
}

async fn briefly(
    told: impl Future<Output = Result<IgnoredAny, TelegramError>>,
) -> Result<(), TelegramError> {
    let told = tokio::time::timeout(COSMETIC_TIMEOUT, told).await;
    told.unwrap_or(Err(TelegramError::Network("timeout"))).map(drop)
}

fn message(
    client: &TelegramClient,
    chat: ChatId,
    screen: &Screen,
    revision: Option<DraftRevision>,
) -> SendMessage {
    SendMessage::new(chat, screen.text.as_str())
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard(client, screen, revision))
}

/// Telegram refuses a button to the chat of a person who forbids it, or whom the bot never met.
fn is_link_refused(error: &TelegramError) -> bool {
    matches!(error, TelegramError::Refused(words) if words.contains("BUTTON_USER"))
}

fn is_link(button: &Button) -> bool {
    matches!(button.press, Press::Write(_))
}

fn chat_with(button: &Button) -> Option<url::Url> {
    match button.press {
        Press::Write(person) => url::Url::parse(&format!("tg://user?id={person}")).ok(),
        _ => None,
    }
}

fn has_links(screen: &Screen) -> bool {
    screen.rows.iter().flatten().any(is_link)
}

fn without_links(screen: &Screen) -> Screen {
    let mut screen = screen.clone();
    for row in &mut screen.rows {
        row.retain(|button| !is_link(button));
    }
    screen.rows.retain(|row| !row.is_empty());
    screen
}

/// `None`: what is to be copied is too long, or not known yet.
fn copied(client: &TelegramClient, what: &Copied) -> Option<CopyTextButton> {
    let text = match what {
        Copied::Text(text) => text.clone(),
        Copied::LinkTo(number) => format!("https://t.me/{}?start=i_{number}", client.username()?),
        Copied::Invite(token) => format!("https://t.me/{}?start=j_{token}", client.username()?),
    };
    (text.chars().count() <= COPIED_MAX).then_some(CopyTextButton { text })
}

fn keyboard(
    client: &TelegramClient,
    screen: &Screen,
    revision: Option<DraftRevision>,
) -> InlineKeyboardMarkup {
    let button = |button: &Button| {
        let label = button.label.clone();
        if let Some(what) = &button.copies {
            let copied = copied(client, what)?;
            return Some(InlineKeyboardButton::copy_text_button(label, copied));
        }
        Some(match (&button.press, chat_with(button)) {
            (Press::Write(_), Some(url)) => InlineKeyboardButton::url(label, url),
            (press, _) => InlineKeyboardButton::callback(label, press.encode(revision)),
        })
    };
    InlineKeyboardMarkup::new(
        screen.rows.iter().map(|row| row.iter().filter_map(button).collect::<Vec<_>>()),
    )
}
