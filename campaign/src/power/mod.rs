//! Loss of power: the bot works through a day while every system call of it is recorded; then the
//! disk is rebuilt as a loss of power at any instant could have left it, thousands of times, and
//! the real store must recover from each what the bot had given its word for by then.
//!
//! Reading order: `record` (a day), `trace` (the log of strace), `tape` (what it did to the disk),
//! `disk` (what is left of that), `promises` (what was said, and when), `image` (the judgement).

mod disk;
pub mod image;
pub mod promises;
mod record;
mod tape;
pub mod trace;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use fastrand::Rng;
use tempfile::TempDir;
use tokio::task::JoinSet;

use self::disk::{Event, Luck};
use self::promises::Given;
use self::record::Day;
use crate::planted::{self, Planted};
use crate::{Options, say, tracer};

/// Images of one day.
const IMAGES_A_DAY: usize = 1000;

/// Images of a day in which a mistake must be noticed.
const IMAGES_OF_A_MISTAKE: usize = 90;

/// In so many days it must be noticed.
const DAYS_OF_A_MISTAKE: u64 = 6;

/// So many calls after a start more images are made than else: what the life before left is taken
/// up there.
const FRESH: usize = 400;

/// And so many after a name was moved: what stands in the folder and what stands in
/// the files may then speak of different times.
const MOVED: usize = 40;

/// Mistakes that must be noticed here, and how the lives of their day end.
const MISTAKES: [(&str, &[record::End]); 5] = [
    ("`synchronous` off", &[record::End::Kill]),
    ("door forgotten at a message", &[record::End::Kill]),
    ("mark ahead of its log", &[record::End::Kill]),
    ("mark raised late", &[record::End::Kill]),
    ("write-ahead log not written through", &[record::End::FailedSync, record::End::Stop]),
];

/// What came of the images.
#[derive(Default)]
struct Tally {
    images: usize,
    by_luck: [usize; Luck::ALL.len()],
    promises: usize,
    syncs: usize,
    /// Images in which something was wrong.
    bad: usize,
    wrong: Vec<String>,
}

/// Runs this part; whether nothing was lost, and every mistake was noticed.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let strace = tracer::find()?;
    let program = planted::build()?;
    let days = options.images.div_ceil(IMAGES_A_DAY).max(1);
    let mut total = Tally::default();
    for number in 1..=u64::try_from(days)? {
        let day = record::day(&strace, (number, options.seed), record::LIVES, None).await?;
        let tally = judge(day, options.images / days, options, number).await?;
        say(&format!("day {number}: {}", tally.line()));
        tally.wrong.iter().take(20).for_each(|wrong| say(&format!("  LOST: {wrong}")));
        total.add(tally);
    }
    say(&format!("loss of power: {}, seed {}", total.line(), options.seed));
    let noticed = prove(&strace, &program, options).await?;
    Ok(total.bad == 0 && noticed)
}

/// Where a mistake is planted something must get lost, or this whole part shows nothing.
async fn prove(strace: &Path, program: &Path, options: &Options) -> anyhow::Result<bool> {
    let mut all = true;
    for (mistake, lives) in MISTAKES {
        let planted = Planted { program: program.to_owned(), mistake };
        let mut noticed = false;
        // On a slow day there is little that could get lost.
        let mut number = 0;
        while !noticed && number < DAYS_OF_A_MISTAKE {
            number += 1;
            let day =
                record::day(strace, (number, options.seed), lives, Some(planted.clone())).await?;
            let tally = judge(day, IMAGES_OF_A_MISTAKE, options, number).await?;
            noticed = tally.bad > 0;
            let word = if noticed { "noticed, as it must be" } else { "not noticed this day" };
            say(&format!("{word}: {mistake}: {}", tally.line()));
            // So that it can be seen whether it was noticed for what it is.
            tally.wrong.first().iter().for_each(|wrong| say(&format!("  LOST: {wrong}")));
        }
        all &= noticed;
    }
    Ok(all)
}

/// The mistakes that are planted here, by name.
#[cfg(test)]
pub fn mistakes() -> impl Iterator<Item = &'static str> {
    MISTAKES.iter().map(|(mistake, _)| *mistake)
}

/// Cuts the power at as many instants of a day, and judges what is left each time.
async fn judge(day: Day, count: usize, options: &Options, number: u64) -> anyhow::Result<Tally> {
    let Day { tape, starts, promised } = day;
    let (places, promises): (Vec<usize>, Vec<Given>) = promised.into_iter().unzip();
    let promises = Arc::new(promises);
    let mut tally = Tally { promises: promises.len(), ..Tally::default() };
    let moves = tape.moves();
    let weight = |place: usize| {
        let follows = |places: &[usize], within: usize| {
            let before = places.get(..places.partition_point(|at| *at <= place));
            before.and_then(<[usize]>::last).is_some_and(|at| place - at < within)
        };
        if follows(&starts, FRESH) || follows(&moves, MOVED) { 3.0 } else { 1.0 }
    };
    // A third of the images for each kind of luck, spread over the day.
    let mut weights = [0.0; Luck::ALL.len()];
    for (place, event) in &tape.events {
        lucks(event).iter().for_each(|luck| *luck.of(&mut weights) += weight(*place));
    }
    let share = count as f64 / Luck::ALL.len() as f64;
    let mut rng = Rng::with_seed(options.seed.wrapping_add(number));
    let mut judges = JoinSet::new();
    let mut disk = tape.disk();
    for (place, event) in &tape.events {
        // A change may be on the disk at once; a sync has its effect at its end.
        if matches!(event, Event::Changed(_)) {
            disk.happens(event);
        }
        for luck in lucks(event) {
            if rng.f64() >= share * weight(*place) / luck.of(&mut weights).max(1.0) {
                continue;
            }
            tally.images += 1;
            *luck.of(&mut tally.by_luck) += 1;
            let folder = room()?;
            disk.cut(*luck, &mut rng).write(folder.path())?;
            let (promises, by_now) = (promises.clone(), places.partition_point(|at| at < place));
            let name = format!("{luck:?} at {place}");
            judges.spawn(async move {
                let promised = promises.get(..by_now).unwrap_or_default();
                let wrong = image::judge(&folder.path().join("bot.db"), promised).await;
                (folder, name, wrong)
            });
            while judges.len() >= options.jobs.max(1) {
                tally.take(judges.join_next().await.context("no judge")??, options.keep);
            }
        }
        if !matches!(event, Event::Changed(_)) {
            disk.happens(event);
            tally.syncs += 1;
        }
    }
    while let Some(judged) = judges.join_next().await {
        tally.take(judged?, options.keep);
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
    fn take(&mut self, (folder, name, wrong): (TempDir, String, Vec<String>), keep: bool) {
        self.bad += usize::from(!wrong.is_empty());
        if keep && self.bad == 1 && !wrong.is_empty() {
            say(&format!("{name} is kept in {}", folder.keep().display()));
        }
        self.wrong.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }

    fn add(&mut self, other: Self) {
        self.images += other.images;
        for (mine, more) in self.by_luck.iter_mut().zip(other.by_luck) {
            *mine += more;
        }
        self.promises += other.promises;
        self.syncs += other.syncs;
        self.bad += other.bad;
        self.wrong.extend(other.wrong);
    }

    fn line(&self) -> String {
        let [synced, halves, torn] = self.by_luck;
        format!(
            "images: {} (synced only: {synced}, random halves: {halves}, torn: {torn}), \
             syncs: {}, promises: {}, images with something lost: {}",
            self.images, self.syncs, self.promises, self.bad
        )
    }
}
