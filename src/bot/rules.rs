//! What the rules of the office say of a draft, looked up in the turn's transaction; and the deeds
//! that change the rules: the stop-list and the limits of people.

use jiff::Timestamp;

use super::Context;
use super::turn::Turn;
use crate::dialogue::{Bounds, Check, Employee, Finding, State, StopDone, StopList};
use crate::domain::{
    Day, Draft, Full, Number, PersonId, Recipient, Stop, Usage, Used, counted_domain,
};
use crate::store::{StoreError, Tx};

/// Entries on one page of the stop-list.
const STOPS_PER_PAGE: u32 = 5;

/// What the rules say of a person and of the draft that is under review.
pub async fn bounds(
    tx: &mut Tx,
    context: &Context,
    me: PersonId,
    state: &State,
    now: Timestamp,
) -> Result<Bounds, StoreError> {
    let day = Day::of(now, &context.zone);
    let usage = tx.usage(me, &context.rules.limits, day, now).await?;
    // A question about a person may stand before the draft.
    let check = match state.beneath() {
        State::Reviewing { draft } => Some(check(tx, context, &usage, draft, now).await?),
        _ => None,
    };
    Ok(Bounds { repeat: context.rules.repeat, usage, check })
}

async fn check(
    tx: &mut Tx,
    context: &Context,
    usage: &Usage,
    draft: &Draft,
    now: Timestamp,
) -> Result<Check, StoreError> {
    let stop = tx.stop_for(draft.email.as_ref(), draft.inn.as_ref()).await?;
    // Whether anybody must not be written to is known before all is.
    let Ok(to) = draft.finish() else { return Ok(Check { stop, ..Check::default() }) };
    // What a card brought counts, although Invoicebox does not ask for it.
    let known = draft.inn.as_ref().map(|inn| (inn, draft.kpp.as_ref()));
    Ok(Check {
        stop,
        in_flight: tx.barring(&to).await?,
        earlier: tx.earlier(&to, known, now).await?,
        full: full(tx, context, usage, &to, now).await?,
        room: tx.repeat_room(&to, now).await?,
    })
}

/// The first limit that is used up for a letter to this recipient.
async fn full(
    tx: &mut Tx,
    context: &Context,
    usage: &Usage,
    to: &Recipient,
    now: Timestamp,
) -> Result<Option<Full>, StoreError> {
    if let Some(full) = usage.full() {
        return Ok(Some(full));
    }
    let (limits, day) = (&context.rules.limits, Day::of(now, &context.zone));
    let domain = counted_domain(to).filter(|_| limits.domain_day > 0);
    if let Some(domain) = domain
        && tx.queued_since(day.begins, None, Some(&domain)).await? >= limits.domain_day
    {
        return Ok(Some(Full { used: Used::Domain, limit: limits.domain_day, until: day.ends }));
    }
    let provider = to.provider();
    let limit = limits.provider_day(provider);
    if limit > 0 && tx.queued_since(day.begins, Some(provider), None).await? >= limit {
        return Ok(Some(Full { used: Used::Provider(provider), limit, until: day.ends }));
    }
    Ok(None)
}

impl Turn<'_> {
    /// Looks what stands against a draft, for the screen that follows.
    pub async fn check(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let (usage, now) = (&self.desk.bounds.usage, self.desk.now);
        let check = check(&mut self.tx, self.context, usage, draft, now).await?;
        self.desk.bounds.check = Some(check);
        Ok(())
    }

    /// The limit that bars one more letter for an invitation.
    pub async fn bars_repeat(&mut self, number: Number) -> Result<Option<Full>, StoreError> {
        let Some(invitation) = self.tx.invitation(number).await? else { return Ok(None) };
        let (usage, now) = (&self.desk.bounds.usage, self.desk.now);
        full(&mut self.tx, self.context, usage, &invitation.recipient, now).await
    }

    /// Puts on the stop-list.
    pub async fn stop(
        &mut self,
        stops: Vec<Stop>,
        reason: Option<&str>,
        card: Option<Number>,
    ) -> Result<Finding, StoreError> {
        let (me, now) = (self.desk.me.id, self.desk.now);
        let stopped = self.tx.stop(&stops, reason, me, now).await?;
        self.changed = true;
        let mut held = Vec::new();
        for &number in &stopped.held {
            held.extend(self.visible(number).await?);
        }
        let (new, held_count) = (!stopped.added.is_empty(), stopped.held.len());
        Ok(Finding::Stopped(StopDone { stops, card, new, held, held_count }))
    }

    /// A page of the stop-list.
    pub async fn stop_list(&mut self, page: u32) -> Result<Finding, StoreError> {
        let found = self.tx.stoplist(page.saturating_add(1), STOPS_PER_PAGE).await?;
        let page = found.page.saturating_sub(1);
        Ok(Finding::StopList(StopList { entries: found.entries, page, pages: found.pages }))
    }

    /// Takes an entry off it.
    pub async fn unstop(&mut self, id: i64) -> Result<Finding, StoreError> {
        let (me, now) = (self.desk.me.id, self.desk.now);
        let Some(entry) = self.tx.unstop(id, me, now).await? else { return Ok(Finding::Stale) };
        self.changed = true;
        let held = self.tx.held_by_list().await?;
        Ok(Finding::Unstopped(entry, held))
    }

    /// Sets how much somebody who has access may send a day.
    pub async fn set_limit(
        &mut self,
        id: PersonId,
        limit: Option<u32>,
    ) -> Result<Finding, StoreError> {
        let (me, now) = (self.desk.me.id, self.desk.now);
        let Some(before) = self.employee(id).await? else {
            return Ok(Finding::LimitSet(None, false));
        };
        // An admin by configuration may never have written.
        self.tx.meet(id, "", now).await?;
        self.tx.set_day_limit(id, limit, me, now).await?;
        let after = self.employee(id).await?;
        let limit = |it: &Employee| it.usage.day_limit;
        let changed = after.as_ref().map(limit) != Some(limit(&before));
        Ok(Finding::LimitSet(after, changed))
    }
}
