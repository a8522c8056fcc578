//! The high-water mark: a small file beside the database that names the newest row of its journal,
//! so that a database without that row is known to be older than what was done with it.
//!
//! What is compared at the start, and why that suffices, stands in docs/architecture.md. The file
//! is synced before it gets its name, and its folder after. It cannot see that a disk or a virtual
//! machine was set back as a whole, the mark with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::domain::DatabaseDoubt;

/// For whoever opens the file.
const ABOUT: &str =
    "The high-water mark of the database beside it: without it, or with a copy, nothing is sent.";

/// The size of the file, so that writing it takes no more room than making it did.
const SIZE: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    about: String,
    pub last: Last,
    mark: Identity,
    database: Identity,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Last {
    /// Its id; 0 where there is none.
    pub row: i64,
    /// Of all its columns, in hexadecimal digits.
    pub sha256: String,
    pub number: i64,
}

/// What a copy of a file does not share with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    inode: u64,
    /// In nanoseconds since 1970. `None`: unknown, and the inode alone may be the same by chance.
    born: Option<u128>,
}

impl Identity {
    fn of(file: &fs::Metadata) -> Self {
        let born = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self { inode: file.ino(), born: born.map(|since| since.as_nanos()) }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Mark(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Of the file that was opened, whatever is put in its place.
    database: Identity,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The row that the file names; `None`: it confirms nothing yet.
    row: Option<i64>,
    /// The file that becomes the next mark.
    spare: Option<File>,
}

impl Mark {
    pub fn beside(database: &Path) -> io::Result<Self> {
        let database = database.canonicalize()?;
        let identity = Identity::of(&fs::metadata(&database)?);
        let mut path = database.into_os_string();
        path.push(".mark");
        let state = Mutex::new(State { row: None, spare: None });
        Ok(Self(Arc::new(Inner { path: path.into(), database: identity, state })))
    }

    pub fn read(&self) -> io::Result<(Option<Content>, Option<DatabaseDoubt>)> {
        let mut file = match File::open(&self.0.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((None, Some(DatabaseDoubt::Unmarked)));
            }
            opened => opened?,
        };
        let mut text = Vec::with_capacity(SIZE);
        file.read_to_end(&mut text)?;
        let Ok(content) = serde_json::from_slice::<Content>(&text) else {
            return Ok((None, Some(DatabaseDoubt::Unmarked)));
        };
        let is_it =
            content.mark == Identity::of(&file.metadata()?) && content.database == self.0.database;
        Ok((Some(content), (!is_it).then_some(DatabaseDoubt::Copied)))
    }

    pub async fn prepare(&self) -> io::Result<()> {
        self.work(|inner, state| {
            if state.spare.is_none() {
                state.spare = Some(inner.make()?);
            }
            Ok(())
        })
        .await
    }

    /// Names this row, unless it names a later one already.
    pub async fn raise(&self, last: Last) -> io::Result<()> {
        self.work(move |inner, state| {
            if state.row.is_some_and(|row| row >= last.row) {
                return Ok(());
            }
            let spare = match state.spare.take() {
                Some(spare) => spare,
                None => inner.make()?,
            };
            // A failure leaves the old mark, and the next try makes a new file: after a failed sync
            // nobody knows what is in this one.
            let row = last.row;
            inner.write(&spare, last)?;
            spare.sync_all()?;
            fs::rename(inner.spare(), &inner.path)?;
            inner.sync_folder()?;
            state.row = Some(row);
            Ok(())
        })
        .await
    }

    /// To its end, also when nobody waits any more, and one after the other: a later mark is never
    /// replaced by an earlier one.
    async fn work(
        &self,
        work: impl FnOnce(&Inner, &mut State) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let inner = self.0.clone();
        let work = move || {
            let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
            work(&inner, &mut state)
        };
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
    }
}

impl Inner {
    fn spare(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".new");
        path.into()
    }

    fn make(&self) -> io::Result<File> {
        match fs::remove_file(self.spare()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.spare())?;
        file.write_all_at(&[b' '; SIZE], 0)?;
        Ok(file)
    }

    fn write(&self, file: &File, last: Last) -> io::Result<()> {
        let mark = Identity::of(&file.metadata()?);
        let content = Content { about: ABOUT.to_owned(), last, mark, database: self.database };
        let mut text = serde_json::to_vec(&content)?;
        text.resize(SIZE.max(text.len()), b' ');
        file.write_all_at(&text, 0)
    }

    fn sync_folder(&self) -> io::Result<()> {
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}
