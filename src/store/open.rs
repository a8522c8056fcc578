//! Opens the file: its folder, its rights, its settings, its schema.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::check::{is_foreign, is_migration_due, quick_check};
use super::connection::{Kept, connect};
use super::disk::write_through;
use super::writer::Queue;
use super::{Files, Statements, Store, StoreError};
use crate::door::Door;
use crate::door::mark::Mark;
use crate::monitor::Monitor;
use crate::probe::crash_point;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Before 3.51.3 a write and a checkpoint at the same moment could corrupt a database in WAL
/// mode that has more than one connection, which is ours (<https://sqlite.org/wal.html>).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Shorter than a handler may take, so that a database which is busy for long is told from a
/// handler that hangs.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(10);

/// Single statements that are read at a time, and snapshots.
const READERS: usize = 4;
const SNAPSHOTS: u32 = 4;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot create it: {0}")]
    Create(#[source] io::Error),
    #[error("cannot open it: {0}")]
    Open(#[from] sqlx::Error),
    #[error("it is damaged: {0}; restore a backup")]
    Damaged(String),
    #[error("it is the database of another program")]
    Foreign,
    #[error("it was used by a newer release of this program (schema {0}); install that one again")]
    NewerSchema(i64),
    #[error("the bot that works on it is of another release (schema {0})")]
    OtherSchema(i64),
    #[error("its high-water mark fails: {0}")]
    Mark(#[source] io::Error),
    #[error("{0}")]
    Failed(#[from] StoreError),
    #[error("cannot bring its schema up to date: {0}")]
    Migrate(#[source] MigrateError),
    #[error("this program was built with SQLite {0}; 3.51.3 or newer is needed")]
    OldSqlite(String),
}

impl Store {
    /// Makes the file, for its owner only, and its folder when they are missing.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, &MIGRATIONS, Look::Now).await
    }

    /// The same; a file that was not closed cleanly is still to be looked through
    /// ([`Store::is_unchecked`]), unless a migration is due.
    pub async fn open_unchecked(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, &MIGRATIONS, Look::Later).await
    }

    /// For tests.
    #[doc(hidden)]
    pub async fn open_with(
        path: &Path,
        migrations: &Migrator,
        look: Look,
    ) -> Result<Self, OpenError> {
        let mut opened = Opened::at(path, SqliteSynchronous::Normal, migrations, look).await?;
        crash_point!("before M");
        // A table that others refer to is dropped and made anew, with the same rows.
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut opened.writer).await?;
        // What `run` does; with that the future of a start could not be spawned.
        let run = migrations.run_direct(None, &mut opened.writer, false);
        run.await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::NewerSchema(version),
            error => OpenError::Migrate(error),
        })?;
        sqlx::query("PRAGMA foreign_keys = ON").execute(&mut opened.writer).await?;
        crash_point!("after M");
        opened.store().await
    }

    /// Beside a running bot: the schema stays as that one knows it.
    pub async fn open_beside(path: &Path) -> Result<Self, OpenError> {
        // The bot can read its commits at once, and knows nothing of a sync that they would need.
        let mut opened = Opened::at(path, SqliteSynchronous::Full, &MIGRATIONS, Look::Now).await?;
        let newest = Some(newest_schema());
        let applied: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&mut opened.writer)
            .await?;
        match applied {
            Some(applied) if Some(applied) != newest => Err(OpenError::OtherSchema(applied)),
            _ => opened.store().await,
        }
    }
}

/// When a file that was not closed cleanly is looked through.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Now,
    Later,
}

struct Opened {
    writer: SqliteConnection,
    door: Door,
    options: SqliteConnectOptions,
    is_unchecked: bool,
}

impl Opened {
    async fn at(
        path: &Path,
        synchronous: SqliteSynchronous,
        migrations: &Migrator,
        look: Look,
    ) -> Result<Self, OpenError> {
        create(path).map_err(OpenError::Create)?;
        // SQLite names the log after the file that a link leads to.
        let path = &path.canonicalize().map_err(OpenError::Create)?;
        // Before the first connection, see `Closed::of`. What cannot be read vouches for nothing.
        let is_clean = Mark::beside(path).and_then(|mark| mark.is_clean()).unwrap_or(false);
        refuse_foreign(path).await?;
        let options = options(path).synchronous(synchronous);
        let mut writer = connect(options.clone()).await?;
        check_version(&mut writer).await?;
        let is_due = is_migration_due(&mut writer, migrations).await?;
        let is_looked_through = is_due || (look == Look::Now && !is_clean);
        if is_looked_through && let Some(damage) = quick_check(&mut writer).await? {
            return Err(OpenError::Damaged(damage));
        }
        let is_unchecked = !is_clean && !is_looked_through;
        write_through(&mut writer, path).await?;
        let door = Door::of(path).map_err(OpenError::Create)?;
        Ok(Self { writer, door, options, is_unchecked })
    }

    async fn store(self) -> Result<Store, OpenError> {
        let Self { mut writer, door, options, is_unchecked } = self;
        // From here on a transaction writes nothing before its commit, whose failure is heeded. A
        // migration may spill, or all that it rewrites would be held in memory.
        sqlx::query("PRAGMA cache_spill = OFF").execute(&mut writer).await?;
        let writer = Kept::of(writer, options.clone().pragma("cache_spill", "OFF"), 1);
        // Only now: a read-only connection can make neither the file nor its write-ahead log. One
        // stays open while the writer connects anew, or the log would be removed.
        let options = options.read_only(true);
        let reader = Kept::of(connect(options.clone()).await?, options.clone(), READERS);
        let snapshots = SqlitePoolOptions::new()
            .max_connections(SNAPSHOTS)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(SNAPSHOT_TIMEOUT)
            .connect_lazy_with(options);
        let is_unchecked = Arc::new(AtomicBool::new(is_unchecked));
        let (written, statements) = (Arc::default(), Statements::default());
        let monitor = Monitor::default();
        let files =
            Files { writer, reader, snapshots, door, written, statements, monitor, is_unchecked };
        Ok(Store { queue: Queue::of(files.clone()), files })
    }
}

/// By a connection that changes nothing: ours would make a write-ahead log. What cannot be read is
/// told by what comes next.
async fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    let look = SqliteConnectOptions::new().filename(path).read_only(true);
    let Ok(mut conn) = connect(look).await else { return Ok(()) };
    let is_foreign = is_foreign(&mut conn).await.unwrap_or(false);
    drop(sqlx::Connection::close(conn).await);
    if is_foreign { Err(OpenError::Foreign) } else { Ok(()) }
}

pub(super) fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

pub fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // SQLite gives the files beside it the same rights.
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // They are made by hand, see `disk`.
        .pragma("wal_autocheckpoint", "0")
        .pragma("trusted_schema", "OFF")
        .pragma("temp_store", "MEMORY")
        // What is deleted or overwritten does not stay in the bytes of the file.
        .pragma("secure_delete", "ON")
        // Without it REPLACE deletes rows behind the back of the triggers that keep them.
        .pragma("recursive_triggers", "ON")
}

async fn check_version(writer: &mut SqliteConnection) -> Result<(), OpenError> {
    let version = sqlx::query_scalar!(r#"SELECT sqlite_version() AS "version!: String""#)
        .fetch_one(writer)
        .await?;
    if is_sound(&version) { Ok(()) } else { Err(OpenError::OldSqlite(version)) }
}

fn is_sound(version: &str) -> bool {
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    parts.is_some_and(|parts| parts.as_slice() >= OLDEST_SQLITE.as_slice())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use sqlx::SqlitePool;

    use super::*;
    use crate::door::Trace;

    #[test]
    fn a_sqlite_that_can_corrupt_the_file_is_refused() {
        for version in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(is_sound(version), "{version}");
        }
        for version in ["3.46.0", "3.51.2", "3.9.9", "2.99.99", "", "3.x"] {
            assert!(!is_sound(version), "{version}");
        }
    }

    async fn pragma(conn: &mut SqliteConnection, name: &str) -> String {
        let pragma = sqlx::AssertSqlSafe(format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"));
        sqlx::query_scalar(pragma).fetch_one(conn).await.unwrap()
    }

    #[tokio::test]
    async fn commits_wait_for_no_sync_and_the_rules_cannot_be_gone_round() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "1"),
            ("foreign_keys", "1"),
            ("recursive_triggers", "1"),
            ("trusted_schema", "0"),
            ("temp_store", "2"),
            ("secure_delete", "1"),
        ] {
            assert_eq!(
                pragma(&mut store.files.writer.lend().await.unwrap(), name).await,
                value,
                "{name}"
            );
        }
        let mut writer = store.files.writer.lend().await.unwrap();
        let alone = sqlx::query_scalar("PRAGMA wal_autocheckpoint").fetch_one(&mut *writer).await;
        assert_eq!(alone.ok(), Some(0), "checkpoints are made by hand");
    }

    #[tokio::test]
    async fn a_transaction_writes_nothing_before_its_commit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db")).await.unwrap();
        let size = || std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
        // The second time by a connection that was made anew.
        for table in ["one", "two"] {
            let mut writer = store.files.writer.lend().await.unwrap();
            let before = size();
            let big = format!(
                "BEGIN; CREATE TABLE {table} (x); INSERT INTO {table} VALUES (zeroblob(9000000))"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(big)).execute(&mut *writer).await.unwrap();
            assert_eq!(size(), before, "{table}");
            sqlx::raw_sql("COMMIT").execute(&mut *writer).await.unwrap();
            assert!(size() > before, "{table}");
            drop(writer);
            store.files.writer.close().await;
        }
    }

    #[tokio::test]
    async fn a_connection_whose_transaction_ended_by_itself_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db")).await.unwrap();
        let mut ended = store.files.begin().await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(ended.conn().await.unwrap()).await.unwrap();
        drop(ended);
        store.files.begin().await.unwrap().commit(Trace::None).await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_keeps_other_programs_from_writing_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store = Store::open(&path).await.unwrap();
        let other = options(&path).busy_timeout(Duration::ZERO);
        let other = SqlitePool::connect_with(other).await.unwrap();
        let tx = store.files.begin().await.unwrap();
        let write = "DELETE FROM drafts";
        let error = sqlx::query(write).execute(&other).await.unwrap_err();
        assert!(error.to_string().contains("locked"), "{error}");
        tx.commit(Trace::None).await.unwrap();
        sqlx::query(write).execute(&other).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store = Store::open(&path).await.unwrap();
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'";
        let root: u64 = sqlx::query_scalar(root)
            .fetch_one(&mut *store.files.reader.lend().await.unwrap())
            .await
            .unwrap();
        store.close().await;
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[0xff; 4096], (root - 1) * 4096).unwrap();
        assert!(Store::open(&path).await.is_err());
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        let error = sqlx::query("DELETE FROM drafts")
            .execute(&mut *store.files.reader.lend().await.unwrap())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("readonly"), "{error}");
    }
}
