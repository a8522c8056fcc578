//! Floor 1: one draft, from the first value to the confirmed summary. Pure: no words, no Telegram,
//! no SQL, no clock.

mod answers;
mod edited;
pub mod facts;
mod next;
mod organisation;
mod paste;
pub mod session;
mod step;

use crate::domain::requisites::{InvalidValue, Requisites};
use crate::domain::{Draft, DraftRevision, Email, Field, FieldError, Inn, InvitationNo, Recipient};

use facts::Need;
use session::{DraftAct, Session, Stage};

pub use edited::sources;
pub use step::step;

#[derive(Clone, Debug)]
pub enum Input {
    Text {
        /// `None`: a message without words.
        text: Option<String>,
        /// It was sent in one breath with what gave the draft its values.
        follows: bool,
    },
    /// One of [`Session::sources`] says something else now.
    Edited {
        text: String,
        /// Nothing was said after it.
        newest: bool,
        /// What was said later.
        later: Vec<Field>,
        /// Nothing was said before it either.
        alone: bool,
    },
    Press(DraftAct, DraftRevision),
    /// `ask` is asked for although it has a value; with `below` the pressed screen stays.
    Begin {
        draft: Draft,
        ask: Option<Field>,
        below: bool,
    },
    Link(Result<Requisites, FieldError>),
    Cancel,
    /// The screen, or a press of it, may be lost.
    ShowAgain,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// `None` keeps the session and the draft's revision.
    pub session: Option<Session>,
    pub view: Option<View>,
    /// The view is a new message, also after a press.
    pub below: bool,
    pub note: Option<Note>,
    pub toast: Option<Toast>,
    pub effect: Option<Effect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    Draft,
    Home,
    /// Nothing was found in a message.
    Hint,
    /// The same where a note says what was found.
    SendAgain,
    Cancelled,
    NothingToCancel,
    Unfinished(Box<Draft>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    OnlyText,
    EditNotRead,
    EditChangesNothing,
    PressAButton,
    ConfirmOrEdit,
    NotAName,
    NoKppForPerson,
    NotYourOffice,
    KppAlone,
    FieldError(FieldError),
    BadLink(FieldError),
    InvalidValues(Vec<InvalidValue>),
    PasteReport(PasteReport),
    LostZero(Inn),
    /// The screen may not have been seen.
    AskedAgain,
    ReviewedAgain,
    /// A press may be lost, and the database may have forgotten that it was sent.
    ReviewedInDoubt,
}

/// What became of a message, where the next screen does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasteReport {
    pub wrong: Vec<InvalidValue>,
    /// The new values.
    pub replaced: Vec<(Field, String)>,
    /// Set if the message has more organisations than are offered.
    pub parties: Option<usize>,
    pub wants_email: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toast {
    UnknownPress,
    Stale,
    /// A fresh card follows.
    StaleFresh,
    /// What stands against the draft has changed.
    NotSent,
    ConfirmAgain,
    OfficeChanged,
    /// Checked again, with nothing new.
    StillBlocked,
    AtWork(InvitationNo),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Submit { to: Recipient, override_limit: bool, repeats: Option<InvitationNo> },
    Search(Search),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// An [`Email::key`].
    Email(String),
    Inn(Inn),
}

impl Search {
    /// By the one value that a text names.
    pub fn of(read: &Requisites) -> Option<Self> {
        match (read.parties.as_slice(), read.email.certain()) {
            ([], email) => email.map(Self::email),
            ([party], None) => party.inn.certain().cloned().map(Self::Inn),
            _ => None,
        }
    }

    pub fn email(email: &Email) -> Self {
        Self::Email(email.key())
    }
}

type StepResult = Result<Step, Need>;

impl Step {
    fn view(view: View) -> Self {
        Self { view: Some(view), ..Self::default() }
    }

    fn at(stage: Stage) -> Self {
        Self::view(View::Draft).with_session(Session::at(stage))
    }

    fn toast(toast: Toast) -> Self {
        Self { toast: Some(toast), ..Self::default() }
    }

    fn with_session(self, session: Session) -> Self {
        Self { session: Some(session), ..self }
    }

    fn with_toast(self, toast: Toast) -> Self {
        Self { toast: Some(toast), ..self }
    }

    fn with_note(self, note: impl Into<Option<Note>>) -> Self {
        Self { note: note.into(), ..self }
    }

    fn below(self, below: bool) -> Self {
        Self { below, ..self }
    }

    fn effect(effect: Effect) -> Self {
        Self { effect: Some(effect), ..Self::default() }
    }
}

fn same_stage_with_note(stage: Option<&Stage>, note: Note) -> Step {
    match stage {
        None => Step::view(View::Hint),
        Some(stage) => Step::at(stage.clone()).with_note(note),
    }
}
