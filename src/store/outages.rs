//! Providers that answer with errors or not at all: they are left alone for a while and then get
//! one call, the probe. Those that refuse the key are in `pauses`.

use jiff::Timestamp;

use super::codes::{provider as parse_provider, time};
use super::journal::{Action, Entry};
use super::{Store, StoreError, Tx};
use crate::domain::{Number, Provider};

/// A provider that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Which.
    pub provider: Provider,
    /// When the first error came.
    pub since: Timestamp,
    /// It gets no call before this.
    pub until: Timestamp,
    /// How many times in a row it was left alone.
    pub pauses: u32,
    /// Whether the admins know.
    pub told: bool,
}

impl Tx {
    /// A provider answered this invitation's call with an error or not at all: it gets no call
    /// until then. Calls that were under way when the outage began, or this one when it is noted
    /// twice, change nothing: the probe decides.
    pub async fn troubled(
        &mut self,
        provider: Provider,
        number: Number,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (slug, since, until) = (provider.slug(), now.as_millisecond(), until.as_millisecond());
        let again = sqlx::query!(
            "UPDATE outages SET until = ?, pauses = pauses + 1, probe = NULL
             WHERE provider = ? AND probe = ?",
            until,
            slug,
            number.0,
        );
        let again = again.execute(self.conn()).await?.rows_affected() == 1;
        let begun = sqlx::query!(
            "INSERT INTO outages (provider, since, until) VALUES (?, ?, ?)
             ON CONFLICT (provider) DO NOTHING",
            slug,
            since,
            until,
        );
        let begun = begun.execute(self.conn()).await?.rows_affected() == 1;
        if begun {
            self.journal_outage(Action::Outage(provider), now).await?;
        }
        if begun || again {
            self.tell_the_queue(provider).await?;
        }
        Ok(())
    }

    /// A provider answered this invitation's call as it should: if that was the probe, the outage
    /// is over.
    pub async fn answered(
        &mut self,
        provider: Provider,
        number: Number,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let slug = provider.slug();
        let over =
            sqlx::query!("DELETE FROM outages WHERE provider = ? AND probe = ?", slug, number.0);
        if over.execute(self.conn()).await?.rows_affected() == 1 {
            self.journal_outage(Action::OutageOver(provider), now).await?;
            self.tell_the_queue(provider).await?;
        }
        Ok(())
    }

    /// Notes that the admins know of an outage.
    pub async fn outage_told(&mut self, provider: Provider) -> Result<(), StoreError> {
        let slug = provider.slug();
        sqlx::query!("UPDATE outages SET told = 1 WHERE provider = ?", slug)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn journal_outage(&mut self, action: Action, now: Timestamp) -> Result<(), StoreError> {
        self.journal(Entry { actor: None, action, before: None, after: None }, now).await
    }

    /// The messages of what is queued are to say what it waits for now. Of a long queue only
    /// the head: the others' turn is far off, and Telegram limits how much is said.
    async fn tell_the_queue(&mut self, provider: Provider) -> Result<(), StoreError> {
        let slug = provider.slug();
        sqlx::query!(
            "UPDATE invitations SET told_seq = min(told_seq, seq - 1)
             WHERE number IN (SELECT number FROM invitations
                              WHERE provider = ? AND state = 'queued'
                              ORDER BY due_at, number LIMIT 20)",
            slug,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

impl Store {
    /// The providers that are left alone.
    pub async fn outages(&self) -> Result<Vec<Outage>, StoreError> {
        let mut conn = self.read().await?;
        let rows = sqlx::query!(
            r#"SELECT provider, since, until, pauses AS "pauses: u32", told AS "told: bool"
               FROM outages ORDER BY since"#
        )
        .fetch_all(&mut *conn)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Outage {
                    provider: parse_provider(&row.provider)?,
                    since: time(row.since)?,
                    until: time(row.until)?,
                    pauses: row.pauses,
                    told: row.told,
                })
            })
            .collect()
    }
}
