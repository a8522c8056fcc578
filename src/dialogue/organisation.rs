//! The card of the organisation behind an ИНН, and its branches.

use super::facts::Facts;
use super::next::{asking, branches, card, proceed};
use super::session::{DraftAct, Stage};
use super::{Note, Step, Stepped, Toast, noted, paste};
use crate::domain::requisites::{Choice, Finding, PartyRequisites, read};
use crate::domain::{Draft, Field, Kpp, Open, is_no, is_yes};

/// Without a КПП of the head a branch must be chosen.
fn go_on(facts: &Facts, filled: Draft) -> Stepped {
    let stuck = filled.missing() == Some(Field::Kpp);
    match filled.found() {
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
) -> Stepped {
    let Some(found) = draft.found() else { return proceed(facts, draft.clone()) };
    let is_card = page.is_none();
    Ok(match act {
        DraftAct::Yes if is_card => return go_on(facts, draft.as_registered()),
        DraftAct::Keep if is_card && !draft.differing().is_empty() => {
            return go_on(facts, draft.filled_by_registry(None));
        }
        DraftAct::Branches(page) => branches(draft.clone(), page, editing),
        DraftAct::Kpp(kpp) if !is_card && found.has_kpp(&kpp) => {
            return proceed(facts, draft.filled_by_registry(Some(kpp)));
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
            let filled = draft.filled_by_registry(None);
            let mut filled = Draft { kpp: draft.kpp.clone(), ..filled };
            filled.doubted.extend(draft.doubted.iter().filter(|&&it| it == Field::Kpp));
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
pub fn typed(facts: &Facts, stage: &Stage, draft: &Draft, text: &str) -> Stepped {
    if is_yes(text) {
        return match draft.differing().is_empty() {
            true => go_on(facts, draft.as_registered()),
            false => Ok(noted(Some(stage), Note::PressAButton)),
        };
    }
    if is_no(text) {
        return Ok(asking(draft.clone(), Field::Inn, false));
    }
    let read = read(text);
    match (Field::found_in(&read).as_slice(), read.parties.as_slice()) {
        ([], _) => one_answer(facts, stage, draft, text),
        // Invalid values are told where a whole message is taken.
        _ if !read.invalid.is_empty() => paste::take(facts, draft, &read),
        ([Field::Kpp], _) if !draft.fields().contains(&Field::Kpp) => {
            Ok(noted(Some(stage), Note::NoKppForPerson))
        }
        ([Field::Kpp], [PartyRequisites { kpp: Finding::Certain(kpp), .. }]) => {
            go_on(facts, draft.filled_by_registry(Some(kpp.clone())))
        }
        ([Field::Name], [PartyRequisites { name: Finding::Certain(name), .. }]) => {
            let named = Draft { name: Some(name.clone()), ..draft.clone() };
            go_on(facts, named.filled_by_registry(None))
        }
        ([Field::Inn], [PartyRequisites { inn: Finding::Certain(inn), .. }])
            if is_number_alone(draft) =>
        {
            proceed(facts, Draft { inn: Some(inn.clone()), ..draft.clone() })
        }
        _ => paste::take(facts, draft, &read),
    }
}

/// Without other values a new ИНН is a correction, not another client.
fn is_number_alone(draft: &Draft) -> bool {
    [Field::Kpp, Field::Name, Field::Email].iter().all(|&field| !draft.has(field))
}

/// A bare КПП, an invalid value, or words, which may be a name or meant for the bot.
fn one_answer(facts: &Facts, stage: &Stage, draft: &Draft, text: &str) -> Stepped {
    if !draft.fields().contains(&Field::Kpp) && Kpp::parse(text).is_ok() {
        return Ok(noted(Some(stage), Note::NoKppForPerson));
    }
    let field = draft.field_meant(text);
    let mut typed = draft.clone();
    match (typed.fill(field, text), field) {
        (Ok(()), Field::Name) => {
            let mut asked = draft.clone();
            let choices = typed.name.into_iter().map(|value| Choice { value, correction: None });
            asked.leave_open(Open::Name(choices.collect()));
            proceed(facts, asked)
        }
        (Ok(()), Field::Kpp) => go_on(facts, typed.filled_by_registry(None)),
        (Ok(()), _) => proceed(facts, typed),
        (Err(error), _) => Ok(noted(Some(stage), Note::FieldError(error))),
    }
}
