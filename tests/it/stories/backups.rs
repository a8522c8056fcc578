//! The nightly backup, as people notice it: not at all, or by one message that there is none, and one that there is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use invite_bot::bot::Reminders;
use invite_bot::config::BackupSettings;
use jiff::{SignedDuration, Timestamp};

use crate::reminders::office::zone_where_it_is;
use crate::support::people::Client;
use crate::support::wait::until;
use crate::support::world::{BotSettings, World};

const NONE: &str = "Ночная копия базы не сделана";

/// A bot that asks often whether a backup is due, which is so long from now.
fn backs_up_to(folder: &Path, due_in: SignedDuration) -> BotSettings {
    let usual = BotSettings::default();
    let zone = zone_where_it_is(12);
    let now = Timestamp::now().to_zoned(zone.clone()).time();
    let at = now.with().subsec_nanosecond(0).build().unwrap().wrapping_add(due_in);
    let settings = BackupSettings { folder: folder.to_owned(), at, keep: 7, keep_days: Some(30) };
    let reminders = Reminders { backup: Duration::from_millis(10), ..Reminders::default() };
    BotSettings { zone, backup: Some(settings), reminders, ..usual }
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn at_its_time_of_the_night_there_is_a_backup_and_nobody_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        |at: Timestamp| folder.path().join(at.strftime("invite-bot-%FT%H-%M-%SZ.db").to_string());
    fs::write(path(Timestamp::now() - SignedDuration::from_hours(1)), "the last one").unwrap();
    let world = World::with(backs_up_to(folder.path(), SignedDuration::from_secs(2))).await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "Письмо отправит Invoicebox").await;
    assert!(until(async || count(folder.path()) == 2).await, "{}", world.logged());
    world.logs("a backup was made").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count(folder.path()), 2, "one a night");
    assert!(oleg.heard("копия").is_empty(), "{}", oleg.transcript());
}

#[tokio::test]
async fn that_there_is_no_backup_is_told_once_and_that_there_is_one_again_too() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("disk").join("backups");
    let mut world = World::asleep(backs_up_to(&folder, SignedDuration::from_secs(-2))).await;
    let oleg = world.oleg();
    // A bot cannot write first.
    oleg.says("/start");
    world.starts().await;
    let told = oleg.sees(NONE).await;
    assert!(told.text.contains("папки для копий нет"), "{}", told.text);
    assert!(told.text.contains("Других копий не видно"), "{}", told.text);
    world.logs_times(3, "the nightly backup failed").await;
    assert_eq!(oleg.heard(NONE).len(), 1, "{}", oleg.transcript());
    assert!(world.anna().heard(NONE).is_empty());

    fs::create_dir(above.path().join("disk")).unwrap();
    world.logs("a backup was made").await;
    assert_eq!(count(&folder), 1);
    world.settles().await;
    oleg.sees("Копия базы снова сделана").await;
    assert_eq!(oleg.heard(NONE).len(), 1, "{}", oleg.transcript());
    world.stops().await;
    let log = world.takes_log();
    let errors = log.lines().filter(|line| line.contains(" ERROR "));
    assert!(errors.clone().all(|line| line.contains("the nightly backup failed")), "{log}");
}

#[tokio::test]
async fn while_the_last_backup_is_younger_than_two_days_a_failure_is_nobodys_business() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        |at: Timestamp| folder.path().join(at.strftime("invite-bot-%FT%H-%M-%SZ.db").to_string());
    let now = Timestamp::now();
    fs::write(path(now - SignedDuration::from_hours(30)), "the last one").unwrap();
    // What would be written cannot be, for a folder has its name.
    for second in 0..900 {
        fs::create_dir(path(now + SignedDuration::from_secs(second))).unwrap();
    }
    let settings = backs_up_to(folder.path(), SignedDuration::from_secs(-2));
    let mut world = World::asleep(settings).await;
    let oleg = world.oleg();
    oleg.says("/start");
    world.starts().await;
    oleg.sees("Здравствуйте").await;
    world.logs_times(2, "the nightly backup failed").await;
    assert!(oleg.heard(NONE).is_empty(), "{}", oleg.transcript());
    world.takes_log();
}
