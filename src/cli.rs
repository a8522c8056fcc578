//! The command line: arguments, `--help` and the exit code.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{ArgAction, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::args::{Admin, Backup, Demo, TEMPLATE};
use crate::config::{
    BackupPlace, Config, DatabaseConfig, LogSettings, SETTINGS, Setting, monitor_address,
};
use crate::failure::{EXIT_CODES, Failure};
use crate::self_check::Report;
use crate::{admin, app, backup, demo, log};

/// Телеграм-бот, через который сотрудники приглашают клиентов в Invoicebox и СБИС.
#[derive(Debug, Parser)]
#[command(
    name = "invite-bot",
    version,
    help_template = TEMPLATE,
    override_usage = "invite-bot [КОМАНДА]",
    subcommand_help_heading = "Команды",
    next_help_heading = "Параметры",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Показать эту справку
    #[arg(short, long, action = ArgAction::Help, global = true)]
    help: Option<bool>,
    /// Показать версию
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, PartialEq, Eq, Subcommand)]
enum Command {
    /// Запустить бота (то же, что без команды)
    #[command(help_template = TEMPLATE, override_usage = "invite-bot run")]
    Run,
    /// Проверить настройки, базу, маршруты и сервисы; ничего не отправляет и не меняет
    #[command(help_template = TEMPLATE, override_usage = "invite-bot check")]
    Check,
    /// Спросить у запущенного бота, здоров ли он; нужен MONITOR_LISTEN
    #[command(help_template = TEMPLATE, override_usage = "invite-bot healthcheck")]
    Healthcheck,
    /// Показать бота без Telegram и без ключей: страница в браузере
    #[command(help_template = TEMPLATE, override_usage = "invite-bot demo [--play] [--port ПОРТ]")]
    Demo(Demo),
    /// Администраторы: работает и рядом с запущенным ботом, сообщений не отправляет
    #[command(
        subcommand,
        help_template = TEMPLATE,
        override_usage = "invite-bot admin list | add <id> [имя] | remove <id>",
        subcommand_help_heading = "Команды",
        disable_help_subcommand = true,
        arg_required_else_help = true
    )]
    Admin(Admin),
    /// Проверенная копия базы: делается и рядом с запущенным ботом
    #[command(help_template = TEMPLATE, override_usage = "invite-bot backup [ФАЙЛ]")]
    Backup(Backup),
}

pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let failure = match parse(args) {
        Ok(command) => match run(command) {
            Ok(code) => return code,
            Err(failure) => failure,
        },
        Err(error) if is_help(&error) => {
            // The reader of the help may be gone.
            _ = write!(io::stdout(), "{}", error.render());
            return ExitCode::SUCCESS;
        }
        Err(error) => Failure::Usage(explain(&error)),
    };
    _ = writeln!(io::stderr(), "{failure}");
    ExitCode::from(failure.exit_code())
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let matches = Cli::command().after_help(manual()).try_get_matches_from(asked_for_help(args))?;
    Ok(Cli::from_arg_matches(&matches)?.command.unwrap_or(Command::Run))
}

/// `help`, `help admin` and `admin help` are `--help` of the command; clap's own `help` is English.
fn asked_for_help(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let is = |place: usize, word: &str| args.get(place).is_some_and(|arg| arg == word);
    let help = if is(1, "help") { Some(1) } else { (is(1, "admin") && is(2, "help")).then_some(2) };
    if let Some(place) = help {
        args.remove(place);
        args.push("--help".into());
    }
    args
}

fn is_help(error: &clap::Error) -> bool {
    !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    // One thread: a trip to another core costs more than almost all that is done here.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(anyhow::Error::from)?;
    match command {
        Command::Run => {
            let config =
                Config::from_env().map_err(|errors| Failure::Config(errors.to_string()))?;
            log::start(&config.log)?;
            let ended = runtime.block_on(app::run(config));
            // All is closed; a hanging look-up of a name must not delay the end.
            runtime.shutdown_background();
            ended?;
        }
        Command::Check => {
            let config = Config::from_env();
            let report = runtime.block_on(Report::make(config, &DatabaseConfig::as_found()));
            write!(io::stdout(), "{report}").map_err(anyhow::Error::from)?;
            return Ok(ExitCode::from(report.exit_code()));
        }
        Command::Healthcheck => {
            let address =
                monitor_address().map_err(|errors| Failure::Config(errors.to_string()))?;
            let Some(address) = address else {
                return Err(Failure::Config(
                    "MONITOR_LISTEN: не задан, спрашивать некого".to_owned(),
                ));
            };
            runtime.block_on(app::watched::ask(address))?;
            writeln!(io::stdout(), "бот здоров").map_err(anyhow::Error::from)?;
        }
        Command::Demo(options) => {
            log::start(&LogSettings::quiet())?;
            match options {
                Demo { play: true, .. } => runtime.block_on(demo::play::play())?,
                Demo { port, .. } => runtime.block_on(demo::show(port))?,
            }
        }
        Command::Admin(admin) => {
            let config =
                DatabaseConfig::from_env().map_err(|errors| Failure::Config(errors.to_string()))?;
            let answer = runtime.block_on(admin::answer(&config, admin))?;
            writeln!(io::stdout(), "{answer}").map_err(anyhow::Error::from)?;
        }
        Command::Backup(Backup { file }) => {
            let place =
                BackupPlace::from_env().map_err(|errors| Failure::Config(errors.to_string()))?;
            let answer = runtime.block_on(backup::answer(&place, file))?;
            writeln!(io::stdout(), "{answer}").map_err(anyhow::Error::from)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// clap explains in English; the operator reads Russian.
fn explain(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("Нет команды «{}»", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => {
            format!("Непонятный параметр «{}»", context(ContextKind::InvalidArg))
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => format!(
            "Не подходит значение «{}» для {}",
            context(ContextKind::InvalidValue),
            context(ContextKind::InvalidArg)
        ),
        _ => "Команда не полна или написана неверно".to_owned(),
    };
    format!("{what}. Справка: invite-bot --help")
}

fn manual() -> String {
    let mut text = String::from(
        "Настройки: переменные окружения или файл .env в текущей папке (окружение важнее).\n\
         Пустое значение — не задано. Секрет можно положить в файл и назвать файл\n\
         переменной с окончанием _FILE, например TELOXIDE_TOKEN_FILE.\n",
    );
    for Setting { name, secret, default, about } in SETTINGS {
        let secret = if *secret { " (секрет)" } else { "" };
        let default = default.map(|value| format!(" [{value}]")).unwrap_or_default();
        _ = write!(text, "\n  {name}{secret}{default}\n      {about}\n");
    }
    text.push_str("\nКоды завершения:\n");
    for (code, meaning) in EXIT_CODES {
        _ = writeln!(text, "  {code:<3} {meaning}");
    }
    text
}
