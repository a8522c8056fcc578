//! Unknown invitations, brought up again to authors and admins.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::html::{html, shorten};
use super::parts::all_unknown;
use super::press::CardAct;
use super::status::{action_buttons, card_press, recipient_line};
use super::{Screen, button, day_and_time, name, plural, screen};
use crate::domain::{Email, Invitation, Role};

pub const DIGEST_MAX: u32 = 20;

const PER_ROW: usize = 4;

/// It goes to an admin if the author is off the list.
pub fn reminder(invitation: &Invitation, to_author: bool, zone: &TimeZone) -> Screen {
    let mut text = html!(
        "⏰ №{}: всё ещё <b>неизвестно</b>, ушло ли письмо. Спросите клиента и отметьте. Второй раз сам не отправлю.\n{} · {}",
        invitation.number,
        recipient_line(&invitation.recipient),
        day_and_time(invitation.changed_at, zone)
    );
    if !to_author {
        let author = name(&invitation.author);
        text = html!("{}\nАвтор: {}, доступ отозван", text, author);
    }
    screen(text, action_buttons(invitation, Role::Staff))
}

pub fn digest(oldest: &[Invitation], count: u32, now: Timestamp) -> Screen {
    let mut text = html!("📋 <b>Неизвестные старше суток</b>: {}", count);
    for invitation in oldest {
        text = html!(
            "{}\n№{} · {} · {} · {}",
            text,
            invitation.number,
            masked(invitation.recipient.email()),
            shorten(&name(&invitation.author), 20),
            age(invitation.changed_at, now)
        );
    }
    if oldest.len() < usize::try_from(count).unwrap_or(usize::MAX) {
        text = html!("{}\nПоказаны самые старые: {}.", text, oldest.len());
    }
    text = html!(
        "{}\nСпросите клиентов, пришло ли письмо, и отметьте на карточке: сам я этого не решаю.",
        text
    );
    let open = |invitation: &Invitation| {
        let press = card_press(invitation, CardAct::OpenBelow);
        button(format!("№{}", invitation.number), press)
    };
    let mut rows: Vec<Vec<_>> =
        oldest.chunks(PER_ROW).map(|row| row.iter().map(open).collect()).collect();
    rows.push(vec![button("⚠️ Все неизвестные", all_unknown())]);
    screen(text, rows)
}

/// `i…@mail.ru`
fn masked(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    // One letter would hide nothing.
    let first = local.chars().next().filter(|_| local.chars().nth(1).is_some());
    shorten(&format!("{}…@{domain}", first.map(String::from).unwrap_or_default()), 40)
}

fn age(since: Timestamp, now: Timestamp) -> String {
    let hours = now.duration_since(since).as_hours();
    let days = usize::try_from(hours / 24).unwrap_or_default();
    format!("{days} {}", plural(days, "день", "дня", "дней"))
}
