//! Normalises a message before it is read.

use crate::letters::fold;
use crate::slices::slice;
use crate::value_text::is_invisible;

/// Unifies white space, line ends, full-width characters and quotation marks, drops invisible
/// characters, and puts a space between a long number and the label that touches it.
///
/// Every value that [`crate::read`] takes without a question is a part of this text.
pub fn normalise(text: &str) -> String {
    separate_labels(&clean_characters(text))
}

/// The same for a single value, where no label touches a number.
pub fn clean_characters(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\n' if before == '\r' => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                clean.push('\n')
            }
            '\t' => clean.push('\t'),
            '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => {}
            _ if c.is_whitespace() => clean.push(' '),
            _ if is_invisible(c) => {}
            // U+FF01 to U+FF5E are in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => {
                clean.push(char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c));
            }
            _ => clean.push(c),
        }
        before = c;
    }
    // People type two apostrophes where a keyboard has no quotation mark.
    clean.replace("''", "\"")
}

/// Copying a table loses the space between these and a number: «ИНН1215107651КПП121501001ООО».
const LABELS: [&str; 5] = ["инн", "кпп", "огрн", "огрнип", "бик"];
const LEGAL_FORMS: [&str; 6] = ["ооо", "оао", "зао", "пао", "ао", "ип"];

/// So many digits are a number of their own; fewer may be part of a name or a telephone.
pub(crate) const LONG_NUMBER: usize = 8;

fn separate_labels(text: &str) -> String {
    let is_long_number =
        |run: &str| run.len() >= LONG_NUMBER && run.bytes().all(|b| b.is_ascii_digit());
    let mut separated = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.contains('@') {
            separated.push_str(word);
            continue;
        }
        let mut runs = runs(word).peekable();
        let mut follows_number = false;
        while let Some(run) = runs.next() {
            let folded = fold(run);
            let is_label = LABELS.contains(&folded.as_str());
            if follows_number && (is_label || LEGAL_FORMS.contains(&folded.as_str())) {
                separated.push(' ');
            }
            separated.push_str(run);
            if is_label && runs.peek().is_some_and(|next| is_long_number(next)) {
                separated.push(' ');
            }
            follows_number = is_long_number(run);
        }
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
