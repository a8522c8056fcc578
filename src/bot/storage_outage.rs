//! Tells people that what they sent cannot be stored now. It stays at Telegram, unacknowledged, and
//! is taken in when there is room again.

use std::collections::HashSet;
use std::time::Duration;

use teloxide::types::ChatId;

use super::client::TelegramClient;
use super::{Context, outbox, render};
use crate::domain::PersonId;
use crate::screens::home;

/// The longest that the poll is held up.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub struct StorageOutage(HashSet<i64>);

impl StorageOutage {
    /// Once to each, only to people on the list, and without a write to the database.
    pub async fn tell(&mut self, client: &TelegramClient, context: &Context, chats: &[i64]) {
        let new: HashSet<i64> =
            chats.iter().copied().filter(|chat| !self.0.contains(chat)).collect();
        let said = futures::future::join_all(new.into_iter().map(async |chat| {
            let Some(person) = PersonId::new(chat) else { return Some(chat) };
            match outbox::is_listed(context, person).await {
                Ok(true) => {}
                Ok(false) => return Some(chat),
                // Nobody can be told apart then, and silence is safe.
                Err(_) => return None,
            }
            let reply = home::cannot_store();
            let said = render::say(client, ChatId(chat), &reply, None);
            match tokio::time::timeout(SEND_TIMEOUT, said).await {
                Ok(Err(error)) if error.is_transient() => None,
                Err(_) => None,
                Ok(_) => Some(chat),
            }
        }));
        self.0.extend(said.await.into_iter().flatten());
    }

    pub fn over(&mut self) {
        self.0.clear();
    }
}
