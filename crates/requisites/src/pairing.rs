//! Assigns numbers to labels where several of both stand together.

use crate::find_numbers::Number;
use crate::inn::Inn;
use crate::label_kind::LabelKind;
use crate::letters::fold;

const FILLER_WORDS: &str = "\
    организации клиента компании получателя плательщика заказчика покупателя юр лица юл ип фл \
    физлица предприятия контрагента наш ваш это номер учреждения исполнителя поставщика \
    продавца при наличии цифр или для счета договора у нас нашей вашей фирмы филиала \
    подразделения обособленного головной головного крупнейшего по месту нахождения учета новый \
    новое верный правильный действующий теперь сейчас а";

/// Begin the names of other numbers: a code behind them is none of a label before them.
const OTHER_NUMBERS: &str = "номер|заявк|заказ|договор|код|обращени|счет|бик|дел|карт|тел";

/// Whether the number behind this text surely belongs to the label «ИНН» before it.
pub(crate) fn follows_its_label(before: &str) -> bool {
    let between = before.split(|c: char| c.is_ascii_digit()).next_back().unwrap_or_default();
    let known = |word: &str| {
        let word = fold(word);
        word.is_empty() || FILLER_WORDS.split(' ').any(|known| fold(known) == word)
    };
    outside_brackets(between).split(|c: char| !c.is_alphabetic()).all(known)
}

/// «ИНН организации» below a bank is not the bank's.
pub(crate) fn names_client(before: &str) -> bool {
    let between = before.split(|c: char| c.is_ascii_digit()).next_back().unwrap_or_default();
    let client = ["организации", "клиента", "компании", "заказчика", "покупателя", "предприятия"];
    between.split(|c: char| !c.is_alphabetic()).any(|word| client.contains(&fold(word).as_str()))
}

/// Whether a word between the label and the number names it otherwise.
pub(crate) fn is_of_something_else(before: &str) -> bool {
    let between = before.split(|c: char| c.is_ascii_digit()).next_back().unwrap_or_default();
    let names = |word: &str| {
        let word = fold(word);
        OTHER_NUMBERS.split('|').any(|begin| word.starts_with(begin))
    };
    outside_brackets(between).split(|c: char| !c.is_alphabetic()).any(names)
}

pub(crate) fn takes_a_number(kind: LabelKind) -> bool {
    use LabelKind::{Account, BankCode, Inn, Irrelevant, Kpp, PersonName, Phone};
    matches!(kind, Inn | Kpp | Account | BankCode | Phone | Irrelevant | PersonName)
}

pub(crate) fn has_valid_length(kind: LabelKind, digits: &str) -> bool {
    match kind {
        LabelKind::Inn => matches!(digits.len(), 10 | 12),
        LabelKind::Kpp => digits.len() == 9,
        _ => true,
    }
}

/// Which number each label gets: in order if there are enough, else the first of a valid length.
pub(crate) fn assign_numbers(labels: &[LabelKind], numbers: &[Number]) -> Vec<Option<usize>> {
    if numbers.len() >= labels.len() {
        return (0..labels.len()).map(Some).collect();
    }
    let mut next = 0;
    let by_length = labels.iter().map(|kind| {
        let number = numbers.get(next).filter(|number| has_valid_length(*kind, &number.digits));
        number.map(|_| {
            next += 1;
            next - 1
        })
    });
    by_length.collect()
}

const SIGNS: [char; 4] = ['/', ',', ';', '\\'];

/// The kind of a further КПП or ИНН that only a sign separates from the one before it.
pub(crate) fn repeated_kind(
    last: Option<LabelKind>,
    before: &str,
    number: &Number,
) -> Option<LabelKind> {
    let bare = before.trim_end();
    let fits = match last? {
        LabelKind::Kpp => bare.ends_with(SIGNS) && number.digits.len() == 9,
        LabelKind::Inn => {
            let listed = bare.ends_with(SIGNS) || bare.ends_with(|c: char| c.is_ascii_digit());
            listed && Inn::parse(&number.digits).is_ok()
        }
        _ => false,
    };
    last.filter(|_| fits)
}

fn outside_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = text.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    outside.collect()
}
