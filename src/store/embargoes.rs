//! What becomes of a database that its high-water mark does not vouch for: an embargo, under
//! which nothing is sent until an admin lifts it. The mark itself is in `mark`.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::codes::{time, unreadable};
use super::journal::{Action, Entry};
use super::mark::{Last, Mark};
use super::{OpenError, Reader, Store, StoreError, Tx};
use crate::domain::{Doubt, Embargo, PersonId};

/// How far the numbers of invitations jump ahead when an embargo begins: a message from the time
/// that the database lost may show a number which would be given to another client now.
const NUMBERS_AHEAD: i64 = 1000;

/// The same for the ids of drafts, which nobody sees.
const DRAFTS_AHEAD: i64 = 1_000_000;

impl Store {
    /// Looks whether the mark beside the database vouches for it, begins an embargo if it does
    /// not, and keeps the mark from now on: only the one process that sends may do so. The doubt,
    /// if there is one.
    ///
    /// # Errors
    /// The mark can be neither read nor written, or the database failed.
    pub async fn keep_mark(
        self,
        path: &Path,
        now: Timestamp,
    ) -> Result<(Self, Option<Doubt>), OpenError> {
        let mark = Mark::beside(path).map_err(OpenError::Mark)?;
        let (content, own_doubt) = mark.read().map_err(OpenError::Mark)?;
        let mut tx = self.begin().await?;
        let doubt = match &content {
            Some(content) if !tx.has(&content.last).await? => Some(Doubt::Older),
            _ => own_doubt,
        };
        let is_new = content.is_none() && tx.is_blank().await?;
        let doubt = doubt.filter(|_| !is_new);
        if let Some(doubt) = doubt {
            let lost = content.map_or(0, |content| content.last.number);
            tx.embargo(doubt, lost, now).await?;
        }
        let last = tx.last().await?;
        tx.commit().await?;
        // Only now: a crash before it finds the same doubt again.
        mark.raise(last).await.map_err(OpenError::Mark)?;
        Ok((Self { mark: Some(mark), ..self }, doubt))
    }

    /// Makes sure that there is room for the mark that a claim will need: a full disk is met
    /// before anything has begun.
    pub async fn prepare_mark(&self) -> Result<(), StoreError> {
        match &self.mark {
            Some(mark) => mark.prepare().await.map_err(StoreError::Mark),
            None => Ok(()),
        }
    }

    /// Makes sure that the mark names all that was committed so far: only then may any of it
    /// leave the process. Nothing to do where no mark is kept.
    pub async fn vouch(&self) -> Result<(), StoreError> {
        let Some(mark) = &self.mark else { return Ok(()) };
        let last = last(&mut *self.read().await?).await?;
        mark.raise(last).await.map_err(StoreError::Mark)
    }

    /// The embargo that stands.
    pub async fn embargo(&self) -> Result<Option<Embargo>, StoreError> {
        standing(&mut *self.read().await?).await
    }

    /// The embargo that stands, if the admins do not know of it.
    pub async fn untold_embargo(&self) -> Result<Option<Embargo>, StoreError> {
        let mut conn = self.read().await?;
        let untold =
            sqlx::query_scalar!("SELECT id FROM embargoes WHERE lifted_at IS NULL AND told = 0");
        match untold.fetch_optional(&mut *conn).await? {
            Some(_) => standing(&mut conn).await,
            None => Ok(None),
        }
    }
}

impl Reader {
    /// How many invitations are queued again when an embargo is lifted. `admins` are those by
    /// configuration.
    pub async fn held_by_embargo(
        &mut self,
        id: i64,
        admins: &[PersonId],
    ) -> Result<u64, StoreError> {
        let admins = format!("{:?}", admins.iter().map(|id| id.get()).collect::<Vec<_>>());
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM invitations
               WHERE number IN (SELECT invitation FROM embargoed WHERE embargo = ?1)
                 AND state = 'held'
                 AND NOT EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = number)
                 AND author IN (SELECT id FROM people WHERE role IS NOT NULL
                                UNION SELECT value FROM json_each(?2))"#,
            id,
            admins,
        );
        Ok(count.fetch_one(self.conn()).await?.unsigned_abs())
    }
}

impl Tx {
    /// Notes that the admins know of an embargo.
    pub async fn embargo_told(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query!("UPDATE embargoes SET told = 1 WHERE id = ? AND lifted_at IS NULL", id)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Lifts an embargo: what it held is queued again, by this person, except of authors who lost
    /// the access meanwhile and to recipients on the stop-list. How many there are; `None`: it is lifted already. `admins` are those
    /// by configuration.
    pub async fn lift_embargo(
        &mut self,
        id: i64,
        by: PersonId,
        admins: &[PersonId],
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let (at, person) = (now.as_millisecond(), by.get());
        let lifted = sqlx::query!(
            "UPDATE embargoes SET lifted_at = ?, lifted_by = ? WHERE id = ? AND lifted_at IS NULL",
            at,
            person,
            id,
        );
        if lifted.execute(self.conn()).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let admins = format!("{:?}", admins.iter().map(|id| id.get()).collect::<Vec<_>>());
        let queued = sqlx::query!(
            "UPDATE invitations SET state = 'queued', seq = seq + 1, not_before = ?1,
                 changed_at = ?1, changed_by = ?2
             WHERE number IN (SELECT invitation FROM embargoed WHERE embargo = ?3)
               AND state = 'held'
               AND NOT EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = number)
               AND author IN (SELECT id FROM people WHERE role IS NOT NULL
                              UNION SELECT value FROM json_each(?4))",
            at,
            person,
            id,
            admins,
        );
        let queued = queued.execute(self.conn()).await?.rows_affected();
        // Why those that the stop-list holds are held from now on.
        sqlx::query!(
            "INSERT INTO journal (at, action, invitation)
             SELECT ?, 'stopped', e.invitation
             FROM embargoed e JOIN invitations i ON i.number = e.invitation
             WHERE e.embargo = ? AND i.state = 'held'
               AND EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = i.number)",
            at,
            id,
        )
        .execute(self.conn())
        .await?;
        // The others wait for something else from now on, and so do those that were queued since.
        self.tell_what_waits().await?;
        let entry = Entry { actor: Some(by), action: Action::Lift(id), before: None, after: None };
        self.journal(entry, now).await?;
        Ok(Some(queued))
    }

    /// Begins an embargo, or goes on with the one that stands, and holds what is queued. `lost` is
    /// the greatest number that an invitation is known to have been given.
    async fn embargo(&mut self, cause: Doubt, lost: i64, now: Timestamp) -> Result<(), StoreError> {
        let (slug, at) = (cause.slug(), now.as_millisecond());
        let standing = sqlx::query_scalar!(
            "UPDATE embargoes SET told = 0, cause = ? WHERE lifted_at IS NULL RETURNING id",
            slug,
        );
        let id = match standing.fetch_optional(self.conn()).await? {
            Some(id) => id,
            None => {
                sqlx::query_scalar!(
                    "INSERT INTO embargoes (since, cause) VALUES (?, ?) RETURNING id",
                    at,
                    slug,
                )
                .fetch_one(self.conn())
                .await?
            }
        };
        sqlx::query!(
            "INSERT INTO embargoed (embargo, invitation)
             SELECT ?, number FROM invitations WHERE state = 'queued'
             ON CONFLICT DO NOTHING",
            id,
        )
        .execute(self.conn())
        .await?;
        sqlx::query!(
            "UPDATE invitations SET state = 'held', seq = seq + 1, changed_at = ?,
                 changed_by = NULL
             WHERE state = 'queued'",
            at,
        )
        .execute(self.conn())
        .await?;
        self.jump_ahead(lost).await?;
        let (action, after) = (Action::Embargo(id), Some(slug));
        let entry = Entry { actor: None, action, before: None, after };
        self.journal(entry, now).await
    }

    /// Numbers that somebody may have seen are not given again, so that no old button names
    /// something else. SQLite counts a table from its first row on only.
    async fn jump_ahead(&mut self, lost: i64) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO sqlite_sequence (name, seq)
             SELECT value, 0 FROM json_each('[\"invitations\", \"drafts\"]')
             WHERE value NOT IN (SELECT name FROM sqlite_sequence)"
        )
        .execute(self.conn())
        .await?;
        sqlx::query!(
            "UPDATE sqlite_sequence SET seq = CASE name
                 WHEN 'invitations' THEN max(seq, ?) + ? ELSE seq + ? END
             WHERE name IN ('invitations', 'drafts')",
            lost,
            NUMBERS_AHEAD,
            DRAFTS_AHEAD,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// What waits is to be told anew: why it waits has changed.
    async fn tell_what_waits(&mut self) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE invitations SET told_seq = min(told_seq, seq - 1)
             WHERE bucket = 'waiting' AND state IN ('queued', 'held')"
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Whether nothing was ever asked of this database: no mark is due then.
    async fn is_blank(&mut self) -> Result<bool, StoreError> {
        let newest = sqlx::query_scalar!(
            r#"SELECT coalesce((SELECT max(number) FROM invitations),
                   (SELECT max(update_id) FROM inbox), (SELECT max(id) FROM drafts))
                   AS "newest: i64""#
        );
        Ok(newest.fetch_one(self.conn()).await?.is_none())
    }

    /// Whether the journal holds this row.
    async fn has(&mut self, last: &Last) -> Result<bool, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, at, actor, action, invitation, person, provider, stop, embargo, before, after
         FROM journal
             WHERE id = ?",
            last.row,
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map_or_else(String::new, |row| row.sha256()) == last.sha256)
    }

    /// What was done last, as this transaction sees it.
    pub(super) async fn last(&mut self) -> Result<Last, StoreError> {
        last(self.conn()).await
    }
}

/// A row of the journal, all of it.
struct Row {
    id: i64,
    at: i64,
    actor: Option<i64>,
    action: String,
    invitation: Option<i64>,
    person: Option<i64>,
    provider: Option<String>,
    stop: Option<i64>,
    embargo: Option<i64>,
    before: Option<String>,
    after: Option<String>,
}

impl Row {
    fn sha256(&self) -> String {
        let Self { id, at, actor, action, before, after, .. } = self;
        let Self { invitation, person, provider, stop, embargo, .. } = self;
        let subject = json!([invitation, person, provider, stop, embargo]);
        let text = json!([id, at, actor, action, subject, before, after]).to_string();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

async fn last(conn: &mut SqliteConnection) -> Result<Last, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, at, actor, action, invitation, person, provider, stop, embargo, before, after
         FROM journal
         WHERE id = (SELECT max(id) FROM journal)"
    );
    let Some(row) = row.fetch_optional(&mut *conn).await? else { return Ok(Last::default()) };
    let number = sqlx::query_scalar!(
        r#"SELECT CAST(seq AS INTEGER) AS "seq!: i64" FROM sqlite_sequence
           WHERE name = 'invitations'"#
    );
    let number = number.fetch_optional(conn).await?.unwrap_or_default();
    Ok(Last { row: row.id, sha256: row.sha256(), number })
}

async fn standing(conn: &mut SqliteConnection) -> Result<Option<Embargo>, StoreError> {
    let row = sqlx::query!("SELECT id, since, cause FROM embargoes WHERE lifted_at IS NULL");
    let Some(row) = row.fetch_optional(&mut *conn).await? else { return Ok(None) };
    let waiting = sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM invitations WHERE state = 'queued')
               + (SELECT count(*) FROM embargoed e JOIN invitations i ON i.number = e.invitation
                  WHERE e.embargo = ? AND i.state = 'held') AS "count!: u32""#,
        row.id,
    );
    Ok(Some(Embargo {
        id: row.id,
        since: time(row.since)?,
        cause: Doubt::from_slug(&row.cause).ok_or(unreadable("cause"))?,
        waiting: waiting.fetch_one(conn).await?,
    }))
}
