//! The bot stops, or the power goes, at every point of a conversation and of a call. Nothing is
//! typed twice, and nothing is sent twice.

use std::time::Duration;

use expect_test::expect;
use invite_bot::delivery::RetryPolicy;
use invite_bot::demo::world::Plan;
use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::{Client, Someone, data};
use crate::support::world::{BotSettings, World};

/// One answer of the dialogue, and the question that follows.
enum Answer {
    Typed(&'static str, &'static str),
    Pressed(&'static str, &'static str),
}
use Answer::{Pressed, Typed};

const SBIS_STEP_BY_STEP: [Answer; 7] = [
    Typed("/invite", "Куда приглашаем"),
    Pressed("СБИС", "Пришлите ИНН"),
    Typed("1215107651", "Пришлите КПП"),
    Typed("121501001", "Пришлите название"),
    Typed("Детский сад Чайка", "На какой e-mail"),
    Typed("iam@mail.ru", "Код офиса"),
    Pressed("Без кода", "Проверьте перед отправкой"),
];

async fn goes_on(anna: &Someone, answer: &Answer) {
    match answer {
        Typed(text, question) => drop(anna.asks(text, question).await),
        Pressed(label, question) => {
            anna.presses(label).await;
            anna.sees(question).await;
        }
    }
}

async fn sends_the_seagull(world: &World) {
    let anna = world.anna();
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    let received = world.exactly(1, Sbis);
    let fields = &received[0].body["params"]["Реквизиты"]["d"];
    assert_eq!(fields["ИННПолуч"], "1215107651");
    assert_eq!(fields["КПППолуч"], "121501001");
    assert_eq!(fields["НазвПолуч"], "Детский сад Чайка");
    assert_eq!(fields["MailПолуч"], "iam@mail.ru");
    assert_eq!(fields.get("КодПартнера"), None);
}

#[tokio::test]
async fn a_restart_after_every_question_loses_no_answer() {
    let mut world = World::new().await;
    let anna = world.anna();
    for answer in &SBIS_STEP_BY_STEP {
        goes_on(&anna, answer).await;
        world.stops().await;
        let before = anna.chat();
        world.starts().await;
        assert_eq!(anna.chat(), before, "nobody is asked anew");
    }
    sends_the_seagull(&world).await;
}

#[tokio::test]
async fn a_crash_after_every_question_loses_no_answer() {
    let mut world = World::new().await;
    let anna = world.anna();
    for answer in &SBIS_STEP_BY_STEP {
        goes_on(&anna, answer).await;
        world.crashes().await;
        world.starts().await;
        // Whether the answer was seen, the bot may not know: then it is shown once more.
        world.settles().await;
    }
    sends_the_seagull(&world).await;
}

#[tokio::test]
async fn what_people_wrote_while_the_bot_was_away_is_answered_then() {
    let mut world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    world.stops().await;
    anna.says("iam@mail.ru");
    world.starts().await;
    anna.sees("Проверьте перед отправкой").await;
}

/// Three letters of Анна are at the provider when the power goes.
async fn three_interrupted(world: &mut World) -> [i64; 3] {
    let anna = world.anna();
    world.sbis().hold();
    let mut numbers = [0; 3];
    for (n, number) in (1..).zip(&mut numbers) {
        *number = anna.invites(&Client::of_sbis("iam@mail.ru").number(n)).await;
        anna.sees_of(*number, "отправляю…").await;
    }
    world.sbis().wait_received(3).await;
    world.crashes().await;
    // The provider answers nobody.
    world.sbis().release();
    world.starts().await;
    numbers
}

#[tokio::test]
async fn a_crash_during_a_call_is_unknown_and_only_a_person_repeats() {
    let mut world = World::new().await;
    let anna = world.anna();
    let numbers = three_interrupted(&mut world).await;
    for number in numbers {
        anna.sees_of(number, "неизвестно").await;
        let heard = anna.heard(&format!("№{number}:"));
        let cards = heard.iter().filter(|it| it.reply_to.is_none()).count();
        assert_eq!(cards, 1, "in the same message");
        assert_eq!(world.attempts(number).await, ["1 unknown"]);
    }
    world.restarts().await;
    let next = anna.invites(&Client::of_sbis("next@example.com").number(9)).await;
    anna.sees_of(next, "принято").await;
    world.exactly(4, Sbis);
}

#[tokio::test]
async fn a_person_says_what_became_of_an_interrupted_letter() {
    let mut world = World::new().await;
    let anna = world.anna();
    let [arrived, missing, again] = three_interrupted(&mut world).await;

    let card = anna.sees_of(arrived, "неизвестно").await;
    let toast = anna.presses_on(&card, "Письмо дошло").await;
    assert_eq!(toast, "№1: отмечено, письмо дошло.");
    anna.sees_of(arrived, "принято — письмо дошло, отмечено: вы").await;
    assert_eq!(world.state(arrived).await, "confirmed_sent");

    let card = anna.sees_of(missing, "неизвестно").await;
    anna.presses_on(&card, "Письма нет").await;
    let card = anna.sees_of(missing, "не отправлено — письма у клиента нет").await;
    assert_eq!(world.state(missing).await, "confirmed_not_sent");
    anna.presses_on(&card, "Отправить ещё раз").await;
    anna.sees("отправить ещё раз на iam@mail.ru?").await;
    anna.presses("Назад").await;
    world.exactly(3, Sbis);

    let card = anna.sees_of(again, "неизвестно").await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    let question = anna.sees("отправить ещё раз на iam@mail.ru?").await;
    assert!(question.text.contains("второе письмо"), "{}", question.text);
    anna.presses_on(&question, "Назад").await;
    world.exactly(3, Sbis);
    let card = anna.sees("№3 · СБИС · неизвестно").await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    let yes = anna.taps("Да, отправить").await;
    anna.taps_again(&yes);
    anna.sees_of(again, "СБИС отправит письмо").await;
    // The second press may still be about to show what it found.
    world.telegram.is_caught_up().await.unwrap();
    world.settles().await;

    let received = world.exactly(4, Sbis);
    assert_eq!(received[2].raw, received[3].raw, "the same bytes, so the same GUID");
    assert_eq!(world.attempts(again).await, ["1 unknown", "2 accepted by consent"]);
    expect![[r#"
        №3 · СБИС · принято
        ООО „Образец 3“ · ИНН 7700000030 · КПП 121501001
        iam@mail.ru · офис 7705

        ДД.ММ ЧЧ:ММ:СС подтверждение: вы
        ДД.ММ ЧЧ:ММ:СС попытка 1: неизвестно: я остановился посреди отправки
        ДД.ММ ЧЧ:ММ:СС отправить ещё раз: вы
        ДД.ММ ЧЧ:ММ:СС попытка 2: принято
        [🎉 Зарегистрировался] [🙅 Отказался]
        [📞 Перезвонить]
        [🔁 Повторить]
        [🚫 Просил не писать]
        [📋 iam@mail.ru] [📋 7700000030] [🔗 Ссылка]
        [◀️ К списку]"#]]
    .assert_eq(&anna.card(again).await);
}

#[tokio::test]
async fn the_second_letter_may_be_unknown_again_and_needs_another_consent() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    for calls in 2..4 {
        let card = anna.sees_of(number, "неизвестно. ").await;
        let consent = data(&card, "Отправить ещё раз").replace("ask", "resend:");
        anna.presses_on(&card, "Отправить ещё раз").await;
        anna.sees("второе письмо").await;
        anna.presses("Да, отправить").await;
        world.invoicebox().wait_received(calls).await;
        anna.sees_of(number, "неизвестно. ").await;
        anna.forges(card.id, &consent).await;
        world.exactly(calls, Invoicebox);
        world.hours_pass(25).await;
    }
    assert_eq!(
        world.attempts(number).await,
        ["1 unknown", "2 unknown by consent", "3 unknown by consent"]
    );
}

#[tokio::test]
async fn an_old_question_of_a_second_letter_is_asked_again() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let card = anna.sees_of(number, "неизвестно").await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    let question = anna.sees("второе письмо").await;
    let yes = data(&question, "Да, отправить");
    let (head, minute) = yes.rsplit_once(':').unwrap();
    let minute: i64 = minute.parse().unwrap();
    for stale in
        [format!("{head}:{}", minute - 16), format!("{head}:{}", minute + 2), format!("{head}:")]
    {
        let toast = anna.forges(question.id, &stale).await;
        assert!(toast.contains("Прошло больше 15 минут"), "{stale}: {toast}");
        anna.sees("второе письмо").await;
    }
    assert_eq!(world.state(number).await, "unknown");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_repeat_that_never_left_keeps_the_first_letter_in_doubt() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let card = anna.sees_of(number, "неизвестно").await;
    world.invoicebox().go_down().await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    anna.sees("второе письмо").await;
    anna.presses("Да, отправить").await;
    anna.sees_of(number, "Повтор не отправлен, а первое письмо могло уйти").await;
    assert_eq!(world.state(number).await, "unknown");
    world.invoicebox().come_up().await.unwrap();
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_repeat_that_is_called_off_keeps_the_first_letter_in_doubt() {
    let usual = BotSettings::in_earnest();
    let timeout = BotSettings::impatient().plan.timeout;
    let world = World::with(BotSettings { plan: Plan { timeout, ..usual.plan }, ..usual }).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let card = anna.sees_of(number, "неизвестно").await;
    world.invoicebox().go_down().await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    anna.sees("второе письмо").await;
    anna.presses("Да, отправить").await;
    let waits = anna.sees_of(number, "то письмо могло уйти").await;
    anna.presses_on(&waits, "Не отправлять").await;
    anna.sees_of(number, "неизвестно").await;
    assert_eq!(world.state(number).await, "unknown");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn what_is_queued_goes_once_after_a_crash() {
    let policy = RetryPolicy { connect: vec![Duration::from_secs(2); 5], ..RetryPolicy::default() };
    let usual = BotSettings::default();
    let mut world = World::with(BotSettings { plan: Plan { policy, ..usual.plan }, ..usual }).await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().go_down().await;
    let number = anna.confirms().await;
    anna.sees_of(number, "Нет связи").await;
    world.crashes().await;
    world.invoicebox().come_up().await.unwrap();
    world.starts().await;
    anna.sees_of(number, "принято").await;
    world.restarts().await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_crash_costs_as_many_doubts_as_calls_were_under_way() {
    let (usual, timeout) = (BotSettings::default(), Duration::from_secs(20));
    let mut world =
        World::with(BotSettings { plan: Plan { concurrency: 1, timeout, ..usual.plan }, ..usual })
            .await;
    let anna = world.anna();
    world.invoicebox().hold();
    let first = anna.invites(&Client::of_invoicebox("first@example.com")).await;
    world.invoicebox().wait_received(1).await;
    let second = anna.invites(&Client::of_invoicebox("second@example.com")).await;
    anna.sees_of(second, "отправляю").await;
    world.crashes().await;
    world.invoicebox().release();
    world.starts().await;
    anna.sees_of(first, "неизвестно").await;
    anna.sees_of(second, "принято").await;
    world.exactly(2, Invoicebox);
}

#[tokio::test]
async fn a_stop_waits_for_the_call_and_tells_its_outcome() {
    let mut world = World::new().await;
    let anna = world.anna();
    let later = Duration::from_millis(300);
    world.invoicebox().answers_next(stand_ins::providers::Scripted::AcceptAfter(later));
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    world.stops().await;
    assert_eq!(world.state(number).await, "accepted");
    assert_eq!(anna.heard("принято").len(), 1, "told before the end: {}", anna.transcript());
}

#[tokio::test]
async fn a_second_bot_on_the_same_database_is_refused_and_the_first_goes_on() {
    let world = World::new().await;
    let refused = world.another_bot().await.unwrap();
    assert_eq!(refused.exit_code(), 75, "{refused}");
    let number = world.anna().invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.anna().sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}
