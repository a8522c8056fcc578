//! What admins were warned of and what is not over yet.

use jiff::Timestamp;

use super::codes::time;
use super::{Store, StoreError, Tx};
use crate::domain::Warning;

impl Store {
    /// With the time at which admins were told.
    pub async fn warnings(&self) -> Result<Vec<(Warning, Timestamp)>, StoreError> {
        let mut conn = self.read().await?;
        let rows = sqlx::query!("SELECT kind, told_at FROM warnings").fetch_all(&mut *conn).await?;
        let read = rows.into_iter().filter_map(|row| {
            let warning = Warning::from_slug(&row.kind).zip(time(row.told_at).ok());
            if warning.is_none() {
                tracing::error!("a warning that cannot be read is passed over");
            }
            warning
        });
        Ok(read.collect())
    }
}

impl Tx {
    /// Returns whether it is new.
    pub(super) async fn warn(
        &mut self,
        warning: Warning,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (kind, now) = (warning.slug(), now.as_millisecond());
        let new = sqlx::query!(
            "INSERT INTO warnings (kind, told_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            kind,
            now,
        );
        Ok(new.execute(self.conn().await?).await?.rows_affected() == 1)
    }

    /// Returns whether it was told of.
    pub(super) async fn warning_is_over(&mut self, warning: Warning) -> Result<bool, StoreError> {
        let kind = warning.slug();
        let over = sqlx::query!("DELETE FROM warnings WHERE kind = ?", kind);
        Ok(over.execute(self.conn().await?).await?.rows_affected() == 1)
    }
}
