//! The folder of backups: what they are called, and which of them go. Nothing is removed that has
//! another name.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::BackupSettings;
use crate::store::UNFINISHED;

/// In UTC, so that they are in order by their names, also when summer time ends.
const NAME: &str = "invite-bot-%Y-%m-%dT%H-%M-%SZ.db";

/// One that is younger may be about to be locked by who has made it.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(1);

pub fn name(at: Timestamp) -> String {
    at.strftime(NAME).to_string()
}

fn made_at(named: &str) -> Option<Timestamp> {
    let at = jiff::civil::DateTime::strptime(NAME, named).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (name(at) == named).then_some(at)
}

/// The folder above it must be there: a disk that is not mounted is a mistake, and not a folder
/// that is missing.
pub fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The newest first.
pub fn list(folder: &Path) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let mut found = files(folder, "")?;
    found.sort();
    found.reverse();
    Ok(found)
}

fn files(folder: &Path, end: &str) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let at = name.to_str().and_then(|name| made_at(name.strip_suffix(end)?));
        if let Some(at) = at
            && entry.file_type()?.is_file()
        {
            found.push((at, entry.path()));
        }
    }
    Ok(found)
}

/// A backup goes when there are `keep` newer ones or when it is too old; the one that was just made
/// stays in any case. Returns how many are gone.
pub fn prune(settings: &BackupSettings, made: &Path, now: Timestamp) -> io::Result<usize> {
    let oldest =
        settings.keep_days.map(|days| now - SignedDuration::from_hours(24 * i64::from(days)));
    let mut gone = 0;
    for (newer, (at, path)) in list(&settings.folder)?.into_iter().enumerate() {
        let is_too_old = oldest.is_some_and(|oldest| at < oldest);
        if path != made && (newer >= settings.keep || is_too_old) {
            fs::remove_file(path)?;
            gone += 1;
        }
    }
    for (at, path) in files(&settings.folder, UNFINISHED)? {
        // Whoever writes it has it locked.
        if now.duration_since(at) > LEFT_BEHIND && File::open(&path)?.try_lock().is_ok() {
            fs::remove_file(path)?;
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_says_when_it_was_made_and_no_other_name_does() {
        let now = at("2026-11-30T03:00:09.7Z");
        assert_eq!(name(now), "invite-bot-2026-11-30T03-00-09Z.db");
        assert_eq!(made_at(&name(now)), Some(at("2026-11-30T03:00:09Z")));
        for other in [
            "invite-bot.db",
            "invite-bot-2026-11-30.db",
            "invite-bot-2026-11-30T03-00-09Z.db-wal",
            "invite-bot-2026-11-30T03-00-09Z.db.part",
            "invite-bot-2026-13-30T03-00-09Z.db",
            "invite-bot-2026-11-30T3-00-09Z.db",
            "my-invite-bot-2026-11-30T03-00-09Z.db",
        ] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    /// What is left of backups that were made on these days of November at three, after one of the
    /// 30th.
    fn kept(days: &[i8], keep: usize, keep_days: Option<u32>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |day| folder.path().join(name(at(&format!("2026-11-{day:02}T03:00:00Z"))));
        for day in days.iter().chain(&[30]) {
            fs::write(path(*day), "").unwrap();
        }
        let time = jiff::civil::Time::midnight();
        let settings = BackupSettings { folder: folder.path().into(), at: time, keep, keep_days };
        prune(&settings, &path(30), at("2026-11-30T03:00:00Z")).unwrap();
        let mut left: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.get(19..21).unwrap().to_owned())
            .collect();
        left.sort();
        left
    }

    #[test]
    fn both_the_number_and_the_age_are_bounds() {
        assert_eq!(kept(&[25, 26, 27, 28, 29], 3, None), ["28", "29", "30"]);
        assert_eq!(kept(&[10, 19, 20, 29], 100, Some(10)), ["20", "29", "30"]);
        assert_eq!(kept(&[10, 28, 29], 2, Some(10)), ["29", "30"]);
        assert_eq!(kept(&[1, 2], 100, None), ["01", "02", "30"]);
    }

    #[test]
    fn the_one_just_made_stays_whatever_the_clock_said_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = |time: &str| folder.path().join(name(at(time)));
        let (made, ahead) = (path("2026-11-30T03:00:00Z"), path("2027-01-01T03:00:00Z"));
        for path in [&made, &ahead] {
            fs::write(path, "").unwrap();
        }
        let time = jiff::civil::Time::midnight();
        let folder = folder.path().into();
        let settings = BackupSettings { folder, at: time, keep: 1, keep_days: Some(1) };
        assert_eq!(prune(&settings, &made, at("2026-11-30T03:00:00Z")).unwrap(), 0);
        assert!(made.exists() && ahead.exists());
    }

    #[test]
    fn what_has_another_name_stays_and_what_was_left_behind_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = path("invite-bot-2026-11-30T03-00-00Z.db");
        let left_behind = path("invite-bot-2026-11-29T03-00-00Z.db.part");
        let in_work = path("invite-bot-2026-11-28T03-00-00Z.db.part");
        let mine = ["notes.txt", "invite-bot.db", "old.db.part", "invite-bot-2026-11-01.db"];
        let mine = mine.map(path);
        for path in mine.iter().chain([&made, &left_behind, &in_work]) {
            fs::write(path, "").unwrap();
        }
        fs::create_dir(path("invite-bot-2026-11-01T03-00-00Z.db")).unwrap();
        let writes = File::open(&in_work).unwrap();
        writes.lock().unwrap();
        let time = jiff::civil::Time::midnight();
        let settings =
            BackupSettings { folder: folder.path().into(), at: time, keep: 1, keep_days: Some(1) };
        assert_eq!(prune(&settings, &made, at("2026-11-30T03:00:00Z")).unwrap(), 0);
        assert!(!left_behind.exists() && in_work.exists());
        assert!(mine.iter().all(|path| path.exists()));
        assert!(path("invite-bot-2026-11-01T03-00-00Z.db").exists());
    }
}
