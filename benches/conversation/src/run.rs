//! One bot for some seconds: its processes, and what they cost.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::far_end::Report;
use crate::{ADMIN, PARTNER_ID};

const TOKEN: &str = "7000000001:AAEbench-far-end-of-telegram-only-0000";

/// Of the times in `/proc/<pid>/stat`, whatever the kernel's own clock.
const TICK_MS: f64 = 10.0;

const STOP: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Bot {
    /// teloxide with its SQLite storage, as teloxide opens it: a rollback journal, FULL
    Naive,
    /// The same on a file that was put in WAL mode before, FULL
    NaiveWal,
    /// teloxide with its storage in memory
    Mem,
    #[value(name = "invite-bot")]
    Product,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// No undo window, limits or rates, and many calls at once.
    Yardstick,
    Defaults,
}

/// What one bot did in one round.
#[derive(Clone, Debug)]
pub struct Figures {
    pub report: Report,
    pub cpu_ms: f64,
    pub syncs: Option<f64>,
    pub rss_mb: f64,
    /// How much of its core the far end used, from 0 to 1.
    pub far_end: f64,
}

pub struct Bench {
    pub this: PathBuf,
    pub folder: PathBuf,
    pub product: PathBuf,
    pub pins: bool,
    pub preload: Option<PathBuf>,
    pub far_end_core: String,
    pub bot_cores: String,
    pub seconds: u64,
    pub warm_up: u64,
    pub slow_disk: u64,
    pub provider_delay: u64,
}

/// A process that does not outlive the bench.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// What was used up to a moment.
struct Used {
    bot_ms: f64,
    far_end_ms: f64,
    syncs: Option<u64>,
}

impl Bot {
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::NaiveWal => "naive-wal",
            Self::Mem => "mem",
            Self::Product => "invite-bot",
        }
    }
}

impl Bench {
    pub fn play(&self, bot: Bot, users: usize, setting: Setting) -> anyhow::Result<Figures> {
        let place = self.folder.join(format!("{}-{}", bot.name(), std::process::id()));
        _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place)?;
        let played = self.play_in(&place, bot, users, setting).with_context(|| {
            let log = fs::read_to_string(place.join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(10).collect();
            let last: Vec<&str> = lines.into_iter().rev().collect();
            format!("{}, whose log ends:\n{}", bot.name(), last.join("\n"))
        });
        _ = fs::remove_dir_all(&place);
        played
    }

    fn play_in(
        &self,
        place: &Path,
        bot: Bot,
        users: usize,
        setting: Setting,
    ) -> anyhow::Result<Figures> {
        let mut far_end = self.pinned(&self.far_end_core, &self.this);
        far_end.args(["far-end", "--users", &users.to_string()]);
        far_end.args(["--provider-delay", &self.provider_delay.to_string()]);
        far_end.args(["--warm-up", &self.warm_up.to_string()]);
        let (seconds, patience) = match setting {
            Setting::Yardstick => (self.seconds, 60),
            // A rate of two a second needs some time to show.
            Setting::Defaults => (self.seconds.max(30), 120),
        };
        far_end.args(["--seconds", &seconds.to_string(), "--patience", &patience.to_string()]);
        if bot == Bot::Product {
            far_end.arg("--allow-list");
        }
        let mut far_end = Process(far_end.stdout(Stdio::piped()).spawn()?);
        let output = far_end.0.stdout.take().context("the far end has no output")?;
        let mut says = BufReader::new(output).lines();
        let url = format!("http://127.0.0.1:{}", expect(&mut says, "port ")?);

        let count = place.join("syncs");
        fs::write(&count, [0; 8])?;
        let mut command = self.command(bot, setting, place, &url)?;
        let log = File::create(place.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        if let Some(preload) = &self.preload {
            command.env("LD_PRELOAD", preload).env("SYNC_COUNT", &count);
            command.env("SYNC_DELAY_MS", self.slow_disk.to_string());
        }
        let mut bot = Process(command.spawn()?);

        let used = || -> anyhow::Result<Used> {
            let syncs = fs::read(&count)?.try_into().map(u64::from_le_bytes).ok();
            Ok(Used {
                bot_ms: cpu_ms(bot.0.id())?,
                far_end_ms: cpu_ms(far_end.0.id())?,
                syncs: syncs.filter(|_| self.preload.is_some()),
            })
        };
        expect(&mut says, "begin")?;
        let before = used()?;
        expect(&mut says, "end")?;
        let after = used()?;
        let report: Report = serde_json::from_str(&expect(&mut says, "report ")?)?;
        let rss_mb = peak_rss_mb(bot.0.id())?;
        stop(&mut bot)?;

        #[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
        let each = |count: u64| count as f64 / report.completed.max(1) as f64;
        Ok(Figures {
            cpu_ms: (after.bot_ms - before.bot_ms) * each(1),
            syncs: before.syncs.zip(after.syncs).map(|(before, after)| each(after - before)),
            rss_mb,
            far_end: (after.far_end_ms - before.far_end_ms) / 1000.0 / report.seconds,
            report,
        })
    }

    /// A command that is pinned, and so is what it starts; its process becomes the program.
    fn pinned(&self, cores: &str, program: &Path) -> Command {
        if !self.pins {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    }

    fn command(
        &self,
        bot: Bot,
        setting: Setting,
        place: &Path,
        url: &str,
    ) -> anyhow::Result<Command> {
        let database = place.join("bot.db");
        if bot != Bot::Product {
            let mut command = self.pinned(&self.bot_cores, &self.this);
            command.args(["naive", "--token", TOKEN, "--url", url]);
            if bot != Bot::Mem {
                command.arg("--database").arg(&database);
            }
            if bot == Bot::NaiveWal {
                command.arg("--wal");
            }
            return Ok(command);
        }
        let mut command = self.pinned(&self.bot_cores, &self.product);
        // Nothing of the machine's own settings, and no `.env` beside it.
        command.env_clear().current_dir(place);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("TELOXIDE_TOKEN", TOKEN).env("TELOXIDE_API_URL", url);
        command.env("DATABASE_URL", format!("sqlite:{}", database.display()));
        command.env("ADMIN_IDS", ADMIN.to_string());
        command.env("INVOICEBOX_TOKEN", "bench-key").env("INVOICEBOX_PARTNER_ID", PARTNER_ID);
        command.env("INVOICEBOX_API_URL", url);
        command.env("SBIS_ENABLED", "true").env("SBIS_API_URL", format!("{url}/reg/service/"));
        if setting == Setting::Yardstick {
            command.env("PROVIDER_CONCURRENCY", "64");
            for name in [
                "SEND_DELAY_SECONDS",
                "INVOICEBOX_RATE_PER_MINUTE",
                "SBIS_RATE_PER_MINUTE",
                "PERSON_LIMIT_PER_DAY",
                "PERSON_LIMIT_PER_HOUR",
                "DOMAIN_LIMIT_PER_DAY",
            ] {
                command.env(name, "0");
            }
        }
        Ok(command)
    }
}

/// The rest of the next line of the far end, which begins with this.
fn expect(says: &mut Lines<BufReader<ChildStdout>>, what: &str) -> anyhow::Result<String> {
    let line = says.next().context("the far end has ended")??;
    let rest = line.strip_prefix(what).map(str::to_owned);
    rest.with_context(|| format!("the far end says {line}"))
}

/// User and system time of all threads: `man 5 proc`, fields 14 and 15.
fn cpu_ms(process: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, after_name) = stat.rsplit_once(')').context("/proc/<pid>/stat")?;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? * TICK_MS)
}

fn peak_rss_mb(process: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = peak.and_then(|peak| peak.split_whitespace().next()).context("VmHWM")?;
    Ok(kb.parse::<f64>()? / 1024.0)
}

/// A bot that does not end when it is told to is no bot to compare with.
fn stop(bot: &mut Process) -> anyhow::Result<()> {
    Command::new("kill").args(["-INT", &bot.0.id().to_string()]).status()?;
    let told = Instant::now();
    loop {
        match bot.0.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("it ended with {status}"),
            None if told.elapsed() > STOP => bail!("it did not stop"),
            None => sleep(Duration::from_millis(10)),
        }
    }
}
