//! How many letters a recipient got, and the office codes of people: what a confirmation is held
//! to. The database refuses the same by itself; here it gets a name.

use jiff::Timestamp;

use super::codes::{time, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{Number, OfficeCode, PersonId, Recipient, Room};

/// The most codes that one person has.
const OFFICES_MAX: usize = 10;

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
    /// Whether one more letter may go to this recipient through its provider, by whatever path:
    /// what was sent and what may have been counts, what surely was not does not.
    pub async fn repeat_room(
        &mut self,
        recipient: &Recipient,
        now: Timestamp,
    ) -> Result<Room, StoreError> {
        let (provider, key) = (recipient.provider().slug(), recipient.key());
        let letters = sqlx::query!(
            r#"SELECT count(*) AS "count!: u32", max(at) AS "last: i64" FROM letters
               WHERE provider = ? AND recipient_key = ?"#,
            provider,
            key,
        );
        let letters = letters.fetch_one(self.conn()).await?;
        Ok(Room::after(letters.count, letters.last.map(time).transpose()?, now))
    }

    /// The office codes that an admin gave a person, the main one first.
    pub async fn offices(&mut self, id: PersonId) -> Result<Vec<OfficeCode>, StoreError> {
        let id = id.get();
        sqlx::query_scalar!("SELECT code FROM offices WHERE person = ? ORDER BY place", id)
            .fetch_all(self.conn())
            .await?
            .iter()
            .map(|code| OfficeCode::parse(code).map_err(|_| unreadable("office code")))
            .collect()
    }
}

impl Tx {
    /// An admin goes beyond a rule, this once: to be written before what it allows.
    pub(super) async fn except(
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
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Writes down for which invitation an admin went beyond a rule.
    pub(super) async fn went_beyond(
        &mut self,
        rule: Rule,
        number: Number,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (actor, action) = (Some(by), Action::Beyond(number));
        let entry = Entry { actor, action, before: None, after: Some(rule.slug()) };
        self.journal(entry, now).await
    }

    /// Gives a person whom the bot knows these office codes and no others, the main one first; at
    /// most ten.
    pub(super) async fn set_offices(
        &mut self,
        by: PersonId,
        id: PersonId,
        codes: &[OfficeCode],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = self.offices(id).await?;
        let mut after: Vec<OfficeCode> = Vec::new();
        for code in codes {
            if !after.contains(code) && after.len() < OFFICES_MAX {
                after.push(code.clone());
            }
        }
        if before == after {
            return Ok(());
        }
        let key = id.get();
        sqlx::query!("DELETE FROM offices WHERE person = ?", key).execute(self.conn()).await?;
        for (place, code) in (0_i64..).zip(&after) {
            let code = code.as_str();
            sqlx::query!(
                "INSERT INTO offices (person, place, code) VALUES (?, ?, ?)",
                key,
                place,
                code,
            )
            .execute(self.conn())
            .await?;
        }
        let list = |codes: &[OfficeCode]| {
            let codes: Vec<&str> = codes.iter().map(OfficeCode::as_str).collect();
            (!codes.is_empty()).then(|| codes.join(","))
        };
        let (before, after) = (list(&before), list(&after));
        let (actor, action) = (Some(by), Action::Office(id));
        let (before, after) = (before.as_deref(), after.as_deref());
        self.journal(Entry { actor, action, before, after }, now).await
    }
}
