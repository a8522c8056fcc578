//! Faults of system calls: the bot is killed at its n-th sync, write, connect, send or receive, or
//! that call fails, while people work; then it is started without faults, and what is left is
//! judged like any other history.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::logs::{End, Life};
use crate::people::Manner;
use crate::report::{self, Report};
use crate::tracer::{self, Tracer};
use crate::world::{Make, World};
use crate::{Options, say};

/// What befalls a call.
const FAULTS: [(&str, &[&str]); 8] = [
    // A sync and a write of a file.
    ("fsync", &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    ("pwrite64", &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    ("pread64", &["signal=SIGKILL", "error=EIO"]),
    // A file that cannot be opened.
    ("openat", &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    // The far ends.
    ("connect", &["signal=SIGKILL", "error=EIO", "error=ENETUNREACH"]),
    ("sendto,writev", &["signal=SIGKILL", "error=EIO", "error=EPIPE"]),
    ("recvfrom", &["signal=SIGKILL", "error=EIO", "error=ECONNRESET"]),
    // Whatever else is written: nothing that fails in earnest.
    ("write", &["signal=SIGKILL"]),
];

/// The last call that a fault befalls.
const LAST: usize = 60;

/// The longest that a life lasts.
const LIFE: Duration = Duration::from_millis(2500);

/// How long it goes on in spite of its fault.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// People go on while the bot hardly lives, so there is more to catch up with than else.
const REST: Duration = Duration::from_secs(120);

/// Lives in one world; then it is judged, and a new one begins.
const LIVES_A_WORLD: usize = 24;

/// What is injected in one life, in the words of strace.
struct Fault {
    calls: &'static str,
    what: &'static str,
    time: usize,
    /// From then on every time.
    for_good: bool,
}

/// What came of a world.
#[derive(Default)]
struct Tally {
    report: Report,
    lives: usize,
    /// Lives in which the fault was met.
    met: usize,
    killed: usize,
    /// Lives that ended by themselves after an error.
    ended: usize,
}

/// Runs this part; whether no promise was broken.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let strace = tracer::find()?;
    let begun = Instant::now();
    let mut faults = faults(options);
    // So that every world has something of everything.
    fastrand::Rng::with_seed(options.seed).shuffle(&mut faults);
    let mut total = Tally::default();
    let mut worlds = JoinSet::new();
    let mut number = 0;
    while !faults.is_empty() || !worlds.is_empty() {
        if !faults.is_empty() && worlds.len() < options.jobs.max(1) {
            let share = faults.split_off(faults.len().saturating_sub(LIVES_A_WORLD));
            number += 1;
            let (strace, seed) = (strace.clone(), options.seed);
            worlds.spawn(async move { world(&strace, (number, seed), share).await });
        } else if let Some(ended) = worlds.join_next().await {
            total.add(ended??);
        }
    }
    total.report.violations.iter().for_each(|violation| say(violation));
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!(
        "faults of system calls: lives: {}, faults met: {}, killed: {}, ended by the bot: {}; {} · \
         {seconds:.0} s, seed {}",
        total.lives,
        total.met,
        total.killed,
        total.ended,
        total.report.line(),
        options.seed
    ));
    Ok(total.report.violations.is_empty())
}

/// Every fault at every n-th call; without `--thorough` at a few of them.
fn faults(options: &Options) -> Vec<Fault> {
    let step = if options.thorough { 1 } else { 30 };
    let mut found = Vec::new();
    let mut first = 0;
    for (calls, whats) in FAULTS {
        for what in whats {
            // Others for each fault, so that the short form meets many.
            first += 1;
            for time in (1 + first * 7 % step..=LAST).step_by(step) {
                let once = Fault { calls, what, time, for_good: false };
                let errs = what.starts_with("error");
                found.extend(errs.then_some(Fault { for_good: true, ..once }));
                found.push(once);
            }
        }
    }
    found
}

async fn world(
    strace: &Path,
    (number, seed): (u64, u64),
    faults: Vec<Fault>,
) -> anyhow::Result<Tally> {
    let mut world = World::new(number, seed, Make { rest: Some(REST), ..Make::default() }).await?;
    let logs = tempfile::Builder::new().prefix("campaign-strace-").tempdir()?;
    let mut tally = Tally::default();
    world.begin(Manner::LIVELY);
    for (life, fault) in faults.iter().enumerate() {
        let log = logs.path().join(life.to_string());
        let options = ["-f", "-s", "0", "-e"];
        let mut tracer =
            Tracer::recording(strace, &options, &format!("trace={}", fault.calls), &log);
        let more = if fault.for_good { "+" } else { "" };
        let injected = format!("{}:{}:when={}{more}", fault.calls, fault.what, fault.time);
        tracer.injects(&injected);
        let mut bot = world.start_under(&tracer)?;
        let begun = Instant::now();
        let mut met = None;
        while begun.elapsed() < LIFE
            && met.is_none_or(|at: Instant| at.elapsed() < AFTERWARDS)
            && bot.has_ended()?.is_none()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
            met = met.or_else(|| tracer.has_met().then(Instant::now));
        }
        let ended = bot.kill()?;
        tracer.ended().await?;
        let met = tracer.has_met() || ended.end == End::Unasked(None);
        tally.lives += 1;
        tally.met += usize::from(met);
        tally.killed += usize::from(ended.end == End::Unasked(None));
        tally.ended += usize::from(matches!(ended.end, End::Unasked(Some(_))));
        // Who is killed from outside has no exit code.
        let end = if ended.end == End::Unasked(None) { End::Killed } else { ended.end };
        world.ended(Life { end, note: injected, faulty: met, ..ended }).await?;
        if life % 8 == 7 {
            // Also lets go of the connections of the dead.
            world.office.telegram.goes_down().await;
            world.telegram_comes_back().await?;
        }
    }
    world.come_to_rest().await?;
    tally.report = report::judged(world, &format!("world {number}"), (0, 0)).await?;
    Ok(tally)
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.lives += other.lives;
        self.met += other.met;
        self.killed += other.killed;
        self.ended += other.ended;
    }
}
