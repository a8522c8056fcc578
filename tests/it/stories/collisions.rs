//! Two people invite the same client at the same time. One letter goes out, and the other person
//! knows why.

use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

/// Both have the summary before them and press at the same moment; who was first.
async fn both_press<'a>(
    world: &World,
    one: (&'a Someone, &Client),
    two: (&'a Someone, &Client),
) -> (&'a Someone, &'a Someone) {
    one.0.fills_in(one.1).await;
    two.0.fills_in(two.1).await;
    world.provider(one.1.provider).hold();
    let presses = [one.0.taps("Отправить").await, two.0.taps("Отправить").await];
    let mut won = Vec::new();
    for press in presses {
        won.push(press.answer().await.unwrap().text == "№1: отправляю");
    }
    world.provider(one.1.provider).wait_received(1).await;
    match won.as_slice() {
        [true, false] => (one.0, two.0),
        [false, true] => (two.0, one.0),
        _ => panic!("{won:?}"),
    }
}

#[tokio::test]
async fn one_address_gets_one_letter_whoever_presses() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let of_anna = Client::of_invoicebox("iam@mail.ru");
    let of_boris = Client::of_invoicebox("IAM@MAIL.RU");
    let (first, second) = both_press(&world, (&anna, &of_anna), (&boris, &of_boris)).await;

    let told = second.sees("У этого получателя уже есть приглашение").await;
    assert!(told.text.contains("Черновик цел"), "{}", told.text);
    assert!(told.button("Отправить").is_none(), "{}", told.transcript());
    assert!(told.button("Открыть").is_none(), "it is a colleague's: {}", told.transcript());
    world.exactly(1, Invoicebox);

    second.presses_on(&told, "E-mail").await;
    second.sees("На какой e-mail").await;
    second.asks("other@example.com", "Проверьте перед отправкой").await;
    let number = second.confirms().await;
    world.invoicebox().release();
    first.sees_of(1, "принято").await;
    second.sees_of(number, "принято").await;
    let emails: Vec<_> =
        world.exactly(2, Invoicebox).into_iter().filter_map(|it| it.email).collect();
    assert_eq!(emails[1], "other@example.com");
}

#[tokio::test]
async fn one_organisation_gets_one_letter_whatever_the_address() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let of_anna = Client::of_sbis("director@example.com");
    let of_boris = Client::of_sbis("accountant@example.com");
    let (first, second) = both_press(&world, (&anna, &of_anna), (&boris, &of_boris)).await;
    second.sees("У этого получателя уже есть приглашение").await;
    world.sbis().release();
    first.sees_of(1, "принято").await;
    world.exactly(1, Sbis);

    // Once the first is settled, the second may go: the same draft, after one more look.
    second.presses("Проверить ещё раз").await;
    second.sees("Эту компанию уже приглашали").await;
    second.presses("Всё равно").await;
    second.sees("Проверьте перед отправкой").await;
    let number = second.confirms().await;
    second.sees_of(number, "принято").await;
    world.exactly(2, Sbis);
}

#[tokio::test]
async fn another_branch_is_another_recipient() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let branch = Client { kpp: "773601001".to_owned(), ..Client::of_sbis("iam@mail.ru") };
    world.sbis().hold();
    anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    boris.invites(&branch).await;
    world.sbis().wait_received(2).await;
    world.sbis().release();
    anna.sees_of(1, "принято").await;
    boris.sees_of(2, "принято").await;
}

#[tokio::test]
async fn one_client_may_be_invited_through_both_providers() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    world.sbis().hold();
    world.invoicebox().hold();
    anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    boris.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.sbis().wait_received(1).await;
    world.invoicebox().wait_received(1).await;
    world.sbis().release();
    world.invoicebox().release();
    anna.sees_of(1, "принято").await;
    boris.sees_of(2, "принято").await;
}

#[tokio::test]
async fn ones_own_unsettled_letter_is_named_and_one_tap_away() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let unknown = anna.sees_of(number, "неизвестно").await;
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    let told = anna.asks("slow@demo.test", "У этого получателя уже есть приглашение").await;
    assert!(told.button("Отправить").is_none(), "{}", told.transcript());
    world.exactly(1, Invoicebox);
    anna.presses_on(&told, "Открыть №1").await;
    let card = anna.sees("№1 · Invoicebox · неизвестно").await;
    assert_ne!(card.id, told.id, "the draft keeps its card");

    // Settled by a person, it no longer bars the way.
    anna.presses_on(&unknown, "Письма нет").await;
    anna.presses_on(&told, "Проверить ещё раз").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    anna.presses_on(&summary, "🚀 Отправить").await;
    world.invoicebox().wait_received(2).await;
    anna.sees_of(2, "неизвестно").await;
}

#[tokio::test]
async fn an_admin_sees_which_letter_of_a_colleague_is_in_the_way() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    world.sbis().hold();
    anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    let card = "ООО «Чайка» ИНН 1215107651 КПП 121501001 other@example.com";
    oleg.asks(card, "Куда приглашаем").await;
    oleg.presses("СБИС").await;
    oleg.sees("Код офиса").await;
    oleg.presses("Без кода").await;
    oleg.sees("У этого получателя уже есть приглашение").await;
    oleg.presses("Открыть №1").await;
    oleg.sees("Автор: Анна").await;
    world.sbis().release();
    anna.sees_of(1, "принято").await;
    world.exactly(1, Sbis);
}

#[tokio::test]
async fn a_repeat_is_barred_by_another_letter_to_the_same_client() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    for _ in 0..4 {
        let busy = stand_ins::providers::Reply::json(429, &serde_json::Value::Null);
        world.invoicebox().answers_next(stand_ins::providers::Scripted::Answer(busy));
    }
    let first = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let not_sent = anna.sees_of(first, "не отправлено").await;
    world.invoicebox().hold();
    let second = boris.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(5).await;
    let toast = anna.presses_on(&not_sent, "Попробовать ещё раз").await;
    assert_eq!(toast, "Этого получателя сейчас приглашает ваш коллега. Не отправляю.");
    world.invoicebox().release();
    boris.sees_of(second, "принято").await;
    world.exactly(5, Invoicebox);
    assert_eq!(world.state(first).await, "not_sent");
}
