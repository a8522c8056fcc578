//! What is found in a message, and the state of looking for it.

use crate::find_emails::EmailMatch;
use crate::find_names::NameMatch;
use crate::findings::{Choice, InvalidValue};
use crate::inn::Inn;
use crate::kpp::Kpp;
use crate::label_kind::LabelKind;

#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub line: usize,
    /// Where it begins in its piece.
    pub at: usize,
    pub in_signature: bool,
    pub of_bank: bool,
    /// Below the bank's accounts: the client's own, if there is no other.
    pub below_accounts: bool,
    /// Another value has replaced it.
    pub former: bool,
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
    /// `incidental`: in the header of a letter, with a bank, or the writer's own; `common`: said
    /// to be of all.
    Email {
        email: EmailMatch,
        incidental: bool,
        common: bool,
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

#[derive(Default)]
pub(crate) struct Scanner {
    pub matches: Vec<Match>,
    pub line: usize,
    /// Where the next match begins.
    pub at: usize,
    pub in_table: bool,
    pub in_signature: bool,
    pub of_bank: bool,
    /// The last line with an account since the bank was named.
    pub bank_account: Option<usize>,
    pub former: bool,
    pub bank_inn: Option<Inn>,
    /// A line with an account or БИК and no name before it.
    pub account_line: Option<usize>,
    pub unfilled_labels: Vec<LabelKind>,
    /// Words that are a name if an ИНН follows.
    pub possible_name: Option<(usize, NameMatch)>,
    /// The last ИНН, while only signs follow it.
    pub adjacent_inn: Option<Inn>,
    /// The same, if it lost its zero.
    pub zero_inn: Option<Inn>,
}

impl Scanner {
    pub fn record(&mut self, kind: MatchKind) {
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
        let Self { line, at, in_signature, in_table, former, .. } = *self;
        let of_bank = self.of_bank || self.account_line == Some(line);
        let below_accounts = self.bank_account.is_some_and(|account| account < line);
        self.matches.push(Match {
            line,
            at,
            in_signature,
            of_bank,
            below_accounts,
            former,
            in_table,
            kind,
        });
    }

    pub fn record_inn(&mut self, choice: Choice<Inn>, confidence: Confidence) {
        let confidence = if self.former { Confidence::ChecksumOnly } else { confidence };
        self.record(MatchKind::Inn { choice, confidence });
    }

    pub fn record_kpp(&mut self, choice: Choice<Kpp>, certain: bool) {
        self.record(MatchKind::Kpp { choice, certain: certain && !self.former });
    }
}
