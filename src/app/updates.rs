//! The part of the bot that takes updates, however they come.

use std::sync::Arc;

use tokio::sync::watch;

use super::{refused, watched};
use crate::bot::{self, Context, Intake, TelegramClient};
use crate::failure::Failure;

/// Ends by itself when Telegram refuses the token, or when the updates are somebody else's.
pub async fn take(
    client: TelegramClient,
    context: Arc<Context>,
    updates: Intake,
    stopped: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let begins = async {
        let Some(username) = bot::greet(&client, stopped.clone()).await? else { return Ok(None) };
        let is_ready = bot::make_ready(&client, &context, &updates, stopped.clone()).await?;
        Ok(is_ready.map(|()| username))
    };
    let begun = tokio::select! {
        begun = begins => begun.map_err(refused)?,
        () = watched::takes_time() => None,
    };
    if let Some(username) = begun {
        watched::is_ready();
        tracing::info!("taking updates as @{username}");
        bot::run(client, context, updates, stopped).await.map_err(refused)?;
    }
    Ok(())
}
