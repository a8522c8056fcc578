//! Lists what is found in each piece of a message; decides nothing.

use crate::email::EmailError;
use crate::find_emails::EmailMatch;
use crate::find_names::{NameMatch, find_names, guess_name, labelled_names};
use crate::find_numbers::{Number, NumberStyle, find_numbers};
use crate::findings::{Choice, Correction, InvalidValue};
use crate::inn::Inn;
use crate::kpp::{Kpp, KppError};
use crate::labels::{LabelKind, find_labels};
use crate::layout::{Piece, TextPiece};
use crate::letters::{fold, in_latin, is_cyrillic};
use crate::pairing::{
    assign_numbers, follows_its_label, has_valid_length, repeated_kind, takes_a_number,
};
use crate::slices::{BLANK, slice, suffix};

#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub line: usize,
    pub in_signature: bool,
    pub of_bank: bool,
    pub in_table: bool,
    pub kind: MatchKind,
}

#[derive(Clone, Debug)]
pub(crate) enum MatchKind {
    Inn {
        choice: Choice<Inn>,
        confidence: Confidence,
    },
    Kpp {
        choice: Choice<Kpp>,
        certain: bool,
    },
    Name {
        name: NameMatch,
        source: NameSource,
    },
    /// `incidental`: in the header of a letter, with a bank, or the writer's own.
    Email {
        email: EmailMatch,
        incidental: bool,
    },
    Invalid(InvalidValue),
}

/// In ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Confidence {
    ChecksumOnly,
    /// It has a line or cell of its own, but looks like a telephone.
    PhoneLike,
    /// It stands where an ИНН would stand.
    Positioned,
    Labelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameSource {
    FullNameLabel,
    ShortNameLabel,
    NameLabel,
    PersonLabel,
    /// By its legal form or quotes.
    Unlabelled,
    /// Words without form, quotes or label just before an ИНН.
    Guess,
}

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

#[derive(Default)]
struct Scanner {
    matches: Vec<Match>,
    line: usize,
    in_table: bool,
    in_signature: bool,
    of_bank: bool,
    bank_inn: Option<Inn>,
    /// A line with an account or БИК and no name before it.
    account_line: Option<usize>,
    unfilled_labels: Vec<LabelKind>,
    /// Words that are a name if an ИНН follows.
    possible_name: Option<(usize, NameMatch)>,
    /// The last ИНН, while only signs follow it.
    adjacent_inn: Option<Inn>,
}

impl Scanner {
    fn record(&mut self, kind: MatchKind) {
        if let MatchKind::Inn { choice, .. } = &kind
            && self.of_bank
        {
            // A bank has one ИНН: a second begins another party.
            let own = self.bank_inn.get_or_insert_with(|| choice.value.clone());
            self.of_bank = *own == choice.value;
        }
        if !self.of_bank {
            self.bank_inn = None;
        }
        let Self { line, in_signature, in_table, .. } = *self;
        let of_bank = self.of_bank || self.account_line == Some(line);
        self.matches.push(Match { line, in_signature, of_bank, in_table, kind });
    }

    fn record_inn(&mut self, choice: Choice<Inn>, confidence: Confidence) {
        self.record(MatchKind::Inn { choice, confidence });
    }

    fn record_kpp(&mut self, choice: Choice<Kpp>, certain: bool) {
        self.record(MatchKind::Kpp { choice, certain });
    }

    fn scan(&mut self, piece: &TextPiece) {
        self.line = piece.line;
        self.in_table = piece.in_table;
        let has = |kind| piece.labels.contains(&kind);
        // Nobody writes to a bank: an address beside an ИНН is a client's.
        let of_client = has(LabelKind::Inn) && !piece.emails.is_empty();
        if has(LabelKind::Bank) || has(LabelKind::BankCode) {
            self.of_bank = true;
        } else if of_client || piece.labels.iter().any(names_a_party) {
            self.of_bank = false;
        }
        let name_ends = self.scan_names(piece);
        let line_has_match = self.matches.last().is_some_and(|last| last.line == piece.line);
        if has(LabelKind::Account) && !line_has_match {
            self.account_line = Some(piece.line);
        }
        self.scan_emails(piece);
        let possible_name = self.possible_name.take();
        let before = self.matches.len();
        self.scan_numbers(piece, &name_ends);
        let mut added = self.matches.iter().skip(before);
        if let Some((line, name)) = possible_name
            && line + 1 >= piece.line
            && added.any(|added| matches!(added.kind, MatchKind::Inn { .. }))
        {
            self.record(MatchKind::Name { name, source: NameSource::Guess });
        }
        self.of_bank &= piece.emails.is_empty();
        if piece.labels.is_empty() && piece.emails.is_empty() && name_ends.is_empty() {
            let name = guess_name(&piece.text).filter(|_| find_labels(&piece.text).is_empty());
            self.possible_name = name.map(|name| (piece.line, name));
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
            // In a signature the sender's post stands above the company.
            Some(LabelKind::Irrelevant) if !piece.labels_in_own_cell => Vec::new(),
            Some(label) if source != NameSource::Unlabelled => labelled_names(&piece.text, label),
            _ => find_names(&piece.text, piece.ends_cell),
        };
        let bank_label =
            matches!(label, Some(LabelKind::Account | LabelKind::Bank | LabelKind::BankCode));
        let ends = found.iter().map(|name| name.span.end).collect();
        for name in found {
            let bank = bank_label || name.comparable.words.iter().any(|word| word.contains("банк"));
            self.of_bank = bank || (self.of_bank && !name.certain);
            if !bank {
                self.account_line = None;
            }
            self.record(MatchKind::Name { name, source });
        }
        ends
    }

    fn scan_emails(&mut self, piece: &TextPiece) {
        for email in &piece.emails {
            let behind = slice(&piece.text, email.span.end - piece.offset..);
            let quoted = ["писал", "пишет", "wrote"].iter().any(|word| behind.contains(word));
            let before = suffix(slice(&piece.text, ..email.span.start - piece.offset), 60);
            let before = format!(" {}", fold(before));
            let own = [" я ", " меня ", " мне ", " мой ", " мою ", " моя ", " наш ", " наша "];
            let own = own.iter().chain(&["менеджер"]).any(|word| before.contains(word));
            let labels = &piece.labels;
            let incidental = quoted
                || own
                || labels.contains(&LabelKind::Header)
                || labels.contains(&LabelKind::Bank);
            self.record(MatchKind::Email { email: email.clone(), incidental });
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

    fn scan_numbers(&mut self, piece: &TextPiece, name_ends: &[usize]) {
        let mut numbers = find_numbers(&piece.text);
        let mut labels = self.labels_for(piece, &numbers);
        if labels.contains(&LabelKind::Kpp) && self.scan_kpp_with_letters(piece) {
            numbers.retain(|number| number.digits.len() > 8);
            labels.retain(|kind| *kind != LabelKind::Kpp);
        }
        if piece.labels.contains(&LabelKind::Phone) && labels.len() == 1 {
            self.adjacent_inn = None;
            return;
        }
        let assigned = assign_numbers(&labels, &numbers);
        if piece.labels_in_own_cell && numbers.len() < labels.len() {
            let used = assigned.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
            self.unfilled_labels = labels.iter().skip(used).copied().collect();
        }
        let mut irrelevant_row = None;
        let mut last = None;
        for (index, number) in numbers.iter().enumerate() {
            let before = slice(&piece.text, ..number.span.start);
            let label = assigned.iter().position(|to| *to == Some(index));
            let label = label.and_then(|at| labels.get(at)).copied();
            let label = label.or_else(|| repeated_kind(last, before, number));
            match label {
                Some(LabelKind::Inn) => self.scan_labelled_inn(number, before),
                Some(LabelKind::Kpp) => self.scan_labelled_kpp(number),
                Some(_) => {
                    irrelevant_row = Some(number.row);
                    self.adjacent_inn = None;
                }
                None if irrelevant_row == Some(number.row) => {}
                None => self.scan_unlabelled(piece, number, name_ends),
            }
            last = label;
        }
        let end = numbers.last().map_or(0, |number| number.span.end);
        if slice(&piece.text, end..).contains(char::is_alphabetic) {
            self.adjacent_inn = None;
        }
    }

    fn labels_for(&mut self, piece: &TextPiece, numbers: &[Number]) -> Vec<LabelKind> {
        let own = piece.labels.iter().copied();
        let labels: Vec<LabelKind> = own.filter(|kind| takes_a_number(*kind)).collect();
        if let Some(first) = numbers.first()
            && labels.is_empty()
            && !self.unfilled_labels.is_empty()
        {
            // A column of labels came before the column of their values.
            let unfilled = std::mem::take(&mut self.unfilled_labels).into_iter();
            return unfilled
                .filter(|kind| has_valid_length(*kind, &first.digits))
                .take(1)
                .collect();
        }
        if !piece.labels.is_empty() {
            self.unfilled_labels.clear();
        }
        labels
    }

    fn scan_labelled_inn(&mut self, number: &Number, before: &str) {
        let meant = follows_its_label(before);
        let confidence = match meant && number.style != NumberStyle::NotAnId {
            true => Confidence::Labelled,
            false => Confidence::ChecksumOnly,
        };
        let digits = &number.digits;
        let parsed = Inn::parse(digits);
        self.adjacent_inn = parsed.clone().ok();
        match (parsed, Inn::parse_without_zero(digits)) {
            (Ok(inn), _) => self.record_inn(Choice::as_written(inn), confidence),
            (Err(_), Some(value)) => {
                let correction = Some(Correction::LostZero(digits.clone()));
                self.record_inn(Choice { value, correction }, confidence);
            }
            (Err(error), None) if meant => {
                self.record(MatchKind::Invalid(InvalidValue::new(digits, error)));
            }
            (Err(_), None) => {}
        }
    }

    fn scan_labelled_kpp(&mut self, number: &Number) {
        self.adjacent_inn = None;
        let digits = &number.digits;
        if digits.bytes().all(|b| b == b'0') {
            return;
        }
        let is_id = number.style != NumberStyle::NotAnId;
        match (Kpp::parse(digits), Kpp::parse(&format!("0{digits}"))) {
            (Ok(kpp), _) => self.record_kpp(Choice::as_written(kpp), is_id),
            (Err(_), Ok(value)) if is_id => {
                let correction = Some(Correction::LostZero(digits.clone()));
                self.record_kpp(Choice { value, correction }, false);
            }
            (Err(error), _) => {
                self.record(MatchKind::Invalid(InvalidValue::new(digits, error)));
            }
        }
    }

    /// Returns whether there is one, valid or not.
    fn scan_kpp_with_letters(&mut self, piece: &TextPiece) -> bool {
        let has_shape = |code: &&str| {
            let fits = |(place, c): (usize, char)| match place {
                4 | 5 => c.is_ascii_alphanumeric() || is_cyrillic(c),
                _ => c.is_ascii_digit(),
            };
            code.chars().count() == 9
                && code.contains(char::is_alphabetic)
                && code.chars().enumerate().all(fits)
        };
        let code = piece.text.split(|c: char| !c.is_alphanumeric()).find(has_shape);
        let Some(code) = code else { return false };
        let latin = in_latin(&code.to_uppercase()).and_then(|code| Kpp::parse(&code).ok());
        let Some(value) = latin else {
            self.record(MatchKind::Invalid(InvalidValue::new(code, KppError::Shape)));
            return true;
        };
        let look_alike = || Some(Correction::LookAlike(code.to_owned()));
        // A letter that looks like a digit is more often meant as that digit.
        let digits = value.as_str().replace('O', "0").replace('I', "1");
        let mistyped = Kpp::parse(&digits).ok().filter(|digits| *digits != value);
        let certain = code.is_ascii() && mistyped.is_none();
        if let Some(value) = mistyped {
            self.record_kpp(Choice { value, correction: look_alike() }, false);
        }
        let correction = if code.is_ascii() { None } else { look_alike() };
        self.record_kpp(Choice { value, correction }, certain);
        true
    }

    fn scan_unlabelled(&mut self, piece: &TextPiece, number: &Number, name_ends: &[usize]) {
        let before = slice(&piece.text, ..number.span.start);
        if let Some(inn) = self.adjacent_inn.take()
            && let Ok(kpp) = Kpp::parse(&number.digits)
            && number.style == NumberStyle::Plain
        {
            let certain = before.trim_end().ends_with(['/', '\\'])
                || kpp.as_str().get(..4) == inn.as_str().get(..4);
            // A БИК begins with 04, as the КПП of one region does.
            if certain || !number.digits.starts_with("04") {
                self.record_kpp(Choice::as_written(kpp), certain);
            }
            return;
        }
        let Ok(inn) = Inn::parse(&number.digits) else { return };
        if number.style == NumberStyle::NotAnId {
            return;
        }
        let is_sign = |c: char| !c.is_alphanumeric() && !"»\"”“№#".contains(c);
        let before = before.trim_end_matches(is_sign);
        let at_start = !before.contains(char::is_alphanumeric);
        let at_end = !slice(&piece.text, number.span.end..).contains(char::is_alphanumeric);
        let labels_allow = |kind: &LabelKind| {
            names_a_party(kind) || matches!(kind, LabelKind::Inn | LabelKind::Kpp)
        };
        let in_place = (at_start || name_ends.contains(&before.len()))
            && piece.labels.iter().all(labels_allow);
        let phone_like = number.style == NumberStyle::Grouped || is_dialled(&inn);
        let confidence = match (in_place, phone_like) {
            (true, false) => Confidence::Positioned,
            (true, true) if at_start && at_end => Confidence::PhoneLike,
            _ => Confidence::ChecksumOnly,
        };
        self.adjacent_inn = Some(inn.clone());
        self.record_inn(Choice::as_written(inn), confidence);
    }
}

fn is_dialled(inn: &Inn) -> bool {
    let codes = ["375", "380", "374", "992", "993", "994", "995", "996", "998", "86"];
    match inn.is_organisation() {
        true => inn.as_str().starts_with('9'),
        false => codes.iter().any(|code| inn.as_str().starts_with(code)),
    }
}

fn names_a_party(kind: &LabelKind) -> bool {
    kind.is_name() || *kind == LabelKind::Party
}
