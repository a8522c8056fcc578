//! `/status`: the list, the card of one invitation, and what a person does with it.

use super::press::{CardAct, List, ListWhat};
use super::{Deed, Desk, Effect, Listing, Search, State, Step, invite, texts};
use crate::domain::{Draft, Email, Event, Inn, Invitation, Number, State as Standing, Verdict};

/// `/status` with what was typed after it.
pub fn status(text: &str) -> Step {
    let text = text.trim();
    let digits: String =
        text.trim_start_matches('№').chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() {
        Step::deed(Deed::List(List { what: ListWhat::All(None, None), page: 0 }))
    } else if let Ok(inn) = Inn::parse(text) {
        Step::deed(Deed::Search(Search::Inn(inn)))
    } else if let Some(number) = digits.parse().ok().filter(|&number: &i64| number > 0) {
        Step::deed(Deed::Look(Number(number), CardAct::Open, None))
    } else if let Ok(email) = Email::parse(text) {
        Step::deed(Deed::Search(Search::Email(email.key())))
    } else {
        Step::show(texts::status_usage())
    }
}

/// A page was loaded. A search that found one invitation shows its card.
pub fn listed(desk: &Desk, listing: Listing) -> Step {
    match (listing.list.what, listing.items.as_slice()) {
        (ListWhat::SameEmail(_) | ListWhat::SameInn(_), [only]) if listing.list.page == 0 => {
            Step::deed(Deed::Look(only.number, CardAct::Open, None))
        }
        _ => Step::show(texts::list(desk, &listing)),
    }
}

/// An invitation was loaded for an act; `seq` is what the pressed button was drawn for, `None`
/// when nothing was pressed.
pub fn looked(
    desk: &Desk,
    state: &State,
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
        (CardAct::Open, _) => return Step::show(card()),
        (CardAct::Details, _) => return Step::say(card()),
        (CardAct::Copy, _) => {
            return invite::begin(desk, state, Draft::from(&invitation.recipient), None);
        }
        (CardAct::Edit(field), _) => {
            let draft = Draft::from(&invitation.recipient);
            let known = draft.fields().contains(&field).then_some(field);
            return invite::begin(desk, state, draft, known);
        }
        _ if seq != Some(now) => None,
        (CardAct::AskRepeat, state) if state.may_repeat() => {
            return Step::show(texts::ask_repeat(&invitation));
        }
        (CardAct::Arrived, Standing::Unknown) => Some(Deed::Resolve(number, now, Verdict::Arrived)),
        (CardAct::Missing, Standing::Unknown) => Some(Deed::Resolve(number, now, Verdict::Missing)),
        (CardAct::Repeat, state) if state.may_repeat() => Some(Deed::Repeat(number, now)),
        (CardAct::Cancel, Standing::Queued | Standing::Held) => Some(Deed::Cancel(number, now)),
        (CardAct::Release, Standing::Held) if desk.is_admin() => Some(Deed::Release(number, now)),
        _ => None,
    };
    match deed {
        Some(deed) => Step::deed(deed),
        None => Step::show(card()).and(Effect::Toast(texts::STALE.into())),
    }
}

/// A deed on an invitation was done. Where it ends there, the card shows it; where the delivery
/// goes on, the teller will.
pub fn done(desk: &Desk, deed: Deed) -> Step {
    let toast = texts::done_toast(&deed);
    match deed {
        Deed::Resolve(number, ..) | Deed::Cancel(number, _) => {
            Step::toast(toast).and(Effect::Do(Deed::Look(number, CardAct::Open, None)))
        }
        Deed::Resume(_) => Step::show(texts::home(desk, &State::Idle)).and(Effect::Toast(toast)),
        _ => Step::toast(toast),
    }
}
