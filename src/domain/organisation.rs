//! What a directory knows of an organisation, and why it may not say.

use jiff::civil::Date;
use requisites::{CompanyName, Inn, Kpp, is_same_name};
use serde::{Deserialize, Serialize};

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

impl Organisation {
    /// What it is called: short if there is a short name.
    pub fn name(&self) -> Option<&CompanyName> {
        self.short_name.as_ref().or(self.full_name.as_ref())
    }

    /// What that part of it is called to which a КПП belongs.
    pub fn name_of(&self, kpp: Option<&Kpp>) -> Option<&CompanyName> {
        let branch = kpp.and_then(|kpp| self.branch(kpp));
        branch.and_then(|branch| branch.name.as_ref()).or(self.name())
    }

    /// The branch with this КПП.
    pub fn branch(&self, kpp: &Kpp) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.kpp == *kpp)
    }

    /// Whether it, or a branch that is listed, has this КПП.
    pub fn has_kpp(&self, kpp: &Kpp) -> bool {
        self.kpp.as_ref() == Some(kpp) || self.branch(kpp).is_some()
    }

    /// Its КПП to choose from, the head's first, once each: none, unless there are branches.
    pub fn kpps(&self) -> Vec<&Kpp> {
        let branches = self.branches.iter().map(|branch| &branch.kpp);
        let mut kpps: Vec<&Kpp> = Vec::new();
        for kpp in self.kpp.iter().chain(branches) {
            if !kpps.contains(&kpp) {
                kpps.push(kpp);
            }
        }
        if self.branches.is_empty() || !self.inn.is_organisation() { Vec::new() } else { kpps }
    }

    /// Every name of it and of its branches.
    pub fn names(&self) -> impl Iterator<Item = &CompanyName> {
        let branches = self.branches.iter().filter_map(|branch| branch.name.as_ref());
        self.short_name.iter().chain(&self.full_name).chain(branches)
    }

    /// Whether a name that somebody wrote is one of its names, whatever the quotes, the case and
    /// the way in which the legal form is written.
    pub fn is_called(&self, name: &CompanyName) -> bool {
        self.names().any(|known| is_same_name(known.as_str(), name.as_str()))
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// It is known.
    Found(Box<Organisation>),
    /// The directory answered, and has no such ИНН.
    NotFound,
    /// Nobody answered.
    Unavailable(Unavailable),
}

/// What a look-up came to for the ИНН of a draft, and what the person makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// The number that was looked up.
    pub inn: Inn,
    /// What came of it.
    pub lookup: Lookup,
    /// The person would rather type than take what was found, or types what was not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// Why a directory did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn called(name: &str) -> Organisation {
        Organisation {
            inn: Inn::parse("1215107651").unwrap(),
            short_name: Some(CompanyName::parse(name).unwrap()),
            full_name: None,
            kpp: None,
            address: None,
            status: None,
            ended: None,
            as_of: None,
            branches: vec![],
            more_branches: false,
            source: Source::DaData,
        }
    }

    #[test]
    fn each_source_has_a_name_of_its_own() {
        assert_eq!(
            [Source::Invoicebox, Source::DaData].map(Source::slug),
            ["invoicebox", "dadata"]
        );
    }

    #[test]
    fn the_way_a_name_is_written_makes_no_difference() {
        let is =
            |known: &str, typed: &str| called(known).is_called(&CompanyName::parse(typed).unwrap());
        for typed in [
            "ООО «Ромашка»",
            "Ромашка",
            "РОМАШКА, ооо",
            "Общество с ограниченной ответственностью \"Ромашка\"",
        ] {
            assert!(is("ООО \"РОМАШКА\"", typed), "{typed}");
        }
        assert!(is("ООО \"ПЧЁЛКА\"", "Пчелка"));
        for typed in ["ООО «Ромашка Плюс»", "АО «Ромашка»", "Василёк", "ООО"]
        {
            assert!(!is("ООО \"РОМАШКА\"", typed), "{typed}");
        }
    }
}
