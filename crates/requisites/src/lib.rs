//! Reads requisites out of a pasted message: ИНН, КПП, name and address, or a question. Pure.
//!
//! **What is taken without asking is right**: a question costs one press, a wrong value sends a
//! letter to the wrong organisation. So any doubt about a value makes it a question.
//!
//! Steps: [`normalise`]; lines, cells and labelled pieces (`layout`, `labels`); a list of matches
//! (`matches`, by `find_emails`, `find_numbers`, `pairing`, `find_names`); one decision on all of
//! them (`resolve`).

pub mod email;
pub mod inn;
pub mod kpp;
pub mod mail_services;
pub mod misspelt;
pub mod name;
pub mod value_text;

mod find_emails;
mod find_names;
mod find_numbers;
mod findings;
mod labels;
mod layout;
mod legal_forms;
mod letters;
mod matches;
mod normalise;
mod pairing;
mod people;
mod quotes;
mod resolve;
mod slices;

pub use email::{Email, EmailError};
pub use findings::{Bare, Choice, Doubt, Found, Party, Remark, Requisites, ValueError};
pub use inn::{Inn, InnError};
pub use kpp::{Kpp, KppError};
pub use misspelt::Misspelt;
pub use name::{CompanyName, NameError};
pub use normalise::{legible, normalise};
pub use value_text::tidy;

/// Ignores quotes, case and the spelling of the legal form.
pub fn is_same_name(one: &str, other: &str) -> bool {
    legal_forms::is_same(&legal_forms::core(one), &legal_forms::core(other))
}

/// Reads any message, in time linear in its length.
pub fn read(text: &str) -> Requisites {
    let text = normalise(text);
    let mut read = resolve::resolve(&matches::sightings(&layout::pieces(&text)));
    if let Some(bare) = bare(&text, &read) {
        read.email = match &bare {
            Bare::Email(email) => Found::Taken(email.clone()),
            Bare::Inn(_) => Found::Nothing,
        };
        read.parties = match &bare {
            Bare::Inn(inn) => {
                vec![Party { inn: Found::Taken(inn.clone()), ..Party::default() }]
            }
            Bare::Email(_) => Vec::new(),
        };
        read.remarks.clear();
        read.bare = Some(bare);
    }
    read
}

fn bare(text: &str, read: &Requisites) -> Option<Bare> {
    if let Ok(inn) = Inn::parse(text) {
        return Some(Bare::Inn(inn));
    }
    let email = Email::parse(text).ok()?;
    let sure = matches!(&read.email, Found::Taken(taken) if *taken == email);
    (sure && read.parties.is_empty()).then_some(Bare::Email(email))
}
