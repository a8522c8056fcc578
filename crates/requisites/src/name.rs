//! The name of an organisation, as it shall stand in the invitation.

use serde::{Deserialize, Serialize};

use crate::value_text::tidy;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CompanyName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("has no letter")]
    Empty,
    #[error("has {0} characters, more than 255")]
    Long(usize),
}

impl CompanyName {
    /// Saby documents no limit for `НазвПолуч`; ours fits the long names of the state register.
    pub const MAX: usize = 255;

    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = tidy(text);
        if !name.chars().any(char::is_alphanumeric) {
            return Err(NameError::Empty);
        }
        let length = name.chars().count();
        if length > Self::MAX { Err(NameError::Long(length)) } else { Ok(Self(name)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CompanyName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<CompanyName> for String {
    fn from(name: CompanyName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_line_of_limited_length() {
        let name = CompanyName::parse(" ООО\n«Ромашка» ").unwrap();
        assert_eq!(name.as_str(), "ООО «Ромашка»");
        assert_eq!(String::from(name), "ООО «Ромашка»");
        assert_eq!(CompanyName::parse("<b>1 & 2</b>").unwrap().as_str(), "<b>1 & 2</b>");
        assert_eq!(CompanyName::parse(" «» "), Err(NameError::Empty));
        assert!(CompanyName::parse(&"я".repeat(255)).is_ok());
        assert_eq!(CompanyName::parse(&"я".repeat(256)), Err(NameError::Long(256)));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,300}") {
            if let Ok(name) = CompanyName::parse(&text) {
                prop_assert_eq!(CompanyName::parse(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
