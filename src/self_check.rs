//! `invite-bot check`: looks at all that a start needs. It sends nothing to anybody and changes
//! nothing; one line for each thing, with what to do where something is wrong.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::admin::Place;
use crate::app;
use crate::bot::{
    Route, Telegram, Tried, Untold, Webhook, WebhookInfo, Whose, try_route, webhook_info,
};
use crate::config::{Config, ConfigErrors, DatabaseConfig};
use crate::directory::{self, LookupError};
use crate::domain::{DatabaseDoubt, Inn, PersonId, Source};
use crate::failure::Failure;
use crate::providers::reach::{Key, Stage, key_of_invoicebox};
use crate::room::Room;
use crate::store::{Inspected, Schema, Store};

/// As a probe of a route.
const LIMIT: Duration = Duration::from_secs(10);

/// What a provider's time of an answer is compared with.
const CLOCK: SignedDuration = SignedDuration::from_secs(30);

/// Сбербанк: both directories know it.
const KNOWN: &str = "7707083893";

#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<(Sign, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Good,
    Warning,
    Database,
    Setting,
}

impl Report {
    pub async fn make(config: Result<Config, ConfigErrors>, database: &DatabaseConfig) -> Self {
        let mut report = Self::default();
        match &config {
            Ok(_) => report.good("Настройки: все прочитаны"),
            Err(errors) => {
                errors.to_string().lines().for_each(|line| report.says(Sign::Setting, line));
            }
        }
        let found = report.database(&database.path).await;
        report.admins(database, found.as_ref());
        if let Ok(config) = config {
            report.telegram(&config.telegram, config.webhook.as_ref()).await;
            report.providers(config).await;
        }
        report
    }

    /// 0; 1: warnings; 69: the database does not open; 78: a setting or the token is wrong.
    pub fn exit_code(&self) -> u8 {
        match self.lines.iter().map(|(sign, _)| *sign).max() {
            None | Some(Sign::Good) => 0,
            Some(Sign::Warning) => 1,
            Some(Sign::Database) => 69,
            Some(Sign::Setting) => 78,
        }
    }

    fn says(&mut self, sign: Sign, text: impl Into<String>) {
        self.lines.push((sign, text.into()));
    }

    fn good(&mut self, text: impl Into<String>) {
        self.says(Sign::Good, text);
    }

    fn warns(&mut self, text: impl Into<String>) {
        self.says(Sign::Warning, text);
    }

    // ----------------------------------------------------------------------- the database

    async fn database(&mut self, path: &Path) -> Option<Inspected> {
        if path.as_os_str().is_empty() {
            return None;
        }
        let place = Place::of(path);
        let shown = place.path.display();
        if !place.exists {
            self.warns(format!(
                "База данных: {shown} — её ещё нет. Проверьте, та ли это папка; базу создаст первый запуск"
            ));
            self.room(&place.path);
            return None;
        }
        let found = match Store::inspect(&place.path).await {
            Ok(found) => found,
            Err(error) => {
                self.says(Sign::Database, Failure::database(&place.path, &error).to_string());
                return None;
            }
        };
        self.good(match found.schema {
            Schema::Current => format!("База данных: {shown}, схема этой версии программы"),
            Schema::Older => {
                format!("База данных: {shown}, схема прежней версии: обновится при запуске")
            }
            Schema::None => format!("База данных: {shown}, пустая: таблицы создаст запуск"),
        });
        self.rights(&place);
        self.room(&place.path);
        self.mark(&found);
        match app::lock_if_exists(&place.path) {
            Err(Failure::AlreadyRunning) => self.good("Бот: работает с этой базой"),
            Err(failure) => self.says(Sign::Database, failure.to_string()),
            Ok(_) => self.good("Бот: с этой базой сейчас не работает"),
        }
        Some(found)
    }

    fn rights(&mut self, place: &Place) {
        let mode = place.path.metadata().map(|it| it.permissions().mode() & 0o777);
        let path = place.path.display();
        let folder = place.path.parent().unwrap_or(Path::new("/"));
        for needed in [place.path.as_path(), folder] {
            if rustix::fs::access(needed, rustix::fs::Access::WRITE_OK).is_err() {
                let path = needed.display();
                self.says(Sign::Database, format!("Запись в {path} закрыта: бот не запустится"));
            }
        }
        match (place.warning(), mode) {
            (Some(warning), _) => self.warns(warning),
            (None, Ok(mode)) if mode & 0o077 != 0 => self.warns(format!(
                "Файл базы открыт другим пользователям (права {mode:03o}), в нём данные клиентов. Исправить: chmod 600 {path}"
            )),
            (None, Ok(mode)) => self.good(format!("Файл базы: права {mode:03o}, владелец тот же, что у папки")),
            (None, Err(error)) => self.says(Sign::Database, format!("Файл базы {path}: {error}")),
        }
    }

    fn room(&mut self, database: &Path) {
        let folder = database.ancestors().skip(1).find(|folder| folder.is_dir());
        let Some(room) = folder.and_then(|folder| Room::of(folder).ok()) else { return };
        let Room { free, percent } = room;
        let words = format!("Место на диске базы: свободно {} МБ, {percent} %", free / 1024 / 1024);
        match room.is_below(Room::LITTLE) {
            true => {
                self.warns(format!("{words}. Без места бот ничего не запишет: освободите диск"))
            }
            false => self.good(words),
        }
    }

    fn mark(&mut self, found: &Inspected) {
        if found.schema != Schema::Current {
            return;
        }
        let what = match found.doubt {
            None => return self.good("Метка базы: на месте"),
            Some(DatabaseDoubt::Older) => {
                "в базе нет того, что бот сделал последним: похоже, это старая копия"
            }
            Some(DatabaseDoubt::Copied) => "файлы базы скопированы, перенесены или восстановлены",
            Some(DatabaseDoubt::Unmarked) => "рядом с базой нет её метки, файла .mark",
        };
        self.warns(format!(
            "Метка базы: {what}. После запуска бот ничего не отправит, пока админ не нажмёт «Возобновить отправку»"
        ));
    }

    fn admins(&mut self, config: &DatabaseConfig, found: Option<&Inspected>) {
        let listed = found.map_or(&[] as &[PersonId], |found| &found.admins);
        let both = listed.iter().filter(|id| !config.admins.contains(id)).count();
        match config.admins.len() + both {
            0 => self.warns(
                "Администраторы: ни одного. Задайте ADMIN_IDS или выполните invite-bot admin add <id>",
            ),
            count => self.good(format!("Администраторы: {count}")),
        }
    }

    // -------------------------------------------------------------------------- Telegram

    async fn telegram(&mut self, telegram: &Telegram, webhook: Option<&Webhook>) {
        let (mut name, mut date, mut good) = (None, None, None);
        for route in &telegram.routes {
            let tried = match try_route(telegram, route, LIMIT).await {
                Ok(tried) => tried,
                Err(error) => {
                    self.says(Sign::Setting, format!("Маршрут {route}: {error}"));
                    continue;
                }
            };
            date = date.or(tried.date);
            self.route(route, &tried);
            good = good.or(tried.answer.is_ok().then_some(route));
            name = name.or_else(|| tried.answer.as_ref().ok().cloned());
            if tried.answer == Err(Untold::Token) {
                return self.says(Sign::Setting, Failure::refused_token_line());
            }
        }
        match name {
            Some(name) => self.good(format!("Бот в Telegram: @{name}")),
            None => self.warns("Бот в Telegram: ни один маршрут не отвечает, токен не проверен"),
        }
        self.clock(date);
        if let Some((webhook, route)) = webhook.zip(good) {
            match webhook_info(telegram, route, LIMIT).await {
                Some(info) => self.webhook(webhook, &info),
                None => self.warns("Webhook: Telegram о нём не ответил. Повторите позже"),
            }
        }
    }

    fn webhook(&mut self, webhook: &Webhook, info: &WebhookInfo) {
        let waiting = info.waiting();
        match (info.whose(&webhook.url), info.last_error()) {
            (Whose::SomebodyElses(host), _) => {
                self.says(Sign::Setting, Failure::others_webhook_line(&host));
            }
            (Whose::Nobodys, _) => self.good("Webhook: ещё не назначен, это сделает запуск"),
            (Whose::Ours, Some((_, error))) if waiting > 0 => self.warns(format!(
                "Webhook: наш, но Telegram не может передать сообщения (ждут: {waiting}): «{error}». Проверьте веб-сервер и WEBHOOK_LISTEN"
            )),
            (Whose::Ours, Some((_, error))) => {
                self.good(format!("Webhook: наш, все сообщения переданы; последняя ошибка: «{error}»"));
            }
            (Whose::Ours, None) => self.good("Webhook: наш, ошибок нет"),
        }
    }

    fn route(&mut self, route: &Route, tried: &Tried) {
        let seconds = format!("{:.1}", tried.took.as_secs_f64()).replace('.', ",");
        match &tried.answer {
            Ok(_) | Err(Untold::Token) => {
                self.good(format!("Маршрут {route}: Telegram отвечает за {seconds} с"));
            }
            Err(Untold::Fault) => {
                self.warns(format!("Маршрут {route}: Telegram отвечает ошибкой. Повторите позже"))
            }
            Err(Untold::NotTelegram) => self.warns(format!(
                "Маршрут {route}: отвечает не Telegram, а кто-то по дороге. Смените маршрут"
            )),
            Err(Untold::NotReached(stage)) => {
                self.warns(format!("Маршрут {route}: {}", words(*stage, "Telegram")));
            }
        }
    }

    fn clock(&mut self, date: Option<Timestamp>) {
        let Some(date) = date else { return };
        let off = Timestamp::now().duration_since(date);
        let seconds = off.as_secs().abs();
        match off.abs() > CLOCK {
            true => self.warns(format!(
                "Часы: {} на {seconds} с. Включите синхронизацию времени (например, timedatectl set-ntp true)",
                if off.is_positive() { "спешат" } else { "отстают" },
            )),
            false => self.good("Часы: идут верно"),
        }
    }

    // ------------------------------------------------------------------------- providers

    async fn providers(&mut self, config: Config) {
        if let Some(settings) = config.invoicebox.clone() {
            match key_of_invoicebox(LIMIT, settings).await {
                Ok(Ok(Key::Good)) => self.good("Invoicebox: отвечает, ключ принят"),
                Ok(Ok(Key::Refused)) => self.says(
                    Sign::Setting,
                    "Invoicebox: ключ не принят. Проверьте INVOICEBOX_TOKEN и INVOICEBOX_PARTNER_ID",
                ),
                Ok(Ok(Key::Unclear)) => self.warns(
                    "Invoicebox: ответ не тот, что описан. Проверьте INVOICEBOX_API_URL или повторите позже",
                ),
                Ok(Err(_)) => self.warns(
                    "Invoicebox: нет связи. Проверьте сеть сервера и PROVIDER_PROXY",
                ),
                Err(error) => self.says(Sign::Setting, format!("Invoicebox: {error}")),
            }
        }
        if let Some(settings) = &config.sbis {
            match settings.connects(LIMIT).await {
                Ok(_) => {
                    self.good("СБИС: соединение есть; ничего не отправлено, ключ сервису не нужен")
                }
                Err(stage) => self.warns(format!("СБИС: {}", words(stage, "СБИС"))),
            }
        }
        let Ok(inn) = Inn::parse(KNOWN) else { return };
        match directory::ask_each(LIMIT, &inn, config.counterparties, config.dadata).await {
            Ok(said) => said.into_iter().for_each(|(source, said)| self.directory(source, said)),
            Err(error) => self.says(Sign::Setting, format!("Справочники: {error}")),
        }
    }

    fn directory(&mut self, source: Source, said: Result<bool, LookupError>) {
        let name = match source {
            Source::DaData => "Справочник DaData",
            Source::Invoicebox => "Справочник Invoicebox",
        };
        let what = match said {
            Ok(_) => return self.good(format!("{name}: отвечает")),
            Err(LookupError::Key) => "ключ не принят",
            Err(LookupError::KeyOrQuota) => "ключ не принят, или дневной лимит исчерпан",
            Err(LookupError::Busy(_) | LookupError::TooOften) => "просит подождать: лимит исчерпан",
            Err(LookupError::Timeout) => "не ответил вовремя",
            Err(LookupError::Down) => "не отвечает",
        };
        self.warns(format!("{name}: {what}. Приглашать можно и без него: данные вводят вручную"));
    }
}

fn words(stage: Stage, service: &str) -> String {
    match stage {
        Stage::NoProxy => "прокси не отвечает: проверьте адрес и порт".to_owned(),
        Stage::ProxySilent => "прокси принял соединение и молчит".to_owned(),
        Stage::ProxyLogin => {
            "прокси ждёт другой вход: проверьте, нужны ли логин и пароль".to_owned()
        }
        Stage::ProxyPassword => "прокси не принял логин или пароль".to_owned(),
        Stage::ProxyForbids => format!("прокси не пускает к {service}"),
        Stage::ProxyAlone => format!("у прокси нет связи с {service}"),
        Stage::NoName => "имя сервера не находится: проверьте DNS и адрес".to_owned(),
        Stage::NoConnection => "нет соединения: проверьте сеть сервера".to_owned(),
        Stage::TlsCut => format!("соединение с {service} обрывают"),
        Stage::TlsUntrusted => "чужой сертификат: отвечает кто-то по дороге".to_owned(),
        Stage::Silent => format!("соединение с {service} замирает"),
        Stage::Other => "соединение не получилось".to_owned(),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sign, text) in &self.lines {
            let sign = match sign {
                Sign::Good => "✅",
                Sign::Warning => "⚠️",
                Sign::Database | Sign::Setting => "❌",
            };
            writeln!(f, "{sign} {text}")?;
        }
        Ok(())
    }
}
