//! `/status`: the list, the card of one invitation, and what a person does with it.

use jiff::Timestamp;

use super::session::{everybody, named};
use super::{Letter, Outcome, Plan, Shown, Turn, invite, policy, stoplist};
use crate::dialogue::{Input, Search};
use crate::domain::{
    Draft, Email, Field, Inn, InnError, Invitation, Number, Permission, PersonId, Recipient, Room,
    State, Verdict, Viewer,
};
use crate::screens::list::{self as lists, Listing};
use crate::screens::press::{CardAct, List, ListWhat};
use crate::screens::{self, Screen, card as cards, draft, policy as limits, resend};
use crate::store::{Change, Query, Reader, StoreError, What};

/// The most authors to choose from; Telegram allows 100 buttons.
const AUTHORS_MAX: usize = 90;

/// `/status` with what was typed after it.
pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Outcome, StoreError> {
    let text = text.trim();
    let digits = text.trim_start_matches(['№', '#', 'N', 'n']).trim_start();
    let plan = if text.is_empty() {
        list(turn, List::ALL).await?
    } else if let Ok(inn) = Inn::parse(text) {
        search(turn, &Search::Inn(inn)).await?
    } else if let Err(InnError::Checksum(digits)) = Inn::parse(text) {
        Plan::show(lists::status_checksum(&digits))
    } else if let Some(number) = digits.parse().ok().filter(|&number: &i64| number > 0) {
        return card(turn, Number(number), CardAct::Open, None).await;
    } else if let Ok(email) = Email::parse(text) {
        search(turn, &Search::email(&email)).await?
    } else {
        Plan::show(lists::status_usage())
    };
    Ok(plan.into())
}

/// The card that a link names.
pub async fn linked(turn: &mut Turn<'_>, number: &str) -> Result<Outcome, StoreError> {
    match number.parse() {
        Ok(number @ 1..) => card(turn, Number(number), CardAct::Open, None).await,
        _ => Ok(Plan::show(lists::not_found()).into()),
    }
}

/// A page of the log.
pub async fn list(turn: &mut Turn<'_>, list: List) -> Result<Plan, StoreError> {
    let (what, by) = match list.what {
        ListWhat::All(bucket, author) => (bucket.map_or(What::All, What::Bucket), author),
        ListWhat::SameEmail(number) | ListWhat::SameInn(number) => {
            let anchor = turn.reader.invitation(number).await?;
            let Some(anchor) = anchor.filter(|anchor| turn.facts.viewer.may_see(anchor)) else {
                return Ok(Plan::toast(screens::STALE));
            };
            match (list.what, anchor.recipient.inn()) {
                (ListWhat::SameInn(_), Some(inn)) => (What::SameInn(inn.clone()), None),
                _ => (What::SameEmail(anchor.recipient.email().key()), None),
            }
        }
    };
    let listing = page(turn, list, what, by).await?;
    listed(turn, &listing).await
}

/// Earlier invitations with one value.
pub async fn search(turn: &mut Turn<'_>, search: &Search) -> Result<Plan, StoreError> {
    let (anchor, what): (fn(Number) -> ListWhat, _) = match search {
        Search::Email(key) => (ListWhat::SameEmail, What::SameEmail(key.clone())),
        Search::Inn(inn) => (ListWhat::SameInn, What::SameInn(inn.clone())),
    };
    let mut listing = page(turn, List::of(anchor(Number(0))), what, None).await?;
    // The pages of a search are named by its newest invitation: an address may be longer than a
    // button can hold.
    if let Some(newest) = listing.items.first() {
        listing.list.what = anchor(newest.number);
    }
    listed(turn, &listing).await
}

/// Staff see their own whatever they ask for; who sees all may choose an author.
async fn page(
    turn: &mut Turn<'_>,
    list: List,
    what: What,
    by: Option<PersonId>,
) -> Result<Listing, StoreError> {
    let sees_all = turn.facts.viewer.may(Permission::SeeAll);
    let by = by.filter(|_| sees_all);
    let only = if sees_all { by } else { Some(turn.facts.viewer.me.id) };
    let query = Query { author: only, what, page: list.page.saturating_add(1) };
    let page = turn.reader.page(&query).await?;
    let author = match by {
        Some(id) => Some(named(turn.reader, id).await?),
        None => None,
    };
    let list = List { page: page.page.saturating_sub(1), ..list };
    Ok(Listing { list, items: page.items, pages: page.pages, more: page.capped, author })
}

/// A search that found one invitation shows its card.
async fn listed(turn: &mut Turn<'_>, listing: &Listing) -> Result<Plan, StoreError> {
    let of_search = matches!(listing.list.what, ListWhat::SameEmail(_) | ListWhat::SameInn(_));
    let screen = match listing.items.as_slice() {
        [only] if of_search && listing.list.page == 0 => {
            let history = turn.reader.history(only.number).await?;
            cards::card(&turn.facts.viewer, only, &history)
        }
        _ => lists::list(&turn.facts.viewer, listing),
    };
    Ok(Plan::show(match of_search {
        true => with_offer(turn, &listing.items, screen),
        false => screen,
    }))
}

/// Whoever looks at the history of the one value that was sent out of the blue may invite by it.
fn with_offer(turn: &Turn<'_>, found: &[Invitation], screen: Screen) -> Screen {
    let Some(crate::dialogue::session::Stage::Offered { draft: known }) = &turn.session.draft
    else {
        return screen;
    };
    let same = |recipient: &Recipient| match (&known.inn, &known.email) {
        (Some(inn), _) => recipient.inn() == Some(inn),
        (None, Some(email)) => recipient.email().key() == email.key(),
        (None, None) => false,
    };
    match found.iter().all(|found| same(&found.recipient)) {
        true => draft::with_offer(&turn.facts, known, screen),
        false => screen,
    }
}

/// The choice of an author.
pub async fn authors(turn: &mut Turn<'_>, what: ListWhat) -> Result<Plan, StoreError> {
    let people = everybody(turn.reader, &turn.facts.setup).await?.into_iter();
    let people: Vec<_> = people.map(|(person, _)| person).take(AUTHORS_MAX).collect();
    Ok(Plan::show(lists::authors(&turn.facts.viewer, what, &people)))
}

/// A button of an invitation; `seq` is what it was drawn for, `None` when nothing was pressed.
pub async fn card(
    turn: &mut Turn<'_>,
    number: Number,
    act: CardAct,
    seq: Option<i64>,
) -> Result<Outcome, StoreError> {
    let found = turn.reader.invitation(number).await?;
    let Some(invitation) = found.filter(|found| turn.facts.viewer.may_see(found)) else {
        return Ok(match seq {
            Some(_) => Plan::toast(screens::NOT_FOUND),
            None => Plan::show(lists::not_found()),
        }
        .into());
    };
    if let Some(draft) = copied(turn, &invitation, act).await? {
        return match draft {
            Ok((draft, ask)) => {
                // The result stays where it is; a draft has a message of its own.
                invite::take(turn, Input::Begin { draft, ask, below: true }).await
            }
            Err(plan) => Ok(plan.into()),
        };
    }
    let plan = match act {
        CardAct::Open => {
            let screen = drawn(turn, &invitation).await?;
            Plan::show(with_offer(turn, std::slice::from_ref(&invitation), screen))
        }
        CardAct::Details => Plan::say(drawn(turn, &invitation).await?),
        CardAct::ResendMenu if invitation.state.is_finished() => menu(turn, &invitation).await?,
        CardAct::AskStop | CardAct::ChooseStop(_) | CardAct::Stop(_) => {
            stoplist::from_card(turn, &invitation, act).await?
        }
        CardAct::Cancel if !matches!(invitation.state, State::Queued | State::Held) => {
            Plan::toast(draft::not_stopped_toast(number, invitation.state))
        }
        _ if seq != Some(invitation.seq) => stale(turn, &invitation).await?,
        _ => decided(turn, &invitation, act).await?,
    };
    Ok(plan.into())
}

/// The card of an invitation for a person; `None`: there is none, or it is not the person's.
pub async fn drawn_for(
    reader: &mut Reader,
    viewer: &Viewer,
    number: Number,
) -> Result<Option<Screen>, StoreError> {
    let found = reader.invitation(number).await?.filter(|found| viewer.may_see(found));
    let Some(invitation) = found else { return Ok(None) };
    let history = reader.history(number).await?;
    Ok(Some(cards::card(viewer, &invitation, &history)))
}

async fn drawn(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Screen, StoreError> {
    let history = turn.reader.history(invitation.number).await?;
    Ok(cards::card(&turn.facts.viewer, invitation, &history))
}

async fn stale(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Plan, StoreError> {
    Ok(Plan::show(drawn(turn, invitation).await?).with_toast(screens::STALE))
}

/// The new draft that an act begins, and the field that is asked for; or why none begins. `None`:
/// the act begins none.
async fn copied(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<Option<Result<(Draft, Option<Field>), Plan>>, StoreError> {
    // That this one was sent before is no news to who repeats it.
    let known = vec![invitation.number.0];
    let draft = Draft { known, ..Draft::from(&invitation.recipient) };
    let own = invitation.recipient.provider();
    Ok(Some(match (act, invitation.state) {
        // What was stopped sent nothing.
        (CardAct::Copy, State::Cancelled) => Ok((draft, None)),
        (CardAct::Copy, state) if state.is_settled() => {
            let may_override = turn.facts.viewer.may(Permission::OverrideRules);
            match barred(turn, invitation).await? {
                Ok(quota) if quota == Room::Free || may_override => Ok((draft, None)),
                Ok(quota) => Err(Plan::say(resend::repeat_menu(&turn.facts, invitation, quota))),
                Err(screen) => Err(Plan::say(screen)),
            }
        }
        (CardAct::Switch, state) if state.is_finished() => {
            match turn.facts.setup.providers.iter().find(|other| **other != own) {
                // The ИНН stays known: the stop-list and what was sent before are about the client.
                Some(other) => Ok((Draft { provider: Some(*other), office: None, ..draft }, None)),
                None => Err(Plan::toast(screens::PROVIDER_OFF)),
            }
        }
        (CardAct::Edit(field), state) if state.is_finished() => {
            let known = draft.fields().contains(&field) && field != Field::Provider;
            Ok((draft, known.then_some(field)))
        }
        _ => return Ok(None),
    }))
}

/// Whether one more letter may go to the recipient of an invitation, or the screen of the
/// stop-list, which comes first.
async fn barred(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
) -> Result<Result<Room, Screen>, StoreError> {
    let to = &invitation.recipient;
    if let Some(entry) = turn.reader.stop_for(Some(to.email()), to.inn()).await? {
        return Ok(Err(resend::repeat_stopped(&turn.facts, invitation, &entry)));
    }
    Ok(Ok(turn.reader.repeat_room(to, turn.facts.viewer.now).await?))
}

/// «Повторить» asks what.
async fn menu(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Plan, StoreError> {
    Ok(Plan::show(match barred(turn, invitation).await? {
        Ok(quota) => resend::repeat_menu(&turn.facts, invitation, quota),
        Err(screen) => screen,
    }))
}

/// An act on an invitation as it stands.
async fn decided(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<Plan, StoreError> {
    let (number, seq) = (invitation.number, invitation.seq);
    let asks = matches!(
        act,
        CardAct::AskResend | CardAct::Resend(_) | CardAct::ResendOverLimit(_) | CardAct::Release
    );
    if asks && invitation.stopped {
        return Ok(Plan::toast(screens::STOPPED_TOAST));
    }
    let may_repeat = invitation.state.may_repeat();
    let now = minute(turn.facts.viewer.now);
    let ask = || Plan::say(cards::ask_repeat(invitation, now));
    if act == CardAct::AskResend && may_repeat {
        return Ok(ask());
    }
    let sends = asks && act != CardAct::AskResend;
    if sends && !turn.facts.setup.providers.contains(&invitation.recipient.provider()) {
        return Ok(Plan::toast(screens::PROVIDER_OFF));
    }
    let change = match (act, invitation.state) {
        (CardAct::Arrived, State::Unknown) => {
            Change::Resolve { number, seq, verdict: Verdict::Arrived }
        }
        (CardAct::Missing, State::Unknown) => {
            Change::Resolve { number, seq, verdict: Verdict::Missing }
        }
        (CardAct::Cancel, State::Queued | State::Held) => Change::Cancel { number, seq },
        (CardAct::Release, State::Held) if may_release(&turn.facts.viewer, invitation) => {
            let not_before = policy::terms(&turn.facts, false).not_before;
            Change::Release { number, seq, not_before }
        }
        (CardAct::Resend(asked), _) if may_repeat => {
            let fresh = asked.is_some_and(|asked| is_fresh(&turn.facts.viewer, asked));
            if !fresh && invitation.needs_asking() {
                return Ok(ask().with_toast(screens::CONFIRM_AGAIN));
            }
            return resent(turn, invitation, false).await;
        }
        (CardAct::ResendOverLimit(asked), _)
            if may_repeat && turn.facts.viewer.may(Permission::OverrideRules) =>
        {
            if !is_fresh(&turn.facts.viewer, asked) {
                return Ok(ask().with_toast(screens::CONFIRM_AGAIN));
            }
            return resent(turn, invitation, true).await;
        }
        _ => return stale(turn, invitation).await,
    };
    done(turn, invitation, act, change).await
}

fn may_release(viewer: &Viewer, invitation: &Invitation) -> bool {
    !invitation.embargoed && (viewer.may(Permission::SeeAll) || invitation.held_by_list)
}

/// One more attempt.
async fn resent(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    override_limit: bool,
) -> Result<Plan, StoreError> {
    let to = &invitation.recipient;
    if let Some(full) = policy::exhausted(turn.reader, &turn.facts, to).await? {
        return Ok(Plan::toast(limits::full_toast(&turn.facts, &full)));
    }
    let other = turn.reader.barring(to).await?.filter(|other| other.number != invitation.number);
    if let Some(other) = other {
        let number = turn.facts.viewer.may_see(&other).then_some(other.number);
        return Ok(Plan::toast(draft::repeat_in_flight_toast(number)));
    }
    let quota = turn.reader.repeat_room(to, turn.facts.viewer.now).await?;
    if quota != Room::Free && !override_limit {
        let now = minute(turn.facts.viewer.now);
        return Ok(Plan::say(resend::no_room_to_repeat(&turn.facts, invitation, quota, now)));
    }
    let change = Change::Resend {
        number: invitation.number,
        seq: invitation.seq,
        terms: policy::terms(&turn.facts, override_limit),
        quotas: policy::of(&turn.facts),
    };
    done(turn, invitation, CardAct::Resend(None), change).await
}

/// An invitation changes. Its author follows it on the message that was pressed: from now on that
/// is the status message. Whoever else pressed sees the card as it will be.
async fn done(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
    change: Change,
) -> Result<Plan, StoreError> {
    let number = invitation.number;
    let plan = Plan::change(change).with_toast(cards::done_toast(act, number));
    let own = invitation.author.id == turn.facts.viewer.me.id;
    let Some(message) = turn.pressed.filter(|_| own) else {
        return Ok(Plan { shown: vec![Shown::Here(Letter::Card(number.0))], ..plan });
    };
    let left = turn.reader.status_message(number).await?.filter(|&old| old != message);
    let mut plan = plan.with(Change::AdoptStatusMessage { number, message });
    plan.left = left.map(|left| (number, left));
    Ok(plan)
}

/// Whether a question that was asked in this minute may still be answered.
pub fn is_fresh(viewer: &Viewer, asked: i64) -> bool {
    minute(viewer.now).checked_sub(asked).is_some_and(|age| (0..=15).contains(&age))
}

/// The minute of a time (Unix), as a button carries it.
pub fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
