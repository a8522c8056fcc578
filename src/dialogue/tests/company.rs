//! The look-up of an organisation, line by line: `? ИНН` is a question to the directories.

use expect_test::{Expect, expect};

use super::super::{Press, State};
use super::player::{Player, desk, shown};
use super::table::name as state_name;
use crate::dialogue::{Desk, DraftAct, Input};
use crate::domain::{
    Branch, CompanyName, Inn, Kpp, Lookup, Organisation, Source, Status, Unavailable,
};

pub fn inn(text: &str) -> Inn {
    Inn::parse(text).unwrap()
}

fn name(text: &str) -> CompanyName {
    CompanyName::parse(text).unwrap()
}

/// An organisation that works, with these branches: КПП and address.
pub fn organisation(number: &str, branches: &[(&str, &str)]) -> Organisation {
    let branch = |(kpp, address): &(&str, &str)| Branch {
        kpp: Kpp::parse(kpp).unwrap(),
        name: Some(name(&format!("ФИЛИАЛ {} ООО \"РОМАШКА\"", kpp.get(..4).unwrap()))),
        address: Some((*address).to_owned()),
    };
    Organisation {
        inn: inn(number),
        short_name: Some(name("ООО \"РОМАШКА\"")),
        full_name: Some(name("ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ \"РОМАШКА\"")),
        kpp: Some(Kpp::parse("121501001").unwrap()),
        address: Some("Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1".to_owned()),
        status: Some(Status::Active),
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

fn with_directory() -> Desk {
    Desk { directory: true, office: Some(super::player::office("7705")), ..desk() }
}

fn knowing(lookup: Lookup) -> Player {
    let mut player = Player::new(with_directory());
    let number = match &lookup {
        Lookup::Found(found) => found.inn.clone(),
        _ => inn("1215107651"),
    };
    player.directory = vec![(number, lookup)];
    player
}

fn found(organisation: Organisation) -> Player {
    knowing(Lookup::Found(Box::new(organisation)))
}

/// What is said after the ИНН.
fn check(mut player: Player, number: &str, lines: &[&str], transcript: Expect) -> Player {
    player.goes_on(&["/invite", "[СБИС]"]);
    player.log.clear();
    player.says(number);
    player.goes_on(lines);
    transcript.assert_eq(&player.log);
    player
}

#[test]
fn an_organisation_costs_its_number_and_one_press() {
    check(
        found(organisation("1215107651", &[])),
        "1215107651",
        &["[Да]", "iam@mail.ru"],
        expect![[r#"
            > 1215107651
            ? 1215107651
            🏢 *ООО &quot;РОМАШКА&quot;*
            ИНН `1215107651` · КПП `121501001`
            Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

            Это она?
            [✅ Да]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
            > [Да]
            СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 121501001

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > iam@mail.ru
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *ООО &quot;РОМАШКА&quot;*
            ИНН `1215107651` · КПП `121501001`
            E-mail: `iam@mail.ru`
            Офис: *7705*

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn another_branch_is_chosen_from_the_second_page() {
    check(
        found(organisation("1215107651", &BRANCHES)),
        "1215107651",
        &["[Другой филиал (6)]", "[▶️]", "[Самара]", "[Назад]"],
        expect![[r#"
            > 1215107651
            ? 1215107651
            🏢 *ООО &quot;РОМАШКА&quot;*
            ИНН `1215107651` · КПП `121501001`
            Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

            Это она?
            [✅ Да] [🏬 Другой филиал (6)]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
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
            [◀️ Назад] [✖️ Отмена]
            > [▶️]
            🏬 *ООО &quot;РОМАШКА&quot;*
            Какой КПП?
            `165502001` — ФИЛИАЛ 1655 ООО &quot;РОМАШКА&quot;
            `631502001` — ФИЛИАЛ 6315 ООО &quot;РОМАШКА&quot;
            [Казань · КПП 165502001]
            [Самара · КПП 631502001]
            [◀️] [2/2]
            [⌨️ Ввести КПП]
            [◀️ Назад] [✖️ Отмена]
            > [Самара]
            СБИС · ФИЛИАЛ 6315 ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 631502001

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > [Назад]
            🏢 *ФИЛИАЛ 6315 ООО &quot;РОМАШКА&quot;*
            ИНН `1215107651` · КПП `631502001`
            г Самара

            Это она?
            [✅ Да] [🏬 Другой филиал (6)]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn a_kpp_can_always_be_typed() {
    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "631502001"]);
    let draft = player.state.draft().unwrap();
    assert_eq!(draft.kpp.as_ref().unwrap().as_str(), "631502001");
    assert_eq!(draft.name.as_ref().unwrap().as_str(), "ФИЛИАЛ 6315 ООО \"РОМАШКА\"");
    let question = shown(&player.screen.as_ref().unwrap().0);
    assert!(question.contains("На какой *e-mail*"), "{question}");

    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&[
        "/invite",
        "[СБИС]",
        "1215107651",
        "[Другой филиал]",
        "[Ввести КПП]",
        "999901001",
    ]);
    let draft = player.state.draft().unwrap();
    assert_eq!(draft.kpp.as_ref().unwrap().as_str(), "999901001");
    assert_eq!(draft.name.as_ref().unwrap().as_str(), "ООО \"РОМАШКА\"");
    let question = shown(&player.screen.as_ref().unwrap().0);
    assert!(question.contains("На какой *e-mail*"), "{question}");
}

#[test]
fn what_is_typed_on_the_card_is_taken() {
    let organisation = organisation("1215107651", &[]);
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
        ("iam@mail.ru", "E-mail: `iam@mail.ru`\n\nЭто она?"),
        ("нет", "Пришлите *ИНН*"),
        ("7707083893", "Такого ИНН в реестре не нашлось"),
        ("1215107652", "ИНН 1215107652 не проходит проверку"),
        ("ИНН 1215107652", "ИНН 1215107652 не проходит проверку"),
        ("12345", "Здесь 5 знаков, а в КПП их 9"),
        ("кпп 12345", "Здесь 5 знаков, а в КПП их 9"),
        ("5406AB001", "СБИС · ООО \"РОМАШКА\" · ИНН 1215107651 · КПП 5406AB001"),
        ("КПП 540602001, ИНН 1215107652", "Не взял: ИНН 1215107652"),
        ("КПП 540602001, почта: iam.mail.ru", "Не взял: адрес iam.mail.ru"),
        ("ООО «Плюс», почта: iam.mail.ru", "Не взял: адрес iam.mail.ru"),
        ("iam@mail", "Исправить на `iam@mail.ru`?"),
        ("«»", "Здесь 2 знака, а в КПП их 9"),
    ] {
        let mut player = found(organisation.clone());
        player.goes_on(&["/invite", "[СБИС]", "1215107651", typed]);
        let screen = shown(&player.screen.as_ref().unwrap().0).replace("&quot;", "\"");
        assert!(screen.contains(field), "{typed}:\n{screen}");
    }
}

#[test]
fn what_is_wrong_beside_an_answer_on_the_card_is_said() {
    let mut player = found(organisation("1215107651", &[]));
    player.goes_on(&["/invite", "[СБИС]", "ИНН 1215107651, iam@mail.ru"]);
    player.says("КПП 12150100, i@lutik.ru");
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("Не взял: КПП 12150100"), "{screen}");
    assert!(screen.contains("Заменил: E-mail"), "{screen}");
    // Words are about the name: a КПП of the person's own stays.
    let mut player = found(organisation("1215107651", &[]));
    player.goes_on(&["/invite", "[СБИС]", "ИНН 1215107651 КПП 999901001", "Василёк", "[Да]"]);
    assert_eq!(player.state.draft().unwrap().kpp.as_ref().unwrap().as_str(), "999901001");
    // An ИП has none.
    let mut player = found(person("500100732259"));
    player.goes_on(&["/invite", "[СБИС]", "500100732259", "КПП 121501001"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("КПП у него нет") && screen.contains("Всё верно?"), "{screen}");
}

#[test]
fn another_number_on_the_card_takes_nothing_of_the_first_client_along() {
    let mut player = found(organisation("1215107651", &[]));
    player.goes_on(&["/invite", "[СБИС]", "ИНН 1215107651, iam@mail.ru", "7707083893"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("А это другое приглашение: ИНН 7707083893\n"), "{screen}");
    player.goes_on(&["[Перейти к другому]"]);
    let draft = player.state.draft().unwrap();
    assert_eq!((draft.inn.clone(), &draft.email), (Some(inn("7707083893")), &None));
}

#[test]
fn what_was_not_found_because_nobody_answered_is_looked_up_when_it_is_typed_again() {
    let mut player = knowing(Lookup::Unavailable(Unavailable::Timeout));
    player.goes_on(&["/invite", "[СБИС]", "1215107651"]);
    player.directory =
        vec![(inn("1215107651"), Lookup::Found(Box::new(organisation("1215107651", &[]))))];
    player.goes_on(&["[Назад]", "1215107651"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("Это она?"), "{screen}");
}

#[test]
fn an_ip_needs_no_kpp_and_its_address_is_nobodys_business() {
    let player = check(
        found(person("500100732259")),
        "500100732259",
        &["[Да]", "[Назад]", "[Ввести вручную]", "[Назад]"],
        expect![[r#"
            > 500100732259
            ? 500100732259
            👤 *ИП Иванов Иван Иванович*
            ИНН `500100732259` (ИП, КПП не нужен)

            Всё верно?
            [✅ Да]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
            > [Да]
            СБИС · ИП Иванов Иван Иванович · ИНН 500100732259 (ИП, КПП не нужен)

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > [Назад]
            👤 *ИП Иванов Иван Иванович*
            ИНН `500100732259` (ИП, КПП не нужен)

            Всё верно?
            [✅ Да]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
            > [Ввести вручную]
            СБИС · ИП Иванов Иван Иванович · ИНН 500100732259 (ИП, КПП не нужен)

            Пришлите *название*, как оно должно стоять в приглашении, например: ИП Иванов Иван Иванович
            [➡️ Оставить: ИП Иванов Иван Иванович]
            [◀️ Назад] [✖️ Отмена]
            > [Назад]
            👤 *ИП Иванов Иван Иванович*
            ИНН `500100732259` (ИП, КПП не нужен)

            Всё верно?
            [✅ Да]
            [✏️ Другой ИНН] [⌨️ Ввести вручную]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
    assert!(!player.log.contains("Тайная"), "{}", player.log);
}

#[test]
fn how_an_organisation_stands_is_said_on_the_card_and_on_the_summary() {
    let day = |text: &str| Some(text.parse().unwrap());
    for (status, ended, words) in [
        (Status::Active, None, ""),
        (Status::Liquidated, day("2024-03-14"), "⛔️ Организация *ликвидирована* 14.03.2024."),
        (Status::Liquidated, None, "⛔️ Организация *ликвидирована* (данные на 01.04.2026)."),
        (Status::Liquidating, None, "⚠️ В стадии ликвидации (данные на 01.04.2026)."),
        (Status::Bankrupt, None, "⚠️ Идёт банкротство (данные на 01.04.2026)."),
        (
            Status::Reorganising,
            None,
            "⚠️ Реорганизуется: присоединяется к другой организации (данные на 01.04.2026).",
        ),
    ] {
        let organisation =
            Organisation { status: Some(status), ended, ..organisation("1215107651", &[]) };
        let mut player = found(organisation);
        player.goes_on(&["/invite", "[СБИС]", "1215107651"]);
        let card = shown(&player.screen.as_ref().unwrap().0);
        player.goes_on(&["[Да]", "iam@mail.ru"]);
        let summary = shown(&player.screen.as_ref().unwrap().0);
        assert!(matches!(player.state, State::Reviewing { .. }));
        for screen in [card, summary] {
            assert!(screen.contains(words), "{words}:\n{screen}");
            let flags = ["⛔️", "⚠️"].iter().filter(|flag| screen.contains(**flag)).count();
            assert_eq!(flags, usize::from(!words.is_empty()), "{screen}");
        }
    }
    let over = Organisation {
        status: Some(Status::Liquidated),
        ended: day("2024-03-14"),
        ..person("500100732259")
    };
    let mut player = found(over);
    player.goes_on(&["/invite", "[СБИС]", "500100732259"]);
    let card = shown(&player.screen.as_ref().unwrap().0);
    assert!(card.contains("⛔️ Деятельность ИП *прекращена* 14.03.2024."), "{card}");
}

#[test]
fn whatever_goes_wrong_is_a_word_and_never_in_the_way() {
    use Unavailable::{Down, Off, OverQuota, Timeout, WrongKey};
    let mut log = String::new();
    for lookup in [Lookup::NotFound]
        .into_iter()
        .chain([Timeout, OverQuota, WrongKey, Down, Off].map(Lookup::Unavailable))
    {
        let mut player = knowing(lookup);
        player.goes_on(&["/invite", "[СБИС]"]);
        player.log.clear();
        player.goes_on(&["1215107651", "121501001", "Чайка", "iam@mail.ru"]);
        assert!(matches!(player.state, State::Reviewing { .. }));
        log.push_str(&player.log);
        log.push('\n');
    }
    expect![[r#"
        > 1215107651
        ? 1215107651
        ⚠️ Такого ИНН в реестре не нашлось — проверьте его или заполните вручную.

        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*
        ℹ️ Такого ИНН в реестре не нашлось: проверьте, нет ли опечатки.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

        > 1215107651
        ? 1215107651
        ⚠️ Реестр не ответил вовремя — заполним вручную.

        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*
        ℹ️ Реестр не ответил вовремя, данные с ним не сверены.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

        > 1215107651
        ? 1215107651
        ⚠️ Лимит запросов к реестру исчерпан — заполним вручную.

        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*
        ℹ️ Лимит запросов к реестру исчерпан, данные с ним не сверены.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

        > 1215107651
        ? 1215107651
        ⚠️ Реестр не принимает ключ — заполним вручную.

        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*
        ℹ️ Реестр не принимает ключ, данные с ним не сверены.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

        > 1215107651
        ? 1215107651
        ⚠️ Реестр недоступен — заполним вручную.

        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*
        ℹ️ Реестр недоступен, данные с ним не сверены.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

        > 1215107651
        ? 1215107651
        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]

    "#]].assert_eq(&log);
}

#[test]
fn where_no_directory_is_on_nothing_is_asked_and_nothing_said() {
    let mut player = Player::new(Desk { directory: false, ..with_directory() });
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "121501001", "Чайка", "iam@mail.ru"]);
    assert!(!player.log.contains("еестр") && !player.log.contains("? "), "{}", player.log);
    let json = serde_json::to_string(&player.state).unwrap();
    assert!(!json.contains("looked"), "{json}");
}

#[test]
fn invoicebox_wants_no_organisation() {
    let mut player = found(organisation("1215107651", &[]));
    player.goes_on(&["/invite", "[Invoicebox]", "iam@mail.ru"]);
    assert!(!player.log.contains("? "), "{}", player.log);
}

#[test]
fn what_is_known_already_is_checked_and_costs_no_press() {
    let full = |player: &Player, name: &str, kpp: &str| {
        let mut draft = player.state.draft().unwrap().clone();
        draft.name = Some(CompanyName::parse(name).unwrap());
        draft.kpp = Some(Kpp::parse(kpp).unwrap());
        draft.inn = Some(inn("1215107651"));
        draft
    };
    let organisation = Organisation { status: None, ..organisation("1215107651", &BRANCHES) };
    let mut log = String::new();
    for (name, kpp) in [
        ("Ромашка", "121501001"),
        ("ООО «Ромашка»", "631502001"),
        ("Филиал 6315 ООО Ромашка", "631502001"),
        ("ООО «Василёк»", "121501001"),
        ("ООО «Ромашка»", "999901001"),
    ] {
        let mut player = found(organisation.clone());
        player.goes_on(&["/invite", "[СБИС]"]);
        // As a message with all the requisites leaves it.
        let draft = full(&player, name, kpp);
        player.state = State::Asking { draft, field: crate::domain::Field::Email, editing: false };
        player.log.clear();
        player.goes_on(&["iam@mail.ru"]);
        assert!(matches!(player.state, State::Reviewing { .. }), "{}", player.log);
        let lines = player.log.lines().filter(|it| it.starts_with('?') || it.contains("реестре"));
        log.push_str(&format!("{name}, {kpp}: {:?}\n", lines.collect::<Vec<_>>()));
    }
    expect![[r#"
        Ромашка, 121501001: ["? 1215107651"]
        ООО «Ромашка», 631502001: ["? 1215107651"]
        Филиал 6315 ООО Ромашка, 631502001: ["? 1215107651"]
        ООО «Василёк», 121501001: ["? 1215107651", "⚠\u{fe0f} В реестре иначе: название *ООО &quot;РОМАШКА&quot;*."]
        ООО «Ромашка», 999901001: ["? 1215107651", "⚠\u{fe0f} В реестре иначе: КПП `121501001`."]
    "#]].assert_eq(&log);
    // Where not all branches are listed, a КПП may be one of the others.
    let mut player = found(Organisation { more_branches: true, ..organisation });
    player.goes_on(&["/invite", "[СБИС]"]);
    let draft = full(&player, "Ромашка", "999901001");
    player.state = State::Asking { draft, field: crate::domain::Field::Email, editing: false };
    player.says("iam@mail.ru");
    assert!(!player.log.contains("реестре"), "{}", player.log);
}

#[test]
fn what_was_sent_otherwise_is_set_against_the_registry() {
    let card = ["ИНН 1215107651, ООО «Василёк», iam@mail.ru"];
    let mut log = String::new();
    for lines in [&["[Как в реестре]"][..], &["[Оставить моё]", "[Взять из реестра]"], &["да"]]
    {
        let mut player = found(organisation("1215107651", &BRANCHES));
        player.goes_on(&["/invite", "[СБИС]"]);
        player.goes_on(&card);
        if log.is_empty() {
            log.push_str(&shown(&player.screen.as_ref().unwrap().0));
            log.push('\n');
        }
        for line in lines {
            player.goes_on(&[line]);
            let summary = shown(&player.screen.as_ref().unwrap().0);
            let words = ["Компания", "КПП", "реестр"];
            let lines = summary.lines().filter(|it| words.iter().any(|word| it.contains(word)));
            log.push_str(&format!("> {line}\n{}\n", lines.collect::<Vec<_>>().join("\n")));
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
        [◀️ Назад] [✖️ Отмена]
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
        ИНН `1215107651` · КПП `121501001`
        [✅ Как в реестре] [➡️ Оставить моё]
    "#]]
    .assert_eq(&log);
}

#[test]
fn another_number_is_looked_up_anew_and_the_same_one_is_not() {
    let mut player = found(organisation("1215107651", &[]));
    player.directory.push((
        inn("7707083893"),
        Lookup::Found(Box::new(Organisation {
            short_name: Some(name("ПАО \"ДРУГОЕ\"")),
            full_name: None,
            kpp: Some(Kpp::parse("773601001").unwrap()),
            ..organisation("7707083893", &[])
        })),
    ));
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "[Да]", "iam@mail.ru"]);
    player.log.clear();
    player.goes_on(&["[✏️ ИНН]", "1215107651"]);
    assert!(!player.log.contains("? 1215107651"), "{}", player.log);
    assert!(matches!(player.state, State::Reviewing { .. }));
    player.log.clear();
    player.goes_on(&["[✏️ ИНН]", "7707083893", "[Да]"]);
    expect![[r#"
        > [✏️ ИНН]
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        [➡️ Оставить: 1215107651]
        [◀️ Назад] [✖️ Отмена]
        > 7707083893
        ? 7707083893
        🏢 *ПАО &quot;ДРУГОЕ&quot;*
        ИНН `7707083893` · КПП `773601001`
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1
        E-mail: `iam@mail.ru`

        Это она?
        [✅ Да]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [✖️ Отмена]
        > [Да]
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *ПАО &quot;ДРУГОЕ&quot;*
        ИНН `7707083893` · КПП `773601001`
        E-mail: `iam@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
    "#]]
    .assert_eq(&player.log);
}

#[test]
fn the_kpp_is_changed_on_the_summary_by_the_list_too() {
    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "[Да]", "iam@mail.ru"]);
    player.log.clear();
    player.goes_on(&["[✏️ КПП]", "[Другой филиал]", "[Назад]", "[Другой филиал]", "[Новосибирск]"]);
    expect![[r#"
        > [✏️ КПП]
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [🏬 Другой филиал (6)]
        [➡️ Оставить: 121501001]
        [◀️ Назад] [✖️ Отмена]
        > [Другой филиал]
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
        [◀️ Назад] [✖️ Отмена]
        > [Назад]
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [🏬 Другой филиал (6)]
        [➡️ Оставить: 121501001]
        [◀️ Назад] [✖️ Отмена]
        > [Другой филиал]
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
        [◀️ Назад] [✖️ Отмена]
        > [Новосибирск]
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *ФИЛИАЛ 5406 ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП `540602001`
        E-mail: `iam@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
    "#]].assert_eq(&player.log);
    assert!(matches!(player.state, State::Reviewing { .. }));
}

#[test]
fn what_the_directory_does_not_know_is_asked() {
    // Its names break the rules.
    let nameless =
        Organisation { short_name: None, full_name: None, ..organisation("1215107651", &[]) };
    check(
        found(nameless),
        "1215107651",
        &["[Да]", "[Назад]", "[Да]", "Чайка"],
        expect![[r#"
        > 1215107651
        ? 1215107651
        🏢 Названия в реестре нет
        ИНН `1215107651` · КПП `121501001`
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

        Это она?
        [✅ Да]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [✖️ Отмена]
        > [Да]
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > [Назад]
        🏢 Названия в реестре нет
        ИНН `1215107651` · КПП `121501001`
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

        Это она?
        [✅ Да]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [✖️ Отмена]
        > [Да]
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        > Чайка
        СБИС · Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
    "#]],
    );
    // No КПП, nor branches.
    let bare = Organisation { kpp: None, ..organisation("1215107651", &[]) };
    check(
        found(bare.clone()),
        "1215107651",
        &["[Да]", "121501001"],
        expect![[r#"
        > 1215107651
        ? 1215107651
        🏢 *ООО &quot;РОМАШКА&quot;*
        ИНН `1215107651` · КПП в реестре нет
        Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1

        Это она?
        [✅ Да]
        [✏️ Другой ИНН] [⌨️ Ввести вручную]
        [◀️ Назад] [✖️ Отмена]
        > [Да]
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [✖️ Отмена]
        > 121501001
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [✖️ Отмена]
    "#]],
    );
    // Only branches.
    let scattered =
        Organisation { branches: organisation("1215107651", &BRANCHES).branches, ..bare };
    let mut player = found(scattered);
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "[Да]", "[Новосибирск]"]);
    assert!(player.log.ends_with("[◀️ Назад] [✖️ Отмена]\n"));
    assert!(player.log.contains("На какой *e-mail*"), "{}", player.log);
    // Nothing at all.
    let mute = Organisation {
        kpp: None,
        short_name: None,
        full_name: None,
        ..organisation("1215107651", &[])
    };
    let mut player = found(mute);
    player.goes_on(&["/invite", "[СБИС]", "1215107651"]);
    assert!(player.log.contains("Пришлите *КПП*"), "{}", player.log);
}

#[test]
fn what_no_screen_has_does_nothing() {
    let kpp = |text: &str| DraftAct::Kpp(Kpp::parse(text).unwrap());
    for (lines, acts) in [
        (
            &["[Да]"][..],
            vec![DraftAct::Yes, DraftAct::Branches(0), kpp("540602001"), DraftAct::ByHand],
        ),
        (&[][..], vec![kpp("540602001"), kpp("999901001"), DraftAct::Keep, DraftAct::Send]),
        (&["[Другой филиал]"][..], vec![kpp("999901001"), DraftAct::Yes, DraftAct::ByHand]),
    ] {
        for act in acts {
            let mut player = found(organisation("1215107651", &BRANCHES));
            player.goes_on(&["/invite", "[СБИС]", "1215107651"]);
            player.goes_on(lines);
            let (before, stamp) = (player.state.clone(), player.desk.draft.map(|(it, _)| it));
            player.takes(Input::Press(Press::Draft(act.clone()), stamp));
            assert_eq!(player.state, before, "{act:?} after {lines:?}");
        }
    }
    // A page beyond the last is the last.
    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&["/invite", "[СБИС]", "1215107651"]);
    let stamp = player.desk.draft.map(|(it, _)| it);
    player.gives(Press::Draft(DraftAct::Branches(u16::MAX)), stamp);
    assert!(matches!(player.state, State::Company { branches: Some(1), .. }));
}

/// Where the person is, and the screen.
fn stands(player: &Player) -> String {
    let screen = shown(&player.screen.as_ref().unwrap().0).replace("&quot;", "\"");
    let said = screen.lines().take_while(|line| !line.starts_with('[')).filter(|it| !it.is_empty());
    format!("{}: {}", state_name(&player.state), said.collect::<Vec<_>>().join(" / "))
}

#[test]
fn back_leads_to_the_card_from_the_questions_behind_it_alone() {
    let head = organisation("1215107651", &[]);
    let bare = Organisation { kpp: None, ..head.clone() };
    let nameless = Organisation { short_name: None, full_name: None, ..head.clone() };
    let mute = Organisation { kpp: None, ..nameless.clone() };
    let office_asked = Desk { office: None, ..with_directory() };
    let mut log = String::new();
    for (what, organisation, lines) in [
        ("another ИНН", head.clone(), &["1215107651", "[Другой ИНН]"][..]),
        ("the address", head.clone(), &["1215107651", "[Да]"]),
        ("the office", head.clone(), &["1215107651", "[Да]", "iam@mail.ru"]),
        ("by hand, the КПП", head.clone(), &["1215107651", "[Ввести вручную]"]),
        ("by hand, the name", head.clone(), &["1215107651", "[Ввести вручную]", "540602001"]),
        ("by hand, the address", head, &["1215107651", "[Ввести вручную]", "540602001", "Василёк"]),
        ("no КПП", bare.clone(), &["1215107651", "[Да]"]),
        ("no КПП, the address", bare, &["1215107651", "[Да]", "121501001"]),
        ("no name", nameless, &["1215107651", "[Да]"]),
        ("nothing", mute, &["1215107651", "121501001"]),
        ("an ИП, the name by hand", person("500100732259"), &["500100732259", "[Ввести вручную]"]),
    ] {
        let mut player = found(organisation);
        player.desk = office_asked.clone();
        player.goes_on(&["/invite", "[СБИС]"]);
        player.goes_on(lines);
        let from = stands(&player);
        player.presses("Назад");
        log.push_str(&format!("== {what}\n{from}\n{}\n", stands(&player)));
    }
    expect![[r#"
        == another ИНН
        Inn?: СБИС · ИНН 1215107651 / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        Provider?: СБИС · ИНН 1215107651 / ✉️ Новое приглашение. Куда приглашаем?
        == the address
        Email?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        == the office
        Office?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / На какой *e-mail* отправить приглашение?
        == by hand, the КПП
        Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        == by hand, the name
        Name?: СБИС · ИНН 1215107651 · КПП 540602001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        Kpp?: СБИС · ИНН 1215107651 · КПП 540602001 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        == by hand, the address
        Email?: СБИС · Василёк · ИНН 1215107651 · КПП 540602001 / На какой *e-mail* отправить приглашение?
        Name?: СБИС · Василёк · ИНН 1215107651 · КПП 540602001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        == no КПП
        Kpp?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП в реестре нет / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        == no КПП, the address
        Email?: СБИС · ООО "РОМАШКА" · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Company?: 🏢 *ООО "РОМАШКА"* / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        == no name
        Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        Company?: 🏢 Названия в реестре нет / ИНН `1215107651` · КПП `121501001` / Респ Марий Эл, г Йошкар-Ола, ул Примерная, д 1 / Это она?
        == nothing
        Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        Kpp?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        == an ИП, the name by hand
        Name?: СБИС · ИНН 500100732259 (ИП, КПП не нужен) / Пришлите *название*, как оно должно стоять в приглашении, например: ИП Иванов Иван Иванович
        Company?: 👤 *ИП Иванов Иван Иванович* / ИНН `500100732259` (ИП, КПП не нужен) / Всё верно?
    "#]].assert_eq(&log);
}

#[test]
fn what_the_directory_says_too_is_not_doubted_because_the_number_was_wrong() {
    let mut log = String::new();
    for (kpp, called) in [
        ("121501001", "ООО «Ромашка»"),
        ("121501001", "Василёк"),
        ("999901001", "ООО «Ромашка»"),
        ("999901001", "Василёк"),
    ] {
        let mut player = found(organisation("1215107651", &[]));
        // The first number is nobody's.
        player.goes_on(&["/invite", "[СБИС]", "7707083893", kpp, called, "iam@mail.ru"]);
        player.goes_on(&["[✏️ ИНН]", "1215107651"]);
        let doubted = &player.state.draft().unwrap().doubted;
        log.push_str(&format!("{kpp}, {called}: {doubted:?}\n{}\n", stands(&player)));
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
    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&["/invite", "[СБИС]", "7707083893/773601001", "Василёк"]);
    player.goes_on(&["[Назад]", "[Назад]", "[Назад]", "1215107651"]);
    player.log.clear();
    player.goes_on(&["[Другой филиал]", "[Ввести КПП]"]);
    let draft = player.state.draft().unwrap();
    assert_eq!(draft.kpp.as_ref().unwrap().as_str(), "773601001");
    assert!(draft.is_open(crate::domain::Field::Kpp) && draft.finish().is_err());
    // Nor is that of the head taken before it is chosen.
    let mut player = found(organisation("1215107651", &BRANCHES));
    player.goes_on(&["/invite", "[СБИС]", "1215107651", "[Другой филиал]", "[Ввести КПП]"]);
    assert_eq!(player.state.draft().unwrap().kpp, None);
    expect![[r#"
        СБИС · ООО &quot;РОМАШКА&quot; · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [🏬 Другой филиал (6)]
        [◀️ Назад] [✖️ Отмена]"#]].assert_eq(&shown(&player.screen.as_ref().unwrap().0));
}
