//! Who must not be written to: an address, a domain, an organisation.

use jiff::Timestamp;
use requisites::clean_characters;
use requisites::email::decoded;
use requisites::mail_services::is_public;
use requisites::misspelt::is_mixed;

use super::{Email, Inn, InnError, Misspelt, Person, Recipient, tidy};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StopTarget {
    /// An [`Email::key`].
    Email(String),
    /// With all subdomains; the domain of an [`Email::key`].
    Domain(String),
    /// Whatever the КПП.
    Inn(Inn),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    #[error("is a domain of a public mail service")]
    Public(String),
    #[error("was probably meant otherwise")]
    Misspelt(Misspelt),
    #[error("has a wrong check digit")]
    Checksum(String),
    #[error("is neither an address, nor a domain, nor an ИНН")]
    Unreadable,
}

impl StopTarget {
    /// Reads an address, a domain with or without `@`, or an ИНН; a probable slip is an error.
    pub fn parse(text: &str) -> Result<Self, StopError> {
        let plain = tidy(&clean_characters(text));
        let name = match Email::parse(&plain) {
            Ok(email) => email.into(),
            Err(_) => bare_domain(&plain).to_owned(),
        };
        match Misspelt::find(&name) {
            Some(misspelt) => Err(StopError::Misspelt(misspelt)),
            None => Self::exactly(text),
        }
    }

    /// The same, but takes a probable slip as it is written.
    pub fn exactly(text: &str) -> Result<Self, StopError> {
        let text = tidy(&clean_characters(text));
        match Inn::parse(&text) {
            Ok(inn) => return Ok(Self::Inn(inn)),
            Err(InnError::Checksum(digits)) => return Err(StopError::Checksum(digits)),
            Err(_) => {}
        }
        if let Ok(email) = Email::parse(&text) {
            return Ok(Self::Email(email.key()));
        }
        let domain = match Email::parse(&format!("a@{}", bare_domain(&text))) {
            Ok(email) => domain_of(&email.key()).to_owned(),
            Err(_) => return Err(StopError::Unreadable),
        };
        match is_public(&domain) {
            true => Err(StopError::Public(domain)),
            false => Ok(Self::Domain(domain)),
        }
    }

    pub fn address(recipient: &Recipient) -> Self {
        Self::Email(recipient.email().key())
    }

    /// ИНН and domain, or the address at a public domain; `None` if only such an address is known.
    pub fn company(recipient: &Recipient) -> Option<Vec<Self>> {
        let key = recipient.email().key();
        let domain = domain_of(&key);
        let inn = recipient.company().map(|company| Self::Inn(company.inn.clone()));
        let mail = match is_public(domain) {
            true if inn.is_none() => return None,
            true => Self::Email(key),
            false => Self::Domain(domain.to_owned()),
        };
        Some(inn.into_iter().chain([mail]).collect())
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Domain(_) => "domain",
            Self::Inn(_) => "inn",
        }
    }

    pub fn value(&self) -> &str {
        match self {
            Self::Email(value) | Self::Domain(value) => value,
            Self::Inn(inn) => inn.as_str(),
        }
    }

    /// The decoded punycode, if it differs from [`StopTarget::value`].
    pub fn other_form(&self) -> Option<String> {
        match self {
            Self::Email(key) => {
                let (local, domain) = key.split_once('@')?;
                decoded(domain).map(|domain| format!("{local}@{domain}"))
            }
            Self::Domain(domain) => decoded(domain),
            Self::Inn(_) => None,
        }
    }

    /// Decoded for people, but a look-alike stays in punycode.
    pub fn shown(&self) -> String {
        let readable = self.other_form().filter(|name| !is_mixed(domain_of(name)));
        readable.unwrap_or_else(|| self.value().to_owned())
    }

    pub fn stored(kind: &str, value: String) -> Option<Self> {
        match kind {
            "email" => Some(Self::Email(value)),
            "domain" => Some(Self::Domain(value)),
            "inn" => Inn::parse(&value).ok().map(Self::Inn),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopEntry {
    pub id: i64,
    pub stop: StopTarget,
    pub reason: Option<String>,
    pub at: Timestamp,
    pub by: Person,
}

impl StopEntry {
    /// It concerns mailboxes only: another address of the company is free.
    pub fn is_mail(&self) -> bool {
        !matches!(self.stop, StopTarget::Inn(_))
    }
}

/// Strips `@`, or the rest of a site's address.
fn bare_domain(text: &str) -> &str {
    let name = text.split_once("://").map_or(text, |(_, rest)| rest);
    let name = name.split('/').next().unwrap_or(name);
    let name = name.strip_prefix("www.").filter(|name| name.contains('.')).unwrap_or(name);
    name.trim_start_matches('@').trim_end_matches('.')
}

pub(super) fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or(email, |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Draft, Field, Provider};

    fn to(email: &str) -> Recipient {
        Recipient::Invoicebox { email: Email::parse(email).unwrap() }
    }

    fn company(email: &str) -> Recipient {
        let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
        for (field, text) in [
            (Field::Inn, "1215107651/121501001"),
            (Field::Name, "Чайка"),
            (Field::Email, email),
            (Field::Office, "7705"),
        ] {
            draft.set_from_text(field, text).unwrap();
        }
        draft.finish().unwrap()
    }

    #[test]
    fn an_address_a_domain_and_a_number_are_told_apart() {
        for (text, kind, value) in [
            ("IAM@Mail.ru", "email", "iam@mail.ru"),
            ("romashka.ru", "domain", "romashka.ru"),
            ("@Romashka.RU", "domain", "romashka.ru"),
            ("romashka.ru.", "domain", "romashka.ru"),
            ("пример.рф", "domain", "xn--e1afmkfd.xn--p1ai"),
            ("I@Пример.рф", "email", "i@xn--e1afmkfd.xn--p1ai"),
            ("ИНН 1215107651", "inn", "1215107651"),
            ("500100732259", "inn", "500100732259"),
        ] {
            let stop = StopTarget::parse(text).unwrap();
            assert_eq!((stop.kind(), stop.value()), (kind, value), "{text}");
            assert_eq!(StopTarget::stored(kind, value.to_owned()), Some(stop), "{text}");
        }
        for (text, error) in [
            ("mail.ru", StopError::Public("mail.ru".to_owned())),
            ("1215107652", StopError::Checksum("1215107652".to_owned())),
            ("ru", StopError::Unreadable),
            ("", StopError::Unreadable),
            ("Ромашка", StopError::Unreadable),
        ] {
            assert_eq!(StopTarget::parse(text), Err(error.clone()), "{text}");
            assert_eq!(StopTarget::exactly(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_entry_is_read_without_what_nobody_sees() {
        let domain = Ok(StopTarget::Domain("romashka.ru".to_owned()));
        for text in
            ["ｒｏｍａｓｈｋａ．ｒｕ", "roma\u{200b}shka.ru", "\u{feff}@romashka\u{2060}.ru."]
        {
            assert_eq!(StopTarget::parse(text), domain, "{text}");
        }
        assert_eq!(StopTarget::parse("ｉ＠mail.ru"), Ok(StopTarget::Email("i@mail.ru".to_owned())));
    }

    #[test]
    fn what_was_probably_meant_otherwise_is_read_only_for_who_insists() {
        for (text, value) in [
            ("i@gmial.com", "i@gmial.com"),
            ("gmial.com", "gmial.com"),
            ("rom\u{430}shka.ru", "xn--romshka-4fg.ru"),
            ("<I@gmial.com>", "i@gmial.com"),
        ] {
            assert!(matches!(StopTarget::parse(text), Err(StopError::Misspelt(_))), "{text}");
            assert_eq!(StopTarget::exactly(text).unwrap().value(), value, "{text}");
        }
        let alike = StopTarget::exactly("rom\u{430}shka.ru").unwrap();
        assert_eq!(alike.shown(), alike.value(), "nobody sees the Cyrillic letter");
        assert_eq!(StopTarget::parse("i@пример.рф").unwrap().shown(), "i@пример.рф");
        assert_eq!(StopTarget::parse("romashka.ru").unwrap().shown(), "romashka.ru");
    }

    #[test]
    fn a_whole_company_is_never_a_public_mail_service() {
        let inn = StopTarget::Inn(Inn::parse("1215107651").unwrap());
        let domain = StopTarget::Domain("romashka.ru".to_owned());
        for public in ["iam@mail.ru", "i@yandex.by", "i@gmx.com", "i@hotmail.co.uk"] {
            assert_eq!(StopTarget::company(&to(public)), None, "{public}");
        }
        assert_eq!(StopTarget::company(&to("i@romashka.ru")), Some(vec![domain.clone()]));
        assert_eq!(StopTarget::company(&company("i@romashka.ru")), Some(vec![inn.clone(), domain]));
        let address = StopTarget::Email("iam@mail.ru".to_owned());
        assert_eq!(StopTarget::company(&company("iam@mail.ru")), Some(vec![inn, address]));
    }

    #[test]
    fn an_entry_is_one_in_whatever_letters_its_domain_is_written() {
        for one in ["пример.рф", "xn--e1afmkfd.xn--p1ai", "ПРИМЕР.РФ"] {
            let stop = StopTarget::parse(one).unwrap();
            assert_eq!(stop, StopTarget::Domain("xn--e1afmkfd.xn--p1ai".to_owned()), "{one}");
            assert_eq!(stop.other_form().as_deref(), Some("пример.рф"));
            let address = StopTarget::parse(&format!("i@{one}")).unwrap();
            assert_eq!(address, StopTarget::address(&to("I@Пример.рф")), "{one}");
            assert_eq!(address.other_form().as_deref(), Some("i@пример.рф"));
        }
        assert_eq!(StopTarget::parse("раи\u{306}он.рф"), StopTarget::parse("район.рф"));
        assert_eq!(StopTarget::parse("romashka.ru").unwrap().other_form(), None);
        assert_eq!(StopTarget::parse("i@romashka.ru").unwrap().other_form(), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_is_stable(text in "\\PC{0,40}|[a-z0-9.@]{0,20}") {
            if let Ok(stop) = StopTarget::parse(&text) {
                prop_assert_eq!(StopTarget::parse(stop.value()), Ok(stop.clone()));
            }
        }

        #[test]
        fn an_entry_covers_the_recipient_that_it_was_made_of(local in "[a-z]{1,8}", labels in prop::collection::vec("[a-z]{2,6}", 2..5)) {
            let recipient = to(&format!("{local}@{}", labels.join(".")));
            let key = recipient.email().key();
            prop_assert_eq!(StopTarget::address(&recipient), StopTarget::Email(key.clone()));
            for stop in StopTarget::company(&recipient).into_iter().flatten() {
                prop_assert_eq!(stop.value(), domain_of(&key));
            }
        }
    }
}
