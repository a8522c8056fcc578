//! What people do to an invitation: confirm, take back, release, judge, repeat. What comes of a
//! call is in `attempts`.

use jiff::Timestamp;
use uuid::Uuid;

use super::apply::{Refusal, require};
use super::limits::Quotas;
use super::resends::Rule;
use super::{Reader, StoreError, Tx};
use crate::domain::{Invitation, InvitationNo, PersonId, Recipient, ResendQuota, Verdict};

#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The draft's id and revision.
    pub draft: (i64, i64),
    pub recipient: Recipient,
    /// The same in every attempt.
    pub guid: Uuid,
    pub status_message: Option<i32>,
    /// `None`: as soon as possible.
    pub send_at: Option<Timestamp>,
    pub options: SubmitOptions,
    pub quotas: Quotas,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmitOptions {
    /// Until then it can be taken back.
    pub not_before: Timestamp,
    /// Any office code is allowed.
    pub admin: bool,
    /// The admin knows that it is one letter more than the rule allows.
    pub override_limit: bool,
}

impl SubmitOptions {
    /// Without an undo window, for staff.
    pub fn at_once(now: Timestamp) -> Self {
        Self { not_before: now, admin: false, override_limit: false }
    }
}

impl Reader {
    /// It waits, is being sent, or nobody knows what became of it.
    pub async fn barring(&mut self, to: &Recipient) -> Result<Option<Invitation>, StoreError> {
        match self.in_flight(to.provider().slug(), &to.key()).await? {
            Some(number) => self.invitation(number).await,
            None => Ok(None),
        }
    }

    /// The unique index allows one at most; in a write transaction the answer stays true.
    async fn in_flight(
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
        .fetch_optional(self.conn())
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
        Ok(number.fetch_optional(self.conn()).await?.map(InvitationNo))
    }

    pub async fn status_message(
        &mut self,
        number: InvitationNo,
    ) -> Result<Option<i32>, StoreError> {
        let message = sqlx::query_scalar!(
            r#"SELECT status_message AS "message: i32" FROM invitations WHERE number = ?"#,
            number.0,
        );
        Ok(message.fetch_optional(self.conn()).await?.flatten())
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
        Ok(shows.fetch_one(self.conn()).await?)
    }
}

impl Tx {
    pub(super) async fn submit(
        &mut self,
        author: PersonId,
        new: &NewInvitation,
        now: Timestamp,
    ) -> Result<InvitationNo, StoreError> {
        let recipient = &new.recipient;
        self.require_quota(author, recipient, &new.quotas, now).await?;
        let ((id, revision), person) = (new.draft, author.get());
        let draft = sqlx::query_scalar!(
            "SELECT id FROM drafts WHERE person = ? AND id = ? AND revision = ?",
            person,
            id,
            revision,
        );
        require(draft.fetch_optional(self.conn()).await?.is_some(), Refusal::Session)?;
        let stop = self.stop_for(Some(recipient.email()), recipient.inn()).await?;
        require(stop.is_none(), Refusal::Stopped)?;
        self.require_none_in_flight(recipient, None).await?;
        let foreign = self.is_foreign_office(author, recipient).await?;
        require(!foreign || new.options.admin, Refusal::NotTheirOffice)?;
        let quota = self.resend_quota(recipient, now).await?;
        require(
            quota == ResendQuota::Available || new.options.override_limit,
            Refusal::NoResends(quota),
        )?;
        self.drop_draft(author, new.draft).await?;
        let broken = [(foreign, Rule::Office), (quota != ResendQuota::Available, Rule::Repeats)];
        for (_, rule) in broken.iter().filter(|(broken, _)| *broken) {
            self.override_rule(*rule, recipient, author, now).await?;
        }
        let number = self.insert(author, new, now).await?;
        for (_, rule) in broken.iter().filter(|(broken, _)| *broken) {
            self.record_override(*rule, number, author, now).await?;
        }
        if let Some(office) = recipient.company().and_then(|company| company.office.as_ref()) {
            self.remember_office(author, office).await?;
        }
        Ok(number)
    }

    async fn require_quota(
        &mut self,
        person: PersonId,
        to: &Recipient,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        require(self.limit_reached(person, to, quotas, now).await?.is_none(), Refusal::Facts)
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

    /// The author has office codes, and the invitation has none of them.
    async fn is_foreign_office(
        &mut self,
        author: PersonId,
        to: &Recipient,
    ) -> Result<bool, StoreError> {
        let Some(company) = to.company() else { return Ok(false) };
        let own = self.offices(author).await?;
        let is_own = company.office.as_ref().is_some_and(|code| own.contains(code));
        Ok(!own.is_empty() && !is_own)
    }

    async fn insert(
        &mut self,
        author: PersonId,
        new: &NewInvitation,
        now: Timestamp,
    ) -> Result<InvitationNo, StoreError> {
        let (author, now) = (author.get(), now.as_millisecond());
        let (provider, recipient_key) = (new.recipient.provider().slug(), new.recipient.key());
        let idempotency_key = of_draft(new.draft.0);
        let not_before = new.options.not_before.as_millisecond();
        let send_at = new.send_at.map(Timestamp::as_millisecond);
        let (email, email_key) = (new.recipient.email().as_str(), new.recipient.email().key());
        let company = new.recipient.company();
        let inn = company.map(|company| company.inn.as_str());
        let kpp = company.and_then(|company| company.kpp.as_ref()).map(|kpp| kpp.as_str());
        let name = company.map(|company| company.name.as_str());
        let office = company.and_then(|company| company.office.as_ref()).map(|code| code.as_str());
        let guid = new.guid.to_string();
        let number = sqlx::query_scalar!(
            r#"INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn,
                   kpp, name, office, recipient_key, guid, status_message, not_before, send_at, created_at,
                   changed_at, changed_by)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number AS "number!""#,
            provider,
            author,
            idempotency_key,
            email,
            email_key,
            inn,
            kpp,
            name,
            office,
            recipient_key,
            guid,
            new.status_message,
            not_before,
            send_at,
            now,
            now,
            author,
        )
        .fetch_one(self.conn())
        .await?;
        Ok(InvitationNo(number))
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
        .execute(self.conn())
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
        .execute(self.conn())
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
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(super) async fn repeat(
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
        .execute(self.conn())
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
        .execute(self.conn())
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
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

fn of_draft(draft: i64) -> String {
    format!("draft:{draft}")
}
