//! How often one recipient is written to through one provider.

use jiff::{SignedDuration, Timestamp};

/// The first letter is an invitation, every further one a repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Room {
    #[default]
    Free,
    From(Timestamp),
    Spent,
}

impl Room {
    /// The trigger `repeats_are_few_1` has the same number and pause.
    pub const REPEATS: u32 = 3;

    pub const PAUSE: SignedDuration = SignedDuration::from_hours(24);

    /// `letters` went or may have gone, the last one at `last`.
    pub fn after(letters: u32, last: Option<Timestamp>, now: Timestamp) -> Self {
        let from = last.and_then(|last| last.checked_add(Self::PAUSE).ok());
        match (letters, from) {
            (0 | 1, _) => Self::Free,
            (letters, _) if letters > Self::REPEATS => Self::Spent,
            (_, Some(from)) if from > now => Self::From(from),
            _ => Self::Free,
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
        let room = |letters, hours| Room::after(letters, Some(ago(hours)), now);
        assert_eq!(Room::after(0, None, now), Room::Free);
        assert_eq!(room(1, 0), Room::Free, "the first repeat may go at once");
        assert_eq!(room(2, 23), Room::From(ago(-1)));
        assert_eq!((room(2, 24), room(3, 24)), (Room::Free, Room::Free));
        assert_eq!(room(3, 0), Room::From(ago(-24)));
        assert_eq!((room(4, 1000), room(9, 0)), (Room::Spent, Room::Spent));
    }
}
