//! Nobody is killed: every row of the outcome rules, every weather, and every fault of Telegram
//! that its stand-in can play, in one long life.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use invite_bot::domain::Provider;
use stand_ins::telegram::Fault;
use tokio::task::JoinSet;

use crate::behaviour::{ACCEPT, BEHAVIOURS, Behaviour};
use crate::far_end::Weather;
use crate::logs::End;
use crate::people::{ADMIN, Manner, Staff, TRAINEE, VISITOR, person};
use crate::points::MIGRATING;
use crate::relay::Way;
use crate::world::{STAFF, World};

/// How long one invitation may take until the provider has it: others may have paused it.
const PATIENCE: Duration = Duration::from_secs(60);

const MANNER: Manner = Manner { distracted: 0.0, repetitive: 0.0, impatient: 0.4, unlucky: 0.0 };

/// Every behaviour of a provider, or those with these names, met by a bot that lives on.
pub async fn answers(world: &mut World, only: Option<&[&str]>) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.keep_order();
    let patience = world.at_most(PATIENCE);
    let wanted = |known: &&Behaviour| only.is_none_or(|only| only.contains(&known.name));
    let behaviours = BEHAVIOURS.iter().filter(wanted);
    let cases = Provider::ALL.into_iter().flat_map(|it| behaviours.clone().map(move |b| (it, *b)));
    let mut shares: Vec<Vec<(Provider, Behaviour)>> = vec![Vec::new(); STAFF.len()];
    for (place, case) in cases.enumerate() {
        if let Some(share) = shares.get_mut(place % STAFF.len()) {
            share.push(case);
        }
    }
    let mut people = JoinSet::new();
    for (id, share) in STAFF.into_iter().zip(shares) {
        let seed = world.rng.u64(..);
        let mut staff = Staff::new(world.office.clone(), id, seed, MANNER);
        people.spawn(async move {
            let mut missed = Vec::new();
            for (provider, behaviour) in share {
                staff.invite(provider, behaviour, patience).await;
                if !staff.has_arrived() {
                    missed.push(format!("{} never met «{}»", provider.slug(), behaviour.name));
                }
            }
            missed
        });
    }
    while let Some(missed) = people.join_next().await {
        world.missed.extend(missed?);
    }
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// Bad weather at the providers, an outage of each, people who come and go.
pub async fn weather(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.begin(Manner { unlucky: 0.0, ..Manner::LIVELY });
    for provider in Provider::ALL {
        let far_end = world.office.far_end(provider).clone();
        for weather in Weather::BAD {
            far_end.weather(weather);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        far_end.weather(Weather::Fair);
        far_end.go_down().await;
        // Longer than all the waits after a failure to connect.
        tokio::time::sleep(Duration::from_millis(2500)).await;
        far_end.come_up().await?;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// Providers that seldom answer as they should, and people who ask again and again.
pub async fn repeats(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.begin(Manner { distracted: 0.5, repetitive: 0.0, impatient: 0.3, unlucky: 0.8 });
    tokio::time::sleep(Duration::from_secs(20)).await;
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// Telegram asks to wait, fails, talks nonsense, goes silent and goes away.
pub async fn telegram(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.begin(Manner { unlucky: 0.2, ..Manner::LIVELY });
    let telegram = world.office.telegram.clone();
    let refused = |status: u16, description: &str| Fault::Refuse {
        status,
        description: description.to_owned(),
    };
    let all: &[&str] = &["sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"];
    let shown: &[&str] = &["sendMessage", "editMessageText"];
    let faults = [
        (Fault::RetryAfter { seconds: 1 }, all),
        (Fault::Garbage, all),
        (refused(500, "Internal Server Error"), all),
        (refused(502, "Bad Gateway"), all),
        (refused(504, "Gateway Timeout"), all),
        (refused(400, "Bad Request: message to edit not found"), &["editMessageText"]),
        (refused(409, "Conflict: terminated by other getUpdates request"), &["getUpdates"]),
        (Fault::BadGateway, all),
        (Fault::AnswerLost, shown),
        (Fault::Hang, shown),
        (Fault::AnswerLost, &["getUpdates"]),
    ];
    for (fault, methods) in faults {
        for method in methods {
            telegram.fails(method, 1, fault.clone());
        }
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    telegram.goes_down().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.telegram_comes_back().await?;
    // A poll without an answer takes 25 s.
    tokio::time::sleep(Duration::from_secs(28)).await;
    // Another program with this token: nothing is sent for a minute, and until an admin says so.
    let conflict = refused(409, "Conflict: terminated by other getUpdates request");
    telegram.fails("getUpdates", 2, conflict);
    tokio::time::sleep(Duration::from_secs(70)).await;
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// Telegram repeats updates, mixes their order, restarts their ids, and hands out what nobody can
/// read.
pub async fn updates(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    let telegram = world.office.telegram.clone();
    telegram.muddles_updates(world.rng.u64(..));
    let admin = person(ADMIN);
    for _ in 0..4 {
        world.begin(Manner { unlucky: 0.1, ..Manner::LIVELY });
        for _ in 0..6 {
            // Whoever is let in by a repeated update comes back after being sent away.
            world.office.allows(&admin, VISITOR);
            tokio::time::sleep(Duration::from_millis(200)).await;
            world.office.revokes(&admin, VISITOR);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        world.pause().await;
        let id = i64::from(world.rng.u32(1_000_000..2_000_000_000));
        world.poisons(id);
        // Telegram restarts the ids after a week without an update, so nothing waits then.
        drop(telegram.is_caught_up().await);
        telegram.restarts_ids_at(i64::from(world.rng.u32(1_000_000..2_000_000_000)));
    }
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// Somebody loses the access while what was confirmed waits for a provider that is out of reach.
pub async fn revoked(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    let (admin, seed) = (person(ADMIN), world.rng.u64(..));
    let mut staff = Staff::new(world.office.clone(), TRAINEE, seed, Manner::PLAIN);
    for provider in Provider::ALL.into_iter().cycle().take(8) {
        let far_end = world.office.far_end(provider).clone();
        far_end.go_down().await;
        staff.takes_order(provider, ACCEPT);
        let begun = Instant::now();
        while !staff.is_confirmed() && begun.elapsed() < PATIENCE {
            staff.goes_on_with_it().await;
        }
        world.office.revokes(&admin, TRAINEE);
        tokio::time::sleep(Duration::from_millis(300)).await;
        far_end.come_up().await?;
        // Longer than the longest wait after a failure to connect.
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        world.office.allows(&admin, TRAINEE);
    }
    world.ended(bot.stop().await?).await?;
    Ok(())
}

/// There is no database yet, and the bot dies before, while and after making its schema.
pub async fn migrations(world: &mut World) -> anyhow::Result<u32> {
    let mut died = 0;
    for point in MIGRATING {
        let mut bot = world.start(Some((point, 1))).await?;
        match bot.ends_within(PATIENCE).await? {
            Some(status) => {
                world.ended(bot.died(status)).await?;
                died += 1;
            }
            None => world.missed.push(format!("nobody died {point}")),
        }
        for _ in 0..5 {
            let bot = world.start(None).await?;
            tokio::time::sleep(Duration::from_millis(world.rng.u64(0..60))).await;
            world.ended(bot.kill()?).await?;
        }
    }
    world.let_in().await?;
    let bot = world.start(None).await?;
    let seed = world.rng.u64(..);
    let mut staff = Staff::new(world.office.clone(), 2, seed, Manner::PLAIN);
    for provider in Provider::ALL {
        staff.invite(provider, ACCEPT, PATIENCE).await;
    }
    world.ended(bot.stop().await?).await?;
    Ok(died)
}

/// A second bot on the same database refuses to run and sends nothing; a bot that is asked to
/// stop in the middle of a call, again and again, loses nothing.
pub async fn neighbours(world: &mut World) -> anyhow::Result<()> {
    world.begin(Manner { unlucky: 0.3, ..Manner::LIVELY });
    for _ in 0..12 {
        let bot = world.start(None).await?;
        tokio::time::sleep(Duration::from_millis(world.rng.u64(150..600))).await;
        let mut second = world.start(None).await?;
        let status = second.ends_within(Duration::from_secs(4)).await?;
        let status = status.context("a second bot runs on the same database")?;
        if status.code() != Some(75) {
            let mut life = second.died(status);
            life.end = End::Unasked(status.code());
            "a second bot on the same database".clone_into(&mut life.note);
            world.ended(life).await?;
        }
        world.ended(bot.stop().await?).await?;
    }
    Ok(())
}

/// Ways to Telegram that are cut and that hang, one after the other and both at once, while people
/// work and copies of the database are made.
pub async fn routes(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.begin(Manner { unlucky: 0.1, ..Manner::LIVELY });
    for ways in [
        [Way::Cut, Way::Open],
        [Way::Open, Way::Open],
        [Way::Hung, Way::Open],
        [Way::Cut, Way::Cut],
        [Way::Open, Way::Cut],
        [Way::Open, Way::Hung],
        [Way::Open, Way::Open],
    ] {
        for (route, way) in world.routes.iter().zip(ways) {
            route.becomes(way);
        }
        world.backs_up();
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    world.ended(bot.stop().await?).await?;
    if world.routes.iter().any(|route| route.carried() == 0) {
        world.missed.push("one of the ways to Telegram was never taken".to_owned());
    }
    Ok(())
}
