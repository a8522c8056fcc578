//! Messages with requisites, at any stage.

use super::facts::Facts;
use super::next::proceed;
use super::session::{Session, Stage};
use super::{Note, PasteReport, Step, StepResult, View, same_stage_with_note};
use crate::domain::requisites::{
    Choice, Correction, InvalidValue, Requisites, ValueError, normalise, read,
};
use crate::domain::{
    Choices, Draft, Field, FieldError, Inn, InnError, Kpp, Provider, ProviderSource, tidy,
};

/// What one breath may bring twice.
const ASKED: [Field; 3] = [Field::Kpp, Field::Name, Field::Email];

/// A message where no single value is asked for.
pub fn message(facts: &Facts, stage: Option<&Stage>, text: &str, follows: bool) -> StepResult {
    let read = read(text);
    let note = match stage {
        Some(Stage::Offered { draft }) if follows && holds(&read) => {
            return take(facts, draft, &read, follows);
        }
        None | Some(Stage::Offered { .. }) => return without_draft(facts, stage, text, &read),
        Some(Stage::ChoosingDraft { draft, pasted }) if follows && holds(&read) => {
            return Ok(add_to_pasted(draft, pasted, &read));
        }
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
        let check = facts.check(&draft)?;
        // Of a recipient of whom something is known, that is told first.
        let is_new = check.stop.is_none() && check.known.numbers.is_empty();
        let like_last = facts.draft_like_last();
        return match draft.email.is_some() && is_new && like_last.provider.is_some() {
            true => proceed(facts, Draft { email: draft.email, ..like_last }),
            false => Ok(Step::at(Stage::Offered { draft })),
        };
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
    let mut said = draft.clone();
    if follows && said.provider_source == ProviderSource::LastTime {
        // That it is an address alone was nobody's word.
        said.provider = None;
    }
    if said.is_of_another(read) {
        return Ok(choose_draft(draft, read));
    }
    let mut filled = draft.clone();
    filled.apply_message(read);
    if follows {
        filled.ask_what_replaces(draft, &ASKED);
    }
    let note = report(draft, &filled, read);
    Ok(proceed(facts, filled)?.with_note(note))
}

pub fn choose_draft(draft: &Draft, read: &Requisites) -> Step {
    let mut pasted = Draft::default();
    pasted.apply_message(read);
    let note = report(&pasted, &pasted, read);
    Step::at(Stage::ChoosingDraft { draft: draft.clone(), pasted }).with_note(note)
}

/// A third client would cost one of the two, so what is about another one is not taken.
fn add_to_pasted(draft: &Draft, pasted: &Draft, read: &Requisites) -> Step {
    let stage = |pasted| Stage::ChoosingDraft { draft: draft.clone(), pasted };
    if pasted.is_of_another(read) {
        return Step::at(stage(pasted.clone())).with_note(Note::PressAButton);
    }
    let mut added = pasted.clone();
    added.apply_message(read);
    added.ask_what_replaces(pasted, &ASKED);
    let note = report(pasted, &added, read);
    Step::at(stage(added)).with_note(note)
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

pub fn report(before: &Draft, after: &Draft, read: &Requisites) -> Option<Note> {
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
