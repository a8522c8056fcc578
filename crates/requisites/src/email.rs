//! The address an invitation goes to.

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use crate::value_text::{strip_label, tidy};

/// RFC 5321 without quotes, comments and literal addresses; an ASCII local part, a domain in lower
/// case with a top level of two letters or more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("has no @")]
    NoAt,
    #[error("is more than one address")]
    Several,
    #[error("has {0} characters, more than 100")]
    Long(usize),
    /// No provider documents whether it takes these.
    #[error("has other than Latin letters before the @")]
    Foreign,
    #[error("has a space inside")]
    Space,
    #[error("is not an address")]
    Malformed,
}

const LABELS: [&str; 6] = ["e-mail", "email", "mail", "почта", "эл. почта", "mailto"];

impl Email {
    /// Invoicebox documents `identifier` as string(100); Saby documents no limit.
    pub const MAX: usize = 100;

    /// Reads an address with a label, `mailto:`, angle brackets or a comma around it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = tidy(text);
        let text = strip_label(&text, &LABELS);
        let text = match (text.find('<'), text.strip_suffix('>')) {
            (Some(_), Some(inner)) => inner.rsplit('<').next().unwrap_or(inner),
            _ => text,
        };
        let text = strip_label(text, &LABELS);
        // A `mailto:` link may carry parameters.
        let text = text.split('?').next().unwrap_or(text).trim_matches([' ', ',', ';']);
        match text.matches('@').count() {
            0 => return Err(EmailError::NoAt),
            1 => {}
            _ => return Err(EmailError::Several),
        }
        if text.contains(' ') {
            return Err(EmailError::Space);
        }
        let length = text.chars().count();
        if length > Self::MAX {
            return Err(EmailError::Long(length));
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::NoAt)?;
        if !local.is_ascii() {
            return Err(EmailError::Foreign);
        }
        let address = format!("{local}@{}", domain.to_lowercase());
        let options =
            Options::default().with_required_tld().without_domain_literal().without_display_text();
        let top = domain.rsplit('.').next().unwrap_or_default();
        // A stored address is parsed again, which would drop a label.
        let plain = strip_label(&address, &LABELS) == address
            && domain.split('.').all(is_label)
            && !local.contains('"')
            && top.chars().count() >= 2
            && top.chars().any(char::is_alphabetic)
            && address.chars().count() <= Self::MAX;
        if plain && EmailAddress::parse_with_options(&address, options).is_ok() {
            Ok(Self(address))
        } else {
            Err(EmailError::Malformed)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with its domain in punycode or, if it is in punycode, decoded; `None` if both
    /// are the same. Only punycode gives a look-alike away.
    pub fn other_form(&self) -> Option<String> {
        let (local, domain) = self.0.split_once('@')?;
        let other = match domain.is_ascii() {
            true => decoded(domain),
            false => Some(encoded(domain)).filter(|other| other != domain),
        };
        other.map(|other| format!("{local}@{other}"))
    }

    /// Equal for all spellings of one mailbox: lower case, the domain in punycode.
    pub fn key(&self) -> String {
        match self.0.split_once('@') {
            Some((local, domain)) => format!("{}@{}", local.to_lowercase(), encoded(domain)),
            None => self.0.to_lowercase(),
        }
    }
}

fn encoded(domain: &str) -> String {
    let encoded = url::quirks::domain_to_ascii(domain);
    if encoded.is_empty() { domain.to_lowercase() } else { encoded }
}

/// The domain out of punycode; `None` if it is not in punycode.
pub fn decoded(domain: &str) -> Option<String> {
    let decoded = url::quirks::domain_to_unicode(domain);
    (!decoded.is_empty() && decoded != domain).then_some(decoded)
}

/// `email_address` takes any sign here that may stand before the `@`.
fn is_label(label: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii();
    !label.starts_with('-') && !label.ends_with('-') && label.chars().all(fits)
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn input_is_forgiving() {
        for (text, address) in [
            ("iam@mail.ru", "iam@mail.ru"),
            (" IAM@Mail.RU ", "IAM@mail.ru"),
            ("mailto:iam@mail.ru", "iam@mail.ru"),
            ("E-mail: iam@mail.ru,", "iam@mail.ru"),
            ("Детский сад <iam@mail.ru>", "iam@mail.ru"),
            ("<mailto:iam@mail.ru>", "iam@mail.ru"),
            ("mailto:iam@mail.ru?subject=1", "iam@mail.ru"),
            ("email=iam@mail.ru", "iam@mail.ru"),
            ("info@пример.рф", "info@пример.рф"),
            ("info@xn--e1afmkfd.xn--p1ai", "info@xn--e1afmkfd.xn--p1ai"),
        ] {
            let email = Email::parse(text).unwrap();
            assert_eq!(email.as_str(), address, "{text}");
            assert_eq!(String::from(email), address);
        }
    }

    #[test]
    fn errors_say_which_rule_failed() {
        let long = format!("{}@mail.ru", "a".repeat(100));
        for (text, error) in [
            ("mail.ru", EmailError::NoAt),
            ("", EmailError::NoAt),
            ("a@mail.ru, b@mail.ru", EmailError::Several),
            ("почта@mail.ru", EmailError::Foreign),
            ("i am@mail.ru", EmailError::Space),
            (long.as_str(), EmailError::Long(108)),
            ("a@b", EmailError::Malformed),
            ("user@[127.0.0.1]", EmailError::Malformed),
            ("\"xy\"@mail.ru", EmailError::Malformed),
            ("a..b@c.ru", EmailError::Malformed),
            (".a@c.ru", EmailError::Malformed),
            ("a@c.r", EmailError::Malformed),
            ("a@c.11", EmailError::Malformed),
            ("a@mail.ru.", EmailError::Malformed),
            ("a@mail.r=u", EmailError::Malformed),
            ("a@b_c.ru", EmailError::Malformed),
            ("a@-b.ru", EmailError::Malformed),
            ("a@b-.ru", EmailError::Malformed),
            ("mail: email: mail=a@c.ru", EmailError::Malformed),
            (", mailto=a@c.ru", EmailError::Malformed),
        ] {
            assert_eq!(Email::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_mailbox_is_one_in_whatever_case_it_is_written() {
        let key = |text: &str| Email::parse(text).unwrap().key();
        assert_eq!(key("IAM@Mail.RU"), "iam@mail.ru");
        assert_ne!(key("iam@mail.ru"), key("i.am@mail.ru"));
    }

    #[test]
    fn a_mailbox_is_one_in_whatever_letters_its_domain_is_written() {
        let key = |text: &str| Email::parse(text).unwrap().key();
        for one in ["i@пример.рф", "I@ПРИМЕР.рф", "i@xn--e1afmkfd.xn--p1ai", "i@xn--e1afmkfd.рф"]
        {
            assert_eq!(key(one), "i@xn--e1afmkfd.xn--p1ai", "{one}");
        }
        assert_eq!(key("i@раи\u{306}он.рф"), key("i@район.рф"), "composed and decomposed");
        assert_eq!(key("i@ｒomashka.ru"), "i@romashka.ru", "a full-width letter");
        // What IDNA refuses.
        assert_eq!(key("I@xn--zzzzzzzzzzz.ru"), "i@xn--zzzzzzzzzzz.ru");
        assert_eq!(key("I@1א.ru"), "i@1א.ru");
    }

    #[test]
    fn the_limit_is_a_hundred_characters() {
        let domain = format!("{}.{}.ru", "d".repeat(60), "e".repeat(26));
        let address = format!("{}@{domain}", "a".repeat(9));
        assert_eq!(address.chars().count(), 100);
        assert!(Email::parse(&address).is_ok());
        assert_eq!(Email::parse(&format!("a{address}")), Err(EmailError::Long(101)));
    }

    #[test]
    fn a_domain_in_other_letters_has_two_forms() {
        let other = |text: &str| Email::parse(text).unwrap().other_form();
        let (read, coded) = ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai");
        assert_eq!(other(read), Some(coded.to_owned()));
        assert_eq!(other(coded), Some(read.to_owned()));
        assert_eq!(other("iam@mail.ru"), None);
        assert_eq!(other("iam@mаil.ru"), Some("iam@xn--mil-6cd.ru".to_owned()), "a Cyrillic а");
    }

    #[test]
    fn one_mailbox_has_one_key() {
        assert_eq!(
            Email::parse("IAM@mail.ru").unwrap().key(),
            Email::parse("iam@MAIL.ru").unwrap().key()
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,60}|[a-zA-Z0-9.<>: ]{0,9}@[a-zа-я0-9.\\-> ]{0,20}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.as_str().chars().count() <= Email::MAX);
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            }
        }
    }
}
