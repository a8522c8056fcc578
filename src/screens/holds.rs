//! What is said while nothing is sent, because the database may be older than what was done with
//! it.

use super::html::Html;
use super::press::{List, ListWhat, Press};
use super::{Button, Screen, button, day_and_time, name, plural, screen};
use crate::domain::{Bucket, Doubt, Embargo, Invitation, Permission, State, Viewer};

/// In place of «no letter went», which nobody knows.
pub const EARLIER: &str =
    "Сейчас письмо не отправлялось, но до восстановления базы бота оно могло уйти.";

/// What is wrong, for an admin.
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

/// What admins are told, once.
pub fn embargo_notice(embargo: &Embargo) -> Screen {
    let text = Html::new("⏸ ")
        .bold("Отправка остановлена")
        .text(format!(". База данных под сомнением: {}. ", cause(embargo.cause)))
        .text(format!("Ждут вашего решения: {}.", invitations(embargo.waiting)))
        .line()
        .text("Что в копии ждёт отправки, после её снятия могло уже уйти: тогда клиент получит ")
        .bold("второе письмо")
        .text(". Сам я ничего не отправлю.")
        .line()
        .text("1. Убедитесь, что эта база — последняя и что с её копией не работает другой бот.")
        .line()
        .text("2. Чего отправлять не нужно, отмените на карточках.")
        .line()
        .text("3. Возобновите отправку.");
    screen(text, ways_out(embargo))
}

/// What an admin may do about it.
pub fn ways_out(embargo: &Embargo) -> Vec<Vec<Button>> {
    let waiting = List::of(ListWhat::All(Some(Bucket::Waiting), None));
    vec![
        vec![button(format!("🔎 Что ждёт ({})", embargo.waiting), Press::List(waiting))],
        vec![button("▶️ Возобновить отправку", Press::Lift(embargo.id, None))],
    ]
}

/// How it stands, for the first screen.
pub fn standing(viewer: &Viewer, embargo: &Embargo) -> Html {
    let text = Html::new("⏸ Отправка остановлена: база данных под сомнением. ");
    if !viewer.may(Permission::Resume) {
        return text.text("Приглашения ждут решения администратора.");
    }
    text.text(format!(
        "С {}: {}. Ждут вашего решения: {}.",
        day_and_time(embargo.since, &viewer.zone),
        cause(embargo.cause),
        invitations(embargo.waiting),
    ))
}

/// Asks whether what waits is to be sent. The answer is good for a quarter of an hour from this
/// minute (Unix).
pub fn ask_lift(viewer: &Viewer, embargo: &Embargo, minute: i64) -> Screen {
    let text = Html::new("▶️ ").bold("Возобновить отправку?").line();
    let text = match embargo.waiting {
        0 => text.text("Сейчас ничего не ждёт; новые приглашения будут уходить сразу."),
        waiting => text
            .text(format!("Ждут: {}, и уйдут все. ", invitations(waiting)))
            .text(format!(
                "Те, что подтвердили до {}, могли уже уйти: тогда клиент получит ",
                day_and_time(embargo.since, &viewer.zone),
            ))
            .bold("второе письмо")
            .text(". Отозвать его нельзя. Лишние сначала отмените на карточках."),
    };
    let yes = button("▶️ Да, отправлять", Press::Lift(embargo.id, Some(minute)));
    let mut rows = ways_out(embargo);
    // The question is not asked again; the way to what waits stays.
    rows.truncate(1);
    rows.insert(0, vec![yes]);
    rows.push(vec![button("◀️ Назад", Press::Home)]);
    screen(text, rows)
}

/// It was lifted.
pub fn lifted(viewer: &Viewer, count: u64) -> Screen {
    let text = Html::new("▶️ ").bold("Отправка возобновлена").text(format!(
        ", {}, {}. ",
        name(&viewer.me),
        day_and_time(viewer.now, &viewer.zone),
    ));
    let text = match count {
        0 => text.text("Из того, что ждало решения, отправлять нечего."),
        count => text.text(format!("Снова в очереди: {count}. Итоги — у авторов и в /status.")),
    };
    screen(text, vec![vec![button("🏠 Начало", Press::Home)]])
}

/// Why one waits. It must not say that no letter went: nobody knows.
pub fn reason(invitation: &Invitation) -> Html {
    let may = match invitation.state {
        State::Held => "Это приглашение могло уже уйти раньше.",
        _ => "Если его подтверждали и до этого, оно могло уже уйти.",
    };
    Html::new(
        "Ждёт решения администратора: база данных бота восстановлена из копии или перенесена. ",
    )
    .text(may)
}
