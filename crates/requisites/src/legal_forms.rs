//! Legal forms before or behind a name, and the comparison of names without them.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::letters::{fold, is_cyrillic};
use crate::slices::part;

/// As in the classifier of legal forms, and as institutions write them.
const SHORT: &str = " ООО ОАО ЗАО ПАО НАО АО ИП НКО АНО НОЧУ ЧОУ НОУ ЧУ ДОУ ГБУ МБУ МАУ МКУ МУ ГУ ГКУ \
    ГАУ ФГУ ФГБУ ФГКУ ФКУ ФГАУ ФГУП МУП ГУП КП ГП МП МБДОУ МАДОУ МКДОУ МДОУ ГБДОУ ГКДОУ МБОУ \
    МАОУ МКОУ МОУ ГБОУ ГАОУ ГКОУ ГОУ ФГБОУ ФГАОУ ГБУЗ ГАУЗ ГКУЗ ГУЗ МБУЗ МУЗ ФГБУЗ ФБУЗ ФБУ ФАУ \
    ГБПОУ ГАПОУ ГПОУ ФГУЗ ЧДОУ ЧУЗ МБУК МАУК МКУК МУК ГБУК ГАУК ГУК МБУДО МАУДО МБУ МКУДО ОГБУ \
    ОГБУЗ ОГКУ КГБУ КГБУЗ КГКУ КОГБУ ГБУСО ГАУСО ГКУСО ТСЖ ТСН СНТ ДНТ ДНП ГСК ЖСК ЖЭК ТОС СПК \
    СХПК СПоК КПК ПК ПО КФХ МФО МКК МФК ООН РОО МОО БФ АКБ ДОО ОО КХ ФК АПК ";

static KNOWN: LazyLock<HashSet<String>> =
    LazyLock::new(|| SHORT.split(' ').filter(|form| !form.is_empty()).map(fold).collect());

/// These are no other word, so they count in lower case too.
const LOWER: [&str; 6] = ["ооо", "оао", "зао", "пао", "ип", "нао"];

/// The words up to the first quote belong to the form.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub length: usize,
    pub kind: FormKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormKind {
    Person,
    Company,
    /// Words may follow the quotes, «города …».
    Institution,
}

/// The form that a text begins with; what follows it is not looked at.
pub(crate) fn form_at(text: &str) -> Option<Form> {
    let word = first_word(text);
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

pub(crate) fn first_word(text: &str) -> &str {
    let length = text.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    part(text, 0..length)
}

pub(crate) fn is_latin(form: &str) -> bool {
    form.chars().any(|c| c.is_ascii_alphabetic()) && !form.chars().all(is_cyrillic)
}

/// A name as it is compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Core {
    pub words: Vec<String>,
    form: Option<String>,
}

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

/// `None` for institutions, which have no single abbreviation.
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

/// «ООО …» and «АО …» of one name are two companies; an initial matches a full name.
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
