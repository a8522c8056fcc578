//! Messages that people change after they sent them.

use std::time::Duration;

use invite_bot::demo::world::Plan;
use invite_bot::domain::Provider::{Invoicebox, Sbis};
use serde_json::json;

use crate::support::world::{BotSettings, World};

fn with_window() -> BotSettings {
    let usual = BotSettings::default();
    let send_delay = Duration::from_secs(60);
    BotSettings { plan: Plan { send_delay, ..usual.plan }, ..usual }
}

#[tokio::test]
async fn anna_mends_the_address_in_her_card_and_the_mended_one_is_sent() {
    let world = World::new().await;
    let anna = world.anna();
    let card = "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, ";
    let sent = anna.says(&format!("{card}ian@mail.ru"));
    anna.sees("Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Код офиса").await;
    let office = anna.says("7705");
    anna.sees("ian@mail.ru").await;

    anna.edits(&sent, &format!("{card}iam@mail.ru"));
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("Теперь: iam@mail.ru"), "{}", summary.text);
    anna.edits(&office, "7706");
    anna.sees("В исправленном сообщении не вижу").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    let received = &world.exactly(1, Sbis)[0];
    assert_eq!(received.email.as_deref(), Some("iam@mail.ru"));
}

#[tokio::test]
async fn a_slip_in_the_first_message_is_mended_by_an_edit() {
    let world = World::new().await;
    let anna = world.anna();
    let sent = anna.says("ООО «Ромашка» ИНН 7898141776 info@romashka.ru");
    anna.sees("Куда приглашаем").await;
    anna.edits(&sent, "ООО «Лютик» ИНН 2298152449 info@lutik.ru");
    let asked = anna.sees("Куда приглашаем").await;
    assert!(asked.text.contains("2298152449") && !asked.text.contains("Ромашка"), "{}", asked.text);
}

#[tokio::test]
async fn what_was_confirmed_goes_as_it_was_and_anna_is_told() {
    let world = World::with(with_window()).await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    let typed = anna.says("ian@mail.ru");
    anna.sees("Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "отправлю через").await;
    anna.edits(&typed, "ian@mail.ru");
    anna.edits(&typed, "iam@mail.ru");
    let told = anna.sees("Правку не учёл: №1 подтверждено с прежними данными").await;
    anna.presses_on(&told, "Стоп").await;
    anna.sees_of(number, "не отправлено").await;
    world.exactly(0, Invoicebox);
    anna.edits(&typed, "iam@ya.ru");
    anna.sees("Правку не учёл: №1 — не отправлено").await;
    assert_eq!(anna.ever_heard("Правку не учёл"), 2, "an edit that changes nothing is not told");
}

#[tokio::test]
async fn an_edited_command_does_nothing_and_anna_is_told_so() {
    let world = World::new().await;
    let (anna, stranger) = (world.anna(), world.stranger());
    let typed = anna.says("/statsu");
    anna.sees("Такой команды нет").await;
    anna.edits(&typed, "/invite");
    anna.sees("Исправленные команды не выполняю").await;
    let words = anna.says("добрый день");
    anna.sees("Не вижу в тексте").await;
    let before = world.everything().await;
    anna.edits(&words, "добрый вечер");
    anna.edits(&words, "ИНН 1215107651");
    anna.sees("Это сообщение я уже не перечитываю").await;
    let said = stranger.says("/invite");
    stranger.sees("Это рабочий бот").await;
    let heard = stranger.chat().len();
    stranger.edits(&said, "ИНН 1215107651");
    world.telegram.is_caught_up().await.unwrap();
    anna.asks("/start", "Здравствуйте").await;
    assert_eq!(stranger.chat().len(), heard, "a stranger's edit is not answered");
    world.unchanged(&before).await;
}

#[tokio::test]
async fn what_is_pinned_gets_no_answer_and_its_card_keeps_its_buttons() {
    let world = World::new().await;
    let anna = world.anna();
    let asked = anna.asks("ИНН/КПП 1215107651/121501001, iam@mail.ru", "Куда приглашаем").await;
    let bot = json!({ "id": 1, "is_bot": true, "first_name": "bot" });
    anna.sends(json!({ "pinned_message": {
        "message_id": asked.id, "date": 1, "from": bot, "text": asked.text,
        "chat": { "id": anna.person.id, "type": "private", "first_name": "Анна" },
    } }));
    anna.sends(json!({ "message_auto_delete_timer_changed": { "message_auto_delete_time": 1 } }));
    world.telegram.is_caught_up().await.unwrap();
    anna.presses_on(&asked, "Invoicebox").await;
    anna.sees("Проверьте перед отправкой").await;
}

#[tokio::test]
async fn a_slip_in_an_answer_is_mended_by_an_edit_of_it() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    let typed = anna.says("iam.mail.ru");
    anna.sees("⚠️").await;
    anna.edits(&typed, "iam@mail.ru");
    anna.sees("Проверьте перед отправкой").await;
    anna.edits(&typed, "iam@mail.ru ");
    anna.sees("ничего не изменилось").await;
}

#[tokio::test]
async fn an_edit_of_an_older_message_replaces_nothing_that_was_said_later() {
    let world = World::new().await;
    let anna = world.anna();
    let card = anna.says("МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, sad@chaika.ru");
    anna.sees("Куда приглашаем").await;
    anna.asks("olga@mail.ru", "Теперь: olga@mail.ru").await;
    anna.edits(&card, "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, sad@chaika.ru, срочно");
    let asked = anna.sees("На какой e-mail отправить").await;
    for address in ["sad@chaika.ru", "olga@mail.ru"] {
        assert!(asked.text.contains(address), "{}", asked.text);
    }
}

#[tokio::test]
async fn of_two_clients_an_edit_mends_the_one_that_it_is_about() {
    let world = World::new().await;
    let anna = world.anna();
    let first = anna.says("ООО «Ромашка» ИНН 7898141776 КПП 789801001 ian@romashka.ru");
    anna.sees("Куда приглашаем").await;
    anna.says("ООО «Лютик» ИНН 2298152449 КПП 229801001 info@lutik.ru");
    anna.sees("А это другое приглашение").await;
    anna.edits(&first, "ООО «Ромашка» ИНН 7898141776 КПП 789801001 iam@romashka.ru");
    let asked = anna.sees("другое приглашение").await;
    assert!(asked.text.contains("Лютик"), "{}", asked.text);
}

#[tokio::test]
async fn a_name_that_is_edited_after_the_confirmation_is_told_too() {
    let world = World::with(with_window()).await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.asks("1215107651", "КПП").await;
    anna.asks("121501001", "азвание").await;
    let typed = anna.says("Детский сад Чйка");
    anna.sees("e-mail").await;
    anna.asks("iam@mail.ru", "Код офиса").await;
    anna.asks("7705", "Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "отправлю через").await;
    anna.edits(&typed, "Детский сад Чайка");
    anna.sees("Правку не учёл: №1").await;
}
