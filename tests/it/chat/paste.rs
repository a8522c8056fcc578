//! Pasted requisites, bare values, slips in typed answers, and links, line by line.

use std::fmt::Write;

use expect_test::{expect, expect_file};
use invite_bot::dialogue::session::DraftAct;
use invite_bot::domain::{Field, Provider, State};
use invite_bot::screens::press::Press;

use super::acts::to;
use super::player::{Player, anna, only};
use super::report::{grouped, led, place, shown};
use super::standing::Standing;

const CARD: &str =
    "МБДОУ «Чайка»\nИНН/КПП 1215107651/121501001\nЭл. почта: iam@mail.ru\nтел. 8 900 123-45-67";
const OTHER: &str = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example";
const TWO: &str = "Покупатель: ООО «Ромашка» ИНН 7898141776 КПП 789801001\n\
                   Плательщик: ООО «Лютик» ИНН 2298152449 КПП 229801001\n\
                   почта info@romashka.example";
const ADDRESSES: &str =
    "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example, dir@lutik.example";

fn sbis() -> Player {
    Player::with(only(Provider::Sbis))
}

fn by_address() -> Player {
    Player::with(only(Provider::Invoicebox))
}

#[test]
fn a_card_and_two_presses_are_an_invitation() {
    let steps = format!("{CARD} | [СБИС] | [Без кода]");
    let mut player = Player::new();
    expect![[r#"
        > МБДОУ «Чайка»
        ИНН/КПП 1215107651/121501001
        Эл. почта: iam@mail.ru
        тел. 8 900 123-45-67
        МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        ✉️ Новое приглашение. Куда приглашаем?
        [💳 Invoicebox — нужен только e-mail]
        [📑 СБИС — компания и e-mail]
        [❌ Отмена]
        > [СБИС]
        СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        [Без кода]
        [◀️ Назад] [❌ Отмена]
        > [Без кода]
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: без кода

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [❌ Отмена]
    "#]].assert_eq(&player.transcript(&steps));
    let player = player.after("[Отправить]");
    assert_eq!(player.invitations()[0].state, State::Queued);
    // For the only provider it goes right to the summary; Invoicebox keeps to the address.
    let summaries = [led(sbis(), CARD), led(by_address(), CARD)];
    expect![[r#"
        Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *МБДОУ «Чайка»* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        Review: 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `iam@mail.ru` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя."#]].assert_eq(&summaries.join("\n"));
}

#[test]
fn a_bare_value_is_one_message_and_two_presses() {
    let mut player = Player::new();
    expect![[r#"
        > iam@mail.ru
        `iam@mail.ru` — что делаем?
        [✉️ Пригласить в Invoicebox]
        [✉️ Пригласить в СБИС]
        [🕘 История] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("iam@mail.ru"));
    expect![[r#"
        > [Пригласить в Invoicebox] → Review: 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `iam@mail.ru` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
        > [Отправить] → Idle: 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `iam@mail.ru` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
    "#]].assert_eq(&player.told("[Пригласить в Invoicebox] | [Отправить]"));
    assert_eq!(player.invitations()[0].state, State::Queued);
    let steps = "1215107651 | [Пригласить в СБИС] | [Отмена] | 500100732259";
    let mut player = Player::new();
    expect![[r#"
        > 1215107651 → Offered: ИНН `1215107651` — что делаем?
        > [Пригласить в СБИС] → Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > [Отмена] → Idle: ❌ Отменено. Ничего не отправлено.
        > 500100732259 → Offered: ИНН `500100732259` (ИП) — что делаем?
    "#]].assert_eq(&player.told(steps));
    assert!(!player.screen().contains("Invoicebox"), "{}", player.screen());
}

#[test]
fn the_history_of_a_bare_value_is_a_screen_to_invite_from() {
    let player = Player::new().after("1215107651 | [История]");
    let found = player.screen();
    assert!(
        found.contains("Приглашений пока не было") && !found.contains("[✉️ Пригласить]"),
        "{found}"
    );
    let said = led(player, "[Пригласить в СБИС]");
    assert!(said.contains("Пришлите *КПП*"), "{said}");
    // It is that of the value, however it was written.
    let player = Player::new();
    player.sent(&anna(), &to("iam@mail.ru"), Standing::Accepted);
    player.sent(&anna(), &to("sad@mail.ru"), Standing::Accepted);
    let said = led(player, "Iam@Mail.ru | [История]");
    assert!(said.contains("№1* · Invoicebox") && !said.contains("sad@"), "{said}");
}

#[test]
fn of_two_organisations_a_person_chooses() {
    let mut player = sbis();
    expect![[r#"
        > Покупатель: ООО «Ромашка» ИНН 7898141776 КПП 789801001
        Плательщик: ООО «Лютик» ИНН 2298152449 КПП 229801001
        почта info@romashka.example
        СБИС

        В сообщении несколько организаций. *Кого приглашаем?*
        1. ООО «Ромашка» · ИНН `7898141776` · КПП `789801001`
        2. ООО «Лютик» · ИНН `2298152449` · КПП `229801001`
        [1 · ООО «Ромашка» · 7898141776]
        [2 · ООО «Лютик» · 2298152449]
        [✏️ Никого из них, введу сам]
        [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript(TWO));
    expect![[r#"
        > [2 · ООО «Лютик»] → Email?: СБИС · ООО «Лютик» · ИНН 2298152449 · КПП 229801001 / Это *e-mail* клиента: `info@romashka.example`?
        > [Да] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО «Лютик»* / ИНН `2298152449` · КПП `229801001` / E-mail: `info@romashka.example` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told("[2 · ООО «Лютик»] | [Да]"));
    let steps = "[Никого из них] | 1215107651/121501001 | Чайка | [введу сам] | iam@mail.ru";
    let mut player = sbis().after(TWO);
    expect![[r#"
        > [Никого из них] → Inn?: СБИС / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > 1215107651/121501001 → Email?: СБИС · ИНН 1215107651 · КПП 121501001 / Это *e-mail* клиента: `info@romashka.example`?
        > Чайка → Email?: ⚠️ В адресе нет знака @. Пришлите адрес целиком, например: iam@mail.ru / СБИС · ИНН 1215107651 · КПП 121501001 / Это *e-mail* клиента: `info@romashka.example`?
        > [введу сам] → Email?: СБИС · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        > iam@mail.ru → Name?: СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
    "#]].assert_eq(&player.told(steps));
}

#[test]
fn a_card_of_another_client_does_not_overwrite_a_draft() {
    let mut player = sbis().after(CARD);
    expect![[r#"
        > ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example
        Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        А это другое приглашение: ООО «Лютик» · ИНН 2298152449 · КПП 229801001 · buh@lutik.example
        [▶️ Продолжить черновик]
        [🆕 Перейти к другому]
        [🗑 Удалить оба]
        [❌ Отмена] [🏠 Начало]
    "#]].assert_eq(&player.transcript(OTHER));
    let steps = format!("[Продолжить черновик] | {OTHER} | [Перейти к другому]");
    expect![[r#"
        > [Продолжить черновик] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *МБДОУ «Чайка»* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example → Between: Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / А это другое приглашение: ООО «Лютик» · ИНН 2298152449 · КПП 229801001 · buh@lutik.example
        > [Перейти к другому] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО «Лютик»* / ИНН `2298152449` · КПП `229801001` / E-mail: `buh@lutik.example` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told(&steps));
}

#[test]
fn slips_in_typed_answers_are_pointed_out() {
    let mut player = sbis().after("/invite | 1215107651");
    expect![[r#"
        > 1215АВ001
        СБИС · ИНН 1215107651

        В КПП есть русские буквы: 1215*А**В*001. Исправить на `1215AB001`?
        [✅ Исправить]
        [✏️ Ввести заново]
        [◀️ Назад] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("1215АВ001"));
    let steps = "[Исправить] | ООО «Pомашка» | [Исправить] | info@romаshka.ru | [Ввести заново]";
    expect![[r#"
        > [Исправить] → Name?: СБИС · ИНН 1215107651 · КПП 1215AB001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > ООО «Pомашка» → Name?: СБИС · ИНН 1215107651 · КПП 1215AB001 / В названии смешаны русские и латинские буквы: `ООО «Pомашка»`. Исправить на `ООО «Ромашка»`?
        > [Исправить] → Email?: СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 / На какой *e-mail* отправить приглашение?
        > info@romаshka.ru → Email?: СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 / В адресе есть русские буквы: info@rom*а*shka.ru. Исправить на `info@romashka.ru`?
        > [Ввести заново] → Email?: СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 / На какой *e-mail* отправить приглашение?
    "#]].assert_eq(&player.told(steps));
    expect![[r#"
        > iam@gmial.com
        СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001

        Похоже на опечатку в адресе: `iam@gmial.com`. Исправить на `iam@gmail.com`?
        [✅ Исправить]
        [➡️ Оставить как есть]
        [✏️ Ввести заново]
        [◀️ Назад] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("iam@gmial.com"));
    let steps = "[Оставить как есть] | [✏️ E-mail] | iam @mail.ru | [Исправить]";
    expect![[r#"
        > [Оставить как есть] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО «Ромашка»* / ИНН `1215107651` · КПП `1215AB001` / E-mail: `iam@gmial.com` / Офис: *7705* / ⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять. / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ E-mail] → Email? (edit): СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 · iam@gmial.com / На какой *e-mail* отправить приглашение?
        > iam @mail.ru → Email? (edit): СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 · iam@gmial.com / Похоже на опечатку в адресе: `iam @mail.ru`. Исправить на `iam@mail.ru`?
        > [Исправить] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ООО «Ромашка»* / ИНН `1215107651` · КПП `1215AB001` / E-mail: `iam@mail.ru` / Офис: *7705* / ⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять. / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told(steps));
}

#[test]
fn what_is_sent_is_read_and_what_is_not_taken_is_said() {
    let inns = "7898141776 2298152449 1215107651 7707083893 7736050003 7813604178 5027318424";
    let seven: Vec<_> = inns.split(' ').map(|inn| format!("ООО «Э{inn}» ИНН {inn}")).collect();
    let wrong = "ООО «Лютик», ИНН 2298152448, КПП 229801001, buh@lutik.example";
    let address = || Player::new().after("/invite | [Invoicebox]");
    let summary = || sbis().after(CARD);
    for (player, steps, said) in [
        (
            sbis(),
            wrong,
            "Inn?: ⚠️ Не взял: ИНН 2298152448 — опечатка, контрольная цифра не сходится",
        ),
        (sbis(), wrong, "СБИС · ООО «Лютик» · КПП 229801001 · buh@lutik.example"),
        (sbis(), "7898141776, 2298152449", "В сообщении несколько организаций"),
        (sbis(), "7898141776 2298152449", "В сообщении несколько организаций"),
        (address(), "да, пишите на iam@mail.ru пожалуйста", "E-mail: `iam@mail.ru`"),
        (sbis().after(ADDRESSES), "[2 · dir@lutik.example]", "E-mail: `dir@lutik.example`"),
        (sbis().after(ADDRESSES), "iam@mail.ru", "E-mail: `iam@mail.ru`"),
        // At the summary a message replaces what it names, where a number is asked for it is an
        // answer, and a slip found while editing can be left.
        (summary(), "sad@mail.ru", "Review: ✏️ Теперь: sad@mail.ru / 📋 Проверьте"),
        (summary(), "sad@mail.ru | КПП 773601001", "Review: ✏️ Теперь: КПП 773601001"),
        (summary(), "[✏️ ИНН] | 2298152449", "Kpp?"),
        (summary(), "[✏️ E-mail] | iam@gmial.com | [Назад]", "E-mail: `iam@mail.ru`"),
        // A lost zero of a code is offered where the number has one.
        (sbis(), "/invite | 0816000005 | 81601001", "Это `081601001`?"),
        (sbis(), "/invite | 1215107651 | 21501001", "Здесь 8 знаков, а в КПП их 9"),
        (sbis(), "816000005", "Это `0816000005`?"),
        // A domain in other letters is shown in both forms.
        (by_address(), "info@пример.рф | [Пригласить]", "(он же `info@xn--e1afmkfd.xn--p1ai`)"),
        // Words begin nothing, and what is wrong is not denied to have been seen.
        (Player::new(), "Здравствуйте", "Idle: Не вижу в тексте ни ИНН"),
        (Player::new(), "Позвони в ООО «Ромашка»", "Idle: Не вижу в тексте ни ИНН"),
        (Player::new(), "8 900 123-45-67", "Idle: Не вижу в тексте ни ИНН"),
        (Player::new(), "1057", "Idle: Не вижу в тексте ни ИНН"),
        (Player::new(), "1215107652", "Idle: ⚠️ В ИНН 1215107652 опечатка"),
        (Player::new(), "540602001", "Idle: ⚠️ Похоже на КПП"),
        (Player::new(), "12151076511", "Idle: ⚠️ Здесь 11 цифр"),
        // An address and another client's card are not one invitation; before there is an address,
        // what will not be sent is said.
        (address().after("iam@mail.ru"), OTHER, "А это другое приглашение: ООО «Лютик»"),
        (address(), "7898141776", "в Invoicebox ничего не передаётся, нужен e-mail"),
        (address(), "7898141776 | iam@mail.ru", "Review: 📋 Проверьте"),
        (address(), "ИНН 816000005, a@b.ru", "потерян ноль"),
        (Player::new(), "пригласите iam@gmial.com", "опечатку в адресе: `iam@gmial.com`"),
        (sbis(), &seven.join("\n"), "В сообщении 7 организаций, здесь первые 6"),
    ] {
        let led = led(player, steps);
        assert!(led.contains(said), "{steps}:\n{led}");
    }
    // Who the client is must be known where only the address is sent; or nobody is known.
    let two = "ООО А ИНН 7701234560 КПП 770101001\nООО Б ИНН 1215107651 КПП 121501001\na@b.ru";
    let player = address().after(&format!("{two} | [2 · ООО Б] | [Да]"));
    assert_eq!(player.draft().inn.unwrap().as_str(), "1215107651");
    let player = address().after("ИНН 816000005, a@b.ru | [Ввести заново]");
    assert!(place(&player.session()) == "Review" && player.draft().inn.is_none());
}

#[test]
fn a_card_at_any_question_fills_all_it_holds() {
    for steps in [
        "",
        "[СБИС]",
        "[СБИС] | 1215107651",
        "[СБИС] | 1215107651/121501001",
        "[СБИС] | 1215107651/121501001 | Чайка",
        "[СБИС] | 1215107651/121501001 | Чайка | a@b.ru",
    ] {
        let player = Player::new().after("/invite").after(steps).after(CARD);
        let player = if steps.is_empty() { player.after("[СБИС]") } else { player };
        let screen = led(player, "[Без кода]");
        for part in ["*МБДОУ «Чайка»*", "1215107651", "121501001", "`iam@mail.ru`", "Проверьте"]
        {
            assert!(screen.contains(part), "{steps}\n{screen}");
        }
    }
}

#[test]
fn a_link_opens_a_filled_draft() {
    let mut player = sbis();
    expect![[r#"
        > /start n_1215107651_121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        [◀️ Назад] [❌ Отмена]
        menu of 1002: Some(Staff)
    "#]]
    .assert_eq(&player.transcript("/start n_1215107651_121501001"));
    assert_eq!(player.draft().kpp.unwrap().as_str(), "121501001");
    let mut text = String::new();
    for link in [
        "n_1215107651",
        "n_1215107651_",
        "n_500100732259_121501001",
        "n_1215107652",
        "n_1215107651_12",
        "n_",
    ] {
        let steps = format!("/start {link}");
        let rows = [("idle", Player::new()), ("asked", Player::new().asked_for(Field::Kpp))];
        let rows = rows.map(|(name, player)| (name.to_owned(), led(player, &steps)));
        text += &grouped(link, rows);
    }
    expect![[r#"
        n_1215107651
            idle: Provider?: ИНН 1215107651 / ✉️ Новое приглашение. Куда приглашаем?
            asked: Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        n_1215107651_
            idle: Provider?: ИНН 1215107651 / ✉️ Новое приглашение. Куда приглашаем?
            asked: Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        n_500100732259_121501001
            idle: Provider?: ИНН 500100732259 (ИП, КПП не нужен) / ✉️ Новое приглашение. Куда приглашаем?
            asked: Between: Есть незаконченный черновик: СБИС · ИНН 1215107651 / А это другое приглашение: ИНН 500100732259 (ИП, КПП не нужен)
        n_1215107652
            idle: Idle: ⚠️ В ссылке ошибка, черновик по ней не создан. В ИНН 1215107652 опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз. / Здравствуйте, Анна К.! / Пришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status. / Сегодня: 0 приглашений из 50 / За последний час: 0 приглашений из 20
            asked: Kpp?: ⚠️ В ссылке ошибка, черновик по ней не создан. В ИНН 1215107652 опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        n_1215107651_12
            idle: Idle: ⚠️ В ссылке ошибка, черновик по ней не создан. Здесь 2 знака, а в КПП их 9. Пришлите ещё раз. / Здравствуйте, Анна К.! / Пришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status. / Сегодня: 0 приглашений из 50 / За последний час: 0 приглашений из 20
            asked: Kpp?: ⚠️ В ссылке ошибка, черновик по ней не создан. Здесь 2 знака, а в КПП их 9. Пришлите ещё раз. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        n_
            idle: Idle: ⚠️ В ссылке ошибка, черновик по ней не создан. В ИНН бывают только цифры: 10 у организации, 12 у ИП. Пришлите ещё раз. / Здравствуйте, Анна К.! / Пришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status. / Сегодня: 0 приглашений из 50 / За последний час: 0 приглашений из 20
            asked: Kpp?: ⚠️ В ссылке ошибка, черновик по ней не создан. В ИНН бывают только цифры: 10 у организации, 12 у ИП. Пришлите ещё раз. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
    "#]].assert_eq(&text);
    // It does not overwrite a draft of another client.
    for steps in ["iam@mail.ru | [Invoicebox]", "/start n_2298152449 | [СБИС]"] {
        let mut player = Player::new().after(steps).after("/start n_1215107651");
        assert_eq!(place(&player.session()), "Between", "{}", player.screen());
        player.presses("Продолжить черновик");
        assert!(player.draft().inn.is_none_or(|inn| inn.as_str() != "1215107651"));
    }
    let same = Player::new().after(CARD).after("[СБИС] | /start n_1215107651_121501001");
    assert_eq!(place(&same.session()), "Office?");
}

#[test]
fn a_link_to_a_card_opens_it_as_status_does() {
    let player = Player::new();
    player.sent(&anna(), &to("iam@mail.ru"), Standing::Accepted);
    let player = player.after("/status 1");
    let card = player.screen();
    assert_eq!(player.after("/start i_1").screen(), card);
    for bad in ["/start i_0", "/start i_-5", "/start i_x", "/start i_99999999999999999999"] {
        let said = led(Player::new(), bad);
        assert!(said.contains("Такого приглашения"), "{bad}: {said}");
    }
}

#[test]
fn a_choice_that_was_not_offered_changes_nothing() {
    use DraftAct::{Choose, History, KeepUnfinished, Pick, Send, TakePasted};
    let mut player = sbis().after(TWO);
    let before = player.session();
    let acts =
        [Pick(2), Pick(255), KeepUnfinished, TakePasted, History, Send, Choose(Provider::Sbis)];
    for act in acts {
        player.gives(Press::Draft(act));
        assert_eq!(player.session(), before);
    }
}

#[test]
fn screens() {
    let long = format!("ООО «{}» ИНН 1215107651\nИНН 2298152449", "Ромашка ".repeat(25));
    let mut text = String::new();
    for (name, player, steps) in [
        ("an address for Invoicebox alone", by_address(), "iam@mail.ru"),
        ("an ИП", sbis(), "500100732259"),
        ("an address in other letters", Player::new(), "info@пример.рф"),
        ("two organisations before the provider", Player::new(), TWO),
        ("a long name among two", sbis(), &long),
        ("two names", sbis(), "ИНН 1215107651, ООО «Ромашка», ООО «Лютик»"),
        ("two addresses", sbis(), ADDRESSES),
        ("a lost zero", sbis(), "ИНН 816000005"),
        ("look-alikes in an address", Player::new().asked_for(Field::Email), "info@romаshka.ru"),
        ("look-alikes in a КПП", sbis(), "ИНН 1215107651 КПП 1215АВ001"),
        ("a letter for a digit", sbis(), "ИНН 1215107651 КПП 1215O1001"),
        ("an address where the ИНН is asked for", sbis(), "/invite | iam@mail.ru"),
        ("wrong values", sbis(), "ИНН 1215107652, КПП 12150100, почта: iam.mail.ru, ООО «Чайка»"),
        ("the draft before it is decided", Player::new().after(TWO), "/start"),
    ] {
        let screen = &player.after(steps).seen.unwrap().screen;
        writeln!(text, "==== {name}\n{}", shown(screen)).unwrap();
    }
    expect_file!["screens/paste.txt"].assert_eq(&text);
}

#[test]
fn what_is_typed_where_a_button_is_to_be_pressed() {
    let at_summary = || Player::new().after(CARD).after("[СБИС] | [Без кода]");
    let mut players = [
        ("Idle", Player::new()),
        ("Offered", Player::new().after("1215107651")),
        ("Provider?", Player::new().after("/invite")),
        ("Review", at_summary()),
        ("stopped", Player::new().with_stop("1215107651").after(CARD)),
        ("Between", at_summary().after(OTHER)),
    ]
    .map(|(name, player)| (name, player.session(), player));
    let mut text = String::new();
    for typed in [
        "Спасибо",
        "ООО «Тюльпан»",
        "ИНН 1215107652",
        "ООО «Тюльпан», ИНН 1215107652",
        "почта: iam.mail.ru",
        "816000005",
        "540602001",
        "ООО «Тюльпан», ИНН 7813604178, t@tulip.example",
    ] {
        let rows = players.iter_mut().map(|(name, before, player)| {
            match before.draft {
                Some(_) => player.stands_at(before),
                None => player.says("/cancel"),
            }
            player.says(typed);
            let place = place(&player.session());
            ((*name).to_owned(), format!("{place}: {}", player.first_line()))
        });
        text += &grouped(typed, rows.collect::<Vec<_>>());
    }
    expect![[r#"
        Спасибо
            Idle: Idle: Не вижу в тексте ни ИНН, ни КПП, ни e-mail, а картинки и файлы не открываю. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help.
            Offered: Offered: ⚠️ Здесь нужно нажать кнопку.
            Provider?: Provider?: ⚠️ Здесь нужно нажать кнопку.
            Review: Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
            stopped: Review: ⚠️ Здесь нужно нажать кнопку.
            Between: Between: ⚠️ Здесь нужно нажать кнопку.
        ООО «Тюльпан»
            Idle: Idle: Не вижу в тексте ни ИНН, ни КПП, ни e-mail, а картинки и файлы не открываю. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help.
            Offered: Offered: ⚠️ Здесь нужно нажать кнопку.
            Provider?: Provider?: ⚠️ Здесь нужно нажать кнопку.
            Review: Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
            stopped: Review: ⚠️ Здесь нужно нажать кнопку.
            Between: Between: ⚠️ Здесь нужно нажать кнопку.
        ИНН 1215107652
            Idle: Idle: ⚠️ В ИНН 1215107652 опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз.
            Offered: Offered: ⚠️ В ИНН 1215107652 опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз.
            Provider?: Provider?: ⚠️ Не взял: ИНН 1215107652 — опечатка, контрольная цифра не сходится.
            Review, stopped: Review: ⚠️ Не взял: ИНН 1215107652 — опечатка, контрольная цифра не сходится.
            Between: Between: ⚠️ Не взял: ИНН 1215107652 — опечатка, контрольная цифра не сходится.
        ООО «Тюльпан», ИНН 1215107652
            Idle, Offered, Provider?: Provider?: ⚠️ Не взял: ИНН 1215107652 — опечатка, контрольная цифра не сходится.
            Review, stopped, Between: Between: ⚠️ Не взял: ИНН 1215107652 — опечатка, контрольная цифра не сходится.
        почта: iam.mail.ru
            Idle: Idle: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
            Offered: Offered: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
            Provider?: Provider?: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
            Review, stopped: Review: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
            Between: Between: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        816000005
            Idle, Offered: Provider?: ✉️ Новое приглашение. Куда приглашаем?
            Provider?: Provider?: ⚠️ Здесь нужно нажать кнопку.
            Review: Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
            stopped: Review: ⚠️ Здесь нужно нажать кнопку.
            Between: Between: ⚠️ Здесь нужно нажать кнопку.
        540602001
            Idle: Idle: ⚠️ Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП.
            Offered: Offered: ⚠️ Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП.
            Provider?: Provider?: ⚠️ Здесь нужно нажать кнопку.
            Review: Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
            stopped: Review: ⚠️ Здесь нужно нажать кнопку.
            Between: Between: ⚠️ Здесь нужно нажать кнопку.
        ООО «Тюльпан», ИНН 7813604178, t@tulip.example
            Idle, Offered, Provider?: Provider?: ООО «Тюльпан» · ИНН 7813604178 · t@tulip.example
            Review, Between: Between: Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
            stopped: Between: Есть незаконченный черновик: МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
    "#]].assert_eq(&text);
}
