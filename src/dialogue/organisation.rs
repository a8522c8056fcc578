//! The card of the organisation behind an ИНН, and its branches.

use super::facts::Facts;
use super::next::{asking, branches, card, proceed};
use super::session::{DraftAct, Stage};
use super::{Note, Step, StepResult, Toast, paste, same_stage_with_note};
use crate::domain::requisites::{Choice, Finding, PartyRequisites, read};
use crate::domain::{Choices, Draft, Field, Kpp, is_no, is_yes};

/// Without a КПП of the head a branch must be chosen.
fn continue_with(facts: &Facts, filled: Draft) -> StepResult {
    let stuck = filled.missing() == Some(Field::Kpp);
    match filled.registry_entry() {
        Some(found) if stuck && !found.kpps().is_empty() => Ok(branches(filled, 0, false)),
        _ => proceed(facts, filled),
    }
}

pub fn pressed(
    facts: &Facts,
    draft: &Draft,
    page: Option<u16>,
    editing: bool,
    act: DraftAct,
) -> StepResult {
    let Some(found) = draft.registry_entry() else { return proceed(facts, draft.clone()) };
    let is_card = page.is_none();
    Ok(match act {
        DraftAct::TakeFromRegistry if is_card => {
            return continue_with(facts, draft.with_registry_values());
        }
        DraftAct::KeepValue if is_card && !draft.differing().is_empty() => {
            return continue_with(facts, draft.filled_from_registry(None));
        }
        DraftAct::Branches(page) => branches(draft.clone(), page, editing),
        DraftAct::Kpp(kpp) if !is_card && found.has_kpp(&kpp) => {
            return proceed(facts, draft.filled_from_registry(Some(kpp)));
        }
        DraftAct::ByHand if is_card => {
            let mut draft = draft.clone();
            draft.set_by_hand(true);
            let open = draft.missing().filter(|it| matches!(it, Field::Kpp | Field::Name));
            let organisation = draft.fields().contains(&Field::Kpp);
            let first = if organisation { Field::Kpp } else { Field::Name };
            asking(draft, open.unwrap_or(first), false)
        }
        DraftAct::Edit(Field::Kpp) if !is_card => {
            let filled = draft.filled_from_registry(None);
            let mut filled = Draft { kpp: draft.kpp.clone(), ..filled };
            filled.to_reconfirm.extend(draft.to_reconfirm.iter().filter(|&&it| it == Field::Kpp));
            asking(filled, Field::Kpp, editing)
        }
        DraftAct::Edit(Field::Inn) | DraftAct::Back if is_card => {
            asking(draft.clone(), Field::Inn, false)
        }
        DraftAct::Back if editing => asking(draft.clone(), Field::Kpp, true),
        DraftAct::Back => card(draft.clone()),
        _ => Step::toast(Toast::UnknownPress),
    })
}

/// A КПП or a name is taken together with the organisation; the rest is taken as everywhere.
pub fn typed(facts: &Facts, stage: &Stage, draft: &Draft, text: &str, follows: bool) -> StepResult {
    if is_yes(text) {
        return match draft.differing().is_empty() {
            true => continue_with(facts, draft.with_registry_values()),
            false => Ok(same_stage_with_note(Some(stage), Note::PressAButton)),
        };
    }
    if is_no(text) {
        return Ok(asking(draft.clone(), Field::Inn, false));
    }
    let read = read(text);
    match (Field::found_in(&read).as_slice(), read.parties.as_slice()) {
        ([], _) => one_answer(facts, stage, draft, text),
        // Invalid values are told where a whole message is taken.
        _ if !read.invalid.is_empty() => paste::take(facts, draft, &read, follows),
        ([Field::Kpp], _) if !draft.fields().contains(&Field::Kpp) => {
            Ok(same_stage_with_note(Some(stage), Note::NoKppForPerson))
        }
        ([Field::Kpp], [PartyRequisites { kpp: Finding::Certain(kpp), .. }]) => {
            continue_with(facts, draft.filled_from_registry(Some(kpp.clone())))
        }
        ([Field::Name], [PartyRequisites { name: Finding::Certain(name), .. }]) => {
            let named = Draft { name: Some(name.clone()), ..draft.clone() };
            continue_with(facts, named.filled_from_registry(None))
        }
        ([Field::Inn], [PartyRequisites { inn: Finding::Certain(inn), .. }])
            if !follows && is_number_alone(draft) =>
        {
            proceed(facts, Draft { inn: Some(inn.clone()), ..draft.clone() })
        }
        _ => paste::take(facts, draft, &read, follows),
    }
}

/// Without other values a new ИНН is a correction, not another client.
fn is_number_alone(draft: &Draft) -> bool {
    [Field::Kpp, Field::Name, Field::Email].iter().all(|&field| !draft.has(field))
}

/// A bare КПП, an invalid value, or words, which may be a name or meant for the bot.
fn one_answer(facts: &Facts, stage: &Stage, draft: &Draft, text: &str) -> StepResult {
    if !draft.fields().contains(&Field::Kpp) && Kpp::parse(text).is_ok() {
        return Ok(same_stage_with_note(Some(stage), Note::NoKppForPerson));
    }
    let field = draft.field_meant(text);
    let mut typed = draft.clone();
    match (typed.set_from_text(field, text), field) {
        (Ok(()), Field::Name) => {
            let mut asked = draft.clone();
            let choices = typed.name.into_iter().map(|value| Choice { value, correction: None });
            asked.offer_choices(Choices::Name(choices.collect()));
            proceed(facts, asked)
        }
        (Ok(()), Field::Kpp) => continue_with(facts, typed.filled_from_registry(None)),
        (Ok(()), _) => proceed(facts, typed),
        (Err(error), _) => Ok(same_stage_with_note(Some(stage), Note::FieldError(error))),
    }
}
