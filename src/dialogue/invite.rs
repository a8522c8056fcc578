//! One invitation, from the first question to the confirmed summary. The next question is the
//! first missing field, and the question is a function of the state.

use jiff::SignedDuration;

use super::press::{DraftAct, Stamp};
use super::{Deed, Desk, Effect, Shown, State, Step, company, office, paste, rules, team, texts};
use crate::domain::{Draft, Field, Invitation, Office};

/// A confirmation older than this asks again.
const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Begins with what is known already; an unfinished draft is not lost, a person chooses which of
/// the two goes on. `ask` names a field to ask for although it has a value.
pub fn begin(desk: &Desk, state: &State, draft: Draft, ask: Option<Field>) -> Step {
    match (state.draft().filter(|draft| !draft.is_empty()), ask) {
        // One such choice at a time: neither of its drafts is dropped for a third.
        (Some(_), _) if matches!(state, State::Between { .. }) && !draft.is_empty() => {
            noted(desk, state, texts::PRESS_A_BUTTON)
        }
        (Some(unfinished), ask) if !draft.is_empty() => {
            let mut pasted = draft;
            pasted.doubted.extend(ask);
            shown(desk, State::Between { draft: unfinished.clone(), pasted })
        }
        (Some(unfinished), _) => {
            let step = Step::show(texts::unfinished(unfinished));
            if state.beneath() == state { step } else { step.to(state.beneath().clone()) }
        }
        (None, Some(field)) => asking(desk, draft, field, true),
        (None, None) => proceed(desk, draft),
    }
}

/// Asks for what a message left open, then looks what stands against the draft and goes [`on`].
/// What the directories know of the ИНН comes before what they may answer.
pub fn proceed(desk: &Desk, mut draft: Draft) -> Step {
    if !draft.provider.is_some_and(|provider| desk.providers.contains(&provider)) {
        draft.provider = match desk.providers.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
    }
    office::settle(desk, &mut draft);
    if let Some(field) = draft.undecided() {
        return asking(desk, draft, field, false);
    }
    if let Some(inn) = company::unknown(desk, &mut draft) {
        return Step::effect(Effect::LookUp(inn));
    }
    match draft.inn.is_some() || draft.email.is_some() {
        true => Step::deed(Deed::Check(draft, Shown::default())),
        false => on(desk, draft),
    }
}

/// Asks for the first missing field, or shows the summary.
pub fn on(desk: &Desk, draft: Draft) -> Step {
    match draft.missing() {
        Some(_) if company::answers(&draft) => company::card(desk, draft),
        Some(field) => asking(desk, draft, field, false),
        None => shown(desk, State::Reviewing { draft }),
    }
}

/// A draft that was stopped before it was full is asked on as soon as nothing stops it any more:
/// the question that is due then.
pub fn asked_on(desk: &Desk, state: &State) -> Option<State> {
    let State::Reviewing { draft } = state else { return None };
    let field = draft.missing().filter(|_| rules::bar(desk, draft).is_none())?;
    Some(State::Asking { draft: draft.clone(), field, editing: false })
}

/// Asks for this field.
pub fn asking(desk: &Desk, draft: Draft, field: Field, editing: bool) -> Step {
    shown(desk, State::Asking { draft, field, editing })
}

/// Moves to a state and shows its screen.
pub fn shown(desk: &Desk, state: State) -> Step {
    Step::show(texts::screen(desk, &state)).to(state)
}

/// Something was typed or, for `None`, sent that is not text.
pub fn typed(desk: &Desk, state: &State, text: Option<&str>) -> Step {
    let Some(text) = text else { return noted(desk, state, texts::ONLY_TEXT) };
    match state {
        State::NamingLimit { person, after, .. } => {
            team::named_limit(desk, state, *person, after, text)
        }
        State::NamingOffice { person, after, .. } => {
            team::named_office(desk, state, *person, after, text)
        }
        State::Company { draft, .. } => company::typed(desk, state, draft, text),
        State::Asking { draft, field, editing } if *field != Field::Provider => {
            paste::answer(desk, state, (draft, *field, *editing), text)
        }
        _ => paste::message(desk, state, text),
    }
}

/// The same screen again, under a word of what was wrong.
pub fn noted(desk: &Desk, state: &State, note: impl AsRef<str>) -> Step {
    match state {
        State::Idle => Step::show(texts::hint(desk)),
        _ => Step::show(texts::noted(note, texts::screen(desk, state))).to(state.clone()),
    }
}

/// A button of a draft was pressed. What is not on the present screen has no effect.
pub fn pressed(desk: &Desk, state: &State, act: DraftAct, stamp: Option<Stamp>) -> Step {
    let shown_at = match (&desk.draft, stamp) {
        (Some((present, shown_at)), Some(stamp)) if *present == stamp => *shown_at,
        (Some((present, _)), Some(stamp)) if present.draft == stamp.draft => {
            return stale(desk, state);
        }
        (_, Some(stamp)) => return Step::deed(Deed::MadeFrom(stamp.draft)),
        (_, None) => return Step::toast(texts::STRANGE_PRESS),
    };
    match (state, act) {
        (State::Idle, _) => Step::toast(texts::STRANGE_PRESS),
        (
            State::NamingLimit { person, after, .. } | State::NamingOffice { person, after, .. },
            act,
        ) => team::not_named(desk, *person, after, &act),
        (_, DraftAct::Resume) => shown(desk, state.clone()),
        (_, DraftAct::Restart) => proceed(desk, Draft::default()),
        (_, DraftAct::Cancel) => Step::show(texts::cancelled()).to(State::Idle),
        (State::Asking { draft, field, editing }, act) => {
            answered(desk, draft, *field, *editing, act)
        }
        (State::Company { draft, branches, editing }, act) => {
            company::pressed(desk, draft, *branches, *editing, act)
        }
        (State::Reviewing { draft }, DraftAct::Edit(field))
            if field != Field::Provider
                && (draft.fields().contains(&field) || field == Field::Email)
                && !(field == Field::Office && office::is_fixed(desk)) =>
        {
            asking(desk, draft.clone(), field, true)
        }
        (State::Reviewing { draft }, DraftAct::Back) => {
            let asked = |field: &&Field| **field != Field::Office || !office::is_fixed(desk);
            let last = draft.fields().iter().rfind(asked).copied().unwrap_or(Field::Provider);
            asking(desk, draft.clone(), last, false)
        }
        (State::Reviewing { draft }, DraftAct::Yes) if !company::differing(draft).is_empty() => {
            proceed(desk, company::taken(draft))
        }
        (State::Reviewing { draft }, DraftAct::Anyway(named)) => rules::anyway(desk, draft, named),
        (State::Reviewing { .. }, DraftAct::SendBeyond) if !desk.is_admin() => {
            Step::toast(texts::STRANGE_PRESS)
        }
        // What has come between since the summary was shown.
        (State::Reviewing { draft }, DraftAct::Send | DraftAct::SendBeyond)
            if rules::bar(desk, draft).is_some() =>
        {
            shown(desk, state.clone()).and(Effect::Toast(texts::NOT_SENT_TOAST.into()))
        }
        (State::Reviewing { draft }, act @ (DraftAct::Send | DraftAct::SendBeyond)) => {
            if desk.now.duration_since(shown_at) > CONFIRMATION_LIFETIME {
                return shown(desk, state.clone()).and(Effect::Toast(texts::CONFIRM_AGAIN.into()));
            }
            if !office::is_allowed(desk, draft) {
                return not_their_office(desk, state);
            }
            match draft.finish() {
                Ok(recipient)
                    if act == DraftAct::SendBeyond
                        && desk.providers.contains(&recipient.provider()) =>
                {
                    Step::deed(Deed::SubmitBeyond(recipient))
                }
                Ok(recipient) if desk.providers.contains(&recipient.provider()) => {
                    Step::deed(Deed::Submit(recipient))
                }
                _ => proceed(desk, draft.clone()),
            }
        }
        (State::Offered { draft }, act) => paste::offered(desk, draft, act),
        (State::Between { draft, .. }, DraftAct::Continue) => proceed(desk, draft.clone()),
        (State::Between { pasted, .. }, DraftAct::Pasted) => proceed(desk, pasted.clone()),
        (State::Reviewing { .. } | State::Between { .. }, _) => Step::toast(texts::STRANGE_PRESS),
    }
}

/// A button of a question was pressed.
pub fn answered(desk: &Desk, draft: &Draft, field: Field, editing: bool, act: DraftAct) -> Step {
    let mut draft = draft.clone();
    match (field, act) {
        (Field::Provider, DraftAct::Choose(provider)) if desk.providers.contains(&provider) => {
            draft.provider = Some(provider);
            proceed(desk, draft)
        }
        (Field::Inn, DraftAct::Inn(inn)) if inn.as_str().starts_with('0') => {
            match draft.fill(Field::Inn, inn.as_str()) {
                Ok(()) => proceed(desk, draft),
                Err(_) => Step::toast(texts::STRANGE_PRESS),
            }
        }
        (Field::Office, DraftAct::Office(code))
            if office::offered(desk, &draft).contains(&&code) =>
        {
            draft.put_office(Office::Code(code));
            proceed(desk, draft)
        }
        (Field::Office, DraftAct::WithoutOffice) if office::is_free(desk) => {
            draft.put_office(Office::Without);
            proceed(desk, draft)
        }
        (_, DraftAct::Pick(index)) if draft.pick(field, index.into()) => proceed(desk, draft),
        (_, DraftAct::ByHand) if draft.choices(field).is_some() => {
            draft.close(field);
            match draft.fields().contains(&field) {
                true => asking(desk, draft, field, editing),
                false => proceed(desk, draft),
            }
        }
        (_, DraftAct::Keep) if draft.has(field) => {
            draft.keep(field);
            proceed(desk, draft)
        }
        (Field::Kpp, DraftAct::Branches(page)) => company::branches(desk, draft, page, editing),
        (_, DraftAct::Back) if editing => {
            draft.close(field);
            proceed(desk, draft)
        }
        (_, DraftAct::Back) if company::is_before(&draft, field) => company::card(desk, draft),
        (_, DraftAct::Back) => match before(desk, &draft, field) {
            Some(previous) => asking(desk, draft, previous, false),
            None => Step::toast(texts::STRANGE_PRESS),
        },
        _ => Step::toast(texts::STRANGE_PRESS),
    }
}

/// The question before this one, if «Назад» leads anywhere.
pub fn before(desk: &Desk, draft: &Draft, field: Field) -> Option<Field> {
    let fields = draft.fields();
    let place = fields.iter().position(|&known| known == field)?;
    let previous = *fields.get(place.checked_sub(1)?)?;
    (previous != Field::Provider || desk.providers.len() > 1).then_some(previous)
}

/// The present screen again, as a new message: the card that was pressed is an old one.
fn stale(desk: &Desk, state: &State) -> Step {
    match state {
        State::Idle => Step::toast(texts::STALE),
        _ => Step::say(texts::screen(desk, state))
            .to(state.clone())
            .and(Effect::Toast(texts::STALE_FRESH.into())),
    }
}

/// The draft's screen as a new message, after it or a press may have been lost.
pub fn again(desk: &Desk, state: &State) -> Step {
    let note = match state {
        State::Idle => return Step::default(),
        State::Asking { .. }
        | State::Company { .. }
        | State::Offered { .. }
        | State::Between { .. }
        | State::NamingLimit { .. }
        | State::NamingOffice { .. } => texts::AGAIN_ASKING,
        State::Reviewing { .. } if desk.embargo.is_some() => texts::AGAIN_IN_DOUBT,
        State::Reviewing { .. } => texts::AGAIN_REVIEWING,
    };
    Step::say(texts::noted(note, texts::screen(desk, state))).to(state.clone())
}

/// What was confirmed is not in the queue: the screen says what stands against it by now.
pub fn not_queued(state: &State) -> Step {
    let draft = state.draft().cloned().unwrap_or_default();
    Step::toast(texts::NOT_SENT_TOAST).and(Effect::Do(Deed::Check(draft, Shown::default())))
}

/// An admin has changed the office codes of this person since the summary was shown.
pub fn not_their_office(desk: &Desk, state: &State) -> Step {
    let draft = state.draft().cloned().unwrap_or_default();
    proceed(desk, draft).and(Effect::Toast(texts::OFFICE_CHANGED.into()))
}

/// A button of another draft was pressed: of one that became an invitation, or of none.
pub fn made_from(desk: &Desk, state: &State, invitation: Option<Invitation>) -> Step {
    match invitation.filter(|invitation| invitation.author.id == desk.me.id) {
        // The status message is the teller's: it says the rest.
        Some(invitation) => Step::toast(texts::at_work_toast(invitation.number)),
        None if *state == State::Idle => {
            Step::show(texts::home(desk, state)).and(Effect::Toast(texts::STALE.into()))
        }
        None => stale(desk, state),
    }
}
