//! The organisation behind an ИНН: whether it has to be looked up, and the card that shows what was
//! found. How it is looked up is not known here.

use super::invite::{asking, noted, proceed, shown};
use super::press::DraftAct;
use super::{Desk, State, Step, paste, texts};
use crate::domain::requisites::{Choice, Found, Party, read};
use crate::domain::{CompanyName, Draft, Field, Inn, Kpp, Looked, Open, Organisation, Provider};

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

/// What the draft says otherwise than the directory, of what is settled. Where not all branches are
/// listed, a КПП may be one of the others.
pub fn differing(draft: &Draft) -> Vec<Field> {
    let Some(found) = draft.found() else { return Vec::new() };
    let kpp = draft.kpp.as_ref().filter(|_| found.kpp.is_some() && !found.more_branches);
    let name = draft.name.as_ref().filter(|_| found.name().is_some());
    let kpp = kpp.filter(|kpp| !found.has_kpp(kpp)).map(|_| Field::Kpp);
    let name = name.filter(|name| !found.is_called(name)).map(|_| Field::Name);
    kpp.into_iter().chain(name).filter(|&field| !draft.is_open(field)).collect()
}

/// What the draft would be with the organisation as the directory knows it.
pub fn taken(draft: &Draft) -> Draft {
    let mut open = draft.clone();
    open.doubted.extend(differing(draft));
    filled(&open, None)
}

/// What the draft would be with the organisation, or the part of it with this КПП. What the
/// person wrote stays.
fn filled(draft: &Draft, kpp: Option<Kpp>) -> Draft {
    let mut filled = draft.clone();
    let Some(found) = draft.found() else { return filled };
    by_hand(&mut filled, false);
    let kpp = kpp.or_else(|| found.kpp.clone().filter(|_| draft.is_open(Field::Kpp)));
    if let Some(kpp) = kpp.filter(|_| found.inn.is_organisation()) {
        filled.kpp = Some(kpp);
        filled.keep(Field::Kpp);
    }
    let is_theirs = |name: &CompanyName| found.names().any(|known| known == name);
    let name = found.name_of(filled.kpp.as_ref());
    if (draft.is_open(Field::Name) || draft.name.as_ref().is_some_and(is_theirs))
        && let Some(name) = name
    {
        filled.name = Some(name.clone());
        filled.keep(Field::Name);
    }
    filled
}

/// Goes on with the organisation; where it has no КПП itself, a branch is to be chosen.
fn go_on(desk: &Desk, filled: Draft) -> Step {
    let stuck = filled.missing() == Some(Field::Kpp);
    match filled.found() {
        Some(found) if stuck && !choices(found).is_empty() => branches(desk, filled, 0, false),
        _ => proceed(desk, filled),
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
        DraftAct::Yes if is_card => go_on(desk, taken(draft)),
        DraftAct::Keep if is_card && !differing(draft).is_empty() => {
            go_on(desk, filled(draft, None))
        }
        DraftAct::Branches(page) => branches(desk, draft.clone(), page, editing),
        DraftAct::Kpp(kpp) if !is_card && found.has_kpp(&kpp) => {
            proceed(desk, filled(draft, Some(kpp)))
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
            let mut filled = Draft { kpp: draft.kpp.clone(), ..filled(draft, None) };
            filled.doubted.extend(draft.doubted.iter().filter(|&&it| it == Field::Kpp));
            asking(desk, filled, Field::Kpp, editing)
        }
        DraftAct::Edit(Field::Inn) if is_card => asking(desk, draft.clone(), Field::Inn, false),
        DraftAct::Back if is_card => asking(desk, draft.clone(), Field::Inn, false),
        DraftAct::Back if editing => asking(desk, draft.clone(), Field::Kpp, true),
        DraftAct::Back => card(desk, draft.clone()),
        _ => Step::toast(texts::STRANGE_PRESS),
    }
}

/// Something was typed instead of a press. A КПП or a name is taken with the organisation, an
/// address beside it; what may be about another client, or mistyped, is asked as everywhere.
pub fn typed(desk: &Desk, state: &State, draft: &Draft, text: &str) -> Step {
    match text.trim().to_lowercase().as_str() {
        texts::YES_WORD if differing(draft).is_empty() => return go_on(desk, taken(draft)),
        texts::YES_WORD => return noted(desk, state, texts::PRESS_A_BUTTON),
        texts::NO_WORD => return asking(desk, draft.clone(), Field::Inn, false),
        _ => {}
    }
    let read = read(text);
    match (Field::found_in(&read).as_slice(), read.parties.as_slice()) {
        ([], _) => one_answer(desk, state, draft, text),
        // What is wrong beside it is told where all of a message is taken.
        _ if !read.remarks.is_empty() => paste::take(desk, draft, &read),
        ([Field::Kpp], _) if !draft.fields().contains(&Field::Kpp) => {
            noted(desk, state, texts::NO_KPP)
        }
        ([Field::Kpp], [Party { kpp: Found::Taken(kpp), .. }]) => {
            go_on(desk, filled(draft, Some(kpp.clone())))
        }
        ([Field::Name], [Party { name: Found::Taken(name), .. }]) => {
            go_on(desk, filled(&Draft { name: Some(name.clone()), ..draft.clone() }, None))
        }
        ([Field::Inn], [Party { inn: Found::Taken(inn), .. }]) if is_number_alone(draft) => {
            proceed(desk, Draft { inn: Some(inn.clone()), ..draft.clone() })
        }
        _ => paste::take(desk, draft, &read),
    }
}

/// Whether nothing would be left to another client but the number, which is corrected.
fn is_number_alone(draft: &Draft) -> bool {
    [Field::Kpp, Field::Name, Field::Email].iter().all(|&field| !draft.has(field))
}

/// What no reader of requisites knows: a bare КПП, a value that breaks its rules, or words. Words
/// may be a name, or said to the bot.
fn one_answer(desk: &Desk, state: &State, draft: &Draft, text: &str) -> Step {
    if !draft.fields().contains(&Field::Kpp) && Kpp::parse(text).is_ok() {
        return noted(desk, state, texts::NO_KPP);
    }
    let field = meant(draft, text);
    let mut typed = draft.clone();
    match (typed.fill(field, text), field) {
        (Ok(()), Field::Name) => {
            let mut asked = draft.clone();
            let choices = typed.name.into_iter().map(|value| Choice { value, doubt: None });
            asked.leave_open(Open::Name(choices.collect()));
            proceed(desk, asked)
        }
        (Ok(()), Field::Kpp) => go_on(desk, filled(&typed, None)),
        (Ok(()), _) => proceed(desk, typed),
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
