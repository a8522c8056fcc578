//! The organisation is found by its ИНН, or it is not and is filled in by hand: in time, once, and
//! never in the way.

use std::time::{Duration, Instant};

use expect_test::expect;
use invite_bot::demo::world::DADATA_KEY;
use invite_bot::domain::Provider::Sbis;
use invite_bot::domain::Source;
use serde_json::Value;
use stand_ins::providers::Scripted;
use stand_ins::telegram::Message;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

const CHAIKA: &str = "1215107651";
const TWELVE_BRANCHES: &str = "1234567894";
const LIQUIDATED: &str = "2323232323";
const PERSON: &str = "770000000300";
const MISSING: &str = "0816000005";
const SLOW: &str = "7700000070";
const DOWN: &str = "5555555552";

const BOTH: [Source; 2] = [Source::DaData, Source::Invoicebox];

/// A look-up takes 3 s at most; the rest is for a busy machine.
const IN_TIME: Duration = Duration::from_secs(3 + 27);

async fn world() -> World {
    World::with(BotSettings::with_directories()).await
}

/// What comes after the ИНН.
async fn names(anna: &Someone, inn: &str, answer: &str) -> Message {
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks(inn, answer).await
}

/// From the e-mail to «принято»; what СБИС got.
async fn sends(world: &World, anna: &Someone) -> Value {
    anna.asks("iam@mail.ru", "Код офиса").await;
    anna.presses("Без кода").await;
    anna.insists().await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.sbis().received().last().unwrap().body["params"]["Реквизиты"]["d"].clone()
}

#[track_caller]
fn is_for(sent: &Value, inn: &str, kpp: Option<&str>, name: &str) {
    assert_eq!(sent["ИННПолуч"], inn);
    assert_eq!(sent.get("КПППолуч").and_then(Value::as_str), kpp);
    assert_eq!(sent["НазвПолуч"], name);
}

#[tokio::test]
async fn an_organisation_costs_its_number_and_one_press() {
    let world = world().await;
    let anna = world.anna();
    names(&anna, CHAIKA, "Это она?").await;
    anna.presses("Да").await;
    anna.sees("На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, CHAIKA, Some("121501001"), "Детский сад Чайка");
    assert_eq!(world.asked()[0], 1);
    expect![[r#"
        > /invite

        СБИС

        Пришлите ИНН (10 или 12 цифр) или вставьте реквизиты целиком.

        > 1215107651

        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001

        На какой e-mail отправить приглашение?

        > iam@mail.ru

        ✅ №1: принято. СБИС отправит письмо в течение минуты
        Детский сад Чайка · iam@mail.ru · ДД.ММ ЧЧ:ММ
        [🔎 Открыть] [➕ Ещё одно]"#]]
    .assert_eq(&anna.transcript());
}

#[tokio::test]
async fn a_branch_is_chosen_from_the_second_page() {
    let world = world().await;
    let anna = world.anna();
    let card = names(&anna, TWELVE_BRANCHES, "Это она?").await;
    assert!(card.button("Другой филиал (12)").is_some());
    anna.presses("Другой филиал").await;
    anna.sees_button("Новосибирск · КПП 540602001").await;
    anna.presses("▶️").await;
    let page = anna.sees_button("Казань").await;
    expect![[r#"
        🏬 ООО "ПРИМЕР"
        Какой КПП?
        165502001 — ФИЛИАЛ "КАЗАНСКИЙ" ООО "ПРИМЕР"
        631502001 — ФИЛИАЛ "САМАРСКИЙ" ООО "ПРИМЕР"
        027402001 — ФИЛИАЛ "УФИМСКИЙ" ООО "ПРИМЕР"
        246602001 — ФИЛИАЛ "КРАСНОЯРСКИЙ" ООО "ПРИМЕР"
        253602001 — ФИЛИАЛ "ПРИМОРСКИЙ" ООО "ПРИМЕР"
        [Казань · КПП 165502001]
        [Самара · КПП 631502001]
        [Уфа · КПП 027402001]
        [Красноярск · КПП 246602001]
        [Владивосток · КПП 253602001]
        [◀️] [2/3] [▶️]
        [⌨️ Ввести КПП]
        [◀️ Назад] [❌ Отмена]"#]]
    .assert_eq(&page.transcript());
    anna.presses("Самара").await;
    anna.sees("На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, TWELVE_BRANCHES, Some("631502001"), "ФИЛИАЛ \"САМАРСКИЙ\" ООО \"ПРИМЕР\"");
}

#[tokio::test]
async fn a_liquidated_organisation_is_flagged_before_a_letter_goes() {
    let world = world().await;
    let anna = world.anna();
    let card = names(&anna, LIQUIDATED, "Всё равно приглашать?").await;
    assert!(card.text.contains("⛔️ Организация ликвидирована 01.03.2020."), "{}", card.text);
    anna.presses("Да").await;
    anna.sees("На какой e-mail").await;
    anna.asks("iam@mail.ru", "Код офиса").await;
    anna.presses("Без кода").await;
    let summary = anna.insists().await;
    assert!(summary.text.contains("⛔️ Организация ликвидирована 01.03.2020."), "{}", summary.text);
}

#[tokio::test]
async fn an_ip_has_a_name_and_nothing_else() {
    let world = world().await;
    let anna = world.anna();
    let card = names(&anna, PERSON, "Всё верно?").await;
    assert_eq!(card.text, "👤 ИП Пример\nИНН 770000000300 (ИП, КПП не нужен)\n\nВсё верно?");
    anna.presses("Да").await;
    anna.sees("На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, PERSON, None, "ИП Пример");
}

#[tokio::test]
async fn a_slow_directory_is_given_up_on_and_holds_nobody_up() {
    let world = world().await;
    let (anna, boris) = (world.anna(), world.boris());
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    let begun = Instant::now();
    anna.says(SLOW);
    for source in BOTH {
        world.directory(source).wait_asked(1).await;
    }
    // Nobody waits for her: neither for the database, nor for an answer.
    boris.asks("/invite", "Куда приглашаем").await;
    let late = begun.elapsed() > Duration::from_secs(2);
    assert!(late || anna.heard("вручную").is_empty(), "she was answered before him");
    let question = anna.sees("Реестр не ответил вовремя — заполним вручную").await;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    assert!(question.text.contains("Пришлите КПП"), "{}", question.text);
    anna.asks("770101001", "Пришлите название").await;
    anna.asks("ООО „Ромашка“", "На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, SLOW, Some("770101001"), "ООО „Ромашка“");
}

#[tokio::test]
async fn what_is_not_found_or_out_of_reach_is_typed() {
    let world = world().await;
    let anna = world.anna();
    for (inn, words) in [
        (MISSING, "Такого ИНН в реестре не нашлось"),
        (DOWN, "Реестр недоступен — заполним вручную"),
    ] {
        let question = names(&anna, inn, words).await;
        assert!(question.text.contains("Пришлите КПП"), "{}", question.text);
        anna.asks("770101001", "Пришлите название").await;
        anna.asks("ООО „Ромашка“", "На какой e-mail").await;
        let sent = sends(&world, &anna).await;
        is_for(&sent, inn, Some("770101001"), "ООО „Ромашка“");
    }
}

#[tokio::test]
async fn the_words_of_a_directory_that_refuses_the_key_are_nobodys() {
    let world = world().await;
    let anna = world.anna();
    for source in BOTH {
        let refused = world.directory(source).key_refused(DADATA_KEY);
        world.directory(source).answers_next(Scripted::Answer(refused));
    }
    names(&anna, CHAIKA, "Реестр не принимает ключ — заполним вручную").await;
    anna.asks("121501001", "Пришлите название").await;
    anna.asks("Детский сад Чайка", "На какой e-mail").await;
    sends(&world, &anna).await;
    world.logs("a directory did not answer").await;
    for said in [world.logged(), anna.transcript(), world.everything().await] {
        for words in [DADATA_KEY, "SUGGESTIONS", "disabled for token"] {
            assert!(!said.contains(words), "«{words}» in {said}");
        }
    }
}

#[tokio::test]
async fn what_one_person_asked_is_known_to_the_next() {
    let world = world().await;
    for person in [world.anna(), world.boris()] {
        names(&person, CHAIKA, "Это она?").await;
    }
    assert_eq!(world.asked()[0], 1);
    // So it is after a restart.
    let mut world = world;
    world.restarts().await;
    let oleg = world.oleg();
    names(&oleg, CHAIKA, "Это она?").await;
    assert_eq!(world.asked()[0], 1);
}

#[tokio::test]
async fn a_restart_on_the_card_or_on_a_page_of_branches_loses_nothing() {
    let mut world = world().await;
    let anna = world.anna();
    names(&anna, TWELVE_BRANCHES, "Это она?").await;
    // Else the card might be shown once more.
    world.settles().await;
    world.crashes().await;
    world.starts().await;
    anna.presses("Другой филиал").await;
    anna.sees_button("Новосибирск").await;
    anna.presses("▶️").await;
    anna.sees_button("Казань").await;
    world.restarts().await;
    anna.presses("Назад").await;
    anna.sees("Это она?").await;
    world.restarts().await;
    anna.presses("Да").await;
    anna.sees("На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, TWELVE_BRANCHES, Some("770101001"), "ООО \"ПРИМЕР\"");
    assert_eq!(world.asked()[0], 1, "it is asked once");
}

#[tokio::test]
async fn a_second_press_of_yes_is_not_taken_for_an_answer_to_the_next_question() {
    let world = world().await;
    let anna = world.anna();
    names(&anna, CHAIKA, "Это она?").await;
    let press = anna.taps("Да").await;
    let second = anna.taps_again(&press);
    press.answer().await.unwrap();
    assert_eq!(second.answer().await.unwrap().text, "Карточка устарела, вот свежая.");
    anna.sees("На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, CHAIKA, Some("121501001"), "Детский сад Чайка");
}

#[tokio::test]
async fn a_stop_in_a_look_up_ends_in_time_and_nothing_is_lost() {
    let mut world = world().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.says(SLOW);
    for source in BOTH {
        world.directory(source).wait_asked(1).await;
    }
    let begun = Instant::now();
    world.stops().await;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    world.starts().await;
    anna.sees("заполним вручную").await;
    anna.asks("770101001", "Пришлите название").await;
}

#[tokio::test]
async fn a_crash_in_a_look_up_costs_nothing() {
    let mut world = world().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    for source in BOTH {
        world.directory(source).answers_next(Scripted::Hang);
    }
    anna.says(CHAIKA);
    for source in BOTH {
        world.directory(source).wait_asked(1).await;
    }
    world.crashes().await;
    world.starts().await;
    anna.sees("Это она?").await;
}

#[tokio::test]
async fn who_loses_the_access_during_a_look_up_gets_nothing_of_it() {
    let world = world().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    let late = Scripted::AcceptAfter(Duration::from_secs(1));
    for source in BOTH {
        world.directory(source).answers_next(late.clone());
    }
    anna.says(CHAIKA);
    for source in BOTH {
        world.directory(source).wait_asked(1).await;
    }
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    anna.sees("Доступ выдаёт администратор").await;
    world.settles().await;
    assert_eq!(anna.ever_heard("Чайка"), 0);
    assert_eq!(world.rows("SELECT body FROM drafts").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_repeat_is_checked_and_costs_no_press_more() {
    let world = world().await;
    let anna = world.anna();
    let other =
        Client { name: "ООО „Ромашка“".to_owned(), ..Client::of_sbis("iam@mail.ru") };
    let other = Client { inn: LIQUIDATED.to_owned(), ..other };
    names(&anna, &format!("{}/{}", other.inn, other.kpp), "Что поставить в приглашение?").await;
    anna.presses("Ввести вручную").await;
    anna.sees("Пришлите название").await;
    anna.asks(&other.name, "На какой e-mail").await;
    let sent = sends(&world, &anna).await;
    is_for(&sent, LIQUIDATED, Some("121501001"), "ООО „Ромашка“");
    world.settles().await;
    anna.asks("/status 1", "№1 · ").await;
    anna.presses("Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses("Как есть").await;
    let summary = anna.insists().await;
    expect![[r#"
        🔁 Повтор №1: клиент получит второе письмо.
        📋 Проверьте перед отправкой
        Сервис: СБИС
        Компания: ООО „Ромашка“
        ИНН 2323232323 · КПП 121501001
        E-mail: iam@mail.ru
        Офис: без кода
        ⛔️ Организация ликвидирована 01.03.2020.
        ⚠️ В реестре иначе: название ООО "ПРИМЕР", КПП 232301001.

        Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.
        [🚀 Отправить]
        [🏢 Взять из реестра]
        [✏️ ИНН] [✏️ КПП] [✏️ Название]
        [✏️ E-mail] [✏️ Офис]
        [◀️ Назад] [❌ Отмена]"#]]
    .assert_eq(&summary.transcript());
    world.exactly(1, Sbis);
}
