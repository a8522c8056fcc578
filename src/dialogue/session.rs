//! How far a person is: the draft, and a prompt beside it. Stored as JSON.

use serde::{Deserialize, Serialize};

use crate::domain::{Draft, Field, Inn, Kpp, LimitPeriod, OfficeCode, PersonId, Provider};

pub const BRANCHES_PER_PAGE: usize = 5;

/// In seconds: messages that are forwarded together come within this time.
const ONE_BREATH: i64 = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub draft: Option<Stage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// What gave the draft its values, the newest last: an edit of it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    #[serde(flatten)]
    pub sent: Sent,
    /// What it changed, as far as an edit of an older one might change it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gave: Vec<Field>,
}

/// A message that a person sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub message: i32,
    /// Unix time in seconds, as Telegram says it.
    pub at: i64,
}

impl Session {
    /// The shape of the JSON; an incompatible change needs a new number.
    pub const VERSION: i64 = 1;

    pub fn at(stage: Stage) -> Self {
        Self { draft: Some(stage), ..Self::default() }
    }

    /// Whether it was sent in one breath with the draft's newest values.
    pub fn is_followed_by(&self, sent: Sent) -> bool {
        self.sources.last().is_some_and(|last| (0..=ONE_BREATH).contains(&(sent.at - last.sent.at)))
    }

    pub fn is_empty(&self) -> bool {
        self.draft.is_none() && self.prompt.is_none()
    }

    pub fn begun(&self) -> Option<&Draft> {
        self.draft.as_ref().and_then(Stage::begun)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a value of one turn, never collected")]
pub enum Stage {
    Asking {
        draft: Draft,
        field: Field,
        /// Reached from the summary, and returns to it.
        editing: bool,
    },
    Organisation {
        draft: Draft,
        /// The page of branches shown instead, from 0.
        branches: Option<u16>,
        editing: bool,
    },
    Reviewing {
        draft: Draft,
    },
    /// One value came out of the blue; whether it begins an invitation is asked.
    Offered {
        draft: Draft,
    },
    /// A message about another client came; which one goes on is asked.
    ChoosingDraft {
        draft: Draft,
        pasted: Draft,
    },
}

impl Stage {
    /// An offered value begins no draft.
    pub fn begun(&self) -> Option<&Draft> {
        match self {
            Self::Offered { .. } => None,
            Self::Asking { draft, .. }
            | Self::Organisation { draft, .. }
            | Self::Reviewing { draft }
            | Stage::ChoosingDraft { draft, .. } => Some(draft),
        }
    }
}

/// A question to an admin about a person, answered by typing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub about: PromptAbout,
    pub person: PersonId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptAbout {
    Limit(LimitPeriod),
    Offices,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftAct {
    Choose(Provider),
    /// Take the ИНН with the zero that it lost.
    Inn(Inn),
    /// Keep the present value, though the directory may differ.
    KeepValue,
    Office(OfficeCode),
    WithoutOffice,
    /// Take what the directory knows.
    TakeFromRegistry,
    /// Show a page of branches, from 0.
    Branches(u16),
    Kpp(Kpp),
    Edit(Field),
    Back,
    Cancel,
    Send,
    /// Take this open choice, from 0.
    Pick(u8),
    /// Type it instead.
    ByHand,
    KeepUnfinished,
    /// Drop the unfinished draft.
    TakePasted,
    History,
    /// Go on despite earlier ones with this [`fingerprint`](super::facts::fingerprint).
    ConfirmRepeat(u32),
    SendOverLimit,
    ShowDraft,
    StartOver,
}
