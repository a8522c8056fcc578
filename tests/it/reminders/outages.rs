//! What people see of a provider that answers with errors, and of one that refuses the key.

use invite_bot::delivery::Policy;
use invite_bot::domain::{Provider, State};

use super::office::Office;

const MINUTE_IS_OVER: &str = "UPDATE outages SET until = until - 60000";

#[tokio::test]
async fn who_waits_for_a_provider_is_told_why_and_the_rest_goes_by_itself() {
    let mut office = Office::new().await;
    office.policy = Policy::default();
    office.starts().await;
    office.loses("first@mail.ru").await;
    let second = office.invites("second@mail.ru").await;
    let waiting = office.shows(second.id, "Сервис отвечает с ошибками, попробую в ").await;
    assert!(!waiting.text.contains("ключ"), "{}", waiting.text);
    assert!(waiting.button("Не отправлять").is_some());
    office.telegram.says(&office.oleg, "/start");
    office.telegram.waits_for(&office.oleg, "Invoicebox отвечает с ошибками").await.unwrap();
    assert_eq!(office.ends.invoicebox.received().len(), 1);

    office.sql(MINUTE_IS_OVER).await;
    office.ends.invoicebox.hold();
    let third = office.invites("third@mail.ru").await;
    office.ends.invoicebox.wait_received(2).await;
    assert_eq!(office.state(2).await, State::Sending);
    assert_eq!(office.state(3).await, State::Queued, "one probe");
    office.ends.invoicebox.release();
    for message in [second.id, third.id] {
        office.shows(message, "принято").await;
    }
    assert_eq!(office.state(1).await, State::Unknown);
    assert_eq!(office.sent(&office.oleg, "⏳").len(), 0, "no notice of a minute");
    office.telegram.says(&office.oleg, "/start");
    let home = office.telegram.waits_for(&office.oleg, "Здравствуйте").await.unwrap();
    assert!(!home.text.contains("с ошибками"), "{}", home.text);
}

#[tokio::test]
async fn a_restart_keeps_the_pause() {
    let mut office = Office::new().await;
    office.policy = Policy::default();
    office.starts().await;
    office.loses("first@mail.ru").await;
    let second = office.invites("second@mail.ru").await;
    office.shows(second.id, "попробую в ").await;
    office.restarts().await;
    let third = office.invites("third@mail.ru").await;
    office.shows(third.id, "попробую в ").await;
    assert_eq!(office.ends.invoicebox.received().len(), 1);
    office.stops().await;
    office.sql(MINUTE_IS_OVER).await;
    office.starts().await;
    for message in [second.id, third.id] {
        office.shows(message, "принято").await;
    }
    assert_eq!(office.ends.invoicebox.received().len(), 3);
}

#[tokio::test]
async fn of_an_outage_that_lasts_the_admins_hear_once() {
    let mut office = Office::new().await;
    office.policy = Policy::default().scaled(0.0005);
    office.starts().await;
    for _ in 0..20 {
        office.answers(500);
    }
    for i in 0..15 {
        office.invites(&format!("{i}@mail.ru")).await;
    }
    office.until_sql("SELECT 1 FROM outages WHERE pauses = 15 AND probe IS NULL").await;
    office.stays_quiet(&office.oleg, "⏳", 0).await;
    office.invites("last@mail.ru").await;
    office.gets(&office.oleg, "⏳ Invoicebox больше 15 минут", 1).await;
    office.invites("more@mail.ru").await;
    office.until_sql("SELECT 1 FROM outages WHERE pauses = 17").await;
    office.restarts().await;
    office.stays_quiet(&office.oleg, "⏳", 1).await;
}

#[tokio::test]
async fn a_refused_key_loses_nobodys_draft_and_nobodys_invitation() {
    let mut office = Office::open().await;
    office.answers(401);
    let first = office.invites("first@mail.ru").await;
    office.shows(first.id, "не принимает ключ").await;
    let notice = office.gets(&office.oleg, "⏸", 1).await;
    // What is being filled in goes on, also over a restart, and what is confirmed waits.
    office.fills_in("second@mail.ru").await;
    office.restarts().await;
    office.telegram.says(&office.anna, "/start");
    office.telegram.waits_for(&office.anna, "Есть незаконченный черновик").await.unwrap();
    office.telegram.presses(&office.anna, "Продолжить").await.unwrap();
    let summary = office.telegram.waits_for(&office.anna, "Проверьте перед отправкой").await;
    assert!(summary.unwrap().text.contains("second@mail.ru"));
    let second = office.confirms("second@mail.ru").await;
    office.shows(second.id, "не принимает ключ").await;
    office.fills_in("third@mail.ru").await;
    assert_eq!(office.ends.invoicebox.received().len(), 1);

    office.telegram.presses_on(&office.oleg, notice.id, "Возобновить").await.unwrap();
    for message in [first.id, second.id] {
        office.shows(message, "принято").await;
    }
    let third = office.confirms("third@mail.ru").await;
    office.shows(third.id, "принято").await;
    let sent: Vec<_> =
        office.ends.invoicebox.received().into_iter().filter_map(|request| request.email).collect();
    assert_eq!(sent, ["first@mail.ru", "first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    assert_eq!(office.store().pauses().await.unwrap(), []);
}

#[tokio::test]
async fn those_who_wait_already_are_told_of_a_refused_key_too() {
    let office = Office::open().await;
    office.ends.invoicebox.hold();
    office.answers(401);
    office.invites("first@mail.ru").await;
    office.ends.invoicebox.wait_received(1).await;
    let second = office.invites("second@mail.ru").await;
    office.shows(second.id, "отправляю").await;
    office.ends.invoicebox.release();
    office.shows(second.id, "не принимает ключ").await;
    let paused = office.store().pauses().await.unwrap();
    assert_eq!(paused[0].provider, Provider::Invoicebox);
}
