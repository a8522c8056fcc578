//! A disk under a folder: what was written, what of it is sure to survive, and what a loss of
//! power at any instant could leave of it. The rules are those of POSIX and of SQLite's own
//! assumptions: nothing is sure before it was synced, what was not synced survives in any
//! selection, a write tears at the borders of sectors, and a name in a folder is sure when the
//! folder was synced.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use fastrand::Rng;

/// What a disk writes as one.
const SECTOR: usize = 512;

/// A file, whatever its name is now.
pub type FileId = usize;

/// What was done to the disk.
#[derive(Clone, Debug)]
pub enum Change {
    /// Bytes were written.
    Data { file: FileId, at: usize, bytes: Vec<u8> },
    /// A file was made shorter or longer.
    Length { file: FileId, length: usize },
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

/// Names and files.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The names in the folder.
    pub names: BTreeMap<String, FileId>,
    /// The files behind them.
    pub files: BTreeMap<FileId, Vec<u8>>,
}

/// How much of what was not synced is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Nothing.
    SyncedOnly,
    /// Each change by chance.
    Halves,
    /// Each change whole, not at all, or with some of its sectors.
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

/// A disk as it goes through a tape.
pub struct Disk<'a> {
    changes: &'a [(Change, usize)],
    sure: Contents,
    /// What may be on the disk or not, in its order.
    pending: Vec<usize>,
    /// What counts as written and is not, as long as nothing else is sure to have taken its
    /// place; it may be on the disk all the same.
    dropped: Vec<Change>,
}

impl<'a> Disk<'a> {
    /// Before the first event; with each change comes the place at which it had ended.
    pub fn new(first: Contents, changes: &'a [(Change, usize)]) -> Self {
        Self { changes, sure: first, pending: Vec::new(), dropped: Vec::new() }
    }

    /// Goes on by one event.
    pub fn happens(&mut self, event: &Event) {
        match event {
            Event::Changed(change) => self.pending.push(*change),
            Event::Synced { target, before } => {
                for change in self.drain(*target, *before) {
                    self.sure.apply(change, |_| true);
                    let dropped = std::mem::take(&mut self.dropped);
                    self.dropped = dropped.iter().flat_map(|it| it.without(change)).collect();
                }
            }
            Event::Dropped { target, before } => {
                let dropped = self.drain(*target, *before);
                self.dropped.extend(dropped.into_iter().cloned());
            }
        }
    }

    /// Takes out of what is pending what a sync of the target that began then covers.
    fn drain(&mut self, target: Target, before: usize) -> Vec<&'a Change> {
        let changes = self.changes;
        let covered = |change: &usize| {
            let change = changes.get(*change);
            change.is_some_and(|(change, ended)| *ended < before && change.target() == target)
        };
        let (covered, rest): (Vec<_>, Vec<_>) = self.pending.iter().copied().partition(covered);
        self.pending = rest;
        covered.into_iter().filter_map(|change| Some(&changes.get(change)?.0)).collect()
    }

    /// What is left when the power goes now.
    pub fn cut(&self, luck: Luck, rng: &mut Rng) -> Contents {
        let mut left = self.sure.clone();
        if luck == Luck::SyncedOnly {
            return left;
        }
        // A disk need not keep the order, but what was overwritten in memory never gets there.
        let pending = self.pending.iter().filter_map(|it| Some(&self.changes.get(*it)?.0));
        for change in self.dropped.iter().chain(pending) {
            let torn = luck == Luck::Torn && rng.u8(0..3) == 0;
            if torn || rng.bool() {
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

    /// What is left of it when another change has surely been made after it.
    fn without(&self, later: &Self) -> Vec<Self> {
        match (self, later) {
            (Self::Data { file, at, bytes }, Self::Data { file: of, at: from, bytes: over })
                if file == of =>
            {
                let to = from + over.len();
                let before = bytes.get(..from.saturating_sub(*at).min(bytes.len()));
                let after = bytes.get(to.saturating_sub(*at).min(bytes.len())..);
                let pieces = [(*at, before), (to.max(*at), after)];
                let pieces = pieces.into_iter().filter_map(|(at, bytes)| {
                    let bytes = bytes.filter(|bytes| !bytes.is_empty())?.to_vec();
                    Some(Self::Data { file: *file, at, bytes })
                });
                pieces.collect()
            }
            (Self::Data { file, at, bytes }, Self::Length { file: of, length }) if file == of => {
                let kept = bytes.get(..length.saturating_sub(*at).min(bytes.len()));
                let kept = kept.filter(|kept| !kept.is_empty());
                let kept =
                    kept.map(|kept| Self::Data { file: *file, at: *at, bytes: kept.to_vec() });
                kept.into_iter().collect()
            }
            (Self::Length { file, .. }, Self::Length { file: of, .. }) if file == of => vec![],
            (Self::Names(mine), Self::Names(other)) => {
                let stands = |(name, _): &&(String, _)| !other.iter().any(|(it, _)| it == name);
                vec![Self::Names(mine.iter().filter(stands).cloned().collect())]
            }
            _ => vec![self.clone()],
        }
    }
}

impl Contents {
    /// Makes a change; of data only the sectors that are wanted.
    pub fn apply(&mut self, change: &Change, mut wanted: impl FnMut(usize) -> bool) {
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

    /// Those of the files in a folder that are wanted.
    pub fn of(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Self> {
        let mut found = Self::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if wanted(&name) {
                let file = found.files.len();
                found.files.insert(file, fs::read(entry.path())?);
                found.names.insert(name, file);
            }
        }
        Ok(found)
    }

    /// The content of each name.
    pub fn named(&self) -> BTreeMap<&str, &[u8]> {
        let content = |file| self.files.get(file).map_or(&[][..], Vec::as_slice);
        self.names.iter().map(|(name, file)| (name.as_str(), content(file))).collect()
    }

    /// Puts it into an empty folder.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        for (name, content) in self.named() {
            fs::write(folder.join(name), content).context("no room for an image")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tape::Tape;
    use super::super::trace::Call;
    use super::*;

    /// A folder with one file, and calls that are said to have been made there.
    struct Bench {
        folder: tempfile::TempDir,
        tape: Tape,
        place: usize,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("db"), [b'a'; 3 * SECTOR]).unwrap();
            let tape = Tape::new(folder.path()).unwrap();
            Self { folder, tape, place: 0 }
        }

        fn call(&mut self, name: &str, arguments: &[&str], returned: Option<i64>) {
            self.place += 1;
            let folder = self.folder.path().canonicalize().unwrap();
            let named = |argument: &&str| argument.replace('@', folder.to_str().unwrap());
            let call = Call {
                began: self.place,
                ended: self.place,
                name: name.to_owned(),
                arguments: arguments.iter().map(named).collect(),
                returned,
            };
            self.tape.take(&call).unwrap();
        }

        fn writes(&mut self, file: &str, at: usize, bytes: &str) {
            let (file, at) = (format!("5<@/{file}>"), at.to_string());
            let length = i64::try_from(bytes.len()).unwrap();
            let arguments = [&file, &format!("\"{bytes}\""), &length.to_string(), &at];
            self.call("pwrite64", &arguments.map(String::as_str), Some(length));
        }

        fn syncs(&mut self, what: &str, returned: i64) {
            self.call("fsync", &[&format!("5<{what}>")], Some(returned));
        }

        /// What is left in the end: the files by their names.
        fn cut(&self, luck: Luck, seed: u64) -> BTreeMap<String, Vec<u8>> {
            let mut disk = self.tape.disk();
            self.tape.events.iter().for_each(|(_, event)| disk.happens(event));
            let left = disk.cut(luck, &mut Rng::with_seed(seed));
            left.named().into_iter().map(|(name, it)| (name.to_owned(), it.to_vec())).collect()
        }
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_not_may_be() {
        let mut bench = Bench::new();
        bench.writes("db", 0, "1");
        bench.syncs("@/db", 0);
        bench.writes("db", 1, "2");
        bench.writes("db", 2, "3");
        assert_eq!(&bench.cut(Luck::SyncedOnly, 0)["db"][..4], b"1aaa");
        let seen: std::collections::BTreeSet<Vec<u8>> =
            (0..50).map(|seed| bench.cut(Luck::Halves, seed)["db"][..3].to_vec()).collect();
        let all = [b"1aa", b"1a3", b"12a", b"123"].map(|left| left.to_vec());
        assert_eq!(seen, all.into_iter().collect(), "in any selection");
    }

    #[test]
    fn a_write_tears_between_sectors_and_only_there() {
        let mut bench = Bench::new();
        bench.writes("db", SECTOR - 1, &"x".repeat(SECTOR + 2));
        let mut torn = 0;
        for seed in 0..50 {
            let left = bench.cut(Luck::Torn, seed);
            let part = |from: usize, to: usize| left["db"][from..to].to_vec();
            let parts = [
                part(SECTOR - 1, SECTOR),
                part(SECTOR, 2 * SECTOR),
                part(2 * SECTOR, 2 * SECTOR + 1),
            ];
            for part in &parts {
                assert!(part.iter().all(|byte| byte == &part[0]), "whole sectors");
            }
            torn += usize::from(parts.iter().any(|part| part[0] != parts[0][0]));
        }
        assert!(torn > 10, "{torn}");
    }

    #[test]
    fn each_of_several_writes_survives_whole_or_not_at_all_or_torn() {
        let mut bench = Bench::new();
        for (at, bytes) in [(0, "x"), (SECTOR, "y")] {
            bench.writes("db", at, &bytes.repeat(SECTOR));
        }
        bench.writes("db", 2 * SECTOR, &"z".repeat(2 * SECTOR));
        let seen: std::collections::BTreeSet<Vec<u8>> = (0..200)
            .map(|seed| {
                let left = bench.cut(Luck::Torn, seed)["db"].clone();
                (0..4).map(|it| left.get(it * SECTOR).copied().unwrap_or(b'-')).collect()
            })
            .collect();
        assert!(seen.contains(b"xyzz".as_slice()) && seen.contains(b"aaa-".as_slice()), "{seen:?}");
        assert!(
            seen.contains(b"xaa\0".as_slice()) || seen.contains(b"xyz\0".as_slice()),
            "{seen:?}"
        );
    }

    #[test]
    fn after_a_failed_sync_nothing_is_sure_however_often_it_is_synced() {
        let mut bench = Bench::new();
        bench.writes("db", 0, "1");
        bench.syncs("@/db", -1);
        bench.syncs("@/db", 0);
        assert_eq!(bench.cut(Luck::SyncedOnly, 0)["db"][0], b'a');
        bench.writes("db", 0, "1");
        bench.syncs("@/db", 0);
        assert_eq!(bench.cut(Luck::SyncedOnly, 0)["db"][0], b'1', "unless it is written again");
    }

    #[test]
    fn what_was_written_over_does_not_come_back() {
        let mut bench = Bench::new();
        bench.writes("db", 1, "2345");
        bench.syncs("@/db", -1);
        bench.writes("db", 2, "xy");
        bench.syncs("@/db", 0);
        let seen: std::collections::BTreeSet<Vec<u8>> =
            (0..50).map(|seed| bench.cut(Luck::Halves, seed)["db"][..6].to_vec()).collect();
        let all = [b"aaxyaa", b"a2xyaa", b"aaxy5a", b"a2xy5a"].map(|left| left.to_vec());
        assert_eq!(seen, all.into_iter().collect());
    }

    #[test]
    fn a_name_is_sure_when_its_folder_was_synced() {
        let mut bench = Bench::new();
        let path = "\"@/new\"";
        bench.call("openat", &["AT_FDCWD<@>", path, "O_RDWR|O_CREAT", "0600"], Some(7));
        bench.call("write", &["7<@/new>", "\"ab\"", "2"], Some(2));
        bench.call("write", &["7<@/new>", "\"c\"", "1"], Some(1));
        bench.syncs("@/new", 0);
        assert!(!bench.cut(Luck::SyncedOnly, 0).contains_key("new"));
        bench.syncs("@", 0);
        assert_eq!(bench.cut(Luck::SyncedOnly, 0)["new"], b"abc");
        bench.call("rename", &[path, "\"@/db\""], Some(0));
        assert_eq!(bench.cut(Luck::SyncedOnly, 0)["db"].len(), 3 * SECTOR);
        bench.syncs("@", 0);
        assert_eq!(
            bench.cut(Luck::SyncedOnly, 0).into_iter().collect::<Vec<_>>(),
            [("db".to_owned(), b"abc".to_vec())]
        );
    }

    #[test]
    fn a_recording_that_is_not_what_happened_is_noticed() {
        let mut bench = Bench::new();
        assert!(bench.tape.check().is_ok());
        bench.writes("db", 0, "1");
        assert!(bench.tape.check().is_err());
        let path = bench.folder.path().join("db");
        let mut now = fs::read(&path).unwrap();
        now[0] = b'1';
        fs::write(&path, &now).unwrap();
        assert!(bench.tape.check().is_ok());
        // A write that the process did not survive, and that was never done.
        bench.call("pwrite64", &["5<@/db>", "\"2\"", "1", "0"], None);
        assert!(bench.tape.check().is_ok());
        // And one that was.
        now[1] = b'2';
        fs::write(&path, &now).unwrap();
        bench.call("pwrite64", &["5<@/db>", "\"2\"", "1", "1"], None);
        assert!(bench.tape.check().is_ok());
        // And one of which the first part was.
        now[2] = b'3';
        fs::write(&path, &now).unwrap();
        bench.call("pwrite64", &["5<@/db>", "\"34\"", "2", "2"], None);
        assert!(bench.tape.check().is_ok());
    }
}
