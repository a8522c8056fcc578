//! The result: certain values, choices, and invalid values.

use serde::{Deserialize, Serialize};

use crate::email::{Email, EmailError};
use crate::inn::{Inn, InnError};
use crate::kpp::{Kpp, KppError};
use crate::name::CompanyName;

/// Office codes are never read from text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requisites {
    pub parties: Vec<PartyRequisites>,
    /// With several organisations it is certain only if it is said to be of all of them.
    pub email: Finding<Email>,
    pub invalid: Vec<InvalidValue>,
    /// Set if the message is one value and nothing else.
    pub single_value: Option<SingleValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRequisites {
    pub inn: Finding<Inn>,
    /// Never set beside an ИНН of 12 digits.
    pub kpp: Finding<Kpp>,
    pub name: Finding<CompanyName>,
    /// Only where each of several organisations has its own.
    #[serde(default, skip_serializing_if = "Finding::is_missing")]
    pub email: Finding<Email>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding<T> {
    #[default]
    Missing,
    /// Taken without a question.
    Certain(T),
    /// A person decides; never empty, and one choice is a question too.
    Uncertain(Vec<Choice<T>>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<T> {
    pub value: T,
    pub correction: Option<Correction>,
}

/// What was changed to get the value, with the text as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    LookAlike(String),
    Domain(String),
    /// Spreadsheets drop a leading zero.
    LostZero(String),
}

/// What was meant to be a value and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    pub written: String,
    pub error: ValueError,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("the ИНН {0}")]
    Inn(#[from] InnError),
    #[error("the КПП {0}")]
    Kpp(#[from] KppError),
    #[error("the e-mail {0}")]
    Email(#[from] EmailError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SingleValue {
    Inn(Inn),
    Email(Email),
}

impl<T> Choice<T> {
    pub(crate) fn as_written(value: T) -> Self {
        Self { value, correction: None }
    }
}

impl InvalidValue {
    pub(crate) fn new(written: &str, error: impl Into<ValueError>) -> Self {
        Self { written: written.to_owned(), error: error.into() }
    }
}

impl<T> Finding<T> {
    pub fn certain(&self) -> Option<&T> {
        match self {
            Self::Certain(value) => Some(value),
            _ => None,
        }
    }

    pub fn choices(&self) -> &[Choice<T>] {
        match self {
            Self::Uncertain(choices) => choices,
            _ => &[],
        }
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    pub(crate) fn uncertain(choices: Vec<Choice<T>>) -> Self {
        if choices.is_empty() { Self::Missing } else { Self::Uncertain(choices) }
    }

    /// Certain if it is, by its context, and if there is one choice, as written.
    pub(crate) fn certain_if(context: bool, choices: Vec<Choice<T>>) -> Self {
        match <[Choice<T>; 1]>::try_from(choices) {
            Ok([Choice { value, correction: None }]) if context => Self::Certain(value),
            Ok(one) => Self::Uncertain(one.into()),
            Err(other) => Self::uncertain(other),
        }
    }
}

impl Requisites {
    pub fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.email.is_missing() && self.invalid.is_empty()
    }
}
