//! An invitation that somebody confirmed, and what became of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CompanyName, Email, Inn, Kpp, OfficeCode, Outcome, Person, PersonId, Wait};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// `POST /v3/notification/api/invite`
    Invoicebox,
    /// Saby: `Биллинг.НовоеПриглашение`
    Sbis,
}

impl Provider {
    pub const ALL: [Self; 2] = [Self::Invoicebox, Self::Sbis];

    pub fn slug(self) -> &'static str {
        match self {
            Self::Invoicebox => "invoicebox",
            Self::Sbis => "sbis",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.slug() == slug)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    Invoicebox { email: Email },
    Sbis(Company),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    pub inn: Inn,
    /// `КПППолуч`; set exactly when the ИНН is an organisation's.
    pub kpp: Option<Kpp>,
    pub name: CompanyName,
    pub email: Email,
    pub office: Option<OfficeCode>,
}

impl Recipient {
    pub fn provider(&self) -> Provider {
        match self {
            Self::Invoicebox { .. } => Provider::Invoicebox,
            Self::Sbis(_) => Provider::Sbis,
        }
    }

    pub fn email(&self) -> &Email {
        match self {
            Self::Invoicebox { email } => email,
            Self::Sbis(company) => &company.email,
        }
    }

    pub fn company(&self) -> Option<&Company> {
        match self {
            Self::Invoicebox { .. } => None,
            Self::Sbis(company) => Some(company),
        }
    }

    pub fn inn(&self) -> Option<&Inn> {
        self.company().map(|company| &company.inn)
    }

    /// Two invitations of one provider with one key have one recipient.
    pub fn key(&self) -> String {
        match self {
            Self::Invoicebox { email } => email.key(),
            Self::Sbis(company) => {
                let kpp = company.kpp.as_ref().map_or("", Kpp::as_str);
                format!("{}/{kpp}", company.inn.as_str())
            }
        }
    }
}

/// №, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvitationNo(pub i64);

impl std::fmt::Display for InvitationNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The trigger `invitation_transition` allows only the documented changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Queued,
    Held,
    Sending,
    Accepted,
    Rejected(Refusal),
    /// Certainly not taken; no further attempt without a person.
    NotSent,
    /// May or may not have been taken.
    Unknown,
    /// Was unknown; a person says that the letter came.
    ConfirmedSent,
    /// Was unknown; a person says that no letter came.
    ConfirmedNotSent,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The same data would be refused again.
    Data,
    /// СБИС: the organisation has an authorised or paid account.
    AlreadyClient,
    Other,
}

impl State {
    pub fn result_word(self) -> ResultWord {
        match self {
            Self::Queued | Self::Held | Self::Sending => ResultWord::Waiting,
            Self::Accepted | Self::ConfirmedSent => ResultWord::Accepted,
            Self::Rejected(Refusal::AlreadyClient) => ResultWord::Client,
            Self::Rejected(Refusal::Data | Refusal::Other) => ResultWord::Refused,
            Self::NotSent | Self::ConfirmedNotSent | Self::Cancelled => ResultWord::NotSent,
            Self::Unknown => ResultWord::Unknown,
        }
    }

    /// A repeat would be a new invitation.
    pub fn repeat_is_new(self) -> bool {
        matches!(self, Self::Accepted | Self::ConfirmedSent | Self::Cancelled | Self::Rejected(_))
    }

    /// No letter went out, or nobody knows whether one did.
    pub fn is_bad_result(self) -> bool {
        use ResultWord::{NotSent, Refused, Unknown};
        matches!(self.result_word(), Refused | NotSent | Unknown)
    }

    pub fn has_result(self) -> bool {
        self.result_word() != ResultWord::Waiting
    }

    pub fn may_retry(self) -> bool {
        matches!(
            self,
            Self::NotSent | Self::Rejected(Refusal::Other) | Self::Unknown | Self::ConfirmedNotSent
        )
    }
}

/// The result words, by which `/status` filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultWord {
    Accepted,
    Refused,
    Client,
    NotSent,
    Unknown,
    Waiting,
}

impl ResultWord {
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Refused, Self::Client, Self::NotSent, Self::Unknown, Self::Waiting];

    pub fn slug(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Client => "client",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.slug() == slug)
    }
}

/// What a person says of an unknown invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Arrived,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    UntrustedDatabase,
    StopList,
    OffStopList,
    Revoked,
    PollingConflict,
    BadCredentials,
    ProviderDown(Timestamp),
    UncheckedFile,
    Time(Timestamp),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub number: InvitationNo,
    pub author: Person,
    pub recipient: Recipient,
    /// The same in every attempt.
    pub guid: Uuid,
    pub state: State,
    /// Grows with every change of state; a button with another one is stale.
    pub version: i64,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// `None` is the bot itself.
    pub changed_by: Option<Person>,
    pub waits: Option<WaitReason>,
    pub from_untrusted_database: bool,
    pub stopped: bool,
    pub last: Option<Attempt>,
    /// An attempt before the present one may have been taken.
    pub maybe_sent_before: bool,
}

impl Invitation {
    /// The end of the undo window; `None` if it goes at once, or waits for another reason.
    pub fn stoppable_until(&self) -> Option<Timestamp> {
        match self.waits {
            Some(WaitReason::Time(until)) if self.changed_by.is_some() => Some(until),
            _ => None,
        }
    }

    /// Whether one more attempt may send a second letter.
    pub fn retry_needs_consent(&self) -> bool {
        self.maybe_sent_before
            || self.from_untrusted_database
            || matches!(self.state, State::Unknown | State::ConfirmedNotSent)
    }
}

/// The other letters to the same client, as the authors were told of them; each with its author.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    pub of: Option<(InvitationNo, PersonId)>,
    /// The first few.
    pub by: Vec<(InvitationNo, PersonId)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub n: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<AttemptOutcome>,
    pub http_status: Option<u16>,
    /// `data.id` of Invoicebox.
    pub reference: Option<String>,
    pub request_id: Option<String>,
    /// The provider's words, or the kind of fault in English.
    pub message: Option<String>,
}

/// What an [`Outcome`] leaves in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    Accepted,
    Rejected,
    NotAccepted(Wait),
    Unknown,
}

impl From<&Outcome> for AttemptOutcome {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted { .. } => Self::Accepted,
            Outcome::Rejected { .. } => Self::Rejected,
            Outcome::NotAccepted { wait, .. } => Self::NotAccepted(*wait),
            Outcome::Unknown => Self::Unknown,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Changed { at: Timestamp, by: Option<Person>, from: Option<State>, to: State },
    Called(Attempt),
}

/// Invitations that are not settled; of each no more than [`NotSettled::MOST`] are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotSettled {
    pub waiting: i64,
    pub unknown: i64,
}

impl NotSettled {
    pub const MOST: i64 = 1000;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Draft, Field};

    fn recipient(provider: Provider, fields: &[(Field, &str)]) -> Recipient {
        let mut draft = Draft { provider: Some(provider), ..Draft::default() };
        for (field, text) in fields {
            draft.set_from_text(*field, text).unwrap();
        }
        draft.finish().unwrap()
    }

    fn company(inn: &str) -> Recipient {
        recipient(
            Provider::Sbis,
            &[
                (Field::Inn, inn),
                (Field::Name, "Детский сад Чайка"),
                (Field::Email, "IAM@mail.ru"),
                (Field::Office, "0240"),
            ],
        )
    }

    #[test]
    fn what_brought_no_letter_or_perhaps_none_is_a_bad_result() {
        use State::{Accepted, Cancelled, ConfirmedSent, NotSent, Queued, Rejected, Unknown};
        let client = Rejected(Refusal::AlreadyClient);
        for state in [Rejected(Refusal::Data), NotSent, Cancelled, Unknown] {
            assert!(state.is_bad_result(), "{state:?}");
        }
        for state in [Queued, Accepted, ConfirmedSent, client] {
            assert!(!state.is_bad_result(), "{state:?}");
        }
    }

    #[test]
    fn words_of_the_database_are_read_as_they_were_written() {
        let providers = [(Provider::Invoicebox, "invoicebox"), (Provider::Sbis, "sbis")];
        for (provider, slug) in providers {
            assert_eq!((provider.slug(), Provider::from_slug(slug)), (slug, Some(provider)));
        }
        let buckets = [
            (ResultWord::Accepted, "accepted"),
            (ResultWord::Refused, "refused"),
            (ResultWord::Client, "client"),
            (ResultWord::NotSent, "not_sent"),
            (ResultWord::Unknown, "unknown"),
            (ResultWord::Waiting, "waiting"),
        ];
        for (bucket, slug) in buckets {
            assert_eq!((bucket.slug(), ResultWord::from_slug(slug)), (slug, Some(bucket)));
        }
        assert_eq!((Provider::from_slug("post"), ResultWord::from_slug("lost")), (None, None));
    }

    #[test]
    fn a_recipient_is_known_by_what_makes_it_the_same() {
        let person = recipient(Provider::Invoicebox, &[(Field::Email, "IAM@mail.ru")]);
        assert_eq!((person.provider(), person.key()), (Provider::Invoicebox, "iam@mail.ru".into()));
        assert_eq!((person.email().as_str(), person.company()), ("IAM@mail.ru", None));
        let organisation = company("1215107651/121501001");
        assert_eq!(organisation.provider(), Provider::Sbis);
        assert_eq!(organisation.key(), "1215107651/121501001");
        assert_eq!(organisation.email().as_str(), "IAM@mail.ru");
        let name = organisation.company().map(|company| company.name.as_str());
        assert_eq!(name, Some("Детский сад Чайка"));
        assert_eq!((person.inn(), organisation.inn().map(Inn::as_str)), (None, Some("1215107651")));
        assert_eq!(company("500100732259").key(), "500100732259/");
        assert_eq!(InvitationNo(17).to_string(), "17");
    }

    /// Each state: its word, whether it is final, whether it may be repeated, and whether a person
    /// is asked before that.
    const STATES: [(State, ResultWord, bool, bool, bool); 12] = [
        (State::Queued, ResultWord::Waiting, false, false, false),
        (State::Held, ResultWord::Waiting, false, false, false),
        (State::Sending, ResultWord::Waiting, false, false, false),
        (State::Accepted, ResultWord::Accepted, true, false, false),
        (State::Rejected(Refusal::Data), ResultWord::Refused, true, false, false),
        (State::Rejected(Refusal::AlreadyClient), ResultWord::Client, true, false, false),
        (State::Rejected(Refusal::Other), ResultWord::Refused, true, true, false),
        (State::NotSent, ResultWord::NotSent, false, true, false),
        (State::Unknown, ResultWord::Unknown, false, true, true),
        (State::ConfirmedSent, ResultWord::Accepted, true, false, false),
        (State::ConfirmedNotSent, ResultWord::NotSent, false, true, true),
        (State::Cancelled, ResultWord::NotSent, true, false, false),
    ];

    fn invitation(state: State) -> Invitation {
        Invitation {
            number: InvitationNo(1),
            author: Person { id: PersonId::new(1).unwrap(), name: None },
            recipient: company("500100732259"),
            guid: Uuid::nil(),
            state,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: None,
            waits: None,
            from_untrusted_database: false,
            stopped: false,
            last: None,
            maybe_sent_before: false,
        }
    }

    #[test]
    fn what_waits_for_its_undo_window_alone_can_be_stopped_until_it_ends() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let asked = Invitation {
            changed_by: Some(Person { id: PersonId::new(1).unwrap(), name: None }),
            waits: Some(WaitReason::Time(at(5))),
            ..invitation(State::Queued)
        };
        assert_eq!(asked.stoppable_until(), Some(at(5)));
        for other in [
            Invitation { waits: Some(WaitReason::BadCredentials), ..asked.clone() },
            Invitation { waits: Some(WaitReason::ProviderDown(at(5))), ..asked.clone() },
            Invitation { waits: None, ..asked.clone() },
            Invitation { changed_by: None, ..asked },
        ] {
            assert_eq!(other.stoppable_until(), None, "{other:?}");
        }
    }

    #[test]
    fn a_second_letter_is_asked_about_wherever_there_may_be_a_first() {
        for (state, bucket, settled, repeats, asks) in STATES {
            assert_eq!(
                (state.result_word(), state.repeat_is_new()),
                (bucket, settled),
                "{state:?}"
            );
            assert_eq!(state.may_retry(), repeats, "{state:?}");
            let invitation = invitation(state);
            assert_eq!(invitation.retry_needs_consent(), asks, "{state:?}");
            let maybe_sent_before = Invitation { maybe_sent_before: true, ..invitation.clone() };
            let from_untrusted_database =
                Invitation { from_untrusted_database: true, ..invitation };
            assert!(
                maybe_sent_before.retry_needs_consent()
                    && from_untrusted_database.retry_needs_consent(),
                "{state:?}"
            );
        }
    }

    #[test]
    fn an_attempt_keeps_what_its_outcome_was() {
        for (outcome, kept) in [
            (Outcome::Accepted { reference: None }, AttemptOutcome::Accepted),
            (
                Outcome::Rejected { why: Refusal::Data, fields: Vec::new() },
                AttemptOutcome::Rejected,
            ),
            (
                Outcome::NotAccepted { wait: Wait::Config, retry_after: None },
                AttemptOutcome::NotAccepted(Wait::Config),
            ),
            (Outcome::Unknown, AttemptOutcome::Unknown),
        ] {
            assert_eq!(AttemptOutcome::from(&outcome), kept);
        }
    }
}
