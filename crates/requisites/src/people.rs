//! Reads a person's name behind «ИП».

use crate::letters::fold;
use crate::slices::{head, part};

/// Length and certainty of the leading name; `lower` if case tells nothing.
pub(crate) fn person(text: &str, lower: bool) -> Option<(usize, bool)> {
    let mut at = 0;
    for title in ["глава", "Глава", "ГЛАВА", "КФХ", "К(Ф)Х"] {
        if part(text, at..text.len()).starts_with(title) {
            at += title.len();
            at += spaces(text, at);
        }
    }
    if let Some(length) = initials(part(text, at..text.len())) {
        let space = spaces(text, at + length);
        let surname = word_at(part(text, at + length + space..text.len()), lower);
        return (!surname.is_empty()).then(|| (at + length + space + surname.len(), true));
    }
    let surname = word_at(part(text, at..text.len()), lower);
    if surname.chars().count() < 2 {
        return None;
    }
    at += surname.len();
    let space = spaces(text, at);
    if let Some(length) = initials(part(text, at + space..text.len())) {
        return Some((at + space + length, true));
    }
    let mut words = 1;
    let mut certain = false;
    while words < 4 && !certain {
        let space = spaces(text, at);
        let word = word_at(part(text, at + space..text.len()), lower || words == 3);
        if space == 0 || word.is_empty() || (words == 3 && !is_patronymic(word)) {
            break;
        }
        at += space + word.len();
        words += 1;
        certain = words > 2 && is_patronymic(word);
    }
    let behind = head(part(text, at..text.len()), 100).trim_start();
    let ended = behind.is_empty() || behind.starts_with(|c: char| !c.is_alphabetic());
    Some((at, certain || (words < 3 && ended && !lower)))
}

fn word_at(text: &str, lower: bool) -> &str {
    let inside = text.chars().take_while(|c| c.is_alphabetic() || *c == '-');
    let word = part(text, 0..inside.take(60).map(char::len_utf8).sum());
    let named = word.starts_with(|c: char| c.is_uppercase() || (lower && c.is_alphabetic()));
    if named { word } else { "" }
}

fn spaces(text: &str, at: usize) -> usize {
    let rest = part(text, at..text.len());
    rest.len() - rest.trim_start_matches([' ', '.']).len()
}

fn initials(text: &str) -> Option<usize> {
    let one = |text: &str| {
        let mut chars = text.chars();
        let letter = chars.next().filter(|c| c.is_uppercase())?;
        (chars.next() == Some('.')).then_some(letter.len_utf8() + 1)
    };
    let first = one(text)?;
    let rest = part(text, first..text.len());
    let space = usize::from(rest.starts_with(' '));
    let second = one(part(rest, space..rest.len()));
    Some(second.map_or(first, |second| first + space + second))
}

fn is_patronymic(word: &str) -> bool {
    let word = fold(word);
    ["ич", "вна", "чна", "шна", "оглы", "кызы", "угли", "улы"].iter().any(|end| word.ends_with(end))
}
