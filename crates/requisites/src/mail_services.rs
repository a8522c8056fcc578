//! Mail services at which anybody may have a mailbox, and typos in their domains.

/// Typos are measured from these.
const POPULAR: [&str; 11] = [
    "mail.ru",
    "yandex.ru",
    "gmail.com",
    "bk.ru",
    "list.ru",
    "inbox.ru",
    "rambler.ru",
    "icloud.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
];

/// Never complete: a missing one counts as a company's.
const MORE_PUBLIC_DOMAINS: &str = "internet.ru xmail.ru vk.com mail.ua mail.by mail.kz mail.uz \
    ya.ru narod.ru lenta.ru autorambler.ru myrambler.ru rambler.ua ro.ru \
    email.ru qip.ru pochta.ru pochta.com hotbox.ru nm.ru newmail.ru nextmail.ru \
    fromru.com front.ru hotmail.ru krovatka.su land.ru mail15.com mail333.com pisem.net \
    pochtamt.ru pop3.ru rbcmail.ru smtp.ru 5ballov.ru aeterna.ru ziza.ru km.ru sibmail.com \
    ngs.ru e1.ru chat.ru \
    ukr.net i.ua ua.fm bigmir.net meta.ua email.ua online.ua tut.by inbox.lv mail.ee inbox.lt \
    googlemail.com me.com mac.com msn.com windowslive.com passport.com \
    ymail.com rocketmail.com myyahoo.com aol.com aim.com \
    mail.com email.com mail.de web.de t-online.de freenet.de email.de \
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io \
    tuta.com keemail.me zohomail.com zohomail.eu fastmail.com fastmail.fm hushmail.com hey.com \
    duck.com inbox.com inbox.eu mailfence.com seznam.cz email.cz centrum.cz wp.pl o2.pl onet.pl \
    interia.pl abv.bg mail.bg azet.sk laposte.net orange.fr free.fr libero.it virgilio.it \
    comcast.net verizon.net att.net qq.com foxmail.com 163.com 126.com yeah.net sina.com naver.com \
    daum.net hanmail.net walla.co.il walla.com";

const SERVICES_BY_ZONE: [(&str, &str); 6] = [
    (
        "yandex",
        "com by kz ua uz az kg lt lv md ee fr tj tm eu net com.am com.ge com.tr com.ua co.il",
    ),
    (
        "yahoo",
        "ca de dk es fi fr gr hu ie in it nl no pl ro se co.id co.il co.in co.jp co.kr co.nz co.th \
         co.uk co.za com.ar com.au com.br com.cn com.co com.hk com.mx com.my com.ph com.sg com.tr \
         com.tw com.ua com.vn",
    ),
    (
        "outlook",
        "at be cl cz de dk es fr hu ie in it jp kr lv pt sa sk co.id co.il co.nz co.th com.ar \
         com.au com.br com.gr com.hr com.pe com.tr com.vn",
    ),
    (
        "hotmail",
        "be ca ch cl cz de dk es fi fr gr hu it lt lv nl no ph rs se sg sk co.id co.il co.jp co.kr \
         co.nz co.th co.uk co.za com.ar com.au com.br com.hk com.mx com.tr com.tw com.vn",
    ),
    (
        "live",
        "com ru at be ca ch cl cn de dk fi fr hk ie in it jp nl no ph se co.kr co.uk co.za com.ar \
         com.au com.mx com.my com.pt com.sg",
    ),
    ("gmx", "com de net at ch us eu fr es co.uk"),
];

/// Organisations' own domains that look like a typo.
const NOT_TYPOS: [&str; 2] = ["mai.ru", "lisa.ru"];

const MULTI_LETTER_TYPOS: [(&str, &str); 8] = [
    ("gmail.ru", "gmail.com"),
    ("gmail", "gmail.com"),
    ("gmal.ru", "gmail.com"),
    ("gmai.ru", "gmail.com"),
    ("yandeks.ru", "yandex.ru"),
    ("yandex", "yandex.ru"),
    ("mail", "mail.ru"),
    ("jandeks.ru", "yandex.ru"),
];

/// Whether anybody may have a mailbox at this domain, given in lower case.
pub fn is_public(domain: &str) -> bool {
    let of_a_family = || {
        let (name, zone) = domain.split_once('.')?;
        let (_, zones) = SERVICES_BY_ZONE.iter().find(|(family, _)| *family == name)?;
        Some(zones.split(' ').any(|known| known == zone))
    };
    POPULAR.contains(&domain)
        || MORE_PUBLIC_DOMAINS.split(' ').any(|known| known == domain)
        || of_a_family().unwrap_or_default()
}

pub(crate) fn typo_of(domain: &str) -> Option<&'static str> {
    let domain = domain.to_lowercase();
    if is_public(&domain) || NOT_TYPOS.contains(&domain.as_str()) {
        return None;
    }
    if let Some((_, known)) = MULTI_LETTER_TYPOS.iter().find(|(typo, _)| *typo == domain) {
        return Some(known);
    }
    let near = |known: &&&str| {
        // Too many names are one letter away from one of two letters.
        let short = known.starts_with("bk.") && !domain.starts_with("bk");
        if known.len().abs_diff(domain.len()) > 1 {
            return false;
        }
        !short && (is_one_typo_away(known, &domain) || known.replace('.', "") == domain)
    };
    POPULAR.iter().find(near).copied()
}

/// Whether one letter is too many, missing, other, or two are exchanged.
fn is_one_typo_away(known: &str, typed: &str) -> bool {
    let mut known: Vec<char> = known.chars().collect();
    let mut typed: Vec<char> = typed.chars().collect();
    while known.last().is_some() && known.last() == typed.last() {
        known.pop();
        typed.pop();
    }
    let same = known.iter().zip(&typed).take_while(|(a, b)| a == b).count();
    match (known.get(same..).unwrap_or_default(), typed.get(same..).unwrap_or_default()) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_are_a_typo_only_where_they_are_exchanged() {
        assert_eq!(typo_of("yadnex.ru"), Some("yandex.ru"));
        for other in ["yaxnex.ru", "yadxex.ru", "yaxyex.ru"] {
            assert_eq!(typo_of(other), None, "{other}");
        }
    }

    fn all() -> impl Iterator<Item = String> {
        let families = SERVICES_BY_ZONE
            .iter()
            .flat_map(|(name, zones)| zones.split(' ').map(move |zone| format!("{name}.{zone}")));
        POPULAR.into_iter().chain(MORE_PUBLIC_DOMAINS.split(' ')).map(str::to_owned).chain(families)
    }

    #[test]
    fn a_typo_is_one_step_from_a_service_that_everybody_uses() {
        for (typed, meant) in [
            ("gmial.com", "gmail.com"),
            ("gamil.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.ru", "gmail.com"),
            ("mial.ru", "mail.ru"),
            ("mail.rru", "mail.ru"),
            ("mail.ry", "mail.ru"),
            ("mailru", "mail.ru"),
            ("yandx.ru", "yandex.ru"),
            ("ynadex.ru", "yandex.ru"),
            ("bk.ry", "bk.ru"),
            ("lits.ru", "list.ru"),
            ("inbx.ru", "inbox.ru"),
            ("rambleru.ru", "rambler.ru"),
        ] {
            assert_eq!(typo_of(typed), Some(meant), "{typed}");
        }
        for real in
            ["mail.ru", "mai.ru", "mail.com", "ya.ru", "vk.ru", "ok.ru", "yandex.com", "lutik.ru"]
        {
            assert_eq!(typo_of(real), None, "{real}");
        }
    }

    #[test]
    fn every_mail_service_is_public_and_no_typo() {
        for domain in all() {
            assert!(is_public(&domain), "{domain}");
            assert_eq!(typo_of(&domain), None, "{domain}");
        }
        for (_, meant) in MULTI_LETTER_TYPOS {
            assert!(is_public(meant), "{meant}");
        }
        assert!(all().count() > 250);
    }

    #[test]
    fn no_mail_service_is_named_twice_or_misspelt() {
        let names: Vec<String> = all().collect();
        for (place, name) in names.iter().enumerate() {
            assert!(!names[..place].contains(name), "{name}");
            let email = crate::email::Email::parse(&format!("i@{name}")).unwrap();
            assert_eq!(email.key(), format!("i@{name}"));
        }
    }

    #[test]
    fn a_company_has_its_own_domain() {
        for service in [
            "mail.ru",
            "bk.ru",
            "internet.ru",
            "yandex.by",
            "yandex.kz",
            "yandex.com.tr",
            "ya.ru",
            "mail.ua",
            "gmx.com",
            "gmx.de",
            "ymail.com",
            "inbox.lv",
            "email.com",
            "protonmail.com",
            "proton.me",
            "aol.com",
            "icloud.com",
            "me.com",
            "outlook.com",
            "outlook.de",
            "hotmail.co.uk",
            "live.ru",
            "live.com",
            "yahoo.co.jp",
            "lenta.ru",
            "autorambler.ru",
            "ukr.net",
            "tut.by",
            "googlemail.com",
            "msn.com",
        ] {
            assert!(is_public(service), "{service}");
        }
        for company in [
            "romashka.ru",
            "mai.ru",
            "lisa.ru",
            "corp.mail.ru",
            "yandex-team.ru",
            "yandex",
            "yandex.romashka.ru",
            "live.romashka.ru",
            "gmx",
            "outlook.romashka.ru",
            "",
        ] {
            assert!(!is_public(company), "{company}");
        }
    }
}
