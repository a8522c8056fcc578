//! Names of organisations as people paste them: what is taken is one visible line of limited
//! length, made of the words of the text.

use requisites::{CompanyName, NameError, tidy};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let has_letter = tidy(&text).chars().any(char::is_alphanumeric);
    match CompanyName::parse(&text) {
        Ok(name) => {
            let shown = name.as_str();
            assert!((1..=255).contains(&shown.chars().count()) && has_letter);
            assert!(!shown.contains(turns_or_hides), "what cannot be seen");
            assert!(!shown.contains(|c: char| c.is_whitespace() && c != ' '));
            assert!(shown.split(' ').all(|word| !word.is_empty()), "a space too many");
            let letters = |text: &str| -> String {
                text.chars().filter(|&c| !c.is_whitespace() && !turns_or_hides(c)).collect()
            };
            assert_eq!(letters(shown), letters(&text), "no letter is lost or made up");
            assert_eq!(CompanyName::parse(shown).as_ref(), Ok(&name));
            let json = serde_json::to_string(&name).unwrap();
            assert_eq!(serde_json::from_str::<CompanyName>(&json).unwrap(), name);
        }
        Err(NameError::Empty) => assert!(!has_letter),
        Err(NameError::Long(length)) => assert!(length > 255 && length <= text.chars().count()),
    }
}

/// Control characters, and what the standard calls default ignorable among those that are one
/// step from an accident of copying: soft hyphen, zero width, direction, byte order.
fn turns_or_hides(c: char) -> bool {
    const HIDDEN: [char; 11] = [
        '\u{ad}', '\u{61c}', '\u{180e}', '\u{200b}', '\u{200c}', '\u{200e}', '\u{200f}',
        '\u{2060}', '\u{2066}', '\u{2069}', '\u{feff}',
    ];
    (c.is_control() && !c.is_whitespace())
        || HIDDEN.contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{2069}').contains(&c)
}
