//! Reads the requisites out of a pasted message: which ИНН, КПП, name and address stand in it,
//! and where a person has to be asked. Pure and deterministic; nothing is looked up anywhere.
//!
//! The rule above all others: **what is taken without asking is right**. A question costs one
//! press, a wrong value sends a letter to the wrong organisation. So whatever competes with a
//! value, or makes its end or its owner doubtful, turns it into a question.
//!
//! How it works, and where: the text is normalised ([`normalise`]); cut into lines, cells and
//! labelled pieces (`layout`, `labels`); each piece is read for addresses, numbers and names
//! (`emails`, `numbers`, `deal`, `names`) into a list of sightings (`sight`); and what they mean
//! together is decided in one place (`resolve`). The values have modules of their own, [`inn`],
//! [`kpp`], [`name`] and [`email`], with what reads one of them that was typed alone.

pub mod email;
pub mod inn;
pub mod kpp;
pub mod mail;
pub mod misspelt;
pub mod name;
pub mod text;

mod clean;
mod deal;
mod emails;
mod forms;
mod found;
mod labels;
mod layout;
mod letters;
mod names;
mod numbers;
mod people;
mod quotes;
mod resolve;
mod sight;

pub use clean::{legible, normalise};
pub use email::{Email, EmailError};
pub use found::{Bare, Choice, Doubt, Found, Party, Remark, Requisites, ValueError};
pub use inn::{Inn, InnError};
pub use kpp::{Kpp, KppError};
pub use misspelt::Misspelt;
pub use name::{CompanyName, NameError};
pub use text::tidy;

/// Whether two texts are one name, whatever the quotes, the case and the way in which the legal form
/// is written, if it is.
pub fn is_same_name(one: &str, other: &str) -> bool {
    forms::is_same(&forms::core(one), &forms::core(other))
}

/// Reads a message. Total: every text has an answer, of a cost in proportion to its length.
pub fn read(text: &str) -> Requisites {
    let text = normalise(text);
    let mut read = resolve::resolve(&sight::sightings(&layout::pieces(&text)));
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

/// The one value that the message is, as the parser of its field reads it.
fn bare(text: &str, read: &Requisites) -> Option<Bare> {
    if let Ok(inn) = Inn::parse(text) {
        return Some(Bare::Inn(inn));
    }
    let email = Email::parse(text).ok()?;
    let sure = matches!(&read.email, Found::Taken(taken) if *taken == email);
    (sure && read.parties.is_empty()).then_some(Bare::Email(email))
}
