//! A database that fails while the bot runs: no room on the disk, files that may not grow, or
//! another program's lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::house::House;

/// A small file system of its own.
pub struct Disk(PathBuf);

impl Disk {
    /// `None`: this user may not make one.
    pub fn new() -> Option<Self> {
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

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn fill(&self) {
        let ballast = fs::write(self.0.join("ballast"), vec![0; 8 << 20]);
        assert!(ballast.is_err(), "it is full");
    }

    pub fn empty(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        if unmounted.is_ok_and(|status| status.success()) {
            fs::remove_dir(&self.0).ok();
        }
    }
}

/// One that is accepted, one whose call is under way when the disk is full, and the summary of a
/// third, which is confirmed while it is full.
async fn up_to_the_full_disk(disk: &Disk) -> House {
    let mut house = House::at(disk.0.join("bot.db")).await;
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.invites("first@mail.ru").await;
    house.stand_ins.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.stand_ins.invoicebox.wait_received(2).await;
    let card = house.fills_in("third@mail.ru").await;
    disk.fill();
    house.stand_ins.invoicebox.release();
    house.logs("cannot record an outcome").await;
    house.telegram.presses_on(&house.anna, card.id, "Отправить").await.unwrap();
    house.anna_sees("ничего не могу записать").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(house.seen(&house.anna, "ничего не могу записать"), 1, "said once");
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"], "no call without an intent");
    assert_eq!(house.states().await, ["accepted", "sending"]);
    house
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_sent_and_it_goes_on_when_there_is_room() {
    let Some(disk) = Disk::new() else { return };
    let mut house = up_to_the_full_disk(&disk).await;
    disk.empty();
    house.stand(&["accepted", "accepted", "accepted"]).await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    house.invites("fourth@mail.ru").await;
    house.stops().await;
    house.is_sound().await;
}

#[tokio::test]
async fn killed_on_a_full_disk_nothing_is_sent_twice() {
    let Some(disk) = Disk::new() else { return };
    let mut house = up_to_the_full_disk(&disk).await;
    house.is_killed();
    let (code, said) = house.fails_to_start();
    assert_eq!(code, Some(69), "a start without room is refused: {said}");
    disk.empty();
    house.starts();
    house.anna_sees("неизвестно").await;
    // The third is sent, or its summary shown once more, as after any kill.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(house.states().await[..2], ["accepted", "unknown"]);
    let third = house.letters().split_off(2);
    assert!(third.len() <= 1 && third.iter().all(|it| it == "third@mail.ru"), "{third:?}");
    house.stops().await;
    house.is_sound().await;
}

/// With one accepted, and one whose call is under way when the files may not grow any more.
async fn up_to_the_limit(program: &[&str]) -> House {
    let mut house = House::new().await;
    house.starts_by(program, &[]);
    house.invites("first@mail.ru").await;
    house.stand_ins.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.stand_ins.invoicebox.wait_received(2).await;
    limit(&house, &house.file("-wal").metadata().unwrap().len().to_string());
    house.stand_ins.invoicebox.release();
    house
}

fn limit(house: &House, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit").args(["--pid", &house.bot().pid(), &limit]).status().unwrap();
    assert!(set.success());
}

async fn goes_on(mut house: House) {
    house.invites("third@mail.ru").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    house.stops().await;
    house.is_sound().await;
}

#[tokio::test]
async fn writes_that_the_system_refuses_are_made_again_when_it_allows_them() {
    // As an error of writing: without this the system would end it.
    let house = up_to_the_limit(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]).await;
    house.logs("cannot record an outcome").await;
    house.telegram.says(&house.anna, "/help");
    house.anna_sees("ничего не могу записать").await;
    limit(&house, "unlimited");
    house.stand(&["accepted", "accepted"]).await;
    house.anna_sees("Что значит итог").await;
    goes_on(house).await;
}

#[tokio::test]
async fn a_limit_of_the_system_that_kills_is_a_kill() {
    let mut house = up_to_the_limit(&[]).await;
    assert_eq!(house.ends().await, None, "by a signal");
    house.starts();
    house.stand(&["accepted", "unknown"]).await;
    goes_on(house).await;
}

#[tokio::test]
async fn a_short_lock_is_waited_for_and_nobody_is_told() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.stand_ins.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.stand_ins.invoicebox.wait_received(2).await;
    let lock = house.locks_the_database().await;
    house.stand_ins.invoicebox.release();
    house.telegram.says(&house.anna, "/help");
    // The bot waits for 5 s.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    drop(lock);
    house.anna_sees("Что значит итог").await;
    house.stand(&["accepted", "accepted"]).await;
    assert_eq!(house.seen(&house.anna, "ничего не могу записать"), 0);
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
}

#[tokio::test]
async fn a_long_lock_is_told_of_and_loses_nothing() {
    let mut house = House::new().await;
    house.starts();
    house.invites("first@mail.ru").await;
    house.stand_ins.invoicebox.hold();
    house.confirms("second@mail.ru").await;
    house.stand_ins.invoicebox.wait_received(2).await;
    let card = house.fills_in("third@mail.ru").await;
    let lock = house.locks_the_database().await;
    house.stand_ins.invoicebox.release();
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
