//! What people do to an invitation that there is: take back, release, judge, repeat. A new one is
//! made in `submit`; what comes of a call is in `attempts`.

use jiff::Timestamp;

use super::apply::{Refusal, require};
use super::limits::{self, Quotas};
use super::resends::Rule;
use super::submit::{SubmitOptions, of_draft};
use super::{Reader, StoreError, Tx};
use crate::domain::{Invitation, InvitationNo, PersonId, Recipient, ResendQuota, Verdict};

impl Reader {
    /// It waits, is being sent, or nobody knows what became of it.
    pub async fn barring(&mut self, to: &Recipient) -> Result<Option<Invitation>, StoreError> {
        match self.in_flight(to.provider().slug(), &to.key()).await? {
            Some(number) => self.invitation(number).await,
            None => Ok(None),
        }
    }

    /// The unique index allows one at most; in a write transaction the answer stays true.
    pub(super) async fn in_flight(
        &mut self,
        provider: &str,
        key: &str,
    ) -> Result<Option<InvitationNo>, StoreError> {
        let number = sqlx::query_scalar!(
            r#"SELECT number AS "number!" FROM invitations
               WHERE provider = ? AND recipient_key = ? AND override_no = 0
                 AND state IN ('queued', 'held', 'sending', 'unknown')"#,
            provider,
            key,
        )
        .fetch_optional(self.conn().await?)
        .await?;
        Ok(number.map(InvitationNo))
    }

    pub async fn invitation_from_draft(
        &mut self,
        draft: i64,
    ) -> Result<Option<InvitationNo>, StoreError> {
        let key = of_draft(draft);
        let number = sqlx::query_scalar!(
            r#"SELECT number AS "number!" FROM invitations WHERE idempotency_key = ?"#,
            key,
        );
        Ok(number.fetch_optional(self.conn().await?).await?.map(InvitationNo))
    }

    /// The newest one that the author typed in this message, of the last 200.
    pub async fn invitation_of_message(
        &mut self,
        author: PersonId,
        message: i32,
    ) -> Result<Option<InvitationNo>, StoreError> {
        let author = author.get();
        let number = sqlx::query_scalar!(
            r#"SELECT number AS "number!"
               FROM (SELECT number, sources FROM invitations
                     WHERE author = ?1 ORDER BY number DESC LIMIT 200)
               WHERE EXISTS (SELECT 1 FROM json_each(sources) WHERE value = ?2)
               ORDER BY number DESC LIMIT 1"#,
            author,
            message,
        );
        Ok(number.fetch_optional(self.conn().await?).await?.map(InvitationNo))
    }

    pub async fn status_message(
        &mut self,
        number: InvitationNo,
    ) -> Result<Option<i32>, StoreError> {
        let message = sqlx::query_scalar!(
            r#"SELECT status_message AS "message: i32" FROM invitations WHERE number = ?"#,
            number.0,
        );
        Ok(message.fetch_optional(self.conn().await?).await?.flatten())
    }

    pub async fn is_status_message(
        &mut self,
        author: PersonId,
        message: i32,
    ) -> Result<bool, StoreError> {
        let author = author.get();
        let shows = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM invitations WHERE author = ? AND status_message = ?)
                   AS "shows!: bool""#,
            author,
            message,
        );
        Ok(shows.fetch_one(self.conn().await?).await?)
    }
}

impl Tx {
    pub(super) async fn require_quota(
        &mut self,
        person: PersonId,
        to: &Recipient,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let own = self.own_limits(person).await?;
        let usage = match limits::usage(&[], &own, &[], quotas, now)? {
            unlimited if unlimited.remaining().is_none() => unlimited,
            _ => self.usage(person, quotas, now).await?,
        };
        require(self.limit_reached(&usage, to, quotas).await?.is_none(), Refusal::Facts)
    }

    async fn require_none_in_flight(
        &mut self,
        to: &Recipient,
        but: Option<InvitationNo>,
    ) -> Result<(), StoreError> {
        match self.in_flight(to.provider().slug(), &to.key()).await? {
            Some(other) if Some(other) != but => {
                Err(StoreError::Overtaken(Refusal::InFlight(other)))
            }
            _ => Ok(()),
        }
    }

    /// `false`: it is not at this version any more, or not unknown.
    pub(super) async fn resolve(
        &mut self,
        number: InvitationNo,
        version: i64,
        verdict: Verdict,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let state = match verdict {
            Verdict::Arrived => "confirmed_sent",
            Verdict::Missing => "confirmed_not_sent",
        };
        let (by, now) = (by.get(), now.as_millisecond());
        let done = sqlx::query!(
            "UPDATE invitations SET state = ?, version = version + 1, changed_at = ?, changed_by = ?
             WHERE number = ? AND version = ? AND state = 'unknown'",
            state,
            now,
            by,
            number.0,
            version,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// `false`: it is not at this version any more, or not waiting.
    pub(super) async fn cancel(
        &mut self,
        number: InvitationNo,
        version: i64,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let state = if self.is_in_doubt(number).await? { "unknown" } else { "cancelled" };
        let (by, now) = (by.get(), now.as_millisecond());
        let done = sqlx::query!(
            "UPDATE invitations SET state = ?, version = version + 1, changed_at = ?, changed_by = ?
             WHERE number = ? AND version = ? AND state IN ('queued', 'held')",
            state,
            now,
            by,
            number.0,
            version,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// `false`: it is not at this version any more, not held, or its recipient is on the stop-list.
    pub(super) async fn release(
        &mut self,
        number: InvitationNo,
        version: i64,
        by: PersonId,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (by, not_before, now) = (by.get(), not_before.as_millisecond(), now.as_millisecond());
        let done = sqlx::query!(
            "UPDATE invitations SET state = 'queued', version = version + 1, not_before = ?5,
                 changed_at = ?1, changed_by = ?2
             WHERE number = ?3 AND version = ?4 AND state = 'held'
               AND NOT EXISTS (SELECT 1 FROM stopped WHERE invitation = ?3)",
            now,
            by,
            number.0,
            version,
            not_before,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(super) async fn resend(
        &mut self,
        number: InvitationNo,
        version: i64,
        by: PersonId,
        options: SubmitOptions,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let invitation = self.invitation(number).await?;
        let invitation = invitation.filter(|it| it.version == version && it.state.may_retry());
        let invitation = invitation.ok_or(StoreError::Overtaken(Refusal::Facts))?;
        let recipient = &invitation.recipient;
        self.require_quota(by, recipient, quotas, now).await?;
        require(!invitation.stopped, Refusal::Stopped)?;
        self.require_none_in_flight(recipient, Some(number)).await?;
        let quota = self.resend_quota(recipient, now).await?;
        require(
            quota == ResendQuota::Available || options.override_limit,
            Refusal::NoResends(quota),
        )?;
        if quota != ResendQuota::Available {
            let granted = self.use_grant(by, recipient, now).await?;
            require(granted || options.admin, Refusal::Facts)?;
            self.override_rule(Rule::Repeats, recipient, by, now).await?;
            self.record_override(Rule::Repeats, number, by, now).await?;
        }
        let (by, now, go) = (by.get(), now.as_millisecond(), options.not_before.as_millisecond());
        sqlx::query!(
            "INSERT INTO consents (invitation, version, person, at) VALUES (?, ?, ?, ?)",
            number.0,
            version,
            by,
            now,
        )
        .execute(self.conn().await?)
        .await?;
        sqlx::query!(
            "UPDATE invitations SET state = 'queued', refusal = NULL, version = version + 1,
                 not_before = ?1, send_at = NULL, changed_at = ?2, changed_by = ?3
             WHERE number = ?4",
            go,
            now,
            by,
            number.0,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn adopt_status_message(
        &mut self,
        number: InvitationNo,
        message: i32,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE invitations SET status_message = ? WHERE number = ?",
            message,
            number.0,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}
