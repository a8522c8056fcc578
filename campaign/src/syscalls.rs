//! Faults of system calls: the bot is killed at its n-th sync, write, rename, connect, send or
//! receive, or that call fails, while people work; then it is started without faults, and what is
//! left is judged like any other history.
//!
//! Two faults are also judged at once. When the door cannot sync the write-ahead log, the bot ends
//! and says why. When the high-water mark cannot be raised, no call leaves that it does not name,
//! and people are told all the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::bot::Setup;
use crate::logs::{Db, End, Life};
use crate::people::Manner;
use crate::power::image;
use crate::power::promises::{self, Promise};
use crate::power::trace::{self, Call};
use crate::report::{self, Report};
use crate::tracer::{self, Tracer};
use crate::world::{Make, World};
use crate::{Options, say};

/// Syncs the write-ahead log; nothing else does it so.
const DOOR: &str = "fdatasync";

/// Raises the high-water mark.
const MARK: &str = "rename";

/// What befalls a call, and the last call that it befalls.
const FAULTS: [(&str, usize, &[&str]); 10] = [
    (DOOR, 60, &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    // There are few in a short life. The first is that of the start, or of the recovery.
    (MARK, 3, &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    // A sync of SQLite, or of the mark, and a write of a file.
    ("fsync", 12, &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    ("pwrite64", 60, &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    ("pread64", 60, &["signal=SIGKILL", "error=EIO"]),
    // A file that cannot be opened.
    ("openat", 60, &["signal=SIGKILL", "error=EIO", "error=ENOSPC"]),
    // The far ends.
    ("connect", 60, &["signal=SIGKILL", "error=EIO", "error=ENETUNREACH"]),
    ("sendto,writev", 60, &["signal=SIGKILL", "error=EIO", "error=EPIPE"]),
    ("recvfrom", 60, &["signal=SIGKILL", "error=EIO", "error=ECONNRESET"]),
    // Whatever else is written: nothing that fails in earnest.
    ("write", 60, &["signal=SIGKILL"]),
];

/// The longest that a life lasts.
const LIFE: Duration = Duration::from_millis(2500);

/// What is written down where the mark cannot be raised: its names, and all that is said.
const SAID: &str = "trace=rename,connect,sendto,writev,recvfrom";

/// How long it goes on in spite of its fault.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// The same for a bot that cannot raise the mark: people are to be told meanwhile.
const WITHOUT_MARK: Duration = Duration::from_secs(2);

/// How soon it ends when the door cannot sync.
const ENDING: Duration = Duration::from_secs(10);

/// The exit code for a database that cannot be used.
const UNUSABLE: i32 = 69;

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
    /// Lives in which a running bot could not raise the mark, and what people were shown then.
    unmarked: usize,
    shown: usize,
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
    if total.shown == 0 && total.unmarked > 0 {
        let what = "VIOLATION of I5, the mark cannot be raised: nobody is told anything";
        total.report.violations.push(what.to_owned());
    }
    total.report.violations.iter().for_each(|violation| say(violation));
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!(
        "faults of system calls: lives: {}, faults met: {}, killed: {}, ended by the bot: {}, \
         without a mark: {}, shown there: {}; {} · {seconds:.0} s, seed {}",
        total.lives,
        total.met,
        total.killed,
        total.ended,
        total.unmarked,
        total.shown,
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
    for (calls, last, whats) in FAULTS {
        for what in whats {
            // Others for each fault, so that the short form meets many.
            first += 1;
            let step = step.min(last / 2 + 1);
            for time in (1 + first * 7 % step..=last).step_by(step) {
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
    let make = Make { rest: Some(REST), setup: Setup::of_every_other(number), ..Make::default() };
    let mut world = World::new(number, seed, make).await?;
    let logs = tempfile::Builder::new().prefix("campaign-strace-").tempdir()?;
    let mut tally = Tally::default();
    let mut violations = Vec::new();
    world.begin(Manner::LIVELY);
    for (life, fault) in faults.iter().enumerate() {
        let log = logs.path().join(life.to_string());
        let (options, calls) = match fault.calls {
            MARK => (trace::OPTIONS.as_slice(), SAID.to_owned()),
            calls => (["-f", "-s", "0", "-e"].as_slice(), format!("trace={calls}")),
        };
        let mut tracer = Tracer::recording(strace, options, &calls, &log);
        let more = if fault.for_good { "+" } else { "" };
        let injected = format!("{}:{}:when={}{more}", fault.calls, fault.what, fault.time);
        tracer.injects(&injected);
        let ends = fault.calls == DOOR && fault.what.starts_with("error");
        let afterwards = match fault.calls {
            DOOR if ends => ENDING,
            MARK => WITHOUT_MARK,
            _ => AFTERWARDS,
        };
        let mut bot = world.start_under(&tracer)?;
        let begun = Instant::now();
        let mut met = None;
        while met.map_or(begun.elapsed() < life_of(fault), |at: Instant| at.elapsed() < afterwards)
            && bot.has_ended()?.is_none()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
            met = met.or_else(|| tracer.has_met().then(Instant::now));
        }
        let id = bot.id();
        let ended = bot.kill()?;
        tracer.ended(id).await?;
        let met = tracer.has_met() || ended.end == End::Unasked(None);
        tally.lives += 1;
        tally.met += usize::from(met);
        tally.killed += usize::from(ended.end == End::Unasked(None));
        tally.ended += usize::from(matches!(ended.end, End::Unasked(Some(_))));
        if ends && met && ended.end != End::Unasked(Some(UNUSABLE)) {
            let how = ended.end;
            violations.push(format!("VIOLATION of run, world {number}: {how:?} after {injected}"));
        }
        if fault.calls == MARK {
            let calls = trace::read(&log, 0)?;
            let db = world.database().await?;
            let told = promises::given(&calls, world.telegram_port()?);
            let unnamed = unnamed_calls(&calls, &told, &db, ended.from);
            let name = format!("VIOLATION of the mark, world {number}, {injected}");
            violations.extend(unnamed.into_iter().map(|what| format!("{name}: {what}")));
            if let Some(shown) = shown_unmarked(&calls, &told) {
                tally.unmarked += 1;
                tally.shown += shown;
            }
        }
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
    tally.report.violations.extend(violations);
    Ok(tally)
}

fn life_of(fault: &Fault) -> Duration {
    if matches!(fault.calls, DOOR | MARK) { 2 * LIFE } else { LIFE }
}

/// The newest row that the mark named, by the places at which it had that name.
fn marks(calls: &[Call]) -> impl Iterator<Item = (usize, i64)> {
    let raised = calls.iter().filter(|call| call.name == MARK && call.returned == Some(0));
    raised.filter_map(|call| {
        let name = call.path(1).to_string_lossy().into_owned();
        let (_, named) = name.rsplit_once(".mark.")?;
        Some((call.ended, named.split('.').next()?.parse().ok()?))
    })
}

/// Calls that left before the mark named their claim.
fn unnamed_calls(calls: &[Call], told: &[(usize, Promise)], db: &Db, from: i64) -> Vec<String> {
    let mut made: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (place, promise) in told {
        let Promise::Called(hash) = promise else { continue };
        let before = made.entry(hash).or_default();
        let attempts = db.attempts.iter().filter(|it| it.request_sha256 == *hash);
        let attempt = attempts.filter(|it| it.started_at >= from).nth(*before);
        *before += 1;
        let claim = attempt.and_then(|it| image::claim(db, it.invitation, it.n));
        let marked = marks(calls).filter(|(at, _)| at < place).map(|(_, row)| row).max();
        match claim {
            None => wrong.push("a call without a claim".to_owned()),
            Some(claim) if marked.is_none_or(|marked| marked < claim) => {
                wrong.push(format!("a call was claimed in row {claim}, the mark names {marked:?}"));
            }
            Some(_) => {}
        }
    }
    wrong
}

/// What people were shown after a bot that runs could not raise the mark; `None`: it could.
fn shown_unmarked(calls: &[Call], told: &[(usize, Promise)]) -> Option<usize> {
    marks(calls).next()?;
    let mut failed = calls.iter().filter(|call| call.name == MARK);
    let failed = failed.find(|call| call.returned.is_some_and(|it| it < 0))?;
    let shown = told
        .iter()
        .filter(|(place, promise)| *place > failed.ended && matches!(promise, Promise::Shown(_)));
    Some(shown.count())
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.lives += other.lives;
        self.met += other.met;
        self.killed += other.killed;
        self.ended += other.ended;
        self.unmarked += other.unmarked;
        self.shown += other.shown;
    }
}
