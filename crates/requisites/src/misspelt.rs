//! Checks one address or domain for typos and letters of the other script.

use crate::letters::{in_latin, is_cyrillic};
use crate::mail_services::{is_public, typo_of};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelt {
    pub written: String,
    /// The Cyrillic letters among Latin ones, each once; empty for a typo.
    pub cyrillic: String,
    pub meant: Option<String>,
    /// Whether `meant` is the domain of a public mail service.
    pub public: bool,
}

impl Misspelt {
    pub fn find(name: &str) -> Option<Self> {
        let written = name.to_lowercase();
        let (local, domain) = match written.rsplit_once('@') {
            Some((local, domain)) => (Some(local), domain),
            None => (None, written.as_str()),
        };
        if !domain.contains('.') {
            return None;
        }
        let own = local.filter(|local| local.contains(is_cyrillic));
        let cyrillic = distinct(&[own.unwrap_or_default(), &mixed(domain)].concat());
        let latin = in_latin(in_latin_zone(domain).as_deref().unwrap_or(domain));
        let known = latin.as_deref().and_then(typo_of);
        if cyrillic.is_empty() && known.is_none() {
            return None;
        }
        let domain = known.map(str::to_owned).or(latin);
        let public = local.is_none() && domain.as_deref().is_some_and(is_public);
        let meant = match local {
            Some(local) => {
                in_latin(local).zip(domain).map(|(local, domain)| format!("{local}@{domain}"))
            }
            None => domain,
        };
        Some(Self { cyrillic, meant, public, written })
    }
}

/// Whether scripts are mixed within a part, or a part and its zone differ. A Cyrillic part under a
/// Latin zone may be meant, unless it can be read as Latin.
pub fn is_mixed(domain: &str) -> bool {
    !mixed(domain).is_empty()
}

fn mixed(domain: &str) -> String {
    let is_latin =
        |part: &str| !part.starts_with("xn--") && part.contains(|c: char| c.is_ascii_alphabetic());
    let zone = domain.rsplit('.').next().unwrap_or_default();
    let latin_beside = domain.split('.').any(is_latin);
    let odd = |part: &&str| {
        part.contains(is_cyrillic)
            && (is_latin(part)
                || (latin_beside && *part == zone)
                || (is_latin(zone) && in_latin(part).is_some()))
    };
    domain.split('.').filter(odd).collect()
}

fn distinct(text: &str) -> String {
    let mut letters = String::new();
    for letter in text.chars().filter(|c| is_cyrillic(*c)) {
        if !letters.contains(letter) {
            letters.push(letter);
        }
    }
    letters
}

pub(crate) fn in_latin_zone(domain: &str) -> Option<String> {
    match domain.rsplit_once('.')? {
        (name, "ру") => Some(format!("{name}.ru")),
        (name, "ком") => Some(format!("{name}.com")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_other_script_are_named_and_mended() {
        for (written, cyrillic, meant) in [
            ("жукshka.ru", "жук", None),
            ("ромаshka.ru", "рома", Some("pomashka.ru")),
            ("romаshka.ru", "а", Some("romashka.ru")),
            ("Rоmаshkа.RU", "оа", Some("romashka.ru")),
            ("i@romаshka.ru", "а", Some("i@romashka.ru")),
            ("іvаn@romashka.ru", "іа", Some("ivan@romashka.ru")),
            ("иван@romashka.ru", "иван", None),
            ("i@gmаil.com", "а", Some("i@gmail.com")),
            ("i@gmiаl.com", "а", Some("i@gmail.com")),
            ("romashka.ру", "ру", Some("romashka.ru")),
            ("romashka.ком", "ком", Some("romashka.com")),
            ("romashka.рф", "рф", None),
            ("mail.сахар.com", "сахр", Some("mail.caxap.com")),
        ] {
            let found = Misspelt::find(written).unwrap();
            let meant = meant.map(str::to_owned);
            assert_eq!((found.cyrillic.as_str(), found.meant), (cyrillic, meant), "{written}");
        }
    }

    #[test]
    fn a_typo_in_a_mail_service_is_corrected() {
        for (written, meant, public) in [
            ("i@gmial.com", "i@gmail.com", false),
            ("gmial.com", "gmail.com", true),
            ("i@mail.ry", "i@mail.ru", false),
        ] {
            let found = Misspelt::find(written).unwrap();
            assert_eq!((found.cyrillic.as_str(), found.public), ("", public), "{written}");
            assert_eq!(found.meant.as_deref(), Some(meant), "{written}");
        }
        assert!(Misspelt::find("gmаil.com").is_some_and(|found| found.public));
    }

    #[test]
    fn what_is_one_script_stays() {
        for name in [
            "romashka.ru",
            "i@romashka.ru",
            "пример.рф",
            "i@пример.рф",
            "магазин.com",
            "xn--e1afmkfd.xn--p1ai",
            "xn--e1afmkfd.рф",
            "почта.пример.рф",
            "i@mail.ru",
            "mai.ru",
            "i@yandex.by",
            "münchen.de",
            "Ромашка",
            "rоmashka",
            "1215107651",
            "",
        ] {
            assert_eq!(Misspelt::find(name), None, "{name}");
        }
    }
}
