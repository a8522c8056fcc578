//! Finds names of organisations by legal form, quotes or label.

use std::ops::Range;

use crate::findings::{Choice, Correction};
use crate::labels::Kind;
use crate::legal_forms::{Core, Form, FormKind, core, first_word, form_at, is_latin};
use crate::letters::{fold, in_cyrillic, unmixed};
use crate::name::CompanyName;
use crate::people::person;
use crate::quotes::{close, is_open, quotes};
use crate::slices::{MARK, NEAR, head, part, tail};

#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub span: Range<usize>,
    /// The likeliest first; never empty.
    pub choices: Vec<Choice<CompanyName>>,
    pub sure: bool,
    pub core: Core,
    /// Alone in brackets, as a short name stands behind the full one.
    pub bracketed: bool,
}

pub(crate) fn guess(text: &str) -> Option<Name> {
    let start = text.len() - text.trim_start_matches(is_edge).len();
    let words = text.trim_matches(is_edge);
    let plain = words.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '№' | '.'));
    let said = fold(words);
    let count = words.split(' ').count();
    let fits = plain
        && count <= 8
        && words.starts_with(char::is_uppercase)
        && words.chars().filter(|c| c.is_alphabetic()).count() > 3
        && !NO_GUESS.split('|').any(|begin| said.starts_with(begin));
    if fits { name(text, start..start + words.len(), false, None) } else { None }
}

/// How lines begin that are no names.
const NO_GUESS: &str = "пригла|прош|добав|отправ|подключ|клиент|новы|новая|наш|вот|реквизит|карточк|\
    добр|здравств|привет|пожалуйста|коллег|спасибо|генеральн|директор|бухгалтер|главн|г |ул |с уваж|\
    действующ|поле|значение|данные|информац|контакт|компани|организац|примите|нужно|можно|если";

struct End {
    at: usize,
    sure: bool,
    /// The end if the words behind belong to it.
    or: Option<usize>,
}

/// Names in a piece without a label of a name; `whole` if the piece ends its line.
pub(crate) fn names(text: &str, whole: bool) -> Vec<Name> {
    let mut found = formed(text, whole);
    let loose: Vec<Name> = quotes(text)
        .into_iter()
        .filter(|quote| {
            let next = found.partition_point(|name| name.span.end <= quote.start);
            found.get(next).is_none_or(|name| name.span.start >= quote.end)
        })
        .filter_map(|quote| quoted(text, quote))
        .collect();
    found.extend(loose);
    found.sort_by_key(|name| name.span.start);
    found
}

/// Names behind a label. Without a legal form «Клиент» may be a person and «Наименование» goods.
pub(crate) fn labelled(text: &str, label: Kind) -> Vec<Name> {
    let side = matches!(label, Kind::Side | Kind::Person);
    let trimmed = text.trim_start_matches(is_edge);
    let start = text.len() - trimmed.len();
    let found = formed(text, true);
    let first = found.first().map(|name| (name.span.start == start, name.sure));
    if matches!(first, Some((true, true) | (false, _))) || (side && first.is_some()) {
        return found;
    }
    let end = trimmed.find([',', ';', '(', MARK]).unwrap_or(trimmed.len());
    let value = part(trimmed, 0..end).trim_end_matches(is_edge);
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let empty = EMPTY.split('|').any(|word| fold(value) == word);
    if empty || letters < 2 || digits > 5 || value.split(' ').count() > 30 {
        return found;
    }
    let cut = !part(trimmed, end..trimmed.len()).trim_matches(is_edge).is_empty();
    let formed = form_at(value).is_some_and(|form| form.length < value.len());
    let sure = !side && !cut && (label != Kind::Title || formed);
    name(text, start..start + value.len(), sure, None).into_iter().collect()
}

/// What people write where there is no value.
const EMPTY: &str = "нет|не указано|не указан|не указана|отсутствует|неизвестно|не знаю|уточню|есть|да|\
    уточняется|без названия|не заполнено|пусто|прочерк|см выше|см ниже|см. выше|см. ниже|см. вложение|\
    во вложении|прилагаю|выше|ниже|тот же|та же|прежнее|то же";

fn is_edge(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ':' | '=' | ',' | ';' | '—' | '–' | '-' | '*' | '`' | '.' | '|')
}

/// A piece with more forms is no client's card.
const MAX_FORMS: usize = 40;

fn formed(text: &str, whole: bool) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut at = 0;
    let mut tries = 0;
    while let Some(start) = next_word(text, at).filter(|_| tries < MAX_FORMS) {
        let rest = part(text, start..text.len());
        let length = first_word(rest).len();
        at = start + length.max(1);
        let Some(form) = form_at(rest) else { continue };
        tries += 1;
        if is_district(text, start) {
            continue;
        }
        let free = found.last().map_or(0, |name| name.span.end);
        let named = match end_of(text, start, form, whole) {
            Some(end) => name(text, start..end.at, end.sure, end.or),
            None => before_form(text, free, start, form),
        };
        if let Some(named) = named {
            at = at.max(named.span.end);
            found.push(named);
        }
    }
    found
}

fn next_word(text: &str, from: usize) -> Option<usize> {
    let mut before = part(text, 0..from).chars().next_back();
    for (at, c) in part(text, from..text.len()).char_indices() {
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
    let word =
        fold(tail(part(text, 0..start), 100).trim_end().rsplit(' ').next().unwrap_or_default());
    word.ends_with("ий") || word.ends_with("ого") || word.ends_with("ом")
}

fn end_of(text: &str, start: usize, form: Form, whole: bool) -> Option<End> {
    let mut after = start + form.length;
    if form.kind == FormKind::Person {
        let rest = part(text, after..text.len());
        after += rest.len() - rest.trim_start_matches([' ', ':']).len();
        if form_at(part(text, after..text.len())).is_some_and(|next| next.kind == form.kind) {
            return None;
        }
        let lower = first_word(part(text, start..text.len())).starts_with(char::is_lowercase);
        let (length, sure) = person(part(text, after..text.len()), lower)?;
        return Some(End { at: after + length, sure, or: None });
    }
    let rest = part(text, after..text.len());
    let phrase = first_word(part(text, start..text.len())).chars().count() > 5;
    if let Some(open) = quote_near(rest, if phrase { 25 } else { 4 }) {
        return Some(quoted_end(text, after + open, form.kind));
    }
    let ambiguous = form.kind == FormKind::Institution && form.length <= 4;
    if ambiguous { None } else { unquoted_end(text, start, after, whole) }
}

fn quote_near(rest: &str, words: usize) -> Option<usize> {
    let open = head(rest, NEAR).find(is_open)?;
    let between = part(rest, 0..open);
    let plain = between.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '№' | '\n'));
    let number = between.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '№'));
    let near = between.split_whitespace().count() <= words;
    (near && (plain || number)).then_some(open)
}

fn quoted_end(text: &str, open: usize, kind: FormKind) -> End {
    let rest = part(text, open..text.len());
    let stop = |from: usize| {
        let rest = head(part(text, from..text.len()), NEAR);
        let end = rest.find([',', ';', '(', MARK]).unwrap_or(rest.len());
        from + part(rest, 0..end).trim_end().len()
    };
    let Some((length, balanced)) = close(rest) else {
        let at = stop(open);
        return End { at, sure: false, or: None };
    };
    let at = open + length;
    let tail = part(text, at..text.len()).trim_start();
    let words = tail.starts_with(|c: char| c.is_alphanumeric() || c == '№');
    let torn = part(text, at..text.len()).starts_with(char::is_alphanumeric);
    let goes_on = kind == FormKind::Institution && words && is_tail(tail);
    if goes_on || torn || (!balanced && words) {
        return End { at, sure: false, or: Some(stop(at)) };
    }
    End { at, sure: true, or: None }
}

fn is_tail(tail: &str) -> bool {
    let words = "города|г|района|муниципального|городского|сельского|имени|им|области|края|поселка|\
        республики|села|п|с|по|станицы|деревни|округа|мо|ст";
    let first = fold(first_word(tail));
    tail.starts_with('№') || words.split('|').any(|word| word == first)
}

/// A name without quotes goes on while words begin with a capital.
fn unquoted_end(text: &str, start: usize, after: usize, whole: bool) -> Option<End> {
    let lower = first_word(part(text, start..text.len())).starts_with(char::is_lowercase);
    let mut at = after;
    let mut words = 0;
    let mut numbered = false;
    loop {
        let rest = part(text, at..text.len());
        let Some(next) = rest.strip_prefix(' ') else { break };
        let length = next.find([' ', ',', ';', '(', ')', ':', '«', '"', MARK]);
        let word = part(next, 0..length.unwrap_or(next.len()));
        let capital = word.starts_with(|c: char| c.is_uppercase() || c == '№')
            || (lower && word.starts_with(char::is_alphabetic))
            || (word == "и" && next.chars().nth(2).is_some_and(char::is_uppercase))
            || (numbered && word.len() < 4);
        if !capital || word.is_empty() || words > 12 {
            break;
        }
        numbered = word == "№";
        words += usize::from(word.chars().any(char::is_alphabetic));
        at += 1 + word.len();
    }
    if words == 0 {
        return None;
    }
    let written = part(text, start..at);
    let at = start + written.trim_end_matches(['.', '!', '?']).len();
    let behind = head(part(text, at..text.len()), 100).trim_start_matches(['.', '!', '?']);
    let rest = behind.trim();
    let ended = rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric());
    let numbers = rest.chars().take_while(char::is_ascii_digit).count() > 7;
    let first = tail(part(text, 0..start), 100).trim().is_empty();
    let alone = first && whole && rest.is_empty();
    let listed = first && rest == ",";
    let sure = if words == 1 { ended || numbers } else { !lower && (alone || listed) };
    if sure || words == 1 {
        return Some(End { at, sure, or: None });
    }
    // It is unclear how many words belong to it, so one and all are offered.
    let first = part(text, after..at).trim_start().split(' ').next().map_or(0, str::len);
    let space = part(text, after..at).len() - part(text, after..at).trim_start().len();
    Some(End { at: after + space + first, sure, or: Some(at) })
}

/// A name before its form, as registers and 1C write it: «Ромашка ООО».
fn before_form(text: &str, free: usize, start: usize, form: Form) -> Option<Name> {
    let behind = head(part(text, start + form.length..text.len()), 100).trim_start();
    let ends = behind.is_empty() || behind.starts_with([',', ';', '.', ')', '(', MARK]);
    let long = form.kind == FormKind::Institution;
    if !ends || long {
        return None;
    }
    let before = tail(part(text, free..start), NEAR);
    let free = start - before.len();
    let bare = before.trim_end_matches([' ', ',']);
    let from = bare.rfind([',', ';', ':', '(', '.', MARK]).map_or(0, |at| at + 1);
    let words = part(bare, from..bare.len());
    let from = free + from + (words.len() - words.trim_start().len());
    let mut each = words.split_whitespace();
    let count = each.clone().count();
    let named = each.all(|word| {
        word.starts_with(|c: char| c.is_uppercase() || is_open(c) || c.is_ascii_digit())
    });
    let quoted = words.trim_start().starts_with(is_open) && words.ends_with(['»', '"', '”', '“']);
    if !(quoted || (named && (1..=5).contains(&count))) {
        return None;
    }
    let first = tail(part(text, 0..from), 100).trim_matches(is_edge).is_empty();
    name(text, from..start + form.length, first, None)
}

/// Words that say that the quotes behind them name no organisation.
const NO_NAME: &str = "бц|тц|трц|трк|тк|тоц|жк|мкр|мкрн|микрорайон|ул|улица|пр|тариф|тарифа|тарифу|\
    тарифный|акция|акции|проект|программа|сайт|тема|газета|журнал|план|услуга|рынок|центр|корпус|\
    раздел|вкладка|кнопка|пункт|статус|товар|парк|квартал|поселок|снт|метро|павильон|платформа|на";

/// A name in quotes without a form, with the words before it on the line.
fn quoted(text: &str, quote: Range<usize>) -> Option<Name> {
    let before = part(text, 0..quote.start);
    let far = before.len() - tail(before, NEAR).len();
    let before = part(before, far..before.len());
    let from = before.rfind([',', ';', ':', '(', '.', MARK, '»', '"']).map_or(0, |at| {
        at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let words = part(before, from..before.len());
    let from = far + from;
    let last = fold(words.trim_end().rsplit(' ').next().unwrap_or_default());
    let last = last.trim_matches(|c: char| !c.is_alphabetic());
    let inside = part(text, quote.clone());
    let letters = inside.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || NO_NAME.split('|').any(|word| word == last) {
        return None;
    }
    let named = words.trim().starts_with(char::is_uppercase)
        && words.split_whitespace().count() <= 4
        && !words.chars().any(|c| c.is_ascii_digit());
    let start = if named { from + words.len() - words.trim_start().len() } else { quote.start };
    name(text, start..quote.end, false, None)
}

/// The choice with its letters in one script comes before the text as written.
fn name(text: &str, span: Range<usize>, sure: bool, or: Option<usize>) -> Option<Name> {
    let written = part(text, span.clone());
    let letters = written.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || written.contains(MARK) || written.len() > 4 * CompanyName::MAX {
        return None;
    }
    let mut choices = Vec::new();
    let form = form_at(written).map_or("", |form| part(written, 0..form.length));
    let behind = part(written, form.len()..written.len());
    let form_mended = in_cyrillic(form).filter(|_| is_latin(form));
    let mended = match (form_mended, unmixed(behind)) {
        (None, None) => None,
        (form_mended, behind_mended) => Some(format!(
            "{}{}",
            form_mended.as_deref().unwrap_or(form),
            behind_mended.as_deref().unwrap_or(behind)
        )),
    };
    let correction = Some(Correction::LookAlike(written.to_owned()));
    choices.extend(mended.and_then(|mended| choice(&mended, correction)));
    let sure = sure && choices.is_empty();
    let longer = or.and_then(|end| choice(part(text, span.start..end), None));
    choices.extend(longer);
    choices.extend(choice(written, None));
    let core = core(choices.last()?.value.as_str());
    let bracketed = part(text, 0..span.start).ends_with('(')
        && part(text, span.end..text.len()).starts_with(')');
    Some(Name { span, sure, core, bracketed, choices })
}

fn choice(text: &str, correction: Option<Correction>) -> Option<Choice<CompanyName>> {
    Some(Choice { value: CompanyName::parse(text).ok()?, correction })
}
