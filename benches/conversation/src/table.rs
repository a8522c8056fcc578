//! The table: medians over the rounds.

use std::collections::BTreeMap;

use crate::far_end::Report;
use crate::run::{Bench, Bot, Figures};

/// What was played in one round.
pub type Round = Vec<(Bot, Figures)>;

pub fn head(bench: &Bench, rounds: usize) {
    println!(
        "{rounds} rounds of {} s; bot on core {}, far end on core {}; every sync + {} ms; the \
         provider takes {} ms.\n",
        bench.seconds, bench.bot_cores, bench.far_end_core, bench.slow_disk, bench.provider_delay
    );
    let columns = [
        "users",
        "bot",
        "conversations/s",
        "× naive",
        "× naive-wal",
        "CPU ms",
        "syncs",
        "API calls",
        "answer p50/p99, ms",
        "result p50/p99, ms",
        "peak RSS, MB",
        "failed",
        "far end busy",
    ];
    println!("| {} |", columns.join(" | "));
    println!("|{}", " --- |".repeat(columns.len()));
}

/// The line of one bot, and on the other channel what went wrong.
pub fn line(users: usize, name: &str, rounds: &[Round], bot: Bot) {
    let of = |round: &Round, bot| round.iter().find(|(it, _)| *it == bot).map(|it| it.1.clone());
    let all: Vec<Figures> = rounds.iter().filter_map(|round| of(round, bot)).collect();
    let each = |value: &dyn Fn(&Figures) -> f64| median(all.iter().map(value).collect());
    // Beside the plain bot of the same round: what else the machine does changes by the minute.
    let times = |other| {
        let pairs = rounds.iter().filter_map(|round| Some((of(round, bot)?, of(round, other)?)));
        let ratios: Vec<f64> = pairs.map(|(one, other)| rate(&one) / rate(&other)).collect();
        if ratios.is_empty() { "–".to_owned() } else { format!("{:.2}", median(ratios)) }
    };
    let syncs: Vec<f64> = all.iter().filter_map(|it| it.syncs).collect();
    let cells = [
        users.to_string(),
        name.to_owned(),
        format!("{:.1}", each(&rate)),
        times(Bot::Naive),
        times(Bot::NaiveWal),
        format!("{:.2}", each(&|it| it.cpu_ms)),
        if syncs.is_empty() { "–".to_owned() } else { format!("{:.2}", median(syncs)) },
        format!("{:.2}", each(&calls)),
        percentiles(&each, |report| report.answer),
        percentiles(&each, |report| report.result),
        format!("{:.0}", each(&|it| it.rss_mb)),
        all.iter().map(|it| it.report.failed).sum::<u64>().to_string(),
        format!("{:.0} %", each(&|it| it.far_end * 100.0)),
    ];
    println!("| {} |", cells.join(" | "));

    let mut faults = BTreeMap::<&str, u64>::new();
    for (what, times) in all.iter().flat_map(|it| &it.report.faults) {
        *faults.entry(what).or_default() += times;
    }
    for (what, times) in faults {
        eprintln!("{users} users, {name}: {times} × {what}");
    }
}

fn percentiles(
    each: &impl Fn(&dyn Fn(&Figures) -> f64) -> f64,
    of: impl Fn(&Report) -> [f64; 2],
) -> String {
    let (half, most) = (each(&|it| of(&it.report)[0]), each(&|it| of(&it.report)[1]));
    format!("{half:.1} / {most:.1}")
}

#[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
fn rate(figures: &Figures) -> f64 {
    figures.report.completed as f64 / figures.report.seconds
}

#[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
fn calls(figures: &Figures) -> f64 {
    figures.report.requests as f64 / figures.report.completed.max(1) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
