//! Lays `key=value`, queries of links and vCards out in lines of key and value.

use crate::escapes::decode_query;
use crate::keys::{identifier, key_kind, marked};
use crate::label_kind::LabelKind;
use crate::slices::{prefix, slice, suffix};

/// A card begins and ends with lines of its own.
pub(crate) fn flatten_pairs(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut in_card = false;
    for line in text.split('\n') {
        let bare = line.trim();
        let ends = bare.eq_ignore_ascii_case("END:VCARD");
        if ends || bare.eq_ignore_ascii_case("BEGIN:VCARD") {
            in_card = !ends;
        } else if in_card {
            plain.push_str(&field_of_card(bare));
        } else if let Some((key, value)) = key_of_program(bare) {
            plain.push_str(&marked(key, value));
        } else if line.contains('=') {
            plain.push_str(&flatten_line(line));
        } else {
            plain.push_str(line);
        }
        plain.push('\n');
    }
    plain.pop();
    plain
}

/// `EMAIL;TYPE=WORK:info@romashka.example`; a note is text.
fn field_of_card(line: &str) -> String {
    let Some((head, value)) = line.split_once(':') else { return line.to_owned() };
    let key = head.split(';').next().unwrap_or_default();
    let key = key.rsplit('.').next().unwrap_or_default();
    match key.to_uppercase().as_str() {
        "NOTE" => value.to_owned(),
        _ => marked(key, value.trim_matches(';')),
    }
}

/// `payerInn: 1215107651`; a plain word is a label as people write it.
fn key_of_program(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let pairs = || key.chars().zip(key.chars().skip(1));
    let joined = key.contains('_') || pairs().any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let fits = joined && key.is_ascii() && identifier(key) == key;
    (fits && key_kind(key) != LabelKind::Irrelevant).then_some((key, value))
}

/// A key and where its value begins and ends.
struct Pair<'a> {
    start: usize,
    key: &'a str,
    value: usize,
}

fn flatten_line(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut done = 0;
    let pairs = find_pairs(line);
    for (index, pair) in pairs.iter().enumerate() {
        let next = pairs.get(index + 1).map_or(line.len(), |next| next.start);
        let before = slice(line, done..pair.start);
        let address = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let begins_query = address.contains("://") || address.contains("mailto:");
        let in_link = before.ends_with(['?', '&']) && (done > 0 || begins_query);
        let in_query =
            in_link || before.ends_with(['?', '&']) || slice(line, ..next).ends_with('&');
        plain.push_str(before.trim_end_matches(['&', '?', '|', ';']));
        let value = slice(line, pair.value..next);
        let ends = |c: char| c.is_whitespace() || (in_query && c == '&');
        let end = if in_query { value.find(ends).unwrap_or(value.len()) } else { value.len() };
        let written = slice(value, ..end).trim_end_matches(['&', '|', ';', ',', ' ']);
        if !(in_link && key_kind(pair.key) == LabelKind::Irrelevant) {
            let value = if in_query { decode_query(written) } else { written.to_owned() };
            plain.push_str(&marked(pair.key, without_quotes(&value)));
        }
        done = pair.value + end;
        if in_query && slice(line, done..).starts_with('&') {
            done += 1;
        }
    }
    plain.push_str(slice(line, done..));
    plain
}

fn without_quotes(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(value)
}

/// Every `key=` that touches its value.
fn find_pairs(line: &str) -> Vec<Pair<'_>> {
    let pair = |(at, _): (usize, &str)| {
        let before = suffix(slice(line, ..at), 60);
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let key = slice(before, before.trim_end_matches(inside).len()..);
        let begins = slice(before, ..before.len() - key.len());
        let divided = begins.is_empty() || begins.ends_with([' ', '|', ';', '&', '?', ',', '\t']);
        let behind = slice(line, at + 1..);
        let touches = !prefix(behind, 4).starts_with([' ', '=', '&', '\t']) && !behind.is_empty();
        let fits = divided && touches && !key.is_empty() && identifier(key) == key;
        fits.then_some(Pair { start: at - key.len(), key, value: at + 1 })
    };
    line.match_indices('=').filter_map(pair).collect()
}
