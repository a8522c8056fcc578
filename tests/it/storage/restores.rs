//! Backups that are restored and databases that are copied, told by the people who live with it.

use std::fs;
use std::time::Duration;

use crate::support::house::{House, copy, sees};

/// A bot with one invitation in its queue at the time of a backup, which went out since.
async fn a_backup_with_a_queue() -> House {
    let mut house = House::new().await;
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.stand_ins.invoicebox.go_down().await;
    house.confirms("first@mail.ru").await;
    house.anna_sees("Нет связи").await;
    house.stops().await;
    copy(&house.database, &house.file(".backup"));
    house.stand_ins.invoicebox.come_up().await.unwrap();
    house.starts();
    house.stand(&["accepted"]).await;
    assert_eq!(house.letters(), ["first@mail.ru"]);
    house
}

impl House {
    pub(crate) async fn an_admin_says_go(&self) {
        let ask = self.telegram.presses(&self.oleg, "Возобновить отправку").await.unwrap();
        ask.answer().await.unwrap();
        let yes = self.telegram.presses_on(&self.oleg, ask.message_id, "Да, отправлять").await;
        let yes = yes.unwrap();
        let again = yes.again();
        yes.answer().await.unwrap();
        let toast = again.answer().await.unwrap();
        assert!(toast.text.contains("и так"), "the second press");
    }
}

#[tokio::test]
async fn a_restored_backup_sends_nothing_until_an_admin_says_go() {
    let mut house = a_backup_with_a_queue().await;
    house.stops().await;
    copy(&house.file(".backup"), &house.database);

    house.starts();
    let notice = sees(&house.telegram, &house.oleg, "Отправка остановлена").await;
    assert!(notice.text.contains("второе письмо"), "{}", notice.text);
    house.anna_sees("могло уже уйти").await;
    house.confirms("second@mail.ru").await;
    house.stand(&["held", "queued"]).await;
    // Neither a restart nor time lets anything go.
    house.stops().await;
    house.starts();
    house.telegram.says(&house.anna, "/status");
    house.anna_sees("Мои приглашения").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    house.stand(&["held", "queued"]).await;
    assert_eq!(house.letters(), ["first@mail.ru"]);
    assert_eq!(house.seen(&house.oleg, "Отправка остановлена"), 1, "told once");

    house.an_admin_says_go().await;
    house.stand(&["accepted", "accepted"]).await;
    let mut letters = house.letters();
    letters.sort();
    assert_eq!(letters, ["first@mail.ru", "first@mail.ru", "second@mail.ru"], "by his word");
    let said = "SELECT actor || ' ' || action FROM journal WHERE action = 'trust_database'";
    assert_eq!(house.rows(said).await, [format!("{} trust_database", house.oleg.id)]);
    house.stops().await;
    house.starts();
    house.telegram.says(&house.oleg, "/start");
    house.telegram.waits_for(&house.oleg, "Здравствуйте").await.unwrap();
    assert_eq!(house.seen(&house.oleg, "Отправка остановлена"), 0, "it is over");
}

#[tokio::test]
async fn what_was_held_can_be_cancelled_instead() {
    let mut house = a_backup_with_a_queue().await;
    house.stops().await;
    copy(&house.file(".backup"), &house.database);
    house.starts();
    let card = house.anna_sees("могло уже уйти").await;
    let press = house.telegram.presses_on(&house.anna, card.id, "Не отправлять").await.unwrap();
    press.answer().await.unwrap();
    house.stand(&["cancelled"]).await;
    let cancelled = house.anna_sees("отменено").await;
    assert!(cancelled.text.contains("оно могло уйти"), "{}", cancelled.text);
    sees(&house.telegram, &house.oleg, "Отправка остановлена").await;
    house.an_admin_says_go().await;
    house.invites("next@mail.ru").await;
    assert_eq!(house.letters(), ["first@mail.ru", "next@mail.ru"]);
}

#[tokio::test]
async fn a_copied_folder_sends_nothing_and_the_original_goes_on() {
    let mut house = a_backup_with_a_queue().await;
    house.stand_ins.invoicebox.go_down().await;
    house.confirms("second@mail.ru").await;
    house.stand(&["accepted", "queued"]).await;
    house.stops().await;
    let elsewhere = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(house.database.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &elsewhere.path().join(entry.file_name()));
    }
    let mut other = House::at(elsewhere.path().join("bot.db")).await;
    other.telegram.says(&other.oleg, "/start");
    other.starts();
    sees(&other.telegram, &other.oleg, "её файлы скопированы").await;
    other.stand(&["accepted", "held"]).await;
    house.stand_ins.invoicebox.come_up().await.unwrap();
    house.starts();
    house.stand(&["accepted", "accepted"]).await;
    assert_eq!(other.letters(), Vec::<String>::new());
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru"]);
}

#[tokio::test]
async fn a_database_that_lost_its_write_ahead_log_is_known_to_be_older() {
    for spoil in ["deleted", "flipped"] {
        let mut house = House::new().await;
        house.telegram.says(&house.oleg, "/start");
        house.starts();
        house.stand_ins.invoicebox.go_down().await;
        house.confirms("first@mail.ru").await;
        house.anna_sees("Нет связи").await;
        house.stops().await;
        house.stand_ins.invoicebox.come_up().await.unwrap();
        house.starts();
        house.stand(&["accepted"]).await;
        house.is_killed();
        let log = house.file("-wal");
        match spoil {
            "deleted" => fs::remove_file(&log).unwrap(),
            _ => {
                let mut bytes = fs::read(&log).unwrap();
                for byte in bytes.iter_mut().skip(1000).step_by(500) {
                    *byte ^= 0xff;
                }
                fs::write(&log, bytes).unwrap();
            }
        }
        house.starts();
        sees(&house.telegram, &house.oleg, "в ней нет того, что я сделал последним").await;
        house.stand(&["held"]).await;
        house.is_sound().await;
        assert_eq!(house.letters(), ["first@mail.ru"], "{spoil}");
    }
}

#[tokio::test]
async fn a_bot_that_was_only_killed_is_not_doubted() {
    let mut house = House::new().await;
    house.telegram.says(&house.oleg, "/start");
    for round in 0..10_u64 {
        house.starts();
        house.confirms(&format!("client{round}@mail.ru")).await;
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        house.is_killed();
    }
    house.starts();
    house.invites("last@mail.ru").await;
    assert_eq!(house.holds().await, Vec::<String>::new());
}
