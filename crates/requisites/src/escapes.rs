//! Undoes escapes: `\u041e`, `&quot;`, `%D0%9E`.

use crate::characters::clean_characters;
use crate::slices::{prefix, slice};

/// Undoes `\uXXXX` everywhere, and one level of `\"` where JSON stands in a string.
pub(crate) fn unescape(text: &str) -> String {
    let text = if text.contains("\\u") { decode_codes(text) } else { text.to_owned() };
    match text.contains("{\\\"") || text.contains("\\\":") {
        true => decode_backslashes(&text),
        false => text,
    }
}

/// `\"`, `\\`, `\/` and `\n` in a string.
pub(crate) fn decode_backslashes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, rest.as_str().chars().next()) {
            ('\\', Some(escaped @ ('"' | '\\' | '/' | '\''))) => {
                plain.push(escaped);
                rest.next();
            }
            ('\\', Some('n' | 'r' | 't')) => {
                plain.push(' ');
                rest.next();
            }
            _ => plain.push(c),
        }
    }
    plain
}

fn decode_codes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("\\u");
    plain.extend(parts.next());
    for part in parts {
        let code = part.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            // A quotation mark would end the string that it stands in.
            Some('"') => plain.push_str("\\\""),
            Some(c) => plain.push(c),
            None => plain.push_str("\\u"),
        }
        plain.push_str(slice(part, if code.and_then(char::from_u32).is_some() { 4 } else { 0 }..));
    }
    clean_characters(&plain)
}

const ENTITIES: [(&str, &str); 20] = [
    ("quot", "\""),
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("apos", "'"),
    ("nbsp", " "),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bdquo", "„"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("numero", "№"),
    ("commat", "@"),
];

/// `&quot;`, `&#171;` and `&#xAB;`.
pub(crate) fn decode_entities(text: &str) -> String {
    if !text.contains('&') || !text.contains(';') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('&');
    plain.extend(parts.next());
    for part in parts {
        match prefix(part, 12).split_once(';').and_then(|(name, _)| Some((name, entity(name)?))) {
            Some((name, value)) => {
                plain.push_str(&value);
                plain.push_str(slice(part, name.len() + 1..));
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    clean_characters(&plain)
}

fn entity(name: &str) -> Option<String> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        };
        return char::from_u32(code).map(String::from);
    }
    let known = ENTITIES.iter().find(|(known, _)| *known == name);
    known.map(|(_, value)| (*value).to_owned())
}

/// `%D0%9E` and `+` in a query; what is no UTF-8 stays as it is.
pub(crate) fn decode_query(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.bytes().next() {
        let code = slice(rest, 1..).get(..2).filter(|_| byte == b'%');
        if let Some(code) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(code);
            rest = slice(rest, 3..);
            continue;
        }
        let next = rest.chars().next().map_or(1, char::len_utf8);
        let written = slice(rest, ..next);
        bytes.extend(if written == "+" { " " } else { written }.bytes());
        rest = slice(rest, next..);
    }
    String::from_utf8(bytes).map_or_else(|_| text.to_owned(), |text| clean_characters(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_the_rest_stays() {
        assert_eq!(unescape("\\u041e\\u041E \\u00zz \\u"), "ОО \\u00zz \\u");
        assert_eq!(unescape("{\\\"a\\\":\\\"\\\\\\\"b\\\\\\\"\\\"}"), "{\"a\":\"\\\"b\\\"\"}");
        assert_eq!(
            decode_entities("&quot;a&quot;&#171;b&#xBB; & c; &what; d&"),
            "\"a\"«b» & c; &what; d&"
        );
        assert_eq!(decode_query("a%40b.ru+%D0%9E%"), "a@b.ru О%");
        assert_eq!(decode_query("%FF"), "%FF");
    }
}
