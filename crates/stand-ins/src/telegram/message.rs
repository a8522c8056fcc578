//! What is said in a chat: people, places, messages with their buttons, as Rust values and as the
//! JSON of the Bot API. Not in here: the rules of what may be said.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::identity::bot_user;

/// Somebody who can talk to the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Numeric Telegram id, positive; also the id of the private chat with the bot.
    pub id: i64,
    /// First name, never empty.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Username without `@`.
    pub username: Option<String>,
}

impl Person {
    /// Somebody with a first name and nothing else.
    pub fn new(id: i64, first_name: &str) -> Self {
        Self { id, first_name: first_name.to_owned(), last_name: None, username: None }
    }

    /// First and last name.
    pub fn full_name(&self) -> String {
        match &self.last_name {
            Some(last_name) => format!("{} {last_name}", self.first_name),
            None => self.first_name.clone(),
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut user = json!({
            "id": self.id, "is_bot": false, "first_name": self.first_name, "language_code": "ru",
        });
        self.add_names(&mut user);
        user
    }

    pub(super) fn private_chat(&self) -> Value {
        let mut chat = json!({ "id": self.id, "type": "private", "first_name": self.first_name });
        self.add_names(&mut chat);
        chat
    }

    fn add_names(&self, to: &mut Value) {
        if let Value::Object(members) = to {
            for (key, name) in [("last_name", &self.last_name), ("username", &self.username)] {
                if let Some(name) = name {
                    members.insert(key.to_owned(), json!(name));
                }
            }
        }
    }
}

/// Where several people meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Negative chat id.
    pub id: i64,
    /// What kind of chat it is.
    pub kind: PlaceKind,
    /// Title.
    pub title: String,
}

/// The kinds of [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A basic group; shares message numbers with private chats.
    Group,
    /// A supergroup; numbers its messages itself.
    Supergroup,
    /// A channel; numbers its messages itself.
    Channel,
}

impl Place {
    pub(super) fn json(&self) -> Value {
        json!({ "id": self.id, "type": self.kind, "title": self.title })
    }
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The bot.
    Bot,
    /// A person.
    Person(Person),
    /// A channel, in its own name.
    Channel(Place),
}

/// A part of a text that looks or acts specially. Offsets and lengths are in UTF-16 code units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The Bot API's name of the kind: `bold`, `code`, `text_link`…
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it starts.
    pub offset: usize,
    /// How long it is.
    pub length: usize,
    /// The address of a `text_link`; for a link to a person `tg://user?id=…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An inline button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What a press does.
    pub action: Action,
}

/// What a press of a [`Button`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Tells the bot, with this `callback_data`.
    Data(String),
    /// Opens an address; the bot learns nothing.
    Url(String),
    /// Copies a text; the bot learns nothing.
    Copy(String),
}

impl Button {
    pub(super) fn json(&self) -> Value {
        match &self.action {
            Action::Data(data) => json!({ "text": self.label, "callback_data": data }),
            Action::Url(url) => json!({ "text": self.label, "url": url }),
            Action::Copy(text) => json!({ "text": self.label, "copy_text": { "text": text } }),
        }
    }
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Number within its chat (private chats and basic groups share one count).
    pub id: i32,
    /// The chat it stands in.
    pub chat: i64,
    /// Who wrote it.
    pub author: Author,
    /// The text as people see it: tags parsed away, outer white space cut off.
    pub text: String,
    /// The source, when the bot sent HTML.
    pub html: Option<String>,
    /// The special parts of the text.
    pub entities: Vec<Entity>,
    /// Inline keyboard, in rows.
    pub buttons: Vec<Vec<Button>>,
    /// The number of the message it answers.
    pub reply_to: Option<i32>,
    /// Earlier texts, oldest first.
    pub former: Vec<String>,
    /// The [`super::Telegram::version`] of its last change.
    pub version: u64,
    /// When it was sent, Unix seconds.
    pub date: i64,
    /// When its text was last changed, Unix seconds.
    pub edit_date: Option<i64>,
    /// Members that only some messages have: `contact`, `sticker`, `forward_origin`…
    pub extra: Map<String, Value>,
}

/// What a person sees after a press: a line that fades, or a window to close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toast {
    /// What it says; empty when only the waiting ended.
    pub text: String,
    /// Whether it is a window.
    pub is_alert: bool,
    /// An address that is opened.
    pub url: Option<String>,
}

impl Message {
    /// Whether the bot wrote it.
    pub fn is_from_bot(&self) -> bool {
        self.author == Author::Bot
    }

    /// Whether its text was changed after it was sent.
    pub fn is_edited(&self) -> bool {
        self.edit_date.is_some()
    }

    /// The labels of its buttons, in reading order.
    pub fn labels(&self) -> Vec<&str> {
        self.buttons.iter().flatten().map(|button| button.label.as_str()).collect()
    }

    /// The first button whose label contains `part`, in any case.
    pub fn button(&self, part: &str) -> Option<&Button> {
        let part = part.to_lowercase();
        self.buttons.iter().flatten().find(|button| button.label.to_lowercase().contains(&part))
    }

    /// The message as the Bot API tells it. `answered` is the message that it replies to.
    pub(super) fn json(&self, chat: &Value, answered: Option<&Message>) -> Value {
        let mut message = json!({ "message_id": self.id, "date": self.date, "chat": chat });
        let Value::Object(members) = &mut message else { return message };
        match &self.author {
            Author::Bot => members.insert("from".to_owned(), bot_user()),
            Author::Person(person) => members.insert("from".to_owned(), person.json()),
            Author::Channel(place) => members.insert("sender_chat".to_owned(), place.json()),
        };
        if !self.text.is_empty() {
            members.insert("text".to_owned(), json!(self.text));
        }
        if !self.entities.is_empty() {
            members.insert("entities".to_owned(), entities_json(&self.entities));
        }
        if let Some(date) = self.edit_date {
            members.insert("edit_date".to_owned(), json!(date));
        }
        if !self.buttons.is_empty() {
            members.insert("reply_markup".to_owned(), keyboard_json(&self.buttons));
        }
        if let Some(answered) = answered {
            members.insert("reply_to_message".to_owned(), answered.json(chat, None));
        }
        members.extend(self.extra.clone());
        message
    }

    /// What people see, as plain lines: what a person wrote after `> `, buttons as `[label]` in
    /// their rows, addresses behind buttons after an arrow.
    pub fn transcript(&self) -> String {
        let mark = if self.is_from_bot() { "" } else { "> " };
        let mut lines: Vec<String> =
            self.seen_text().lines().map(|line| format!("{mark}{line}")).collect();
        for row in &self.buttons {
            let row: Vec<String> = row.iter().map(Button::transcript).collect();
            lines.push(row.join(" "));
        }
        lines.join("\n")
    }

    fn seen_text(&self) -> String {
        if !self.text.is_empty() {
            return self.text.clone();
        }
        let kinds: Vec<&str> = self.extra.keys().map(String::as_str).collect();
        format!("({})", kinds.join(", "))
    }
}

impl Button {
    fn transcript(&self) -> String {
        match &self.action {
            Action::Url(url) => format!("[{} → {url}]", self.label),
            Action::Data(_) | Action::Copy(_) => format!("[{}]", self.label),
        }
    }
}

/// A chat as plain text, one empty line between messages: for snapshots and for error messages.
pub fn transcript(messages: &[Message]) -> String {
    let messages: Vec<String> = messages.iter().map(Message::transcript).collect();
    messages.join("\n\n")
}

pub(super) fn keyboard_json(rows: &[Vec<Button>]) -> Value {
    let rows: Vec<Vec<Value>> =
        rows.iter().map(|row| row.iter().map(Button::json).collect()).collect();
    json!({ "inline_keyboard": rows })
}

/// A link to a person is told as a `text_link` here; the real server says `text_mention`, which
/// needs the whole person.
fn entities_json(entities: &[Entity]) -> Value {
    Value::Array(entities.iter().map(|entity| json!(entity)).collect())
}

/// The time as messages have it, Unix seconds.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
