//! What the rules of the office say of an invitation: the stop-list, what is in flight, what was
//! sent before, and how much may be sent.

use super::session::quotas;
use crate::dialogue::facts::{Facts, PolicyCheck};
use crate::domain::{Draft, Full, Permission, Recipient};
use crate::store::{Quotas, Reader, StoreError, Terms};

/// What stands against a draft.
///
/// # Errors
/// The database failed.
pub async fn check(
    reader: &mut Reader,
    facts: &Facts,
    draft: &Draft,
) -> Result<PolicyCheck, StoreError> {
    let now = facts.viewer.now;
    let stop = reader.stop_for(draft.email.as_ref(), draft.inn.as_ref()).await?;
    // Whether anybody must not be written to is known before all is.
    let Ok(to) = draft.finish() else { return Ok(PolicyCheck { stop, ..Default::default() }) };
    // What a card brought counts, although Invoicebox does not ask for it.
    let known = draft.inn.as_ref().map(|inn| (inn, draft.kpp.as_ref()));
    Ok(PolicyCheck {
        stop,
        in_flight: reader.barring(&to).await?,
        earlier: reader.earlier(&to, known, now).await?,
        full: exhausted(reader, facts, &to).await?,
        quota: reader.repeat_room(&to, now).await?,
    })
}

/// The limit that bars one more letter of this person to a recipient.
///
/// # Errors
/// The database failed.
pub async fn exhausted(
    reader: &mut Reader,
    facts: &Facts,
    to: &Recipient,
) -> Result<Option<Full>, StoreError> {
    reader.exhausted(facts.viewer.me.id, to, &of(facts), facts.viewer.now).await
}

/// How much may be sent today.
pub fn of(facts: &Facts) -> Quotas {
    quotas(&facts.setup, &facts.viewer.zone, facts.viewer.now)
}

/// What this person wants to go goes after the undo window. Not everybody overrides a limit.
pub fn terms(facts: &Facts, override_limit: bool) -> Terms {
    let (now, admin) = (facts.viewer.now, facts.viewer.may(Permission::OverrideRules));
    let not_before = now.checked_add(facts.setup.undo_window).unwrap_or(now);
    Terms { not_before, admin, beyond: override_limit && admin }
}
