//! What is told once, at the right place, and by which way people come back.

use invite_bot::domain::Provider::Invoicebox;

use crate::support::people::Client;
use crate::support::world::World;

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
    anna.sees("🔎 История: new@mail.ru").await;
    anna.presses("Назад").await;
    anna.sees("что делаем").await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    anna.asks("iam@mail.ru", "что делаем").await;
    anna.presses("История").await;
    anna.sees("🔎 История: iam@mail.ru").await;
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
    anna.asks("refused@demo.test", "что делаем").await;
    anna.presses("Invoicebox").await;
    let summary = anna.insists().await;
    assert!(summary.text.contains("Раньше: №1, вы, отказ — «"), "{}", summary.text);
    assert!(summary.button("Отправить").is_some(), "{}", summary.transcript());
    world.exactly(1, Invoicebox);
}
