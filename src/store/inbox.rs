//! Updates of Telegram: stored before they are acknowledged, applied once, tried [`TRIES`] times.

use std::collections::HashSet;

use jiff::Timestamp;

use super::codes::{role, time};
use super::{Store, StoreError, Tx};
use crate::domain::{PersonId, Role};

pub const TRIES: i64 = 3;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Received {
    pub update: i64,
    pub chat: i64,
    /// Its JSON.
    pub raw: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub update: i64,
    pub chat: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    Go,
    /// All tries are used up: it was parked just now.
    Parked,
    /// It took effect, or was parked, before.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    Again,
    Parked,
    /// It had taken effect before it failed.
    Applied,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingReply {
    /// What came of an update.
    pub answer: bool,
    /// The draft's card, after a silence.
    pub card: bool,
}

impl Store {
    /// Oldest first.
    pub async fn undone(&self) -> Result<Vec<Waiting>, StoreError> {
        let mut conn = self.read().await?;
        let rows = sqlx::query_as!(
            Waiting,
            r#"SELECT update_id AS "update", chat FROM inbox
               WHERE done_at IS NULL AND parked_at IS NULL ORDER BY received_at, update_id"#
        );
        Ok(rows.fetch_all(&mut *conn).await?)
    }

    pub async fn is_stored(&self, update: i64) -> Result<bool, StoreError> {
        let mut conn = self.read().await?;
        let stored = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM inbox WHERE update_id = ?) AS "stored!: bool""#,
            update,
        );
        Ok(stored.fetch_one(&mut *conn).await?)
    }

    /// `None`: there is nothing to do with it any more.
    pub async fn raw_update(&self, update: i64) -> Result<Option<String>, StoreError> {
        let mut conn = self.read().await?;
        let raw = sqlx::query_scalar!(
            "SELECT raw FROM inbox WHERE update_id = ? AND done_at IS NULL AND parked_at IS NULL",
            update,
        );
        Ok(raw.fetch_optional(&mut *conn).await?.flatten())
    }

    /// When Telegram answered last; `None`: it never did.
    pub async fn pulse(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut conn = self.read().await?;
        let at = sqlx::query_scalar!("SELECT at FROM pulse").fetch_optional(&mut *conn).await?;
        at.map(time).transpose()
    }

    /// Without `answers`, only those to whom nothing else is pending than what nobody asked for.
    pub async fn addressees(&self, answers: bool) -> Result<Vec<PersonId>, StoreError> {
        let mut conn = self.read().await?;
        let people = sqlx::query_scalar!(
            "SELECT DISTINCT person FROM outbox
             WHERE ? OR person NOT IN (SELECT person FROM outbox WHERE answers IS NOT NULL)",
            answers,
        );
        let people = people.fetch_all(&mut *conn).await?;
        Ok(people.into_iter().filter_map(PersonId::new).collect())
    }

    /// Only private chats.
    pub async fn people_with_pending(&self) -> Result<Vec<PersonId>, StoreError> {
        let mut conn = self.read().await?;
        let people = sqlx::query_scalar!(
            r#"SELECT person AS "person!" FROM drafts WHERE show_again = 1
               UNION SELECT chat FROM inbox WHERE done_at IS NOT NULL AND answered = 0
               UNION SELECT person FROM outbox"#
        )
        .fetch_all(&mut *conn)
        .await?;
        Ok(people.into_iter().filter_map(PersonId::new).collect())
    }

    pub async fn pending_reply(&self, person: PersonId) -> Result<PendingReply, StoreError> {
        let person = person.get();
        let mut conn = self.read().await?;
        let pending = sqlx::query_as!(
            PendingReply,
            r#"SELECT EXISTS (SELECT 1 FROM inbox WHERE chat = ?1 AND done_at IS NOT NULL
                              AND answered = 0) AS "answer!: bool",
                      EXISTS (SELECT 1 FROM drafts WHERE person = ?1 AND show_again = 1)
                              AS "card!: bool""#,
            person,
        );
        Ok(pending.fetch_one(&mut *conn).await?)
    }
}

/// Whose update it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// A private chat has the id of its person.
    pub chat: i64,
    pub role: Option<Role>,
}

impl Tx {
    /// Returns those that are new, in the order of the batch.
    pub(super) async fn receive(
        &mut self,
        batch: &[Received],
        now: Timestamp,
    ) -> Result<Vec<Waiting>, StoreError> {
        let (rows, at) = (json(batch)?, now.as_millisecond());
        let new = sqlx::query_scalar!(
            r#"INSERT INTO inbox (update_id, chat, raw, received_at)
               SELECT value ->> 'update', value ->> 'chat', value ->> 'raw', ?2
               FROM json_each(?1) WHERE true
               ON CONFLICT (update_id) DO NOTHING RETURNING update_id AS "update_id!""#,
            rows,
            at,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let mut new: HashSet<i64> = new.into_iter().collect();
        let fresh = batch.iter().filter(|one| new.remove(&one.update));
        Ok(fresh.map(|one| Waiting { update: one.update, chat: one.chat }).collect())
    }

    pub(super) async fn begin_try(
        &mut self,
        update: i64,
        now: Timestamp,
    ) -> Result<Try, StoreError> {
        let counted = sqlx::query!(
            "UPDATE inbox SET tries = tries + 1
             WHERE update_id = ? AND tries < ? AND done_at IS NULL AND parked_at IS NULL",
            update,
            TRIES,
        )
        .execute(self.conn().await?)
        .await?;
        let begun = if counted.rows_affected() == 1 {
            Try::Go
        } else if self.park(update, now).await? {
            Try::Parked
        } else {
            Try::Over
        };
        Ok(begun)
    }

    pub(super) async fn fail_try(
        &mut self,
        update: i64,
        counted: bool,
        now: Timestamp,
    ) -> Result<Failed, StoreError> {
        let tries = sqlx::query_scalar!(
            "UPDATE inbox SET tries = tries + NOT ?2
             WHERE update_id = ?1 AND done_at IS NULL AND parked_at IS NULL RETURNING tries",
            update,
            counted,
        )
        .fetch_optional(self.conn().await?)
        .await?;
        let failed = match tries {
            None => Failed::Applied,
            Some(tries) if tries < TRIES => Failed::Again,
            Some(_) => {
                self.park(update, now).await?;
                Failed::Parked
            }
        };
        Ok(failed)
    }

    /// An update that needed no [`Tx::take`], because it changed nothing, is done with this.
    pub(super) async fn answered_update(
        &mut self,
        update: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        sqlx::query!(
            "UPDATE inbox SET done_at = coalesce(done_at, ?), raw = NULL, answered = 1
             WHERE update_id = ? AND parked_at IS NULL",
            now,
            update,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn forget_updates(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let before = before.as_millisecond();
        sqlx::query!(
            "DELETE FROM inbox
             WHERE received_at < ? AND (done_at IS NOT NULL OR parked_at IS NOT NULL)",
            before,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// `None`: it took effect before, so nothing more may come of it.
    pub(super) async fn take(
        &mut self,
        update: i64,
        now: Timestamp,
    ) -> Result<Option<Taken>, StoreError> {
        let now = now.as_millisecond();
        let taken = sqlx::query!(
            r#"UPDATE inbox SET done_at = ?, raw = NULL
               WHERE update_id = ? AND done_at IS NULL AND parked_at IS NULL
               RETURNING chat AS "chat!", (SELECT role FROM people WHERE id = chat) AS "role?""#,
            now,
            update,
        )
        .fetch_optional(self.conn().await?)
        .await?;
        let Some(taken) = taken else { return Ok(None) };
        Ok(Some(Taken { chat: taken.chat, role: taken.role.as_deref().map(role).transpose()? }))
    }

    /// Returns whether it was still to be done.
    pub(super) async fn park(&mut self, update: i64, now: Timestamp) -> Result<bool, StoreError> {
        let now = now.as_millisecond();
        let parked = sqlx::query!(
            "UPDATE inbox SET parked_at = ?
             WHERE update_id = ? AND done_at IS NULL AND parked_at IS NULL",
            now,
            update,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(parked.rows_affected() == 1)
    }

    pub(super) async fn note_contact(
        &mut self,
        after_silence: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let at = now.as_millisecond();
        sqlx::query!(
            "INSERT INTO pulse (id, at) VALUES (1, ?)
             ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            at
        )
        .execute(self.conn().await?)
        .await?;
        if after_silence {
            sqlx::query!("UPDATE drafts SET show_again = 1").execute(self.conn().await?).await?;
        }
        Ok(())
    }

    pub(super) async fn note_up_to_date(&mut self, person: PersonId) -> Result<(), StoreError> {
        let person = person.get();
        sqlx::query!(
            "UPDATE inbox SET answered = 1 WHERE chat = ? AND done_at IS NOT NULL AND answered = 0",
            person,
        )
        .execute(self.conn().await?)
        .await?;
        sqlx::query!("UPDATE drafts SET show_again = 0 WHERE person = ?", person)
            .execute(self.conn().await?)
            .await?;
        Ok(())
    }
}

/// One statement stores the batch, whatever its size.
fn json(batch: &[Received]) -> Result<String, StoreError> {
    serde_json::to_string(batch).map_err(|_| StoreError::Unreadable { what: "batch of updates" })
}
