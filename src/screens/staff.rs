//! The allow-list.

use std::collections::BTreeMap;

use super::html::{Html, html, shorten};
use super::press::{CardAct, LinkAct, Press, RequestAct, StaffAct};
use super::{Button, Screen, button, name, screen};
use crate::domain::{InvitationNo, LinkTerms, OfficeCode, Person, PersonId, Role};

pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "админ",
        Role::Senior => "старший",
        Role::Staff => "сотрудник",
        Role::Observer => "наблюдатель",
    }
}

pub fn to_list() -> Vec<Button> {
    vec![button("👥 Сотрудники", Press::Staff(StaffAct::Page(0))), button("🏠 Начало", Press::Home)]
}

/// A message has no room for very many.
const FIXED_MAX: usize = 10;

fn shown(person: &Person) -> String {
    shorten(&name(person), 64)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    Added,
    Changed,
    Same,
    LastAdmin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    Done { held: Vec<InvitationNo>, unknown: Vec<InvitationNo> },
    NotListed,
    LastAdmin,
}

#[derive(Clone, Debug)]
pub struct StaffPage {
    pub people: Vec<(Person, Role)>,
    pub fixed: Vec<Person>,
    /// Empty where no office is asked for.
    pub offices: BTreeMap<PersonId, Vec<OfficeCode>>,
    /// From 0.
    pub page: u32,
    pub pages: u32,
    /// Whether the reader may add somebody.
    pub may_add: bool,
}

pub fn staff(page: &StaffPage) -> Screen {
    let mut text = html!("👥 <b>Сотрудники</b>");
    for person in page.fixed.iter().take(FIXED_MAX) {
        text = html!("{}\n👑 {} · <code>{}</code>", text, shown(person), person.id.to_string());
        text = html!("{} · админ (из настроек сервера){}", text, codes(page, person));
    }
    if let Some(left) = page.fixed.len().checked_sub(FIXED_MAX).filter(|&left| left > 0) {
        text = html!("{}\n👑 … и ещё админов из настроек сервера: {}", text, left);
    }
    let mut rows = Vec::new();
    for (person, role) in &page.people {
        let sign = match role {
            Role::Admin => "👑",
            Role::Senior => "⭐️",
            Role::Staff => "👤",
            Role::Observer => "👁",
        };
        text =
            html!("{}\n{} {} · <code>{}</code>", text, sign, shown(person), person.id.to_string());
        text = html!("{} · {}{}", text, role_word(*role), codes(page, person));
    }
    let fixed = page.fixed.iter().take(FIXED_MAX);
    let mut people: Vec<&Person> = fixed.chain(page.people.iter().map(|(it, _)| it)).collect();
    people.dedup_by_key(|person| person.id);
    let open = |person: &Person| {
        let label = format!("👤 {}", shorten(&name(person), 30));
        button(label, Press::Staff(StaffAct::Card(person.id)))
    };
    let buttons: Vec<Button> = people.into_iter().map(open).collect();
    rows.extend(buttons.chunks(2).map(<[Button]>::to_vec));
    if page.people.is_empty() {
        text = html!("{}\nКроме админов из настроек сервера, никого нет.", text);
    }
    if page.may_add {
        text = html!(
            "{}\n\nДобавить: <code>/allow 123456789 Анна</code> или ответом /allow на пересланное сообщение или контакт.",
            text
        );
    }
    if page.pages > 1 {
        let to = |label: &str, page| button(label, Press::Staff(StaffAct::Page(page)));
        let mut turn = Vec::new();
        if let Some(previous) = page.page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}", page.page + 1, page.pages), Press::Caption));
        if page.page + 1 < page.pages {
            turn.push(to("▶️", page.page + 1));
        }
        rows.push(turn);
    }
    let requests = button("🙋 Запросы", Press::Request(RequestAct::Page));
    let link = button("🔗 Ссылка", Press::Links(LinkAct::Terms(LinkTerms::default())));
    rows.push(vec![requests, link]);
    rows.push(vec![button("🏠 Начало", Press::Home)]);
    screen(text, rows)
}

fn codes(page: &StaffPage, person: &Person) -> Html {
    match page.offices.get(&person.id) {
        Some(codes) => {
            let codes: Vec<&str> = codes.iter().map(OfficeCode::as_str).collect();
            html!(" · офис {}", codes.join(", "))
        }
        None => Html::default(),
    }
}

pub fn ask_revoke(person: &Person) -> Screen {
    let text = html!(
        "Отозвать доступ: <b>{}</b>, id <code>{}</code>?\nДоступ закроется сразу, черновик удалится, неотправленные приглашения дождутся вашего решения.",
        name(person),
        person.id.to_string()
    );
    let rows = vec![
        vec![button("⛔️ Да, отозвать", Press::Staff(StaffAct::Revoke(person.id)))],
        vec![button("◀️ Назад", Press::Staff(StaffAct::Card(person.id)))],
    ];
    screen(text, rows)
}

pub fn allowed(person: &Person, role: Role, allowed: Allowed) -> Screen {
    let who = name(person);
    let text = match allowed {
        Allowed::Added => html!("✅ Доступ открыт: <b>{}</b>", who),
        Allowed::Changed => html!("✅ Роль изменена: <b>{}</b>", who),
        Allowed::Same => html!("Доступ уже есть: <b>{}</b>", who),
        Allowed::LastAdmin => {
            return screen(
                html!(
                    "Это последний админ: роль не изменена. Сначала назначьте другого: <code>/allow 123456789 админ</code>"
                ),
                vec![to_list()],
            );
        }
    };
    let mut text = match &person.name {
        Some(_) => html!("{}, id <code>{}</code>", text, person.id.to_string()),
        None => text,
    };
    text = html!("{}, {}", text, role_word(role));
    if role == Role::Admin && allowed != Allowed::Same {
        text = html!("{}\nАдмин видит всех клиентов и выдаёт доступ.", text);
    }
    if allowed == Allowed::Added {
        text =
            html!("{}\nЕсли человек ещё не писал боту, пусть откроет его и нажмёт /start.", text);
    }
    screen(text, vec![to_list()])
}

/// `known`: the name that Telegram gave for this id.
pub fn ask_admin(person: &Person, known: Option<&str>) -> Screen {
    let who = match known {
        Some(known) => html!("В Telegram: {}.", shorten(known, 64)),
        None => html!("Этот человек ещё не писал боту: проверьте цифры."),
    };
    let text = html!(
        "<b>{}</b>, id <code>{}</code>, пока сотрудник. {}\nТочно сделать админом? Админ видит всех клиентов и выдаёт доступ.",
        shown(person),
        person.id,
        who
    );
    let rows = vec![
        vec![button(
            "👑 Да, сделать админом",
            Press::Staff(StaffAct::SetRole(person.id, Role::Admin)),
        )],
        vec![button("👤 К карточке", Press::Staff(StaffAct::Card(person.id)))],
    ];
    screen(text, rows)
}

pub fn welcome(role: Role) -> Screen {
    let text = html!("✅ Вам открыт доступ, роль: {}. Начать — /start", role_word(role));
    screen(text, vec![])
}

pub fn role_changed(role: Role) -> Screen {
    screen(html!("Ваша роль теперь: {}. Команды — /help", role_word(role)), vec![])
}

pub fn farewell() -> Screen {
    screen(html!("🔒 Доступ закрыт. Вопросы — админу."), vec![])
}

pub fn revoked(person: &Person, revoked: &Revoked) -> Screen {
    let who = match &person.name {
        Some(name) => html!("<b>{}</b>, id <code>{}</code>", name, person.id),
        None => html!("id <code>{}</code>", person.id),
    };
    match revoked {
        Revoked::Done { held, unknown } => {
            let mut text = html!("⛔️ Доступ отозван: {}.", who);
            for (numbers, what) in [
                (held, "Ждут вашего решения, не отправлены: "),
                (unknown, "Итог неизвестен, спросите клиента и отметьте: "),
            ] {
                if !numbers.is_empty() {
                    text = html!("{}\n{}{}.", text, what, listed(numbers));
                }
            }
            let open = |number: &InvitationNo| {
                button(format!("🔎 №{number}"), Press::Card(*number, 0, CardAct::OpenBelow))
            };
            let buttons: Vec<Button> = held.iter().chain(unknown).take(8).map(open).collect();
            let mut rows: Vec<Vec<Button>> = buttons.chunks(4).map(<[Button]>::to_vec).collect();
            rows.push(to_list());
            screen(text, rows)
        }
        Revoked::NotListed => {
            let text = html!("Нет среди сотрудников: {}. Ничего не изменено.", who);
            screen(text, vec![to_list()])
        }
        Revoked::LastAdmin => {
            let text = html!(
                "Это последний админ: его нельзя убрать. Сначала назначьте другого: <code>/allow 123456789 админ</code>"
            );
            screen(text, vec![to_list()])
        }
    }
}

fn listed(numbers: &[InvitationNo]) -> String {
    let shown: Vec<String> = numbers.iter().take(20).map(|number| format!("№{number}")).collect();
    let more = if numbers.len() > 20 { " и другие" } else { "" };
    format!("{}{more}", shown.join(", "))
}

pub fn fixed_admin(id: PersonId) -> Screen {
    let text = html!(
        "id <code>{}</code> — админ из настроек сервера. Ничего не изменено. Снять его может тот, кто обслуживает бота: убрать из ADMIN_IDS и перезапустить.",
        id.to_string()
    );
    screen(text, vec![to_list()])
}

pub fn allow_usage() -> Screen {
    let text = html!(
        "Кому дать доступ? Нужен числовой id: <code>/allow 123456789 Анна</code> (в конце можно добавить роль: «сотрудник», «старший», «наблюдатель» или «админ»). Или ответьте командой /allow на пересланное от человека сообщение или на его контакт. Имена и @username не подходят: их меняют."
    );
    screen(text, vec![to_list()])
}

/// Digits or a role stand where the name is.
pub fn allow_misread() -> Screen {
    let text = html!(
        "Не понял до конца, поэтому ничего не сделал. Сначала id одним числом, потом имя, роль — в конце: <code>/allow 123456789 Анна админ</code>."
    );
    screen(text, vec![to_list()])
}

pub fn nobody_called(name: &str) -> Screen {
    screen(html!("По имени «{}» никого не нашёл.", shorten(name, 64)), vec![to_list()])
}

pub fn several_called(name: &str) -> Screen {
    let text =
        html!("По имени «{}» подходят несколько человек: выберите в списке.", shorten(name, 64));
    screen(text, vec![to_list()])
}

pub fn revoke_usage() -> Screen {
    let text = html!(
        "У кого отозвать доступ? Нужен числовой id: <code>/revoke 123456789</code>. Или выберите в списке."
    );
    screen(text, vec![to_list()])
}

pub fn author_hidden() -> Screen {
    let text = html!(
        "Telegram скрыл автора этого сообщения, доступ не выдан. Попросите человека прислать свой числовой id и наберите <code>/allow 123456789 Анна</code>"
    );
    screen(text, vec![to_list()])
}

pub fn name_too_long(max: usize) -> Screen {
    let text =
        format!("Имя слишком длинное: можно до {max} знаков. Доступ не выдан, пришлите короче.");
    screen(html!("{}", text), vec![to_list()])
}
