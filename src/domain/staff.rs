//! Who may use the bot.

use serde::{Deserialize, Serialize};

/// A person's numeric id at Telegram. Names and @usernames change hands; only this counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(i64);

impl PersonId {
    /// Telegram documents at most 52 significant bits for an id of a person, and never a
    /// negative one.
    pub fn new(id: i64) -> Option<Self> {
        (id > 0 && id < (1 << 52)).then_some(Self(id))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for PersonId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for PersonId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().and_then(Self::new).ok_or(())
    }
}

/// What a person on the allow-list may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees all invitations and keeps the allow-list.
    Admin,
    /// Invites, and sees the own invitations.
    Staff,
}

/// A person as the bot knows him: the id counts, the name is for show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Telegram's id.
    pub id: PersonId,
    /// What an admin called the person or, failing that, the first name at Telegram.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_that_telegram_gives_to_people() {
        for (number, is_one) in
            [(-1, false), (0, false), (1, true), ((1 << 52) - 1, true), (1 << 52, false)]
        {
            assert_eq!(PersonId::new(number).map(PersonId::get), is_one.then_some(number));
            let read: Option<PersonId> = number.to_string().parse().ok();
            assert_eq!(read, PersonId::new(number));
        }
        assert_eq!(PersonId::new(501).unwrap().to_string(), "501");
        assert_eq!("five".parse::<PersonId>(), Err(()));
    }
}
