//! Floor 1: one draft, from the first value to the confirmed summary. Pure: [`step`] takes a
//! session, an input and facts, and gives the new session and what is to be shown, as values.
//! No words, no Telegram, no SQL, no clock.

mod answers;
pub mod facts;
mod next;
mod organisation;
mod paste;
pub mod session;
mod step;

use crate::domain::requisites::{Remark, Requisites};
use crate::domain::{Draft, Email, Field, FieldError, Inn, Number, Recipient};

use facts::Need;
use session::{DraftAct, DraftRevision, Session, Stage};

pub use step::step;

/// What happened to a draft.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message; `None`: it has no text.
    Text(Option<String>),
    Press(DraftAct, DraftRevision),
    /// A draft with these values is wanted, which asks for this field although it has a value.
    /// `below`: the screen that was pressed stays.
    Begin {
        draft: Draft,
        ask: Option<Field>,
        below: bool,
    },
    /// A link brought the requisites of a client, or a wrong number.
    Link(Result<Requisites, FieldError>),
    Cancel,
    /// The screen is to be shown once more: it, or a press of it, may be lost.
    ShowAgain,
}

/// What follows from an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The session to store; `None` leaves it, and the draft's revision, as it is.
    pub session: Option<Session>,
    pub view: Option<View>,
    /// The view is a new message, also after a press.
    pub below: bool,
    /// Stands above the view.
    pub note: Option<Note>,
    pub toast: Option<Toast>,
    pub effect: Option<Effect>,
}

/// A screen, as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// The session's draft.
    Draft,
    Home,
    /// Nothing that is asked for was found in a message.
    Hint,
    /// The same where a note says what was found.
    SendAgain,
    Cancelled,
    NothingToCancel,
    /// A new draft is wanted while another one is unfinished.
    Unfinished(Box<Draft>),
}

/// What is said above a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    OnlyText,
    PressAButton,
    ConfirmOrEdit,
    NotAName,
    NoKppForPerson,
    NotYourOffice,
    KppAlone,
    FieldError(FieldError),
    BadLink(FieldError),
    Remarks(Vec<Remark>),
    Taken(Taken),
    /// The number has lost a zero, so it seems: is it this one?
    LostZero(Inn),
    /// The screen may not have been seen.
    AskedAgain,
    /// A press of the summary may have been lost.
    ReviewedAgain,
    /// The same where the database may have forgotten that it was sent.
    ReviewedInDoubt,
}

/// What became of a message, where the next screen does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What was not taken, and why.
    pub wrong: Vec<Remark>,
    /// What had another value before.
    pub replaced: Vec<Field>,
    /// How many organisations the message has, if more than are offered.
    pub parties: Option<usize>,
    /// The requisites do not matter, an address is wanted.
    pub wants_email: bool,
}

/// The answer to a press in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toast {
    UnknownPress,
    Stale,
    /// The card that was pressed is an old one; a fresh one follows.
    StaleFresh,
    /// What stands against the draft has changed.
    NotSent,
    /// The summary is too old.
    ConfirmAgain,
    OfficeChanged,
    /// The draft is an invitation already.
    AtWork(Number),
}

/// What is to be done beside the change of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make the draft an invitation.
    Submit { to: Recipient, override_limit: bool },
    /// Show earlier invitations with a value.
    Search(Search),
}

/// What a person looks for in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// By the address, as [`Email::key`] has it.
    Email(String),
    Inn(Inn),
}

impl Search {
    pub fn email(email: &Email) -> Self {
        Self::Email(email.key())
    }
}

type Stepped = Result<Step, Need>;

impl Step {
    fn view(view: View) -> Self {
        Self { view: Some(view), ..Self::default() }
    }

    fn at(stage: Stage) -> Self {
        Self::view(View::Draft).to(Session::at(stage))
    }

    fn toast(toast: Toast) -> Self {
        Self { toast: Some(toast), ..Self::default() }
    }

    fn to(self, session: Session) -> Self {
        Self { session: Some(session), ..self }
    }

    fn with_toast(self, toast: Toast) -> Self {
        Self { toast: Some(toast), ..self }
    }

    fn under(self, note: impl Into<Option<Note>>) -> Self {
        Self { note: note.into(), ..self }
    }

    fn below(self, below: bool) -> Self {
        Self { below, ..self }
    }

    fn effect(effect: Effect) -> Self {
        Self { effect: Some(effect), ..Self::default() }
    }
}

/// The same stage again, under a note; a hint where nothing is filled in.
fn noted(stage: Option<&Stage>, note: Note) -> Step {
    match stage {
        None => Step::view(View::Hint),
        Some(stage) => Step::at(stage.clone()).under(note),
    }
}
