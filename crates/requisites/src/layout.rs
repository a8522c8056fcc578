//! Cuts a message into pieces of text with their labels: lines, cells, tables.

use crate::find_emails::{EmailMatch, find_emails};
use crate::find_numbers::find_links;
use crate::former::is_former;
use crate::label_kind::LabelKind;
use crate::labels::find_labels;
use crate::legal_forms::legal_form_at;
use crate::letters::fold;
use crate::lines::join_lines;
use crate::slices::{BLANK, blank_out, slice};

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(TextPiece),
    Gap,
    /// «С уважением» and the like: what follows is about the sender.
    Signature,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TextPiece {
    /// Several where they stand together, «ИНН/КПП».
    pub labels: Vec<LabelKind>,
    pub labels_in_own_cell: bool,
    /// Addresses are blanked out.
    pub text: String,
    /// Where the text begins in its cell; the spans of `emails` are counted from the cell's start.
    pub offset: usize,
    pub emails: Vec<EmailMatch>,
    pub line: usize,
    pub in_table: bool,
    pub ends_cell: bool,
    /// The words before its label say that the value was replaced.
    pub former: bool,
    /// In a row that lost its tabs: words without a form may be a name.
    pub headed: bool,
}

pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let lines = join_lines(text);
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| cells(line)).collect();
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let rest = rows.get(at..).unwrap_or_default();
        let size = rest.iter().take_while(|other| other.len() == row.len()).count();
        let block = rest.get(..size).unwrap_or_default();
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

fn cells(line: &str) -> Vec<&str> {
    let inner = line.strip_prefix('|').map(|rest| rest.strip_suffix('|').unwrap_or(rest));
    inner.unwrap_or(line).split(['\t', '|', ';']).map(|cell| cell.trim_matches(' ')).collect()
}

/// Two parties in columns side by side: «ИНН … | ИНН …».
fn is_two_sided(row: &[&str]) -> bool {
    let has_inn = |cell: &&&str| {
        let has_number = cell.chars().filter(char::is_ascii_digit).count() > 8;
        has_number && find_labels(cell).first().is_some_and(|label| label.kind == LabelKind::Inn)
    };
    row.iter().filter(has_inn).count() > 1
}

#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    pending_labels: Vec<LabelKind>,
    /// Whether the last of them stands for a former value.
    pending_former: bool,
    in_table: bool,
    columns: Vec<LabelKind>,
    /// Below a header that lost its tabs.
    headed: bool,
}

impl Reader {
    fn read_row(&mut self, row: &[&str], line: usize) {
        if row.iter().all(|cell| cell.is_empty()) {
            self.columns.clear();
            self.headed = false;
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
            self.pending_labels.clear();
            return;
        }
        if let [cell] = row
            && is_header_of_words(cell)
        {
            self.headed = true;
            self.pending_labels.clear();
            return;
        }
        self.in_table = row.len() > 2;
        if self.columns.len() == row.len() {
            for (cell, kind) in row.iter().zip(self.columns.clone()) {
                self.pending_labels = vec![kind];
                self.read_cell(cell, line);
                self.pending_labels.clear();
            }
            return;
        }
        self.columns.clear();
        for cell in row {
            let names = self.pending_labels.iter().any(|kind| kind.is_name());
            if row.len() > 2 && names && legal_form_at(cell).is_none() {
                // It heads a column and is no label of the next cell.
                self.pending_labels.clear();
            }
            self.read_cell(cell, line);
        }
    }

    fn read_cell(&mut self, cell: &str, line: usize) {
        let emails = find_emails(cell);
        let mut spans = find_links(cell);
        spans.extend(emails.iter().map(|email| email.span.clone()));
        let text = blank_out(cell, &spans);
        let segments = split_at_labels(&text, emails);
        let value_at_end = segments.len() > 1
            && segments.last().is_some_and(|last| {
                last.text.contains(|c: char| c.is_alphanumeric() || c == BLANK)
            });
        let labels = &mut self.pending_labels;
        let mut labels_in_own_cell = !labels.is_empty();
        for Segment { text, offset, emails, label, role, former } in segments {
            let first = offset == 0;
            let role = match role {
                SegmentRole::BeforeItsLabel if !labels.is_empty() => SegmentRole::Value,
                role => role,
            };
            if role != SegmentRole::Gap {
                if role == SegmentRole::BeforeItsLabel && labels.is_empty() {
                    labels.extend(label);
                }
                self.pieces.push(Piece::Text(TextPiece {
                    labels: std::mem::take(labels),
                    labels_in_own_cell,
                    text: text.to_owned(),
                    offset,
                    emails,
                    line,
                    in_table: self.in_table,
                    ends_cell: label.is_none(),
                    former: std::mem::take(&mut self.pending_former),
                    headed: self.headed,
                }));
                if role == SegmentRole::BeforeItsLabel {
                    labels_in_own_cell = false;
                    continue;
                }
            } else if (label.is_some() && text.contains([':', '-', '—', '–', '=']))
                || (labels_in_own_cell && first && value_at_end)
            {
                labels.clear();
            }
            labels_in_own_cell &= first && !labels.is_empty();
            labels.extend(label);
            self.pending_former = former;
        }
        // So many labels in a row are no form to be filled in.
        labels.truncate(12);
    }
}

/// The text before, between or behind the labels of a cell.
struct Segment<'a> {
    text: &'a str,
    offset: usize,
    emails: Vec<EmailMatch>,
    label: Option<LabelKind>,
    role: SegmentRole,
    /// Whether the words before the label speak of a former value.
    former: bool,
}

#[derive(PartialEq, Eq)]
enum SegmentRole {
    Gap,
    Value,
    /// «1215107651 (ИНН)».
    BeforeItsLabel,
}

fn split_at_labels(text: &str, emails: Vec<EmailMatch>) -> Vec<Segment<'_>> {
    let labels = find_labels(text);
    let starts = [0].into_iter().chain(labels.iter().map(|label| label.span.end));
    let mut emails = emails.into_iter().peekable();
    let segment = |(index, offset): (usize, usize)| {
        let label = labels.get(index);
        let end = label.map_or(text.len(), |label| label.span.start);
        let before = slice(text, offset..end);
        let emails: Vec<EmailMatch> =
            std::iter::from_fn(|| emails.next_if(|email| email.span.start < end)).collect();
        let in_brackets = before.ends_with('(')
            && label.is_some_and(|label| slice(text, label.span.end..).starts_with(')'));
        let has_value = before.contains(|c: char| c.is_ascii_digit()) || !emails.is_empty();
        let ends_line = label.is_some_and(|label| slice(text, label.span.end..).trim().is_empty());
        let behind_dash = ends_line && before.trim_end().ends_with(['—', '–']) && offset == 0;
        let role = match before.contains(char::is_alphanumeric) || !emails.is_empty() {
            true if has_value && (in_brackets || behind_dash) => SegmentRole::BeforeItsLabel,
            true => SegmentRole::Value,
            false => SegmentRole::Gap,
        };
        let former = label.is_some_and(|label| is_former(before, slice(text, label.span.end..)));
        let label = label.map(|label| label.kind);
        Segment { text: before, offset, emails, label, role, former }
    };
    starts.enumerate().map(segment).collect()
}

/// The columns, if the row is a header: only labels, or an ИНН or e-mail label and no value.
fn header(row: &[&str]) -> Option<Vec<LabelKind>> {
    if row.len() < 2 || row.iter().any(|cell| cell.chars().any(|c| c.is_ascii_digit() || c == '@'))
    {
        return None;
    }
    let kind = |cell: &&str| match find_labels(cell).as_slice() {
        [label] => {
            let rest = cell.len() - label.span.len();
            (rest < 4 && label.span.start < 3).then_some(label.kind)
        }
        _ => None,
    };
    let kinds: Vec<Option<LabelKind>> = row.iter().map(kind).collect();
    let known = kinds.iter().flatten().count();
    let filled = row.iter().filter(|cell| cell.contains(char::is_alphabetic)).count();
    let decisive =
        kinds.iter().flatten().any(|kind| matches!(kind, LabelKind::Inn | LabelKind::Email));
    if known < 2 || !(known == filled || decisive) {
        return None;
    }
    // Beside an ИНН a column of names is one of organisations.
    let has_inn = kinds.contains(&Some(LabelKind::Inn));
    let column = |kind: Option<LabelKind>| match kind {
        Some(LabelKind::AnyName) if has_inn => LabelKind::Name,
        kind => kind.unwrap_or(LabelKind::Irrelevant),
    };
    Some(kinds.into_iter().map(column).collect())
}

/// «Наименование ИНН КПП Почта»: a header that lost its tabs.
fn is_header_of_words(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let plain = |c: char| c.is_alphabetic() || c.is_whitespace() || "№-.".contains(c);
    if !(2..=9).contains(&words) || !line.chars().all(plain) {
        return false;
    }
    let known = |word: &&str| {
        let labels = find_labels(word);
        labels.iter().any(|label| label.span.len() == word.len())
    };
    let inn = |word: &str| find_labels(word).iter().any(|label| label.kind == LabelKind::Inn);
    let labels = line.split_whitespace().filter(known).count();
    line.split_whitespace().any(inn) && labels > 1 && labels * 2 > words
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
