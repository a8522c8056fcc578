//! Cuts a message into pieces of text with their labels: lines, cells, tables.

use crate::find_emails::{self, Seen};
use crate::find_numbers::links;
use crate::labels::{Kind, labels};
use crate::legal_forms::{FormKind, form_at};
use crate::letters::fold;
use crate::quotes::is_open;
use crate::slices::{blanked, part};

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(Field),
    Gap,
    /// «С уважением» and the like: what follows is about the sender.
    Signature,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    /// Several where they stand together, «ИНН/КПП».
    pub labels: Vec<Kind>,
    /// The labels have a line or cell of their own.
    pub apart: bool,
    /// Addresses are blanked out; `from` is the offset in the cell.
    pub text: String,
    pub from: usize,
    pub emails: Vec<Seen>,
    pub line: usize,
    pub table: bool,
    pub whole: bool,
}

pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let lines = joined(text);
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| cells(line)).collect();
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let others = rows.get(at..).unwrap_or_default();
        let size = others.iter().take_while(|other| other.len() == row.len()).count();
        let block = others.get(..size).unwrap_or_default();
        if row.len() > 1 && row.len() < 9 && block.iter().any(|row| is_two_sided(row)) {
            for column in 0..row.len() {
                let cells = block.iter().enumerate();
                for (line, cell) in cells.filter_map(|(line, row)| Some((line, row.get(column)?))) {
                    reader.read_row(&[*cell], at + line);
                }
                reader.pieces.push(Piece::Gap);
            }
        } else {
            for (line, row) in block.iter().enumerate() {
                reader.read_row(row, at + line);
            }
        }
        at += size;
    }
    reader.pieces
}

/// Drops the marks of quoting and lists; joins a form at the end of a line to its name on the next.
fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['>', ' ']);
        let marks = ['•', '·', '▪', '●', '–', '—', '*', '-'];
        let line = if line.trim() == "--" { line } else { line.trim_start_matches(marks) };
        let bare = line.trim();
        if let Some(last) = lines.last_mut()
            && ((bare.starts_with(is_open) && ends_with_form(last))
                || (bare.starts_with(char::is_uppercase) && is_person_form(last)))
        {
            last.push(' ');
            last.push_str(bare);
            continue;
        }
        lines.push(line.trim_matches(' ').to_owned());
    }
    lines
}

fn is_person_form(line: &str) -> bool {
    form_at(line).is_some_and(|form| form.kind == FormKind::Person && form.length == line.len())
}

fn ends_with_form(line: &str) -> bool {
    let phrase = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-');
    if line.len() > 40 && line.chars().all(phrase) && form_at(line).is_some() {
        return true;
    }
    let words = line.split(' ').rev().take(4).map(str::len);
    let starts = words.scan(0, |back, length| {
        *back += length + 1;
        Some((*back).min(line.len() + 1))
    });
    starts.into_iter().any(|back| {
        let tail = part(line, (line.len() + 1).saturating_sub(back)..line.len());
        form_at(tail).is_some_and(|form| form.length == tail.len() && form.length > 2)
    })
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.strip_prefix('|').unwrap_or(line);
    let inner =
        if line.starts_with('|') { inner.strip_suffix('|').unwrap_or(inner) } else { inner };
    inner.split(['\t', '|', ';']).map(|cell| cell.trim_matches(' ')).collect()
}

/// Two parties in columns side by side: «ИНН … | ИНН …».
fn is_two_sided(row: &[&str]) -> bool {
    let has = |cell: &&&str| {
        let number = cell.chars().filter(char::is_ascii_digit).count() > 8;
        number && labels(cell).first().is_some_and(|label| label.kind == Kind::Inn)
    };
    row.iter().filter(has).count() > 1
}

#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    /// Labels that wait for a value in the next cell or line.
    open: Vec<Kind>,
    table: bool,
    columns: Vec<Kind>,
}

impl Reader {
    fn read_row(&mut self, row: &[&str], line: usize) {
        if row.iter().all(|cell| cell.is_empty()) {
            self.columns.clear();
            self.pieces.push(Piece::Gap);
            return;
        }
        if row.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | ' ' | '=' | '_'))) {
            // A ruler in a table says nothing; «--» begins a signature.
            if row.len() == 1 && row.iter().all(|cell| *cell == "--") {
                self.pieces.push(Piece::Signature);
            }
            return;
        }
        if let [cell] = row
            && begins_signature(cell)
        {
            self.pieces.push(Piece::Signature);
        }
        if let Some(columns) = header(row) {
            self.columns = columns;
            self.open.clear();
            return;
        }
        self.table = row.len() > 2;
        if self.columns.len() == row.len() {
            for (cell, kind) in row.iter().zip(self.columns.clone()) {
                self.open = vec![kind];
                self.read_cell(cell, line);
                self.open.clear();
            }
            return;
        }
        self.columns.clear();
        for cell in row {
            let name = |kind: &Kind| kind.is_name();
            if row.len() > 2 && self.open.iter().any(name) && form_at(cell).is_none() {
                // It heads a column and is no label of the next cell.
                self.open.clear();
            }
            self.read_cell(cell, line);
        }
    }

    fn read_cell(&mut self, cell: &str, line: usize) {
        let mut emails = find_emails::emails(cell);
        let mut spans = links(cell);
        spans.extend(emails.iter().map(|seen| seen.span.clone()));
        let blank = blanked(cell, &spans);
        let found = labels(&blank);
        let mut kinds = std::mem::take(&mut self.open);
        let mut apart = !kinds.is_empty();
        let mut from = 0;
        let starts = found.iter().map(|label| label.span.start).chain([blank.len()]);
        let mut ahead = found.iter();
        for to in starts {
            let text = part(&blank, from..to);
            let (here, later): (Vec<Seen>, Vec<Seen>) =
                emails.into_iter().partition(|seen| seen.span.start < to);
            emails = later;
            let label = ahead.next();
            let closed = text.contains([':', '-', '—', '–', '=']) && label.is_some();
            let held = text.chars().any(char::is_alphanumeric) || !here.is_empty();
            if held {
                // «(ИНН)» stands behind its value.
                let behind = label.filter(|label| {
                    text.ends_with('(')
                        && part(&blank, label.span.end..blank.len()).starts_with(')')
                });
                if let Some(label) = behind.filter(|_| kinds.is_empty()) {
                    kinds.push(label.kind);
                }
                let field = Field {
                    labels: std::mem::take(&mut kinds),
                    apart,
                    text: text.to_owned(),
                    from,
                    emails: here,
                    line,
                    table: self.table,
                    whole: label.is_none(),
                };
                self.pieces.push(Piece::Text(field));
                if let Some(label) = behind {
                    apart = false;
                    from = label.span.end;
                    continue;
                }
            } else if closed || (apart && from == 0 && !self.is_alone(&blank, label.is_none())) {
                kinds.clear();
            }
            if let Some(label) = label {
                apart = apart && !kinds.is_empty() && from == 0;
                kinds.push(label.kind);
                from = label.span.end;
            }
        }
        // So many labels in a row are no form to be filled in.
        kinds.truncate(12);
        self.open = kinds;
    }

    fn is_alone(&self, cell: &str, empty: bool) -> bool {
        let last = labels(cell).last().map_or(0, |label| label.span.end);
        let rest = part(cell, last..cell.len());
        empty || !rest.chars().any(|c| c.is_alphanumeric() || c == '\u{1}')
    }
}

/// The columns, if the row is a header: only labels, or an ИНН or e-mail label and no value.
fn header(row: &[&str]) -> Option<Vec<Kind>> {
    if row.len() < 2 || row.iter().any(|cell| cell.chars().any(|c| c.is_ascii_digit() || c == '@'))
    {
        return None;
    }
    let kind = |cell: &&str| {
        let found = labels(cell);
        match found.as_slice() {
            [label] => {
                let rest = cell.len() - label.span.len();
                (rest < 4 && label.span.start < 3).then_some(label.kind)
            }
            _ => None,
        }
    };
    let kinds: Vec<Option<Kind>> = row.iter().map(kind).collect();
    let known = kinds.iter().flatten().count();
    let filled = row.iter().filter(|cell| cell.chars().any(char::is_alphabetic)).count();
    let telling = kinds.iter().flatten().any(|kind| matches!(kind, Kind::Inn | Kind::Email));
    if known < 2 || !(known == filled || telling) {
        return None;
    }
    // Beside an ИНН a column of names is one of organisations.
    let numbered = kinds.contains(&Some(Kind::Inn));
    let known = |kind: Option<Kind>| match kind {
        Some(Kind::Title) if numbered => Kind::Name,
        kind => kind.unwrap_or(Kind::Other),
    };
    Some(kinds.into_iter().map(known).collect())
}

fn begins_signature(line: &str) -> bool {
    let line = fold(line);
    let words = [
        "с уважением",
        "с наилучшими",
        "best regards",
        "kind regards",
        "отправлено с",
        "sent from",
    ];
    words.iter().any(|words| line.starts_with(words))
}
