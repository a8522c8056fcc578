//! Every Russian word that people see in Telegram, and every keyboard: functions from values to
//! what is shown. No decisions beyond wording are made here.

mod again;
mod cards;
mod common;
mod company;
mod embargo;
mod invite;
mod lists;
mod paste;
mod reminders;
mod rules;
mod staff;
mod standing;
mod stoplist;
mod team;

pub use again::{no_room_to_repeat, repeat_menu, repeat_stopped};
pub use cards::{ask_repeat, card, done_toast};
pub use common::{
    OPEN_BOT, alone, bot_failed, cannot_store, draft_lost, group_only, help, hint, home,
    outage_notice, paused_notice, resumed, rival_notice, send_again, stranger, unknown_command,
};
pub use company::{INN_LABEL, KPP_LABEL, NO_WORD, YES_WORD};
pub use embargo::{ask_lift, embargo_notice, lifted};
pub use invite::{
    at_work_toast, cancelled, field_error, lost_zero, not_stopped_toast, noted, nothing_to_cancel,
    repeat_in_flight_toast, screen, sending_toast, unfinished, with_offer,
};
pub use lists::{authors, filters, list, not_found, status_checksum, status_usage};
pub use paste::{bad_link, remarks, taken};
pub use reminders::{DIGEST_MAX, digest, reminder};
pub use rules::{
    LIMIT_WRONG, full_toast, limit_changed, limit_usage, name_limit, no_such_person, person_limit,
};
pub use staff::{OFFICES_WRONG, ask_office, ask_role, employee, name_office, offices_changed, set};
pub use standing::{continued, orphan_card, status_card};
pub use stoplist::{
    SURE, ask_stop, ask_unstop, choose_stop, one_stop_at_a_time, public_domain, reason_too_long,
    stop_checksum, stop_list, stop_misspelt, stop_usage, stopped, unstopped,
};
pub use team::{
    allow_usage, allowed, ask_revoke, author_hidden, farewell, fixed_admin, name_too_long,
    revoke_usage, revoked, role_changed, staff, welcome,
};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::press::{DraftAct, Press};
use super::{Button, Html, Reply};
use crate::domain::{Field, Person, Provider};

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
pub const STRANGE_PRESS: &str = "Такой кнопки здесь нет. Ничего не сделано.";
/// The answer to an old button where there is nothing newer.
pub const STALE: &str = "Карточка устарела. Ничего не сделано.";
/// The answer to an old button with a fresh card below.
pub const STALE_FRESH: &str = "Карточка устарела, вот свежая.";
/// The answer to a press about what is not there or not the person's own.
pub const NOT_FOUND: &str = "Такого приглашения нет.";
/// The answer to a repeat through a provider that is off.
pub const PROVIDER_OFF: &str = "Этот сервис выключен в настройках бота. Ничего не сделано.";
/// The answer to a press that would write to somebody on the stop-list.
pub const STOPPED_TOAST: &str = "Получатель в стоп-листе, ему не пишем. Ничего не отправлено.";
/// The answer to a confirmation, when something stands against it by now.
pub const NOT_SENT_TOAST: &str = "Не отправлено: посмотрите, что изменилось.";
/// The answer to an admin's word that this bot is alone, when another was noticed just now.
pub const NOT_ALONE: &str = "Другая программа с этим токеном ещё работает. Остановите её и нажмите через минуту. Отправка не возобновлена.";
/// What `/allow` takes, as its last word, for an employee.
pub const STAFF_WORD: &str = "сотрудник";
/// The answer to a confirmation that came too late.
pub const CONFIRM_AGAIN: &str = "Прошло больше 15 минут. Проверьте ещё раз и подтвердите.";
/// Over a screen, when something other than text came.
pub const ONLY_TEXT: &str = "Понимаю только текст. Ничего не изменено.";
/// The answer to nine digits alone.
pub const KPP_ALONE: &str =
    "Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП.";
/// The answer to what is surely no name of a company.
pub const NO_NAME: &str = "Это не похоже на название. Ничего не изменено.";
/// The answer to a КПП on the card of an ИП.
pub const NO_KPP: &str = "Это ИП, КПП у него нет. Ничего не изменено.";
/// Over a question that is answered by a button.
pub const PRESS_A_BUTTON: &str = "Здесь нужно нажать кнопку.";
/// Over the summary, when something was typed.
pub const CONFIRM_OR_EDIT: &str =
    "Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить.";
/// Over the summary, when a press of it may have been lost.
pub const AGAIN_REVIEWING: &str = "Бот перезапускался или Telegram был недоступен: нажатие могло не дойти. Ничего не отправлено. Проверьте и подтвердите ещё раз.";
/// The same where the database may have forgotten that it was sent.
pub const AGAIN_IN_DOUBT: &str = "База данных бота восстановлена из копии или перенесена: это приглашение могло уже уйти раньше. Посмотрите переписку выше, проверьте и подтвердите ещё раз, только если его не было.";
/// The answer to a press that would lift an embargo, when none stands or another one.
pub const LIFTED_ALREADY: &str =
    "Отправку уже возобновили, или эта кнопка устарела. Как сейчас — в /start.";
/// Over the question for an office, when the person has others.
pub const NOT_YOUR_OFFICE: &str =
    "Этот код офиса вам не назначен. Выберите из своих; назначить другой может администратор.";
/// The answer to a confirmation with an office that was taken from the person meanwhile.
pub const OFFICE_CHANGED: &str =
    "Администратор изменил ваши коды офиса. Ничего не отправлено: проверьте и подтвердите ещё раз.";
/// Over a question, when it may not have been seen.
pub const AGAIN_ASKING: &str =
    "Бот перезапускался или Telegram был недоступен. Продолжим с этого места.";
/// The answer to a press while the bot could not do it.
pub const FAILED_TOAST: &str =
    "Не получилось ответить. Прежде чем повторять, проверьте, что уже сделано.";

fn reply(text: Html, rows: Vec<Vec<Button>>) -> Reply {
    Reply { text, rows }
}

/// A message of a few words.
pub fn plain(text: &str) -> Reply {
    reply(Html::new(text), vec![])
}

fn button(label: impl Into<String>, press: Press) -> Button {
    Button { label: label.into(), press }
}

fn draft(label: impl Into<String>, act: DraftAct) -> Button {
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

/// The same for the conversation, which keeps it with a question.
pub fn called(person: &Person) -> String {
    name(person)
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
