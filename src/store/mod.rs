//! Floor 1: the SQLite file, and the only SQL. It keeps what happened and refuses what must not
//! happen; what to do next is decided above.
//!
//! Every change is made in a [`Tx`], so that the caller decides what is committed together. The
//! rules of the states live in the database itself, as triggers (`migrations/`): an illegal
//! change is an error here, whatever the program believes.
//!
//! One writer connection and a small read-only pool; every write transaction begins immediately,
//! so that writers queue up instead of failing.

mod attempts;
mod changes;
mod codes;
mod directory;
mod drafts;
mod inbox;
mod invitations;
mod open;
mod outages;
mod pages;
mod pauses;
mod people;
mod reminders;
mod telling;

use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::domain::PersonId;

pub use attempts::{Claim, Due, Waits};
pub use changes::{NewInvitation, Repeated, Submitted};
pub use directory::Known;
pub use drafts::StoredDraft;
pub use inbox::{Failed, Owed, Received, TRIES, Try, Waiting};
pub use open::OpenError;
pub use outages::Outage;
pub use pages::{Page, Query, What};
pub use pauses::Pause;
pub use people::{Allowed, Listed, Revoked, StaffPage};
pub use reminders::{Doubts, Reminder};
pub use telling::Untold;

/// The database. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
}

/// One write transaction. Nothing of it exists until [`Tx::commit`]; dropped, it is rolled back.
///
/// There is one writer: whoever holds a `Tx` keeps all other writers waiting, so nothing but the
/// database is awaited while it lives.
#[derive(Debug)]
pub struct Tx(Transaction<'static, Sqlite>);

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed or refused: a full disk, a lock held too long, a rule of the schema.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row does not say what a row of its kind can say: the file was changed by other hands,
    /// or the rules of a value became stricter than what is stored.
    #[error("the database holds a {what} that cannot be read")]
    Unreadable {
        /// What kind of value; never the value itself, which may be personal.
        what: &'static str,
    },
}

impl Store {
    /// Begins a write transaction; waits for the one before it.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }

    /// Closes the file, so that everything stands in it and nothing in its write-ahead log.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A view of the database that does not change while it is read.
    async fn read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.reader.begin().await?)
    }
}

/// Passes over a row that cannot be read, with a line in the log: it must not stop the others.
fn readable<T>(number: i64, read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(StoreError::Unreadable { what }) => {
            tracing::error!(number, "an invitation is passed over: its {what} cannot be read");
            Ok(None)
        }
        read => read,
    }
}

impl Tx {
    /// Makes it so. When this returns, it survives a loss of power.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }

    fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    /// Writes down who did something that is not a change of an invitation's state; those the
    /// database writes down itself.
    async fn journal(&mut self, entry: Entry<'_>, now: Timestamp) -> Result<(), StoreError> {
        let at = now.as_millisecond();
        let actor = entry.actor.map(PersonId::get);
        sqlx::query!(
            "INSERT INTO journal (at, actor, action, subject, before, after)
             VALUES (?, ?, ?, ?, ?, ?)",
            at,
            actor,
            entry.action,
            entry.subject,
            entry.before,
            entry.after,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// A row of the journal.
struct Entry<'a> {
    actor: Option<PersonId>,
    action: &'a str,
    subject: String,
    before: Option<&'a str>,
    after: Option<&'a str>,
}
