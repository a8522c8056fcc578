//! The card of a person who has access, and what an admin sets there.

use super::super::press::{DraftAct, Press, StaffAct};
use super::super::{Button, Desk, Employee, Html, Reply};
use super::rules::{limit_words, today};
use super::team::role_word;
use super::{button, draft, name, reply};
use crate::domain::{OfficeCode, Provider, Role};

/// The card of a person on which something was set.
pub fn set(card: Reply) -> Reply {
    Reply { text: Html::new("✅ Записано.").line().line().join(&card.text), ..card }
}

/// Over the question for office codes, when they cannot be read.
pub const OFFICES_WRONG: &str = "Код офиса — это 4 или 5 цифр, например 7705. Если кодов несколько, пришлите их через запятую, не больше десяти.";

fn act(label: impl Into<String>, act: StaffAct) -> Button {
    button(label, Press::Staff(act))
}

/// The card of a person.
pub fn employee(desk: &Desk, employee: &Employee) -> Reply {
    let id = employee.person.id;
    let fixed = desk.fixed_admins.contains(&id);
    let mut text = Html::new("👤 ")
        .bold(name(&employee.person))
        .text(" · id ")
        .code(id.to_string())
        .text(" · ")
        .text(role_word(employee.role));
    if fixed {
        text = text.text(" по настройке ADMIN_IDS");
    }
    let mut rows = Vec::new();
    // What is set for each person, one button and one line for each thing.
    if desk.providers.contains(&Provider::Sbis) {
        text = text.line().text("Код офиса СБИС: ").join(&codes(&employee.offices));
        rows.push(vec![act("🏷 Код офиса", StaffAct::AskOffice(id))]);
    }
    text = text.line().text(format!("Лимит в день: {}", limit_words(employee)));
    text = text.line().text(today(&employee.usage));
    rows.push(vec![act("🎚 Лимит", StaffAct::Limit(id))]);
    if !fixed {
        rows.push(vec![act("👤 Роль", StaffAct::AskRole(id))]);
        rows.push(vec![act("⛔️ Отозвать доступ", StaffAct::AskRevoke(id))]);
    }
    rows.push(vec![act("◀️ К списку", StaffAct::Page(0))]);
    reply(text, rows)
}

fn codes(codes: &[OfficeCode]) -> Html {
    match codes {
        [] => Html::new("не задан"),
        [main, others @ ..] => {
            let text = Html::default().bold(main.as_str());
            others.iter().fold(text, |text, code| text.text(", ").text(code.as_str()))
        }
    }
}

/// Before a role is changed.
pub fn ask_role(employee: &Employee) -> Reply {
    let id = employee.person.id;
    let text = Html::new("Сейчас ")
        .bold(name(&employee.person))
        .text(": ")
        .text(role_word(employee.role))
        .text(".");
    let (text, yes) = match employee.role {
        Role::Staff => (
            text.line().text("Точно сделать админом? Админ видит всех клиентов и выдаёт доступ."),
            act("👑 Да, сделать админом", StaffAct::Role(id, Role::Admin)),
        ),
        Role::Admin => (
            text.line().text("Сделать сотрудником? Останутся только свои приглашения."),
            act("👤 Да, сделать сотрудником", StaffAct::Role(id, Role::Staff)),
        ),
    };
    reply(text, vec![vec![yes], vec![act("◀️ Назад", StaffAct::Card(id))]])
}

/// With which office codes a person invites.
pub fn ask_office(desk: &Desk, employee: &Employee) -> Reply {
    let id = employee.person.id;
    let text = Html::new("🏷 Код офиса СБИС: ")
        .bold(name(&employee.person))
        .line()
        .text("Сейчас: ")
        .join(&codes(&employee.offices))
        .line()
        .text("С одним кодом бот о нём не спрашивает, из нескольких даёт выбрать, без кода ")
        .text(match &desk.office {
            Some(code) => format!("ставит код организации, {}.", code.as_str()),
            None => "спрашивает каждый раз.".to_owned(),
        })
        .line()
        .text("Пришлите код, 4 или 5 цифр; несколько — через запятую, основной первым.");
    let mut row = Vec::new();
    if let Some(code) = desk.office.as_ref().filter(|code| employee.offices != [(*code).clone()]) {
        row.push(act(code.as_str(), StaffAct::Office(id, code.clone())));
    }
    if !employee.offices.is_empty() {
        row.push(act("Без кода", StaffAct::WithoutOffice(id)));
    }
    let rows = [row, vec![act("👤 К карточке", StaffAct::Card(id))]];
    reply(text, rows.into_iter().filter(|row| !row.is_empty()).collect())
}

/// The question for the codes.
pub fn name_office(name: &str) -> Reply {
    let text = Html::new("Пришлите ")
        .bold("код офиса СБИС")
        .text(": ")
        .text(name)
        .line()
        .text("Это 4 или 5 цифр. Если кодов несколько — через запятую, основной первым: ")
        .code("7705, 7706");
    reply(text, vec![vec![draft("✖️ Отмена", DraftAct::Cancel)]])
}

/// What a person gets whose codes were changed.
pub fn offices_changed(codes: &[OfficeCode]) -> Reply {
    let text = match codes {
        [] => Html::new("Код офиса СБИС вам больше не назначен."),
        [_] => Html::new("Ваш код офиса СБИС теперь: "),
        _ => Html::new("Ваши коды офиса СБИС теперь: "),
    };
    let text = if codes.is_empty() { text } else { text.join(&self::codes(codes)).text(".") };
    reply(text, vec![])
}
