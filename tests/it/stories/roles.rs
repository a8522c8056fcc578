//! Four roles: who only looks, who invites, who helps the team, and who runs it.

use invite_bot::domain::Provider;
use invite_bot::domain::Provider::Invoicebox;
use invite_bot::screens::UNKNOWN_PRESS;
use stand_ins::telegram::{Command, Person};

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

/// Вера, whom Олег lets in.
async fn vera(world: &World, role: &str) -> Someone {
    let (oleg, vera) = (world.oleg(), world.person(Person::new(1030, "Вера")));
    vera.asks("/start", "Доступ выдаёт администратор").await;
    oleg.asks(&format!("/allow 1030 Вера {role}"), "Доступ открыт: Вера").await;
    vera.sees(&format!("Вам открыт доступ, роль: {role}")).await;
    vera
}

fn names(commands: &[Command]) -> Vec<&str> {
    commands.iter().map(|command| command.command.as_str()).collect()
}

fn nothing_left(world: &World) {
    for provider in Provider::ALL {
        world.exactly(0, provider);
    }
}

#[tokio::test]
async fn an_observer_sees_all_and_sends_nothing_by_any_path() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let vera = vera(&world, "наблюдатель").await;
    let home = vera.asks("/start", "сами не отправляете").await;
    assert!(home.button("Пригласить").is_none() && home.button("Сотрудники").is_none());
    assert_eq!(
        names(&world.telegram.commands(&vera.person)),
        ["start", "status", "help", "report"]
    );

    // A card that staff would begin an invitation with is looked for.
    let before = world.everything().await;
    let card = vera.asks("iam@mail.ru", "№1 · Invoicebox · принято").await;
    assert!(card.button("Повторить").is_none(), "{card:?}");
    assert!(card.button("Просил не писать").is_none(), "{card:?}");
    vera.asks("ООО «Ромашка», ИНН 1215107651, КПП 121501001, a@b.ru", "").await;
    for words in ["/invite iam@mail.ru", "/allow 1031 Глеб", "/revoke 100000002", "/staff"] {
        vera.asks(words, "Такой команды нет").await;
    }
    vera.asks("/start n_1215107651_121501001", "сами не отправляете").await;
    assert_eq!(vera.forges(card.id, "i").await, UNKNOWN_PRESS);
    world.unchanged(&before).await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn who_only_looks_from_now_on_sends_no_draft_of_before() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let summary = anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    oleg.asks("/allow 100000002 наблюдатель", "Роль изменена").await;
    anna.sees("Ваша роль теперь: наблюдатель").await;
    assert_eq!(anna.presses_on(&summary, "Отправить").await, UNKNOWN_PRESS);
    nothing_left(&world);
}

#[tokio::test]
async fn a_senior_settles_what_a_colleague_left_unknown() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    anna.sees_of(number, "неизвестно").await;
    let vera = vera(&world, "старший").await;
    vera.asks("/status 1", "Автор: Анна").await;
    vera.presses("Письма нет").await;
    world.becomes(number, "confirmed_not_sent").await;
    anna.sees_of(number, "Вера").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_senior_reads_who_is_on_the_list_and_changes_nobody() {
    let world = World::new().await;
    world.anna().asks("/start", "Здравствуйте").await;
    let vera = vera(&world, "старший").await;
    let before = world.everything().await;
    let list = vera.asks("/staff", "⭐️ Вера").await;
    assert!(!list.text.contains("/allow"), "{}", list.text);
    vera.presses_on(&list, "Анна").await;
    let card = vera.sees("Анна").await;
    for label in ["Роль", "Лимит", "Отозвать"] {
        assert!(card.button(label).is_none(), "{label}");
    }
    vera.asks("/revoke 100000002", "Такой команды нет").await;
    world.unchanged(&before).await;
    vera.asks("/stoplist nobody.example просили", "Внесено в стоп-лист").await;
    world.has("SELECT value FROM stoplist WHERE value = 'nobody.example'").await;
}

#[tokio::test]
async fn access_that_was_given_for_a_week_ends_by_itself() {
    let mut settings = BotSettings::default();
    settings.reminders.every = std::time::Duration::from_millis(50);
    let world = World::with(settings).await;
    let (oleg, vera) = (world.oleg(), vera(&world, "сотрудник").await);
    let list = oleg.asks("/staff", "Вера").await;
    oleg.presses_on(&list, "Вера").await;
    oleg.presses("Доступ до").await;
    oleg.sees("без срока").await;
    oleg.presses("Неделя").await;
    oleg.sees("Доступ до: ").await;
    let home = vera.asks("/start", "Здравствуйте, Вера").await;
    world.changes("UPDATE people SET access_until = 1 WHERE access_until IS NOT NULL").await;
    vera.sees("Доступ закрыт").await;
    oleg.sees("Срок доступа вышел: Вера").await;
    assert_eq!(vera.presses_on(&home, "Статус").await, "Доступ выдаёт администратор.");
    world.has("SELECT action FROM journal WHERE action = 'until'").await;
    world.has("SELECT action FROM journal WHERE action = 'revoke' AND actor IS NULL").await;
}
