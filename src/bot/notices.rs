//! Tells the admins of a hold, once.

use super::Context;
use crate::domain::{Hold, HoldKind};
use crate::screens::{Screen, holds};
use crate::store::{Change, StoreError};

/// In pauses of a provider that is down: after 15 minutes the admins are told.
const ROUNDS_UNTIL_TOLD: u32 = 15;

/// That the check of the file, for which everything waits, is not over soon.
pub async fn announce_check(context: &Context) -> Result<(), StoreError> {
    let holds = context.store.reader().holds().await?;
    let untold = |hold: &&Hold| hold.kind == HoldKind::UncheckedFile && !hold.told;
    if let Some(hold) = holds.iter().find(untold) {
        announce(context, &holds::notice(hold), Change::NoteHoldNotified(hold.id)).await?;
        context.to_tell.notify_one();
    }
    Ok(())
}

/// Once for each hold; of a provider that is down only when that lasts. Returns whether there is one.
pub async fn notices(context: &Context) -> Result<bool, StoreError> {
    let mut any = false;
    let holds = context.store.reader().holds().await?;
    for hold in holds.into_iter().filter(|hold| !hold.told) {
        if matches!(hold.kind, HoldKind::ProviderDown { rounds, .. } if rounds <= ROUNDS_UNTIL_TOLD)
            || hold.kind == HoldKind::UncheckedFile
        {
            continue;
        }
        announce(context, &holds::notice(&hold), Change::NoteHoldNotified(hold.id)).await?;
        any = true;
    }
    Ok(any)
}

/// In one transaction, so that it is neither lost nor told twice.
pub async fn announce(context: &Context, screen: &Screen, note: Change) -> Result<(), StoreError> {
    let changes: Vec<Change> = [note].into_iter().chain(context.to_admins(screen)).collect();
    context.apply(&changes).await.map(drop)
}
