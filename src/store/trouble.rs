//! What is the matter with a database that fails, as far as SQLite says it.

use std::io;
use std::sync::Arc;

use sqlx::migrate::MigrateError;
use tokio::sync::SetOnce;

use super::{OpenError, StoreError};
use crate::door::Shut;

/// The kinds of failure that an operator deals with differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageTrouble {
    Busy,
    Full,
    ReadOnly,
    Damaged,
    NoDatabase,
    Other,
}

/// A process works on one database, and any statement may meet the damage.
static DAMAGE: SetOnce<()> = SetOnce::const_new();

/// Returns once a statement of this process has met a damaged file.
pub async fn damage() {
    DAMAGE.wait().await;
}

pub(super) fn is_damage_met() -> bool {
    DAMAGE.initialized()
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) && DAMAGE.set(()).is_ok() {
            tracing::error!(%error, "the file of the database is damaged");
        }
        Self::Database(Arc::new(error))
    }
}

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(11 | 26))
}

/// The lower byte of SQLite's result code (<https://sqlite.org/rescode.html>).
pub(super) fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

impl StorageTrouble {
    pub(super) fn of_sqlite(error: &sqlx::Error) -> Self {
        match primary_code(error) {
            Some(5 | 6) => Self::Busy,
            Some(8) => Self::ReadOnly,
            Some(11) => Self::Damaged,
            Some(13) => Self::Full,
            Some(26) => Self::NoDatabase,
            _ => Self::Other,
        }
    }

    pub(super) fn of_files(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Other,
        }
    }
}

impl StoreError {
    pub fn trouble(&self) -> StorageTrouble {
        match self {
            Self::Database(error) => StorageTrouble::of_sqlite(error),
            Self::Shut(Shut::Mark(error)) => StorageTrouble::of_files(error),
            Self::Unreadable { .. } | Self::Shut(Shut::Disk) | Self::Overtaken(_) => {
                StorageTrouble::Other
            }
        }
    }

    /// The disk, or another program's lock, was in the way: later the same may succeed.
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            // SQLITE_BUSY, _LOCKED, _READONLY, _IOERR, _FULL, _CANTOPEN.
            Self::Database(error) => match error.as_ref() {
                error @ sqlx::Error::Database(_) => {
                    matches!(primary_code(error), Some(5 | 6 | 8 | 10 | 13 | 14))
                }
                error => matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut),
            },
            Self::Shut(_) => true,
            Self::Unreadable { .. } | Self::Overtaken(_) => false,
        }
    }
}

impl OpenError {
    pub fn trouble(&self) -> StorageTrouble {
        match self {
            Self::Create(error) | Self::Mark(error) => StorageTrouble::of_files(error),
            Self::Open(error) | Self::Migrate(MigrateError::Execute(error)) => {
                StorageTrouble::of_sqlite(error)
            }
            Self::Migrate(MigrateError::ExecuteMigration(error, _)) => {
                StorageTrouble::of_sqlite(error)
            }
            Self::Failed(error) => error.trouble(),
            Self::Damaged(_) => StorageTrouble::Damaged,
            Self::Migrate(_)
            | Self::Foreign
            | Self::NewerSchema(_)
            | Self::OtherSchema(_)
            | Self::OldSqlite(_) => StorageTrouble::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;
    use std::time::Duration;

    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

    use super::*;

    async fn fails(conn: &mut SqliteConnection, sql: &'static str) -> StoreError {
        sqlx::raw_sql(sql).execute(conn).await.unwrap_err().into()
    }

    #[tokio::test]
    async fn the_disk_is_told_from_what_was_to_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("test.db"))
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO);
        let mut conn = options.connect().await.unwrap();
        let table =
            "CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1); PRAGMA max_page_count = 4";
        sqlx::raw_sql(table).execute(&mut conn).await.unwrap();

        assert!(!fails(&mut conn, "INSERT INTO t VALUES (1)").await.is_of_the_disk());
        assert!(!fails(&mut conn, "nonsense").await.is_of_the_disk());
        let full = fails(&mut conn, "INSERT INTO t VALUES (zeroblob(99999))").await;
        assert!(full.is_of_the_disk(), "{full}");
        let mut other = options.connect().await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let busy = fails(&mut conn, "INSERT INTO t VALUES (2)").await;
        assert!(busy.is_of_the_disk(), "{busy}");
        assert_eq!((full.trouble(), busy.trouble()), (StorageTrouble::Full, StorageTrouble::Busy));
        assert!(!StoreError::Unreadable { what: "name" }.is_of_the_disk());
        assert!(StoreError::from(Shut::Disk).is_of_the_disk());
    }

    #[tokio::test]
    async fn an_operator_is_told_what_is_the_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut conn = options.connect().await.unwrap();
        let table = "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA query_only = 1";
        sqlx::raw_sql(table).execute(&mut conn).await.unwrap();
        let refused = fails(&mut conn, "INSERT INTO t VALUES (2)").await;
        assert_eq!(refused.trouble(), StorageTrouble::ReadOnly, "{refused}");
        assert_eq!(fails(&mut conn, "nonsense").await.trouble(), StorageTrouble::Other);
        conn.close().await.unwrap();
        // The table's page, then the head of the file.
        for (at, trouble) in [(4096, StorageTrouble::Damaged), (0, StorageTrouble::NoDatabase)] {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(&[0xff; 4096], at).unwrap();
            let mut conn = options.connect().await.unwrap();
            let damaged = fails(&mut conn, "SELECT * FROM t").await;
            assert_eq!(damaged.trouble(), trouble, "{damaged}");
        }
        for (kind, trouble) in [
            (io::ErrorKind::StorageFull, StorageTrouble::Full),
            (io::ErrorKind::QuotaExceeded, StorageTrouble::Full),
            (io::ErrorKind::PermissionDenied, StorageTrouble::ReadOnly),
            (io::ErrorKind::ReadOnlyFilesystem, StorageTrouble::ReadOnly),
            (io::ErrorKind::NotFound, StorageTrouble::Other),
        ] {
            assert_eq!(StoreError::from(Shut::Mark(Arc::new(kind.into()))).trouble(), trouble);
        }
    }
}
