//! What the commands take on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::domain::PersonId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Параметры")]
pub struct Demo {
    /// Сыграть показательный разговор в терминале и выйти
    #[arg(long)]
    pub play: bool,
    /// Порт страницы; без него свободный порт выбирается сам
    #[arg(long, value_name = "ПОРТ")]
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Параметры")]
pub struct Backup {
    /// Файл копии; без него имя выбирается по времени, в BACKUP_DIR или рядом с базой
    #[arg(value_name = "ФАЙЛ")]
    pub file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Admin {
    /// Показать администраторов
    #[command(help_template = TEMPLATE, override_usage = "invite-bot admin list")]
    List,
    /// Сделать человека администратором
    #[command(help_template = TEMPLATE, override_usage = "invite-bot admin add <id> [имя]", next_help_heading = "Параметры")]
    Add {
        /// Telegram id, число
        #[arg(value_name = "id", value_parser = person)]
        id: PersonId,
        /// Имя, как его показывать; можно в несколько слов
        #[arg(value_name = "имя")]
        name: Vec<String>,
    },
    /// Лишить администратора доступа
    #[command(help_template = TEMPLATE, override_usage = "invite-bot admin remove <id>", next_help_heading = "Параметры")]
    Remove {
        /// Telegram id, число
        #[arg(value_name = "id", value_parser = person)]
        id: PersonId,
    },
}

pub const TEMPLATE: &str = "\
{about}

Использование: {usage}

{all-args}{after-help}";

fn person(text: &str) -> Result<PersonId, &'static str> {
    text.parse().map_err(|()| "нужен числовой Telegram id")
}
