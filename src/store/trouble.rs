//! What is the matter with a database that fails, as far as SQLite says it.

use std::io;

use sqlx::migrate::MigrateError;

use super::{OpenError, StoreError};

/// The kinds of failure that an operator deals with differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another program keeps it locked.
    Busy,
    /// The disk is full.
    Full,
    /// It may not be written.
    ReadOnly,
    /// What stands in it contradicts itself.
    Damaged,
    /// It is no database.
    NoDatabase,
    /// Anything else.
    Other,
}

impl Trouble {
    /// By the lower byte of SQLite's result code (<https://sqlite.org/rescode.html>).
    fn of_sqlite(error: &sqlx::Error) -> Self {
        let code = match error {
            sqlx::Error::Database(error) => error.code(),
            _ => None,
        };
        match code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy,
            Some(8) => Self::ReadOnly,
            Some(11) => Self::Damaged,
            Some(13) => Self::Full,
            Some(26) => Self::NoDatabase,
            _ => Self::Other,
        }
    }

    fn of_files(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Other,
        }
    }
}

impl StoreError {
    /// What is the matter.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Database(error) => Trouble::of_sqlite(error),
            Self::Mark(error) => Trouble::of_files(error),
            Self::Unreadable { .. } | Self::Disk => Trouble::Other,
        }
    }
}

impl OpenError {
    /// What is the matter.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Create(error) | Self::Mark(error) => Trouble::of_files(error),
            Self::Open(error) | Self::Migrate(MigrateError::Execute(error)) => {
                Trouble::of_sqlite(error)
            }
            Self::Migrate(MigrateError::ExecuteMigration(error, _)) => Trouble::of_sqlite(error),
            Self::Failed(error) => error.trouble(),
            Self::Damaged(_) => Trouble::Damaged,
            Self::Migrate(_) | Self::NewerSchema(_) | Self::OtherSchema(_) | Self::OldSqlite(_) => {
                Trouble::Other
            }
        }
    }
}
