//! What is done when a sync fails, and what a process that died left unsynced.
//!
//! After a failed sync the system may count as written what is not: the next sync succeeds, and the
//! pages are gone with the next loss of power (<https://wiki.postgresql.org/wiki/Fsync_Errors>;
//! Rebello et al., “Can Applications Recover from fsync Failures?”, USENIX ATC 2020). So this
//! process begins no transaction after the first such failure, and ends without closing the file,
//! which would sync once more. SQLite hides the failure of a checkpoint that it makes by itself, so
//! checkpoints are made here. A file that contradicts itself ends the program likewise.
//!
//! The next process may find commits in the write-ahead log that are only in the memory of the
//! system, and SQLite takes them for committed. So the log is written and synced once more before
//! anything is built on it.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use sqlx::{Connection as _, SqliteConnection};

use super::{Files, OpenError, Store, StoreError};
use crate::door::{Broken, Door, Shut};

/// About the thousand pages after which SQLite would make a checkpoint.
const CHECKPOINT_AFTER: u32 = 200;

/// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC` (<https://sqlite.org/rescode.html>).
const FAILED_SYNCS: [&str; 2] = ["1034", "1290"];

/// Notes a failed sync.
pub(super) fn observe<T>(door: &Door, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
    if let Err(error) = &result
        && is_failed_sync(error)
    {
        tracing::error!(%error, "a sync failed: nothing is written any more");
        door.shut(Broken::Disk);
    }
    Ok(result?)
}

impl Files {
    /// Refuses a transaction when the disk has failed, and makes a checkpoint when it is time.
    pub async fn ready(&self) -> Result<(), StoreError> {
        if self.door.is_broken() {
            return Err(Shut::Disk.into());
        }
        if self.written.load(Ordering::Relaxed) >= CHECKPOINT_AFTER {
            self.written.store(0, Ordering::Relaxed);
            let checkpoint = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)");
            let mut writer = self.writer.lend().await?;
            observe(&self.door, checkpoint.execute(&mut *writer).await)?;
        }
        Ok(())
    }
}

impl Store {
    /// Until then the log holds what was erased. `false`: somebody reads, to be tried again.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        self.files.ready().await?;
        let checkpoint = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)");
        let mut writer = self.files.writer.lend().await?;
        let busy: i64 = observe(self.door(), checkpoint.fetch_one(&mut *writer).await)?;
        Ok(busy == 0)
    }
}

fn is_failed_sync(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| FAILED_SYNCS.contains(&code.as_ref()))
}

/// Writes the write-ahead log once more and syncs it.
pub(super) async fn write_through(
    writer: &mut SqliteConnection,
    database: &Path,
) -> Result<(), OpenError> {
    // As long as this is held nobody appends to the log or begins it anew.
    let held = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    rewrite(Path::new(&log)).map_err(OpenError::Create)?;
    Ok(held.rollback().await?)
}

fn rewrite(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    file.rewind()?;
    file.write_all(&all)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fmt;

    use jiff::Timestamp;
    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;
    use crate::door::Trace;
    use crate::store::{Actor, Change};

    /// An error of SQLite by its extended code.
    #[derive(Debug)]
    struct Failure(i32);

    impl fmt::Display for Failure {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "code {}", self.0)
        }
    }

    impl Error for Failure {}

    impl DatabaseError for Failure {
        fn message(&self) -> &str {
            "on purpose"
        }
        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some(self.0.to_string().into())
        }
        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn fails<T>(code: i32) -> Result<T, sqlx::Error> {
        Err(sqlx::Error::Database(Box::new(Failure(code))))
    }

    #[tokio::test]
    async fn after_a_failed_sync_nothing_is_written_and_another_failure_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db")).await.unwrap();
        // Full, busy, read-only, a failed write, a failed read.
        for code in [13, 5, 8, 778, 266] {
            observe(store.door(), fails::<()>(code)).unwrap_err();
            store.files.begin().await.unwrap().commit(Trace::None).await.unwrap();
        }
        let failed =
            tokio::time::timeout(std::time::Duration::from_millis(20), store.door().broken());
        assert!(failed.await.is_err(), "the disk is sound");
        observe(store.door(), fails::<()>(1034)).unwrap_err();
        assert!(matches!(store.files.begin().await, Err(StoreError::Shut(Shut::Disk))));
        store.door().broken().await;
        assert!(store.read().await.is_ok(), "what was committed can still be read");
    }

    #[tokio::test]
    async fn the_write_ahead_log_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db")).await.unwrap();
        let size = || std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
        let mut sizes = Vec::new();
        for _ in 0..8 * CHECKPOINT_AFTER {
            let beat = Change::NoteContact { after_silence: false };
            store.apply(Actor::Program, Timestamp::now(), &[beat]).await.unwrap();
            sizes.push(size());
        }
        let at = |count: u32| sizes[usize::try_from(count).unwrap() - 1];
        // A reader may keep it from being begun anew for a moment.
        let (late, early) = (at(8 * CHECKPOINT_AFTER), at(2 * CHECKPOINT_AFTER));
        assert!(late < 2 * early, "{early} {late}");
    }

    #[tokio::test]
    async fn the_log_of_a_dead_process_is_written_through_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("live.db")).await.unwrap();
        let beat = Change::NoteContact { after_silence: false };
        store.apply(Actor::Program, Timestamp::now(), &[beat]).await.unwrap();
        for end in ["", "-wal"] {
            let name = |which: &str| folder.path().join(format!("{which}.db{end}"));
            std::fs::copy(name("live"), name("dead")).unwrap();
        }
        let log = folder.path().join("dead.db-wal");
        let before = std::fs::read(&log).unwrap();
        rewrite(&log).unwrap();
        assert_eq!(std::fs::read(&log).unwrap(), before);
        rewrite(&folder.path().join("missing.db-wal")).unwrap();
        assert!(rewrite(folder.path()).is_err(), "a folder is no log");
        let taken_up = Store::open(&folder.path().join("dead.db")).await.unwrap();
        assert_eq!(taken_up.pulse().await.unwrap(), store.pulse().await.unwrap());
    }
}
