//! What people were told: every invitation has one message, and the `version` which that shows.

use super::codes::json_ids;
use super::invitations::load;
use super::{Store, StoreError, Tx, readable};
use crate::domain::{Invitation, InvitationNo, PersonId, State, WaitReason};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingNotification {
    pub invitation: Invitation,
    /// The message to edit; `None`: a new one is sent.
    pub status_message: Option<i32>,
}

impl Store {
    /// The unknown ones first, then by number.
    pub async fn pending_notifications(
        &self,
        excluding: &[PersonId],
        limit: u32,
    ) -> Result<Vec<PendingNotification>, StoreError> {
        let excluding = json_ids(excluding);
        let mut conn = self.read().await?;
        let rows = sqlx::query!(
            r#"SELECT number, status_message AS "status_message: i32" FROM invitations
               WHERE notified_version < version AND author NOT IN (SELECT value FROM json_each(?))
               ORDER BY state <> 'unknown', number LIMIT ?"#,
            excluding,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut pending = Vec::with_capacity(rows.len());
        for row in rows {
            let status_message = row.status_message;
            let found = readable(row.number, load(&mut conn, row.number).await)?;
            pending
                .extend(found.map(|invitation| PendingNotification { invitation, status_message }));
        }
        Ok(pending)
    }
}

impl Tx {
    /// What was told later stays told. If the author has taken another message than `old`, or it
    /// waits for something else by now, it is told again.
    pub(super) async fn told(
        &mut self,
        shown: &Invitation,
        old: Option<i32>,
        message: i32,
    ) -> Result<(), StoreError> {
        let (number, version) = (shown.number.0, shown.version);
        sqlx::query!(
            "UPDATE invitations SET notified_version = ?1, status_message = ?2
             WHERE number = ?3 AND notified_version < ?1 AND status_message IS ?4",
            version,
            message,
            number,
            old,
        )
        .execute(self.conn())
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
            .execute(self.conn())
            .await?;
        }
        Ok(())
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
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// The hold that it waits for, not a time of its own.
fn waits_for(queued: &Invitation) -> Option<WaitReason> {
    queued.waits.filter(|waits| !matches!(waits, WaitReason::Time(_)))
}
