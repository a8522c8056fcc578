//! A disk under a folder: what was written, what of it is sure to survive, and what a loss of
//! power at any instant could leave of it. The rules are those of POSIX and of SQLite's own
//! assumptions: nothing is sure before it was synced, what was not synced survives in any
//! selection, a write tears at the borders of sectors, and a name in a folder is sure when the
//! folder was synced.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fastrand::Rng;

use super::trace::Call;

/// What a disk writes as one.
const SECTOR: usize = 512;

/// A file, whatever its name is now.
type FileId = usize;

/// What was done to the disk.
#[derive(Clone, Debug)]
enum Change {
    Data {
        file: FileId,
        at: usize,
        bytes: Vec<u8>,
    },
    Length {
        file: FileId,
        length: usize,
    },
    /// Names that came, went or moved, all at once.
    Names(Vec<(String, Option<FileId>)>),
}

/// Something that happened, and where it stands in the order of everything.
#[derive(Debug)]
pub enum Event {
    /// From now on this may be on the disk.
    Changed(usize),
    /// From now on all that had ended before this place is on the disk, of one file or of the
    /// names.
    Synced { target: Target, before: usize },
    /// The system could not write a file or the names: what had ended before this place counts
    /// as written and is not.
    Dropped { target: Target, before: usize },
}

/// What is synced by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file's data and length.
    File(FileId),
    /// The names in the folder.
    Names,
}

/// What is done to a folder, from its first state on.
pub struct Tape {
    folder: PathBuf,
    changes: Vec<(Change, usize)>,
    /// Events by their places.
    pub events: Vec<(usize, Event)>,
    first: Contents,
    /// What the names mean to a running process.
    names: BTreeMap<String, FileId>,
    files: FileId,
    /// How far each descriptor has written.
    offsets: BTreeMap<u64, usize>,
}

/// Names and files.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    names: BTreeMap<String, FileId>,
    files: BTreeMap<FileId, Vec<u8>>,
}

/// How much of what was not synced is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Nothing.
    SyncedOnly,
    /// Each change by chance.
    Halves,
    /// Each change by chance, and the last only with some of its sectors.
    Torn,
}

impl Luck {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SyncedOnly, Self::Halves, Self::Torn];

    /// The one of three that is kept for it.
    pub fn of<T>(self, [synced_only, halves, torn]: &mut [T; 3]) -> &mut T {
        match self {
            Self::SyncedOnly => synced_only,
            Self::Halves => halves,
            Self::Torn => torn,
        }
    }
}

impl Tape {
    /// What is in the folder now is on the disk.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut first = Contents::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_kept(&name) {
                let file = first.files.len();
                first.files.insert(file, fs::read(entry.path())?);
                first.names.insert(name, file);
            }
        }
        Ok(Self {
            folder: folder.canonicalize()?,
            changes: Vec::new(),
            events: Vec::new(),
            names: first.names.clone(),
            files: first.files.len(),
            first,
            offsets: BTreeMap::new(),
        })
    }

    /// The first state.
    pub fn first(&self) -> Contents {
        self.first.clone()
    }

    /// Takes one call down; they must come in their order. Calls to other things than the files
    /// of the folder are none of its business.
    pub fn take(&mut self, call: &Call) -> anyhow::Result<()> {
        match call.name.as_str() {
            "openat" => self.open(call),
            "pwrite64" => {
                let at = usize::try_from(call.number(3))?;
                self.data(call, at);
            }
            "write" | "writev" => {
                let at = self.offsets.get(&call.number(0)).copied().unwrap_or(0);
                let end = at + self.data(call, at);
                self.offsets.insert(call.number(0), end);
            }
            "ftruncate" if call.returned == Some(0) => {
                let length = usize::try_from(call.number(1))?;
                if let Some(file) = self.file(&call.target(0)) {
                    self.change(call, Change::Length { file, length });
                }
            }
            "fsync" | "fdatasync" => self.sync(call),
            "unlink" if call.returned == Some(0) => self.unlink(call, &call.path(0)),
            "unlinkat" if call.returned == Some(0) => self.unlink(call, &call.path(1)),
            "rename" if call.returned == Some(0) => self.rename(call, &call.path(0), &call.path(1)),
            "renameat" | "renameat2" if call.returned == Some(0) => {
                self.rename(call, &call.path(1), &call.path(3));
            }
            "pwritev" | "fallocate" | "sync_file_range" | "link" | "linkat" => {
                let touches = self.file(&call.target(0)).is_some();
                anyhow::ensure!(!touches, "{} is not known to this replay", call.name);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether all that was taken down makes up what is in the folder.
    pub fn check(&self) -> anyhow::Result<()> {
        let mut all = self.first();
        self.changes.iter().for_each(|(change, _)| all.apply(change, |_| true));
        let now = Self::new(&self.folder)?.first;
        let named = |contents: &Contents| -> BTreeMap<String, Vec<u8>> {
            let files = contents.names.iter();
            files
                .map(|(name, file)| {
                    (name.clone(), contents.files.get(file).cloned().unwrap_or_default())
                })
                .collect()
        };
        let (all, now) = (named(&all), named(&now));
        let names =
            |contents: &BTreeMap<String, Vec<u8>>| contents.keys().cloned().collect::<Vec<_>>();
        anyhow::ensure!(names(&all) == names(&now), "{:?} and not {:?}", names(&all), names(&now));
        for (name, content) in &all {
            anyhow::ensure!(now.get(name) == Some(content), "{name} differs");
        }
        Ok(())
    }

    /// Data was written; how much.
    fn data(&mut self, call: &Call, at: usize) -> usize {
        let path = call.target(0);
        let Some(file) = self.file(&path) else { return 0 };
        let mut bytes = call.bytes(1);
        match call.returned {
            Some(count) => bytes.truncate(usize::try_from(count).unwrap_or(0)),
            // The process is dead and nobody has written since: it is there, or never was.
            None => {
                let now = fs::read(&path).unwrap_or_default();
                if now.get(at..at + bytes.len()) != Some(&bytes) {
                    return 0;
                }
            }
        }
        let count = bytes.len();
        self.change(call, Change::Data { file, at, bytes });
        count
    }

    fn open(&mut self, call: &Call) {
        let path = self.folder.join(call.path(1));
        let Some(name) = self.name(&path) else { return };
        let Ok(fd) = u64::try_from(call.returned.unwrap_or(-1)) else { return };
        let flags = call.argument(2);
        let file = match self.names.get(&name) {
            Some(file) => *file,
            None if flags.contains("O_CREAT") => {
                self.files += 1;
                self.change(call, Change::Names(vec![(name, Some(self.files))]));
                self.files
            }
            None => return,
        };
        if flags.contains("O_TRUNC") {
            self.change(call, Change::Length { file, length: 0 });
        }
        self.offsets.insert(fd, 0);
    }

    fn sync(&mut self, call: &Call) {
        let path = call.target(0);
        let target = match self.file(&path) {
            Some(file) => Target::File(file),
            None if path == self.folder => Target::Names,
            None => return,
        };
        let before = call.began;
        let event = match call.returned {
            Some(0) => Event::Synced { target, before },
            Some(_) => Event::Dropped { target, before },
            None => return,
        };
        self.events.push((call.ended, event));
    }

    fn unlink(&mut self, call: &Call, path: &Path) {
        if let Some(name) = self.name(&self.folder.join(path)) {
            self.change(call, Change::Names(vec![(name, None)]));
        }
    }

    fn rename(&mut self, call: &Call, from: &Path, to: &Path) {
        let (from, to) = (self.name(&self.folder.join(from)), self.name(&self.folder.join(to)));
        if let (Some(from), Some(to)) = (from, to) {
            let file = self.names.get(&from).copied();
            self.change(call, Change::Names(vec![(from, None), (to, file)]));
        }
    }

    fn change(&mut self, call: &Call, change: Change) {
        if let Change::Names(moved) = &change {
            for (name, file) in moved {
                match file {
                    Some(file) => drop(self.names.insert(name.clone(), *file)),
                    None => drop(self.names.remove(name)),
                }
            }
        }
        self.events.push((call.began, Event::Changed(self.changes.len())));
        self.changes.push((change, call.ended));
    }

    fn file(&self, path: &Path) -> Option<FileId> {
        self.names.get(&self.name(path)?).copied()
    }

    /// The name of a file that must survive.
    fn name(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(&self.folder).ok()?.to_str()?;
        is_kept(name).then(|| name.to_owned())
    }
}

/// The log is no part of what is promised, and `-shm` is made anew at every start.
fn is_kept(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && !name.ends_with("-shm") && name != "log"
}

/// A disk as it goes through a tape.
pub struct Disk<'a> {
    tape: &'a Tape,
    sure: Contents,
    /// What may be on the disk or not, in its order.
    pending: Vec<usize>,
    /// What counts as written and is not; it may be on the disk all the same.
    dropped: Vec<usize>,
}

impl<'a> Disk<'a> {
    /// Before the first event.
    pub fn new(tape: &'a Tape) -> Self {
        Self { tape, sure: tape.first(), pending: Vec::new(), dropped: Vec::new() }
    }

    /// Goes on by one event.
    pub fn happens(&mut self, event: &Event) {
        match event {
            Event::Changed(change) => self.pending.push(*change),
            Event::Synced { target, before } => {
                for change in self.drain(*target, *before) {
                    if let Some((change, _)) = self.tape.changes.get(change) {
                        self.sure.apply(change, |_| true);
                    }
                }
            }
            Event::Dropped { target, before } => {
                let dropped = self.drain(*target, *before);
                self.dropped.extend(dropped);
            }
        }
    }

    /// Takes out of what is pending what a sync of the target that began then covers.
    fn drain(&mut self, target: Target, before: usize) -> Vec<usize> {
        let covered = |change: &usize| {
            let change = self.tape.changes.get(*change);
            change.is_some_and(|(change, ended)| *ended < before && change.target() == target)
        };
        let (covered, rest) = self.pending.iter().copied().partition(covered);
        self.pending = rest;
        covered
    }

    /// What is left when the power goes now.
    pub fn cut(&self, luck: Luck, rng: &mut Rng) -> Contents {
        let mut left = self.sure.clone();
        if luck == Luck::SyncedOnly {
            return left;
        }
        let mut unsure: Vec<usize> = self.dropped.iter().chain(&self.pending).copied().collect();
        unsure.sort_unstable();
        let last = self.pending.last().copied();
        for change in unsure {
            let torn = luck == Luck::Torn && Some(change) == last;
            if let Some((change, _)) = self.tape.changes.get(change)
                && (torn || rng.bool())
            {
                left.apply(change, |_| !torn || rng.bool());
            }
        }
        left
    }
}

impl Change {
    fn target(&self) -> Target {
        match self {
            Self::Data { file, .. } | Self::Length { file, .. } => Target::File(*file),
            Self::Names(_) => Target::Names,
        }
    }
}

impl Contents {
    /// Makes a change; of data only the sectors that are wanted.
    fn apply(&mut self, change: &Change, mut wanted: impl FnMut(usize) -> bool) {
        match change {
            Change::Data { file, at, bytes } => {
                let content = self.files.entry(*file).or_default();
                if content.len() < at + bytes.len() {
                    content.resize(at + bytes.len(), 0);
                }
                let mut from = *at;
                while from < at + bytes.len() {
                    let to = ((from / SECTOR + 1) * SECTOR).min(at + bytes.len());
                    if wanted(from / SECTOR)
                        && let Some(place) = content.get_mut(from..to)
                        && let Some(sector) = bytes.get(from - at..to - at)
                    {
                        place.copy_from_slice(sector);
                    }
                    from = to;
                }
            }
            Change::Length { file, length } => {
                self.files.entry(*file).or_default().resize(*length, 0);
            }
            Change::Names(moved) => {
                for (name, file) in moved {
                    match file {
                        Some(file) => drop(self.names.insert(name.clone(), *file)),
                        None => drop(self.names.remove(name)),
                    }
                }
            }
        }
    }

    /// Puts it into an empty folder.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        for (name, file) in &self.names {
            let content = self.files.get(file).map_or(&[][..], Vec::as_slice);
            fs::write(folder.join(name), content).context("no room for an image")?;
        }
        Ok(())
    }
}
