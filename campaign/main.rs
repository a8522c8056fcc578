//! The campaign: it kills, starves and lies to the bot, and then judges what is left against the
//! promises of the design. `cargo run --features campaign --bin campaign -- --help`
//!
//! Reading order: `behaviour` (what a provider does), `far_end` (the provider), `people` (the
//! staff), `bot` (the process), `world` (all of them together), the parts `random`, `points` and
//! `faults`, `logs` and `database` (what is left), `checker` (the judgement).

mod behaviour;
mod bot;
mod checker;
mod database;
mod far_end;
mod logs;
mod people;
mod random;
mod report;
mod world;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::task::JoinSet;

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
    /// Goes on with further kills for this long instead.
    #[arg(long)]
    seconds: Option<u64>,
    /// A built `invite-bot` to kill instead of the bot under test, with its waits in earnest.
    #[arg(long)]
    bot: Option<PathBuf>,
    /// How many worlds run side by side.
    #[arg(long, default_value_t = 3)]
    jobs: usize,
}

/// Kills in one world; then it is judged, and a new one begins.
const KILLS_A_WORLD: u32 = 50;

fn main() -> ExitCode {
    let outcome = if std::env::args_os().nth(1).is_some_and(|it| it == bot::UNDER_TEST) {
        bot::under_test().map(|()| true)
    } else {
        campaign(Options::parse())
    };
    match outcome {
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
    tokio::runtime::Runtime::new()?.block_on(async {
        let begun = Instant::now();
        let report = random_part(&options).await?;
        for violation in &report.violations {
            say(violation);
        }
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{} · {seconds:.0} s, seed {}", report.line(), options.seed));
        Ok(report.violations.is_empty())
    })
}

/// Random kills in one world after the other, several side by side.
async fn random_part(options: &Options) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let limit = options.seconds.map(Duration::from_secs);
    let mut total = Report::default();
    let mut worlds: JoinSet<anyhow::Result<Report>> = JoinSet::new();
    let (mut number, mut left) = (0, options.kills);
    loop {
        let goes_on = match limit {
            Some(limit) => begun.elapsed() < limit,
            None => left > 0,
        };
        if goes_on && worlds.len() < options.jobs {
            number += 1;
            let kills = if limit.is_some() { KILLS_A_WORLD } else { left.min(KILLS_A_WORLD) };
            left = left.saturating_sub(kills);
            let make = Make { program: options.bot.clone(), ..Make::default() };
            worlds.spawn(random_world(number, options.seed, kills, make));
        } else if let Some(ended) = worlds.join_next().await {
            total.add(ended??);
        } else {
            return Ok(total);
        }
    }
}

async fn random_world(number: u64, seed: u64, kills: u32, make: Make) -> anyhow::Result<Report> {
    let mut world = World::new(number, seed, make).await?;
    let killed = random::kills(&mut world, kills).await?;
    world.come_to_rest().await?;
    report::judged(world, &format!("world {number}"), killed).await
}
