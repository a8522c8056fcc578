//! Which update is next: one of each chat at a time, chats in turn, in a chat the oldest first.

use std::collections::{BTreeSet, HashMap, VecDeque};

use tokio::time::Instant;

use crate::store::Waiting;

const AT_ONCE: usize = 100;

#[derive(Debug, Default)]
pub struct ChatQueues {
    chats: HashMap<i64, ChatQueue>,
    /// Chats with an update that nobody works on; the front one is next.
    ready: VecDeque<i64>,
    /// Chats that wait after a failure, and until when.
    held: BTreeSet<(Instant, i64)>,
    running: HashMap<i64, i64>,
    delays: HashMap<i64, u32>,
    /// Updates whose present try goes on when they come again.
    broken_off: BTreeSet<i64>,
    /// Updates that failed, or were left undone by a program that may have died of them: each
    /// further try is counted.
    doubtful: BTreeSet<i64>,
}

#[derive(Debug, Default)]
struct ChatQueue {
    waiting: VecDeque<i64>,
    /// Somebody works on it, or it is held.
    busy: bool,
}

impl ChatQueues {
    /// Returns whether it waits for another one.
    pub fn push(&mut self, one: Waiting) -> bool {
        let queue = self.chats.entry(one.chat).or_default();
        queue.waiting.push_back(one.update);
        if !queue.busy && queue.waiting.len() == 1 {
            self.ready.push_back(one.chat);
        }
        queue.busy
    }

    pub fn doubt(&mut self, update: i64) {
        self.doubtful.insert(update);
    }

    pub fn is_doubtful(&self, update: i64) -> bool {
        self.doubtful.contains(&update)
    }

    /// Something waits behind the update that is worked on.
    pub fn has_more(&self, update: i64) -> bool {
        let queue = self.running.get(&update).and_then(|chat| self.chats.get(chat));
        queue.is_some_and(|queue| !queue.waiting.is_empty())
    }

    pub fn next(&mut self, now: Instant) -> Option<i64> {
        while let Some((at, chat)) = self.held.first().copied().filter(|(at, _)| *at <= now) {
            self.held.remove(&(at, chat));
            self.free(chat);
        }
        if self.running.len() >= AT_ONCE {
            return None;
        }
        let chat = self.ready.pop_front()?;
        let queue = self.chats.get_mut(&chat)?;
        let update = queue.waiting.pop_front()?;
        queue.busy = true;
        self.running.insert(update, chat);
        Some(update)
    }

    pub fn wakes_at(&self) -> Option<Instant> {
        self.held.first().map(|(at, _)| *at)
    }

    pub fn finish(&mut self, update: i64) {
        self.delays.remove(&update);
        self.broken_off.remove(&update);
        self.doubtful.remove(&update);
        if let Some(chat) = self.running.remove(&update) {
            self.free(chat);
        }
    }

    /// The update comes again before anything else in its chat.
    pub fn put_back(&mut self, update: i64, at: Instant) {
        self.broken_off.remove(&update);
        self.doubt(update);
        self.hold(update, at);
    }

    /// Returns how often the update has waited for the disk.
    pub fn delay(&mut self, update: i64, at: Instant) -> u32 {
        self.hold(update, at);
        let times = self.delays.entry(update).or_default();
        *times += 1;
        *times
    }

    fn hold(&mut self, update: i64, at: Instant) {
        let Some(chat) = self.running.remove(&update) else { return };
        if let Some(queue) = self.chats.get_mut(&chat) {
            queue.waiting.push_front(update);
        }
        self.held.insert((at, chat));
    }

    pub fn break_off(&mut self, update: i64) {
        self.broken_off.insert(update);
    }

    pub fn goes_on(&self, update: i64) -> bool {
        self.broken_off.contains(&update)
    }

    /// Takes an idle chat, so that no update of it is begun until [`Self::free`].
    pub fn claim(&mut self, chat: i64) -> bool {
        let free = !self.chats.contains_key(&chat);
        if free {
            self.chats.insert(chat, ChatQueue { busy: true, ..ChatQueue::default() });
        }
        free
    }

    pub fn free(&mut self, chat: i64) {
        let Some(queue) = self.chats.get_mut(&chat) else { return };
        queue.busy = false;
        if queue.waiting.is_empty() {
            self.chats.remove(&chat);
        } else {
            self.ready.push_back(chat);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn queues(updates: &[(i64, i64)]) -> ChatQueues {
        let mut queues = ChatQueues::default();
        updates.iter().for_each(|&(chat, update)| {
            queues.push(Waiting { update, chat });
        });
        queues
    }

    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_chatty_person_and_a_quiet_one_take_turns() {
        let mut queues = queues(&[(7, 1), (7, 2), (7, 3), (8, 4), (8, 5)]);
        assert_eq!([queues.next(now()), queues.next(now())], [Some(1), Some(4)]);
        assert_eq!(queues.next(now()), None, "one update of each chat at a time");
        queues.finish(1);
        assert_eq!(queues.next(now()), Some(2));
        queues.finish(2);
        queues.finish(4);
        assert_eq!([queues.next(now()), queues.next(now())], [Some(3), Some(5)]);
        queues.finish(3);
        queues.finish(5);
        assert!(queues.chats.is_empty() && queues.ready.is_empty() && queues.running.is_empty());
    }

    #[test]
    fn what_failed_comes_again_before_the_rest_of_its_chat_and_holds_up_nobody_else() {
        let mut queues = queues(&[(7, 1), (7, 2), (8, 3)]);
        let later = now() + Duration::from_secs(1);
        assert_eq!(queues.next(now()), Some(1));
        queues.put_back(1, later);
        assert_eq!([queues.next(now()), queues.next(now())], [Some(3), None]);
        assert_eq!(queues.wakes_at(), Some(later));
        assert_eq!(queues.next(later), Some(1));
        queues.finish(1);
        assert_eq!(queues.next(later), Some(2));
        assert_eq!(queues.wakes_at(), None);
    }

    #[test]
    fn only_so_many_chats_are_worked_on_at_once() {
        let count = i64::try_from(AT_ONCE).unwrap() + 1;
        let mut queues = ChatQueues::default();
        (1..=count).for_each(|id| {
            queues.push(Waiting { update: id, chat: id });
        });
        let handed = std::iter::from_fn(|| queues.next(now())).count();
        assert_eq!(handed, AT_ONCE);
        queues.finish(1);
        assert_eq!(queues.next(now()), Some(count));
    }

    #[test]
    fn a_claimed_chat_waits() {
        let mut queues = queues(&[(7, 1)]);
        assert!(!queues.claim(7), "it has something to do");
        assert!(queues.claim(8) && !queues.claim(8));
        queues.push(Waiting { update: 2, chat: 8 });
        assert_eq!([queues.next(now()), queues.next(now())], [Some(1), None]);
        queues.free(8);
        assert_eq!(queues.next(now()), Some(2));
    }
}
