//! Limits, and what happens to a recipient who was invited before.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use requisites::mail_services::is_public;
use serde::{Deserialize, Serialize};

use super::stop::domain_of;
use super::{Invitation, InvitationNo, Provider, Recipient};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeRules {
    pub repeat: RepeatPolicy,
    pub limits: Limits,
    /// Whether a stranger may ask to be let in.
    pub access_requests: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepeatPolicy {
    Warn,
    /// Only an admin may go on.
    Block,
}

/// How many invitations may be queued; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Unless an admin has set another number for the person.
    pub person_day: u32,
    pub person_hour: u32,
    /// By everybody together; public mail domains are not counted.
    pub domain_day: u32,
    pub invoicebox_day: u32,
    pub sbis_day: u32,
}

impl Limits {
    pub const NONE: Self =
        Self { person_day: 0, person_hour: 0, domain_day: 0, invoicebox_day: 0, sbis_day: 0 };

    pub fn person(&self, period: LimitPeriod) -> u32 {
        match period {
            LimitPeriod::Day => self.person_day,
            LimitPeriod::Hour => self.person_hour,
        }
    }

    pub fn provider_day(&self, provider: Provider) -> u32 {
        match provider {
            Provider::Invoicebox => self.invoicebox_day,
            Provider::Sbis => self.sbis_day,
        }
    }
}

impl Default for OfficeRules {
    fn default() -> Self {
        let limits = Limits {
            person_day: 50,
            person_hour: 20,
            domain_day: 10,
            invoicebox_day: 0,
            sbis_day: 0,
        };
        Self { repeat: RepeatPolicy::Warn, limits, access_requests: true }
    }
}

/// `None` for a public mail domain.
pub fn counted_domain(recipient: &Recipient) -> Option<String> {
    let key = recipient.email().key();
    let domain = domain_of(&key);
    (!is_public(domain)).then(|| domain.to_owned())
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    pub newest: Vec<Invitation>,
    pub numbers: Vec<InvitationNo>,
}

/// A calendar day; `ends` is the first instant of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayBounds {
    pub begins: Timestamp,
    pub ends: Timestamp,
}

impl DayBounds {
    /// Where the calendar ends, a day of 24 hours.
    pub fn of(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone());
        let begins = today.start_of_day().map_or(now, |start| start.timestamp());
        let next = today.checked_add(1.day()).and_then(|tomorrow| tomorrow.start_of_day());
        let whole = || begins.checked_add(SignedDuration::from_hours(24)).unwrap_or(begins);
        Self { begins, ends: next.map_or_else(|_| whole(), |next| next.timestamp()) }
    }
}

/// What lists go back to, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Today,
    /// Today and the six days before.
    Week,
    /// Since the day after this one of the last month.
    Month,
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Today, Self::Week, Self::Month];

    /// Midnight of its first day.
    pub fn begins(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let today = now.to_zoned(zone.clone());
        let first = match self {
            Self::Today => Ok(today),
            Self::Week => today.checked_sub(6.days()),
            Self::Month => today.checked_sub(1.month()).and_then(|day| day.checked_add(1.day())),
        };
        let begins = first.and_then(|day| day.start_of_day());
        begins.map_or(Timestamp::MIN, |begins| begins.timestamp())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub today: u32,
    pub day_limit: u32,
    /// The last hour, the newest first.
    pub last_hour: Vec<Timestamp>,
    pub hour_limit: u32,
    pub midnight: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitPeriod {
    Day,
    /// The 60 minutes before now.
    Hour,
}

impl LimitPeriod {
    pub const ALL: [Self; 2] = [Self::Day, Self::Hour];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    Day,
    Hour,
    Domain,
    Provider(Provider),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    pub kind: LimitKind,
    pub limit: u32,
    pub until: Timestamp,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub fn hour_before(now: Timestamp) -> Timestamp {
    now.checked_sub(HOUR).unwrap_or(Timestamp::MIN)
}

impl Usage {
    pub fn limit(&self, period: LimitPeriod) -> u32 {
        match period {
            LimitPeriod::Day => self.day_limit,
            LimitPeriod::Hour => self.hour_limit,
        }
    }

    pub fn count(&self, period: LimitPeriod) -> u32 {
        match period {
            LimitPeriod::Day => self.today,
            LimitPeriod::Hour => u32::try_from(self.last_hour.len()).unwrap_or(u32::MAX),
        }
    }

    pub fn set_limit(&mut self, period: LimitPeriod, limit: u32) {
        match period {
            LimitPeriod::Day => self.day_limit = limit,
            LimitPeriod::Hour => self.hour_limit = limit,
        }
    }

    /// `None` is no limit.
    pub fn remaining(&self) -> Option<u32> {
        let of = |period| {
            let limit = self.limit(period);
            (limit > 0).then(|| limit.saturating_sub(self.count(period)))
        };
        [LimitPeriod::Day, LimitPeriod::Hour].into_iter().filter_map(of).min()
    }

    /// The person's own limit that is used up, the longer wait first.
    pub fn limit_reached(&self) -> Option<LimitReached> {
        if self.day_limit > 0 && self.today >= self.day_limit {
            return Some(LimitReached {
                kind: LimitKind::Day,
                limit: self.day_limit,
                until: self.midnight,
            });
        }
        if self.hour_limit == 0 {
            return None;
        }
        // With this one an hour old, one fewer than the limit is left.
        let last = usize::try_from(self.hour_limit).ok()?.checked_sub(1)?;
        let until = self.last_hour.get(last)?.checked_add(HOUR).unwrap_or(self.midnight);
        Some(LimitReached { kind: LimitKind::Hour, limit: self.hour_limit, until })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn usage(today: u32, day_limit: u32, last_hour: Vec<Timestamp>, hour_limit: u32) -> Usage {
        Usage { today, day_limit, last_hour, hour_limit, midnight: at("2026-05-14T21:00:00Z") }
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_office_is() {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        let day = DayBounds::of(at("2026-05-14T20:59:59.999Z"), &moscow);
        assert_eq!(day.begins, at("2026-05-13T21:00:00Z"));
        assert_eq!(day.ends, at("2026-05-14T21:00:00Z"));
        assert_eq!(DayBounds::of(day.ends, &moscow).begins, day.ends, "midnight is the next day");
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let short = DayBounds::of(at("2026-03-29T12:00:00Z"), &berlin);
        assert_eq!(short.ends.duration_since(short.begins).as_hours(), 23);
        let long = DayBounds::of(at("2026-10-25T12:00:00Z"), &berlin);
        assert_eq!(long.ends.duration_since(long.begins).as_hours(), 25);
        let _ = DayBounds::of(Timestamp::MAX, &berlin);
        let _ = DayBounds::of(Timestamp::MIN, &moscow);
    }

    #[test]
    fn a_period_begins_at_a_midnight_of_the_zone() {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        let begins = |now: &str| Period::ALL.map(|period| period.begins(at(now), &moscow));
        let days = ["2026-05-14", "2026-05-08", "2026-04-15"];
        let midnights = |days: [&str; 3]| days.map(|day| at(&format!("{day}T00:00:00+03:00")));
        assert_eq!(begins("2026-05-14T11:32:07Z"), midnights(days));
        assert_eq!(begins("2026-05-13T21:00:00Z"), midnights(days), "midnight is the next day");
        let short = ["2026-03-31", "2026-03-25", "2026-03-01"];
        assert_eq!(begins("2026-03-31T11:00:00Z"), midnights(short));
        for period in Period::ALL {
            let _ = period.begins(Timestamp::MIN, &moscow);
            let _ = period.begins(Timestamp::MAX, &moscow);
        }
    }

    #[test]
    fn each_provider_has_a_limit_of_its_own() {
        let limits = Limits { invoicebox_day: 200, sbis_day: 300, ..Limits::NONE };
        assert_eq!(Provider::ALL.map(|provider| limits.provider_day(provider)), [200, 300]);
    }

    #[test]
    fn no_limit_is_never_used_up() {
        let many = usage(1000, 0, vec![at("2026-05-14T11:00:00Z"); 1000], 0);
        assert_eq!((many.remaining(), many.limit_reached()), (None, None));
    }

    #[test]
    fn the_day_is_used_up_until_midnight() {
        let one_left = usage(49, 50, vec![], 20);
        assert_eq!((one_left.remaining(), one_left.limit_reached()), (Some(1), None));
        let full = usage(50, 50, vec![], 20);
        assert_eq!(full.remaining(), Some(0));
        assert_eq!(
            full.limit_reached(),
            Some(LimitReached {
                kind: LimitKind::Day,
                limit: 50,
                until: at("2026-05-14T21:00:00Z")
            })
        );
        assert_eq!(usage(60, 50, vec![], 0).remaining(), Some(0), "the limit was lowered");
    }

    #[test]
    fn public_mail_services_are_not_counted() {
        let to =
            |email| Recipient::Invoicebox { email: super::super::Email::parse(email).unwrap() };
        assert_eq!(counted_domain(&to("iam@Mail.ru")), None);
        assert_eq!(counted_domain(&to("i@Romashka.ru")), Some("romashka.ru".to_owned()));
    }

    proptest! {
        /// The hour goes on exactly when fewer than the limit lie within it.
        #[test]
        fn the_hour_goes_on_when_it_says(ages in prop::collection::vec(0i64..3600, 0..30), limit in 1u32..30) {
            let now = at("2026-05-14T11:00:00Z");
            let mut ages = ages;
            ages.sort_unstable();
            let last_hour: Vec<_> = ages.iter().map(|age| now - SignedDuration::from_secs(*age)).collect();
            let within = |then: Timestamp| last_hour.iter().filter(|at| **at > hour_before(then)).count();
            let usage = usage(0, 0, last_hour.clone(), limit);
            let limit = limit as usize;
            match usage.limit_reached() {
                None => prop_assert!(within(now) < limit),
                Some(full) => {
                    prop_assert!(within(now) >= limit && full.until > now);
                    prop_assert!(within(full.until) < limit);
                    prop_assert!(within(full.until - SignedDuration::from_secs(1)) >= limit);
                }
            }
            prop_assert_eq!(usage.remaining() == Some(0), usage.limit_reached().is_some());
        }
    }
}
