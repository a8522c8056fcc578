//! What admins are told of the nightly backup: only that there is none.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::html::{html, shorten};
use super::{Screen, day_and_time, screen};
use crate::domain::BackupTrouble;

pub fn failed(
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
        Some(at) => format!("Последняя копия: {}.", day_and_time(at, zone)),
        None => "Других копий там нет.".to_owned(),
    };
    let text = html!(
        "⚠️ <b>Ночная копия базы не сделана</b>: {}. Приглашения отправляются как обычно.\nПапка: {}\n{}\nПерешлите это тому, кто обслуживает бота. Пробую каждые полчаса; получится — отдельно не скажу.",
        why,
        shorten(folder, 300),
        newest
    );
    screen(text, vec![])
}
