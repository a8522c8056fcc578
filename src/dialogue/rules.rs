//! What the rules of the office say of an invitation before it may be confirmed, in this order:
//! the stop-list, what was sent to the same recipient before, and how much may be sent. The list
//! and the limits are kept by admins from the chat.

use super::press::{CardAct, StaffAct, StopAct, StopScope};
use super::{Deed, Desk, Effect, State, Step, cards, invite, paste, texts};
use crate::domain::{
    Draft, Earlier, Full, Inn, Invitation, Number, PersonId, RepeatPolicy, Room, Stop, StopEntry,
    StopError, Usage, tidy,
};

/// The most that may be set as a limit of a day.
pub const LIMIT_MAX: u32 = 10_000;

/// The longest reason that `/stoplist` takes, in characters.
const REASON_MAX: usize = 200;

/// What the rules say at this turn.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// What is done about a recipient who was invited before.
    pub repeat: RepeatPolicy,
    /// What the person has sent, and may.
    pub usage: Usage,
    /// What stands against the draft under review; `None`: none is.
    pub check: Option<Check>,
}

/// What stands against a draft.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Its recipient must not be written to.
    pub stop: Option<StopEntry>,
    /// An invitation of the same recipient through the same provider bars a second one.
    pub in_flight: Option<Invitation>,
    /// The same recipient was invited before.
    pub earlier: Earlier,
    /// A limit is used up.
    pub full: Option<Full>,
    /// Whether its recipient has had enough letters.
    pub room: Room,
}

/// How a draft is shown once it was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// In a new message.
    pub below: bool,
    /// What is said above it.
    pub note: Option<String>,
}

/// Why a draft cannot be confirmed as it is.
#[derive(Clone, Copy, Debug)]
pub enum Bar<'a> {
    /// Its recipient is on the stop-list.
    Stop(&'a StopEntry),
    /// Another invitation goes to its recipient, or may have gone.
    InFlight(&'a Invitation),
    /// Somebody invited the same recipient, and this person has not gone on knowingly.
    Earlier(&'a Earlier),
    /// A limit is used up.
    Full(Full),
}

/// What came of putting something on the stop-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopDone {
    /// All of it.
    pub stops: Vec<Stop>,
    /// From the card of this invitation.
    pub card: Option<Number>,
    /// Whether anything is new.
    pub new: bool,
    /// What waited in the queue, and is held now; as many of them as this person may see.
    pub held: Vec<Number>,
    /// How many that are in all.
    pub held_count: usize,
}

/// A page of the stop-list.
#[derive(Clone, Debug)]
pub struct StopList {
    /// The newest first.
    pub entries: Vec<StopEntry>,
    /// From 0.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
}

/// The first thing that stands against a draft.
pub fn bar<'a>(desk: &'a Desk, draft: &Draft) -> Option<Bar<'a>> {
    let check = desk.bounds.check.as_ref()?;
    if let Some(entry) = &check.stop {
        return Some(Bar::Stop(entry));
    }
    if let Some(other) = &check.in_flight {
        return Some(Bar::InFlight(other));
    }
    let known = |number: &Number| draft.known.contains(&number.0) && may_go_on(desk);
    if !check.earlier.numbers.iter().all(known) {
        return Some(Bar::Earlier(&check.earlier));
    }
    check.full.map(Bar::Full)
}

/// Whether a person may go on although the recipient was invited before.
pub fn may_go_on(desk: &Desk) -> bool {
    desk.bounds.repeat == RepeatPolicy::Warn || desk.is_admin()
}

/// What tells one set of invitations from another, in a button.
pub fn print(numbers: &[Number]) -> u32 {
    let mix = |sum: u32, number: &Number| {
        number
            .0
            .to_le_bytes()
            .iter()
            .fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    };
    numbers.iter().fold(0x811c_9dc5, mix)
}

/// «Всё равно»: good for exactly the invitations that the screen named.
pub fn anyway(desk: &Desk, draft: &Draft, named: u32) -> Step {
    let mut draft = draft.clone();
    let mut stale = None;
    match bar(desk, &draft) {
        Some(Bar::Earlier(_)) if !may_go_on(desk) => return Step::toast(texts::STRANGE_PRESS),
        Some(Bar::Earlier(earlier)) if print(&earlier.numbers) == named => {
            draft.known = earlier.numbers.iter().map(|number| number.0).collect();
        }
        Some(Bar::Earlier(_)) => stale = Some(Effect::Toast(texts::STALE_FRESH.into())),
        // Nothing stands against it any more.
        _ => {}
    }
    let state = State::Reviewing { draft };
    let shown = Step::show(texts::screen(desk, &state)).to(state);
    match stale {
        Some(toast) => shown.and(toast),
        None => shown,
    }
}

/// What was found out stands in `desk` now: whoever must not be written to is asked about no
/// further; else the next question, the summary, or what stands against it.
pub fn checked(desk: &Desk, draft: Draft, Shown { below, note }: Shown) -> Step {
    let step = match bar(desk, &draft) {
        Some(Bar::Stop(_)) => invite::shown(desk, State::Reviewing { draft }),
        _ => invite::on(desk, draft),
    };
    let step = paste::under(note, step);
    if below { cards::below(step) } else { step }
}

// ------------------------------------------------------------------------------ the stop-list

/// A button of a card: who asked not to be written to is put on the list, after two questions.
pub fn stop(desk: &Desk, invitation: &Invitation, act: CardAct) -> Step {
    let recipient = &invitation.recipient;
    let stops = |scope| match scope {
        StopScope::Address => Some(vec![Stop::address(recipient)]),
        StopScope::Company => Stop::company(recipient),
    };
    match act {
        _ if invitation.stopped => Step::toast(texts::STOPPED_TOAST),
        CardAct::ChooseStop(scope) => match stops(scope) {
            Some(stops) => Step::show(texts::ask_stop(desk, invitation, scope, &stops)),
            None => Step::toast(texts::STRANGE_PRESS),
        },
        CardAct::Stop(scope) => match stops(scope) {
            Some(stops) => Step::deed(Deed::Stop(stops, None, Some(invitation.number))),
            None => Step::toast(texts::STRANGE_PRESS),
        },
        _ => Step::show(texts::choose_stop(invitation, Stop::company(recipient).as_deref())),
    }
}

/// `/stoplist`: its first page, or a new entry with a reason after it. A word before the entry says
/// that it is no slip.
pub fn stoplist(text: &str) -> Step {
    let several = text.trim().contains('\n');
    let text = tidy(text);
    if text.is_empty() {
        return Step::deed(Deed::StopList(0));
    }
    let first = |text: &str| {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        (word.to_owned(), rest.to_owned())
    };
    let (word, rest) = first(&text);
    let sure = word.to_lowercase() == texts::SURE;
    let (value, reason) = if sure { first(&rest) } else { (word, rest) };
    // What is entered in part would be taken for entered.
    let next = reason.split(' ').next().unwrap_or_default();
    let is_entry = |word: &str| word.contains(['@', '.']) && Stop::exactly(word).is_ok();
    if several || value.ends_with([',', ';']) || is_entry(next) || Inn::parse(next).is_ok() {
        return Step::show(texts::one_stop_at_a_time());
    }
    if reason.chars().count() > REASON_MAX {
        return Step::show(texts::reason_too_long(REASON_MAX));
    }
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    match if sure { Stop::exactly(&value) } else { Stop::parse(&value) } {
        Ok(stop) => Step::deed(Deed::Stop(vec![stop], reason, None)),
        Err(StopError::Public(domain)) => Step::show(texts::public_domain(&domain)),
        Err(StopError::Misspelt(name)) => {
            let stands = Stop::exactly(&name.written).is_ok();
            Step::show(texts::stop_misspelt(&name, reason.as_deref(), stands))
        }
        Err(StopError::Checksum(digits)) => Step::show(texts::stop_checksum(&digits)),
        Err(StopError::Unreadable) => Step::show(texts::stop_usage()),
    }
}

/// A button of the list.
pub fn stoplist_pressed(act: StopAct) -> Step {
    Step::deed(match act {
        StopAct::Page(page) => Deed::StopList(page),
        StopAct::AskRemove(id) => Deed::StopEntry(id),
        StopAct::Remove(id) => Deed::Unstop(id),
    })
}

/// The entry to be taken off was loaded: ask.
pub fn entry(desk: &Desk, entry: Option<StopEntry>) -> Step {
    match entry {
        Some(entry) => Step::show(texts::ask_unstop(desk, &entry)),
        None => Step::toast(texts::STALE).and(Effect::Do(Deed::StopList(0))),
    }
}

// --------------------------------------------------------------------------------- the limits

/// `/staff 123456789` shows the limit of a person, `/staff 123456789 30` sets it; `None`: the
/// text is neither.
pub fn limit(text: &str) -> Option<Step> {
    let text = tidy(text);
    let mut words = text.split(' ');
    let person: PersonId = words.next()?.parse().ok()?;
    Some(match (words.next(), words.next()) {
        (None, _) => Step::deed(Deed::Employee(person, StaffAct::Limit(person))),
        (Some(word), None) => match limit_in(word) {
            Some(limit) => Step::deed(Deed::SetLimit(person, Some(limit))),
            None => Step::show(texts::limit_usage()),
        },
        _ => Step::show(texts::limit_usage()),
    })
}

/// What was typed for a limit of a day; `None`: it is none.
pub fn limit_in(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|&limit| limit <= LIMIT_MAX)
}
