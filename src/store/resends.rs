//! How many letters a recipient got. Triggers refuse one too many; here the reason gets a name.

use jiff::Timestamp;

use super::codes::time;
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{InvitationNo, PersonId, Recipient, ResendQuota};

/// A rule that an admin may go beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Repeats,
    Office,
}

impl Rule {
    fn slug(self) -> &'static str {
        match self {
            Self::Repeats => "repeats",
            Self::Office => "office",
        }
    }
}

impl Reader {
    /// What was sent and what may have been counts; what surely was not does not.
    pub async fn resend_quota(
        &mut self,
        recipient: &Recipient,
        now: Timestamp,
    ) -> Result<ResendQuota, StoreError> {
        let (provider, key) = (recipient.provider().slug(), recipient.key());
        let letters = sqlx::query!(
            r#"SELECT count(*) AS "count!: u32", max(at) AS "last: i64" FROM possibly_sent
               WHERE provider = ? AND recipient_key = ?"#,
            provider,
            key,
        );
        let letters = letters.fetch_one(self.conn().await?).await?;
        Ok(ResendQuota::after(letters.count, letters.last.map(time).transpose()?, now))
    }
}

impl Tx {
    /// To be written before what it allows.
    pub(super) async fn override_rule(
        &mut self,
        rule: Rule,
        recipient: &Recipient,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (rule, provider, key) = (rule.slug(), recipient.provider().slug(), recipient.key());
        let (by, at) = (by.get(), now.as_millisecond());
        sqlx::query!(
            "INSERT INTO exceptions (rule, provider, recipient_key, person, at)
             VALUES (?, ?, ?, ?, ?)",
            rule,
            provider,
            key,
            by,
            at,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn record_override(
        &mut self,
        rule: Rule,
        number: InvitationNo,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (actor, action) = (Some(by), Action::Override(number));
        let entry = Entry { actor, action, before: None, after: Some(rule.slug()) };
        self.journal(entry, now).await
    }
}
