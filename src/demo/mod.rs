//! `invite-bot demo`: the same bot between the stand-ins of `crates/stand-ins`.

pub mod page;
pub mod play;
pub mod samples;
pub mod world;

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use serde_json::json;

use crate::app;
use crate::failure::Failure;

pub async fn show(port: Option<u16>) -> Result<(), Failure> {
    let mut signals = app::Signals::new()?;
    let world = world::World::start().await?;
    let page = serve(&world, port).await?;
    let told = writeln!(std::io::stdout(), "Демонстрация: {}\nОстановить: Ctrl+C", page.url());
    told.context("cannot print")?;
    signals.next().await;
    drop(page);
    world.stop().await;
    Ok(())
}

pub async fn serve(world: &world::World, port: Option<u16>) -> Result<page::Page, Failure> {
    let (stand_ins, store) = (world.stand_ins.clone(), world.store().clone());
    let panel: page::Panel = Arc::new(move || {
        let (stand_ins, store) = (stand_ins.clone(), store.clone());
        async move {
            let shown = world::panel(&stand_ins, &store).await;
            shown.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }))
        }
        .boxed()
    });
    let sample = |(sample, happens): &(&str, &str)| (sample.to_string(), happens.to_string());
    let setting = page::Setting {
        telegram: world.stand_ins.telegram.clone(),
        people: page::players().to_vec(),
        addresses: samples::OUTCOMES.iter().map(sample).collect(),
        organisations: samples::ORGANISATIONS.iter().map(sample).collect(),
        panel,
    };
    let page = page::Page::start(setting, port).await;
    page.map_err(|error| Failure::Usage(format!("Страница не открывается на этом порту: {error}")))
}
