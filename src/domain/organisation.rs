//! What a directory knows of an organisation, and why it may not say.

use jiff::civil::Date;
use requisites::{CompanyName, Inn, Kpp, is_same_name};
use serde::{Deserialize, Serialize};

/// Values that the directory lacks or that break a rule are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    pub inn: Inn,
    pub short_name: Option<CompanyName>,
    pub full_name: Option<CompanyName>,
    pub kpp: Option<Kpp>,
    /// Never kept for an ИП: it is where a person lives.
    pub address: Option<String>,
    pub status: Option<RegistryStatus>,
    pub ended: Option<Date>,
    /// The day for which all this is said.
    pub as_of: Option<Date>,
    /// Open branches with a КПП of their own.
    pub branches: Vec<Branch>,
    pub more_branches: bool,
    pub source: Source,
}

impl Organisation {
    pub fn name(&self) -> Option<&CompanyName> {
        self.short_name.as_ref().or(self.full_name.as_ref())
    }

    pub fn name_of(&self, kpp: Option<&Kpp>) -> Option<&CompanyName> {
        let branch = kpp.and_then(|kpp| self.branch(kpp));
        branch.and_then(|branch| branch.name.as_ref()).or(self.name())
    }

    pub fn branch(&self, kpp: &Kpp) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.kpp == *kpp)
    }

    pub fn has_kpp(&self, kpp: &Kpp) -> bool {
        self.kpp.as_ref() == Some(kpp) || self.branch(kpp).is_some()
    }

    /// The КПП to choose from, the head's first; empty without branches.
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

    pub fn names(&self) -> impl Iterator<Item = &CompanyName> {
        let branches = self.branches.iter().filter_map(|branch| branch.name.as_ref());
        self.short_name.iter().chain(&self.full_name).chain(branches)
    }

    pub fn is_called(&self, name: &CompanyName) -> bool {
        self.names().any(|known| is_same_name(known.as_str(), name.as_str()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub kpp: Kpp,
    pub name: Option<CompanyName>,
    pub address: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistryStatus {
    Active,
    Liquidating,
    Liquidated,
    Bankrupt,
    Reorganising,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Invoicebox,
    DaData,
}

impl Source {
    pub fn slug(self) -> &'static str {
        match self {
            Self::Invoicebox => "invoicebox",
            Self::DaData => "dadata",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    Found(Box<Organisation>),
    NotFound,
    Unavailable(Unavailable),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftLookup {
    pub inn: Inn,
    pub result: Lookup,
    /// The person types instead of taking what was found.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unavailable {
    #[error("timeout")]
    Timeout,
    /// By its own word, or by the limit that we keep.
    #[error("over quota")]
    OverQuota,
    /// DaData says the same when the quota of the day is used up.
    #[error("wrong key")]
    WrongKey,
    #[error("down")]
    Down,
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
