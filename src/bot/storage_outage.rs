//! Tells people that what they sent cannot be written down at the moment, so that nothing is done
//! with it. It stays at Telegram, unacknowledged, and is taken in when there is room again.

use std::collections::HashSet;
use std::time::Duration;

use teloxide::types::ChatId;

use super::client::TelegramClient;
use super::{Context, outbox, render};
use crate::domain::PersonId;
use crate::screens::home;

/// The longest that the poll is held up.
const LIMIT: Duration = Duration::from_secs(5);

/// Who was told, since something could be written down last.
#[derive(Debug, Default)]
pub struct StorageOutage(HashSet<i64>);

impl StorageOutage {
    /// Tells those who are on the allow-list, once, whose private chats these are. Nothing here
    /// writes to the database.
    pub async fn tell(&mut self, client: &TelegramClient, context: &Context, chats: &[i64]) {
        let new: HashSet<i64> =
            chats.iter().copied().filter(|chat| !self.0.contains(chat)).collect();
        let said = futures::future::join_all(new.into_iter().map(async |chat| {
            let Some(person) = PersonId::new(chat) else { return Some(chat) };
            match outbox::is_listed(context, person).await {
                Ok(true) => {}
                Ok(false) => return Some(chat),
                // Then nobody can be told apart, and silence is safe.
                Err(_) => return None,
            }
            let reply = home::cannot_store();
            let said = render::say(client, ChatId(chat), &reply, None);
            match tokio::time::timeout(LIMIT, said).await {
                Ok(Err(error)) if error.passes() => None,
                Err(_) => None,
                Ok(_) => Some(chat),
            }
        }));
        self.0.extend(said.await.into_iter().flatten());
    }

    /// It can be written down again.
    pub fn over(&mut self) {
        self.0.clear();
    }
}
