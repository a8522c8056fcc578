//! Nobody is killed: every row of the outcome rules, every weather, and every fault of Telegram
//! that its stand-in can play, in one long life.

use std::time::Duration;

use anyhow::Context as _;
use invite_bot::demo::telegram::Fault;
use invite_bot::domain::Provider;
use tokio::task::JoinSet;

use crate::behaviour::{BEHAVIOURS, Behaviour};
use crate::far_end::Weather;
use crate::logs::End;
use crate::people::{Manner, Staff};
use crate::world::{STAFF, World};

/// How long one invitation may take until the provider has it: others may have paused it.
const PATIENCE: Duration = Duration::from_secs(10);

const MANNER: Manner = Manner { distracted: 0.0, repetitive: 0.0, impatient: 0.4, unlucky: 0.0 };

/// Every behaviour of a provider, met by a bot that lives on.
pub async fn answers(world: &mut World) -> anyhow::Result<()> {
    let bot = world.start(None).await?;
    world.keep_order();
    let cases = Provider::ALL.into_iter().flat_map(|it| BEHAVIOURS.iter().map(move |b| (it, *b)));
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
            for (provider, behaviour) in share {
                staff.invite(provider, behaviour, PATIENCE).await;
            }
        });
    }
    while people.join_next().await.is_some() {}
    world.ended(bot.stop().await?);
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
    world.ended(bot.stop().await?);
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
    let faults = [
        Fault::RetryAfter { seconds: 1 },
        Fault::Garbage,
        refused(500, "Internal Server Error"),
        refused(502, "Bad Gateway"),
        refused(400, "Bad Request: message to edit not found"),
        refused(409, "Conflict: terminated by other getUpdates request"),
        Fault::AnswerLost,
    ];
    for fault in faults {
        let methods = match fault {
            Fault::Refuse { status: 409, .. } => vec!["getUpdates"],
            Fault::Refuse { status: 400, .. } => vec!["editMessageText"],
            _ => vec!["sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"],
        };
        for method in methods {
            telegram.fails(method, 1, fault.clone());
        }
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    telegram.goes_down().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.telegram_comes_back().await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    world.ended(bot.stop().await?);
    Ok(())
}

/// A second bot on the same database refuses to run and sends nothing; a bot that is asked to
/// stop in the middle of a call, again and again, loses nothing.
pub async fn neighbours(world: &mut World) -> anyhow::Result<()> {
    world.begin(Manner { unlucky: 0.3, ..Manner::LIVELY });
    for _ in 0..12 {
        let bot = world.start(None).await?;
        tokio::time::sleep(Duration::from_millis(world.rng.u64(150..600))).await;
        let mut second = world.start(None).await?;
        let mut status = None;
        for _ in 0..400 {
            status = second.has_ended()?;
            if status.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let status = status.context("a second bot runs on the same database")?;
        if status.code() != Some(75) {
            let mut life = second.died(status);
            life.end = End::Unasked(status.code());
            "a second bot on the same database".clone_into(&mut life.note);
            world.ended(life);
        }
        world.ended(bot.stop().await?);
    }
    Ok(())
}
