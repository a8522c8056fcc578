//! The allow-list, kept by admins from the chat, and the journal of who did what to whom.

use expect_test::expect;
use serde_json::json;
use stand_ins::telegram::Person;

use crate::support::people::Someone;
use crate::support::world::{BotSettings, World};

fn pyotr() -> Person {
    Person { last_name: Some("Сидоров".to_owned()), ..Person::new(1020, "Пётр") }
}

/// The rows of the journal after those of the beginning.
async fn journal(world: &World, before: &str) -> String {
    let now = world.journal().await;
    now.strip_prefix(before).unwrap().trim().to_owned()
}

async fn a_world_with_oleg() -> (World, Someone) {
    let world = World::new().await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    (world, oleg)
}

#[tokio::test]
async fn allow_by_id_opens_the_door_and_says_so_to_both() {
    let (world, oleg) = a_world_with_oleg().await;
    let before = world.journal().await;
    let new = world.person(pyotr());
    new.asks("/start", "Доступ выдаёт администратор").await;
    let told = oleg.asks("/allow 1020 Пётр С.", "Доступ открыт: Пётр С., id 1020, сотрудник").await;
    assert!(told.button("Сотрудники").is_some());
    new.sees("Вам открыт доступ, роль: сотрудник").await;
    new.asks("/start", "Здравствуйте, Пётр С.!").await;
    expect![[r#"
        Олег allow 1020: — → staff
        Олег name 1020: — → —"#]]
    .assert_eq(&journal(&world, &before).await);

    let before = world.journal().await;
    oleg.asks("/allow 1020", "Доступ уже есть: Пётр С.").await;
    assert_eq!(journal(&world, &before).await, "");
}

#[tokio::test]
async fn somebody_who_never_wrote_may_be_allowed_beforehand() {
    let (world, oleg) = a_world_with_oleg().await;
    oleg.asks("/allow 1020 Пётр", "Доступ открыт: Пётр").await;
    // Nobody hears there yet, which is no failure.
    oleg.asks("/help", "/allow").await;
    world.settles().await;
    let refused = world.takes_refusals();
    assert_eq!(refused, ["SendMessage: 400 Bad Request: chat not found"]);
    let new = world.person(pyotr());
    new.asks("/start", "Здравствуйте, Пётр!").await;
    new.asks("/help", "/invite").await;
    assert_eq!(world.telegram.commands(&new.person).len(), 5, "the menu comes with the first word");
}

#[tokio::test]
async fn allow_answers_a_forwarded_message() {
    let (world, oleg) = a_world_with_oleg().await;
    let new = world.person(pyotr());
    new.asks("/start", "Доступ").await;
    let forwarded = oleg.forwards(Some(&new.person), "Пустите меня");
    oleg.sees("").await;
    oleg.replies(&forwarded, "/allow");
    oleg.sees("Доступ открыт: Пётр Сидоров, id 1020, сотрудник").await;

    oleg.replies(&forwarded, "/revoke");
    oleg.sees("Доступ отозван: Пётр Сидоров, id 1020").await;
    oleg.replies(&forwarded, "/allow Пётр админ");
    let asked = oleg.sees("Точно сделать админом").await;
    assert!(asked.text.contains("В Telegram: Пётр Сидоров."), "{}", asked.text);
    assert_eq!(
        world.rows("SELECT id FROM people WHERE role = 'admin' AND id = 1020").await.len(),
        0
    );
    oleg.presses_on(&asked, "Да, сделать админом").await;
    oleg.sees("Роль изменена: Пётр, id 1020, админ").await;
}

#[tokio::test]
async fn a_hidden_author_cannot_be_allowed_by_forwarding() {
    let (world, oleg) = a_world_with_oleg().await;
    let before = world.everything().await;
    let forwarded = oleg.forwards(None, "Пустите меня");
    oleg.sees("").await;
    oleg.replies(&forwarded, "/allow");
    oleg.sees("Telegram скрыл автора этого сообщения, доступ не выдан").await;
    world.unchanged(&before).await;

    // A reply to words of one's own is about nobody.
    let own = oleg.says("просто текст");
    oleg.sees("").await;
    oleg.replies(&own, "/allow");
    oleg.sees("Кому дать доступ?").await;
    world.unchanged(&before).await;
}

#[tokio::test]
async fn allow_answers_a_contact() {
    let (world, oleg) = a_world_with_oleg().await;
    let new = world.person(pyotr());
    new.asks("/start", "Доступ").await;
    let contact = oleg.shares_contact(&new.person);
    oleg.sees("").await;
    oleg.replies(&contact, "/allow");
    oleg.sees("Доступ открыт: Пётр Сидоров, id 1020, сотрудник").await;

    let no_account = json!({ "contact": { "phone_number": "+70000000001", "first_name": "Иван" } });
    let contact = oleg.sends(no_account);
    oleg.sees("").await;
    oleg.replies(&contact, "/allow");
    oleg.sees("доступ не выдан").await;
}

#[tokio::test]
async fn names_and_usernames_are_not_ids() {
    let (world, oleg) = a_world_with_oleg().await;
    let before = world.everything().await;
    for words in [
        "/allow",
        "/allow @anna_k",
        "/allow Пётр",
        "/allow 0 Пётр",
        "/allow -5",
        "/allow 99999999999999999999",
        "/allow админ",
    ] {
        oleg.asks(words, "Нужен числовой id").await;
    }
    for words in ["/revoke", "/revoke @anna_k", "/revoke Анна", "/revoke 100000002 Анна"] {
        oleg.asks(words, "У кого отозвать доступ?").await;
    }
    oleg.asks("/revoke 1099", "Нет среди сотрудников").await;
    world.unchanged(&before).await;
}

#[tokio::test]
async fn an_admin_is_made_and_unmade_by_another() {
    let (world, oleg) = a_world_with_oleg().await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    let before = world.journal().await;
    let told = oleg.makes_admin("/allow 100000002 админ").await;
    assert!(told.text.contains("Админ видит всех клиентов"), "{}", told.text);
    anna.sees("Ваша роль теперь: админ").await;
    anna.asks("/staff", "Сотрудники").await;
    anna.asks("/allow 1004 Борис Б.", "Доступ уже есть").await;
    oleg.asks("/allow 100000002 сотрудник", "Роль изменена: Анна, id 100000002, сотрудник").await;
    anna.sees("Ваша роль теперь: сотрудник").await;
    anna.asks("/staff", "Такой команды нет").await;
    anna.asks("/allow 100000002 админ", "Такой команды нет").await;
    expect![[r#"
        Олег allow 100000002: staff → admin
        Анна name 1004: — → —
        Олег allow 100000002: admin → staff"#]]
    .assert_eq(&journal(&world, &before).await);
}

#[tokio::test]
async fn the_list_revokes_after_asking() {
    let (world, oleg) = a_world_with_oleg().await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    let before = world.journal().await;
    let list = oleg.asks("/staff", "Сотрудники").await;
    expect![[r#"
        👥 Сотрудники
        👑 Олег · 100000001 · админ (из настроек сервера)
        👤 Анна · 100000002 · сотрудник
        👤 Борис · 1004 · сотрудник

        Добавить: /allow 123456789 Анна или ответом /allow на пересланное сообщение или контакт.
        [👤 Олег] [👤 Анна]
        [👤 Борис]
        [🙋 Запросы] [🔗 Ссылка]
        [🏠 Начало]"#]]
    .assert_eq(&list.transcript());
    oleg.presses_on(&list, "Анна").await;
    oleg.sees("Код офиса СБИС: не задан").await;
    oleg.presses_on(&list, "Отозвать доступ").await;
    let question = oleg.sees("Отозвать доступ: Анна, id 100000002?").await;
    assert_eq!(question.id, list.id);
    oleg.presses_on(&question, "Назад").await;
    oleg.sees("Код офиса СБИС: не задан").await;
    oleg.presses_on(&list, "Отозвать доступ").await;
    oleg.sees("Отозвать доступ: Анна").await;
    oleg.presses_on(&list, "Да, отозвать").await;
    oleg.sees("Доступ отозван: Анна, id 100000002.").await;
    anna.sees("Доступ закрыт").await;
    let list = oleg.asks("/staff", "Сотрудники").await;
    assert!(!list.text.contains("Анна ·"), "{}", list.text);
    expect!["Олег revoke 100000002: staff → —"].assert_eq(&journal(&world, &before).await);
}

#[tokio::test]
async fn an_admin_by_configuration_stays_one() {
    let (world, oleg) = a_world_with_oleg().await;
    let before = world.everything().await;
    oleg.asks("/revoke 100000001", "админ из настроек сервера").await;
    let list = oleg.asks("/staff", "админ (из настроек сервера)").await;
    oleg.presses_on(&list, "Олег").await;
    let card = oleg.sees("из настроек сервера").await;
    assert!(card.button("Отозвать").is_none(), "{}", card.transcript());
    for data in ["s:a:100000001", "s:r:100000001"] {
        oleg.forges(list.id, data).await;
    }
    for words in ["/allow 100000001", "/allow 100000001 Олег", "/allow 100000001 админ"] {
        oleg.asks(words, "админ из настроек сервера").await;
    }
    world.unchanged(&before).await;
    oleg.asks("/staff", "Сотрудники").await;
}

#[tokio::test]
async fn the_last_admin_can_neither_be_revoked_nor_step_down() {
    let world = World::with(BotSettings::without_fixed_admin()).await;
    let (oleg, anna) = (world.oleg(), world.anna());
    oleg.asks("/start", "Здравствуйте").await;
    anna.asks("/start", "Здравствуйте").await;
    let before = world.everything().await;
    oleg.asks("/revoke 100000001", "Это последний админ: его нельзя убрать").await;
    oleg.asks("/allow 100000001 сотрудник", "Это последний админ: роль не изменена").await;
    let list = oleg.asks("/staff", "Сотрудники").await;
    oleg.presses_on(&list, "Олег").await;
    oleg.sees("Код офиса СБИС").await;
    oleg.presses_on(&list, "Отозвать доступ").await;
    oleg.sees("Отозвать доступ: Олег").await;
    oleg.presses_on(&list, "Да, отозвать").await;
    oleg.sees("Это последний админ").await;
    world.unchanged(&before).await;

    oleg.makes_admin("/allow 100000002 админ").await;
    anna.sees("Ваша роль теперь: админ").await;
    anna.asks("/revoke 100000001", "Доступ отозван: Олег, id 100000001").await;
    oleg.sees("Доступ закрыт").await;
    oleg.asks("/staff", "Доступ выдаёт администратор").await;
    anna.asks("/revoke 100000002", "Это последний админ").await;
}

#[tokio::test]
async fn an_admin_may_leave_while_another_stays() {
    let world = World::with(BotSettings::without_fixed_admin()).await;
    let (oleg, anna) = (world.oleg(), world.anna());
    anna.asks("/start", "Здравствуйте").await;
    oleg.makes_admin("/allow 100000002 админ").await;
    let told = oleg.asks("/revoke 100000001", "Доступ отозван: Олег, id 100000001").await;
    assert_eq!(told.text.matches("Доступ").count(), 1, "{}", told.text);
    oleg.asks("/start", "Доступ выдаёт администратор").await;
    anna.asks("/staff", "Сотрудники").await;
}

#[tokio::test]
async fn two_admins_who_revoke_each_other_leave_one() {
    let world = World::with(BotSettings::without_fixed_admin()).await;
    let (oleg, anna) = (world.oleg(), world.anna());
    anna.asks("/start", "Здравствуйте").await;
    oleg.makes_admin("/allow 100000002 админ").await;
    oleg.says("/revoke 100000002");
    anna.says("/revoke 100000001");
    oleg.sees("").await;
    anna.sees("").await;
    world.telegram.is_caught_up().await.unwrap();
    let admins = world.rows("SELECT name FROM people WHERE role = 'admin'").await;
    assert_eq!(admins.len(), 1, "{admins:?}");
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let (world, oleg) = a_world_with_oleg().await;
    for id in 2001..=2009 {
        oleg.asks(&format!("/allow {id} Продавец {id}"), "Доступ открыт").await;
    }
    let first = oleg.asks("/staff", "Сотрудники").await;
    world.settles().await;
    assert_eq!(world.takes_refusals().len(), 9, "none of them has written yet");
    assert!(first.button("1/2").is_some(), "{}", first.transcript());
    oleg.presses_on(&first, "▶️").await;
    let second = oleg.sees("2009").await;
    assert!(second.button("2/2").is_some(), "{}", second.transcript());
    oleg.presses_on(&first, "◀️").await;
    oleg.sees("Анна").await;
}
