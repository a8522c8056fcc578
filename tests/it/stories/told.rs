//! What is told once, at the right place, and by which way people come back.

use invite_bot::domain::Provider::{Invoicebox, Sbis};
use serde_json::json;
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::{Fault, Message};

use crate::support::people::{Client, Someone};
use crate::support::wait::until;
use crate::support::world::{BotSettings, World};

const TWO_CARDS: &str = "ООО «Ромашка» ИНН 7707083893 КПП 773601001\n\n\
                         МБДОУ «Чайка» ИНН 1215107651 КПП 121501001 iam@mail.ru";

#[tokio::test]
async fn a_slip_in_an_address_is_asked_about_at_once() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    let asked = anna.asks("iam@mial.ru", "Исправить на").await;
    assert!(!asked.text.contains("выбрать"), "{}", asked.text);
}

#[tokio::test]
async fn a_choice_between_two_clients_leads_back() {
    let world = World::new().await;
    let anna = world.anna();
    anna.says(TWO_CARDS);
    let asked = anna.sees("Куда приглашаем").await;
    assert!(!asked.text.contains("на выбор"), "{}", asked.text);
    anna.presses("Invoicebox").await;
    let asked = anna.sees("Кого приглашаем").await;
    assert!(!asked.text.contains("на выбор"), "{}", asked.text);
    anna.presses("Назад").await;
    anna.sees("Куда приглашаем").await;
}

#[tokio::test]
async fn the_history_of_an_address_has_a_title_and_leads_back() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("new@mail.ru", "что делаем").await;
    anna.presses("История").await;
    anna.sees("🕘 История: new@mail.ru").await;
    anna.presses("Назад").await;
    anna.sees("что делаем").await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    anna.asks("iam@mail.ru", "что делаем").await;
    anna.presses("История").await;
    anna.sees("🕘 История: iam@mail.ru").await;
    anna.presses("Назад").await;
    anna.sees("что делаем").await;
}

#[tokio::test]
async fn the_menu_of_a_repeat_turns_into_the_summary() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let card = anna.asks(&format!("/status {number}"), &format!("№{number} · ")).await;
    anna.presses_on(&card, "Повторить").await;
    anna.sees("Повторить №").await;
    anna.presses_on(&card, "Как есть").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert_eq!(summary.id, card.id, "the same buttons do not stand twice");
}

#[tokio::test]
async fn the_list_comes_back_as_it_was_left() {
    let world = World::new().await;
    let anna = world.anna();
    for n in 1..=6 {
        let number = anna.invites(&Client::of_invoicebox(&format!("c{n}@mail.ru"))).await;
        anna.sees_of(number, "принято").await;
    }
    anna.asks("/status", "Мои приглашения").await;
    anna.presses("▶️").await;
    anna.sees("c1@mail.ru").await;
    anna.presses("1").await;
    anna.sees("№1 · ").await;
    anna.presses("К списку").await;
    let page = anna.sees("Мои приглашения").await;
    assert!(page.text.contains("c1@mail.ru"), "{}", page.transcript());
}

#[tokio::test]
async fn to_leave_a_question_about_a_colleague_keeps_the_draft() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/start", "Здравствуйте").await;
    oleg.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    oleg.asks("/staff 100000002", "Выберите или пришлите число").await;
    oleg.asks("/cancel", "Лимит в день").await;
    oleg.asks("/start", "незаконченный черновик: Invoicebox · iam@mail.ru").await;
    oleg.asks("/cancel", "Отменено").await;
}

#[tokio::test]
async fn who_is_registered_already_is_not_asked_to_be_corrected() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("client@demo.test")).await;
    let told = anna.sees_of(number, "отказ").await;
    assert!(told.text.contains("Похоже, уже зарегистрирован"), "{}", told.text);
    assert!(told.text.contains("Письмо не отправлялось"), "{}", told.text);
    for noise in ["Исправьте", "identifier"] {
        assert!(!told.text.contains(noise), "{}", told.text);
    }
}

#[tokio::test]
async fn an_earlier_refusal_is_mentioned_and_bars_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("refused@demo.test")).await;
    anna.sees_of(number, "отказ").await;
    let summary = anna.asks("refused@demo.test", "Проверьте перед отправкой").await;
    assert!(summary.text.contains("Раньше: №1, вы, отказ — «"), "{}", summary.text);
    assert!(summary.button("Отправить").is_some(), "{}", summary.transcript());
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_quick_good_result_is_an_edit_and_nothing_more() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    world.settles().await;
    assert_eq!(anna.heard("№1").len(), 1, "{}", anna.transcript());
}

#[tokio::test]
async fn a_bad_result_rings_whenever_it_comes() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    for (address, word, button) in [
        ("refused@demo.test", "отказ", "E-mail"),
        ("slow@demo.test", "неизвестно", "Письмо дошло"),
        ("iam@mail.ru", "не отправлено", "Попробовать ещё раз"),
    ] {
        anna.fills_in(&Client::of_invoicebox(address)).await;
        if word == "не отправлено" {
            world.invoicebox().go_down().await;
        }
        let number = anna.confirms().await;
        let card = anna.sees_of(number, word).await;
        let rung = anna.hears_of(number, word).await;
        assert_eq!(rung.reply_to, Some(card.id), "{}", anna.transcript());
        assert!(rung.text.contains(address), "{}", rung.text);
        assert!(rung.button(button).is_some(), "{}", rung.transcript());
        world.settles().await;
    }
    assert_eq!(anna.rung().len(), 3, "each once: {}", anna.transcript());
    // Where it rang it can be settled, and the card above gives way.
    let rung = anna.hears_of(2, "неизвестно").await;
    anna.presses_on(&rung, "Письмо дошло").await;
    let told = anna.sees_of(2, "письмо дошло").await;
    assert_eq!(told.id, rung.id, "{}", anna.transcript());
    anna.sees("№2 — карточка ниже").await;
}

#[tokio::test]
async fn a_good_result_rings_where_its_card_is_far_above() {
    let world = World::new().await;
    let anna = world.anna();
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    let card = anna.sees_of(number, "отправляю").await;
    anna.asks("/help", "Что значит итог").await;
    world.invoicebox().release();
    anna.sees_of(number, "принято").await;
    let rung = anna.hears_of(number, "принято").await;
    assert_eq!(rung.reply_to, Some(card.id), "{}", anna.transcript());
    assert!(rung.text.contains("iam@mail.ru"), "{}", rung.text);
    world.settles().await;
    assert_eq!(anna.rung().len(), 1, "{}", anna.transcript());
}

#[tokio::test]
async fn a_good_result_rings_that_comes_after_half_a_minute() {
    let world = World::new().await;
    let anna = world.anna();
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    anna.sees_of(number, "отправляю").await;
    // She pressed a minute ago.
    world
        .changes(
            "DROP TRIGGER journal_is_append_only_1;
             UPDATE journal SET at = at - 60000 WHERE after = 'queued'",
        )
        .await;
    world.invoicebox().release();
    anna.hears_of(number, "принято").await;
    world.settles().await;
    assert_eq!(anna.rung().len(), 1, "{}", anna.transcript());
}

#[tokio::test]
async fn what_rings_leaves_an_open_draft_as_it_is() {
    let world = World::new().await;
    let anna = world.anna();
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("refused@demo.test")).await;
    world.invoicebox().wait_received(1).await;
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    let asked = anna.sees("На какой e-mail").await;
    world.invoicebox().release();
    anna.hears_of(number, "отказ").await;
    assert_eq!(anna.again(&asked), asked, "the question keeps its buttons");
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    let next = anna.confirms().await;
    anna.sees_of(next, "принято").await;
    world.exactly(2, Invoicebox);
}

#[tokio::test]
async fn results_that_come_together_ring_one_by_one() {
    let world = World::new().await;
    let anna = world.anna();
    world.sbis().hold();
    for n in 1..=3 {
        anna.invites(&Client::of_sbis("refused@demo.test").number(n)).await;
    }
    world.sbis().wait_received(3).await;
    world.sbis().release();
    for number in 1..=3 {
        let card = anna.sees_of(number, "отказ").await;
        let rung = anna.hears_of(number, "отказ").await;
        assert_eq!(rung.reply_to, Some(card.id), "{}", anna.transcript());
    }
    world.settles().await;
    assert_eq!(anna.rung().len(), 3, "{}", anna.transcript());
}

#[tokio::test]
async fn a_crash_repeats_what_rang_once_and_word_for_word() {
    let mut world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("slow@demo.test")).await;
    let number = anna.confirms().await;
    world.invoicebox().wait_received(1).await;
    world.telegram.fails("sendMessage", 1, Fault::AnswerLost);
    let rung = anna.hears_of(number, "неизвестно").await;
    world.crashes().await;
    world.starts().await;
    world.settles().await;
    let again = anna.rung();
    assert_eq!(again.len(), 2, "{}", anna.transcript());
    assert_eq!((&again[1].text, &again[1].buttons), (&rung.text, &rung.buttons));
    world.restarts().await;
    world.settles().await;
    assert_eq!(anna.rung().len(), 2, "{}", anna.transcript());
}

#[tokio::test]
async fn who_repeats_anothers_invitation_is_told_what_came_of_it() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().go_down().await;
    let number = anna.confirms().await;
    anna.hears_of(number, "не отправлено").await;
    world.invoicebox().come_up().await.unwrap();
    oleg.asks("/status 1", "№1 · ").await;
    oleg.presses("Попробовать ещё раз").await;
    let told = oleg.sees("№1: принято").await;
    assert!(told.text.contains("Автор: Анна"), "{}", told.text);
    anna.sees_of(number, "принято").await;
    world.settles().await;
    assert_eq!(oleg.heard("№1: принято").len(), 1, "{}", oleg.transcript());
}

#[tokio::test]
async fn what_a_colleague_decides_rings() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    anna.hears_of(number, "неизвестно").await;
    oleg.asks("/status 1", "№1 · ").await;
    oleg.presses("Письма нет").await;
    let rung = anna.hears_of(number, "не отправлено").await;
    assert!(rung.text.contains("отмечено: Олег"), "{}", rung.text);
    world.settles().await;
    assert_eq!(anna.rung().len(), 2, "{}", anna.transcript());
}

#[tokio::test]
async fn a_question_says_what_was_marked_and_only_the_newest_can_be_answered() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let card = anna.sees_of(number, "неизвестно").await;
    world.settles().await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    let first = anna.sees("Первое письмо могло уйти").await;
    anna.presses_on(&card, "Отправить ещё раз").await;
    let second = anna.sees("Первое письмо могло уйти").await;
    assert_ne!(first.id, second.id);
    loses_its_buttons(&anna, &first).await;
    assert!(!anna.again(&second).buttons.is_empty(), "{}", anna.transcript());

    anna.presses_on(&card, "Письма нет").await;
    let marked = anna.sees_of(number, "письма у клиента нет").await;
    loses_its_buttons(&anna, &second).await;
    anna.presses_on(&marked, "Отправить ещё раз").await;
    let asked = anna.sees("Отмечено, что письма нет").await;
    assert!(!asked.text.contains("могло уйти"), "{}", asked.text);
    world.exactly(1, Invoicebox);
    anna.presses_on(&asked, "Да, отправить").await;
    world.invoicebox().wait_received(2).await;
    world.becomes(number, "unknown").await;
    world.settles().await;
}

async fn loses_its_buttons(anna: &Someone, message: &Message) {
    let stripped = until(async || anna.again(message).buttons.is_empty()).await;
    assert!(stripped, "{}", anna.transcript());
}

#[tokio::test]
async fn what_is_known_of_an_address_is_told_on_the_first_screen() {
    let world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    let offered = anna.asks("iam@mail.ru", "что делаем").await;
    assert!(!offered.text.contains("приглашали"), "{}", offered.text);
    anna.presses("Отмена").await;

    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    for known in ["iam@mail.ru", "1215107651"] {
        let offered = boris.asks(known, "что делаем").await;
        assert!(offered.text.contains("уже приглашали"), "{}", offered.text);
        assert!(offered.text.contains("Анна · i***@mail.ru · принято"), "{}", offered.text);
        assert!(offered.button("Пригласить в СБИС").is_some(), "{}", offered.transcript());
    }

    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("other@mail.ru")).await;
    anna.sees_of(number, "отправляю").await;
    let offered = boris.asks("other@mail.ru", "что делаем").await;
    assert!(offered.text.contains("в очереди"), "{}", offered.text);
    world.invoicebox().release();
    anna.sees_of(number, "принято").await;

    oleg.asks("/stoplist stop@mail.ru Просили", "стоп-лист").await;
    let offered = boris.asks("stop@mail.ru", "что делаем").await;
    assert!(offered.text.contains("Сюда просили не писать"), "{}", offered.text);
    assert!(offered.button("Пригласить").is_none(), "{}", offered.transcript());
}

#[tokio::test]
async fn what_is_known_of_a_card_is_told_before_the_provider() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let asked = anna.asks("ИНН 1215107651 iam@mail.ru", "Куда приглашаем").await;
    assert!(asked.text.contains("Этот адрес уже приглашали"), "{}", asked.text);
}

#[tokio::test]
async fn while_a_provider_pauses_the_other_is_offered() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    world.sbis().answers_next(Scripted::Answer(Reply::json(401, &json!({}))));
    let paused = anna.invites(&Client::of_sbis("first@mail.ru").number(1)).await;
    anna.sees_of(paused, "не принимает").await;
    let summary = anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    assert!(summary.text.contains("Письмо уйдёт не сразу"), "{}", summary.text);
    anna.presses("🔀 В Invoicebox: сейчас отправляет").await;
    let summary = anna.sees("от имени Invoicebox").await;
    assert!(summary.button("сейчас отправляет").is_none(), "{}", summary.transcript());
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
    world.exactly(1, Sbis);
}

#[tokio::test]
async fn a_first_card_and_its_repeat_name_each_other() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let first = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(first, "принято").await;
    anna.asks("/status 1", "№1 · ").await;
    anna.presses("Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses("Как есть").await;
    anna.sees("Повтор №1").await;
    let second = anna.confirms().await;
    anna.sees_of(second, "принято").await;
    let card = anna.asks("/status 2", "№2 · ").await;
    assert!(card.text.contains("🔁 Повтор №1"), "{}", card.text);
    let card = anna.asks("/status 1", "№1 · ").await;
    assert!(card.text.contains("🔁 Повтор: №2"), "{}", card.text);
    // A colleague's numbers are nobody else's.
    world.hours_pass(25).await;
    let third = boris.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    boris.sees_of(third, "принято").await;
    let card = boris.asks("/status 3", "№3 · ").await;
    assert!(card.text.contains("🔁 Повтор приглашения коллеги"), "{}", card.text);
    assert!(!card.text.contains("№2"), "{}", card.text);
    let card = anna.asks("/status 2", "№2 · ").await;
    assert!(card.text.contains("🔁 Повтор оформил коллега"), "{}", card.text);
}
