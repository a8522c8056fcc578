//! The logs that the checker judges: what each provider received, what people did and saw, how
//! the process lived, and what the database says. They are written independently of each other.

use invite_bot::domain::Provider;

use crate::behaviour::Meaning;

/// Everything about one world.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    /// What the providers received, oldest first.
    pub received: Vec<Request>,
    /// What people pressed, oldest first.
    pub pressed: Vec<Pressed>,
    /// What people saw.
    pub seen: Vec<Seen>,
    /// When the bot ran, oldest first.
    pub lives: Vec<Life>,
    /// The database after the end.
    pub db: Db,
    /// The updates that Telegram was told to forget, by their ids.
    pub acknowledged: Vec<i64>,
    /// Updates that nobody can read, by their ids.
    pub poison: Vec<i64>,
    /// What people wrote.
    pub said: Vec<String>,
    /// People whose last words were followed by nothing.
    pub unanswered: Vec<i64>,
    /// How long what a person wants to go can still be stopped, milliseconds.
    pub window: i64,
    /// How many invitations a person may send in an hour, and how many may go to a domain in a day.
    pub limits: Option<(i64, i64)>,
    /// How long an invitation may wait in the queue before it counts as forgotten, milliseconds.
    pub patience: i64,
}

/// What arrived at a provider.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it had arrived, Unix milliseconds.
    pub at: i64,
    /// Where.
    pub provider: Provider,
    /// The path of the URL.
    pub path: String,
    /// Whether it arrived to its last byte; if not, nothing is known of what follows.
    pub complete: bool,
    /// The address invited.
    pub email: String,
    /// The GUID; СБИС only.
    pub guid: Option<String>,
    /// The hash of the body.
    pub sha256: Vec<u8>,
    /// What was done with it.
    pub behaviour: String,
    /// What that lets the bot conclude.
    pub means: Meaning,
    /// The id that the answer gave the invitation.
    pub reference: Option<String>,
}

/// A press of a button.
#[derive(Clone, Debug)]
pub struct Pressed {
    /// By whom.
    pub person: i64,
    /// What the button sends.
    pub data: String,
    /// The text of the message that had the button.
    pub text: String,
    /// The words that the bot answered, if it did.
    pub toast: Option<String>,
}

/// A text that a person saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The message that showed it.
    pub message: i64,
    /// What it said.
    pub text: String,
    /// Whether it says so still.
    pub now: bool,
}

/// One run of the bot, from its start to its end.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// When the process was started, Unix milliseconds.
    pub from: i64,
    /// When its end was known.
    pub to: i64,
    /// How it ended.
    pub end: End,
    /// What befell the far ends meanwhile.
    pub note: String,
    /// Whether system calls failed in it: then it may end by itself, saying that it cannot go on,
    /// and any call may have been cut.
    pub faulty: bool,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// It was killed, or died at a crash point.
    #[default]
    Killed,
    /// It was asked to stop; its exit code.
    Stopped(Option<i32>),
    /// It ended unasked; its exit code.
    Unasked(Option<i32>),
}

/// The database.
#[derive(Clone, Debug, Default)]
pub struct Db {
    /// What `PRAGMA integrity_check` says.
    pub integrity: String,
    /// Every invitation, by number.
    pub invitations: Vec<Invitation>,
    /// Every attempt, by invitation and number.
    pub attempts: Vec<Attempt>,
    /// Every consent.
    pub consents: Vec<Consent>,
    /// The journal, by id.
    pub journal: Vec<Entry>,
    /// Every entry of the stop-list.
    pub stoplist: Vec<Stop>,
    /// Every hold, with the provider whose calls it forbids.
    pub holds: Vec<(i64, Option<String>)>,
    /// The providers that are paused.
    pub paused: Vec<String>,
    /// Who is off the list.
    pub revoked: Vec<i64>,
    /// The stored updates, by id.
    pub inbox: Vec<Stored>,
    /// How many messages are still to be sent.
    pub outbox: i64,
    /// When it was read, Unix milliseconds.
    pub read_at: i64,
}

/// A row of `invitations`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    pub number: i64,
    pub provider: String,
    pub author: i64,
    pub idempotency_key: String,
    pub email: String,
    pub recipient_key: String,
    pub override_no: i64,
    pub guid: String,
    pub state: String,
    pub refusal: Option<String>,
    pub version: i64,
    pub notified_version: i64,
    pub status_message: Option<i64>,
    pub changed_at: i64,
}

/// A row of `attempts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attempt {
    pub invitation: i64,
    pub n: i64,
    pub consent: Option<i64>,
    pub request_sha256: Vec<u8>,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    pub outcome: Option<String>,
    pub wait: Option<String>,
    pub reference: Option<String>,
}

/// A row of `consents`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Consent {
    pub id: i64,
    pub invitation: i64,
    pub version: i64,
    pub person: i64,
}

/// A row of `journal`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    pub id: i64,
    pub at: i64,
    pub actor: Option<i64>,
    pub action: String,
    pub invitation: Option<i64>,
    pub person: Option<i64>,
    pub provider: Option<String>,
    pub stop: Option<i64>,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A row of `stoplist`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stop {
    pub id: i64,
    pub kind: String,
    pub value: String,
}

/// A row of `inbox`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stored {
    pub update_id: i64,
    pub chat: i64,
    pub received_at: i64,
    pub done_at: Option<i64>,
    pub answered: bool,
    pub parked_at: Option<i64>,
}
