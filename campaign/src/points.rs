//! The bot dies at every crash point, whatever the provider was about to do: each of them once
//! for each provider and each behaviour.

use std::time::{Duration, Instant};

use invite_bot::domain::Provider;

use crate::behaviour::{BEHAVIOURS, Behaviour};
use crate::bot::{Bot, CrashPoint};
use crate::people::{Manner, Staff};
use crate::world::World;

/// The crash points of a running bot, before and after each step of the design; the names are
/// those of the `crash_point!`s. *Acknowledging* is the request that lets Telegram forget what was
/// stored, *try* the count of a try, *mark* the note that the person was answered; *commit* is that
/// of any transaction, and *raise* follows the sync that the high-water mark waits for.
pub const RUNNING: [&str; 21] = [
    "before T0",
    "after T0",
    "before acknowledging",
    "after acknowledging",
    "after try",
    "before T1",
    "after T1",
    "before mark",
    "after mark",
    "before T2",
    "after T2",
    "before T3",
    "after T3",
    "before T4",
    "after T4",
    "before T5",
    "after T5",
    "before commit",
    "after commit",
    "before raise",
    "after raise",
];

/// The crash points that every update passes.
const EVERY_UPDATE: [&str; 7] = [
    "before T0",
    "after T0",
    "before acknowledging",
    "after acknowledging",
    "after try",
    "before mark",
    "after mark",
];

/// Behaviours that stand for all others where time is short.
const TYPICAL: [&str; 12] = [
    "accept",
    "accept slowly",
    "accept too late",
    "hang",
    "close",
    "reset",
    "200 HTML",
    "redirect 307",
    "401",
    "422",
    "429",
    "500",
];

/// The behaviours to be met at each crash point.
pub fn behaviours(all: bool) -> Vec<Behaviour> {
    let wanted = |known: &&Behaviour| all || TYPICAL.contains(&known.name);
    BEHAVIOURS.iter().filter(wanted).copied().collect()
}

/// The crash points of a start that finds a call under way.
pub const STARTING: [&str; 2] = ["before R", "after R"];

/// The crash points of a start that makes the schema.
pub const MIGRATING: [&str; 2] = ["before M", "after M"];

/// How long a bot may take to come to its crash point.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a case is tried in which the bot did not come there: people are not predictable.
const TRIES: u32 = 3;

/// Runs one share of all cases: those of one provider at one point. How many died at their point.
pub async fn share(
    world: &mut World,
    provider: Provider,
    point: &'static str,
    behaviours: &[Behaviour],
) -> anyhow::Result<u32> {
    world.keep_order();
    let seed = world.rng.u64(..);
    let mut staff = Staff::new(world.office.clone(), 2, seed, Manner::PLAIN);
    let mut died = 0;
    for behaviour in behaviours {
        let case = (provider, *behaviour);
        let mut done = false;
        for time in 0..TRIES {
            done = match STARTING.contains(&point) {
                true => at_start(world, &mut staff, case, point).await?,
                false => while_running(world, &mut staff, case, point, time == 0).await?,
            };
            if !staff.has_arrived() {
                // What waits would meet the next crash before its own time comes.
                let bot = world.start(None).await?;
                staff.go_through_with_it(PATIENCE).await;
                world.ended(bot.kill()?).await?;
            }
            if done {
                break;
            }
        }
        died += u32::from(done);
        if !done {
            let name = format!("nobody died {point}, {} «{}»", provider.slug(), behaviour.name);
            world.missed.push(name);
        }
    }
    Ok(died)
}

async fn while_running(
    world: &mut World,
    staff: &mut Staff,
    (provider, behaviour): (Provider, Behaviour),
    point: &'static str,
    any_time: bool,
) -> anyhow::Result<bool> {
    let time = match point {
        _ if !any_time => 1,
        // A message is told of as queued, as being sent and as settled.
        "before T5" | "after T5" => world.rng.u32(1..3),
        // A press on a service, an address, the confirmation.
        _ if EVERY_UPDATE.contains(&point) => world.rng.u32(1..4),
        // From the start on to the end of the conversation.
        "before commit" | "after commit" => world.rng.u32(1..25),
        // For the recovery, and for the call.
        "before raise" | "after raise" => world.rng.u32(1..3),
        _ => 1,
    };
    let bot = world.start(Some((point, time))).await?;
    staff.takes_order(provider, behaviour);
    work_until_death(world, staff, bot).await
}

/// Works until the bot dies, or for too long; whether it died.
async fn work_until_death(
    world: &mut World,
    staff: &mut Staff,
    mut bot: Bot,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    loop {
        if let Some(status) = bot.has_ended()? {
            world.ended(bot.died(status)).await?;
            return Ok(true);
        }
        if begun.elapsed() > PATIENCE {
            world.ended(bot.kill()?).await?;
            return Ok(false);
        }
        staff.goes_on_with_it().await;
    }
}

/// Kills the bot while the call is under way, and again when the next one recovers from it.
async fn at_start(
    world: &mut World,
    staff: &mut Staff,
    (provider, behaviour): (Provider, Behaviour),
    point: &'static str,
) -> anyhow::Result<bool> {
    let bot = world.start(None).await?;
    staff.invite(provider, behaviour, PATIENCE).await;
    world.ended(bot.kill()?).await?;
    let crash: CrashPoint = (point, 1);
    let mut bot = world.start(Some(crash)).await?;
    if let Some(status) = bot.ends_within(PATIENCE).await? {
        world.ended(bot.died(status)).await?;
        return Ok(true);
    }
    world.ended(bot.kill()?).await?;
    Ok(false)
}

/// All cases, in shares.
pub fn shares() -> Vec<(Provider, &'static str)> {
    let points = || RUNNING.into_iter().chain(STARTING);
    Provider::ALL.into_iter().flat_map(|known| points().map(move |point| (known, point))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn named(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                named(&entry.path(), names);
            } else {
                let text = fs::read_to_string(entry.path()).unwrap();
                let calls = text.split("crash_point!(\"").skip(1);
                names.extend(calls.map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn the_bot_dies_at_every_crash_point_there_is() {
        let mut there_are = BTreeSet::new();
        named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../src"), &mut there_are);
        let known = RUNNING.into_iter().chain(STARTING).chain(MIGRATING).map(str::to_owned);
        assert_eq!(there_are, known.collect());
    }
}
