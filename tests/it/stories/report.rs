//! The head of sales looks at the week.

use stand_ins::telegram::Person;

use crate::support::people::Client;
use crate::support::world::{BotSettings, World};

#[tokio::test]
async fn irina_sees_who_sent_what_and_what_came_of_it() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    for email in ["a@romashka.ru", "b@romashka.ru"] {
        let number = anna.invites(&Client::of_invoicebox(email)).await;
        anna.sees_of(number, "принято").await;
    }
    let number = boris.invites(&Client::of_invoicebox("slow@demo.test")).await;
    boris.sees_of(number, "неизвестно").await;
    let number = boris.invites(&Client::of_sbis("c@romashka.ru")).await;
    boris.sees_of(number, "принято").await;

    let irina = world.person(Person::new(1040, "Ирина"));
    irina.asks("/start", "Доступ выдаёт администратор").await;
    oleg.asks("/allow 1040 Ирина наблюдатель", "Доступ открыт").await;
    irina.sees("Вам открыт доступ").await;
    let home = irina.asks("/start", "Здравствуйте, Ирина").await;
    irina.presses_on(&home, "Отчёт").await;
    let week = irina.sees("📊 Неделя").await;
    assert!(week.text.contains("Отправлено 4 · приняты 3 · неизвестно 1"), "{}", week.text);
    assert!(week.text.contains("Анна 2 → 2 · Борис 2 → 1"), "{}", week.text);
    assert!(week.text.contains("Invoicebox 3 → 2 · СБИС 1 → 1"), "{}", week.text);
    assert!(!week.text.contains("romashka"), "no client is named: {}", week.text);

    // What lies further back is another period.
    let older = "DROP TRIGGER invitation_keeps_its_data;
                 UPDATE invitations SET created_at = created_at - 20 * 86400000 WHERE number = 1;";
    world.changes(older).await;
    irina.presses_on(&week, "Сегодня").await;
    irina.sees("Отправлено 3").await;
    irina.presses_on(&week, "Месяц").await;
    irina.sees("Отправлено 4").await;
    irina.asks("/report 01.01.2020", "Приглашений не было").await;
    irina.asks("/report вчера", "Не понял период").await;
    irina.asks("/report 24.11-01.11", "Первый день позже последнего").await;
}

#[tokio::test]
async fn staff_have_no_report() {
    let world = World::new().await;
    let anna = world.anna();
    let home = anna.asks("/start", "Здравствуйте").await;
    assert!(home.button("Отчёт").is_none());
    anna.asks("/report", "Такой команды нет").await;
}
