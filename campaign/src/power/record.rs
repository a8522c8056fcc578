//! A day of the bot under strace: people work, the bot lives and dies several times, and all that
//! it did to the disk and said to anybody is written down in one order.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::promises::{self, Given, Promise};
use super::tape::Tape;
use super::trace::{self, Call};
use crate::bot::Setup;
use crate::people::{ADMIN, Manner, person};
use crate::planted::Planted;
use crate::tracer::Tracer;
use crate::world::{Make, STAFF, World};

/// How the lives of the bot in a day end.
pub const LIVES: &[End] = &[
    End::Kill,
    End::KillAtSync,
    End::FailedMark,
    End::FailedSync,
    End::FailedCheckpoint,
    End::Kill,
    End::Stop,
];

/// The longest that a life lasts.
const LIFE: Duration = Duration::from_millis(2500);

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At any instant.
    Kill,
    /// When something was written and was to be synced.
    KillAtSync,
    /// The sync of the write-ahead log fails; what the bot does then is its own decision.
    FailedSync,
    /// A sync of SQLite itself fails, about where the first checkpoint is.
    FailedCheckpoint,
    /// The high-water mark cannot be raised once.
    FailedMark,
    /// As it is asked to.
    Stop,
}

/// A recorded day.
pub struct Day {
    /// What was done to the disk.
    pub tape: Tape,
    /// The places at which a life began.
    pub starts: Vec<usize>,
    /// What was promised, by the places in the order of everything.
    pub promised: Vec<(usize, Given)>,
}

/// Records a day, from a folder without a database on.
pub async fn day(
    strace: &Path,
    (number, seed): (u64, u64),
    lives: &[End],
    planted: Option<Planted>,
) -> anyhow::Result<Day> {
    let make =
        Make { planted, bare: true, setup: Setup::of_every_other(number), ..Make::default() };
    let mut world = World::new(number, seed, make).await?;
    let logs = tempfile::Builder::new().prefix("campaign-strace-").tempdir()?;
    let mut tape = Tape::new(world.folder())?;
    let (mut starts, mut promised, mut place) = (Vec::new(), Vec::new(), 0);
    let telegram = world.telegram_port()?;
    world.begin(Manner::LIVELY);
    for id in STAFF.into_iter().filter(|id| *id != ADMIN) {
        world.office.allows(&person(ADMIN), id);
    }
    for (life, end) in lives.iter().enumerate() {
        let log = logs.path().join(life.to_string());
        let mut tracer = Tracer::recording(strace, &trace::OPTIONS, trace::CALLS, &log);
        end.arrange(&mut tracer, &mut world);
        let mut bot = world.start_under(&tracer)?;
        let id = bot.id();
        let begun = Instant::now();
        while begun.elapsed() < LIFE && bot.has_ended()?.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // The database is not looked into before the end: that would leave files in the folder.
        if *end == End::Stop {
            bot.stop().await?;
        } else {
            bot.kill()?;
        }
        tracer.ended(id).await?;
        starts.push(place);
        let calls = trace::read(&log, place)?;
        place = calls.iter().map(|call| call.ended).max().unwrap_or(place);
        calls.iter().try_for_each(|call| tape.take(call))?;
        tape.check().context("the recording is not what happened")?;
        let unmarked = unmarked_from(&calls, world.folder());
        promised.extend(promises::given(&calls, telegram).into_iter().map(|(place, promise)| {
            let is_call = matches!(promise, Promise::Called(_));
            (place, Given { promise, is_marked: is_call || place < unmarked })
        }));
    }
    world.pause().await;
    tape.events.sort_by_key(|(place, _)| *place);
    Ok(Day { tape, starts, promised })
}

/// From where on people may be told what the mark does not name: it could not be written. A call
/// waits for it all the same.
fn unmarked_from(calls: &[Call], folder: &Path) -> usize {
    let folder = folder.canonicalize().unwrap_or_default();
    let failed = calls.iter().filter(|call| {
        let syncs = call.name == "fsync" && call.target(0) == folder;
        let is_of_the_mark = syncs || call.name == "rename";
        is_of_the_mark && call.returned.is_some_and(|it| it < 0)
    });
    failed.map(|call| call.began).min().unwrap_or(usize::MAX)
}

impl End {
    /// Makes calls fail as it wants them to. They are counted for each thread by itself: the door
    /// syncs the log with `fdatasync`, SQLite and the start, which needs three, with `fsync`; the
    /// first `rename` of a thread is that of the start, or of the recovery.
    fn arrange(self, tracer: &mut Tracer, world: &mut World) {
        let early = world.rng.u32(3..25);
        let late = world.rng.u32(4..7);
        match self {
            Self::KillAtSync => tracer.injects(&format!("fdatasync:signal=SIGKILL:when={early}")),
            Self::FailedSync => tracer.injects(&format!("fdatasync:error=EIO:when={early}")),
            Self::FailedCheckpoint => tracer.injects(&format!("fsync:error=EIO:when={late}")),
            Self::FailedMark => tracer.injects("rename:error=EIO:when=2"),
            Self::Kill | Self::Stop => {}
        }
    }
}
