//! What every turn of a person has to know, in one statement.

use jiff::Timestamp;

use super::codes::{json_ids, person, provider, time, unreadable};
use super::drafts::StoredDraft;
use super::people::{Listed, listed_of};
use super::{Quotas, Reader, Store, StoreError};
use crate::domain::{
    Hold, Inn, LimitPeriod, OfficeCode, Person, PersonId, Provider, Recipient, Usage, hour_before,
};

#[derive(Clone, Debug, Default)]
pub struct PersonFacts {
    /// `None`: never listed and never met.
    pub listed: Option<Listed>,
    pub draft: Option<StoredDraft>,
    /// Another one, to turn to; those by configuration first.
    pub admin: Option<Person>,
    pub holds: Vec<Hold>,
    pub offices: Vec<OfficeCode>,
    /// Of the person's newest invitation.
    pub last_provider: Option<Provider>,
    /// Counted only where a limit holds.
    pub usage: Usage,
}

impl Store {
    pub async fn person_facts(
        &self,
        id: PersonId,
        fixed_admins: &[PersonId],
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<PersonFacts, StoreError> {
        let mut conn = self.read().await?;
        let (me, fixed) = (id.get(), json_ids(fixed_admins));
        let (limits, day) = (&quotas.limits, quotas.day);
        let hour = hour_before(now).as_millisecond();
        let since = day.begins.as_millisecond().min(hour);
        let row = sqlx::query!(
            r#"SELECT p.id AS "listed?", p.name AS "name?", p.role AS "role?", p.office AS "office?",
                      p.day_limit AS "day_limit?: u32", p.hour_limit AS "hour_limit?: u32",
                      d.id AS "draft?", d.revision AS "revision?", d.version AS "version?",
                      d.body AS "body?", d.card AS "card?: i32", d.updated_at AS "updated_at?",
                      (SELECT json_array(admins.id, n.name)
                       FROM (SELECT value AS id, 0 AS place FROM json_each(?2)
                             UNION ALL SELECT id, 1 FROM people WHERE role = 'admin') admins
                       LEFT JOIN people n ON n.id = admins.id
                       WHERE admins.id <> ?1 ORDER BY admins.place, admins.id LIMIT 1) AS "admin: String",
                      EXISTS (SELECT 1 FROM holds WHERE ended_at IS NULL) AS "holds!: bool",
                      (SELECT json_group_array(code)
                       FROM (SELECT code FROM offices WHERE person = ?1 ORDER BY place))
                          AS "offices!: String",
                      (SELECT provider FROM invitations WHERE author = ?1
                       ORDER BY number DESC LIMIT 1) AS "last_provider?: String",
                      CASE WHEN coalesce(p.day_limit, ?3) > 0 OR coalesce(p.hour_limit, ?4) > 0
                           THEN (SELECT json_group_array(at)
                                 FROM (SELECT at FROM counted WHERE actor = ?1 AND at >= ?5
                                       ORDER BY at DESC))
                           ELSE '[]' END AS "times!: String",
                      (SELECT json_group_array(json_array(decided_at, extra)) FROM requests
                       WHERE asker = ?1 AND kind = 'limit' AND state = 'granted'
                         AND decided_at >= ?5) AS "grants!: String"
               FROM (SELECT ?1 AS id) me
               LEFT JOIN people p ON p.id = me.id LEFT JOIN drafts d ON d.person = me.id"#,
            me,
            fixed,
            limits.person_day,
            limits.person_hour,
            since,
        )
        .fetch_one(&mut *conn)
        .await?;
        // Never two at once: all who wait for a second one would wait for each other.
        drop(conn);
        let draft = match (row.draft, row.revision, row.version, row.body, row.updated_at) {
            (Some(id), Some(revision), Some(version), Some(body), Some(at)) => Some(StoredDraft {
                id,
                revision,
                version,
                body,
                card: row.card,
                updated_at: time(at)?,
            }),
            _ => None,
        };
        let admin: Option<(i64, Option<String>)> =
            row.admin.map(|admin| json(&admin, "admin")).transpose()?;
        let offices: Vec<String> = json(&row.offices, "office code")?;
        let offices = offices.iter().map(|code| OfficeCode::parse(code));
        let times: Vec<i64> = json(&row.times, "time")?;
        let grants: Vec<(i64, u32)> = json(&row.grants, "grant")?;
        let own = [(LimitPeriod::Day, row.day_limit), (LimitPeriod::Hour, row.hour_limit)];
        let own = own.into_iter().filter_map(|(period, limit)| Some((period, limit?)));
        Ok(PersonFacts {
            listed: row
                .listed
                .map(|id| listed_of(id, row.name, row.role, row.office))
                .transpose()?,
            draft,
            admin: admin.map(|(id, name)| person(id, name)).transpose()?,
            // There are none on most days.
            holds: if row.holds { self.reader().holds().await? } else { Vec::new() },
            offices: offices.collect::<Result<_, _>>().map_err(|_| unreadable("office code"))?,
            last_provider: row.last_provider.as_deref().map(provider).transpose()?,
            usage: super::limits::usage(&times, &own.collect::<Vec<_>>(), &grants, quotas, now)?,
        })
    }
}

fn json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| unreadable(what))
}

impl Reader {
    /// Nobody has invited such a recipient, and nothing forbids it: no rule has to be asked.
    pub async fn is_new_to_all(
        &self,
        to: &Recipient,
        inn: Option<&Inn>,
    ) -> Result<bool, StoreError> {
        let (key, inn) = (to.email().key(), to.inn().or(inn).map(Inn::as_str));
        let (provider, recipient) = (to.provider().slug(), to.key());
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM invitations WHERE email_key = ?1)
                   OR EXISTS (SELECT 1 FROM invitations WHERE inn = ?2)
                   OR EXISTS (SELECT 1 FROM invitations WHERE provider = ?3 AND recipient_key = ?4)
                   OR EXISTS (SELECT 1 FROM stoplist s WHERE s.removed_at IS NULL AND (
                       (s.kind = 'inn' AND s.value = ?2)
                       OR (s.kind = 'email' AND s.value = ?1)
                       OR (s.kind = 'domain'
                           AND substr('.' || substr(?1, instr(?1, '@') + 1), -length('.' || s.value))
                               = '.' || s.value))) AS "known!: bool""#,
            key,
            inn,
            provider,
            recipient,
        );
        Ok(!known.fetch_one(&mut *self.files.read().await?).await?)
    }

    /// Of today and of the last hour, and the person's limits.
    pub async fn usage(
        &mut self,
        id: PersonId,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<Usage, StoreError> {
        let own = self.own_limits(id).await?;
        let hour = hour_before(now).as_millisecond();
        let since = quotas.day.begins.as_millisecond().min(hour);
        let (person, id) = (id, id.get());
        let times = sqlx::query_scalar!(
            r#"SELECT at AS "at!: i64" FROM counted WHERE actor = ? AND at >= ? ORDER BY at DESC"#,
            id,
            since,
        );
        let times = times.fetch_all(self.conn().await?).await?;
        let grants = self.grants(person, since).await?;
        super::limits::usage(&times, &own, &grants, quotas, now)
    }
}
