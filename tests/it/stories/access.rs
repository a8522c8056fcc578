//! Access is taken away at any moment, and from that moment on it is gone: for the buttons, for
//! the queue, for what the person is told.

use invite_bot::domain::Provider::Invoicebox;
use stand_ins::providers::Scripted;
use stand_ins::telegram::Command;

use crate::support::people::{Client, data};
use crate::support::world::{BotSettings, World};

const NEUTRAL: &str = "🔒 Это рабочий бот. Доступ выдаёт администратор.";

fn names(commands: &[Command]) -> Vec<&str> {
    commands.iter().map(|command| command.command.as_str()).collect()
}

/// Анна confirmed, the provider cannot be reached, and Олег takes her access away.
async fn revoked_in_between(world: &World) -> i64 {
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().go_down().await;
    let number = anna.confirms().await;
    anna.sees_of(number, "Нет связи").await;
    let told = oleg.asks("/revoke 100000002", "Доступ отозван").await;
    assert!(
        told.text.contains(&format!("Ждут вашего решения, не отправлены: №{number}")),
        "{}",
        told.text
    );
    assert_eq!(world.state(number).await, "held");
    world.invoicebox().come_up().await.unwrap();
    number
}

#[tokio::test]
async fn an_invitation_of_somebody_revoked_waits_for_an_admin() {
    let world = World::with(BotSettings::in_earnest()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = revoked_in_between(&world).await;
    anna.sees("Доступ закрыт").await;
    let status = anna.sees_of(number, "Нет связи").await;
    assert!(anna.asks("Что случилось?", NEUTRAL).await.text.starts_with(NEUTRAL));
    assert_eq!(anna.presses_on(&status, "Не отправлять").await, "Доступ выдаёт администратор.");
    assert_eq!(world.state(number).await, "held");

    let card = oleg.asks("/status 1", "№1 · Invoicebox · в очереди").await;
    assert!(card.text.contains("Автор: Анна"), "{}", card.text);
    assert!(card.text.contains("доступ автора отзывали"), "{}", card.text);
    world.exactly(0, Invoicebox);
    assert_eq!(
        oleg.presses_on(&card, "▶️ Отправить").await,
        "№1: отправляю. Итог — на карточке и в /status."
    );
    world.invoicebox().wait_received(1).await;
    world.everything().await;
    assert_eq!(world.state(number).await, "accepted");
    oleg.asks("/status 1", "№1 · Invoicebox · принято").await;
    world.exactly(1, Invoicebox);
    assert_eq!(anna.again(&status), status, "she learns nothing more");
}

#[tokio::test]
async fn an_admin_calls_off_what_somebody_revoked_had_confirmed() {
    let world = World::with(BotSettings::in_earnest()).await;
    let oleg = world.oleg();
    let number = revoked_in_between(&world).await;
    oleg.asks("/status 1", "№1 · Invoicebox · в очереди").await;
    oleg.presses("Не отправлять").await;
    oleg.sees("№1 · Invoicebox · не отправлено").await;
    assert_eq!(world.state(number).await, "cancelled");

    let own = oleg.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    oleg.sees_of(own, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_held_invitation_waits_through_a_restart() {
    let mut world = World::with(BotSettings::in_earnest()).await;
    let number = revoked_in_between(&world).await;
    world.restarts().await;
    let oleg = world.oleg();
    let own = oleg.invites(&Client::of_invoicebox("own@example.com")).await;
    oleg.sees_of(own, "принято").await;
    assert_eq!(world.state(number).await, "held");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn access_given_again_works_again_and_the_held_one_still_waits_for_the_admin() {
    let world = World::with(BotSettings::in_earnest()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = revoked_in_between(&world).await;
    oleg.asks("/allow 100000002", "Доступ открыт: Анна").await;
    anna.sees("Вам открыт доступ, роль: сотрудник").await;
    let other = anna.invites(&Client::of_invoicebox("other@example.com")).await;
    anna.sees_of(other, "принято").await;
    assert_eq!(world.state(number).await, "held");
    world.exactly(1, Invoicebox);
    anna.asks("/status 1", "№1 · Invoicebox · в очереди").await;
}

#[tokio::test]
async fn old_buttons_of_somebody_revoked_do_nothing() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let summary = anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    anna.sees("Доступ закрыт").await;
    assert_eq!(world.rows("SELECT body FROM drafts").await.len(), 0, "her draft is closed");
    let before = world.everything().await;
    for button in summary.buttons.iter().flatten() {
        let toast = anna.forges(summary.id, &data(&summary, &button.label)).await;
        assert_eq!(toast, "Доступ выдаёт администратор.", "{}", button.label);
    }
    world.unchanged(&before).await;
    world.exactly(0, Invoicebox);
}

#[tokio::test]
async fn a_letter_under_way_at_the_moment_of_revoking_is_recorded_and_not_repeated() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    world.invoicebox().hold();
    let accepted = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    let throttled = anna.invites(&Client::of_invoicebox("throttled@demo.test")).await;
    world.invoicebox().wait_received(2).await;
    let shown =
        [anna.sees_of(accepted, "отправляю").await, anna.sees_of(throttled, "отправляю").await];
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    world.invoicebox().release();
    let own = oleg.invites(&Client::of_invoicebox("own@example.com")).await;
    oleg.sees_of(own, "принято").await;
    world.everything().await;
    assert_eq!(world.state(accepted).await, "accepted");
    assert_eq!(world.state(throttled).await, "held", "its further attempts need an admin");
    world.exactly(3, Invoicebox);
    for message in shown {
        assert_eq!(anna.again(&message), message);
    }
}

#[tokio::test]
async fn a_doubt_left_by_somebody_revoked_is_for_the_admins_to_settle() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    world.invoicebox().wait_received(1).await;
    let status = anna.sees_of(number, "отправляю").await;
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    let told = oleg.sees_of(number, "неизвестно").await;
    assert!(told.text.contains("Автор без доступа: Анна. Решать вам."), "{}", told.text);
    assert_eq!(anna.again(&status), status);
    oleg.presses_on(&told, "Письма нет").await;
    world.becomes(number, "confirmed_not_sent").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn doubts_from_before_are_named_when_the_access_is_revoked() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    anna.sees_of(number, "неизвестно").await;
    let told =
        oleg.asks("/revoke 100000002", "Итог неизвестен, спросите клиента и отметьте: №1").await;
    oleg.presses_on(&told, "№1").await;
    oleg.sees("№1 · Invoicebox · неизвестно").await;
    oleg.presses("Письмо дошло").await;
    oleg.sees("№1 · Invoicebox · принято").await;
}

#[tokio::test]
async fn a_refused_key_and_a_revoked_author_wait_for_two_words_of_an_admin() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("key@demo.test")).await;
    let notice = oleg.sees("не подходит ключ").await;
    oleg.asks("/revoke 100000002", "Ждут вашего решения").await;
    oleg.presses_on(&notice, "Возобновить").await;
    let own = oleg.invites(&Client::of_invoicebox("own@example.com")).await;
    oleg.sees_of(own, "принято").await;
    assert_eq!(world.state(number).await, "held");
    world.exactly(2, Invoicebox);
}

#[tokio::test]
async fn the_menu_follows_the_role() {
    const STAFF: [&str; 5] = ["start", "invite", "status", "cancel", "help"];
    let world = World::new().await;
    let (anna, oleg, stranger) = (world.anna(), world.oleg(), world.stranger());
    for person in [&anna, &oleg, &stranger] {
        person.asks("/start", "").await;
    }
    let menu = |person: &crate::support::people::Someone| world.telegram.commands(&person.person);
    anna.asks("/help", "/invite").await;
    oleg.asks("/help", "/invite").await;
    assert_eq!(names(&menu(&anna)), STAFF);
    assert_eq!(
        names(&menu(&oleg)),
        [&STAFF[..], &["report", "staff", "allow", "link", "revoke", "stoplist"]].concat()
    );
    assert_eq!(names(&menu(&stranger)), ["start"]);

    let follows = async |word: &str, expected: &[&str]| {
        oleg.asks(word, "").await;
        // The menu is published after the words are shown.
        oleg.asks("/help", "/invite").await;
        assert_eq!(names(&menu(&anna)), expected, "{word}");
    };
    follows("/revoke 100000002", &["start"]).await;
    follows("/allow 100000002", &STAFF).await;
    oleg.makes_admin("/allow 100000002 админ").await;
    follows(
        "/staff",
        &[&STAFF[..], &["report", "staff", "allow", "link", "revoke", "stoplist"]].concat(),
    )
    .await;
    follows("/allow 100000002 сотрудник", &STAFF).await;
}

#[tokio::test]
async fn somebody_revoked_while_typing_gets_the_neutral_answer_to_the_next_word() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    assert!(anna.asks("iam@mail.ru", NEUTRAL).await.text.starts_with(NEUTRAL));
    for command in ["/start", "/status", "/invite"] {
        anna.says(command);
    }
    world.logs_times(4, "a message of somebody who is not on the list").await;
    assert_eq!(anna.heard(NEUTRAL).len(), 1, "and nothing more");
    world.invoicebox().answers_next(Scripted::Accept);
    world.exactly(0, Invoicebox);
}
