//! What is asked next: the first missing field, the summary, or what stands against it.

use super::facts::{Blocker, Facts, Need};
use super::session::{BRANCHES_PER_PAGE, Session, Stage};
use super::{Note, Step, StepResult, Toast, View, same_stage_with_note};
use crate::domain::{
    Draft, DraftLookup, Field, Inn, Office, Organisation, Provider, ProviderSource,
};

/// An unfinished draft is not lost: a person chooses which one goes on.
pub fn begin(facts: &Facts, session: &Session, draft: Draft, ask: Option<Field>) -> StepResult {
    let unfinished = session.begun().filter(|draft| !draft.is_empty());
    match (unfinished, ask) {
        // One such choice at a time, or a third draft would drop one of two.
        (Some(_), _)
            if matches!(session.draft, Some(Stage::ChoosingDraft { .. })) && !draft.is_empty() =>
        {
            Ok(same_stage_with_note(session.draft.as_ref(), Note::PressAButton))
        }
        (Some(unfinished), Some(field)) if draft.has_same_values(unfinished) => {
            Ok(asking(unfinished.clone(), field, true))
        }
        (Some(unfinished), None) if draft.has_same_values(unfinished) => {
            proceed(facts, unfinished.clone())
        }
        (Some(unfinished), ask) if !draft.is_empty() => {
            let mut pasted = draft;
            pasted.to_reconfirm.extend(ask);
            Ok(Step::at(Stage::ChoosingDraft { draft: unfinished.clone(), pasted }))
        }
        (Some(unfinished), _) => Ok(Step::view(View::Unfinished(Box::new(unfinished.clone())))),
        (None, Some(field)) => Ok(asking(draft, field, true)),
        (None, None) => proceed(facts, draft),
    }
}

/// Look-up and stop-list come before the questions that they may answer or end.
pub fn proceed(facts: &Facts, mut draft: Draft) -> StepResult {
    if !draft.provider.is_some_and(|provider| facts.setup.providers.contains(&provider)) {
        draft.provider = match facts.setup.providers.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
    }
    if draft.provider_source == ProviderSource::LastTime
        && draft.provider == Some(Provider::Invoicebox)
        && draft.inn.is_some()
        && facts.setup.providers.len() > 1
    {
        // What came since speaks of the other one.
        (draft.provider, draft.provider_source) = (None, ProviderSource::Answer);
    }
    settle_office(facts, &mut draft);
    if let Some(field) = draft.undecided() {
        return Ok(asking(draft, field, false));
    }
    if let Some(inn) = unknown(facts, &mut draft) {
        return Err(Need::Organisation(inn));
    }
    if draft.inn.is_some() || draft.email.is_some() {
        facts.check(&draft)?;
    }
    Ok(match (facts.first_blocker(&draft), draft.missing()) {
        (Some(Blocker::Stop(_)), _) | (_, None) => Step::at(Stage::Reviewing { draft }),
        (_, Some(_)) if registry_can_fill(&draft) => card(draft),
        (_, Some(field)) => asking(draft, field, false),
    })
}

/// A blocked draft that is not full is asked on as soon as nothing blocks it.
pub fn resume_asking(facts: &Facts, stage: &Stage) -> Option<Stage> {
    let Stage::Reviewing { draft } = stage else { return None };
    let field = draft.missing().filter(|_| facts.first_blocker(draft).is_none())?;
    Some(Stage::Asking { draft: draft.clone(), field, editing: false })
}

pub fn asking(draft: Draft, field: Field, editing: bool) -> Step {
    Step::at(Stage::Asking { draft, field, editing })
}

/// To the other provider and back; nothing that was typed is lost.
pub fn switch(facts: &Facts, draft: &Draft, other: Provider) -> StepResult {
    proceed(facts, Draft { provider_source: ProviderSource::Switch, ..draft.through(other) })
}

/// Takes the office that need not be asked for, or drops one that is not allowed.
fn settle_office(facts: &Facts, draft: &mut Draft) {
    if !facts.is_office_allowed(draft) {
        draft.office = None;
    }
    if draft.provider == Some(Provider::Sbis) && draft.office.is_none() {
        let code = match facts.offices.as_slice() {
            [] => facts.setup.office.as_ref(),
            [only] => Some(only),
            _ => None,
        };
        draft.office = code.cloned().map(Office::Code);
        draft.own_office = draft.office.is_some() && !facts.offices.is_empty();
    }
}

/// The ИНН to look up first; `None` if the result is known, or there is nobody to ask.
fn unknown(facts: &Facts, draft: &mut Draft) -> Option<Inn> {
    let of_sbis = draft.provider == Some(Provider::Sbis) && facts.setup.directory;
    let wanted = draft.inn.clone().filter(|_| of_sbis && draft.current_lookup().is_none())?;
    let known = facts.looked_up.organisation.as_ref().filter(|(inn, _)| *inn == wanted);
    let Some((inn, lookup)) = known.cloned() else { return Some(wanted) };
    draft.lookup = Some(DraftLookup { inn, result: lookup, by_hand: false });
    // Values that the directory confirms belong to this ИНН, whichever ИНН they were typed for.
    if let Some(found) = draft.registry_entry() {
        let kpp = draft.kpp.as_ref().is_some_and(|kpp| found.has_kpp(kpp));
        let name = draft.name.as_ref().is_some_and(|name| found.is_called(name));
        for (field, _) in [(Field::Kpp, kpp), (Field::Name, name)].iter().filter(|it| it.1) {
            draft.settle(*field);
        }
    }
    None
}

fn registry_can_fill(draft: &Draft) -> bool {
    let Some(found) = draft.registry_entry() else { return false };
    let by_hand = draft.current_lookup().is_some_and(|looked| looked.by_hand);
    let has_kpp = found.inn.is_organisation() && has_any_kpp(found);
    let kpp = draft.needs_answer(Field::Kpp) && has_kpp;
    let name = draft.needs_answer(Field::Name) && found.name().is_some();
    !by_hand && (kpp || name)
}

fn has_any_kpp(found: &Organisation) -> bool {
    found.kpp.is_some() || !found.branches.is_empty()
}

/// Whether «Назад» leads from this question to the card.
pub fn is_card_before(draft: &Draft, field: Field) -> bool {
    let (Some(found), Some(looked)) = (draft.registry_entry(), draft.current_lookup()) else {
        return false;
    };
    let first = if found.inn.is_organisation() { Field::Kpp } else { Field::Name };
    let past_the_card = matches!(field, Field::Kpp | Field::Name | Field::Email);
    (field == first || (past_the_card && !looked.by_hand))
        && (has_any_kpp(found) || found.name().is_some())
}

pub fn card(mut draft: Draft) -> Step {
    draft.set_by_hand(false);
    Step::at(Stage::Organisation { draft, branches: None, editing: false })
}

pub fn branches(draft: Draft, page: u16, editing: bool) -> Step {
    let pages =
        draft.registry_entry().map_or(0, |found| found.kpps().len().div_ceil(BRANCHES_PER_PAGE));
    match u16::try_from(pages).ok().and_then(|pages| pages.checked_sub(1)) {
        Some(last) => {
            Step::at(Stage::Organisation { draft, branches: Some(page.min(last)), editing })
        }
        None => Step::toast(Toast::UnknownPress),
    }
}
