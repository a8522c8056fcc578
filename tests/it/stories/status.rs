//! `/status`: what was sent, found by anything that people remember of it, and by nobody else.

use expect_test::expect;
use invite_bot::domain::Provider::{Invoicebox, Sbis};
use stand_ins::telegram::Action;

use crate::support::people::{Client, Someone};
use crate::support::screen;
use crate::support::world::{BotSettings, World};

/// One invitation through Invoicebox, settled.
async fn invited(someone: &Someone, email: &str, word: &str) -> i64 {
    let number = someone.invites(&Client::of_invoicebox(email)).await;
    someone.sees_of(number, word).await;
    number
}

#[tokio::test]
async fn an_empty_list_shows_the_way_to_the_first_invitation() {
    let world = World::new().await;
    let anna = world.anna();
    let empty = anna.asks("/status", "Пока пусто.").await;
    expect![[r#"
        Пока пусто.
        [✉️ Пригласить]"#]]
    .assert_eq(&empty.transcript());
    anna.presses("Пригласить").await;
    anna.sees("Куда приглашаем").await;
}

#[tokio::test]
async fn the_newest_come_first_five_a_page() {
    let world = World::with(BotSettings::only(Invoicebox)).await;
    let anna = world.anna();
    for n in 1..=12 {
        invited(&anna, &format!("client{n}@example.com"), "принято").await;
    }
    let first = anna.asks("/status", "Мои приглашения").await;
    expect![[r#"
        🗂 Мои приглашения
        ДД.ММ
        1. ✅ №12 client12@example.com · Invoicebox · принято
        2. ✅ №11 client11@example.com · Invoicebox · принято
        3. ✅ №10 client10@example.com · Invoicebox · принято
        4. ✅ №9 client9@example.com · Invoicebox · принято
        5. ✅ №8 client8@example.com · Invoicebox · принято
        [1] [2] [3] [4] [5]
        [1/3] [▶️]
        [Фильтр: все ▾]
        [✉️ Пригласить] [🏠 Начало]"#]]
    .assert_eq(&screen::plain(&first.transcript()));
    anna.presses_on(&first, "▶️").await;
    let second = anna.sees("№7 client7@example.com").await;
    assert_eq!(second.id, first.id, "the same message");
    assert!(second.text.contains("№3 ") && !second.text.contains("№2 "), "{}", second.text);
    anna.presses_on(&first, "▶️").await;
    let third = anna.sees("№1 client1@example.com").await;
    expect![[r#"
        🗂 Мои приглашения
        ДД.ММ
        1. ✅ №2 client2@example.com · Invoicebox · принято
        2. ✅ №1 client1@example.com · Invoicebox · принято
        [1] [2]
        [◀️] [3/3]
        [Фильтр: все ▾]
        [✉️ Пригласить] [🏠 Начало]"#]]
    .assert_eq(&screen::plain(&third.transcript()));
    anna.presses_on(&first, "3/3").await;
    anna.presses_on(&first, "◀️").await;
    anna.sees("№7 client7@example.com").await;
}

#[tokio::test]
async fn a_number_under_the_list_opens_the_card_and_leads_back() {
    let world = World::with(BotSettings::only(Invoicebox)).await;
    let anna = world.anna();
    for n in 1..=3 {
        invited(&anna, &format!("client{n}@example.com"), "принято").await;
    }
    let list = anna.asks("/status", "Мои приглашения").await;
    anna.presses_on(&list, "2").await;
    let card = anna.sees("№2 · Invoicebox · принято").await;
    assert_eq!(card.id, list.id);
    anna.presses_on(&card, "К списку").await;
    let again = anna.sees("Мои приглашения").await;
    assert_eq!(again.text, list.text);
}

#[tokio::test]
async fn the_filter_shows_what_ended_so() {
    let world =
        World::with(BotSettings { plan: BotSettings::impatient().plan, ..BotSettings::default() })
            .await;
    let anna = world.anna();
    world.oleg().asks("/start", "Здравствуйте").await;
    invited(&anna, "iam@mail.ru", "принято").await;
    invited(&anna, "refused@demo.test", "отказ").await;
    invited(&anna, "slow@demo.test", "неизвестно").await;
    let client = anna.invites(&Client::of_sbis("client@demo.test")).await;
    anna.sees_of(client, "уже клиент").await;
    anna.fills_in(&Client::of_sbis("down@example.com").number(5)).await;
    world.sbis().go_down().await;
    let not_sent = anna.confirms().await;
    anna.sees_of(not_sent, "не отправлено").await;
    world.sbis().come_up().await.unwrap();
    invited(&anna, "key@demo.test", "Админ знает").await;

    for (filter, number) in [
        ("принято", 1),
        ("отказ", 2),
        ("неизвестно", 3),
        ("уже клиент", 4),
        ("не отправлено", 5),
        ("в очереди", 6),
    ] {
        let list = anna.asks("/status", "Мои приглашения").await;
        anna.presses_on(&list, "Фильтр: все").await;
        anna.sees("Какие показать?").await;
        anna.presses_on(&list, filter).await;
        let found = anna.sees(&format!(" №{number} ")).await;
        assert!(found.button(&format!("Фильтр: {filter}")).is_some(), "{}", found.transcript());
        assert!(!found.text.contains("\n2. "), "{}", found.text);
    }
    let boris = world.boris();
    invited(&boris, "other@example.com", "Админ знает").await;
    let list = boris.asks("/status", "Мои приглашения").await;
    boris.presses_on(&list, "Фильтр").await;
    boris.sees("Какие показать?").await;
    boris.presses_on(&list, "отказ").await;
    let nothing = boris.sees(" нет — и это хорошо").await;
    boris.presses_on(&nothing, "Показать все").await;
    boris.sees("№7 ").await;
}

#[tokio::test]
async fn an_invitation_is_found_by_anything_that_names_it() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("Iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    invited(&anna, "other@example.com", "принято").await;
    for words in [
        "/status 1",
        "/status №1",
        "/status № 1",
        "/status  1 ",
        "/STATUS 1",
        "/status@invite_demo_bot 1",
        "/status iam@mail.ru",
        "/status IAM@MAIL.RU",
        "/status 1215107651",
        "/status ИНН 1215107651",
    ] {
        anna.asks(words, "№1 · СБИС · принято").await;
    }
    expect![[r#"
        №1 · СБИС · принято
        Детский сад Чайка · ИНН 1215107651 · КПП 121501001
        Iam@mail.ru · офис 7705

        ДД.ММ ЧЧ:ММ:СС подтверждение: вы
        ДД.ММ ЧЧ:ММ:СС попытка 1: принято
        [🎉 Зарегистрировался] [🙅 Отказался]
        [📞 Перезвонить]
        [🔁 Повторить]
        [🚫 Просил не писать]
        [📋 Iam@mail.ru] [📋 1215107651] [🔗 Ссылка]
        [◀️ К списку]"#]]
    .assert_eq(&anna.card(1).await);

    invited(&anna, "iam@mail.ru", "принято").await;
    let found = anna.asks("/status iam@mail.ru", "Найдено").await;
    assert!(found.text.contains("№3 ") && found.text.contains("№1 "), "{}", found.text);
    assert!(!found.text.contains("№2 "), "{}", found.text);
}

#[tokio::test]
async fn what_is_not_there_is_said_plainly() {
    let world = World::new().await;
    let anna = world.anna();
    invited(&anna, "iam@mail.ru", "принято").await;
    for words in ["/status 2", "/status №99999", "/status 9223372036854775807"] {
        anna.asks(words, "Такого приглашения нет").await;
    }
    for words in ["/status other@example.com", "/status 7700000016"] {
        anna.asks(words, "Ничего не найдено").await;
    }
    anna.asks("/status 1215107652", "контрольная цифра не сходится").await;
    for words in
        ["/status да", "/status 0", "/status -1", "/status 99999999999999999999", "/status @"]
    {
        anna.asks(words, "Не понял, что искать").await;
    }
}

#[tokio::test]
async fn what_is_a_colleagues_looks_like_what_is_not_there() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let foreign = boris.asks("/status 1", "Такого приглашения нет").await;
    let missing = boris.asks("/status 2", "Такого приглашения нет").await;
    assert_eq!(foreign.transcript(), missing.transcript());
    let foreign = boris.asks("/status iam@mail.ru", "Ничего не найдено").await;
    let missing = boris.asks("/status nobody@example.com", "Ничего не найдено").await;
    assert_eq!(foreign.transcript(), missing.transcript());
    boris.asks("/status 1215107651", "Ничего не найдено").await;
    boris.asks("/status", "Пока пусто").await;
}

#[tokio::test]
async fn an_admin_sees_all_and_chooses_by_person() {
    let world = World::with(BotSettings::only(Invoicebox)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    invited(&anna, "of-anna@example.com", "принято").await;
    invited(&boris, "of-boris@example.com", "принято").await;
    invited(&oleg, "of-oleg@example.com", "принято").await;
    let list = oleg.asks("/status", "Все приглашения").await;
    expect![[r#"
        🗂 Все приглашения
        ДД.ММ
        1. ✅ №3 of-oleg@example.com · Invoicebox · принято
        2. ✅ №2 of-boris@example.com · Invoicebox · принято · Борис
        3. ✅ №1 of-anna@example.com · Invoicebox · принято · Анна
        [1] [2] [3]
        [Фильтр: все ▾] [Сотрудник: все ▾]
        [✉️ Пригласить] [🏠 Начало]"#]]
    .assert_eq(&screen::plain(&list.transcript()));
    oleg.presses_on(&list, "Сотрудник: все").await;
    let choice = oleg.sees("Чьи приглашения показать?").await;
    expect![[r#"
        Чьи приглашения показать?
        [все] [Олег (я)]
        [Анна] [Борис]
        [◀️ К списку]"#]]
    .assert_eq(&choice.transcript());
    oleg.presses_on(&list, "Борис").await;
    let of_boris = oleg.sees("Приглашения: Борис").await;
    assert!(
        of_boris.text.contains("of-boris") && !of_boris.text.contains("of-anna"),
        "{}",
        of_boris.text
    );
    oleg.presses_on(&list, "Фильтр: все").await;
    oleg.sees("Какие показать?").await;
    oleg.presses_on(&list, "отказ").await;
    let nothing = oleg.sees(" нет — и это хорошо").await;
    assert!(nothing.text.contains("Борис"), "both choices hold: {}", nothing.text);
    oleg.asks("/status of-anna@example.com", "Автор: Анна").await;
}

#[tokio::test]
async fn done_well_may_be_done_again_as_a_new_invitation() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    anna.asks("/status 1", "№1 · СБИС").await;
    anna.presses("Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses("Как есть").await;
    let summary = anna.insists().await;
    assert!(
        summary.text.contains("Детский сад Чайка") && summary.text.contains("7705"),
        "{}",
        summary.text
    );
    let again = anna.confirms().await;
    anna.sees_of(again, "принято").await;
    let received = world.exactly(2, Sbis);
    let guid = |n: usize| received[n].body["params"]["Реквизиты"]["d"]["GUID"].clone();
    assert_ne!(guid(0), guid(1));
    assert_eq!(world.attempts(again).await, ["1 accepted"]);
}

#[tokio::test]
async fn a_copy_does_not_take_the_place_of_an_unfinished_draft() {
    let world = World::new().await;
    let anna = world.anna();
    let number = invited(&anna, "iam@mail.ru", "принято").await;
    anna.fills_in(&Client::of_invoicebox("draft@example.com")).await;
    anna.asks(&format!("/status {number}"), "№1 · Invoicebox").await;
    anna.presses("Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses("Как есть").await;
    anna.sees("Есть незаконченный черновик").await;
    anna.presses("Продолжить").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("draft@example.com"), "{}", summary.text);
}

#[tokio::test]
async fn the_buttons_of_a_result_leave_the_result_alone() {
    let world = World::new().await;
    let anna = world.anna();
    let number = invited(&anna, "iam@mail.ru", "принято").await;
    let result = anna.heard(&format!("№{number}: "))[0].clone();
    anna.presses_on(&result, "Открыть").await;
    let card = anna.sees("№1 · Invoicebox · принято").await;
    assert_ne!(card.id, result.id);
    anna.presses_on(&result, "Ещё одно").await;
    let next = anna.sees("На какой e-mail").await;
    assert_ne!(next.id, result.id);
    assert_eq!(anna.again(&result), result);
}

#[tokio::test]
async fn what_is_decided_on_a_card_is_followed_there() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = invited(&anna, "slow@demo.test", "неизвестно").await;
    let status = anna.heard("№1: ")[0].clone();
    let card = anna.asks("/status 1", "№1 · Invoicebox · неизвестно").await;
    anna.presses_on(&card, "Письма нет").await;
    let told = anna.sees_of(number, "не отправлено").await;
    assert_eq!(told.id, card.id, "where it was pressed");
    let left = anna.sees("карточка ниже").await;
    assert_eq!((left.id, left.buttons.len()), (status.id, 0), "one message follows it");
}

#[tokio::test]
async fn the_first_screen_says_what_is_not_settled_and_leads_there() {
    let world = World::with(BotSettings::impatient()).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    invited(&anna, "slow@demo.test", "неизвестно").await;
    anna.asks("/start", "Ждут отправки: 0 · неизвестно: 1").await;
    anna.presses("Разобрать неизвестные (1)").await;
    anna.sees("⚠️ №1 slow@demo.test").await;
    let home = boris.asks("/start", "Здравствуйте").await;
    assert!(!home.text.contains("неизвестно"), "{}", home.text);
    oleg.asks("/start", "Всего ждут отправки: 0 · неизвестно: 1").await;
}

#[tokio::test]
async fn a_card_copies_what_people_copy_and_the_link_that_opens_it() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let card = anna.asks("/status 1", "№1 · СБИС").await;
    let copied = |label: &str| match &card.button(label).unwrap().action {
        Action::Copy(text) => text.clone(),
        other => panic!("«{label}» copies nothing: {other:?}"),
    };
    assert_eq!(copied("📋 iam@mail.ru"), "iam@mail.ru");
    assert_eq!(copied("📋 1215107651"), "1215107651");
    let link = copied("Ссылка");
    let bot = world.telegram.bot_username();
    assert_eq!(link, format!("https://t.me/{bot}?start=i_1"));
    // A press of the link sends its word.
    let word = link.split_once("?start=").unwrap().1;
    oleg.asks(&format!("/start {word}"), "Автор: Анна").await;
    world.exactly(1, Sbis);
}

#[tokio::test]
async fn what_a_providers_support_asks_for_is_folded_and_for_admins_alone() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let to_anna = anna.asks("/status 1", "№1 · СБИС").await;
    let to_oleg = oleg.asks("/status 1", "№1 · СБИС").await;
    let folded = "Для поддержки сервиса\nпопытка 1: ответ HTTP 200";
    assert!(!to_anna.text.contains("HTTP") && !to_anna.text.contains("GUID"), "{}", to_anna.text);
    let (above, inside) = to_oleg.text.split_once(folded).unwrap();
    assert!(!above.contains("HTTP") && inside.contains("GUID приглашения"), "{}", to_oleg.text);
    let kinds: Vec<&str> = to_oleg.entities.iter().map(|it| it.kind.as_str()).collect();
    assert!(kinds.contains(&"expandable_blockquote"), "{kinds:?}");
}

/// Through СБИС, settled.
async fn invited_company(someone: &Someone, n: u32, name: &str) -> i64 {
    let client =
        Client { name: name.into(), ..Client::of_sbis(&format!("c{n}@mail.ru")).number(n) };
    let number = someone.invites(&client).await;
    someone.sees_of(number, "принято").await;
    number
}

#[tokio::test]
async fn a_company_is_found_by_a_part_of_its_name_in_any_case_of_letters() {
    let world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    let first = invited_company(&anna, 1, "ООО «Тёплый Дом»").await;
    let second = invited_company(&anna, 2, "ООО «Домострой»").await;
    let third = invited_company(&boris, 3, "АО «Дом книги»").await;

    let card = anna.asks("/status ТЕПЛЫЙ", &format!("№{first}")).await;
    assert!(card.text.contains("Тёплый Дом"), "{}", card.text);
    let several = anna.asks("/status дом", "Чьи приглашения показать").await;
    assert!(several.button("Домострой").is_some(), "{}", several.transcript());
    assert!(several.button("книги").is_none(), "only her own: {}", several.transcript());
    anna.presses_on(&several, "Домострой").await;
    anna.sees(&format!("№{second}")).await;
    anna.asks("/status книг", "Такого приглашения нет").await;

    let all = oleg.asks("/status дом", "Чьи приглашения показать").await;
    assert_eq!(all.buttons.iter().flatten().count(), 4, "{}", all.transcript());
    oleg.asks("/status книги дом", &format!("№{third}")).await;
    oleg.asks("/status да", "хотя бы три буквы").await;
    oleg.asks("/status \" OR name : *", "Такого приглашения нет").await;
}
