//! Resumes what is on hold.

use super::status::{is_fresh, minute};
use super::{Plan, Turn};
use crate::domain::{PersonId, Provider};
use crate::screens::{CONFIRM_AGAIN, LIFTED_ALREADY, NOT_ALONE, holds, home};
use crate::store::{Change, StoreError};

pub fn resume(turn: &Turn<'_>, provider: Provider) -> Plan {
    let (screen, toast) = home::resumed(&turn.facts.viewer, provider);
    Plan::show(screen).with_toast(toast).with(Change::Resume(provider))
}

pub async fn confirm_alone(turn: &mut Turn<'_>) -> Result<Plan, StoreError> {
    if !turn.reader.may_be_alone(turn.facts.viewer.now).await? {
        return Ok(Plan::toast(NOT_ALONE));
    }
    let (screen, toast) = home::alone(&turn.facts.viewer);
    Ok(Plan::show(screen).with_toast(toast).with(Change::ConfirmAlone))
}

/// Says what it may cost first; the answer is good for 15 minutes.
pub async fn lift(turn: &mut Turn<'_>, id: i64, asked: Option<i64>) -> Result<Plan, StoreError> {
    let viewer = &turn.facts.viewer;
    let Some(embargo) = turn.facts.holds.embargo.filter(|embargo| embargo.id == id) else {
        return Ok(Plan::toast(LIFTED_ALREADY));
    };
    let ask = || Plan::show(holds::ask_lift(viewer, &embargo, minute(viewer.now)));
    match asked {
        None => return Ok(ask()),
        Some(asked) if !is_fresh(viewer, asked) => return Ok(ask().with_toast(CONFIRM_AGAIN)),
        Some(_) => {}
    }
    let fixed_admins: Vec<PersonId> = turn.facts.setup.fixed_admins.iter().copied().collect();
    let queues = turn.reader.held_by_embargo(id, &fixed_admins).await?;
    let plan = Plan::show(holds::lifted(viewer, queues));
    Ok(plan.with(Change::LiftEmbargo { id, fixed_admins, queues }))
}
