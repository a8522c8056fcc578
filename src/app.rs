//! Wiring and life cycle: what starts, in which order, and how it stops.

use crate::cli::Demo;
use crate::config::Config;
use crate::failure::Failure;

/// Runs the bot until it is asked to stop.
pub async fn run(_config: Config) -> Result<(), Failure> {
    Err(anyhow::anyhow!("not wired").into())
}

/// Shows the bot without Telegram and without providers.
pub async fn demo(_demo: Demo) -> Result<(), Failure> {
    Err(anyhow::anyhow!("not wired").into())
}
