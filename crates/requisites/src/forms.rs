//! The legal forms that stand before a name, or behind it, and what they leave of it.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::clean::part;
use crate::letters::{fold, is_cyrillic};

/// Abbreviations, as in the classifier of legal forms and as institutions write them.
const SHORT: &str = " ООО ОАО ЗАО ПАО НАО АО ИП НКО АНО НОЧУ ЧОУ НОУ ЧУ ДОУ ГБУ МБУ МАУ МКУ МУ ГУ ГКУ \
    ГАУ ФГУ ФГБУ ФГКУ ФКУ ФГАУ ФГУП МУП ГУП КП ГП МП МБДОУ МАДОУ МКДОУ МДОУ ГБДОУ ГКДОУ МБОУ \
    МАОУ МКОУ МОУ ГБОУ ГАОУ ГКОУ ГОУ ФГБОУ ФГАОУ ГБУЗ ГАУЗ ГКУЗ ГУЗ МБУЗ МУЗ ФГБУЗ ФБУЗ ФБУ ФАУ \
    ГБПОУ ГАПОУ ГПОУ ФГУЗ ЧДОУ ЧУЗ МБУК МАУК МКУК МУК ГБУК ГАУК ГУК МБУДО МАУДО МБУ МКУДО ОГБУ \
    ОГБУЗ ОГКУ КГБУ КГБУЗ КГКУ КОГБУ ГБУСО ГАУСО ГКУСО ТСЖ ТСН СНТ ДНТ ДНП ГСК ЖСК ЖЭК ТОС СПК \
    СХПК СПоК КПК ПК ПО КФХ МФО МКК МФК ООН РОО МОО БФ АКБ ДОО ОО КХ ФК АПК ";

/// [`SHORT`] as it is compared.
static KNOWN: LazyLock<HashSet<String>> =
    LazyLock::new(|| SHORT.split(' ').filter(|form| !form.is_empty()).map(fold).collect());

/// Forms that are a word of its own in lower case as well: nothing else is spelled so.
const LOWER: [&str; 6] = ["ооо", "оао", "зао", "пао", "ип", "нао"];

/// Forms in full, by how they begin; the words up to the first quote belong to them.
const FULL: [&str; 11] = [
    "общество с ограниченной ответственностью",
    "общество с дополнительной ответственностью",
    "публичное акционерное общество",
    "непубличное акционерное общество",
    "закрытое акционерное общество",
    "открытое акционерное общество",
    "акционерное общество",
    "индивидуальный предприниматель",
    "крестьянское фермерское хозяйство",
    "товарищество собственников жилья",
    "товарищество собственников недвижимости",
];

/// How the names of institutions begin when they are written in full.
const INSTITUTIONS: [&str; 17] = [
    "муниципальное",
    "муниципальный",
    "муниципальная",
    "государственное",
    "государственный",
    "государственная",
    "федеральное",
    "областное",
    "краевое",
    "республиканское",
    "автономная",
    "автономное",
    "частное",
    "некоммерческое",
    "некоммерческая",
    "негосударственное",
    "потребительский",
];

/// A legal form in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Its length in bytes.
    pub length: usize,
    pub kind: FormKind,
}

/// What may be expected behind a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormKind {
    /// A person's name.
    Person,
    /// The name of a company, in quotes or not.
    Company,
    /// The name of an institution: words may go on behind the quotes, «города …».
    Institution,
}

/// The form that a text begins with. What follows it is not looked at.
pub(crate) fn form_at(text: &str) -> Option<Form> {
    let word = first_word(text);
    // The longest, «негосударственное», and some more.
    if word.is_empty() || word.len() > 50 {
        return None;
    }
    let folded = fold(word);
    if let Some(length) = full_at(text, &folded) {
        let kind = match folded.as_str() {
            "индивидуальный" => FormKind::Person,
            _ => FormKind::Company,
        };
        return Some(Form { length, kind });
    }
    let shaped = word.chars().all(char::is_uppercase) || LOWER.contains(&word);
    let kind = match folded.as_str() {
        "ип" => FormKind::Person,
        "ооо" | "оао" | "зао" | "пао" | "нао" | "ао" | "акб" => {
            FormKind::Company
        }
        _ => FormKind::Institution,
    };
    if shaped && KNOWN.contains(&folded) {
        return Some(Form { length: word.len(), kind });
    }
    let begins = INSTITUTIONS.contains(&folded.as_str()) && word.starts_with(char::is_uppercase);
    begins.then_some(Form { length: word.len(), kind: FormKind::Institution })
}

/// The length of a form in full at the beginning of a text.
fn full_at(text: &str, first: &str) -> Option<usize> {
    let form = |full: &&str| {
        let mut words = full.split(' ');
        if words.next() != Some(first) {
            return None;
        }
        let mut at = first_word(text).len();
        for expected in words {
            let rest = part(text, at..text.len());
            let gap = rest.len() - rest.trim_start_matches([' ', '(', ')', '\n']).len();
            let word = first_word(part(text, at + gap..text.len()));
            if fold(word) != *expected {
                return None;
            }
            at += gap + word.len();
        }
        Some(at)
    };
    FULL.iter().find_map(form)
}

/// The letters that a text begins with.
pub(crate) fn first_word(text: &str) -> &str {
    let length = text.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    part(text, 0..length)
}

/// Whether the form is written in Latin letters, or in both: `OOO`.
pub(crate) fn is_latin(form: &str) -> bool {
    form.chars().any(|c| c.is_ascii_alphabetic()) && !form.chars().all(is_cyrillic)
}

/// What two spellings of one name have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Core {
    /// The words without the form and the quotes, as they are compared.
    pub words: Vec<String>,
    /// The form in short, if it has a short one.
    form: Option<String>,
}

/// The core of a name.
pub(crate) fn core(name: &str) -> Core {
    let mut core = Core::default();
    let mut rest = name;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = part(rest, start..rest.len());
        if let Some(form) = form_at(rest) {
            core.form = core.form.or_else(|| in_short(part(rest, 0..form.length)));
            rest = part(rest, form.length..rest.len());
            continue;
        }
        let length = rest.chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
        core.words.push(fold(part(rest, 0..length)));
        rest = part(rest, length..rest.len());
    }
    core
}

/// A form as it is abbreviated; `None` for the many ways to call an institution.
fn in_short(form: &str) -> Option<String> {
    let folded = fold(form);
    if KNOWN.contains(&folded) {
        return Some(folded);
    }
    let initials = |words: &str| words.split(' ').filter_map(|word| word.chars().next()).collect();
    match folded.as_str() {
        "общество с ограниченной ответственностью" => {
            Some("ооо".to_owned())
        }
        full if FULL.contains(&full) => Some(initials(full)),
        _ => None,
    }
}

/// Whether two cores are one name: the same words, or a person's with initials, and no two
/// forms; «ООО …» and «АО …» of one name are two companies.
pub(crate) fn is_same(one: &Core, other: &Core) -> bool {
    let fits = |(a, b): (&String, &String)| {
        let initial = |short: &str, long: &str| {
            short.chars().count() == 1 && long.chars().next() == short.chars().next()
        };
        a == b || initial(a, b) || initial(b, a)
    };
    let forms = one.form.is_none() || other.form.is_none() || one.form == other.form;
    let (one, other) = (&one.words, &other.words);
    forms && !one.is_empty() && one.len() == other.len() && one.iter().zip(other).all(fits)
}
