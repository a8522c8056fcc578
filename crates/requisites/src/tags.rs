//! Lays HTML and XML out in lines: cells of a table, and elements as lines of key and value.

use std::collections::HashSet;

use crate::escapes::decode_entities;
use crate::keys::{identifier, marked};
use crate::slices::{prefix, slice};

const BLOCKS: &str = "p div br li ul ol table tbody thead tfoot h1 h2 h3 h4 h5 h6 dl dd html body \
    section header footer article hr form main head nav tr blockquote";
const INLINE: &str = "b i u s strong em span a font code small big mark sub sup button label img \
    input pre tt ins del nobr wbr abbr time address svg path meta link style script";

const CELLS: &str = "td th dt";

/// A text without tags stays as it is.
pub(crate) fn flatten_tags(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let ends = text.match_indices("</");
    let closed = ends.map(|(at, _)| identifier_with_space(slice(text, at + 2..))).collect();
    let mut reader = Reader { closed, ..Reader::default() };
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        reader.text(slice(rest, ..at));
        rest = slice(rest, at..);
        rest = slice(rest, reader.tag(rest)..);
    }
    reader.text(rest);
    reader.plain
}

struct Tag<'a> {
    name: &'a str,
    is_end: bool,
    attributes: &'a str,
    length: usize,
}

impl Tag<'_> {
    fn is_one_of(&self, names: &str) -> bool {
        names.split_whitespace().any(|name| name.eq_ignore_ascii_case(self.name))
    }
}

/// «<ivan@romashka.example>» is no tag.
fn tag_at(text: &str) -> Option<Tag<'_>> {
    let length = prefix(text, 400).find('>')?;
    let inner = slice(text, 1..length);
    let bare = inner.strip_prefix('/').unwrap_or(inner);
    let name = identifier_with_space(bare);
    let attributes = slice(bare, name.len()..);
    let divided = attributes.is_empty() || attributes.starts_with([' ', '\n', '/']);
    let fits = !name.is_empty() && divided && !attributes.contains('<');
    fits.then_some(Tag { name, is_end: bare.len() < inner.len(), attributes, length: length + 1 })
}

/// The name of a tag, which may have a name space before it.
fn identifier_with_space(text: &str) -> &str {
    let space = identifier(text);
    match slice(text, space.len()..).strip_prefix(':') {
        Some(rest) if !space.is_empty() => slice(text, ..space.len() + 1 + identifier(rest).len()),
        _ => space,
    }
}

#[derive(Default)]
struct Reader<'a> {
    plain: String,
    /// The names that are closed somewhere; `<` before any other is a sign of the text.
    closed: HashSet<&'a str>,
    /// The elements of XML that are open.
    path: Vec<&'a str>,
    in_row: bool,
    link: Option<String>,
}

impl<'a> Reader<'a> {
    fn text(&mut self, text: &str) {
        let decoded = decode_entities(text);
        match self.path.is_empty() {
            true => self.plain.push_str(&decoded),
            false => self.value(None, &decoded),
        }
    }

    fn value(&mut self, attribute: Option<&str>, value: &str) {
        let above = self.path.iter().rev().take(3).rev().copied();
        let own = |name: &'a str| name.rsplit(':').next().unwrap_or(name);
        let keys: Vec<&str> = above.map(own).chain(attribute).collect();
        self.plain.push_str(&marked(&keys.join("."), value));
    }

    /// Reads the tag at the start, and returns its length.
    fn tag(&mut self, rest: &'a str) -> usize {
        if let Some(inner) = rest.strip_prefix("<![CDATA[") {
            let length = inner.find("]]>").unwrap_or(inner.len());
            self.text(slice(inner, ..length));
            return (9 + length + 3).min(rest.len());
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return prefix(rest, 300).find('>').map_or(1, |end| end + 1);
        }
        let Some(tag) = tag_at(rest).filter(|tag| self.is_known(tag)) else {
            // A sign of the text.
            self.plain.push('<');
            return 1;
        };
        self.lay_out(&tag, slice(rest, tag.length..));
        tag.length
    }

    fn is_known(&self, tag: &Tag<'_>) -> bool {
        let with_values = tag.attributes.ends_with('/') && tag.attributes.contains('=');
        [BLOCKS, INLINE, CELLS].iter().any(|list| tag.is_one_of(list))
            || self.closed.contains(tag.name)
            || with_values
    }

    fn lay_out(&mut self, tag: &Tag<'a>, behind: &str) {
        if tag.is_one_of("td th") {
            self.cell(tag.is_end);
        } else if tag.is_one_of("tr") {
            self.in_row = false;
            self.plain.push('\n');
        } else if tag.is_one_of("dt") {
            self.plain.push_str(if tag.is_end { ": " } else { "\n" });
        } else if tag.is_one_of(BLOCKS) {
            // A term and its definition make one line.
            if !self.plain.ends_with(": ") {
                self.plain.push('\n');
            }
        } else if tag.is_one_of("a") {
            self.anchor(tag);
        } else if tag.is_one_of(INLINE) {
            self.inline(behind);
        } else {
            self.element(tag);
        }
    }

    fn cell(&mut self, is_end: bool) {
        if is_end {
            return;
        }
        if self.in_row {
            self.plain.truncate(self.plain.trim_end().len());
            self.plain.push('\t');
        }
        self.in_row = true;
    }

    /// A space where the tag alone divided two words.
    fn inline(&mut self, behind: &str) {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if word(self.plain.chars().next_back()) && word(behind.chars().next()) {
            self.plain.push(' ');
        }
    }

    /// The address of a link whose words hold none is read as well.
    fn anchor(&mut self, tag: &Tag<'_>) {
        if !tag.is_end {
            let address = tag.attributes.split_once("mailto:").map(|(_, rest)| rest);
            let end = |c: char| matches!(c, '"' | '\'' | '?' | ' ');
            self.link = address.and_then(|rest| rest.split(end).next()).map(str::to_owned);
        } else if let Some(link) = self.link.take()
            && !self.plain.ends_with(link.as_str())
        {
            self.plain.push(' ');
            self.plain.push_str(&link);
        }
    }

    fn element(&mut self, tag: &Tag<'a>) {
        let Tag { name, attributes, .. } = *tag;
        if tag.is_end {
            if self.path.iter().rev().take(20).any(|open| *open == name) {
                while self.path.pop().is_some_and(|open| open != name) {}
            }
            // Between two records.
            self.plain.push('\n');
            if self.path.len() < 2 {
                self.plain.push('\n');
            }
            return;
        }
        self.path.push(name);
        let mut parts = attributes.trim_end_matches('/').split('"');
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            let key = key.trim().trim_end_matches('=').trim();
            self.value(Some(key), &decode_entities(value));
        }
        if attributes.ends_with('/') {
            self.path.pop();
        }
    }
}
