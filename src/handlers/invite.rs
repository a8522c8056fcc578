//! One invitation: drives the dialogue, answers its needs, and submits what is confirmed.

use uuid::Uuid;

use super::{Outcome, OutgoingMessage, Placement, Plan, Sent, Toast, Turn, list, policy, session};
use crate::dialogue::facts::Need;
use crate::dialogue::{Effect, Input, sources, step};
use crate::domain::requisites::{Finding, PartyRequisites, Requisites};
use crate::domain::{FieldError, Inn, Kpp};
use crate::screens::draft;
use crate::store::{Change, NewInvitation, StoreError};

pub async fn take(turn: &mut Turn<'_>, input: Input) -> Result<Outcome, StoreError> {
    answer(turn, input, None).await
}

/// `sent`: the message in which it was said.
pub async fn said(turn: &mut Turn<'_>, input: Input, sent: Sent) -> Result<Outcome, StoreError> {
    answer(turn, input, Some(sent)).await
}

async fn answer(
    turn: &mut Turn<'_>,
    input: Input,
    sent: Option<Sent>,
) -> Result<Outcome, StoreError> {
    let mut step = loop {
        match step(&turn.facts, turn.session, input.clone()) {
            Ok(step) => break step,
            Err(Need::Organisation(inn)) => return Ok(Outcome::LookUp(inn)),
            Err(Need::Policy(draft)) => {
                let check = policy::check(turn.reader, &turn.facts, &draft).await?;
                turn.facts.looked_up.checks.push((*draft, check));
            }
            Err(Need::InvitationFromDraft(id)) => {
                let made = match turn.reader.invitation_from_draft(id).await? {
                    Some(number) => turn.reader.invitation(number).await?,
                    None => None,
                };
                turn.facts.looked_up.invitation_from_draft = Some((id, made));
            }
        }
    };
    if let Some(after) = &mut step.session {
        after.sources = sources(turn.session, after, &input, sent);
        if let Input::Edited { .. } = input {
            // It is no answer to what an admin is asked beside the draft.
            after.prompt = turn.session.prompt.clone();
        }
    }
    let after = step.session.as_ref().unwrap_or(turn.session);
    let mut plan = match &step.effect {
        None => Plan::default(),
        Some(Effect::Submit { to, override_limit, repeats }) => {
            let Some((shown, _)) = turn.facts.shown else { return Ok(Plan::default().into()) };
            let mut plan = Plan::change(Change::Submit(NewInvitation {
                draft: shown,
                recipient: to.clone(),
                guid: Uuid::new_v4(),
                repeats: *repeats,
                status_message: turn.pressed,
                send_at: None,
                sources: turn.session.sources.iter().map(|it| it.sent.message).collect(),
                options: policy::options(&turn.facts, *override_limit),
                quotas: policy::quotas(&turn.facts),
            }));
            let waits = turn.facts.holds.iter().any(|hold| hold.kind.forbids(to.provider()));
            let window = (!waits).then_some(turn.facts.setup.undo_window);
            plan.toast = Some(Toast::Submitted(window));
            plan
        }
        Some(Effect::Search(search)) => {
            let mut searched = Turn {
                facts: turn.facts.clone(),
                session: after,
                reader: turn.reader,
                pressed: turn.pressed,
            };
            list::search(&mut searched, search).await?
        }
    };
    if let Some(view) = &step.view {
        if draft::is_home(after, view) {
            session::count_for_home(turn).await?;
        }
        let screen = draft::view(&turn.facts, after, view, step.note.as_ref());
        let message = OutgoingMessage::Screen(screen);
        plan.shown.push(if step.below {
            Placement::Below(message)
        } else {
            Placement::Here(message)
        });
    }
    if let Some(toast) = step.toast {
        plan.toast = Some(Toast::Text(draft::toast(toast)));
    }
    if let Some(after) = &step.session {
        plan.changes.extend(session::save(&turn.facts, after));
    }
    Ok(plan.into())
}

/// A CRM's link brings `<ИНН>` or `<ИНН>_<КПП>`, checked like typed numbers.
pub fn requisites_of_link(numbers: &str) -> Result<Requisites, FieldError> {
    let (inn, kpp) = match numbers.split_once('_') {
        Some((inn, kpp)) if !kpp.is_empty() => (inn, Some(kpp)),
        Some((inn, _)) => (inn, None),
        None => (numbers, None),
    };
    let inn = Inn::parse(inn)?;
    let kpp = match kpp.filter(|_| inn.is_organisation()) {
        Some(kpp) => Finding::Certain(Kpp::parse(kpp)?),
        None => Finding::Missing,
    };
    let party = PartyRequisites { inn: Finding::Certain(inn), kpp, ..PartyRequisites::default() };
    Ok(Requisites { parties: vec![party], ..Requisites::default() })
}
