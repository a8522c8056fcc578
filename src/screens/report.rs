//! What the team sent, for its head.

use jiff::civil::Date;

use super::html::{Html, html, shorten};
use super::press::{Press, ReportAct};
use super::{Button, Screen, button, name, provider, screen};
use crate::domain::{Days, DaysError, Period, Report, ResultWord, Tally};

/// As many names as are read at a glance.
const NAMED: usize = 15;

pub fn report(report: &Report, period: Option<Period>) -> Screen {
    let Days { first, last } = report.days;
    let title = match period {
        Some(Period::Today) => "Сегодня ",
        Some(Period::Week) => "Неделя ",
        Some(Period::Month) => "Месяц ",
        None => "",
    };
    let mut text = html!("📊 <b>{}{}</b>\n{}", title, days(first, last), figures(&report.total));
    let people: Vec<(String, &Tally)> = report
        .by_person
        .iter()
        .map(|(person, tally)| (shorten(&name(person), 24), tally))
        .collect();
    text = parts(text, "👥", &people);
    let providers: Vec<(String, &Tally)> = report
        .by_provider
        .iter()
        .map(|(known, tally)| (provider(*known).to_owned(), tally))
        .collect();
    text = parts(text, "🔌", &providers);
    let offices: Vec<(String, &Tally)> = report
        .by_office
        .iter()
        .map(|(code, tally)| (format!("офис {}", code.as_str()), tally))
        .collect();
    text = parts(text, "🏷", &offices);
    screen(text, rows())
}

fn rows() -> Vec<Vec<Button>> {
    let to = |label: &str, period| button(label, Press::Report(ReportAct::Period(period)));
    vec![
        vec![to("Сегодня", Period::Today), to("Неделя", Period::Week), to("Месяц", Period::Month)],
        vec![button("🏠 Начало", Press::Home)],
    ]
}

fn days(first: Date, last: Date) -> String {
    let whole = |date: Date| date.strftime("%d.%m.%Y").to_string();
    match () {
        () if first == last => whole(last),
        () if first.year() == last.year() && first.month() == last.month() => {
            format!("{:02}–{}", first.day(), whole(last))
        }
        () if first.year() == last.year() => {
            format!("{}–{}", first.strftime("%d.%m"), whole(last))
        }
        () => format!("{}–{}", whole(first), whole(last)),
    }
}

fn figures(tally: &Tally) -> Html {
    use ResultWord::{Accepted, Client, NotSent, Refused, Unknown, Waiting};
    if tally == &Tally::default() {
        return html!("Приглашений не было.");
    }
    let mut text = html!("Отправлено {}", tally.sent());
    let words = [
        (Accepted, "приняты"),
        (Client, "уже клиенты"),
        (Refused, "отказ"),
        (Unknown, "неизвестно"),
    ];
    for (word, says) in words {
        if tally.of(word) > 0 {
            text = html!("{} · {} {}", text, says, tally.of(word));
        }
    }
    if tally.registered > 0 {
        // In hundredths of what was accepted.
        let share = tally.registered * 100 / tally.of(Accepted).max(1);
        text = html!("{}\nЗарегистрировались {} ({} %)", text, tally.registered, share);
    }
    let (not_sent, waiting) = (tally.of(NotSent), tally.of(Waiting));
    if not_sent > 0 {
        text = html!("{}\nНе отправлено и отменено {}", text, not_sent);
    }
    if waiting > 0 {
        text = html!("{}\nВ очереди {}", text, waiting);
    }
    text
}

/// Sent, how many of it were accepted, and how many of those clients registered.
fn parts(text: Html, sign: &str, parts: &[(String, &Tally)]) -> Html {
    let shown: Vec<String> = parts
        .iter()
        .filter(|(_, tally)| tally.sent() > 0)
        .map(|(who, tally)| {
            let accepted = tally.of(ResultWord::Accepted);
            let line = format!("{who} {} → {accepted}", tally.sent());
            if tally.registered == 0 { line } else { format!("{line} → {}", tally.registered) }
        })
        .collect();
    if shown.is_empty() {
        return text;
    }
    let (named, rest) = shown.split_at(shown.len().min(NAMED));
    let text = html!("{}\n{} {}", text, sign, named.join(" · "));
    match rest.len() {
        0 => text,
        more => html!("{} · и ещё {}", text, more),
    }
}

pub fn unreadable(error: DaysError) -> Screen {
    let why = match error {
        DaysError::Unreadable => "Не понял период.",
        DaysError::Backwards => "Первый день позже последнего.",
        DaysError::Future => "Эти дни ещё не наступили.",
    };
    let text = html!(
        "{} Напишите так: <code>/report 01.11-24.11</code>, <code>/report 24.11</code> или <code>/report ноябрь</code>.",
        why
    );
    screen(text, rows())
}
