//! The random part: the bot is killed at random instants while people work and far ends fail.

use std::time::Duration;

use invite_bot::domain::Provider;
use stand_ins::telegram::Fault;

use crate::far_end::Weather;
use crate::logs::{End, Life};
use crate::people::Manner;
use crate::relay::Way;
use crate::world::World;

/// About how long a bot needs until it takes updates.
const START: f64 = 0.08;

/// How long a bot lives on average after that, in seconds.
const MEAN: f64 = 0.35;

/// How many changes in the chats a bot lives on average: messages, screens, presses, answers.
const CHANGES: f64 = 50.0;

/// About how long one step of the bot takes.
const INSTANT: f64 = 0.02;

/// Longer than any call lasts.
const LONGEST: f64 = 2.5;

/// Kills the bot so many times.
pub async fn kills(world: &mut World, count: u32) -> anyhow::Result<u32> {
    world.begin(Manner::LIVELY);
    let mut killed = 0;
    while killed < count {
        let bot = world.start(None).await?;
        let note = misfortune(world).await?;
        if world.rng.u8(0..8) == 0 {
            world.backs_up();
        }
        live(world).await;
        let life = match world.rng.u8(0..25) {
            0 => bot.stop().await?,
            _ => bot.kill()?,
        };
        killed += u32::from(life.end == End::Killed);
        world.ended(Life { note, ..life }).await?;
        if killed % 8 == 0 {
            // Also lets go of the connections of the dead.
            world.office.telegram.goes_down().await;
            world.telegram_comes_back().await?;
        }
        if world.rng.u8(0..20) == 0 {
            tokio::time::sleep(Duration::from_millis(world.rng.u64(50..400))).await;
        }
    }
    Ok(killed)
}

/// Lets a bot live: some die during the start, some after a time, most after so many changes in
/// the chats, whatever time a slow machine needs for them. All three are exponential.
async fn live(world: &mut World) {
    let rng = &mut world.rng;
    let chance = -(1.0 - rng.f64()).ln();
    let seconds = match rng.u8(0..8) {
        0 => rng.f64() * START,
        1..=3 => START + MEAN * chance,
        _ => {
            let telegram = &world.office.telegram;
            let until = telegram.version() + (CHANGES * chance) as u64;
            let mut changes = telegram.changes();
            let changed = changes.wait_for(|version| *version >= until);
            drop(tokio::time::timeout(Duration::from_secs_f64(LONGEST), changed).await);
            rng.f64() * INSTANT
        }
    };
    tokio::time::sleep(Duration::from_secs_f64(seconds.min(LONGEST))).await;
}

/// What befalls the far ends in this life.
async fn misfortune(world: &mut World) -> anyhow::Result<String> {
    let rng = &mut world.rng;
    for provider in Provider::ALL {
        let far_end = world.office.far_end(provider);
        match rng.u8(0..20) {
            0 => far_end.go_down().await,
            1 | 2 => {
                far_end.come_up().await?;
                let weather = rng.choice(Weather::BAD).unwrap_or(Weather::Fair);
                far_end.weather(weather);
            }
            _ => {
                far_end.come_up().await?;
                far_end.weather(Weather::Fair);
            }
        }
    }
    for route in &world.routes {
        route.becomes(match rng.u8(0..8) {
            0 => Way::Cut,
            1 => Way::Hung,
            _ => Way::Open,
        });
    }
    let telegram = &world.office.telegram;
    let methods = ["sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"];
    let method = rng.choice(methods).unwrap_or_default();
    let description = "Bad Gateway".to_owned();
    let (method, fault) = match rng.u8(0..30) {
        0 => (method, Fault::RetryAfter { seconds: 1 }),
        1 => (method, Fault::Garbage),
        2 => (method, Fault::Refuse { status: 502, description }),
        3 => ("editMessageText", Fault::AnswerLost),
        _ => return Ok(String::new()),
    };
    let note = format!("Telegram: {method} {fault:?}");
    telegram.fails(method, 1, fault);
    Ok(note)
}
