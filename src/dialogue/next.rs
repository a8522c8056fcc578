//! What is asked next: the first missing field, or the summary, or what stands against it.

use super::facts::{Blocker, Facts, Need};
use super::session::{Session, Stage};
use super::{Note, Step, Stepped, View, noted, organisation};
use crate::domain::{Draft, Field, Office, Provider};

/// Begins with what is known already; an unfinished draft is not lost, a person chooses which of
/// the two goes on. `ask` names a field to ask for although it has a value.
pub fn begin(facts: &Facts, session: &Session, draft: Draft, ask: Option<Field>) -> Stepped {
    let unfinished = session.begun().filter(|draft| !draft.is_empty());
    match (unfinished, ask) {
        // One such choice at a time: neither of its drafts is dropped for a third.
        (Some(_), _)
            if matches!(session.draft, Some(Stage::Between { .. })) && !draft.is_empty() =>
        {
            Ok(noted(session.draft.as_ref(), Note::PressAButton))
        }
        (Some(unfinished), ask) if !draft.is_empty() => {
            let mut pasted = draft;
            pasted.doubted.extend(ask);
            Ok(Step::at(Stage::Between { draft: unfinished.clone(), pasted }))
        }
        (Some(unfinished), _) => Ok(Step::view(View::Unfinished(Box::new(unfinished.clone())))),
        (None, Some(field)) => Ok(asking(draft, field, true)),
        (None, None) => proceed(facts, draft),
    }
}

/// Asks for what a message left open, then for what is missing. What the directories know of the
/// ИНН comes before what they may answer; whoever must not be written to is asked about no further.
pub fn proceed(facts: &Facts, mut draft: Draft) -> Stepped {
    if !draft.provider.is_some_and(|provider| facts.setup.providers.contains(&provider)) {
        draft.provider = match facts.setup.providers.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
    }
    settle_office(facts, &mut draft);
    if let Some(field) = draft.undecided() {
        return Ok(asking(draft, field, false));
    }
    if let Some(inn) = organisation::unknown(facts, &mut draft) {
        return Err(Need::Organisation(inn));
    }
    if draft.inn.is_some() || draft.email.is_some() {
        facts.check(&draft)?;
    }
    Ok(match (facts.first_blocker(&draft), draft.missing()) {
        (Some(Blocker::Stop(_)), _) | (_, None) => Step::at(Stage::Reviewing { draft }),
        (_, Some(_)) if organisation::answers(&draft) => organisation::card(draft),
        (_, Some(field)) => asking(draft, field, false),
    })
}

/// A draft that was stopped before it was full is asked on as soon as nothing stops it any more.
pub fn asked_on(facts: &Facts, stage: &Stage) -> Option<Stage> {
    let Stage::Reviewing { draft } = stage else { return None };
    let field = draft.missing().filter(|_| facts.first_blocker(draft).is_none())?;
    Some(Stage::Asking { draft: draft.clone(), field, editing: false })
}

pub fn asking(draft: Draft, field: Field, editing: bool) -> Step {
    Step::at(Stage::Asking { draft, field, editing })
}

/// Takes the office code that need not be asked for, in place of one that this person may not use.
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
