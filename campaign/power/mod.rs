//! Loss of power: the bot works through a day while every system call of it is recorded; then the
//! disk is rebuilt as a loss of power at any instant could have left it, thousands of times, and
//! the real store must recover from each what the bot had given its word for by then.
//!
//! Reading order: `trace` (the log of strace), `disk` (what is left of what was written),
//! `promises` (what was said, and when), `image` (the judgement).

mod disk;
mod image;
mod promises;
mod trace;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use fastrand::Rng;
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::disk::{Disk, Event, Luck, Tape};
use self::promises::{Ports, Promise};
use crate::people::{ADMIN, Manner, person};
use crate::tracer::{self, Tracer};
use crate::world::{Make, STAFF, World};
use crate::{Options, say};

/// Lives of the bot in a day, and how long each lasts. All but the last end with a kill, so that
/// the next one finds a write-ahead log.
const LIVES: u32 = 4;
const LIFE: Duration = Duration::from_secs(4);

/// Images of one day.
const IMAGES_A_DAY: usize = 1500;

/// What came of the images.
#[derive(Default)]
struct Tally {
    images: usize,
    synced_only: usize,
    halves: usize,
    torn: usize,
    promises: usize,
    syncs: usize,
    /// Images in which something was wrong.
    bad: usize,
    wrong: Vec<String>,
}

/// A recorded day.
struct Day {
    tape: Tape,
    /// What was promised, by the places in the order of everything.
    promised: Vec<(usize, Promise)>,
}

/// Runs this part; whether nothing was lost, and what was to be lost with syncs left out was.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let strace = tracer::find()?;
    let t=std::time::Instant::now();
    let days = options.images.div_ceil(IMAGES_A_DAY).max(1);
    let mut total = Tally::default();
    for number in 1..=days {
        let number = u64::try_from(number)?;
        let day = record(&strace, number, options.seed, None).await?;
        say(&format!("recorded {:?}", t.elapsed()));
        let tally = judge(day, options.images / days, options, number).await?;
        say(&format!("judged {:?}", t.elapsed()));
        say(&format!("day {number}: {}", tally.line()));
        tally.wrong.iter().take(20).for_each(|wrong| say(&format!("  LOST: {wrong}")));
        total.add(tally);
    }
    say(&format!("loss of power: {}, seed {}", total.line(), options.seed));
    let control = control(&strace, options).await?;
    Ok(total.bad == 0 && control)
}

/// Without a sync at each commit something must get lost, or this whole part shows nothing.
#[cfg(feature = "seeded-bugs")]
async fn control(strace: &Path, options: &Options) -> anyhow::Result<bool> {
    let day = record(strace, 1, options.seed, Some("`synchronous` lowered")).await?;
    let tally = judge(day, 200.min(options.images), options, 1).await?;
    let word = if tally.bad > 0 { "noticed, as it must be" } else { "NOT NOTICED" };
    say(&format!("the same with `synchronous` lowered: {}: {word}", tally.line()));
    Ok(tally.bad > 0)
}

#[cfg(not(feature = "seeded-bugs"))]
async fn control(_: &Path, _: &Options) -> anyhow::Result<bool> {
    say("`synchronous` lowered: only with the feature `seeded-bugs`");
    Ok(true)
}

/// Lets the bot work for a day and records it.
async fn record(
    strace: &Path,
    number: u64,
    seed: u64,
    bug: Option<&'static str>,
) -> anyhow::Result<Day> {
    let make = Make { bug, bare: true, ..Make::default() };
    let mut world = World::new(number, seed, make).await?;
    let logs = tempfile::Builder::new().prefix("campaign-strace-").tempdir()?;
    let mut tape = Tape::new(world.folder())?;
    let mut promised = Vec::new();
    let mut place = 0;
    world.begin(Manner::LIVELY);
    for id in STAFF.into_iter().filter(|id| *id != ADMIN) {
        world.office.allows(&person(ADMIN), id);
    }
    for life in 0..LIVES {
        let log = logs.path().join(life.to_string());
        let tracer = Tracer::recording(strace, &trace::OPTIONS, trace::CALLS, &log);
        let bot = world.start_under(&tracer)?;
        tokio::time::sleep(LIFE).await;
        let ended = if life + 1 < LIVES { bot.kill()? } else { bot.stop().await? };
        world.ended(ended);
        tracer.ended().await?;
        let calls = trace::read(&log, place)?;
        place = calls.iter().map(|call| call.ended).max().unwrap_or(place);
        calls.iter().try_for_each(|call| tape.take(call))?;
        tape.check().context("the recording is not what happened")?;
        say(&format!("life {place}"));
        promised.extend(promises::given(&calls, Ports { telegram: world.telegram_port()? }));
    }
    world.pause().await;
    tape.events.sort_by_key(|(place, _)| *place);
    Ok(Day { tape, promised })
}

/// Cuts the power at as many instants of a day, and judges what is left each time.
async fn judge(day: Day, count: usize, options: &Options, number: u64) -> anyhow::Result<Tally> {
    let Day { tape, promised } = day;
    let (places, promises): (Vec<usize>, Vec<Promise>) = promised.into_iter().unzip();
    let promises = Arc::new(promises);
    let mut tally = Tally { promises: promises.len(), ..Tally::default() };
    // A third of the images for each kind of luck, spread over the day.
    let mut chances = [0_usize; 3];
    let all = tape.events.iter().flat_map(|(_, event)| lucks(event));
    all.for_each(|luck| {
        chances.iter_mut().zip(Luck::ALL).filter(|(_, it)| it == luck).for_each(|(n, _)| *n += 1);
    });
    let chance = |luck: Luck| {
        let found = chances.iter().zip(Luck::ALL).find(|(_, it)| *it == luck);
        count as f64 / 3.0 / found.map_or(1, |(n, _)| *n).max(1) as f64
    };
    let mut rng = Rng::with_seed(options.seed.wrapping_add(number));
    let mut judges = JoinSet::new();
    let mut disk = Disk::new(&tape);
    for (place, event) in &tape.events {
        let by_now = places.partition_point(|at| at < place);
        tally.syncs += usize::from(matches!(event, Event::Synced { .. }));
        if matches!(event, Event::Changed(_)) {
            disk.happens(event);
        }
        for luck in lucks(event) {
            if rng.f64() >= chance(*luck) {
                continue;
            }
            tally.images += 1;
            match luck {
                Luck::SyncedOnly => tally.synced_only += 1,
                Luck::Halves => tally.halves += 1,
                Luck::Torn => tally.torn += 1,
            }
            let folder = room()?;
            disk.cut(*luck, &mut rng).write(folder.path())?;
            let promises = promises.clone();
            let name = format!("{luck:?} at {place} {event:?} {}", disk.debug());
            judges.spawn(async move {
                let promised = promises.get(..by_now).unwrap_or_default();
                let wrong = image::judge(&folder.path().join("bot.db"), promised).await;
                (folder, name, wrong)
            });
            while judges.len() >= options.jobs.max(1) {
                tally.take(judges.join_next().await.context("no judge")??, options);
            }
        }
        if !matches!(event, Event::Changed(_)) {
            disk.happens(event);
        }
    }
    while let Some(judged) = judges.join_next().await {
        tally.take(judged?, options);
    }
    Ok(tally)
}

/// What is tried at an event.
fn lucks(event: &Event) -> &'static [Luck] {
    match event {
        Event::Changed(_) => &[Luck::Halves, Luck::Torn],
        Event::Synced { .. } | Event::Dropped { .. } => &[Luck::SyncedOnly],
    }
}

/// A folder for an image; in memory where there is such a place, for a sync takes long elsewhere.
fn room() -> std::io::Result<TempDir> {
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("campaign-image-").tempdir_in(place)
}

impl Tally {
    fn take(&mut self, (folder, name, wrong): (TempDir, String, Vec<String>), options: &Options) {
        if wrong.is_empty() {
            return;
        }
        self.bad += 1;
        if options.keep && self.bad == 1 {
            say(&format!("{name} is kept in {}", folder.keep().display()));
        }
        self.wrong.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }

    fn add(&mut self, other: Self) {
        self.images += other.images;
        self.synced_only += other.synced_only;
        self.halves += other.halves;
        self.torn += other.torn;
        self.promises += other.promises;
        self.syncs += other.syncs;
        self.bad += other.bad;
        self.wrong.extend(other.wrong);
    }

    fn line(&self) -> String {
        format!(
            "images: {} (synced only: {}, random halves: {}, torn: {}), syncs: {}, promises: {}, \
             images with something lost: {}",
            self.images, self.synced_only, self.halves, self.torn, self.syncs, self.promises, self.bad
        )
    }
}
