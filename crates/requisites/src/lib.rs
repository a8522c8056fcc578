//! Reads requisites out of a pasted message: ИНН, КПП, name and address, or a question. Pure.
//!
//! **What is taken without asking is right**: a question costs one press, a wrong value sends a
//! letter to the wrong organisation. So any doubt about a value makes it a question.
//!
//! Steps: [`normalise`], which undoes what programs write (`tags`, `json`, `pairs`, `csv`); lines,
//! cells and labelled pieces (`lines`, `layout`, `labels`, `keys`); a list of matches (`scan` and
//! `scan_numbers`, by `find_emails`, `find_numbers`, `pairing`, `find_names`); one decision on all
//! of them (`resolve`, `several`).

pub mod email;
pub mod inn;
pub mod kpp;
pub mod mail_services;
pub mod misspelt;
pub mod name;
pub mod value_text;

mod characters;
mod csv;
mod escapes;
mod find_emails;
mod find_names;
mod find_numbers;
mod findings;
mod former;
mod groups;
mod json;
mod keys;
mod label_kind;
mod labels;
mod layout;
mod legal_forms;
mod letters;
mod lines;
mod matches;
mod name_groups;
mod normalise;
mod pairing;
mod pairs;
mod people;
mod quotes;
mod resolve;
mod scan;
mod scan_numbers;
mod several;
mod slices;
mod tags;

pub use characters::clean_characters;
pub use email::{Email, EmailError};
pub use findings::{
    Choice, Correction, Finding, InvalidValue, PartyRequisites, Requisites, SingleValue, ValueError,
};
pub use inn::{Inn, InnError};
pub use kpp::{Kpp, KppError};
pub use misspelt::Misspelt;
pub use name::{CompanyName, NameError};
pub use normalise::normalise;
pub use value_text::tidy;

use legal_forms::ComparableName;

/// Ignores quotes, case and the spelling of the legal form.
pub fn is_same_name(one: &str, other: &str) -> bool {
    ComparableName::new(one).is_same(&ComparableName::new(other))
}

/// Reads any message, in time linear in its length.
pub fn read(text: &str) -> Requisites {
    let text = normalise(text);
    let read = resolve::resolve(&scan::find_matches(&layout::pieces(&text)));
    let Some(value) = single_value(&text, &read) else { return read };
    let mut alone = Requisites { single_value: Some(value.clone()), ..Requisites::default() };
    match value {
        SingleValue::Email(email) => alone.email = Finding::Certain(email),
        SingleValue::Inn(inn) => {
            let inn = Finding::Certain(inn);
            alone.parties = vec![PartyRequisites { inn, ..PartyRequisites::default() }];
        }
    }
    alone
}

fn single_value(text: &str, read: &Requisites) -> Option<SingleValue> {
    if let Ok(inn) = Inn::parse(text) {
        return Some(SingleValue::Inn(inn));
    }
    let email = Email::parse(text).ok()?;
    let certain = read.email.certain() == Some(&email) && read.parties.is_empty();
    certain.then_some(SingleValue::Email(email))
}
