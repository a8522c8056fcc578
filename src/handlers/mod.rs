//! Floor 2: what the bot does, one file for each feature. A handler reads, decides, and returns
//! what is shown and the [`Change`]s to write; it never writes, and knows nothing of Telegram.

mod card;
mod commands;
mod edited;
pub mod follow_up;
mod holds;
mod invite;
pub mod links;
mod list;
mod person;
pub mod policy;
mod report;
pub mod requests;
pub mod session;
mod staff;
mod status;
mod stoplist;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dialogue;
use crate::dialogue::facts::Facts;
pub use crate::dialogue::session::Sent;
use crate::dialogue::session::Session;
use crate::domain::{
    Draft, DraftRevision, Inn, InvitationNo, Permission, Person, PersonId, Request, RequestState,
    Role, State, Viewer, is_command,
};
use crate::screens::press::Press;
use crate::screens::{self, Screen, home, reminders, result};
use crate::store::{Change, Reader, StoreError};

pub use commands::commands;
use commands::{is_cancel, is_number};
pub use session::{Stored, load};

#[derive(Clone, Debug)]
pub enum Input {
    /// `text` is `None` where there are no words: a sticker, a photo, a file.
    Message {
        text: Option<String>,
        about: Option<About>,
        sent: Sent,
    },
    /// An own message of the person says something else now.
    Edited {
        text: String,
        message: i32,
    },
    Press(Press, Option<DraftRevision>),
    UnknownPress,
    ShowAgain,
}

/// Whom the replied-to message is about: forwarded from, or a shared contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Person(Person),
    Hidden,
}

pub struct Turn<'a> {
    pub facts: Facts,
    pub session: &'a Session,
    pub reader: &'a mut Reader,
    pub pressed: Option<i32>,
}

#[derive(Debug)]
pub enum Outcome {
    Done(Plan),
    /// Look this ИНН up, and take the input again with [`dialogue::facts::LookedUp::organisation`].
    LookUp(Inn),
}

/// What is to be written, and what is shown once it is.
#[derive(Debug, Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub shown: Vec<Placement>,
    pub toast: Option<Toast>,
    pub messages_to_others: Vec<(PersonId, OutgoingMessage)>,
    /// `None`: the person has no commands any more.
    pub menu_changes: Vec<(PersonId, Option<Role>)>,
    /// The message that showed an invitation until now.
    pub replaced_status_message: Option<(InvitationNo, i32)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In place of the pressed message, or as a new one if something was typed.
    Here(OutgoingMessage),
    Below(OutgoingMessage),
}

impl Placement {
    pub fn message(&self) -> &OutgoingMessage {
        match self {
            Self::Here(message) | Self::Below(message) => message,
        }
    }
}

/// A message as a value, drawn when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingMessage {
    Screen(Screen),
    Card(i64),
    /// Void unless it is still at this `version`.
    Reminder {
        number: i64,
        version: i64,
        to_author: bool,
    },
    /// The same; `card` is the message that it answers.
    Result {
        number: i64,
        version: i64,
        card: Option<i32>,
    },
    /// For those who may decide it; `message`: the copy to draw anew.
    Request {
        id: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<i32>,
    },
    /// The day of a call has come; void if it is marked otherwise.
    Call(i64),
    /// What came of those that were asked for on this day, as `2026-11-30`.
    Question(String),
    /// Everything unknown since then (Unix milliseconds) or longer.
    Digest {
        since: i64,
    },
}

impl OutgoingMessage {
    /// What is drawn anew from the draft is not, nor what nobody may find later.
    pub fn is_kept(&self) -> bool {
        !matches!(self, Self::Screen(screen) if screen.is_of_a_draft() || screen.is_secret())
    }

    pub fn edits(&self) -> Option<i32> {
        match self {
            Self::Request { message, .. } => *message,
            _ => None,
        }
    }

    pub fn replies_to(&self) -> Option<i32> {
        match self {
            Self::Result { card, .. } => *card,
            _ => None,
        }
    }

    /// Without the buttons that the viewer may not press.
    pub async fn draw(
        &self,
        reader: &mut Reader,
        viewer: &Viewer,
    ) -> Result<Option<Screen>, StoreError> {
        Ok(self.screen(reader, viewer).await?.map(|screen| screen.for_role(viewer.role)))
    }

    async fn screen(
        &self,
        reader: &mut Reader,
        viewer: &Viewer,
    ) -> Result<Option<Screen>, StoreError> {
        match self {
            Self::Screen(screen) => Ok(Some(screen.clone())),
            Self::Card(number) => status::card_for(reader, viewer, InvitationNo(*number)).await,
            Self::Reminder { number, version, to_author } => {
                let found = reader.invitation(InvitationNo(*number)).await?;
                let found = found.filter(|it| it.version == *version && it.state == State::Unknown);
                Ok(found.map(|it| reminders::reminder(&it, *to_author, &viewer.zone)))
            }
            Self::Result { number, version, .. } => {
                let found = reader.invitation(InvitationNo(*number)).await?;
                let found = found.filter(|it| it.version == *version && viewer.may_see(it));
                Ok(found.and_then(|it| result::result(&it, viewer)))
            }
            Self::Request { id, .. } => {
                let found = reader.request(*id).await?;
                let theirs = |it: &Request| {
                    it.state != RequestState::Open || viewer.may(it.kind.decided_by())
                };
                Ok(found.filter(theirs).map(|it| screens::requests::card(viewer, &it)))
            }
            Self::Call(number) => follow_up::call(reader, viewer, InvitationNo(*number)).await,
            Self::Question(day) => follow_up::question(reader, viewer, day).await,
            Self::Digest { since } => {
                let Ok(since) = Timestamp::from_millisecond(*since) else { return Ok(None) };
                let doubts = reader.doubts(since, reminders::DIGEST_MAX).await?;
                let digest = || reminders::digest(&doubts.oldest, doubts.count, viewer.now);
                Ok((doubts.count > 0).then(digest))
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toast {
    Text(String),
    /// Said with its number; `None`: it waits for something else than the undo window.
    Submitted(Option<Duration>),
}

impl Plan {
    fn show(screen: Screen) -> Self {
        Self { shown: vec![Placement::Here(OutgoingMessage::Screen(screen))], ..Self::default() }
    }

    fn show_below(screen: Screen) -> Self {
        Self { shown: vec![Placement::Below(OutgoingMessage::Screen(screen))], ..Self::default() }
    }

    fn toast(text: impl Into<String>) -> Self {
        Self::default().with_toast(text)
    }

    fn change(change: Change) -> Self {
        Self::default().with(change)
    }

    fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    fn with_toast(mut self, text: impl Into<String>) -> Self {
        self.toast = Some(Toast::Text(text.into()));
        self
    }

    fn tell_other(mut self, person: PersonId, screen: Screen) -> Self {
        self.messages_to_others.push((person, OutgoingMessage::Screen(screen)));
        self
    }

    fn with_menu_change(mut self, person: PersonId, role: Option<Role>) -> Self {
        self.menu_changes.push((person, role));
        self
    }

    pub fn queues(&self) -> bool {
        self.changes.iter().any(|change| {
            matches!(
                change,
                Change::Submit(_)
                    | Change::Release { .. }
                    | Change::Resend { .. }
                    | Change::Resume { .. }
            )
        })
    }
}

impl From<Plan> for Outcome {
    fn from(plan: Plan) -> Self {
        Self::Done(plan)
    }
}

pub async fn handle(turn: &mut Turn<'_>, input: Input) -> Result<Outcome, StoreError> {
    let is_edit = matches!(input, Input::Edited { .. });
    let Some(prompt) = turn.session.prompt.clone().filter(|_| !is_edit) else {
        return route(turn, input).await;
    };
    let is_theirs = turn.facts.viewer.may(Permission::ManageStaff);
    if is_theirs && let Some(plan) = person::answer_prompt(turn, &prompt, &input).await? {
        return Ok(plan.into());
    }
    if is_theirs
        && is_cancel(&input)
        && let Some(plan) = person::leave_prompt(turn, &prompt).await?
    {
        return Ok(plan.into());
    }
    if let Input::Press(Press::Caption | Press::Write(_), _) = input {
        return Ok(Plan::default().into());
    }
    // Anything that does not fit ends the prompt.
    let without = Session { prompt: None, ..turn.session.clone() };
    let mut inner = Turn {
        facts: turn.facts.clone(),
        session: &without,
        reader: turn.reader,
        pressed: turn.pressed,
    };
    let mut outcome = route(&mut inner, input).await?;
    if let Outcome::Done(plan) = &mut outcome
        && !plan.changes.iter().any(session::writes_session)
    {
        // First, because a revocation drops the session.
        let saved = session::save(&turn.facts, &without);
        plan.changes.splice(..0, saved);
    }
    Ok(outcome)
}

async fn route(turn: &mut Turn<'_>, input: Input) -> Result<Outcome, StoreError> {
    let may_send = turn.facts.viewer.may(Permission::Send);
    if is_cancel(&input) && may_send {
        return cancel(turn).await;
    }
    let plan = match input {
        Input::Message { text: Some(text), about, sent } if is_command(&text) => {
            return commands::run(turn, &text, about, sent).await;
        }
        Input::Message { text: Some(text), .. } if is_number(&text) => {
            return status::command(turn, &text).await;
        }
        // Who sends nothing asks for what was sent.
        Input::Message { text, .. } if !may_send => {
            return status::command(turn, &text.unwrap_or_default()).await;
        }
        Input::Message { text, sent, .. } => return say(turn, text, sent).await,
        Input::Edited { .. } | Input::ShowAgain if !may_send => Plan::default(),
        Input::Edited { text, message } => return edited::take(turn, &text, message).await,
        Input::ShowAgain => return invite::take(turn, dialogue::Input::ShowAgain).await,
        Input::UnknownPress => Plan::toast(screens::UNKNOWN_PRESS),
        Input::Press(press, revision) => return pressed(turn, press, revision).await,
    };
    Ok(plan.into())
}

async fn pressed(
    turn: &mut Turn<'_>,
    press: Press,
    revision: Option<DraftRevision>,
) -> Result<Outcome, StoreError> {
    let viewer = &turn.facts.viewer;
    if press.needs().is_some_and(|needed| !viewer.may(needed)) {
        return Ok(Plan::toast(screens::UNKNOWN_PRESS).into());
    }
    let plan = match press {
        Press::Home => show_home(turn).await?,
        Press::Invite => return begin(turn, Draft::default(), false).await,
        Press::InviteAnother => {
            let draft = turn.facts.draft_like_last();
            return begin(turn, draft, true).await;
        }
        Press::Draft(act) => match revision {
            Some(revision) => {
                return invite::take(turn, dialogue::Input::Press(act, revision)).await;
            }
            None => Plan::toast(screens::UNKNOWN_PRESS),
        },
        Press::Card(number, version, act) => {
            return status::card(turn, number, act, Some(version)).await;
        }
        Press::CardOf(number, page) => status::card_of(turn, number, page).await?,
        Press::List(page) => list::list(turn, page).await?,
        Press::Filter(what) => list::filters(turn, what).await?,
        Press::Authors(what) => list::authors(turn, what).await?,
        Press::Staff(act) => staff::pressed(turn, act).await?,
        Press::StopList(act) => stoplist::pressed(turn, act).await?,
        Press::FollowUp(act) => follow_up::pressed(turn, act).await?,
        Press::Report(act) => report::pressed(turn, act).await?,
        Press::Links(act) => links::pressed(turn, act).await?,
        Press::Request(act) => requests::pressed(turn, act).await?,
        Press::Resume(hold, asked) => holds::resume(turn, hold, asked).await?,
        Press::Caption | Press::Write(_) => Plan::default(),
    };
    Ok(plan.into())
}

async fn say(turn: &mut Turn<'_>, text: Option<String>, sent: Sent) -> Result<Outcome, StoreError> {
    let follows = turn.session.is_followed_by(sent);
    invite::said(turn, dialogue::Input::Text { text, follows }, sent).await
}

async fn show_home(turn: &mut Turn<'_>) -> Result<Plan, StoreError> {
    session::count_for_home(turn).await?;
    Ok(Plan::show(home::home(&turn.facts, turn.session)))
}

async fn begin(turn: &mut Turn<'_>, draft: Draft, below: bool) -> Result<Outcome, StoreError> {
    invite::take(turn, dialogue::Input::Begin { draft, ask: None, below }).await
}

/// An open draft goes first; without one, what was confirmed and still waits.
async fn cancel(turn: &mut Turn<'_>) -> Result<Outcome, StoreError> {
    if turn.session.draft.is_none()
        && let Some(plan) = status::stop_waiting(turn).await?
    {
        return Ok(plan.into());
    }
    invite::take(turn, dialogue::Input::Cancel).await
}
