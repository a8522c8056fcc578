//! The stop-list: who asked not to be written to.

use super::{Plan, Turn};
use crate::domain::{Inn, Invitation, InvitationNo, StopError, StopTarget, tidy};
use crate::screens::press::{CardAct, StopAct, StopScope};
use crate::screens::stoplist::{self as screens, StopPage, StopResult};
use crate::screens::{STALE, STOPPED_TOAST, UNKNOWN_PRESS};
use crate::store::{Change, StoreError};

const PER_PAGE: u32 = 5;

/// In characters.
const REASON_MAX: usize = 200;

/// `/stoplist [точно] [<запись> [причина]]`
pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Plan, StoreError> {
    let several = text.trim().contains('\n');
    let text = tidy(text);
    if text.is_empty() {
        return page(turn, 0).await;
    }
    let first = |text: &str| {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        (word.to_owned(), rest.to_owned())
    };
    let (word, rest) = first(&text);
    let exact = word.to_lowercase() == screens::EXACT_WORD;
    let (value, reason) = if exact { first(&rest) } else { (word, rest) };
    let (value, reason) = match value.trim_end_matches(':').to_lowercase().as_str() {
        screens::INN_WORD => first(&reason),
        _ => (value, reason),
    };
    // An entry taken in part would be thought complete.
    let next = reason.split(' ').next().unwrap_or_default();
    let is_entry = |word: &str| word.contains(['@', '.']) && StopTarget::exactly(word).is_ok();
    if several || value.ends_with([',', ';']) || is_entry(next) || Inn::parse(next).is_ok() {
        return Ok(Plan::show(screens::one_stop_at_a_time()));
    }
    if reason.chars().count() > REASON_MAX {
        return Ok(Plan::show(screens::reason_too_long(REASON_MAX)));
    }
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Ok(Plan::show(
        match if exact { StopTarget::exactly(&value) } else { StopTarget::parse(&value) } {
            Ok(entry) => return stop(turn, vec![entry], reason, None).await,
            Err(StopError::Public(domain)) => screens::public_domain(&domain),
            Err(StopError::Misspelt(name)) => {
                let stands = StopTarget::exactly(&name.written).is_ok();
                screens::stop_misspelt(&name, reason.as_deref(), stands)
            }
            Err(StopError::Checksum(digits)) => screens::stop_checksum(&digits),
            Err(StopError::Unreadable) => screens::stop_usage(),
        },
    ))
}

pub async fn pressed(turn: &mut Turn<'_>, act: StopAct) -> Result<Plan, StoreError> {
    let id = match act {
        StopAct::Page(number) => return page(turn, number).await,
        StopAct::AskRemove(id) | StopAct::Remove(id) => id,
    };
    let Some(entry) = turn.reader.stop_entry(id).await? else {
        return Ok(match act {
            StopAct::Remove(_) => Plan::toast(STALE),
            _ => page(turn, 0).await?.with_toast(STALE),
        });
    };
    if matches!(act, StopAct::AskRemove(_)) {
        return Ok(Plan::show(screens::ask_unstop(&turn.facts.viewer, &entry)));
    }
    let held = turn.reader.held_by_list(id).await?;
    Ok(Plan::show(screens::unstopped(&entry, held)).with(Change::Unstop { entry: id }))
}

async fn page(turn: &mut Turn<'_>, number: u32) -> Result<Plan, StoreError> {
    let found = turn.reader.stoplist(number.saturating_add(1), PER_PAGE).await?;
    let page = found.page.saturating_sub(1);
    let shown = StopPage { entries: found.entries, page, pages: found.pages };
    Ok(Plan::show(screens::stop_list(&turn.facts.viewer, &shown)))
}

/// Two questions come before an entry.
pub async fn from_card(
    turn: &mut Turn<'_>,
    invitation: &Invitation,
    act: CardAct,
) -> Result<Plan, StoreError> {
    let recipient = &invitation.recipient;
    let stops = |scope| match scope {
        StopScope::Address => Some(vec![StopTarget::address(recipient)]),
        StopScope::Company => StopTarget::company(recipient),
    };
    let (scope, confirmed) = match act {
        _ if invitation.stopped => return Ok(Plan::toast(STOPPED_TOAST)),
        CardAct::ChooseStop(scope) => (scope, false),
        CardAct::Stop(scope) => (scope, true),
        _ => {
            let company = StopTarget::company(recipient);
            return Ok(Plan::show(screens::choose_stop(invitation, company.as_deref())));
        }
    };
    match stops(scope) {
        None => Ok(Plan::toast(UNKNOWN_PRESS)),
        Some(stops) if confirmed => stop(turn, stops, None, Some(invitation.number)).await,
        Some(stops) => {
            Ok(Plan::show(screens::ask_stop(&turn.facts.viewer, invitation, scope, &stops)))
        }
    }
}

async fn stop(
    turn: &mut Turn<'_>,
    stops: Vec<StopTarget>,
    reason: Option<String>,
    card: Option<InvitationNo>,
) -> Result<Plan, StoreError> {
    let mut new = false;
    for stop in &stops {
        new |= !turn.reader.is_listed_as(stop).await?;
    }
    let holds = turn.reader.queued_to(&stops).await?;
    let mut held = Vec::new();
    for &number in &holds {
        let found = turn.reader.invitation(number).await?;
        held.extend(found.filter(|it| turn.facts.viewer.may_see(it)).map(|it| it.number));
    }
    let held_count = holds.len();
    let done = StopResult { stops: stops.clone(), card, new, held, held_count };
    let plan = Plan::show(screens::stopped(&turn.facts.viewer, &done));
    Ok(plan.with(Change::Stop { stops, reason, holds }))
}
