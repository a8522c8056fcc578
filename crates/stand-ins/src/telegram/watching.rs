//! Looking at a chat and waiting for something to appear in it, without sleeping.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::menu::Command;
use super::message::{Message, Person, Place, transcript};
use super::stand_in::Telegram;
use super::state::State;

/// What was waited for and did not come, with the chat as it stood then.
#[derive(Clone, PartialEq, Eq)]
pub struct NotSeen(String);

impl NotSeen {
    pub(super) fn new(what: &str, chat: &[Message]) -> Self {
        Self(format!("not seen: {what}; the chat:\n{}\n", transcript(chat)))
    }
}

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Readable in `unwrap`.
impl fmt::Debug for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotSeen {}

impl Telegram {
    /// How long people wait for something to appear; ten seconds unless told otherwise.
    pub fn gives_up_after(&self, patience: Duration) {
        self.world.state().patience = patience;
    }

    /// By how many seconds each message of a chat is later than the one before, at least: whoever
    /// writes in a test takes the time that people take. None unless told otherwise.
    pub fn takes_time(&self, seconds: i64) {
        self.world.state().pace = seconds;
    }

    /// Waits for a message of the bot that contains `part` and was sent or edited after the
    /// person's last deed (a text, a press…).
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn waits_for(&self, person: &Person, part: &str) -> Result<Message, NotSeen> {
        let what = format!("a message with «{part}»");
        self.until_state(person, &what, |state| {
            let chat = state.chats.get(&person.id)?;
            let fits = |it: &&Message| {
                it.is_from_bot() && it.version > chat.acted && it.text.contains(part)
            };
            chat.messages.iter().rev().find(fits).cloned()
        })
        .await
    }

    /// Waits until `look` finds something in the private chat; `what` is for the error.
    ///
    /// # Errors
    /// When it finds nothing in time.
    pub async fn until<T>(
        &self,
        person: &Person,
        what: &str,
        mut look: impl FnMut(&[Message]) -> Option<T>,
    ) -> Result<T, NotSeen> {
        self.until_state(person, what, |state| {
            look(state.chats.get(&person.id).map_or(&[], |chat| chat.messages.as_slice()))
        })
        .await
    }

    /// Waits until a running bot has asked for updates.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn is_polled(&self) -> Result<(), NotSeen> {
        let nobody = Person::new(0, "");
        self.until_state(&nobody, "a getUpdates", |state| state.queue.is_polled().then_some(()))
            .await
    }

    /// Waits until the bot has confirmed every update, so that silence is a decision of the bot.
    /// It may still be at work on the last one.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn is_caught_up(&self) -> Result<(), NotSeen> {
        let nobody = Person::new(0, "");
        let what = "every update confirmed";
        self.until_state(&nobody, what, |state| (state.queue.pending() == 0).then_some(())).await
    }

    pub(super) async fn until_state<T>(
        &self,
        person: &Person,
        what: &str,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, NotSeen> {
        let mut versions = self.world.version.subscribe();
        let deadline = Instant::now() + self.world.state().patience;
        loop {
            versions.mark_unchanged();
            if let Some(found) = look(&self.world.state()) {
                return Ok(found);
            }
            if timeout_at(deadline, versions.changed()).await.is_err() {
                return Err(NotSeen::new(what, &self.chat(person)));
            }
        }
    }

    /// The private chat with a person, oldest message first.
    pub fn chat(&self, person: &Person) -> Vec<Message> {
        self.messages(person.id)
    }

    /// The chat of a place, oldest message first.
    pub fn chat_in(&self, place: &Place) -> Vec<Message> {
        self.messages(place.id)
    }

    /// The newest message of the private chat, whoever wrote it.
    pub fn last(&self, person: &Person) -> Option<Message> {
        self.chat(person).pop()
    }

    /// The private chat as plain text, see [`transcript`].
    pub fn transcript(&self, person: &Person) -> String {
        transcript(&self.chat(person))
    }

    /// The command menu that a person sees in the private chat.
    pub fn commands(&self, person: &Person) -> Vec<Command> {
        self.world.state().published.seen_by(person.id)
    }

    /// Whether the bot is shown as typing to a person.
    pub fn is_typing(&self, person: &Person) -> bool {
        self.world.state().chats.get(&person.id).is_some_and(|chat| chat.is_typing())
    }

    fn messages(&self, chat: i64) -> Vec<Message> {
        self.world.state().chats.get(&chat).map(|chat| chat.messages.clone()).unwrap_or_default()
    }
}
