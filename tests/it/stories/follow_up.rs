//! Neither provider tells whether a client registered: people do.

use std::time::Duration;

use invite_bot::screens::follow_up::MARKED_ALREADY;
use jiff::civil::Time;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

async fn accepted(who: &Someone, email: &str) -> i64 {
    let number = who.invites(&Client::of_invoicebox(email)).await;
    who.sees_of(number, "принято").await;
    number
}

#[tokio::test]
async fn anna_marks_who_registered_and_takes_it_back() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    accepted(&anna, "iam@mail.ru").await;
    let card = anna.asks("/status 1", "№1 · Invoicebox · принято").await;
    anna.presses_on(&card, "Зарегистрировался").await;
    let marked = anna.sees("🎉 Зарегистрировался · Анна").await;
    assert!(marked.button("Отказался").is_none() && marked.button("Вернуть").is_some());
    assert_eq!(world.state(1).await, "accepted", "what the provider said stays");

    // Oleg looks at a card from before, and what stands is not overwritten.
    oleg.asks("/status 1", "🎉 Зарегистрировался · Анна").await;
    assert_eq!(oleg.forges(oleg.chat().last().unwrap().id, "u:a:1:n").await, MARKED_ALREADY);
    anna.presses_on(&marked, "Вернуть").await;
    let back = anna.sees_button("Отказался").await;
    assert!(!back.text.contains("Зарегистрировался ·"), "{}", back.text);
    anna.presses_on(&back, "Отказался").await;
    anna.sees("🙅 Отказался · Анна").await;
    assert_eq!(
        world
            .rows("SELECT concat(before, ' → ', after) FROM journal WHERE action = 'follow_up'")
            .await,
        [" → registered", "registered → ", " → declined"]
    );
    world.exactly(1, invite_bot::domain::Provider::Invoicebox);
}

fn mornings() -> BotSettings {
    let mut settings = BotSettings::default();
    settings.reminders.every = Duration::from_millis(50);
    settings.reminders.digest_at = Time::midnight();
    settings
}

/// Lets so many days lie behind what was sent, and another morning come.
async fn days_pass(world: &mut World, days: i64) {
    let older = format!(
        "DROP TRIGGER IF EXISTS invitation_keeps_its_data;
         UPDATE invitations SET created_at = created_at - {days} * 86400000;
         UPDATE follow_ups SET call_on = date(call_on, '-{days} days'),
             asked_on = date(asked_on, '-{days} days');
         DELETE FROM digests;"
    );
    world.changes(&older).await;
    world.restarts().await;
}

#[tokio::test]
async fn who_wants_to_call_back_is_reminded_once_on_that_day() {
    let mut world = World::with(mornings()).await;
    let anna = world.anna();
    accepted(&anna, "iam@mail.ru").await;
    anna.asks("/status 1", "принято").await;
    anna.presses("Перезвонить").await;
    anna.sees("Когда напомнить о №1?").await;
    anna.presses("Следующий рабочий день").await;
    anna.sees("📞 Перезвонить").await;
    days_pass(&mut world, 12).await;
    anna.sees("Вы хотели перезвонить: №1").await;
    anna.presses("Зарегистрировался").await;
    world.has("SELECT 'yes' FROM follow_ups WHERE mark = 'registered'").await;
    days_pass(&mut world, 1).await;
    anna.asks("/status 1", "🎉 Зарегистрировался").await;
    assert_eq!(anna.ever_heard("Вы хотели перезвонить"), 1);
}

#[tokio::test]
async fn after_some_days_one_message_asks_for_all_that_are_open() {
    let mut world = World::with(mornings()).await;
    let anna = world.anna();
    for email in ["a@romashka.ru", "b@romashka.ru", "c@romashka.ru"] {
        accepted(&anna, email).await;
    }
    days_pass(&mut world, 20).await;
    // Nobody is asked on a day off.
    let works = "SELECT 'yes' FROM follow_ups WHERE asked = 1";
    if !invite_bot::domain::is_working(jiff::Zoned::now().date()) {
        assert_eq!(world.rows(works).await.len(), 0);
        return;
    }
    let asked = anna.sees("Зарегистрировались?").await;
    for line in ["№1 a@romashka.ru", "№2 b@romashka.ru", "№3 c@romashka.ru"] {
        assert!(asked.text.contains(line), "{}", asked.text);
    }
    anna.presses_on(&asked, "🙅").await;
    let left = anna.sees("№1 a@romashka.ru · 🙅 Отказался").await;
    assert!(left.button("🎉 №1").is_none() && left.button("🎉 №2").is_some());
    anna.presses_on(&left, "🎉 Все").await;
    let done = anna.sees("№3 c@romashka.ru · 🎉 Зарегистрировался").await;
    assert_eq!(done.labels().len(), 0);
    assert_eq!(
        world.rows("SELECT mark FROM follow_ups ORDER BY invitation").await,
        ["declined", "registered", "registered"]
    );
    days_pass(&mut world, 5).await;
    anna.asks("/status 1", "🙅 Отказался").await;
    assert_eq!(anna.ever_heard("Зарегистрировались?"), 1, "nothing is open any more");
}
