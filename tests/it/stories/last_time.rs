//! A bare e-mail of somebody who has invited before: the provider of the last time, and the button
//! that changes it.

use invite_bot::domain::Provider::{Invoicebox, Sbis};

use super::paste::spent;
use crate::support::people::{Client, Someone};
use crate::support::world::World;

/// Invited through this one before, to its good end.
async fn has_invited(anna: &Someone, client: Client) {
    let number = anna.invites(&client).await;
    anna.sees_of(number, "принято").await;
}

#[tokio::test]
async fn a_bare_address_is_one_message_and_one_press() {
    let world = World::new().await;
    let anna = world.anna();
    has_invited(&anna, Client::of_invoicebox("sad@chaika.ru")).await;
    let before = spent(&anna);
    let summary = anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    assert!(summary.text.contains("Сервис: Invoicebox"), "{}", summary.text);
    assert!(summary.button("🔀 В СБИС").is_some(), "{}", summary.transcript());
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    let sent = world.invoicebox().received();
    assert_eq!((sent.len(), &sent[1].body["identifier"]), (2, &"iam@mail.ru".into()));
    let after = spent(&anna);
    let (messages, presses) = (after.0 - before.0, after.1 - before.1);
    let row = format!("| Invoicebox: e-mail, не в первый раз | {messages} | {presses} |");
    let guide = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md"));
    assert!(guide.contains(&row), "the guide does not say: {row}");
}

#[tokio::test]
async fn the_switch_loses_nothing_that_was_typed_and_leads_back() {
    let world = World::new().await;
    let anna = world.anna();
    has_invited(&anna, Client::of_invoicebox("sad@chaika.ru")).await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    anna.presses("В СБИС").await;
    anna.sees("СБИС · iam@mail.ru").await;
    anna.presses("В Invoicebox").await;
    anna.sees("Проверьте перед отправкой").await;
    anna.presses("В СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks("1215107651/121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "Код офиса").await;
    anna.presses("Без кода").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("E-mail: iam@mail.ru"), "{}", summary.text);
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Sbis);
}

#[tokio::test]
async fn after_an_invitation_to_sbis_the_next_question_keeps_the_address() {
    let world = World::new().await;
    let anna = world.anna();
    has_invited(&anna, Client::of_sbis("sad@chaika.ru")).await;
    let asked = anna.asks("iam@mail.ru", "Пришлите ИНН").await;
    assert!(asked.text.contains("СБИС · iam@mail.ru"), "{}", asked.text);
    anna.presses("В Invoicebox").await;
    let summary = anna.sees("Сервис: Invoicebox").await;
    assert!(summary.text.contains("E-mail: iam@mail.ru"), "{}", summary.text);
    anna.confirms().await;
    world.invoicebox().wait_received(1).await;
}

#[tokio::test]
async fn one_more_keeps_the_provider_and_invite_asks() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("sad@chaika.ru")).await;
    let result = anna.sees_of(number, "принято").await;
    anna.presses_on(&result, "Ещё одно").await;
    let asked = anna.sees("На какой e-mail").await;
    assert!(asked.text.contains("Invoicebox"), "{}", asked.text);
    let summary = anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    assert!(summary.text.contains("Сервис: Invoicebox"), "{}", summary.text);
    anna.presses("Отмена").await;
    anna.sees("Отменено").await;
    anna.asks("/invite", "Куда приглашаем").await;
}

#[tokio::test]
async fn a_card_that_is_forwarded_with_the_address_adds_to_it_and_the_provider_is_asked() {
    let world = World::new().await;
    let anna = world.anna();
    has_invited(&anna, Client::of_invoicebox("sad@chaika.ru")).await;
    world.telegram.takes_time(0);
    anna.forwards(None, "iam@mail.ru");
    anna.forwards(None, "МБДОУ «Чайка», ИНН 1215107651");
    let asked = anna.sees("Куда приглашаем").await;
    let both = "МБДОУ «Чайка» · ИНН 1215107651 · iam@mail.ru";
    assert!(asked.text.contains(both), "{}", asked.text);
    anna.presses("Invoicebox").await;
    anna.sees("Проверьте перед отправкой").await;
}

#[tokio::test]
async fn a_card_that_comes_later_may_be_another_clients_and_is_asked_about() {
    let world = World::new().await;
    let anna = world.anna();
    has_invited(&anna, Client::of_invoicebox("sad@chaika.ru")).await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    let asked = anna.asks("МБДОУ «Чайка», ИНН 1215107651", "это другое приглашение").await;
    assert!(asked.text.contains("Invoicebox · iam@mail.ru"), "{}", asked.text);
}

#[tokio::test]
async fn who_never_invited_is_asked_and_what_is_known_comes_first() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    has_invited(&anna, Client::of_invoicebox("sad@chaika.ru")).await;
    let offered = boris.asks("iam@mail.ru", "что делаем").await;
    for label in ["Пригласить в Invoicebox", "Пригласить в СБИС"] {
        assert!(offered.button(label).is_some(), "{}", offered.transcript());
    }
    let known = anna.asks("sad@chaika.ru", "Этот адрес уже приглашали").await;
    assert!(known.button("История").is_some(), "{}", known.transcript());
    world.exactly(1, Invoicebox);
}
