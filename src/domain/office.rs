//! The code of a partner's office, to which Saby assigns the client.

use requisites::value_text::{strip_code_label, tidy};
use serde::{Deserialize, Serialize};

/// 4 or 5 digits; text, because of leading zeros.
///
/// Source: `КодПартнера` of `Биллинг.НовоеПриглашение`, «состоящий из 4-х или 5-ти цифр».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeCode(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 4 or 5 digits")]
pub struct OfficeError;

impl OfficeCode {
    /// Reads a code with or without its label, with spaces anywhere.
    pub fn parse(text: &str) -> Result<Self, OfficeError> {
        let text = tidy(text);
        let code: String = strip_code_label(&text, &["код офиса", "офис", "код"])
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        if matches!(code.len(), 4 | 5) && code.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(code))
        } else {
            Err(OfficeError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OfficeCode {
    type Error = OfficeError;

    fn try_from(text: String) -> Result<Self, OfficeError> {
        Self::parse(&text)
    }
}

impl From<OfficeCode> for String {
    fn from(code: OfficeCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn leading_zeros_live() {
        for (text, code) in
            [("7705", "7705"), ("офис 0240", "0240"), ("Код офиса: 77 055", "77055")]
        {
            let read = OfficeCode::parse(text).unwrap();
            assert_eq!(read.as_str(), code, "{text}");
            assert_eq!(String::from(read), code);
        }
        for text in ["", "770", "770512", "77O5", "７７０５"] {
            assert_eq!(OfficeCode::parse(text), Err(OfficeError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,20}|[0-9 ]{3,7}") {
            if let Ok(code) = OfficeCode::parse(&text) {
                prop_assert_eq!(OfficeCode::parse(code.as_str()), Ok(code.clone()));
            }
        }
    }
}
