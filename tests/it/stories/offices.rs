//! The office code belongs to the person: an admin sets it, and the dialogue does not ask.

use invite_bot::demo::world::Plan;
use invite_bot::domain::OfficeCode;
use stand_ins::telegram::Message;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

/// Олег opens the card of Анна.
async fn opens_the_card(oleg: &Someone) -> Message {
    let list = oleg.asks("/staff", "Сотрудники").await;
    oleg.presses_on(&list, "Анна").await;
    oleg.sees("Код офиса СБИС: ").await
}

/// Олег gives Анна these codes.
async fn gives(oleg: &Someone, codes: &str) {
    let card = opens_the_card(oleg).await;
    oleg.presses_on(&card, "Код офиса").await;
    oleg.sees("С одним кодом о нём не спрашиваю").await;
    oleg.asks(codes, &format!("Код офиса СБИС: {codes}")).await;
}

async fn a_world() -> (World, Someone, Someone) {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    for person in [&anna, &oleg] {
        person.asks("/start", "Здравствуйте").await;
    }
    (world, anna, oleg)
}

/// Up to the office, or the summary.
async fn names_the_company(anna: &Someone) {
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks("1215107651/121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "На какой e-mail").await;
    anna.says("iam@mail.ru");
}

fn code_sent(world: &World) -> String {
    let received = world.sbis().received();
    let requisites = &received.last().unwrap().body["params"]["Реквизиты"]["d"];
    requisites["КодПартнера"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_code_is_shown_and_not_asked_for() {
    let (world, anna, oleg) = a_world().await;
    let before = world.journal().await.lines().count();
    gives(&oleg, "7710").await;
    anna.sees("Ваш код офиса СБИС теперь: 7710").await;
    let list = oleg.asks("/staff", "Сотрудники").await;
    assert!(list.text.contains("сотрудник · офис 7710\n"), "{}", list.text);
    names_the_company(&anna).await;
    let summary = anna.insists().await;
    assert!(summary.text.contains("Офис: 7710"), "{}", summary.text);
    assert!(summary.button("Офис").is_none(), "{}", summary.transcript());
    anna.presses("Назад").await;
    anna.sees("На какой e-mail").await;
    anna.presses("Оставить").await;
    anna.insists().await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(code_sent(&world), "7710");
    let journal = world.journal().await;
    assert_eq!(journal.lines().nth(before), Some("Олег office 100000002: — → 7710"));
}

#[tokio::test]
async fn of_several_codes_exactly_these_are_offered() {
    let (world, anna, oleg) = a_world().await;
    gives(&oleg, "7710, 7711").await;
    names_the_company(&anna).await;
    let asked = anna.sees("Выберите из своих").await;
    let labels: Vec<_> = asked.buttons[0].iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["7710", "7711"]);
    assert!(asked.button("Без кода").is_none(), "{}", asked.transcript());
    anna.asks("9999", "Этот код офиса вам не назначен").await;
    anna.presses("7711").await;
    anna.sees("Офис: 7711").await;
    anna.presses("Офис").await;
    anna.sees("Выберите из своих").await;
    anna.asks("7710", "Офис: 7710").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(code_sent(&world), "7710");
}

#[tokio::test]
async fn without_a_code_of_hers_anna_is_asked_as_ever() {
    let (world, anna, oleg) = a_world().await;
    gives(&oleg, "7710").await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Код офиса").await;
    // Keeping them comes first, and taking them away is asked about.
    let asked = oleg.sees("С одним кодом").await;
    assert_eq!(asked.labels()[0], "✅ Оставить 7710");
    oleg.presses_on(&card, "Без кода").await;
    oleg.sees("Убрать и оставить без кода?").await;
    assert!(opens_the_card(&oleg).await.text.contains("Код офиса СБИС: 7710"));
    oleg.presses("Код офиса").await;
    oleg.sees("С одним кодом").await;
    oleg.presses("Без кода").await;
    oleg.presses("Да, убрать").await;
    oleg.sees("Код офиса СБИС: не задан").await;
    anna.sees("вам больше не назначен").await;
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    assert_eq!(code_sent(&world), "7705", "the typed one");
}

#[tokio::test]
async fn a_code_that_is_changed_meanwhile_is_not_sent() {
    let (world, anna, oleg) = a_world().await;
    gives(&oleg, "7710").await;
    names_the_company(&anna).await;
    let summary = anna.sees("Офис: 7710").await;
    gives(&oleg, "7711").await;
    let toast = anna.presses_on(&summary, "Отправить").await;
    assert!(toast.contains("Админ изменил ваши коды офиса"), "{toast}");
    anna.sees("Офис: 7711").await;
    assert_eq!(world.calls(invite_bot::domain::Provider::Sbis), 0);
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(code_sent(&world), "7711");
}

#[tokio::test]
async fn a_code_that_is_taken_away_meanwhile_is_not_sent() {
    let (world, anna, oleg) = a_world().await;
    gives(&oleg, "7710").await;
    names_the_company(&anna).await;
    let summary = anna.sees("Офис: 7710").await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Код офиса").await;
    oleg.sees("С одним кодом").await;
    oleg.presses_on(&card, "Без кода").await;
    oleg.presses_on(&card, "Да, убрать").await;
    oleg.sees("Код офиса СБИС: не задан").await;
    let toast = anna.presses_on(&summary, "Отправить").await;
    assert!(toast.contains("Админ изменил ваши коды офиса"), "{toast}");
    anna.sees("Код офиса").await;
    assert_eq!(world.calls(invite_bot::domain::Provider::Sbis), 0);
}

#[tokio::test]
async fn what_was_sent_with_another_code_is_repeated_with_the_present_one() {
    let (world, anna, oleg) = a_world().await;
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    gives(&oleg, "7710").await;
    let card = anna.asks("/status 1", "№1 · ").await;
    anna.presses_on(&card, "Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses("Как есть").await;
    anna.sees("Офис: 7710").await;
    let again = anna.confirms().await;
    anna.sees_of(again, "принято").await;
    assert_eq!(code_sent(&world), "7710");
}

#[tokio::test]
async fn an_admin_with_a_code_may_use_another_and_that_is_written_down() {
    let (world, _, oleg) = a_world().await;
    let list = oleg.asks("/staff", "Сотрудники").await;
    oleg.presses_on(&list, "Олег").await;
    let card = oleg.sees("из настроек сервера").await;
    assert!(card.button("Отозвать").is_none() && card.button("Роль").is_none());
    oleg.presses_on(&card, "Код офиса").await;
    oleg.sees("С одним кодом").await;
    oleg.asks("7710", "Код офиса СБИС: 7710").await;
    names_the_company(&oleg).await;
    oleg.sees("Офис: 7710").await;
    oleg.presses("Офис").await;
    oleg.sees("Код офиса").await;
    oleg.asks("0042", "Офис: 0042").await;
    let number = oleg.confirms().await;
    oleg.sees_of(number, "принято").await;
    assert_eq!(code_sent(&world), "0042");
    let journal = world.journal().await;
    assert!(journal.contains("Олег override №1: — → office"), "{journal}");
}

#[tokio::test]
async fn a_slip_of_the_admin_changes_nothing_and_the_draft_beneath_survives() {
    let (world, _, oleg) = a_world().await;
    oleg.asks("/invite", "Куда приглашаем").await;
    oleg.presses("Invoicebox").await;
    oleg.sees("На какой e-mail").await;
    oleg.asks("draft@example.com", "Проверьте перед отправкой").await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Код офиса").await;
    oleg.sees("С одним кодом").await;
    for wrong in ["77", "7705 и 7706", "код", ""] {
        if !wrong.is_empty() {
            oleg.asks(wrong, "Код офиса — это 4 или 5 цифр").await;
        }
    }
    oleg.presses("Отмена").await;
    oleg.sees("Код офиса СБИС: не задан").await;
    assert_eq!(world.rows("SELECT code FROM offices").await, Vec::<String>::new());
    let home = oleg.asks("/start", "незаконченный черновик").await;
    oleg.presses_on(&home, "Продолжить").await;
    oleg.sees("draft@example.com").await;
}

#[tokio::test]
async fn a_command_is_no_code() {
    let (world, _, oleg) = a_world().await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Код офиса").await;
    oleg.sees("С одним кодом").await;
    oleg.asks("/status", "Пока пусто").await;
    oleg.asks("7705", "Не вижу в тексте ни ИНН").await;
    assert_eq!(world.rows("SELECT code FROM offices").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_button_of_another_screen_ends_the_question() {
    let (world, _, oleg) = a_world().await;
    for (question, asked) in [("Код офиса", "С одним кодом"), ("Лимит", "пришлите число")]
    {
        let card = opens_the_card(&oleg).await;
        oleg.presses_on(&card, question).await;
        oleg.sees(asked).await;
        oleg.presses_on(&card, "К карточке").await;
        oleg.sees("Лимит в день: нет (как в настройках)").await;
        oleg.asks("7705", "Не вижу в тексте ни ИНН").await;
    }
    let changed = "SELECT id FROM people WHERE day_limit IS NOT NULL";
    assert_eq!(world.rows(changed).await, Vec::<String>::new());
    assert_eq!(world.rows("SELECT code FROM offices").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_limit_is_typed_on_its_screen_and_the_person_is_told() {
    let (world, anna, oleg) = a_world().await;
    let card = opens_the_card(&oleg).await;
    assert!(card.text.contains("Сегодня: 0 приглашений"), "{}", card.text);
    oleg.presses_on(&card, "Лимит").await;
    oleg.sees("Выберите или пришлите число").await;
    oleg.asks("много", "Лимит — целое число").await;
    let card = oleg.asks("3", "Записано").await;
    assert!(card.text.contains("Лимит в день: 3 (задан админом)"), "{}", card.text);
    assert!(card.text.contains("Сегодня: 0 приглашений из 3"), "{}", card.text);
    anna.sees("Ваш лимит приглашений в день теперь: 3").await;
    // The second number corrects the first, until something else is asked or pressed.
    let card = oleg.asks("4", "Сегодня: 0 приглашений из 4").await;
    oleg.asks("/start", "Здравствуйте").await;
    oleg.asks("5", "Не вижу в тексте ни ИНН").await;
    // By a button, on the card itself.
    oleg.presses_on(&card, "Лимит").await;
    oleg.sees("Выберите или пришлите число").await;
    oleg.presses_on(&card, "Без лимита").await;
    let redrawn = oleg.sees("Лимит в день: нет (задан админом)").await;
    assert!(redrawn.id == card.id && redrawn.text.contains("Записано"), "{}", redrawn.text);
    anna.sees("У вас больше нет лимита").await;
    let limits = "SELECT day_limit || '' FROM people WHERE id = 100000002";
    assert_eq!(world.rows(limits).await, ["0"]);
}

#[tokio::test]
async fn a_card_of_a_client_is_no_answer_about_a_person() {
    let (world, _, oleg) = a_world().await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Лимит").await;
    oleg.sees("пришлите число").await;
    oleg.asks("ООО «Лютик» ИНН 2298152449 КПП 229801001 buh@example.com", "Куда приглашаем").await;
    oleg.presses("Invoicebox").await;
    oleg.sees("Проверьте перед отправкой").await;
    oleg.asks("5", "Ещё ничего не отправлено").await;
    let changed = "SELECT id FROM people WHERE day_limit IS NOT NULL";
    assert_eq!(world.rows(changed).await, Vec::<String>::new());
}

#[tokio::test]
async fn who_is_let_in_may_get_a_code_at_once() {
    let usual = BotSettings::default();
    let office = Some(OfficeCode::parse("7705").unwrap());
    let world = World::with(BotSettings { plan: Plan { office, ..usual.plan }, ..usual }).await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    oleg.says("/allow 5005 Вера");
    oleg.sees("Доступ открыт: Вера").await;
    let asked = oleg.sees("Код офиса СБИС: Вера").await;
    oleg.presses_on(&asked, "7705").await;
    oleg.sees("Код офиса СБИС: 7705").await;
    assert_eq!(world.rows("SELECT person || ' ' || code FROM offices").await, ["5005 7705"]);
    world.settles().await;
    assert_eq!(world.takes_refusals().len(), 2, "she has not written yet");
}

#[tokio::test]
async fn a_role_is_changed_on_the_card() {
    let (_world, anna, oleg) = a_world().await;
    let card = opens_the_card(&oleg).await;
    oleg.presses_on(&card, "Роль").await;
    oleg.sees("Кем сделать?").await;
    oleg.presses_on(&card, "сделать админом").await;
    oleg.sees("Роль изменена: Анна").await;
    anna.sees("Ваша роль теперь: админ").await;
}
