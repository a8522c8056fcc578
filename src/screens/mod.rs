//! Every Russian word that people see in Telegram, and every keyboard: pure functions from values
//! to a [`Screen`]. No decisions beyond wording are made here.

pub mod card;
pub mod draft;
pub mod holds;
pub mod home;
pub mod html;
pub mod list;
pub mod organisation;
pub mod parts;
mod paste;
pub mod person;
pub mod policy;
pub mod press;
pub mod reminders;
pub mod resend;
mod slips;
pub mod staff;
pub mod status;
pub mod stoplist;
mod wire;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::dialogue::session::DraftAct;
use crate::domain::{Field, Person, Provider};

use html::{Html, html};
use press::Press;

/// A message to be shown: text and rows of buttons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    pub text: Html,
    pub rows: Vec<Vec<Button>>,
}

/// A button and what a press of it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    pub press: Press,
}

impl Screen {
    /// Whether there is a button of a draft.
    pub fn is_of_a_draft(&self) -> bool {
        self.rows.iter().flatten().any(|button| matches!(button.press, Press::Draft(_)))
    }
}

/// The commands with what Telegram's menu says of them; the first [`STAFF_COMMANDS`] are
/// everybody's on the allow-list.
pub const COMMANDS: [(&str, &str); 9] = [
    ("start", "Начало: что умею и незаконченный черновик"),
    ("invite", "Пригласить клиента"),
    ("status", "Мои приглашения; можно номер, e-mail или ИНН"),
    ("cancel", "Закрыть черновик, ничего не отправляя"),
    ("help", "Подсказка"),
    ("staff", "Сотрудники и их доступ"),
    ("allow", "Дать доступ: /allow 123456789 Анна"),
    ("revoke", "Отозвать доступ: /revoke 123456789"),
    ("stoplist", "Кому не писать: /stoplist romashka.ru"),
];

/// How many of [`COMMANDS`] staff have.
pub const STAFF_COMMANDS: usize = 5;

/// What `/allow` takes, as its last word, for an admin.
pub const ADMIN_WORD: &str = "админ";

/// The one command of somebody who is not on the list.
pub const STRANGER_COMMANDS: [(&str, &str); 1] = [("start", "Начало")];

/// The answer to a press of a stranger.
pub const STRANGER_TOAST: &str = "Доступ выдаёт администратор.";
/// The answer to a press in a group.
pub const GROUP_TOAST: &str = "Работаю только в личных сообщениях.";
/// The answer to a press that no screen makes.
pub const UNKNOWN_PRESS: &str = "Такой кнопки здесь нет. Ничего не сделано.";
/// The answer to an old button where there is nothing newer.
pub const STALE: &str = "Карточка устарела. Ничего не сделано.";
/// The answer to a press about what is not there or not the person's own.
pub const NOT_FOUND: &str = "Такого приглашения нет.";
/// The answer to a repeat through a provider that is off.
pub const PROVIDER_OFF: &str = "Этот сервис выключен в настройках бота. Ничего не сделано.";
/// The answer to a press that would write to somebody on the stop-list.
pub const STOPPED_TOAST: &str = "Получатель в стоп-листе, ему не пишем. Ничего не отправлено.";
/// The answer to an admin's word that this bot is alone, when another was noticed just now.
pub const NOT_ALONE: &str = "Другая программа с этим токеном ещё работает. Остановите её и нажмите через минуту. Отправка не возобновлена.";
/// What `/allow` takes, as its last word, for an employee.
pub const STAFF_WORD: &str = "сотрудник";
/// The answer to a confirmation that came too late.
pub const CONFIRM_AGAIN: &str = "Прошло больше 15 минут. Проверьте ещё раз и подтвердите.";
/// The answer to a press that would lift an embargo, when none stands or another one.
pub const LIFTED_ALREADY: &str =
    "Отправку уже возобновили, или эта кнопка устарела. Как сейчас — в /start.";
/// The answer to a press while the bot could not do it.
pub const FAILED_TOAST: &str =
    "Не получилось ответить. Прежде чем повторять, проверьте, что уже сделано.";

fn screen(text: Html, rows: Vec<Vec<Button>>) -> Screen {
    Screen { text, rows }
}

/// A message of a few words.
pub fn plain(text: &str) -> Screen {
    screen(html!("{}", text), vec![])
}

fn button(label: impl Into<String>, press: Press) -> Button {
    Button { label: label.into(), press }
}

fn draft_button(label: impl Into<String>, act: DraftAct) -> Button {
    button(label, Press::Draft(act))
}

/// The provider's name on a screen.
fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::Invoicebox => "Invoicebox",
        Provider::Sbis => "СБИС",
    }
}

/// The field's name on a button.
fn field(field: Field) -> &'static str {
    match field {
        Field::Provider => "Сервис",
        Field::Inn => "ИНН",
        Field::Kpp => "КПП",
        Field::Name => "Название",
        Field::Email => "E-mail",
        Field::Office => "Офис",
    }
}

/// What a person is called on a screen.
fn name(person: &Person) -> String {
    person.name.clone().unwrap_or_else(|| format!("id {}", person.id))
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

fn day_and_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m %H:%M").to_string()
}

fn to_the_second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m %H:%M:%S").to_string()
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m").to_string()
}

/// The form of a noun after a number: 1 знак, 2 знака, 5 знаков.
fn plural<'a>(n: usize, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        let of = |n| plural(n, "знак", "знака", "знаков");
        assert_eq!(
            [1, 2, 5, 11, 12, 21, 104, 111].map(of),
            ["знак", "знака", "знаков", "знаков", "знаков", "знак", "знака", "знаков"]
        );
    }
}
