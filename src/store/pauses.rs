//! Providers that get no calls until an admin says so. Those that are only left alone for a while
//! are in `outages`.

use jiff::Timestamp;

use super::codes::{provider as parse_provider, time};
use super::journal::{Action, Entry};
use super::{Store, StoreError, Tx};
use crate::domain::{PersonId, Provider};

/// A paused provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Which.
    pub provider: Provider,
    /// Since when.
    pub since: Timestamp,
    /// What the provider said.
    pub message: Option<String>,
    /// Whether the admins know.
    pub told: bool,
}

impl Tx {
    /// Pauses a provider; whether it was not paused before. The journal names no person.
    pub async fn pause(
        &mut self,
        provider: Provider,
        message: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (slug, since) = (provider.slug(), now.as_millisecond());
        let done = sqlx::query!(
            "INSERT INTO pauses (provider, since, message) VALUES (?, ?, ?)
             ON CONFLICT (provider) DO NOTHING",
            slug,
            since,
            message,
        )
        .execute(self.conn())
        .await?;
        let newly = done.rows_affected() == 1;
        if newly {
            self.tell_queued(slug).await?;
            let action = Action::Pause(provider);
            let entry = Entry { actor: None, action, before: None, after: None };
            self.journal(entry, now).await?;
        }
        Ok(newly)
    }

    /// Lets a provider get calls again; whether it was paused. Delivery wants to be woken then.
    pub async fn resume(
        &mut self,
        provider: Provider,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let slug = provider.slug();
        let done = sqlx::query!("DELETE FROM pauses WHERE provider = ?", slug)
            .execute(self.conn())
            .await?;
        let was_paused = done.rows_affected() == 1;
        if was_paused {
            self.tell_queued(slug).await?;
            let (actor, action) = (Some(by), Action::Resume(provider));
            let entry = Entry { actor, action, before: None, after: None };
            self.journal(entry, now).await?;
        }
        Ok(was_paused)
    }

    /// What waits for this provider is to be told anew: why it waits has changed.
    pub(super) async fn tell_queued(&mut self, slug: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE invitations SET told_seq = min(told_seq, seq - 1)
             WHERE provider = ? AND state = 'queued'",
            slug,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that the admins know of a pause.
    pub async fn pause_told(&mut self, provider: Provider) -> Result<(), StoreError> {
        let slug = provider.slug();
        sqlx::query!("UPDATE pauses SET told = 1 WHERE provider = ?", slug)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The providers that are paused.
    pub async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        let mut conn = self.read().await?;
        let rows = sqlx::query!(
            r#"SELECT provider, since, message, told AS "told: bool" FROM pauses ORDER BY since"#
        )
        .fetch_all(&mut *conn)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Pause {
                    provider: parse_provider(&row.provider)?,
                    since: time(row.since)?,
                    message: row.message,
                    told: row.told,
                })
            })
            .collect()
    }
}
