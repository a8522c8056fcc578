//! Unknown invitations, brought up again: to their authors one by one, to admins once a day.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::home::all_unknown;
use super::html::{Html, shorten};
use super::press::CardAct;
use super::status::{acts, card_press, recipient_line};
use super::{Screen, button, day_and_time, name, plural, screen};
use crate::domain::{Email, Invitation, Role};

/// The most invitations that a digest names.
pub const DIGEST_MAX: u32 = 20;

/// How many buttons stand in a row of the digest.
const A_ROW: usize = 4;

/// An unknown one once more, to its author; or to an admin, when the author is off the list.
pub fn reminder(invitation: &Invitation, to_author: bool, zone: &TimeZone) -> Screen {
    let mut text = Html::new("⏰ ")
        .text(format!("№{}: всё ещё ", invitation.number))
        .bold("неизвестно")
        .text(", принят ли запрос. Уточните у клиента, пришло ли письмо, и отметьте. ")
        .text("Сам я не повторяю.")
        .line()
        .join(&recipient_line(&invitation.recipient))
        .text(" · ")
        .text(day_and_time(invitation.changed_at, zone));
    if !to_author {
        let author = name(&invitation.author);
        text = text.line().text(format!("Автор: {author}, доступ отозван"));
    }
    screen(text, acts(invitation, Role::Staff))
}

/// What has been unknown for more than a day, to admins: the oldest of `count`, each with a way
/// to open it.
pub fn digest(oldest: &[Invitation], count: u32, now: Timestamp) -> Screen {
    let mut text = Html::new("📋 ").bold("Неизвестные старше суток").text(format!(": {count}"));
    for invitation in oldest {
        text = text.line().text(format!(
            "№{} · {} · {} · {}",
            invitation.number,
            masked(invitation.recipient.email()),
            shorten(&name(&invitation.author), 20),
            age(invitation.changed_at, now),
        ));
    }
    if oldest.len() < usize::try_from(count).unwrap_or(usize::MAX) {
        text = text.line().text(format!("Показаны самые старые: {}.", oldest.len()));
    }
    text = text
        .line()
        .text("Уточните у клиентов, пришло ли письмо, и отметьте на карточке: сам я их не решаю.");
    let open = |invitation: &Invitation| {
        let press = card_press(invitation, CardAct::Details);
        button(format!("№{}", invitation.number), press)
    };
    let mut rows: Vec<Vec<_>> =
        oldest.chunks(A_ROW).map(|row| row.iter().map(open).collect()).collect();
    rows.push(vec![button("⚠️ Все неизвестные", all_unknown())]);
    screen(text, rows)
}

/// An address that its sender recognises and nobody else learns: `i…@mail.ru`.
fn masked(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    // Of one letter nothing would be hidden.
    let first = local.chars().next().filter(|_| local.chars().nth(1).is_some());
    shorten(&format!("{}…@{domain}", first.map(String::from).unwrap_or_default()), 40)
}

fn age(since: Timestamp, now: Timestamp) -> String {
    let hours = now.duration_since(since).as_hours();
    let days = usize::try_from(hours / 24).unwrap_or_default();
    format!("{days} {}", plural(days, "день", "дня", "дней"))
}
