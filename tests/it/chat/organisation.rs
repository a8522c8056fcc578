//! The look-up of an organisation, line by line: `? ИНН` is a question to the directories.

use std::fmt::Write;

use expect_test::expect;
use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::DraftAct;
use invite_bot::domain::{
    Branch, CompanyName, Draft, Field, Inn, Kpp, Lookup, Organisation, Provider, RegistryStatus,
    Source, Unavailable,
};
use invite_bot::screens::press::Press;

use super::acts::asking;
use super::player::{Player, code, setup};
use super::report::{led, place, stands};

pub fn inn(text: &str) -> Inn {
    Inn::parse(text).unwrap()
}

fn kpp(text: &str) -> Kpp {
    Kpp::parse(text).unwrap()
}

fn name(text: &str) -> CompanyName {
    CompanyName::parse(text).unwrap()
}

/// An organisation that works, with these branches: КПП and address.
pub fn organisation(number: &str, branches: &[(&str, &str)]) -> Organisation {
    let branch = |(code, address): &(&str, &str)| Branch {
        kpp: kpp(code),
        name: Some(name(&format!("ФИЛИАЛ {} ООО \"РОМАШКА\"", code.get(..4).unwrap()))),
        address: Some((*address).to_owned()),
    };
    Organisation {
        inn: inn(number),
        short_name: Some(name("ООО \"РОМАШКА\"")),
        full_name: Some(name("ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ \"РОМАШКА\"")),
        kpp: Some(kpp("121501001")),
        address: Some("Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1".to_owned()),
        status: Some(RegistryStatus::Active),
        ended: None,
        as_of: Some("2026-04-01".parse().unwrap()),
        branches: branches.iter().map(branch).collect(),
        more_branches: false,
        source: Source::DaData,
    }
}

pub const BRANCHES: [(&str, &str); 6] = [
    ("540602001", "Новосибирская обл, г Новосибирск, ул Примерная"),
    ("616302001", "Ростовская обл, г. Ростов-на-Дону"),
    ("780202001", "Санкт-Петербург"),
    ("665802001", ""),
    ("165502001", "Респ Татарстан, г Казань"),
    ("631502001", "г Самара"),
];

fn head() -> Organisation {
    organisation("1215107651", &[])
}

fn branched() -> Organisation {
    organisation("1215107651", &BRANCHES)
}

fn person(number: &str) -> Organisation {
    Organisation {
        short_name: Some(name("ИП Иванов Иван Иванович")),
        full_name: None,
        kpp: None,
        // None is kept; if there were one, nobody would see it.
        address: Some("г Москва, ул Тайная, д 1".to_owned()),
        ..organisation(number, &[])
    }
}

fn with_directory() -> BotSettings {
    BotSettings { directory: true, office: Some(code("7705")), ..setup() }
}

fn knowing(lookup: Lookup) -> Player {
    let mut player = Player::with(with_directory());
    let number = match &lookup {
        Lookup::Found(found) => found.inn.clone(),
        _ => inn("1215107651"),
    };
    player.directory = vec![(number, lookup)];
    player
}

/// Somebody who is asked for the ИНН of an organisation that the directories know.
fn found(organisation: Organisation) -> Player {
    knowing(Lookup::Found(Box::new(organisation))).asked_for(Field::Inn)
}

#[test]
fn an_organisation_costs_its_number_and_one_press() {
    let mut player = found(head());
    expect![[r#"
        > 1215107651
        ? 1215107651
        🏢 *ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП `121501001`
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

        Это она?
        [✅ Да]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("1215107651"));
    expect![[r#"
        > [Да] → Email?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        > iam@mail.ru → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told("[Да] | iam@mail.ru"));
}

#[test]
fn another_branch_is_chosen_from_the_second_page() {
    let mut player = found(branched()).after("1215107651");
    expect![[r#"
        > [Другой филиал (6)]
        🏬 *ООО &quot;РОМАШКА&quot;*
        Какой КПП?
        `121501001` — головная
        `540602001` — ФИЛИАЛ 5406 ООО &quot;РОМАШКА&quot;
        `616302001` — ФИЛИАЛ 6163 ООО &quot;РОМАШКА&quot;
        `780202001` — ФИЛИАЛ 7802 ООО &quot;РОМАШКА&quot;
        `665802001` — ФИЛИАЛ 6658 ООО &quot;РОМАШКА&quot;
        [Йошкар-Ола · КПП 121501001]
        [Новосибирск · КПП 540602001]
        [Ростов-на-Дону · КПП 616302001]
        [Санкт-Петербург · КПП 780202001]
        [КПП 665802001]
        [1/2] [▶️]
        [⌨️ Ввести КПП]
        [◀️ Назад] [❌ Отмена]
        > [▶️]
        🏬 *ООО &quot;РОМАШКА&quot;*
        Какой КПП?
        `165502001` — ФИЛИАЛ 1655 ООО &quot;РОМАШКА&quot;
        `631502001` — ФИЛИАЛ 6315 ООО &quot;РОМАШКА&quot;
        [Казань · КПП 165502001]
        [Самара · КПП 631502001]
        [◀️] [2/2]
        [⌨️ Ввести КПП]
        [◀️ Назад] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("[Другой филиал (6)] | [▶️]"));
    expect![[r#"
        > [Самара] → Email?: СБИС · ФИЛИАЛ 6315 ООО "РОМАШКА" · ИНН 1215107651 · КПП 631502001 / На какой *e-mail* отправить приглашение?
        > [Назад] → Company?: 🏢 *ФИЛИАЛ 6315 ООО "РОМАШКА"* / ИНН `1215107651` · КПП `631502001` / г Самара / Это она?
    "#]].assert_eq(&player.told("[Самара] | [Назад]"));
}

#[test]
fn a_kpp_can_always_be_typed() {
    let by_hand = "1215107651 | [Другой филиал] | [Ввести КПП] | 999901001";
    for (steps, kpp, name) in [
        ("1215107651 | 631502001", "631502001", "ФИЛИАЛ 6315 ООО \"РОМАШКА\""),
        (by_hand, "999901001", "ООО \"РОМАШКА\""),
    ] {
        let said = led(found(branched()), steps);
        let known = format!("Email?: СБИС · {name} · ИНН 1215107651 · КПП {kpp} / ");
        assert!(said.starts_with(&known), "{said}");
    }
}

#[test]
fn what_is_typed_on_the_card_is_taken() {
    for (typed, field) in [
        ("ООО «Плюс»", "СБИС · ООО «Плюс» · ИНН 1215107651 · КПП 121501001"),
        ("Ромашка Плюс", "Это *название* клиента: `Ромашка Плюс`?"),
        ("не то", "Это *название* клиента: `не то`?"),
        ("нет, кпп 540602001", "СБИС · ООО \"РОМАШКА\" · ИНН 1215107651 · КПП 540602001"),
        ("не та, ИНН 7707083893", "Такого ИНН в реестре не нашлось"),
        ("iam@gmial.com", "Похоже на опечатку в адресе"),
        ("iam@mаil.ru", "есть русские буквы"),
        ("КПП 540602001", "СБИС · ООО \"РОМАШКА\" · ИНН 1215107651 · КПП 540602001"),
        ("да", "СБИС · ООО \"РОМАШКА\" · ИНН 1215107651 · КПП 121501001"),
        ("iam@mail.ru", "E-mail: `iam@mail.ru` / Это она?"),
        ("нет", "Пришлите *ИНН*"),
        ("7707083893", "Такого ИНН в реестре не нашлось"),
        ("1215107652", "В ИНН 1215107652 опечатка"),
        ("ИНН 1215107652", "В ИНН 1215107652 опечатка"),
        ("12345", "Здесь 5 знаков, а в КПП их 9"),
        ("кпп 12345", "Здесь 5 знаков, а в КПП их 9"),
        ("5406AB001", "СБИС · ООО \"РОМАШКА\" · ИНН 1215107651 · КПП 5406AB001"),
        ("КПП 540602001, ИНН 1215107652", "Не взял: ИНН 1215107652"),
        ("КПП 540602001, почта: iam.mail.ru", "Не взял: адрес iam.mail.ru"),
        ("ООО «Плюс», почта: iam.mail.ru", "Не взял: адрес iam.mail.ru"),
        ("iam@mail", "Исправить на `iam@mail.ru`?"),
        ("«»", "Здесь 2 знака, а в КПП их 9"),
    ] {
        let said = led(found(head()).after("1215107651"), typed);
        assert!(said.contains(field), "{typed}:\n{said}");
    }
}

#[test]
fn what_is_wrong_beside_an_answer_on_the_card_is_said() {
    let card = "ИНН 1215107651, iam@mail.ru";
    let said = led(found(head()).after(card), "КПП 12150100, i@lutik.ru");
    assert!(
        said.contains("Не взял: КПП 12150100") && said.contains("Теперь: i@lutik.ru"),
        "{said}"
    );
    // Words are about the name: a КПП of the person's own stays.
    let player = found(head()).after("ИНН 1215107651 КПП 999901001 | Василёк | [Да]");
    assert_eq!(player.draft().kpp, Some(kpp("999901001")));
    // An ИП has none.
    let said = led(found(person("500100732259")), "500100732259 | КПП 121501001");
    assert!(said.contains("КПП у него нет") && said.contains("Всё верно?"), "{said}");
}

#[test]
fn another_number_on_the_card_takes_nothing_of_the_first_client_along() {
    let mut player = found(head()).after("ИНН 1215107651, iam@mail.ru | 7707083893");
    let said = stands(&player);
    assert!(said.ends_with("А это другое приглашение: ИНН 7707083893"), "{said}");
    player.presses("Перейти к другому");
    assert_eq!((player.draft().inn, player.draft().email), (Some(inn("7707083893")), None));
}

#[test]
fn what_was_not_found_because_nobody_answered_is_looked_up_when_it_is_typed_again() {
    let player = knowing(Lookup::Unavailable(Unavailable::Timeout)).asked_for(Field::Inn);
    let mut player = player.after("1215107651");
    player.directory = vec![(inn("1215107651"), Lookup::Found(Box::new(head())))];
    let said = led(player, "[Назад] | 1215107651");
    assert!(said.contains("Это она?"), "{said}");
}

#[test]
fn an_ip_needs_no_kpp_and_its_address_is_nobodys_business() {
    let steps = "500100732259 | [Да] | [Назад] | [Ввести вручную]";
    let mut player = found(person("500100732259"));
    expect![[r#"
        > 500100732259 → Company?: 👤 *ИП Иванов Иван Иванович* / ИНН `500100732259` (ИП, КПП не нужен) / Всё верно?
        > [Да] → Email?: СБИС · ИП Иванов Иван Иванович · ИНН 500100732259 (ИП, КПП не нужен) / На какой *e-mail* отправить приглашение?
        > [Назад] → Company?: 👤 *ИП Иванов Иван Иванович* / ИНН `500100732259` (ИП, КПП не нужен) / Всё верно?
        > [Ввести вручную] → Name?: СБИС · ИП Иванов Иван Иванович · ИНН 500100732259 (ИП, КПП не нужен) / Пришлите *название*, как оно должно стоять в приглашении, например: ИП Иванов Иван Иванович
    "#]].assert_eq(&player.told(steps));
    assert!(!player.log.contains("Тайная"), "{}", player.log);
}

#[test]
fn how_an_organisation_stands_is_said_on_the_card_and_on_the_summary() {
    let day = |text: &str| Some(text.parse().unwrap());
    let reorganising =
        "⚠️ Реорганизуется: присоединяется к другой организации (данные на 01.04.2026).";
    for (status, ended, words) in [
        (RegistryStatus::Active, None, ""),
        (
            RegistryStatus::Liquidated,
            day("2024-03-14"),
            "⛔️ Организация *ликвидирована* 14.03.2024.",
        ),
        (
            RegistryStatus::Liquidated,
            None,
            "⛔️ Организация *ликвидирована* (данные на 01.04.2026).",
        ),
        (RegistryStatus::Liquidating, None, "⚠️ В стадии ликвидации (данные на 01.04.2026)."),
        (RegistryStatus::Bankrupt, None, "⚠️ Идёт банкротство (данные на 01.04.2026)."),
        (RegistryStatus::Reorganising, None, reorganising),
    ] {
        let organisation = Organisation { status: Some(status), ended, ..head() };
        let player = found(organisation).after("1215107651");
        let card = player.screen();
        let summary = player.after("[Да] | iam@mail.ru").screen();
        assert!(summary.contains("Проверьте перед отправкой"), "{summary}");
        for screen in [card, summary] {
            assert!(screen.contains(words), "{words}:\n{screen}");
            let flags = ["⛔️", "⚠️"].iter().filter(|flag| screen.contains(**flag)).count();
            assert_eq!(flags, usize::from(!words.is_empty()), "{screen}");
        }
    }
    let (status, ended) = (Some(RegistryStatus::Liquidated), day("2024-03-14"));
    let over = Organisation { status, ended, ..person("500100732259") };
    let said = led(found(over), "500100732259");
    assert!(said.contains("⛔️ Деятельность ИП *прекращена* 14.03.2024."), "{said}");
}

#[test]
fn whatever_goes_wrong_is_a_word_and_never_in_the_way() {
    use Unavailable::{Down, Off, OverQuota, Timeout, WrongKey};
    let unavailable = [Timeout, OverQuota, WrongKey, Down, Off].map(Lookup::Unavailable);
    let mut text = String::new();
    for lookup in [Lookup::NotFound].into_iter().chain(unavailable) {
        let mut player = knowing(lookup).asked_for(Field::Inn).after("1215107651");
        let mut said = vec![stands(&player)];
        for line in ["121501001", "Чайка"] {
            player.plays(line);
            // It is said once.
            assert!(!player.screen().contains("еестр"), "{}", player.screen());
        }
        player.plays("iam@mail.ru");
        said.extend(player.screen().lines().filter(|it| it.contains("еестр")).map(str::to_owned));
        assert!(player.screen().contains("Проверьте перед отправкой"), "{}", player.screen());
        writeln!(text, "{}", said.join(" → ")).unwrap();
    }
    expect![[r#"
        Kpp?: ⚠️ Такого ИНН в реестре не нашлось — проверьте его или заполните вручную. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы. → ℹ️ Такого ИНН в реестре не нашлось: проверьте, нет ли опечатки.
        Kpp?: ⚠️ Реестр не ответил вовремя — заполним вручную. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы. → ℹ️ Реестр не ответил вовремя, данные с ним не сверены.
        Kpp?: ⚠️ Лимит запросов к реестру исчерпан — заполним вручную. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы. → ℹ️ Лимит запросов к реестру исчерпан, данные с ним не сверены.
        Kpp?: ⚠️ Реестр не принимает ключ — заполним вручную. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы. → ℹ️ Реестр не принимает ключ, данные с ним не сверены.
        Kpp?: ⚠️ Реестр недоступен — заполним вручную. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы. → ℹ️ Реестр недоступен, данные с ним не сверены.
        Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
    "#]].assert_eq(&text);
}

#[test]
fn where_no_directory_is_on_nothing_is_asked_and_nothing_said() {
    let mut player = Player::with(BotSettings { directory: false, ..with_directory() });
    player.plays("/invite | [СБИС] | 1215107651 | 121501001 | Чайка | iam@mail.ru");
    assert!(!player.log.contains("еестр") && !player.log.contains("? "), "{}", player.log);
    assert_eq!(player.draft().lookup, None);
    // Nor does Invoicebox want an organisation.
    let mut player = knowing(Lookup::Found(Box::new(head())));
    player.plays("/invite | [Invoicebox] | iam@mail.ru");
    assert!(!player.log.contains("? "), "{}", player.log);
}

#[test]
fn what_is_known_already_is_checked_and_costs_no_press() {
    // As a message with all the requisites leaves it.
    let full = |organisation: &Organisation, called: &str, code: &str| {
        let mut player = found(organisation.clone());
        let draft = Draft {
            provider: Some(Provider::Sbis),
            inn: Some(inn("1215107651")),
            kpp: Some(kpp(code)),
            name: Some(name(called)),
            ..Draft::default()
        };
        player.stands_at(&asking(draft, Field::Email));
        player.says("iam@mail.ru");
        assert!(player.log.contains("Проверьте перед отправкой"), "{}", player.log);
        let lines = player.log.lines().filter(|it| it.starts_with('?') || it.contains("реестре"));
        lines.collect::<Vec<_>>().join(" ")
    };
    let organisation = Organisation { status: None, ..branched() };
    let mut log = String::new();
    for (called, code) in [
        ("Ромашка", "121501001"),
        ("ООО «Ромашка»", "631502001"),
        ("Филиал 6315 ООО Ромашка", "631502001"),
        ("ООО «Василёк»", "121501001"),
        ("ООО «Ромашка»", "999901001"),
    ] {
        writeln!(log, "{called}, {code}: {}", full(&organisation, called, code)).unwrap();
    }
    expect![[r#"
        Ромашка, 121501001: ? 1215107651
        ООО «Ромашка», 631502001: ? 1215107651
        Филиал 6315 ООО Ромашка, 631502001: ? 1215107651
        ООО «Василёк», 121501001: ? 1215107651 ⚠️ В реестре иначе: название *ООО &quot;РОМАШКА&quot;*.
        ООО «Ромашка», 999901001: ? 1215107651 ⚠️ В реестре иначе: КПП `121501001`.
    "#]].assert_eq(&log);
    // Where not all branches are listed, a КПП may be one of the others.
    let more = Organisation { more_branches: true, ..organisation };
    assert_eq!(full(&more, "Ромашка", "999901001"), "? 1215107651");
}

#[test]
fn what_was_sent_otherwise_is_set_against_the_registry() {
    let at_card = || found(branched()).after("ИНН 1215107651, ООО «Василёк», iam@mail.ru");
    let mut log = at_card().screen() + "\n";
    for steps in ["[Как в реестре]", "[Оставить моё] | [Взять из реестра]", "да"]
    {
        let mut player = at_card();
        for step in steps.split(" | ") {
            player.plays(step);
            let words = ["Компания", "КПП", "реестр", "⚠️ Здесь"];
            let screen = player.screen();
            let lines = screen.lines().filter(|it| words.iter().any(|word| it.contains(word)));
            writeln!(log, "> {step}\n{}", lines.collect::<Vec<_>>().join("\n")).unwrap();
        }
    }
    expect![[r#"
        🏢 *ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП `121501001`
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1
        E-mail: `iam@mail.ru`
        ⚠️ У вас иначе: название *ООО «Василёк»*.

        Что поставить в приглашение?
        [✅ Как в реестре] [➡️ Оставить моё]
        [🏬 Другой филиал (6)]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [❌ Отмена]
        > [Как в реестре]
        Компания: *ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП `121501001`
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        > [Оставить моё]
        Компания: *ООО «Василёк»*
        ИНН `1215107651` · КПП `121501001`
        ⚠️ В реестре иначе: название *ООО &quot;РОМАШКА&quot;*.
        [🏢 Взять из реестра]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        > [Взять из реестра]
        Компания: *ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП `121501001`
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        > да
        ⚠️ Здесь нужно нажать кнопку.
        ИНН `1215107651` · КПП `121501001`
        [✅ Как в реестре] [➡️ Оставить моё]
    "#]]
    .assert_eq(&log);
}

#[test]
fn another_number_is_looked_up_anew_and_the_same_one_is_not() {
    let mut player = found(head());
    let other = Organisation {
        short_name: Some(name("ПАО \"ДРУГОЕ\"")),
        full_name: None,
        kpp: Some(kpp("773601001")),
        ..organisation("7707083893", &[])
    };
    player.directory.push((inn("7707083893"), Lookup::Found(Box::new(other))));
    player = player.after("1215107651 | [Да] | iam@mail.ru");
    player.plays("[✏️ ИНН] | 1215107651");
    assert!(!player.log.contains("? 1215107651"), "{}", player.log);
    let mut player = player.after("[✏️ ИНН]");
    expect![[r#"
        > 7707083893 → Company?: 🏢 *ПАО "ДРУГОЕ"* / ИНН `7707083893` · КПП `773601001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / E-mail: `iam@mail.ru` / Это она?
        > [Да] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ПАО "ДРУГОЕ"* / ИНН `7707083893` · КПП `773601001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told("7707083893 | [Да]"));
}

#[test]
fn the_kpp_is_changed_on_the_summary_by_the_list_too() {
    let player = found(branched()).after("1215107651 | [Да] | iam@mail.ru");
    let mut player = player.after("[✏️ КПП] | [Другой филиал] | [Назад]");
    assert!(player.screen().contains("[➡️ Оставить: 121501001]"), "{}", player.screen());
    expect![[r#"
        > [Другой филиал] → Branches?: 🏬 *ООО "РОМАШКА"* / Какой КПП? / `121501001` — головная / `540602001` — ФИЛИАЛ 5406 ООО "РОМАШКА" / `616302001` — ФИЛИАЛ 6163 ООО "РОМАШКА" / `780202001` — ФИЛИАЛ 7802 ООО "РОМАШКА" / `665802001` — ФИЛИАЛ 6658 ООО "РОМАШКА"
        > [Новосибирск] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ФИЛИАЛ 5406 ООО "РОМАШКА"* / ИНН `1215107651` · КПП `540602001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told("[Другой филиал] | [Новосибирск]"));
}

#[test]
fn what_the_directory_does_not_know_is_asked() {
    // Its names break the rules.
    let nameless = Organisation { short_name: None, full_name: None, ..head() };
    let steps = "1215107651 | [Да] | [Назад] | [Да] | Чайка";
    let mut player = found(nameless);
    expect![[r#"
        > 1215107651 → Company?: 🏢 Названия в реестре нет / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        > [Да] → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > [Назад] → Company?: 🏢 Названия в реестре нет / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        > [Да] → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > Чайка → Email?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
    "#]].assert_eq(&player.told(steps));
    // No КПП, nor branches.
    let bare = Organisation { kpp: None, ..head() };
    let mut player = found(bare.clone());
    expect![[r#"
        > 1215107651 → Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП в реестре нет / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        > [Да] → Kpp?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > 121501001 → Email?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
    "#]].assert_eq(&player.told("1215107651 | [Да] | 121501001"));
    // Only branches.
    let scattered = Organisation { branches: branched().branches, ..bare.clone() };
    let said = led(found(scattered), "1215107651 | [Да] | [Новосибирск]");
    assert!(said.contains("На какой *e-mail*"), "{said}");
    // Nothing at all.
    let mute = Organisation { short_name: None, full_name: None, ..bare };
    let said = led(found(mute), "1215107651");
    assert!(said.contains("Пришлите *КПП*"), "{said}");
}

#[test]
fn what_no_screen_has_does_nothing() {
    use DraftAct::{Branches, ByHand, KeepValue, Send, TakeFromRegistry};
    for (steps, acts) in [
        ("[Да]", vec![TakeFromRegistry, Branches(0), DraftAct::Kpp(kpp("540602001")), ByHand]),
        (
            "",
            vec![DraftAct::Kpp(kpp("540602001")), DraftAct::Kpp(kpp("999901001")), KeepValue, Send],
        ),
        ("[Другой филиал]", vec![DraftAct::Kpp(kpp("999901001")), TakeFromRegistry, ByHand]),
    ] {
        let mut player = found(branched()).after("1215107651").after(steps);
        let before = player.session();
        for act in acts {
            player.gives(Press::Draft(act.clone()));
            assert_eq!(player.session(), before, "{act:?} after {steps}");
        }
    }
    // A page beyond the last is the last.
    let mut player = found(branched()).after("1215107651");
    player.gives(Press::Draft(Branches(u16::MAX)));
    assert!(player.screen().contains("[◀️] [2/2]"), "{}", player.screen());
}

#[test]
fn back_leads_to_the_card_from_the_questions_behind_it_alone() {
    let bare = Organisation { kpp: None, ..head() };
    let nameless = Organisation { short_name: None, full_name: None, ..head() };
    let mute = Organisation { kpp: None, ..nameless.clone() };
    let mut log = String::new();
    for (organisation, steps) in [
        (head(), "1215107651 | [Другой ИНН]"),
        (head(), "1215107651 | [Да]"),
        (head(), "1215107651 | [Да] | iam@mail.ru"),
        (head(), "1215107651 | [Ввести вручную]"),
        (head(), "1215107651 | [Ввести вручную] | 540602001"),
        (head(), "1215107651 | [Ввести вручную] | 540602001 | Василёк"),
        (bare.clone(), "1215107651 | [Да]"),
        (bare, "1215107651 | [Да] | 121501001"),
        (nameless, "1215107651 | [Да]"),
        (mute, "1215107651 | 121501001"),
        (person("500100732259"), "500100732259 | [Ввести вручную]"),
    ] {
        let mut player = found(organisation);
        player.setup.office = None;
        let player = player.after(steps);
        let from = place(&player.session());
        writeln!(log, "{steps}\n    {from} ← {}", led(player, "[Назад]")).unwrap();
    }
    expect![[r#"
        1215107651 | [Другой ИНН]
            Inn? ← Provider?: СБИС · ИНН 1215107651 / ✉️ Новое приглашение. Куда приглашаем?
        1215107651 | [Да]
            Email? ← Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        1215107651 | [Да] | iam@mail.ru
            Review ← Office?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        1215107651 | [Ввести вручную]
            Kpp? ← Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        1215107651 | [Ввести вручную] | 540602001
            Name? ← Kpp?: СБИС · ИНН 1215107651 · КПП 540602001 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        1215107651 | [Ввести вручную] | 540602001 | Василёк
            Email? ← Name?: СБИС · Василёк · ИНН 1215107651 · КПП 540602001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        1215107651 | [Да]
            Kpp? ← Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП в реестре нет / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        1215107651 | [Да] | 121501001
            Email? ← Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        1215107651 | [Да]
            Name? ← Company?: 🏢 Названия в реестре нет / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        1215107651 | 121501001
            Name? ← Kpp?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        500100732259 | [Ввести вручную]
            Name? ← Company?: 👤 *ИП Иванов Иван Иванович* / ИНН `500100732259` (ИП, КПП не нужен) / Всё верно?
    "#]].assert_eq(&log);
}

#[test]
fn what_the_directory_says_too_is_not_doubted_because_the_number_was_wrong() {
    let mut log = String::new();
    for (code, called) in [
        ("121501001", "ООО «Ромашка»"),
        ("121501001", "Василёк"),
        ("999901001", "ООО «Ромашка»"),
        ("999901001", "Василёк"),
    ] {
        // The first number is nobody's.
        let player = found(head()).after("7707083893").after(code).after(called);
        let player = player.after("iam@mail.ru | [✏️ ИНН] | 1215107651");
        writeln!(log, "{code}, {called}: {:?}\n{}", player.draft().to_reconfirm, stands(&player))
            .unwrap();
    }
    expect![[r#"
        121501001, ООО «Ромашка»: []
        Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО «Ромашка»* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        121501001, Василёк: [Name]
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / E-mail: `iam@mail.ru` / Это она?
        999901001, ООО «Ромашка»: [Kpp]
        Company?: 🏢 *ООО «Ромашка»* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / E-mail: `iam@mail.ru` / Это она?
        999901001, Василёк: [Kpp, Name]
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / E-mail: `iam@mail.ru` / Это она?
    "#]].assert_eq(&log);
}

#[test]
fn the_kpp_of_another_client_is_not_kept_where_a_branch_is_to_be_typed() {
    let steps = "7707083893/773601001 | Василёк | [Назад] | [Назад] | [Назад] | 1215107651";
    let player = found(branched()).after(steps).after("[Другой филиал] | [Ввести КПП]");
    let draft = player.draft();
    assert_eq!(draft.kpp, Some(kpp("773601001")));
    assert!(draft.needs_answer(Field::Kpp) && draft.finish().is_err());
    // Nor is that of the head taken before it is chosen.
    let player = found(branched()).after("1215107651 | [Другой филиал] | [Ввести КПП]");
    assert_eq!(player.draft().kpp, None);
    expect![[r#"
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [🏬 Другой филиал (6)]
        [◀️ Назад] [❌ Отмена]"#]].assert_eq(&player.screen());
}
