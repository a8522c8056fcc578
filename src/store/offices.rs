//! The office codes of people, given by an admin.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::codes::{json_ids, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{OfficeCode, PersonId};

const OFFICES_MAX: usize = 10;

impl Reader {
    /// The main one first.
    pub async fn offices(&mut self, id: PersonId) -> Result<Vec<OfficeCode>, StoreError> {
        let id = id.get();
        sqlx::query_scalar!("SELECT code FROM offices WHERE person = ? ORDER BY place", id)
            .fetch_all(self.conn().await?)
            .await?
            .iter()
            .map(|code| OfficeCode::parse(code).map_err(|_| unreadable("office code")))
            .collect()
    }

    /// The same of several people; who has none is not there.
    pub async fn offices_of(
        &mut self,
        people: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Vec<OfficeCode>>, StoreError> {
        let people = json_ids(people);
        let rows = sqlx::query!(
            "SELECT person, code FROM offices
             WHERE person IN (SELECT value FROM json_each(?)) ORDER BY person, place",
            people,
        );
        let mut offices: BTreeMap<PersonId, Vec<OfficeCode>> = BTreeMap::new();
        for row in rows.fetch_all(self.conn().await?).await? {
            let person = PersonId::new(row.person).ok_or(unreadable("person's id"))?;
            let code = OfficeCode::parse(&row.code).map_err(|_| unreadable("office code"))?;
            offices.entry(person).or_default().push(code);
        }
        Ok(offices)
    }
}

impl Tx {
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
        sqlx::query!("DELETE FROM offices WHERE person = ?", key)
            .execute(self.conn().await?)
            .await?;
        for (place, code) in (0_i64..).zip(&after) {
            let code = code.as_str();
            sqlx::query!(
                "INSERT INTO offices (person, place, code) VALUES (?, ?, ?)",
                key,
                place,
                code,
            )
            .execute(self.conn().await?)
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
