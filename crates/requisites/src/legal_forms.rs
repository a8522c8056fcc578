//! Legal forms before or behind a name, and the comparison of names without them.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::letters::{fold, is_cyrillic};
use crate::slices::slice;

/// As in the classifier of legal forms, and as institutions write them.
const ABBREVIATIONS: &str = "\
    ООО ОАО ЗАО ПАО НАО АО ИП НКО АНО НОЧУ ЧОУ НОУ ЧУ ДОУ ГБУ МБУ МАУ МКУ МУ ГУ ГКУ ГАУ ФГУ ФГБУ \
    ФГКУ ФКУ ФГАУ ФГУП МУП ГУП КП ГП МП МБДОУ МАДОУ МКДОУ МДОУ ГБДОУ ГКДОУ МБОУ МАОУ МКОУ МОУ \
    ГБОУ ГАОУ ГКОУ ГОУ ФГБОУ ФГАОУ ГБУЗ ГАУЗ ГКУЗ ГУЗ МБУЗ МУЗ ФГБУЗ ФБУЗ ФБУ ФАУ ГБПОУ ГАПОУ \
    ГПОУ ФГУЗ ЧДОУ ЧУЗ МБУК МАУК МКУК МУК ГБУК ГАУК ГУК МБУДО МАУДО МБУ МКУДО ОГБУ ОГБУЗ ОГКУ \
    КГБУ КГБУЗ КГКУ КОГБУ ГБУСО ГАУСО ГКУСО ТСЖ ТСН СНТ ДНТ ДНП ГСК ЖСК ЖЭК ТОС СПК СХПК СПоК \
    КПК ПК ПО КФХ МФО МКК МФК ООН РОО МОО БФ АКБ ДОО ОО КХ ФК АПК";

static FOLDED_ABBREVIATIONS: LazyLock<HashSet<String>> =
    LazyLock::new(|| ABBREVIATIONS.split_whitespace().map(fold).collect());

/// These are no other word, so they count in lower case too.
const LOWER_CASE_TOO: [&str; 6] = ["ооо", "оао", "зао", "пао", "ип", "нао"];

/// The words up to the first quote belong to the form.
const FULL_FORMS: [&str; 13] = [
    "глава крестьянского фермерского хозяйства",
    "глава кфх",
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

const INSTITUTION_STARTS: [&str; 17] = [
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
pub(crate) struct LegalForm {
    pub length: usize,
    pub kind: LegalFormKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegalFormKind {
    Person,
    Company,
    /// Words may follow the quotes, «города …».
    Institution,
}

/// The form that a text begins with; what follows it is not looked at.
pub(crate) fn legal_form_at(text: &str) -> Option<LegalForm> {
    let word = first_word(text);
    if word.is_empty() || word.len() > 50 {
        return None;
    }
    let folded = fold(word);
    if let Some(length) = full_form_at(text, &folded) {
        let kind = match folded.as_str() {
            "индивидуальный" | "глава" => LegalFormKind::Person,
            _ => LegalFormKind::Company,
        };
        return Some(LegalForm { length, kind });
    }
    let in_fitting_case = word.chars().all(char::is_uppercase) || LOWER_CASE_TOO.contains(&word);
    let kind = match folded.as_str() {
        "ип" => LegalFormKind::Person,
        "ооо" | "оао" | "зао" | "пао" | "нао" | "ао" | "акб" => {
            LegalFormKind::Company
        }
        _ => LegalFormKind::Institution,
    };
    if in_fitting_case && FOLDED_ABBREVIATIONS.contains(&folded) {
        return Some(LegalForm { length: word.len(), kind });
    }
    let begins_institution =
        INSTITUTION_STARTS.contains(&folded.as_str()) && word.starts_with(char::is_uppercase);
    begins_institution.then_some(LegalForm { length: word.len(), kind: LegalFormKind::Institution })
}

fn full_form_at(text: &str, first: &str) -> Option<usize> {
    let form = |full: &&str| {
        let mut words = full.split(' ');
        if words.next() != Some(first) {
            return None;
        }
        let mut at = first_word(text).len();
        for expected in words {
            let rest = slice(text, at..);
            let gap = rest.len() - rest.trim_start_matches([' ', '(', ')', '\n']).len();
            let word = first_word(slice(text, at + gap..));
            if fold(word) != *expected {
                return None;
            }
            at += gap + word.len();
        }
        Some(at)
    };
    FULL_FORMS.iter().find_map(form)
}

pub(crate) fn first_word(text: &str) -> &str {
    let length = text.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    slice(text, ..length)
}

pub(crate) fn is_latin(form: &str) -> bool {
    form.chars().any(|c| c.is_ascii_alphabetic()) && !form.chars().all(is_cyrillic)
}

/// A name without quotes, case and the spelling of its legal form.
#[derive(Clone, Debug, Default)]
pub(crate) struct ComparableName {
    pub words: Vec<String>,
    form: Option<String>,
}

impl ComparableName {
    pub fn new(name: &str) -> Self {
        let mut comparable = Self::default();
        let mut rest = name;
        while let Some(start) = rest.find(char::is_alphanumeric) {
            rest = slice(rest, start..);
            if let Some(form) = legal_form_at(rest) {
                comparable.form =
                    comparable.form.or_else(|| abbreviated(slice(rest, ..form.length)));
                rest = slice(rest, form.length..);
                continue;
            }
            let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            comparable.words.push(fold(slice(rest, ..length)));
            rest = slice(rest, length..);
        }
        comparable
    }

    /// «ООО …» and «АО …» of one name are two companies; an initial matches a full name.
    pub fn is_same(&self, other: &Self) -> bool {
        let fits = |(a, b): (&String, &String)| {
            let initial = |short: &str, long: &str| {
                short.chars().count() == 1 && long.chars().next() == short.chars().next()
            };
            a == b || initial(a, b) || initial(b, a)
        };
        let forms = self.form.is_none() || other.form.is_none() || self.form == other.form;
        let (one, other) = (&self.words, &other.words);
        forms && !one.is_empty() && one.len() == other.len() && one.iter().zip(other).all(fits)
    }
}

/// `None` for institutions, which have no single abbreviation.
fn abbreviated(form: &str) -> Option<String> {
    let folded = fold(form);
    if FOLDED_ABBREVIATIONS.contains(&folded) {
        return Some(folded);
    }
    let initials = || folded.split(' ').filter_map(|word| word.chars().next()).collect();
    match folded.as_str() {
        "общество с ограниченной ответственностью" => {
            Some("ооо".to_owned())
        }
        full => FULL_FORMS.contains(&full).then(initials),
    }
}
