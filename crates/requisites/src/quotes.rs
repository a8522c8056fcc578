//! Quotation marks as people type them: nested, unbalanced, of four kinds.

use std::ops::Range;

use crate::slices::{MAX_VALUE_BYTES, prefix, slice};

pub(crate) fn opens_quote(c: char) -> bool {
    matches!(c, '«' | '„' | '“' | '"')
}

pub(crate) struct Quotation {
    pub length: usize,
    /// By habit people end «Торговый дом «Ромашка» with one mark.
    pub balanced: bool,
}

/// The quotation that a text begins with.
pub(crate) fn quotation_at(text: &str) -> Option<Quotation> {
    let open = text.chars().next()?;
    let mut depth = 0_i32;
    let mut last = None;
    let mut before = ' ';
    let text = prefix(text, MAX_VALUE_BYTES);
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map_or(' ', |(_, next)| *next);
        let opens = match open {
            '"' => c == '"' && (before.is_whitespace() || before == '(') && next.is_alphanumeric(),
            '“' => c == '“',
            _ => c == open,
        };
        let closes = !opens
            && match open {
                '«' => c == '»',
                '„' => matches!(c, '“' | '”' | '"'),
                '“' => matches!(c, '”' | '“'),
                _ => c == '"',
            };
        if opens || at == 0 {
            depth += 1;
        } else if closes {
            depth -= 1;
            let length = at + c.len_utf8();
            last = Some(Quotation { length, balanced: depth <= 0 });
            let ended = !(next.is_alphanumeric() || next == ' ' || is_closing(next));
            let over = text.get(length..).is_none_or(|rest| rest.trim().is_empty());
            if depth <= 0 || ended || over {
                break;
            }
        }
        before = c;
    }
    last
}

fn is_closing(c: char) -> bool {
    matches!(c, '»' | '”' | '“' | '"')
}

pub(crate) fn find_quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = slice(text, from..).find(opens_quote) {
        let start = from + at;
        let rest = slice(text, start..);
        from = match quotation_at(rest) {
            Some(Quotation { length, .. }) => {
                found.push(start..start + length);
                start + length
            }
            None => start + rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    found
}
