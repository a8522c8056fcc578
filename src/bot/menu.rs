//! The command menus at Telegram: by role, for each person's own chat; to everybody else nothing
//! but `/start`.

use teloxide::prelude::*;
use teloxide::types::{BotCommand, BotCommandScope, ChatId, Recipient};

use super::{Context, outbound};
use crate::dialogue::{commands, texts};
use crate::domain::{PersonId, Role};

/// Publishes every menu. A person who never wrote to the bot is no fault: the menu follows with
/// the next start of the bot or change of the role.
pub async fn publish_all(bot: &Bot, context: &Context) {
    let strangers = menu(&texts::STRANGER_COMMANDS);
    if let Err(error) = bot.set_my_commands(strangers).await {
        tracing::warn!(fault = %outbound::classify(&error), "the menu was not published");
    }
    let listed = match super::turn::everybody(context).await {
        Ok(listed) => listed,
        Err(error) => return tracing::error!("the menus were not published: {error:#}"),
    };
    for (person, role) in listed {
        publish(bot, person, Some(role)).await;
    }
}

/// Publishes one person's menu, or clears it.
pub async fn publish(bot: &Bot, person: PersonId, role: Option<Role>) {
    let scope = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(person.get())) };
    let done = match role {
        Some(role) => bot.set_my_commands(menu(commands(role))).scope(scope).await,
        None => bot.delete_my_commands().scope(scope).await,
    };
    if let Err(error) = done {
        tracing::debug!(fault = %outbound::classify(&error), "a menu was not published");
    }
}

fn menu(commands: &[(&str, &str)]) -> Vec<BotCommand> {
    commands.iter().map(|(name, says)| BotCommand::new(*name, *says)).collect()
}
