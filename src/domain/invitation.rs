//! An invitation that somebody confirmed, and what became of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CompanyName, Email, Inn, Kpp, OfficeCode, Outcome, Person, Wait};

/// Through whom a client is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Invoicebox: `POST /v3/notification/api/invite`.
    Invoicebox,
    /// СБИС (Saby): `Биллинг.НовоеПриглашение`.
    Sbis,
}

impl Provider {
    /// Both, in the order of every list.
    pub const ALL: [Self; 2] = [Self::Invoicebox, Self::Sbis];

    /// The name in the database, in button data and in the log.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Invoicebox => "invoicebox",
            Self::Sbis => "sbis",
        }
    }

    /// The provider with this [`Provider::slug`].
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.slug() == slug)
    }
}

/// Whom to invite, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Invoicebox needs an address and nothing else.
    Invoicebox {
        /// Where the letter goes.
        email: Email,
    },
    /// СБИС registers an organisation or an ИП.
    Sbis(Company),
}

/// The recipient of an invitation to СБИС.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// `ИННПолуч`.
    pub inn: Inn,
    /// `КПППолуч`; present exactly when the ИНН is an organisation's.
    pub kpp: Option<Kpp>,
    /// `НазвПолуч`.
    pub name: CompanyName,
    /// `MailПолуч`.
    pub email: Email,
    /// `КодПартнера`: the office the client is assigned to.
    pub office: Option<OfficeCode>,
}

impl Recipient {
    /// The provider that takes it.
    pub fn provider(&self) -> Provider {
        match self {
            Self::Invoicebox { .. } => Provider::Invoicebox,
            Self::Sbis(_) => Provider::Sbis,
        }
    }

    /// Where the letter goes.
    pub fn email(&self) -> &Email {
        match self {
            Self::Invoicebox { email } => email,
            Self::Sbis(company) => &company.email,
        }
    }

    /// The organisation, if the provider asks for one.
    pub fn company(&self) -> Option<&Company> {
        match self {
            Self::Invoicebox { .. } => None,
            Self::Sbis(company) => Some(company),
        }
    }

    /// The ИНН, if the provider asks for one.
    pub fn inn(&self) -> Option<&Inn> {
        self.company().map(|company| &company.inn)
    }

    /// What makes two invitations of one provider go to the same recipient: the key
    /// of the e-mail for Invoicebox, `ИНН/КПП` for СБИС.
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

/// The number of an invitation, №, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(pub i64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an invitation stands. The database allows only the documented changes
/// (`migrations/`, trigger `invitation_transition`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Confirmed; waits for its turn.
    Queued,
    /// Waits for an admin's word.
    Held,
    /// A call to the provider is under way.
    Sending,
    /// The provider said that it took it.
    Accepted,
    /// The provider said that it did not.
    Rejected(Refusal),
    /// Surely not taken, and no further attempt is made by itself.
    NotSent,
    /// May or may not have been taken.
    Unknown,
    /// Was unknown; a person says that the letter came.
    ConfirmedSent,
    /// Was unknown; a person says that no letter came.
    ConfirmedNotSent,
    /// A person took it back before it was sent.
    Cancelled,
}

/// Why a provider refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The data are wrong; the same again would be refused again.
    Data,
    /// The organisation has an authorised or paid account already (СБИС).
    AlreadyClient,
    /// A reason we do not recognise; a person may repeat it.
    Other,
}

impl State {
    /// The word that people filter by.
    pub fn bucket(self) -> Bucket {
        match self {
            Self::Queued | Self::Held | Self::Sending => Bucket::Waiting,
            Self::Accepted | Self::ConfirmedSent => Bucket::Accepted,
            Self::Rejected(Refusal::AlreadyClient) => Bucket::Client,
            Self::Rejected(Refusal::Data | Refusal::Other) => Bucket::Refused,
            Self::NotSent | Self::ConfirmedNotSent | Self::Cancelled => Bucket::NotSent,
            Self::Unknown => Bucket::Unknown,
        }
    }

    /// Whether nothing more happens to it by itself or by a person's word, so that the same again
    /// is a new invitation.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Accepted | Self::ConfirmedSent | Self::Cancelled | Self::Rejected(_))
    }

    /// Whether it neither waits nor goes: there is a result, which the same again may follow.
    pub fn is_finished(self) -> bool {
        self.bucket() != Bucket::Waiting
    }

    /// Whether a person may ask for one more attempt of the same invitation.
    pub fn may_repeat(self) -> bool {
        matches!(
            self,
            Self::NotSent | Self::Rejected(Refusal::Other) | Self::Unknown | Self::ConfirmedNotSent
        )
    }
}

/// The result words of the screens, by which `/status` filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// «принято»
    Accepted,
    /// «отказ»
    Refused,
    /// «уже клиент»
    Client,
    /// «не отправлено»
    NotSent,
    /// «неизвестно»
    Unknown,
    /// «в очереди»
    Waiting,
}

impl Bucket {
    /// All, in the order of the filter screen.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Refused, Self::Client, Self::NotSent, Self::Unknown, Self::Waiting];

    /// The name in the database and in button data.
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

    /// The bucket with this [`Bucket::slug`].
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.slug() == slug)
    }
}

/// What a person says of an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// «Письмо дошло».
    Arrived,
    /// «Письма нет».
    Missing,
}

/// An invitation as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// №.
    pub number: Number,
    /// Who confirmed it.
    pub author: Person,
    /// To whom it goes.
    pub recipient: Recipient,
    /// Made with the invitation and the same in every attempt.
    pub guid: Uuid,
    /// Where it stands.
    pub state: State,
    /// Grows by one with every change of state; a button that names another one is stale.
    pub seq: i64,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When the state changed last.
    pub changed_at: Timestamp,
    /// Who changed it last; `None` is the bot itself.
    pub changed_by: Option<Person>,
    /// For a queued one: it does not go before this.
    pub not_before: Option<Timestamp>,
    /// For a queued one: whether nothing is sent, because another program may be sending too.
    pub rival: bool,
    /// For a queued one: whether its provider is paused.
    pub paused: bool,
    /// For a queued one: its provider answers with errors and gets no call before this.
    pub left_until: Option<Timestamp>,
    /// For one that waits: an embargo stands, so that it goes when an admin says so.
    pub embargoed: bool,
    /// It was queued in a database that may be older than what was done with it: a letter may have
    /// gone out that nothing here tells of.
    pub restored: bool,
    /// Its recipient stands on the stop-list now.
    pub stopped: bool,
    /// For a held one: the stop-list holds it, or did until the recipient was taken off.
    pub held_by_list: bool,
    /// Its newest attempt.
    pub last: Option<Attempt>,
    /// An attempt before the present one may have been taken, so that a letter may have gone out
    /// whatever comes of the present.
    pub doubtful: bool,
}

impl Invitation {
    /// Until when a person can stop it: the end of the undo window after somebody's word that it
    /// is to go. `None`: it goes at once, or waits for another reason.
    pub fn stoppable_until(&self) -> Option<Timestamp> {
        let stops = [self.embargoed, self.rival, self.paused];
        // The bot itself puts it back into the queue after an attempt that was not taken.
        let asked = self.state == State::Queued && self.changed_by.is_some();
        let until = self.not_before.filter(|_| asked && !stops.contains(&true))?;
        (self.left_until.is_none_or(|left| left < until)).then_some(until)
    }

    /// Whether one more attempt may send a second letter, so that a person is asked first.
    pub fn needs_asking(&self) -> bool {
        self.doubtful
            || self.restored
            || matches!(self.state, State::Unknown | State::ConfirmedNotSent)
    }
}

/// One call to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1, 2, …
    pub n: i64,
    /// When the call began.
    pub started_at: Timestamp,
    /// When its end was recorded.
    pub ended_at: Option<Timestamp>,
    /// What came of it; `None` while it is open.
    pub outcome: Option<AttemptOutcome>,
    /// HTTP status of the answer, if one came.
    pub http_status: Option<u16>,
    /// What the provider calls the invitation (`data.id` of Invoicebox).
    pub reference: Option<String>,
    /// `X-Request-Id` of the answer.
    pub request_id: Option<String>,
    /// The provider's own words, or ours where it said nothing (a kind of fault, in English).
    pub message: Option<String>,
}

/// How an attempt was closed; what [`Outcome`] leaves in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The provider said that it took it.
    Accepted,
    /// The provider said that it did not.
    Rejected,
    /// Surely not taken, and why.
    NotAccepted(Wait),
    /// May or may not have been taken.
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

/// One line of an invitation's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state changed.
    Changed {
        /// When.
        at: Timestamp,
        /// By whom; `None` is the bot itself.
        by: Option<Person>,
        /// From what; `None` when it was made.
        from: Option<State>,
        /// To what.
        to: State,
    },
    /// A call was made.
    Called(Attempt),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Draft, Field, PersonId};

    fn recipient(provider: Provider, fields: &[(Field, &str)]) -> Recipient {
        let mut draft = Draft { provider: Some(provider), ..Draft::default() };
        for (field, text) in fields {
            draft.fill(*field, text).unwrap();
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
    fn words_of_the_database_are_read_as_they_were_written() {
        let providers = [(Provider::Invoicebox, "invoicebox"), (Provider::Sbis, "sbis")];
        for (provider, slug) in providers {
            assert_eq!((provider.slug(), Provider::from_slug(slug)), (slug, Some(provider)));
        }
        let buckets = [
            (Bucket::Accepted, "accepted"),
            (Bucket::Refused, "refused"),
            (Bucket::Client, "client"),
            (Bucket::NotSent, "not_sent"),
            (Bucket::Unknown, "unknown"),
            (Bucket::Waiting, "waiting"),
        ];
        for (bucket, slug) in buckets {
            assert_eq!((bucket.slug(), Bucket::from_slug(slug)), (slug, Some(bucket)));
        }
        assert_eq!((Provider::from_slug("post"), Bucket::from_slug("lost")), (None, None));
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
        assert_eq!(Number(17).to_string(), "17");
    }

    /// Each state: its word, whether it is final, whether it may be repeated, and whether a person
    /// is asked before that.
    const STATES: [(State, Bucket, bool, bool, bool); 12] = [
        (State::Queued, Bucket::Waiting, false, false, false),
        (State::Held, Bucket::Waiting, false, false, false),
        (State::Sending, Bucket::Waiting, false, false, false),
        (State::Accepted, Bucket::Accepted, true, false, false),
        (State::Rejected(Refusal::Data), Bucket::Refused, true, false, false),
        (State::Rejected(Refusal::AlreadyClient), Bucket::Client, true, false, false),
        (State::Rejected(Refusal::Other), Bucket::Refused, true, true, false),
        (State::NotSent, Bucket::NotSent, false, true, false),
        (State::Unknown, Bucket::Unknown, false, true, true),
        (State::ConfirmedSent, Bucket::Accepted, true, false, false),
        (State::ConfirmedNotSent, Bucket::NotSent, false, true, true),
        (State::Cancelled, Bucket::NotSent, true, false, false),
    ];

    fn invitation(state: State) -> Invitation {
        Invitation {
            number: Number(1),
            author: Person { id: PersonId::new(1).unwrap(), name: None },
            recipient: company("500100732259"),
            guid: Uuid::nil(),
            state,
            seq: 1,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: None,
            not_before: None,
            rival: false,
            paused: false,
            left_until: None,
            embargoed: false,
            restored: false,
            stopped: false,
            held_by_list: false,
            last: None,
            doubtful: false,
        }
    }

    #[test]
    fn what_waits_for_its_undo_window_alone_can_be_stopped_until_it_ends() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let asked = Invitation {
            changed_by: Some(Person { id: PersonId::new(1).unwrap(), name: None }),
            not_before: Some(at(5)),
            ..invitation(State::Queued)
        };
        let left = |left_until| Invitation { left_until, ..asked.clone() }.stoppable_until();
        assert_eq!(left(None), Some(at(5)));
        assert_eq!(left(Some(at(4))), Some(at(5)), "its provider is asked again before that");
        assert_eq!((left(Some(at(5))), left(Some(at(6)))), (None, None));
        for other in [
            Invitation { embargoed: true, ..asked.clone() },
            Invitation { rival: true, ..asked.clone() },
            Invitation { paused: true, ..asked.clone() },
            Invitation { changed_by: None, ..asked.clone() },
            Invitation { not_before: None, ..asked.clone() },
            Invitation { state: State::Held, ..asked },
        ] {
            assert_eq!(other.stoppable_until(), None, "{other:?}");
        }
    }

    #[test]
    fn a_second_letter_is_asked_about_wherever_there_may_be_a_first() {
        for (state, bucket, settled, repeats, asks) in STATES {
            assert_eq!((state.bucket(), state.is_settled()), (bucket, settled), "{state:?}");
            assert_eq!(state.may_repeat(), repeats, "{state:?}");
            let invitation = invitation(state);
            assert_eq!(invitation.needs_asking(), asks, "{state:?}");
            let doubtful = Invitation { doubtful: true, ..invitation.clone() };
            let restored = Invitation { restored: true, ..invitation };
            assert!(doubtful.needs_asking() && restored.needs_asking(), "{state:?}");
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
