//! Cleans the text of one value.

/// Makes one line of a text, drops invisible characters, and composes й and ё.
pub fn tidy(text: &str) -> String {
    let visible: String = text.chars().filter(|&c| c.is_whitespace() || !is_invisible(c)).collect();
    compose(visible.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// й and ё, which some programs write as two characters.
pub(crate) fn compose(text: String) -> String {
    MARKED.iter().fold(text, |text, (apart, letter)| match text.contains(apart) {
        true => text.replace(apart, letter),
        false => text,
    })
}

const MARKED: [(&str, &str); 4] =
    [("и\u{306}", "й"), ("И\u{306}", "Й"), ("е\u{308}", "ё"), ("Е\u{308}", "Ё")];

/// They come from copying or a trick. ZERO WIDTH JOINER stays: emoji need it.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// White space or a sign must follow the label: `mail.ru` and `mail2@…` have none.
pub(crate) fn strip_label<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    strip(text, labels, is_separator)
}

/// The same for digits, which may touch the label: «ИНН1215107651».
pub fn strip_code_label<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    strip(text, labels, |c| is_separator(c) || c.is_ascii_digit())
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ':' | '=' | '–' | '—' | '№')
}

fn strip<'a>(text: &'a str, labels: &[&str], may_follow: fn(char) -> bool) -> &'a str {
    let text = text.trim();
    let after = |label: &&str| {
        let mut rest = text.chars();
        let matches = label.chars().all(|expected| {
            rest.next().is_some_and(|c| c.to_lowercase().eq(expected.to_lowercase()))
        });
        let after = rest.as_str();
        (matches && after.starts_with(may_follow)).then(|| after.trim_start_matches(is_separator))
    };
    labels.iter().find_map(after).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_dropped() {
        assert_eq!(
            tidy(" ООО\u{a0}\u{202e}«Ромашка»\u{200b}\r\n\t№\u{feff} 1 "),
            "ООО «Ромашка» № 1"
        );
        assert_eq!(tidy("👨\u{200d}👩"), "👨\u{200d}👩");
    }

    #[test]
    fn a_letter_that_was_taken_apart_is_one_again() {
        assert_eq!(
            tidy("Чаи\u{306}ка, И\u{306}ошкар, е\u{308}лка, Е\u{308}ж"),
            "Чайка, Йошкар, ёлка, Ёж"
        );
        assert_eq!(tidy("и\u{200b}\u{306}"), "й", "whatever stands between them unseen");
    }

    #[test]
    fn a_label_goes_and_a_word_that_only_begins_like_one_stays() {
        assert_eq!(strip_code_label("инн: 12", &["ИНН"]), "12");
        assert_eq!(strip_code_label("ИНН12", &["ИНН"]), "12");
        assert_eq!(strip_code_label("Иннокентий", &["ИНН"]), "Иннокентий");
        assert_eq!(strip_code_label("инн", &["ИНН"]), "инн");
        assert_eq!(strip_label("mail: a@b.ru", &["mail"]), "a@b.ru");
        for address in ["mail2@b.ru", "mail.info@b.ru", "mail-info@b.ru", "mail@b.ru"] {
            assert_eq!(strip_label(address, &["mail"]), address);
        }
    }
}
