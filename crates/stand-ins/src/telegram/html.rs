//! The HTML of messages, parsed as the real server does (`parse_html` of TDLib's
//! `MessageEntity.cpp`), with its words for each mistake. One thing is stricter: an `&` that begins
//! no entity is refused, where the server shows it; the documentation demands `&amp;`, and a missing
//! escape would otherwise show up only with somebody's unlucky text. Custom emoji and `tg-time` are
//! not played.

use std::iter::Peekable;
use std::str::CharIndices;

use url::Url;

use super::message::Entity;

/// The text without its tags, and what the tags said; or what is wrong, in the server's words.
pub(super) fn parse(source: &str) -> Result<(String, Vec<Entity>), String> {
    let mut parser = Parser {
        letters: source.char_indices().peekable(),
        length: source.len(),
        text: String::new(),
        width: 0,
        open: Vec::new(),
        entities: Vec::new(),
    };
    while let Some((at, letter)) = parser.letters.next() {
        match letter {
            '&' => parser.reference(at)?,
            '<' if parser.skip('/') => parser.end_tag(at)?,
            '<' => parser.start_tag(at)?,
            letter => parser.push(letter),
        }
    }
    if let Some(open) = parser.open.last() {
        let name = &open.name;
        return Err(format!("Can't find end tag corresponding to start tag \"{name}\""));
    }
    // Outer entities first.
    parser.entities.sort_by_key(|it| (it.offset, std::cmp::Reverse(it.length)));
    Ok((parser.text, parser.entities))
}

struct Open {
    name: String,
    argument: String,
    offset: usize,
    text_starts: usize,
}

struct Parser<'a> {
    letters: Peekable<CharIndices<'a>>,
    length: usize,
    text: String,
    /// Length of `text` in UTF-16 code units.
    width: usize,
    open: Vec<Open>,
    entities: Vec<Entity>,
}

impl Parser<'_> {
    fn push(&mut self, letter: char) {
        self.text.push(letter);
        self.width += letter.len_utf16();
    }

    fn peek(&mut self) -> Option<char> {
        self.letters.peek().map(|(_, letter)| *letter)
    }

    fn position(&mut self) -> usize {
        self.letters.peek().map_or(self.length, |(at, _)| *at)
    }

    fn skip(&mut self, letter: char) -> bool {
        self.letters.next_if(|(_, it)| *it == letter).is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some((_, letter)) = self.letters.next_if(|(_, it)| wanted(*it)) {
            taken.push(letter);
        }
        taken
    }

    fn reference(&mut self, at: usize) -> Result<(), String> {
        let letter = self.referred().ok_or_else(|| {
            format!("Unescaped \"&\" at byte offset {at}: the documentation asks for \"&amp;\"")
        })?;
        self.push(letter);
        Ok(())
    }

    /// What stands after `&`: one of four names or a number, with or without a semicolon.
    fn referred(&mut self) -> Option<char> {
        let code = if self.skip('#') {
            let (digits, base) = if self.skip('x') {
                (self.take_while(|it| it.is_ascii_hexdigit()), 16)
            } else {
                (self.take_while(|it| it.is_ascii_digit()), 10)
            };
            char::from_u32(u32::from_str_radix(&digits, base).ok()?).filter(|it| *it != '\0')?
        } else {
            match self.take_while(|it| it.is_ascii_alphabetic()).as_str() {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                _ => return None,
            }
        };
        self.skip(';');
        Some(code)
    }

    fn start_tag(&mut self, at: usize) -> Result<(), String> {
        let name = self.take_while(|it| !is_space(it) && it != '>').to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {at}"));
        }
        if name != "span" && kind_of(&name).is_none() {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {at}"));
        }
        let mut argument = String::new();
        loop {
            self.take_while(is_space);
            if self.skip('>') {
                break;
            }
            let (attribute, value) = self.attribute(&name, at)?;
            if let Some(told) = told(&name, &attribute, &value) {
                argument = told;
            }
        }
        if name == "span" && argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"));
        }
        let (offset, text_starts) = (self.width, self.text.len());
        self.open.push(Open { name, argument, offset, text_starts });
        Ok(())
    }

    fn attribute(&mut self, tag: &str, at: usize) -> Result<(String, String), String> {
        let unclosed = || format!("Unclosed start tag \"{tag}\" at byte offset {at}");
        let name = self.take_while(|it| !is_space(it) && !"=>/\"'".contains(it));
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {at}"));
        }
        self.take_while(is_space);
        if !self.skip('=') {
            self.peek().ok_or_else(unclosed)?;
            return Ok((name, String::new()));
        }
        self.take_while(is_space);
        let value = match self.peek().ok_or_else(unclosed)? {
            quote @ ('"' | '\'') => {
                self.skip(quote);
                self.quoted(quote)
            }
            _ => self.token()?,
        };
        self.peek().ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))?;
        Ok((name, value))
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut value = String::new();
        while let Some((_, letter)) = self.letters.next() {
            if letter == quote {
                break;
            }
            if letter != '&' {
                value.push(letter);
                continue;
            }
            // Addresses may carry bare ampersands; the server keeps them.
            let before = self.letters.clone();
            match self.referred() {
                Some(referred) => value.push(referred),
                None => {
                    self.letters = before;
                    value.push('&');
                }
            }
        }
        value
    }

    fn token(&mut self) -> Result<String, String> {
        let starts = self.position();
        let token = self.take_while(|it| it.is_ascii_alphanumeric() || it == '.' || it == '-');
        match self.peek() {
            Some(it) if !is_space(it) && it != '>' => {
                Err(format!("Unexpected end of name token at byte offset {starts}"))
            }
            _ => Ok(token.to_ascii_lowercase()),
        }
    }

    fn end_tag(&mut self, at: usize) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {at}"));
        };
        let found = self.take_while(|it| !is_space(it) && it != '>').to_ascii_lowercase();
        self.take_while(is_space);
        if !self.skip('>') {
            return Err(format!("Unclosed end tag at byte offset {at}"));
        }
        if !found.is_empty() && found != open.name {
            let expected = &open.name;
            return Err(format!(
                "Unmatched end tag at byte offset {at}, expected \"</{expected}>\", \
                 found \"</{found}>\""
            ));
        }
        self.close(open);
        Ok(())
    }

    /// An empty entity is none, and neither is a link that leads nowhere.
    fn close(&mut self, open: Open) {
        let length = self.width - open.offset;
        let mut kind = kind_of(&open.name).unwrap_or("spoiler");
        let mut url = None;
        if length == 0 {
            return;
        }
        if kind == "text_link" {
            let shown = self.text.get(open.text_starts..).unwrap_or_default();
            let address = if open.argument.is_empty() { shown } else { &open.argument };
            url = checked_link(address);
            if url.is_none() {
                return;
            }
        }
        if kind == "blockquote" && !open.argument.is_empty() {
            kind = "expandable_blockquote";
        }
        if kind == "pre" {
            let is_same = |it: &Entity| it.kind == "code" && it.offset == open.offset;
            self.entities.pop_if(|it| is_same(it) && it.length == length);
        }
        self.entities.push(Entity { kind: kind.to_owned(), offset: open.offset, length, url });
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '\0' | '\u{b}')
}

fn kind_of(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "a" => "text_link",
        "b" | "strong" => "bold",
        "i" | "em" => "italic",
        "s" | "strike" | "del" => "strikethrough",
        "u" | "ins" => "underline",
        "tg-spoiler" => "spoiler",
        "pre" => "pre",
        "code" => "code",
        "blockquote" => "blockquote",
        _ => return None,
    })
}

/// What an attribute tells about its tag; most tell nothing.
fn told(tag: &str, attribute: &str, value: &str) -> Option<String> {
    match (tag, attribute) {
        ("a", "href") => Some(value.to_owned()),
        ("code", "class") => value.strip_prefix("language-").map(str::to_owned),
        ("span", "class") => value.strip_prefix("tg-").map(str::to_owned),
        ("blockquote", "expandable") => Some("1".to_owned()),
        _ => None,
    }
}

fn checked_link(address: &str) -> Option<String> {
    let url = Url::parse(address).or_else(|_| Url::parse(&format!("http://{address}"))).ok()?;
    let has_host = url.host_str().is_some_and(|host| host.contains('.'));
    let is_link = match url.scheme() {
        "tg" => true,
        "http" | "https" => has_host,
        _ => false,
    };
    is_link.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(source: &str, words: &str) {
        assert_eq!(parse(source).unwrap_err(), words, "{source}");
    }

    #[test]
    fn tags_become_entities_in_utf16_units() {
        let (text, entities) = parse("💳 <b>ООО <i>«Ромашка»</i></b> &lt;1&gt; &amp;").unwrap();
        assert_eq!(text, "💳 ООО «Ромашка» <1> &");
        let told: Vec<_> =
            entities.iter().map(|it| (it.kind.as_str(), it.offset, it.length)).collect();
        assert_eq!(told, [("bold", 3, 13), ("italic", 7, 9)]);
    }

    #[test]
    fn links_keep_their_address_and_bad_ones_are_dropped() {
        let (_, entities) = parse(
            r#"<a href="https://t.me/a?b=1&c=2">x</a> <a href='tg://user?id=7'>y</a> <a>z</a>"#,
        )
        .unwrap();
        let urls: Vec<_> = entities.iter().filter_map(|it| it.url.as_deref()).collect();
        assert_eq!(urls, ["https://t.me/a?b=1&c=2", "tg://user?id=7"]);
    }

    #[test]
    fn each_mistake_is_named_in_the_servers_words() {
        refused("<b>x", "Can't find end tag corresponding to start tag \"b\"");
        refused(
            "<b>x</i>",
            "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"",
        );
        refused("x</b>", "Unexpected end tag at byte offset 1");
        refused("ж <x@mail.ru>", "Unsupported start tag \"x@mail.ru\" at byte offset 3");
        refused("<b", "Unclosed start tag at byte offset 0");
        refused("1 < 2", "Unsupported start tag \"\" at byte offset 2");
        refused("<b>x</b", "Unclosed end tag at byte offset 4");
        refused("<br/>", "Unsupported start tag \"br/\" at byte offset 0");
        refused("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8");
        refused("<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0");
    }

    #[test]
    fn a_bare_ampersand_is_refused_here() {
        let words = "Unescaped \"&\" at byte offset 4: the documentation asks for \"&amp;\"";
        refused(
            "H&amp &M",
            "Unescaped \"&\" at byte offset 6: the documentation asks for \"&amp;\"",
        );
        refused("A 1 & B", words);
    }
}
