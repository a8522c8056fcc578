//! Assigns numbers to labels where several of both stand together.

use crate::find_numbers::Number;
use crate::inn::Inn;
use crate::labels::Kind;
use crate::letters::fold;

/// Words between the label «ИНН» and its number that change nothing.
const BETWEEN: &str = " организации клиента компании получателя плательщика заказчика покупателя юр \
    лица юл ип фл физлица предприятия контрагента наш ваш это номер учреждения исполнителя \
    поставщика продавца при наличии цифр или для счета договора у нас нашей вашей фирмы ";

/// Whether the number behind this text surely belongs to the label «ИНН» before it.
pub(crate) fn is_plain_between(before: &str) -> bool {
    let between = before.split(|c: char| c.is_ascii_digit()).next_back().unwrap_or_default();
    let known = |word: &str| {
        let word = fold(word);
        word.is_empty() || BETWEEN.split(' ').any(|known| fold(known) == word)
    };
    outside_brackets(between).split(|c: char| !c.is_alphabetic()).all(known)
}

pub(crate) fn takes_a_number(kind: Kind) -> bool {
    use Kind::{Account, BankCode, Inn, Kpp, Other, Person, Phone};
    matches!(kind, Inn | Kpp | Account | BankCode | Phone | Other | Person)
}

pub(crate) fn fits(kind: Kind, digits: &str) -> bool {
    match kind {
        Kind::Inn => matches!(digits.len(), 10 | 12),
        Kind::Kpp => digits.len() == 9,
        _ => true,
    }
}

/// Which number each label gets: in order if there are enough, else the first of a fitting length.
pub(crate) fn deal(labels: &[Kind], numbers: &[Number]) -> Vec<Option<usize>> {
    if numbers.len() >= labels.len() {
        return (0..labels.len()).map(Some).collect();
    }
    let mut next = 0;
    let by_length = labels.iter().map(|kind| {
        let at = numbers.get(next).filter(|number| fits(*kind, &number.digits)).map(|_| next);
        next += usize::from(at.is_some());
        at
    });
    by_length.collect()
}

/// The kind of a further КПП or ИНН that only a sign separates from the one before it.
pub(crate) fn another(last: Option<Kind>, before: &str, number: &Number) -> Option<Kind> {
    let sign = before.trim_end().ends_with(['/', ',', ';', '\\']);
    let fits = match last? {
        Kind::Kpp => number.digits.len() == 9,
        Kind::Inn => Inn::parse(&number.digits).is_ok(),
        _ => false,
    };
    last.filter(|_| sign && fits)
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
