//! What people were told: every invitation has one message, and the `version` which that shows.

use std::time::Duration;

use jiff::Timestamp;

use super::codes::{json_ids, time};
use super::invitations::load;
use super::{Store, StoreError, Tx, readable};
use crate::domain::{Invitation, InvitationNo, PersonId, State, WaitReason};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingNotification {
    pub invitation: Invitation,
    /// The message to edit; `None`: a new one is sent.
    pub status_message: Option<i32>,
    /// When the author last asked for it to be sent.
    pub asked_at: Timestamp,
    /// Who asked for the last repeat, if that was not the author.
    pub repeated_by: Option<PersonId>,
}

/// A call that is over so soon is shown by its outcome alone. Whoever asks may have looked at the clock
/// a moment before it began.
pub const CALL: Duration = Duration::from_millis(400);

/// What there is to send that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Holds that the admins do not know of.
    pub holds: bool,
    pub notifications: bool,
    /// Of a call that began within [`CALL`], or waits for a check of the file that may be over soon:
    /// its outcome may come first.
    pub calls: bool,
    pub messages: bool,
}

impl Store {
    pub async fn outgoing(&self, now: Timestamp) -> Result<Outgoing, StoreError> {
        let now = now.as_millisecond();
        let mut conn = self.read().await?;
        let outgoing = sqlx::query_as!(
            Outgoing,
            r#"SELECT EXISTS (SELECT 1 FROM holds WHERE ended_at IS NULL AND told = 0)
                          AS "holds!: bool",
                      EXISTS (SELECT 1 FROM invitations
                              WHERE notified_version < version AND NOT (
                                  state IN ('queued', 'sending') AND due_at <= changed_at
                                  AND (abs(?1 - changed_at) < 400
                                       OR state = 'queued' AND EXISTS (SELECT 1 FROM checking))))
                          AS "notifications!: bool",
                      EXISTS (SELECT 1 FROM invitations
                              WHERE notified_version < version
                                AND state IN ('queued', 'sending') AND due_at <= changed_at
                                AND (abs(?1 - changed_at) < 400
                                     OR state = 'queued' AND EXISTS (SELECT 1 FROM checking)))
                          AS "calls!: bool",
                      EXISTS (SELECT 1 FROM outbox) AS "messages!: bool""#,
            now,
        );
        Ok(outgoing.fetch_one(&mut *conn).await?)
    }

    /// The unknown ones first, then by number; without calls that have only begun.
    pub async fn pending_notifications(
        &self,
        excluding: &[PersonId],
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<PendingNotification>, StoreError> {
        let (excluding, now) = (json_ids(excluding), now.as_millisecond());
        let mut conn = self.read().await?;
        let rows = sqlx::query!(
            r#"SELECT number, status_message AS "status_message: i32",
                      coalesce((SELECT max(at) FROM journal
                                WHERE invitation = number AND action = 'state'
                                  AND after = 'queued' AND +actor = author), created_at)
                          AS "asked_at!: i64",
                      (SELECT nullif(actor, author) FROM journal
                       WHERE invitation = number AND action = 'state' AND after = 'queued'
                         AND before NOT IN ('held', 'sending')
                       ORDER BY id DESC LIMIT 1) AS "repeated_by: i64"
               FROM invitations
               WHERE notified_version < version AND author NOT IN (SELECT value FROM json_each(?1))
                 AND NOT (state IN ('queued', 'sending') AND due_at <= changed_at
                          AND (abs(?2 - changed_at) < 400
                               OR state = 'queued' AND EXISTS (SELECT 1 FROM checking)))
               ORDER BY state <> 'unknown', number LIMIT 64"#,
            excluding,
            now,
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut pending = Vec::new();
        for row in rows {
            if pending.len() >= most {
                break;
            }
            let (status_message, asked_at) = (row.status_message, time(row.asked_at)?);
            let repeated_by = row.repeated_by.and_then(PersonId::new);
            let found = readable(row.number, load(&mut conn, row.number).await)?;
            pending.extend(found.map(|invitation| PendingNotification {
                invitation,
                status_message,
                asked_at,
                repeated_by,
            }));
        }
        Ok(pending)
    }
}

impl Tx {
    /// What was told later stays told. If the author has taken another message than `old`, or it
    /// waits for something else by now, it is told again. Returns whether it was not told before.
    pub(super) async fn note_notified(
        &mut self,
        shown: &Invitation,
        old: Option<i32>,
        message: i32,
    ) -> Result<bool, StoreError> {
        let (number, version) = (shown.number.0, shown.version);
        let noted = sqlx::query!(
            "UPDATE invitations SET notified_version = ?1, status_message = ?2
             WHERE number = ?3 AND notified_version < ?1 AND status_message IS ?4",
            version,
            message,
            number,
            old,
        )
        .execute(self.conn().await?)
        .await?;
        let waits_for_else =
            |now: Invitation| now.version == version && waits_for(&now) != waits_for(shown);
        if shown.state == State::Queued
            && readable(number, self.invitation(shown.number).await)?.is_some_and(waits_for_else)
        {
            sqlx::query!(
                "UPDATE invitations SET notified_version = min(notified_version, version - 1) WHERE number = ?",
                number,
            )
            .execute(self.conn().await?)
            .await?;
        }
        Ok(noted.rows_affected() == 1)
    }

    /// The author cannot be reached.
    pub(super) async fn give_up_telling(
        &mut self,
        number: InvitationNo,
        version: i64,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE invitations SET notified_version = ?1 WHERE number = ?2 AND notified_version < ?1",
            version,
            number.0,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}

/// The hold that it waits for, not a time of its own.
fn waits_for(queued: &Invitation) -> Option<WaitReason> {
    queued.waits.filter(|waits| !matches!(waits, WaitReason::Time(_)))
}
