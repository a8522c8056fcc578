//! Single answers, typed or pressed. A slip is pointed out, never corrected in silence.

use super::facts::Facts;
use super::next::{asking, branches, card, is_card_before, proceed, switch};
use super::session::{DraftAct, Stage};
use super::{Note, Step, StepResult, Toast, paste, same_stage_with_note};
use crate::domain::requisites::{
    Choice, Correction, Finding, PartyRequisites, Requisites, normalise, read,
};
use crate::domain::{
    Choices, CompanyName, Draft, Email, EmailError, Field, FieldError, Inn, InnError, Kpp, Office,
    ProviderSource, is_no, is_yes, tidy,
};

#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub draft: &'a Draft,
    pub field: Field,
    pub editing: bool,
}

pub fn typed(
    facts: &Facts,
    stage: &Stage,
    question: Question<'_>,
    text: &str,
    follows: bool,
) -> StepResult {
    let Question { draft, field, editing } = question;
    let read = read(text);
    let mut filled = draft.clone();
    if field == Field::Name
        && let Some(step) = not_a_name(facts, stage, question, text)
    {
        return step;
    }
    let slip = |open| {
        let mut draft = draft.clone();
        draft.offer_choices(open);
        Ok(asking(draft, field, editing))
    };
    let say = |note| Ok(same_stage_with_note(Some(stage), note));
    // A name may hold signs that `normalise` changes.
    let clean = if field == Field::Name { text.to_owned() } else { normalise(text) };
    match filled.set_from_text(field, &clean) {
        Ok(()) if is_whole_card(field, &read) => paste::take(facts, draft, &read, follows),
        Ok(()) if field == Field::Office && !facts.is_office_allowed(&filled) => {
            say(Note::NotYourOffice)
        }
        Ok(()) => match uncertain_answer(field, &read) {
            Some(open) => slip(open),
            None => {
                // The reason for typing is not said again.
                if filled.registry_entry().is_none() && field == Field::Kpp {
                    filled.set_by_hand(true);
                }
                proceed(facts, filled)
            }
        },
        Err(error) => {
            if field == Field::Inn
                && let Some(inn) = Inn::parse_without_zero(&clean)
            {
                return say(Note::LostZero(inn));
            }
            if holds_other_fields(field, &error, &read) {
                return paste::take(facts, draft, &read, follows);
            }
            if let Some(email) = read.email.certain().filter(|_| field == Field::Email) {
                // One clear address among words.
                filled.email = Some(email.clone());
                filled.settle(field);
                return proceed(facts, filled);
            }
            match corrected(draft, field, &error, &clean) {
                Some(open) => slip(open),
                None => say(Note::FieldError(error)),
            }
        }
    }
}

pub fn pressed(facts: &Facts, question: Question<'_>, act: DraftAct) -> StepResult {
    let Question { draft, field, editing } = question;
    let mut draft = draft.clone();
    match (field, act) {
        (Field::Provider, DraftAct::Choose(provider))
            if facts.setup.providers.contains(&provider) =>
        {
            draft.provider = Some(provider);
            draft.provider_source = ProviderSource::Answer;
        }
        (_, DraftAct::Choose(other))
            if !editing && facts.switches_at(&draft, field) == Some(other) =>
        {
            return switch(facts, &draft, other);
        }
        (Field::Inn, DraftAct::Inn(inn))
            if inn.as_str().starts_with('0')
                && draft.set_from_text(Field::Inn, inn.as_str()).is_ok() => {}
        (Field::Office, DraftAct::Office(code))
            if facts.offered_offices(&draft).contains(&&code) =>
        {
            draft.set_office(Office::Code(code));
        }
        (Field::Office, DraftAct::WithoutOffice) if facts.is_office_free() => {
            draft.set_office(Office::Without);
        }
        (_, DraftAct::Pick(index)) if draft.choose(field, index.into()) => {}
        (_, DraftAct::ByHand) if draft.choices(field).is_some() => {
            draft.drop_choices(field);
            if draft.fields().contains(&field) {
                return Ok(asking(draft, field, editing));
            }
        }
        (_, DraftAct::KeepValue) if draft.has(field) => draft.settle(field),
        (Field::Kpp, DraftAct::Branches(page)) => {
            return Ok(branches(draft, page, editing));
        }
        (_, DraftAct::Back) if editing => draft.drop_choices(field),
        (_, DraftAct::Back) if is_card_before(&draft, field) => {
            return Ok(card(draft));
        }
        (_, DraftAct::Back) => {
            return Ok(match facts.field_before(&draft, field) {
                Some(previous) => asking(draft, previous, false),
                None => Step::toast(Toast::UnknownPress),
            });
        }
        _ => return Ok(Step::toast(Toast::UnknownPress)),
    }
    proceed(facts, draft)
}

/// «да», «нет» and numbers are no names; the words answer an open choice.
fn not_a_name(
    facts: &Facts,
    stage: &Stage,
    question: Question<'_>,
    text: &str,
) -> Option<StepResult> {
    let word = text.trim();
    let is_number = word.contains(char::is_numeric) && !word.contains(char::is_alphabetic);
    match question.draft.choices(Field::Name) {
        Some(open) if is_yes(word) && open.count() == 1 => {
            Some(pressed(facts, question, DraftAct::Pick(0)))
        }
        Some(_) if is_no(word) => Some(pressed(facts, question, DraftAct::ByHand)),
        _ if is_yes(word) || is_no(word) || is_number => {
            Some(Ok(same_stage_with_note(Some(stage), Note::NotAName)))
        }
        _ => None,
    }
}

/// A valid answer may still be a whole card, since a name may be nearly anything.
fn is_whole_card(field: Field, read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    match field {
        Field::Name => paste::holds(read),
        Field::Email => fields.iter().any(|found| matches!(found, Field::Inn | Field::Kpp)),
        _ => false,
    }
}

fn holds_other_fields(field: Field, error: &FieldError, read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    let only = fields.iter().all(|found| *found == field);
    match error {
        _ if fields.is_empty() => false,
        // These two slips are answered below.
        FieldError::Inn(InnError::Kpp(_)) | FieldError::Email(EmailError::Space) => !only,
        _ => true,
    }
}

/// A valid answer that is asked about: mixed scripts, a slip in a known domain.
fn uncertain_answer(field: Field, read: &Requisites) -> Option<Choices> {
    match field {
        Field::Email if is_uncertain(read.email.choices()) => {
            Some(Choices::Email(read.email.choices().to_vec()))
        }
        Field::Name => {
            let [PartyRequisites { name, .. }] = read.parties.as_slice() else { return None };
            has_doubt::<CompanyName>(name).then(|| Choices::Name(name.choices().to_vec()))
        }
        _ => None,
    }
}

/// A rare top level is no reason to ask.
fn is_uncertain(choices: &[Choice<Email>]) -> bool {
    let odd = |one: &Choice<Email>| one.correction.is_some() || !one.value.as_str().is_ascii();
    choices.len() > 1 || choices.iter().any(odd)
}

fn has_doubt<T>(found: &Finding<T>) -> bool {
    found.choices().iter().any(|choice| choice.correction.is_some())
}

fn corrected(draft: &Draft, field: Field, error: &FieldError, text: &str) -> Option<Choices> {
    match (field, error) {
        (Field::Kpp, _) => {
            // ИНН and КПП both carry the region, so both or neither lost a zero.
            let zero = draft.inn.as_ref().is_some_and(|inn| inn.as_str().starts_with('0'));
            if let Some(value) = Kpp::parse(&format!("0{}", text.trim())).ok().filter(|_| zero) {
                let correction = Some(Correction::LostZero(tidy(text)));
                return Some(Choices::Kpp(vec![Choice { value, correction }]));
            }
            let read = read(&format!("КПП {text}"));
            let [PartyRequisites { kpp, .. }] = read.parties.as_slice() else { return None };
            has_doubt(kpp).then(|| Choices::Kpp(kpp.choices().to_vec()))
        }
        (Field::Email, FieldError::Email(EmailError::Space)) => {
            let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let read = read(&joined);
            let correction = Some(Correction::Domain(tidy(text)));
            let whole = |email: &Email| email.as_str().to_lowercase() == joined.to_lowercase();
            let value = read.email.certain().filter(|email| whole(email))?.clone();
            Some(Choices::Email(vec![Choice { value, correction }]))
        }
        _ => None,
    }
}
