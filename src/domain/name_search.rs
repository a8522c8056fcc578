//! Parts of a company's name, by which it is looked for.

/// Fewer letters are in too many names; the index knows no less than three.
const SHORTEST: usize = 3;

const MOST_WORDS: usize = 8;

/// Words that a name must have, each perhaps as a part of a longer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSearch(Vec<String>);

impl NameSearch {
    /// `None`: no word has three letters, or they are all figures.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split(|c: char| !c.is_alphanumeric() && !"-.&+".contains(c));
        let parts = parts.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()));
        let long =
            parts.filter(|part| part.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST);
        let words: Vec<String> = long.take(MOST_WORDS).map(fold).collect();
        let has_letters = words.iter().any(|word| word.chars().any(char::is_alphabetic));
        has_letters.then_some(Self(words))
    }

    /// «Ё» is written as «е».
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// «Ё» is written as «е» as often as not.
fn fold(word: &str) -> String {
    word.replace('\u{451}', "\u{435}").replace('\u{401}', "\u{415}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_by_its_longer_words() {
        let words = |text: &str| NameSearch::parse(text).map(|search| search.0);
        let is = |words: &[&str]| Some(words.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(words("ромашка"), is(&["ромашка"]));
        assert_eq!(words("ООО «Тёплый дом»"), is(&["ООО", "Теплый", "дом"]));
        assert_eq!(words("А-Лина \"x\" OR"), is(&["А-Лина"]));
        assert_eq!(words("чайка... &Ромашка-"), is(&["чайка", "Ромашка"]));
        assert_eq!(words("--- ... 12"), None);
        assert_eq!(words("99999 12345"), None);
        assert_eq!(words("ИП"), None);
        assert_eq!(words(""), None);
        assert_eq!(words(&"слово ".repeat(50)).map(|words| words.len()), Some(MOST_WORDS));
    }
}
