//! The real database of one run: the functions that the bot calls, called as the bot calls them,
//! and the rows that are there then. The time is told by the run.

use invite_bot::domain::{
    Answer as Heard, FieldFault, Invitation, Number, Outcome, PersonId, Provider, Recipient,
    Refusal, Role, Verdict, Wait,
};
use invite_bot::store::{NewInvitation, Repeated, Store, Submitted};
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;
use uuid::Uuid;

use crate::rules::{Action, Said};
use crate::world::Answer;

/// How long a provider is left alone; far longer than a run takes without [`Action::Wait`].
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

pub struct Ledger {
    folder: TempDir,
    store: Option<Store>,
    conn: SqliteConnection,
    now: Timestamp,
    people: [PersonId; 2],
    recipients: [Recipient; 2],
    /// Each draft by id.
    drafts: [Option<i64>; 2],
    pub numbers: [Option<Number>; 2],
    /// What was read to be shown, until it is noted.
    shown: [Option<Invitation>; 2],
    /// The point at which each was asked for once more, for the last time.
    asked_at: [i64; 2],
    /// The key was refused since; the bytes may be others now.
    bytes: [u8; 2],
}
