//! Messages that were edited, and which of them a draft is made of.

use super::answers::{self, Question};
use super::facts::Facts;
use super::next::proceed;
use super::paste::{choose_draft, holds, report};
use super::session::{DraftAct, Sent, Session, Source, Stage};
use super::{Input, Note, Step, StepResult, same_stage_with_note};
use crate::domain::requisites::{Requisites, read};
use crate::domain::{Draft, Field};

/// An edit of an older one is answered as that of a message whose draft is gone.
const MOST: usize = 8;

/// What the draft is made of after this step.
pub fn sources(
    before: &Session,
    after: &Session,
    input: &Input,
    sent: Option<Sent>,
) -> Vec<Source> {
    let has_values = match &after.draft {
        None => false,
        Some(Stage::Offered { .. }) => true,
        Some(stage) => stage.begun().is_some_and(|draft| !draft.is_empty() || sent.is_some()),
    };
    if !has_values {
        return Vec::new();
    }
    let known = before.sources.as_slice();
    // Of two drafts the newest message made the pasted one.
    let kept = match (&before.draft, input) {
        (None | Some(Stage::Offered { .. }), Input::Text { follows: false, .. }) => &[],
        (Some(Stage::ChoosingDraft { .. }), Input::Press(DraftAct::TakePasted, _)) => {
            known.get(known.len().saturating_sub(1)..).unwrap_or_default()
        }
        (
            Some(Stage::ChoosingDraft { .. }),
            Input::Press(DraftAct::KeepUnfinished, _) | Input::Cancel,
        ) => known.get(..known.len().saturating_sub(1)).unwrap_or_default(),
        _ => known,
    };
    let mut sources = kept.to_vec();
    // One that is edited stays as old as it was.
    if !matches!(input, Input::Edited { .. }) {
        sources.extend(sent.map(|sent| Source { sent, gave: changed(before, after) }));
    }
    let most = sources.len().min(MOST);
    sources.split_off(sources.len() - most)
}

fn changed(before: &Session, after: &Session) -> Vec<Field> {
    let (none, after) = (Draft::default(), after.begun());
    let before = before.begun().unwrap_or(&none);
    let is_new = |field: &Field| match field {
        Field::Kpp => after.is_some_and(|after| after.kpp != before.kpp),
        Field::Name => after.is_some_and(|after| after.name != before.name),
        _ => after.is_some_and(|after| after.email != before.email),
    };
    [Field::Kpp, Field::Name, Field::Email].into_iter().filter(is_new).collect()
}

/// `newest`: nothing was said after it; `later`: what was; `alone`: nothing before it either.
pub fn edited(
    facts: &Facts,
    stage: Option<&Stage>,
    text: &str,
    newest: bool,
    later: &[Field],
    alone: bool,
) -> StepResult {
    let Some(stage) = stage else { return Ok(Step::default()) };
    let read = read(text);
    let draft = match stage {
        // What was no answer may be one now.
        Stage::Asking { draft, field, editing } if newest && !holds(&read) => {
            let question = Question { draft, field: *field, editing: *editing };
            return answers::typed(facts, stage, question, text, false);
        }
        _ if !holds(&read) => {
            let note = match read.invalid.is_empty() {
                true => Note::EditNotRead,
                false => Note::InvalidValues(read.invalid),
            };
            return Ok(same_stage_with_note(Some(stage), note));
        }
        Stage::ChoosingDraft { draft, pasted } => {
            return Ok(match newest {
                true => of_two(draft.clone(), mended(&Draft::default(), &read, &[]), stage),
                false => of_two(mended(draft, &read, later), pasted.clone(), stage),
            });
        }
        Stage::Asking { draft, .. }
        | Stage::Organisation { draft, .. }
        | Stage::Reviewing { draft }
        | Stage::Offered { draft } => draft,
    };
    let base = match draft.is_of_another(&read) {
        true if alone => {
            let Draft { provider, provider_source, .. } = *draft;
            Draft { provider, provider_source, ..Draft::default() }
        }
        true => return Ok(choose_draft(draft, &read)),
        false => draft.clone(),
    };
    let mended = mended(&base, &read, later);
    if mended == *draft {
        return Ok(same_stage_with_note(Some(stage), Note::EditChangesNothing));
    }
    if let (Stage::Offered { .. }, Some(_)) = (stage, &read.single_value) {
        facts.check(&mended)?;
        return Ok(Step::at(Stage::Offered { draft: mended }));
    }
    let note = report(draft, &mended, &read);
    Ok(proceed(facts, mended)?.with_note(note))
}

/// What was said later is not replaced by what stood before it.
fn mended(draft: &Draft, read: &Requisites, later: &[Field]) -> Draft {
    let mut mended = draft.clone();
    mended.apply_message(read);
    mended.ask_what_replaces(draft, later);
    mended
}

fn of_two(draft: Draft, pasted: Draft, before: &Stage) -> Step {
    let stage = Stage::ChoosingDraft { draft, pasted };
    match stage == *before {
        true => same_stage_with_note(Some(before), Note::EditChangesNothing),
        false => Step::at(stage),
    }
}
