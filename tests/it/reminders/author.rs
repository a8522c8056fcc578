//! The author is reminded at three ages, once each.

use std::time::Duration;

use invite_bot::domain::Provider::Invoicebox;
use stand_ins::telegram::Fault;

use super::office::{HOUR, MINUTE, office};
use crate::support::wait::until;

const REMINDER: &str = "⏰";

#[tokio::test]
async fn an_author_is_reminded_after_a_quarter_four_hours_and_a_day_and_then_no_more() {
    let mut world = office().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = world.loses("iam@mail.ru").await;
    world.ages(14 * MINUTE).await;
    anna.gets_no_more(REMINDER, 0).await;
    world.ages(MINUTE).await;
    let reminder = anna.gets(REMINDER, 1).await;
    assert!(reminder.text.contains(&format!("№{number}")), "{}", reminder.text);
    assert!(reminder.text.contains("iam@mail.ru"), "{}", reminder.text);
    assert_eq!(reminder.labels(), ["✅ Письмо дошло", "📭 Письма нет", "🔁 Отправить ещё раз"]);

    world.restarts().await;
    anna.gets_no_more(REMINDER, 1).await;
    world.ages(4 * HOUR - 15 * MINUTE).await;
    anna.gets(REMINDER, 2).await;
    world.stops().await;
    world.ages(20 * HOUR).await;
    world.starts().await;
    anna.gets(REMINDER, 3).await;
    world.restarts().await;
    world.ages(1_000 * HOUR).await;
    anna.gets_no_more(REMINDER, 3).await;
    assert_eq!(world.state(number).await, "unknown", "nobody resolved it");
    assert_eq!(oleg.sent(REMINDER).len(), 0);
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn missed_reminders_are_one_and_a_clock_that_jumps_makes_no_more() {
    let mut world = office().await;
    let anna = world.anna();
    let number = world.loses("iam@mail.ru").await;
    world.stops().await;
    world.ages(5 * HOUR).await;
    world.starts().await;
    anna.gets(REMINDER, 1).await;
    for jump in [-5 * HOUR, 5 * HOUR, -100 * HOUR, 100 * HOUR] {
        world.ages(jump).await;
        anna.gets_no_more(REMINDER, 1).await;
    }
    world.ages(19 * HOUR).await;
    anna.gets(REMINDER, 2).await;
    assert_eq!(world.state(number).await, "unknown");
}

#[tokio::test]
async fn the_buttons_of_a_reminder_are_those_of_the_card() {
    let world = office().await;
    let anna = world.anna();
    let number = world.loses("iam@mail.ru").await;
    let other = world.loses("b@mail.ru").await;
    world.ages(HOUR).await;
    anna.gets(REMINDER, 2).await;
    let reminders = anna.sent(REMINDER);
    assert!(reminders[0].text.contains(&format!("№{number}:")), "the oldest first");

    let toast = anna.presses_on(&reminders[0], "Письма нет").await;
    assert!(toast.contains("письма нет"), "{toast}");
    assert_eq!(world.state(number).await, "confirmed_not_sent");
    assert_eq!(world.state(other).await, "unknown");

    let cards = anna.sent("⚠️");
    let card = cards.iter().find(|it| it.text.contains("b@mail.ru")).unwrap();
    anna.presses_on(card, "Письмо дошло").await;
    world.has("SELECT state FROM invitations WHERE state = 'confirmed_sent'").await;
    let toast = anna.presses_on(&reminders[1], "Письма нет").await;
    assert!(toast.contains("устарела"), "{toast}");
    assert_eq!(world.state(other).await, "confirmed_sent", "the old button did nothing");
    world.ages(100 * HOUR).await;
    anna.gets_no_more(REMINDER, 0).await;
}

#[tokio::test]
async fn one_that_was_resolved_is_left_alone_and_one_lost_again_is_not() {
    let world = office().await;
    let anna = world.anna();
    let number = world.loses("iam@mail.ru").await;
    world.ages(HOUR).await;
    let reminder = anna.gets(REMINDER, 1).await;
    world.answers(500);
    anna.presses_on(&reminder, "Отправить ещё раз").await;
    anna.presses("Да, отправить").await;
    world.invoicebox().wait_received(2).await;
    world
        .has("SELECT state FROM invitations WHERE state = 'unknown' AND notified_version = version")
        .await;
    anna.gets_no_more(REMINDER, 1).await;
    world.ages(HOUR).await;
    anna.gets(REMINDER, 2).await;
    assert_eq!(world.state(number).await, "unknown");
}

#[tokio::test]
async fn for_an_author_who_is_off_the_list_the_admins_are_reminded() {
    let world = office().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = world.loses("iam@mail.ru").await;
    oleg.asks(&format!("/revoke {}", anna.person.id), "Доступ отозван").await;
    world.ages(HOUR).await;
    let reminder = oleg.gets(REMINDER, 1).await;
    assert!(reminder.text.contains("доступ отозван"), "{}", reminder.text);
    anna.gets_no_more(REMINDER, 0).await;
    oleg.presses_on(&reminder, "Письмо дошло").await;
    assert_eq!(world.state(number).await, "confirmed_sent");
}

#[tokio::test]
async fn a_reminder_that_telegram_did_not_take_comes_later_and_once() {
    let world = office().await;
    let anna = world.anna();
    world.loses("iam@mail.ru").await;
    world.telegram.fails("sendMessage", 1, Fault::Garbage);
    world.ages(HOUR).await;
    anna.gets(REMINDER, 1).await;
}

#[tokio::test]
async fn who_blocked_the_bot_keeps_nobody_waiting() {
    let mut world = office().await;
    let anna = world.anna();
    world.loses("iam@mail.ru").await;
    world.telegram.blocks(&anna.person);
    world.ages(HOUR).await;
    world.has("SELECT CAST(invitation AS TEXT) FROM reminders").await;
    world.restarts().await;
    world.telegram.unblocks(&anna.person);
    anna.gets_no_more(REMINDER, 0).await;
    world.ages(4 * HOUR).await;
    anna.gets(REMINDER, 1).await;
    let refusals = world.takes_refusals();
    assert!(refusals.iter().all(|it| it.contains("blocked")), "{refusals:?}");
}

#[tokio::test]
async fn a_stop_while_telegram_hangs_does_not_wait_for_a_reminder() {
    let mut world = office().await;
    world.loses("iam@mail.ru").await;
    world.telegram.fails("sendMessage", 9, Fault::Hang);
    world.ages(HOUR).await;
    let hangs = || world.telegram.requests().last().is_some_and(|it| it.answer.is_null());
    assert!(until(async || hangs()).await, "no reminder is on its way");
    // Less than Telegram is waited for.
    let stopped = tokio::time::timeout(Duration::from_secs(12), world.stops()).await;
    assert!(stopped.is_ok());
}
