//! An admin lets sending go on.

use super::status::{is_fresh, unix_minute};
use super::{Plan, Turn};
use crate::domain::{HoldKind, PersonId};
use crate::screens::{CONFIRM_AGAIN, NOT_ALONE, OLD_BUTTON, WORKS_ALREADY, holds};
use crate::store::{Change, StoreError};

pub async fn resume(turn: &mut Turn<'_>, id: i64, asked: Option<i64>) -> Result<Plan, StoreError> {
    let viewer = &turn.facts.viewer;
    let hold = match turn.facts.holds.iter().find(|hold| hold.id == id) {
        Some(hold) if hold.kind.may_be_ended(viewer.now) => hold,
        Some(hold) if matches!(hold.kind, HoldKind::PollingConflict { .. }) => {
            return Ok(Plan::toast(NOT_ALONE));
        }
        None if turn.facts.holds.is_empty() => return Ok(Plan::toast(WORKS_ALREADY)),
        _ => return Ok(Plan::toast(OLD_BUTTON)),
    };
    if let HoldKind::UntrustedDatabase { waiting, .. } = hold.kind {
        let ask = || Plan::show(holds::ask_resume(viewer, hold, waiting, unix_minute(viewer.now)));
        match asked {
            None => return Ok(ask()),
            Some(asked) if !is_fresh(viewer, asked) => return Ok(ask().with_toast(CONFIRM_AGAIN)),
            Some(_) => {}
        }
    }
    let fixed_admins: Vec<PersonId> = turn.facts.setup.fixed_admins.iter().copied().collect();
    let queues = turn.reader.queued_by_resuming(id, &fixed_admins).await?;
    let goes = match hold.kind.provider() {
        Some(provider) => turn.reader.waiting_for(provider).await?,
        None => queues,
    };
    let plan = Plan::show(holds::resumed(viewer, &hold.kind, goes));
    let plan = plan.with(Change::Resume { hold: id, fixed_admins, queues });
    Ok(match holds::resumed_toast(&hold.kind) {
        Some(toast) => plan.with_toast(toast),
        None => plan,
    })
}
