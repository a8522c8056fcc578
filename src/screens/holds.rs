//! What is said while the database is in doubt.

use super::html::{Html, html};
use super::press::{List, ListWhat, Press};
use super::{Button, Screen, button, day_and_time, name, plural, screen};
use crate::domain::{Bucket, Doubt, Embargo, Invitation, Permission, State, Viewer};

/// In place of «no letter went», which nobody knows.
pub const EARLIER: &str =
    "Сейчас письмо не отправлялось, но до восстановления базы бота оно могло уйти.";

fn cause(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Unmarked => "рядом с ней нет её метки, файла .mark",
        Doubt::Copied => "её файлы скопированы, перенесены или восстановлены",
        Doubt::Older => {
            "в ней нет того, что бот сделал последним: похоже, восстановлена старая копия"
        }
    }
}

fn invitations(count: u32) -> String {
    let noun = plural(
        usize::try_from(count).unwrap_or(usize::MAX),
        "приглашение",
        "приглашения",
        "приглашений",
    );
    format!("{count} {noun}")
}

pub fn embargo_notice(embargo: &Embargo) -> Screen {
    let text = html!(
        "⏸ <b>Отправка остановлена</b>. База данных под сомнением: {}. Ждут вашего решения: {}.\nЧто в копии ждёт отправки, после её снятия могло уже уйти: тогда клиент получит <b>второе письмо</b>. Сам я ничего не отправлю.\n1. Убедитесь, что эта база — последняя и что с её копией не работает другой бот.\n2. Чего отправлять не нужно, отмените на карточках.\n3. Возобновите отправку.",
        cause(embargo.cause),
        invitations(embargo.waiting)
    );
    screen(text, ways_out(embargo))
}

pub fn ways_out(embargo: &Embargo) -> Vec<Vec<Button>> {
    let waiting = List::of(ListWhat::All(Some(Bucket::Waiting), None));
    vec![
        vec![button(format!("🔎 Что ждёт ({})", embargo.waiting), Press::List(waiting))],
        vec![button("▶️ Возобновить отправку", Press::Lift(embargo.id, None))],
    ]
}

pub fn standing(viewer: &Viewer, embargo: &Embargo) -> Html {
    let text = html!("⏸ Отправка остановлена: база данных под сомнением. ");
    if !viewer.may(Permission::Resume) {
        return html!("{}Приглашения ждут решения администратора.", text);
    }
    html!(
        "{}С {}: {}. Ждут вашего решения: {}.",
        text,
        day_and_time(embargo.since, &viewer.zone),
        cause(embargo.cause),
        invitations(embargo.waiting)
    )
}

/// `minute` (Unix) is when it was asked; the answer is good for 15 minutes.
pub fn ask_lift(viewer: &Viewer, embargo: &Embargo, minute: i64) -> Screen {
    let text = html!("▶️ <b>Возобновить отправку?</b>\n");
    let text = match embargo.waiting {
        0 => html!("{}Сейчас ничего не ждёт; новые приглашения будут уходить сразу.", text),
        waiting => html!(
            "{}Ждут: {}, и уйдут все. Те, что подтвердили до {}, могли уже уйти: тогда клиент получит <b>второе письмо</b>. Отозвать его нельзя. Лишние сначала отмените на карточках.",
            text,
            invitations(waiting),
            day_and_time(embargo.since, &viewer.zone)
        ),
    };
    let yes = button("▶️ Да, отправлять", Press::Lift(embargo.id, Some(minute)));
    let mut rows = ways_out(embargo);
    // Only the way to what waits stays.
    rows.truncate(1);
    rows.insert(0, vec![yes]);
    rows.push(vec![button("◀️ Назад", Press::Home)]);
    screen(text, rows)
}

pub fn lifted(viewer: &Viewer, count: u64) -> Screen {
    let text = html!(
        "▶️ <b>Отправка возобновлена</b>, {}, {}. ",
        name(&viewer.me),
        day_and_time(viewer.now, &viewer.zone)
    );
    let text = match count {
        0 => html!("{}Из того, что ждало решения, отправлять нечего.", text),
        count => html!("{}Снова в очереди: {}. Итоги — у авторов и в /status.", text, count),
    };
    screen(text, vec![vec![button("🏠 Начало", Press::Home)]])
}

/// It must not say that no letter went: nobody knows.
pub fn reason(invitation: &Invitation) -> Html {
    let may = match invitation.state {
        State::Held => "Это приглашение могло уже уйти раньше.",
        _ => "Если его подтверждали и до этого, оно могло уже уйти.",
    };
    html!(
        "Ждёт решения администратора: база данных бота восстановлена из копии или перенесена. {}",
        may
    )
}
