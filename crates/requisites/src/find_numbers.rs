//! Finds numbers in a line, and tells which belong to a longer one.

use std::ops::Range;

use crate::normalise::LONG_NUMBER;
use crate::slices::slice;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub span: Range<usize>,
    pub digits: String,
    pub style: NumberStyle,
    /// Numbers of one row have only a space or dash between them.
    pub row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberStyle {
    Plain,
    /// «121 510 7651», or after «№»: telephones and orders are written so too.
    Grouped,
    /// A telephone, amount, date or part of an identifier: an ИНН only if a label says so.
    NotAnId,
}

pub(crate) fn find_numbers(line: &str) -> Vec<Number> {
    let runs = digit_runs(line);
    let in_one_row = |a: &Range<usize>, b: &Range<usize>| joins(slice(line, a.end..b.start));
    let rows = runs.chunk_by(in_one_row).enumerate();
    rows.flat_map(|(row, runs)| read_row(line, runs, row)).collect()
}

fn digit_runs(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        match runs.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn joins(gap: &str) -> bool {
    matches!(
        gap,
        " " | "-" | "–" | "‑" | "−" | "." | " - " | "(" | ")" | " (" | ") " | ")-" | "-(" | "  "
    )
}

fn read_row(line: &str, runs: &[Range<usize>], row: usize) -> Vec<Number> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Vec::new() };
    let is_phone = slice(line, ..first.start).ends_with('+')
        || slice(line, first.start..last.end).contains(['(', ')']);
    // «1215107651-121501001» is a pair; other long numbers with dashes are identifiers.
    let is_pair = matches!(runs, [inn, kpp] if matches!(inn.len(), 10 | 12) && kpp.len() == 9);
    let number = |parts: &[Range<usize>]| {
        let span = parts.first()?.start..parts.last()?.end;
        let written = slice(line, span.clone());
        let (before, behind) = (slice(line, ..span.start), slice(line, span.end..));
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let grouped = parts.len() > 1;
        let is_not_an_id = is_phone
            || (grouped && digits.len() == 11 && digits.starts_with(['7', '8']))
            || written.contains('.')
            || (!is_pair && is_glued(before, behind))
            || is_amount(behind);
        let style = match grouped || is_numbered(before) {
            _ if is_not_an_id => NumberStyle::NotAnId,
            true => NumberStyle::Grouped,
            false => NumberStyle::Plain,
        };
        Some(Number { span, digits, style, row })
    };
    split_at_long(line, runs).into_iter().filter_map(number).collect()
}

/// A long run is a number of its own, unless a telephone's 7 or 8 precedes it.
fn split_at_long<'a>(line: &str, runs: &'a [Range<usize>]) -> Vec<&'a [Range<usize>]> {
    let mut numbers = Vec::new();
    let mut rest = runs;
    while let Some(first) = rest.first() {
        let short = rest.iter().take_while(|run| run.len() < LONG_NUMBER).count();
        let dialled = short == 1
            && matches!(slice(line, first.clone()), "7" | "8")
            && rest.get(1).is_some_and(|run| run.len() == 10);
        let count = if dialled { 2 } else { short.max(1) };
        let (number, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        numbers.push(number);
        rest = others;
    }
    numbers
}

fn is_glued(before: &str, behind: &str) -> bool {
    let mut back = before.chars().rev();
    let glued_before = match back.next() {
        Some('/') => back.next().is_some_and(char::is_alphabetic),
        Some('-' | '=' | '&' | '?' | '.') => back.next().is_some_and(char::is_alphanumeric),
        Some(c) => c.is_alphabetic() || matches!(c, '_' | '%' | '@'),
        None => false,
    };
    let mut ahead = behind.chars();
    let glued_behind = match ahead.next() {
        Some('/') => ahead.next().is_some_and(char::is_alphabetic),
        Some('-' | '.') => ahead.next().is_some_and(char::is_alphanumeric),
        Some(c) => c.is_alphabetic() || matches!(c, '_' | '%' | '@'),
        None => false,
    };
    glued_before || glued_behind
}

fn is_amount(behind: &str) -> bool {
    let unit = behind.trim_start();
    let mut ahead = behind.chars();
    let kopecks = matches!(ahead.next(), Some(',' | '.'))
        && ahead.clone().take_while(char::is_ascii_digit).count() == 2;
    kopecks || ["руб", "₽", "р.", "шт", "%", "коп"].iter().any(|sign| unit.starts_with(sign))
}

/// Whether «№» or «12/» precedes.
fn is_numbered(before: &str) -> bool {
    let part_of_another = before.strip_suffix('/').is_some_and(|before| {
        let digits = before.chars().rev().take_while(char::is_ascii_digit).count();
        digits > 0 && digits < LONG_NUMBER
    });
    part_of_another || before.trim_end().ends_with(['№', '#', 'N'])
}

/// Web addresses: their digits are no numbers.
pub(crate) fn find_links(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        if ["://", "www.", ".ru/", ".com/", ".рф/", "?inn="].iter().any(|sign| word.contains(sign))
        {
            found.push(from..from + word.trim_end().len());
        }
        from += word.len();
    }
    found
}
