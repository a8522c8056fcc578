//! Loads `cards/*.txt`.
//!
//! A card is `=== title`, the lines of what is expected, `---`, the message. Expected is
//! `field value` (taken without a question), `field? value | value` (asked, with these among the
//! choices), `party inn kpp name email` (what the choice of one company brings; `?` for nothing),
//! `bare inn|email`, `told inn|kpp|email` (an invalid value), and `or name` for another spelling
//! of the name, which is right where the first is lost. A field that is not named is not there.
//! `\t` and `\u{…}` are what they are in Rust.

use std::fs;
use std::path::{Path, PathBuf};

/// One message and what it should be read as.
pub struct Card {
    pub title: String,
    pub expected: Vec<(String, String)>,
    pub message: String,
}

/// From the folder of this crate, or of the one that holds it.
pub fn cards() -> Vec<Card> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/corpus/cards", "crates/requisites/tests/corpus/cards"];
    let folder = folders.iter().map(|folder| root.join(folder)).find(|it| it.is_dir()).unwrap();
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| parse(&fs::read_to_string(file).unwrap())).collect()
}

fn parse(file: &str) -> Vec<Card> {
    let parse = |card: &str| {
        let (head, message) = card.split_once("\n---\n").unwrap();
        let mut head = head.lines();
        let title = head.next().unwrap().to_owned();
        let expected = head.map(|line| {
            let (field, value) = line.split_once(' ').unwrap();
            (field.to_owned(), value.to_owned())
        });
        Card {
            title,
            expected: expected.collect(),
            message: unescape(message.trim_end_matches('\n')),
        }
    };
    format!("\n{file}").split("\n=== ").skip(1).map(parse).collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        if let Some(after) = after.strip_prefix('t') {
            plain.push('\t');
            rest = after;
        } else if let Some((code, after)) = after.strip_prefix("u{").and_then(|a| a.split_once('}'))
        {
            plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
            rest = after;
        } else {
            plain.push('\\');
            rest = after;
        }
    }
    plain + rest
}
