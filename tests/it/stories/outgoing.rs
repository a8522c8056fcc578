//! Telegram at its worst, on the way out: flood limits of one chat, pages of gateways instead of
//! answers, answers that never come. Nothing that people have to know is lost, nothing is told
//! twice, and nobody waits for somebody else's chat.

use std::time::{Duration, Instant};

use invite_bot::domain::Provider::Invoicebox;
use stand_ins::telegram::{Fault, Message};

use crate::support::people::{Client, Someone};
use crate::support::wait::until;
use crate::support::world::World;

/// Longer than the bot waits for a limit with a screen in its hand.
const LONG: u32 = 7;

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// How many messages of the bot say this now.
fn count(person: &Someone, part: &str) -> usize {
    person.heard(part).len()
}

/// Waits until a request with these words was answered otherwise than well.
async fn is_refused(world: &World, words: &str) {
    let refused = || {
        let requests = world.telegram.requests();
        requests.iter().any(|it| it.answer["ok"] != true && it.params.to_string().contains(words))
    };
    let refused = until(async || refused()).await;
    assert!(refused, "no request with «{words}» was refused: {:?}", world.telegram.requests());
}

/// An invitation of Анна that is at the provider.
async fn one_under_way(world: &World, anna: &Someone) -> (i64, Message) {
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let card = anna.sees_of(number, "отправляю").await;
    world.invoicebox().wait_received(1).await;
    world.settles().await;
    (number, card)
}

/// Where the machine is too busy for a limit of one length, it is tried with a longer one.
async fn holds_up_nobody_else(is_in_time: impl AsyncFn(u32) -> bool) {
    for limit in [LONG, 3 * LONG, 9 * LONG] {
        if is_in_time(limit).await {
            return;
        }
    }
    panic!("Борис waited");
}

#[tokio::test]
async fn a_limit_of_one_chat_is_obeyed_to_the_second_and_holds_up_nobody_else() {
    holds_up_nobody_else(a_limit_of_one_chat).await;
}

async fn a_limit_of_one_chat(limit: u32) -> bool {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let (number, card) = one_under_way(&world, &anna).await;
    let since = Instant::now();
    world.telegram.limits(&anna.person, limit);
    world.invoicebox().release();
    is_refused(&world, "принято").await;

    boris.asks("/start", "Здравствуйте").await;
    let of_boris = boris.invites(&Client::of_invoicebox("other@example.com")).await;
    boris.sees_of(of_boris, "принято").await;
    let is_in_time = since.elapsed() < seconds(limit);
    assert!(!is_in_time || anna.again(&card) == card, "Анна does not see it yet");

    // That the bot asked too early would be a refusal.
    let told = anna.sees_of(number, "принято").await;
    assert!(since.elapsed() >= seconds(limit), "{:?}", since.elapsed());
    assert!(since.elapsed() < seconds(limit + 30), "Анна waited too long: {:?}", since.elapsed());
    assert_eq!((told.id, count(&anna, "принято")), (card.id, 1));
    world.exactly(2, Invoicebox);
    is_in_time
}

#[tokio::test]
async fn what_is_asked_under_a_long_limit_is_answered_when_it_is_over_and_once() {
    holds_up_nobody_else(what_is_asked_under_a_long_limit).await;
}

async fn what_is_asked_under_a_long_limit(limit: u32) -> bool {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    boris.asks("/start", "Здравствуйте").await;
    let since = Instant::now();
    world.telegram.limits(&anna.person, limit);
    anna.says("/status");
    is_refused(&world, "Пока пусто").await;
    anna.says("Спасибо!");
    boris.asks("/help", "Что значит итог").await;
    let is_in_time = since.elapsed() < seconds(limit);

    anna.sees("Пока пусто").await;
    assert!(since.elapsed() >= seconds(limit), "{:?}", since.elapsed());
    let card = anna.sees("Я перезапускался, или Telegram был недоступен").await;
    assert!(card.text.contains("iam@mail.ru"), "{}", card.text);
    world.settles().await;
    assert_eq!(count(&anna, "Пока пусто"), 1, "{}", anna.transcript());
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(world.exactly(1, Invoicebox)[0].email.as_deref(), Some("iam@mail.ru"));
    is_in_time
}

#[tokio::test]
async fn a_restart_under_a_limit_loses_nothing() {
    let mut world = World::new().await;
    let anna = world.anna();
    let (number, _) = one_under_way(&world, &anna).await;
    world.telegram.limits(&anna.person, LONG);
    anna.says("/status 1");
    is_refused(&world, "попытка 1: идёт").await;
    world.invoicebox().release();
    world.becomes(number, "accepted").await;
    world.crashes().await;
    world.starts().await;
    anna.sees_of(number, "принято").await;
    anna.sees("№1 · Invoicebox").await;
    world.settles().await;
    // The card stands far above what she asked since, so it rings too.
    assert_eq!((count(&anna, "№1: принято"), anna.rung().len()), (2, 1), "{}", anna.transcript());
    assert_eq!(count(&anna, "№1 · Invoicebox"), 1, "{}", anna.transcript());
    // The new process learns of the limit by asking: once for each that wants to write there.
    let early = world.takes_refusals();
    assert!(early.len() <= 2 && early.iter().all(|it| it.contains("429")), "{early:?}");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn pages_of_a_gateway_instead_of_answers_lose_nothing_and_double_nothing() {
    let world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    let newcomer = world.stranger();
    newcomer.asks("/start", "Это рабочий бот").await;
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    boris.asks("/start", "Здравствуйте").await;
    boris.asks("/invite", "Куда приглашаем").await;
    boris.presses("Invoicebox").await;
    boris.sees("На какой e-mail").await;

    world.telegram.breaks(Fault::BadGateway);
    world.telegram.fails("getUpdates", 2, Fault::BadGateway);
    anna.taps("Отправить").await;
    boris.says("other@example.com");
    oleg.says(&format!("/allow {} Вера", newcomer.person.id));
    for done in [
        "SELECT state FROM invitations WHERE state = 'accepted'",
        "SELECT name FROM people WHERE name = 'Вера'",
        "SELECT body FROM drafts WHERE body LIKE '%reviewing%'",
    ] {
        world.has(done).await;
    }
    tokio::time::sleep(seconds(5)).await;
    assert_eq!(anna.heard("принято").len() + newcomer.heard("доступ").len(), 0);
    world.telegram.mends();

    anna.sees_of(1, "принято").await;
    oleg.sees("Доступ открыт: Вера").await;
    newcomer.sees("Вам открыт доступ").await;
    boris.sees("Проверьте перед отправкой").await;
    world.settles().await;
    for (person, part) in [
        (&anna, "№1: принято"),
        (&oleg, "Доступ открыт"),
        (&newcomer, "Вам открыт доступ"),
        (&boris, "Проверьте перед отправкой"),
    ] {
        assert_eq!(count(person, part), 1, "{}", person.transcript());
    }
    // A press lives for minutes only, and what happened stands in the message.
    world.forgets_presses();
    world.exactly(1, Invoicebox);
    boris.confirms().await;
    boris.sees_of(2, "принято").await;
}

#[tokio::test]
async fn an_answer_that_never_comes_holds_up_nobody_else_and_is_given_again() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    anna.asks("/start", "Здравствуйте").await;
    world.telegram.fails("sendMessage", 1, Fault::Hang);
    anna.says("/status");
    is_refused(&world, "Пока пусто").await;
    boris.asks("/start", "Здравствуйте").await;
    assert_eq!(count(&anna, "Пока пусто"), 0, "Борис waited");
    anna.sees("Пока пусто").await;
    world.settles().await;
    assert_eq!(count(&anna, "Пока пусто"), 1, "{}", anna.transcript());
}

#[tokio::test]
async fn a_status_that_hangs_holds_up_nobody_elses() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let (number, card) = one_under_way(&world, &anna).await;
    world.telegram.fails("editMessageText", 1, Fault::Hang);
    world.invoicebox().release();
    is_refused(&world, "принято").await;
    let of_boris = boris.invites(&Client::of_invoicebox("other@example.com")).await;
    boris.sees_of(of_boris, "принято").await;
    assert_eq!(anna.again(&card), card, "Борис waited");
    anna.sees_of(number, "принято").await;
}

#[tokio::test]
async fn admins_hear_of_a_pause_after_an_outage_and_a_crash_each_of_them_once() {
    let mut world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    oleg.makes_admin("/allow 1004 админ").await;
    boris.asks("/start", "Здравствуйте").await;
    anna.fills_in(&Client::of_invoicebox("key@demo.test")).await;
    world.settles().await;
    world.telegram.limits(&oleg.person, 3);
    anna.confirms().await;
    boris.sees("не подходит ключ").await;
    is_refused(&world, "не подходит ключ").await;
    // Who heard it is noted.
    world.has("SELECT 'yes' WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE person = 1004)").await;
    world.crashes().await;
    world.starts().await;
    oleg.sees("не подходит ключ").await;
    world.settles().await;
    assert_eq!((count(&oleg, "не подходит ключ"), count(&boris, "не подходит ключ")), (1, 1));
    world.takes_refusals();
}

#[tokio::test]
async fn who_lost_the_access_is_not_told_what_was_kept() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/start", "Здравствуйте").await;
    world.telegram.limits(&anna.person, LONG);
    anna.says("/status");
    is_refused(&world, "Пока пусто").await;
    oleg.asks(&format!("/revoke {}", anna.person.id), "Доступ отозван").await;
    anna.sees("Доступ закрыт").await;
    world.settles().await;
    assert_eq!(count(&anna, "Пока пусто"), 0, "{}", anna.transcript());
}

#[tokio::test]
async fn who_blocked_the_bot_keeps_nothing_waiting() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/start", "Здравствуйте").await;
    world.telegram.limits(&anna.person, LONG);
    anna.says("/status");
    is_refused(&world, "Пока пусто").await;
    world.telegram.blocks(&anna.person);
    oleg.asks("/start", "Здравствуйте").await;
    world.settles().await;
    let refusals = world.takes_refusals();
    assert!(refusals.iter().all(|it| it.contains("blocked")), "{refusals:?}");
}
