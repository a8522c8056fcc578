//! How many conversations a second invite-bot holds, beside plain teloxide bots: one command
//! builds it, plays every bot in turn and prints a table. See `README.md`.

mod far_end;
mod naive;
mod run;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand, ValueEnum as _};

use run::{Bench, Bot, Figures, Setting};

/// The one who lets the others in.
const ADMIN: i64 = 1;

const PARTNER_ID: &str = "5f0fd2d5-0f0c-4b4c-9d4e-0c6f0f4e7a11";

/// How many conversations a second invite-bot holds, beside plain teloxide bots.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    options: Options,
}

/// What runs in a process of its own; the driver starts it.
#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
enum Part {
    #[command(hide = true)]
    FarEnd(far_end::FarEnd),
    #[command(hide = true)]
    Naive(naive::Naive),
}

#[derive(clap::Args)]
struct Options {
    /// How many people invite at once, each one conversation after the other
    #[arg(long, value_delimiter = ',', default_value = "1,16,256")]
    users: Vec<usize>,
    /// How often every bot is played; the table shows medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long a bot is measured in a round
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How long it runs before that
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    warm_up: u64,
    /// Adds so much to every fsync and fdatasync
    #[arg(long, value_name = "MILLIS", default_value_t = 0)]
    slow_disk: u64,
    /// How long the provider takes
    #[arg(long, value_name = "MILLIS", default_value_t = 0)]
    provider_delay: u64,
    /// Plays only these bots
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Bot>,
    /// Adds a line of invite-bot with its default settings: an undo window, limits and rates
    #[arg(long)]
    defaults: bool,
    /// This binary instead of the one that is built from the repository
    #[arg(long, value_name = "PATH")]
    bot: Option<PathBuf>,
    /// The cores of the bot, as `taskset -c` takes them
    #[arg(long, value_name = "CORES", default_value = "1")]
    bot_cores: String,
    /// The core of the far end
    #[arg(long, value_name = "CORE", default_value = "0")]
    far_end_core: String,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.part {
        Some(Part::FarEnd(far_end)) => {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build()?.block_on(far_end::run(far_end))
        }
        Some(Part::Naive(naive)) => tokio::runtime::Runtime::new()?.block_on(naive::run(naive)),
        None => drive(cli.options),
    }
}

fn drive(options: Options) -> anyhow::Result<()> {
    let bots = if options.only.is_empty() { Bot::value_variants() } else { &options.only };
    let this = std::env::current_exe()?;
    let folder = this.with_file_name("conversation-runs");
    std::fs::create_dir_all(&folder)?;
    let product = match &options.bot {
        _ if !bots.contains(&Bot::Product) && !options.defaults => PathBuf::new(),
        Some(path) => path.canonicalize().with_context(|| path.display().to_string())?,
        None => build()?,
    };
    let pins = Command::new("taskset").arg("-V").stdout(Stdio::null()).status().is_ok();
    if !pins {
        eprintln!("There is no taskset: the bots are not pinned to a core.");
    }
    let preload = compile(&folder);
    if preload.is_none() {
        ensure!(options.slow_disk == 0, "A slow disk needs the C compiler cc.");
        eprintln!("There is no C compiler cc: syncs are not counted.");
    }
    let bench = Bench {
        this,
        folder,
        product,
        pins,
        preload,
        far_end_core: options.far_end_core,
        bot_cores: options.bot_cores,
        seconds: options.seconds,
        warm_up: options.warm_up,
        slow_disk: options.slow_disk,
        provider_delay: options.provider_delay,
    };

    table::head(&bench, options.rounds);
    for &users in &options.users {
        let mut rounds = Vec::new();
        for round in 1..=options.rounds {
            let mut played: Vec<(Bot, Figures)> = Vec::new();
            for &bot in bots {
                eprintln!("{users} users, round {round}: {}", bot.name());
                played.push((bot, bench.play(bot, users, Setting::Yardstick)?));
            }
            rounds.push(played);
        }
        for &bot in bots {
            table::line(users, bot.name(), &rounds, bot);
        }
    }
    if options.defaults {
        let users = 16;
        eprintln!("{users} users: invite-bot, default settings");
        let played = bench.play(Bot::Product, users, Setting::Defaults)?;
        let rounds = [vec![(Bot::Product, played)]];
        table::line(users, "invite-bot, default settings", &rounds, Bot::Product);
    }
    Ok(())
}

/// The release binary of the repository; cargo knows whether it is stale.
fn build() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new("cargo");
    // `cargo run` tells about this package; build scripts that look there would run again.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let built = cargo
        .args(["build", "--release", "--locked", "--bin", "invite-bot"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo")?;
    ensure!(built.status.success(), "invite-bot cannot be built");
    let text = String::from_utf8(built.stdout)?;
    let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    let executable = |line: &str| Some(message(line)?.get("executable")?.as_str()?.to_owned());
    text.lines().rev().find_map(executable).map(PathBuf::from).context("cargo names no binary")
}

/// The library that counts and slows syncs.
fn compile(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/slow_sync.c");
    let library = folder.join("slow_sync.so");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    cc.status().is_ok_and(|status| status.success()).then_some(library)
}
