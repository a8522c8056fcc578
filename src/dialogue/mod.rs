//! Floor 1: the conversation, pure. [`step`] is the whole of it: what is asked, what a press
//! means, what is said. No Telegram, no SQL, no clock: what it needs to know stands in [`Desk`],
//! what it wants done is a [`Deed`], and what came of a deed returns as an input.

mod cards;
mod command;
mod company;
mod finding;
mod html;
mod invite;
mod link;
mod office;
mod paste;
mod press;
mod rules;
mod team;
pub mod texts;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Draft, Embargo, Field, Inn, Invitation, Lookup, Number, OfficeCode, Person, PersonId, Provider,
    Recipient, Role, Stop, Verdict,
};

pub use command::commands;
pub use finding::{Allowed, Employee, Finding, Listing, Revoked, StaffPage};
pub use html::Html;
pub use press::{CardAct, DraftAct, List, ListWhat, Press, StaffAct, Stamp, StopAct, StopScope};
pub use rules::{Bounds, Check, Shown, StopDone, StopList};

/// How far a person is with a draft. Stored as JSON (`drafts.body`), see [`State::VERSION`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a value of one turn, never collected")]
pub enum State {
    /// Nothing is being filled in.
    #[default]
    Idle,
    /// One field is asked for.
    Asking {
        /// What is known so far.
        draft: Draft,
        /// What is asked.
        field: Field,
        /// The question was reached from the summary, and returns to it.
        editing: bool,
    },
    /// The organisation that was found is shown: is it the one?
    Company {
        /// What is known so far; the organisation stands in it.
        draft: Draft,
        /// The page of its branches that is shown instead, from 0.
        branches: Option<u16>,
        /// The branches were reached from the summary, by way of the КПП.
        editing: bool,
    },
    /// The summary is shown, to be confirmed.
    Reviewing {
        /// What will be sent.
        draft: Draft,
    },
    /// One value was sent out of the blue; whether it begins an invitation is asked.
    Offered {
        /// With that one value.
        draft: Draft,
    },
    /// A message about another client came into an unfinished draft; which of the two goes on is
    /// asked.
    Between {
        /// The unfinished one.
        draft: Draft,
        /// The one that the message begins.
        pasted: Draft,
    },
    /// An admin may answer with the limit of a day of a person.
    NamingLimit {
        /// Whose limit.
        person: PersonId,
        /// What the person is called.
        name: String,
        /// Where the admin stood before, and stands again after.
        #[serde(default, skip_serializing_if = "State::is_idle")]
        after: Box<State>,
    },
    /// An admin may answer with the СБИС office codes of a person.
    NamingOffice {
        /// Whose codes.
        person: PersonId,
        /// What the person is called.
        name: String,
        /// Where the admin stood before, and stands again after.
        #[serde(default, skip_serializing_if = "State::is_idle")]
        after: Box<State>,
    },
}

impl State {
    /// The version of the JSON shape. A change that an older body does not fit needs a new one.
    pub const VERSION: i64 = 1;

    /// The draft, if one was begun.
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Idle | Self::Offered { .. } => None,
            Self::Asking { draft, .. }
            | Self::Company { draft, .. }
            | Self::Reviewing { draft }
            | Self::Between { draft, .. } => Some(draft),
            Self::NamingLimit { after, .. } | Self::NamingOffice { after, .. } => after.draft(),
        }
    }

    /// The same without a question that is about no invitation.
    pub fn beneath(&self) -> &Self {
        match self {
            Self::NamingLimit { after, .. } | Self::NamingOffice { after, .. } => after.beneath(),
            other => other,
        }
    }

    #[expect(clippy::borrowed_box, reason = "serde calls it with what the field is")]
    fn is_idle(this: &Box<Self>) -> bool {
        **this == Self::Idle
    }
}

/// What the conversation may know of the world at one turn.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The person who speaks; on the allow-list.
    pub me: Person,
    /// What the person may do.
    pub role: Role,
    /// An admin to turn to, other than the person.
    pub admin: Option<Person>,
    /// Who is an admin by configuration.
    pub fixed_admins: BTreeSet<PersonId>,
    /// The providers that are on.
    pub providers: Vec<Provider>,
    /// The providers that are paused.
    pub paused: Vec<Provider>,
    /// The providers that answer with errors, and until when each is left alone.
    pub outages: Vec<(Provider, Timestamp)>,
    /// Whether nothing is sent, because another program may be sending too.
    pub rival: bool,
    /// The embargo that stands.
    pub embargo: Option<Embargo>,
    /// The organisation's office code, by configuration.
    pub office: Option<OfficeCode>,
    /// The office codes that an admin gave the person, the main one first.
    pub offices: Vec<OfficeCode>,
    /// The office code that the person used last.
    pub last_office: Option<OfficeCode>,
    /// Whether an ИНН can be looked up.
    pub directory: bool,
    /// What was looked up for this turn, see [`Effect::LookUp`].
    pub known: Option<(Inn, Lookup)>,
    /// What the rules of the office say.
    pub bounds: Bounds,
    /// The draft's present revision and the time it was shown.
    pub draft: Option<(Stamp, Timestamp)>,
    /// The time of this turn.
    pub now: Timestamp,
    /// In which times are shown.
    pub zone: TimeZone,
}

impl Desk {
    fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Staff see their own invitations, admins all.
    fn may_see(&self, invitation: &Invitation) -> bool {
        self.is_admin() || invitation.author.id == self.me.id
    }
}

/// What happened.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a value of one turn, never stored or collected")]
pub enum Input {
    /// A message; `text` is `None` for a sticker, a photo, a file.
    Message {
        /// What was typed.
        text: Option<String>,
        /// Whom the message replies to, where it replies to a forwarded one or a contact.
        about: Option<About>,
    },
    /// A press of a button whose data could be read.
    Press(Press, Option<Stamp>),
    /// A press whose data no screen of this release makes.
    StrangePress,
    /// The draft's screen is to be shown once more: it or a press may be lost.
    Again,
    /// What came of a deed.
    Found(Finding),
}

/// The person behind a forwarded message or a shared contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The id is known.
    Person(Person),
    /// Telegram hides it, by that person's privacy settings or for want of an account.
    Hidden,
}

/// What is to be done outside the conversation. Everything here happens in one transaction with
/// the change of state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Make the draft at its present revision an invitation.
    Submit(Recipient),
    /// The same, although that recipient has had enough letters (admins).
    SubmitBeyond(Recipient),
    /// Find the invitation made from a draft.
    MadeFrom(i64),
    /// Load an invitation with its history, and come back for the act.
    Look(Number, CardAct, Option<i64>),
    /// Load a page of the log.
    List(List),
    /// The same for a typed search.
    Search(Search),
    /// Write down what a person says of an unknown one.
    Resolve(Number, i64, Verdict),
    /// Take a waiting one back.
    Cancel(Number, i64),
    /// Let a held one go.
    Release(Number, i64),
    /// One more attempt, by this person's consent.
    Repeat(Number, i64),
    /// The same, although that recipient has had enough letters (admins).
    RepeatBeyond(Number, i64),
    /// Find out whether one more letter may go to the recipient of an invitation, for this act.
    Room(Number, CardAct),
    /// Put a person on the allow-list; without a role: as staff, or with the role as it is.
    Allow(Person, Option<Role>),
    /// Take a person off it.
    Revoke(PersonId),
    /// Load a page of the allow-list.
    Staff(u32),
    /// Load one person of it, to ask before revoking.
    Colleague(PersonId),
    /// Load what an admin may change of a person, for this act.
    Employee(PersonId, StaffAct),
    /// Give somebody on the list another role.
    SetRole(PersonId, Role),
    /// Give a person these office codes and no others, the main one first.
    SetOffices(PersonId, Vec<OfficeCode>),
    /// Load everybody on it, to filter by.
    Authors(ListWhat),
    /// Let a paused provider work again.
    Resume(Provider),
    /// Write down that this bot is the only one with its token, and let sending go on.
    Alone,
    /// Lift this embargo: send what waits.
    Lift(i64),
    /// Look what stands against a full draft, and come back with it for the summary.
    Check(Draft, Shown),
    /// Put these on the stop-list, for this reason; from the card of an invitation, if that it was.
    Stop(Vec<Stop>, Option<String>, Option<Number>),
    /// Load a page of the stop-list.
    StopList(u32),
    /// Load one entry of it, to ask before it is taken off.
    StopEntry(i64),
    /// Take an entry off it.
    Unstop(i64),
    /// Set how much a person may send a day; `None`: what the configuration says.
    SetLimit(PersonId, Option<u32>),
}

/// What a person looks for in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// By the address, as [`crate::domain::Email::key`] has it.
    Email(String),
    /// By ИНН.
    Inn(Inn),
}

/// A message to be shown: text and buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The text.
    pub text: Html,
    /// Rows of buttons.
    pub rows: Vec<Vec<Button>>,
}

/// A button and what a press of it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What it does.
    pub press: Press,
}

/// What the shell has to do.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few values of one turn")]
pub enum Effect {
    /// Show this: in place of the message that was pressed or, when something was typed, as a
    /// new message.
    Show(Reply),
    /// Send this as a new message in any case.
    Say(Reply),
    /// Answer the press with these words.
    Toast(String),
    /// Do this and come back.
    Do(Deed),
    /// Look this ИНН up, which takes its time, and take the very same input again with
    /// [`Desk::known`]. Nothing else of this turn counts.
    LookUp(Inn),
    /// Tell another person; that nobody hears is no fault.
    Tell(PersonId, Reply),
    /// A person's commands changed: publish them anew, or clear them for `None`.
    Publish(PersonId, Option<Role>),
}

/// What follows from an input.
#[derive(Debug, Default)]
pub struct Step {
    /// The state to store; `None` leaves everything, the draft's revision too, as it is.
    pub state: Option<State>,
    /// What to do, in this order.
    pub effects: Vec<Effect>,
}

impl Step {
    fn effect(effect: Effect) -> Self {
        Self { state: None, effects: vec![effect] }
    }

    fn show(reply: Reply) -> Self {
        Self::effect(Effect::Show(reply))
    }

    fn say(reply: Reply) -> Self {
        Self::effect(Effect::Say(reply))
    }

    fn toast(text: impl Into<String>) -> Self {
        Self::effect(Effect::Toast(text.into()))
    }

    fn deed(deed: Deed) -> Self {
        Self::effect(Effect::Do(deed))
    }

    fn to(mut self, state: State) -> Self {
        self.state = Some(state);
        self
    }

    /// Moves there, unless it moves already, or has to know something first.
    fn or_to(self, state: &State) -> Self {
        let asks = self.effects.iter().any(|effect| matches!(effect, Effect::LookUp(_)));
        if self.state.is_some() || asks { self } else { self.to(state.clone()) }
    }

    fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// The whole conversation: from where a person stands and what happened, to what follows.
/// Total: every input has an answer.
pub fn step(desk: &Desk, state: &State, input: Input) -> Step {
    if let Some(asked) = invite::asked_on(desk, state) {
        // The question was not seen yet: what is pressed or typed is no answer to it.
        let is_answer = match &input {
            Input::Message { text, .. } => !text.as_deref().is_some_and(is_command),
            Input::Press(Press::Draft(act), _) => *act != DraftAct::Cancel,
            _ => false,
        };
        return if is_answer { invite::shown(desk, asked) } else { step(desk, &asked, input) };
    }
    let is_asked_about_somebody = state.beneath() != state;
    if is_asked_about_somebody
        && !desk.is_admin()
        && matches!(input, Input::Message { .. } | Input::Again)
    {
        // Who is no admin any more is asked about nobody.
        return aside(state, step(desk, state.beneath(), input));
    }
    match input {
        Input::Message { text: Some(text), about } if is_command(&text) => {
            aside(state, command::step(desk, state.beneath(), &text, about))
        }
        Input::Message { text, .. } => invite::typed(desk, state, text.as_deref()),
        Input::StrangePress => Step::toast(texts::STRANGE_PRESS),
        Input::Press(press @ (Press::Draft(_) | Press::Label | Press::Write(_)), stamp) => {
            pressed(desk, state, press, stamp)
        }
        Input::Press(press, stamp) => aside(state, pressed(desk, state.beneath(), press, stamp)),
        Input::Again => invite::again(desk, state),
        Input::Found(finding) => found(desk, state, finding),
    }
}

fn is_command(text: &str) -> bool {
    text.trim_start().starts_with('/')
}

/// A command, or a button of another screen, is no answer: what was asked beside an invitation is
/// asked no more.
fn aside(state: &State, step: Step) -> Step {
    let beneath = state.beneath();
    if beneath == state { step } else { step.or_to(beneath) }
}

fn pressed(desk: &Desk, state: &State, press: Press, stamp: Option<Stamp>) -> Step {
    match press {
        Press::Home => Step::show(texts::home(desk, state)),
        Press::Invite => invite::begin(desk, state, Draft::default(), None),
        // The status card of the one before stays what it is.
        Press::Another => cards::below(invite::begin(desk, state, Draft::default(), None)),
        Press::Draft(act) => invite::pressed(desk, state, act, stamp),
        Press::Card(number, seq, act) => Step::deed(Deed::Look(number, act, Some(seq))),
        Press::List(list) => Step::deed(Deed::List(list)),
        Press::Filter(what) => Step::show(texts::filters(desk, what)),
        Press::Authors(what) if desk.is_admin() => Step::deed(Deed::Authors(what)),
        Press::Staff(act) if desk.is_admin() => team::pressed(desk, &act),
        Press::StopList(act) if desk.is_admin() => rules::stoplist_pressed(act),
        Press::Resume(provider) if desk.is_admin() => Step::deed(Deed::Resume(provider)),
        Press::Alone if desk.is_admin() => Step::deed(Deed::Alone),
        Press::Lift(id, asked) if desk.is_admin() => cards::lift(desk, id, asked),
        Press::Authors(_)
        | Press::Staff(_)
        | Press::StopList(_)
        | Press::Resume(_)
        | Press::Alone
        | Press::Lift(..) => Step::toast(texts::STRANGE_PRESS),
        Press::Label | Press::Write(_) => Step::default(),
    }
}

fn found(desk: &Desk, state: &State, finding: Finding) -> Step {
    match finding {
        Finding::Submitted(number) => Step::toast(texts::sending_toast(number)),
        Finding::InFlight | Finding::NoRoom => invite::not_queued(state),
        Finding::MadeFrom(invitation) => invite::made_from(desk, state, invitation),
        Finding::Stale => Step::toast(texts::STALE),
        Finding::NotAlone => Step::toast(texts::NOT_ALONE),
        Finding::RepeatInFlight(number) => Step::toast(texts::repeat_in_flight_toast(number)),
        Finding::Looked(invitation, act, seq) => cards::looked(desk, state, invitation, act, seq),
        Finding::Listed(listing) => cards::listed(desk, state, listing),
        Finding::Done(deed) => cards::done(desk, deed),
        Finding::Followed(deed) => Step::toast(texts::done_toast(&deed)),
        Finding::Lifted(count) => Step::show(texts::lifted(desk, count)),
        Finding::Authors(what, people) => Step::show(texts::authors(desk, what, &people)),
        Finding::Allowed(person, role, allowed) => team::allowed(desk, person, role, allowed),
        Finding::Revoked(person, revoked) => team::revoked(desk, &person, &revoked),
        Finding::NoRoomToRepeat(invitation, room) => cards::no_room(desk, &invitation, room),
        Finding::Room(invitation, room, act) => cards::room(desk, state, &invitation, room, act),
        Finding::RepeatStopped(invitation, entry, act) => {
            cards::repeat_stopped(desk, &invitation, &entry, act)
        }
        Finding::NotTheirOffice => invite::not_their_office(desk, state),
        Finding::Employee(employee, act) => team::employee(desk, state, employee, &act),
        Finding::Offices(employee) => team::offices(desk, &employee),
        Finding::Staff(page) => Step::show(texts::staff(&page)),
        Finding::Colleague(person) => team::colleague(desk, person),
        Finding::Checked(draft, how) => rules::checked(desk, draft, how),
        Finding::Full(full) => Step::toast(texts::full_toast(desk, &full)),
        Finding::RecipientStopped => Step::toast(texts::STOPPED_TOAST),
        Finding::Stopped(done) => Step::show(texts::stopped(desk, &done)),
        Finding::StopList(page) => Step::show(texts::stop_list(desk, &page)),
        Finding::StopEntry(entry) => rules::entry(desk, entry),
        Finding::Unstopped(entry, held) => Step::show(texts::unstopped(&entry, held)),
        Finding::LimitSet(employee, changed) => team::limit_set(desk, employee, changed),
    }
}
