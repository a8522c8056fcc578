//! Normalises a message before it is read.

use crate::characters::clean_characters;
use crate::csv::flatten_csv;
use crate::escapes::{decode_entities, unescape};
use crate::json::flatten_json;
use crate::letters::fold;
use crate::pairs::flatten_pairs;
use crate::slices::{MAX_VALUE_BYTES, prefix, slice};
use crate::tags::flatten_tags;

/// Unifies characters, undoes what programs put around a text, and puts a space between a long
/// number and the label that touches it.
///
/// Every value that [`crate::read`] takes without a question is a part of this text.
pub fn normalise(text: &str) -> String {
    separate_labels(&with_paired_quotes(&without_markup(&clean_characters(text))))
}

fn without_markup(text: &str) -> String {
    let text = flatten_json(&flatten_tags(&unescape(&unquoted(text))));
    flatten_csv(&flatten_pairs(&decode_entities(&text)))
}

/// Without the marks of an answered letter.
fn unquoted(text: &str) -> String {
    let lines: Vec<&str> =
        text.split('\n').map(|line| line.trim_start_matches(['>', ' '])).collect();
    lines.join("\n")
}

/// Quotes that keyboards lack or that were doubled: <<…>>, ««…»», ,,…", '…'.
fn with_paired_quotes(text: &str) -> String {
    let mut text = with_single_quotes(text);
    let doubled = if text.contains("««") { ("»»", "»") } else { (">>", "»") };
    for (written, meant) in [("««", "«"), ("<<", "«"), doubled] {
        if text.contains(written) {
            text = text.replace(written, meant);
        }
    }
    match text.match_indices(",,").any(|(at, _)| begins_word(slice(&text, at + 2..))) {
        true => text.replace(",,", "„"),
        false => text,
    }
}

fn begins_word(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}

/// An apostrophe inside a word stays.
fn with_single_quotes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '‘']) {
        let (before, quote) = (slice(rest, ..at), slice(rest, at..));
        let mark = quote.chars().next().map_or(1, char::len_utf8);
        let inner = slice(quote, mark..);
        let opens = !before.ends_with(char::is_alphanumeric) && begins_word(inner);
        let end = prefix(inner, MAX_VALUE_BYTES).find(['\'', '’', '\n']).filter(|_| opens);
        let closes = |end: &usize| {
            let mut behind = slice(inner, *end..).chars();
            behind.next().is_some_and(|c| c != '\n')
                && !behind.as_str().starts_with(char::is_alphabetic)
        };
        plain.push_str(before);
        match end.filter(closes) {
            Some(end) => {
                plain.push('"');
                plain.push_str(slice(inner, ..end));
                plain.push('"');
                let close = slice(inner, end..).chars().next().map_or(1, char::len_utf8);
                rest = slice(inner, end + close..);
            }
            None => {
                plain.push_str(slice(quote, ..mark));
                rest = inner;
            }
        }
    }
    plain + rest
}

/// Copying a table loses the space between these and a number: «ИНН1215107651КПП121501001ООО».
const LABELS: [&str; 5] = ["инн", "кпп", "огрн", "огрнип", "бик"];
const LEGAL_FORMS: [&str; 6] = ["ооо", "оао", "зао", "пао", "ао", "ип"];

const LABELS_BEHIND: [&str; 4] = ["е", "еmаіl", "почта", "тел"];

/// So many digits are a number of their own; fewer may be part of a name or a telephone.
pub(crate) const LONG_NUMBER: usize = 8;

fn separate_labels(text: &str) -> String {
    let is_long_number =
        |run: &str| run.len() >= LONG_NUMBER && run.bytes().all(|b| b.is_ascii_digit());
    let mut separated = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        // A spreadsheet shows a number as a fraction.
        if let Some(number) = word.trim_end().strip_suffix(".0").filter(|it| is_long_number(it)) {
            separated.push_str(number);
            separated.push_str(slice(word, number.len() + 2..));
            continue;
        }
        let is_local = |c: char| c.is_alphanumeric() || ".-_+".contains(c);
        let address = word.find('@').map(|at| slice(word, ..at).trim_end_matches(is_local).len());
        let (word, address) = word.split_at(address.unwrap_or(word.len()));
        let mut runs = runs(word).peekable();
        let (mut follows_number, mut follows_label) = (false, false);
        while let Some(run) = runs.next() {
            let folded = fold(run);
            let is_label = LABELS.contains(&folded.as_str());
            let divided =
                [&LEGAL_FORMS[..], &LABELS_BEHIND].iter().any(|it| it.contains(&&*folded));
            if follows_number && (is_label || divided) {
                separated.push(' ');
            }
            // «ИНН_1215107651»
            let is_line =
                run == "_" && follows_label && runs.peek().is_some_and(|it| is_long_number(it));
            separated.push_str(if is_line { " " } else { run });
            if is_label && runs.peek().is_some_and(|next| is_long_number(next)) {
                separated.push(' ');
            }
            follows_label = is_label;
            follows_number = is_long_number(run);
        }
        separated.push_str(address);
    }
    separated
}

fn runs(word: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let run = slice(rest, ..end);
        rest = slice(rest, end..);
        Some(run)
    })
}
