//! A backup: the whole database as it is at one instant, in a new file, while others write on.
//!
//! SQLite writes it under another name, which ends in `.part`. It gets its own name when it is on
//! the disk and was looked through, so whatever has such a name can be restored.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use super::check::quick_check;
use super::connection::connect;
use super::trouble::{StorageTrouble, is_damage, primary_code};
use crate::domain::BackupTrouble;

pub const UNFINISHED: &str = ".part";

/// How many steps of SQLite until it looks whether anybody still waits.
const STEPS: i32 = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} is there already")]
    Exists(PathBuf),
    #[error("there is no folder for it")]
    NoFolder,
    #[error("the database cannot be read: {0}")]
    Database(#[source] sqlx::Error),
    #[error("it cannot be written: {0}")]
    Write(#[source] sqlx::Error),
    #[error("it cannot be written: {0}")]
    File(#[source] io::Error),
    #[error("it was written, and is not sound: {0}")]
    Unsound(String),
}

/// Beside whoever works on the database, which is not changed; its schema may be any.
pub async fn back_up(database: &Path, to: &Path) -> Result<Backup, BackupError> {
    // SQLite names the log after the file that a link leads to.
    let database = database.canonicalize().map_err(|it| BackupError::Database(it.into()))?;
    let to = std::path::absolute(to)?;
    let unfinished = Unfinished::make(&to)?;
    let schema = write(&database, &unfinished.path).await?;
    let unfinished = in_background(move || unfinished.sync()).await?;
    look_through(&unfinished.path, schema).await?;
    in_background(move || unfinished.finish(to)).await
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

/// Returns the version of the schema.
async fn write(database: &Path, to: &Path) -> Result<i64, BackupError> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let options = options.busy_timeout(Duration::from_secs(5));
    let mut conn = connect(options).await.map_err(BackupError::Database)?;
    let unwanted = Unwanted::default();
    unwanted.ends(&mut conn).await.map_err(BackupError::Database)?;
    let schema = schema(&mut conn).await.map_err(BackupError::Database)?;
    let name = to.to_str().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let written = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut conn).await;
    written.map_err(|error| match is_damage(&error) {
        true => BackupError::Database(error),
        false => BackupError::Write(error),
    })?;
    conn.close().await.map_err(BackupError::Database)?;
    Ok(schema)
}

async fn schema(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let version = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    sqlx::query_scalar(version).fetch_one(conn).await
}

async fn look_through(path: &Path, schema_of_database: i64) -> Result<(), BackupError> {
    let unsound = |error: sqlx::Error| BackupError::Unsound(error.to_string());
    // Nobody writes it, and no file is made beside it.
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let mut conn = connect(options).await.map_err(unsound)?;
    if let Some(damage) = quick_check(&mut conn).await.map_err(unsound)? {
        return Err(BackupError::Unsound(damage));
    }
    let schema = schema(&mut conn).await.map_err(unsound)?;
    conn.close().await.map_err(unsound)?;
    match schema == schema_of_database {
        true => Ok(()),
        false => Err(BackupError::Unsound(format!("its schema is {schema}"))),
    }
}

/// Dropped, it ends what SQLite does: its thread would go on otherwise.
#[derive(Debug, Default)]
struct Unwanted(Arc<AtomicBool>);

impl Unwanted {
    async fn ends(&self, conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let flag = self.0.clone();
        let mut handle = conn.lock_handle().await?;
        handle.set_progress_handler(STEPS, move || !flag.load(Ordering::Relaxed));
        Ok(())
    }
}

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Removed unless it is finished. Whoever writes it keeps it locked, so one that can be locked was
/// left behind.
#[derive(Debug)]
struct Unfinished {
    path: PathBuf,
    /// Open before anything is written: the system reports a failed write once to every handle.
    file: File,
    is_finished: bool,
}

impl Unfinished {
    fn make(to: &Path) -> Result<Self, BackupError> {
        if to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let mut path = to.as_os_str().to_owned();
        path.push(UNFINISHED);
        let path = PathBuf::from(path);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(path.clone()),
            _ => error.into(),
        })?;
        // Where a disk knows no locks, none can be taken later either.
        drop(file.try_lock());
        Ok(Self { path, file, is_finished: false })
    }

    fn sync(self) -> Result<Self, BackupError> {
        self.file.sync_all()?;
        Ok(self)
    }

    fn finish(mut self, to: PathBuf) -> Result<Backup, BackupError> {
        let bytes = self.file.metadata()?.len();
        if to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(to));
        }
        fs::rename(&self.path, &to)?;
        self.is_finished = true;
        if let Some(folder) = to.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Backup { path: to, bytes })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_finished
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "an unfinished backup was not removed");
        }
    }
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder,
            _ => Self::File(error),
        }
    }
}

impl BackupError {
    pub fn trouble(&self) -> BackupTrouble {
        let of_storage = |trouble| match trouble {
            StorageTrouble::Full => BackupTrouble::NoRoom,
            StorageTrouble::ReadOnly => BackupTrouble::NotWritable,
            _ => BackupTrouble::Other,
        };
        match self {
            Self::NoFolder => BackupTrouble::NoFolder,
            Self::Database(_) => BackupTrouble::Database,
            Self::Unsound(_) => BackupTrouble::Unsound,
            Self::Write(error) => of_storage(StorageTrouble::of_sqlite(error)),
            Self::File(error) => of_storage(StorageTrouble::of_files(error)),
            Self::Exists(_) => BackupTrouble::Other,
        }
    }

    /// What is the matter with the database, if it is the database.
    pub fn database_trouble(&self) -> Option<StorageTrouble> {
        match self {
            // It knows nothing of our tables.
            Self::Database(error) if primary_code(error) == Some(1) => {
                Some(StorageTrouble::NoDatabase)
            }
            Self::Database(error) => Some(StorageTrouble::of_sqlite(error)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use futures::FutureExt as _;
    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn what_was_written_is_looked_through_before_it_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (database, copy) = (folder.path().join("bot.db"), folder.path().join("copy.db"));
        let store = Store::open(&database).await.unwrap();
        let schema = schema(&mut store.files.reader.lend().await.unwrap()).await.unwrap();
        back_up(&database, &copy).await.unwrap();
        look_through(&copy, schema).await.unwrap();
        let other = look_through(&copy, schema + 1).await;
        assert!(matches!(other, Err(BackupError::Unsound(_))), "{other:?}");

        let length = copy.metadata().unwrap().len();
        let file = OpenOptions::new().write(true).open(&copy).unwrap();
        for (at, bytes) in [(length / 2, length / 4), (0, 4096)] {
            let garbage = vec![0xff; usize::try_from(bytes).unwrap()];
            file.write_all_at(&garbage, at).unwrap();
            let damaged = look_through(&copy, schema).await;
            assert!(matches!(damaged, Err(BackupError::Unsound(_))), "{damaged:?}");
        }
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_any_more_ends() {
        let options = SqliteConnectOptions::new().filename(":memory:");
        let mut conn = options.connect().await.unwrap();
        let unwanted = Unwanted::default();
        unwanted.ends(&mut conn).await.unwrap();
        drop(unwanted);
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                       SELECT count(*) FROM n";
        let ended = sqlx::raw_sql(endless).execute(&mut conn);
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        let error = ended.expect("it ends").unwrap_err();
        assert!(error.to_string().contains("interrupted"), "{error}");
    }

    #[tokio::test]
    async fn a_backup_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (database, copy) = (folder.path().join("bot.db"), folder.path().join("copy.db"));
        let store = Store::open(&database).await.unwrap();
        // As far as it gets without waiting: the file is there.
        let mut given_up = std::pin::pin!(back_up(&database, &copy));
        assert!((&mut given_up).now_or_never().is_none());
        let unfinished = folder.path().join("copy.db.part");
        assert!(unfinished.exists());
        given_up.set(back_up(&database, &copy));
        assert!(!unfinished.exists());
        given_up.await.unwrap();
        assert!(copy.exists() && !unfinished.exists());
        store.close().await;
    }
}
