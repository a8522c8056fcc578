//! Pasted requisites, bare values, slips in typed answers, and links, line by line.

use std::fmt::Write;

use expect_test::{Expect, expect, expect_file};

use super::super::{
    Check, Deed, DraftAct, Effect, Finding, Input, List, ListWhat, Listing, Press, Search, State,
    step,
};
use super::player::{Player, desk, office, oleg, shown};
use super::table::name;
use crate::dialogue::{CardAct, Desk, texts};
use crate::domain::requisites::{Choice, Doubt, Remark, Requisites};
use crate::domain::{CompanyName, Draft, Email, Field, Number, Open, Provider, Stop, StopEntry};

const CARD: &str =
    "МБДОУ «Чайка»\nИНН/КПП 1215107651/121501001\nЭл. почта: iam@mail.ru\nтел. 8 900 123-45-67";
const OTHER: &str = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example";
const TWO: &str = "Покупатель: ООО «Ромашка» ИНН 7898141776 КПП 789801001\n\
                   Плательщик: ООО «Лютик» ИНН 2298152449 КПП 229801001\n\
                   почта info@romashka.example";

fn check(desk: Desk, lines: &[&str], transcript: Expect) {
    transcript.assert_eq(&Player::plays(desk, lines).log);
}

fn only(provider: Provider) -> Desk {
    Desk { providers: vec![provider], office: Some(office("7705")), ..desk() }
}

/// The screen after these lines.
fn after(desk: Desk, lines: &[&str]) -> String {
    shown(&Player::plays(desk, lines).screen.unwrap().0)
}

#[test]
fn a_card_and_two_presses_are_an_invitation() {
    let desk = Desk { office: Some(office("7705")), ..desk() };
    check(
        desk,
        &[CARD, "[СБИС]", "[Отправить]"],
        expect![[r#"
        > МБДОУ «Чайка»
        ИНН/КПП 1215107651/121501001
        Эл. почта: iam@mail.ru
        тел. 8 900 123-45-67
        МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        ✉️ Новое приглашение. Куда приглашаем?
        [💳 Invoicebox — нужен только e-mail]
        [📑 СБИС — компания и e-mail]
        [✖️ Отмена]
        > [СБИС]
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
        > [Отправить]
        ! Submit(Sbis(Company { inn: Inn("1215107651"), kpp: Some(Kpp("121501001")), name: CompanyName("МБДОУ «Чайка»"), email: Email("iam@mail.ru"), office: Some(OfficeCode("7705")) }))
    "#]],
    );
}

#[test]
fn a_card_for_the_only_provider_goes_right_to_the_summary() {
    check(
        only(Provider::Sbis),
        &[CARD],
        expect![[r#"
        > МБДОУ «Чайка»
        ИНН/КПП 1215107651/121501001
        Эл. почта: iam@mail.ru
        тел. 8 900 123-45-67
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
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
fn a_card_for_invoicebox_keeps_to_the_address() {
    check(
        only(Provider::Invoicebox),
        &[CARD, "[Отправить]"],
        expect![[r#"
        > МБДОУ «Чайка»
        ИНН/КПП 1215107651/121501001
        Эл. почта: iam@mail.ru
        тел. 8 900 123-45-67
        📋 Проверьте перед отправкой
        Сервис: *Invoicebox*
        E-mail: `iam@mail.ru`

        Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ E-mail]
        [◀️ Назад] [✖️ Отмена]
        > [Отправить]
        ! Submit(Invoicebox { email: Email("iam@mail.ru") })
    "#]],
    );
}

#[test]
fn a_bare_address_is_one_message_and_two_presses() {
    check(
        desk(),
        &["iam@mail.ru", "[Пригласить в Invoicebox]", "[Отправить]"],
        expect![[r#"
        > iam@mail.ru
        `iam@mail.ru` — что делаем?
        [✉️ Пригласить в Invoicebox]
        [✉️ Пригласить в СБИС]
        [🔎 История] [✖️ Отмена]
        > [Пригласить в Invoicebox]
        📋 Проверьте перед отправкой
        Сервис: *Invoicebox*
        E-mail: `iam@mail.ru`

        Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ E-mail]
        [◀️ Назад] [✖️ Отмена]
        > [Отправить]
        ! Submit(Invoicebox { email: Email("iam@mail.ru") })
    "#]],
    );
}

#[test]
fn a_bare_number_offers_an_invitation_and_the_history() {
    check(
        desk(),
        &["1215107651", "[Пригласить в СБИС]", "[Отмена]", "500100732259"],
        expect![[r#"
            > 1215107651
            ИНН `1215107651` — что делаем?
            [✉️ Пригласить в СБИС]
            [🔎 История] [✖️ Отмена]
            > [Пригласить в СБИС]
            СБИС · ИНН 1215107651

            Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
            [◀️ Назад] [✖️ Отмена]
            > [Отмена]
            ✖️ Отменено. Ничего не отправлено.
            [✉️ Пригласить] [🏠 Начало]
            > 500100732259
            ИНН `500100732259` (ИП) — что делаем?
            [✉️ Пригласить в СБИС]
            [🔎 История] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn the_history_of_a_bare_number_is_a_screen_to_invite_from() {
    let mut player = Player::plays(desk(), &["1215107651", "[История]"]);
    assert!(player.log.contains("! Search(Inn"), "{}", player.log);
    let what = ListWhat::SameInn(Number(0));
    let list = List { what, page: 0 };
    let nothing = Listing { list, items: vec![], pages: 1, more: false, author: None };
    player.finds(Finding::Listed(nothing));
    let found = shown(&player.screen.as_ref().unwrap().0);
    assert!(found.contains("Ничего не найдено") && !found.contains("[✉️ Пригласить]"), "{found}");
    player.presses("Пригласить в СБИС");
    let asked = shown(&player.screen.as_ref().unwrap().0);
    assert!(asked.contains("Пришлите *КПП*"), "{asked}");
}

#[test]
fn of_two_organisations_a_person_chooses() {
    check(
        only(Provider::Sbis),
        &[TWO, "[2 · ООО «Лютик»]", "[Да]"],
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
        [✖️ Отмена]
        > [2 · ООО «Лютик»]
        СБИС · ООО «Лютик» · ИНН 2298152449 · КПП 229801001

        Это *e-mail* клиента: `info@romashka.example`?
        [✅ Да]
        [✏️ Нет, введу сам]
        [◀️ Назад] [✖️ Отмена]
        > [Да]
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *ООО «Лютик»*
        ИНН `2298152449` · КПП `229801001`
        E-mail: `info@romashka.example`
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
fn nobody_of_them_is_typed_by_hand() {
    check(
        only(Provider::Sbis),
        &[TWO, "[Никого из них]", "1215107651/121501001", "Чайка", "[введу сам]", "iam@mail.ru"],
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
            [✖️ Отмена]
            > [Никого из них]
            СБИС

            Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
            [✖️ Отмена]
            > 1215107651/121501001
            СБИС · ИНН 1215107651 · КПП 121501001

            Это *e-mail* клиента: `info@romashka.example`?
            [✅ Да]
            [✏️ Нет, введу сам]
            [◀️ Назад] [✖️ Отмена]
            > Чайка
            ⚠️ В адресе нет знака @. Пришлите адрес целиком, например: iam@mail.ru

            СБИС · ИНН 1215107651 · КПП 121501001

            Это *e-mail* клиента: `info@romashka.example`?
            [✅ Да]
            [✏️ Нет, введу сам]
            [◀️ Назад] [✖️ Отмена]
            > [введу сам]
            СБИС · ИНН 1215107651 · КПП 121501001

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > iam@mail.ru
            СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

            Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn two_addresses_are_asked_about_and_one_may_be_typed() {
    let card = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example, dir@lutik.example";
    check(
        only(Provider::Sbis),
        &[card, "[2 · dir@lutik.example]"],
        expect![[r#"
            > ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example, dir@lutik.example
            СБИС · ООО «Лютик» · ИНН 2298152449 · КПП 229801001

            В сообщении несколько адресов. На какой *e-mail* отправить приглашение?
            1. `buh@lutik.example`
            2. `dir@lutik.example`
            [1 · buh@lutik.example]
            [2 · dir@lutik.example]
            [✏️ Ни один, введу сам]
            [◀️ Назад] [✖️ Отмена]
            > [2 · dir@lutik.example]
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *ООО «Лютик»*
            ИНН `2298152449` · КПП `229801001`
            E-mail: `dir@lutik.example`
            Офис: *7705*

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
    let typed = after(only(Provider::Sbis), &[card, "iam@mail.ru"]);
    assert!(typed.contains("E-mail: `iam@mail.ru`"), "{typed}");
}

#[test]
fn what_was_not_taken_is_said_above_the_question() {
    check(
        only(Provider::Sbis),
        &["ООО «Лютик», ИНН 2298152448, КПП 229801001, buh@lutik.example"],
        expect![[r#"
            > ООО «Лютик», ИНН 2298152448, КПП 229801001, buh@lutik.example
            ⚠️ Не взял: ИНН 2298152448 — не сходится контрольная сумма, похоже на опечатку.

            СБИС · ООО «Лютик» · buh@lutik.example

            Это *КПП* клиента: `229801001`?
            [✅ Да]
            [✏️ Нет, введу сам]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn a_message_at_the_summary_replaces_what_it_names() {
    check(
        only(Provider::Sbis),
        &[CARD, "sad@mail.ru", "КПП 773601001", "Спасибо!"],
        expect![[r#"
        > МБДОУ «Чайка»
        ИНН/КПП 1215107651/121501001
        Эл. почта: iam@mail.ru
        тел. 8 900 123-45-67
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
        > sad@mail.ru
        ⚠️ Заменил: E-mail.

        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `sad@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
        > КПП 773601001
        ⚠️ Заменил: КПП.

        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `773601001`
        E-mail: `sad@mail.ru`
        Офис: *7705*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [✖️ Отмена]
        > Спасибо!
        ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.

        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *МБДОУ «Чайка»*
        ИНН `1215107651` · КПП `773601001`
        E-mail: `sad@mail.ru`
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
fn a_card_at_any_question_fills_all_it_holds() {
    for lines in [
        vec!["/invite", CARD, "[СБИС]"],
        vec!["/invite", "[СБИС]", CARD],
        vec!["/invite", "[СБИС]", "1215107651", CARD],
        vec!["/invite", "[СБИС]", "1215107651/121501001", CARD],
        vec!["/invite", "[СБИС]", "1215107651/121501001", "Чайка", CARD],
        vec!["/invite", "[СБИС]", "1215107651/121501001", "Чайка", "a@b.ru", CARD],
    ] {
        let screen = after(desk(), &[&lines[..], &["[Без кода]"]].concat());
        for part in ["*МБДОУ «Чайка»*", "1215107651", "121501001", "`iam@mail.ru`"] {
            assert!(screen.contains(part), "{lines:?}\n{screen}");
        }
        assert!(screen.contains("Проверьте перед отправкой"), "{lines:?}\n{screen}");
    }
}

#[test]
fn a_card_of_another_client_does_not_overwrite_a_draft() {
    check(
        only(Provider::Sbis),
        &[CARD, OTHER, "Спасибо", "[Продолжить черновик]", OTHER, "[Перейти к другому]"],
        expect![[r#"
            > МБДОУ «Чайка»
            ИНН/КПП 1215107651/121501001
            Эл. почта: iam@mail.ru
            тел. 8 900 123-45-67
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *МБДОУ «Чайка»*
            ИНН `1215107651` · КПП `121501001`
            E-mail: `iam@mail.ru`
            Офис: *7705*

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
            > ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example
            Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

            А это другое приглашение: ООО «Лютик» · ИНН 2298152449 · КПП 229801001 · buh@lutik.example
            [▶️ Продолжить черновик]
            [🆕 Перейти к другому]
            [✖️ Отмена] [🏠 Начало]
            > Спасибо
            ⚠️ Здесь нужно нажать кнопку.

            Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

            А это другое приглашение: ООО «Лютик» · ИНН 2298152449 · КПП 229801001 · buh@lutik.example
            [▶️ Продолжить черновик]
            [🆕 Перейти к другому]
            [✖️ Отмена] [🏠 Начало]
            > [Продолжить черновик]
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *МБДОУ «Чайка»*
            ИНН `1215107651` · КПП `121501001`
            E-mail: `iam@mail.ru`
            Офис: *7705*

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
            > ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example
            Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

            А это другое приглашение: ООО «Лютик» · ИНН 2298152449 · КПП 229801001 · buh@lutik.example
            [▶️ Продолжить черновик]
            [🆕 Перейти к другому]
            [✖️ Отмена] [🏠 Начало]
            > [Перейти к другому]
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *ООО «Лютик»*
            ИНН `2298152449` · КПП `229801001`
            E-mail: `buh@lutik.example`
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
fn another_number_where_it_is_asked_for_is_an_answer() {
    let screen = after(only(Provider::Sbis), &[CARD, "[✏️ ИНН]", "2298152449"]);
    assert!(screen.contains("Пришлите *КПП*"), "{screen}");
}

#[test]
fn a_name_with_no_number_beside_it_is_a_name() {
    let lines = ["/invite", "1215107651/121501001", "ООО «Ромашка» (бывшее ООО «Лютик»)"];
    let screen = after(only(Provider::Sbis), &lines);
    assert!(screen.contains("ООО «Ромашка» (бывшее ООО «Лютик»)"), "{screen}");
    assert!(screen.contains("На какой *e-mail*"), "{screen}");
}

#[test]
fn slips_in_typed_answers_are_pointed_out() {
    check(
        only(Provider::Sbis),
        &[
            "/invite",
            "1215107651",
            "1215АВ001",
            "[Исправить]",
            "ООО «Pомашка»",
            "[Исправить]",
            "info@romаshka.ru",
            "[Ввести заново]",
            "iam@gmial.com",
            "[Оставить как есть]",
            "[✏️ E-mail]",
            "iam @mail.ru",
            "[Исправить]",
        ],
        expect![[r#"
            > /invite
            СБИС

            Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
            [✖️ Отмена]
            > 1215107651
            СБИС · ИНН 1215107651

            Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
            [◀️ Назад] [✖️ Отмена]
            > 1215АВ001
            СБИС · ИНН 1215107651

            В КПП есть русские буквы: 1215*А**В*001. Исправить на `1215AB001`?
            [✅ Исправить]
            [✏️ Ввести заново]
            [◀️ Назад] [✖️ Отмена]
            > [Исправить]
            СБИС · ИНН 1215107651 · КПП 1215AB001

            Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
            [◀️ Назад] [✖️ Отмена]
            > ООО «Pомашка»
            СБИС · ИНН 1215107651 · КПП 1215AB001

            В названии смешаны русские и латинские буквы: `ООО «Pомашка»`. Исправить на `ООО «Ромашка»`?
            [✅ Исправить]
            [➡️ Оставить как есть]
            [✏️ Ввести заново]
            [◀️ Назад] [✖️ Отмена]
            > [Исправить]
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > info@romаshka.ru
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001

            В адресе есть русские буквы: info@rom*а*shka.ru. Исправить на `info@romashka.ru`?
            [✅ Исправить]
            [✏️ Ввести заново]
            [◀️ Назад] [✖️ Отмена]
            > [Ввести заново]
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001

            На какой *e-mail* отправить приглашение?
            [◀️ Назад] [✖️ Отмена]
            > iam@gmial.com
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001

            Похоже на опечатку в адресе: `iam@gmial.com`. Исправить на `iam@gmail.com`?
            [✅ Исправить]
            [➡️ Оставить как есть]
            [✏️ Ввести заново]
            [◀️ Назад] [✖️ Отмена]
            > [Оставить как есть]
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *ООО «Ромашка»*
            ИНН `1215107651` · КПП `1215AB001`
            E-mail: `iam@gmial.com`
            Офис: *7705*
            ⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять.

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
            > [✏️ E-mail]
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 · iam@gmial.com

            На какой *e-mail* отправить приглашение?
            [➡️ Оставить: iam@gmial.com]
            [◀️ Назад] [✖️ Отмена]
            > iam @mail.ru
            СБИС · ООО «Ромашка» · ИНН 1215107651 · КПП 1215AB001 · iam@gmial.com

            Похоже на опечатку в адресе: `iam @mail.ru`. Исправить на `iam@mail.ru`?
            [✅ Исправить]
            [✏️ Ввести заново]
            [➡️ Оставить: iam@gmial.com]
            [◀️ Назад] [✖️ Отмена]
            > [Исправить]
            📋 Проверьте перед отправкой
            Сервис: *СБИС*
            Компания: *ООО «Ромашка»*
            ИНН `1215107651` · КПП `1215AB001`
            E-mail: `iam@mail.ru`
            Офис: *7705*
            ⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять.

            Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
            [🚀 Отправить]
            [✏️ ИНН] [✏️ КПП] [✏️ Название]
            [✏️ E-mail] [✏️ Офис]
            [◀️ Назад] [✖️ Отмена]
        "#]],
    );
}

#[test]
fn a_slip_found_while_editing_can_be_left() {
    let screen = after(only(Provider::Sbis), &[CARD, "[✏️ E-mail]", "iam@gmial.com", "[Назад]"]);
    assert!(screen.contains("E-mail: `iam@mail.ru`"), "{screen}");
}

#[test]
fn a_lost_zero_of_a_code_is_offered_where_the_number_has_one() {
    let zero = after(only(Provider::Sbis), &["/invite", "0816000005", "81601001"]);
    assert!(zero.contains("Это `081601001`?"), "{zero}");
    let none = after(only(Provider::Sbis), &["/invite", "1215107651", "21501001"]);
    assert!(none.contains("Здесь 8 знаков, а в КПП их 9"), "{none}");
    let lone = after(only(Provider::Sbis), &["816000005"]);
    assert!(lone.contains("Это `0816000005`?"), "{lone}");
}

#[test]
fn signs_of_other_widths_and_none_are_read() {
    let lines = ["/invite", "１２１５１０７６５１", "12150\u{200b}1001", "Чайка", "iam@mail.ru."];
    let screen = after(only(Provider::Sbis), &lines);
    assert!(
        screen.contains("ИНН `1215107651` · КПП `121501001`\nE-mail: `iam@mail.ru`"),
        "{screen}"
    );
}

#[test]
fn a_domain_in_other_letters_is_shown_in_both_forms() {
    let screen = after(only(Provider::Invoicebox), &["info@пример.рф", "[Пригласить]"]);
    assert!(screen.contains("`info@пример.рф` (он же `info@xn--e1afmkfd.xn--p1ai`)"), "{screen}");
}

#[test]
fn words_begin_nothing() {
    for words in ["Здравствуйте", "Позвони в ООО «Ромашка»", "8 900 123-45-67", "1057"]
    {
        let player = Player::plays(desk(), &[words]);
        assert_eq!(player.state, State::Idle, "{words}");
        assert!(player.log.contains("Не вижу здесь ни ИНН"), "{words}");
    }
    let wrong = after(desk(), &["1215107652"]);
    assert!(wrong.contains("не проходит проверку контрольной суммы"), "{wrong}");
}

#[test]
fn a_link_opens_a_filled_draft() {
    check(
        only(Provider::Sbis),
        &["/start n_1215107651_121501001"],
        expect![[r#"
        > /start n_1215107651_121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        [◀️ Назад] [✖️ Отмена]
        menu of 1002: Some(Staff)
    "#]],
    );
    for (link, word) in [
        ("/start n_1215107652", "В ссылке ошибка, черновик по ней не создан. ИНН 1215107652 не"),
        ("/start n_1215107651_12", "Здесь 2 знака, а в КПП их 9"),
        ("/start n_", "В ИНН бывают только цифры"),
    ] {
        let player = Player::plays(desk(), &[link]);
        assert_eq!(player.state, State::Idle, "{link}");
        assert!(player.log.contains(word), "{}", player.log);
    }
}

#[test]
fn a_link_does_not_overwrite_a_draft() {
    for lines in [
        ["iam@mail.ru", "[Invoicebox]", "/start n_1215107651"],
        ["/start n_2298152449", "[СБИС]", "/start n_1215107651"],
    ] {
        let mut player = Player::plays(desk(), &lines);
        assert!(matches!(player.state, State::Between { .. }), "{}", player.log);
        player.presses("Продолжить черновик");
        assert!(!player.state.draft().unwrap().inn.iter().any(|it| it.as_str() == "1215107651"));
    }
    let same = Player::plays(desk(), &[CARD, "[СБИС]", "/start n_1215107651_121501001"]);
    assert!(matches!(same.state, State::Asking { field: Field::Office, .. }), "{}", same.log);
}

#[test]
fn a_link_to_a_card_asks_for_it_as_status_does() {
    let deeds = |text: &str| {
        let input = Input::Message { text: Some(text.to_owned()), about: None };
        let step = step(&desk(), &State::Idle, input);
        step.effects.into_iter().find_map(|effect| match effect {
            Effect::Do(deed) => Some(deed),
            _ => None,
        })
    };
    assert_eq!(deeds("/start i_12"), Some(Deed::Look(Number(12), CardAct::Open, None)));
    for bad in ["/start i_0", "/start i_-5", "/start i_x", "/start i_99999999999999999999"] {
        assert_eq!(deeds(bad), None);
        assert!(after(desk(), &[bad]).contains("Такого приглашения"), "{bad}");
    }
}

#[test]
fn a_choice_that_was_not_offered_changes_nothing() {
    let mut player = Player::plays(only(Provider::Sbis), &[TWO]);
    let (state, stamp) = (player.state.clone(), player.desk.draft.unwrap().0);
    for act in [
        DraftAct::Pick(2),
        DraftAct::Pick(255),
        DraftAct::Continue,
        DraftAct::Pasted,
        DraftAct::History,
        DraftAct::Send,
        DraftAct::Choose(Provider::Sbis),
    ] {
        player.gives(Press::Draft(act), Some(stamp));
        assert_eq!(player.state, state);
    }
}

#[test]
fn the_history_is_that_of_the_value() {
    for (text, search) in [
        ("Iam@Mail.ru", Search::Email("iam@mail.ru".to_owned())),
        ("1215107651", Search::Inn(crate::domain::Inn::parse("1215107651").unwrap())),
    ] {
        let mut player = Player::plays(desk(), &[text]);
        let stamp = player.desk.draft.unwrap().0;
        let deeds = player.takes(Input::Press(Press::Draft(DraftAct::History), Some(stamp)));
        assert_eq!(deeds, [Deed::Search(search)]);
    }
}

#[test]
fn screens() {
    let sbis = || only(Provider::Sbis);
    let names = "ИНН 1215107651, ООО «Ромашка», ООО «Лютик»";
    let long = format!("ООО «{}» ИНН 1215107651\nИНН 2298152449", "Ромашка ".repeat(25));
    let screens = [
        ("an address for Invoicebox alone", only(Provider::Invoicebox), vec!["iam@mail.ru"]),
        ("an ИП", sbis(), vec!["500100732259"]),
        ("an address in other letters", desk(), vec!["info@пример.рф"]),
        ("two organisations before the provider", desk(), vec![TWO]),
        ("a long name among two", sbis(), vec![&long]),
        ("two names", sbis(), vec![names]),
        ("a lost zero", sbis(), vec!["ИНН 816000005"]),
        (
            "look-alikes in an address",
            sbis(),
            vec!["/invite", "1215107651/121501001", "Чайка", "info@romаshka.ru"],
        ),
        ("look-alikes in a КПП", sbis(), vec!["ИНН 1215107651 КПП 1215АВ001"]),
        ("a letter for a digit", sbis(), vec!["ИНН 1215107651 КПП 1215O1001"]),
        ("an address where the ИНН is asked for", sbis(), vec!["/invite", "iam@mail.ru"]),
        (
            "three wrong values",
            sbis(),
            vec!["ИНН 1215107652, КПП 12150100, почта: iam.mail.ru, ООО «Чайка»"],
        ),
        ("of the draft before it is decided", desk(), vec![TWO, "/start"]),
    ];
    let mut text = String::new();
    for (name, desk, lines) in screens {
        text += &format!("==== {name}\n{}\n\n", after(desk, &lines));
    }
    expect_file!["screens/paste.txt"].assert_eq(&text);
}

#[test]
fn the_longest_values_fit_into_a_message() {
    let name = |c: char| CompanyName::parse(&format!("{}{c}", "&".repeat(254))).unwrap();
    let email = Email::parse(&format!("{}@{}.ru", "&".repeat(60), "d".repeat(36))).unwrap();
    let mut full = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    full.fill(Field::Inn, "1215107651/121501001").unwrap();
    (full.name, full.email) = (Some(name('я')), Some(email.clone()));
    let choice = |value| Choice { value, doubt: None };
    let names: Vec<_> = "абвгдежз".chars().map(|c| choice(name(c))).collect();
    let written = Doubt::LookAlike("&".repeat(255));
    let proposal = vec![Choice { value: name('я'), doubt: Some(written) }, choice(name('ю'))];
    let why = crate::domain::EmailError::Malformed;
    let wrong = Remark { written: "&".repeat(400), why: why.into() };
    let read = Requisites { remarks: vec![wrong; 9], ..Requisites::default() };
    let note = texts::taken(&full, &Draft::default(), &read).unwrap();
    for names in [names, proposal] {
        let mut open = full.clone();
        open.leave_open(Open::Name(names));
        let asking = State::Asking { draft: open.clone(), field: Field::Name, editing: true };
        for state in [asking, State::Between { draft: full.clone(), pasted: open }] {
            let screen = texts::noted(&note, texts::screen(&desk(), &state));
            assert!(screen.text.length() <= 4096, "{}: {}", screen.text.length(), shown(&screen));
        }
    }
}

#[test]
fn an_address_and_another_clients_card_are_not_one_invitation() {
    let mut player = Player::plays(desk(), &["/invite", "[Invoicebox]", "iam@mail.ru"]);
    player.goes_on(&["ООО «Ромашка», ИНН/КПП 7898141776/789801001"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("А это другое приглашение: ООО «Ромашка»"), "{screen}");
    // Before there is an address, what will not be sent is said.
    let mut player = Player::plays(desk(), &["/invite", "[Invoicebox]", "7898141776"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("в Invoicebox ничего не передаётся, нужен e-mail"), "{screen}");
    player.says("iam@mail.ru");
    assert!(matches!(player.state, State::Reviewing { .. }));
}

#[test]
fn an_address_that_is_asked_about_is_asked_about_before_the_service() {
    let player = Player::plays(desk(), &["пригласите iam@gmial.com"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("Похоже на опечатку в адресе: `iam@gmial.com`"), "{screen}");
}

#[test]
fn what_is_wrong_is_said_without_denying_that_it_was_seen() {
    for (typed, said) in [
        ("1215107652", "ИНН 1215107652 не проходит проверку"),
        ("540602001", "Похоже на КПП"),
        ("12151076511", "Здесь 11 цифр"),
    ] {
        let player = Player::plays(desk(), &[typed]);
        let screen = shown(&player.screen.as_ref().unwrap().0);
        assert!(screen.contains(said) && !screen.contains("Не вижу"), "{typed}:\n{screen}");
    }
}

#[test]
fn more_organisations_than_can_be_chosen_from_are_counted() {
    let inns = ["7898141776", "2298152449", "1215107651", "7707083893", "7736050003", "7813604178"];
    let mut lines: Vec<String> = inns.iter().map(|inn| format!("ООО «Э{inn}» ИНН {inn}")).collect();
    lines.push("ООО «Седьмая» ИНН 5027318424".to_owned());
    let player = Player::plays(only(Provider::Sbis), &[&lines.join("\n")]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("В сообщении 7 организаций, здесь первые 6"), "{screen}");
}

#[test]
fn who_the_client_is_must_be_known_where_only_the_address_is_sent() {
    let two = "ООО А ИНН 7701234560 КПП 770101001\nООО Б ИНН 1215107651 КПП 121501001\na@b.ru";
    let lines = ["/invite", "[Invoicebox]", two, "[2 · ООО Б]", "[Да]"];
    let player = Player::plays(desk(), &lines);
    let State::Reviewing { draft } = &player.state else { panic!("{}", player.log) };
    assert_eq!(draft.inn.as_ref().unwrap().as_str(), "1215107651");
    let mut player = Player::plays(desk(), &["/invite", "[Invoicebox]", "ИНН 816000005, a@b.ru"]);
    let screen = shown(&player.screen.as_ref().unwrap().0);
    assert!(screen.contains("потерян ноль"), "{screen}");
    // Whoever would rather not say goes on with the address alone.
    player.presses("Ввести заново");
    assert!(matches!(&player.state, State::Reviewing { draft } if draft.inn.is_none()));
}

#[test]
fn yes_no_and_numbers_are_no_names() {
    let lines = ["/invite", "[СБИС]", "1215107651/121501001"];
    for typed in ["нет", "Да", "555501002", "121501002/1"] {
        let mut player = Player::plays(desk(), &lines);
        player.says(typed);
        let screen = shown(&player.screen.as_ref().unwrap().0);
        assert!(screen.contains("Это не похоже на название"), "{typed}:\n{screen}");
        assert_eq!(player.state.draft().unwrap().name, None);
    }
    let asked = |names: &[&str], answer: &str| {
        let mut player = Player::plays(desk(), &lines);
        let choice = |name: &&str| Choice { value: CompanyName::parse(name).unwrap(), doubt: None };
        let State::Asking { draft, .. } = &mut player.state else { panic!("{}", player.log) };
        draft.leave_open(Open::Name(names.iter().map(choice).collect()));
        player.says(answer);
        player.state.draft().unwrap().clone()
    };
    assert_eq!(asked(&["Чайка"], "да").name.unwrap().as_str(), "Чайка");
    for (names, answer, open) in [
        (&["Чайка"][..], "нет", None),
        (&["Чайка", "Сойка"], "да", Some(2)),
        (&["Чайка", "Сойка"], "нет", None),
    ] {
        let draft = asked(names, answer);
        assert_eq!((draft.choices(Field::Name).map(Open::count), draft.name), (open, None));
    }
}

/// Where a person is after these lines, and the first words that are said.
fn where_and_what(player: &Player) -> String {
    let screen = shown(&player.screen.as_ref().unwrap().0);
    format!("{}: {}", name(&player.state), screen.lines().next().unwrap_or_default())
}

#[test]
fn what_is_typed_where_a_button_is_to_be_pressed() {
    let third = "ООО «Тюльпан», ИНН 7813604178, t@tulip.example";
    let typed = [
        "Спасибо",
        "ООО «Тюльпан»",
        "ИНН 1215107652",
        "ООО «Тюльпан», ИНН 1215107652",
        "почта: iam.mail.ru",
        "816000005",
        "540602001",
        third,
    ];
    let stop = StopEntry {
        id: 3,
        stop: Stop::parse("1215107651").unwrap(),
        reason: None,
        at: desk().now,
        by: oleg(),
    };
    let stopped = Check { stop: Some(stop), ..Check::default() };
    let mut text = String::new();
    for (lines, check) in [
        (&[][..], Check::default()),
        (&["1215107651"][..], Check::default()),
        (&["/invite"][..], Check::default()),
        (&[CARD, "[СБИС]", "[Без кода]"], Check::default()),
        (&[CARD], stopped),
        (&[CARD, "[СБИС]", OTHER], Check::default()),
    ] {
        let mut player = Player::new(desk());
        player.check = check;
        player.goes_on(lines);
        match player.screen {
            Some(_) => writeln!(text, "== {}", where_and_what(&player)).unwrap(),
            None => writeln!(text, "== {}", name(&player.state)).unwrap(),
        }
        let (state, screen) = (player.state.clone(), player.screen.clone());
        let stamp = player.desk.draft;
        for typed in typed {
            (player.state, player.screen, player.desk.draft) =
                (state.clone(), screen.clone(), stamp);
            player.says(typed);
            writeln!(text, "> {typed}\n{}", where_and_what(&player)).unwrap();
        }
    }
    expect![[r#"
        == Idle
        > Спасибо
        Idle: Не вижу здесь ни ИНН, ни КПП, ни e-mail. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help.
        > ООО «Тюльпан»
        Idle: Не вижу здесь ни ИНН, ни КПП, ни e-mail. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help.
        > ИНН 1215107652
        Idle: ⚠️ ИНН 1215107652 не проходит проверку контрольной суммы: похоже, опечатка в одной цифре. Пришлите ещё раз.
        > ООО «Тюльпан», ИНН 1215107652
        Provider?: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Idle: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Provider?: ИНН: выбрать
        > 540602001
        Idle: ⚠️ Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Provider?: ООО «Тюльпан» · ИНН 7813604178 · t@tulip.example
        == Offered: ИНН `1215107651` — что делаем?
        > Спасибо
        Offered: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан»
        Offered: ⚠️ Здесь нужно нажать кнопку.
        > ИНН 1215107652
        Offered: ⚠️ ИНН 1215107652 не проходит проверку контрольной суммы: похоже, опечатка в одной цифре. Пришлите ещё раз.
        > ООО «Тюльпан», ИНН 1215107652
        Provider?: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Offered: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Provider?: ИНН: выбрать
        > 540602001
        Offered: ⚠️ Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Provider?: ООО «Тюльпан» · ИНН 7813604178 · t@tulip.example
        == Provider?: ✉️ Новое приглашение. Куда приглашаем?
        > Спасибо
        Provider?: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан»
        Provider?: ⚠️ Здесь нужно нажать кнопку.
        > ИНН 1215107652
        Provider?: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > ООО «Тюльпан», ИНН 1215107652
        Provider?: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Provider?: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Provider?: ⚠️ Здесь нужно нажать кнопку.
        > 540602001
        Provider?: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Provider?: ООО «Тюльпан» · ИНН 7813604178 · t@tulip.example
        == Review: 📋 Проверьте перед отправкой
        > Спасибо
        Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
        > ООО «Тюльпан»
        Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
        > ИНН 1215107652
        Review: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > ООО «Тюльпан», ИНН 1215107652
        Between: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Review: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
        > 540602001
        Review: ⚠️ Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Between: Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
        == Review: 🚫 *Сюда просили не писать*
        > Спасибо
        Review: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан»
        Review: ⚠️ Здесь нужно нажать кнопку.
        > ИНН 1215107652
        Review: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > ООО «Тюльпан», ИНН 1215107652
        Between: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Review: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Review: ⚠️ Здесь нужно нажать кнопку.
        > 540602001
        Review: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Between: Есть незаконченный черновик: МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
        == Between: Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
        > Спасибо
        Between: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан»
        Between: ⚠️ Здесь нужно нажать кнопку.
        > ИНН 1215107652
        Between: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > ООО «Тюльпан», ИНН 1215107652
        Between: ⚠️ Не взял: ИНН 1215107652 — не сходится контрольная сумма, похоже на опечатку.
        > почта: iam.mail.ru
        Between: ⚠️ Не взял: адрес iam.mail.ru — нет знака @.
        > 816000005
        Between: ⚠️ Здесь нужно нажать кнопку.
        > 540602001
        Between: ⚠️ Здесь нужно нажать кнопку.
        > ООО «Тюльпан», ИНН 7813604178, t@tulip.example
        Between: Есть незаконченный черновик: СБИС · МБДОУ «Чайка» · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
    "#]].assert_eq(&text);
}

#[test]
fn what_is_typed_where_a_value_is_asked_for() {
    let own = Desk { offices: vec![office("7705"), office("0240")], ..desk() };
    let to = |field: Field| match field {
        Field::Inn => &["/invite", "[СБИС]"][..],
        Field::Kpp => &["/invite", "[СБИС]", "1215107651"],
        Field::Name => &["/invite", "[СБИС]", "1215107651/121501001"],
        Field::Email => &["/invite", "[СБИС]", "1215107651/121501001", "Чайка"],
        _ => &["/invite", "[СБИС]", "1215107651/121501001", "Чайка", "iam@mail.ru"],
    };
    let mut text = String::new();
    for (field, typed) in [
        // Signs of other widths and breaks are read in numbers; a name is taken as it stands.
        (Field::Kpp, "КПП１２１５０１００１"),
        (Field::Name, "ООО12345678 ''Чайка''"),
        // Anything may stand before an address in brackets.
        (Field::Email, "Чайка <iam@mail.ru>"),
        (Field::Email, "ИНН 1215107651 <iam@mail.ru>"),
        (Field::Email, "ИНН 2298152449 <iam@mail.ru>"),
        (Field::Email, "КПП 540602001 <iam@mail.ru>"),
        (Field::Email, "sad@mail.ru <iam@mail.ru>"),
        // A top level that is rarely seen is no reason to ask, other letters are.
        (Field::Email, "iam@mail.ninja"),
        (Field::Email, "iam@чайка.ниндзя"),
        (Field::Office, "7705"),
        (Field::Office, "9999"),
    ] {
        let player = Player::plays(own.clone(), &[to(field), &[typed]].concat());
        let screen = shown(&player.screen.as_ref().unwrap().0);
        let said =
            screen.lines().take_while(|line| !line.starts_with('[')).filter(|it| !it.is_empty());
        let said = said.collect::<Vec<_>>().join(" / ");
        writeln!(text, "{field:?}? {typed}\n{}: {said}", name(&player.state)).unwrap();
    }
    expect![[r#"
        Kpp? КПП１２１５０１００１
        Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО „Ромашка“
        Name? ООО12345678 ''Чайка''
        Email?: СБИС · ООО12345678 ''Чайка'' · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Email? Чайка <iam@mail.ru>
        Office?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
        Email? ИНН 1215107651 <iam@mail.ru>
        Office?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
        Email? ИНН 2298152449 <iam@mail.ru>
        Between: Есть незаконченный черновик: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 / А это другое приглашение: ИНН 2298152449 · iam@mail.ru
        Email? КПП 540602001 <iam@mail.ru>
        Office?: ⚠️ Заменил: КПП. / СБИС · Чайка · ИНН 1215107651 · КПП 540602001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
        Email? sad@mail.ru <iam@mail.ru>
        Email?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 / В сообщении несколько адресов. На какой *e-mail* отправить приглашение? / 1. `sad@mail.ru` / 2. `iam@mail.ru`
        Email? iam@mail.ninja
        Office?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ninja / Код *офиса*, за которым закрепится клиент. Выберите из своих.
        Email? iam@чайка.ниндзя
        Email?: СБИС · Чайка · ИНН 1215107651 · КПП 121501001 / Это *e-mail* клиента: `iam@чайка.ниндзя`?
        Office? 7705
        Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        Office? 9999
        Office?: ⚠️ Этот код офиса вам не назначен. Выберите из своих; назначить другой может администратор. / СБИС · Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
    "#]].assert_eq(&text);
}
