//! ИНН, the taxpayer's number.

use serde::{Deserialize, Serialize};

use crate::kpp::{Kpp, KppError};
use crate::value_text::{strip_code_label, tidy};

/// 10 digits of an organisation or 12 of a person, with right check digits.
///
/// Source: ФНС order ЕД-7-14/559@ of 26.06.2025; check digits unchanged since ММВ-7-6/435@ of 2012.
/// All zeros satisfy the formula and are refused, as Saby's own billing refuses them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Inn(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InnError {
    #[error("has characters other than digits")]
    NotDigits,
    #[error("has {0} digits, not 10 or 12")]
    Length(usize),
    #[error("is all zeros")]
    Zeros,
    #[error("fails its checksum")]
    Checksum(String),
    /// The КПП beside the ИНН is wrong.
    #[error("the КПП beside it {0}")]
    Kpp(KppError),
}

impl Inn {
    /// Reads an ИНН with or without its label, with spaces anywhere.
    pub fn parse(text: &str) -> Result<Self, InnError> {
        let text = tidy(text);
        let digits: String = strip_code_label(&text, &["ИНН", "INN"])
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InnError::NotDigits);
        }
        if !matches!(digits.len(), 10 | 12) {
            return Err(InnError::Length(digits.len()));
        }
        if digits.bytes().all(|b| b == b'0') {
            return Err(InnError::Zeros);
        }
        if !checks(&digits) {
            return Err(InnError::Checksum(digits));
        }
        Ok(Self(digits))
    }

    /// Reads `1215107651/121501001`, «ИНН 1215107651 КПП 121501001», or an ИНН alone.
    pub fn parse_with_kpp(text: &str) -> Result<(Self, Option<Kpp>), InnError> {
        let text = tidy(text).to_uppercase();
        let text = text.replace(" /", "/").replace("/ ", "/");
        let bare = text.replace("ИНН/КПП", "");
        let bare = bare.trim_start_matches([' ', ':']);
        let parts = bare.split_once('/').or_else(|| bare.split_once("КПП")).or_else(|| {
            bare.rsplit_once(' ').filter(|(inn, kpp)| {
                kpp.chars().count() == 9 && Inn::parse(inn).is_ok() && Kpp::parse(kpp).is_ok()
            })
        });
        let Some((inn, kpp)) = parts else {
            return Ok((Inn::parse(bare)?, None));
        };
        let inn = Inn::parse(inn.trim_matches([' ', ',', ';']))?;
        let kpp = kpp.trim_matches([' ', ':', ',', ';', '.']);
        match kpp {
            "" | "-" | "—" | "0" | "НЕТ" => Ok((inn, None)),
            _ => Ok((inn, Some(Kpp::parse(kpp).map_err(InnError::Kpp)?))),
        }
    }

    pub fn parse_without_zero(text: &str) -> Option<Self> {
        let text = tidy(text);
        let digits = strip_code_label(&text, &["ИНН", "INN"]).replace(' ', "");
        matches!(digits.len(), 9 | 11).then(|| Self::parse(&format!("0{digits}")).ok()).flatten()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only organisations have a КПП; an ИП has none.
    pub fn is_organisation(&self) -> bool {
        self.0.len() == 10
    }
}

/// The check digit is the weighted sum of the digits before it, modulo 11, modulo 10; 12 digits
/// have two of them.
fn checks(digits: &str) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let digits: Vec<u32> = digits.bytes().map(|b| u32::from(b - b'0')).collect();
    let fits = |place: usize| {
        let weights = WEIGHTS.iter().skip(WEIGHTS.len() - place);
        let sum: u32 = weights.zip(&digits).map(|(weight, digit)| weight * digit).sum();
        digits.get(place) == Some(&(sum % 11 % 10))
    };
    if digits.len() == 10 { fits(9) } else { fits(10) && fits(11) }
}

impl TryFrom<String> for Inn {
    type Error = InnError;

    fn try_from(text: String) -> Result<Self, InnError> {
        Self::parse(&text)
    }
}

impl From<Inn> for String {
    fn from(inn: Inn) -> Self {
        inn.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_numbers_are_accepted() {
        for inn in [
            "1215107651",
            "7707083893",
            "7736050003",
            "7605016030",
            "7707049388",
            "7708503727",
            "7706107510",
            "7736207543",
            "7740000076",
            "7719402047",
            "6449058159",
            "7820331115",
            "2323232323",
            "7701234560",
            "1234567894",
            "7810000001",
            "5949000003",
            "3257000008",
            "0816000005",
            "7700000070",
            "500100732259",
            "631919298912",
            "366220664163",
            "123456789047",
            "770000000300",
            "770000000220",
        ] {
            assert_eq!(Inn::parse(inn).map(String::from), Ok(inn.to_owned()));
        }
    }

    #[test]
    fn slips_are_refused_by_the_checksum() {
        for inn in ["7707083894", "1234567895", "5433198765", "9909001999", "123456789037"] {
            assert_eq!(Inn::parse(inn), Err(InnError::Checksum(inn.to_owned())));
        }
        // Of twelve digits two are check digits, and one right one is not enough.
        for inn in ["500100732258", "500100732241"] {
            assert_eq!(Inn::parse(inn), Err(InnError::Checksum(inn.to_owned())));
        }
    }

    #[test]
    fn zeros_satisfy_the_formula_and_are_refused() {
        assert_eq!(Inn::parse("0000000000"), Err(InnError::Zeros));
        assert_eq!(Inn::parse("000000000000"), Err(InnError::Zeros));
    }

    #[test]
    fn input_is_forgiving() {
        for text in
            ["ИНН 1215107651", "инн: 121 510\u{a0}7651", " INN1215107651\n", "ИНН № 1215107651"]
        {
            assert_eq!(Inn::parse(text).unwrap().as_str(), "1215107651", "{text}");
        }
        assert_eq!(Inn::parse("121510765"), Err(InnError::Length(9)));
        assert_eq!(Inn::parse("Чайка"), Err(InnError::NotDigits));
        assert_eq!(Inn::parse("١٢١٥١٠٧٦٥١"), Err(InnError::NotDigits));
        assert_eq!(Inn::parse(""), Err(InnError::NotDigits));
    }

    #[test]
    fn a_lost_zero_is_noticed_only_when_the_checksum_holds() {
        let lost = |text: &str| Inn::parse_without_zero(text).map(String::from);
        assert_eq!(lost("ИНН 816 000 005"), Some("0816000005".to_owned()));
        for text in ["816000006", "1215107651", "81600000", "", "81600000а"] {
            assert_eq!(lost(text), None, "{text}");
        }
    }

    #[test]
    fn a_kpp_may_stand_beside_it() {
        let pair = |text: &str| {
            let (inn, kpp) = Inn::parse_with_kpp(text).unwrap();
            format!("{} {}", inn.as_str(), kpp.map(String::from).unwrap_or_default())
        };
        assert_eq!(pair("1215107651/121501001"), "1215107651 121501001");
        assert_eq!(pair("ИНН/КПП: 1215107651 / 121501001"), "1215107651 121501001");
        assert_eq!(pair("ИНН / КПП 1215107651 / 121501001"), "1215107651 121501001");
        assert_eq!(pair("ИНН 1215107651, КПП 121501001"), "1215107651 121501001");
        assert_eq!(pair("ИНН: 121 510 7651\nКПП: 1215 01 001"), "1215107651 121501001");
        assert_eq!(pair("1215107651 1215ab001"), "1215107651 1215AB001");
        assert_eq!(pair("121 510 7651"), "1215107651 ");
        assert_eq!(pair("500100732259 / -"), "500100732259 ");
        // Two numbers side by side are a pair when both are right, else one that is wrong.
        assert_eq!(Inn::parse_with_kpp("12151 121501001"), Err(InnError::Length(14)));
        assert_eq!(Inn::parse_with_kpp("1215107651 12150100А"), Err(InnError::NotDigits));
        assert_eq!(
            Inn::parse_with_kpp("1215107651/12150100"),
            Err(InnError::Kpp(KppError::Length(8)))
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_it_takes_is_in_the_text(text in "\\PC{0,40}|[0-9 /ИНКП:\u{a0}]{0,40}") {
            if let Ok((inn, _)) = Inn::parse_with_kpp(&text) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert!(digits.contains(inn.as_str()));
            }
            if let Ok(inn) = Inn::parse(&text) {
                prop_assert_eq!(Inn::parse(inn.as_str()), Ok(inn.clone()));
            }
        }

        #[test]
        fn one_wrong_digit_of_ten_is_always_noticed_unless_the_remainder_is_ten(
            head in "[1-9][0-9]{8}", place in 0usize..9, by in 1u8..10
        ) {
            let valid = (b'0'..=b'9').map(|d| format!("{head}{}", d as char)).find(|t| Inn::parse(t).is_ok()).unwrap();
            let mut slip = valid.into_bytes();
            let sum = |d: &[u8]| d.iter().zip([2u32, 4, 10, 3, 5, 9, 4, 6, 8]).map(|(b, w)| w * u32::from(b - b'0')).sum::<u32>() % 11;
            let before = sum(&slip);
            slip[place] = b'0' + (slip[place] - b'0' + by) % 10;
            prop_assume!(before != 10 && sum(&slip) != 10);
            prop_assert!(Inn::parse(&String::from_utf8(slip).unwrap()).is_err());
        }
    }
}
