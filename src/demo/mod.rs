//! `invite-bot demo`: the same bot between the stand-ins of `crates/stand-ins`.

pub mod page;
pub mod panel;
pub mod play;
pub mod players;
pub mod samples;
pub mod tour;
mod week;
pub mod world;

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use serde_json::json;
use stand_ins::telegram::Message;
use uuid::Uuid;

use crate::app;
use crate::failure::Failure;

pub async fn show(port: Option<u16>) -> Result<(), Failure> {
    let mut signals = app::Signals::new()?;
    // First of all: on a busy port nothing is begun.
    let listener = page::bind(port).await?;
    let world = world::World::start_with(world::Plan::of_the_page()).await?;
    for person in [&world.people.oleg, &world.people.anna] {
        let greeted = |chat: &[Message]| chat.iter().any(Message::is_from_bot).then_some(());
        // Then nothing that was there from the beginning looks new; without it the page shows why.
        drop(world.stand_ins.telegram.until(person, "a greeting", greeted).await);
    }
    let page = page::Page::start(setting(&world), listener).context("the page has no address")?;
    let told = writeln!(std::io::stdout(), "Демонстрация: {}\nОстановить: Ctrl+C", page.url());
    told.context("cannot print")?;
    signals.next().await;
    drop(page);
    world.stop().await;
    Ok(())
}

fn setting(world: &world::World) -> page::Setting {
    let (stand_ins, store) = (world.stand_ins.clone(), world.store().clone());
    let panel: page::Panel = Arc::new(move || {
        let (stand_ins, store) = (stand_ins.clone(), store.clone());
        async move {
            let shown = panel::panel(&stand_ins, &store).await;
            shown.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }))
        }
        .boxed()
    });
    let sample = |(sample, happens): &(&str, &str)| (sample.to_string(), happens.to_string());
    page::Setting {
        telegram: world.stand_ins.telegram.clone(),
        people: players::players().to_vec(),
        addresses: samples::OUTCOMES.iter().map(sample).collect(),
        organisations: samples::ORGANISATIONS.iter().map(sample).collect(),
        tour: tour::STEPS.to_vec(),
        time_zone: world::TIME_ZONE.to_owned(),
        instance: Uuid::new_v4(),
        panel,
    }
}
