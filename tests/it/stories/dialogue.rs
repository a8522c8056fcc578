//! The conversation by real updates: what may be typed, what is wrong with what was typed, and the
//! ways back, out and around.

use expect_test::expect;
use invite_bot::demo::world::Plan;
use invite_bot::domain::Provider::{Invoicebox, Sbis};
use invite_bot::domain::{OfficeCode, Role};
use serde_json::{Value, json};
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::{Message, Person};

use crate::support::people::{Client, Someone};
use crate::support::screen;
use crate::support::world::{BotSettings, World};

/// The record that СБИС got last.
fn requisites(world: &World) -> Value {
    world.sbis().received().last().unwrap().body["params"]["Реквизиты"]["d"].clone()
}

async fn begins_with_sbis(anna: &Someone) {
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
}

async fn edits(anna: &Someone, field: &str) -> Message {
    anna.presses(&format!("✏️ {field}")).await;
    anna.sees_button("Оставить").await
}

/// The buttons of a message are taken off after the next one is shown.
async fn loses_its_buttons(anna: &Someone, message: &Message) {
    let bare = |chat: &[Message]| {
        chat.iter().find(|it| it.id == message.id && it.buttons.is_empty()).map(drop)
    };
    anna.telegram.until(&anna.person, "a card without buttons", bare).await.unwrap();
}

#[tokio::test]
async fn what_people_paste_is_understood() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("ИНН: 121 510\u{a0}7651", "Пришлите КПП").await;
    anna.asks("кпп 1215\u{a0}ab\u{a0}001", "Пришлите название").await;
    anna.asks(" ООО\n  «Ромашка»\u{200b} ", "На какой e-mail").await;
    anna.asks("mailto:Iam@Mail.RU,", "Код офиса").await;
    let summary = anna.asks("офис 0012", "Проверьте перед отправкой").await;
    expect![[r#"
        📋 Проверьте перед отправкой
        Сервис: СБИС
        Компания: ООО «Ромашка»
        ИНН 1215107651 · КПП 1215AB001
        E-mail: Iam@mail.ru
        Офис: 0012
        ⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [❌ Отмена]"#]]
    .assert_eq(&summary.transcript());

    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    let sent = requisites(&world);
    for (name, value) in [
        ("ИННПолуч", "1215107651"),
        ("КПППолуч", "1215AB001"),
        ("НазвПолуч", "ООО «Ромашка»"),
        ("MailПолуч", "Iam@mail.ru"),
        ("КодПартнера", "0012"),
    ] {
        assert_eq!(sent[name], value);
    }
}

#[tokio::test]
async fn inn_and_kpp_may_come_together() {
    let world = World::new().await;
    let anna = world.anna();
    for pasted in [
        "1215107651/121501001",
        "ИНН/КПП: 1215107651 / 121501001",
        "ИНН 1215107651, КПП 121501001",
        "1215107651 121501001",
    ] {
        begins_with_sbis(&anna).await;
        let asked = anna.asks(pasted, "Пришлите название").await;
        assert!(asked.text.contains("ИНН 1215107651 · КПП 121501001"), "{pasted}: {}", asked.text);
        anna.presses("Отмена").await;
    }
}

#[tokio::test]
async fn wrong_input_names_the_rule_and_loses_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    let long = "я".repeat(256);
    let long_address = format!("{}@mail.ru", "a".repeat(100));
    /// What is wrong and by which rule; what is right; what is asked next.
    type Step<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let steps: [Step<'_>; 5] = [
        (
            &[
                ("1215107652", "В ИНН 1215107652 опечатка: контрольная цифра не сходится"),
                ("121510765", "Здесь 9 цифр, а в ИНН их 10 (организация) или 12 (ИП)"),
                ("Чайка", "В ИНН бывают только цифры"),
                ("0000000000", "ИНН из одних нулей не бывает"),
                ("1215107651/12150100", "ИНН верный, а КПП рядом с ним — нет. Здесь 8 знаков"),
            ],
            "1215107651",
            "Пришлите КПП",
        ),
        (
            &[
                ("12150100", "Здесь 8 знаков, а в КПП их 9"),
                ("1215ЖЖ001", "цифры или латинские буквы"),
            ],
            "121501001",
            "Пришлите название",
        ),
        (
            &[("«»", "В названии нет ни букв, ни цифр"), (&long, "256 знаков, а можно до 255")],
            "Детский сад Чайка",
            "На какой e-mail",
        ),
        (
            &[
                ("mail.ru", "нет знака @"),
                ("почта@mail.ru", "нелатинские буквы"),
                ("мой почта@mail.ru", "пробел"),
                ("iam@local", "не похоже на адрес"),
                (&long_address, "108 знаков, а можно до 100"),
            ],
            "iam@mail.ru",
            "Код офиса",
        ),
        (
            &[("77", "4 или 5 цифр"), ("office", "4 или 5 цифр"), ("770512", "4 или 5 цифр")],
            "7705",
            "Проверьте перед отправкой",
        ),
    ];
    let mut question = "Пришлите ИНН";
    for (wrong, right, next) in steps {
        let draft = "SELECT json_extract(body, '$.draft') FROM drafts";
        let kept = world.rows(draft).await;
        for (typed, rule) in wrong {
            let told = anna.asks(typed, rule).await;
            assert!(told.text.contains(question), "the question again: {}", told.text);
            assert_eq!(world.rows(draft).await, kept, "{typed}");
        }
        anna.asks(right, next).await;
        question = next;
    }
}

#[tokio::test]
async fn back_leads_through_every_question_and_keep_leads_forth() {
    let world = World::new().await;
    let anna = world.anna();
    let summary = anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    for (question, kept) in [
        ("Код офиса", "Оставить: 7705"),
        ("На какой e-mail", "Оставить: iam@mail.ru"),
        ("Пришлите название", "Оставить: Детский сад Чайка"),
        ("Пришлите КПП", "Оставить: 121501001"),
        ("Пришлите ИНН", "Оставить: 1215107651"),
    ] {
        anna.presses("Назад").await;
        let asked = anna.sees(question).await;
        assert!(asked.button(kept).is_some(), "{}", asked.transcript());
    }
    anna.presses("Назад").await;
    anna.sees("Куда приглашаем").await;
    anna.presses("СБИС").await;
    let again = anna.sees("Проверьте перед отправкой").await;
    assert_eq!(again.text, summary.text, "nothing was lost on the way");

    // «Оставить» goes to the next question that has no answer.
    anna.presses("Назад").await;
    anna.sees("Код офиса").await;
    anna.presses("Оставить").await;
    anna.sees("Проверьте перед отправкой").await;
    world.exactly(0, Sbis);
}

#[tokio::test]
async fn every_step_has_a_way_out() {
    let world = World::new().await;
    let anna = world.anna();
    let steps = [
        ("1215107651", "Пришлите КПП"),
        ("121501001", "Пришлите название"),
        ("Детский сад Чайка", "На какой e-mail"),
        ("iam@mail.ru", "Код офиса"),
        ("7705", "Проверьте перед отправкой"),
    ];
    for by_button in [true, false] {
        for stop in 0..steps.len() + 2 {
            anna.asks("/invite", "Куда приглашаем").await;
            if stop > 0 {
                anna.presses("СБИС").await;
                anna.sees("Пришлите ИНН").await;
            }
            for (typed, question) in steps.iter().take(stop.saturating_sub(1)) {
                anna.asks(typed, question).await;
            }
            if by_button {
                anna.presses("Отмена").await;
            } else {
                anna.says("/cancel");
            }
            let told = anna.sees("Отменено. Ничего не отправлено.").await;
            assert!(told.button("Пригласить").is_some());
            assert!(world.rows("SELECT body FROM drafts").await.is_empty());
        }
    }
    anna.asks("/cancel", "Отменять нечего").await;
    world.exactly(0, Sbis);
}

#[tokio::test]
async fn an_edit_from_the_summary_returns_straight_to_it() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    for (field, typed, shown) in [
        ("ИНН", "7700000016", "7700000016"),
        ("КПП", "773601001", "773601001"),
        ("Название", "ООО „Образец“", "ООО „Образец“"),
        ("E-mail", "other@example.com", "other@example.com"),
        ("Офис", "01234", "01234"),
    ] {
        edits(&anna, field).await;
        if field == "ИНН" {
            // What belonged to another number is asked for again, one tap each.
            anna.asks(typed, "Пришлите КПП").await;
            anna.presses("Оставить: 121501001").await;
            anna.sees("Пришлите название").await;
            anna.presses("Оставить: Детский сад Чайка").await;
        } else {
            anna.says(typed);
        }
        let summary = anna.sees("Проверьте перед отправкой").await;
        assert!(summary.text.contains(shown), "{}", summary.text);

        for way_back in ["Оставить", "Назад"] {
            edits(&anna, field).await;
            anna.presses(way_back).await;
            let again = anna.sees("Проверьте перед отправкой").await;
            assert_eq!(again.text, summary.text, "{field}, {way_back}");
        }
    }
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    let sent = requisites(&world);
    assert_eq!(sent["ИННПолуч"], "7700000016");
    assert_eq!(sent["КПППолуч"], "773601001");
    assert_eq!(sent["НазвПолуч"], "ООО „Образец“");
    assert_eq!(sent["MailПолуч"], "other@example.com");
    assert_eq!(sent["КодПартнера"], "01234");
}

#[tokio::test]
async fn another_inn_casts_doubt_on_what_belonged_to_the_first() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    edits(&anna, "ИНН").await;
    let asked = anna.asks("7700000016", "Пришлите КПП").await;
    assert!(asked.button("Оставить: 121501001").is_some(), "{}", asked.transcript());
    anna.presses("Оставить").await;
    anna.sees("Пришлите название").await;
    let summary = anna.asks("ООО „Образец“", "Проверьте перед отправкой").await;
    assert!(summary.text.contains("ИНН 7700000016 · КПП 121501001"), "{}", summary.text);

    // With its КПП beside it, only the name is in doubt.
    edits(&anna, "ИНН").await;
    anna.asks("1215107651/773601001", "Пришлите название").await;
    anna.presses("Оставить").await;
    anna.sees("ИНН 1215107651 · КПП 773601001").await;
}

#[tokio::test]
async fn a_lost_zero_is_offered_back() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("816000005", "Если он начинался с нуля: 0816000005?").await;
    anna.presses("Да, это 0816000005").await;
    let asked = anna.sees("Пришлите КПП").await;
    assert!(asked.text.contains("ИНН 0816000005"), "{}", asked.text);
}

#[tokio::test]
async fn a_person_with_twelve_digits_is_not_asked_for_a_kpp() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("500100732259", "Пришлите название").await;
    anna.asks("ИП Образцов", "На какой e-mail").await;
    anna.asks("iam@mail.ru", "Код офиса").await;
    anna.presses("Без кода").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    expect![[r#"
        📋 Проверьте перед отправкой
        Сервис: СБИС
        Компания: ИП Образцов
        ИНН 500100732259 (ИП, КПП не нужен)
        E-mail: iam@mail.ru
        Офис: без кода

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [✏️ ИНН] [✏️ Название] [✏️ E-mail]
        [✏️ Офис]
        [◀️ Назад] [❌ Отмена]"#]]
    .assert_eq(&summary.transcript());
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world).get("КПППолуч"), None);
}

#[tokio::test]
async fn the_kpp_goes_with_twelve_digits_and_is_asked_for_again_with_ten() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    edits(&anna, "ИНН").await;
    anna.asks("500100732259", "Пришлите название").await;
    let person = anna.asks("ИП Образцов", "Проверьте перед отправкой").await;
    assert!(
        person.text.contains("ИП, КПП не нужен") && person.button("КПП").is_none(),
        "{}",
        person.transcript()
    );
    edits(&anna, "ИНН").await;
    anna.asks("1215107651", "Пришлите КПП").await;
    anna.asks("773601001", "Пришлите название").await;
    let organisation = anna.asks("Детский сад Чайка", "Проверьте перед отправкой").await;
    assert!(organisation.text.contains("КПП 773601001"), "{}", organisation.text);
}

#[tokio::test]
async fn the_last_office_code_is_offered_and_never_taken_silently() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("1215107651/121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "На какой e-mail").await;
    let first = anna.asks("iam@mail.ru", "Код офиса").await;
    assert_eq!(first.labels(), ["Без кода", "◀️ Назад", "❌ Отмена"], "there is no last one yet");
    anna.asks("0771", "Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world)["КодПартнера"], "0771");

    begins_with_sbis(&anna).await;
    anna.asks("7700000016/121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "На какой e-mail").await;
    let second = anna.asks("iam@mail.ru", "Код офиса").await;
    assert_eq!(second.labels(), ["0771", "Без кода", "◀️ Назад", "❌ Отмена"]);
    anna.presses("Без кода").await;
    let summary = anna.insists().await;
    assert!(summary.text.contains("Офис: без кода"), "{}", summary.text);
    edits(&anna, "Офис").await;
    anna.presses("0771").await;
    anna.sees("Офис: 0771").await;
    edits(&anna, "Офис").await;
    anna.presses("Без кода").await;
    anna.sees("Офис: без кода").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world).get("КодПартнера"), None);

    // What Анна used is nobody else's.
    let boris = world.boris();
    begins_with_sbis(&boris).await;
    boris.asks("7700000023/121501001", "Пришлите название").await;
    boris.asks("Детский сад Чайка", "На какой e-mail").await;
    let asked = boris.asks("iam@mail.ru", "Код офиса").await;
    assert!(asked.button("0771").is_none(), "{}", asked.transcript());
}

#[tokio::test]
async fn a_configured_office_is_not_asked_for_but_may_be_changed() {
    let usual = BotSettings::default();
    let office = Some(OfficeCode::parse("0042").unwrap());
    let world = World::with(BotSettings { plan: Plan { office, ..usual.plan }, ..usual }).await;
    let anna = world.anna();
    let summary = anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    assert!(summary.text.contains("Офис: 0042"), "{}", summary.text);
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world)["КодПартнера"], "0042");

    anna.fills_in(&Client::of_sbis("iam@mail.ru").number(1)).await;
    edits(&anna, "Офис").await;
    anna.asks("7705", "Офис: 7705").await;
    let asked = edits(&anna, "Офис").await;
    assert!(asked.button("0042").is_some(), "{}", asked.transcript());
    anna.presses("Без кода").await;
    anna.sees("Офис: без кода").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world).get("КодПартнера"), None);
}

#[tokio::test]
async fn the_old_card_loses_its_buttons() {
    let world = World::new().await;
    let anna = world.anna();
    let choice = anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    let asked = anna.sees("Пришлите ИНН").await;
    assert_eq!(choice.id, asked.id, "a press edits the card");
    let error = anna.asks("1", "Здесь 1 цифра").await;
    assert_ne!(asked.id, error.id, "a typed answer brings a new one");
    loses_its_buttons(&anna, &asked).await;
    let next = anna.asks("1215107651", "Пришлите КПП").await;
    loses_its_buttons(&anna, &error).await;
    anna.asks("/cancel", "Отменено").await;
    loses_its_buttons(&anna, &next).await;
}

#[tokio::test]
async fn a_sticker_is_no_answer() {
    let world = World::new().await;
    let anna = world.anna();
    let sends_a_sticker = async |answer: &str| {
        anna.sends_sticker();
        anna.sees(answer).await
    };
    sends_a_sticker("Не вижу в тексте ни ИНН").await;
    anna.asks("/invite", "Куда приглашаем").await;
    let told = sends_a_sticker(
        "Читаю только текст: картинки, файлы и голосовые не открываю. Ничего не изменено.",
    )
    .await;
    assert!(told.text.contains("Куда приглашаем"), "{}", told.text);
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    let told = sends_a_sticker("Читаю только текст").await;
    assert!(told.text.contains("На какой e-mail"), "{}", told.text);
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    sends_a_sticker("Читаю только текст").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
}

#[tokio::test]
async fn text_where_a_button_is_asked_for_gets_a_hint() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("Добрый день", "Не вижу в тексте ни ИНН").await;
    anna.asks("/invite", "Куда приглашаем").await;
    anna.asks("куда-нибудь", "Здесь нужно нажать кнопку").await;
    anna.asks("сбис", "Пришлите ИНН").await;
    anna.presses("Назад").await;
    anna.sees("Куда приглашаем").await;
    anna.asks("Invoicebox", "На какой e-mail").await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    anna.asks("да", "Ещё ничего не отправлено").await;
    anna.asks("Отправить", "Ещё ничего не отправлено").await;
    world.exactly(0, Invoicebox);
}

#[tokio::test]
async fn an_unfinished_draft_is_shown_at_the_start() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("1215107651", "Пришлите КПП").await;
    let home = anna.asks("/start", "Есть незаконченный черновик: СБИС · ИНН 1215107651").await;
    expect![[r#"
        Здравствуйте, Анна!
        Пришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status.
        Сегодня: 0 приглашений

        Есть незаконченный черновик: СБИС · ИНН 1215107651
        [▶️ Продолжить] [🗑 Удалить]
        [✉️ Пригласить] [🗂 Статус]"#]]
    .assert_eq(&screen::plain(&home.transcript()));
    anna.presses("Продолжить").await;
    anna.sees("Пришлите КПП").await;
    anna.asks("121501001", "Пришлите название").await;

    anna.asks("/start", "Есть незаконченный черновик").await;
    anna.presses("Удалить").await;
    anna.sees("Отменено. Ничего не отправлено.").await;
    let home = anna.asks("/start", "Здравствуйте").await;
    assert!(!home.text.contains("черновик"), "{}", home.text);
}

#[tokio::test]
async fn an_unfinished_draft_is_not_lost_to_a_new_one() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("1215107651", "Пришлите КПП").await;
    let asked = anna.asks("/invite", "Есть незаконченный черновик").await;
    expect![[r#"
        Есть незаконченный черновик: СБИС · ИНН 1215107651
        [▶️ Продолжить]
        [🆕 Начать заново] [🗑 Удалить]"#]]
    .assert_eq(&asked.transcript());
    anna.presses("Продолжить").await;
    anna.sees("Пришлите КПП").await;

    anna.asks("/invite", "Есть незаконченный черновик").await;
    anna.presses("Начать заново").await;
    anna.sees("Куда приглашаем").await;
    anna.presses("СБИС").await;
    let asked = anna.sees("Пришлите ИНН").await;
    assert!(asked.button("Оставить").is_none(), "{}", asked.transcript());

    anna.asks("1215107651", "Пришлите КПП").await;
    anna.asks("/invite", "Есть незаконченный черновик").await;
    anna.presses("Удалить").await;
    anna.sees("Отменено").await;
    anna.asks("/invite", "Куда приглашаем").await;
}

#[tokio::test]
async fn other_commands_in_the_middle_do_not_disturb_the_draft() {
    let world = World::new().await;
    let anna = world.anna();
    begins_with_sbis(&anna).await;
    anna.asks("/status", "Пока пусто").await;
    anna.asks("/help", "Что значит итог").await;
    anna.asks("/bogus", "Такой команды нет").await;
    anna.asks("1215107651", "Пришлите КПП").await;
}

#[tokio::test]
async fn with_one_provider_there_is_nothing_to_choose() {
    let world = World::with(BotSettings::only(Invoicebox)).await;
    let anna = world.anna();
    let asked = anna.asks("/invite", "На какой e-mail").await;
    assert_eq!(asked.labels(), ["❌ Отмена"], "and nowhere to go back to");
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;

    let world = World::with(BotSettings::only(Sbis)).await;
    let anna = world.anna();
    let asked = anna.asks("/invite", "Пришлите ИНН").await;
    assert_eq!(asked.labels(), ["❌ Отмена"]);
}

#[tokio::test]
async fn a_draft_for_a_provider_that_was_switched_off_is_not_sent() {
    let mut world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.switches_to(&[Sbis]).await;
    anna.presses("Отправить").await;
    anna.sees("Пришлите ИНН").await;
    world.exactly(0, Invoicebox);
}

// --------------------------------------------------------------------- texts of all kinds

const NASTY: &str =
    "<b>Рога & Копыта</b> \"🦌\" &amp; \u{202e}gnp.exe </code><a href='tg://user?id=1'>";
/// The mark that turns the direction is dropped, the rest stays to the letter.
const NASTY_SHOWN: &str =
    "<b>Рога & Копыта</b> \"🦌\" &amp; gnp.exe </code><a href='tg://user?id=1'>";

#[tokio::test]
async fn markup_in_a_name_is_shown_and_sent_to_the_letter() {
    let world = World::new().await;
    let anna = world.anna();
    let client = Client { name: NASTY.to_owned(), ..Client::of_sbis("o'neil&co@example.com") };
    let summary = anna.fills_in(&client).await;
    assert!(summary.text.contains(&format!("Компания: {NASTY_SHOWN}\n")), "{}", summary.text);
    let number = anna.confirms().await;
    let told = anna.sees_of(number, "принято").await;
    assert!(told.text.contains(NASTY_SHOWN), "{}", told.text);
    let card = anna.asks("/status 1", "№1 · СБИС").await;
    assert!(
        card.text.contains(NASTY_SHOWN) && card.text.contains("o'neil&co@example.com"),
        "{}",
        card.text
    );
    let list = anna.asks("/status", "Мои приглашения").await;
    assert!(list.text.contains("<b>Рога & Копыта</b>"), "{}", list.text);
    assert_eq!(requisites(&world)["НазвПолуч"], NASTY_SHOWN);
    assert_eq!(requisites(&world)["MailПолуч"], "o'neil&co@example.com");
}

#[tokio::test]
async fn a_person_may_be_called_anything() {
    let nasty = Person {
        last_name: Some("<i>\u{202e}& 😀".to_owned()),
        username: Some("x".to_owned()),
        ..Person::new(1010, "<b>")
    };
    let usual = BotSettings::default();
    let listed = vec![(nasty.clone(), Role::Staff)];
    let world = World::with(BotSettings { listed, ..usual }).await;
    let (someone, oleg) = (world.person(nasty), world.oleg());
    let home = someone.asks("/start", "Здравствуйте, <b>").await;
    assert!(home.text.contains("& 😀"), "{}", home.text);
    someone.asks("/help", "Вы: <b>").await;
    let number = someone.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    someone.sees_of(number, "принято").await;
    oleg.asks("/staff", "<b>").await;
    oleg.asks("/status 1", "Автор: <b>").await;
    oleg.asks("/revoke 1010", "Доступ отозван").await;
}

#[tokio::test]
async fn the_longest_texts_of_people_are_answered() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let letters = "<&я".repeat(1365);
    let digits = "1".repeat(4096);
    let commands = ["/status ", "/start ", "/cancel ", "/bogus "];
    for command in commands {
        let text: String = format!("{command}{letters}").chars().take(4096).collect();
        anna.asks(&text, "").await;
    }
    anna.asks(&letters, "Не вижу в тексте ни ИНН").await;
    begins_with_sbis(&anna).await;
    anna.asks(&letters, "В ИНН бывают только цифры").await;
    anna.asks(&digits, "Здесь 4096 цифр").await;
    anna.asks("1215107651", "Пришлите КПП").await;
    anna.asks(&letters, "Здесь 4095 знаков").await;
    anna.asks("121501001", "Пришлите название").await;
    anna.asks(&letters, "4095 знаков, а можно до 255").await;
    anna.asks(&format!("{}яяя", "<&\"".repeat(84)), "На какой e-mail").await;
    anna.asks(&format!("a@{letters}"), "слишком длинный").await;
    let address = format!("{}@{}.ru", "&".repeat(60), "d".repeat(36));
    anna.asks(&address, "Код офиса").await;
    anna.asks(&digits, "4 или 5 цифр").await;
    anna.asks("7705", "Проверьте перед отправкой").await;
    anna.asks(&letters, "Ещё ничего не отправлено").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    anna.asks("/status 1", "№1 · СБИС · принято").await;
    anna.asks("/status", "Мои приглашения").await;
    let allow: String = format!("/allow 5000 {letters}").chars().take(4096).collect();
    oleg.asks(&allow, "Имя слишком длинное").await;
    let revoke: String = format!("/revoke {letters}").chars().take(4096).collect();
    oleg.asks(&revoke, "У кого отозвать доступ").await;
}

#[tokio::test]
async fn a_long_answer_of_a_provider_is_shown_to_the_letter_as_far_as_it_fits() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let shout = "<b>&\"😀".repeat(833);
    let field = json!({ "name": shout, "code": shout, "message": shout });
    let refused = json!({ "error": { "message": shout, "code": shout, "fields": [field] } });
    world.invoicebox().answers_next(Scripted::Answer(Reply::json(422, &refused)));
    world.invoicebox().answers_next(Scripted::Answer(
        Reply::json(401, &refused).with("x-request-id", &"<i>".repeat(1000)),
    ));
    let rpc = json!({ "jsonrpc": "2.0", "error": { "code": -1, "message": shout }, "id": 0 });
    world.sbis().answers_next(Scripted::Answer(Reply::json(500, &rpc)));
    let accepted = json!({ "data": { "id": shout } });
    let request_id = "<i>".repeat(1000);

    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let told = anna.sees_of(number, "отказ").await;
    assert!(told.text.contains("Ответ сервиса: «<b>&\"😀<b>&\"😀"), "{}", told.text);
    assert!(anna.card(number).await.contains("«<b>&\"😀"));

    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    let told = anna.sees_of(number, "отказ").await;
    assert!(told.text.contains("<b>&\"😀") && told.text.contains('…'), "{}", told.text);
    anna.card(number).await;

    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "Админ знает").await;
    let notice = oleg.sees("не подходит ключ").await;
    assert!(notice.text.contains("Ответ сервиса: «<b>&\"😀"), "{}", notice.text);
    let answer = Reply::json(200, &accepted).with("x-request-id", &request_id);
    world.invoicebox().answers_next(Scripted::Answer(answer));
    oleg.presses_on(&notice, "Возобновить").await;
    anna.sees_of(number, "принято").await;
    anna.card(number).await;
}
