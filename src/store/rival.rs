//! Another program that takes updates with this bot's token: nothing is sent until an admin says
//! that this bot is alone.

use jiff::{SignedDuration, Timestamp};

use super::journal::{Action, Entry};
use super::{Reader, Store, StoreError, Tx};
use crate::domain::{PersonId, Provider};

/// Nobody may say that this bot is alone before so long after the other was noticed last.
const QUIET: SignedDuration = SignedDuration::from_secs(60);

/// Another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rival {
    /// Whether the admins know.
    pub told: bool,
}

/// What became of an admin's word that this bot is alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// Sending goes on. Delivery wants to be woken then.
    Yes,
    /// The other program was noticed less than a minute ago.
    No,
}

impl Store {
    /// The other program, if there is one.
    pub async fn rival(&self) -> Result<Option<Rival>, StoreError> {
        let mut conn = self.read().await?;
        let rival = sqlx::query_as!(Rival, r#"SELECT told AS "told: bool" FROM rival"#);
        Ok(rival.fetch_optional(&mut *conn).await?)
    }

    /// Notes that another program was noticed; whether it was not known before.
    pub async fn rival_seen(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let at = now.as_millisecond();
        let known = sqlx::query!("UPDATE rival SET seen = ?", at).execute(tx.conn()).await?;
        let newly = known.rows_affected() == 0;
        if newly {
            sqlx::query!("INSERT INTO rival (id, since, seen) VALUES (1, ?1, ?1)", at)
                .execute(tx.conn())
                .await?;
            tx.rival_changed(None, Action::Rival, now).await?;
        }
        tx.commit().await?;
        Ok(newly)
    }
}

impl Reader {
    /// Whether an admin may say that this bot is alone: the other was not noticed just now.
    pub async fn may_be_alone(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let (at, quiet) = (now.as_millisecond(), (now - QUIET).as_millisecond());
        let noisy = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM rival WHERE seen > ? AND seen <= ?) AS "is!: bool""#,
            quiet,
            at,
        );
        Ok(!noisy.fetch_one(self.conn()).await?)
    }
}

impl Tx {
    /// An admin says that this bot is alone.
    pub async fn alone(&mut self, by: PersonId, now: Timestamp) -> Result<Alone, StoreError> {
        let (at, quiet) = (now.as_millisecond(), (now - QUIET).as_millisecond());
        // A time in the future is from a clock that was set back since.
        let gone = sqlx::query!("DELETE FROM rival WHERE seen <= ? OR seen > ?", quiet, at);
        if gone.execute(self.conn()).await?.rows_affected() == 1 {
            self.rival_changed(Some(by), Action::Alone, now).await?;
            return Ok(Alone::Yes);
        }
        let left = sqlx::query_scalar!("SELECT id FROM rival").fetch_optional(self.conn()).await?;
        Ok(if left.is_some() { Alone::No } else { Alone::Yes })
    }

    /// Notes that the admins know of the other program.
    pub async fn rival_told(&mut self) -> Result<(), StoreError> {
        sqlx::query!("UPDATE rival SET told = 1").execute(self.conn()).await?;
        Ok(())
    }

    async fn rival_changed(
        &mut self,
        actor: Option<PersonId>,
        action: Action,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for provider in Provider::ALL {
            self.tell_queued(provider.slug()).await?;
        }
        self.journal(Entry { actor, action, before: None, after: None }, now).await
    }
}
