//! Office codes as people type them: what is taken are four or five digits of the text.

use invite_bot::domain::OfficeCode;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_code =
        |text: &str| matches!(text.len(), 4 | 5) && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Ok(code) = OfficeCode::parse(&text) {
        assert!(is_code(code.as_str()));
        assert_eq!(code.as_str(), digits, "no digit is lost or made up");
        assert_eq!(OfficeCode::parse(code.as_str()).as_ref(), Ok(&code));
        let json = serde_json::to_string(&code).unwrap();
        assert_eq!(serde_json::from_str::<OfficeCode>(&json).unwrap(), code);
    }
    if is_code(&text) {
        assert!(OfficeCode::parse(&text).is_ok());
    }
}
