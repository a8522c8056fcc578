//! What there is in the model: two people, two drafts, what became of them, and what only the
//! provider knows. Times and texts are left out; what happens next is in `rules`.

/// The most attempts that one invitation has in the model.
pub const ATTEMPTS: usize = 4;

/// Everything. What a crash does not forget is the database, the provider and the chats; the
/// calls alone are of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    /// Whether the bot runs.
    pub up: bool,
    /// The provider refused the key, and no admin has resumed it yet.
    pub paused: bool,
    pub line: Line,
    /// The access of person 0; person 1 is an admin.
    pub access: Access,
    pub drafts: [Draft; 2],
    /// The invitation of each draft.
    pub invitations: [Invitation; 2],
}

/// Whether the provider's line is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Line {
    #[default]
    Runs,
    /// It is left alone.
    Stopped,
    /// Its time is over: the next call is the probe.
    Due,
    /// The probe is the call of this invitation.
    Probed(usize),
}

/// May person 0 use the bot?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    #[default]
    Granted,
    Revoked,
    GrantedAgain,
}

/// A draft on the screen of its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Draft {
    #[default]
    None,
    /// The summary is shown, at this revision.
    At(u8),
    /// It was confirmed, or deleted; its buttons are still in the chat.
    Gone,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Invitation {
    pub state: State,
    /// The draft it was made from.
    pub draft: usize,
    pub attempts: [Attempt; ATTEMPTS],
    /// How many of them there are.
    pub count: usize,
    /// What the process knows of the open attempt; a crash forgets it.
    pub call: Option<Call>,
    /// An attempt may have been taken, and nobody has said since that no letter came.
    pub doubt: bool,
    /// A consent that no attempt has used up yet.
    pub consent: Option<Consent>,
    /// How many consents were given.
    pub consents: u8,
    /// Who was asked, as it stands now, whether a second letter may go.
    pub asked: [bool; 2],
    /// The author's access was taken away while the call was under way.
    pub revoked: bool,
    pub seen: Seen,
    /// What its message in the author's chat says.
    pub says: State,
    /// How many letters went out: only the provider knows.
    pub letters: u8,
}

/// Where an invitation stands, as the database has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    #[default]
    Absent,
    Queued,
    Held,
    Sending,
    Accepted,
    /// For good: the data, or a client already.
    Refused,
    /// For another reason: a person may repeat it.
    RefusedOther,
    NotSent,
    Unknown,
    ConfirmedSent,
    ConfirmedNotSent,
    Cancelled,
}

/// Whether the author's message shows how it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Seen {
    #[default]
    Outdated,
    /// It does, and the database does not know that yet.
    Shown,
    Noted,
}

/// One call to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attempt {
    pub outcome: Outcome,
    pub consent: Option<Consent>,
    /// How many whole requests of it reached the provider.
    pub requests: u8,
    pub fate: Fate,
}

/// What the database says of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    #[default]
    Open,
    Accepted,
    Rejected,
    NotAccepted,
    Unknown,
}

/// What the provider did with its request; nobody else knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fate {
    /// None came, or it cannot become a letter any more.
    #[default]
    Nothing,
    /// It came and waits to be processed.
    Arrived,
    /// A letter goes out.
    Taken,
    /// The provider says no, and has to tell us.
    Declined,
}

/// How much the person knew who asked for one more attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consent {
    /// That a second letter may go out, or that none can have gone out before.
    Informed,
    Blind,
}

/// What the process knows of a call under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Connecting,
    /// The request is out.
    Asked,
    /// This is to be written down.
    Heard(Answer),
}

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    Accepted,
    Refused,
    RefusedOther,
    /// No connection, or too many requests: certainly not taken.
    NotTaken,
    /// Certainly not taken, by an error of the provider's own (503).
    Busy,
    /// The key is refused.
    Key,
    /// The end of it was not seen.
    Unknown,
}

impl Answer {
    /// What a provider can say.
    pub const ANSWERED: [Self; 6] =
        [Self::Accepted, Self::Refused, Self::RefusedOther, Self::NotTaken, Self::Busy, Self::Key];
}

impl State {
    /// Its recipient cannot be invited a second time meanwhile.
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Queued | Self::Held | Self::Sending | Self::Unknown)
    }

    pub fn may_be_repeated(self) -> bool {
        matches!(self, Self::NotSent | Self::RefusedOther | Self::Unknown | Self::ConfirmedNotSent)
    }
}

impl Invitation {
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts[..self.count]
    }

    pub fn last(&mut self) -> &mut Attempt {
        &mut self.attempts[self.count - 1]
    }

    /// One more attempt may send a second letter, so that a person is asked first.
    pub fn retry_needs_consent(&self) -> bool {
        self.doubt || matches!(self.state, State::Unknown | State::ConfirmedNotSent)
    }

    /// A change of state: what was shown and asked before is outdated.
    pub fn becomes(&mut self, state: State) {
        self.state = state;
        self.seen = Seen::Outdated;
        self.asked = [false; 2];
    }
}
