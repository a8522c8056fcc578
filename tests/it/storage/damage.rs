//! Databases that cannot be used: each is refused in words, with exit code 69, and left as it is.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;

use crate::support::house::{House, sees};

const NOBODY: u32 = 65534;

#[track_caller]
fn is_refused(house: &House, why: &str) {
    let (code, said) = house.fails_to_start();
    assert_eq!(code, Some(69), "{why}: {said}");
    assert!(said.contains("База данных"), "{said}");
    assert!(said.contains(why), "«{why}»: {said}");
    // The log may have a line of its own, where the damage is met.
    let words = said.lines().filter(|line| !line.contains(" ERROR "));
    assert_eq!(words.count(), 1, "{said}");
}

fn flip(path: &Path, which: impl Fn(usize, usize) -> bool) {
    let mut bytes = fs::read(path).unwrap();
    let length = bytes.len();
    for (at, byte) in bytes.iter_mut().enumerate() {
        if which(at, length) {
            *byte ^= 0xff;
        }
    }
    fs::write(path, bytes).unwrap();
}

/// What is damaged, what is said of it, and how.
type Damage = (&'static str, &'static str, fn(&Path));

#[tokio::test]
async fn a_damaged_file_is_refused_in_words_and_left_as_it_is() {
    let damages: [Damage; 6] = [
        ("no database", "это не база данных", |path| {
            fs::write(path, "certainly no database ".repeat(500)).unwrap();
        }),
        ("the magic words", "это не база данных", |path| {
            flip(path, |at, _| at < 16)
        }),
        ("the whole header", "это не база данных", |path| {
            flip(path, |at, _| at < 100)
        }),
        ("a page of the schema", "файл повреждён", |path| {
            flip(path, |at, _| (100..4096).contains(&at));
        }),
        ("pages in the middle", "файл повреждён", |path| {
            flip(path, |at, length| (length / 3..length / 2).contains(&at));
        }),
        ("half of it", "файл повреждён", |path| {
            let length = path.metadata().unwrap().len();
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length / 2).unwrap();
        }),
    ];
    let house = House::with_a_past().await;
    let sound = fs::read(&house.database).unwrap();
    for (what, why, damage) in damages {
        println!("{what}");
        damage(&house.database);
        let damaged = fs::read(&house.database).unwrap();
        is_refused(&house, why);
        assert!(fs::read(&house.database).unwrap() == damaged, "{what}: it is as it was");
        for beside in ["-wal", "-shm"] {
            fs::remove_file(house.file(beside)).ok();
        }
        fs::write(&house.database, &sound).unwrap();
    }
    assert_eq!(house.letters(), ["first@mail.ru"]);
}

#[tokio::test]
async fn garbage_beside_the_database_costs_nothing() {
    let mut house = House::with_a_past().await;
    fs::write(house.file("-wal"), "garbage ".repeat(10_000)).unwrap();
    house.starts();
    house.telegram.says(&house.anna, "/status 1");
    house.telegram.waits_for(&house.anna, "принято").await.unwrap();
    assert_eq!(house.holds().await, Vec::<String>::new());
    house.invites("second@mail.ru").await;
    house.stops().await;
    house.is_sound().await;
}

#[tokio::test]
async fn an_emptied_or_deleted_database_is_known_to_have_lost_everything() {
    for empty in [true, false] {
        let mut house = House::with_a_past().await;
        match empty {
            true => fs::write(&house.database, "").unwrap(),
            false => fs::remove_file(&house.database).unwrap(),
        }
        house.starts();
        sees(&house.telegram, &house.oleg, "в ней нет того, что я сделал последним").await;
        assert_eq!(house.letters(), ["first@mail.ru"]);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let house = House::with_a_past().await;
    house
        .rows(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'of the future', TRUE, x'00', 0) RETURNING description",
        )
        .await;
    let before = fs::read(&house.database).unwrap();
    is_refused(&house, "более новая версия программы. Верните ту версию или восстановите копию");
    assert!(fs::read(&house.database).unwrap() == before, "it is as it was");
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_refused() {
    let mut house = House::new().await;
    house.database = house.database.with_file_name("folder.db");
    fs::create_dir(&house.database).unwrap();
    is_refused(&house, "не открывается");
}

#[tokio::test]
async fn a_path_below_a_file_is_refused_and_a_missing_folder_is_made() {
    let mut house = House::new().await;
    let usual = house.database.clone();
    house.database = usual.join("below.db");
    let (code, said) = house.fails_to_start();
    assert_eq!(code, Some(69), "{said}");
    assert!(said.contains("below.db"), "{said}");

    house.database = usual.with_file_name("not").join("there").join("bot.db");
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.telegram.waits_for(&house.oleg, "Здравствуйте").await.unwrap();
    house.stops().await;
    assert!(house.database.is_file());
}

#[tokio::test]
async fn a_folder_that_is_closed_for_writing_is_refused() {
    let house = House::with_a_past().await;
    let folder = house.database.parent().unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    for path in folder.read_dir().unwrap() {
        mode(&path.unwrap().path(), 0o444).unwrap();
    }
    mode(folder, 0o555).unwrap();
    let mut command = house.command(&[], &["run"]);
    // To root nothing is closed.
    if folder.metadata().unwrap().uid() == 0 {
        mode(folder.parent().unwrap(), 0o755).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    let ended = command.output();
    mode(folder, 0o755).unwrap();
    // Where the program itself cannot be reached by others, this cannot be tried.
    let Ok(ended) = ended else { return println!("not tried: {ended:?}") };
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(69), "{said}");
    assert!(said.contains("нельзя") || said.contains("закрыты для записи"), "{said}");
}

#[tokio::test]
async fn a_lock_of_another_program_is_waited_for_and_then_named() {
    let mut house = House::with_a_past().await;
    let lock = house.locks_the_database().await;
    is_refused(&house, "её заняла другая программа");
    house.starts();
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(lock);
    house.telegram.says(&house.anna, "/status 1");
    house.telegram.waits_for(&house.anna, "принято").await.unwrap();
}
