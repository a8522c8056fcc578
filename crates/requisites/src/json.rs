//! Lays JSON out in lines of key and value, whole, torn, or with quotes left out.

use crate::escapes::decode_backslashes;
use crate::keys::{identifier, marked};
use crate::slices::{MAX_VALUE_BYTES, prefix, slice};

/// A text without JSON stays as it is.
pub(crate) fn flatten_json(text: &str) -> String {
    if !holds_json(text) {
        return text.to_owned();
    }
    let mut reader = Reader { rest: text, ..Reader::default() };
    while !reader.rest.is_empty() {
        reader.step();
    }
    reader.plain
}

fn holds_json(text: &str) -> bool {
    let keys = text.match_indices("\":").map(|(at, _)| (at, slice(text, at + 2..)));
    let quoted = keys.into_iter().any(|(at, behind)| {
        let key = slice(text, text.floor_char_boundary(at.saturating_sub(60))..at);
        let key = key.rsplit('"').next().unwrap_or_default();
        let value = behind
            .trim_start()
            .starts_with(|c: char| "\"'{[tfn-".contains(c) || c.is_ascii_digit());
        value && !key.is_empty() && identifier(key) == key
    });
    let bare = text.match_indices('{').any(|(at, _)| {
        let inner = slice(text, at + 1..).trim_start();
        let key = identifier(inner);
        !key.is_empty() && slice(inner, key.len()..).trim_start().starts_with(':')
    });
    quoted || bare
}

#[derive(Default)]
struct Reader<'a> {
    rest: &'a str,
    plain: String,
    /// The keys of the objects and lists that are open.
    path: Vec<String>,
    key: Option<String>,
}

/// Deeper ones are told apart by no key.
const MAX_DEPTH: usize = 60;

impl<'a> Reader<'a> {
    fn step(&mut self) {
        let Some(c) = self.rest.chars().next() else { return };
        match c {
            '{' | '[' => {
                let key = self.key.take().unwrap_or_default();
                self.path.push(key);
                self.skip(1);
                self.plain.push('\n');
            }
            '}' | ']' => {
                self.path.pop();
                self.key = None;
                self.skip(1);
                self.plain.push_str(if c == '}' { "\n\n" } else { "\n" });
            }
            '"' | '\'' => self.string(c),
            _ if self.key.is_some() || !self.path.is_empty() => self.word(c),
            _ => self.copy(c),
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = slice(self.rest, bytes..);
    }

    fn copy(&mut self, c: char) {
        self.plain.push(c);
        self.skip(c.len_utf8());
    }

    fn string(&mut self, quote: char) {
        let inner = slice(self.rest, 1..);
        let Some(length) = string_length(inner, quote) else {
            return match self.key.is_some() {
                true => self.torn(inner),
                false => self.copy(quote),
            };
        };
        let value = slice(inner, ..length);
        let behind = slice(inner, length + 1..).trim_start();
        if behind.starts_with(':') && identifier(value) == value && !value.is_empty() {
            self.key = Some(value.to_owned());
            self.rest = slice(behind, 1..);
        } else if self.key.is_some() || !self.path.is_empty() {
            self.rest = slice(inner, length + 1..);
            self.value(&decode_backslashes(value));
        } else {
            self.copy(quote);
        }
    }

    /// A string that nothing ends goes to the end of its line, and JSON ends with it.
    fn torn(&mut self, inner: &'a str) {
        let end = inner.find('\n').unwrap_or(inner.len());
        self.rest = slice(inner, end..);
        self.value(slice(inner, ..end));
        self.path.clear();
    }

    fn word(&mut self, c: char) {
        if c.is_whitespace() || matches!(c, ',' | ':' | '>') {
            return self.skip(c.len_utf8());
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | ':' | '"');
        let length = prefix(self.rest, MAX_VALUE_BYTES).find(ends).unwrap_or(self.rest.len());
        let word = slice(self.rest, ..length.max(c.len_utf8()));
        let behind = slice(self.rest, word.len()..).trim_start();
        if behind.starts_with(':') && identifier(word) == word {
            self.key = Some(word.to_owned());
            self.rest = slice(behind, 1..);
        } else {
            self.skip(word.len());
            self.value(word);
        }
    }

    fn value(&mut self, value: &str) {
        let above = self.path.iter().rev().take(2).rev().map(String::as_str);
        let own = self.key.take();
        let keys: Vec<&str> = above.chain(own.as_deref()).filter(|key| !key.is_empty()).collect();
        let path = if self.path.len() > MAX_DEPTH { String::new() } else { keys.join(".") };
        match path.is_empty() {
            true => {
                self.plain.push_str(value);
                self.plain.push('\n');
            }
            false => self.plain.push_str(&marked(&path, value)),
        }
    }
}

/// Up to the quote that ends the value: a sign of JSON follows it.
fn string_length(inner: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in prefix(inner, MAX_VALUE_BYTES).char_indices() {
        if c == quote && !escaped {
            let behind = slice(inner, at + 1..);
            let next = prefix(behind, 100).trim_start_matches([' ', '\n']).chars().next();
            if next.is_none_or(|next| matches!(next, ',' | ':' | '}' | ']')) {
                return Some(at);
            }
        }
        escaped = c == '\\' && !escaped;
    }
    None
}
