//! How far a person is: the draft, what is asked of it, and a prompt beside it. Stored as JSON.

use serde::{Deserialize, Serialize};

use crate::domain::{Draft, Field, Inn, Kpp, OfficeCode, PersonId, Provider, Span};

/// Branches of an organisation on one page.
pub const BRANCHES_PER_PAGE: usize = 5;

/// What is stored of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The invitation that is being filled in.
    pub draft: Option<Stage>,
    /// What an admin may answer beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
}

impl Session {
    /// The version of the JSON shape; a change that a stored session does not fit needs a new one.
    pub const VERSION: i64 = 1;

    /// A draft at this stage, and no prompt.
    pub fn at(stage: Stage) -> Self {
        Self { draft: Some(stage), prompt: None }
    }

    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.draft.is_none() && self.prompt.is_none()
    }

    /// The draft, if one was begun.
    pub fn begun(&self) -> Option<&Draft> {
        self.draft.as_ref().and_then(Stage::begun)
    }
}

/// How far a draft is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a value of one turn, never collected")]
pub enum Stage {
    /// One field is asked for.
    Asking {
        draft: Draft,
        field: Field,
        /// The question was reached from the summary, and returns to it.
        editing: bool,
    },
    /// The organisation that was found is shown: is it the one?
    Organisation {
        draft: Draft,
        /// The page of its branches that is shown instead, from 0.
        branches: Option<u16>,
        /// The branches were reached from the summary, by way of the КПП.
        editing: bool,
    },
    /// The summary is shown, to be confirmed.
    Reviewing { draft: Draft },
    /// One value was sent out of the blue; whether it begins an invitation is asked.
    Offered { draft: Draft },
    /// A message about another client came into an unfinished draft; which of the two goes on is
    /// asked.
    Between { draft: Draft, pasted: Draft },
}

impl Stage {
    /// The draft, if it was begun: a value that is only offered begins none.
    pub fn begun(&self) -> Option<&Draft> {
        match self {
            Self::Offered { .. } => None,
            Self::Asking { draft, .. }
            | Self::Organisation { draft, .. }
            | Self::Reviewing { draft }
            | Self::Between { draft, .. } => Some(draft),
        }
    }
}

/// A question to an admin about a person, answered by typing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub about: PromptAbout,
    pub person: PersonId,
}

/// What a [`Prompt`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptAbout {
    /// How much the person may send in a span.
    Limit(Span),
    /// The СБИС office codes.
    Offices,
}

/// Which draft, at which revision, a button was drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftRevision {
    /// `drafts.id`.
    pub draft: i64,
    /// `drafts.revision`.
    pub revision: i64,
}

/// A button of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftAct {
    Choose(Provider),
    /// Take the typed ИНН with the zero that it lost.
    Inn(Inn),
    /// Keep the value that the field has, or what was written otherwise than the directory has it.
    Keep,
    Office(OfficeCode),
    WithoutOffice,
    /// Take what the directory knows of the organisation.
    Yes,
    /// Show a page of its branches, from 0.
    Branches(u16),
    /// Take the branch with this КПП.
    Kpp(Kpp),
    Edit(Field),
    Back,
    Cancel,
    Send,
    /// Take this one, from 0, of the choices that a message left open.
    Pick(u8),
    /// Nothing of what was found or is to be chosen: it is typed.
    ByHand,
    /// Go on with the unfinished draft, and drop the message about another client.
    Continue,
    /// Drop the unfinished draft, and go on with that message.
    Pasted,
    /// Look for earlier invitations with the value that was sent.
    History,
    /// Go on although these were invited before; their [`fingerprint`](super::facts::fingerprint).
    Anyway(u32),
    /// Send although the recipient has had enough letters.
    SendOverLimit,
    /// Show the unfinished draft.
    Resume,
    /// Throw it away and begin a new one.
    Restart,
}
