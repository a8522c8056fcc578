//! Messages that are still to be sent. To whom, and when, is decided above.

use jiff::Timestamp;

use super::codes::json_ids;
use super::{Store, StoreError, Tx};
use crate::domain::PersonId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    pub id: i64,
    /// A letter as JSON, which is drawn when it is sent.
    pub body: String,
}

impl Tx {
    pub(super) async fn ack(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM outbox WHERE id = ?", id).execute(self.conn().await?).await?;
        Ok(())
    }

    /// But not the farewell of those who were taken off the list.
    pub(super) async fn drop_outsiders_messages(
        &mut self,
        admins: &[PersonId],
    ) -> Result<(), StoreError> {
        let admins = json_ids(admins);
        sqlx::query!(
            "DELETE FROM outbox
             WHERE person NOT IN (SELECT value FROM json_each(?))
               AND person NOT IN (SELECT id FROM people
                                  WHERE role IS NOT NULL OR revoked_at IS NOT NULL)
               AND person NOT IN (SELECT asker FROM requests WHERE kind = 'access')",
            admins,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// Returns its id. A message that answers an update is acknowledged with it.
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
        Ok(id.fetch_one(self.conn().await?).await?)
    }

    /// They were meant for another role.
    pub(super) async fn drop_outbox_of(&mut self, person: PersonId) -> Result<(), StoreError> {
        let person = person.get();
        sqlx::query!("DELETE FROM outbox WHERE person = ?", person)
            .execute(self.conn().await?)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Oldest first.
    pub async fn outbox(&self, person: PersonId) -> Result<Vec<OutboxMessage>, StoreError> {
        let person = person.get();
        let mut conn = self.read().await?;
        let messages = sqlx::query_as!(
            OutboxMessage,
            "SELECT id, body FROM outbox WHERE person = ? ORDER BY id",
            person,
        );
        Ok(messages.fetch_all(&mut *conn).await?)
    }
}
