//! What a team sent within some days, and what came of it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::typed::month_named;
use super::{OfficeCode, Person, Provider, ResultWord};

/// Whole days of the office, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub first: Date,
    pub last: Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaysError {
    Unreadable,
    /// The first is after the last.
    Backwards,
    /// The first has not come yet.
    Future,
}

impl Days {
    /// `24.11`, `01.11-24.11`, `01.11.2026–24.11.2026` or `ноябрь`; without a year, the last such
    /// day that has come.
    pub fn parse(text: &str, today: Date) -> Result<Self, DaysError> {
        let text: String = text.split_whitespace().collect::<String>().to_lowercase();
        if let Some(month) = month_named(&text) {
            return Self::month(month, today);
        }
        let (first, last) = match text.split_once(['-', '–', '—']) {
            Some((first, last)) => range(Typed::parse(first)?, Typed::parse(last)?, today)?,
            None => {
                let day = Typed::parse(&text)?.until(today)?;
                (day, day)
            }
        };
        match (first > last, first > today) {
            (true, _) => Err(DaysError::Backwards),
            (_, true) => Err(DaysError::Future),
            _ => Ok(Self { first, last: last.min(today) }),
        }
    }

    fn month(month: i8, today: Date) -> Result<Self, DaysError> {
        let year = if month > today.month() { today.year() - 1 } else { today.year() };
        let first = Date::new(year, month, 1).map_err(|_| DaysError::Unreadable)?;
        Ok(Self { first, last: first.last_of_month().min(today) })
    }

    /// The first instant, and the first after the last day.
    pub fn bounds(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let midnight = |day: Date| day.to_zoned(zone.clone()).map(|at| at.timestamp());
        let next = self.last.checked_add(1.day()).unwrap_or(self.last);
        (midnight(self.first).unwrap_or(Timestamp::MIN), midnight(next).unwrap_or(Timestamp::MAX))
    }
}

/// A day as it was typed, with a year or without.
#[derive(Clone, Copy)]
struct Typed {
    day: i8,
    month: i8,
    year: Option<i16>,
}

impl Typed {
    fn parse(text: &str) -> Result<Self, DaysError> {
        let number = |part: &str| -> Result<i16, DaysError> {
            let digits = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            part.parse().ok().filter(|_| digits).ok_or(DaysError::Unreadable)
        };
        let mut parts = text.split('.');
        let (day, month, year, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(day), Some(month), None) = (day, month, rest) else {
            return Err(DaysError::Unreadable);
        };
        let small = |number: i16| i8::try_from(number).map_err(|_| DaysError::Unreadable);
        let year = year.filter(|year| !year.is_empty()).map(number).transpose()?;
        let year = year.map(|year| if (0..100).contains(&year) { 2000 + year } else { year });
        Ok(Self { day: small(number(day)?)?, month: small(number(month)?)?, year })
    }

    fn on(self, year: i16) -> Result<Date, DaysError> {
        let year = self.year.unwrap_or(year);
        Date::new(year, self.month, self.day).map_err(|_| DaysError::Unreadable)
    }

    /// Without a year, the last such day until then.
    fn until(self, last: Date) -> Result<Date, DaysError> {
        match self.on(last.year()) {
            Ok(date) if date <= last || self.year.is_some() => Ok(date),
            // The 29th of February comes only in some years.
            _ => self.on(last.year() - 1),
        }
    }
}

/// A year that only the last day has is that of both, or the one before; a range without years may go
/// over the end of one, if that has come.
fn range(first: Typed, last: Typed, today: Date) -> Result<(Date, Date), DaysError> {
    if last.year.is_some() {
        let last = last.on(today.year())?;
        return Ok((first.until(last)?, last));
    }
    let first = first.until(today)?;
    let same_year = last.on(first.year())?;
    match last.on(first.year() + 1) {
        Ok(next_year) if same_year < first && next_year <= today => Ok((first, next_year)),
        _ => Ok((first, same_year)),
    }
}

/// How many there are of each result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    results: [u32; ResultWord::ALL.len()],
    /// Of the accepted ones, as people said.
    pub registered: u32,
}

impl Tally {
    fn add(&mut self, Counted { word, count, registered, .. }: &Counted) {
        self.registered = self.registered.saturating_add(*registered);
        for (place, known) in self.results.iter_mut().zip(ResultWord::ALL) {
            if known == *word {
                *place = place.saturating_add(*count);
            }
        }
    }

    pub fn of(&self, word: ResultWord) -> u32 {
        self.results
            .iter()
            .zip(ResultWord::ALL)
            .filter(|(_, known)| *known == word)
            .map(|(n, _)| *n)
            .sum()
    }

    /// All that the provider got, or may have.
    pub fn sent(&self) -> u32 {
        use ResultWord::{Accepted, Client, Refused, Unknown};
        [Accepted, Client, Refused, Unknown].into_iter().map(|word| self.of(word)).sum()
    }
}

/// The parts are in the order of how much was sent, the most first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub days: Days,
    pub total: Tally,
    pub by_person: Vec<(Person, Tally)>,
    pub by_provider: Vec<(Provider, Tally)>,
    pub by_office: Vec<(OfficeCode, Tally)>,
}

/// One group of what was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub author: Person,
    pub provider: Provider,
    pub office: Option<OfficeCode>,
    pub word: ResultWord,
    pub count: u32,
    /// Of these.
    pub registered: u32,
}

impl Report {
    pub fn of(days: Days, counted: Vec<Counted>) -> Self {
        let mut report = Self {
            days,
            total: Tally::default(),
            by_person: Vec::new(),
            by_provider: Vec::new(),
            by_office: Vec::new(),
        };
        for group in &counted {
            report.total.add(group);
            add(&mut report.by_person, &group.author, group);
            add(&mut report.by_provider, &group.provider, group);
            if let Some(office) = &group.office {
                add(&mut report.by_office, office, group);
            }
        }
        report.by_person.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        report.by_person.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.sent()));
        report.by_provider.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.sent()));
        report.by_office.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.sent()));
        report
    }
}

fn add<T: PartialEq + Clone>(parts: &mut Vec<(T, Tally)>, key: &T, group: &Counted) {
    match parts.iter_mut().find(|(known, _)| known == key) {
        Some((_, tally)) => tally.add(group),
        None => {
            let mut tally = Tally::default();
            tally.add(group);
            parts.push((key.clone(), tally));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 11, 24);

    fn days(text: &str) -> Result<(String, String), DaysError> {
        Days::parse(text, TODAY).map(|days| (days.first.to_string(), days.last.to_string()))
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let is = |first: &str, last: &str| Ok((first.to_owned(), last.to_owned()));
        assert_eq!(days("01.11-24.11"), is("2026-11-01", "2026-11-24"));
        assert_eq!(days(" 1.11 – 24.11 "), is("2026-11-01", "2026-11-24"));
        assert_eq!(days("01.11.2025—30.11.2025"), is("2025-11-01", "2025-11-30"));
        assert_eq!(days("01.11.25-30.11.25"), is("2025-11-01", "2025-11-30"));
        assert_eq!(days("24.11"), is("2026-11-24", "2026-11-24"));
        assert_eq!(days("25.11"), is("2025-11-25", "2025-11-25"), "the last that has come");
        assert_eq!(days("Ноябрь"), is("2026-11-01", "2026-11-24"), "until today");
        assert_eq!(days("декабрь"), is("2025-12-01", "2025-12-31"));
        assert_eq!(days("20.11-30.11.2026"), is("2026-11-20", "2026-11-24"));
        assert_eq!(days("20.11-30.11"), is("2026-11-20", "2026-11-24"), "until today");
        assert_eq!(days("01.11-24.11.2025"), is("2025-11-01", "2025-11-24"), "one year for both");
        assert_eq!(days("20.12-10.01"), is("2025-12-20", "2026-01-10"), "over the end of a year");
        assert_eq!(days("20.12-10.01.2025"), is("2024-12-20", "2025-01-10"));
    }

    #[test]
    fn what_is_no_period_is_said_to_be_none() {
        for text in ["", "неделя", "31.02", "1", "1.1.1.1", "01.13", "a.b", "+1.11", "01.11-"]
        {
            assert_eq!(days(text), Err(DaysError::Unreadable), "{text}");
        }
        assert_eq!(days("24.11-01.11"), Err(DaysError::Backwards));
        assert_eq!(days("25.11.2026-30.11.2026"), Err(DaysError::Future));
    }

    proptest! {
        #[test]
        fn every_day_of_the_past_comes_back(back in 0i32..3000, length in 0i32..100) {
            let last = TODAY.checked_sub(back.days()).unwrap();
            let first = last.checked_sub(length.days()).unwrap();
            let word = |day: Date| day.strftime("%d.%m.%Y").to_string();
            let read = Days::parse(&format!("{}-{}", word(first), word(last)), TODAY);
            prop_assert_eq!(read, Ok(Days { first, last }));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "[0-9.\\-– а-я]{0,24}") {
            if let Ok(days) = Days::parse(&text, TODAY) {
                prop_assert!(days.first <= days.last && days.last <= TODAY);
            }
        }
    }
}
