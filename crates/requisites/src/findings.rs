//! The result: values, choices, and what was meant to be a value and is none.

use serde::{Deserialize, Serialize};

use crate::email::{Email, EmailError};
use crate::inn::{Inn, InnError};
use crate::kpp::{Kpp, KppError};
use crate::name::CompanyName;

/// Office codes are never read from text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requisites {
    pub parties: Vec<Party>,
    /// With several organisations it is always asked, because it belongs to one of them.
    pub email: Found<Email>,
    /// What was meant to be a value and is none.
    pub remarks: Vec<Remark>,
    /// Set if the message is one value and nothing else.
    pub bare: Option<Bare>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub inn: Found<Inn>,
    /// Never set beside an ИНН of 12 digits.
    pub kpp: Found<Kpp>,
    pub name: Found<CompanyName>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found<T> {
    #[default]
    Nothing,
    Taken(T),
    /// A person decides; never empty, and one choice is a question too.
    Asked(Vec<Choice<T>>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<T> {
    pub value: T,
    /// What was changed to get the value; `None` if it is as written.
    pub doubt: Option<Doubt>,
}

/// Why a value differs from the text, which is given as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    LookAlike(String),
    Domain(String),
    /// Spreadsheets drop a leading zero.
    LostZero(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub written: String,
    pub why: ValueError,
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
pub enum Bare {
    Inn(Inn),
    Email(Email),
}

impl<T> Found<T> {
    pub fn taken(&self) -> Option<&T> {
        match self {
            Self::Taken(value) => Some(value),
            _ => None,
        }
    }

    pub fn choices(&self) -> &[Choice<T>] {
        match self {
            Self::Asked(choices) => choices,
            _ => &[],
        }
    }

    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

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
    pub fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.email.is_nothing() && self.remarks.is_empty()
    }
}
