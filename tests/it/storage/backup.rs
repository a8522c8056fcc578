//! Backups: made beside a bot that works, restored by the steps of the documents, and kept as long
//! as it was asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::disk::Disk;
use crate::support::house::{House, sees};
use crate::support::wait::until;

/// The command while the world goes on.
async fn backs_up(house: &House, to: &Path) -> Output {
    let mut command = house.command(&[], &["backup"]);
    command.arg(to);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
fn is_made(ended: &Output, to: &Path) {
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(said.contains(&format!("проверена: {} (", to.display())), "{said}");
    assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// The first column of every row of a file that nobody works with.
async fn rows_of(file: &Path, sql: &str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut conn = options.connect().await.unwrap();
    let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    rows
}

const ACCEPTED: &str = "SELECT state FROM invitations WHERE state = 'accepted'";

#[tokio::test]
async fn a_backup_made_while_people_invite_holds_all_that_they_were_told() {
    const ROUNDS: usize = 5;
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::new().await;
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    for round in 0..ROUNDS {
        house.invites(&format!("told{round}@mail.ru")).await;
        let copy = folder.path().join(format!("{round}.db"));
        let busy = async {
            for client in 0..3 {
                house.invites(&format!("meanwhile{round}.{client}@mail.ru")).await;
            }
        };
        let (ended, ()) = tokio::join!(backs_up(&house, &copy), busy);
        is_made(&ended, &copy);
        assert_eq!(rows_of(&copy, "PRAGMA integrity_check").await, ["ok"]);
        let told = format!(
            "SELECT email FROM invitations WHERE state = 'accepted' AND email = 'told{round}@mail.ru'"
        );
        assert_eq!(rows_of(&copy, &told).await.len(), 1, "round {round}");
        assert!(rows_of(&copy, ACCEPTED).await.len() > 4 * round, "all before it, too");
        let journal = "SELECT number FROM invitations WHERE number NOT IN
                       (SELECT invitation FROM journal WHERE invitation IS NOT NULL)";
        assert_eq!(rows_of(&copy, journal).await, Vec::<String>::new(), "one instant");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), ROUNDS, "nothing beside them");
    house.stops().await;
    house.is_sound().await;
}

#[tokio::test]
async fn what_a_killed_bot_left_in_its_log_is_in_the_backup_and_the_database_stays_as_it_is() {
    let mut house = House::with_a_past().await;
    house.starts();
    house.invites("second@mail.ru").await;
    house.is_killed();
    let before = fs::read(&house.database).unwrap();
    let log = fs::read(house.file("-wal")).unwrap();
    assert!(!log.is_empty(), "a kill leaves a log");
    let copy = house.file(".backup");
    is_made(&backs_up(&house, &copy).await, &copy);
    assert_eq!(rows_of(&copy, ACCEPTED).await.len(), 2);
    assert!(fs::read(&house.database).unwrap() == before, "the database");
    assert!(fs::read(house.file("-wal")).unwrap() == log, "its log");
}

#[tokio::test]
async fn after_a_backup_of_a_stopped_bot_the_start_looks_through_nothing() {
    let mut house = House::with_a_past().await;
    let copy = house.file(".backup");
    is_made(&backs_up(&house, &copy).await, &copy);
    house.starts();
    house.invites("second@mail.ru").await;
    assert!(!house.log().contains("not closed cleanly"), "{}", house.log());
}

#[tokio::test]
async fn on_a_full_disk_there_is_no_half_backup() {
    let Some(disk) = Disk::new() else { return };
    let house = House::with_a_past().await;
    disk.fill();
    let ended = backs_up(&house, &disk.folder().join("copy.db")).await;
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(69), "{said}");
    assert!(said.contains("на диске нет места"), "{said}");
    let left: Vec<_> = fs::read_dir(disk.folder()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(left, [disk.folder().join("ballast")]);
    disk.empty();
    let copy = disk.folder().join("copy.db");
    is_made(&backs_up(&house, &copy).await, &copy);
}

// --------------------------------------------------------------------------------- a restore

/// The steps of docs/operations.md between the stop and the start, as they stand there.
fn restores(house: &House, copy: &Path) {
    let operations = include_str!("../../../docs/operations.md");
    let chapter = operations.split_once("### Восстановление и перенос\n").unwrap().1;
    let mut blocks = chapter.split("```sh\n").skip(1).map(|it| it.split("```").next().unwrap());
    let (names, steps) = (blocks.next().unwrap(), blocks.next().unwrap());
    for name in ["DB=", "COPY="] {
        assert!(names.lines().any(|line| line.trim().starts_with(name)), "{names}");
    }
    let mut shell = Command::new("sh");
    shell.args(["-euc", steps]).env("DB", &house.database).env("COPY", copy);
    assert!(shell.status().unwrap().success(), "{steps}");
}

/// After a backup with one invitation in its queue that went out since; the bot was stopped or
/// killed.
async fn a_restore(is_killed: bool) -> House {
    let mut house = House::new().await;
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.stand_ins.invoicebox.go_down().await;
    house.confirms("first@mail.ru").await;
    house.anna_sees("Нет связи").await;
    let copy = house.file(".backup");
    is_made(&backs_up(&house, &copy).await, &copy);
    house.stops().await;
    house.stand_ins.invoicebox.come_up().await.unwrap();
    house.starts();
    house.stand(&["accepted"]).await;
    match is_killed {
        true => house.is_killed(),
        false => house.stops().await,
    }
    restores(&house, &copy);
    house
}

#[tokio::test]
async fn a_restored_backup_sends_nothing_until_an_admin_has_looked() {
    for is_killed in [false, true] {
        let mut house = a_restore(is_killed).await;
        house.starts();
        let notice = sees(&house.telegram, &house.oleg, "Отправка остановлена").await;
        assert!(notice.text.contains("второе письмо"), "{}", notice.text);
        house.confirms("second@mail.ru").await;
        house.stand(&["held", "queued"]).await;
        house.stops().await;
        house.starts();
        house.telegram.says(&house.anna, "/status");
        house.anna_sees("Мои приглашения").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        house.stand(&["held", "queued"]).await;
        assert_eq!(house.letters(), ["first@mail.ru"], "killed: {is_killed}");

        house.an_admin_says_go().await;
        house.stand(&["accepted", "accepted"]).await;
        assert_eq!(house.letters().len(), 3, "by his word");
        house.stops().await;
        house.is_sound().await;
    }
}

// --------------------------------------------------------------------------------- every night

const MADE: &str = "a backup was made";

fn nightly(folder: &Path) -> Vec<(&'static str, String)> {
    vec![("BACKUP_DIR", folder.display().to_string())]
}

fn starts_with(house: &mut House, settings: &[(&str, String)]) {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.starts_by(&[], &settings);
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

async fn are_made(house: &House, count: usize) {
    let made = until(async || house.log().matches(MADE).count() >= count).await;
    assert!(made, "not {count} backups:\n{}", house.log());
}

#[tokio::test]
async fn a_night_that_was_missed_is_made_up_for_and_no_other() {
    let mut house = House::with_a_past().await;
    let folder = house.database.parent().unwrap().join("backups");
    starts_with(&mut house, &nightly(&folder));
    are_made(&house, 1).await;
    let made = backups(&folder);
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(rows_of(&made[0], ACCEPTED).await.len(), 1);
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);

    house.stops().await;
    starts_with(&mut house, &nightly(&folder));
    house.invites("second@mail.ru").await;
    assert_eq!(backups(&folder), made, "there is one of this night");

    house.stops().await;
    fs::rename(&made[0], folder.join("invite-bot-2026-01-01T00-00-00Z.db")).unwrap();
    let mut settings = nightly(&folder);
    settings.push(("BACKUP_KEEP_DAYS", "0".to_owned()));
    starts_with(&mut house, &settings);
    are_made(&house, 2).await;
    assert_eq!(backups(&folder).len(), 2);
    assert_eq!(house.seen(&house.oleg, "копия"), 0, "a success says nothing");
}

/// Three old backups and a file of somebody else.
fn with_old_ones(folder: &Path) -> PathBuf {
    fs::create_dir(folder).unwrap();
    for day in 1..=3 {
        fs::write(folder.join(format!("invite-bot-2026-01-0{day}T00-00-00Z.db")), "old").unwrap();
    }
    let foreign = folder.join("mine.db");
    fs::write(&foreign, "mine").unwrap();
    foreign
}

#[tokio::test]
async fn old_backups_go_when_there_is_a_new_one() {
    let mut house = House::with_a_past().await;
    let folder = house.database.parent().unwrap().join("backups");
    let foreign = with_old_ones(&folder);
    let mut settings = nightly(&folder);
    settings.push(("BACKUP_KEEP", "2".to_owned()));
    settings.push(("BACKUP_KEEP_DAYS", "0".to_owned()));
    starts_with(&mut house, &settings);
    house.logs("old backups were removed").await;
    let left = backups(&folder);
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left[0].ends_with("invite-bot-2026-01-03T00-00-00Z.db"), "{left:?}");
    assert_eq!(left[2], foreign);
}

#[tokio::test]
async fn while_the_database_is_in_doubt_no_backup_goes() {
    let mut house = a_restore(false).await;
    let folder = house.database.parent().unwrap().join("backups");
    with_old_ones(&folder);
    let mut settings = nightly(&folder);
    settings.push(("BACKUP_KEEP", "1".to_owned()));
    starts_with(&mut house, &settings);
    sees(&house.telegram, &house.oleg, "Отправка остановлена").await;
    are_made(&house, 1).await;
    house.stops().await;
    assert_eq!(backups(&folder).len(), 5, "three old ones, a new one, a foreign file");
}

#[tokio::test]
async fn a_backup_of_a_damaged_database_ends_the_bot() {
    let mut house = House::with_a_past().await;
    let folder = house.database.parent().unwrap().join("backups");
    let root = "SELECT CAST(rootpage AS TEXT) FROM sqlite_schema WHERE name = 'consents'";
    let root: u64 = house.rows(root).await.first().unwrap().parse().unwrap();
    // The file stays as it was closed, but for this page.
    let modified = house.database.metadata().unwrap().modified().unwrap();
    let file = fs::OpenOptions::new().write(true).open(&house.database).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0xff; 4096], (root - 1) * 4096).unwrap();
    file.set_modified(modified).unwrap();
    starts_with(&mut house, &nightly(&folder));
    assert_eq!(house.ends().await, Some(69), "{}", house.log());
    assert_eq!(backups(&folder), Vec::<PathBuf>::new());
    assert_eq!(house.letters(), ["first@mail.ru"]);
}

// ------------------------------------------------------------------------------- Litestream

#[tokio::test]
async fn beside_litestream_the_bot_works_and_starts_again() {
    let mut house = House::with_a_past().await;
    // What Litestream makes, and the reading that it never ends.
    house.does("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)").await;
    house.does("CREATE TABLE _litestream_lock (id INTEGER)").await;
    let bump = "INSERT INTO _litestream_seq (id, seq) VALUES (1, 1)
                ON CONFLICT (id) DO UPDATE SET seq = seq + 1";
    house.does(bump).await;
    let mut litestream = house.connect().await;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM _litestream_seq")
        .execute(&mut litestream)
        .await
        .unwrap();
    for client in ["second@mail.ru", "third@mail.ru"] {
        house.starts();
        house.invites(client).await;
        house.does(bump).await;
        house.stops().await;
    }
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    assert_eq!(house.holds().await, Vec::<String>::new(), "nothing is in doubt");
    let copy = house.file(".backup");
    is_made(&backs_up(&house, &copy).await, &copy);
    assert_eq!(rows_of(&copy, ACCEPTED).await.len(), 3);
    litestream.close().await.unwrap();
    house.is_sound().await;
}
