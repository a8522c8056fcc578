//! What somebody may not do alone and asks of those who may.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Permission, Person, PersonId, Recipient};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestKind {
    Access,
    /// More letters today than the person's limit.
    Limit,
    /// A letter beyond what one recipient gets.
    Repeat,
    /// A recipient off the stop-list.
    Stop,
}

impl RequestKind {
    pub const ALL: [Self; 4] = [Self::Access, Self::Limit, Self::Repeat, Self::Stop];

    /// Who has it decides, as it is at the press.
    pub fn decided_by(self) -> Permission {
        match self {
            Self::Access | Self::Limit => Permission::DecideRequests,
            Self::Repeat => Permission::OverrideRules,
            Self::Stop => Permission::ManageStopList,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    Open,
    Granted,
    Refused,
    /// A stranger who may not ask any more.
    Blocked,
    Expired,
    /// The asker left, or is let back.
    Closed,
}

impl RequestState {
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Granted, Self::Refused, Self::Blocked, Self::Expired, Self::Closed];
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: i64,
    pub kind: RequestKind,
    pub asker: Person,
    pub username: Option<String>,
    /// Only while it is open.
    pub subject: Option<String>,
    pub stop: Option<i64>,
    pub at: Timestamp,
    pub state: RequestState,
    /// How many letters more were granted.
    pub extra: Option<u32>,
    pub decided_by: Option<Person>,
    pub decided_at: Option<Timestamp>,
}

/// What is asked for; the rest of a [`Request`] comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Access { username: Option<String> },
    Limit { subject: String },
    Repeat { to: Recipient, subject: String },
    Stop { entry: i64, subject: String },
}

impl Asked {
    pub fn kind(&self) -> RequestKind {
        match self {
            Self::Access { .. } => RequestKind::Access,
            Self::Limit { .. } => RequestKind::Limit,
            Self::Repeat { .. } => RequestKind::Repeat,
            Self::Stop { .. } => RequestKind::Stop,
        }
    }
}

/// The effect of a grant is a change of its own, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Grant,
    /// So many letters more.
    GrantExtra(u32),
    Refuse,
    Block,
}

/// What becomes of a stranger's wish to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayAsk {
    Yes,
    /// One waits already.
    Waits,
    /// Until then, for it was just refused.
    Later(Timestamp),
    TooMany,
    Blocked,
}

pub const ACCESS_REQUESTS_MAX: u32 = 20;
pub const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(24);
pub const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24);
pub const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// How long a granted repeat may be sent.
pub const GRANT_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Those of `staff` who may decide; nobody decides what they asked for themselves.
pub fn deciders(
    staff: &[(Person, super::Role)],
    kind: RequestKind,
    asker: PersonId,
) -> Vec<PersonId> {
    let may = staff.iter().filter(|(_, role)| role.may(kind.decided_by()));
    may.map(|(person, _)| person.id).filter(|id| *id != asker).collect()
}
