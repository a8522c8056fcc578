//! Makes an invitation of what a person confirmed. The rules of the schema decide; only where they
//! refuse, it is looked into why.

use jiff::Timestamp;
use uuid::Uuid;

use super::apply::{Refusal, require};
use super::limits::Quotas;
use super::resends::Rule;
use super::{StoreError, Tx};
use crate::domain::{DraftRevision, InvitationNo, PersonId, Recipient, ResendQuota};

#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub draft: DraftRevision,
    pub recipient: Recipient,
    /// The same in every attempt.
    pub guid: Uuid,
    /// As the author was told.
    pub repeats: Option<InvitationNo>,
    pub status_message: Option<i32>,
    /// `None`: as soon as possible.
    pub send_at: Option<Timestamp>,
    /// The messages of the author's chat that it was typed in.
    pub sources: Vec<i32>,
    pub options: SubmitOptions,
    pub quotas: Quotas,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmitOptions {
    /// Until then it can be taken back.
    pub not_before: Timestamp,
    /// Any office code is allowed.
    pub admin: bool,
    /// The person knows that it is one letter more than the rule allows, and is an admin or was
    /// granted it.
    pub override_limit: bool,
}

impl SubmitOptions {
    /// Without an undo window, for staff.
    pub fn at_once(now: Timestamp) -> Self {
        Self { not_before: now, admin: false, override_limit: false }
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
        require(self.drop_draft(author, new.draft).await?, Refusal::Session)?;
        let broken = self.broken_rules(author, new, now).await?;
        let granted = self.use_grant(author, recipient, now).await?;
        let within = !broken.contains(&Rule::Repeats);
        require(within || granted || new.options.admin, Refusal::Facts)?;
        for rule in &broken {
            self.override_rule(*rule, recipient, author, now).await?;
        }
        let number = match self.insert(author, new, now).await {
            Ok(number) => number,
            Err(error) => return Err(self.why_refused(author, new, now).await?.unwrap_or(error)),
        };
        for rule in broken {
            self.record_override(rule, number, author, now).await?;
        }
        if let Some(office) = recipient.company().and_then(|company| company.office.as_ref()) {
            self.remember_office(author, office).await?;
        }
        Ok(number)
    }

    /// Those that somebody goes beyond knowingly.
    async fn broken_rules(
        &mut self,
        author: PersonId,
        new: &NewInvitation,
        now: Timestamp,
    ) -> Result<Vec<Rule>, StoreError> {
        let foreign = new.options.admin && self.is_foreign_office(author, &new.recipient).await?;
        let beyond = new.options.override_limit
            && self.resend_quota(&new.recipient, now).await? != ResendQuota::Available;
        let rules = [(foreign, Rule::Office), (beyond, Rule::Repeats)];
        Ok(rules.into_iter().filter_map(|(broken, rule)| broken.then_some(rule)).collect())
    }

    async fn why_refused(
        &mut self,
        author: PersonId,
        new: &NewInvitation,
        now: Timestamp,
    ) -> Result<Option<StoreError>, StoreError> {
        let to = &new.recipient;
        let refusal = if self.stop_for(Some(to.email()), to.inn()).await?.is_some() {
            Refusal::Stopped
        } else if let Some(other) = self.in_flight(to.provider().slug(), &to.key()).await? {
            Refusal::InFlight(other)
        } else if !new.options.admin && self.is_foreign_office(author, to).await? {
            Refusal::NotTheirOffice
        } else {
            match self.resend_quota(to, now).await? {
                ResendQuota::Available => return Ok(None),
                _ if new.options.override_limit => return Ok(None),
                quota => Refusal::NoResends(quota),
            }
        };
        Ok(Some(StoreError::Overtaken(refusal)))
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
        let idempotency_key = of_draft(new.draft.draft);
        let not_before = new.options.not_before.as_millisecond();
        let send_at = new.send_at.map(Timestamp::as_millisecond);
        let (email, email_key) = (new.recipient.email().as_str(), new.recipient.email().key());
        let company = new.recipient.company();
        let inn = company.map(|company| company.inn.as_str());
        let kpp = company.and_then(|company| company.kpp.as_ref()).map(|kpp| kpp.as_str());
        let name = company.map(|company| company.name.as_str());
        let office = company.and_then(|company| company.office.as_ref()).map(|code| code.as_str());
        let (guid, repeats) = (new.guid.to_string(), new.repeats.map(|number| number.0));
        let sources = format!("{:?}", new.sources);
        let number = sqlx::query_scalar!(
            r#"INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn,
                   kpp, name, office, recipient_key, guid, repeats, status_message, sources, not_before,
                   send_at, created_at, changed_at, changed_by)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number AS "number!""#,
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
            repeats,
            new.status_message,
            sources,
            not_before,
            send_at,
            now,
            now,
            author,
        )
        .fetch_one(self.conn().await?)
        .await?;
        Ok(InvitationNo(number))
    }
}

pub(super) fn of_draft(draft: i64) -> String {
    format!("draft:{draft}")
}
