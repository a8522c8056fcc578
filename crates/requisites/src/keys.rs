//! What a key of a program names: `RQ_INN`, `ПлательщикКПП`, `company.name`.

use crate::label_kind::LabelKind;
use crate::slices::slice;

/// Stands around a key in a normalised text; a message cannot hold it.
pub(crate) const KEY_MARK: char = '\u{2}';

const INN: &str = "inn инн tin taxid taxnumber vat иннюл иннфл innul innfl";
const KPP: &str = "kpp кпп";
const EMAIL: &str = "email emails mail почта почты имейл";
const ACCOUNT: &str = "bic bik бик acc account счет счёт swift iban personalacc correspacc корсчет \
    расчсчет rs ks";
const BANK: &str = "bank bankname банк банка банк1";
const PHONE: &str = "phone phones tel mobile телефон fax cell";
const NAME: &str = "name title наименование наим название value opf наиморг companyname";
const FULL: &str = "full полное полн fullname";
const SHORT: &str = "short сокр сокращенное сокращённое кратк краткое shortname";
const PARTY: &str = "company org organization organisation firm legal орг организация компания \
    контрагент клиент client customer counterparty payer payee плательщик получатель покупатель \
    заказчик supplier buyer party юл companyname наиморг";
const PERSON: &str = "contact user person manager director first last middle surname author owner \
    руководитель контакт директор фио fio responsible менеджер ответственный fn имя";
const OTHER: &str = "id guid uuid product item items goods tariff service order orders city region \
    country street address товар услуга город адрес deal код code hash token sum amount сумма \
    сделка status статус type тип";

/// The kind of value under a key; the keys above it stand before it, divided by points.
pub(crate) fn key_kind(path: &str) -> LabelKind {
    let all = words(path);
    let own = words(path.rsplit('.').next().unwrap_or_default());
    let has = |words: &[String], known: &str| {
        words.iter().any(|word| known.split_whitespace().any(|known| known == word))
    };
    let bank = has(&all, BANK);
    let tax = has(&own, "tax") && has(&own, "id number no");
    if (has(&own, INN) || tax) && !has(&own, "type valid") {
        return if bank { LabelKind::BankCode } else { LabelKind::Inn };
    }
    if has(&own, KPP) {
        return if bank { LabelKind::BankCode } else { LabelKind::Kpp };
    }
    if has(&own, ACCOUNT) {
        return LabelKind::Account;
    }
    if bank {
        return LabelKind::Bank;
    }
    if has(&own, EMAIL) {
        return LabelKind::Email;
    }
    if has(&own, PHONE) {
        return LabelKind::Phone;
    }
    if has(&own, OTHER) {
        return LabelKind::Irrelevant;
    }
    if has(&all, PERSON) {
        return if has(&own, "fn fio фио") {
            LabelKind::PersonName
        } else {
            LabelKind::Irrelevant
        };
    }
    match (has(&own, NAME), has(&all, PARTY)) {
        (true, _) if has(&own, FULL) => LabelKind::FullName,
        (true, _) if has(&own, SHORT) => LabelKind::ShortName,
        (true, true) => LabelKind::Name,
        (true, false) if has(&own, "наименование наим название") => {
            LabelKind::AnyName
        }
        // It may be a person's.
        (true, false) => LabelKind::Party,
        (false, true) if has(&own, PARTY) => LabelKind::Name,
        _ => LabelKind::Irrelevant,
    }
}

/// «ПлательщикИНН» is two words, `company_name` too.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut rest = key.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let begins = !before.is_alphabetic()
            || (before.is_lowercase() && c.is_uppercase())
            || (before.is_uppercase() && c.is_uppercase() && next.is_lowercase());
        if c.is_alphabetic() {
            match words.last_mut().filter(|_| !begins) {
                Some(word) => word.extend(c.to_lowercase()),
                None => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words
}

/// A line of its own for one value, and a gap behind what belongs to a bank.
pub(crate) fn marked(path: &str, value: &str) -> String {
    let value = value.trim();
    let key: String = path.chars().filter(|c| !c.is_whitespace()).collect();
    if value.is_empty() || matches!(value, "null" | "None" | "-") {
        return String::new();
    }
    let ends = match key_kind(&key) {
        LabelKind::Bank | LabelKind::BankCode | LabelKind::Account => "\n\n",
        _ => "\n",
    };
    format!("\n{KEY_MARK}{key}{KEY_MARK}: {value}{ends}")
}

/// The key that a line begins with, and how long it is with its marks.
pub(crate) fn key_at_start(line: &str) -> Option<(&str, usize)> {
    let rest = line.strip_prefix(KEY_MARK)?;
    let (key, _) = rest.split_once(KEY_MARK)?;
    Some((key, key.len() + 2 * KEY_MARK.len_utf8()))
}

/// The identifier that a text begins with: letters, digits, `_`, `-` and points.
pub(crate) fn identifier(text: &str) -> &str {
    let fits = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    let length = text.chars().take(60).take_while(fits).map(char::len_utf8).sum();
    let word = slice(text, ..length);
    if word.starts_with(|c: char| c.is_alphabetic() || c == '_') { word } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_what_its_words_name() {
        for (key, kind) in [
            ("inn", LabelKind::Inn),
            ("RQ_INN", LabelKind::Inn),
            ("ПлательщикИНН", LabelKind::Inn),
            ("PayeeINN", LabelKind::Inn),
            ("ИННЮЛ", LabelKind::Inn),
            ("customer.tax_id", LabelKind::Inn),
            ("bank.inn", LabelKind::BankCode),
            ("payerKpp", LabelKind::Kpp),
            ("ПолучательБИК", LabelKind::Account),
            ("ПлательщикРасчСчет", LabelKind::Account),
            ("ПолучательБанк1", LabelKind::Bank),
            ("bank.name", LabelKind::Bank),
            ("ЭлектроннаяПочта", LabelKind::Email),
            ("user.contactEmail", LabelKind::Email),
            ("company_name", LabelKind::Name),
            ("Получатель1", LabelKind::Name),
            ("name", LabelKind::Party),
            ("Наименование", LabelKind::AnyName),
            ("name.full_with_opf", LabelKind::FullName),
            ("short_name", LabelKind::ShortName),
            ("user.name", LabelKind::Irrelevant),
            ("clientId", LabelKind::Irrelevant),
            ("phone", LabelKind::Phone),
            ("orders", LabelKind::Irrelevant),
            ("innovation", LabelKind::Irrelevant),
        ] {
            assert_eq!(key_kind(key), kind, "{key}");
        }
    }
}
