//! What a directory knows of an organisation, and why it may not say.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::inn::Inn;
use super::kpp::Kpp;
use super::name::CompanyName;

/// An organisation, or an ИП, as one directory knows it. Whatever the directory does not say, or
/// says in a way that breaks the rules of the value, is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// The number that was asked for; [`Inn::is_organisation`] tells a legal entity from an ИП.
    pub inn: Inn,
    /// The short name with the legal form.
    pub short_name: Option<CompanyName>,
    /// The full name with the legal form.
    pub full_name: Option<CompanyName>,
    /// The КПП of the head organisation. An ИП has none.
    pub kpp: Option<Kpp>,
    /// The registered address. Of an ИП it is where a person lives, and is not kept.
    pub address: Option<String>,
    /// How it stands; `None` when the directory does not know.
    pub status: Option<Status>,
    /// When it ceased to be.
    pub ended: Option<Date>,
    /// The day for which the directory says all this.
    pub as_of: Option<Date>,
    /// Its branches that have a КПП of their own and are not closed.
    pub branches: Vec<Branch>,
    /// There are more branches than are listed.
    pub more_branches: bool,
    /// Who says so.
    pub source: Source,
}

/// A branch: the same ИНН with another КПП.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its КПП.
    pub kpp: Kpp,
    /// Its name.
    pub name: Option<CompanyName>,
    /// Its address.
    pub address: Option<String>,
}

/// How an organisation stands in the state register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It works.
    Active,
    /// It is being liquidated.
    Liquidating,
    /// It is no more.
    Liquidated,
    /// It is bankrupt.
    Bankrupt,
    /// It is being merged into another one.
    Reorganising,
}

/// A directory of organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The counterparties of Invoicebox; it knows neither state nor branches.
    Invoicebox,
    /// DaData, made of the state register.
    DaData,
}

impl Source {
    /// Its name in the database and in the log.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Invoicebox => "invoicebox",
            Self::DaData => "dadata",
        }
    }
}

/// What a look-up came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is known.
    Found(Box<Organisation>),
    /// The directory answered, and has no such ИНН.
    NotFound,
    /// Nobody answered.
    Unavailable(Unavailable),
}

/// Why a directory did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Not in time.
    #[error("timeout")]
    Timeout,
    /// It was asked too often: by its own word, or by the limit that we keep.
    #[error("over quota")]
    OverQuota,
    /// It does not take the key. DaData says the same when the quota of the day is used up.
    #[error("wrong key")]
    WrongKey,
    /// It cannot be reached, fails, or answers what nobody can read.
    #[error("down")]
    Down,
    /// No directory is switched on.
    #[error("off")]
    Off,
}
