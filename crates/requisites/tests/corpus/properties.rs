//! What holds of every text, and of every card however it is mangled.

use std::fs;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use requisites::{Finding, Inn, Requisites, normalise, read, tidy};

use super::load::{Card, cards};

/// Cards in which every value is taken without a question.
fn certain() -> Vec<Card> {
    let asked = |card: &Card| card.expected.iter().any(|(field, _)| field.ends_with('?'));
    let told = |card: &Card| card.expected.iter().any(|(field, _)| field == "told");
    cards().into_iter().filter(|card| !asked(card) && !told(card)).collect()
}

/// What is taken without a question, field by field.
fn taken(read: &Requisites) -> Vec<(&'static str, String)> {
    let mut taken = Vec::new();
    if let [party] = read.parties.as_slice() {
        taken.extend(party.inn.certain().map(|inn| ("inn", inn.as_str().to_owned())));
        taken.extend(party.kpp.certain().map(|kpp| ("kpp", kpp.as_str().to_owned())));
        taken.extend(party.name.certain().map(|name| ("name", name.as_str().to_owned())));
    }
    taken.extend(read.email.certain().map(|email| ("email", email.as_str().to_owned())));
    taken
}

/// The text without white space and dashes, which stand inside numbers.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !"-–‑−().".contains(*c)).collect()
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let read = read(text);
    let clean = normalise(text);
    let dense_text = dense(&clean).to_uppercase();
    for party in &read.parties {
        let offered = party.inn.choices().iter().filter(|choice| choice.correction.is_none());
        for inn in party.inn.certain().into_iter().chain(offered.map(|choice| &choice.value)) {
            prop_assert!(dense_text.contains(inn.as_str()), "{inn:?} in {text:?}");
            prop_assert!(Inn::parse(inn.as_str()).is_ok());
        }
        if let Some(kpp) = party.kpp.certain() {
            prop_assert!(dense_text.contains(kpp.as_str()), "{kpp:?} in {text:?}");
        }
        if let Some(name) = party.name.certain() {
            prop_assert!(tidy(&clean).contains(name.as_str()), "{name:?} in {text:?}");
        }
    }
    if let Some(email) = read.email.certain() {
        let local = email.as_str().split('@').next().unwrap();
        prop_assert!(clean.contains(local), "{email:?} in {text:?}");
        prop_assert!(
            clean.to_lowercase().contains(&email.as_str().to_lowercase()),
            "{email:?} in {text:?}"
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_has_an_answer_and_what_is_taken_stands_in_it(text in "\\PC{0,300}|(?s).{0,300}") {
        check(&text)?;
    }

    #[test]
    fn so_has_any_heap_of_the_pieces_of_cards(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "ИНН", "КПП", "ИНН/КПП", ":", " ", "\n", "\t", "|", "/", "-", "(", ")", "«", "»", "\"",
                "ООО", "ИП", "АО «", "Иванов", "И.И.", "Банк", "р/с", "тел", "№", ".", ",", "@",
                "1215107651", "121501001", "500100732259", "816000005", "7707083893", "0", "8 900",
                "iam@mail.ru", "iаm@mail.ru", "@mail", "mail.ru", "От:", "С уважением", "\u{200b}",
                "Наименование", "Организация:", "E-mail:", "Чайка", "Детский сад", "７", "И Н Н", "> ",
            ]),
            0..40,
        )
    ) {
        check(&pieces.concat())?;
    }
}

#[test]
fn a_number_that_fails_the_checksum_is_never_taken() {
    for head in 0..2000_u64 {
        let digits = format!("{:010}", 1_215_100_000 + head * 7919);
        if Inn::parse(&digits).is_err() {
            for text in [digits.clone(), format!("ИНН {digits}"), format!("ООО «Чайка» {digits}")]
            {
                let read = read(&text);
                assert!(read.parties.iter().all(|party| party.inn == Finding::Missing), "{text}");
            }
        }
    }
}

/// Whatever is lost from a card, nothing else is taken in its place.
#[test]
fn a_card_with_a_line_missing_is_not_read_as_another() {
    let mut wrong = Vec::new();
    for card in certain() {
        let lines: Vec<&str> = card.message.lines().collect();
        for skipped in 0..lines.len() {
            let mut rest = lines.clone();
            rest.remove(skipped);
            note_wrong(&card, &rest.join("\n"), &mut wrong);
            note_wrong(&card, &lines[skipped..].join("\n"), &mut wrong);
            note_wrong(&card, &lines[..skipped].join("\n"), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Chatter around a card, and another layout of it, take nothing else either.
#[test]
fn a_card_in_another_dress_is_not_read_as_another() {
    let mut wrong = Vec::new();
    for card in certain() {
        let text = &card.message;
        for other in [
            format!("Добрый день!\nВот карточка клиента.\n\n{text}\n\nСпасибо, жду.\nАнна"),
            format!("{text}\n--\nОтправлено с телефона"),
            text.lines().map(|line| format!("> {line}\n")).collect(),
            text.lines().map(|line| format!("  {line}  \r\n")).collect(),
            text.replace('\n', "\n\n"),
            text.replace('\n', " "),
            text.replace('\n', ", "),
            text.replace('\n', "; "),
            text.replace('\n', "\t"),
            text.replace(' ', "\u{a0}"),
            text.replace(": ", ":"),
            text.replace(':', " -"),
            text.replace("ООО", "ооо"),
            text.to_uppercase(),
            text.to_lowercase(),
        ] {
            note_wrong(&card, &other, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Of two clients in one message none is chosen.
#[test]
fn two_cards_in_one_message_are_asked_about() {
    let cards: Vec<Card> = certain()
        .into_iter()
        .filter(|card| card.expected.iter().any(|(field, _)| field == "inn"))
        .collect();
    let mut wrong = Vec::new();
    for (index, one) in cards.iter().enumerate() {
        let other = &cards[(index * 7 + 3) % cards.len()];
        let inn = |card: &Card| card.expected.iter().find(|(f, _)| f == "inn").unwrap().1.clone();
        if inn(one) == inn(other) {
            continue;
        }
        for gap in ["\n\n", "\n"] {
            let text = format!("{}{gap}{}", one.message, other.message);
            let read = read(&text);
            let email = read.email.certain().is_some();
            if read.parties.len() < 2 || email {
                wrong.push(format!("{} + {} {gap:?}: {:?}", one.title, other.title, taken(&read)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn note_wrong(card: &Card, text: &str, wrong: &mut Vec<String>) {
    for (field, value) in taken(&read(text)) {
        if !card.expected.iter().any(|(f, expected)| is(f, field) && is_same(expected, &value)) {
            wrong.push(format!("{}: {field} {value:?} of {text:?}", card.title));
        }
    }
}

/// A card may name another spelling of its name with `or`.
fn is(expected: &str, field: &str) -> bool {
    expected == field || (expected == "or" && field == "name")
}

fn is_same(one: &str, other: &str) -> bool {
    tidy(one).to_lowercase() == tidy(other).to_lowercase()
}

/// The longest message that Telegram has, in characters, and into how many it is cut.
const LONGEST: usize = 4096;
const PIECES: usize = 8;

/// Read whole, a message may take so many times what its pieces take together; were its cost the
/// square of its length, it would take eight times that.
const MOST: u32 = 3;

/// The clock of a thread moves on in steps of some milliseconds.
const BLUR: Duration = Duration::from_millis(20);

/// Whatever it is made of.
#[test]
fn a_long_message_takes_as_much_longer_as_it_is_longer() {
    let pieces = [
        "ООО ",
        "ИП Иванов ",
        "ООО «",
        "«",
        "\"",
        "ИНН ",
        "ИНН: 1215107651 ",
        "1215107651 ",
        "1 ",
        "1-",
        "@",
        "a@b.ru ",
        "a@",
        ".",
        "\t",
        "|\n",
        "\n",
        "ИНН\n",
        "И Н Н ",
        "Наименование: ",
        "(",
        "Муниципальное ",
        "а",
        "a",
        " ",
        "/",
        "Банк ",
        "ООО «Чайка» ИНН 1215107651\n",
        "а.",
        "№ 1 ",
        "www. ",
        "«а» ",
        "ООО\n«",
    ];
    let cards: String = cards().into_iter().map(|card| card.message + "\n").collect();
    let cards: Vec<char> = cards.chars().collect();
    let heaps = cards.chunks_exact(LONGEST).map(<[char]>::to_vec);
    let repeated = pieces.iter().map(|piece| piece.chars().cycle().take(LONGEST).collect());
    for text in repeated.chain(heaps) {
        let whole: [String; 1] = [text.iter().collect()];
        let pieces: Vec<String> =
            text.chunks(LONGEST / PIECES).map(|piece| piece.iter().collect()).collect();
        // Other work on the machine slows now the one, now the other.
        let is_in_time = || time_of(&whole) < MOST * time_of(&pieces) + BLUR;
        let head: String = text.iter().take(40).collect();
        assert!((0..3).any(|_| is_in_time()), "{head:?}");
    }
}

/// How long all of them take, twice.
fn time_of(texts: &[String]) -> Duration {
    let start = clock();
    for text in texts.iter().chain(texts) {
        read(text);
    }
    clock() - start
}

/// The time that this thread has had of a core, where the system tells it: other tests do not
/// count. Elsewhere the time of day.
fn clock() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = told.and_then(|line| line.split(' ').next()?.parse().ok());
    spent.map_or_else(
        || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap(),
        Duration::from_nanos,
    )
}

/// As file names of some systems and the text of some PDF have them.
#[test]
fn letters_that_come_in_two_parts_change_nothing() {
    let parts = [('й', "и\u{306}"), ('Й', "И\u{306}"), ('ё', "е\u{308}"), ('Ё', "Е\u{308}")];
    for card in certain() {
        let apart = parts
            .iter()
            .fold(card.message.clone(), |text, (whole, parts)| text.replace(*whole, parts));
        assert_eq!(taken(&read(&apart)), taken(&read(&card.message)), "{}", card.message);
    }
}
