//! What the server knows when a bot is stopped, so that another stand-in can go on from there: the
//! private chats with their messages and buttons, and where the ids of updates have got to.

use serde::{Deserialize, Serialize};

use super::message::{Message, Person};
use super::stand_in::Telegram;
use super::state::Peer;

/// The past of a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// The id that the next update gets.
    pub next_update: i64,
    /// Each person with the private chat, oldest message first.
    pub chats: Vec<(Person, Vec<Message>)>,
}

impl Telegram {
    /// All that another stand-in needs to go on.
    pub fn past(&self) -> Past {
        let state = self.world.state();
        let chats = state.chats.values().filter_map(|chat| match &chat.peer {
            Peer::Person(person) => Some((person.clone(), chat.messages.clone())),
            Peer::Place(_) => None,
        });
        Past { next_update: state.queue.next_id(), chats: chats.collect() }
    }

    /// Goes on from there: the messages stand in their chats, and their buttons can be pressed.
    pub fn goes_on_from(&self, past: Past) {
        self.world.change(|state| {
            state.queue.restart_ids(past.next_update);
            for (person, messages) in past.chats {
                state.recall(&person, messages);
            }
        });
    }
}
