//! Cuts parts out of a text without panics, and limits how far a search looks.

use std::ops::Range;

/// Overwrites parts byte for byte with [`MARK`], so that ranges stay valid.
pub(crate) fn blanked(text: &str, parts: &[Range<usize>]) -> String {
    let mut blank = text.to_owned();
    for part in parts {
        if text.get(part.clone()).is_some() {
            blank.replace_range(part.clone(), &MARK.to_string().repeat(part.len()));
        }
    }
    blank
}

pub(crate) const MARK: char = '\u{1}';

/// Limits a search, so that the cost of a message stays linear.
pub(crate) fn head(text: &str, length: usize) -> &str {
    part(text, 0..text.floor_char_boundary(length))
}

pub(crate) fn tail(text: &str, length: usize) -> &str {
    part(text, text.ceil_char_boundary(text.len().saturating_sub(length))..text.len())
}

/// The longest name, address or label, in bytes.
pub(crate) const NEAR: usize = 600;

pub(crate) fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
