//! What one may not do alone is asked of those who may: one card in each of their chats, one decision.

use invite_bot::domain::{Limits, OfficeRules, Provider, RepeatPolicy};
use invite_bot::screens::requests::{ASKED, ASKED_ALREADY, DECIDED_BY_OTHERS, NOBODY};
use stand_ins::telegram::{Message, Person};

use crate::support::people::{Client, Someone};
use crate::support::wait::until;
use crate::support::world::{BotSettings, World};

const ASK_FOR_ACCESS: &str = "Запросить доступ";

/// Ирина, a second admin.
async fn irina(world: &World) -> Someone {
    let (oleg, irina) = (world.oleg(), world.person(Person::new(1040, "Ирина")));
    oleg.asks("/start", "Здравствуйте").await;
    irina.asks("/start", "Доступ выдаёт администратор").await;
    oleg.asks("/allow 1040 Ирина", "Доступ открыт: Ирина").await;
    oleg.makes_admin("/allow 1040 админ").await;
    irina.sees("Ваша роль теперь: админ").await;
    irina
}

fn pyotr(world: &World) -> Someone {
    let pyotr = Person { username: Some("pyotr_s".to_owned()), ..Person::new(1020, "Пётр") };
    world.person(pyotr)
}

async fn asks_for_access(who: &Someone) {
    let told = who.asks("/start", "Доступ выдаёт администратор").await;
    assert_eq!(who.presses_on(&told, ASK_FOR_ACCESS).await, ASKED);
}

/// Lets what was asked lie so many hours further back.
async fn hours_pass(world: &World, hours: i64) {
    let ms = hours * 3_600_000;
    let older = format!(
        "DROP TRIGGER IF EXISTS request_is_decided_once; UPDATE requests SET at = at - {ms};"
    );
    world.changes(&older).await;
}

/// Fills in an address for Invoicebox; the screen that follows.
async fn types(who: &Someone, email: &str, part: &str) -> Message {
    who.asks("/invite", "Куда приглашаем").await;
    who.presses("Invoicebox").await;
    who.sees("На какой e-mail").await;
    who.asks(email, part).await
}

fn with_limit(person_day: u32) -> BotSettings {
    let limits = Limits { person_day, ..Limits::NONE };
    BotSettings::under(OfficeRules { limits, ..OfficeRules::default() })
}

#[tokio::test]
async fn oleg_and_irina_both_let_pyotr_in_and_one_of_them_is_told_that_it_was_done() {
    let world = World::new().await;
    let (oleg, irina, pyotr) = (world.oleg(), irina(&world).await, pyotr(&world));
    asks_for_access(&pyotr).await;
    let card = oleg.sees("Запрос доступа").await;
    assert!(card.text.contains("Пётр · @pyotr_s · id 1020"), "{}", card.text);
    let copy = irina.sees("Запрос доступа").await;
    assert_eq!(oleg.presses_on(&card, "Сотрудник").await, "");
    oleg.sees("доступ открыт. Решение: Олег").await;
    pyotr.sees("Вам открыт доступ, роль: сотрудник").await;
    pyotr.asks("/start", "Здравствуйте, Пётр").await;

    // Her copy is locked, and a press that was under way is answered.
    let locked = irina.sees("доступ открыт. Решение: Олег").await;
    assert_eq!((locked.id, locked.labels().len()), (copy.id, 0));
    let told = irina.forges(copy.id, "q:k:1:staff").await;
    assert!(told.starts_with("Уже решено: Олег"), "{told}");
    assert_eq!(
        world.rows("SELECT state || ' ' || decided_by FROM requests").await,
        [format!("granted {}", oleg.person.id)]
    );
}

#[tokio::test]
async fn a_second_request_waits_for_nothing_new_and_a_refusal_is_told() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    oleg.asks("/start", "Здравствуйте").await;
    asks_for_access(&pyotr).await;
    assert_eq!(pyotr.presses(ASK_FOR_ACCESS).await, ASKED_ALREADY);
    oleg.sees("Запрос доступа").await;
    oleg.presses("Отказать").await;
    pyotr.sees("В доступе отказано").await;
    let told = pyotr.presses(ASK_FOR_ACCESS).await;
    assert!(told.starts_with("Вам отказали. Попросить снова можно"), "{told}");
    assert_eq!(world.rows("SELECT state FROM requests").await, ["refused"]);
}

#[tokio::test]
async fn who_was_shut_out_asks_no_more_until_an_admin_lets_them() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    oleg.asks("/start", "Здравствуйте").await;
    asks_for_access(&pyotr).await;
    oleg.sees("Запрос доступа").await;
    oleg.presses("Блокировать").await;
    oleg.sees("больше не может просить").await;
    assert_eq!(pyotr.presses(ASK_FOR_ACCESS).await, "Доступ выдаёт администратор.");
    oleg.asks("/staff", "Сотрудники").await;
    oleg.presses("Запросы").await;
    oleg.sees("Пётр · заблокирован").await;
    oleg.presses("↩️ Пётр").await;
    oleg.sees("Никто ни о чём не просит").await;
    assert_eq!(pyotr.presses(ASK_FOR_ACCESS).await, ASKED);
}

#[tokio::test]
async fn a_senior_lets_in_staff_and_makes_no_admins() {
    let world = World::new().await;
    let (oleg, vera) = (world.oleg(), world.person(Person::new(1030, "Вера")));
    vera.asks("/start", "Доступ выдаёт администратор").await;
    oleg.asks("/allow 1030 Вера старший", "Доступ открыт: Вера").await;
    vera.sees("Вам открыт доступ").await;
    let pyotr = pyotr(&world);
    asks_for_access(&pyotr).await;
    let card = vera.sees("Запрос доступа").await;
    vera.presses_on(&card, "Другая роль").await;
    let roles = vera.sees("Какую роль дать?").await;
    assert_eq!(roles.labels(), ["✅ сотрудник", "✅ наблюдатель", "◀️ Назад"]);
    assert_eq!(vera.forges(roles.id, "q:k:1:admin").await, DECIDED_BY_OTHERS);
    vera.presses_on(&roles, "наблюдатель").await;
    pyotr.sees("Вам открыт доступ, роль: наблюдатель").await;
}

#[tokio::test]
async fn ten_more_for_today_when_the_limit_is_used_up() {
    let world = World::with(with_limit(1)).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("a@romashka.ru")).await;
    anna.sees_of(number, "принято").await;
    let full = types(&anna, "iam@mail.ru", "Лимит на сегодня исчерпан").await;
    assert_eq!(anna.presses_on(&full, "Попросить").await, ASKED);
    let card = oleg.sees("Анна просит поднять лимит").await;
    assert!(card.text.contains("iam@mail.ru"), "{}", card.text);
    oleg.presses_on(&card, "+10").await;
    anna.sees("Олег: ещё 10 приглашений на сегодня").await;
    anna.presses_on(&full, "Проверить ещё раз").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    anna.asks("/start", "2 приглашения из 11").await;
    world.exactly(2, Provider::Invoicebox);
}

#[tokio::test]
async fn one_more_letter_to_a_recipient_who_had_enough() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let client = Client::of_invoicebox("iam@mail.ru");
    let number = anna.invites(&client).await;
    anna.sees_of(number, "принято").await;
    let number = anna.invites(&client).await;
    anna.sees_of(number, "принято").await;
    types(&anna, "iam@mail.ru", "уже приглашали").await;
    anna.presses("Всё равно").await;
    let too_soon = anna.sees("Следующий можно с").await;
    assert!(too_soon.button("Отправить").is_none(), "{}", too_soon.transcript());
    assert_eq!(anna.presses_on(&too_soon, "Попросить").await, ASKED);
    let card = oleg.sees("Анна просит разрешить повтор").await;
    oleg.presses_on(&card, "Разрешить").await;
    anna.sees("можно отправить ещё одно письмо").await;
    anna.presses("К черновику").await;
    anna.presses("Продолжить").await;
    anna.sees("Вам разрешили отправить ещё одно").await;
    anna.presses("Отправить сверх правила").await;
    world.becomes(3, "accepted").await;
    world.exactly(3, Provider::Invoicebox);
    world.has("SELECT 'used' FROM requests WHERE used_at IS NOT NULL").await;
}

#[tokio::test]
async fn a_repeat_that_only_an_admin_may_send_is_asked_for() {
    let rules = OfficeRules { repeat: RepeatPolicy::Block, ..OfficeRules::default() };
    let world = World::with(BotSettings::under(rules)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let barred = types(&boris, "iam@mail.ru", "может отправить только админ").await;
    assert_eq!(boris.presses_on(&barred, "Попросить").await, ASKED);
    oleg.sees("Борис просит разрешить повтор").await;
    oleg.presses("Разрешить").await;
    boris.sees("Олег: этому получателю можно").await;
    boris.presses("К черновику").await;
    boris.presses("Продолжить").await;
    boris.presses("Всё равно").await;
    boris.sees("Проверьте перед отправкой").await;
    let number = boris.confirms().await;
    boris.sees_of(number, "принято").await;
    world.exactly(2, Provider::Invoicebox);
}

#[tokio::test]
async fn a_barred_recipient_comes_off_the_stop_list_with_the_decision() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/stoplist romashka.ru", "Внесено").await;
    let barred = types(&anna, "a@romashka.ru", "просили не писать").await;
    assert_eq!(anna.presses_on(&barred, "Попросить").await, ASKED);
    oleg.sees("просит убрать запись из стоп-листа").await;
    oleg.presses("Убрать из стоп-листа").await;
    anna.sees("Олег: запись убрана из стоп-листа").await;
    assert_eq!(
        world.rows("SELECT 'off' FROM stoplist WHERE removed_at IS NOT NULL").await,
        ["off"]
    );
}

#[tokio::test]
async fn where_nobody_may_decide_the_asker_is_told_at_once() {
    let world = World::with(with_limit(1)).await;
    let oleg = world.oleg();
    let number = oleg.invites(&Client::of_invoicebox("a@romashka.ru")).await;
    oleg.sees_of(number, "принято").await;
    let full = types(&oleg, "b@mail.ru", "Лимит на сегодня исчерпан").await;
    assert!(full.button("Попросить").is_none(), "he sets limits himself");
    assert_eq!(oleg.forges(full.id, "q:q:l").await, NOBODY);
    assert_eq!(world.rows("SELECT id || '' FROM requests").await, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_answers_for_three_days_and_the_asker_is_told() {
    let mut settings = with_limit(1);
    settings.reminders.every = std::time::Duration::from_millis(50);
    let mut world = World::with(settings).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("a@romashka.ru")).await;
    anna.sees_of(number, "принято").await;
    let full = types(&anna, "b@mail.ru", "Лимит на сегодня исчерпан").await;
    assert_eq!(anna.presses_on(&full, "Попросить").await, ASKED);
    let card = oleg.sees("просит поднять лимит").await;
    world.restarts().await;
    hours_pass(&world, 25).await;
    let reminded = async || oleg.heard("просит поднять лимит").len() == 2;
    assert!(until(reminded).await);
    let again = oleg.heard("просит поднять лимит").pop().unwrap();
    hours_pass(&world, 48).await;
    anna.sees("никто не ответил за трое суток").await;
    oleg.sees("истекло без ответа").await;
    for copy in [&card, &again] {
        assert!(until(async || oleg.again(copy).text.contains("истекло")).await);
    }
    assert!(oleg.forges(again.id, "q:l:1:10").await.starts_with("Запрос уже не ждёт"));
}

#[tokio::test]
async fn strangers_who_may_not_ask_see_no_button() {
    let rules = OfficeRules { access_requests: false, ..OfficeRules::default() };
    let world = World::with(BotSettings::under(rules)).await;
    let pyotr = pyotr(&world);
    let told = pyotr.asks("/start", "Доступ выдаёт администратор").await;
    assert!(told.button(ASK_FOR_ACCESS).is_none() && told.text.contains("1020"));
    assert_eq!(pyotr.forges(told.id, "q:q:a").await, "Доступ выдаёт администратор.");
    assert_eq!(world.rows("SELECT id || '' FROM requests").await, Vec::<String>::new());
}
