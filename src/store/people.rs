//! The allow-list and what the bot remembers of people; admins by configuration are not here.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::apply::{Actor, Refusal, require};
use super::codes::{person, role, role_slug, time, unreadable};
use super::journal::{Action, Entry};
use super::links::keeps_links;
use super::{Reader, Store, StoreError, Tx};
use crate::domain::{InvitationNo, OfficeCode, Person, PersonId, Role};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub person: Person,
    /// `None`: revoked, never listed, or an admin by configuration.
    pub role: Option<Role>,
    /// The СБИС office code that the person used last.
    pub office: Option<OfficeCode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    Added,
    Changed { before: Role },
    Same,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffPage {
    pub people: Vec<Listed>,
    /// The page asked for or the last, counted from 1.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
}

struct Row {
    id: i64,
    name: Option<String>,
    role: Option<String>,
    office: Option<String>,
}

impl TryFrom<Row> for Listed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        listed_of(row.id, row.name, row.role, row.office)
    }
}

pub(super) fn listed_of(
    id: i64,
    name: Option<String>,
    role_slug: Option<String>,
    office: Option<String>,
) -> Result<Listed, StoreError> {
    let office = office.map(|code| OfficeCode::parse(&code)).transpose();
    Ok(Listed {
        person: person(id, name)?,
        role: role_slug.as_deref().map(role).transpose()?,
        office: office.map_err(|_| unreadable("office code"))?,
    })
}

async fn listed(conn: &mut SqliteConnection, id: PersonId) -> Result<Option<Listed>, StoreError> {
    let id = id.get();
    sqlx::query_as!(Row, "SELECT id, name, role, office FROM people WHERE id = ?", id)
        .fetch_optional(conn)
        .await?
        .map(Listed::try_from)
        .transpose()
}

impl Store {
    pub async fn listed(&self, id: PersonId) -> Result<Option<Listed>, StoreError> {
        let mut conn = self.read().await?;
        listed(&mut conn, id).await
    }

    /// Also where the rest of the row cannot be read.
    pub async fn is_listed(&self, id: PersonId) -> Result<bool, StoreError> {
        let mut conn = self.read().await?;
        let id = id.get();
        let listed = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM people WHERE id = ? AND role IS NOT NULL)
                   AS "listed!: bool""#,
            id,
        );
        Ok(listed.fetch_one(&mut *conn).await?)
    }
}

impl Reader {
    pub async fn queued_by(&mut self, author: PersonId) -> Result<Vec<InvitationNo>, StoreError> {
        let author = author.get();
        let numbers = sqlx::query_scalar!(
            r#"SELECT number AS "number!" FROM invitations
               WHERE author = ? AND bucket = 'waiting' AND state = 'queued' ORDER BY number"#,
            author,
        );
        Ok(numbers.fetch_all(self.conn().await?).await?.into_iter().map(InvitationNo).collect())
    }

    /// `None`: never listed and never met.
    pub async fn listed(&mut self, id: PersonId) -> Result<Option<Listed>, StoreError> {
        listed(self.conn().await?, id).await
    }

    /// The first instant without access, if it ends by itself.
    pub async fn access_until(&mut self, id: PersonId) -> Result<Option<Timestamp>, StoreError> {
        let id = id.get();
        let until = sqlx::query_scalar!("SELECT access_until FROM people WHERE id = ?", id);
        let until = until.fetch_optional(self.conn().await?).await?.flatten();
        until.map(time).transpose()
    }

    /// Whose access has ended, and who still has it.
    pub async fn access_ended(&mut self, now: Timestamp) -> Result<Vec<Person>, StoreError> {
        let now = now.as_millisecond();
        let rows = sqlx::query!("SELECT id, name FROM people WHERE access_until <= ?", now);
        let rows = rows.fetch_all(self.conn().await?).await?.into_iter();
        rows.map(|row| person(row.id, row.name)).collect()
    }

    pub async fn staff(&mut self, page: u32, per_page: u32) -> Result<StaffPage, StoreError> {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32" FROM people WHERE role IS NOT NULL"#
        )
        .fetch_one(self.conn().await?)
        .await?;
        let pages = count.div_ceil(per_page.max(1)).max(1);
        let page = page.clamp(1, pages);
        let skip = (page - 1) * per_page;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, name, role, office FROM people WHERE role IS NOT NULL
             ORDER BY name, id LIMIT ? OFFSET ?",
            per_page,
            skip,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let people = rows.into_iter().map(Listed::try_from).collect::<Result<_, _>>()?;
        Ok(StaffPage { people, page, pages })
    }

    /// Without those by configuration.
    pub async fn admins(&mut self) -> Result<Vec<PersonId>, StoreError> {
        sqlx::query_scalar!("SELECT id FROM people WHERE role = 'admin' ORDER BY id")
            .fetch_all(self.conn().await?)
            .await?
            .into_iter()
            .map(|id| PersonId::new(id).ok_or(unreadable("person's id")))
            .collect()
    }
}

impl Tx {
    pub(super) async fn upsert_person(
        &mut self,
        id: PersonId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.get(), now.as_millisecond());
        sqlx::query!(
            "INSERT INTO people (id, name, changed_at) VALUES (?, nullif(?, ''), ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, changed_at = excluded.changed_at
             WHERE name IS NULL AND excluded.name IS NOT NULL",
            id,
            name,
            now,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn allow(
        &mut self,
        actor: Actor,
        Person { id, name }: &Person,
        role: Role,
        fixed_admins: usize,
        now: Timestamp,
    ) -> Result<Allowed, StoreError> {
        let (by, actor, id, name) = (actor, actor.person(), *id, name.as_deref());
        let before = self.listed(id).await?;
        let role_before = before.as_ref().and_then(|listed| listed.role);
        if role_before == Some(Role::Admin) && role != Role::Admin {
            self.require_other_admin(id, fixed_admins).await?;
        }
        let (key, role_slug_now, at) = (id.get(), role_slug(role), now.as_millisecond());
        sqlx::query!(
            "INSERT INTO people (id, name, role, changed_at) VALUES (?, nullif(?, ''), ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 name = coalesce(excluded.name, name),
                 role = excluded.role, revoked_at = NULL, changed_at = excluded.changed_at,
                 access_until = iif(excluded.role = 'admin', NULL, access_until)",
            key,
            name,
            role_slug_now,
            at,
        )
        .execute(self.conn().await?)
        .await?;
        if role_before != Some(role) {
            self.drop_outbox_of(id).await?;
            if !keeps_links(role) {
                self.end_links_of(id, by, now).await?;
            }
            let entry = Entry {
                actor,
                action: Action::Allow(id),
                before: role_before.map(role_slug),
                after: Some(role_slug_now),
            };
            self.journal(entry, now).await?;
        }
        let name_before = before.and_then(|listed| listed.person.name);
        if name.is_some_and(|name| !name.is_empty() && name_before.as_deref() != Some(name)) {
            let entry = Entry { actor, action: Action::Name(id), before: None, after: None };
            self.journal(entry, now).await?;
        }
        Ok(match role_before {
            None => Allowed::Added,
            Some(before) if before == role => Allowed::Same,
            Some(before) => Allowed::Changed { before },
        })
    }

    /// Returns what was queued, which now waits for an admin's word.
    pub(super) async fn revoke(
        &mut self,
        actor: Actor,
        id: PersonId,
        fixed_admins: usize,
        now: Timestamp,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let (by, actor) = (actor, actor.person());
        let Some(before) = self.listed(id).await?.and_then(|listed| listed.role) else {
            return Err(StoreError::Overtaken(Refusal::Facts));
        };
        if before == Role::Admin {
            self.require_other_admin(id, fixed_admins).await?;
        }
        let (key, changed_by, at) = (id.get(), actor.map(PersonId::get), now.as_millisecond());
        sqlx::query!(
            "UPDATE people SET role = NULL, access_until = NULL, revoked_at = ?, changed_at = ?
             WHERE id = ?",
            at,
            at,
            key,
        )
        .execute(self.conn().await?)
        .await?;
        self.drop_outbox_of(id).await?;
        self.close_requests_of(id, now).await?;
        self.end_links_of(id, by, now).await?;
        sqlx::query!("DELETE FROM drafts WHERE person = ?", key)
            .execute(self.conn().await?)
            .await?;
        let held = sqlx::query_scalar!(
            r#"UPDATE invitations SET state = 'held', version = version + 1, changed_at = ?, changed_by = ?
               WHERE author = ? AND bucket = 'waiting' AND state = 'queued'
               RETURNING number AS "number!""#,
            at,
            changed_by,
            key,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let (action, before) = (Action::Revoke(id), Some(role_slug(before)));
        self.journal(Entry { actor, action, before, after: None }, now).await?;
        let mut held: Vec<InvitationNo> = held.into_iter().map(InvitationNo).collect();
        held.sort_unstable();
        Ok(held)
    }

    pub(super) async fn set_until(
        &mut self,
        id: PersonId,
        until: Option<Timestamp>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = self.access_until(id).await?;
        let (key, at) = (id.get(), now.as_millisecond());
        let ends = until.map(Timestamp::as_millisecond);
        let set = sqlx::query!(
            "UPDATE people SET access_until = ?, changed_at = ?
             WHERE id = ? AND role IN ('senior', 'staff', 'observer')",
            ends,
            at,
            key,
        );
        let set = set.execute(self.conn().await?).await?;
        require(set.rows_affected() == 1, Refusal::Facts)?;
        let word = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let (actor, action) = (actor.person(), Action::Until(id));
        let (before, after) = (word(before), word(until));
        let (before, after) = (before.as_deref(), after.as_deref());
        self.journal(Entry { actor, action, before, after }, now).await
    }

    pub(super) async fn remember_office(
        &mut self,
        id: PersonId,
        office: &OfficeCode,
    ) -> Result<(), StoreError> {
        let (id, office) = (id.get(), office.as_str());
        sqlx::query!("UPDATE people SET office = ? WHERE id = ?", office, id)
            .execute(self.conn().await?)
            .await?;
        Ok(())
    }

    async fn require_other_admin(
        &mut self,
        id: PersonId,
        fixed_admins: usize,
    ) -> Result<(), StoreError> {
        let other = fixed_admins > 0 || self.admins().await?.iter().any(|&admin| admin != id);
        require(other, Refusal::LastAdmin)
    }

    pub(super) async fn all_admins(
        &mut self,
        fixed: &[PersonId],
    ) -> Result<Vec<PersonId>, StoreError> {
        let listed = self.admins().await?.into_iter().filter(|admin| !fixed.contains(admin));
        Ok(fixed.iter().copied().chain(listed).collect())
    }
}
