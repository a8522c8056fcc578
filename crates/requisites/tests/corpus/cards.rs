//! Holds the reader to the cards, and prints its score.

use requisites::{Choice, Finding, PartyRequisites, Requisites, SingleValue, ValueError, read};

use super::load::{Card, cards};

/// What became of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Right,
    Asked,
    Missed,
    Wrong,
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

/// What the choice of a company brings: ИНН, КПП, name and address.
fn party(party: &PartyRequisites) -> String {
    let words = [
        party.inn.certain().map(|inn| inn.as_str()),
        party.kpp.certain().map(|kpp| kpp.as_str()),
        party.name.certain().map(|name| name.as_str()),
    ];
    let email = party.email.certain().map(|email| email.as_str());
    let words = words.iter().map(|word| word.unwrap_or("?")).chain(email);
    words.collect::<Vec<_>>().join(" ")
}

fn expected<'a>(card: &'a Card, field: &str) -> Vec<&'a str> {
    card.expected.iter().filter(|(f, _)| f == field).map(|(_, value)| value.as_str()).collect()
}

/// What is wrong with the rest: invalid values, bare values, what belongs to each company.
fn faults(card: &Card, read: &Requisites) -> Vec<String> {
    let mut told: Vec<&str> = read
        .invalid
        .iter()
        .map(|invalid| match invalid.error {
            ValueError::Inn(_) => "inn",
            ValueError::Kpp(_) => "kpp",
            ValueError::Email(_) => "email",
        })
        .collect();
    told.dedup();
    let bare: Vec<&str> = read
        .single_value
        .iter()
        .map(|value| match value {
            SingleValue::Inn(_) => "inn",
            SingleValue::Email(_) => "email",
        })
        .collect();
    let parties: Vec<String> = read.parties.iter().map(party).collect();
    let mut faults = Vec::new();
    if expected(card, "told") != told {
        faults.push(format!("told {told:?} of {:?}", read.invalid));
    }
    if expected(card, "bare") != bare {
        faults.push(format!("bare {bare:?}"));
    }
    let wanted = expected(card, "party");
    if !wanted.is_empty() && wanted != parties {
        faults.push(format!("parties {parties:?}"));
    }
    faults
}

/// The fields of all cards in one dress.
#[derive(Default)]
struct Score {
    marks: Vec<(Mark, bool)>,
    report: String,
}

impl Score {
    /// `whole`: what is told, and what belongs to each company, counts as well.
    fn of(cards: &[Card], whole: bool, dress: impl Fn(&str) -> String) -> Self {
        let mut score = Self::default();
        for card in cards {
            let read = read(&dress(&card.message));
            let mut lines = if whole { faults(card, &read) } else { Vec::new() };
            score.marks.extend(lines.iter().map(|_| (Mark::Missed, false)));
            for field in ["inn", "kpp", "name", "email"] {
                let asked = format!("{field}?");
                let expected = card.expected.iter().find(|(f, _)| f == field || *f == asked);
                let said = said_of(&read, field);
                let mark = mark(&said, expected);
                if mark != Mark::Right {
                    lines.push(format!("{field} {mark:?}: {said:?}"));
                }
                score.marks.push((mark, expected.is_some_and(|(field, _)| !field.ends_with('?'))));
            }
            if !lines.is_empty() {
                score.report += &format!("{}\n  {}\n", card.title, lines.join("\n  "));
            }
        }
        score
    }

    fn count(&self, mark: Mark, clear: bool) -> usize {
        self.marks.iter().filter(|one| **one == (mark, clear)).count()
    }

    fn all(&self, mark: Mark) -> usize {
        self.count(mark, true) + self.count(mark, false)
    }

    /// How many values a careful person would take, and how many of them are asked about.
    fn clear(&self) -> (usize, usize) {
        let clear = self.marks.iter().filter(|(_, clear)| *clear).count();
        (clear, self.count(Mark::Asked, true))
    }

    fn line(&self) -> String {
        let (clear, asked) = self.clear();
        format!(
            "{} wrong, {} lost; of {clear} clear values {asked} asked ({:.1} %); {} questions about nothing",
            self.all(Mark::Wrong),
            self.all(Mark::Missed),
            asked as f64 * 100.0 / clear as f64,
            self.count(Mark::Asked, false),
        )
    }
}

/// The ways in which one message comes in.
const DRESSES: &[&str] = &["quoted", "forwarded", "blanks for tabs"];

fn dressed(text: &str, dress: &str) -> String {
    match dress {
        "quoted" => text.lines().map(|line| format!("> {line}\n")).collect(),
        "forwarded" => format!(
            "-------- Пересылаемое сообщение --------\nДата: 12.05.2026\nТема: Fwd\n\n{text}"
        ),
        "blanks for tabs" => text.replace('\t', " "),
        _ => panic!("{dress}"),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the score is what one looks at, with --nocapture")]
fn the_corpus_is_taken_or_asked_and_never_wrong() {
    let cards = cards();
    let score = Score::of(&cards, true, str::to_owned);
    println!("{}\n{} cards: {}", score.report, cards.len(), score.line());
    assert!(cards.len() >= 600);
    assert_eq!(score.all(Mark::Wrong), 0, "taken silently and wrong\n{}", score.report);
    assert_eq!(score.all(Mark::Missed), 0, "lost without a word\n{}", score.report);
    // A reader that asks about everything would pass all the above.
    let (clear, asked) = score.clear();
    assert!(asked * 100 <= clear * 5, "{asked} of {clear} asked\n{}", score.report);
    let idle = score.count(Mark::Asked, false);
    assert!(idle * 100 <= cards.len() * 5, "{idle} questions about nothing\n{}", score.report);
}

#[test]
#[expect(clippy::print_stdout, reason = "the score is what one looks at, with --nocapture")]
fn in_another_dress_nothing_is_wrong_or_lost() {
    let cards = cards();
    for name in DRESSES {
        let score = Score::of(&cards, false, |text| dressed(text, name));
        println!("{name}: {}", score.line());
        assert_eq!(score.all(Mark::Wrong), 0, "{name}\n{}", score.report);
        assert_eq!(score.all(Mark::Missed), 0, "{name}\n{}", score.report);
    }
}
