//! The organisation behind an ИНН: whether it has to be looked up, and the card that shows what was
//! found. How it is looked up is not known here.

use super::invite::{asking, noted, proceed, shown};
use super::press::DraftAct;
use super::{Desk, State, Step, paste, texts};
use crate::domain::{CompanyName, Draft, Field, Inn, Kpp, Looked, Organisation, Provider};

/// Branches on a page.
pub const PER_PAGE: usize = 5;

/// The ИНН that is to be looked up before anything else is asked; `None`: the draft holds all that
/// is known, or nobody would know. СБИС alone wants an organisation.
pub fn unknown(desk: &Desk, draft: &mut Draft) -> Option<Inn> {
    let of_sbis = draft.provider == Some(Provider::Sbis) && desk.directory;
    let wanted = draft.inn.clone().filter(|_| of_sbis && draft.looked().is_none())?;
    let known = desk.known.as_ref().filter(|(inn, _)| *inn == wanted);
    let Some((inn, lookup)) = known.cloned() else { return Some(wanted) };
    draft.looked = Some(Looked { inn, lookup, by_hand: false });
    undoubt(draft);
    None
}

/// What the directory says too belongs to this ИНН, whatever the ИНН was before.
fn undoubt(draft: &mut Draft) {
    let Some(found) = draft.found() else { return };
    let kpp = draft.kpp.as_ref().is_some_and(|kpp| found.has_kpp(kpp));
    let name = draft.name.as_ref().is_some_and(|name| found.is_called(name));
    for (field, known) in [(Field::Kpp, kpp), (Field::Name, name)] {
        if known {
            draft.keep(field);
        }
    }
}

/// Whether what was found answers a question that is still open, and may.
pub fn answers(draft: &Draft) -> bool {
    let Some(found) = draft.found() else { return false };
    let by_hand = draft.looked().is_some_and(|looked| looked.by_hand);
    let has_kpp = found.inn.is_organisation() && has_any_kpp(found);
    let kpp = draft.is_open(Field::Kpp) && has_kpp;
    let name = draft.is_open(Field::Name) && found.name().is_some();
    !by_hand && (kpp || name)
}

fn has_any_kpp(found: &Organisation) -> bool {
    found.kpp.is_some() || !found.branches.is_empty()
}

/// Whether «Назад» leads from the question of this field to the card.
pub fn is_before(draft: &Draft, field: Field) -> bool {
    let (Some(found), Some(looked)) = (draft.found(), draft.looked()) else { return false };
    let first = if found.inn.is_organisation() { Field::Kpp } else { Field::Name };
    let past_the_card = matches!(field, Field::Kpp | Field::Name | Field::Email);
    (field == first || (past_the_card && !looked.by_hand))
        && (has_any_kpp(found) || found.name().is_some())
}

/// The card of the organisation.
pub fn card(desk: &Desk, mut draft: Draft) -> Step {
    by_hand(&mut draft, false);
    shown(desk, State::Company { draft, branches: None, editing: false })
}

/// A page of the parts of an organisation, of which each has its КПП.
pub fn branches(desk: &Desk, draft: Draft, page: u16, editing: bool) -> Step {
    let pages = draft.found().map_or(0, |found| choices(found).len().div_ceil(PER_PAGE));
    match u16::try_from(pages).ok().and_then(|pages| pages.checked_sub(1)) {
        Some(last) => {
            let branches = Some(page.min(last));
            shown(desk, State::Company { draft, branches, editing })
        }
        None => Step::toast(texts::STRANGE_PRESS),
    }
}

/// What there is to choose from, once each: nothing, unless there are branches. The head comes
/// first.
pub fn choices(found: &Organisation) -> Vec<&Kpp> {
    let branches = found.branches.iter().map(|branch| &branch.kpp);
    let mut choices: Vec<&Kpp> = Vec::new();
    for kpp in found.kpp.iter().chain(branches) {
        if !choices.contains(&kpp) {
            choices.push(kpp);
        }
    }
    if found.branches.is_empty() || !found.inn.is_organisation() { Vec::new() } else { choices }
}

/// A field was typed: why it had to be is not said again.
pub fn told(draft: &mut Draft, field: Field) {
    if draft.found().is_none() && field == Field::Kpp {
        by_hand(draft, true);
    }
}

fn by_hand(draft: &mut Draft, is: bool) {
    if let Some(looked) = &mut draft.looked {
        looked.by_hand = is;
    }
}

/// What the draft would be with the organisation, or the part of it with this КПП. What the
/// person wrote stays.
pub fn taken(draft: &Draft, kpp: Option<Kpp>) -> Draft {
    let mut taken = draft.clone();
    let Some(found) = draft.found() else { return taken };
    by_hand(&mut taken, false);
    let kpp = kpp.or_else(|| found.kpp.clone().filter(|_| draft.is_open(Field::Kpp)));
    if let Some(kpp) = kpp.filter(|_| found.inn.is_organisation()) {
        taken.kpp = Some(kpp);
        taken.keep(Field::Kpp);
    }
    let is_theirs = |name: &CompanyName| found.names().any(|known| known == name);
    let name = found.name_of(taken.kpp.as_ref());
    if (draft.is_open(Field::Name) || draft.name.as_ref().is_some_and(is_theirs))
        && let Some(name) = name
    {
        taken.name = Some(name.clone());
        taken.keep(Field::Name);
    }
    taken
}

/// Goes on with the organisation; where it has no КПП itself, a branch is to be chosen.
fn take(desk: &Desk, draft: &Draft) -> Step {
    let taken = taken(draft, None);
    let stuck = taken.missing() == Some(Field::Kpp);
    match taken.found() {
        Some(found) if stuck && !choices(found).is_empty() => branches(desk, taken, 0, false),
        _ => proceed(desk, taken),
    }
}

/// A button of the card, or of a page of branches.
pub fn pressed(
    desk: &Desk,
    draft: &Draft,
    page: Option<u16>,
    editing: bool,
    act: DraftAct,
) -> Step {
    let Some(found) = draft.found() else { return proceed(desk, draft.clone()) };
    let is_card = page.is_none();
    match act {
        DraftAct::Yes if is_card => take(desk, draft),
        DraftAct::Branches(page) => branches(desk, draft.clone(), page, editing),
        DraftAct::Kpp(kpp) if !is_card && found.has_kpp(&kpp) => {
            proceed(desk, taken(draft, Some(kpp)))
        }
        DraftAct::ByHand if is_card => {
            let mut draft = draft.clone();
            by_hand(&mut draft, true);
            let open = draft.missing().filter(|it| matches!(it, Field::Kpp | Field::Name));
            let organisation = draft.fields().contains(&Field::Kpp);
            let first = if organisation { Field::Kpp } else { Field::Name };
            asking(desk, draft, open.unwrap_or(first), false)
        }
        DraftAct::Edit(Field::Kpp) if !is_card => {
            let mut taken = Draft { kpp: draft.kpp.clone(), ..taken(draft, None) };
            taken.doubted.extend(draft.doubted.iter().filter(|&&it| it == Field::Kpp));
            asking(desk, taken, Field::Kpp, editing)
        }
        DraftAct::Edit(Field::Inn) if is_card => asking(desk, draft.clone(), Field::Inn, false),
        DraftAct::Back if is_card => asking(desk, draft.clone(), Field::Inn, false),
        DraftAct::Back if editing => asking(desk, draft.clone(), Field::Kpp, true),
        DraftAct::Back => card(desk, draft.clone()),
        _ => Step::toast(texts::STRANGE_PRESS),
    }
}

/// Something was typed instead of a press: another ИНН, a КПП or a name, each of which is taken,
/// and with the latter two the organisation.
pub fn typed(desk: &Desk, state: &State, draft: &Draft, text: &str) -> Step {
    match text.trim().to_lowercase().as_str() {
        texts::YES_WORD => return take(desk, draft),
        texts::NO_WORD => return asking(desk, draft.clone(), Field::Inn, false),
        _ => {}
    }
    if let Some(step) = paste::card(desk, draft, text) {
        return step;
    }
    let field = meant(draft, text);
    let mut filled = draft.clone();
    match (filled.fill(field, text), field) {
        (Ok(()), Field::Inn) => proceed(desk, filled),
        (Ok(()), Field::Kpp | Field::Name) => take(desk, &filled),
        (Ok(()), _) => shown(desk, with(state, filled)),
        (Err(error), _) => noted(desk, state, texts::field_error(&error)),
    }
}

/// Which field a text is for: by its shape, and by its label.
fn meant(draft: &Draft, text: &str) -> Field {
    let organisation = draft.fields().contains(&Field::Kpp);
    let begins = |label: &str| text.trim().to_lowercase().starts_with(label);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let number = !text.contains(char::is_alphabetic);
    if text.contains('@') {
        Field::Email
    } else if organisation && (Kpp::parse(text).is_ok() || begins(texts::KPP_LABEL)) {
        Field::Kpp
    } else if Inn::parse_with_kpp(text).is_ok() || begins(texts::INN_LABEL) {
        Field::Inn
    } else if number {
        if organisation && !matches!(digits, 10 | 12) { Field::Kpp } else { Field::Inn }
    } else {
        Field::Name
    }
}

fn with(state: &State, draft: Draft) -> State {
    match state {
        State::Company { branches, editing, .. } => {
            State::Company { draft, branches: *branches, editing: *editing }
        }
        other => other.clone(),
    }
}
