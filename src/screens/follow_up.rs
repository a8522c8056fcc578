//! What came of accepted invitations: on the card, in the question, on the day of a call.

use jiff::civil::Date;

use super::html::{Html, html, shorten};
use super::press::{Answer, CardAct, FollowAct, Press};
use super::status::recipient_line;
use super::{Button, Screen, button, day_and_time, name, screen};
use crate::domain::{FollowUp, Invitation, InvitationNo, Mark, Permission, Viewer, is_followed_up};

pub const MARKED_ALREADY: &str = "Уже отмечено иначе. Ничего не изменено.";
pub const LATER: &str = "Хорошо. Отметить можно на карточке.";

fn press(act: FollowAct) -> Press {
    Press::FollowUp(act)
}

fn words(mark: Mark) -> String {
    match mark {
        Mark::Registered => "🎉 Зарегистрировался".to_owned(),
        Mark::Declined => "🙅 Отказался".to_owned(),
        Mark::CallBack(day) => format!("📞 Перезвонить {}", day.strftime("%d.%m")),
    }
}

/// Sets the mark under the card, and the buttons for it above the others.
pub fn on_card(
    mut card: Screen,
    viewer: &Viewer,
    invitation: &Invitation,
    follow_up: Option<&FollowUp>,
) -> Screen {
    if !is_followed_up(invitation) {
        return card;
    }
    let number = invitation.number;
    if let Some(FollowUp { mark, by, at }) = follow_up {
        let who = shorten(&name(by), 30);
        let when = day_and_time(*at, &viewer.zone);
        card.text = html!("{}\n{} · {}, {}", card.text, words(*mark), who, when);
    }
    if viewer.may(Permission::Send) {
        let rows = buttons(number, follow_up.map(|it| it.mark));
        card.rows.splice(..0, rows);
    }
    card
}

fn buttons(number: InvitationNo, mark: Option<Mark>) -> Vec<Vec<Button>> {
    let answer = |label: &str, answer| button(label, press(FollowAct::Answer(number, answer)));
    let undo = vec![button("↩️ Вернуть", press(FollowAct::Undo(number)))];
    match mark {
        Some(Mark::Registered | Mark::Declined) => vec![undo],
        called => {
            let mut rows = vec![vec![
                answer("🎉 Зарегистрировался", Answer::Registered),
                answer("🙅 Отказался", Answer::Declined),
            ]];
            rows.push(match called {
                Some(_) => undo,
                None => vec![button("📞 Перезвонить", press(FollowAct::AskCall(number)))],
            });
            rows
        }
    }
}

/// In working days.
pub const CALLS: [(u32, &str); 3] =
    [(1, "Следующий рабочий день"), (3, "Через 3 рабочих дня"), (5, "Через неделю")];

pub fn ask_call(invitation: &Invitation) -> Screen {
    let text = html!(
        "📞 Когда напомнить о №{}?\n{}",
        invitation.number,
        recipient_line(&invitation.recipient)
    );
    let number = invitation.number;
    let mut rows: Vec<Vec<Button>> = CALLS
        .into_iter()
        .map(|(days, label)| vec![button(label, press(FollowAct::Call(number, days)))])
        .collect();
    rows.push(vec![button("◀️ Назад", Press::Card(number, 0, CardAct::Open))]);
    screen(text, rows)
}

/// On its day.
pub fn call(invitation: &Invitation) -> Screen {
    let text = html!(
        "📞 Вы хотели перезвонить: №{}\n{}",
        invitation.number,
        recipient_line(&invitation.recipient)
    );
    let number = invitation.number;
    let mut rows = buttons(number, Some(Mark::CallBack(Date::MIN)));
    rows.push(vec![button(
        format!("🔎 Открыть №{number}"),
        Press::Card(number, 0, CardAct::OpenBelow),
    )]);
    screen(text, rows)
}

/// `asked`: in the order of their numbers.
pub fn question(viewer: &Viewer, day: Date, asked: &[(Invitation, Option<FollowUp>)]) -> Screen {
    let invited = |it: &Invitation| it.created_at.to_zoned(viewer.zone.clone()).date();
    let days: Vec<Date> = asked.iter().map(|(it, _)| invited(it)).collect();
    let when = match (days.iter().min(), days.iter().max()) {
        (Some(first), Some(last)) if first == last => first.strftime("%d.%m").to_string(),
        (Some(first), Some(last)) => {
            format!("{}–{}", first.strftime("%d.%m"), last.strftime("%d.%m"))
        }
        _ => String::new(),
    };
    let mut text = html!("<b>Зарегистрировались?</b> (приглашены {})", when);
    let mut rows = Vec::new();
    for (invitation, follow_up) in asked {
        let number = invitation.number;
        let line = line(invitation);
        text = match follow_up {
            Some(known) => html!("{}\n№{} {} · {}", text, number, line, words(known.mark)),
            None => html!("{}\n№{} {}", text, number, line),
        };
        if follow_up.is_none() {
            let to = |label: String, answer| {
                button(label, press(FollowAct::InList(day_number(day), number, answer)))
            };
            rows.push(vec![
                to(format!("🎉 №{number}"), Answer::Registered),
                to("🙅".to_owned(), Answer::Declined),
                to("📞".to_owned(), Answer::CallBack),
            ]);
        }
    }
    if !rows.is_empty() {
        rows.push(vec![
            button("🎉 Все", press(FollowAct::All(day_number(day)))),
            button("⏭ Позже", press(FollowAct::Later)),
        ]);
        text = html!("{}\n\n🎉 зарегистрировался · 🙅 отказался · 📞 напомнить завтра", text);
    }
    screen(text, rows)
}

fn line(invitation: &Invitation) -> Html {
    match invitation.recipient.company() {
        Some(company) => html!("{}", shorten(company.name.as_str(), 40)),
        None => html!("{}", invitation.recipient.email().as_str()),
    }
}

/// As a button carries it: `20261130`.
fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

pub fn day_of(number: i64) -> Option<Date> {
    let part = |by: i64, of: i64| i8::try_from(number / by % of).ok();
    Date::new(i16::try_from(number / 10_000).ok()?, part(100, 100)?, part(1, 100)?).ok()
}
