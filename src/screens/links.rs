//! Links that let somebody in: what one gives, those there are, and what its holder is told.

use jiff::Timestamp;

use super::html::{Html, html, shorten};
use super::press::{LinkAct, Press, StaffAct};
use super::staff::role_word;
use super::{Button, Copied, Screen, button, copy_button, day_and_time, name, screen};
use crate::domain::{
    LINK_LIMITS, LINK_USES, Lifetime, Link, LinkEnd, LinkTerms, OfficeCode, Person, Role, Token,
    Viewer,
};

const ROLES: [Role; 3] = [Role::Staff, Role::Senior, Role::Observer];

/// The one after it, and the first after the last.
fn next<T: PartialEq + Clone>(all: &[T], now: &T) -> T {
    let place = all.iter().position(|it| it == now).map_or(0, |place| place + 1);
    all.get(place).or(all.first()).unwrap_or(now).clone()
}

fn lifetime(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::Hour => "час",
        Lifetime::Day => "сутки",
        Lifetime::Week => "неделя",
        Lifetime::Month => "30 дней",
    }
}

fn limit(limit: Option<u32>) -> String {
    limit.map_or_else(|| "как в настройках".to_owned(), |limit| format!("{limit} в день"))
}

fn office(office: Option<&OfficeCode>) -> &str {
    office.map_or("не задан", OfficeCode::as_str)
}

/// Each press changes one of them; `offices`: those that can be given.
pub fn terms(terms: &LinkTerms, offices: &[OfficeCode]) -> Screen {
    let text = html!(
        "🔗 <b>Ссылка сотруднику</b>\nКто откроет её, сразу получит доступ. Нажмите, чтобы изменить, потом «Создать»."
    );
    let change = |label: String, changed: LinkTerms| {
        vec![button(label, Press::Links(LinkAct::Terms(changed)))]
    };
    let now = terms.clone();
    let mut rows = vec![
        change(
            format!("👤 Роль: {}", role_word(terms.role)),
            LinkTerms { role: next(&ROLES, &terms.role), ..now.clone() },
        ),
        change(
            format!("⏳ Срок: {}", lifetime(terms.lifetime)),
            LinkTerms { lifetime: next(&Lifetime::ALL, &terms.lifetime), ..now.clone() },
        ),
        change(
            format!("🔢 Сколько человек: {}", terms.uses),
            LinkTerms { uses: next(&LINK_USES, &terms.uses), ..now.clone() },
        ),
        change(
            format!("🎚 Лимит: {}", limit(terms.day_limit)),
            LinkTerms { day_limit: next(&LINK_LIMITS, &terms.day_limit), ..now.clone() },
        ),
    ];
    let offices: Vec<Option<OfficeCode>> =
        [None].into_iter().chain(offices.iter().cloned().map(Some)).collect();
    if offices.len() > 1 {
        rows.push(change(
            format!("🏷 Офис: {}", office(terms.office.as_ref())),
            LinkTerms { office: next(&offices, &terms.office), ..now.clone() },
        ));
    }
    rows.push(vec![button("✅ Создать ссылку", Press::Links(LinkAct::Make(now)))]);
    rows.push(vec![
        button("📋 Действующие", Press::Links(LinkAct::Page)),
        button("◀️ Сотрудники", Press::Staff(StaffAct::Page(0))),
    ]);
    screen(text, rows)
}

/// The only time that the token is shown.
pub fn made(terms: &LinkTerms, token: &Token, now: Timestamp, viewer: &Viewer) -> Screen {
    let until = now.checked_add(terms.lifetime.length()).unwrap_or(now);
    let text = html!(
        "🔗 <b>Ссылка готова</b>: {}, до {}, человек: {}.\nСкопируйте и пошлите сотруднику: здесь она показана один раз, и любой, у кого она есть, получит доступ.",
        role_word(terms.role),
        day_and_time(until, &viewer.zone),
        terms.uses
    );
    let copy = copy_button("📋 Скопировать ссылку", Copied::Invite(token.text()));
    screen(text, vec![vec![copy], vec![button("📋 Действующие", Press::Links(LinkAct::Page))]])
}

pub fn list(viewer: &Viewer, links: &[Link]) -> Screen {
    let mut text = html!("🔗 <b>Действующие ссылки</b>");
    let mut rows: Vec<Vec<Button>> = Vec::new();
    for (place, link) in (1_u32..).zip(links) {
        text = html!("{}\n{}. {}", text, place, line(viewer, link));
        let to = |label: &str, act| button(format!("{label} {place}"), Press::Links(act));
        rows.push(vec![
            to("⛔️ Отозвать", LinkAct::Revoke(link.id)),
            to("♻️ Заменить", LinkAct::Replace(link.id)),
        ]);
    }
    if links.is_empty() {
        text = html!("{}\nИх нет.", text);
    }
    rows.push(vec![
        button("🔗 Новая", Press::Links(LinkAct::Terms(LinkTerms::default()))),
        button("◀️ Сотрудники", Press::Staff(StaffAct::Page(0))),
    ]);
    screen(text, rows)
}

fn line(viewer: &Viewer, link: &Link) -> Html {
    let mut text = html!(
        "до {} · {} из {} · {}",
        day_and_time(link.until, &viewer.zone),
        link.used,
        link.uses,
        role_word(link.role)
    );
    if let Some(code) = &link.office {
        text = html!("{} · {}", text, code.as_str());
    }
    if let Some(limit) = link.day_limit {
        text = html!("{} · {} в день", text, limit);
    }
    html!("{} · {}", text, shorten(&name(&link.made_by), 30))
}

/// To who holds the token of one that does not open any more.
pub fn ended(end: LinkEnd) -> Screen {
    let why = match end {
        LinkEnd::Expired => "Ссылка истекла.",
        LinkEnd::UsedUp => "По ней уже вошли все.",
        LinkEnd::Revoked => "Ссылку отозвали.",
        LinkEnd::Replaced => "Ссылку заменили новой.",
    };
    screen(html!("🔗 {} Попросите новую у того, кто её прислал.", why), vec![])
}

pub fn listed_already(role: Role) -> Screen {
    let text = html!("У вас уже есть доступ, роль: {}. Ссылка не потрачена.", role_word(role));
    screen(text, vec![vec![button("🏠 Начало", Press::Home)]])
}

/// To who made the link.
pub fn joined(person: &Person, role: Role) -> Screen {
    let text = html!(
        "🔗 По вашей ссылке вошёл человек: <b>{}</b>, id <code>{}</code>, {}.",
        shorten(&name(person), 60),
        person.id,
        role_word(role)
    );
    let card = button("👤 К карточке", Press::Staff(StaffAct::Card(person.id)));
    screen(text, vec![vec![card]])
}
