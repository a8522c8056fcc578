//! Lists what is found in each piece of a message; decides nothing.

use crate::email::EmailError;
use crate::find_names::{NameMatch, find_names, guess_name, labelled_names, names_with_form};
use crate::findings::InvalidValue;
use crate::former::is_former;
use crate::label_kind::{LabelKind, names_a_party};
use crate::labels::find_labels;
use crate::layout::{Piece, TextPiece};
use crate::letters::{fold, is_cyrillic};
use crate::matches::{Match, MatchKind, NameSource, Scanner};
use crate::slices::{BLANK, slice, suffix};

pub(crate) fn find_matches(pieces: &[Piece]) -> Vec<Match> {
    let mut scanner = Scanner::default();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => scanner.scan(piece),
            Piece::Gap => scanner.of_bank = false,
            Piece::Signature => scanner.in_signature = true,
        }
    }
    scanner.matches
}

impl Scanner {
    fn scan(&mut self, piece: &TextPiece) {
        self.line = piece.line;
        self.in_table = piece.in_table;
        let first = self.matches.len();
        let has = |kind| piece.labels.contains(&kind);
        // Nobody writes to a bank: an address beside an ИНН is a client's.
        let of_client = has(LabelKind::Inn) && !piece.emails.is_empty();
        if has(LabelKind::Bank) || has(LabelKind::BankCode) {
            self.of_bank = true;
            self.bank_account = None;
        } else if of_client || piece.labels.iter().any(names_a_party) {
            self.of_bank = false;
        }
        let name_ends = self.scan_names(piece);
        let line_has_match = self.matches.last().is_some_and(|last| last.line == piece.line);
        if has(LabelKind::Account) && !has(LabelKind::Inn) {
            self.account_line = Some(piece.line).filter(|_| !line_has_match).or(self.account_line);
            self.bank_account = Some(piece.line).filter(|_| self.of_bank);
        }
        self.former = false;
        self.scan_emails(piece);
        let possible_name = self.possible_name.take();
        let before = self.matches.len();
        self.scan_numbers(piece, &name_ends);
        let mut added = self.matches.iter().skip(before);
        if let Some((line, name)) = possible_name
            && line + 1 >= piece.line
            && added.any(|added| matches!(added.kind, MatchKind::Inn { .. }))
        {
            (self.at, self.former) = (0, false);
            self.record(MatchKind::Name { name, source: NameSource::Guess });
        }
        if piece.headed && name_ends.is_empty() && self.matches.len() > before {
            self.guess_in_row(piece);
        }
        if let Some(own) = self.matches.get_mut(first..) {
            own.sort_by_key(|one| one.at);
        }
        self.of_bank &= piece.emails.is_empty();
        if piece.labels.is_empty() && piece.emails.is_empty() && name_ends.is_empty() {
            let name = guess_name(&piece.text).filter(|_| find_labels(&piece.text).is_empty());
            self.possible_name = name.map(|name| (piece.line, name));
        }
    }

    /// The words of a row that lost its tabs.
    fn guess_in_row(&mut self, piece: &TextPiece) {
        let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '.');
        let parts = piece.text.split(|c: char| !letters(c)).map(str::trim);
        let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
        if let Some(name) = guess_name(longest) {
            (self.at, self.former) = (0, false);
            self.record(MatchKind::Name { name, source: NameSource::Guess });
        }
    }

    /// Returns where the names end.
    fn scan_names(&mut self, piece: &TextPiece) -> Vec<usize> {
        let label = piece.labels.last().copied();
        let source = match label {
            Some(LabelKind::FullName) => NameSource::FullNameLabel,
            Some(LabelKind::ShortName) => NameSource::ShortNameLabel,
            Some(LabelKind::Name | LabelKind::AnyName | LabelKind::Party) => NameSource::NameLabel,
            Some(LabelKind::PersonName) => NameSource::PersonLabel,
            _ => NameSource::Unlabelled,
        };
        let found = match label {
            Some(LabelKind::Sender | LabelKind::Header) => {
                names_with_form(&piece.text, piece.ends_cell)
            }
            // In a signature the sender's post stands above the company.
            Some(LabelKind::Irrelevant) if !piece.labels_in_own_cell => Vec::new(),
            Some(label) if source != NameSource::Unlabelled => labelled_names(&piece.text, label),
            _ => find_names(&piece.text, piece.ends_cell),
        };
        let bank_label =
            matches!(label, Some(LabelKind::Account | LabelKind::Bank | LabelKind::BankCode));
        // A Latin word in quotes may be a key of a program.
        let is_named = |name: &&NameMatch| name.as_written().contains(is_cyrillic);
        let ends = found.iter().filter(is_named).map(|name| name.span.end).collect();
        for mut name in found {
            let bank = bank_label || name.comparable.words.iter().any(|word| word.contains("банк"));
            if bank && !self.of_bank {
                self.bank_account = None;
            }
            self.of_bank = bank || (self.of_bank && !name.certain);
            if !bank {
                self.account_line = None;
            }
            self.at = name.span.start;
            self.former = piece.former
                || is_former(slice(&piece.text, ..self.at), slice(&piece.text, name.span.end..));
            name.certain &= !self.former;
            self.record(MatchKind::Name { name, source });
        }
        ends
    }

    fn scan_emails(&mut self, piece: &TextPiece) {
        // An address that a line end has torn may begin in the piece before.
        let within = |at: usize| at.saturating_sub(piece.offset);
        for email in &piece.emails {
            let behind = slice(&piece.text, within(email.span.end)..);
            let quoted = ["писал", "пишет", "wrote"].iter().any(|word| behind.contains(word));
            let before = suffix(slice(&piece.text, ..within(email.span.start)), 60);
            let before = format!(" {}", fold(before));
            let own = [" я ", " меня ", " мне ", " мой ", " мою ", " моя ", " наш ", " наша "];
            let own = own.iter().chain(&["менеджер"]).any(|word| before.contains(word));
            let labels = &piece.labels;
            let incidental = quoted
                || own
                || labels.contains(&LabelKind::Header)
                || labels.contains(&LabelKind::Bank);
            self.at = within(email.span.start);
            let shared = ["общая", "общий", " обеих", " обоих", " обе ", " одна", " один"];
            let common = shared.iter().any(|words| before.contains(words));
            self.record(MatchKind::Email { email: email.clone(), incidental, common });
        }
        for invalid in piece.emails.iter().filter_map(|email| email.invalid.clone()) {
            self.record(MatchKind::Invalid(invalid));
        }
        if piece.labels.last() == Some(&LabelKind::Email) && piece.emails.is_empty() {
            let is_edge = |c: char| c.is_whitespace() || ":=,;.-—*`".contains(c);
            let written = piece.text.trim_matches(is_edge);
            let latin = written.chars().filter(char::is_ascii_alphabetic).count() > 2;
            if latin && !written.contains([' ', BLANK]) {
                let invalid = InvalidValue::new(written, EmailError::NoAt);
                self.record(MatchKind::Invalid(invalid));
            }
        }
    }
}
