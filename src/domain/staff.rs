//! Who may use the bot, and for what.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Invitation;

/// Telegram's numeric id. Names and @usernames change hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(i64);

impl PersonId {
    /// Telegram documents positive ids of at most 52 significant bits.
    pub fn new(id: i64) -> Option<Self> {
        (id > 0 && id < (1 << 52)).then_some(Self(id))
    }

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Admin,
    /// Sees the whole team, and decides for it.
    Senior,
    Staff,
    /// Sees everything and sends nothing.
    Observer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Invite and repeat, and say what became of it: of all that one may see.
    Send,
    SeeAll,
    /// See what a provider's support asks for.
    SeeDetails,
    SeeStaff,
    ManageStaff,
    ManageStopList,
    DecideRequests,
    SeeReports,
    SeeJournal,
    ManageServices,
    /// Let sending go on after a hold.
    Resume,
    /// Send although a rule of the office is against it.
    OverrideRules,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Admin, Self::Senior, Self::Staff, Self::Observer];

    pub fn may(self, permission: Permission) -> bool {
        use Permission::{
            DecideRequests, ManageServices, ManageStaff, ManageStopList, OverrideRules, Resume,
            SeeAll, SeeDetails, SeeJournal, SeeReports, SeeStaff, Send,
        };
        match permission {
            Send => self != Self::Observer,
            SeeAll | SeeJournal | SeeReports => self != Self::Staff,
            SeeStaff | ManageStopList | DecideRequests => {
                matches!(self, Self::Admin | Self::Senior)
            }
            SeeDetails | ManageStaff | ManageServices | Resume | OverrideRules => {
                self == Self::Admin
            }
        }
    }
}

/// For whom, and when, something is decided or drawn.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub me: Person,
    pub role: Role,
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    pub fn may_see(&self, invitation: &Invitation) -> bool {
        self.may(Permission::SeeAll) || invitation.author.id == self.me.id
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// The name an admin gave, else the first name at Telegram.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_and_an_observer_only_looks() {
        use Permission::{
            DecideRequests, ManageServices, ManageStaff, ManageStopList, OverrideRules, Resume,
            SeeAll, SeeDetails, SeeJournal, SeeReports, SeeStaff, Send,
        };
        let of = |role: Role| {
            [
                Send,
                SeeAll,
                SeeDetails,
                SeeStaff,
                ManageStaff,
                ManageStopList,
                DecideRequests,
                SeeReports,
                SeeJournal,
                ManageServices,
                Resume,
                OverrideRules,
            ]
            .map(|permission| if role.may(permission) { 'x' } else { '-' })
            .iter()
            .collect::<String>()
        };
        assert_eq!(of(Role::Admin), "xxxxxxxxxxxx");
        assert_eq!(of(Role::Senior), "xx-x-xxxx---");
        assert_eq!(of(Role::Staff), "x-----------");
        assert_eq!(of(Role::Observer), "-x-----xx---");
    }

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
