//! Floor 1: the SQLite file, and the only SQL. It keeps what happened and refuses what must not
//! happen: the rules of the states are triggers (`migrations/`).

mod apply;
mod attempts;
mod changes;
mod clock_set_back;
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
mod stoplist;
mod trouble;
mod trust;

use std::io;
use std::ops::{Deref, DerefMut};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use disk::Disk;

pub use apply::{Actor, Applied, Change, Refusal};
pub use attempts::{Claim, Due, RetryCounts};
pub use changes::{NewInvitation, SubmitOptions};
pub use directory::CachedAnswer;
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

#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
    disk: Disk,
    /// Kept by the process that sends, see [`Store::keep_mark`].
    mark: Option<Mark>,
}

/// Nothing but the database is awaited while it lives, for the log cannot be begun anew meanwhile.
#[derive(Debug)]
pub struct Reader {
    inner: Transaction<'static, Sqlite>,
}

/// There is one writer: nothing but the database is awaited while it lives, for all others wait.
#[derive(Debug)]
struct Tx {
    inner: Reader,
    disk: Disk,
    mark: Option<Mark>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A full disk, a lock held too long, a rule of the schema.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The file was changed by other hands, or the rules of a value became stricter.
    #[error("the database holds a {what} that cannot be read")]
    Unreadable {
        /// Never the value itself, which may be personal.
        what: &'static str,
    },
    #[error("the disk has failed, nothing is written any more")]
    Disk,
    #[error("overtaken: {0:?}")]
    Overtaken(Refusal),
    #[error("the high-water mark beside the database cannot be written: {0}")]
    Mark(#[source] io::Error),
}

impl Store {
    async fn begin(&self) -> Result<Tx, StoreError> {
        self.disk.ready(&self.writer).await?;
        let inner = Reader { inner: self.writer.begin_with("BEGIN IMMEDIATE").await? };
        Ok(Tx { inner, disk: self.disk.clone(), mark: self.mark.clone() })
    }

    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    pub async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader { inner: self.reader.begin().await? })
    }

    async fn read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.reader.begin().await?)
    }
}

/// A row that cannot be read must not stop the others.
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
    /// After this it survives a loss of power, and the mark names it; if the mark cannot be
    /// written, the next commit tries again and [`Store::ensure_mark`] tells.
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
