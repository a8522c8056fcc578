//! A database that fails while the bot runs: no room on the disk, or another program's lock.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::house::House;

/// Lets the program live on when it meets its limit, as on a full disk.
const UNSHAKEN: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// How the room is taken away.
enum Disk {
    /// A small file system of its own; needs root.
    Small(Mounted),
    /// A limit on the size of files, which anybody may set.
    Limit,
}

struct Mounted(PathBuf);

impl Mounted {
    /// `None`: this user may not.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "invite-bot-test"]).arg(&folder);
        let mounted = mount.output().is_ok_and(|ended| ended.status.success());
        if !mounted {
            println!("not tried: no file system can be mounted here");
            fs::remove_dir(&folder).unwrap();
            return None;
        }
        Some(Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        if unmounted.is_ok_and(|status| status.success()) {
            fs::remove_dir(&self.0).ok();
        }
    }
}

impl Disk {
    async fn house(&self) -> House {
        match self {
            Self::Small(mounted) => House::at(mounted.0.join("bot.db")).await,
            Self::Limit => House::new().await,
        }
    }

    fn fill(&self, house: &House) {
        match self {
            Self::Small(mounted) => {
                let ballast = fs::write(mounted.0.join("ballast"), vec![0; 8 << 20]);
                assert!(ballast.is_err(), "it is full");
            }
            Self::Limit => limit(house, &house.file("-wal").metadata().unwrap().len().to_string()),
        }
    }

    fn empty(&self, house: &House) {
        match self {
            Self::Small(mounted) => fs::remove_file(mounted.0.join("ballast")).unwrap(),
            Self::Limit => limit(house, "unlimited"),
        }
    }
}

fn limit(house: &House, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit").args(["--pid", &house.pid(), &limit]).status().unwrap();
    assert!(set.success());
}

/// One that is accepted, one whose call is under way when the disk is full, and the summary of a
/// third, which is confirmed while it is full.
async fn up_to_the_full_disk(disk: &Disk) -> House {
    let mut house = disk.house().await;
    house.telegram.says(&house.oleg, "/start");
    house.starts_by(&UNSHAKEN, &[]);
    house.invites("first@mail.ru").await;
    house.ends.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.ends.invoicebox.wait_received(2).await;
    let card = house.fills_in("third@mail.ru").await;
    disk.fill(&house);
    house.ends.invoicebox.release();
    house.logs("cannot record an outcome").await;
    house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    house.anna_sees("ничего не могу записать").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(house.seen(&house.anna, "ничего не могу записать"), 1, "said once");
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"], "no call without an intent");
    assert_eq!(house.states().await, ["accepted", "sending"]);
    house
}

async fn goes_on_when_there_is_room_again(disk: Disk) {
    let mut house = up_to_the_full_disk(&disk).await;
    disk.empty(&house);
    house.stand(&["accepted", "accepted", "accepted"]).await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    house.invites("fourth@mail.ru").await;
    house.stops().await;
    house.is_sound().await;
}

async fn killed_while_the_disk_is_full_one_is_unknown(disk: Disk) {
    let mut house = up_to_the_full_disk(&disk).await;
    house.is_killed();
    if let Disk::Small(_) = disk {
        // A start without room is refused.
        let (code, said) = house.fails_to_start();
        assert_eq!(code, Some(69), "{said}");
        disk.empty(&house);
    }
    house.starts();
    house.stand(&["accepted", "unknown", "accepted"]).await;
    house.anna_sees("неизвестно").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    house.stops().await;
    house.is_sound().await;
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_sent_and_it_goes_on_when_there_is_room() {
    if let Some(mounted) = Mounted::new() {
        goes_on_when_there_is_room_again(Disk::Small(mounted)).await;
    }
}

#[tokio::test]
async fn killed_on_a_full_disk_nothing_is_sent_twice() {
    if let Some(mounted) = Mounted::new() {
        killed_while_the_disk_is_full_one_is_unknown(Disk::Small(mounted)).await;
    }
}

#[tokio::test]
async fn where_files_may_not_grow_nothing_is_sent_and_it_goes_on_when_they_may() {
    goes_on_when_there_is_room_again(Disk::Limit).await;
}

#[tokio::test]
async fn killed_where_files_may_not_grow_nothing_is_sent_twice() {
    killed_while_the_disk_is_full_one_is_unknown(Disk::Limit).await;
}

#[tokio::test]
async fn a_limit_that_kills_is_a_kill() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.ends.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.ends.invoicebox.wait_received(2).await;
    Disk::Limit.fill(&house);
    house.ends.invoicebox.release();
    assert_eq!(house.ends().await.0, None, "by a signal");
    house.starts();
    house.stand(&["accepted", "unknown"]).await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
    house.is_sound().await;
}

#[tokio::test]
async fn a_lock_of_four_seconds_is_waited_for_and_nobody_is_told() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.ends.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.ends.invoicebox.wait_received(2).await;
    let lock = house.locks_the_database().await;
    house.ends.invoicebox.release();
    house.telegram.says(&house.anna, "/help");
    tokio::time::sleep(Duration::from_secs(4)).await;
    drop(lock);
    house.anna_sees("Приглашаю клиентов").await;
    house.stand(&["accepted", "accepted"]).await;
    assert_eq!(house.seen(&house.anna, "ничего не могу записать"), 0);
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
}

#[tokio::test]
async fn a_long_lock_is_told_of_and_loses_nothing() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.ends.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.ends.invoicebox.wait_received(2).await;
    let card = house.fills_in("third@mail.ru").await;
    let lock = house.locks_the_database().await;
    house.ends.invoicebox.release();
    house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    house.anna_sees("ничего не могу записать").await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
    drop(lock);
    house.stand(&["accepted", "accepted", "accepted"]).await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    assert_eq!(house.seen(&house.anna, "ничего не могу записать"), 1);
    house.stops().await;
    house.is_sound().await;
}
