//! The card of one invitation, with what it needs to be read for it.

use crate::domain::{Invitation, Viewer};
use crate::screens::press::List;
use crate::screens::{Screen, card, follow_up};
use crate::store::{Reader, StoreError};

/// `page`: where it leads back.
pub async fn screen(
    reader: &mut Reader,
    viewer: &Viewer,
    invitation: &Invitation,
    page: List,
) -> Result<Screen, StoreError> {
    let history = reader.history(invitation.number).await?;
    let repeats = reader.repeats(invitation.number).await?;
    let followed = reader.follow_up(invitation.number).await?;
    let card = card::card(viewer, invitation, &history, &repeats, page);
    Ok(follow_up::on_card(card, viewer, invitation, followed.as_ref()))
}
