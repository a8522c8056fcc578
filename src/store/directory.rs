//! What the directories of organisations answered, for as long as it counts.

use jiff::Timestamp;

use super::codes::unreadable;
use super::{Store, StoreError, Tx};
use crate::domain::{Inn, Organisation, Source};

/// `None`: the directory has no such ИНН.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedAnswer(pub Option<Organisation>);

impl Store {
    /// `None` also for what cannot be read, or was written in the future: the clock was set back.
    pub async fn known(
        &self,
        source: Source,
        inn: &Inn,
        now: Timestamp,
    ) -> Result<Option<CachedAnswer>, StoreError> {
        let (source, inn, now) = (source.slug(), inn.as_str(), now.as_millisecond());
        let mut conn = self.read().await?;
        let row = sqlx::query!(
            "SELECT organisation FROM directory
             WHERE inn = ?1 AND source = ?2 AND fetched_at <= ?3 AND until > ?3",
            inn,
            source,
            now,
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(json) = row.organisation else { return Ok(Some(CachedAnswer(None))) };
        Ok(serde_json::from_str(&json).ok().map(|found| CachedAnswer(Some(found))))
    }
}

impl Tx {
    pub(super) async fn cache_lookup(
        &mut self,
        source: Source,
        inn: &Inn,
        CachedAnswer(organisation): &CachedAnswer,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let json = organisation.as_ref().map(serde_json::to_string).transpose();
        let json = json.map_err(|_| unreadable("organisation"))?;
        let (source, inn, at) = (source.slug(), inn.as_str(), now.as_millisecond());
        let until = until.as_millisecond();
        sqlx::query!(
            "INSERT INTO directory (inn, source, organisation, fetched_at, until)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (inn, source) DO UPDATE
             SET organisation = excluded.organisation, fetched_at = excluded.fetched_at,
                 until = excluded.until",
            inn,
            source,
            json,
            at,
            until,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn drop_expired_lookups(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        sqlx::query!("DELETE FROM directory WHERE until <= ?", now)
            .execute(self.conn().await?)
            .await?;
        Ok(())
    }
}
