//! The card of a person who has access, and what an admin sets there.

use jiff::civil::Date;

use super::html::{Html, html, shorten};
use super::policy::{confirmed, today};
use super::press::{Press, StaffAct};
use super::staff::role_word;
use super::{Button, Screen, button, name, screen};
use crate::dialogue::facts::BotSettings;
use crate::domain::{LimitPeriod, OfficeCode, Person, Provider, Role, Usage};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employee {
    pub person: Person,
    pub role: Role,
    pub offices: Vec<OfficeCode>,
    pub limits: Vec<(LimitPeriod, u32)>,
    pub usage: Usage,
    /// When the access ends by itself, said in days of the office.
    pub until: Option<Date>,
}

impl Employee {
    pub fn own_limit(&self, period: LimitPeriod) -> Option<u32> {
        self.limits.iter().find(|(known, _)| *known == period).map(|(_, limit)| *limit)
    }
}

pub fn saved(card: Screen) -> Screen {
    Screen { text: html!("✅ Записано.\n\n{}", card.text), ..card }
}

pub const OFFICES_WRONG: &str = "Код офиса — это 4 или 5 цифр, например 7705. Если кодов несколько, пришлите их через запятую, не больше десяти.";

fn act(label: impl Into<String>, act: StaffAct) -> Button {
    button(label, Press::Staff(act))
}

pub fn employee(setup: &BotSettings, employee: &Employee) -> Screen {
    let id = employee.person.id;
    let fixed = setup.fixed_admins.contains(&id);
    let mut text = html!(
        "👤 <b>{}</b> · id <code>{}</code> · {}",
        name(&employee.person),
        id.to_string(),
        role_word(employee.role)
    );
    if fixed {
        text = html!("{} (из настроек сервера)", text);
    }
    let mut rows = Vec::new();
    if setup.providers.contains(&Provider::Sbis) {
        text = html!("{}\nКод офиса СБИС: {}", text, codes(&employee.offices));
        rows.push(vec![act("🏷 Код офиса", StaffAct::AskOffice(id))]);
    }
    for period in LimitPeriod::ALL {
        text = html!("{}\nЛимит {}: {}", text, period_words(period), limit_words(employee, period));
    }
    text = html!("{}\n{}", text, today(&employee.usage));
    rows.push(
        LimitPeriod::ALL
            .map(|period| act(period_button(period), StaffAct::AskLimit(id, period)))
            .to_vec(),
    );
    if !fixed {
        if let Some(until) = employee.until {
            text = html!("{}\nДоступ до: {}", text, until.strftime("%d.%m.%Y").to_string());
        }
        rows.push(vec![
            act("👤 Роль", StaffAct::AskRole(id)),
            act("📅 Доступ до", StaffAct::AskUntil(id)),
        ]);
        rows.push(vec![act("⛔️ Отозвать доступ", StaffAct::AskRevoke(id))]);
    }
    rows.push(vec![act("◀️ К списку", StaffAct::Page(0))]);
    screen(text, rows)
}

fn codes(codes: &[OfficeCode]) -> Html {
    match codes {
        [] => html!("не задан"),
        [main, others @ ..] => {
            let text = html!("<b>{}</b>", main.as_str());
            others.iter().fold(text, |text, code| html!("{}, {}", text, code.as_str()))
        }
    }
}

/// For how many days from today.
pub const ACCESS_DAYS: [(u32, &str); 3] = [(7, "Неделя"), (30, "30 дней"), (90, "90 дней")];

pub fn ask_until(employee: &Employee) -> Screen {
    let id = employee.person.id;
    let now = match employee.until {
        Some(until) => until.strftime("до %d.%m.%Y").to_string(),
        None => "без срока".to_owned(),
    };
    let text = html!(
        "Доступ <b>{}</b>: {}. На сколько дать с сегодняшнего дня?\nКогда срок выйдет, доступ закроется сам, как по «Отозвать доступ»; об этом узнаете и вы, и сам человек.",
        name(&employee.person),
        now
    );
    let mut rows: Vec<Vec<Button>> = ACCESS_DAYS
        .into_iter()
        .map(|(days, label)| vec![act(label, StaffAct::SetUntil(id, Some(days)))])
        .collect();
    rows.push(vec![act("Без срока", StaffAct::SetUntil(id, None))]);
    rows.push(vec![act("◀️ Назад", StaffAct::Card(id))]);
    screen(text, rows)
}

pub fn admins_have_no_end() -> Screen {
    screen(
        html!("Доступ админа срока не имеет. Сначала смените роль: /staff. Ничего не изменено."),
        vec![vec![button("◀️ К списку", Press::Staff(StaffAct::Page(0)))]],
    )
}

/// To the admins.
pub fn access_ended(person: &Person) -> Screen {
    let text = html!(
        "📅 Срок доступа вышел: <b>{}</b>, id <code>{}</code>. Доступ закрыт, неотправленное ждёт вашего решения.",
        shorten(&name(person), 60),
        person.id
    );
    screen(text, vec![vec![button("👥 Сотрудники", Press::Staff(StaffAct::Page(0)))]])
}

pub fn ask_role(employee: &Employee) -> Screen {
    let id = employee.person.id;
    let text = html!(
        "Сейчас <b>{}</b>: {}. Кем сделать?\nНаблюдатель видит все приглашения и ничего не отправляет. Сотрудник приглашает и видит свои. Старший видит все, отмечает за коллег и ведёт стоп-лист. Админ ещё и выдаёт доступ.",
        name(&employee.person),
        role_word(employee.role)
    );
    let others = Role::ALL.into_iter().filter(|&role| role != employee.role);
    let mut rows: Vec<Vec<Button>> =
        others.map(|role| vec![act(role_button(role), StaffAct::SetRole(id, role))]).collect();
    rows.push(vec![act("◀️ Назад", StaffAct::Card(id))]);
    screen(text, rows)
}

fn role_button(role: Role) -> &'static str {
    match role {
        Role::Admin => "👑 Сделать админом",
        Role::Senior => "⭐️ Сделать старшим",
        Role::Staff => "👤 Сделать сотрудником",
        Role::Observer => "👁 Сделать наблюдателем",
    }
}

pub fn office_screen(setup: &BotSettings, employee: &Employee) -> Screen {
    let id = employee.person.id;
    let text = html!(
        "🏷 Код офиса СБИС: <b>{}</b>\nСейчас: {}\nС одним кодом о нём не спрашиваю, из нескольких даю выбрать, без кода {}\nПришлите код, 4 или 5 цифр; несколько — через запятую, основной первым.",
        name(&employee.person),
        codes(&employee.offices),
        match &setup.office {
            Some(code) => format!("ставлю код организации, {}.", code.as_str()),
            None => "спрашиваю каждый раз.".to_owned(),
        }
    );
    let mut row = Vec::new();
    let mut keep = Vec::new();
    if !employee.offices.is_empty() {
        keep.push(act(keep_label(&employee.offices), StaffAct::Card(id)));
    }
    if let Some(code) = setup.office.as_ref().filter(|code| employee.offices != [(*code).clone()]) {
        row.push(act(code.as_str(), StaffAct::SetOffice(id, Some(code.clone()))));
    }
    if !employee.offices.is_empty() {
        row.push(act("Без кода", StaffAct::SetOffice(id, None)));
    }
    let rows = [keep, row, vec![act("👤 К карточке", StaffAct::Card(id))]];
    screen(text, rows.into_iter().filter(|row| !row.is_empty()).collect())
}

fn keep_label(codes: &[OfficeCode]) -> String {
    let codes: Vec<&str> = codes.iter().map(OfficeCode::as_str).collect();
    format!("✅ Оставить {}", shorten(&codes.join(", "), 40))
}

/// `minute` (Unix) is when it was asked; the answer is good for 15 minutes.
pub fn ask_offices(employee: &Employee, code: Option<&OfficeCode>, minute: i64) -> Screen {
    let id = employee.person.id;
    let question = match code {
        Some(code) => html!("Заменить на <b>{}</b>?", code.as_str()),
        None => html!("Убрать и оставить без кода?"),
    };
    let text = html!(
        "🏷 Код офиса СБИС: <b>{}</b>\nСейчас: {}\n{}",
        name(&employee.person),
        codes(&employee.offices),
        question
    );
    let yes =
        if code.is_some() { "🏷 Да, заменить" } else { "⛔️ Да, убрать" };
    let rows = vec![
        vec![act(keep_label(&employee.offices), StaffAct::Card(id))],
        vec![act(yes, StaffAct::ReplaceOffices(id, code.cloned(), minute))],
    ];
    screen(text, rows)
}

pub fn prompt_for_offices(employee: &Employee) -> Screen {
    let text = html!(
        "Пришлите <b>код офиса СБИС</b>: {}\nЭто 4 или 5 цифр. Если кодов несколько — через запятую, основной первым: <code>7705, 7706</code>",
        name(&employee.person)
    );
    screen(text, vec![vec![act("❌ Отмена", StaffAct::Card(employee.person.id))]])
}

pub fn offices_changed(codes: &[OfficeCode]) -> Screen {
    let text = match codes {
        [] => html!("Код офиса СБИС вам больше не назначен."),
        [_] => html!("Ваш код офиса СБИС теперь: "),
        _ => html!("Ваши коды офиса СБИС теперь: "),
    };
    let text = if codes.is_empty() { text } else { html!("{}{}.", text, self::codes(codes)) };
    screen(text, vec![])
}

const LIMITS: [u32; 4] = [10, 20, 50, 100];

pub const LIMIT_WRONG: &str = "Лимит — целое число до 10000; 0 — без лимита.";

fn period_words(period: LimitPeriod) -> &'static str {
    match period {
        LimitPeriod::Day => "в день",
        LimitPeriod::Hour => "в час",
    }
}

fn period_button(period: LimitPeriod) -> &'static str {
    match period {
        LimitPeriod::Day => "🎚 Лимит",
        LimitPeriod::Hour => "⏱ Лимит в час",
    }
}

fn limit_words(employee: &Employee, period: LimitPeriod) -> String {
    let limit = match employee.usage.limit(period) {
        0 => "нет".to_owned(),
        limit => limit.to_string(),
    };
    let whose = match employee.own_limit(period) {
        Some(_) => "задан админом",
        None => "как в настройках",
    };
    format!("{limit} ({whose})")
}

pub fn limit_screen(employee: &Employee, period: LimitPeriod) -> Screen {
    let id = employee.person.id;
    let text = html!(
        "🎚 Лимит {}: <b>{}</b>, id <code>{}</code>\nСейчас: {}\n{}\nВыберите или пришлите число; 0 — без лимита.",
        period_words(period),
        shorten(&name(&employee.person), 64),
        id,
        limit_words(employee, period),
        confirmed(&employee.usage, period)
    );
    let set = |label: String, limit| {
        let mark = if limit == employee.own_limit(period) { "✓ " } else { "" };
        button(format!("{mark}{label}"), Press::Staff(StaffAct::SetLimit(id, period, limit)))
    };
    let rows = vec![
        LIMITS.iter().map(|&limit| set(limit.to_string(), Some(limit))).collect(),
        vec![set("Без лимита".to_owned(), Some(0)), set("Как в настройках".to_owned(), None)],
        vec![
            button("👤 К карточке", Press::Staff(StaffAct::Card(id))),
            button("◀️ Сотрудники", Press::Staff(StaffAct::Page(0))),
        ],
    ];
    screen(text, rows)
}

pub fn prompt_for_limit(employee: &Employee, period: LimitPeriod) -> Screen {
    let text = html!(
        "Пришлите <b>лимит {}</b>: {}\nЦелое число до 10000; 0 — без лимита.",
        period_words(period),
        shorten(&name(&employee.person), 64)
    );
    screen(text, vec![vec![act("❌ Отмена", StaffAct::Card(employee.person.id))]])
}

pub fn limit_changed(usage: &Usage, period: LimitPeriod) -> Screen {
    let words = period_words(period);
    let text = match usage.limit(period) {
        0 => format!("У вас больше нет лимита приглашений {words}."),
        limit => format!("Ваш лимит приглашений {words} теперь: {limit}."),
    };
    let other = LimitPeriod::ALL.into_iter().find(|&other| other != period);
    let text = match other.map(|other| (other, usage.limit(other))) {
        Some((other, limit @ 1..)) => {
            format!("{text} Лимит {} остаётся: {limit}.", period_words(other))
        }
        _ => text,
    };
    screen(html!("{}\n{}", text, confirmed(usage, period)), vec![])
}

pub fn limit_usage() -> Screen {
    let text = html!(
        "Лимит — целое число до 10000, 0 — без лимита: <code>/staff 123456789 30</code>. Ничего не изменено."
    );
    screen(text, vec![vec![button("👥 Сотрудники", Press::Staff(StaffAct::Page(0)))]])
}

pub fn no_such_person() -> Screen {
    let text = html!("У человека с таким id нет доступа. Ничего не изменено. Дать доступ: /allow.");
    screen(text, vec![vec![button("👥 Сотрудники", Press::Staff(StaffAct::Page(0)))]])
}
