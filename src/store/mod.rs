//! Floor 1: the SQLite file, and the only SQL. It keeps what happened and refuses what must not
//! happen: the rules of the states are triggers (`migrations/`).

mod apply;
mod asked;
mod attempts;
mod backup;
mod changes;
mod check;
mod clock_set_back;
mod codes;
mod connection;
mod directory;
mod disk;
mod drafts;
mod erase;
mod facts;
mod follow_ups;
mod holds;
mod inbox;
mod inspect;
mod invitations;
mod journal;
mod limits;
mod links;
mod names;
mod notifications;
mod offices;
mod open;
mod outbox;
mod pages;
mod people;
mod reminders;
mod report;
mod requests;
mod resends;
mod stoplist;
mod submit;
mod trouble;
mod trust;
mod warnings;
mod writer;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use jiff::Timestamp;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use crate::door::{Door, Shut, Trace};
use crate::monitor::{Depths, Monitor};
use crate::probe::crash_point;

pub use apply::{Actor, Applied, Change, Refusal};
pub use attempts::{Claim, Due, RetryCounts};
pub use backup::{Backup, BackupError, UNFINISHED, back_up};
pub use directory::CachedAnswer;
pub use drafts::StoredDraft;
pub use erase::{Client, Erased, Erasure};
pub use facts::PersonFacts;
pub use inbox::{Failed, PendingReply, Received, TRIES, Try, Waiting};
pub use inspect::{Inspected, Schema};
pub use limits::Quotas;
pub use names::Named;
pub use notifications::{CALL, Outgoing, PendingNotification};
pub use open::{Look, OpenError, create};
pub use outbox::OutboxMessage;
pub use pages::{Filter, Page, Query};
pub use people::{Allowed, Listed, StaffPage};
pub use reminders::{Doubts, Reminder};
pub use stoplist::StopPage;
pub use submit::{NewInvitation, SubmitOptions};
pub use trouble::{StorageTrouble, damage};

use connection::{Kept, Lent, Transaction};
use writer::Queue;

#[derive(Clone, Debug)]
pub struct Store {
    queue: Queue,
    files: Files,
}

#[derive(Clone, Debug)]
struct Files {
    /// It lives as long as the program: the last connection to close removes the log, and the door
    /// would sync a file that has no name.
    writer: Kept,
    /// For single statements.
    reader: Kept,
    snapshots: SqlitePool,
    door: Door,
    /// Since the last checkpoint.
    written: Arc<AtomicU32>,
    statements: Statements,
    monitor: Monitor,
    /// Nobody has looked through the file since it was left in a bad way.
    is_unchecked: Arc<AtomicBool>,
}

/// How many statements were run: each is a trip to the thread of its connection.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<AtomicU64>);

impl Statements {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A snapshot that begins with the first read. Nothing but the database is awaited while it lives,
/// for the log cannot be begun anew meanwhile.
#[derive(Debug)]
pub struct Reader {
    files: Files,
    begun: Option<Begun>,
}

#[derive(Debug)]
enum Begun {
    Snapshot(sqlx::Transaction<'static, Sqlite>),
    Writing(Transaction),
}

/// There is one writer: nothing but the database is awaited while it lives, for all others wait.
#[derive(Debug)]
struct Tx(Reader);

/// Cloned for all whose changes were to be written together.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A full disk, a lock held too long, a rule of the schema.
    #[error("the database failed: {0}")]
    Database(#[source] Arc<sqlx::Error>),
    /// The file was changed by other hands, or the rules of a value became stricter.
    #[error("the database holds a {what} that cannot be read")]
    Unreadable {
        /// Never the value itself, which may be personal.
        what: &'static str,
    },
    #[error(transparent)]
    Shut(#[from] Shut),
    #[error("overtaken: {0:?}")]
    Overtaken(Refusal),
}

impl Store {
    pub fn door(&self) -> &Door {
        &self.files.door
    }

    /// Writes what waits, and closes the file. Where all that went well the next start need not look
    /// through it.
    pub async fn close(&self) {
        // What waits is written with it.
        let (by, now) = (Actor::Program, Timestamp::now());
        let nothing = writer::Write { by, now, changes: Vec::new() };
        drop(self.write(std::future::pending(), writer::Haste::Now, nothing).await);
        let settled = self.files.door.settle().await;
        if let Err(error) = &settled {
            tracing::warn!(%error, "the database was closed as it is");
        }
        self.files.snapshots.close().await;
        self.files.reader.close().await;
        self.files.writer.close().await;
        let is_unchecked = self.files.is_unchecked.load(Ordering::Relaxed);
        if settled.is_ok()
            && !is_unchecked
            && !trouble::is_damage_met()
            && let Err(error) = self.files.door.close().await
        {
            tracing::warn!(%error, "the next start looks through the whole database");
        }
    }

    pub fn reader(&self) -> Reader {
        Reader { files: self.files.clone(), begun: None }
    }

    async fn read(&self) -> Result<Lent, StoreError> {
        self.files.read().await
    }

    pub fn monitor(&self) -> &Monitor {
        &self.files.monitor
    }

    /// Returns when the writer has answered, whatever it says.
    pub async fn ping(&self) {
        let (by, now) = (Actor::Program, Timestamp::now());
        let nothing = writer::Write { by, now, changes: Vec::new() };
        drop(self.write(std::future::pending(), writer::Haste::Now, nothing).await);
    }

    pub async fn depths(&self) -> Result<Depths, StoreError> {
        let mut conn = self.read().await?;
        let depths = sqlx::query_as!(
            Depths,
            r#"SELECT (SELECT count(*) FROM invitations WHERE state = 'queued') AS "queued!: i64",
                      (SELECT count(*) FROM invitations
                       WHERE state = 'unknown' AND changed_at > 0) AS "unknown!: i64""#
        );
        Ok(depths.fetch_one(&mut *conn).await?)
    }

    pub fn statements(&self) -> &Statements {
        &self.files.statements
    }
}

impl Files {
    async fn begin(&self) -> Result<Tx, StoreError> {
        self.ready().await?;
        let begun = Begun::Writing(Transaction::begin(self.writer.lend().await?).await?);
        Ok(Tx(Reader { files: self.clone(), begun: Some(begun) }))
    }

    /// For one statement, or for some that need not agree.
    async fn read(&self) -> Result<Lent, StoreError> {
        self.statements.count();
        Ok(self.reader.lend().await?)
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
    /// It is on the disk when the door lets something pass.
    async fn commit(mut self, trace: Trace) -> Result<(), StoreError> {
        let door = self.files.door.clone();
        let last = match trace != Trace::None && door.is_marked() {
            true => Some(self.last().await?),
            false => None,
        };
        let Some(Begun::Writing(tx)) = self.begun.take() else { return Ok(()) };
        crash_point!("before commit");
        door.begin();
        let committed = tx.commit().await;
        crash_point!("after commit");
        let committed = disk::observe(&door, committed);
        door.end(last.filter(|_| committed.is_ok()), trace);
        committed
    }
}

impl Reader {
    async fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.files.statements.count();
        let begun = match self.begun.take() {
            Some(begun) => begun,
            None => Begun::Snapshot(self.files.snapshots.begin().await?),
        };
        match self.begun.insert(begun) {
            Begun::Snapshot(snapshot) => Ok(&mut *snapshot),
            Begun::Writing(tx) => Ok(tx.conn()),
        }
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.0
    }
}
