//! The campaign: it kills, starves and lies to the bot, and then judges what is left against the
//! promises of the design. `cargo run -p campaign -- --help`
//!
//! Reading order: `behaviour` (what a provider does), `far_end` (the provider), `people` (the
//! staff), `bot` (the process), `world` (all of them together), the parts `random`, `points` and
//! `faults`, `logs` and `database` (what is left), `checker` (the judgement). Apart from these,
//! with the bot under strace (`tracer`): `power` and `syscalls`. That mistakes would be noticed is
//! shown by `prove`, with a bot that makes them (`planted`).

mod behaviour;
mod bot;
mod checker;
mod database;
mod far_end;
mod faults;
mod logs;
mod people;
mod planted;
mod points;
mod power;
mod prove;
mod random;
mod relay;
mod report;
mod syscalls;
mod tracer;
mod world;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use invite_bot::domain::Provider;
use tokio::task::JoinSet;

use bot::Setup;
use report::Report;
use world::{Make, World};

/// Kills, starves and lies to the bot, and judges what is left. Exits 1 on any violation.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// How often the bot is killed at a random instant.
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// What chance is made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Goes on with further kills until this long after the start.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only some parts, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Only this world, by the number in a report.
    #[arg(long)]
    world: Option<u64>,
    /// Only this crash point, for example `before T2`.
    #[arg(long)]
    point: Option<String>,
    /// Every behaviour of the providers at each crash point, not only the typical ones.
    #[arg(long)]
    thorough: bool,
    /// Plants mistakes, or the one that is named, and tells whether each is noticed.
    #[arg(long, num_args = 0..=1, default_missing_value = "")]
    prove: Option<String>,
    /// A built `invite-bot` to kill instead of the bot under test, with its waits in earnest.
    #[arg(long)]
    bot: Option<PathBuf>,
    /// How many losses of power are rebuilt.
    #[arg(long, default_value_t = 500)]
    images: usize,
    /// Keeps the first image in which something is lost.
    #[arg(long)]
    keep: bool,
    /// How many worlds run side by side.
    #[arg(long, default_value_t = 3)]
    jobs: usize,
}

/// A part of the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Every fault, nobody is killed.
    Faults,
    /// Every crash point with every behaviour of the providers.
    Points,
    /// Kills at random instants.
    Random,
    /// Losses of power, rebuilt from a recording of system calls; only when named, needs strace.
    PowerLoss,
    /// The n-th sync, write, connect, send or receive fails or kills; only when named, needs strace.
    Syscalls,
}

/// The longest that one world may take, with all that is done in it.
const LONGEST: Duration = Duration::from_secs(600);

/// How often a long run says how far it is.
const PROGRESS: Duration = Duration::from_secs(60);

/// Kills in one world; then it is judged, and a new one begins.
const KILLS_A_WORLD: u32 = 50;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|it| it == bot::UNDER_TEST) {
        return bot::under_test();
    }
    match campaign(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the campaign itself failed: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn say(line: &str) {
    // Nobody is left to tell when the reader has gone.
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn campaign(options: Options) -> anyhow::Result<bool> {
    let knows_crash_points = cfg!(debug_assertions);
    anyhow::ensure!(knows_crash_points, "a release has no crash points: build without --release");
    tokio::runtime::Runtime::new()?.block_on(async {
        if let Some(name) = &options.prove {
            let only = Some(name.as_str()).filter(|name| !name.is_empty());
            return prove::prove(&options, only).await;
        }
        let mut good = true;
        if options.only.contains(&Part::PowerLoss) {
            good &= power::run(&options).await?;
        }
        if options.only.contains(&Part::Syscalls) {
            good &= syscalls::run(&options).await?;
        }
        let apart = [Part::PowerLoss, Part::Syscalls];
        if !options.only.is_empty() && options.only.iter().all(|part| apart.contains(part)) {
            return Ok(good);
        }
        let begun = Instant::now();
        let report = run(programme(&options), &options).await?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{} · {seconds:.0} s, seed {}", report.line(), options.seed));
        Ok(good && report.violations.is_empty() && report.missed.is_empty())
    })
}

/// One world of the campaign, from its beginning to its judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Answers,
    Some(&'static [&'static str]),
    Weather,
    Telegram,
    Updates,
    Repeats,
    Revoked,
    Neighbours,
    Routes,
    Migrations,
    Points(Provider, &'static str),
    Random(u32),
}

impl Task {
    /// Every other world has the default settings, but for those in which one person sends more than
    /// these allow.
    fn setup(self, number: u64, options: &Options) -> Setup {
        match self {
            Self::Answers | Self::Some(_) => Setup::Unlimited,
            Self::Points(..) if options.thorough => Setup::Unlimited,
            _ => Setup::of_every_other(number),
        }
    }
}

/// The whole programme: the faults first, for they take longest, then the crash points, then
/// kills at random.
fn programme(options: &Options) -> Vec<Task> {
    let mut tasks = Vec::new();
    let wants = |part| options.only.is_empty() || options.only.contains(&part);
    if wants(Part::Faults) {
        tasks.extend([Task::Telegram, Task::Answers, Task::Updates, Task::Weather]);
        tasks.extend([Task::Repeats, Task::Revoked, Task::Neighbours, Task::Routes]);
    }
    if wants(Part::Points) && options.bot.is_none() && options.point.is_none() {
        tasks.push(Task::Migrations);
    }
    // The shipped binary knows no crash points.
    if wants(Part::Points) && options.bot.is_none() {
        let shares = points::shares().into_iter();
        let wanted = |point: &str| options.point.as_ref().is_none_or(|only| only == point);
        let shares = shares.filter(|(_, point)| wanted(point));
        tasks.extend(shares.map(|(known, point)| Task::Points(known, point)));
    }
    if wants(Part::Random) {
        let mut left = options.kills;
        while left > 0 {
            let kills = left.min(KILLS_A_WORLD);
            left -= kills;
            tasks.push(Task::Random(kills));
        }
    }
    tasks
}

/// Does all tasks, several side by side.
async fn run(tasks: Vec<Task>, options: &Options) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let limit = options.seconds.map(Duration::from_secs);
    let mut total = Report::default();
    let mut worlds: JoinSet<anyhow::Result<Report>> = JoinSet::new();
    let mut tasks = tasks.into_iter().fuse();
    let mut number = 0;
    let mut told = Instant::now();
    let more =
        || limit.filter(|limit| begun.elapsed() < *limit).map(|_| Task::Random(KILLS_A_WORLD));
    loop {
        let task = match worlds.len() < options.jobs.max(1) {
            true => tasks.next().or_else(more),
            false => None,
        };
        if let Some(task) = task {
            number += 1;
            if options.world.is_some_and(|only| only != number) {
                continue;
            }
            let setup = task.setup(number, options);
            let make = Make { program: options.bot.clone(), setup, ..Make::default() };
            worlds.spawn(one(task, number, options.clone(), make));
        } else if let Some(ended) = worlds.join_next().await {
            let report = ended??;
            for line in report.missed.iter().chain(&report.violations) {
                say(line);
            }
            total.add(report);
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                say(&format!("after {} s: {}", begun.elapsed().as_secs(), total.line()));
            }
        } else {
            return Ok(total);
        }
    }
}

/// One world; one that does not come to its end in time is a violation.
async fn one(task: Task, number: u64, options: Options, make: Make) -> anyhow::Result<Report> {
    let name = format!("world {number}, {task:?}");
    match tokio::time::timeout(LONGEST, lived(task, number, options, make, &name)).await {
        Ok(report) => report,
        Err(_) => Ok(Report::hung(&name, LONGEST)),
    }
}

async fn lived(
    task: Task,
    number: u64,
    options: Options,
    make: Make,
    name: &str,
) -> anyhow::Result<Report> {
    let routes = match task {
        Task::Routes => true,
        Task::Random(_) => number.is_multiple_of(3),
        _ => false,
    };
    let webhook = matches!(task, Task::Random(_)) && number % 3 == 1;
    let make = Make { bare: make.bare || task == Task::Migrations, routes, webhook, ..make };
    let mut world = World::new(number, options.seed, make).await?;
    let behaviours = points::behaviours(options.thorough);
    let (mut kills, mut points) = (0, 0);
    match task {
        Task::Answers => faults::answers(&mut world, None).await?,
        Task::Some(names) => faults::answers(&mut world, Some(names)).await?,
        Task::Weather => faults::weather(&mut world).await?,
        Task::Telegram => faults::telegram(&mut world).await?,
        Task::Updates => faults::updates(&mut world).await?,
        Task::Repeats => faults::repeats(&mut world).await?,
        Task::Revoked => faults::revoked(&mut world).await?,
        Task::Neighbours => faults::neighbours(&mut world).await?,
        Task::Routes => faults::routes(&mut world).await?,
        Task::Migrations => points = faults::migrations(&mut world).await?,
        Task::Points(provider, point) => {
            points = points::share(&mut world, provider, point, &behaviours).await?;
        }
        Task::Random(count) => kills = random::kills(&mut world, count).await?,
    }
    world.come_to_rest().await?;
    report::judged(world, name, (kills, points)).await
}
