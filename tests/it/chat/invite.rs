//! An invitation by questions and answers, line by line.

use std::fmt::Write;

use expect_test::expect;
use invite_bot::dialogue::facts::BotSettings;
use invite_bot::domain::requisites::Choice;
use invite_bot::domain::{Choices, CompanyName, Draft, Field, Provider, State, WaitReason};
use invite_bot::handlers::Input;
use invite_bot::store::{Actor, Change, Refusal, StoreError};

use super::acts::{asking, sbis};
use super::player::{Player, anna, code, oleg, only, said, setup};
use super::report::{led, place, stands};

#[test]
fn an_invitation_is_submitted_through_a_handler_and_store_apply_alone() {
    let mut player = Player::new().at_summary(Provider::Sbis);
    let (draft, message) = (player.draft(), player.seen.as_ref().unwrap().message);
    player.presses("Отправить");
    let [Change::Submit(new)] = player.changes.as_slice() else { panic!("{:?}", player.changes) };
    assert_eq!(new.recipient, draft.finish().unwrap());
    let [sent] = player.invitations().try_into().unwrap();
    assert_eq!((sent.state, sent.version, sent.author.clone()), (State::Queued, 1, anna()));
    let expected = (&new.recipient, Some(WaitReason::Time(new.options.not_before)));
    assert_eq!((&sent.recipient, sent.waits), expected);
    assert!(player.session().is_empty(), "the draft is gone");
    player.reads(async |reader| {
        assert_eq!(reader.status_message(sent.number).await.unwrap(), Some(message));
        assert_eq!(reader.listed(anna().id).await.unwrap().unwrap().office, Some(code("7705")));
        assert_eq!(reader.history(sent.number).await.unwrap().len(), 1);
    });
    // The same once more makes no second one.
    let again =
        player.waits_for(player.store.apply(Actor::Person(anna().id), player.now, &player.changes));
    assert!(matches!(again, Err(StoreError::Overtaken(Refusal::Session))), "{again:?}");
    assert_eq!(player.invitations(), [sent]);
}

#[test]
fn invoicebox_needs_an_address_and_nothing_else() {
    let mut player = Player::new();
    expect![[r#"
        > /invite
        ✉️ Новое приглашение. Куда приглашаем?
        [💳 Invoicebox — нужен только e-mail]
        [📑 СБИС — компания и e-mail]
        [❌ Отмена]
        > [Invoicebox]
        Invoicebox

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [❌ Отмена]
        > iam@mail.ru
        📋 Проверьте перед отправкой
        Сервис: *Invoicebox*
        E-mail: `iam@mail.ru`

        Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ E-mail]
        [◀️ Назад] [❌ Отмена]
        > [Отправить]
        (№1: отправлю через 5 с)
    "#]]
    .assert_eq(&player.transcript("/invite | [Invoicebox] | iam@mail.ru | [Отправить]"));
    let mut player = Player::with(only(Provider::Invoicebox));
    expect![[r#"
        > /invite → Email?: Invoicebox / На какой *e-mail* отправить приглашение?
        > iam@mail.ru → Review: 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `iam@mail.ru` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
    "#]].assert_eq(&player.told("/invite | iam@mail.ru"));
}

#[test]
fn sbis_asks_for_the_company_and_the_office() {
    let steps = "[СБИС] | 1215107651 | 121501001 | Детский сад Чайка | iam@mail.ru | 0240";
    let mut player = Player::new().after("/invite");
    expect![[r#"
        > [СБИС]
        СБИС

        Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        [◀️ Назад] [❌ Отмена]
        > 1215107651
        СБИС · ИНН 1215107651

        Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        [◀️ Назад] [❌ Отмена]
        > 121501001
        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        [◀️ Назад] [❌ Отмена]
        > Детский сад Чайка
        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [❌ Отмена]
        > iam@mail.ru
        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        [Без кода]
        [◀️ Назад] [❌ Отмена]
        > 0240
        📋 Проверьте перед отправкой
        Сервис: *СБИС*
        Компания: *Детский сад Чайка*
        ИНН `1215107651` · КПП `121501001`
        E-mail: `iam@mail.ru`
        Офис: *0240*

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [❌ Отмена]
    "#]].assert_eq(&player.transcript(steps));
}

#[test]
fn a_person_has_no_kpp() {
    let steps = "500100732259 | ИП Иванов | iam@mail.ru | [Без кода]";
    let mut player = Player::new().asked_for(Field::Inn);
    expect![[r#"
        > 500100732259 → Name?: СБИС · ИНН 500100732259 (ИП, КПП не нужен) / Пришлите *название*, как оно должно стоять в приглашении, например: ИП Иванов Иван Иванович
        > ИП Иванов → Email?: СБИС · ИП Иванов · ИНН 500100732259 (ИП, КПП не нужен) / На какой *e-mail* отправить приглашение?
        > iam@mail.ru → Office?: СБИС · ИП Иванов · ИНН 500100732259 (ИП, КПП не нужен) · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        > [Без кода] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ИП Иванов* / ИНН `500100732259` (ИП, КПП не нужен) / E-mail: `iam@mail.ru` / Офис: без кода / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told(steps));
    assert!(!player.screen().contains("[✏️ КПП]"), "{}", player.screen());
}

#[test]
fn an_office_is_offered_and_never_taken_silently() {
    let mut player = Player::new().asked_for(Field::Email);
    player.remembers_office("7705");
    expect![[r#"
        > iam@mail.ru
        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите или выберите.
        [7705] [Без кода]
        [◀️ Назад] [❌ Отмена]
    "#]]
    .assert_eq(&player.transcript("iam@mail.ru"));
    let player = player.after("[7705]");
    assert!(player.screen().contains("Офис: *7705*"), "{}", player.screen());
    // That of the organisation is not asked for, and can be edited.
    let player = Player::with(BotSettings { office: Some(code("7705")), ..setup() });
    let mut player = player.asked_for(Field::Email);
    expect![[r#"
        > iam@mail.ru → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ Офис] → Office? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        > 0240 → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *0240* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told("iam@mail.ru | [✏️ Офис] | 0240"));
}

#[test]
fn back_keeps_the_value_and_offers_it() {
    let steps = "[Назад] | [Оставить: 1215107651] | 121501001 | [Назад] | [Назад] | [Назад]";
    let mut player = Player::new().asked_for(Field::Kpp);
    expect![[r#"
        > [Назад] → Inn?: СБИС · ИНН 1215107651 / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > [Оставить: 1215107651] → Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > 121501001 → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > [Назад] → Kpp?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > [Назад] → Inn?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > [Назад] → Provider?: СБИС · ИНН 1215107651 · КПП 121501001 / ✉️ Новое приглашение. Куда приглашаем?
    "#]].assert_eq(&player.told(steps));
    expect![[r#"
        > [Invoicebox] → Email?: Invoicebox · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        > iam@mail.ru → Review: 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `iam@mail.ru` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
    "#]].assert_eq(&player.told("[Invoicebox] | iam@mail.ru"));
}

#[test]
fn an_edit_returns_to_the_summary() {
    let steps = "[✏️ Название] | [Назад] | [✏️ E-mail] | info@mail.ru | [✏️ Офис] | [Без кода] | [✏️ КПП] | [Оставить: 121501001]";
    let mut player = Player::new().at_summary(Provider::Sbis);
    expect![[r#"
        > [✏️ Название] → Name? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > [Назад] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ E-mail] → Email? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / На какой *e-mail* отправить приглашение?
        > info@mail.ru → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `info@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ Офис] → Office? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · info@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        > [Без кода] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `info@mail.ru` / Офис: без кода / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ КПП] → Kpp? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · info@mail.ru / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > [Оставить: 121501001] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `info@mail.ru` / Офис: без кода / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told(steps));
}

#[test]
fn an_edit_of_the_number_to_another_kind_asks_for_what_is_missing() {
    let steps = "[✏️ ИНН] | 500100732259 | ИП Иванов | [✏️ ИНН] | 7707083893 | 773601001 | [Оставить: ИП Иванов]";
    let mut player = Player::new().at_summary(Provider::Sbis);
    expect![[r#"
        > [✏️ ИНН] → Inn? (edit): СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > 500100732259 → Name?: СБИС · Детский сад Чайка · ИНН 500100732259 (ИП, КПП не нужен) · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ИП Иванов Иван Иванович
        > ИП Иванов → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ИП Иванов* / ИНН `500100732259` (ИП, КПП не нужен) / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        > [✏️ ИНН] → Inn? (edit): СБИС · ИП Иванов · ИНН 500100732259 (ИП, КПП не нужен) · iam@mail.ru / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > 7707083893 → Kpp?: СБИС · ИП Иванов · ИНН 7707083893 · iam@mail.ru / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > 773601001 → Name?: СБИС · ИП Иванов · ИНН 7707083893 · КПП 773601001 · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        > [Оставить: ИП Иванов] → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *ИП Иванов* / ИНН `7707083893` · КПП `773601001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
    "#]].assert_eq(&player.told(steps));
}

#[test]
fn a_number_that_lost_its_zero_is_offered_back() {
    let mut player = Player::new().asked_for(Field::Inn);
    expect![[r#"
        > 816000005
        ⚠️ Здесь 9 цифр, а в ИНН их 10 (организация) или 12 (ИП). Если он начинался с нуля: 0816000005?

        СБИС

        Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        [Да, это 0816000005]
        [◀️ Назад] [❌ Отмена]
    "#]].assert_eq(&player.transcript("816000005"));
    expect![[r#"
        > [Да, это 0816000005] → Kpp?: СБИС · ИНН 0816000005 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > [Назад] → Inn?: СБИС · ИНН 0816000005 / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        > 81600000 → Inn?: ⚠️ Здесь 8 цифр, а в ИНН их 10 (организация) или 12 (ИП). Пришлите ещё раз. / СБИС · ИНН 0816000005 / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
    "#]].assert_eq(&player.told("[Да, это 0816000005] | [Назад] | 81600000"));
}

/// What is asked stays asked where the answer was no good.
#[test]
fn what_is_typed_where_a_value_is_asked_for() {
    let mut text = String::new();
    for (field, typed) in [
        (Field::Inn, "ИНН 1215107651 КПП 121501001"),
        (Field::Inn, "1215107652"),
        (Field::Inn, "121510765"),
        (Field::Inn, "0000000000"),
        (Field::Inn, "Чайка"),
        (Field::Inn, "１２１５１０７６５１"),
        (Field::Kpp, "12150100"),
        (Field::Kpp, "ABCD01001"),
        // Signs of other widths and breaks are read in numbers; a name is taken as it stands.
        (Field::Kpp, "КПП１２１５０１００１"),
        (Field::Kpp, "12150\u{200b}1001"),
        (Field::Name, "«»"),
        (Field::Name, "ООО12345678 ''Чайка''"),
        (Field::Name, "ООО «Ромашка» (бывшее ООО «Лютик»)"),
        (Field::Email, "iam.mail.ru"),
        (Field::Email, "iam@mail.ru."),
        (Field::Email, "a@b.ru, c@d.ru"),
        // Anything may stand before an address in brackets.
        (Field::Email, "Чайка <iam@mail.ru>"),
        (Field::Email, "ИНН 1215107651 <iam@mail.ru>"),
        (Field::Email, "ИНН 2298152449 <iam@mail.ru>"),
        (Field::Email, "КПП 540602001 <iam@mail.ru>"),
        (Field::Email, "sad@mail.ru <iam@mail.ru>"),
        // A top level that is rarely seen is no reason to ask, other letters are.
        (Field::Email, "iam@mail.ninja"),
        (Field::Email, "iam@чайка.ниндзя"),
        (Field::Office, "77"),
        (Field::Office, "7705"),
        (Field::Office, "9999"),
    ] {
        let own: &[&str] = if field == Field::Office { &["7705", "0240"] } else { &[] };
        let player = Player::new().owning(own).asked_for(field);
        writeln!(text, "{field:?}? {typed:?} → {}", led(player, typed)).unwrap();
    }
    expect![[r#"
        Inn? "ИНН 1215107651 КПП 121501001" → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        Inn? "1215107652" → Inn?: ⚠️ В ИНН 1215107652 опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз. / СБИС / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        Inn? "121510765" → Inn?: ⚠️ Здесь 9 цифр, а в ИНН их 10 (организация) или 12 (ИП). Пришлите ещё раз. / СБИС / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        Inn? "0000000000" → Inn?: ⚠️ ИНН из одних нулей не бывает. Пришлите ещё раз. / СБИС / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        Inn? "Чайка" → Inn?: ⚠️ В ИНН бывают только цифры: 10 у организации, 12 у ИП. Пришлите ещё раз. / СБИС / Пришлите *ИНН* (10 или 12 цифр) или вставьте реквизиты целиком.
        Inn? "１２１５１０７６５１" → Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        Kpp? "12150100" → Kpp?: ⚠️ Здесь 8 знаков, а в КПП их 9. Пришлите ещё раз. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        Kpp? "ABCD01001" → Kpp?: ⚠️ В КПП первые четыре и последние три знака — цифры, а два между ними — цифры или латинские буквы. Пришлите ещё раз. / СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        Kpp? "КПП１２１５０１００１" → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        Kpp? "12150\u{200b}1001" → Name?: СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        Name? "«»" → Name?: ⚠️ В названии нет ни букв, ни цифр. Пришлите ещё раз. / СБИС · ИНН 1215107651 · КПП 121501001 / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        Name? "ООО12345678 ''Чайка''" → Email?: СБИС · ООО12345678 ''Чайка'' · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Name? "ООО «Ромашка» (бывшее ООО «Лютик»)" → Email?: СБИС · ООО «Ромашка» (бывшее ООО «Лютик») · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Email? "iam.mail.ru" → Email?: ⚠️ В адресе нет знака @. Пришлите адрес целиком, например: iam@mail.ru / СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 / На какой *e-mail* отправить приглашение?
        Email? "iam@mail.ru." → Office?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email? "a@b.ru, c@d.ru" → Email?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 / В сообщении несколько адресов. На какой *e-mail* отправить приглашение? / 1. `a@b.ru` / 2. `c@d.ru`
        Email? "Чайка <iam@mail.ru>" → Office?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email? "ИНН 1215107651 <iam@mail.ru>" → Office?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email? "ИНН 2298152449 <iam@mail.ru>" → Between: Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 / А это другое приглашение: ИНН 2298152449 · iam@mail.ru
        Email? "КПП 540602001 <iam@mail.ru>" → Office?: ✏️ Теперь: КПП 540602001 / СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 540602001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email? "sad@mail.ru <iam@mail.ru>" → Email?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 / В сообщении несколько адресов. На какой *e-mail* отправить приглашение? / 1. `sad@mail.ru` / 2. `iam@mail.ru`
        Email? "iam@mail.ninja" → Office?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ninja / Код *офиса*, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».
        Email? "iam@чайка.ниндзя" → Email?: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 / Это *e-mail* клиента: `iam@чайка.ниндзя`?
        Office? "77" → Office?: ⚠️ Код офиса — это 4 или 5 цифр, например 7705. Пришлите ещё раз или нажмите «Без кода». / СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
        Office? "7705" → Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Детский сад Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        Office? "9999" → Office?: ⚠️ Этот код офиса вам не назначен. Выберите из своих; назначить другой может админ. / СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Код *офиса*, за которым закрепится клиент. Выберите из своих.
    "#]].assert_eq(&text);
}

#[test]
fn yes_no_and_numbers_are_no_names() {
    for typed in ["нет", "Да", "555501002", "121501002/1"] {
        let player = Player::new().asked_for(Field::Name).after(typed);
        assert!(player.screen().contains("Это не похоже на название"), "{typed}");
        assert_eq!(player.draft().name, None);
    }
    // They answer a choice.
    let asked = |names: &[&str], answer| {
        let mut player = Player::new();
        let choice =
            |name: &&str| Choice { value: CompanyName::parse(name).unwrap(), correction: None };
        let mut draft = Draft { name: None, ..sbis() };
        draft.offer_choices(Choices::Name(names.iter().map(choice).collect()));
        player.stands_at(&asking(draft, Field::Name));
        player.says(answer);
        stands(&player)
    };
    let one = ["да", "нет"].map(|answer| asked(&["Чайка"], answer));
    let two = ["да", "нет"].map(|answer| asked(&["Чайка", "Сойка"], answer));
    expect![[r#"
        Review: 📋 Проверьте перед отправкой / Сервис: *СБИС* / Компания: *Чайка* / ИНН `1215107651` · КПП `121501001` / E-mail: `iam@mail.ru` / Офис: *7705* / Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        Name?: СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»
        Name?: ⚠️ Это не похоже на название. Ничего не изменено. / СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / В сообщении несколько названий. Какое *название* поставить в приглашение? / 1. `Чайка` / 2. `Сойка`
        Name?: СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / Пришлите *название*, как оно должно стоять в приглашении, например: ООО «Ромашка»"#]].assert_eq(&[one, two].concat().join("\n"));
}

#[test]
fn cancel_and_start_always_work() {
    let steps = "/start | [Продолжить] | /invite | [Начать заново] | /CANCEL@invite_bot | /cancel | что это? | /frobnicate";
    let mut player = Player::new().asked_for(Field::Kpp);
    expect![[r#"
        > /start → Kpp?: Здравствуйте, Анна К.! / Пришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status. / Сегодня: 0 приглашений из 50 / За последний час: 0 приглашений из 20 / Есть незаконченный черновик: СБИС · ИНН 1215107651
        > [Продолжить] → Kpp?: СБИС · ИНН 1215107651 / Пришлите *КПП*: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы.
        > /invite → Kpp?: Есть незаконченный черновик: СБИС · ИНН 1215107651
        > [Начать заново] → Provider?: ✉️ Новое приглашение. Куда приглашаем?
        > /CANCEL@invite_bot → Idle: ❌ Отменено. Ничего не отправлено.
        > /cancel → Idle: Отменять нечего: черновика нет. Отправленное не отзывается, его видно в /status.
        > что это? → Idle: Не вижу в тексте ни ИНН, ни КПП, ни e-mail, а картинки и файлы не открываю. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help.
        > /frobnicate → Idle: Такой команды нет. Ничего не сделано. Все команды — /help.
    "#]].assert_eq(&player.told(steps));
}

#[test]
fn a_sticker_and_a_strange_press_do_nothing() {
    let mut player = Player::new().after("/invite | [Invoicebox]");
    player.takes(said(None, None));
    player.sends_back("no data of ours");
    expect![[r#"
        ⚠️ Читаю только текст: картинки, файлы и голосовые не открываю. Ничего не изменено.

        Invoicebox

        На какой *e-mail* отправить приглашение?
        [◀️ Назад] [❌ Отмена]
        (Такой кнопки здесь нет. Ничего не сделано.)
    "#]]
    .assert_eq(&player.log);
}

#[test]
fn a_confirmation_older_than_a_quarter_of_an_hour_asks_again() {
    let mut player = Player::new().at_summary(Provider::Invoicebox);
    player.time_passes(15);
    player.now += jiff::SignedDuration::from_secs(1);
    expect!["> [Отправить] | 📋 Проверьте перед отправкой | (Прошло больше 15 минут. Проверьте ещё раз и подтвердите.)"].assert_eq(&player.brief("[Отправить]"));
    player.time_passes(15);
    player.presses("Отправить");
    assert_eq!(player.invitations().len(), 1, "{}", player.log);
}

#[test]
fn an_old_button_brings_a_fresh_card_and_does_nothing() {
    let mut player = Player::new().at_summary(Provider::Invoicebox);
    let old = player.seen.clone();
    player = player.after("[✏️ E-mail] | info@mail.ru");
    player.seen = old;
    expect![[r#"
        > [Отправить]
        📋 Проверьте перед отправкой
        Сервис: *Invoicebox*
        E-mail: `info@mail.ru`

        Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ E-mail]
        [◀️ Назад] [❌ Отмена]
        (Карточка устарела, вот свежая.)
    "#]]
    .assert_eq(&player.transcript("[Отправить]"));
    assert_eq!(player.invitations(), []);
}

#[test]
fn a_press_of_another_card_is_answered_by_what_became_of_that_draft() {
    let mut player = Player::new().at_summary(Provider::Invoicebox);
    let summary = player.seen.clone();
    let presses_again = |player: &mut Player| {
        player.seen = summary.clone();
        player.presses("Отправить");
    };
    presses_again(&mut player);
    // What was sent is at work, whatever is filled in meanwhile.
    presses_again(&mut player);
    player.says("/invite");
    presses_again(&mut player);
    // For anybody else the same button is of nobody's draft.
    player = player.by(&oleg());
    presses_again(&mut player);
    player.says("/invite");
    presses_again(&mut player);
    expect![[r#"
        > [Отправить] | (№1: отправлю через 5 с)
        > [Отправить] | (№1 уже в работе, второй раз не отправляю.)
        > /invite | ✉️ Новое приглашение. Куда приглашаем?
        > [Отправить] | (№1 уже в работе, второй раз не отправляю.)
        > [Отправить] | Здравствуйте, Олег! | (Карточка устарела. Ничего не сделано.)
        > /invite | ✉️ Новое приглашение. Куда приглашаем?
        > [Отправить] | ✉️ Новое приглашение. Куда приглашаем? | (Карточка устарела, вот свежая.)"#]].assert_eq(&player.firsts);
    assert_eq!(player.invitations().len(), 1);
}

#[test]
fn what_is_shown_once_more_says_why() {
    let mut text = String::new();
    for steps in ["", "/invite | [СБИС]", "iam@mail.ru", "iam@mail.ru | [Invoicebox]"] {
        let mut player = Player::new().after(steps);
        let before = player.session();
        let mut again = |player: &mut Player| {
            player.forgets();
            player.takes(Input::ShowAgain);
            assert_eq!(player.session(), before);
            writeln!(text, "{}: {}", place(&before), player.firsts).unwrap();
        };
        again(&mut player);
        player.distrusts();
        again(&mut player);
    }
    expect![[r#"
        Idle: 
        Idle: 
        Inn?: ⚠️ Я перезапускался, или Telegram был недоступен. Продолжим с этого места.
        Inn?: ⚠️ Я перезапускался, или Telegram был недоступен. Продолжим с этого места.
        Offered: ⚠️ Я перезапускался, или Telegram был недоступен. Продолжим с этого места.
        Offered: ⚠️ Я перезапускался, или Telegram был недоступен. Продолжим с этого места.
        Review: ⚠️ Я перезапускался, или Telegram был недоступен: нажатие могло не дойти. Ничего не отправлено. Проверьте и подтвердите ещё раз.
        Review: ⚠️ Моя база данных восстановлена из копии или перенесена: это приглашение могло уже уйти раньше. Посмотрите переписку выше, проверьте и подтвердите ещё раз, только если его не было.
    "#]].assert_eq(&text);
}
