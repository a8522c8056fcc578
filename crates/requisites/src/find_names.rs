//! Finds names of organisations by legal form, quotes or label.

use std::ops::Range;

use crate::findings::{Choice, Correction};
use crate::label_kind::LabelKind;
use crate::legal_forms::{
    ComparableName, LegalForm, LegalFormKind, first_word, is_latin, legal_form_at,
};
use crate::letters::{fold, in_cyrillic, unify_scripts};
use crate::name::CompanyName;
use crate::people::person_name;
use crate::quotes::{Quotation, find_quotations, opens_quote, quotation_at};
use crate::slices::{BLANK, MAX_VALUE_BYTES, prefix, slice, suffix};

#[derive(Clone, Debug)]
pub(crate) struct NameMatch {
    pub span: Range<usize>,
    /// The likeliest first; never empty.
    pub choices: Vec<Choice<CompanyName>>,
    pub certain: bool,
    pub comparable: ComparableName,
    /// Whole, under a label that may name goods too.
    pub likely: bool,
    /// Alone in brackets, as a short name stands behind the full one.
    pub bracketed: bool,
}

impl NameMatch {
    pub fn as_written(&self) -> &str {
        self.choices.last().map_or("", |choice| choice.value.as_str())
    }
}

struct NameEnd {
    at: usize,
    certain: bool,
    /// The end if the words behind belong to it.
    alternative: Option<usize>,
}

impl NameEnd {
    fn certain_if(certain: bool, at: usize) -> Self {
        Self { at, certain, alternative: None }
    }

    fn uncertain(at: usize) -> Self {
        Self::certain_if(false, at)
    }
}

pub(crate) fn guess_name(text: &str) -> Option<NameMatch> {
    let start = text.len() - text.trim_start_matches(is_edge).len();
    let words = text.trim_matches(is_edge);
    let plain = words.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '№' | '.'));
    let folded = fold(words);
    let fits = plain
        && words.split(' ').count() <= 8
        && words.starts_with(char::is_uppercase)
        && words.chars().filter(|c| c.is_alphabetic()).count() > 3
        && !NON_NAME_STARTS.split('|').any(|begin| folded.starts_with(begin));
    if fits { name(text, start, NameEnd::uncertain(start + words.len())) } else { None }
}

const NON_NAME_STARTS: &str = "\
    пригла|прош|добав|отправ|подключ|клиент|новы|новая|наш|вот|реквизит|карточк|добр|здравств|\
    привет|пожалуйста|коллег|спасибо|генеральн|директор|бухгалтер|главн|г |ул |с уваж|действующ|\
    поле|значение|данные|информац|контакт|компани|организац|примите|нужно|можно|если";

pub(crate) fn find_names(text: &str, ends_cell: bool) -> Vec<NameMatch> {
    let mut found = names_with_form(text, ends_cell);
    let without_form: Vec<NameMatch> = find_quotations(text)
        .into_iter()
        .filter(|quote| {
            let next = found.partition_point(|name| name.span.end <= quote.start);
            found.get(next).is_none_or(|name| name.span.start >= quote.end)
        })
        .filter_map(|quote| name_in_quotes(text, quote))
        .collect();
    found.extend(without_form);
    found.sort_by_key(|name| name.span.start);
    found
}

/// Names behind a label. Without a legal form «Клиент» may be a person and «Наименование» goods.
pub(crate) fn labelled_names(text: &str, label: LabelKind) -> Vec<NameMatch> {
    let maybe_person = matches!(label, LabelKind::Party | LabelKind::PersonName);
    let trimmed = text.trim_start_matches(is_edge);
    let start = text.len() - trimmed.len();
    let found = names_with_form(text, true);
    if let Some(first) = found.first()
        && (first.certain || maybe_person || first.span.start != start)
    {
        return found;
    }
    let end = value_end(trimmed);
    let value = slice(trimmed, ..end).trim_end_matches(is_edge);
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_placeholder = PLACEHOLDERS.split('|').any(|word| fold(value) == word);
    if is_placeholder || letters < 2 || digits > 5 || value.split(' ').count() > 30 {
        return found;
    }
    let unclosed = value.contains('«') && !value.contains('»');
    let cut_off = unclosed || !slice(trimmed, end..).trim_matches(is_edge).is_empty();
    let has_form = legal_form_at(value).is_some_and(|form| form.length < value.len());
    let certain = !maybe_person && !cut_off && (label != LabelKind::AnyName || has_form);
    let mut named = name(text, start, NameEnd::certain_if(certain, start + value.len()));
    if let Some(named) = &mut named {
        let folded = fold(value);
        let goods = GOODS.split('|').any(|begin| folded.starts_with(begin));
        named.likely = label == LabelKind::AnyName && !cut_off && !goods;
    }
    named.into_iter().collect()
}

/// A bracket is a part of the name if more words follow it.
fn value_end(text: &str) -> usize {
    let end = text.find([',', ';', '(', BLANK]).unwrap_or(text.len());
    let behind = slice(text, end..).split_once(')').map(|(_, behind)| behind.trim_start());
    match slice(text, end..).starts_with('(')
        && behind.is_some_and(|it| it.starts_with(char::is_alphabetic))
    {
        true => text.find([',', ';', BLANK]).unwrap_or(text.len()),
        false => end,
    }
}

/// What «Наименование» names when it is no organisation.
const GOODS: &str =
    "оказание|услуг|поставк|товар|работ|оплат|подключени|доставк|аренд|абонент|лиценз";

const PLACEHOLDERS: &str = "\
    нет|не указано|не указан|не указана|отсутствует|неизвестно|не знаю|уточню|есть|да|уточняется|\
    без названия|не заполнено|пусто|прочерк|см выше|см ниже|см. выше|см. ниже|см. вложение|\
    во вложении|прилагаю|выше|ниже|тот же|та же|прежнее|то же";

fn is_edge(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ':' | '=' | ',' | ';' | '—' | '–' | '-' | '*' | '`' | '.' | '|')
}

/// A piece with more forms is no client's card.
const MAX_FORMS: usize = 40;

/// Names with a legal form before or behind them.
pub(crate) fn names_with_form(text: &str, ends_cell: bool) -> Vec<NameMatch> {
    let mut found: Vec<NameMatch> = Vec::new();
    let mut at = 0;
    let mut tries = 0;
    while let Some(start) = next_word(text, at).filter(|_| tries < MAX_FORMS) {
        let rest = slice(text, start..);
        at = start + first_word(rest).len().max(1);
        let Some(form) = legal_form_at(rest) else { continue };
        tries += 1;
        if is_district(text, start) {
            continue;
        }
        let free = found.last().map_or(0, |name| name.span.end);
        let named = match name_end(text, start, form, ends_cell) {
            Some(end) => name(text, start, end),
            None => name_before_form(text, free, start, form),
        };
        if let Some(named) = named {
            at = at.max(named.span.end);
            found.push(named);
        }
    }
    found
}

fn next_word(text: &str, from: usize) -> Option<usize> {
    let mut before = slice(text, ..from).chars().next_back();
    for (at, c) in slice(text, from..).char_indices() {
        let inside = before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        if c.is_alphabetic() && !inside {
            return Some(from + at);
        }
        before = Some(c);
    }
    None
}

/// «Ненецкий АО» is a district.
fn is_district(text: &str, start: usize) -> bool {
    let before = suffix(slice(text, ..start), 100).trim_end();
    let word = fold(before.rsplit(' ').next().unwrap_or_default());
    word.ends_with("ий") || word.ends_with("ого") || word.ends_with("ом")
}

fn name_end(text: &str, start: usize, form: LegalForm, ends_cell: bool) -> Option<NameEnd> {
    let form_end = start + form.length;
    let form_word = first_word(slice(text, start..));
    let behind = slice(text, form_end..);
    if form.kind == LegalFormKind::Person {
        if let Some(quote) = quote_near(behind, 0) {
            return Some(quoted_end(text, form_end + quote, form.kind));
        }
        let person = behind.trim_start_matches([' ', ':', '-', '–', '—']);
        let again = legal_form_at(person).is_some_and(|next| next.kind == form.kind);
        if again && fold(first_word(person)) != "глава" {
            return None;
        }
        let (length, certain) = person_name(person, form_word.starts_with(char::is_lowercase))?;
        let at = text.len() - person.len() + length;
        return Some(NameEnd::certain_if(certain, at));
    }
    let in_words = form_word.chars().count() > 5;
    if let Some(quote) = quote_near(behind, if in_words { 25 } else { 4 }) {
        return Some(quoted_end(text, form_end + quote, form.kind));
    }
    let ambiguous = form.kind == LegalFormKind::Institution && form.length <= 4;
    if ambiguous { None } else { unquoted_end(text, start, form_end, ends_cell) }
}

fn quote_near(behind: &str, max_words: usize) -> Option<usize> {
    let quote = prefix(behind, MAX_VALUE_BYTES).find(opens_quote)?;
    let between = slice(behind, ..quote);
    let plain = between.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '№' | '\n'));
    let number = between.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '№'));
    let near = between.split_whitespace().count() <= max_words;
    (near && (plain || number)).then_some(quote)
}

fn quoted_end(text: &str, quote: usize, kind: LegalFormKind) -> NameEnd {
    let next_sign = |from: usize| {
        let rest = prefix(slice(text, from..), MAX_VALUE_BYTES);
        let end = rest.find([',', ';', '(', BLANK]).unwrap_or(rest.len());
        from + slice(rest, ..end).trim_end().len()
    };
    let Some(Quotation { length, balanced }) = quotation_at(slice(text, quote..)) else {
        return NameEnd::uncertain(next_sign(quote));
    };
    let at = quote + length;
    let behind = slice(text, at..);
    let next = behind.trim_start();
    let words = next.starts_with(|c: char| c.is_alphanumeric() || c == '№');
    let goes_on = kind == LegalFormKind::Institution && words && continues_name(next);
    let torn = behind.starts_with(char::is_alphanumeric);
    let certain = !(goes_on || torn || (!balanced && words));
    NameEnd { at, certain, alternative: (!certain).then(|| next_sign(at)) }
}

fn continues_name(behind: &str) -> bool {
    let words = "города|г|района|муниципального|городского|сельского|имени|им|области|края|поселка|\
        республики|села|п|с|по|станицы|деревни|округа|мо|ст";
    let first = fold(first_word(behind));
    behind.starts_with('№') || words.split('|').any(|word| word == first)
}

fn unquoted_end(text: &str, start: usize, form_end: usize, ends_cell: bool) -> Option<NameEnd> {
    let lower_case = slice(text, start..).starts_with(char::is_lowercase);
    let (words, count) = capitalised_words(slice(text, form_end..), lower_case);
    if count == 0 {
        return None;
    }
    let end = form_end + words.len();
    let behind = prefix(slice(text, end..), 100).trim_start_matches(['.', '!', '?']).trim();
    if count == 1 {
        let number_follows = behind.chars().take_while(char::is_ascii_digit).count() > 7;
        let certain = number_follows || !behind.starts_with(char::is_alphanumeric);
        return Some(NameEnd::certain_if(certain, end));
    }
    let at_start = suffix(slice(text, ..start), 100).trim_matches(is_edge).is_empty();
    let alone = matches!(behind, "," | "—" | "–" | "(") || (ends_cell && behind.is_empty());
    if at_start && alone && !lower_case {
        return Some(NameEnd::certain_if(true, end));
    }
    // It is unclear how many words belong to it, so one and all are offered.
    let first = words.trim_start().split(' ').next().unwrap_or_default();
    let space = words.len() - words.trim_start().len();
    let at = form_end + space + first.len();
    Some(NameEnd { at, certain: false, alternative: Some(end) })
}

/// The leading words with a capital letter, and how many of them have letters.
fn capitalised_words(text: &str, any_case: bool) -> (&str, usize) {
    let (mut end, mut count, mut after_number_sign) = (0, 0, false);
    while let Some(next) = slice(text, end..).strip_prefix(' ') {
        let length = next.find([' ', ',', ';', '(', ')', ':', '«', '"', BLANK]);
        let word = slice(next, ..length.unwrap_or(next.len()));
        let belongs = word.starts_with(|c: char| c.is_uppercase() || c == '№')
            || (any_case && word.starts_with(char::is_alphabetic))
            || (word == "и" && next.chars().nth(2).is_some_and(char::is_uppercase))
            || (after_number_sign && word.len() < 4);
        if !belongs || word.is_empty() || count > 12 {
            break;
        }
        after_number_sign = word == "№";
        count += usize::from(word.contains(char::is_alphabetic));
        end += 1 + word.len();
    }
    (slice(text, ..end).trim_end_matches(['.', '!', '?']), count)
}

/// A name before its form, as registers and 1C write it: «Ромашка ООО».
fn name_before_form(text: &str, free: usize, start: usize, form: LegalForm) -> Option<NameMatch> {
    let form_end = start + form.length;
    let behind = prefix(slice(text, form_end..), 100).trim_start();
    let ends = behind.is_empty() || behind.starts_with([',', ';', '.', ')', '(', BLANK]);
    if !ends || form.kind == LegalFormKind::Institution {
        return None;
    }
    let before = suffix(slice(text, free..start), MAX_VALUE_BYTES);
    let bare = before.trim_end_matches([' ', ',']);
    let words_end = start - (before.len() - bare.len());
    let words = bare.rsplit([',', ';', ':', '(', '.', BLANK]).next()?.trim_start();
    let quoted = words.starts_with(opens_quote) && words.ends_with(['»', '"', '”', '“']);
    let begins_name = |c: char| c.is_uppercase() || opens_quote(c) || c.is_ascii_digit();
    let named = words.split_whitespace().all(|word| word.starts_with(begins_name));
    if !(quoted || (named && (1..=5).contains(&words.split_whitespace().count()))) {
        return None;
    }
    let name_start = words_end - words.len();
    let at_start = suffix(slice(text, ..name_start), 100).trim_matches(is_edge).is_empty();
    name(text, name_start, NameEnd::certain_if(at_start, form_end))
}

const NON_NAME_PREFIXES: &str = "\
    бц|тц|трц|трк|тк|тоц|жк|мкр|мкрн|микрорайон|ул|улица|пр|тариф|тарифа|тарифу|тарифный|акция|\
    акции|проект|программа|сайт|тема|газета|журнал|план|услуга|рынок|центр|корпус|раздел|вкладка|\
    кнопка|пункт|статус|товар|парк|квартал|поселок|снт|метро|павильон|платформа|на";

/// A name in quotes without a form, with the words before it on the line.
fn name_in_quotes(text: &str, quote: Range<usize>) -> Option<NameMatch> {
    let before = suffix(slice(text, ..quote.start), MAX_VALUE_BYTES);
    let words = before.rsplit([',', ';', ':', '(', '.', BLANK, '»', '"']).next()?.trim_start();
    let last = fold(words.trim_end().rsplit(' ').next().unwrap_or_default());
    let last = last.trim_matches(|c: char| !c.is_alphabetic());
    let letters = slice(text, quote.clone()).chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || NON_NAME_PREFIXES.split('|').any(|word| word == last) {
        return None;
    }
    let belong_to_name = words.starts_with(char::is_uppercase)
        && words.split_whitespace().count() <= 4
        && !words.contains(|c: char| c.is_ascii_digit());
    let start = if belong_to_name { quote.start - words.len() } else { quote.start };
    name(text, start, NameEnd::uncertain(quote.end))
}

/// The choice with its letters in one script comes before the text as written.
fn name(text: &str, start: usize, end: NameEnd) -> Option<NameMatch> {
    let written = slice(text, start..end.at);
    let letters = written.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || written.contains(BLANK) || written.len() > 4 * CompanyName::MAX {
        return None;
    }
    let as_written = |text: &str| CompanyName::parse(text).ok().map(Choice::as_written);
    let corrected = in_one_script(written).and_then(|text| CompanyName::parse(&text).ok());
    // It may have swallowed a part of an address.
    let certain = end.certain && corrected.is_none() && !written.contains('@');
    let correction = Some(Correction::LookAlike(written.to_owned()));
    let mut choices = Vec::from_iter(corrected.map(|value| Choice { value, correction }));
    choices.extend(end.alternative.and_then(|end| as_written(slice(text, start..end))));
    choices.extend(as_written(written));
    let comparable = ComparableName::new(choices.last()?.value.as_str());
    let bracketed = slice(text, ..start).ends_with('(') && slice(text, end.at..).starts_with(')');
    Some(NameMatch { span: start..end.at, choices, certain, comparable, likely: false, bracketed })
}

/// `None` if nothing is to be changed.
fn in_one_script(name: &str) -> Option<String> {
    let form_length = legal_form_at(name).map_or(0, |form| form.length);
    let (form, rest) = (slice(name, ..form_length), slice(name, form_length..));
    let cyrillic_form = in_cyrillic(form).filter(|_| is_latin(form));
    let unified_rest = unify_scripts(rest);
    (cyrillic_form.is_some() || unified_rest.is_some()).then(|| {
        let form = cyrillic_form.as_deref().unwrap_or(form);
        format!("{form}{}", unified_rest.as_deref().unwrap_or(rest))
    })
}
