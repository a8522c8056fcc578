//! Takes down what is done to the files of a folder, call by call.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{Change, Contents, Disk, Event, FileId, Target};
use super::trace::Call;

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

impl Tape {
    /// What is in the folder now is on the disk.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let first = Contents::of(folder, is_kept)?;
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

    /// The disk before all of it.
    pub fn disk(&self) -> Disk<'_> {
        Disk::new(self.first.clone(), &self.changes)
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

    /// The places at which names came, went or moved, in their order.
    pub fn moves(&self) -> Vec<usize> {
        let names =
            |change: &usize| matches!(self.changes.get(*change), Some((Change::Names(_), _)));
        let moved = self.events.iter().filter(|(_, event)| match event {
            Event::Changed(change) => names(change),
            Event::Synced { .. } | Event::Dropped { .. } => false,
        });
        moved.map(|(place, _)| *place).collect()
    }

    /// Whether all that was taken down makes up what is in the folder.
    pub fn check(&self) -> anyhow::Result<()> {
        let mut all = self.first.clone();
        self.changes.iter().for_each(|(change, _)| all.apply(change, |_| true));
        let now = Contents::of(&self.folder, is_kept)?;
        let (all, now) = (all.named(), now.named());
        anyhow::ensure!(all.keys().eq(now.keys()), "{:?}, not {:?}", all.keys(), now.keys());
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
            // The process is dead and nobody has written since. A kill ends a write between two
            // pages of memory: what is there of it was written, the rest never was.
            None => {
                let now = fs::read(&path).unwrap_or_default();
                let there = now.get(at..).unwrap_or_default().iter().zip(&bytes);
                bytes.truncate(there.take_while(|(now, written)| now == written).count());
            }
        }
        let count = bytes.len();
        if count == 0 {
            return 0;
        }
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
