//! What people do: write, press, reply, forward, block. In the words of a person; how it is told to
//! the bot is decided here.

use serde_json::{Map, Value, json};

use super::identity::BOT_USERNAME;
use super::message::{Action, Author, Button, Message, Person, Place, PlaceKind, Toast, now};
use super::methods::membership;
use super::params::members;
use super::stand_in::Telegram;
use super::state::{Draft, State};
use super::watching::NotSeen;

/// A press of a button, whose answer can be waited for.
#[derive(Clone)]
pub struct Press {
    telegram: Telegram,
    query: String,
    /// Who pressed.
    pub person: Person,
    /// The message pressed on.
    pub message_id: i32,
    /// The label of the button; empty when the press was forged.
    pub label: String,
    /// The `callback_data` that the bot gets.
    pub data: String,
}

impl Press {
    /// The same button once more, as the bot sees an impatient person.
    pub fn again(&self) -> Press {
        self.telegram.queue_press(&self.person, self.message_id, &self.label, &self.data)
    }

    /// Waits for `answerCallbackQuery` and says what the person sees then.
    ///
    /// # Errors
    /// When the bot does not answer in time.
    pub async fn answer(&self) -> Result<Toast, NotSeen> {
        let what = format!("an answer to the press of «{}»", self.label);
        self.telegram
            .until_state(&self.person, &what, |state| {
                state.queries.get(&self.query)?.answer.clone()
            })
            .await
    }

    /// The answer, if the bot has given it.
    pub fn answered(&self) -> Option<Toast> {
        self.telegram.world.state().queries.get(&self.query)?.answer.clone()
    }
}

impl Telegram {
    /// A person writes to the bot; whoever blocked it unblocks it with that.
    pub fn says(&self, person: &Person, text: &str) -> Message {
        self.write(person, text, Map::new(), None)
    }

    /// A person answers a certain message of the private chat.
    pub fn replies(&self, person: &Person, to_message_id: i32, text: &str) -> Message {
        self.write(person, text, Map::new(), Some(to_message_id))
    }

    /// A person passes on what somebody else wrote; `None` is an author whose privacy hides him.
    pub fn forwards(&self, person: &Person, from: Option<&Person>, text: &str) -> Message {
        let origin = match from {
            Some(from) => json!({ "type": "user", "date": now(), "sender_user": from.json() }),
            None => json!({ "type": "hidden_user", "date": now(), "sender_user_name": "Аноним" }),
        };
        self.write(person, text, members(json!({ "forward_origin": origin })), None)
    }

    /// A person sends somebody's contact.
    pub fn shares_contact(&self, person: &Person, contact: &Person) -> Message {
        let mut card = json!({
            "phone_number": "+70000000000", "first_name": contact.first_name, "user_id": contact.id,
        });
        if let (Some(last_name), Value::Object(card)) = (&contact.last_name, &mut card) {
            card.insert("last_name".to_owned(), json!(last_name));
        }
        self.sends(person, json!({ "contact": card }))
    }

    /// A person sends a sticker.
    pub fn sends_sticker(&self, person: &Person) -> Message {
        let sticker = json!({
            "file_id": "sticker-1", "file_unique_id": "sticker-1u", "type": "regular", "width": 512,
            "height": 512, "is_animated": false, "is_video": false, "emoji": "👍", "file_size": 1,
        });
        self.sends(person, json!({ "sticker": sticker }))
    }

    /// A person sends anything that is not a text, given as members of the Bot API's message.
    pub fn sends(&self, person: &Person, content: Value) -> Message {
        self.write(person, "", members(content), None)
    }

    /// A person changes an own message of the private chat. Nothing happens when there is none.
    pub fn edits(&self, person: &Person, message_id: i32, text: &str) {
        self.world.change(|state| {
            let version = state.version;
            let Some(message) = state.touch(person.id, message_id) else { return };
            if message.author != Author::Person(person.clone()) {
                return;
            }
            message.former.push(std::mem::replace(&mut message.text, text.to_owned()));
            message.edit_date = Some(now());
            let chat = state.chat_with(person);
            chat.acted = version;
            if let Some(message) = chat.message(message_id) {
                let message = with_command(chat.message_json(message), text);
                state.queue.push("edited_message", &message);
            }
        });
    }

    /// A person writes in a group that the bot is a member of. As Telegram does by default, the bot
    /// gets only commands and what names it.
    pub fn says_in(&self, person: &Person, place: &Place, text: &str) -> Message {
        self.world.change(|state| {
            // The person is known from now on, but the private chat stays closed.
            state.chat_with(person);
            state.chat_in(place);
            let author = Author::Person(person.clone());
            let draft = Draft { author, text: text.to_owned(), extra: Map::new(), reply_to: None };
            let message = added(state, place.id, draft);
            if is_for_the_bot(text) {
                tell(state, "message", &message);
            }
            message
        })
    }

    /// A channel that the bot is a member of publishes something.
    pub fn posts(&self, channel: &Place, text: &str) -> Message {
        self.world.change(|state| {
            state.chat_in(channel);
            let author = Author::Channel(Place { kind: PlaceKind::Channel, ..channel.clone() });
            let draft = Draft { author, text: text.to_owned(), extra: Map::new(), reply_to: None };
            let message = added(state, channel.id, draft);
            tell(state, "channel_post", &message);
            message
        })
    }

    /// A person blocks the bot: it can write to that chat no more.
    pub fn blocks(&self, person: &Person) {
        self.set_blocked(person, true);
    }

    /// A person lets the bot write again.
    pub fn unblocks(&self, person: &Person) {
        self.set_blocked(person, false);
    }

    /// A person whom no button may link to (`tg://user?id=…` is refused).
    pub fn hides_from_links(&self, person: &Person) {
        self.world.change(|state| state.hidden.push(person.id));
    }

    /// Presses that the bot has not answered cannot be answered any more, as after some minutes.
    pub fn presses_expire(&self) {
        self.world.change(|state| {
            state.queries.values_mut().for_each(|query| query.expired = true);
        });
    }

    /// Presses the button on the newest message of the private chat that has one whose label
    /// contains `label_part` (any case); waits until there is one.
    ///
    /// # Errors
    /// When no such button appears, or when it opens an address instead of telling the bot.
    pub async fn presses(&self, person: &Person, label_part: &str) -> Result<Press, NotSeen> {
        let what = format!("a button «{label_part}»");
        let (message, button) = self
            .until(person, &what, |chat| {
                chat.iter().rev().find_map(|it| Some((it.clone(), it.button(label_part)?.clone())))
            })
            .await?;
        self.press(person, &message, &button)
    }

    /// Presses a button of a certain message; waits until that message has it.
    ///
    /// # Errors
    /// As [`Self::presses`].
    pub async fn presses_on(
        &self,
        person: &Person,
        message_id: i32,
        label_part: &str,
    ) -> Result<Press, NotSeen> {
        let what = format!("a button «{label_part}» on message {message_id}");
        let (message, button) = self
            .until(person, &what, |chat| {
                let message = chat.iter().find(|it| it.id == message_id)?;
                Some((message.clone(), message.button(label_part)?.clone()))
            })
            .await?;
        self.press(person, &message, &button)
    }

    /// Presses the button at this place of a message of the private chat, counted from 0; does not
    /// wait.
    ///
    /// # Errors
    /// When there is no such button, or when it opens an address instead of telling the bot.
    pub fn presses_at(
        &self,
        person: &Person,
        message_id: i32,
        row: usize,
        column: usize,
    ) -> Result<Press, NotSeen> {
        let chat = self.chat(person);
        let message = chat.iter().find(|message| message.id == message_id);
        let button = |it: &Message| it.buttons.get(row)?.get(column).cloned();
        match message.and_then(|it| Some((it, button(it)?))) {
            Some((message, button)) => self.press(person, message, &button),
            None => {
                let what = format!("a button {row}, {column} on message {message_id}");
                Err(NotSeen::new(&what, &chat))
            }
        }
    }

    /// A forged press: any data on any message of any private chat, whatever stands on its buttons.
    /// A number that no message has gives the bot a message it cannot see, as very old ones do.
    pub fn presses_data(&self, person: &Person, message_id: i32, raw_data: &str) -> Press {
        self.queue_press(person, message_id, "", raw_data)
    }

    /// The same on a message of a group or a channel that the bot was added to.
    pub fn presses_data_in(&self, person: &Person, place: &Place, raw_data: &str) -> Press {
        let query = self.world.change(|state| {
            let chat = state.chat_in(place).json();
            let message = json!({ "chat": chat, "message_id": 1, "date": 0 });
            asked(state, person, place.id, &message, raw_data)
        });
        self.pressed(query, person, 1, "", raw_data)
    }

    fn press(&self, person: &Person, message: &Message, button: &Button) -> Result<Press, NotSeen> {
        match &button.action {
            Action::Data(data) => {
                self.world.pressed(message, &button.label);
                Ok(self.queue_press(person, message.id, &button.label, data))
            }
            Action::Url(_) | Action::Copy(_) => {
                let what = format!("a callback behind «{}»", button.label);
                Err(NotSeen::new(&what, &self.chat(person)))
            }
        }
    }

    fn queue_press(&self, person: &Person, message_id: i32, label: &str, data: &str) -> Press {
        let query = self.world.change(|state| {
            let version = state.version;
            let pressed = state
                .chats
                .values()
                .filter(|chat| chat.is_private())
                .find_map(|chat| Some((chat, chat.message(message_id)?)))
                .map(|(chat, message)| (message.chat, chat.message_json(message)));
            let (chat, message) = pressed.unwrap_or_else(|| {
                let chat = state.chat_with(person).json();
                (person.id, json!({ "chat": chat, "message_id": message_id, "date": 0 }))
            });
            state.chat_with(person).acted = version;
            asked(state, person, chat, &message, data)
        });
        self.pressed(query, person, message_id, label, data)
    }

    fn pressed(
        &self,
        query: String,
        person: &Person,
        message_id: i32,
        label: &str,
        data: &str,
    ) -> Press {
        Press {
            telegram: self.clone(),
            query,
            person: person.clone(),
            message_id,
            label: label.to_owned(),
            data: data.to_owned(),
        }
    }

    fn write(
        &self,
        person: &Person,
        text: &str,
        extra: Map<String, Value>,
        reply_to: Option<i32>,
    ) -> Message {
        self.world.change(|state| {
            let chat = state.chat_with(person);
            chat.open = true;
            if std::mem::take(&mut chat.blocked) {
                let change = membership(chat, &person.json(), "kicked", "member");
                state.queue.push("my_chat_member", &change);
            }
            let author = Author::Person(person.clone());
            let draft = Draft { author, text: text.trim().to_owned(), extra, reply_to };
            let message = added(state, person.id, draft);
            tell(state, "message", &message);
            message
        })
    }

    fn set_blocked(&self, person: &Person, blocked: bool) {
        self.world.change(|state| {
            let chat = state.chat_with(person);
            if chat.blocked != blocked {
                chat.blocked = blocked;
                let (old, new) = if blocked { ("member", "kicked") } else { ("kicked", "member") };
                let change = membership(chat, &person.json(), old, new);
                state.queue.push("my_chat_member", &change);
            }
        });
    }
}

#[expect(clippy::expect_used, reason = "every caller has opened the chat under the same lock")]
fn added(state: &mut State, chat: i64, draft: Draft) -> Message {
    state.add(chat, draft).expect("the chat exists")
}

/// Tells the bot of a press; by which name it is answered.
fn asked(state: &mut State, person: &Person, chat: i64, message: &Value, data: &str) -> String {
    let id = state.new_query();
    let query = json!({
        "id": id, "from": person.json(), "message": message,
        "chat_instance": (chat ^ 0x5EED_CAFE).to_string(), "data": data,
    });
    state.queue.push("callback_query", &query);
    id
}

fn tell(state: &mut State, kind: &str, message: &Message) {
    if let Some(chat) = state.chats.get(&message.chat) {
        let json = with_command(chat.message_json(message), &message.text);
        state.queue.push(kind, &json);
    }
}

/// Telegram marks a command at the beginning of what people write.
fn with_command(mut message: Value, text: &str) -> Value {
    let command = text.split_whitespace().next().unwrap_or_default();
    let is_command = command.starts_with('/') && command.len() > 1;
    if let (true, Value::Object(members)) = (is_command, &mut message) {
        let length = command.encode_utf16().count();
        let entity = json!([{ "type": "bot_command", "offset": 0, "length": length }]);
        members.insert("entities".to_owned(), entity);
    }
    message
}

fn is_for_the_bot(text: &str) -> bool {
    let name = format!("@{}", BOT_USERNAME);
    let command = text.split_whitespace().next().unwrap_or_default();
    let is_command = command.starts_with('/') && !command.contains('@');
    is_command || text.contains(&name)
}
