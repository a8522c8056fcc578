//! `/status`: the list, the card of one invitation, and what a person does with it.

use std::ops::ControlFlow::{self, Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::{
    Outcome, OutgoingMessage, Placement, Plan, Turn, card, invite, list, policy, stoplist,
};
use crate::dialogue::{Input, Search};
use crate::domain::requisites::read;
use crate::domain::{
    Draft, Email, Field, Inn, InnError, Invitation, InvitationNo, NameSearch, ResendQuota,
    ResultWord, State, Verdict, Viewer,
};
use crate::screens::list as lists;
use crate::screens::press::{CardAct, List};
use crate::screens::{
    self, Screen, cancel, card as cards, draft, policy as limits, resend, status,
};
use crate::store::{Change, Filter, Query, Reader, StoreError};

pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Outcome, StoreError> {
    let text = text.trim();
    let digits = text.trim_start_matches(['№', '#', 'N', 'n']).trim_start();
    let read = read(text);
    let plan = if text.is_empty() {
        list::list(turn, List::ALL).await?
    } else if let Ok(inn) = Inn::parse(text) {
        list::search(turn, &Search::Inn(inn)).await?
    } else if let Err(InnError::Checksum(digits)) = Inn::parse(text) {
        Plan::show(lists::status_checksum(&digits))
    } else if let Some(number) = digits.parse().ok().filter(|&number: &i64| number > 0) {
        return card(turn, InvitationNo(number), CardAct::Open, None).await;
    } else if let Ok(email) = Email::parse(text) {
        list::search(turn, &Search::email(&email)).await?
    } else if let Some(search) = Search::of(&read) {
        list::search(turn, &search).await?
    } else if let Some(search) = NameSearch::parse(text) {
        list::by_name(turn, &search).await?
    } else {
        Plan::show(lists::status_usage())
    };
    Ok(plan.into())
}

pub async fn card_of_link(turn: &mut Turn<'_>, number: &str) -> Result<Outcome, StoreError> {
    match number.parse() {
        Ok(number @ 1..) => card(turn, InvitationNo(number), CardAct::Open, None).await,
        _ => Ok(Plan::show(lists::not_found()).into()),
    }
}

/// `version` is what the button was drawn for; `None` if none was pressed.
pub async fn card(
    turn: &mut Turn<'_>,
    number: InvitationNo,
    act: CardAct,
    version: Option<i64>,
) -> Result<Outcome, StoreError> {
    let found = turn.reader.invitation(number).await?;
    let Some(invitation) = found.filter(|found| turn.facts.viewer.may_see(found)) else {
        return Ok(match version {
            Some(_) => Plan::toast(screens::NOT_FOUND),
            None => Plan::show(lists::not_found()),
        }
        .into());
    };
    // A press counts if the present card offers it.
    if !status::offers(&invitation, turn.facts.viewer.role, act) {
        return Ok(refused(turn, &invitation, act).await?.into());
    }
    let plan = match act {
        CardAct::Open => {
            let screen = card_screen(turn, &invitation).await?;
            Plan::show(list::with_offer(turn, std::slice::from_ref(&invitation), screen, true))
        }
        CardAct::OpenBelow => Plan::show_below(card_screen(turn, &invitation).await?),
        CardAct::ResendMenu => resend_menu(turn, &invitation).await?,
        CardAct::Copy | CardAct::Switch | CardAct::Edit(_) => {
            return match draft_to_repeat(turn, &invitation, act).await? {
                Continue((draft, ask)) => {
                    // The result stays, and a draft has a message of its own; the menu of an
                    // invitation that is settled turns into the draft.
                    let menu = matches!(act, CardAct::Copy | CardAct::Switch)
                        && invitation.state.repeat_is_new()
                        && invitation.state != State::Cancelled;
                    invite::take(turn, Input::Begin { draft, ask, below: !menu }).await
                }
                Break(plan) => Ok(plan.into()),
            };
        }
        CardAct::AskStop | CardAct::ChooseStop(_) | CardAct::Stop(_) => {
            stoplist::from_card(turn, &invitation, act).await?
        }
        // These are about one attempt, so the card must be the present one.
        CardAct::Arrived
        | CardAct::Missing
        | CardAct::Release
        | CardAct::Resend(_)
        | CardAct::ResendOverLimit(_)
            if version != Some(invitation.version) =>
        {
            stale(turn, &invitation).await?
        }
        _ => decide(turn, &invitation, act).await?,
    };
    Ok(plan.into())
}

/// How long what was confirmed last is what somebody means who wants to stop something.
const LATELY: SignedDuration = SignedDuration::from_mins(15);

/// Of the person's own: the one in its undo window is stopped, of several one is chosen. `None`: there
/// is nothing that somebody could mean.
pub async fn stop_waiting(turn: &mut Turn<'_>) -> Result<Option<Plan>, StoreError> {
    let Viewer { me, role, now, .. } = turn.facts.viewer.clone();
    let own = |filter| Query { author: Some(me.id), filter, since: None, page: 1 };
    let waiting = turn.reader.page(&own(Filter::ResultWord(ResultWord::Waiting))).await?.items;
    let stoppable = |it: &Invitation| status::offers(it, role, CardAct::Cancel);
    let (waiting, gone): (Vec<_>, Vec<_>) = waiting.into_iter().partition(stoppable);
    Ok(match waiting.as_slice() {
        [only] if only.stoppable_until().is_some() => {
            let (number, version) = (only.number, only.version);
            let stopped = Plan::show(cancel::stopped(only));
            Some(stopped.with(Change::Cancel { number, version }))
        }
        [_, ..] => Some(Plan::show(cancel::which(&waiting))),
        [] => {
            let newest = turn.reader.page(&own(Filter::All)).await?.items.into_iter().next();
            let lately = |it: &Invitation| {
                now.duration_since(it.changed_at) < LATELY && it.state != State::Cancelled
            };
            let late = gone.into_iter().next().or_else(|| newest.filter(lately));
            late.map(|late| Plan::show(cancel::too_late(&late)))
        }
    })
}

/// Opened from a page, to which it leads back.
pub async fn card_of(
    turn: &mut Turn<'_>,
    number: InvitationNo,
    page: List,
) -> Result<Plan, StoreError> {
    let found = turn.reader.invitation(number).await?;
    let Some(invitation) = found.filter(|found| turn.facts.viewer.may_see(found)) else {
        return Ok(Plan::toast(screens::NOT_FOUND));
    };
    let screen = card::screen(turn.reader, &turn.facts.viewer, &invitation, page).await?;
    Ok(Plan::show(list::with_offer(turn, std::slice::from_ref(&invitation), screen, true)))
}

/// `None`: there is none, or the person may not see it.
pub async fn card_for(
    reader: &mut Reader,
    viewer: &Viewer,
    number: InvitationNo,
) -> Result<Option<Screen>, StoreError> {
    let found = reader.invitation(number).await?.filter(|found| viewer.may_see(found));
    let Some(invitation) = found else { return Ok(None) };
    Ok(Some(card::screen(reader, viewer, &invitation, List::ALL).await?))
}

async fn card_screen(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Screen, StoreError> {
    card::screen(turn.reader, &turn.facts.viewer, invitation, List::ALL).await
}

async fn stale(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Plan, StoreError> {
    Ok(Plan::show(card_screen(turn, invitation).await?).with_toast(screens::STALE))
}

async fn refused(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<Plan, StoreError> {
    match act {
        CardAct::Cancel => {
            Ok(Plan::toast(draft::not_stopped_toast(invitation.number, invitation.state)))
        }
        CardAct::AskStop | CardAct::ChooseStop(_) | CardAct::Stop(_) | CardAct::Release
            if invitation.stopped =>
        {
            Ok(Plan::toast(screens::STOPPED_TOAST))
        }
        _ => stale(turn, invitation).await,
    }
}

async fn draft_to_repeat(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<ControlFlow<Plan, (Draft, Option<Field>)>, StoreError> {
    // Whoever repeats it knows that it was sent.
    let known = vec![invitation.number.0];
    let draft = Draft { acknowledged: known, ..Draft::from(&invitation.recipient) };
    let own = invitation.recipient.provider();
    Ok(match act {
        CardAct::Edit(field) => {
            let known = draft.fields().contains(&field) && field != Field::Provider;
            Continue((draft, known.then_some(field)))
        }
        CardAct::Switch => match turn.facts.setup.providers.iter().find(|other| **other != own) {
            Some(other) => Continue((draft.through(*other), None)),
            None => Break(Plan::toast(screens::PROVIDER_OFF)),
        },
        // A cancelled one sent nothing.
        _ if invitation.state == State::Cancelled => Continue((draft, None)),
        _ => {
            let may = policy::may_go_beyond(turn, &invitation.recipient).await?;
            match check_resend(turn, invitation).await? {
                Continue(quota) if quota == ResendQuota::Available || may => {
                    Continue((draft, None))
                }
                Continue(quota) => {
                    let menu = resend::repeat_menu(&turn.facts, invitation, quota, may);
                    Break(Plan::show_below(menu))
                }
                Break(screen) => Break(Plan::show_below(screen)),
            }
        }
    })
}

async fn check_resend(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
) -> Result<ControlFlow<Screen, ResendQuota>, StoreError> {
    let to = &invitation.recipient;
    if let Some(entry) = turn.reader.stop_for(Some(to.email()), to.inn()).await? {
        return Ok(Break(resend::repeat_stopped(&turn.facts, invitation, &entry)));
    }
    Ok(Continue(turn.reader.resend_quota(to, turn.facts.viewer.now).await?))
}

async fn resend_menu(turn: &mut Turn<'_>, invitation: &Invitation) -> Result<Plan, StoreError> {
    let may = policy::may_go_beyond(turn, &invitation.recipient).await?;
    Ok(Plan::show(match check_resend(turn, invitation).await? {
        Continue(quota) => resend::repeat_menu(&turn.facts, invitation, quota, may),
        Break(screen) => screen,
    }))
}

async fn decide(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<Plan, StoreError> {
    let (number, version) = (invitation.number, invitation.version);
    let sends = !matches!(act, CardAct::Arrived | CardAct::Missing | CardAct::Cancel);
    if sends && invitation.stopped {
        return Ok(Plan::toast(screens::STOPPED_TOAST));
    }
    let now = unix_minute(turn.facts.viewer.now);
    let ask = || Plan::show_below(cards::ask_repeat(invitation, now));
    if act == CardAct::AskResend {
        return Ok(ask());
    }
    if sends && !turn.facts.setup.providers.contains(&invitation.recipient.provider()) {
        return Ok(Plan::toast(screens::PROVIDER_OFF));
    }
    let viewer = turn.facts.viewer.clone();
    let fresh = |asked| is_fresh(&viewer, asked);
    let change = match act {
        CardAct::Arrived => Change::Resolve { number, version, verdict: Verdict::Arrived },
        CardAct::Missing => Change::Resolve { number, version, verdict: Verdict::Missing },
        CardAct::Cancel => Change::Cancel { number, version },
        CardAct::Release => {
            let not_before = policy::options(&turn.facts, false).not_before;
            Change::Release { number, version, not_before }
        }
        CardAct::Resend(asked) if invitation.retry_needs_consent() && !asked.is_some_and(fresh) => {
            return Ok(ask().with_toast(screens::CONFIRM_AGAIN));
        }
        CardAct::Resend(_) => return resend(turn, invitation, false).await,
        CardAct::ResendOverLimit(_)
            if !policy::may_go_beyond(turn, &invitation.recipient).await? =>
        {
            return stale(turn, invitation).await;
        }
        CardAct::ResendOverLimit(asked) if !fresh(asked) => {
            return Ok(ask().with_toast(screens::CONFIRM_AGAIN));
        }
        CardAct::ResendOverLimit(_) => return resend(turn, invitation, true).await,
        _ => return stale(turn, invitation).await,
    };
    done(turn, invitation, act, change).await
}

async fn resend(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    override_limit: bool,
) -> Result<Plan, StoreError> {
    let to = &invitation.recipient;
    if let Some(full) = policy::limit_reached(turn.reader, &turn.facts, to).await? {
        return Ok(Plan::toast(limits::limit_reached_toast(&turn.facts, &full)));
    }
    let other = turn.reader.barring(to).await?.filter(|other| other.number != invitation.number);
    if let Some(other) = other {
        let number = turn.facts.viewer.may_see(&other).then_some(other.number);
        return Ok(Plan::toast(draft::repeat_in_flight_toast(number)));
    }
    let quota = turn.reader.resend_quota(to, turn.facts.viewer.now).await?;
    if quota != ResendQuota::Available && !override_limit {
        let now = unix_minute(turn.facts.viewer.now);
        let may = policy::may_go_beyond(turn, to).await?;
        let shown = resend::resend_not_available(&turn.facts, invitation, (quota, may), now);
        return Ok(Plan::show_below(shown));
    }
    let change = Change::Resend {
        number: invitation.number,
        version: invitation.version,
        options: policy::options(&turn.facts, override_limit),
        quotas: policy::quotas(&turn.facts),
    };
    done(turn, invitation, CardAct::Resend(None), change).await
}

/// The author follows it on the pressed message from now on; others see the card.
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
        return Ok(Plan { shown: vec![Placement::Here(OutgoingMessage::Card(number.0))], ..plan });
    };
    let left = turn.reader.status_message(number).await?.filter(|&old| old != message);
    let mut plan = plan.with(Change::AdoptStatusMessage { number, message });
    plan.replaced_status_message = left.map(|left| (number, left));
    Ok(plan)
}

/// 15 minutes.
pub fn is_fresh(viewer: &Viewer, asked: i64) -> bool {
    unix_minute(viewer.now).checked_sub(asked).is_some_and(|age| (0..=15).contains(&age))
}

/// Unix minutes, as a button carries them.
pub fn unix_minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
