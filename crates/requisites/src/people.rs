//! Reads a person's name behind «ИП».

use crate::letters::fold;
use crate::slices::{prefix, slice};

/// Length and certainty of the leading name.
pub(crate) fn person_name(text: &str, any_case: bool) -> Option<(usize, bool)> {
    let mut at = 0;
    for title in ["глава", "Глава", "ГЛАВА", "КФХ", "К(Ф)Х"] {
        if slice(text, at..).starts_with(title) {
            at += title.len();
            at += spaces(text, at);
        }
    }
    if let Some(length) = initials(slice(text, at..)) {
        let space = spaces(text, at + length);
        let surname = word_at(slice(text, at + length + space..), any_case);
        return (!surname.is_empty()).then(|| (at + length + space + surname.len(), true));
    }
    let surname = word_at(slice(text, at..), any_case);
    if surname.chars().count() < 2 {
        return None;
    }
    at += surname.len();
    let space = spaces(text, at);
    if let Some(length) = initials(slice(text, at + space..)) {
        return Some((at + space + length, true));
    }
    let mut words = 1;
    let mut certain = false;
    while words < 4 && !certain {
        let space = spaces(text, at);
        let word = word_at(slice(text, at + space..), any_case || words == 3);
        if space == 0 || word.is_empty() || (words == 3 && !is_patronymic(word)) {
            break;
        }
        at += space + word.len();
        words += 1;
        certain = words > 2 && is_patronymic(word);
    }
    let behind = prefix(slice(text, at..), 100).trim_start();
    let ended = behind.is_empty() || behind.starts_with(|c: char| !c.is_alphabetic());
    Some((at, certain || (words < 3 && ended && !any_case)))
}

fn word_at(text: &str, any_case: bool) -> &str {
    let inside = text.chars().take_while(|c| c.is_alphabetic() || *c == '-');
    let word = slice(text, ..inside.take(60).map(char::len_utf8).sum());
    let named = word.starts_with(|c: char| c.is_uppercase() || (any_case && c.is_alphabetic()));
    if named { word } else { "" }
}

fn spaces(text: &str, at: usize) -> usize {
    let rest = slice(text, at..);
    rest.len() - rest.trim_start_matches([' ', '.']).len()
}

fn initials(text: &str) -> Option<usize> {
    let one = |text: &str| {
        let mut chars = text.chars();
        let letter = chars.next().filter(|c| c.is_uppercase())?;
        (chars.next() == Some('.')).then_some(letter.len_utf8() + 1)
    };
    let first = one(text)?;
    let rest = slice(text, first..);
    let space = usize::from(rest.starts_with(' '));
    let second = one(slice(rest, space..));
    Some(second.map_or(first, |second| first + space + second))
}

fn is_patronymic(word: &str) -> bool {
    let word = fold(word);
    ["ич", "вна", "чна", "шна", "оглы", "кызы", "угли", "улы"].iter().any(|end| word.ends_with(end))
}
