//! Environment → [`Config`]: read once, checked whole, every mistake named at once.

mod environment;
mod listen;
mod proxies;
mod reader;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use self::reader::Reader;
pub use self::settings::{SETTINGS, Setting};
use crate::bot::{Telegram, Webhook};
use crate::directory::DaDataSettings;
use crate::domain::{Limits, OfficeCode, OfficeRules, PersonId, RepeatPolicy};
use crate::providers::{InvoiceboxSettings, Proxy, SbisSettings};

#[derive(Debug)]
pub struct Config {
    pub telegram: Telegram,
    /// `None`: updates are polled for.
    pub webhook: Option<Webhook>,
    pub database: PathBuf,
    /// Every night.
    pub backup: Option<BackupSettings>,
    /// Admins whatever the database says.
    pub admins: BTreeSet<PersonId>,
    pub invoicebox: Option<InvoiceboxSettings>,
    /// One of the two is on.
    pub sbis: Option<SbisSettings>,
    pub counterparties: Option<InvoiceboxSettings>,
    pub dadata: Option<DaDataSettings>,
    pub office: Option<OfficeCode>,
    pub provider_timeout: Duration,
    pub concurrency: usize,
    /// Calls a minute; 0 is no limit.
    pub invoicebox_rate: u32,
    pub sbis_rate: u32,
    pub rules: OfficeRules,
    /// The undo window.
    pub send_delay: Duration,
    /// For what people see and for daily limits.
    pub time_zone: TimeZone,
    pub monitor: Option<SocketAddr>,
    pub log: LogSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSettings {
    pub folder: PathBuf,
    /// Of the day, where people are.
    pub at: Time,
    /// How many backups are kept, at least one.
    pub keep: usize,
    /// `None`: of any age.
    pub keep_days: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// In the syntax of `EnvFilter`.
    pub filter: String,
    pub format: LogFormat,
}

impl LogSettings {
    /// For a command that talks on the terminal itself.
    pub fn quiet() -> Self {
        Self { filter: "error".to_owned(), format: LogFormat::Text }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// For the short commands, which help when the other settings are broken.
#[derive(Debug)]
pub struct DatabaseConfig {
    pub path: PathBuf,
    pub admins: BTreeSet<PersonId>,
}

/// For the command that makes a backup.
#[derive(Debug)]
pub struct BackupPlace {
    pub database: PathBuf,
    pub folder: Option<PathBuf>,
}

/// In Russian, one mistake a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Config {
    pub fn from_env() -> Result<Self, ConfigErrors> {
        let (vars, mistakes) = environment::read();
        finish(Self::read(&vars), mistakes)
    }

    pub fn from_vars(vars: &BTreeMap<String, String>) -> Result<Self, ConfigErrors> {
        finish(Self::read(vars), Vec::new())
    }

    fn read(vars: &BTreeMap<String, String>) -> (Option<Self>, Vec<String>) {
        let mut read = Reader::new(vars);
        let telegram = telegram(&mut read);
        let webhook = listen::webhook(&mut read);
        let database = database(&mut read);
        let backup = backup(&mut read);
        let proxy = proxies::to_providers(&mut read);
        let invoicebox = invoicebox(&mut read, proxy.as_ref());
        let sbis = sbis(&mut read, proxy.as_ref());
        let office = read.parsed("SBIS_PARTNER_CODE", |text| {
            OfficeCode::parse(text).map_err(|_| "4 или 5 цифр".to_owned())
        });
        let dadata = dadata(&mut read, proxy.as_ref());
        let timeout = read.number("PROVIDER_TIMEOUT_SECONDS", 2..=120);
        let concurrency = read.number("PROVIDER_CONCURRENCY", 1..=64);
        let invoicebox_rate = read.number("INVOICEBOX_RATE_PER_MINUTE", 0..=100_000);
        let sbis_rate = read.number("SBIS_RATE_PER_MINUTE", 0..=100_000);
        let rules = rules(&mut read);
        let send_delay = read.number("SEND_DELAY_SECONDS", 0..=60);
        let time_zone = read.parsed("TIME_ZONE", |name| {
            TimeZone::get(name).map_err(|_| {
                "название часового пояса из базы IANA, например Europe/Moscow".to_owned()
            })
        });
        let monitor = listen::monitor(&mut read);
        let log = log(&mut read);
        let config = (|| {
            Some(Self {
                telegram: telegram?,
                webhook,
                database: database.path,
                backup: backup?,
                admins: database.admins,
                counterparties: invoicebox.clone(),
                invoicebox,
                sbis,
                dadata,
                office,
                provider_timeout: Duration::from_secs(timeout?.into()),
                concurrency: usize::try_from(concurrency?).ok()?,
                invoicebox_rate: invoicebox_rate?,
                sbis_rate: sbis_rate?,
                rules: rules?,
                send_delay: Duration::from_secs(send_delay?.into()),
                time_zone: time_zone?,
                monitor,
                log: log?,
            })
        })();
        (config, read.mistakes)
    }
}

impl DatabaseConfig {
    /// Whatever mistakes there are besides.
    pub fn as_found() -> Self {
        let (vars, _) = environment::read();
        database(&mut Reader::new(&vars))
    }

    /// Reads the same places as [`Config::from_env`].
    pub fn from_env() -> Result<Self, ConfigErrors> {
        let (vars, mistakes) = environment::read();
        let mut read = Reader::new(&vars);
        let config = database(&mut read);
        finish((Some(config), read.mistakes), mistakes)
    }
}

/// Whatever else is wrong: for `healthcheck`.
pub fn monitor_address() -> Result<Option<SocketAddr>, ConfigErrors> {
    let (vars, mistakes) = environment::read();
    let mut read = Reader::new(&vars);
    let address = listen::monitor(&mut read);
    finish((Some(address), read.mistakes), mistakes)
}

impl BackupPlace {
    pub fn from_env() -> Result<Self, ConfigErrors> {
        let (vars, mistakes) = environment::read();
        let mut read = Reader::new(&vars);
        let (database, folder) = (database_path(&mut read), backup_folder(&read));
        finish((database.map(|database| Self { database, folder }), read.mistakes), mistakes)
    }
}

fn finish<T>(
    (value, found): (Option<T>, Vec<String>),
    mut mistakes: Vec<String>,
) -> Result<T, ConfigErrors> {
    mistakes.extend(found);
    value.filter(|_| mistakes.is_empty()).ok_or(ConfigErrors(mistakes))
}

fn telegram(read: &mut Reader<'_>) -> Option<Telegram> {
    if !read.is_set("TELOXIDE_TOKEN") {
        read.mistake("TELOXIDE_TOKEN", "не задан; токен бота выдаёт @BotFather");
    }
    let token = read.secret("TELOXIDE_TOKEN", |token| {
        bot_token(token).ok_or("не похож на токен бота: нужны цифры, двоеточие, буквы и цифры")
    });
    let api_url = read.url("TELOXIDE_API_URL");
    let routes = proxies::to_telegram(read);
    Some(Telegram { token: token?, api_url, routes: routes? })
}

/// A token is a part of URLs, so its characters matter.
fn bot_token(token: &str) -> Option<()> {
    let (id, secret) = token.split_once(':')?;
    let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (digits && !secret.is_empty() && secret.bytes().all(letters)).then_some(())
}

fn database_path(read: &mut Reader<'_>) -> Option<PathBuf> {
    read.parsed("DATABASE_URL", |text| {
        text.strip_prefix("sqlite:")
            .map(|path| path.strip_prefix("//").unwrap_or(path))
            .filter(|path| !path.is_empty() && !path.contains('?') && !path.starts_with(':'))
            .map(PathBuf::from)
            .ok_or_else(|| "sqlite:ПУТЬ к файлу, без параметров".to_owned())
    })
}

fn backup_folder(read: &Reader<'_>) -> Option<PathBuf> {
    read.text("BACKUP_DIR").map(PathBuf::from)
}

/// `None`: a mistake; the inner one: there are no nightly backups.
fn backup(read: &mut Reader<'_>) -> Option<Option<BackupSettings>> {
    let at = read.parsed("BACKUP_TIME", |text| {
        Time::strptime("%H:%M", text).map_err(|_| "время ЧЧ:ММ, например 03:30".to_owned())
    });
    let keep = read.number("BACKUP_KEEP", 1..=1000);
    let days = read.number("BACKUP_KEEP_DAYS", 0..=3650);
    let (at, keep, days) = (at?, usize::try_from(keep?).ok()?, days?);
    let keep_days = Some(days).filter(|days| *days > 0);
    Some(backup_folder(read).map(|folder| BackupSettings { folder, at, keep, keep_days }))
}

fn database(read: &mut Reader<'_>) -> DatabaseConfig {
    let path = database_path(read);
    let admins = read.parsed("ADMIN_IDS", |text| {
        text.split(',')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().map_err(|()| "числовые Telegram id через запятую".to_owned()))
            .collect()
    });
    DatabaseConfig { path: path.unwrap_or_default(), admins: admins.unwrap_or_default() }
}

fn invoicebox(read: &mut Reader<'_>, proxy: Option<&Proxy>) -> Option<InvoiceboxSettings> {
    let token = read.secret("INVOICEBOX_TOKEN", api_key);
    let partner_id = read.parsed("INVOICEBOX_PARTNER_ID", |text| {
        Uuid::parse_str(text)
            .map_err(|_| "UUID вида 00000000-0000-0000-0000-000000000000".to_owned())
    });
    let url = read.url("INVOICEBOX_API_URL");
    let pair = ["INVOICEBOX_TOKEN", "INVOICEBOX_PARTNER_ID"];
    for (this, other) in [(pair[0], pair[1]), (pair[1], pair[0])] {
        if !read.is_set(this) && read.is_set(other) {
            read.mistake(this, format_args!("не задан, а {other} задан; нужны оба"));
        }
    }
    let proxy = proxy.cloned();
    Some(InvoiceboxSettings { url: url?, token: token?, partner_id: partner_id?, proxy })
}

fn dadata(read: &mut Reader<'_>, proxy: Option<&Proxy>) -> Option<DaDataSettings> {
    let token = read.secret("DADATA_TOKEN", api_key);
    let url = read.url("DADATA_API_URL");
    Some(DaDataSettings { url: url?, token: token?, proxy: proxy.cloned() })
}

/// A header carries the key.
fn api_key(key: &str) -> Result<(), &'static str> {
    if key.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("в ключе не должно быть пробелов и русских букв")
    }
}

fn sbis(read: &mut Reader<'_>, proxy: Option<&Proxy>) -> Option<SbisSettings> {
    let on = read.parsed("SBIS_ENABLED", |text| {
        text.parse::<bool>().map_err(|_| "true или false".to_owned())
    });
    if on == Some(false)
        && !read.is_set("INVOICEBOX_TOKEN")
        && !read.is_set("INVOICEBOX_PARTNER_ID")
    {
        read.mistakes.push(
            "Не включена ни одна система: задайте INVOICEBOX_TOKEN и INVOICEBOX_PARTNER_ID \
             или SBIS_ENABLED=true"
                .to_owned(),
        );
    }
    let url = read.url("SBIS_API_URL");
    let promotion = read.text("SBIS_PROMOTION_ID").map(str::to_owned);
    let proxy = proxy.cloned();
    on.filter(|on| *on).and(url).map(|url| SbisSettings { url, promotion, proxy })
}

fn rules(read: &mut Reader<'_>) -> Option<OfficeRules> {
    let repeat = read.parsed("REPEAT_POLICY", |text| match text {
        "warn" => Ok(RepeatPolicy::Warn),
        "block" => Ok(RepeatPolicy::Block),
        _ => Err("warn или block".to_owned()),
    });
    let mut limit = |name| read.number(name, 0..=1_000_000);
    let person_day = limit("PERSON_LIMIT_PER_DAY");
    let person_hour = limit("PERSON_LIMIT_PER_HOUR");
    let domain_day = limit("DOMAIN_LIMIT_PER_DAY");
    let invoicebox_day = limit("INVOICEBOX_LIMIT_PER_DAY");
    let sbis_day = limit("SBIS_LIMIT_PER_DAY");
    let limits = Limits {
        person_day: person_day?,
        person_hour: person_hour?,
        domain_day: domain_day?,
        invoicebox_day: invoicebox_day?,
        sbis_day: sbis_day?,
    };
    let access_requests = read.parsed("ACCESS_REQUESTS", |text| {
        text.parse::<bool>().map_err(|_| "true или false".to_owned())
    });
    Some(OfficeRules { repeat: repeat?, limits, access_requests: access_requests? })
}

fn log(read: &mut Reader<'_>) -> Option<LogSettings> {
    let filter = read.parsed("RUST_LOG", |text| {
        EnvFilter::try_new(text)
            .map(|_| text.to_owned())
            .map_err(|_| "error, warn, info, debug, trace или фильтр tracing".to_owned())
    });
    let format = read.parsed("LOG_FORMAT", |text| match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text или json".to_owned()),
    });
    Some(LogSettings { filter: filter?, format: format? })
}
