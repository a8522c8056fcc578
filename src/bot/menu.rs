//! The command menus at Telegram: by role in a person's own chat, only `/start` for everybody else.

use teloxide::payloads::{DeleteMyCommands, SetMyCommands};
use teloxide::prelude::*;
use teloxide::types::{BotCommand, BotCommandScope, ChatId, Recipient};

use super::Context;
use super::answer::TelegramError;
use super::client::TelegramClient;
use crate::domain::{PersonId, Role};
use crate::handlers::commands;
use crate::screens;

/// A person who never wrote to the bot is no failure: the menu follows with the next start.
pub async fn publish_all(client: &TelegramClient, context: &Context) {
    let rate_limit = SetMyCommands::new(menu(&screens::STRANGER_COMMANDS));
    if let Err(error) = client.call(&rate_limit).await {
        tracing::warn!(%error, "the menu was not published");
    }
    let listed = match super::everybody(context).await {
        Ok(listed) => listed,
        Err(error) => return tracing::error!("the menus were not published: {error:#}"),
    };
    for (person, role) in listed {
        while let Err(TelegramError::Wait(wait)) = publish(client, person, Some(role)).await {
            tokio::time::sleep(wait).await;
        }
    }
}

pub async fn publish(
    client: &TelegramClient,
    person: PersonId,
    role: Option<Role>,
) -> Result<(), TelegramError> {
    let scope = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(person.get())) };
    let done = match role {
        Some(role) => client.call(&SetMyCommands::new(menu(&commands(role))).scope(scope)).await,
        None => client.call(&DeleteMyCommands::new().scope(scope)).await,
    };
    if let Err(error) = &done {
        tracing::debug!(%error, "a menu was not published");
    }
    done.map(drop)
}

fn menu(commands: &[(&str, &str)]) -> Vec<BotCommand> {
    commands.iter().map(|(name, says)| BotCommand::new(*name, *says)).collect()
}
