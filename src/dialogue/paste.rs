//! Messages with requisites, at any step: what they hold is filled in, what they leave open is
//! asked, and a slip in a single answer is pointed out. What a text holds is read in
//! `domain::requisites`, what is asked next is decided in `invite`.

use super::invite::{asking, noted, proceed, shown};
use super::press::DraftAct;
use super::{Deed, Desk, Effect, Search, State, Step, company, invite, office, rules, texts};
use crate::domain::requisites::{Choice, Doubt, Found, Party, Requisites, normalise, read};
use crate::domain::{
    CompanyName, Draft, Email, EmailError, Field, FieldError, Inn, InnError, Kpp, Open, Provider,
    tidy,
};

/// A message where no single value is asked for.
pub fn message(desk: &Desk, state: &State, text: &str) -> Step {
    let read = read(text);
    match state {
        State::Idle | State::Offered { .. } => out_of_the_blue(desk, state, text, &read),
        State::Between { draft, .. } if holds(&read) => between(desk, draft, &read),
        State::Asking { draft, .. } | State::Reviewing { draft } if holds(&read) => {
            take(desk, draft, &read)
        }
        _ if !read.remarks.is_empty() => noted(desk, state, texts::remarks(&read.remarks)),
        State::Reviewing { draft } if rules::bar(desk, draft).is_some() => {
            noted(desk, state, texts::PRESS_A_BUTTON)
        }
        State::Reviewing { .. } => noted(desk, state, texts::CONFIRM_OR_EDIT),
        _ => noted(desk, state, texts::PRESS_A_BUTTON),
    }
}

/// Whether there is more in a message than words: a name alone is one, unless it is told that a
/// number beside it is wrong.
fn holds(read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    fields.iter().any(|field| *field != Field::Name)
        || (!fields.is_empty() && !read.remarks.is_empty())
}

/// A message while nothing is filled in: one value alone is offered, a card begins a draft.
fn out_of_the_blue(desk: &Desk, state: &State, text: &str, read: &Requisites) -> Step {
    let mut draft = Draft::default();
    if read.bare.is_some() {
        draft.take_in(read);
        return shown(desk, State::Offered { draft });
    }
    if holds(read) {
        return take(desk, &draft, read);
    }
    if let Some(inn) = Inn::parse_without_zero(text) {
        draft.leave_open(lost_zero(inn, text));
        return proceed(desk, draft);
    }
    let clean = normalise(text);
    let wrong = match Inn::parse(&clean) {
        Err(error @ InnError::Checksum(_)) => texts::field_error(&FieldError::Inn(error)),
        Err(InnError::Length(_)) if Kpp::parse(&clean).is_ok() => texts::KPP_ALONE.to_owned(),
        Err(error @ InnError::Length(8..=13)) => texts::field_error(&FieldError::Inn(error)),
        _ if !read.remarks.is_empty() => texts::remarks(&read.remarks),
        _ => return noted(desk, state, texts::PRESS_A_BUTTON),
    };
    match state {
        State::Idle => Step::show(texts::noted(wrong, texts::send_again(desk))),
        _ => noted(desk, state, wrong),
    }
}

fn lost_zero(inn: Inn, typed: &str) -> Open {
    let doubt = Some(Doubt::LostZero(tidy(typed)));
    Open::Inn(vec![Choice { value: inn, doubt }])
}

/// A button under the one value that was sent.
pub fn offered(desk: &Desk, draft: &Draft, act: DraftAct) -> Step {
    match act {
        DraftAct::Choose(provider) if invites(desk, draft).contains(&provider) => {
            proceed(desk, Draft { provider: Some(provider), ..draft.clone() })
        }
        DraftAct::History => {
            let search = match (&draft.inn, &draft.email) {
                (Some(inn), _) => Search::Inn(inn.clone()),
                (None, Some(email)) => Search::Email(email.key()),
                (None, None) => return Step::toast(texts::STRANGE_PRESS),
            };
            // What is found takes the place of the offer, and makes it too.
            Step::deed(Deed::Search(search)).to(State::Offered { draft: draft.clone() })
        }
        _ => Step::toast(texts::STRANGE_PRESS),
    }
}

/// Through whom one value may be invited: an ИНН is what СБИС goes by.
pub fn invites(desk: &Desk, draft: &Draft) -> Vec<Provider> {
    match draft.inn.is_some() && desk.providers.contains(&Provider::Sbis) {
        true => vec![Provider::Sbis],
        false => desk.providers.clone(),
    }
}

/// Takes a message into a draft, unless it is about another client.
pub fn take(desk: &Desk, draft: &Draft, read: &Requisites) -> Step {
    if draft.is_of_another(read) {
        return between(desk, draft, read);
    }
    let mut filled = draft.clone();
    filled.take_in(read);
    let note = texts::taken(draft, &filled, read);
    under(note, proceed(desk, filled))
}

/// Asks which of two clients goes on.
fn between(desk: &Desk, draft: &Draft, read: &Requisites) -> Step {
    let mut pasted = Draft::default();
    pasted.take_in(read);
    let note = texts::taken(&pasted, &pasted, read);
    under(note, shown(desk, State::Between { draft: draft.clone(), pasted }))
}

/// What a link brings. It was made for one client: a draft of nobody known is another's.
pub fn linked(desk: &Desk, state: &State, read: &Requisites) -> Step {
    let empty = Draft::default();
    let draft = state.draft().unwrap_or(&empty);
    let known = draft.inn.is_some() || draft.is_empty();
    if known { take(desk, draft, read) } else { between(desk, draft, read) }
}

/// A step with a note above its screen.
pub fn under(note: Option<String>, mut step: Step) -> Step {
    let Some(note) = note else { return step };
    for effect in &mut step.effects {
        match effect {
            Effect::Show(reply) => *reply = texts::noted(&note, reply.clone()),
            Effect::Do(Deed::Check(_, how)) => how.note = Some(note.clone()),
            // What was looked up comes back to where the message is taken.
            _ => {}
        }
    }
    step
}

// ------------------------------------------------------------------------------ single answers

/// Something typed where one value is asked for.
pub fn answer(
    desk: &Desk,
    state: &State,
    (draft, field, editing): (&Draft, Field, bool),
    text: &str,
) -> Step {
    let read = read(text);
    let mut filled = draft.clone();
    if field == Field::Name
        && let Some(step) = no_name(desk, state, (draft, editing), text)
    {
        return step;
    }
    // A name may have signs of its own.
    let clean = if field == Field::Name { text.to_owned() } else { normalise(text) };
    match filled.fill(field, &clean) {
        Ok(()) if is_more(field, &read) => take(desk, draft, &read),
        Ok(()) if !office::is_allowed(desk, &filled) => noted(desk, state, texts::NOT_YOUR_OFFICE),
        Ok(()) => match slip(field, &read) {
            Some(open) => {
                let mut draft = draft.clone();
                draft.leave_open(open);
                asking(desk, draft, field, editing)
            }
            None => {
                company::told(&mut filled, field);
                proceed(desk, filled)
            }
        },
        Err(error) => {
            let zero = Inn::parse_without_zero(&clean).filter(|_| field == Field::Inn);
            if let Some(inn) = zero {
                let screen = texts::lost_zero(texts::screen(desk, state), &inn);
                return Step::show(screen).to(state.clone());
            }
            if is_better(field, &error, &read) {
                return take(desk, draft, &read);
            }
            if let Some(open) = mended(draft, field, &error, &clean) {
                let mut draft = draft.clone();
                draft.leave_open(open);
                return asking(desk, draft, field, editing);
            }
            noted(desk, state, texts::field_error(&error))
        }
    }
}

/// What is surely no name: «да» and «нет», which answer a choice if there is one, and numbers.
fn no_name(
    desk: &Desk,
    state: &State,
    (draft, editing): (&Draft, bool),
    text: &str,
) -> Option<Step> {
    let chosen = |act| invite::answered(desk, draft, Field::Name, editing, act);
    let word = text.trim().to_lowercase();
    match (word.as_str(), draft.choices(Field::Name)) {
        (texts::YES_WORD, Some(open)) if open.count() == 1 => Some(chosen(DraftAct::Pick(0))),
        (texts::NO_WORD, Some(_)) => Some(chosen(DraftAct::ByHand)),
        (texts::YES_WORD | texts::NO_WORD, _) => Some(noted(desk, state, texts::NO_NAME)),
        (word, _) if is_number(word) => Some(noted(desk, state, texts::NO_NAME)),
        _ => None,
    }
}

fn is_number(word: &str) -> bool {
    word.contains(char::is_numeric) && !word.contains(char::is_alphabetic)
}

/// Whether a good answer to one question is a card all the same: nearly everything may be a name,
/// and anything may stand before an address in brackets.
fn is_more(field: Field, read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    match field {
        Field::Name => holds(read),
        Field::Email => fields.iter().any(|found| matches!(found, Field::Inn | Field::Kpp)),
        _ => false,
    }
}

/// Whether something stands in a message that is no answer to the question.
fn is_better(field: Field, error: &FieldError, read: &Requisites) -> bool {
    let fields = Field::found_in(read);
    let only = fields.iter().all(|found| *found == field);
    match error {
        _ if fields.is_empty() => false,
        // The ИНН is right and the КПП beside it wrong; a space inside an address is mended below.
        FieldError::Inn(InnError::Kpp(_)) | FieldError::Email(EmailError::Space) => !only,
        _ => true,
    }
}

/// What a good answer should be asked about: letters of two scripts, a slip in a known domain.
fn slip(field: Field, read: &Requisites) -> Option<Open> {
    match field {
        Field::Email if is_uncertain(read.email.choices()) => {
            Some(Open::Email(read.email.choices().to_vec()))
        }
        Field::Name => {
            let [Party { name, .. }] = read.parties.as_slice() else { return None };
            doubtful::<CompanyName>(name).then(|| Open::Name(name.choices().to_vec()))
        }
        _ => None,
    }
}

/// Whether an address that was typed alone is asked about: a top level that is rarely seen is no
/// reason.
fn is_uncertain(choices: &[Choice<Email>]) -> bool {
    let odd = |one: &Choice<Email>| one.doubt.is_some() || !one.value.as_str().is_ascii();
    choices.len() > 1 || choices.iter().any(odd)
}

fn doubtful<T>(found: &Found<T>) -> bool {
    found.choices().iter().any(|choice| choice.doubt.is_some())
}

/// What was meant by an answer that is no value.
fn mended(draft: &Draft, field: Field, error: &FieldError, text: &str) -> Option<Open> {
    match (field, error) {
        (Field::Kpp, _) => {
            // A region has one number in both: a zero was lost here if the ИНН begins with one.
            let zero = draft.inn.as_ref().is_some_and(|inn| inn.as_str().starts_with('0'));
            if let Some(value) = Kpp::parse(&format!("0{}", text.trim())).ok().filter(|_| zero) {
                let doubt = Some(Doubt::LostZero(tidy(text)));
                return Some(Open::Kpp(vec![Choice { value, doubt }]));
            }
            let read = read(&format!("КПП {text}"));
            let [Party { kpp, .. }] = read.parties.as_slice() else { return None };
            doubtful(kpp).then(|| Open::Kpp(kpp.choices().to_vec()))
        }
        (Field::Email, FieldError::Email(EmailError::Space)) => {
            let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let read = read(&joined);
            let doubt = Some(Doubt::Domain(tidy(text)));
            let whole = |email: &Email| email.as_str().to_lowercase() == joined.to_lowercase();
            let value = read.email.taken().filter(|email| whole(email))?.clone();
            Some(Open::Email(vec![Choice { value, doubt }]))
        }
        _ => None,
    }
}
