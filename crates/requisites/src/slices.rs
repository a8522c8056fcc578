//! Cuts parts out of a text without panics, and limits how far a search looks.

use std::ops::Range;
use std::slice::SliceIndex;

/// The longest name, address or label.
pub(crate) const MAX_VALUE_BYTES: usize = 600;

pub(crate) const BLANK: char = '\u{1}';

/// Where two lines were joined inside an address.
pub(crate) const LINE_BREAK: char = '\u{3}';

/// Overwrites parts byte for byte with [`BLANK`], so that ranges stay valid.
pub(crate) fn blank_out(text: &str, ranges: &[Range<usize>]) -> String {
    let mut blanked = text.to_owned();
    for range in ranges {
        if text.get(range.clone()).is_some() {
            blanked.replace_range(range.clone(), &BLANK.to_string().repeat(range.len()));
        }
    }
    blanked
}

pub(crate) fn slice(text: &str, range: impl SliceIndex<str, Output = str>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Limits a search, so that the cost of a message stays linear.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    slice(text, ..text.floor_char_boundary(bytes))
}

pub(crate) fn suffix(text: &str, bytes: usize) -> &str {
    slice(text, text.ceil_char_boundary(text.len().saturating_sub(bytes))..)
}
