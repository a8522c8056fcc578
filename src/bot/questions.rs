//! Which messages ask whether to send an invitation once more: of each only the newest keeps its
//! buttons. In memory and bounded, for an old button has no effect anyway.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use teloxide::types::{ChatId, MessageId};

use crate::domain::InvitationNo;

/// With one more it begins anew.
const MAX_QUESTIONS: usize = 4_096;

#[derive(Debug, Default)]
pub struct Questions(Mutex<HashMap<(ChatId, MessageId), InvitationNo>>);

impl Questions {
    /// `about`: what the message asks about by now. Returns those that it makes superfluous.
    pub fn shown(
        &self,
        chat: ChatId,
        message: MessageId,
        about: Option<InvitationNo>,
    ) -> Vec<MessageId> {
        self.open().remove(&(chat, message));
        let Some(about) = about else { return Vec::new() };
        let old = self.settled(chat, about);
        let mut open = self.open();
        if open.len() >= MAX_QUESTIONS {
            open.clear();
        }
        open.insert((chat, message), about);
        old
    }

    /// Somebody decided: nothing is asked about it any more.
    pub fn settled(&self, chat: ChatId, about: InvitationNo) -> Vec<MessageId> {
        let is_old =
            |of: &(ChatId, MessageId), number: &mut InvitationNo| of.0 == chat && *number == about;
        let mut open = self.open();
        open.extract_if(is_old).map(|((_, message), _)| message).collect()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(ChatId, MessageId), InvitationNo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_question_about_one_invitation_is_open() {
        let questions = Questions::default();
        let (chat, one, two) = (ChatId(5), InvitationNo(1), InvitationNo(2));
        let shown = |message, about| questions.shown(chat, MessageId(message), about);
        assert_eq!(shown(10, Some(one)), []);
        assert_eq!(shown(11, Some(two)), []);
        assert_eq!(questions.shown(ChatId(6), MessageId(10), Some(one)), []);
        assert_eq!(shown(12, Some(one)), [MessageId(10)]);
        // It became a card.
        assert_eq!(shown(12, None), []);
        assert_eq!(questions.settled(chat, one), []);
        assert_eq!(questions.settled(chat, two), [MessageId(11)]);
        assert_eq!(questions.settled(chat, two), []);
    }

    #[test]
    fn memory_is_bounded() {
        let questions = Questions::default();
        for n in 0..10_000 {
            questions.shown(ChatId(n), MessageId(1), Some(InvitationNo(n)));
        }
        assert!(questions.open().len() <= MAX_QUESTIONS);
    }
}
