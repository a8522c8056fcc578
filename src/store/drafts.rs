//! Drafts: one for each person, known by id and revision. What stands in one is the dialogue's own.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::codes::time;
use super::{Reader, Store, StoreError, Tx};
use crate::domain::{DraftRevision, PersonId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDraft {
    /// Never used again, also when the draft is gone.
    pub id: i64,
    /// Grows by one with every change; a button that names another one is stale.
    pub revision: i64,
    /// The shape of `body`.
    pub version: i64,
    /// JSON.
    pub body: String,
    pub card: Option<i32>,
    pub updated_at: Timestamp,
}

async fn draft(
    conn: &mut SqliteConnection,
    person: PersonId,
) -> Result<Option<StoredDraft>, StoreError> {
    let person = person.get();
    let row = sqlx::query!(
        r#"SELECT id, revision, version, body, card AS "card: i32", updated_at
               FROM drafts WHERE person = ?"#,
        person
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(StoredDraft {
            id: row.id,
            revision: row.revision,
            version: row.version,
            body: row.body,
            card: row.card,
            updated_at: time(row.updated_at)?,
        })
    })
    .transpose()
}

impl Reader {
    pub async fn draft(&mut self, person: PersonId) -> Result<Option<StoredDraft>, StoreError> {
        draft(self.conn().await?, person).await
    }
}

impl Tx {
    pub(super) async fn drop_old_drafts(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let before = before.as_millisecond();
        sqlx::query!("DELETE FROM drafts WHERE updated_at < ?", before)
            .execute(self.conn().await?)
            .await?;
        Ok(())
    }

    pub(super) async fn set_card(
        &mut self,
        person: PersonId,
        draft: i64,
        card: i32,
    ) -> Result<(), StoreError> {
        let person = person.get();
        sqlx::query!(
            "UPDATE drafts SET card = ?, show_again = 0 WHERE person = ? AND id = ?",
            card,
            person,
            draft,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// `expected`: what it follows. `None`: the draft is another one by now.
    pub(super) async fn save_draft(
        &mut self,
        person: PersonId,
        expected: Option<DraftRevision>,
        version: i64,
        body: &str,
        now: Timestamp,
    ) -> Result<Option<DraftRevision>, StoreError> {
        let (person, now) = (person.get(), now.as_millisecond());
        let Some(DraftRevision { draft, revision }) = expected else {
            let id = sqlx::query_scalar!(
                r#"INSERT INTO drafts (person, revision, version, body, updated_at)
                   VALUES (?, 1, ?, ?, ?) ON CONFLICT (person) DO NOTHING RETURNING id AS "id!""#,
                person,
                version,
                body,
                now,
            )
            .fetch_optional(self.conn().await?)
            .await?;
            return Ok(id.map(|draft| DraftRevision { draft, revision: 1 }));
        };
        let revision = sqlx::query_scalar!(
            r#"UPDATE drafts SET revision = revision + 1, version = ?, body = ?, updated_at = ?
               WHERE person = ? AND id = ? AND revision = ? RETURNING revision AS "revision!""#,
            version,
            body,
            now,
            person,
            draft,
            revision,
        )
        .fetch_optional(self.conn().await?)
        .await?;
        Ok(revision.map(|revision| DraftRevision { draft, revision }))
    }

    pub(super) async fn drop_draft(
        &mut self,
        person: PersonId,
        expected: DraftRevision,
    ) -> Result<bool, StoreError> {
        let (person, DraftRevision { draft, revision }) = (person.get(), expected);
        let gone = sqlx::query!(
            "DELETE FROM drafts WHERE person = ? AND id = ? AND revision = ?",
            person,
            draft,
            revision,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(gone.rows_affected() == 1)
    }
}

impl Store {
    pub async fn draft(&self, person: PersonId) -> Result<Option<StoredDraft>, StoreError> {
        let mut conn = self.read().await?;
        draft(&mut conn, person).await
    }
}
