//! Quotation marks as people type them: nested, unbalanced, of four kinds.

use std::ops::Range;

use crate::slices::{NEAR, head};

pub(crate) fn is_open(c: char) -> bool {
    matches!(c, '«' | '„' | '“' | '"')
}

/// The length of the quotation that a text begins with, and whether it is balanced. By habit people
/// end «Торговый дом «Ромашка» with one mark.
pub(crate) fn close(text: &str) -> Option<(usize, bool)> {
    let open = text.chars().next()?;
    let mut depth = 0_i32;
    let mut last = None;
    let mut before = ' ';
    let text = head(text, NEAR);
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
                '„' => matches!(c, '“' | '”'),
                '“' => matches!(c, '”' | '“'),
                _ => c == '"',
            };
        if opens || at == 0 {
            depth += 1;
        } else if closes {
            depth -= 1;
            let end = at + c.len_utf8();
            last = Some((end, depth <= 0));
            let ended = !(next.is_alphanumeric() || next == ' ' || closing(next));
            let over = text.get(end..).is_none_or(|rest| rest.trim().is_empty());
            if depth <= 0 || ended || over {
                break;
            }
        }
        before = c;
    }
    last
}

fn first_length(text: &str) -> Option<usize> {
    text.chars().next().map(char::len_utf8)
}

fn closing(c: char) -> bool {
    matches!(c, '»' | '”' | '“' | '"')
}

pub(crate) fn quotes(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..)
        && let Some(at) = rest.find(is_open)
    {
        let start = from + at;
        let length = text.get(start..).and_then(close).map(|(length, _)| length);
        match length {
            Some(length) => {
                found.push(start..start + length);
                from = start + length;
            }
            None => from = start + text.get(start..).and_then(first_length).unwrap_or(1),
        }
    }
    found
}
