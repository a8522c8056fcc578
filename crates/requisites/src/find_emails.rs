//! Finds addresses in a line, misspelt ones too.

use std::ops::Range;

use crate::email::{Email, EmailError};
use crate::findings::{Choice, Correction, InvalidValue, ValueError};
use crate::letters::{in_latin, is_cyrillic};
use crate::mail_services::slip;
use crate::misspelt::in_latin_zone;
use crate::slices::{NEAR, head, part, tail};

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub span: Range<usize>,
    /// The likeliest first; empty if it is no address.
    pub choices: Vec<Choice<Email>>,
    pub sure: bool,
    pub remark: Option<InvalidValue>,
}

const ATS: [&str; 6] = ["@", "(at)", "[at]", "(собака)", "[собака]", "(a)"];

/// A line with more addresses is no client's card.
const MAX_EMAILS: usize = 40;

pub(crate) fn emails(line: &str) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    let ats = ATS.iter().flat_map(|at| line.match_indices(at));
    let mut ats: Vec<Range<usize>> = ats.map(|(at, sign)| at..at + sign.len()).collect();
    ats.sort_by_key(|at| at.start);
    ats.truncate(MAX_EMAILS);
    for at in ats {
        let after = found.last().map_or(0, |seen| seen.span.end);
        if at.start >= after
            && let Some(seen) = seen(line, after, at)
        {
            found.push(seen);
        }
    }
    found
}

fn seen(line: &str, after: usize, at: Range<usize>) -> Option<Seen> {
    let spelled = part(line, at.clone()) != "@";
    let before = part(line, after..at.start);
    let far = before.len() - tail(before, NEAR).len();
    let (after, before) = (after + far, part(before, far..before.len()));
    let behind = head(part(line, at.end..line.len()), NEAR);
    // «info @ site.ru»: one space on either side is passed over, and asked about.
    let near = before.strip_suffix(' ').unwrap_or(before);
    let local = part(near, near.len() - tail_length(near, is_local)..near.len());
    let local = local.trim_start_matches(['.', '-', '\'']);
    let domain = behind.trim_start_matches('@');
    let domain = domain.strip_prefix(' ').unwrap_or(domain);
    let skipped = behind.len() - domain.len();
    let written = domain_at_start(domain);
    if local.is_empty() || written.is_empty() {
        return None;
    }
    let start = after + near.len() - local.len();
    let span = start..at.end + skipped + written.len();
    let apart = near.len() != before.len() || skipped > 0 || spelled;
    let domain = written.trim_end_matches(['.', '-', ',']);
    let mut seen = judge(local, domain, span);
    if is_masked(part(line, 0..seen.span.start)) {
        let why = ValueError::Email(EmailError::Malformed);
        seen.remark = Some(InvalidValue { written: format!("{local}@{domain}"), error: why });
        seen.choices.clear();
    }
    let own = behind_a_number(local).map(|own| format!("{own}@{domain}"));
    if let Some(value) = own.and_then(|own| Email::parse(&own).ok()).filter(|_| seen.sure) {
        seen.sure = false;
        seen.choices.insert(0, Choice { value, correction: None });
    }
    seen.sure &= !apart && !is_odd(line, &seen.span);
    // «телеграм @name» is no address.
    (!apart || !seen.choices.is_empty()).then_some(seen)
}

/// The part behind a telephone number that was glued to the address by copying a table.
fn behind_a_number(local: &str) -> Option<&str> {
    let own = local.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
    let digits = part(local, 0..local.len() - own.len()).bytes().filter(u8::is_ascii_digit).count();
    (digits > 4 && own.starts_with(char::is_alphabetic)).then_some(own)
}

fn tail_length(text: &str, is: fn(char) -> bool) -> usize {
    text.chars().rev().take_while(|c| is(*c)).map(char::len_utf8).sum()
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

/// The leading domain; a comma may stand for its last dot.
fn domain_at_start(text: &str) -> &str {
    let length = |text: &str| {
        let inside = text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
        inside.map(char::len_utf8).sum::<usize>()
    };
    let domain = part(text, 0..length(text));
    let Some(rest) = part(text, domain.len()..text.len()).strip_prefix(',') else { return domain };
    let top = part(rest, 0..length(rest)).trim_end_matches('.');
    let joined = !domain.contains('.') && matches!(top, "ru" | "com" | "net" | "org");
    if joined { part(text, 0..domain.len() + 1 + top.len()) } else { domain }
}

fn judge(local: &str, written: &str, span: Range<usize>) -> Seen {
    let as_written = format!("{local}@{written}");
    let choice =
        |address: &str, correction| Some(Choice { value: Email::parse(address).ok()?, correction });
    let mended = |address: &str, correction: fn(String) -> Correction| {
        choice(address, Some(correction(as_written.clone())))
    };
    let domain = plain_domain(written);
    let mut choices = Vec::new();
    let mut sure = false;
    let foreign = !local.is_ascii() || !one_script(&domain);
    if foreign {
        let latin = in_latin(local).zip(in_latin(&domain));
        choices.extend(latin.and_then(|(local, domain)| {
            mended(&format!("{local}@{}", slip(&domain).unwrap_or(&domain)), Correction::LookAlike)
        }));
        if choices.is_empty() && local.is_ascii() {
            choices.extend(choice(&as_written, None));
        }
    } else if let Some(known) = slip(&domain) {
        choices.extend(mended(&format!("{local}@{known}"), Correction::Domain));
        choices.extend(choice(&as_written, None));
    } else if domain != written {
        choices.extend(mended(&format!("{local}@{domain}"), Correction::Domain));
    } else {
        choices.extend(choice(&as_written, None));
        sure = is_top_known(&domain);
    }
    let remark = Email::parse(&as_written).err().filter(|_| choices.is_empty());
    let remark =
        remark.map(|error| InvalidValue { written: as_written, error: ValueError::Email(error) });
    Seen { span, sure, choices, remark }
}

fn plain_domain(written: &str) -> String {
    let mut domain = written.to_lowercase().replace(',', ".");
    while domain.contains("..") {
        domain = domain.replace("..", ".");
    }
    // A site's address was copied together with it.
    if let Some((name, _)) = domain.split_once("www.").filter(|(name, _)| name.contains('.')) {
        domain = name.to_owned();
    }
    if let Some(latin) = in_latin_zone(&domain).filter(|latin| latin.is_ascii()) {
        domain = latin;
    }
    if domain == written.to_lowercase() { written.to_owned() } else { domain }
}

/// A zone allows either script: .рф only Cyrillic, .ru only Latin.
fn one_script(domain: &str) -> bool {
    let letters = || domain.chars().filter(|c| c.is_alphabetic());
    letters().all(|c| c.is_ascii()) || letters().all(is_cyrillic)
}

/// Longer top levels that organisations here use; any other may be a word glued to the address.
const TOPS: &str = " com net org info biz pro name online store shop site tech moscow tatar agency \
    club life digital group company center studio email dev app cloud space world team academy \
    media expert market travel school work press design host website art fun top xyz wiki legal \
    house rest bar cafe finance energy consulting solutions services systems support training \
    education clinic dental estate realty example test invalid рус рф дети онлайн сайт орг ком \
    москва ";

fn is_top_known(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default().to_lowercase();
    top.starts_with("xn--")
        || (top.len() == 2 && top.is_ascii())
        || TOPS.split(' ').any(|known| known == top)
}

/// Whether a word or an `@` beside the address may belong to it.
fn is_odd(line: &str, span: &Range<usize>) -> bool {
    let before = tail(part(line, 0..span.start), 100);
    let behind = part(line, span.end..line.len());
    let word = before.strip_suffix(' ').and_then(|text| text.rsplit(' ').next());
    let word = word.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
    let word = word.filter(|word| word.chars().all(|c| c.is_ascii() && is_local(c)));
    let label = ["email", "e-mail", "mail", "mailto", "to", "cc", "from", "inn", "kpp", "at"];
    let torn = before.trim_end().is_empty() && before.len() > 8;
    behind.starts_with('@') || word.is_some_and(|word| !label.contains(&word)) || torn
}

/// Whether masking signs tie it to a word: «i***v@…».
fn is_masked(before: &str) -> bool {
    let is_sign = |c: char| "'&!#$*^{}~`".contains(c);
    before.ends_with(is_sign) && before.trim_end_matches(is_sign).ends_with(char::is_alphanumeric)
}

impl Seen {
    pub fn is_unread(&self) -> bool {
        let unread = ["noreply", "no-reply", "no_reply", "donotreply", "mailer-daemon", "robot"];
        let reads = |choice: &Choice<Email>| {
            let key = choice.value.key();
            unread.iter().any(|local| key.starts_with(local))
        };
        self.choices.iter().any(reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_its_signs_end() {
        let first = |line: &str| {
            let seen = emails(line).into_iter().next().unwrap();
            (seen.choices.first().map(|choice| String::from(choice.value.clone())), seen.sure)
        };
        let iam = Some("iam@mail.ru".to_owned());
        for line in [
            "iam@mail.ru",
            "<iam@mail.ru>",
            "mailto:iam@mail.ru?subject=1",
            "почта:iam@mail.ru.",
            "«iam@mail.ru»",
            "(iam@mail.ru)",
            "- iam@mail.ru;",
            "iam@mail.ru/x",
            "a b: iam@mail.ru…",
        ] {
            assert_eq!(first(line), (iam.clone(), true), "{line}");
        }
        for line in ["ivan iam@mail.ru", "iam @mail.ru", "iam@mail.ruwww.mail.ru", "iam@mail.ru@x"]
        {
            assert_eq!(first(line), (iam.clone(), false), "{line}");
        }
        assert_eq!(first("i***m@mail.ru").0, None);
        for line in ["123-45-67iam@mail.ru", "КПП 121501001iam@mail.ru", "+79161234567iam@mail.ru"]
        {
            assert_eq!(first(line), (iam.clone(), false), "{line}");
        }
    }
}
