//! The undo window: what was confirmed goes a little later, and until then it can be stopped.

use std::time::Duration;

use invite_bot::demo::world::Plan;
use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::{Client, data};
use crate::support::world::{BotSettings, World};

/// Longer than any story lasts.
const LONG: Duration = Duration::from_secs(60);

fn with_window(send_delay: Duration) -> BotSettings {
    let usual = BotSettings::default();
    BotSettings { plan: Plan { send_delay, ..usual.plan }, ..usual }
}

#[tokio::test]
async fn what_anna_stops_is_not_sent_and_nothing_she_typed_is_lost() {
    let world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    let waits = anna.sees_of(number, "отправлю через 60 с, в ").await;
    assert_eq!(waits.buttons.len(), 1, "{}", waits.transcript());
    assert_eq!(anna.presses_on(&waits, "Стоп").await, "№1: не отправляю.");
    let stopped = anna.sees_of(number, "не отправлено").await;
    assert_eq!(stopped.id, waits.id, "one message");
    anna.presses_on(&stopped, "Вернуть в черновик").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    for value in ["Детский сад Чайка", "1215107651", "121501001", "iam@mail.ru", "7705"]
    {
        assert!(summary.text.contains(value), "{value}: {}", summary.text);
    }
    let again = anna.confirms().await;
    anna.sees_of(again, "отправлю через").await;
    assert_eq!(world.state(number).await, "cancelled");
    world.exactly(0, Sbis);
}

#[tokio::test]
async fn anna_says_stop_instead_of_pressing_it() {
    for word in ["/cancel", "стоп", "Отмена!"] {
        let world = World::with(with_window(LONG)).await;
        let anna = world.anna();
        let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
        anna.sees_of(number, "отправлю через").await;
        let stopped = anna.asks(word, "№1: остановлено. Письмо не отправлялось.").await;
        anna.sees_of(number, "не отправлено").await;
        assert_eq!(world.state(number).await, "cancelled", "{word}");
        anna.presses_on(&stopped, "Вернуть в черновик").await;
        anna.sees("Проверьте перед отправкой").await;
        world.exactly(0, Sbis);
    }
}

#[tokio::test]
async fn an_open_draft_is_dropped_before_anything_is_stopped() {
    let world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.says("/invite");
    anna.sees("Куда приглашаем?").await;
    anna.asks("/cancel", "Отменено").await;
    assert_eq!(world.state(number).await, "queued");
    anna.asks("/cancel", "остановлено").await;
    assert_eq!(world.state(number).await, "cancelled");
}

#[tokio::test]
async fn of_several_that_wait_anna_chooses_the_one_to_stop() {
    let world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    let first = anna.invites(&Client::of_invoicebox("first@example.com")).await;
    let second = anna.invites(&Client::of_invoicebox("second@example.com")).await;
    let which = anna.asks("/cancel", "Что не отправлять?").await;
    for value in ["№1 first@example.com", "№2 second@example.com"] {
        assert!(which.text.contains(value), "{}", which.transcript());
    }
    anna.presses_on(&which, "Не отправлять №1").await;
    anna.sees_of(first, "не отправлено").await;
    assert_eq!(
        (world.state(first).await, world.state(second).await),
        ("cancelled".into(), "queued".into())
    );
    world.exactly(0, Invoicebox);
}

#[tokio::test]
async fn a_stop_that_is_said_too_late_names_what_went() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    anna.asks("/cancel", "№1 уже не остановить: принято. Отправленное не отзывается.").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn anna_presses_stop_twice() {
    let world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(1, "отправлю через").await;
    let first = anna.taps("Стоп").await;
    let second = anna.taps_again(&first);
    assert_eq!(first.answer().await.unwrap().text, "№1: не отправляю.");
    assert_eq!(second.answer().await.unwrap().text, "№1 уже остановлено, не отправляю.");
    anna.sees_of(1, "не отправлено").await;
    assert_eq!(anna.heard("№1").len(), 1, "{}", anna.transcript());
    world.exactly(0, Invoicebox);
}

#[tokio::test]
async fn when_the_window_has_passed_it_goes_at_once_and_never_before() {
    let world = World::with(with_window(Duration::from_millis(700))).await;
    let anna = world.anna();
    for client in [Client::of_sbis("iam@mail.ru"), Client::of_invoicebox("iam@mail.ru")] {
        let number = anna.invites(&client).await;
        anna.sees_of(number, "принято").await;
    }
    let waited = world.rows(
        "SELECT CAST(a.started_at - i.created_at AS TEXT) FROM attempts a
         JOIN invitations i ON i.number = a.invitation",
    );
    for waited in waited.await {
        // Delivery looks at the queue once a minute by itself: this is the wait for the time.
        assert!((700..45_000).contains(&waited.parse().unwrap()), "{waited} ms");
    }
    assert!(anna.ever_heard("отправлю через 1 с") == 2, "{}", anna.transcript());
}

#[tokio::test]
async fn a_stop_that_comes_too_late_says_so() {
    let world = World::with(with_window(Duration::from_secs(3))).await;
    let anna = world.anna();
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let waits = anna.sees_of(number, "отправлю через").await;
    let stop = data(&waits, "Стоп");
    world.becomes(number, "sending").await;
    assert_eq!(anna.forges(waits.id, &stop).await, "№1 уже отправляю, остановить нельзя.");
    world.invoicebox().release();
    anna.sees_of(number, "принято").await;
    let late = anna.forges(waits.id, &stop).await;
    assert!(late.contains("останавливать нечего"), "{late}");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_stop_at_the_very_moment_of_the_claim_has_one_winner_who_is_told() {
    let window = Duration::from_millis(60);
    let world = World::with(with_window(window)).await;
    let anna = world.anna();
    let (mut stopped, mut sent) = (0, 0);
    for round in 0..16_u32 {
        anna.fills_in(&Client::of_invoicebox(&format!("klient{round}@example.com"))).await;
        let number = anna.confirms().await;
        let card = anna.sees_of(number, "").await;
        // Earlier in one round, later in the next.
        tokio::time::sleep(window * (round % 8) / 6).await;
        let version = 1;
        let toast = anna.forges(card.id, &format!("c:{number}:{version}:cancel")).await;
        if toast.contains("не отправляю") {
            anna.sees_of(number, "не отправлено").await;
            stopped += 1;
        } else {
            assert!(toast.contains("уже отправляю") || toast.contains("нечего"), "{toast}");
            anna.sees_of(number, "принято").await;
            sent += 1;
        }
    }
    assert_eq!(stopped + sent, 16);
    world.exactly(sent, Invoicebox);
}

#[tokio::test]
async fn the_window_goes_on_after_a_crash_and_nothing_goes_early_or_twice() {
    let mut world = World::with(with_window(Duration::from_secs(3))).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "отправлю через 3 с").await;
    world.crashes().await;
    world.starts().await;
    anna.sees_of(number, "принято").await;
    world.restarts().await;
    world.exactly(1, Sbis);
    let early = "SELECT number FROM invitations i JOIN attempts a ON a.invitation = i.number
                 WHERE a.started_at < i.created_at + 3000";
    assert_eq!(world.rows(early).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_waits_can_be_stopped_after_a_crash() {
    let mut world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    let waits = anna.sees_of(number, "отправлю через").await;
    world.crashes().await;
    world.starts().await;
    assert_eq!(anna.presses_on(&waits, "Стоп").await, "№1: не отправляю.");
    anna.sees_of(number, "не отправлено").await;
    world.restarts().await;
    assert_eq!(world.state(number).await, "cancelled");
    world.exactly(0, Sbis);
}

#[tokio::test]
async fn a_repeat_can_be_stopped_too_and_the_first_letter_stays_in_doubt() {
    let mut setup = with_window(Duration::from_secs(3));
    setup.plan.timeout = BotSettings::impatient().plan.timeout;
    let world = World::with(setup).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let unknown = anna.sees_of(number, "неизвестно").await;
    anna.presses_on(&unknown, "Отправить ещё раз").await;
    anna.sees("второе письмо").await;
    anna.presses("Да, отправить").await;
    let waits = anna.sees_of(number, "отправлю через 3 с").await;
    anna.presses_on(&waits, "Стоп").await;
    anna.sees_of(number, "неизвестно").await;
    assert_eq!(world.state(number).await, "unknown");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_draft_that_is_brought_back_twice_is_one_draft() {
    let world = World::with(with_window(LONG)).await;
    let anna = world.anna();
    for client in [Client::of_sbis("iam@mail.ru"), Client::of_invoicebox("iam@mail.ru")] {
        let number = anna.invites(&client).await;
        let waits = anna.sees_of(number, "отправлю через").await;
        anna.presses_on(&waits, "Стоп").await;
        let stopped = anna.sees_of(number, "не отправлено").await;
        for _ in 0..2 {
            anna.presses_on(&stopped, "Вернуть в черновик").await;
            anna.sees("Проверьте перед отправкой").await;
        }
        assert!(anna.heard("другое приглашение").is_empty(), "{}", anna.transcript());
        anna.asks("/cancel", "Отменено").await;
    }
}

#[tokio::test]
async fn a_stop_counts_although_the_invitation_was_put_on_hold_meanwhile() {
    let world = World::with(with_window(LONG)).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let waits = anna.sees_of(number, "отправлю через").await;
    let stop = data(&waits, "Стоп");
    oleg.asks("/stoplist iam@mail.ru", "iam@mail.ru").await;
    world.becomes(number, "held").await;
    assert_eq!(anna.forges(waits.id, &stop).await, "№1: не отправляю.");
    assert_eq!(world.state(number).await, "cancelled");
    world.exactly(0, Invoicebox);
}
