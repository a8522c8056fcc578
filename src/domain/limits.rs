//! How much may be sent, and what is done about a recipient who was invited before.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use requisites::mail::is_public;
use serde::{Deserialize, Serialize};

use super::stop::domain_of;
use super::{Invitation, Number, Provider, Recipient};

/// What the office has decided, by configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What is done about a recipient who was invited before.
    pub repeat: RepeatPolicy,
    /// How much may be sent.
    pub limits: Limits,
}

/// What is done about a recipient who was invited before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepeatPolicy {
    /// The person is told, and may go on.
    Warn,
    /// Only an admin may go on.
    Block,
}

/// How many invitations may be put into the queue; 0 is as many as there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// By one person a day, unless an admin has set another number for the person.
    pub person_day: u32,
    /// By one person within an hour.
    pub person_hour: u32,
    /// By everybody to one domain a day; domains at which anybody may have a mailbox are not
    /// counted.
    pub domain_day: u32,
    /// By everybody through Invoicebox a day.
    pub invoicebox_day: u32,
    /// By everybody through СБИС a day.
    pub sbis_day: u32,
}

impl Limits {
    /// As many as there are, of everything.
    pub const NONE: Self =
        Self { person_day: 0, person_hour: 0, domain_day: 0, invoicebox_day: 0, sbis_day: 0 };

    /// That of every person, unless an admin has set another one.
    pub fn person(&self, span: Span) -> u32 {
        match span {
            Span::Day => self.person_day,
            Span::Hour => self.person_hour,
        }
    }

    /// That of a provider.
    pub fn provider_day(&self, provider: Provider) -> u32 {
        match provider {
            Provider::Invoicebox => self.invoicebox_day,
            Provider::Sbis => self.sbis_day,
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        let limits = Limits {
            person_day: 50,
            person_hour: 20,
            domain_day: 10,
            invoicebox_day: 0,
            sbis_day: 0,
        };
        Self { repeat: RepeatPolicy::Warn, limits }
    }
}

/// The domain of a recipient whose letters are counted; `None` where anybody may have a mailbox.
pub fn counted_domain(recipient: &Recipient) -> Option<String> {
    let key = recipient.email().key();
    let domain = domain_of(&key);
    (!is_public(domain)).then(|| domain.to_owned())
}

/// Invitations of the same recipient that were made before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// The newest few.
    pub newest: Vec<Invitation>,
    /// All of them, the newest first.
    pub numbers: Vec<Number>,
}

/// A day of the calendar, from its first instant to the first of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The first instant.
    pub begins: Timestamp,
    /// The first instant of the next day.
    pub ends: Timestamp,
}

impl Day {
    /// The day of this time in this zone. Where the calendar ends, a day of 24 hours.
    pub fn of(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone());
        let begins = today.start_of_day().map_or(now, |start| start.timestamp());
        let next = today.checked_add(1.day()).and_then(|tomorrow| tomorrow.start_of_day());
        let whole = || begins.checked_add(SignedDuration::from_hours(24)).unwrap_or(begins);
        Self { begins, ends: next.map_or_else(|_| whole(), |next| next.timestamp()) }
    }
}

/// What a person has put into the queue, and may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// How many today.
    pub today: u32,
    /// How many there may be a day; 0 is as many as there are.
    pub day_limit: u32,
    /// The times of those within the last hour, the newest first.
    pub lately: Vec<Timestamp>,
    /// How many there may be within an hour; 0 is as many as there are.
    pub hour_limit: u32,
    /// When the next day begins.
    pub midnight: Timestamp,
}

/// The span over which a limit of one person counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// A day of the calendar.
    Day,
    /// The hour before now.
    Hour,
}

impl Span {
    /// All, in the order of a person's card.
    pub const ALL: [Self; 2] = [Self::Day, Self::Hour];
}

/// What is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// The person's day.
    Day,
    /// The person's hour.
    Hour,
    /// The day of the recipient's domain.
    Domain,
    /// The day of this provider.
    Provider(Provider),
}

/// A limit that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// Which.
    pub used: Used,
    /// How many there may be.
    pub limit: u32,
    /// When it goes on.
    pub until: Timestamp,
}

/// The length of an hour that is counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// When the counted hour before this time began.
pub fn hour_before(now: Timestamp) -> Timestamp {
    now.checked_sub(HOUR).unwrap_or(Timestamp::MIN)
}

impl Usage {
    /// How many there may be in a span; 0 is as many as there are.
    pub fn limit(&self, span: Span) -> u32 {
        match span {
            Span::Day => self.day_limit,
            Span::Hour => self.hour_limit,
        }
    }

    /// What an admin sets for a span.
    pub fn set_limit(&mut self, span: Span, limit: u32) {
        match span {
            Span::Day => self.day_limit = limit,
            Span::Hour => self.hour_limit = limit,
        }
    }

    /// How many more there may be just now; `None`: as many as there are.
    pub fn left(&self) -> Option<u32> {
        let lately = u32::try_from(self.lately.len()).unwrap_or(u32::MAX);
        let of = |limit: u32, used: u32| (limit > 0).then(|| limit.saturating_sub(used));
        let (day, hour) = (of(self.day_limit, self.today), of(self.hour_limit, lately));
        day.into_iter().chain(hour).min()
    }

    /// What is used up of the person's own, the longer wait first.
    pub fn full(&self) -> Option<Full> {
        if self.day_limit > 0 && self.today >= self.day_limit {
            return Some(Full { used: Used::Day, limit: self.day_limit, until: self.midnight });
        }
        if self.hour_limit == 0 {
            return None;
        }
        // With this one an hour old, one fewer than the limit is left.
        let last = usize::try_from(self.hour_limit).ok()?.checked_sub(1)?;
        let until = self.lately.get(last)?.checked_add(HOUR).unwrap_or(self.midnight);
        Some(Full { used: Used::Hour, limit: self.hour_limit, until })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn usage(today: u32, day_limit: u32, lately: Vec<Timestamp>, hour_limit: u32) -> Usage {
        Usage { today, day_limit, lately, hour_limit, midnight: at("2026-05-14T21:00:00Z") }
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_office_is() {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        let day = Day::of(at("2026-05-14T20:59:59.999Z"), &moscow);
        assert_eq!(day.begins, at("2026-05-13T21:00:00Z"));
        assert_eq!(day.ends, at("2026-05-14T21:00:00Z"));
        assert_eq!(Day::of(day.ends, &moscow).begins, day.ends, "midnight is the next day");
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let short = Day::of(at("2026-03-29T12:00:00Z"), &berlin);
        assert_eq!(short.ends.duration_since(short.begins).as_hours(), 23);
        let long = Day::of(at("2026-10-25T12:00:00Z"), &berlin);
        assert_eq!(long.ends.duration_since(long.begins).as_hours(), 25);
        let _ = Day::of(Timestamp::MAX, &berlin);
        let _ = Day::of(Timestamp::MIN, &moscow);
    }

    #[test]
    fn each_provider_has_a_limit_of_its_own() {
        let limits = Limits { invoicebox_day: 200, sbis_day: 300, ..Limits::NONE };
        assert_eq!(Provider::ALL.map(|provider| limits.provider_day(provider)), [200, 300]);
    }

    #[test]
    fn no_limit_is_never_used_up() {
        let many = usage(1000, 0, vec![at("2026-05-14T11:00:00Z"); 1000], 0);
        assert_eq!((many.left(), many.full()), (None, None));
    }

    #[test]
    fn the_day_is_used_up_until_midnight() {
        let one_left = usage(49, 50, vec![], 20);
        assert_eq!((one_left.left(), one_left.full()), (Some(1), None));
        let full = usage(50, 50, vec![], 20);
        assert_eq!(full.left(), Some(0));
        assert_eq!(
            full.full(),
            Some(Full { used: Used::Day, limit: 50, until: at("2026-05-14T21:00:00Z") })
        );
        assert_eq!(usage(60, 50, vec![], 0).left(), Some(0), "the limit was lowered");
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
            let lately: Vec<_> = ages.iter().map(|age| now - SignedDuration::from_secs(*age)).collect();
            let within = |then: Timestamp| lately.iter().filter(|at| **at > hour_before(then)).count();
            let usage = usage(0, 0, lately.clone(), limit);
            let limit = limit as usize;
            match usage.full() {
                None => prop_assert!(within(now) < limit),
                Some(full) => {
                    prop_assert!(within(now) >= limit && full.until > now);
                    prop_assert!(within(full.until) < limit);
                    prop_assert!(within(full.until - SignedDuration::from_secs(1)) >= limit);
                }
            }
            prop_assert_eq!(usage.left() == Some(0), usage.full().is_some());
        }
    }
}
