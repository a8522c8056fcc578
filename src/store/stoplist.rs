//! Who must not be written to. Triggers hold what the list forbids; here it is kept and asked, and
//! what is queued to its recipients is held.

use jiff::Timestamp;
use serde_json::json;

use super::codes::{person, time, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{Email, Inn, InvitationNo, PersonId, StopEntry, StopTarget};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopPage {
    pub entries: Vec<StopEntry>,
    /// The page asked for or the last, counted from 1.
    pub page: u32,
    pub pages: u32,
}

struct Row {
    id: i64,
    kind: String,
    value: String,
    reason: Option<String>,
    added_at: i64,
    added_by: i64,
    name: Option<String>,
}

impl TryFrom<Row> for StopEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            stop: StopTarget::stored(&row.kind, row.value)
                .ok_or(unreadable("entry of the stop-list"))?,
            reason: row.reason,
            at: time(row.added_at)?,
            by: person(row.added_by, row.name)?,
        })
    }
}

impl Reader {
    /// The oldest entry, as the view `stopped` finds it, so that no trigger refuses what passes
    /// here.
    pub async fn stop_for(
        &mut self,
        email: Option<&Email>,
        inn: Option<&Inn>,
    ) -> Result<Option<StopEntry>, StoreError> {
        let (key, inn) = (email.map(Email::key), inn.map(Inn::as_str));
        let row = sqlx::query_as!(
            Row,
            r#"SELECT s.id AS "id!", s.kind, s.value AS "value!", s.reason, s.added_at, s.added_by,
                      p.name AS "name?"
               FROM stoplist s JOIN people p ON p.id = s.added_by
               WHERE s.removed_at IS NULL AND (
                   (s.kind = 'inn' AND s.value = ?2)
                   OR (s.kind = 'email' AND s.value = ?1)
                   OR (s.kind = 'domain'
                       AND substr('.' || substr(?1, instr(?1, '@') + 1), -length('.' || s.value))
                           = '.' || s.value))
               ORDER BY s.id LIMIT 1"#,
            key,
            inn,
        );
        row.fetch_optional(self.conn().await?).await?.map(StopEntry::try_from).transpose()
    }

    pub async fn stop_entry(&mut self, id: i64) -> Result<Option<StopEntry>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT s.id AS "id!", s.kind, s.value AS "value!", s.reason, s.added_at, s.added_by,
                      p.name AS "name?"
               FROM stoplist s JOIN people p ON p.id = s.added_by
               WHERE s.id = ? AND s.removed_at IS NULL"#,
            id,
        );
        row.fetch_optional(self.conn().await?).await?.map(StopEntry::try_from).transpose()
    }

    pub async fn stoplist(&mut self, page: u32, per_page: u32) -> Result<StopPage, StoreError> {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM stoplist WHERE removed_at IS NULL"#
        );
        let pages = count.fetch_one(self.conn().await?).await?.div_ceil(per_page.max(1)).max(1);
        let page = page.clamp(1, pages);
        let skip = (page - 1) * per_page;
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT s.id AS "id!", s.kind, s.value AS "value!", s.reason, s.added_at, s.added_by,
                      p.name AS "name?"
               FROM stoplist s JOIN people p ON p.id = s.added_by
               WHERE s.removed_at IS NULL ORDER BY s.id DESC LIMIT ? OFFSET ?"#,
            per_page,
            skip,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let entries = rows.into_iter().map(StopEntry::try_from).collect::<Result<_, _>>()?;
        Ok(StopPage { entries, page, pages })
    }

    pub async fn is_listed_as(&mut self, stop: &StopTarget) -> Result<bool, StoreError> {
        let (kind, value) = (stop.kind(), stop.value());
        let listed = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM stoplist
                              WHERE kind = ? AND value = ? AND removed_at IS NULL) AS "is!: bool""#,
            kind,
            value,
        );
        Ok(listed.fetch_one(self.conn().await?).await?)
    }

    pub async fn queued_to(
        &mut self,
        stops: &[StopTarget],
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let stops: Vec<_> =
            stops.iter().map(|stop| json!({"kind": stop.kind(), "value": stop.value()})).collect();
        let stops = json!(stops).to_string();
        let numbers = sqlx::query_scalar!(
            r#"SELECT i.number AS "number!" FROM invitations i
               WHERE i.bucket = 'waiting' AND i.state = 'queued' AND (
                   EXISTS (SELECT 1 FROM stopped WHERE invitation = i.number)
                   OR EXISTS (
                       SELECT 1 FROM json_each(?1) s,
                           (SELECT substr(i.email_key, instr(i.email_key, '@') + 1) AS domain)
                       WHERE (s.value ->> 'kind' = 'inn' AND s.value ->> 'value' = i.inn)
                          OR (s.value ->> 'kind' = 'email' AND s.value ->> 'value' = i.email_key)
                          OR (s.value ->> 'kind' = 'domain'
                              AND substr('.' || domain, -length('.' || (s.value ->> 'value')))
                                  = '.' || (s.value ->> 'value'))))
               ORDER BY i.number"#,
            stops,
        );
        Ok(numbers.fetch_all(self.conn().await?).await?.into_iter().map(InvitationNo).collect())
    }

    /// What is held by this entry alone.
    pub async fn held_by_list(&mut self, without: i64) -> Result<u32, StoreError> {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM invitations i
               WHERE i.bucket = 'waiting' AND i.state = 'held'
                 AND NOT EXISTS (SELECT 1 FROM stopped WHERE invitation = i.number AND entry <> ?)
                 AND EXISTS (SELECT 1 FROM journal
                             WHERE invitation = i.number AND action = 'stopped' AND id > (
                                 SELECT max(id) FROM journal
                                 WHERE invitation = i.number AND action = 'state'))"#,
            without,
        );
        Ok(count.fetch_one(self.conn().await?).await?)
    }
}

impl Tx {
    /// Returns what is held now.
    pub(super) async fn stop(
        &mut self,
        stops: &[StopTarget],
        reason: Option<&str>,
        by: PersonId,
        now: Timestamp,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let (person, at) = (by.get(), now.as_millisecond());
        let reason = reason.filter(|reason| !reason.is_empty());
        let mut entries = Vec::new();
        for stop in stops {
            let (kind, value) = (stop.kind(), stop.value());
            let entry = sqlx::query_scalar!(
                r#"INSERT INTO stoplist (kind, value, reason, added_at, added_by)
                   VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (kind, value) WHERE removed_at IS NULL DO NOTHING
                   RETURNING id AS "id!""#,
                kind,
                value,
                reason,
                at,
                person,
            )
            .fetch_optional(self.conn().await?)
            .await?;
            entries.extend(entry);
        }
        let held = self.hold_stopped(None, now).await?;
        self.tell_stopped_by(&entries).await?;
        Ok(held)
    }

    /// `false`: it is off already.
    pub(super) async fn unstop(
        &mut self,
        id: i64,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.tell_stopped_by(&[id]).await?;
        let (by, at) = (by.get(), now.as_millisecond());
        let off = sqlx::query!(
            "UPDATE stoplist SET removed_at = ?, removed_by = ?
             WHERE id = ? AND removed_at IS NULL",
            at,
            by,
            id,
        );
        Ok(off.execute(self.conn().await?).await?.rows_affected() == 1)
    }
    /// Held, not cancelled: an earlier attempt may be in doubt, and the entry may be a mistake.
    pub(super) async fn hold_stopped(
        &mut self,
        only: Option<InvitationNo>,
        now: Timestamp,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let (only, at) = (only.map(|number| number.0), now.as_millisecond());
        let held = sqlx::query_scalar!(
            r#"UPDATE invitations SET state = 'held', version = version + 1, changed_at = ?,
                   changed_by = NULL
               WHERE number IN (SELECT number FROM invitations
                                WHERE bucket = 'waiting' AND state = 'queued')
                 AND (?2 IS NULL OR number = ?2)
                 AND EXISTS (SELECT 1 FROM stopped WHERE invitation = number)
               RETURNING number AS "number!""#,
            at,
            only,
        )
        .fetch_all(self.conn().await?)
        .await?;
        for number in &held {
            // Notes why it is held, until its state changes again.
            let action = Action::Stopped(InvitationNo(*number));
            let entry = Entry { actor: None, action, before: None, after: None };
            self.journal(entry, now).await?;
        }
        let mut held: Vec<InvitationNo> = held.into_iter().map(InvitationNo).collect();
        held.sort_unstable();
        Ok(held)
    }

    /// What only these entries hold is told anew, for why it waits changes.
    async fn tell_stopped_by(&mut self, entries: &[i64]) -> Result<(), StoreError> {
        let entries = json!(entries).to_string();
        sqlx::query!(
            "UPDATE invitations SET notified_version = min(notified_version, version - 1)
             WHERE bucket = 'waiting' AND state = 'held'
               AND EXISTS (SELECT 1 FROM stopped WHERE invitation = number
                           AND entry IN (SELECT value FROM json_each(?1)))
               AND NOT EXISTS (SELECT 1 FROM stopped WHERE invitation = number
                               AND entry NOT IN (SELECT value FROM json_each(?1)))",
            entries,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}
