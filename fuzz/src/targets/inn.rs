//! ИНН as people type it: what is taken is one by an independent count of its check digits and
//! stands in the text; what is refused is refused for the reason that is named.

use requisites::{Inn, InnError, Kpp};

use super::super::tax;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    alone(&text, &digits);
    with_kpp(&text, &digits);
    without_zero(&text);
    for length in [9, 10] {
        if let Some(head) = bytes.get(..length) {
            made(&tax::completed(head));
        }
    }
}

fn alone(text: &str, digits: &str) {
    match Inn::parse(text) {
        Ok(inn) => {
            assert!(tax::is_inn(inn.as_str()));
            assert_eq!(inn.as_str(), digits, "no digit is lost or made up");
            assert_eq!(inn.is_organisation(), digits.len() == 10);
            assert_eq!(Inn::parse_with_kpp(text), Ok((inn.clone(), None)));
            let json = serde_json::to_string(&inn).unwrap();
            assert_eq!(serde_json::from_str::<Inn>(&json).unwrap(), inn);
        }
        Err(InnError::Checksum(wrong)) => {
            assert_eq!(wrong, digits);
            assert!(matches!(wrong.len(), 10 | 12) && !tax::is_inn(&wrong));
        }
        Err(InnError::Length(length)) => {
            assert_eq!(length, digits.len());
            assert!(!matches!(length, 10 | 12));
        }
        Err(InnError::Zeros) => assert!(digits.bytes().all(|digit| digit == b'0')),
        Err(InnError::NotDigits) => assert!(text.is_empty() || text != digits),
        Err(InnError::Kpp(_)) => panic!("nobody looked for a КПП"),
    }
}

fn with_kpp(text: &str, digits: &str) {
    let Ok((inn, kpp)) = Inn::parse_with_kpp(text) else { return };
    assert!(tax::is_inn(inn.as_str()));
    let rest = digits.strip_prefix(inn.as_str()).expect("the text begins with its digits");
    match &kpp {
        Some(kpp) => {
            assert!(kpp.as_str().chars().filter(char::is_ascii_digit).eq(rest.chars()));
            let pair = format!("{}/{}", inn.as_str(), kpp.as_str());
            assert_eq!(
                Inn::parse_with_kpp(&pair),
                Ok((inn, Some(Kpp::parse(kpp.as_str()).unwrap())))
            );
        }
        None => assert!(matches!(rest, "" | "0"), "a КПП was dropped: {text}"),
    }
}

fn without_zero(text: &str) {
    let Some(inn) = Inn::parse_without_zero(text) else { return };
    assert!(tax::is_inn(inn.as_str()) && inn.as_str().starts_with('0'));
    assert_eq!(Inn::parse(text), Err(InnError::Length(inn.as_str().len() - 1)));
}

/// One that is right is taken; with another last digit it is not.
fn made(right: &str) {
    assert_eq!(Inn::parse(right).map(String::from), Ok(right.to_owned()));
    let (head, last) = right.split_at(right.len() - 1);
    let wrong = format!("{head}{}", (last.parse::<u8>().unwrap() + 1) % 10);
    assert_eq!(Inn::parse(&wrong), Err(InnError::Checksum(wrong)));
}
