//! Tells what is no longer true: a former name, a number that was corrected.

use crate::slices::{prefix, slice, suffix};

/// The beginnings of words.
const STEMS: [&str; 10] = [
    "бывш",
    "ранее",
    "раньше",
    "прежн",
    "переименован",
    "вместо",
    "неверн",
    "неправильн",
    "ошиб",
    "устарел",
];

const WORDS: [&str; 12] = [
    "был",
    "была",
    "было",
    "экс",
    "старый",
    "старая",
    "старое",
    "старого",
    "старой",
    "old",
    "former",
    "formerly",
];

/// Whether the words before a value, or those in the same brackets, say that it was replaced.
pub(crate) fn is_former(before: &str, behind: &str) -> bool {
    let before = suffix(before, 150);
    let bracket = before.rfind('(').filter(|at| !slice(before, *at..).contains(')'));
    let own = match bracket {
        Some(at) => slice(before, at + 1..),
        None => before.rsplit([',', ';', ')', '»', '"', '\n', '(']).next().unwrap_or_default(),
    };
    let own = behind_long_number(own);
    let rest = bracket.map_or("", |_| prefix(behind, 100).split(')').next().unwrap_or_default());
    says_former(own) || says_former(rest) || rest.contains("не использ") || ends_an_era(own)
}

fn behind_long_number(text: &str) -> &str {
    let long = |word: &str| word.chars().filter(char::is_ascii_digit).count() > 7;
    let mut at = text.len();
    for word in text.rsplit(' ') {
        if long(word) {
            return slice(text, at..);
        }
        at = at.saturating_sub(word.len() + 1);
    }
    text
}

fn says_former(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).any(|word| {
        let word = word.to_lowercase();
        WORDS.contains(&word.as_str()) || STEMS.iter().any(|stem| word.starts_with(stem))
    })
}

/// «до 2024 г.»
fn ends_an_era(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let year = words.peek().is_some_and(|next| {
            let digits = next.trim_end_matches(|c: char| !c.is_ascii_digit());
            digits.len() == 4 && digits.starts_with(['1', '2'])
        });
        if matches!(word, "до" | "До" | "ДО") && year {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_replaced_is_former() {
        for before in [
            "ООО «Заря» (бывш. ",
            "Прежнее ",
            "старый ",
            "(до 2024 г. ",
            "переименовано из ",
            "ООО «А», вместо ",
            "неверный ",
            "(был ",
        ] {
            assert!(is_former(before, ""), "{before}");
        }
        assert!(is_former("(в письме ошибка, ИНН ", " не использовать)"));
        for before in ["", "новый ", "Бывшее ООО «А», теперь ", "Старт ", "Экспорт ", "Была (а) и "]
        {
            assert!(!is_former(before, ""), "{before}");
        }
    }
}
