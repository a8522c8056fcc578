//! What a message is normalised to before it is read, and how parts of it are cut out. No rule of
//! any field is here.

use std::ops::Range;

use crate::letters::fold;
use crate::text::is_invisible;

/// The text that values are read from: full-width characters are ordinary ones, every space but
/// a tab is a plain one, every line end is `\n`, two apostrophes are a quotation mark, what cannot
/// be seen is gone, and a space stands between a long number and the label that it touches.
///
/// Every value that [`crate::read`] offers without a doubt is a part of this text, runs of white
/// space being one space in a name and nothing in a number, where dashes go as well.
pub fn normalise(text: &str) -> String {
    parted(&legible(text))
}

/// The same for one value, in which nothing can have lost a space.
pub fn legible(text: &str) -> String {
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
            // FULLWIDTH EXCLAMATION MARK to FULLWIDTH TILDE stand in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => {
                clean.push(char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c));
            }
            _ => clean.push(c),
        }
        before = c;
    }
    // Two apostrophes are how a quotation mark is typed where there is no key for it.
    clean.replace("''", "\"")
}

/// Labels of numbers, and forms of a name, that lose the space beside a number when a table is
/// copied: «ИНН1215107651КПП121501001ООО».
const LABELS: [&str; 5] = ["инн", "кпп", "огрн", "огрнип", "бик"];
const FORMS: [&str; 6] = ["ооо", "оао", "зао", "пао", "ао", "ип"];

/// From so many digits on a number is no part of a name or of a КПП with letters.
const LONG: usize = 8;

/// The text with a space where a label or a form touches a long number; addresses stay as they are.
fn parted(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.contains('@') {
            parted.push_str(word);
            continue;
        }
        let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
        let chars: Vec<(usize, char)> = word.char_indices().collect();
        let runs: Vec<&str> = chars
            .chunk_by(|(_, a), (_, b)| kind(*a) == kind(*b))
            .filter_map(|run| Some((run.first()?.0, run.last()?)))
            .map(|(from, (last, c))| part(word, from..last + c.len_utf8()))
            .collect();
        let is_long = |run: &&str| run.len() >= LONG && run.bytes().all(|b| b.is_ascii_digit());
        for (at, run) in runs.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| runs.get(before)).is_some_and(is_long);
            let behind = runs.get(at + 1).is_some_and(is_long);
            let folded = fold(run);
            let label = LABELS.contains(&folded.as_str());
            if before && (label || FORMS.contains(&folded.as_str())) {
                parted.push(' ');
            }
            parted.push_str(run);
            if behind && label {
                parted.push(' ');
            }
        }
    }
    parted
}

/// The text with these parts overwritten, byte for byte, by a mark that nothing reads.
pub(crate) fn blanked(text: &str, parts: &[Range<usize>]) -> String {
    let mut blank = text.to_owned();
    for part in parts {
        if text.get(part.clone()).is_some() {
            blank.replace_range(part.clone(), &MARK.to_string().repeat(part.len()));
        }
    }
    blank
}

/// Stands where something has been read already.
pub(crate) const MARK: char = '\u{1}';

/// The beginning of a text, of so many bytes at most: what is looked for stands near, and the
/// cost of a message stays in proportion to its length.
pub(crate) fn head(text: &str, length: usize) -> &str {
    part(text, 0..text.floor_char_boundary(length))
}

/// The end of a text, likewise.
pub(crate) fn tail(text: &str, length: usize) -> &str {
    part(text, text.ceil_char_boundary(text.len().saturating_sub(length))..text.len())
}

/// No name, address or label is longer, in bytes.
pub(crate) const NEAR: usize = 600;

/// A part of a text; empty where the range is none of it.
pub(crate) fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
