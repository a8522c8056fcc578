//! What was said again of unknown invitations: reminders to their authors, digests to admins.

use jiff::Timestamp;
use jiff::civil::Date;

use super::invitations::{load, load_all};
use super::{Reader, Store, StoreError, Tx, readable};
use crate::domain::{Invitation, InvitationNo, PersonId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub invitation: Invitation,
    /// From 1 to 3; the rounds before it were sent or missed.
    pub round: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubts {
    pub oldest: Vec<Invitation>,
    pub count: u32,
}

impl Store {
    /// Oldest first; missed rounds are one. What the author was not told at all yet is left out.
    pub async fn reminders(
        &self,
        [first, second, third]: [Timestamp; 3],
        limit: u32,
    ) -> Result<Vec<Reminder>, StoreError> {
        let mut conn = self.read().await?;
        let times = [first, second, third].map(Timestamp::as_millisecond);
        let [first, second, third] = times;
        let rows = sqlx::query!(
            r#"SELECT i.number, 1 + (i.changed_at <= ?2) + (i.changed_at <= ?3) AS "round!: u32"
               FROM invitations i
               LEFT JOIN reminders r ON r.invitation = i.number AND r.version = i.version
               WHERE i.state = 'unknown' AND i.changed_at <= ?1 AND i.notified_version = i.version
                 AND coalesce(r.rounds, 0) < 1 + (i.changed_at <= ?2) + (i.changed_at <= ?3)
               ORDER BY i.changed_at, i.number LIMIT ?4"#,
            first,
            second,
            third,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let found = readable(row.number, load(&mut conn, row.number).await)?;
            due.extend(found.map(|invitation| Reminder { invitation, round: row.round }));
        }
        Ok(due)
    }

    pub async fn doubts(&self, since: Timestamp, limit: u32) -> Result<Doubts, StoreError> {
        self.reader().doubts(since, limit).await
    }
}

impl Reader {
    /// Unknown since this time or longer.
    pub async fn doubts(&mut self, since: Timestamp, limit: u32) -> Result<Doubts, StoreError> {
        let since = since.as_millisecond();
        let oldest = sqlx::query_scalar!(
            "SELECT number FROM invitations WHERE state = 'unknown' AND changed_at <= ?
             ORDER BY changed_at, number LIMIT ?",
            since,
            limit,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM invitations
               WHERE state = 'unknown' AND changed_at <= ?"#,
            since,
        )
        .fetch_one(self.conn().await?)
        .await?;
        Ok(Doubts { oldest: load_all(self.conn().await?, &oldest).await?, count })
    }
}

impl Tx {
    /// With the rounds before it.
    pub(super) async fn remind(
        &mut self,
        number: InvitationNo,
        version: i64,
        round: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        sqlx::query!(
            "INSERT INTO reminders (invitation, version, rounds, at) VALUES (?, ?, ?, ?)
             ON CONFLICT (invitation, version) DO UPDATE SET
                 rounds = max(rounds, excluded.rounds), at = excluded.at",
            number.0,
            version,
            round,
            now,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// Returns whether it is the first of that day.
    pub(super) async fn is_first_digest(
        &mut self,
        admin: PersonId,
        day: Date,
    ) -> Result<bool, StoreError> {
        let (admin, day) = (admin.get(), day.to_string());
        let first = sqlx::query!(
            "INSERT INTO digests (person, day) VALUES (?, ?)
             ON CONFLICT (person) DO UPDATE SET day = excluded.day WHERE day <> excluded.day",
            admin,
            day,
        );
        Ok(first.execute(self.conn().await?).await?.rows_affected() == 1)
    }
}
