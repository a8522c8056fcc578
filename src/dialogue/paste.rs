//! Messages with requisites, at any stage.

use super::facts::Facts;
use super::next::proceed;
use super::session::{Session, Stage};
use super::{Note, PasteReport, Step, StepResult, View, same_stage_with_note};
use crate::domain::requisites::{
    Choice, Correction, InvalidValue, Requisites, ValueError, normalise, read,
};
use crate::domain::{Choices, Draft, Field, FieldError, Inn, InnError, Kpp, Provider, tidy};

/// A message where no single value is asked for.
pub fn message(facts: &Facts, stage: Option<&Stage>, text: &str, follows: bool) -> StepResult {
    let read = read(text);
    let note = match stage {
        Some(Stage::Offered { draft }) if follows && holds(&read) => {
            return take(facts, draft, &read, follows);
        }
        None | Some(Stage::Offered { .. }) => return without_draft(facts, stage, text, &read),
        Some(Stage::ChoosingDraft { draft, .. }) if holds(&read) => {
            return Ok(choose_draft(draft, &read));
        }
        Some(Stage::Asking { draft, .. } | Stage::Reviewing { draft }) if holds(&read) => {
            return take(facts, draft, &read, follows);
        }
        _ if !read.invalid.is_empty() => Note::InvalidValues(read.invalid),
        Some(Stage::Reviewing { draft }) if facts.first_blocker(draft).is_none() => {
            Note::ConfirmOrEdit
        }
        _ => Note::PressAButton,
    };
    Ok(same_stage_with_note(stage, note))
}

/// Whether there is more than words: a name alone is one, unless a wrong number stands beside it.
pub fn holds(read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    fields.iter().any(|field| *field != Field::Name)
        || (!fields.is_empty() && !read.invalid.is_empty())
}

/// Without a draft one value is offered, and a card begins a draft.
fn without_draft(
    facts: &Facts,
    stage: Option<&Stage>,
    text: &str,
    read: &Requisites,
) -> StepResult {
    let mut draft = Draft::default();
    if read.single_value.is_some() {
        draft.apply_message(read);
        facts.check(&draft)?;
        return Ok(Step::at(Stage::Offered { draft }));
    }
    if holds(read) {
        return take(facts, &draft, read, false);
    }
    if let Some(value) = Inn::parse_without_zero(text) {
        let correction = Some(Correction::LostZero(tidy(text)));
        draft.offer_choices(Choices::Inn(vec![Choice { value, correction }]));
        return proceed(facts, draft);
    }
    let clean = normalise(text);
    let wrong = match Inn::parse(&clean) {
        Err(InnError::Length(_)) if Kpp::parse(&clean).is_ok() => Note::KppAlone,
        Err(error @ (InnError::Checksum(_) | InnError::Length(8..=13))) => {
            Note::FieldError(FieldError::Inn(error))
        }
        _ if !read.invalid.is_empty() => Note::InvalidValues(read.invalid.clone()),
        _ => return Ok(same_stage_with_note(stage, Note::PressAButton)),
    };
    Ok(match stage {
        None => Step::view(View::SendAgain).with_note(wrong),
        Some(_) => same_stage_with_note(stage, wrong),
    })
}

/// What only follows, perhaps before the answer was seen, replaces nothing.
pub fn take(facts: &Facts, draft: &Draft, read: &Requisites, follows: bool) -> StepResult {
    if draft.is_of_another(read) {
        return Ok(choose_draft(draft, read));
    }
    let mut filled = draft.clone();
    filled.apply_message(read);
    if follows {
        filled.ask_what_replaces(draft);
    }
    let note = report(draft, &filled, read);
    Ok(proceed(facts, filled)?.with_note(note))
}

fn choose_draft(draft: &Draft, read: &Requisites) -> Step {
    let mut pasted = Draft::default();
    pasted.apply_message(read);
    let note = report(&pasted, &pasted, read);
    Step::at(Stage::ChoosingDraft { draft: draft.clone(), pasted }).with_note(note)
}

/// The message that gave the draft its values says something else now.
pub fn edited(facts: &Facts, stage: Option<&Stage>, text: &str, alone: bool) -> StepResult {
    let read = read(text);
    if !holds(&read) {
        let note = match read.invalid.is_empty() {
            true => Note::EditNotRead,
            false => Note::InvalidValues(read.invalid),
        };
        return Ok(same_stage_with_note(stage, note));
    }
    let draft = match stage {
        None => return Ok(Step::default()),
        Some(Stage::ChoosingDraft { draft, .. }) => return Ok(choose_draft(draft, &read)),
        Some(
            Stage::Asking { draft, .. }
            | Stage::Organisation { draft, .. }
            | Stage::Reviewing { draft }
            | Stage::Offered { draft },
        ) => draft,
    };
    let mut mended = match draft.is_of_another(&read) {
        true if alone => Draft { provider: draft.provider, ..Draft::default() },
        true => return Ok(choose_draft(draft, &read)),
        false => draft.clone(),
    };
    mended.apply_message(&read);
    if mended == *draft {
        return Ok(Step::default());
    }
    if let (Some(Stage::Offered { .. }), Some(_)) = (stage, &read.single_value) {
        return Ok(Step::at(Stage::Offered { draft: mended }));
    }
    let note = report(draft, &mended, &read);
    Ok(proceed(facts, mended)?.with_note(note))
}

/// A link is about one client: a draft without an ИНН is another client's.
pub fn follow_link(facts: &Facts, session: &Session, read: &Requisites) -> StepResult {
    let empty = Draft::default();
    let draft = session.begun().unwrap_or(&empty);
    match draft.inn.is_some() || draft.is_empty() {
        true => take(facts, draft, read, false),
        false => Ok(choose_draft(draft, read)),
    }
}

fn report(before: &Draft, after: &Draft, read: &Requisites) -> Option<Note> {
    // Invoicebox needs only the address, so wrong numbers do not matter.
    let by_email = after.provider == Some(Provider::Invoicebox);
    let matters = |it: &&InvalidValue| !by_email || matches!(it.error, ValueError::Email(_));
    let fields = [Field::Inn, Field::Kpp, Field::Name, Field::Email];
    let text = |draft: &Draft, field| match field {
        Field::Inn => draft.inn.clone().map(String::from),
        Field::Kpp => draft.kpp.clone().map(String::from),
        Field::Name => draft.name.clone().map(String::from),
        _ => draft.email.clone().map(String::from),
    };
    // What was taken away is asked for next.
    let replaced = |field| {
        let now = text(after, field)?;
        text(before, field).filter(|was| *was != now).map(|_| (field, now))
    };
    let count = read.parties.len();
    let report = PasteReport {
        wrong: read.invalid.iter().filter(matters).cloned().collect(),
        replaced: fields.into_iter().filter_map(replaced).collect(),
        parties: (count > Choices::MAX).then_some(count),
        wants_email: by_email && count > 0 && after.email.is_none() && read.email.is_missing(),
    };
    (report != PasteReport::default()).then_some(Note::PasteReport(report))
}
