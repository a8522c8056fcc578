//! The process that is killed: how it is started, ended, and what it runs when it is the campaign
//! itself in the part of the bot.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use invite_bot::app::{App, Signals};
use invite_bot::config::Config;
use invite_bot::delivery::RetryPolicy;
use invite_bot::failure::Failure;
use jiff::Timestamp;

use crate::behaviour::TIMEOUT;
use crate::logs::{End, Life};
use crate::planted::{MISTAKE, Planted};
use crate::tracer::Tracer;

/// How much shorter than in earnest the waits of the bot under test are.
const TIME_SCALE: f64 = 0.002;

/// The undo window of the bot under test, where it has one.
pub const WINDOW: Duration = Duration::from_millis(40);

/// How a bot is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Setup {
    /// No limits, no rates and no undo window: as much as possible is under way.
    #[default]
    Unlimited,
    /// As somebody has it who set nothing of this.
    Defaults,
}

impl Setup {
    /// By the number of a world.
    pub fn of_every_other(number: u64) -> Self {
        if number % 2 == 1 { Self::Defaults } else { Self::Unlimited }
    }
}

/// By default, how many invitations a person may send in an hour, and how many may go to a domain
/// in a day.
pub const LIMITS: (i64, i64) = (20, 10);

/// How long a bot that was asked to stop may take: the shortest limit of a call that a setting
/// allows, and 5 s.
const STOPPING: Duration = Duration::from_secs(2 + 5);

/// The argument that makes the campaign play the bot.
pub const UNDER_TEST: &str = "bot-under-test";
const CRASH: &str = "CAMPAIGN_CRASH";

/// How to start a bot.
#[derive(Clone)]
pub struct Plan {
    /// The shipped binary; `None`: the bot under test, whose waits are short and which knows
    /// crash points.
    pub program: Option<PathBuf>,
    /// Its settings.
    pub settings: Vec<(&'static str, String)>,
    /// Its folder.
    pub folder: PathBuf,
    /// A bot that makes a mistake, instead of the bot under test.
    pub planted: Option<Planted>,
}

/// A place at which the bot dies, and at which time that it comes there.
pub type CrashPoint = (&'static str, u32);

/// A running bot.
pub struct Bot {
    child: Child,
    from: i64,
}

impl Plan {
    /// Starts the bot.
    pub fn start(&self, crash: Option<CrashPoint>) -> anyhow::Result<Bot> {
        self.start_under(None, crash)
    }

    /// Starts the bot, under strace if there is a tracer.
    pub fn start_under(
        &self,
        tracer: Option<&Tracer>,
        crash: Option<CrashPoint>,
    ) -> anyhow::Result<Bot> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let program = match (&self.program, &self.planted) {
            (Some(program), _) => program.clone(),
            (None, Some(planted)) => planted.program.clone(),
            (None, None) => std::env::current_exe()?,
        };
        let mut command = match tracer {
            Some(tracer) => {
                let mut command = tracer.command();
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        if self.program.is_none() {
            command.arg(UNDER_TEST);
        }
        command.env_clear().envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some((place, time)) = crash {
            command.env(CRASH, format!("{place}:{time}"));
        }
        if let Some(planted) = &self.planted {
            command.env(MISTAKE, planted.mistake);
        }
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let from = now();
        let child = command.spawn().context("the bot does not start")?;
        Ok(Bot { child, from })
    }
}

impl Bot {
    /// Of its process, and of its first thread.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself; at a crash point, that is expected.
    pub fn has_ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended by itself; `None`: it did not in this time.
    pub async fn ends_within(&mut self, most: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let begun = Instant::now();
        while begun.elapsed() < most {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(None)
    }

    /// SIGKILL.
    pub fn kill(mut self) -> anyhow::Result<Life> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(self.life(End::Unasked(status.code())));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.life(End::Killed))
    }

    /// What is left of one that died at its crash point.
    pub fn died(self, status: ExitStatus) -> Life {
        // An abort has no exit code.
        let end = status.code().map_or(End::Killed, |code| End::Unasked(Some(code)));
        self.life(end)
    }

    /// SIGTERM, and waits.
    pub async fn stop(mut self) -> anyhow::Result<Life> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(self.life(End::Unasked(status.code())));
        }
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let asked = Instant::now();
        while asked.elapsed() < STOPPING {
            if let Some(status) = self.child.try_wait()? {
                // So early that nobody listened to signals yet, it dies of the signal.
                let died = status.signal().is_some();
                let end = if died { End::Killed } else { End::Stopped(status.code()) };
                return Ok(self.life(end));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.life(End::Stopped(None)))
    }

    fn life(&self, end: End) -> Life {
        Life { from: self.from, to: now(), end, ..Life::default() }
    }
}

/// A bot must not outlive the campaign.
impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Unix milliseconds.
pub fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The settings of a bot with both providers on.
pub fn settings(
    telegram: (String, String),
    invoicebox: String,
    sbis: String,
    database: &Path,
    admin: i64,
    setup: Setup,
) -> Vec<(&'static str, String)> {
    let (url, token) = telegram;
    let mut settings = vec![
        ("TELOXIDE_TOKEN", token),
        ("TELOXIDE_API_URL", url),
        ("DATABASE_URL", format!("sqlite:{}", database.display())),
        ("ADMIN_IDS", admin.to_string()),
        ("INVOICEBOX_TOKEN", "b37c4c689295904ed21eee5d9a48d42e".to_owned()),
        ("INVOICEBOX_PARTNER_ID", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
        ("INVOICEBOX_API_URL", invoicebox),
        ("SBIS_ENABLED", "true".to_owned()),
        ("SBIS_API_URL", sbis),
        ("PROVIDER_TIMEOUT_SECONDS", "2".to_owned()),
        ("RUST_LOG", "info".to_owned()),
    ];
    let none = [
        "INVOICEBOX_RATE_PER_MINUTE",
        "SBIS_RATE_PER_MINUTE",
        "PERSON_LIMIT_PER_DAY",
        "PERSON_LIMIT_PER_HOUR",
        "DOMAIN_LIMIT_PER_DAY",
        "SEND_DELAY_SECONDS",
    ];
    if setup == Setup::Unlimited {
        settings.extend(none.map(|name| (name, "0".to_owned())));
    }
    settings
}

/// Plays the bot: the very same program with shorter waits.
pub fn under_test() -> ExitCode {
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.exit_code()),
    }
}

fn play() -> Result<(), Failure> {
    if let Some((place, time)) = variable(CRASH).as_deref().and_then(|text| text.split_once(':')) {
        invite_bot::probe::arm(place.to_owned(), time.parse().context("no number of times")?);
    }
    let mut config = Config::from_env().context("the settings are wrong")?;
    config.provider_timeout = TIMEOUT;
    config.send_delay = config.send_delay.min(WINDOW);
    invite_bot::log::start(&config.log)?;
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mut app = App::start(config, RetryPolicy::default().scaled(TIME_SCALE)).await?;
        let ended = tokio::select! {
            () = signals.next() => Ok(()),
            ended = app.ended() => ended,
        };
        app.stop().await;
        ended
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}
