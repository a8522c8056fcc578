//! Normalises a message before it is read.

use crate::letters::fold;
use crate::slices::part;
use crate::value_text::is_invisible;

/// Unifies white space, line ends, full-width characters and quotation marks, drops invisible
/// characters, and puts a space between a long number and the label that touches it.
///
/// Every value that [`crate::read`] takes without a question is a part of this text.
pub fn normalise(text: &str) -> String {
    parted(&clean_characters(text))
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
const FORMS: [&str; 6] = ["ооо", "оао", "зао", "пао", "ао", "ип"];

/// A shorter number may be part of a name, or of a КПП with letters.
const LONG: usize = 8;

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
