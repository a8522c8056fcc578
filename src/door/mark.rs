//! The high-water mark: a small file beside the database whose name says the newest row of its
//! journal, so that a database without that row is known to be older than what was done with it.
//!
//! What is compared at the start, and why that suffices, stands in docs/architecture.md. It is
//! raised by a new name, and the folder is synced after. It cannot see that a disk or a virtual
//! machine was set back as a whole, the mark with it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

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
    folder: PathBuf,
    /// How the names of marks begin.
    prefix: OsString,
    /// Of the file that was opened, whatever is put in its place.
    database: Identity,
    /// What the file names.
    named: Last,
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
        Ok(Self { folder, prefix, database: identity, named: Last::default() })
    }

    /// The mark that counts, and what is wrong with it.
    pub fn read(&self) -> io::Result<(Option<Last>, Option<DatabaseDoubt>)> {
        let mut found = Vec::new();
        for (path, named) in self.files()? {
            let file = File::open(&path)?;
            let content: Option<Content> = serde_json::from_reader(&file).ok();
            let own = Identity::of(&file.metadata()?);
            let is_own =
                content.as_ref().is_some_and(|it| it.mark == own && it.database == self.database);
            found.push(Found { named, content, is_own });
        }
        let newest = |own: bool| {
            let marks = found.iter().filter(|it| it.is_own || !own);
            marks.max_by_key(|it| it.named.row)
        };
        Ok(match (newest(true), newest(false)) {
            (Some(own), Some(any)) if any.named.row <= own.named.row => {
                (Some(own.named.clone()), None)
            }
            (_, Some(any)) if any.content.is_some() => {
                (Some(any.named.clone()), Some(DatabaseDoubt::Copied))
            }
            _ => (None, Some(DatabaseDoubt::Unmarked)),
        })
    }

    /// Makes a new file, and removes all others.
    pub fn make(&mut self, last: &Last) -> io::Result<()> {
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
        let content = Content { about: ABOUT.to_owned(), mark, database: self.database };
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
