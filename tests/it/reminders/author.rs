//! The author is reminded at three ages, once each.

use std::time::Duration;

use invite_bot::domain::State;
use jiff::Timestamp;
use stand_ins::telegram::Fault;

use super::office::{HOUR, MINUTE, Office, id};

const REMINDER: &str = "⏰";

#[tokio::test]
async fn an_author_is_reminded_after_a_quarter_four_hours_and_a_day_and_then_no_more() {
    let mut office = Office::open().await;
    let number = office.loses("iam@mail.ru").await;
    office.ages(14 * MINUTE).await;
    office.stays_quiet(&office.anna, REMINDER, 0).await;
    office.ages(MINUTE).await;
    let reminder = office.gets(&office.anna, REMINDER, 1).await;
    assert!(reminder.text.contains(&format!("№{number}")), "{}", reminder.text);
    assert!(reminder.text.contains("iam@mail.ru"), "{}", reminder.text);
    assert_eq!(reminder.labels(), ["✅ Письмо дошло", "📭 Письма нет", "🔁 Отправить ещё раз"]);

    office.restarts().await;
    office.stays_quiet(&office.anna, REMINDER, 1).await;
    office.ages(4 * HOUR - 15 * MINUTE).await;
    office.gets(&office.anna, REMINDER, 2).await;
    office.stops().await;
    office.ages(20 * HOUR).await;
    office.starts().await;
    office.gets(&office.anna, REMINDER, 3).await;
    office.restarts().await;
    office.ages(1_000 * HOUR).await;
    office.stays_quiet(&office.anna, REMINDER, 3).await;
    assert_eq!(office.state(number).await, State::Unknown, "nobody resolved it");
    assert_eq!(office.sent(&office.oleg, REMINDER).len(), 0);
    assert_eq!(office.ends.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn missed_reminders_are_one_and_a_clock_that_jumps_makes_no_more() {
    let mut office = Office::open().await;
    let number = office.loses("iam@mail.ru").await;
    office.stops().await;
    office.ages(5 * HOUR).await;
    office.starts().await;
    office.gets(&office.anna, REMINDER, 1).await;
    for jump in [-5 * HOUR, 5 * HOUR, -100 * HOUR, 100 * HOUR] {
        office.ages(jump).await;
        office.stays_quiet(&office.anna, REMINDER, 1).await;
    }
    office.ages(19 * HOUR).await;
    office.gets(&office.anna, REMINDER, 2).await;
    assert_eq!(office.state(number).await, State::Unknown);
}

#[tokio::test]
async fn the_buttons_of_a_reminder_are_those_of_the_card() {
    let office = Office::open().await;
    let number = office.loses("iam@mail.ru").await;
    let other = office.loses("b@mail.ru").await;
    office.ages(HOUR).await;
    office.gets(&office.anna, REMINDER, 2).await;
    let reminders = office.sent(&office.anna, REMINDER);
    assert!(reminders[0].text.contains(&format!("№{number}:")), "the oldest first");

    let press = office.telegram.presses_on(&office.anna, reminders[0].id, "Письма нет").await;
    let toast = press.unwrap().answer().await.unwrap();
    assert!(toast.text.contains("письма нет"), "{toast:?}");
    assert_eq!(office.state(number).await, State::ConfirmedNotSent);
    assert_eq!(office.state(other).await, State::Unknown);

    let card = office.telegram.chat(&office.anna);
    let card = card.iter().find(|it| it.text.starts_with("⚠️") && it.text.contains("b@mail.ru"));
    let card = card.unwrap().id;
    office.telegram.presses_on(&office.anna, card, "Письмо дошло").await.unwrap();
    office.until_sql("SELECT 1 FROM invitations WHERE state = 'confirmed_sent'").await;
    let late = office.telegram.presses_on(&office.anna, reminders[1].id, "Письма нет").await;
    let toast = late.unwrap().answer().await.unwrap();
    assert!(toast.text.contains("устарела"), "{toast:?}");
    assert_eq!(office.state(other).await, State::ConfirmedSent, "the old button did nothing");
    office.ages(100 * HOUR).await;
    office.stays_quiet(&office.anna, REMINDER, 0).await;
}

#[tokio::test]
async fn one_that_was_resolved_is_left_alone_and_one_lost_again_is_not() {
    let office = Office::open().await;
    let number = office.loses("iam@mail.ru").await;
    office.ages(HOUR).await;
    let reminder = office.gets(&office.anna, REMINDER, 1).await;
    office.answers(500);
    office.telegram.presses_on(&office.anna, reminder.id, "Отправить ещё раз").await.unwrap();
    office.telegram.presses(&office.anna, "Да, отправить").await.unwrap();
    office.ends.invoicebox.wait_received(2).await;
    office.until_sql("SELECT 1 FROM invitations WHERE state = 'unknown' AND told_seq = seq").await;
    office.stays_quiet(&office.anna, REMINDER, 1).await;
    office.ages(HOUR).await;
    office.gets(&office.anna, REMINDER, 2).await;
    assert_eq!(office.state(number).await, State::Unknown);
}

#[tokio::test]
async fn for_an_author_who_is_off_the_list_the_admins_are_reminded() {
    let office = Office::open().await;
    let number = office.loses("iam@mail.ru").await;
    let mut tx = office.store().begin().await.unwrap();
    tx.revoke(None, id(&office.anna), 1, Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
    office.ages(HOUR).await;
    let reminder = office.gets(&office.oleg, REMINDER, 1).await;
    assert!(reminder.text.contains("доступ отозван"), "{}", reminder.text);
    office.stays_quiet(&office.anna, REMINDER, 0).await;
    let press = office.telegram.presses_on(&office.oleg, reminder.id, "Письмо дошло").await;
    press.unwrap().answer().await.unwrap();
    assert_eq!(office.state(number).await, State::ConfirmedSent);
}

#[tokio::test]
async fn a_reminder_that_telegram_did_not_take_comes_later_and_once() {
    let office = Office::open().await;
    office.loses("iam@mail.ru").await;
    office.telegram.fails("sendMessage", 1, Fault::Garbage);
    office.ages(HOUR).await;
    office.gets(&office.anna, REMINDER, 1).await;
}

#[tokio::test]
async fn who_blocked_the_bot_keeps_nobody_waiting() {
    let mut office = Office::open().await;
    office.loses("iam@mail.ru").await;
    office.telegram.blocks(&office.anna);
    office.ages(HOUR).await;
    office.until_sql("SELECT 1 FROM reminders").await;
    office.restarts().await;
    office.telegram.unblocks(&office.anna);
    office.stays_quiet(&office.anna, REMINDER, 0).await;
    office.ages(4 * HOUR).await;
    office.gets(&office.anna, REMINDER, 1).await;
}

#[tokio::test]
async fn a_stop_while_telegram_hangs_does_not_wait_for_a_reminder() {
    let mut office = Office::open().await;
    office.loses("iam@mail.ru").await;
    office.telegram.fails("sendMessage", 9, Fault::Hang);
    office.ages(HOUR).await;
    tokio::time::sleep(super::office::QUIET).await;
    let stopped = tokio::time::timeout(Duration::from_secs(8), office.stops()).await;
    assert!(stopped.is_ok());
}
