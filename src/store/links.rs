//! Links that let somebody in, and who came in by them.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::apply::{Actor, Refusal, require};
use super::codes::{person, role, role_slug, time, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{Link, LinkEnd, LinkTerms, OfficeCode, Person, PersonId, Role, Token};

struct Row {
    id: i64,
    token_hash: Vec<u8>,
    role: String,
    office: Option<String>,
    day_limit: Option<u32>,
    until: i64,
    uses: u32,
    used: u32,
    made_by: i64,
    name: Option<String>,
    ended: Option<String>,
}

impl TryFrom<Row> for Link {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let office = row.office.map(|code| OfficeCode::parse(&code)).transpose();
        Ok(Self {
            id: row.id,
            role: role(&row.role)?,
            office: office.map_err(|_| unreadable("office code"))?,
            day_limit: row.day_limit,
            until: time(row.until)?,
            uses: row.uses,
            used: row.used,
            made_by: person(row.made_by, row.name)?,
            ended: match row.ended.as_deref() {
                None => None,
                Some("revoked") => Some(LinkEnd::Revoked),
                Some("replaced") => Some(LinkEnd::Replaced),
                Some(_) => return Err(unreadable("end of a link")),
            },
        })
    }
}

/// The whole, and what it is found by.
fn hashed(token: &Token) -> ([u8; 32], i64) {
    let hash: [u8; 32] = Sha256::digest(token.bytes()).into();
    let begins = hash.iter().take(4).fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    (hash, begins)
}

impl Reader {
    /// Found by a part of the hash, which tells nothing, and compared in constant time.
    pub async fn link_of(&mut self, token: &Token) -> Result<Option<Link>, StoreError> {
        let (hash, begins) = hashed(token);
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT l.id, l.token_hash, l.role, l.office, l.day_limit AS "day_limit: u32", l.until,
                      l.uses AS "uses: u32", l.used AS "used: u32", l.made_by, p.name AS "name?",
                      l.ended
               FROM links l JOIN people p ON p.id = l.made_by WHERE l.begins = ?"#,
            begins,
        );
        let rows = rows.fetch_all(self.conn().await?).await?;
        let same = |row: &Row| bool::from(row.token_hash.ct_eq(&hash));
        rows.into_iter().find(same).map(Link::try_from).transpose()
    }

    pub async fn link(&mut self, id: i64) -> Result<Option<Link>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT l.id, l.token_hash, l.role, l.office, l.day_limit AS "day_limit: u32", l.until,
                      l.uses AS "uses: u32", l.used AS "used: u32", l.made_by, p.name AS "name?",
                      l.ended
               FROM links l JOIN people p ON p.id = l.made_by WHERE l.id = ?"#,
            id,
        );
        row.fetch_optional(self.conn().await?).await?.map(Link::try_from).transpose()
    }

    /// Whose access was taken away, or who was shut out: a link that is still about does not undo it.
    pub async fn may_not_join(&mut self, person: PersonId) -> Result<bool, StoreError> {
        let person = person.get();
        let barred = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM people WHERE id = ?1 AND revoked_at IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM requests WHERE asker = ?1 AND kind = 'access'
                              AND state = 'blocked') AS "barred!: bool""#,
            person,
        );
        Ok(barred.fetch_one(self.conn().await?).await?)
    }

    /// Those that still open, what ends first first.
    pub async fn open_links(&mut self, now: Timestamp, most: u32) -> Result<Vec<Link>, StoreError> {
        let now = now.as_millisecond();
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT l.id, l.token_hash, l.role, l.office, l.day_limit AS "day_limit: u32", l.until,
                      l.uses AS "uses: u32", l.used AS "used: u32", l.made_by, p.name AS "name?",
                      l.ended
               FROM links l JOIN people p ON p.id = l.made_by
               WHERE l.ended_at IS NULL AND l.until > ? AND l.used < l.uses
               ORDER BY l.until LIMIT ?"#,
            now,
            most,
        );
        let rows = rows.fetch_all(self.conn().await?).await?;
        rows.into_iter().map(Link::try_from).collect()
    }
}

impl Tx {
    pub(super) async fn make_link(
        &mut self,
        token: &Token,
        terms: &LinkTerms,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (hash, begins) = hashed(token);
        let hash = hash.as_slice();
        let until = now.checked_add(terms.lifetime.length()).unwrap_or(now).as_millisecond();
        let (role, office) = (role_slug(terms.role), terms.office.as_ref().map(OfficeCode::as_str));
        let (made_by, at) = (by.get(), now.as_millisecond());
        let id = sqlx::query_scalar!(
            r#"INSERT INTO links (token_hash, begins, role, office, day_limit, until, uses, made_at,
                   made_by)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id AS "id!""#,
            hash,
            begins,
            role,
            office,
            terms.day_limit,
            until,
            terms.uses,
            at,
            made_by,
        );
        let id = id.fetch_one(self.conn().await?).await?;
        let (actor, action) = (Some(by), Action::Link(id));
        self.journal(Entry { actor, action, before: None, after: Some(role) }, now).await
    }

    /// One that does not open any more is left as it is: [`Refusal::Facts`].
    pub(super) async fn end_link(
        &mut self,
        link: i64,
        replaced: bool,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (at, ended) = (now.as_millisecond(), if replaced { "replaced" } else { "revoked" });
        let done = sqlx::query!(
            "UPDATE links SET ended_at = ?, ended = ? WHERE id = ? AND ended_at IS NULL",
            at,
            ended,
            link,
        );
        let done = done.execute(self.conn().await?).await?;
        require(done.rows_affected() == 1, Refusal::Facts)?;
        let (actor, action) = (actor.person(), Action::Unlink(link));
        self.journal(Entry { actor, action, before: None, after: None }, now).await
    }

    /// Whoever does not let people in any more has no links that do.
    pub(super) async fn end_links_of(
        &mut self,
        maker: PersonId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (made_by, at) = (maker.get(), now.as_millisecond());
        let links = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM links
               WHERE made_by = ? AND ended_at IS NULL AND until > ? AND used < uses"#,
            made_by,
            at,
        );
        for link in links.fetch_all(self.conn().await?).await? {
            self.end_link(link, false, actor, now).await?;
        }
        Ok(())
    }

    /// Spends a use and lets the person in, in the name of who made the link. Whoever is on the list
    /// already spends none.
    pub(super) async fn join(
        &mut self,
        link: &Link,
        joins: &Person,
        fixed_admins: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let listed = self.listed(joins.id).await?.and_then(|listed| listed.role);
        let barred = self.may_not_join(joins.id).await?;
        require(listed.is_none() && !barred, Refusal::Facts)?;
        let (id, at) = (link.id, now.as_millisecond());
        let used = sqlx::query!(
            "UPDATE links SET used = used + 1
             WHERE id = ? AND ended_at IS NULL AND until > ? AND used < uses",
            id,
            at,
        );
        let used = used.execute(self.conn().await?).await?;
        require(used.rows_affected() == 1, Refusal::Facts)?;
        let maker = link.made_by.id;
        let actor = Actor::Person(maker);
        self.allow(actor, joins, link.role, fixed_admins, now).await?;
        if let Some(office) = &link.office {
            self.set_offices(maker, joins.id, std::slice::from_ref(office), now).await?;
        }
        if let Some(limit) = link.day_limit {
            let period = crate::domain::LimitPeriod::Day;
            self.set_limit(joins.id, period, Some(limit), maker, now).await?;
        }
        let (actor, action) = (Some(joins.id), Action::Join(id, joins.id));
        self.journal(Entry { actor, action, before: None, after: None }, now).await
    }
}

/// Roles that may make links keep them.
pub(super) fn keeps_links(role: Role) -> bool {
    role.may(crate::domain::Permission::ManageStaff)
}
