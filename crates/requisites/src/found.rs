//! What stands in a message: values, choices, and what was meant to be a value and is none.

use serde::{Deserialize, Serialize};

use crate::email::{Email, EmailError};
use crate::inn::{Inn, InnError};
use crate::kpp::{Kpp, KppError};
use crate::name::CompanyName;

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
    /// The rule that it breaks.
    pub why: ValueError,
}

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each wraps the error of the type with its name")]
pub enum ValueError {
    #[error("the ИНН {0}")]
    Inn(#[from] InnError),
    #[error("the КПП {0}")]
    Kpp(#[from] KppError),
    #[error("the e-mail {0}")]
    Email(#[from] EmailError),
}

/// A message that is one value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the value of its type")]
pub enum Bare {
    Inn(Inn),
    Email(Email),
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
    pub(crate) fn from_choices(choices: Vec<Choice<T>>, certain: bool) -> Self {
        match <[Choice<T>; 1]>::try_from(choices) {
            Ok([Choice { value, doubt: None }]) if certain => Self::Taken(value),
            Ok(one) => Self::Asked(one.into()),
            Err(none) if none.is_empty() => Self::Nothing,
            Err(several) => Self::Asked(several),
        }
    }
}

impl Requisites {
    /// Whether there is nothing in it, not even a remark.
    pub fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.email.is_nothing() && self.remarks.is_empty()
    }
}
