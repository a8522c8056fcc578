//! Finds numbers in a line, and tells which belong to a longer one.

use std::ops::Range;

use crate::slices::part;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub span: Range<usize>,
    pub digits: String,
    pub form: Form,
    /// Numbers of one group have only a space or dash between them.
    pub group: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// In groups, «121 510 7651», or after «№»: telephones and orders are written so too.
    Loose,
    /// A telephone, amount, date or part of an identifier: an ИНН only if a label says so.
    Else,
}

struct Chunk {
    span: Range<usize>,
}

/// A chunk of so many digits is a number of its own.
const OWN: usize = 8;

pub(crate) fn numbers(line: &str) -> Vec<Number> {
    let chunks = chunks(line);
    let mut numbers = Vec::new();
    let mut group = 0;
    let mut row: Vec<Chunk> = Vec::new();
    for chunk in chunks {
        if let Some(last) = row.last()
            && !joins(part(line, last.span.end..chunk.span.start))
        {
            read_row(line, &row, group, &mut numbers);
            row.clear();
            group += 1;
        }
        row.push(chunk);
    }
    read_row(line, &row, group, &mut numbers);
    numbers
}

fn chunks(line: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (c.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                chunks.push(Chunk { span: from..at });
                start = None;
            }
            _ => {}
        }
    }
    chunks
}

fn joins(gap: &str) -> bool {
    matches!(
        gap,
        " " | "-" | "–" | "‑" | "−" | "." | " - " | "(" | ")" | " (" | ") " | ")-" | "-(" | "  "
    )
}

fn read_row(line: &str, row: &[Chunk], group: usize, numbers: &mut Vec<Number>) {
    let (Some(first), Some(last)) = (row.first(), row.last()) else { return };
    let lengths: Vec<usize> = row.iter().map(|chunk| chunk.span.len()).collect();
    let before = part(line, 0..first.span.start);
    let inside = part(line, first.span.start..last.span.end);
    let phone = before.ends_with('+') || inside.contains(['(', ')']);
    // «1215107651-121501001» is a pair; other long numbers with dashes are identifiers.
    let pair = matches!(lengths.as_slice(), [10 | 12, 9]);
    for parts in split(line, row) {
        let (Some(from), Some(to)) = (parts.first(), parts.last()) else { continue };
        let span = from.span.start..to.span.end;
        let digits: String =
            part(line, span.clone()).chars().filter(char::is_ascii_digit).collect();
        let loose = parts.len() > 1 || is_numbered(part(line, 0..span.start));
        let called = parts.len() > 1 && digits.len() == 11 && digits.starts_with(['7', '8']);
        let before = part(line, 0..span.start);
        let behind = part(line, span.end..line.len());
        let dotted = part(line, span.clone()).contains('.');
        let touched = !pair && is_glued(before, behind);
        let form = match loose {
            _ if phone || called || dotted || touched || is_amount(behind) => Form::Else,
            true => Form::Loose,
            false => Form::Plain,
        };
        numbers.push(Number { span, digits, form, group });
    }
}

/// A long chunk is a number of its own, unless a telephone's 7 or 8 precedes it.
fn split<'a>(line: &str, row: &'a [Chunk]) -> Vec<&'a [Chunk]> {
    let mut numbers = Vec::new();
    let mut rest = row;
    while let Some(first) = rest.first() {
        let short = rest.iter().take_while(|chunk| chunk.span.len() < OWN).count();
        let dialled = short == 1
            && matches!(part(line, first.span.clone()), "7" | "8")
            && rest.get(1).is_some_and(|chunk| chunk.span.len() == 10);
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
        digits > 0 && digits < OWN
    });
    part_of_another || before.trim_end().ends_with(['№', '#', 'N'])
}

/// Web addresses: their digits are no numbers.
pub(crate) fn links(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let link = ["://", "www.", ".ru/", ".com/", ".рф/", "?inn="];
        if link.iter().any(|sign| word.contains(sign)) {
            found.push(from..from + word.trim_end().len());
        }
        from += word.len();
    }
    found
}
