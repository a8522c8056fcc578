//! The queue of updates: the real server's rules of offsets and remembered `allowed_updates`, and
//! the disorder that can be ordered.

use std::collections::VecDeque;

use serde_json::Value;

/// Kinds that are sent only to a bot that names them.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
/// Every kind that Telegram sends; other names are skipped in `allowed_updates`.
const KINDS: [&str; 23] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
];
/// An offset this far behind the newest update is taken for a mistake and ignored.
const FUTURE: i64 = 10;
/// How many updates can be repeated.
const REMEMBERED: usize = 1_000;

/// Where updates are posted instead of being asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) max_connections: i64,
    /// When a post failed last, and why.
    pub(super) last_error: Option<(i64, String)>,
}

/// How posts go wrong that arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HookFault {
    /// The connection ends before the answer.
    HangUp,
    /// The answer is lost on the way.
    AnswerLost,
}

struct Update {
    id: i64,
    json: String,
    handed_out: bool,
}

pub(super) struct Queue {
    last_id: i64,
    waiting: VecDeque<Update>,
    /// The ids that the bot's offsets confirmed, oldest first.
    confirmed: Vec<i64>,
    /// Updates to be handed out regardless of the offset.
    again: Vec<String>,
    /// What was handed out, the newest last, to be repeated.
    history: VecDeque<String>,
    /// Repeats old updates beside new ones, in any order; the number is the state of the dice.
    muddle: Option<u64>,
    allowed: Option<Vec<String>>,
    pub(super) webhook: Option<Webhook>,
    pub(super) hook_faults: VecDeque<HookFault>,
    /// Number of the poll that may go on waiting; an older one is told of the conflict.
    pub(super) poll: u64,
    pub(super) polled: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            last_id: 875_000_000,
            waiting: VecDeque::new(),
            confirmed: Vec::new(),
            again: Vec::new(),
            history: VecDeque::new(),
            muddle: None,
            allowed: None,
            webhook: None,
            hook_faults: VecDeque::new(),
            poll: 0,
            polled: false,
        }
    }

    /// Queues an update, unless the bot did not ask for its kind.
    pub(super) fn push(&mut self, kind: &str, body: &Value) {
        let wanted = match &self.allowed {
            Some(allowed) => allowed.iter().any(|one| one == kind),
            None => !ON_REQUEST.contains(&kind),
        };
        if !wanted {
            return;
        }
        self.last_id += 1;
        let json = format!(r#"{{"update_id":{},"{kind}":{body}}}"#, self.last_id);
        self.waiting.push_back(Update { id: self.last_id, json, handed_out: false });
    }

    pub(super) fn repeat_last(&mut self) {
        self.again.extend(self.history.back().cloned());
    }

    pub(super) fn hand_out(&mut self, json: &str) {
        self.again.push(json.to_owned());
    }

    pub(super) fn restart_ids(&mut self, first: i64) {
        self.last_id = first - 1;
    }

    pub(super) fn next_id(&self) -> i64 {
        self.last_id + 1
    }

    pub(super) fn muddle(&mut self, seed: u64) {
        self.muddle = Some(seed);
    }

    pub(super) fn allowed(&self) -> Option<Vec<String>> {
        self.allowed.clone()
    }

    pub(super) fn pending(&self) -> usize {
        self.waiting.len() + self.again.len()
    }

    pub(super) fn confirmed(&self) -> Vec<i64> {
        self.confirmed.clone()
    }

    pub(super) fn is_polled(&self) -> bool {
        self.polled
    }

    pub(super) fn drop_pending(&mut self) {
        self.waiting.clear();
        self.again.clear();
    }

    /// A list without a known kind means the default, as on the real server.
    pub(super) fn allow(&mut self, kinds: &[String]) {
        let kinds: Vec<String> = kinds
            .iter()
            .map(|kind| kind.to_ascii_lowercase())
            .filter(|kind| KINDS.contains(&kind.as_str()))
            .collect();
        self.allowed = (!kinds.is_empty()).then_some(kinds);
    }

    /// Forgets what the offset confirms and hands out what follows.
    pub(super) fn take(&mut self, offset: i64, limit: usize) -> Vec<String> {
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            while self.waiting.len() > keep {
                self.waiting.pop_front();
            }
        } else if offset <= self.last_id + 1 + FUTURE {
            while let Some(update) = self.waiting.pop_front_if(|update| update.id < offset) {
                self.confirmed.push(update.id);
            }
        }
        let mut updates = Vec::new();
        for update in self.waiting.iter_mut().take(limit) {
            updates.push(update.json.clone());
            if !std::mem::replace(&mut update.handed_out, true) {
                self.history.push_back(update.json.clone());
            }
        }
        // Last, so that no repeat pushes one out that the next offset would confirm unseen.
        updates.extend(self.again.drain(..self.again.len().min(limit - updates.len())));
        while self.history.len() > REMEMBERED {
            self.history.pop_front();
        }
        if let Some(dice) = self.muddle.filter(|_| !updates.is_empty()) {
            let room = limit - updates.len();
            self.muddle = Some(muddle(&mut updates, &self.history, room, dice));
        }
        updates
    }
}

impl Queue {
    /// What is to be posted now. A muddled queue repeats an old update now and then.
    pub(super) fn next_post(&mut self) -> Option<(Webhook, String, Option<HookFault>)> {
        let webhook = self.webhook.clone()?;
        let update = match self.waiting.front_mut() {
            Some(update) => {
                if !std::mem::replace(&mut update.handed_out, true) {
                    self.history.push_back(update.json.clone());
                    if let Some(dice) = &mut self.muddle {
                        let place = throw(dice, 4 * self.history.len());
                        self.again.extend(self.history.get(place).cloned());
                    }
                }
                update.json.clone()
            }
            None => self.again.first()?.clone(),
        };
        Some((webhook, update, self.hook_faults.pop_front()))
    }

    pub(super) fn posted(&mut self, json: &str) {
        if let Some(update) = self.waiting.pop_front_if(|update| update.json == json) {
            self.confirmed.push(update.id);
        } else if let Some(place) = self.again.iter().position(|again| again == json) {
            self.again.remove(place);
        }
    }

    pub(super) fn not_posted(&mut self, to: &Webhook, at: i64, why: String) {
        if let Some(webhook) = self.webhook.as_mut().filter(|webhook| webhook.url == to.url) {
            webhook.last_error = Some((at, why));
        }
    }
}

/// Knuth's MMIX generator: its upper half is good enough for a muddle.
fn throw(dice: &mut u64, sides: usize) -> usize {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*dice >> 33).unwrap_or(0) % sides.max(1)
}

/// Repeats some old updates among the new ones, where there is room, and mixes their order; the
/// next dice come back.
fn muddle(
    updates: &mut Vec<String>,
    history: &VecDeque<String>,
    room: usize,
    mut dice: u64,
) -> u64 {
    let mut throw = |sides: usize| throw(&mut dice, sides);
    for _ in 0..throw(4).min(room) {
        updates.extend(history.get(throw(history.len())).cloned());
    }
    for place in (1..updates.len()).rev() {
        updates.swap(place, throw(place + 1));
    }
    dice
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeats_beside_a_full_batch_push_no_update_out() {
        let mut queue = Queue::new();
        for _ in 0..120 {
            queue.push("message", &json!({}));
        }
        // The answer to this poll is lost.
        let first = queue.take(0, 100);
        queue.repeat_last();
        queue.repeat_last();
        assert_eq!(queue.take(0, 100), first);
        let rest = queue.take(875_000_101, 100);
        assert_eq!(rest.len(), 20 + 2, "and the repeats come behind the rest");
    }
}
