//! `/status`: the list, the card of one invitation, and what a person does with it.

use super::press::{CardAct, List, ListWhat};
use super::{Deed, Desk, Effect, Listing, Reply, Search, State, Step, invite, rules, texts};
use jiff::Timestamp;

use crate::domain::{
    Draft, Email, Event, Field, Inn, InnError, Invitation, Number, Recipient, Room,
    State as Standing, StopEntry, Verdict,
};

/// `/status` with what was typed after it.
pub fn status(text: &str) -> Step {
    let text = text.trim();
    let digits = text.trim_start_matches(['№', '#', 'N', 'n']).trim_start();
    if text.is_empty() {
        Step::deed(Deed::List(List { what: ListWhat::All(None, None), page: 0 }))
    } else if let Ok(inn) = Inn::parse(text) {
        Step::deed(Deed::Search(Search::Inn(inn)))
    } else if let Err(InnError::Checksum(digits)) = Inn::parse(text) {
        Step::show(texts::status_checksum(&digits))
    } else if let Some(number) = digits.parse().ok().filter(|&number: &i64| number > 0) {
        Step::deed(Deed::Look(Number(number), CardAct::Open, None))
    } else if let Ok(email) = Email::parse(text) {
        Step::deed(Deed::Search(Search::Email(email.key())))
    } else {
        Step::show(texts::status_usage())
    }
}

/// A page was loaded. A search that found one invitation shows its card.
pub fn listed(desk: &Desk, state: &State, listing: Listing) -> Step {
    let list = || texts::list(desk, &listing);
    match (listing.list.what, listing.items.as_slice()) {
        (ListWhat::SameEmail(_) | ListWhat::SameInn(_), [only]) if listing.list.page == 0 => {
            Step::deed(Deed::Look(only.number, CardAct::Open, None))
        }
        (ListWhat::SameEmail(_) | ListWhat::SameInn(_), items) => {
            Step::show(with_offer(desk, state, items, list()))
        }
        _ => Step::show(list()),
    }
}

/// Whoever looks at the history of the one value that was sent out of the blue may invite by it.
fn with_offer(desk: &Desk, state: &State, found: &[Invitation], screen: Reply) -> Reply {
    let State::Offered { draft } = state else { return screen };
    let same = |recipient: &Recipient| match (&draft.inn, &draft.email) {
        (Some(inn), _) => recipient.company().is_some_and(|company| company.inn == *inn),
        (None, Some(email)) => recipient.email().key() == email.key(),
        (None, None) => false,
    };
    match found.iter().all(|found| same(&found.recipient)) {
        true => texts::with_offer(desk, draft, screen),
        false => screen,
    }
}

/// An invitation was loaded for an act; `seq` is what the pressed button was drawn for, `None`
/// when nothing was pressed.
pub fn looked(
    desk: &Desk,
    state_of_dialogue: &State,
    found: Option<(Invitation, Vec<Event>)>,
    act: CardAct,
    seq: Option<i64>,
) -> Step {
    let Some((invitation, history)) = found.filter(|(found, _)| desk.may_see(found)) else {
        return match seq {
            Some(_) => Step::toast(texts::NOT_FOUND),
            None => Step::show(texts::not_found()),
        };
    };
    let card = || texts::card(desk, &invitation, &history);
    let (number, now) = (invitation.number, invitation.seq);
    let deed = match (act, invitation.state) {
        (CardAct::Open, _) => {
            let found = std::slice::from_ref(&invitation);
            return Step::show(with_offer(desk, state_of_dialogue, found, card()));
        }
        (CardAct::Details, _) => return Step::say(card()),
        (CardAct::Again, state) if state.is_finished() => {
            return Step::deed(Deed::Room(number, act));
        }
        // What was stopped sent nothing.
        (CardAct::Copy, Standing::Cancelled) => {
            let draft = draft_of(&invitation);
            return below(invite::begin(desk, state_of_dialogue, draft, None));
        }
        (CardAct::Copy, state) if state.is_settled() => {
            return Step::deed(Deed::Room(number, act));
        }
        // The result stays where it is; a draft has a message of its own.
        (CardAct::Switch, state) if state.is_finished() => {
            let Some(draft) = switched(desk, &invitation) else {
                return Step::toast(texts::PROVIDER_OFF);
            };
            return below(invite::begin(desk, state_of_dialogue, draft, None));
        }
        (CardAct::Edit(field), state) if state.is_finished() => {
            let draft = draft_of(&invitation);
            let known = draft.fields().contains(&field) && field != Field::Provider;
            return below(invite::begin(desk, state_of_dialogue, draft, known.then_some(field)));
        }
        (CardAct::AskStop | CardAct::ChooseStop(_) | CardAct::Stop(_), _) => {
            return rules::stop(desk, &invitation, act);
        }
        (CardAct::Cancel, state) if !matches!(state, Standing::Queued | Standing::Held) => {
            return Step::toast(texts::not_stopped_toast(number, state));
        }
        _ if seq != Some(now) => None,
        (CardAct::AskRepeat | CardAct::Repeat(_) | CardAct::Beyond(_) | CardAct::Release, _)
            if invitation.stopped =>
        {
            return Step::toast(texts::STOPPED_TOAST);
        }
        (CardAct::AskRepeat, state) if state.may_repeat() => {
            return Step::say(texts::ask_repeat(&invitation, minute(desk.now)));
        }
        (CardAct::Arrived, Standing::Unknown) => Some(Deed::Resolve(number, now, Verdict::Arrived)),
        (CardAct::Missing, Standing::Unknown) => Some(Deed::Resolve(number, now, Verdict::Missing)),
        (CardAct::Repeat(_) | CardAct::Beyond(_) | CardAct::Release, _)
            if !desk.providers.contains(&invitation.recipient.provider()) =>
        {
            return Step::toast(texts::PROVIDER_OFF);
        }
        (CardAct::Repeat(asked), state) if state.may_repeat() => {
            let fresh = asked.is_some_and(|asked| is_fresh(desk, asked));
            if !fresh && invitation.needs_asking() {
                return Step::say(texts::ask_repeat(&invitation, minute(desk.now)))
                    .and(Effect::Toast(texts::CONFIRM_AGAIN.into()));
            }
            Some(Deed::Repeat(number, now))
        }
        (CardAct::Beyond(asked), state) if state.may_repeat() && desk.is_admin() => {
            if !is_fresh(desk, asked) {
                return Step::say(texts::ask_repeat(&invitation, minute(desk.now)))
                    .and(Effect::Toast(texts::CONFIRM_AGAIN.into()));
            }
            Some(Deed::RepeatBeyond(number, now))
        }
        (CardAct::Cancel, Standing::Queued | Standing::Held) => Some(Deed::Cancel(number, now)),
        (CardAct::Release, Standing::Held)
            if !invitation.embargoed && (desk.is_admin() || invitation.held_by_list) =>
        {
            Some(Deed::Release(number, now))
        }
        _ => None,
    };
    match deed {
        Some(deed) => Step::deed(deed),
        None => Step::show(card()).and(Effect::Toast(texts::STALE.into())),
    }
}

/// The other provider, if it is on, with what is known of the recipient.
fn switched(desk: &Desk, invitation: &Invitation) -> Option<Draft> {
    let other = desk.providers.iter().find(|known| **known != invitation.recipient.provider())?;
    // The ИНН stays known: the stop-list and what was sent before are about the client.
    Some(Draft { provider: Some(*other), office: None, ..draft_of(invitation) })
}

/// Whether one more letter may go to the recipient of an invitation was found out, for an act.
pub fn room(
    desk: &Desk,
    state_of_dialogue: &State,
    invitation: &Invitation,
    room: Room,
    act: CardAct,
) -> Step {
    if act == CardAct::Copy && (room == Room::Free || desk.is_admin()) {
        let draft = draft_of(invitation);
        return below(invite::begin(desk, state_of_dialogue, draft, None));
    }
    placed(texts::repeat_menu(desk, invitation, room), act)
}

/// No letter may go to the recipient of an invitation.
pub fn repeat_stopped(
    desk: &Desk,
    invitation: &Invitation,
    entry: &StopEntry,
    act: CardAct,
) -> Step {
    placed(texts::repeat_stopped(desk, invitation, entry), act)
}

/// Below the menu where «Как есть» was pressed, else in place of the card.
fn placed(screen: Reply, act: CardAct) -> Step {
    if act == CardAct::Copy { Step::say(screen) } else { Step::show(screen) }
}

/// One more attempt would be one letter too many.
pub fn no_room(desk: &Desk, invitation: &Invitation, room: Room) -> Step {
    Step::say(texts::no_room_to_repeat(desk, invitation, room, minute(desk.now)))
}

/// An admin wants to lift an embargo: what that may cost is said first, and the answer is good for
/// a quarter of an hour.
pub fn lift(desk: &Desk, id: i64, asked: Option<i64>) -> Step {
    let Some(embargo) = desk.embargo.filter(|embargo| embargo.id == id) else {
        return Step::toast(texts::LIFTED_ALREADY);
    };
    let ask = || Step::show(texts::ask_lift(desk, &embargo, minute(desk.now)));
    match asked {
        None => ask(),
        Some(asked) if is_fresh(desk, asked) => Step::deed(Deed::Lift(id)),
        Some(_) => ask().and(Effect::Toast(texts::CONFIRM_AGAIN.into())),
    }
}

/// Whether a question that was asked in this minute may still be answered.
fn is_fresh(desk: &Desk, asked: i64) -> bool {
    minute(desk.now).checked_sub(asked).is_some_and(|age| (0..=15).contains(&age))
}

/// A new draft with the same data. That this one was sent before is no news to who repeats it.
fn draft_of(invitation: &Invitation) -> Draft {
    Draft { known: vec![invitation.number.0], ..Draft::from(&invitation.recipient) }
}

/// The minute of a time, as a button carries it.
fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The same, as new messages.
pub fn below(mut step: Step) -> Step {
    for effect in &mut step.effects {
        match effect {
            Effect::Show(reply) => *effect = Effect::Say(reply.clone()),
            Effect::Do(Deed::Check(_, how)) => how.below = true,
            _ => {}
        }
    }
    step
}

/// A deed on an invitation was done, and nothing else will show it here.
pub fn done(desk: &Desk, deed: Deed) -> Step {
    let toast = Step::toast(texts::done_toast(&deed));
    match deed {
        Deed::Resolve(number, ..)
        | Deed::Cancel(number, _)
        | Deed::Release(number, _)
        | Deed::Repeat(number, _)
        | Deed::RepeatBeyond(number, _) => {
            toast.and(Effect::Do(Deed::Look(number, CardAct::Open, None)))
        }
        Deed::Resume(provider) => toast.and(Effect::Show(texts::resumed(desk, provider))),
        Deed::Alone => toast.and(Effect::Show(texts::alone(desk))),
        _ => toast,
    }
}
