//! How often one recipient is written to through one provider.

use jiff::{SignedDuration, Timestamp};

/// The first letter is an invitation, every further one a repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResendQuota {
    #[default]
    Available,
    AvailableAt(Timestamp),
    Exhausted,
}

impl ResendQuota {
    /// The trigger `repeats_are_few_1` has the same number and pause.
    pub const REPEATS: u32 = 3;

    pub const PAUSE: SignedDuration = SignedDuration::from_hours(24);

    /// `letters` went or may have gone, the last one at `last`.
    pub fn after(letters: u32, last: Option<Timestamp>, now: Timestamp) -> Self {
        let from = last.and_then(|last| last.checked_add(Self::PAUSE).ok());
        match (letters, from) {
            (0 | 1, _) => Self::Available,
            (letters, _) if letters > Self::REPEATS => Self::Exhausted,
            (_, Some(from)) if from > now => Self::AvailableAt(from),
            _ => Self::Available,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_gets_a_letter_and_three_repeats_of_which_one_a_day() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let ago = |hours: i64| now - SignedDuration::from_hours(hours);
        let quota = |letters, hours| ResendQuota::after(letters, Some(ago(hours)), now);
        assert_eq!(ResendQuota::after(0, None, now), ResendQuota::Available);
        assert_eq!(quota(1, 0), ResendQuota::Available, "the first repeat may go at once");
        assert_eq!(quota(2, 23), ResendQuota::AvailableAt(ago(-1)));
        assert_eq!((quota(2, 24), quota(3, 24)), (ResendQuota::Available, ResendQuota::Available));
        assert_eq!(quota(3, 0), ResendQuota::AvailableAt(ago(-24)));
        assert_eq!((quota(4, 1000), quota(9, 0)), (ResendQuota::Exhausted, ResendQuota::Exhausted));
    }
}
