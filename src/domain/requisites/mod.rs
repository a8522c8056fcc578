//! Reads the requisites out of a pasted message: which ИНН, КПП, name and address stand in it,
//! and where a person has to be asked. Pure and deterministic; nothing is looked up anywhere.
//!
//! The rule above all others: **what is taken without asking is right**. A question costs one
//! press, a wrong value sends a letter to the wrong organisation. So whatever competes with a
//! value, or makes its end or its owner doubtful, turns it into a question.
//!
//! How it works, and where: the text is normalised ([`normalise`]); cut into lines, cells and
//! labelled pieces (`layout`, `labels`); each piece is read for addresses, numbers and names
//! (`emails`, `numbers`, `deal`, `names`) into a list of sightings (`sight`); and what they mean together is
//! decided in one place (`resolve`).

mod clean;
mod deal;
mod emails;
mod forms;
mod labels;
mod layout;
mod names;
mod numbers;
mod people;
mod quotes;
mod resolve;
mod sight;

use serde::{Deserialize, Serialize};

use super::{CompanyName, Email, Field, FieldError, Inn, Kpp};

pub(super) use clean::{in_latin, is_cyrillic};
pub use clean::{legible, normalise};

/// Whether two texts are one name, whatever the quotes, the case and the way in which the legal form
/// is written, if it is.
pub fn is_same_name(one: &str, other: &str) -> bool {
    forms::is_same(&forms::core(one), &forms::core(other))
}

/// What a message holds. Office codes are never read from text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requisites {
    /// The organisations, in reading order; with more than one a person chooses.
    pub parties: Vec<Party>,
    /// The address. Asked where there are several organisations, because it is one's of them.
    pub email: Found<Email>,
    /// What was meant to be a value and is none, with the reason.
    pub remarks: Vec<Remark>,
    /// The message is this one value and nothing else.
    pub bare: Option<Bare>,
}

/// One organisation: what belongs to one ИНН, or what was found without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its ИНН.
    pub inn: Found<Inn>,
    /// Its КПП; never beside an ИНН of 12 digits.
    pub kpp: Found<Kpp>,
    /// Its name.
    pub name: Found<CompanyName>,
}

/// What was found for one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found<T> {
    /// Nothing.
    #[default]
    Nothing,
    /// This, beyond doubt.
    Taken(T),
    /// One of these, or none: a person decides. Never empty; it may be one, as «Is it that?».
    Asked(Vec<Choice<T>>),
}

/// A value to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<T> {
    /// What would be taken.
    pub value: T,
    /// What was changed to get it; `None` where it stands in the message.
    pub doubt: Option<Doubt>,
}

/// Why a value differs from what is written; the text as it is written is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Letters of the other script that look the same.
    LookAlike(String),
    /// A slip in the domain of an address.
    Domain(String),
    /// A zero at the beginning was lost, as spreadsheets lose it.
    LostZero(String),
}

/// Something that was meant to be a value and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// As it is written.
    pub written: String,
    /// Which field, and the rule that it breaks.
    pub why: FieldError,
}

/// A message that is one value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the value of its type")]
pub enum Bare {
    Inn(Inn),
    Email(Email),
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

impl<T> Found<T> {
    /// The value that was taken.
    pub fn taken(&self) -> Option<&T> {
        match self {
            Self::Taken(value) => Some(value),
            _ => None,
        }
    }

    /// What there is to choose from; empty unless asked.
    pub fn choices(&self) -> &[Choice<T>] {
        match self {
            Self::Asked(choices) => choices,
            _ => &[],
        }
    }

    /// Whether there is neither a value nor a choice.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// The value if it is certain, else the question; nothing where there is no choice.
    fn from_choices(choices: Vec<Choice<T>>, certain: bool) -> Self {
        match <[Choice<T>; 1]>::try_from(choices) {
            Ok([Choice { value, doubt: None }]) if certain => Self::Taken(value),
            Ok(one) => Self::Asked(one.into()),
            Err(none) if none.is_empty() => Self::Nothing,
            Err(several) => Self::Asked(several),
        }
    }
}

impl Requisites {
    /// The fields that something was found for, taken or asked.
    pub fn fields(&self) -> Vec<Field> {
        let any = |found: fn(&Party) -> bool| self.parties.iter().any(found);
        let found = [
            (Field::Inn, any(|party| !party.inn.is_nothing())),
            (Field::Kpp, any(|party| !party.kpp.is_nothing())),
            (Field::Name, any(|party| !party.name.is_nothing())),
            (Field::Email, !self.email.is_nothing()),
        ];
        found.into_iter().filter(|(_, found)| *found).map(|(field, _)| field).collect()
    }

    /// Whether there is nothing in it, not even a remark.
    pub fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.email.is_nothing() && self.remarks.is_empty()
    }
}
