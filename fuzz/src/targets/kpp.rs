//! КПП as people type it: what is taken has the shape of one and stands in the text, what has the
//! shape is taken.

use requisites::{Kpp, KppError};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Kpp::parse(&text) {
        Ok(kpp) => {
            assert!(is_kpp(kpp.as_str()));
            assert_eq!(kpp.has_letters(), kpp.as_str().contains(|c: char| !c.is_ascii_digit()));
            assert_eq!(Kpp::parse(kpp.as_str()).as_ref(), Ok(&kpp));
            assert_eq!(Kpp::parse(&kpp.as_str().to_lowercase()).as_ref(), Ok(&kpp));
            let signs = text.chars().filter(char::is_ascii_alphanumeric);
            let signs: String = signs.map(|c| c.to_ascii_uppercase()).collect();
            assert!(signs.ends_with(kpp.as_str()), "no sign is lost or made up");
            let json = serde_json::to_string(&kpp).unwrap();
            assert_eq!(serde_json::from_str::<Kpp>(&json).unwrap(), kpp);
        }
        Err(KppError::Length(length)) => assert_ne!(length, 9),
        Err(KppError::Shape) => assert!(!is_kpp(&text)),
    }
    if is_kpp(&text.to_ascii_uppercase()) {
        assert!(Kpp::parse(&text).is_ok());
    }
}

fn is_kpp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 9
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..6].iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && bytes[6..].iter().all(u8::is_ascii_digit)
}
