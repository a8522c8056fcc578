//! What admins are told of the machine the bot runs on: once, and that it is over.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::holds::notice;
use super::html::{Html, html, shorten};
use super::{Screen, day_and_time, plural, screen};
use crate::domain::{BackupTrouble, Hold};

fn plain(text: Html) -> Screen {
    screen(text, vec![])
}

/// `free`: in bytes.
pub fn little_room(free: u64, percent: u64) -> Screen {
    plain(html!(
        "⚠️ <b>На диске базы мало места</b>: свободно {} МБ, {} %. Пока всё работает. Когда место кончится, записывать станет некуда, и я перестану отвечать и отправлять.\nПерешлите это тому, кто обслуживает бота: освободить или увеличить диск.",
        megabytes(free),
        percent
    ))
}

pub fn enough_room(free: u64, percent: u64) -> Screen {
    plain(html!(
        "✅ На диске базы снова достаточно места: свободно {} МБ, {} %.",
        megabytes(free),
        percent
    ))
}

fn megabytes(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

/// `off`: above zero where the clock is fast.
pub fn clock_is_off(off: SignedDuration) -> Screen {
    let way = if off.is_positive() { "спешат" } else { "отстают" };
    plain(html!(
        "⚠️ <b>Часы сервера {}</b> на {}. На столько же сдвинуты время на карточках, напоминания и отправка по времени.\nПерешлите это тому, кто обслуживает бота: включить синхронизацию времени.",
        way,
        length(off)
    ))
}

pub fn clock_is_right() -> Screen {
    plain(html!("✅ Часы сервера снова идут верно."))
}

pub fn panicked() -> Screen {
    plain(html!(
        "⚠️ <b>Во мне нашлась ошибка</b>: одно действие оборвалось на середине. Я работаю дальше, записанное не потеряно; кто-то мог не получить ответа и попробует ещё раз.\nПерешлите это тому, кто обслуживает бота: место ошибки — в журнале работы, в строке со словом panicked."
    ))
}

pub fn no_panics() -> Screen {
    plain(html!("✅ Сутки без ошибок в программе."))
}

pub fn backup_failed(
    trouble: BackupTrouble,
    folder: &str,
    newest: Option<Timestamp>,
    zone: &TimeZone,
) -> Screen {
    let why = match trouble {
        BackupTrouble::NoRoom => "на диске для копий нет места",
        BackupTrouble::NoFolder => "папки для копий нет",
        BackupTrouble::NotWritable => "папка для копий закрыта для записи",
        BackupTrouble::Database => "база не читается",
        BackupTrouble::Unsound => "копия записана, но не прошла проверку",
        BackupTrouble::Other => "файл копии не записать",
    };
    let newest = match newest {
        Some(at) => {
            format!("Последняя копия — от {}, ей больше двух суток.", day_and_time(at, zone))
        }
        None => "Других копий не видно.".to_owned(),
    };
    plain(html!(
        "⚠️ <b>Ночная копия базы не сделана</b>: {}. Приглашения отправляются как обычно.\nПапка: {}\n{}\nПерешлите это тому, кто обслуживает бота. Пробую каждые полчаса; получится — скажу.",
        why,
        shorten(folder, 300),
        newest
    ))
}

pub fn backup_made() -> Screen {
    plain(html!("✅ Копия базы снова сделана."))
}

pub fn hold_lasts(hold: &Hold, zone: &TimeZone) -> Screen {
    let Screen { text, rows } = notice(hold);
    let since = day_and_time(hold.since, zone);
    screen(html!("⏰ <b>Это длится больше часа</b>, с {}.\n{}", since, text), rows)
}

/// `others`: how many more there are.
pub fn hold_is_over(others: usize) -> Screen {
    let text = match others {
        0 => html!("✅ Остановка отправки, о которой я писал, снята. Отправляю как обычно."),
        _ => html!(
            "✅ Остановка отправки, о которой я писал, снята. Есть и другая: подробности в /start."
        ),
    };
    plain(text)
}

/// Telegram keeps updates for 24 hours, and presses for minutes.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

pub fn telegram_was_away(since: Timestamp, until: Timestamp, zone: &TimeZone) -> Screen {
    let lost = match until.duration_since(since) < KEPT {
        true => {
            "Сообщения за это время приходят сейчас, и я на них отвечаю; нажатия кнопок могли пропасть — их нужно повторить."
        }
        false => {
            "Telegram хранит сообщения сутки: более ранние и нажатия кнопок пропали, их нужно повторить."
        }
    };
    plain(html!(
        "ℹ️ <b>Telegram был недоступен</b> {}: с {} до {}. {}",
        length(until.duration_since(since)),
        day_and_time(since, zone),
        day_and_time(until, zone),
        lost
    ))
}

/// To the second below two minutes, to the minute above.
fn length(time: SignedDuration) -> String {
    let seconds = time.as_secs().unsigned_abs();
    match (seconds, usize::try_from(seconds / 60).unwrap_or(usize::MAX)) {
        (0..120, _) => format!("{seconds} с"),
        (_, minutes @ 0..120) => {
            format!("{minutes} {}", plural(minutes, "минуту", "минуты", "минут"))
        }
        (_, minutes) => {
            format!("{} {}", minutes / 60, plural(minutes / 60, "час", "часа", "часов"))
        }
    }
}
