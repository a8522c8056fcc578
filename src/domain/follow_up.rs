//! What came of an accepted invitation, and the working days after which it is asked for.

use holidays_ru::{Federal, is_day_off_ymd};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Invitation, Person, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Registered,
    Declined,
    /// On this day of the office.
    CallBack(Date),
}

/// `by` and `at` of the last mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    pub mark: Mark,
    pub by: Person,
    pub at: Timestamp,
}

/// A provider took it, or the client has the letter.
pub fn is_followed_up(invitation: &Invitation) -> bool {
    matches!(invitation.state, State::Accepted | State::ConfirmedSent)
}

/// After so many working days the owner is asked.
pub const ASKED_AFTER: [u32; 2] = [3, 7];

/// As many as a message asks for.
pub const ASKED_AT_ONCE: u32 = 8;

/// By the production calendar; a year that it does not know yet has only its weekends off.
pub fn is_working(day: Date) -> bool {
    let (month, of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
    match is_day_off_ymd::<Federal>(i32::from(day.year()), month, of_month) {
        Some(off) => !off.value(),
        None => day.weekday().to_monday_zero_offset() < 5,
    }
}

/// The `count`th working day after this one.
pub fn working_days_after(day: Date, count: u32) -> Date {
    walk(day, count, |day| day.checked_add(1.day()).unwrap_or(day))
}

/// The `count`th working day before this one.
pub fn working_days_before(day: Date, count: u32) -> Date {
    walk(day, count, |day| day.checked_sub(1.day()).unwrap_or(day))
}

fn walk(mut day: Date, count: u32, step: impl Fn(Date) -> Date) -> Date {
    for _ in 0..count {
        day = step(day);
        // No row of days off is as long as that.
        for _ in 0..30 {
            if is_working(day) {
                break;
            }
            day = step(day);
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_off_are_those_of_the_calendar() {
        // Decree 1187 of 2026-09-17: a working Saturday, and days moved.
        for (day, works) in [
            (date(2026, 11, 3), true),
            (date(2026, 11, 4), false),
            (date(2026, 12, 31), false),
            (date(2027, 2, 20), true),
            (date(2027, 2, 22), false),
            (date(2027, 5, 3), false),
            (date(2027, 5, 10), false),
            (date(2027, 11, 5), false),
            (date(2027, 12, 31), false),
        ] {
            assert_eq!(is_working(day), works, "{day}");
        }
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        assert_eq!(working_days_after(date(2026, 11, 27), 1), date(2026, 11, 30));
        assert_eq!(working_days_before(date(2026, 12, 1), 3), date(2026, 11, 26));
        assert_eq!(working_days_after(date(2026, 12, 30), 1), date(2027, 1, 11));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_working_day(ahead in 0i32..400, count in 0u32..20) {
            let day = working_days_after(date(2026, 1, 12).checked_add(ahead.days()).unwrap(), 1);
            prop_assert_eq!(working_days_before(working_days_after(day, count), count), day);
        }
    }
}
