//! One character for each meaning: white space, line ends, quotes, digits, й and ё.

use crate::value_text::{compose, is_invisible};

/// For a single value, where no label touches a number.
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
            _ => clean.push(in_ascii(c)),
        }
        before = c;
    }
    // People type two apostrophes where a keyboard has no quotation mark.
    compose(clean.replace("''", "\""))
}

/// Full-width signs, and the letters and digits that messengers show as bold.
fn in_ascii(c: char) -> char {
    let code = u32::from(c);
    let nth = |first: char, place: u32| char::from_u32(u32::from(first) + place).unwrap_or(c);
    match c {
        // In the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => nth('!', code - 0xff01),
        '\u{1d7ce}'..='\u{1d7ff}' => nth('0', (code - 0x1d7ce) % 10),
        // Capitals and small letters in turn.
        '\u{1d400}'..='\u{1d6a3}' => match (code - 0x1d400) % 52 {
            place @ ..26 => nth('A', place),
            place => nth('a', place - 26),
        },
        _ => c,
    }
}
