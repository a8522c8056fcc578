//! What a link to the bot opens, `https://t.me/<bot>?start=…`: `n_<ИНН>` or `n_<ИНН>_<КПП>` a draft
//! with these numbers, as the link field of a CRM makes it; `i_<number>` the card of an invitation.
//! Whoever may not see a card gets the answer of `/status` to a number that is not there.

use super::press::CardAct;
use super::{Deed, Desk, State, Step, invite, paste, texts};
use crate::domain::requisites::{Found, Party, Requisites};
use crate::domain::{FieldError, Inn, Kpp, Number};

/// What comes of the word behind `/start`; `None`: it is of no link.
pub fn opened(desk: &Desk, state: &State, word: &str) -> Option<Step> {
    match word.split_once('_')? {
        ("n", numbers) => Some(match party(numbers) {
            Ok(party) => {
                let read = Requisites { parties: vec![party], ..Requisites::default() };
                paste::linked(desk, state, &read)
            }
            Err(error) => bad(desk, state, &error),
        }),
        ("i", number) => Some(match number.parse() {
            Ok(number @ 1..) => Step::deed(Deed::Look(Number(number), CardAct::Open, None)),
            _ => Step::show(texts::not_found()),
        }),
        _ => None,
    }
}

/// The organisation that a link names; its numbers are checked like typed ones.
fn party(numbers: &str) -> Result<Party, FieldError> {
    let (inn, kpp) = match numbers.split_once('_') {
        Some((inn, kpp)) if !kpp.is_empty() => (inn, Some(kpp)),
        Some((inn, _)) => (inn, None),
        None => (numbers, None),
    };
    let inn = Inn::parse(inn)?;
    let kpp = match kpp.filter(|_| inn.is_organisation()) {
        Some(kpp) => Found::Taken(Kpp::parse(kpp)?),
        None => Found::Nothing,
    };
    Ok(Party { inn: Found::Taken(inn), kpp, name: Found::Nothing })
}

fn bad(desk: &Desk, state: &State, error: &FieldError) -> Step {
    let word = texts::bad_link(error);
    match state {
        State::Idle => Step::show(texts::noted(word, texts::home(desk, state))),
        _ => invite::noted(desk, state, word),
    }
}
