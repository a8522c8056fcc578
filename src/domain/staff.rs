//! Who may use the bot, and for what.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Invitation;

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

/// What not everybody on the allow-list may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See the invitations of colleagues, and decide on them.
    SeeAll,
    /// See what only a provider's support asks for.
    SeeDetails,
    /// Keep the allow-list, limits and office codes.
    ManageStaff,
    /// Keep the stop-list.
    ManageStopList,
    /// Let sending go on after a hold.
    Resume,
    /// Send although a rule of the office is against it.
    OverrideRules,
}

impl Role {
    /// Whether this role may do that.
    pub fn may(self, permission: Permission) -> bool {
        use Permission::{ManageStaff, ManageStopList, OverrideRules, Resume, SeeAll, SeeDetails};
        match (self, permission) {
            (
                Self::Admin,
                SeeAll | SeeDetails | ManageStaff | ManageStopList | Resume | OverrideRules,
            ) => true,
            (Self::Staff, _) => false,
        }
    }
}

/// For whom, and when, something is decided or drawn.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person; on the allow-list.
    pub me: Person,
    /// What the person may do.
    pub role: Role,
    /// In which times are shown.
    pub zone: TimeZone,
    /// The time of this turn.
    pub now: Timestamp,
}

impl Viewer {
    /// Whether the person may do that.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// Whether the person may see all of an invitation: the own ones, or everybody's.
    pub fn may_see(&self, invitation: &Invitation) -> bool {
        self.may(Permission::SeeAll) || invitation.author.id == self.me.id
    }
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
