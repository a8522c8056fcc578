//! What was put into the queue, counted from the journal, and who was invited before.

use jiff::{SignedDuration, Timestamp};

use super::codes::time;
use super::invitations::load_all;
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{
    DayBounds, Earlier, Email, Inn, Invitation, InvitationNo, Kpp, LimitKind, LimitPeriod,
    LimitReached, Limits, PersonId, Provider, Recipient, Usage, counted_domain, hour_before,
};

/// For how long an earlier invitation is held against a new one.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

const SHOWN: usize = 3;

#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    pub limits: Limits,
    pub day: DayBounds,
}

impl Reader {
    pub async fn limit_reached(
        &mut self,
        usage: &Usage,
        to: &Recipient,
        Quotas { limits, day }: &Quotas,
    ) -> Result<Option<LimitReached>, StoreError> {
        if let Some(full) = usage.limit_reached() {
            return Ok(Some(full));
        }
        let domain = counted_domain(to).filter(|_| limits.domain_day > 0);
        if let Some(domain) = domain
            && self.queued_since(day.begins, None, Some(&domain)).await? >= limits.domain_day
        {
            return Ok(Some(LimitReached {
                kind: LimitKind::Domain,
                limit: limits.domain_day,
                until: day.ends,
            }));
        }
        let provider = to.provider();
        let limit = limits.provider_day(provider);
        if limit > 0 && self.queued_since(day.begins, Some(provider), None).await? >= limit {
            return Ok(Some(LimitReached {
                kind: LimitKind::Provider(provider),
                limit,
                until: day.ends,
            }));
        }
        Ok(None)
    }
    /// Through the provider and to the domain, where they are given.
    pub async fn queued_since(
        &mut self,
        since: Timestamp,
        provider: Option<Provider>,
        domain: Option<&str>,
    ) -> Result<u32, StoreError> {
        let (since, provider) = (since.as_millisecond(), provider.map(Provider::slug));
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: u32"
               FROM counted c JOIN invitations i ON i.number = c.invitation
               WHERE c.at >= ?1
                 AND (?2 IS NULL OR i.provider = ?2)
                 AND (?3 IS NULL OR substr(i.email_key, instr(i.email_key, '@') + 1) = ?3)"#,
            since,
            provider,
            domain,
        );
        Ok(count.fetch_one(self.conn().await?).await?)
    }

    pub async fn own_limits(
        &mut self,
        person: PersonId,
    ) -> Result<Vec<(LimitPeriod, u32)>, StoreError> {
        let id = person.get();
        let own = sqlx::query!(
            r#"SELECT day_limit AS "day: u32", hour_limit AS "hour: u32" FROM people WHERE id = ?"#,
            id,
        );
        let own = own.fetch_optional(self.conn().await?).await?;
        let (day, hour) = own.map(|own| (own.day, own.hour)).unwrap_or_default();
        let own = [(LimitPeriod::Day, day), (LimitPeriod::Hour, hour)];
        Ok(own.into_iter().filter_map(|(period, limit)| Some((period, limit?))).collect())
    }

    pub async fn last_refused(&mut self, to: &Recipient) -> Result<Option<Invitation>, StoreError> {
        let (provider, key) = (to.provider().slug(), to.key());
        let last = sqlx::query_scalar!(
            r#"SELECT number FROM invitations
               WHERE provider = ?1 AND recipient_key = ?2
                 AND state = 'rejected' AND refusal IN ('data', 'other')
               ORDER BY number DESC LIMIT 1"#,
            provider,
            key,
        );
        match last.fetch_optional(self.conn().await?).await? {
            Some(number) => self.invitation(InvitationNo(number)).await,
            None => Ok(None),
        }
    }

    /// Those of the last 30 days of which a letter may have gone out or will, and of clients that
    /// were registered already; not what is in flight, which bars a second one anyway. `known` is
    /// the organisation where the recipient is an address alone; without a КПП, any is the same.
    pub async fn earlier(
        &mut self,
        to: &Recipient,
        known: Option<(&Inn, Option<&Kpp>)>,
        now: Timestamp,
    ) -> Result<Earlier, StoreError> {
        let company = to.company().map(|company| (&company.inn, company.kpp.as_ref())).or(known);
        let in_flight = (to.provider().slug(), to.key());
        self.sent_to(Some(to.email()), company, in_flight, now).await
    }

    /// The same of an address or an ИНН alone, and what is in flight too.
    pub async fn known_of(
        &mut self,
        email: Option<&Email>,
        inn: Option<&Inn>,
        now: Timestamp,
    ) -> Result<Earlier, StoreError> {
        let nothing = ("", String::new());
        self.sent_to(email, inn.map(|inn| (inn, None)), nothing, now).await
    }

    async fn sent_to(
        &mut self,
        email: Option<&Email>,
        company: Option<(&Inn, Option<&Kpp>)>,
        (provider, recipient): (&str, String),
        now: Timestamp,
    ) -> Result<Earlier, StoreError> {
        let since = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN).as_millisecond();
        let inn = company.map(|(inn, _)| inn.as_str());
        let kpp = company.and_then(|(_, kpp)| kpp).map(Kpp::as_str);
        let key = email.map(Email::key);
        let numbers = sqlx::query_scalar!(
            r#"WITH same (number) AS (
                   SELECT number FROM invitations WHERE email_key = ?1
                   UNION SELECT number FROM invitations WHERE inn = ?2 AND (?3 IS NULL OR kpp = ?3))
               SELECT i.number AS "number!"
               FROM same CROSS JOIN invitations i ON i.number = same.number
               WHERE (i.state = 'rejected' AND i.refusal = 'already_client')
                  OR (i.changed_at >= ?4
                      AND (i.state IN ('queued', 'held', 'sending', 'accepted', 'unknown',
                                       'confirmed_sent')
                           OR EXISTS (SELECT 1 FROM unresolved_attempts WHERE invitation = i.number)
                           OR EXISTS (SELECT 1 FROM journal WHERE action = 'untrusted_database' AND id > (
                                          SELECT min(id) FROM journal
                                          WHERE invitation = i.number)))
                      AND NOT (i.state IN ('queued', 'held', 'sending', 'unknown')
                               AND i.provider = ?5 AND i.recipient_key = ?6))
               ORDER BY i.number DESC"#,
            key,
            inn,
            kpp,
            since,
            provider,
            recipient,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let newest: Vec<i64> = numbers.iter().copied().take(SHOWN).collect();
        Ok(Earlier {
            newest: load_all(self.conn().await?, &newest).await?,
            numbers: numbers.into_iter().map(InvitationNo).collect(),
        })
    }
}

/// `times`: what counts since midnight and within the last hour, the newest first; `grants`: when the
/// person was allowed how many more.
pub(super) fn usage(
    times: &[i64],
    own: &[(LimitPeriod, u32)],
    grants: &[(i64, u32)],
    Quotas { limits, day }: &Quotas,
    now: Timestamp,
) -> Result<Usage, StoreError> {
    let (hour, today) = (hour_before(now).as_millisecond(), day.begins.as_millisecond());
    let of_today = times.iter().filter(|&&at| at >= today).count();
    let last_hour = times.iter().filter(|&&at| at > hour).map(|&at| time(at));
    let limit = |period| {
        let own = own.iter().find(|(known, _)| *known == period).map(|(_, limit)| *limit);
        let since = match period {
            LimitPeriod::Day => today,
            LimitPeriod::Hour => hour,
        };
        let more = grants.iter().filter(|(at, _)| *at >= since).map(|(_, more)| more).sum::<u32>();
        match own.unwrap_or_else(|| limits.person(period)) {
            0 => 0,
            limit => limit.saturating_add(more),
        }
    };
    Ok(Usage {
        today: u32::try_from(of_today).unwrap_or(u32::MAX),
        day_limit: limit(LimitPeriod::Day),
        last_hour: last_hour.collect::<Result<_, _>>()?,
        hour_limit: limit(LimitPeriod::Hour),
        midnight: day.ends,
    })
}

impl Tx {
    pub(super) async fn set_limit(
        &mut self,
        person: PersonId,
        period: LimitPeriod,
        limit: Option<u32>,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, at) = (person.get(), now.as_millisecond());
        let before = self.own_limits(person).await?;
        let before = before.into_iter().find(|(known, _)| *known == period).map(|(_, limit)| limit);
        if before == limit {
            return Ok(());
        }
        let set = match period {
            LimitPeriod::Day => sqlx::query!(
                "UPDATE people SET day_limit = ?, changed_at = ? WHERE id = ?",
                limit,
                at,
                id,
            ),
            LimitPeriod::Hour => sqlx::query!(
                "UPDATE people SET hour_limit = ?, changed_at = ? WHERE id = ?",
                limit,
                at,
                id,
            ),
        };
        set.execute(self.conn().await?).await?;
        let word = |limit: Option<u32>| limit.map(|limit| limit.to_string());
        let (before, after) = (word(before), word(limit));
        let entry = Entry {
            actor: Some(by),
            action: match period {
                LimitPeriod::Day => Action::Limit(person),
                LimitPeriod::Hour => Action::HourLimit(person),
            },
            before: before.as_deref(),
            after: after.as_deref(),
        };
        self.journal(entry, now).await
    }
}
