//! What the team sent, for who may see it.

use super::{Plan, Turn};
use crate::domain::{Days, Period, Report};
use crate::screens::press::ReportAct;
use crate::screens::report as screens;
use crate::store::StoreError;

/// `/report [дни]`
pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Plan, StoreError> {
    if text.trim().is_empty() {
        return of_period(turn, Period::Week).await;
    }
    let today = turn.facts.viewer.now.to_zoned(turn.facts.viewer.zone.clone()).date();
    match Days::parse(text, today) {
        Ok(days) => of(turn, days, None).await,
        Err(error) => Ok(Plan::show(screens::unreadable(error))),
    }
}

pub async fn pressed(turn: &mut Turn<'_>, act: ReportAct) -> Result<Plan, StoreError> {
    match act {
        ReportAct::Period(period) => of_period(turn, period).await,
    }
}

async fn of_period(turn: &mut Turn<'_>, period: Period) -> Result<Plan, StoreError> {
    let viewer = &turn.facts.viewer;
    let day = |at: jiff::Timestamp| at.to_zoned(viewer.zone.clone()).date();
    let (first, last) = (day(period.begins(viewer.now, &viewer.zone)), day(viewer.now));
    of(turn, Days { first, last }, Some(period)).await
}

async fn of(turn: &mut Turn<'_>, days: Days, period: Option<Period>) -> Result<Plan, StoreError> {
    let (from, until) = days.bounds(&turn.facts.viewer.zone);
    let counted = turn.reader.counted(from, until).await?;
    Ok(Plan::show(screens::report(&Report::of(days, counted), period)))
}
