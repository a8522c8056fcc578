//! Waits of the bot's own that are longer than any there is: the clock was set back since.

use jiff::Timestamp;

use super::{Store, StoreError, Tx};
use crate::domain::Provider;

impl Store {
    pub async fn waits_beyond(
        &self,
        provider: Provider,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let (slug, time) = (provider.slug(), time.as_millisecond());
        let mut conn = self.read().await?;
        let waits = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM invitations
                              WHERE provider = ?1 AND state = 'queued' AND not_before > ?2)
                   OR EXISTS (SELECT 1 FROM holds
                              WHERE kind = 'provider_down' AND provider = ?1 AND until > ?2
                                AND ended_at IS NULL)
                   AS "waits!: bool""#,
            slug,
            time,
        );
        Ok(waits.fetch_one(&mut *conn).await?)
    }
}

impl Tx {
    /// What a person scheduled waits all the same.
    pub(super) async fn end_waits_beyond(
        &mut self,
        provider: Provider,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (slug, time, now) = (provider.slug(), time.as_millisecond(), now.as_millisecond());
        sqlx::query!(
            "UPDATE invitations SET not_before = ?1
             WHERE provider = ?2 AND state = 'queued' AND not_before > ?3",
            now,
            slug,
            time,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn probe_now(
        &mut self,
        provider: Provider,
        beyond: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (slug, beyond, now) = (provider.slug(), beyond.as_millisecond(), now.as_millisecond());
        sqlx::query!(
            "UPDATE holds SET until = ?1
             WHERE kind = 'provider_down' AND provider = ?2 AND until > ?3 AND ended_at IS NULL",
            now,
            slug,
            beyond,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}
