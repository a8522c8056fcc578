//! КПП, the code of the reason for registration with a tax office.

use serde::{Deserialize, Serialize};

use crate::value_text::{strip_code_label, tidy};

/// 4 digits of the tax office, 2 digits or capital Latin letters of the reason, 3 of the serial
/// number; no check digit.
///
/// Source: ФНС order ЕД-7-14/559@ of 26.06.2025 (structure unchanged since 2012). One ИНН may have
/// many КПП, and the first four digits need not be those of the ИНН.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kpp(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KppError {
    #[error("has {0} characters, not 9")]
    Length(usize),
    #[error("is not 4 digits, 2 digits or Latin letters, 3 digits")]
    Shape,
}

impl Kpp {
    /// Reads a КПП with or without its label, in either case, with spaces anywhere.
    pub fn parse(text: &str) -> Result<Self, KppError> {
        let text = tidy(text);
        let code: String = strip_code_label(&text, &["КПП", "KPP"])
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let length = code.chars().count();
        if length != 9 {
            return Err(KppError::Length(length));
        }
        let fits = |(place, c): (usize, char)| {
            c.is_ascii_digit() || (matches!(place, 4 | 5) && c.is_ascii_uppercase())
        };
        if code.chars().enumerate().all(fits) { Ok(Self(code)) } else { Err(KppError::Shape) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tax service allows letters; Saby's page on a sibling method calls them incorrect.
    pub fn has_letters(&self) -> bool {
        self.0.bytes().any(|b| b.is_ascii_alphabetic())
    }
}

impl TryFrom<String> for Kpp {
    type Error = KppError;

    fn try_from(text: String) -> Result<Self, KppError> {
        Self::parse(&text)
    }
}

impl From<Kpp> for String {
    fn from(kpp: Kpp) -> Self {
        kpp.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn input_is_forgiving() {
        for (text, kpp) in [
            ("121501001", "121501001"),
            ("кпп 1215 01 001", "121501001"),
            ("КПП:\u{a0}773601001", "773601001"),
            ("1215ab001", "1215AB001"),
        ] {
            assert_eq!(Kpp::parse(text).unwrap().as_str(), kpp, "{text}");
        }
        let has_letters = |text: &str| Kpp::parse(text).unwrap().has_letters();
        assert!(has_letters("1215ab001") && !has_letters("121501001"));
    }

    #[test]
    fn errors_say_which_rule_failed() {
        assert_eq!(Kpp::parse("12150100"), Err(KppError::Length(8)));
        assert_eq!(Kpp::parse(""), Err(KppError::Length(0)));
        assert_eq!(Kpp::parse("A21501001"), Err(KppError::Shape));
        assert_eq!(Kpp::parse("12150100Z"), Err(KppError::Shape));
        assert_eq!(Kpp::parse("1215АВ001"), Err(KppError::Shape), "Cyrillic letters");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,20}|[0-9A-Za-z ]{7,12}") {
            if let Ok(kpp) = Kpp::parse(&text) {
                prop_assert_eq!(Kpp::parse(kpp.as_str()), Ok(kpp.clone()));
            }
        }
    }
}
