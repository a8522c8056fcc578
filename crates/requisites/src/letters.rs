//! Cyrillic and Latin letters that look alike.

const LATIN: &str = "aeopcyxkmtiIABEKMHOPCTYX";
const CYRILLIC: &str = "аеорсухкмтіІАВЕКМНОРСТУХ";

fn latin_like(c: char) -> Option<char> {
    CYRILLIC.chars().zip(LATIN.chars()).find_map(|(from, to)| (from == c).then_some(to))
}

fn cyrillic_like(c: char) -> Option<char> {
    LATIN.chars().zip(CYRILLIC.chars()).find_map(|(from, to)| (from == c).then_some(to))
}

pub(crate) fn in_latin(text: &str) -> Option<String> {
    let latin = |c: char| latin_like(c).or(c.is_ascii().then_some(c));
    text.chars().map(latin).collect()
}

/// Puts each mixed word into its main script; `None` if there is none or it cannot be corrected.
pub(crate) fn unify_scripts(text: &str) -> Option<String> {
    let mut unified = String::with_capacity(text.len());
    let mut changed = false;
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let latin = word.chars().filter(char::is_ascii_alphabetic).count();
        let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
        if latin == 0 || cyrillic == 0 {
            unified.push_str(word);
            continue;
        }
        changed = true;
        if latin > cyrillic {
            unified.push_str(&in_latin(word)?);
        } else {
            unified.push_str(&in_cyrillic(word)?);
        }
    }
    changed.then_some(unified)
}

pub(crate) fn in_cyrillic(text: &str) -> Option<String> {
    let cyrillic = |c: char| cyrillic_like(c).or((!c.is_ascii_alphabetic()).then_some(c));
    text.chars().map(cyrillic).collect()
}

pub(crate) fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&c)
}

/// As words are compared: «ИHH» with a Latin H goes by shape, `INN` by its lower case.
pub(crate) fn fold(word: &str) -> String {
    let shapes = word.chars().any(is_cyrillic);
    let cyrillic = |c: char| cyrillic_like(c).unwrap_or(c);
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let fold = |c: char| match if shapes { lower(cyrillic(c)) } else { cyrillic(lower(c)) } {
        'ё' => 'е',
        c => c,
    };
    word.chars().map(fold).collect()
}
