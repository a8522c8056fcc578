//! What came of a deed, as the conversation hears of it.

use super::{CardAct, Deed, List, ListWhat, Shown, StaffAct, StopDone, StopList};
use crate::domain::{
    Draft, Event, Full, Invitation, Number, OfficeCode, Person, Role, Room, StopEntry, Usage,
};

/// What came of a deed.
#[derive(Clone, Debug)]
pub enum Finding {
    /// It is in the queue.
    Submitted(Number),
    /// Not in the queue: the same recipient is in flight already.
    InFlight,
    /// The state had moved on before.
    Stale,
    /// No repeat: another one goes to the same recipient; its number, if this person may see it.
    RepeatInFlight(Option<Number>),
    /// Not in the queue: that recipient has had enough letters.
    NoRoom,
    /// Not in the queue: the person has office codes, and the draft has none of them.
    NotTheirOffice,
    /// No repeat: that recipient has had enough letters.
    NoRoomToRepeat(Invitation, Room),
    /// Whether one more letter may go to the recipient of this invitation, for this act.
    Room(Invitation, Room, CardAct),
    /// None may: the recipient of this invitation is on the stop-list.
    RepeatStopped(Invitation, StopEntry, CardAct),
    /// What was made from that draft, if anything.
    MadeFrom(Option<Invitation>),
    /// The invitation and its history; `None` when there is none.
    Looked(Option<(Invitation, Vec<Event>)>, CardAct, Option<i64>),
    /// A page of the log.
    Listed(Listing),
    /// The deed was done.
    Done(Deed),
    /// The deed was done, and the message that was pressed will show what comes of it.
    Followed(Deed),
    /// Whether the person is new on the list.
    Allowed(Person, Role, Allowed),
    /// What revoking did.
    Revoked(Person, Revoked),
    /// A page of the allow-list.
    Staff(StaffPage),
    /// One person of the allow-list.
    Colleague(Option<Person>),
    /// What may be changed of a person who has access, for this act.
    Employee(Option<Employee>, StaffAct),
    /// The person has these office codes from now on.
    Offices(Employee),
    /// Another program was noticed a moment ago: nothing was done.
    NotAlone,
    /// An embargo was lifted, and so many invitations are queued again.
    Lifted(u64),
    /// Everybody on the allow-list.
    Authors(ListWhat, Vec<Person>),
    /// What stands against this draft is known by now; whether its screen is a new message.
    Checked(Draft, Shown),
    /// Nothing was done: a limit is used up.
    Full(Full),
    /// Nothing was done: the recipient is on the stop-list.
    RecipientStopped,
    /// What was put on the stop-list, and what that holds.
    Stopped(StopDone),
    /// A page of the stop-list.
    StopList(StopList),
    /// One entry of it; `None`: it is off.
    StopEntry(Option<StopEntry>),
    /// This entry was taken off, and so many invitations wait for a word.
    Unstopped(StopEntry, u32),
    /// The limit of a person was set, and whether it is another one now; `None`: nobody of that id
    /// has access.
    LimitSet(Option<Employee>, bool),
}

/// A page of the log, as it was asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What it shows, with the page it really is.
    pub list: List,
    /// The invitations, newest first.
    pub items: Vec<Invitation>,
    /// How many pages there are, at least.
    pub pages: u32,
    /// Whether there are more pages than were counted.
    pub more: bool,
    /// The person it is limited to by an admin's choice.
    pub author: Option<Person>,
}

/// What `/allow` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// The person is new on the list.
    Added,
    /// The person was on it with the other role.
    Changed,
    /// Nothing changed.
    Same,
    /// The last admin stays one.
    LastAdmin,
}

/// What `/revoke` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The person is off the list.
    Done {
        /// The person's invitations that wait for an admin's word now.
        held: Vec<Number>,
        /// The newest of those whose outcome is unknown.
        unknown: Vec<Number>,
    },
    /// The person was not on it.
    NotListed,
    /// The last admin cannot be removed.
    LastAdmin,
}

/// A person who has access, and what admins set for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employee {
    /// Who.
    pub person: Person,
    /// What the person may do.
    pub role: Role,
    /// The person's СБИС office codes, the main one first.
    pub offices: Vec<OfficeCode>,
    /// The limit of a day that an admin has set; 0 is as many as there are.
    pub limit: Option<u32>,
    /// What the person has sent, and may.
    pub usage: Usage,
}

impl Employee {
    /// The most office codes that one person has.
    pub const OFFICES_MAX: usize = 10;
}

/// A page of the allow-list.
#[derive(Clone, Debug)]
pub struct StaffPage {
    /// The people on it, by name.
    pub people: Vec<(Person, Role)>,
    /// Who is an admin by configuration, on the first page.
    pub fixed: Vec<Person>,
    /// From 0.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
}
