//! Addresses as people paste them: what is taken is one plain address of the text, which no mail
//! header and no JSON can be broken with.

use requisites::{Email, EmailError, tidy};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Email::parse(&text) {
        Ok(email) => {
            let address = email.as_str();
            let (local, domain) = address.split_once('@').expect("an address has an @");
            plain(local, domain);
            assert!(address.chars().count() <= 100);
            assert!(tidy(&text).to_lowercase().contains(&address.to_lowercase()), "made up");
            assert_eq!(Email::parse(address).as_ref(), Ok(&email));
            let shouted = Email::parse(&format!("{}@{domain}", local.to_uppercase()));
            assert_eq!(shouted.map(|shouted| shouted.key()), Ok(email.key()));
            let json = serde_json::to_string(&email).unwrap();
            assert_eq!(serde_json::from_str::<Email>(&json).unwrap(), email);
        }
        Err(EmailError::NoAt) => assert!(!is_simple(&text)),
        Err(EmailError::Several) => assert!(text.matches('@').count() > 1),
        Err(EmailError::Long(length)) => assert!(length > 100 && length <= text.chars().count()),
        Err(EmailError::Foreign) => assert!(!text.is_ascii()),
        Err(EmailError::Space) => assert!(tidy(&text).contains(' ')),
        Err(EmailError::Malformed) => assert!(!is_simple(&text)),
    }
    if is_simple(&text) && text.len() <= 100 {
        assert!(Email::parse(&text).is_ok());
    }
}

fn plain(local: &str, domain: &str) {
    let in_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    assert!((1..=64).contains(&local.len()) && local.chars().all(in_local), "{local}");
    let in_domain = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || !c.is_ascii();
    assert!(domain.chars().all(in_domain), "{domain}");
    let hides = |c: char| c.is_whitespace() || c.is_control() || c == '\u{202e}' || c == '\u{200b}';
    assert!(!domain.contains(hides), "{domain}");
    assert_eq!(domain, domain.to_lowercase());
    let labels: Vec<&str> = domain.split('.').collect();
    assert!(labels.len() >= 2 && labels.iter().all(|label| !label.is_empty()), "{domain}");
    assert!(
        labels.iter().all(|label| !label.starts_with('-') && !label.ends_with('-')),
        "{domain}"
    );
    assert!(labels.last().is_some_and(|top| top.chars().count() >= 2), "{domain}");
    assert!(local.split('.').all(|atom| !atom.is_empty()), "{local}");
}

/// Letters, digits and single dots; a top level of two letters or more.
fn is_simple(text: &str) -> bool {
    let words = |text: &str| {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
        text.len() <= 60 && text.split('.').all(is_word)
    };
    text.split_once('@').is_some_and(|(local, domain)| {
        let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
        let is_top = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
        words(local) && words(domain) && is_top
    })
}
