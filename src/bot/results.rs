//! Who is told by a new message what came of an invitation, beside the card that shows it.

use jiff::{SignedDuration, Timestamp};

use super::Context;
use crate::domain::Invitation;
use crate::handlers::OutgoingMessage;
use crate::store::{Change, PendingNotification, StoreError};

/// Whoever pressed a button looks at the card for as long.
const LATE: SignedDuration = SignedDuration::from_secs(30);

/// An edit makes no sound: who does not look at the card would not learn of it.
pub fn rings(told: &PendingNotification, is_last: bool, now: Timestamp) -> bool {
    let PendingNotification { invitation, asked_at, .. } = told;
    let by_author = invitation.changed_by.as_ref().is_some_and(|by| by.id == invitation.author.id);
    let is_late = now.duration_since(*asked_at).abs() > LATE;
    invitation.state.has_result()
        && !by_author
        && (invitation.state.is_bad_result() || is_late || !is_last)
}

/// A crash after it was sent repeats it once, in the same words.
pub fn message(invitation: &Invitation, card: Option<i32>) -> Option<String> {
    let (number, version) = (invitation.number.0, invitation.version);
    serde_json::to_string(&OutgoingMessage::Result { number, version, card }).ok()
}

/// Who repeats another's invitation has no card that is kept true.
pub fn to_repeater(
    PendingNotification { invitation, repeated_by, .. }: &PendingNotification,
) -> Option<Change> {
    let is_outcome = invitation.state.has_result() && invitation.changed_by.is_none();
    let person = (*repeated_by).filter(|_| is_outcome)?;
    Some(Change::Enqueue { person, answers: None, body: message(invitation, None)? })
}

pub async fn give_up(
    context: &Context,
    notification: &PendingNotification,
) -> Result<(), StoreError> {
    let given_up = [no_longer_told(&notification.invitation)];
    let changes: Vec<Change> = given_up.into_iter().chain(to_repeater(notification)).collect();
    context.apply(&changes).await.map(drop)
}

pub fn no_longer_told(&Invitation { number, version, .. }: &Invitation) -> Change {
    Change::GiveUpTelling { number, version }
}
