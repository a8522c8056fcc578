//! The high-water mark: a small file beside the database whose name says the newest row of its
//! journal, so that a database without that row is known to be older than what was done with it.
//!
//! What is compared at the start, and why that suffices, stands in docs/storage.md. It is
//! raised by a new name, and the folder is synced after. It cannot see that a disk or a virtual
//! machine was set back as a whole, the mark with it.
//!
//! After a clean stop its content says how the database was left, so that a start knows whether
//! anything happened to the file since.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DatabaseDoubt;

/// For whoever opens the file.
const ABOUT: &str =
    "The high-water mark of the database beside it: without it, or with a copy, nothing is sent.";

/// In hexadecimal digits.
pub const HASH_DIGITS: usize = 16;

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    about: String,
    mark: Identity,
    database: Identity,
    /// When the file of the database was last looked through.
    checked_at: Option<Timestamp>,
    /// Only between a clean stop and the next start.
    closed: Option<Closed>,
}

/// The file of the database after its last connection was closed. SQLite's own counter of changes
/// need not move in WAL mode, so it would not do alone.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Closed {
    size: u64,
    /// In nanoseconds since 1970.
    modified: i128,
    /// SQLite's header, in hexadecimal digits.
    head: String,
}

impl Closed {
    /// `None`: the log holds something, or the file is shorter than a header. Nobody in this process
    /// has the database open: closing any handle of it drops all its locks.
    fn of(database: &Path) -> io::Result<Option<Self>> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        match fs::metadata(log) {
            Ok(log) if log.len() > 0 => return Ok(None),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::open(database)?;
        let mut head = [0; 100];
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let metadata = file.metadata()?;
        let modified =
            i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        let head = head.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self { size: metadata.len(), modified, head }))
    }
}

/// The newest row of the journal, as the name of the mark says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// Its id; 0 where there is none.
    pub row: i64,
    /// The first digits of the SHA-256 of all its columns.
    pub hash: String,
    /// The greatest number of an invitation.
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

#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    folder: PathBuf,
    /// How the names of marks begin.
    prefix: OsString,
    /// Of the file that was opened, whatever is put in its place.
    database: Identity,
    /// What the file names.
    named: Last,
    checked_at: Option<Timestamp>,
}

/// A file that is called like a mark.
struct Found {
    named: Last,
    /// `None`: it is no mark.
    content: Option<Content>,
    is_own: bool,
}

impl Mark {
    pub fn beside(database: &Path) -> io::Result<Self> {
        let database = database.canonicalize()?;
        let identity = Identity::of(&fs::metadata(&database)?);
        let mut prefix = database.file_name().unwrap_or_default().to_owned();
        prefix.push(".mark.");
        let folder = database.parent().unwrap_or(Path::new("/")).to_owned();
        let named = Last::default();
        Ok(Self { path: database, folder, prefix, database: identity, named, checked_at: None })
    }

    /// What the mark that counts names, and what is wrong with it.
    pub fn read(&mut self) -> io::Result<(Option<Last>, Option<DatabaseDoubt>)> {
        let (counts, doubt) = self.look()?;
        if let (Some(Found { content: Some(content), .. }), None) = (&counts, doubt) {
            self.checked_at = content.checked_at;
        }
        Ok((counts.map(|it| it.named), doubt))
    }

    /// Nothing was done to the database since it was closed cleanly.
    pub fn is_clean(&self) -> io::Result<bool> {
        let (counts, doubt) = self.look()?;
        let closed = counts.filter(|_| doubt.is_none()).and_then(|it| it.content?.closed);
        Ok(closed.is_some() && closed == Closed::of(&self.path)?)
    }

    fn look(&self) -> io::Result<(Option<Found>, Option<DatabaseDoubt>)> {
        let mut found = Vec::new();
        for (path, named) in self.files()? {
            let file = File::open(&path)?;
            let content: Option<Content> = serde_json::from_reader(&file).ok();
            let own = Identity::of(&file.metadata()?);
            let is_own =
                content.as_ref().is_some_and(|it| it.mark == own && it.database == self.database);
            found.push(Found { named, content, is_own });
        }
        // Of several of one row a true one counts.
        found.sort_by_key(|it| (it.named.row, it.is_own));
        Ok(match found.pop() {
            Some(own) if own.is_own => (Some(own), None),
            Some(copy) if copy.content.is_some() => (Some(copy), Some(DatabaseDoubt::Copied)),
            _ => (None, Some(DatabaseDoubt::Unmarked)),
        })
    }

    pub fn checked_at(&self) -> Option<Timestamp> {
        self.checked_at
    }

    pub fn note_checked(&mut self, at: Timestamp) -> io::Result<()> {
        self.checked_at = Some(at);
        self.make(&self.named.clone())
    }

    /// After the last connection was closed.
    pub fn close(&mut self) -> io::Result<()> {
        match Closed::of(&self.path)? {
            Some(closed) => self.write(&self.named.clone(), Some(closed)),
            None => Ok(()),
        }
    }

    /// Makes a new file, and removes all others.
    pub fn make(&mut self, last: &Last) -> io::Result<()> {
        self.write(last, None)
    }

    fn write(&mut self, last: &Last, closed: Option<Closed>) -> io::Result<()> {
        let others = self.files()?;
        let mut new = self.prefix.clone();
        new.push("new");
        let new = self.folder.join(new);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let mark = Identity::of(&file.metadata()?);
        let about = ABOUT.to_owned();
        let (database, checked_at) = (self.database, self.checked_at);
        let content = Content { about, mark, database, checked_at, closed };
        file.write_all(&serde_json::to_vec(&content)?)?;
        file.sync_all()?;
        let named = self.path(last);
        fs::rename(&new, &named)?;
        self.sync_folder()?;
        self.named = last.clone();
        // Not before: without any mark the database would be doubted.
        for (path, _) in others.into_iter().filter(|(path, _)| *path != named) {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    /// Names this row, unless it names a later one already.
    pub fn raise(&mut self, last: &Last) -> io::Result<()> {
        if self.named.row >= last.row {
            return Ok(());
        }
        match fs::rename(self.path(&self.named), self.path(last)) {
            // After a failure nobody knows what it is called.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.make(last),
            renamed => renamed?,
        }
        self.sync_folder()?;
        self.named = last.clone();
        Ok(())
    }

    fn path(&self, Last { row, hash, number }: &Last) -> PathBuf {
        let mut name = self.prefix.clone();
        name.push(format!("{row}.{hash}.{number}"));
        self.folder.join(name)
    }

    fn files(&self) -> io::Result<Vec<(PathBuf, Last)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if let Some(last) = self.named_by(&entry.file_name()) {
                files.push((entry.path(), last));
            }
        }
        Ok(files)
    }

    fn named_by(&self, name: &OsStr) -> Option<Last> {
        let rest = name.as_encoded_bytes().strip_prefix(self.prefix.as_encoded_bytes())?;
        let mut parts = std::str::from_utf8(rest).ok()?.split('.');
        let (row, hash, number) = (parts.next()?, parts.next()?, parts.next()?);
        let last =
            Last { row: row.parse().ok()?, hash: hash.to_owned(), number: number.parse().ok()? };
        parts.next().is_none().then_some(last)
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}
