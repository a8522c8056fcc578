//! The list of invitations and its filters.

use super::html::{Html, html, shorten};
use super::parts::at_most;
use super::press::{List, ListFilter, Press};
use super::status::result_word;
use super::{Button, Screen, button, day, name, provider, screen};
use crate::domain::{
    Inn, Invitation, InvitationNo, NotSettled, Period, Permission, Person, ResultWord, State,
    Viewer, WaitReason,
};

#[derive(Clone, Debug)]
pub struct Listing {
    pub list: List,
    /// The newest first.
    pub items: Vec<Invitation>,
    /// A lower bound if `more`.
    pub pages: u32,
    pub more: bool,
    pub author: Option<Person>,
    /// The one value that was sent, whose history this is.
    pub about: Option<String>,
}

pub fn history_title(about: Option<&str>) -> String {
    format!("🕘 История: {}", shorten(about.unwrap_or_default(), 100))
}

pub fn list(viewer: &Viewer, listing: &Listing) -> Screen {
    let List { filter, page } = listing.list;
    let title = match (filter, viewer.may(Permission::SeeAll), &listing.author) {
        _ if listing.about.is_some() => history_title(listing.about.as_deref()),
        (ListFilter::SameEmail(_) | ListFilter::SameInn(_), ..) => "Найдено".to_owned(),
        (_, _, Some(author)) => format!("🗂 Приглашения: {}", name(author)),
        (_, true, None) => "🗂 Все приглашения".to_owned(),
        (_, false, None) => "🗂 Мои приглашения".to_owned(),
    };
    let title = match filter {
        ListFilter::All(.., Some(period)) => format!("{title} {}", within(period)),
        _ => title,
    };
    let label = match filter {
        ListFilter::All(word, _, period) => Some(filter_label(word, period)),
        _ => None,
    };
    if listing.items.is_empty() {
        let text = match label.as_deref() {
            Some(ALL) if listing.author.is_none() => html!("Пока пусто."),
            Some(_) => html!("{}\n{}", title, nothing(filter)),
            None if listing.about.is_some() => {
                html!("{}\nПриглашений пока не было — среди тех, что вам видны.", title)
            }
            None => html!(
                "Ничего не найдено. Ищу по номеру, e-mail, ИНН и названию среди приглашений, которые вам видны."
            ),
        };
        let mut rows = vec![vec![button("✉️ Пригласить", Press::Invite)]];
        if label.is_some_and(|label| label != ALL) || listing.author.is_some() {
            rows.push(vec![button("🗂 Показать все", Press::List(List::ALL))]);
        }
        return screen(text, rows);
    }
    let mut text = html!("{}", title);
    let mut last_day = String::new();
    for (place, invitation) in listing.items.iter().enumerate() {
        let of = day(invitation.created_at, &viewer.zone);
        if of != last_day {
            text = html!("{}\n<b>{}</b>", text, of);
            last_day = of;
        }
        text = html!("{}\n{}. {}", text, place + 1, list_line(viewer, invitation));
    }
    let numbers = listing.items.iter().enumerate().map(|(place, invitation)| {
        let card = Press::CardOf(invitation.number, listing.list.clone());
        button((place + 1).to_string(), card)
    });
    let mut rows = vec![numbers.collect()];
    if listing.pages > 1 {
        let to = |label: &str, page| button(label, Press::List(List { filter, page }));
        let more = if listing.more { "+" } else { "" };
        let mut turn = Vec::new();
        if let Some(previous) = page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}{more}", page + 1, listing.pages), Press::Caption));
        if page + 1 < listing.pages {
            turn.push(to("▶️", page + 1));
        }
        rows.push(turn);
    }
    if let Some(label) = label {
        let mut row = vec![button(format!("Фильтр: {label} ▾"), Press::Filter(filter))];
        if viewer.may(Permission::SeeAll) {
            let author = listing.author.as_ref().map_or_else(|| "все".to_owned(), name);
            row.push(button(
                format!("Сотрудник: {} ▾", shorten(&author, 20)),
                Press::Authors(filter),
            ));
        }
        rows.push(row);
    }
    rows.push(vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]);
    screen(text, rows)
}

pub fn titled(title: &str, screen: Screen) -> Screen {
    Screen { text: html!("{}\n\n{}", title, screen.text), rows: screen.rows }
}

fn nothing(filter: ListFilter) -> &'static str {
    match filter {
        ListFilter::All(Some(ResultWord::Accepted), ..) => "Принятых нет.",
        ListFilter::All(Some(ResultWord::Refused), ..) => "Отказов нет — и это хорошо.",
        ListFilter::All(Some(ResultWord::Client), ..) => "Среди приглашённых клиентов ещё не было.",
        ListFilter::All(Some(ResultWord::NotSent), ..) => "Неотправленных нет — и это хорошо.",
        ListFilter::All(Some(ResultWord::Unknown), ..) => "Неизвестных нет — и это хорошо.",
        ListFilter::All(Some(ResultWord::Waiting), ..) => "Ничего не ждёт отправки.",
        _ => "Приглашений нет.",
    }
}

/// As on the cards.
fn sign(word: ResultWord) -> &'static str {
    match word {
        ResultWord::Accepted => "✅",
        ResultWord::Refused => "❌",
        ResultWord::Client => "ℹ️",
        ResultWord::NotSent => "📡",
        ResultWord::Unknown => "⚠️",
        ResultWord::Waiting => "⏳",
    }
}

fn list_line(viewer: &Viewer, invitation: &Invitation) -> Html {
    let recipient = &invitation.recipient;
    let who = match recipient.company() {
        Some(company) => shorten(company.name.as_str(), 40),
        None => shorten(recipient.email().as_str(), 40),
    };
    let bucket = invitation.state.result_word();
    let (sign, word) = match invitation.state {
        State::Cancelled => ("✋", "отменено"),
        _ => (sign(bucket), result_word(bucket)),
    };
    let mut line = html!(
        "{} №{} {} · {} · {}",
        sign,
        invitation.number,
        who,
        provider(recipient.provider()),
        word
    );
    if invitation.state == State::Held {
        line = html!(
            "{}{}",
            line,
            match invitation.waits {
                _ if invitation.stopped => " (стоп-лист)",
                Some(WaitReason::OffStopList) => " (убран из стоп-листа)",
                _ => " (ждёт админа)",
            }
        );
    }
    if viewer.may(Permission::SeeAll) && invitation.author.id != viewer.me.id {
        line = html!("{} · {}", line, shorten(&name(&invitation.author), 24));
    }
    line
}

/// As many rows as fit beside a list: the words in two, the periods in one.
pub fn filters(viewer: &Viewer, filter: ListFilter, counts: &[(ResultWord, i64)]) -> Screen {
    let (present, author, within) = match filter {
        ListFilter::All(present, author, within) => {
            (present, author.filter(|_| viewer.may(Permission::SeeAll)), within)
        }
        _ => (None, None, None),
    };
    let to = |chosen: bool, label: String, word, period| {
        let mark = if chosen { "✓ " } else { "" };
        let list = List::of(ListFilter::All(word, author, period));
        button(format!("{mark}{label}"), Press::List(list))
    };
    let word = |&(word, count): &(ResultWord, i64)| {
        let label = format!("{} {}", result_word(word), at_most(count));
        to(Some(word) == present, label, Some(word), within)
    };
    let mut rows: Vec<Vec<Button>> =
        counts.chunks(3).map(|row| row.iter().map(word).collect()).collect();
    let period = |period| to(period == within, period_word(period).to_owned(), present, period);
    let periods = Period::ALL.into_iter().map(Some).chain([None]);
    rows.push(periods.map(period).collect());
    let sum = counts.iter().map(|(_, count)| count).sum::<i64>();
    let more = counts.iter().any(|(_, count)| *count >= NotSettled::MOST);
    let all = format!("{ALL} {sum}{}", if more { "+" } else { "" });
    rows.push(vec![
        to(present.is_none(), all, None, within),
        button("◀️ К списку", Press::List(List { filter, page: 0 })),
    ]);
    screen(html!("Какие показать?"), rows)
}

const ALL: &str = "все";

fn period_word(period: Option<Period>) -> &'static str {
    match period {
        Some(Period::Today) => "сегодня",
        Some(Period::Week) => "неделя",
        Some(Period::Month) => "месяц",
        None => "всё время",
    }
}

fn within(period: Period) -> &'static str {
    match period {
        Period::Today => "за сегодня",
        Period::Week => "за неделю",
        Period::Month => "за месяц",
    }
}

fn filter_label(word: Option<ResultWord>, period: Option<Period>) -> String {
    match (word, period) {
        (None, None) => ALL.to_owned(),
        (Some(word), None) => result_word(word).to_owned(),
        (None, period) => period_word(period).to_owned(),
        (Some(word), period) => format!("{}, {}", result_word(word), period_word(period)),
    }
}

pub fn authors(viewer: &Viewer, filter: ListFilter, people: &[Person]) -> Screen {
    let (word, period) = match filter {
        ListFilter::All(word, _, period) => (word, period),
        _ => (None, None),
    };
    let choice = |label: String, author| {
        button(label, Press::List(List::of(ListFilter::All(word, author, period))))
    };
    let mut buttons = vec![choice("все".to_owned(), None)];
    buttons.extend(people.iter().map(|person| {
        let own = if person.id == viewer.me.id { " (я)" } else { "" };
        choice(format!("{}{own}", shorten(&name(person), 30)), Some(person.id))
    }));
    let mut rows: Vec<Vec<Button>> = buttons.chunks(2).map(<[Button]>::to_vec).collect();
    rows.push(vec![button("◀️ К списку", Press::List(List { filter, page: 0 }))]);
    screen(html!("Чьи приглашения показать?"), rows)
}

/// To choose from: the newest invitation of each, its name and its ИНН.
pub fn companies<'a>(
    found: impl Iterator<Item = (InvitationNo, &'a str, &'a Inn)>,
    more: bool,
) -> Screen {
    let of = |(newest, name, inn): (InvitationNo, &str, &Inn)| {
        let label = format!("{} · {}", shorten(name, 40), inn.as_str());
        vec![button(label, Press::List(List::of(ListFilter::SameInn(newest))))]
    };
    let text = match more {
        true => {
            html!(
                "Нашлось много. Здесь те, кого приглашали последними; нет нужной — уточните название."
            )
        }
        false => html!("Нашлось несколько организаций. Чьи приглашения показать?"),
    };
    let home = vec![button("🏠 Начало", Press::Home)];
    screen(text, found.map(of).chain([home]).collect())
}

pub fn not_found() -> Screen {
    let text = html!(
        "Такого приглашения нет. Ищу по номеру, e-mail, ИНН и названию среди тех, что вам видны."
    );
    let all = Press::List(List::ALL);
    screen(text, vec![vec![button("🗂 Показать все", all)]])
}

pub fn status_checksum(digits: &str) -> Screen {
    let text = html!(
        "В ИНН {} опечатка: контрольная цифра не сходится. Проверьте и пришлите /status ещё раз.",
        digits
    );
    let all = Press::List(List::ALL);
    screen(text, vec![vec![button("🗂 Показать все", all)]])
}

pub fn status_usage() -> Screen {
    let text = html!(
        "Не понял, что искать. Можно номер, ИНН, e-mail или часть названия, хотя бы три буквы: <code>/status 12</code>, <code>/status 1215107651</code>, <code>/status iam@mail.ru</code>, <code>/status чайка</code>"
    );
    let all = Press::List(List::ALL);
    screen(text, vec![vec![button("🗂 Показать все", all)]])
}
