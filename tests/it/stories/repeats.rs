//! Repeating: the same once more, with a change, or through the other provider; and how often.

use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

const TOO_SOON: &str = "меньше суток назад уже отправляли повтор";

/// Opens the card of an invitation and asks what to repeat of it.
async fn wants_to_repeat(anna: &Someone, number: i64) -> stand_ins::telegram::Message {
    let card = anna.asks(&format!("/status {number}"), &format!("№{number} · ")).await;
    anna.presses_on(&card, "Повторить").await;
    anna.sees(&format!("Повторить №{number}")).await
}

/// Repeats it as it is; the number of the new one.
async fn repeats(anna: &Someone, number: i64) -> i64 {
    let menu = wants_to_repeat(anna, number).await;
    anna.presses_on(&menu, "Как есть").await;
    anna.insists().await;
    let again = anna.confirms().await;
    anna.sees_of(again, "принято").await;
    again
}

#[tokio::test]
async fn a_letter_is_repeated_at_once_then_once_a_day_and_three_times_in_all() {
    let world = World::new().await;
    let anna = world.anna();
    // So that he has a name.
    world.oleg().asks("/start", "Здравствуйте").await;
    let client = Client::of_sbis("iam@mail.ru");
    let first = anna.invites(&client).await;
    anna.sees_of(first, "принято").await;
    let second = repeats(&anna, first).await;

    let menu = wants_to_repeat(&anna, second).await;
    assert!(menu.text.contains(TOO_SOON) && menu.text.contains("админ: Олег"), "{menu:?}");
    assert!(menu.button("Как есть").is_none(), "{}", menu.transcript());
    // By whatever path: typed anew it is the same recipient.
    let refused = anna.fills_in(&client).await;
    assert!(refused.text.contains(TOO_SOON), "{}", refused.text);
    for button in ["Отправить", "сверх правила"] {
        assert!(refused.button(button).is_none(), "{}", refused.transcript());
    }
    world.exactly(2, Sbis);
    anna.presses("Отмена").await;
    anna.sees("Отменено").await;

    world.hours_pass(25).await;
    let third = repeats(&anna, second).await;
    world.hours_pass(25).await;
    let fourth = repeats(&anna, third).await;
    world.hours_pass(1000).await;
    let menu = wants_to_repeat(&anna, fourth).await;
    assert!(menu.text.contains("приглашение и 3 повтора: больше нельзя"), "{}", menu.text);
    let refused = anna.fills_in(&client).await;
    assert!(refused.text.contains("больше нельзя"), "{}", refused.text);
    world.exactly(4, Sbis);
}

#[tokio::test]
async fn the_rule_is_about_the_recipient_whoever_invites() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let first = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(first, "принято").await;
    repeats(&anna, first).await;
    let refused = boris.fills_in(&Client::of_invoicebox("IAM@mail.ru")).await;
    assert!(refused.text.contains(TOO_SOON), "{}", refused.text);
    boris.presses("Отмена").await;
    // Another provider is another recipient.
    let other = boris.invites(&Client::of_sbis("iam@mail.ru")).await;
    boris.sees_of(other, "принято").await;
    world.exactly(2, Invoicebox);
}

#[tokio::test]
async fn an_admin_goes_beyond_by_one_more_press_and_that_is_written_down() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let client = Client::of_sbis("iam@mail.ru");
    let first = anna.invites(&client).await;
    anna.sees_of(first, "принято").await;
    repeats(&anna, first).await;
    let warned = oleg.fills_in(&client).await;
    assert!(warned.text.contains(TOO_SOON), "{}", warned.text);
    assert!(warned.text.contains("попадёт в журнал"), "{}", warned.text);
    world.exactly(2, Sbis);
    let toast = oleg.presses_on(&warned, "Отправить сверх правила").await;
    assert_eq!(toast, "№3: отправляю");
    oleg.sees_of(3, "принято").await;
    world.exactly(3, Sbis);
    let journal = world.journal().await;
    assert!(journal.contains("Олег override №3: — → repeats"), "{journal}");
    // It was good for that one.
    let warned = oleg.fills_in(&client).await;
    assert!(warned.text.contains(TOO_SOON), "{}", warned.text);
    world.exactly(3, Sbis);
}

#[tokio::test]
async fn what_may_have_been_sent_counts_and_what_was_not_does_not() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    for attempt in 1..=2 {
        let unknown = anna.sees_of(number, "неизвестно").await;
        assert_eq!(world.attempts(number).await.len(), attempt);
        anna.presses_on(&unknown, "Отправить ещё раз").await;
        anna.sees("второе письмо").await;
        world.settles().await;
        anna.presses("Да, отправить").await;
        if attempt == 1 {
            world.provider(Invoicebox).wait_received(2).await;
            world.becomes(number, "unknown").await;
            world.settles().await;
        }
    }
    let refused = anna.sees("повтор не отправлен").await;
    assert!(refused.text.contains(TOO_SOON), "{}", refused.text);
    assert!(refused.button("сверх правила").is_none(), "{}", refused.transcript());
    world.exactly(2, Invoicebox);

    let card = oleg.asks("/status 1", "№1 · ").await;
    oleg.presses_on(&card, "Отправить ещё раз").await;
    oleg.sees("второе письмо").await;
    oleg.presses("Да, отправить").await;
    oleg.sees("повтор не отправлен").await;
    oleg.presses("Отправить сверх правила").await;
    world.provider(Invoicebox).wait_received(3).await;
    let journal = world.journal().await;
    assert!(journal.contains("Олег override №1: — → repeats"), "{journal}");
    world.becomes(number, "unknown").await;

    // A refusal sends nothing: it may be put right as often as it takes.
    for _ in 0..4 {
        let refused = anna.invites(&Client::of_sbis("refused@demo.test")).await;
        anna.sees_of(refused, "отказ").await;
    }
    world.exactly(4, Sbis);
}

#[tokio::test]
async fn through_the_other_provider_only_what_is_missing_is_asked() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let menu = wants_to_repeat(&anna, number).await;
    anna.presses_on(&menu, "Через Invoicebox").await;
    let summary = anna.insists().await;
    assert!(summary.text.contains("Invoicebox") && summary.text.contains("iam@mail.ru"));
    let second = anna.confirms().await;
    anna.sees_of(second, "принято").await;

    let menu = wants_to_repeat(&anna, second).await;
    anna.presses_on(&menu, "Через СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks("1215107651/121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "Код офиса").await;
    anna.says("7705");
    let summary = anna.insists().await;
    assert!(summary.text.contains("iam@mail.ru"), "the address is known: {}", summary.text);
}

#[tokio::test]
async fn a_repeat_and_an_unfinished_draft_are_both_kept_until_one_is_chosen() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.asks("other@example.com", "Проверьте перед отправкой").await;
    let menu = wants_to_repeat(&anna, number).await;
    anna.presses_on(&menu, "Как есть").await;
    let asked = anna.sees("А это другое приглашение").await;
    assert!(asked.text.contains("other@example.com") && asked.text.contains("iam@mail.ru"));
    anna.presses("Перейти к другому").await;
    anna.sees("Детский сад Чайка").await;
}

#[tokio::test]
async fn one_field_is_changed_and_the_rest_stays() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let menu = wants_to_repeat(&anna, number).await;
    anna.presses_on(&menu, "E-mail").await;
    anna.sees("На какой e-mail").await;
    let summary = anna.asks("other@example.com", "Проверьте перед отправкой").await;
    for value in ["Детский сад Чайка", "1215107651", "121501001", "other@example.com", "7705"]
    {
        assert!(summary.text.contains(value), "{value}: {}", summary.text);
    }
    let again = anna.confirms().await;
    anna.sees_of(again, "принято").await;
    assert_eq!(world.sbis().received()[1].email.as_deref(), Some("other@example.com"));
}
