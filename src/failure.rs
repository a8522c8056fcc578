//! Why the program ends, in Russian, with an exit code of `sysexits.h` where one fits.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;

use crate::domain::BackupTrouble;
use crate::door::Broken;
use crate::store::{BackupError, OpenError, StorageTrouble, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Database(String),
    #[error("Диск с базой данных отказал; бот остановлен, чтобы ничего не потерять")]
    Disk,
    #[error("База данных: файл повреждён, восстановите его из резервной копии; бот остановлен")]
    Damaged,
    #[error("С этой базой данных уже работает другой бот; второй не запущен")]
    AlreadyRunning,
    /// Includes a refused bot token.
    #[error("Ошибки в настройках:\n{0}")]
    Config(String),
    #[error("{0}")]
    Unhealthy(String),
    #[error("Внутренняя ошибка: {0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    pub fn database(path: &Path, error: &OpenError) -> Self {
        let why = match error {
            OpenError::NewerSchema(_) => {
                "с ней работала более новая версия программы. Верните ту версию или восстановите копию, сделанную до обновления"
                    .to_owned()
            }
            OpenError::Foreign => {
                "это база другой программы, я её не изменил. Проверьте DATABASE_URL".to_owned()
            }
            OpenError::OtherSchema(_) => {
                "с ней работает бот другой версии. Остановите его или возьмите программу той же версии"
                    .to_owned()
            }
            OpenError::OldSqlite(version) => {
                format!("программа собрана с SQLite {version}, а нужна 3.51.3 или новее")
            }
            error => why(error.trouble(), error),
        };
        Self::Database(format!("База данных {} не открывается: {why}", path.display()))
    }

    pub fn start(path: &Path, error: &StoreError) -> Self {
        let why = why(error.trouble(), error);
        Self::Database(format!("База данных {} не открывается: {why}", path.display()))
    }

    pub fn backup(database: &Path, to: &Path, error: &BackupError) -> Self {
        let to = to.display();
        match error {
            BackupError::Exists(path) if path.extension().is_some_and(|it| it == "part") => {
                Self::Usage(format!(
                    "{} уже есть: эту копию ещё делают, или она осталась от прерванной команды. \
                     Удалите её или назовите другой файл",
                    path.display()
                ))
            }
            BackupError::Exists(path) => Self::Usage(format!(
                "{} уже есть, копия ничего не перезаписывает. Назовите другой файл",
                path.display()
            )),
            BackupError::NoFolder => {
                Self::Usage(format!("Копия {to} не сделана: такой папки нет, создайте её"))
            }
            BackupError::Database(error_of_database) => {
                let trouble = error.database_trouble().unwrap_or(StorageTrouble::Other);
                let why = why(trouble, error_of_database);
                Self::Database(format!("База данных {} не открывается: {why}", database.display()))
            }
            BackupError::Write(_) | BackupError::File(_) | BackupError::Unsound(_) => {
                let why = match error.trouble() {
                    BackupTrouble::NoRoom => "на диске нет места",
                    BackupTrouble::NotWritable => "папка или диск закрыты для записи",
                    BackupTrouble::Unsound => "записанное не прошло проверку",
                    _ => "файл нельзя записать",
                };
                Self::Database(format!("Копия {to} не сделана: {why} ({error})"))
            }
        }
    }

    pub fn broken(why: Broken) -> Self {
        match why {
            Broken::Disk => Self::Disk,
            Broken::File => Self::Damaged,
        }
    }

    pub fn refused_token() -> Self {
        Self::Config(Self::refused_token_line().to_owned())
    }

    pub fn refused_token_line() -> &'static str {
        "TELOXIDE_TOKEN: Telegram не принимает этот токен; возьмите действующий у @BotFather"
    }

    pub fn monitor(address: SocketAddr, error: &std::io::Error) -> Self {
        Self::Config(format!("MONITOR_LISTEN: {address} не открывается: {error}"))
    }

    pub fn webhook(address: SocketAddr, error: &std::io::Error) -> Self {
        Self::Config(format!("WEBHOOK_LISTEN: {address} не открывается: {error}"))
    }

    pub fn others_webhook(host: &str) -> Self {
        Self::Config(Self::others_webhook_line(host))
    }

    pub fn others_webhook_line(host: &str) -> String {
        format!(
            "WEBHOOK_URL: сообщения этого бота уже получает другой адрес, на {host}; бот его не трогает. \
             Остановите того, кто там работает. Если адрес ваш прежний, запустите бота один раз без \
             WEBHOOK_URL и WEBHOOK_LISTEN: он снимет прежний адрес, ничего не теряя"
        )
    }

    pub fn lock_file(path: &Path, error: &std::io::Error) -> Self {
        Self::Database(format!(
            "Файл {} рядом с базой данных нельзя создать или запереть: {error}",
            path.display()
        ))
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unhealthy(_) => 1,
            Self::Usage(_) => 64,
            Self::Database(_) | Self::Disk | Self::Damaged => 69,
            Self::Other(_) => 70,
            Self::AlreadyRunning => 75,
            Self::Config(_) => 78,
        }
    }
}

fn why(trouble: StorageTrouble, error: &dyn Display) -> String {
    let what = match trouble {
        StorageTrouble::Busy => "её заняла другая программа, дождитесь её или закройте",
        StorageTrouble::Full => "на диске нет места",
        StorageTrouble::ReadOnly => "файл или его папка закрыты для записи",
        StorageTrouble::Damaged => "файл повреждён, восстановите его из резервной копии",
        StorageTrouble::NoDatabase => {
            "это не база данных, или её начало повреждено; проверьте DATABASE_URL или восстановите её из резервной копии"
        }
        StorageTrouble::Other => "файл нельзя создать, прочитать или записать",
    };
    format!("{what} ({error})")
}

pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "остановлен, как просили, или команда выполнена"),
    (1, "check: есть предупреждения; healthcheck: бот нездоров"),
    (64, "ошибка в командной строке, или просьба невыполнима"),
    (69, "база данных не открывается или повреждена, отказал её диск, или копия не сделана"),
    (70, "внутренняя ошибка"),
    (75, "с этой базой данных уже работает другой бот"),
    (78, "ошибка в настройках, или Telegram не принял токен бота"),
];
