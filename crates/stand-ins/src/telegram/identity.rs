//! The bot, as this server knows it.

use serde_json::{Value, json};

/// Of the shape of a real token: the bot's id, a colon, 35 characters.
pub(super) const TOKEN: &str = "7000000001:AAEdemo-stand-in-of-telegram-only-000";
pub(super) const BOT_ID: i64 = 7_000_000_001;
pub(super) const BOT_NAME: &str = "Приглашения";
pub(super) const BOT_USERNAME: &str = "invite_demo_bot";

/// The bot, as an author.
pub(super) fn bot_user() -> Value {
    json!({
        "id": BOT_ID, "is_bot": true, "first_name": BOT_NAME, "username": BOT_USERNAME,
    })
}
