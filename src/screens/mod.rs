//! Floor 1: every word and keyboard in Telegram; pure functions from values to a [`Screen`].

pub mod cancel;
pub mod card;
pub mod draft;
pub mod edited;
mod errors;
pub mod follow_up;
pub mod holds;
pub mod home;
pub mod html;
pub mod links;
pub mod list;
pub mod organisation;
pub mod parts;
mod paste;
pub mod person;
pub mod policy;
pub mod press;
pub mod reminders;
pub mod report;
pub mod requests;
pub mod resend;
pub mod result;
pub mod staff;
pub mod status;
pub mod stoplist;
pub mod warnings;
mod wire;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::dialogue::session::DraftAct;
use crate::domain::{Field, InvitationNo, Permission, Person, Provider, Role, Viewer};

use html::{Html, html};
use press::{CardAct, Press};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    pub text: Html,
    pub rows: Vec<Vec<Button>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    pub press: Press,
    /// A button that copies is never pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copied>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copied {
    Text(String),
    /// What opens this invitation in the bot.
    LinkTo(i64),
    /// The token of a link that lets somebody in.
    Invite(String),
}

impl Screen {
    pub fn is_of_a_draft(&self) -> bool {
        self.rows.iter().flatten().any(|button| matches!(button.press, Press::Draft(_)))
    }

    /// Without the buttons that somebody of this role may not press.
    pub fn for_role(mut self, role: Role) -> Self {
        let may = |button: &Button| button.press.needs().is_none_or(|needed| role.may(needed));
        for row in &mut self.rows {
            row.retain(may);
        }
        self.rows.retain(|row| !row.is_empty());
        self
    }

    /// Whether it shows what is kept nowhere.
    pub fn is_secret(&self) -> bool {
        let secret = |it: &Button| matches!(it.copies, Some(Copied::Invite(_)));
        self.rows.iter().flatten().any(secret)
    }

    /// The invitation of which it asks whether to send it once more.
    pub fn asks_to_resend(&self) -> Option<InvitationNo> {
        self.rows.iter().flatten().find_map(|button| match button.press {
            Press::Card(number, _, CardAct::Resend(Some(_)) | CardAct::ResendOverLimit(_)) => {
                Some(number)
            }
            _ => None,
        })
    }
}

/// With the words of Telegram's menu, and what one must be allowed for it; `None`: it is everybody's.
pub const COMMANDS: [(&str, &str, Option<Permission>); 11] = [
    ("start", "Главное меню", None),
    ("invite", "Пригласить клиента", Some(Permission::Send)),
    ("status", "Приглашения; можно номер, e-mail, ИНН или название", None),
    ("cancel", "Закрыть черновик или остановить отправку", Some(Permission::Send)),
    ("help", "Как пользоваться", None),
    ("report", "Сколько отправлено и что вышло: /report 01.11-24.11", Some(Permission::SeeReports)),
    ("staff", "Сотрудники и их доступ", Some(Permission::SeeStaff)),
    ("allow", "Дать доступ: /allow 123456789 Анна", Some(Permission::ManageStaff)),
    ("link", "Ссылка, по которой войдёт новый сотрудник", Some(Permission::ManageStaff)),
    ("revoke", "Отозвать доступ: /revoke 123456789", Some(Permission::ManageStaff)),
    ("stoplist", "Кому не писать: /stoplist romashka.ru", Some(Permission::ManageStopList)),
];

pub const STRANGER_COMMANDS: [(&str, &str); 1] = [("start", "Начало")];

pub const STRANGER_TOAST: &str = "Доступ выдаёт администратор.";
pub const GROUP_TOAST: &str = "Работаю только в личных сообщениях.";
pub const UNKNOWN_PRESS: &str = "Такой кнопки здесь нет. Ничего не сделано.";
pub const STALE: &str = "Карточка устарела. Ничего не сделано.";
pub const NOT_FOUND: &str = "Такого приглашения нет.";
pub const PROVIDER_OFF: &str = "Этот сервис выключен в настройках. Ничего не сделано.";
pub const STOPPED_TOAST: &str = "Получатель в стоп-листе, ему не пишем. Ничего не отправлено.";
pub const NOT_ALONE: &str = "Другая программа с этим токеном ещё работает. Остановите её и нажмите через минуту. Отправка не возобновлена.";
pub const CONFIRM_AGAIN: &str = "Прошло больше 15 минут. Проверьте ещё раз и подтвердите.";
pub const WORKS_ALREADY: &str = "Отправка и так работает.";
pub const OLD_BUTTON: &str = "Эта кнопка устарела. Как сейчас — в /start.";
pub const FAILED_TOAST: &str =
    "Не получилось ответить. Прежде чем повторять, проверьте, что уже сделано.";

fn screen(text: Html, rows: Vec<Vec<Button>>) -> Screen {
    Screen { text, rows }
}

pub fn plain(text: &str) -> Screen {
    screen(html!("{}", text), vec![])
}

fn button(label: impl Into<String>, press: Press) -> Button {
    Button { label: label.into(), press, copies: None }
}

fn copy_button(label: impl Into<String>, copies: Copied) -> Button {
    Button { label: label.into(), press: Press::Caption, copies: Some(copies) }
}

fn draft_button(label: impl Into<String>, act: DraftAct) -> Button {
    button(label, Press::Draft(act))
}

fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::Invoicebox => "Invoicebox",
        Provider::Sbis => "СБИС",
    }
}

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

fn name(person: &Person) -> String {
    person.name.clone().unwrap_or_else(|| format!("id {}", person.id))
}

fn you_or_name(viewer: &Viewer, person: &Person) -> String {
    if person.id == viewer.me.id { "вы".to_owned() } else { name(person) }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

fn day_and_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m %H:%M").to_string()
}

fn hour_and_minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

fn to_the_second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m %H:%M:%S").to_string()
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d.%m").to_string()
}

/// 1 знак, 2 знака, 5 знаков
fn plural<'a>(n: usize, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

fn invitations(count: u32) -> String {
    let noun = plural(
        usize::try_from(count).unwrap_or(usize::MAX),
        "приглашение",
        "приглашения",
        "приглашений",
    );
    format!("{count} {noun}")
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
