//! What the rules of the office say of an invitation.

use super::{Turn, session};
use crate::dialogue::facts::{Facts, PolicyCheck};
use crate::domain::{Draft, Earlier, LimitReached, Permission, Recipient};
use crate::store::{Quotas, Reader, StoreError, SubmitOptions};

pub async fn check(
    reader: &mut Reader,
    facts: &Facts,
    draft: &Draft,
) -> Result<PolicyCheck, StoreError> {
    let now = facts.viewer.now;
    let to = draft.finish();
    if let Ok(to) = &to
        && reader.is_new_to_all(to, draft.inn.as_ref()).await?
    {
        let limit_reached = limit_reached(reader, facts, to).await?;
        return Ok(PolicyCheck { limit_reached, ..PolicyCheck::default() });
    }
    let stop = reader.stop_for(draft.email.as_ref(), draft.inn.as_ref()).await?;
    // What is known is asked for as soon as an address or an ИНН is.
    let Ok(to) = to else {
        let (email, inn) = (draft.email.as_ref(), draft.inn.as_ref());
        let known = match draft.provider {
            None => reader.known_of(email, inn, now).await?,
            Some(_) => Earlier::default(),
        };
        return Ok(PolicyCheck { stop, known, ..Default::default() });
    };
    // Invoicebox does not ask for these, but they count.
    let known = draft.inn.as_ref().map(|inn| (inn, draft.kpp.as_ref()));
    Ok(PolicyCheck {
        stop,
        in_flight: reader.barring(&to).await?,
        earlier: reader.earlier(&to, known, now).await?,
        refused: reader.last_refused(&to).await?,
        known: Earlier::default(),
        limit_reached: limit_reached(reader, facts, &to).await?,
        quota: reader.resend_quota(&to, now).await?,
        granted: reader.is_granted(facts.viewer.me.id, &to, now).await?,
    })
}

pub async fn limit_reached(
    reader: &mut Reader,
    facts: &Facts,
    to: &Recipient,
) -> Result<Option<LimitReached>, StoreError> {
    reader.limit_reached(&facts.usage, to, &quotas(facts)).await
}

pub fn quotas(facts: &Facts) -> Quotas {
    session::quotas(&facts.setup, &facts.viewer.zone, facts.viewer.now)
}

/// Sends after the undo window. Only some roles go beyond a rule, and who was granted it.
pub fn options(facts: &Facts, override_limit: bool) -> SubmitOptions {
    let (now, admin) = (facts.viewer.now, facts.viewer.may(Permission::OverrideRules));
    let not_before = now.checked_add(facts.setup.undo_window).unwrap_or(now);
    SubmitOptions { not_before, admin, override_limit }
}

/// Whether the person was granted a letter beyond the rule, or may send one anyway.
pub async fn may_go_beyond(turn: &mut Turn<'_>, to: &Recipient) -> Result<bool, StoreError> {
    let viewer = &turn.facts.viewer;
    if viewer.may(Permission::OverrideRules) {
        return Ok(true);
    }
    turn.reader.is_granted(viewer.me.id, to, viewer.now).await
}
