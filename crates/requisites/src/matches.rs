//! Lists what is seen in each piece of a message; decides nothing.

use crate::email::EmailError;
use crate::find_emails::Seen;
use crate::find_names::{Name, guess as guess_name, labelled, names};
use crate::find_numbers::{Form, Number, numbers};
use crate::findings::{Choice, Correction, InvalidValue, ValueError};
use crate::inn::Inn;
use crate::kpp::{Kpp, KppError};
use crate::labels::{Kind, labels};
use crate::layout::{Field, Piece};
use crate::letters::{fold, in_latin, is_cyrillic};
use crate::pairing::{another, deal, fits, is_plain_between, takes_a_number};
use crate::slices::{MARK, part, tail};

#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub line: usize,
    pub signature: bool,
    pub bank: bool,
    pub table: bool,
    pub what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Inn {
        choice: Choice<Inn>,
        trust: Trust,
    },
    Kpp {
        choice: Choice<Kpp>,
        sure: bool,
    },
    Name {
        name: Name,
        rank: Rank,
    },
    /// `aside`: in the header of a letter, or with a bank.
    Email {
        seen: Seen,
        aside: bool,
    },
    Wrong(InvalidValue),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// It passes the checksum and nothing else speaks for it.
    Weak,
    /// It has a line or cell of its own, but looks like a telephone.
    Own,
    /// It stands where an ИНН would stand.
    Alone,
    Labelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    Full,
    Short,
    Labelled,
    Unlabelled,
    Person,
    /// Words without form, quotes or label just before an ИНН.
    Guess,
}

pub(crate) fn sightings(pieces: &[Piece]) -> Vec<Sighting> {
    let mut eyes = Eyes::default();
    for piece in pieces {
        match piece {
            Piece::Text(field) => eyes.look(field),
            Piece::Gap => eyes.bank = false,
            Piece::Signature => eyes.signature = true,
        }
    }
    eyes.seen
}

#[derive(Default)]
struct Eyes {
    seen: Vec<Sighting>,
    signature: bool,
    bank: bool,
    bank_inn: Option<Inn>,
    /// A line with an account or БИК and no name before it.
    account: Option<usize>,
    line: usize,
    table: bool,
    /// Labels in lines of their own that still wait for a value.
    left: Vec<Kind>,
    /// Words that are a name if an ИНН follows.
    guess: Option<(usize, Name)>,
    /// The last ИНН, while only signs follow it.
    pair: Option<Inn>,
}

impl Eyes {
    fn see(&mut self, what: What) {
        if let What::Inn { choice, .. } = &what
            && self.bank
        {
            // A bank has one ИНН: a second begins another party.
            let own = self.bank_inn.get_or_insert_with(|| choice.value.clone());
            self.bank = *own == choice.value;
        }
        if !self.bank {
            self.bank_inn = None;
        }
        let Self { line, signature, table, .. } = *self;
        let bank = self.bank || self.account == Some(line);
        self.seen.push(Sighting { line, signature, bank, table, what });
    }

    fn look(&mut self, field: &Field) {
        self.line = field.line;
        self.table = field.table;
        let has = |kind| field.labels.contains(&kind);
        let kind = field.labels.last().copied();
        // Nobody writes to a bank: an address beside an ИНН is a client's.
        let client = has(Kind::Inn) && !field.emails.is_empty();
        if has(Kind::Bank) || has(Kind::BankCode) {
            self.bank = true;
        } else if client || field.labels.iter().any(names_a_party) {
            self.bank = false;
        }
        let spans = self.look_for_names(field, kind);
        let named = self.seen.last().is_some_and(|one| one.line == field.line);
        if has(Kind::Account) && !named {
            self.account = Some(field.line);
        }
        for seen in &field.emails {
            let behind = part(&field.text, seen.span.end - field.from..field.text.len());
            let said = ["писал", "пишет", "wrote"].iter().any(|said| behind.contains(said));
            let before = tail(part(&field.text, 0..seen.span.start - field.from), 60);
            let before = format!(" {}", fold(before));
            let own = " я , меня , мне , мой , мою , моя , наш , наша ,менеджер";
            let own = own.split(',').any(|word| before.contains(word));
            let aside = has(Kind::Header) || has(Kind::Bank) || said || own;
            self.see(What::Email { seen: seen.clone(), aside });
        }
        self.look_for_missing_at(field);
        let guess = self.guess.take().filter(|(line, _)| *line + 1 >= field.line);
        let before = self.seen.len();
        self.look_for_numbers(field, &spans);
        let numbered =
            self.seen.iter().skip(before).any(|one| matches!(one.what, What::Inn { .. }));
        if let (true, Some((_, name))) = (numbered, guess) {
            self.see(What::Name { name, rank: Rank::Guess });
        }
        self.bank &= field.emails.is_empty();
        if field.labels.is_empty() && field.emails.is_empty() && spans.is_empty() {
            let name = guess_name(&field.text).filter(|_| labels(&field.text).is_empty());
            self.guess = name.map(|name| (field.line, name));
        }
    }

    fn look_for_names(&mut self, field: &Field, kind: Option<Kind>) -> Vec<usize> {
        let rank = match kind {
            Some(Kind::FullName) => Rank::Full,
            Some(Kind::ShortName) => Rank::Short,
            Some(Kind::Name | Kind::Title | Kind::Side) => Rank::Labelled,
            Some(Kind::Person) => Rank::Person,
            _ => Rank::Unlabelled,
        };
        let found: Vec<Name> = match kind {
            // In a signature the sender's post stands above the company.
            Some(Kind::Other) if !field.apart => Vec::new(),
            Some(kind @ (Kind::Side | Kind::Person)) => labelled(&field.text, kind),
            Some(kind) if kind.is_name() => labelled(&field.text, kind),
            _ => names(&field.text, field.whole),
        };
        let account = matches!(kind, Some(Kind::Account | Kind::Bank | Kind::BankCode));
        let mut ends = Vec::new();
        for name in found {
            ends.push(name.span.end);
            let bank = account || name.core.words.iter().any(|word| word.contains("банк"));
            self.bank = bank || (self.bank && !name.sure);
            if !bank {
                self.account = None;
            }
            self.see(What::Name { name, rank });
        }
        ends
    }

    fn look_for_missing_at(&mut self, field: &Field) {
        for seen in &field.emails {
            if let Some(remark) = &seen.remark {
                self.see(What::Wrong(remark.clone()));
            }
        }
        if field.labels.last() != Some(&Kind::Email) || !field.emails.is_empty() {
            return;
        }
        let is_edge = |c: char| c.is_whitespace() || ":=,;.-—*`".contains(c);
        let written = field.text.trim_matches(is_edge);
        let latin = written.chars().filter(char::is_ascii_alphabetic).count() > 2;
        if latin && !written.contains([' ', MARK]) {
            let why = ValueError::Email(EmailError::NoAt);
            self.see(What::Wrong(InvalidValue { written: written.to_owned(), error: why }));
        }
    }

    fn look_for_numbers(&mut self, field: &Field, names: &[usize]) {
        let mut numbers = numbers(&field.text);
        let mut labels: Vec<Kind> =
            field.labels.iter().copied().filter(|kind| takes_a_number(*kind)).collect();
        if labels.is_empty() && !self.left.is_empty() && !numbers.is_empty() {
            // A column of labels came before the column of their values.
            labels = std::mem::take(&mut self.left);
            labels.retain(|kind| numbers.first().is_some_and(|n| fits(*kind, &n.digits)));
            labels.truncate(1);
        } else if !field.labels.is_empty() {
            self.left.clear();
        }
        if labels.contains(&Kind::Kpp) && self.look_for_letters(field) {
            numbers.retain(|number| number.digits.len() > 8);
            labels.retain(|kind| *kind != Kind::Kpp);
        }
        if field.labels.contains(&Kind::Phone) && labels.len() == 1 {
            self.pair = None;
            return;
        }
        let given = deal(&labels, &numbers);
        if field.apart && numbers.len() < labels.len() {
            let used = given.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
            self.left = labels.iter().skip(used).copied().collect();
        }
        let mut consumed = None;
        let mut last = None;
        for (index, number) in numbers.iter().enumerate() {
            let label = given.iter().position(|to| *to == Some(index));
            let label = label.and_then(|at| labels.get(at)).copied();
            let before = part(&field.text, 0..number.span.start);
            let label = label.or_else(|| another(last, before, number));
            match label {
                Some(Kind::Inn) => self.labelled_inn(number, before),
                Some(Kind::Kpp) => self.labelled_kpp(number),
                Some(_) => {
                    consumed = Some(number.group);
                    self.pair = None;
                }
                None if consumed == Some(number.group) => {}
                None => self.unlabelled(field, number, names),
            }
            last = label;
        }
        let end = numbers.last().map_or(0, |number| number.span.end);
        if self.pair.is_some()
            && part(&field.text, end..field.text.len()).chars().any(char::is_alphabetic)
        {
            self.pair = None;
        }
    }

    fn labelled_inn(&mut self, number: &Number, before: &str) {
        let meant = is_plain_between(before);
        let plain = meant && number.form != Form::Else;
        let trust = if plain { Trust::Labelled } else { Trust::Weak };
        self.pair = None;
        let digits = &number.digits;
        match Inn::parse(digits) {
            Ok(inn) => {
                self.pair = Some(inn.clone());
                self.see(What::Inn { choice: Choice { value: inn, correction: None }, trust });
            }
            Err(error) => match Inn::parse_without_zero(digits) {
                Some(inn) => {
                    let correction = Some(Correction::LostZero(digits.clone()));
                    self.see(What::Inn { choice: Choice { value: inn, correction }, trust });
                }
                None if meant => {
                    let why = ValueError::Inn(error);
                    self.see(What::Wrong(InvalidValue { written: digits.clone(), error: why }));
                }
                None => {}
            },
        }
    }

    fn labelled_kpp(&mut self, number: &Number) {
        self.pair = None;
        let digits = &number.digits;
        if digits.bytes().all(|b| b == b'0') {
            return;
        }
        let whole = number.form != Form::Else;
        match Kpp::parse(digits) {
            Ok(kpp) => {
                self.see(What::Kpp {
                    choice: Choice { value: kpp, correction: None },
                    sure: whole,
                });
            }
            Err(error) => match Kpp::parse(&format!("0{digits}")) {
                Ok(kpp) if whole => {
                    let correction = Some(Correction::LostZero(digits.clone()));
                    self.see(What::Kpp { choice: Choice { value: kpp, correction }, sure: false });
                }
                _ => {
                    let why = ValueError::Kpp(error);
                    self.see(What::Wrong(InvalidValue { written: digits.clone(), error: why }));
                }
            },
        }
    }

    fn look_for_letters(&mut self, field: &Field) -> bool {
        let shape = |code: &&str| {
            let fits = |(place, c): (usize, char)| match place {
                4 | 5 => c.is_ascii_alphanumeric() || is_cyrillic(c),
                _ => c.is_ascii_digit(),
            };
            code.chars().count() == 9
                && code.chars().any(char::is_alphabetic)
                && code.chars().enumerate().all(fits)
        };
        let code = field.text.split(|c: char| !c.is_alphanumeric()).find(shape);
        let Some(code) = code else { return false };
        let latin = in_latin(&code.to_uppercase()).and_then(|code| Kpp::parse(&code).ok());
        let Some(value) = latin else {
            let why = ValueError::Kpp(KppError::Shape);
            self.see(What::Wrong(InvalidValue { written: code.to_owned(), error: why }));
            return true;
        };
        // A letter that looks like a digit is more often meant as that digit.
        let digits = value.as_str().replace('O', "0").replace('I', "1");
        let mistyped = Kpp::parse(&digits).ok().filter(|digits| *digits != value);
        let sure = code.is_ascii() && mistyped.is_none();
        if let Some(value) = mistyped {
            let correction = Some(Correction::LookAlike(code.to_owned()));
            self.see(What::Kpp { choice: Choice { value, correction }, sure: false });
        }
        let correction = (!code.is_ascii()).then(|| Correction::LookAlike(code.to_owned()));
        self.see(What::Kpp { choice: Choice { value, correction }, sure });
        true
    }

    fn unlabelled(&mut self, field: &Field, number: &Number, names: &[usize]) {
        let before = part(&field.text, 0..number.span.start);
        let slash = before.trim_end().ends_with(['/', '\\']);
        if let Some(inn) = self.pair.take()
            && let Ok(kpp) = Kpp::parse(&number.digits)
            && number.form == Form::Plain
        {
            let sure = slash || kpp.as_str().get(..4) == inn.as_str().get(..4);
            // A БИК begins with 04, as the КПП of one region does.
            if sure || !number.digits.starts_with("04") {
                self.see(What::Kpp { choice: Choice { value: kpp, correction: None }, sure });
            }
            return;
        }
        let Ok(inn) = Inn::parse(&number.digits) else { return };
        if number.form == Form::Else {
            return;
        }
        let is_sign = |c: char| !c.is_alphanumeric() && !"»\"”“№#".contains(c);
        let bare = before.trim_end_matches(is_sign);
        let begins = !bare.contains(char::is_alphanumeric);
        let named = names.contains(&bare.len());
        let other = |kind: &Kind| !(names_a_party(kind) || matches!(kind, Kind::Inn | Kind::Kpp));
        let labelled = field.labels.iter().any(other);
        let dialled = number.digits.starts_with('9') && inn.is_organisation()
            || ["375", "380", "374", "992", "993", "994", "995", "996", "998", "86"]
                .iter()
                .any(|code| !inn.is_organisation() && number.digits.starts_with(code));
        let behind = part(&field.text, number.span.end..field.text.len());
        let trust = match number.form {
            _ if labelled || !(begins || named) => Trust::Weak,
            Form::Plain if !dialled => Trust::Alone,
            _ if begins && !behind.chars().any(char::is_alphanumeric) => Trust::Own,
            _ => Trust::Weak,
        };
        self.pair = Some(inn.clone());
        self.see(What::Inn { choice: Choice { value: inn, correction: None }, trust });
    }
}

fn names_a_party(kind: &Kind) -> bool {
    kind.is_name() || *kind == Kind::Side
}
