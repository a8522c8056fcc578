//! What was said again of unknown invitations: reminders to their authors, digests to admins.

use jiff::Timestamp;
use jiff::civil::Date;

use super::invitations::{load, load_all};
use super::{Reader, Store, StoreError, Tx, readable};
use crate::domain::{Invitation, InvitationNo, PersonId};

/// An unknown invitation of which its author is to be reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The invitation.
    pub invitation: Invitation,
    /// Which reminder is due, from 1 to 3; those before it were sent or missed.
    pub round: u32,
}

/// The unknown invitations of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubts {
    /// The oldest of them.
    pub oldest: Vec<Invitation>,
    /// How many there are.
    pub count: u32,
}

impl Store {
    /// The unknown invitations whose reminder is due, the oldest first. Each of the three is due
    /// for those that became unknown at its time or before; missed ones are one. What the author
    /// was not told at all yet is the teller's.
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

    /// The same outside of a view of its own.
    pub async fn doubts(&self, since: Timestamp, limit: u32) -> Result<Doubts, StoreError> {
        self.reader().await?.doubts(since, limit).await
    }
}

impl Reader {
    /// What has been unknown since a time or longer.
    pub async fn doubts(&mut self, since: Timestamp, limit: u32) -> Result<Doubts, StoreError> {
        let since = since.as_millisecond();
        let oldest = sqlx::query_scalar!(
            "SELECT number FROM invitations WHERE state = 'unknown' AND changed_at <= ?
             ORDER BY changed_at, number LIMIT ?",
            since,
            limit,
        )
        .fetch_all(self.conn())
        .await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM invitations
               WHERE state = 'unknown' AND changed_at <= ?"#,
            since,
        )
        .fetch_one(self.conn())
        .await?;
        Ok(Doubts { oldest: load_all(self.conn(), &oldest).await?, count })
    }
}

impl Tx {
    /// Notes that a reminder is enqueued, and with it those before it.
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
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that an admin has the digest of a day; whether it is the first.
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
        Ok(first.execute(self.conn()).await?.rows_affected() == 1)
    }
}
