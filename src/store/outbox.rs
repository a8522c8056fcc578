//! Messages that are still to be sent. To whom, and when, is decided above.

use jiff::Timestamp;

use super::{Store, StoreError, Tx};
use crate::domain::PersonId;

/// A message that is still to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Which, for [`Change::Ack`](super::Change::Ack).
    pub id: i64,
    /// The request as it goes to Telegram, JSON.
    pub body: String,
}

impl Tx {
    /// Forgets a message: it was sent, or nobody will ever hear it.
    pub(super) async fn ack(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM outbox WHERE id = ?", id).execute(self.conn()).await?;
        Ok(())
    }

    /// Drops what was to be said to people who are neither on the list nor among the `admins` by
    /// configuration any more, but for the farewell of those who were taken off it.
    pub(super) async fn drop_outsiders_messages(
        &mut self,
        admins: &[PersonId],
    ) -> Result<(), StoreError> {
        let admins = format!("{:?}", admins.iter().map(|id| id.get()).collect::<Vec<_>>());
        sqlx::query!(
            "DELETE FROM outbox
             WHERE person NOT IN (SELECT value FROM json_each(?))
               AND person NOT IN (SELECT id FROM people
                                  WHERE role IS NOT NULL OR revoked_at IS NOT NULL)",
            admins,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Keeps a message until it is sent; its id. One that answers an update goes with it.
    pub(super) async fn enqueue(
        &mut self,
        person: PersonId,
        answers: Option<i64>,
        body: &str,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let (person, now) = (person.get(), now.as_millisecond());
        let id = sqlx::query_scalar!(
            r#"INSERT INTO outbox (person, answers, body, made_at) VALUES (?, ?, ?, ?)
               RETURNING id AS "id!""#,
            person,
            answers,
            body,
            now,
        );
        Ok(id.fetch_one(self.conn()).await?)
    }

    /// Forgets what is still to be said to a person: it was meant for another role.
    pub(super) async fn leave_unsaid(&mut self, person: PersonId) -> Result<(), StoreError> {
        let person = person.get();
        sqlx::query!("DELETE FROM outbox WHERE person = ?", person).execute(self.conn()).await?;
        Ok(())
    }
}

impl Store {
    /// What is still to be said to a person, oldest first.
    pub async fn outbox(&self, person: PersonId) -> Result<Vec<OutboxMessage>, StoreError> {
        let person = person.get();
        let mut conn = self.read().await?;
        let message = sqlx::query_as!(
            OutboxMessage,
            "SELECT id, body FROM outbox WHERE person = ? ORDER BY id",
            person,
        );
        Ok(message.fetch_all(&mut *conn).await?)
    }
}
