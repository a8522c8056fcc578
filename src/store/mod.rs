//! Floor 1: the SQLite file, and the only SQL. It keeps what happened and refuses what must not
//! happen; what to do next is decided above.
//!
//! Whatever is written is a [`Change`], and a list of them is one transaction ([`Store::apply`]).
//! The rules of the states live in the database itself, as triggers (`migrations/`): an illegal
//! change is an error here, whatever the program believes.
//!
//! One writer connection and a small read-only pool; every write transaction begins immediately,
//! so that writers queue up instead of failing.

mod apply;
mod attempts;
mod changes;
mod codes;
mod directory;
mod disk;
mod drafts;
mod erase;
mod holds;
mod inbox;
mod invitations;
mod journal;
mod limits;
mod mark;
mod notifications;
mod offices;
mod open;
mod outbox;
mod pages;
mod people;
mod reminders;
mod resends;
mod set_back;
mod stoplist;
mod trouble;
mod trust;

use std::io;
use std::ops::{Deref, DerefMut};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use disk::Disk;

pub use apply::{Actor, Applied, Change, Refusal};
pub use attempts::{Claim, Due, Waits};
pub use changes::{NewInvitation, SubmitOptions};
pub use directory::Known;
pub use drafts::StoredDraft;
pub use erase::{Client, Erased, Erasure};
pub use inbox::{Failed, PendingReply, Received, TRIES, Try, Waiting};
pub use limits::Quotas;
pub use notifications::PendingNotification;
pub use open::{OpenError, create};
pub use outbox::OutboxMessage;
pub use pages::{Page, Query, What};
pub use people::{Allowed, Listed, StaffPage};
pub use reminders::{Doubts, Reminder};
pub use stoplist::StopPage;
pub use trouble::StorageTrouble;

use mark::Mark;

/// The database. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
    disk: Disk,
    /// Kept by the process that sends, see [`Store::keep_mark`].
    mark: Option<Mark>,
}

/// A view of the database that does not change while it is read. Nothing but the database is
/// awaited while it lives: the log cannot be begun anew meanwhile.
#[derive(Debug)]
pub struct Reader {
    inner: Transaction<'static, Sqlite>,
}

/// One write transaction. Nothing of it exists until [`Tx::commit`]; dropped, it is rolled back.
///
/// There is one writer: whoever holds a `Tx` keeps all other writers waiting, so nothing but the
/// database is awaited while it lives.
#[derive(Debug)]
struct Tx {
    inner: Reader,
    disk: Disk,
    mark: Option<Mark>,
}

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
    /// The disk has failed before: this process writes nothing any more.
    #[error("the disk has failed, nothing is written any more")]
    Disk,
    /// Nothing was written: the world has moved on since it was read.
    #[error("overtaken: {0:?}")]
    Overtaken(Refusal),
    /// The high-water mark cannot be written: the disk is full, or the folder read-only.
    #[error("the high-water mark beside the database cannot be written: {0}")]
    Mark(#[source] io::Error),
}

impl Store {
    /// Begins a write transaction; waits for the one before it.
    async fn begin(&self) -> Result<Tx, StoreError> {
        self.disk.ready(&self.writer).await?;
        let inner = Reader { inner: self.writer.begin_with("BEGIN IMMEDIATE").await? };
        Ok(Tx { inner, disk: self.disk.clone(), mark: self.mark.clone() })
    }

    /// Closes the file, so that everything stands in it and nothing in its write-ahead log.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Begins to read.
    pub async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader { inner: self.reader.begin().await? })
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
    /// Makes it so. When this returns, it survives a loss of power, and the high-water mark names
    /// it, if it can be written; if not, the next commit tries again, and [`Store::ensure_mark`] tells.
    /// When the disk fails, nobody knows whether it is so: the next process finds out.
    async fn commit(mut self) -> Result<(), StoreError> {
        let mark = match self.mark.take() {
            Some(mark) => Some((mark, self.last().await?)),
            None => None,
        };
        self.disk.observe(self.inner.inner.commit().await)?;
        self.disk.committed();
        if let Some((mark, last)) = mark
            && let Err(error) = mark.raise(last).await
        {
            tracing::error!("the high-water mark beside the database cannot be written: {error}");
        }
        Ok(())
    }
}

impl Reader {
    fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

/// What a transaction writes it reads, too.
impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.inner
    }
}
