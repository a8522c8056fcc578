//! Joins what line ends tore: a name, a number, an address.

use crate::email::Email;
use crate::find_emails::find_emails;
use crate::inn::Inn;
use crate::kpp::Kpp;
use crate::label_kind::LabelKind;
use crate::labels::find_labels;
use crate::legal_forms::{LegalFormKind, legal_form_at};
use crate::quotes::opens_quote;
use crate::slices::{LINE_BREAK, MAX_VALUE_BYTES, slice, suffix};

/// So many lines one name may take.
const MAX_JOINED: usize = 3;

/// Drops the marks of quoting and lists, and joins the lines of one value.
pub(crate) fn join_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut joined = 0;
    for line in text.lines() {
        let line = line.trim_start_matches(['>', ' ']);
        let marks = ['•', '·', '▪', '●', '–', '—', '*', '-'];
        let line = if line.trim() == "--" { line } else { line.trim_start_matches(marks) };
        let bare = line.trim();
        let gap = lines.last().filter(|_| joined < MAX_JOINED).and_then(|last| gap(last, bare));
        match (gap, lines.last_mut()) {
            (Some(gap), Some(last)) => {
                last.push_str(gap);
                last.push_str(bare);
                joined += 1;
            }
            _ => {
                lines.push(line.trim_matches(' ').to_owned());
                joined = 0;
            }
        }
    }
    lines
}

/// What stands between two lines that belong together.
fn gap(last: &str, next: &str) -> Option<&'static str> {
    let form = (next.starts_with(opens_quote) && ends_with_form(last))
        || (next.starts_with(char::is_uppercase) && is_person_form(last))
        || begins_form(last, next);
    if form || is_in_quotes(last, next) {
        return Some(" ");
    }
    if is_torn_number(last, next) {
        return Some("");
    }
    is_torn_address(last, next).then_some("\u{3}")
}

fn is_person_form(line: &str) -> bool {
    legal_form_at(line)
        .is_some_and(|form| form.kind == LegalFormKind::Person && form.length == line.len())
}

/// «Общество с ограниченной» and «ответственностью «Ромашка»».
fn begins_form(last: &str, next: &str) -> bool {
    let words = last.len() < 100 && last.contains(' ') && next.starts_with(char::is_alphabetic);
    let whole = || format!("{last} {}", next.split(' ').take(3).collect::<Vec<_>>().join(" "));
    words && legal_form_at(&whole()).is_some_and(|form| form.length > last.len() + 1)
}

fn ends_with_form(line: &str) -> bool {
    let in_words = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-');
    if line.len() > 40 && line.chars().all(in_words) && legal_form_at(line).is_some() {
        return true;
    }
    let words = line.split(' ').rev().take(4).map(str::len);
    let starts = words.scan(0, |back, length| {
        *back += length + 1;
        Some((*back).min(line.len() + 1))
    });
    starts.into_iter().any(|back| {
        let end = slice(line, (line.len() + 1).saturating_sub(back)..);
        legal_form_at(end).is_some_and(|form| form.length == end.len() && form.length > 2)
    })
}

/// Whether a name in angle quotes goes on; a label on the next line begins something else.
fn is_in_quotes(last: &str, next: &str) -> bool {
    let last = suffix(last, MAX_VALUE_BYTES);
    let open = last.matches('«').count() > last.matches('»').count();
    let ends = next.find('»').is_some_and(|end| !slice(next, ..end).contains(':'));
    let goes_on = next.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '№'));
    let words = !next.is_empty() && find_labels(next).is_empty();
    open && words && legal_form_near(last) && (ends || goes_on)
}

fn legal_form_near(line: &str) -> bool {
    let open = line.find('«').unwrap_or_default();
    let mut words = slice(line, ..open).split_inclusive(' ').rev().take(12);
    let mut at = open;
    words.any(|word| {
        at = at.saturating_sub(word.len());
        legal_form_at(slice(line, at..)).is_some()
    })
}

/// Whether the digits of a labelled ИНН or КПП go on, by their count and checksum.
fn is_torn_number(last: &str, next: &str) -> bool {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let count = digits(next);
    let ends = !slice(next, count..).starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let head = last.strip_suffix('-').unwrap_or(last);
    let begun = slice(head, head.trim_end_matches(|c: char| c.is_ascii_digit()).len()..);
    if count == 0 || !ends || !(1..9).contains(&begun.len()) || count > 8 {
        return false;
    }
    // Digits that begin an address go on with no number.
    if find_emails(next).first().is_some_and(|email| email.span.start == 0) {
        return false;
    }
    let whole = format!("{begun}{}", slice(next, ..count));
    match find_labels(suffix(last, 100)).last().map(|label| label.kind) {
        Some(LabelKind::Inn) => Inn::parse(&whole).is_ok(),
        Some(LabelKind::Kpp) => Kpp::parse(&whole).is_ok(),
        _ => false,
    }
}

/// Whether an address goes on behind a hyphen, a point or its `@`.
fn is_torn_address(last: &str, next: &str) -> bool {
    let token = suffix(last, 100).rsplit([' ', ':', LINE_BREAK]).next().unwrap_or_default();
    let first = next.split([' ', ',', ';']).next().unwrap_or_default();
    let plain = |text: &str| !text.is_empty() && text.is_ascii() && text.len() < 100;
    if !plain(token) || !plain(first) || Email::parse(token.trim_end_matches('.')).is_ok() {
        return false;
    }
    let in_local = first.contains('@') && !token.contains('@');
    let in_domain = token.contains('@') && !first.contains('@');
    let word = |c: char| c.is_ascii_alphanumeric();
    (in_domain && token.ends_with(['-', '.', '@']) && first.starts_with(word))
        || (in_local && token.ends_with('-') && first.starts_with(word))
        || (in_local && first.starts_with('@') && token.ends_with(word))
}
