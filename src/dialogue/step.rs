//! The whole dialogue: from a session and an input to what follows.

use jiff::{SignedDuration, Timestamp};

use super::answers::Question;
use super::facts::{Blocker, Facts, Need, fingerprint};
use super::next::{asking, begin, proceed, resume_asking, switch};
use super::session::{DraftAct, Session, Stage};
use super::{
    Effect, Input, Note, Search, Step, StepResult, Toast, View, answers, edited, organisation,
    paste, same_stage_with_note,
};
use crate::domain::{Draft, DraftRevision, Field, Provider, ResendQuota, is_back};

const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Every input has an answer, or a [`Need`].
pub fn step(facts: &Facts, session: &Session, input: Input) -> StepResult {
    if let Some(
        Stage::Reviewing { draft }
        | Stage::Offered { draft }
        | Stage::Asking { draft, field: Field::Provider, .. },
    ) = &session.draft
        && (draft.inn.is_some() || draft.email.is_some())
    {
        facts.check(draft)?;
    }
    if let Some(asked) = session.draft.as_ref().and_then(|stage| resume_asking(facts, stage)) {
        // The question was not seen yet, so this is no answer to it.
        let is_answer = match &input {
            Input::Text { .. } => true,
            Input::Press(act, _) => *act != DraftAct::Cancel,
            _ => false,
        };
        return match is_answer {
            true => Ok(Step::at(asked)),
            false => step(facts, &Session::at(asked), input),
        };
    }
    let stage = session.draft.as_ref();
    match input {
        Input::Text { text: None, .. } => Ok(same_stage_with_note(stage, Note::OnlyText)),
        Input::Text { text: Some(text), follows } => typed(facts, stage, &text, follows),
        Input::Edited { text, newest, later, alone } => {
            edited::edited(facts, stage, &text, newest, &later, alone)
        }
        Input::Press(act, revision) => pressed(facts, session, act, revision),
        Input::Begin { draft, ask, below } => Ok(begin(facts, session, draft, ask)?.below(below)),
        Input::Link(Ok(read)) => paste::follow_link(facts, session, &read),
        Input::Link(Err(error)) => {
            let note = Note::BadLink(error);
            Ok(match stage {
                None => Step::view(View::Home).with_note(note),
                Some(_) => same_stage_with_note(stage, note),
            })
        }
        Input::Cancel => match stage {
            None => Ok(Step::view(View::NothingToCancel)),
            // The unfinished one stays.
            Some(Stage::ChoosingDraft { draft, .. }) => proceed(facts, draft.clone()),
            Some(_) => Ok(Step::view(View::Cancelled).with_session(Session::default())),
        },
        Input::ShowAgain => Ok(shown_again(facts, stage)),
    }
}

fn typed(facts: &Facts, stage: Option<&Stage>, text: &str, follows: bool) -> StepResult {
    if let Some(stage) = stage.filter(|_| is_back(text)) {
        let back = act_on(facts, stage, DraftAct::Back, facts.viewer.now)?;
        return Ok(match back.view {
            Some(_) => back,
            None => same_stage_with_note(Some(stage), Note::PressAButton),
        });
    }
    match stage {
        Some(stage @ Stage::Organisation { draft, .. }) => {
            organisation::typed(facts, stage, draft, text, follows)
        }
        Some(stage @ Stage::Asking { draft, field: Field::Provider, editing }) => {
            match Provider::named(text).filter(|it| facts.setup.providers.contains(it)) {
                Some(named) => {
                    let field = Field::Provider;
                    let question = Question { draft, field, editing: *editing };
                    answers::pressed(facts, question, DraftAct::Choose(named))
                }
                None => paste::message(facts, Some(stage), text, follows),
            }
        }
        Some(stage @ Stage::Offered { draft }) => {
            match Provider::named(text).filter(|it| facts.providers_for(draft).contains(it)) {
                Some(named) => pressed_on_offer(facts, draft, DraftAct::Choose(named)),
                None => paste::message(facts, Some(stage), text, follows),
            }
        }
        Some(stage @ Stage::Asking { draft, field, editing }) => {
            let question = Question { draft, field: *field, editing: *editing };
            answers::typed(facts, stage, question, text, follows)
        }
        _ => paste::message(facts, stage, text, follows),
    }
}

/// What is not on the present screen has no effect.
fn pressed(facts: &Facts, session: &Session, act: DraftAct, of: DraftRevision) -> StepResult {
    let shown_at = match &facts.shown {
        Some((present, shown_at)) if *present == of => *shown_at,
        Some((present, _)) if present.draft == of.draft => return Ok(stale(session)),
        _ => return invitation_from_draft(facts, session, of.draft),
    };
    let Some(stage) = &session.draft else { return Ok(Step::toast(Toast::UnknownPress)) };
    act_on(facts, stage, act, shown_at)
}

fn act_on(facts: &Facts, stage: &Stage, act: DraftAct, shown_at: Timestamp) -> StepResult {
    match (stage, act) {
        (Stage::Reviewing { draft }, DraftAct::ShowDraft)
            if facts.first_blocker(draft).is_some() =>
        {
            Ok(Step::at(stage.clone()).with_toast(Toast::StillBlocked))
        }
        (_, DraftAct::ShowDraft) => Ok(Step::at(stage.clone())),
        (_, DraftAct::StartOver) => proceed(facts, Draft::default()),
        (_, DraftAct::Cancel) => Ok(Step::view(View::Cancelled).with_session(Session::default())),
        (Stage::Asking { draft, field, editing }, act) => {
            answers::pressed(facts, Question { draft, field: *field, editing: *editing }, act)
        }
        (Stage::Organisation { draft, branches, editing }, act) => {
            organisation::pressed(facts, draft, *branches, *editing, act)
        }
        (Stage::Reviewing { draft }, act @ (DraftAct::Send | DraftAct::SendOverLimit)) => {
            let late = facts.viewer.now.duration_since(shown_at) > CONFIRMATION_LIFETIME;
            confirmed(facts, draft, act == DraftAct::SendOverLimit, late)
        }
        (Stage::Reviewing { draft }, act) => reviewed(facts, draft, act),
        (Stage::Offered { draft }, act) => pressed_on_offer(facts, draft, act),
        (Stage::ChoosingDraft { draft, .. }, DraftAct::KeepUnfinished) => {
            proceed(facts, draft.clone())
        }
        (Stage::ChoosingDraft { pasted, .. }, DraftAct::TakePasted) => {
            proceed(facts, pasted.clone())
        }
        (Stage::ChoosingDraft { .. }, _) => Ok(Step::toast(Toast::UnknownPress)),
    }
}

fn reviewed(facts: &Facts, draft: &Draft, act: DraftAct) -> StepResult {
    match act {
        DraftAct::Edit(field)
            if field != Field::Provider
                && (draft.fields().contains(&field) || field == Field::Email)
                && !(field == Field::Office && facts.is_office_fixed()) =>
        {
            Ok(asking(draft.clone(), field, true))
        }
        DraftAct::Back => {
            let asked = |field: &&Field| {
                draft.has(**field) && (**field != Field::Office || !facts.is_office_fixed())
            };
            let last = draft.fields().iter().rfind(asked).copied().unwrap_or(Field::Provider);
            Ok(asking(draft.clone(), last, false))
        }
        DraftAct::TakeFromRegistry if !draft.differing().is_empty() => {
            proceed(facts, draft.with_registry_values())
        }
        DraftAct::ConfirmRepeat(named) => Ok(confirm_repeat(facts, draft, named)),
        DraftAct::Choose(other) if facts.sends_at_once(draft) == Some(other) => {
            switch(facts, draft, other)
        }
        DraftAct::Choose(other) if facts.switches_to(draft) == Some(other) => {
            switch(facts, draft, other)
        }
        _ => Ok(Step::toast(Toast::UnknownPress)),
    }
}

/// «Отправить»: whatever has changed since the summary was shown is said first.
fn confirmed(facts: &Facts, draft: &Draft, over_limit: bool, late: bool) -> StepResult {
    let again = || Step::at(Stage::Reviewing { draft: draft.clone() });
    if over_limit && !facts.may_go_beyond(draft) {
        return Ok(Step::toast(Toast::UnknownPress));
    }
    if facts.first_blocker(draft).is_some() {
        return Ok(again().with_toast(Toast::NotSent));
    }
    if late {
        return Ok(again().with_toast(Toast::ConfirmAgain));
    }
    if !facts.is_office_allowed(draft) {
        return Ok(proceed(facts, draft.clone())?.with_toast(Toast::OfficeChanged));
    }
    let may_resend = over_limit || facts.check(draft)?.quota == ResendQuota::Available;
    match draft.finish() {
        Ok(to) if facts.setup.providers.contains(&to.provider()) => Ok(match may_resend {
            true => {
                let repeats = facts.repeated(draft).map(|earlier| earlier.number);
                Step::effect(Effect::Submit { to, override_limit: over_limit, repeats })
            }
            false => again().with_toast(Toast::NotSent),
        }),
        _ => proceed(facts, draft.clone()),
    }
}

/// «Всё равно» is good for exactly the invitations that the screen named.
fn confirm_repeat(facts: &Facts, draft: &Draft, named: u32) -> Step {
    let mut draft = draft.clone();
    let mut toast = None;
    match facts.first_blocker(&draft) {
        Some(Blocker::Earlier(_)) if !facts.may_confirm_repeat(&draft) => {
            return Step::toast(Toast::UnknownPress);
        }
        Some(Blocker::Earlier(earlier)) if fingerprint(&earlier.numbers) == named => {
            draft.acknowledged = earlier.numbers.iter().map(|number| number.0).collect();
        }
        Some(Blocker::Earlier(_)) => toast = Some(Toast::StaleFresh),
        // Nothing stands against it any more.
        _ => {}
    }
    Step { toast, ..Step::at(Stage::Reviewing { draft }) }
}

fn pressed_on_offer(facts: &Facts, draft: &Draft, act: DraftAct) -> StepResult {
    match act {
        DraftAct::Choose(provider) if facts.providers_for(draft).contains(&provider) => {
            proceed(facts, Draft { provider: Some(provider), ..draft.clone() })
        }
        DraftAct::History => {
            let search = match (&draft.inn, &draft.email) {
                (Some(inn), _) => Search::Inn(inn.clone()),
                (None, Some(email)) => Search::email(email),
                (None, None) => return Ok(Step::toast(Toast::UnknownPress)),
            };
            // The result replaces the offer, and makes it too.
            let stays = Session::at(Stage::Offered { draft: draft.clone() });
            Ok(Step::effect(Effect::Search(search)).with_session(stays))
        }
        _ => Ok(Step::toast(Toast::UnknownPress)),
    }
}

/// The card that was pressed is old, so the present one comes below.
fn stale(session: &Session) -> Step {
    match &session.draft {
        None => Step::toast(Toast::Stale),
        Some(stage) => Step::at(stage.clone()).below(true).with_toast(Toast::StaleFresh),
    }
}

/// The button's draft became an invitation, or is gone.
fn invitation_from_draft(facts: &Facts, session: &Session, draft: i64) -> StepResult {
    let made = match &facts.looked_up.invitation_from_draft {
        Some((known, made)) if *known == draft => made.as_ref(),
        _ => return Err(Need::InvitationFromDraft(draft)),
    };
    Ok(match made.filter(|made| made.author.id == facts.viewer.me.id) {
        // The status message says the rest.
        Some(made) => Step::toast(Toast::AtWork(made.number)),
        None if session.draft.is_none() => Step::view(View::Home).with_toast(Toast::Stale),
        None => stale(session),
    })
}

/// The screen or a press of it may have been lost.
fn shown_again(facts: &Facts, stage: Option<&Stage>) -> Step {
    let Some(stage) = stage else { return Step::default() };
    let note = match stage {
        Stage::Reviewing { .. } if facts.is_untrusted() => Note::ReviewedInDoubt,
        Stage::Reviewing { .. } => Note::ReviewedAgain,
        _ => Note::AskedAgain,
    };
    Step::at(stage.clone()).below(true).with_note(note)
}
