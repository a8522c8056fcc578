//! The newest message of each chat: in memory and bounded. What is not known is no newest message, so
//! after a restart a result rings rather than passes unnoticed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use teloxide::types::{ChatId, MessageId};

/// With one more it begins anew.
const MAX_CHATS: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub struct LastMessages(Arc<Mutex<HashMap<ChatId, MessageId>>>);

impl LastMessages {
    pub fn note(&self, chat: ChatId, message: MessageId) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MAX_CHATS && !last.contains_key(&chat) {
            last.clear();
        }
        let known = last.entry(chat).or_insert(message);
        // Later ones have greater numbers.
        known.0 = known.0.max(message.0);
    }

    /// A press may come from far above, so it makes nothing known.
    pub fn raise(&self, chat: ChatId, message: MessageId) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.get_mut(&chat) {
            known.0 = known.0.max(message.0);
        }
    }

    pub fn is_last(&self, chat: ChatId, message: MessageId) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&chat).is_some_and(|last| last.0 <= message.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_known_message_is_the_last() {
        let last = LastMessages::default();
        let (chat, other) = (ChatId(5), ChatId(6));
        assert!(!last.is_last(chat, MessageId(7)), "nothing is known");
        last.raise(chat, MessageId(7));
        assert!(!last.is_last(chat, MessageId(7)), "it may stand far above");
        last.note(chat, MessageId(7));
        last.note(chat, MessageId(3));
        assert!(last.is_last(chat, MessageId(7)));
        assert!(!last.is_last(chat, MessageId(3)) && !last.is_last(other, MessageId(7)));
    }

    #[test]
    fn memory_is_bounded() {
        let last = LastMessages::default();
        for chat in 0..10_000 {
            last.note(ChatId(chat), MessageId(1));
        }
        assert!(last.0.lock().unwrap().len() <= MAX_CHATS);
    }
}
