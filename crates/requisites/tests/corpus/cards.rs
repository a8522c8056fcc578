//! Reads `cards/*.txt` and holds the reader to them.
//!
//! A card is `=== title`, the lines of what is expected, `---`, the message. Expected is
//! `field value` (taken without a question), `field? value | value` (asked, with these among the
//! choices), `party inn kpp name` (what the choice of one company brings), `bare inn|email`,
//! `told inn|kpp|email` (an invalid value), and `or name` for another spelling of the name, which
//! is right where the first is lost. A field that is not named is not there. `\t` and `\u{…}` are
//! what they are in Rust.

use std::fs;
use std::path::Path;

use requisites::{Choice, Finding, PartyRequisites, Requisites, SingleValue, ValueError, read};

/// One message and what it should be read as.
pub struct Card {
    pub title: String,
    pub expected: Vec<(String, String)>,
    pub message: String,
}

/// What became of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Right,
    Asked,
    Missed,
    Wrong,
}

pub fn cards() -> Vec<Card> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/cards");
    let mut files: Vec<_> =
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

/// What the reader says of one field: taken, or asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    taken: Option<String>,
    asked: Vec<String>,
}

fn said<T>(found: &[&Finding<T>], text: impl Fn(&T) -> String) -> Said {
    if let [Finding::Certain(value)] = found {
        return Said { taken: Some(text(value)), asked: Vec::new() };
    }
    let of = |found: &&Finding<T>| -> Vec<String> {
        let choices = found.choices().iter().map(|Choice { value, .. }| text(value));
        found.certain().map(&text).into_iter().chain(choices).collect()
    };
    Said { taken: None, asked: found.iter().flat_map(of).collect() }
}

fn said_of(read: &Requisites, field: &str) -> Said {
    let parties = || read.parties.iter();
    match field {
        "inn" => said(&parties().map(|p| &p.inn).collect::<Vec<_>>(), |v| v.as_str().to_owned()),
        "kpp" => said(&parties().map(|p| &p.kpp).collect::<Vec<_>>(), |v| v.as_str().to_owned()),
        "name" => said(&parties().map(|p| &p.name).collect::<Vec<_>>(), |v| v.as_str().to_owned()),
        "email" => said(&[&read.email], |v| v.as_str().to_owned()),
        _ => panic!("{field} is no field"),
    }
}

fn mark(said: &Said, expected: Option<&(String, String)>) -> Mark {
    match expected {
        None if said.taken.is_some() => Mark::Wrong,
        None if said.asked.is_empty() => Mark::Right,
        None => Mark::Asked,
        Some((field, values)) if field.ends_with('?') => {
            let all =
                values.split(" | ").all(|value| said.asked.iter().any(|asked| asked == value));
            match (&said.taken, all) {
                (Some(_), _) => Mark::Wrong,
                (None, true) => Mark::Right,
                (None, false) => Mark::Missed,
            }
        }
        Some((_, value)) => match &said.taken {
            Some(taken) if taken == value => Mark::Right,
            Some(_) => Mark::Wrong,
            None if said.asked.contains(value) => Mark::Asked,
            None => Mark::Missed,
        },
    }
}

fn party(party: &PartyRequisites) -> String {
    let words = [
        party.inn.certain().map(|inn| inn.as_str()),
        party.kpp.certain().map(|kpp| kpp.as_str()),
        party.name.certain().map(|name| name.as_str()),
    ];
    words.iter().map(|word| word.unwrap_or("?")).collect::<Vec<_>>().join(" ")
}

/// What is wrong with the rest: invalid values, bare values, what belongs to each company.
fn faults(card: &Card, read: &Requisites) -> Vec<String> {
    let expected = |field: &str| -> Vec<String> {
        card.expected.iter().filter(|(f, _)| f == field).map(|(_, value)| value.clone()).collect()
    };
    let mut told: Vec<String> = read
        .invalid
        .iter()
        .map(|invalid| match invalid.error {
            ValueError::Inn(_) => "inn".to_owned(),
            ValueError::Kpp(_) => "kpp".to_owned(),
            ValueError::Email(_) => "email".to_owned(),
        })
        .collect();
    told.dedup();
    let bare: Vec<String> = read
        .single_value
        .iter()
        .map(|value| match value {
            SingleValue::Inn(_) => "inn".to_owned(),
            SingleValue::Email(_) => "email".to_owned(),
        })
        .collect();
    let parties: Vec<String> = read.parties.iter().map(party).collect();
    let mut faults = Vec::new();
    if expected("told") != told {
        faults.push(format!("told {told:?}"));
    }
    if expected("bare") != bare {
        faults.push(format!("bare {bare:?}"));
    }
    let wanted = expected("party");
    if !wanted.is_empty() && wanted != parties {
        faults.push(format!("parties {parties:?}"));
    }
    faults
}

#[test]
#[expect(clippy::print_stdout, reason = "the score is what one looks at, with --nocapture")]
fn the_corpus_is_read_or_asked_and_never_wrong() {
    let cards = cards();
    let mut marks = Vec::new();
    let mut good = 0;
    let mut report = String::new();
    for card in &cards {
        let read = read(&card.message);
        let mut lines = faults(card, &read);
        let mut passed = lines.is_empty();
        for field in ["inn", "kpp", "name", "email"] {
            let asked = format!("{field}?");
            let expected = card.expected.iter().find(|(f, _)| f == field || *f == asked);
            let said = said_of(&read, field);
            let mark = mark(&said, expected);
            passed &= matches!(mark, Mark::Right | Mark::Asked);
            if mark != Mark::Right {
                lines.push(format!("{field} {mark:?}: {said:?}"));
            }
            marks.push(mark);
        }
        good += usize::from(passed);
        if !lines.is_empty() {
            report += &format!("{}\n  {}\n", card.title, lines.join("\n  "));
        }
    }
    let count = |mark| marks.iter().filter(|m| **m == mark).count();
    let (asked, wrong) = (count(Mark::Asked), count(Mark::Wrong));
    println!("{report}");
    println!(
        "{} cards, {good} read or asked; fields: {} right, {asked} asked, {} missed, {wrong} wrong",
        cards.len(),
        count(Mark::Right),
        count(Mark::Missed),
    );
    assert!(cards.len() >= 120);
    assert_eq!(wrong, 0, "taken silently and wrong\n{report}");
    assert!(good * 100 >= cards.len() * 98, "{good} of {}\n{report}", cards.len());
    // A reader that asks about everything would pass all the above.
    assert!(asked * 100 <= marks.len() * 5, "{asked} fields asked without need\n{report}");
}
