//! When the bot looks through the file of its database, and what it does meanwhile.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::support::house::House;

const PAGE: u64 = 4096;

/// So large that a call would begin long before the check is over.
const FILLER: &str = "CREATE TABLE filler AS
    WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
    SELECT n, zeroblob(3900) AS room FROM n";

/// Breaks the root of a table, as a disk may: the time of the last change stays.
async fn breaks(house: &House, table: &str) {
    let root = format!("SELECT CAST(rootpage AS TEXT) FROM sqlite_schema WHERE name = '{table}'");
    let root: u64 = house.rows(&root).await[0].parse().unwrap();
    scribbles(&house.database, (root - 1) * PAGE);
}

fn scribbles(path: &Path, at: u64) {
    let file = File::options().write(true).open(path).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(&[0xff; PAGE as usize], at).unwrap();
    file.set_modified(time).unwrap();
}

/// A bot that was killed with a letter in its queue, and a large file.
async fn a_house_with_a_queue() -> House {
    let mut house = House::with_a_past().await;
    house.starts();
    house.stand_ins.invoicebox.go_down().await;
    house.confirms("second@mail.ru").await;
    house.anna_sees("Нет связи").await;
    house.is_killed();
    house.does(FILLER).await;
    house.does("UPDATE invitations SET not_before = 0").await;
    house.stand_ins.invoicebox.come_up().await.unwrap();
    house
}

#[tokio::test]
async fn after_a_clean_stop_nobody_looks_through_the_file_and_after_a_kill_somebody_does() {
    let mut house = House::with_a_past().await;
    breaks(&house, "exceptions").await;
    let before = house.log().len();
    house.starts();
    house.invites("second@mail.ru").await;
    let log = house.log().split_off(before);
    assert!(!log.contains("closed cleanly") && !log.contains("is sound"), "{log}");
    house.is_killed();
    house.starts();
    assert_eq!(house.ends().await, Some(69));
    assert!(house.log().contains("is damaged"), "{}", house.log());
    assert!(house.log().contains("файл повреждён"), "{}", house.log());
    // It is not forgotten by the next one.
    house.starts();
    assert_eq!(house.ends().await, Some(69));
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
}

#[tokio::test]
async fn after_a_kill_what_waits_goes_when_the_file_was_looked_through() {
    let mut house = a_house_with_a_queue().await;
    let before = house.log().len();
    house.starts();
    house.stand(&["accepted", "accepted"]).await;
    house.anna_sees("№2: принято").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
    let log = house.log().split_off(before);
    let place = |words: &str| log.find(words).unwrap_or_else(|| panic!("no {words}: {log}"));
    assert!(place("nothing is sent before it is checked") < place("is sound"));
    assert!(place("is sound") < place(" called"), "{log}");
    let took = log.split_once("is sound milliseconds=").expect("how long it took").1;
    let took: u64 = took.split_whitespace().next().unwrap().parse().unwrap();
    for person in [&house.anna, &house.oleg] {
        let told = house.seen(person, "Проверяю файл");
        assert!(told == 0 || took > 4000, "it was over soon: {took} ms");
    }
    house.stops().await;
    let (before, holds) = (house.log().len(), house.count("holds").await);
    house.starts();
    house.invites("third@mail.ru").await;
    assert!(!house.log().split_off(before).contains("is sound"), "the stop was clean");
    assert_eq!(house.count("holds").await, holds);
}

#[tokio::test]
async fn damage_that_is_found_after_a_kill_ends_the_bot_before_anything_is_sent() {
    let mut house = a_house_with_a_queue().await;
    let length = house.database.metadata().unwrap().len();
    scribbles(&house.database, length - 2 * PAGE);
    house.telegram.says(&house.anna, "/status 2");
    house.starts();
    assert_eq!(house.ends().await, Some(69));
    assert!(house.log().contains("restore a backup"), "{}", house.log());
    assert_eq!(house.letters(), ["first@mail.ru"]);
    assert_eq!(house.seen(&house.anna, "№2: принято"), 0);
    assert_eq!(house.seen(&house.anna, "отправляю…"), 0, "it is not on its way");
}

#[tokio::test]
async fn damage_that_a_running_bot_meets_ends_it_and_the_next_start_looks_for_it() {
    let mut house = House::with_a_past().await;
    breaks(&house, "stoplist").await;
    house.starts();
    house.logs("taking updates").await;
    house.telegram.says(&house.oleg, "/stoplist");
    assert_eq!(house.ends().await, Some(69));
    assert!(house.log().contains("файл повреждён"), "{}", house.log());
    house.starts();
    assert_eq!(house.ends().await, Some(69));
}

#[tokio::test]
async fn a_command_after_a_clean_stop_looks_through_nothing_and_after_a_kill_through_all() {
    let mut house = House::with_a_past().await;
    breaks(&house, "exceptions").await;
    let list = || house.command(&[], &["admin", "list"]).output().unwrap();
    assert_eq!(list().status.code(), Some(0));
    house.starts();
    house.invites("second@mail.ru").await;
    house.is_killed();
    let refused = house.command(&[], &["admin", "list"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(69));
}
