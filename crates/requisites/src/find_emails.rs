//! Finds addresses in a line, misspelt ones too.

use std::ops::Range;

use crate::email::{Email, EmailError};
use crate::findings::{Choice, Correction, InvalidValue};
use crate::keys::KEY_MARK;
use crate::letters::{in_latin, is_cyrillic};
use crate::mail_services::typo_of;
use crate::misspelt::in_latin_zone;
use crate::slices::{BLANK, LINE_BREAK, MAX_VALUE_BYTES, prefix, slice, suffix};

#[derive(Clone, Debug)]
pub(crate) struct EmailMatch {
    pub span: Range<usize>,
    /// The likeliest first; empty if it is no address.
    pub choices: Vec<Choice<Email>>,
    pub certain: bool,
    pub invalid: Option<InvalidValue>,
}

const AT_SIGNS: [&str; 6] = ["@", "(at)", "[at]", "(собака)", "[собака]", "(a)"];

/// A line with more addresses is no client's card.
const MAX_EMAILS: usize = 40;

pub(crate) fn find_emails(line: &str) -> Vec<EmailMatch> {
    let mut found: Vec<EmailMatch> = Vec::new();
    let ats = AT_SIGNS.iter().flat_map(|sign| line.match_indices(sign));
    let mut ats: Vec<Range<usize>> = ats.map(|(at, sign)| at..at + sign.len()).collect();
    ats.sort_by_key(|at| at.start);
    ats.truncate(MAX_EMAILS);
    for at in ats {
        let free = found.last().map_or(0, |email| email.span.end);
        if at.start >= free {
            found.extend(email_around(line, free, at));
        }
    }
    found
}

fn email_around(line: &str, free: usize, at: Range<usize>) -> Option<EmailMatch> {
    let spelled = slice(line, at.clone()) != "@";
    let before = suffix(slice(line, free..at.start), MAX_VALUE_BYTES);
    let behind = prefix(slice(line, at.end..), MAX_VALUE_BYTES);
    // «info @ site.ru»: one space on either side is passed over, and asked about.
    let near = before.strip_suffix(' ').unwrap_or(before);
    let local = slice(near, near.trim_end_matches(is_local).len()..);
    let local = behind_dots(local.trim_start_matches(['.', '-', '\'']));
    let domain = behind.trim_start_matches('@');
    let domain = domain.strip_prefix(' ').unwrap_or(domain);
    let skipped = behind.len() - domain.len();
    let written = domain_at_start(domain);
    if local.is_empty() || written.is_empty() {
        return None;
    }
    let start = at.start - (before.len() - near.len()) - local.len();
    let span = start..at.end + skipped + written.len();
    let torn = near.len() != before.len() || skipped > 0 || spelled;
    let domain = written.trim_end_matches(['.', '-', ',']);
    let whole = slice(line, span.clone()).contains(LINE_BREAK);
    let mut email = match whole {
        true => joined(local, domain, span),
        false => interpret(local, domain, span),
    };
    if has_masking_before(slice(line, ..start)) {
        let written = format!("{local}@{domain}");
        email.invalid = Some(InvalidValue::new(&written, EmailError::Malformed));
        email.choices.clear();
    }
    let own = own_part(local).map(|own| format!("{own}@{domain}"));
    if let Some(value) = own.and_then(|own| Email::parse(&own).ok()) {
        email.certain = false;
        email.invalid = None;
        if email.choices.iter().all(|choice| choice.value != value) {
            let place = usize::from(!local.is_ascii()).min(email.choices.len());
            email.choices.insert(place, Choice::as_written(value));
        }
    }
    let touched = is_touched(slice(line, ..email.span.start));
    email.certain &= !torn && !touched && !has_suspicious_neighbour(line, &email.span);
    // «телеграм @name» is no address.
    (!torn || !email.choices.is_empty()).then_some(email)
}

/// The dots of a form lead to the address.
fn behind_dots(local: &str) -> &str {
    match local.rfind("...") {
        Some(at) => slice(local, at + 3..),
        None => local,
    }
}

/// An address over two lines is asked about, as is the part on the second line.
fn joined(local: &str, domain: &str, span: Range<usize>) -> EmailMatch {
    let written = format!("{local}@{domain}").replace(LINE_BREAK, " ");
    let whole = Email::parse(&written.replace(' ', "")).ok();
    let tail = Email::parse(written.rsplit(' ').next().unwrap_or_default()).ok();
    let correction = Some(Correction::Domain(written));
    let mut choices = Vec::from_iter(whole.map(|value| Choice { value, correction }));
    choices.extend(tail.map(Choice::as_written));
    EmailMatch { span, choices, certain: false, invalid: None }
}

/// What is left of a local part without what copying glued to it: a telephone, a label, the
/// underscores of a form.
fn own_part(local: &str) -> Option<&str> {
    if let Some(own) = behind_a_number(local) {
        return Some(own);
    }
    let signs = local.trim_start_matches(['_', '+', '%']);
    if signs.len() < local.len() {
        return Some(signs).filter(|own| !own.is_empty());
    }
    let ascii = slice(local, local.trim_end_matches(|c: char| c.is_ascii()).len()..);
    if ascii.len() < local.len() {
        return Some(ascii).filter(|own| own.len() > 1);
    }
    let lower = local.to_ascii_lowercase();
    let labels = ["email-", "e-mail-", "email", "e-mail", "mail"];
    let label = labels.iter().find(|label| lower.starts_with(*label))?;
    let own = slice(local, label.len()..);
    let words = ["er", "box", "ing", "out", "list", "man", "ru"];
    let is_word = words.iter().any(|word| own.eq_ignore_ascii_case(word));
    (own.len() > 2 && own.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_word).then_some(own)
}

/// Whether a sign touches the address in front that neither divides nor belongs to a label.
fn is_touched(before: &str) -> bool {
    let Some(sign) = before.chars().next_back() else { return false };
    if sign == '/' {
        let word = before.trim_end_matches('/').rsplit([' ', ',', ';']).next().unwrap_or_default();
        return !["почта", "mail", "email", "e-mail"].contains(&word.to_lowercase().as_str());
    }
    let divides = |c: char| c.is_whitespace() || ":;,<([{\"«„“|=—–-*`>.…•·".contains(c);
    !divides(sign) && sign != BLANK && sign != KEY_MARK
}

/// The part behind a telephone number that was glued to the address by copying a table.
fn behind_a_number(local: &str) -> Option<&str> {
    let own = local.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
    let digits = slice(local, ..local.len() - own.len()).bytes().filter(u8::is_ascii_digit).count();
    (digits > 4 && own.starts_with(char::is_alphabetic)).then_some(own)
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | LINE_BREAK)
}

/// The leading domain; a comma may stand for its last dot.
fn domain_at_start(text: &str) -> &str {
    let length = |text: &str| {
        let inside =
            text.chars().take_while(|c| c.is_alphanumeric() || ['.', '-', LINE_BREAK].contains(c));
        inside.map(char::len_utf8).sum::<usize>()
    };
    let domain = slice(text, ..length(text));
    let Some(rest) = slice(text, domain.len()..).strip_prefix(',') else { return domain };
    let top = slice(rest, ..length(rest)).trim_end_matches('.');
    let joined = !domain.contains('.') && matches!(top, "ru" | "com" | "net" | "org");
    if joined { slice(text, ..domain.len() + 1 + top.len()) } else { domain }
}

fn interpret(local: &str, written: &str, span: Range<usize>) -> EmailMatch {
    let as_written = format!("{local}@{written}");
    let corrected = |local: &str, domain: &str, correction: fn(String) -> Correction| {
        let value = Email::parse(&format!("{local}@{domain}")).ok()?;
        Some(Choice { value, correction: Some(correction(as_written.clone())) })
    };
    let parsed = Email::parse(&as_written);
    let unchanged = parsed.clone().ok().map(Choice::as_written);
    let domain = plain_domain(written);
    let mut choices = Vec::new();
    let mut certain = false;
    if !local.is_ascii() || !one_script(&domain) {
        choices.extend(in_latin(local).zip(in_latin(&domain)).and_then(|(local, domain)| {
            corrected(&local, typo_of(&domain).unwrap_or(&domain), Correction::LookAlike)
        }));
        if choices.is_empty() && local.is_ascii() {
            choices.extend(unchanged);
        }
    } else if let Some(known) = typo_of(&domain) {
        choices.extend(corrected(local, known, Correction::Domain));
        choices.extend(unchanged);
    } else if domain != written {
        choices.extend(corrected(local, &domain, Correction::Domain));
    } else {
        choices.extend(unchanged);
        certain = is_tld_known(&domain);
    }
    let error = parsed.err().filter(|_| choices.is_empty());
    let invalid = error.map(|error| InvalidValue::new(&as_written, error));
    EmailMatch { span, choices, certain, invalid }
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
const KNOWN_TLDS: &str = "\
    com net org info biz pro name online store shop site tech moscow tatar agency club life \
    digital group company center studio email dev app cloud space world team academy media \
    expert market travel school work press design host website art fun top xyz wiki legal house \
    rest bar cafe finance energy consulting solutions services systems support training \
    education clinic dental estate realty example test invalid рус рф дети онлайн сайт орг ком \
    москва";

fn is_tld_known(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default().to_lowercase();
    top.starts_with("xn--")
        || (top.len() == 2 && top.is_ascii())
        || KNOWN_TLDS.split(' ').any(|known| known == top)
}

/// Whether a word or an `@` beside the address may belong to it.
fn has_suspicious_neighbour(line: &str, span: &Range<usize>) -> bool {
    let before = suffix(slice(line, ..span.start), 100);
    let behind = slice(line, span.end..);
    let word = before.strip_suffix(' ').and_then(|text| text.rsplit(' ').next());
    let word = word.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
    let word = word.filter(|word| word.chars().all(|c| c.is_ascii() && is_local(c)));
    let label = ["email", "e-mail", "mail", "mailto", "to", "cc", "from", "inn", "kpp", "at"];
    let torn = before.trim_end().is_empty() && before.len() > 8;
    behind.starts_with('@') || word.is_some_and(|word| !label.contains(&word)) || torn
}

/// Whether masking signs tie it to a word: «i***v@…».
fn has_masking_before(before: &str) -> bool {
    let is_sign = |c: char| "'&!#$*^{}~`".contains(c);
    before.ends_with(is_sign) && before.trim_end_matches(is_sign).ends_with(char::is_alphanumeric)
}

impl EmailMatch {
    pub fn is_no_reply(&self) -> bool {
        let unread = ["noreply", "no-reply", "no_reply", "donotreply", "mailer-daemon", "robot"];
        let mut keys = self.choices.iter().map(|choice| choice.value.key());
        keys.any(|key| unread.iter().any(|local| key.starts_with(local)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_its_signs_end() {
        let first = |line: &str| {
            let email = find_emails(line).into_iter().next().unwrap();
            let choice = email.choices.first();
            (choice.map(|choice| String::from(choice.value.clone())), email.certain)
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
