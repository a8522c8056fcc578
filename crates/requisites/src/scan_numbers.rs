//! Lists the numbers of a piece: ИНН and КПП by their labels and by their places.

use std::ops::Range;

use crate::find_numbers::{Number, NumberStyle, find_numbers};
use crate::findings::{Choice, Correction, InvalidValue};
use crate::former::is_former;
use crate::inn::{Inn, InnError};
use crate::kpp::{Kpp, KppError};
use crate::label_kind::{LabelKind, names_a_party};
use crate::layout::TextPiece;
use crate::letters::{fold, in_latin, is_cyrillic};
use crate::matches::{Confidence, MatchKind, Scanner};
use crate::pairing::{
    assign_numbers, follows_its_label, has_valid_length, is_of_something_else, names_client,
    repeated_kind, takes_a_number,
};
use crate::slices::slice;

impl Scanner {
    pub fn scan_numbers(&mut self, piece: &TextPiece, name_ends: &[usize]) {
        let mut numbers = find_numbers(&piece.text);
        let mut labels = self.labels_for(piece, &numbers);
        if labels.contains(&LabelKind::Inn)
            && let Some(span) = self.scan_inn_with_letters(piece)
        {
            numbers.retain(|number| number.span.end <= span.start || number.span.start >= span.end);
            labels.retain(|kind| *kind != LabelKind::Inn);
        }
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
        let mut listed = 0;
        for (index, number) in numbers.iter().enumerate() {
            self.at = number.span.start;
            self.former = piece.former && index == 0
                || is_former(
                    slice(&piece.text, ..number.span.start),
                    slice(&piece.text, number.span.end..),
                );
            let before = slice(&piece.text, ..number.span.start);
            let label = assigned.iter().position(|to| *to == Some(index));
            let label = label.and_then(|at| labels.get(at)).copied();
            let label = label.or_else(|| repeated_kind(last, before, number));
            match label {
                Some(LabelKind::Inn) => self.scan_labelled_inn(number, before),
                Some(LabelKind::Kpp) => self.scan_labelled_kpp(number, before),
                Some(_) => {
                    irrelevant_row = Some(number.row);
                    self.adjacent_inn = None;
                }
                None if irrelevant_row == Some(number.row) => {}
                None => {
                    let follows_another =
                        listed > 0 && joins_a_list(slice(&piece.text, listed..number.span.start));
                    let place = Place { starts: name_ends, follows_another };
                    if self.scan_unlabelled(piece, number, &place) {
                        listed = number.span.end;
                    }
                }
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
        self.of_bank &= !names_client(before);
        let confidence = match number.style {
            _ if !meant => Confidence::ChecksumOnly,
            NumberStyle::NotAnId => Confidence::PhoneLike,
            NumberStyle::Plain | NumberStyle::Grouped => Confidence::Labelled,
        };
        let digits = &number.digits;
        if let Some(inn) = without_padding(digits).and_then(|digits| Inn::parse(digits).ok()) {
            // It is not known which program added the zeros.
            return self.record_inn(Choice::as_written(inn), Confidence::PhoneLike);
        }
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

    fn scan_labelled_kpp(&mut self, number: &Number, before: &str) {
        self.adjacent_inn = None;
        let digits = &number.digits;
        let meant = follows_its_label(before);
        if digits.bytes().all(|b| b == b'0') || (!meant && is_of_something_else(before)) {
            return;
        }
        if let Some(kpp) = digits.strip_prefix("000").and_then(|digits| Kpp::parse(digits).ok()) {
            return self.record_kpp(Choice::as_written(kpp), false);
        }
        let is_id = meant && number.style != NumberStyle::NotAnId;
        match (Kpp::parse(digits), Kpp::parse(&format!("0{digits}"))) {
            (Ok(kpp), _) => self.record_kpp(Choice::as_written(kpp), is_id),
            (Err(_), Ok(value)) if is_id => {
                let correction = Some(Correction::LostZero(digits.clone()));
                self.record_kpp(Choice { value, correction }, false);
            }
            (Err(error), _) if meant => {
                self.record(MatchKind::Invalid(InvalidValue::new(digits, error)));
            }
            (Err(_), _) => {}
        }
    }

    /// An ИНН in which letters stand for digits, valid or not; returns where it stands.
    fn scan_inn_with_letters(&mut self, piece: &TextPiece) -> Option<Range<usize>> {
        let is_code = |code: &&str| {
            let digits = code.bytes().filter(u8::is_ascii_digit).count();
            let count = code.chars().count();
            (9..=13).contains(&count) && digits + 3 >= count && digits < count
        };
        let code = piece.text.split(|c: char| !c.is_alphanumeric()).find(is_code)?;
        let start = piece.text.find(code)?;
        self.at = start;
        let digits: Option<String> = code.chars().map(digit_like).collect();
        match digits.and_then(|digits| Inn::parse(&digits).ok()) {
            Some(value) => {
                let correction = Some(Correction::LookAlike(code.to_owned()));
                self.record_inn(Choice { value, correction }, Confidence::Labelled);
            }
            None => self.record(MatchKind::Invalid(InvalidValue::new(code, InnError::NotDigits))),
        }
        Some(start..start + code.len())
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

    /// Spreadsheets drop the first zero of a number that only its place tells.
    fn scan_lost_zero(&mut self, number: &Number, before: &str, place: &Place<'_>) -> bool {
        let correction = || Some(Correction::LostZero(number.digits.clone()));
        if let Some(inn) = self.zero_inn.take()
            && let Ok(value) = Kpp::parse(&format!("0{}", number.digits))
            && value.as_str().get(..4) == inn.as_str().get(..4)
        {
            self.record_kpp(Choice { value, correction: correction() }, false);
            return true;
        }
        let is_sign = |c: char| !c.is_alphanumeric() && !"»\"”“№#".contains(c);
        let bare = before.trim_end_matches(is_sign);
        let in_place = bare.is_empty() || place.starts.contains(&bare.len());
        let named = self.matches.iter().any(|one| matches!(one.kind, MatchKind::Name { .. }));
        let dialled = number.digits.len() == 11 && number.digits.starts_with(['7', '8']);
        if !in_place || !named || dialled || number.style != NumberStyle::Plain {
            return false;
        }
        let Some(value) = Inn::parse_without_zero(&number.digits) else { return false };
        self.zero_inn = Some(value.clone());
        self.record_inn(Choice { value, correction: correction() }, Confidence::ChecksumOnly);
        true
    }

    /// Returns whether it is one of the client's numbers, so that another may follow it.
    fn scan_unlabelled(&mut self, piece: &TextPiece, number: &Number, place: &Place<'_>) -> bool {
        let before = slice(&piece.text, ..number.span.start);
        if let Some(inn) = self.adjacent_inn.take()
            && let Ok(kpp) = Kpp::parse(&number.digits)
            && number.style == NumberStyle::Plain
        {
            let certain = before.trim_end().ends_with(['/', '\\'])
                || kpp.as_str().get(..4) == inn.as_str().get(..4);
            // A БИК begins with 04, as the КПП of one region does.
            let is_kpp = certain || !number.digits.starts_with("04");
            if is_kpp {
                self.record_kpp(Choice::as_written(kpp), certain);
            }
            return is_kpp;
        }
        let Ok(inn) = Inn::parse(&number.digits) else {
            return self.scan_lost_zero(number, before, place);
        };
        if number.style == NumberStyle::NotAnId {
            return false;
        }
        let is_sign = |c: char| !c.is_alphanumeric() && !"»\"”“№#".contains(c);
        let before = before.trim_end_matches(is_sign);
        let at_start = place.follows_another || !before.contains(char::is_alphanumeric);
        let at_end = !slice(&piece.text, number.span.end..).contains(char::is_alphabetic);
        let labels_allow = |kind: &LabelKind| {
            names_a_party(kind) || matches!(kind, LabelKind::Inn | LabelKind::Kpp)
        };
        let behind_name = place.starts.contains(&before.len());
        let in_place = (at_start || behind_name) && piece.labels.iter().all(labels_allow);
        let phone_like = number.style == NumberStyle::Grouped || is_dialled(&inn);
        let confidence = match (in_place, phone_like) {
            (true, false) => Confidence::Positioned,
            (true, true) if at_end || behind_name => Confidence::PhoneLike,
            _ => Confidence::ChecksumOnly,
        };
        self.adjacent_inn = Some(inn.clone());
        self.record_inn(Choice::as_written(inn), confidence);
        confidence > Confidence::ChecksumOnly
    }
}

/// No region is called 00: twelve digits that begin so are ten that a program padded.
fn without_padding(digits: &str) -> Option<&str> {
    digits.strip_prefix("00").filter(|rest| rest.len() == 10)
}

fn digit_like(c: char) -> Option<char> {
    match c {
        'О' | 'о' | 'O' | 'o' => Some('0'),
        'З' | 'з' => Some('3'),
        'I' | 'l' | 'І' | 'і' => Some('1'),
        'б' => Some('6'),
        c => c.is_ascii_digit().then_some(c),
    }
}

/// Where an unlabelled number stands.
struct Place<'a> {
    /// Where the names of the piece end.
    starts: &'a [usize],
    follows_another: bool,
}

/// Whether a number goes on a list of numbers that this text divides.
fn joins_a_list(between: &str) -> bool {
    let words = between.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.into_iter().all(|word| matches!(fold(word).as_str(), "и" | "или" | "инн" | "кпп"))
}

fn is_dialled(inn: &Inn) -> bool {
    let codes = ["375", "380", "374", "992", "993", "994", "995", "996", "998", "86"];
    match inn.is_organisation() {
        true => inn.as_str().starts_with('9'),
        false => codes.iter().any(|code| inn.as_str().starts_with(code)),
    }
}
