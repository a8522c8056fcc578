//! The address an invitation goes to.

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use crate::text::{strip_label, tidy};

/// An e-mail address: RFC 5321 without its curiosities (quotes, comments, literal addresses), at
/// most [`Email::MAX`] characters, a Latin part before the `@`, a domain with a top level of two
/// letters or more. The domain is in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is not an address we send to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no `@`.
    #[error("has no @")]
    NoAt,
    /// There is more than one address.
    #[error("is more than one address")]
    Several,
    /// It is longer than [`Email::MAX`]; its length in characters is given.
    #[error("has {0} characters, more than 100")]
    Long(usize),
    /// The part before the `@` has letters that are not Latin; whether a provider takes them
    /// nobody documents.
    #[error("has other than Latin letters before the @")]
    Foreign,
    /// A space stands inside it.
    #[error("has a space inside")]
    Space,
    /// Anything else that makes it no address.
    #[error("is not an address")]
    Malformed,
}

/// What stands before an address.
const LABELS: [&str; 6] = ["e-mail", "email", "mail", "почта", "эл. почта", "mailto"];

impl Email {
    /// Invoicebox documents `identifier` as string(100); Saby documents no limit.
    pub const MAX: usize = 100;

    /// Reads an address as people paste it: with a label, `mailto:`, a name before it in angle
    /// brackets, or a comma after it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = tidy(text);
        let text = strip_label(&text, &LABELS);
        let text = match (text.find('<'), text.strip_suffix('>')) {
            (Some(_), Some(inner)) => inner.rsplit('<').next().unwrap_or(inner),
            _ => text,
        };
        let text = strip_label(text, &LABELS);
        // What a `mailto:` link may carry besides the address.
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
        // What is stored is read again: a label that is left would be dropped then.
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

    /// The address, to be sent and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with its domain in the other form, `пример.рф` for `xn--e1afmkfd.xn--p1ai` and
    /// the reverse; `None` if there is but one. People read the one, servers the other, and a
    /// look-alike shows itself only in the second.
    pub fn other_form(&self) -> Option<String> {
        let (local, domain) = self.0.split_once('@')?;
        let other = match domain.is_ascii() {
            true => decoded(domain),
            false => Some(encoded(domain)).filter(|other| other != domain),
        };
        other.map(|other| format!("{local}@{other}"))
    }

    /// What all spellings of one mailbox have in common: the address in lower case, its domain as
    /// servers know it.
    pub fn key(&self) -> String {
        match self.0.split_once('@') {
            Some((local, domain)) => format!("{}@{}", local.to_lowercase(), encoded(domain)),
            None => self.0.to_lowercase(),
        }
    }
}

/// A domain as servers know it, in ASCII: its letters composed, in lower case and encoded, as IDNA
/// has it. One that IDNA refuses is in lower case only.
fn encoded(domain: &str) -> String {
    let encoded = url::quirks::domain_to_ascii(domain);
    if encoded.is_empty() { domain.to_lowercase() } else { encoded }
}

/// A domain as people read it, if that is not how it is written.
pub fn decoded(domain: &str) -> Option<String> {
    let decoded = url::quirks::domain_to_unicode(domain);
    (!decoded.is_empty() && decoded != domain).then_some(decoded)
}

/// A part of a domain: letters, digits and hyphens, none of them at an end. Other scripts are left
/// to the library, which for its part takes any sign that may stand before the `@`.
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
