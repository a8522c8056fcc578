//! What the played server knows: chats and their messages, the queue of updates, presses that wait
//! for an answer, published commands, ordered faults, and a record of what was asked and refused.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::menu::Published;
use super::message::{Author, Message, Person, Place, PlaceKind, Toast, now};
use super::queue::Queue;

/// A chat action is shown for five seconds or until a message arrives, as Telegram says.
const TYPING_LASTS: Duration = Duration::from_secs(5);
/// Far longer than a healthy bot takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// A request may be under way when another one of the same chat learns of the limit.
const UNDER_WAY: Duration = Duration::from_millis(100);
/// More requests than any test makes; the demo may run for days.
const REQUESTS_KEPT: usize = 10_000;

/// How an ordered fault goes, see [`super::Telegram::fails`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done; this HTTP status and description come back.
    Refuse {
        /// HTTP status, also the `error_code`.
        status: u16,
        /// The `description`, for example `Bad Gateway`.
        description: String,
    },
    /// Nothing is done; 429 with `retry_after`.
    RetryAfter {
        /// How long to wait, in seconds.
        seconds: u32,
    },
    /// Nothing is done; status 200 with a body that is not JSON.
    Garbage,
    /// Nothing is done; 502 with the page of some machine in between.
    BadGateway,
    /// Nothing is done and nothing is answered, until the client gives up.
    Hang,
    /// The request is carried out, but its answer never comes.
    AnswerLost,
}

/// A request that was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The method as it was called.
    pub method: String,
    /// HTTP status.
    pub status: u16,
    /// The server's words.
    pub description: String,
}

/// A request of the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// [`super::Telegram::version`] when it was answered.
    pub version: u64,
    /// The method as it was called.
    pub method: String,
    /// Its parameters.
    pub params: Value,
    /// The whole answer; `null` when an ordered fault spoilt it.
    pub answer: Value,
}

/// Whom a chat is with.
#[derive(Clone, Debug)]
pub(super) enum Peer {
    Person(Person),
    Place(Place),
}

/// A flood limit: from the first request on nothing is granted for so long.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) lasts: Duration,
    pub(super) since: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(super) struct Chat {
    pub(super) peer: Peer,
    pub(super) messages: Vec<Message>,
    /// Private: the person wrote to the bot once. Elsewhere: the bot is a member.
    pub(super) open: bool,
    pub(super) blocked: bool,
    pub(super) limit: Option<Limit>,
    /// Version of the person's last deed; waiting looks at what came after it.
    pub(super) acted: u64,
    typing: Option<Instant>,
    /// Last message number of a chat that numbers its messages itself.
    last_number: i32,
}

impl Chat {
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer,
            messages: Vec::new(),
            open: false,
            blocked: false,
            limit: None,
            acted: 0,
            typing: None,
            last_number: 0,
        }
    }

    pub(super) fn json(&self) -> Value {
        match &self.peer {
            Peer::Person(person) => person.private_chat(),
            Peer::Place(place) => place.json(),
        }
    }

    pub(super) fn message(&self, id: i32) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    pub(super) fn message_json(&self, message: &Message) -> Value {
        let answered = message.reply_to.and_then(|id| self.message(id));
        message.json(&self.json(), answered)
    }

    pub(super) fn is_private(&self) -> bool {
        matches!(self.peer, Peer::Person(_))
    }

    pub(super) fn types(&mut self) {
        self.typing = Some(Instant::now());
    }

    pub(super) fn is_typing(&self) -> bool {
        self.typing.is_some_and(|since| since.elapsed() < TYPING_LASTS)
    }

    fn numbers_itself(&self) -> bool {
        match &self.peer {
            Peer::Person(_) => false,
            Peer::Place(place) => place.kind != PlaceKind::Group,
        }
    }
}

/// A press: what the bot answered to it, and whether it still may.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) answer: Option<Toast>,
    pub(super) expired: bool,
}

/// What a new message starts from.
pub(super) struct Draft {
    pub(super) author: Author,
    pub(super) text: String,
    pub(super) extra: Map<String, Value>,
    pub(super) reply_to: Option<i32>,
}

pub(super) struct State {
    pub(super) version: u64,
    pub(super) chats: BTreeMap<i64, Chat>,
    pub(super) queue: Queue,
    pub(super) queries: BTreeMap<String, Query>,
    pub(super) published: Published,
    pub(super) faults: VecDeque<(String, Fault)>,
    /// How every request but `getUpdates` goes wrong.
    pub(super) broken: Option<Fault>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) requests: VecDeque<Request>,
    /// People whose privacy forbids buttons that link to them.
    pub(super) hidden: Vec<i64>,
    /// How long people wait for something to appear.
    pub(super) patience: Duration,
    /// By how many seconds each message of a chat is later than the one before, at least.
    pub(super) pace: i64,
    /// By how many seconds its clock is ahead; `None`: it does not say what time it is.
    pub(super) clock: Option<i64>,
    /// Private chats and basic groups count their messages together.
    last_shared_number: i32,
    last_query: u64,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            version: 0,
            chats: BTreeMap::new(),
            queue: Queue::new(),
            queries: BTreeMap::new(),
            published: Published::default(),
            faults: VecDeque::new(),
            broken: None,
            refusals: Vec::new(),
            requests: VecDeque::new(),
            hidden: Vec::new(),
            patience: PATIENCE,
            pace: 0,
            clock: None,
            last_shared_number: 100,
            last_query: 4_611_686_018_427_387_904,
        }
    }

    /// The chat with a person, closed until the person writes first.
    pub(super) fn chat_with(&mut self, person: &Person) -> &mut Chat {
        let chat =
            self.chats.entry(person.id).or_insert_with(|| Chat::new(Peer::Person(person.clone())));
        chat.peer = Peer::Person(person.clone());
        chat
    }

    /// The chat of a place, which the bot was added to.
    pub(super) fn chat_in(&mut self, place: &Place) -> &mut Chat {
        self.chats.entry(place.id).or_insert_with(|| {
            let mut chat = Chat::new(Peer::Place(place.clone()));
            chat.open = true;
            chat
        })
    }

    /// Adds a message to a chat that exists.
    pub(super) fn add(&mut self, chat: i64, draft: Draft) -> Option<Message> {
        let version = self.version;
        let next_shared = self.last_shared_number + 1;
        let chat_id = chat;
        let chat = self.chats.get_mut(&chat)?;
        let id = if chat.numbers_itself() {
            chat.last_number += 1;
            chat.last_number
        } else {
            self.last_shared_number = next_shared;
            next_shared
        };
        if draft.author == Author::Bot {
            chat.typing = None;
        } else {
            chat.acted = version;
        }
        let paced = chat.messages.last().map_or(0, |last| last.date + self.pace);
        let message = Message {
            id,
            chat: chat_id,
            author: draft.author,
            text: draft.text,
            html: None,
            entities: Vec::new(),
            buttons: Vec::new(),
            reply_to: draft.reply_to,
            former: Vec::new(),
            version,
            date: now().max(paced),
            edit_date: None,
            extra: draft.extra,
        };
        chat.messages.push(message.clone());
        Some(message)
    }

    /// A private chat with all that was said in it before, as it is when the bot has long known the
    /// person; later messages are numbered after these.
    pub(super) fn recall(&mut self, person: &Person, messages: Vec<Message>) {
        let version = self.version;
        let newest = messages.iter().map(|message| message.id).max().unwrap_or_default();
        self.last_shared_number = self.last_shared_number.max(newest);
        let chat = self.chat_with(person);
        chat.open = true;
        chat.acted = version;
        chat.messages = messages;
        chat.messages.iter_mut().for_each(|message| message.version = version);
    }

    /// The message of this chat, to be changed; its version becomes the present one.
    pub(super) fn touch(&mut self, chat: i64, id: i32) -> Option<&mut Message> {
        let version = self.version;
        let chat = self.chats.get_mut(&chat)?;
        let message = chat.messages.iter_mut().find(|message| message.id == id)?;
        message.version = version;
        Some(message)
    }

    pub(super) fn new_query(&mut self) -> String {
        self.last_query += 1;
        let id = self.last_query.to_string();
        self.queries.insert(id.clone(), Query::default());
        id
    }

    /// Whether a chat is under a flood limit: how long it still is, and whether the bot could know.
    pub(super) fn limited(&mut self, chat: i64) -> Option<(Duration, bool)> {
        let limit = &mut self.chats.get_mut(&chat)?.limit;
        let Limit { lasts, since } = limit.as_mut()?;
        let passed = since.get_or_insert_with(Instant::now).elapsed();
        match lasts.checked_sub(passed).filter(|left| !left.is_zero()) {
            Some(left) => Some((left, passed > UNDER_WAY)),
            None => {
                *limit = None;
                None
            }
        }
    }

    pub(super) fn take_fault(&mut self, method: &str) -> Option<Fault> {
        if self.broken.is_some() && method != "getupdates" {
            return self.broken.clone();
        }
        let place = self.faults.iter().position(|(of, _)| of == method)?;
        self.faults.remove(place).map(|(_, fault)| fault)
    }

    pub(super) fn record(&mut self, request: Request) {
        if self.requests.len() == REQUESTS_KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }
}
