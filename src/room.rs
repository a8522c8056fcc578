//! What is left on a disk.

use std::io;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// In bytes, for a user who is not root.
    pub free: u64,
    pub percent: u64,
}

impl Room {
    /// Below either there is little, however large the disk is.
    pub const LITTLE: Self = Self { free: 200 * 1024 * 1024, percent: 10 };

    /// Where this file or folder is.
    pub fn of(path: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(path)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        Ok(Self { free, percent: disk.f_bavail.saturating_mul(100) / disk.f_blocks.max(1) })
    }

    pub fn is_below(self, little: Self) -> bool {
        self.free < little.free || self.percent < little.percent
    }

    /// A quarter more, so that it is not little again at once.
    pub fn and_some(self) -> Self {
        let more = |amount: u64| amount.saturating_add(amount / 4);
        Self { free: more(self.free), percent: more(self.percent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_and_enough_have_a_gap_between_them() {
        let room = |megabytes: u64, percent| Room { free: megabytes * 1024 * 1024, percent };
        for (room, little, enough) in [
            (room(199, 50), true, false),
            (room(200, 50), false, false),
            (room(250, 50), false, true),
            (room(9999, 9), true, false),
            (room(9999, 10), false, false),
            (room(9999, 12), false, true),
        ] {
            let is_enough = !room.is_below(Room::LITTLE.and_some());
            assert_eq!((room.is_below(Room::LITTLE), is_enough), (little, enough), "{room:?}");
        }
    }

    #[test]
    fn there_is_some_room_where_this_runs_and_no_answer_where_nothing_is() {
        assert!(Room::of(Path::new("/")).unwrap().percent <= 100);
        assert!(Room::of(Path::new("/nowhere/at/all")).is_err());
    }
}
