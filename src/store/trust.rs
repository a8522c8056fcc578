//! Whether the high-water mark vouches for this database: where it does not, nothing is sent until
//! an admin says so. The mark is in `mark`, the hold in `holds`.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::{OpenError, Store, StoreError, Tx};
use crate::domain::{DatabaseDoubt, HoldKind};
use crate::door::Trace;
use crate::door::mark::{HASH_DIGITS, Last, Mark};

/// A message from the time that the database lost may show a number that would be given again.
const NUMBERS_AHEAD: i64 = 1000;

/// Of the ids of drafts, which nobody sees.
const DRAFTS_AHEAD: i64 = 1_000_000;

impl Store {
    /// Only the one process that sends may keep the mark. Returns the doubt, if there is one.
    pub async fn keep_mark(
        self,
        path: &Path,
        now: Timestamp,
    ) -> Result<(Self, Option<DatabaseDoubt>), OpenError> {
        let mut mark = Mark::beside(path).map_err(OpenError::Mark)?;
        let (named, own_doubt) = mark.read().map_err(OpenError::Mark)?;
        let mut tx = self.files.begin().await?;
        let doubt = doubt(tx.conn().await?, named.as_ref(), own_doubt).await?;
        if let Some(doubt) = doubt {
            let lost = named.map_or(0, |named| named.number);
            tx.distrust(doubt, lost, now).await?;
        }
        let last = tx.last().await?;
        tx.commit(Trace::None).await?;
        self.door().settle().await.map_err(StoreError::from)?;
        // Only now: after a crash before it, the next start finds the same doubt again.
        mark.make(&last).map_err(OpenError::Mark)?;
        self.door().keep(mark);
        Ok((self, doubt))
    }
}

impl Tx {
    /// `lost`: the greatest number that an invitation is known to have been given.
    async fn distrust(
        &mut self,
        cause: DatabaseDoubt,
        lost: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.jump_ahead(lost).await?;
        let kind = HoldKind::UntrustedDatabase { cause, waiting: 0 };
        let (id, _) = self.hold(&kind, now).await?;
        sqlx::query!(
            "INSERT INTO held_invitations (hold, invitation)
             SELECT ?, number FROM invitations WHERE state = 'queued'
             ON CONFLICT DO NOTHING",
            id,
        )
        .execute(self.conn().await?)
        .await?;
        let at = now.as_millisecond();
        sqlx::query!(
            "UPDATE invitations SET state = 'held', version = version + 1, changed_at = ?,
                 changed_by = NULL
             WHERE state = 'queued'",
            at,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// Numbers that somebody may have seen are not given again. SQLite counts a table only from its
    /// first row on, hence the rows of zero.
    async fn jump_ahead(&mut self, lost: i64) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO sqlite_sequence (name, seq)
             SELECT value, 0 FROM json_each('[\"invitations\", \"drafts\", \"holds\"]')
             WHERE value NOT IN (SELECT name FROM sqlite_sequence)"
        )
        .execute(self.conn().await?)
        .await?;
        sqlx::query!(
            "UPDATE sqlite_sequence SET seq = CASE name
                 WHEN 'invitations' THEN max(seq, ?1) + ?2 WHEN 'holds' THEN seq + ?2
                 ELSE seq + ?3 END
             WHERE name IN ('invitations', 'drafts', 'holds')",
            lost,
            NUMBERS_AHEAD,
            DRAFTS_AHEAD,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// The newest row of the journal.
    pub(super) async fn last(&mut self) -> Result<Last, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id, at, actor, action, invitation, person, provider, stop, hold, before, after,
                   (SELECT CAST(seq AS INTEGER) FROM sqlite_sequence WHERE name = 'invitations')
                       AS "number: i64"
               FROM journal WHERE id = (SELECT max(id) FROM journal)"#
        );
        let Some(row) = row.fetch_optional(self.conn().await?).await? else {
            return Ok(Last::default());
        };
        let number = row.number.unwrap_or_default();
        Ok(Last { row: row.id, hash: row.hash(), number })
    }
}

/// What a start would find wrong. `own`: what is wrong with the mark itself.
pub(super) async fn doubt(
    conn: &mut SqliteConnection,
    named: Option<&Last>,
    own: Option<DatabaseDoubt>,
) -> Result<Option<DatabaseDoubt>, StoreError> {
    match named {
        Some(named) if !has(conn, named).await? => Ok(Some(DatabaseDoubt::Older)),
        None if is_blank(conn).await? => Ok(None),
        _ => Ok(own),
    }
}

/// Nothing was ever asked of this database: no mark is due.
async fn is_blank(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    let newest = sqlx::query_scalar!(
        r#"SELECT coalesce((SELECT max(number) FROM invitations),
               (SELECT max(update_id) FROM inbox), (SELECT max(id) FROM drafts))
               AS "newest: i64""#
    );
    Ok(newest.fetch_one(conn).await?.is_none())
}

async fn has(conn: &mut SqliteConnection, last: &Last) -> Result<bool, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, at, actor, action, invitation, person, provider, stop, hold, before, after,
               NULL AS "number: i64"
           FROM journal WHERE id = ?"#,
        last.row,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(String::new, |row| row.hash()) == last.hash)
}

struct Row {
    id: i64,
    at: i64,
    actor: Option<i64>,
    action: String,
    invitation: Option<i64>,
    person: Option<i64>,
    provider: Option<String>,
    stop: Option<i64>,
    hold: Option<i64>,
    before: Option<String>,
    after: Option<String>,
    /// The greatest of an invitation.
    number: Option<i64>,
}

impl Row {
    fn hash(&self) -> String {
        let Self { id, at, actor, action, before, after, .. } = self;
        let Self { invitation, person, provider, stop, hold, .. } = self;
        let subject = json!([invitation, person, provider, stop, hold]);
        let text = json!([id, at, actor, action, subject, before, after]).to_string();
        let digest = Sha256::digest(text);
        digest.iter().take(HASH_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
    }
}
