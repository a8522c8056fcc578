//! Shows what came of a turn, in the chat of the person who speaks.

use std::sync::Arc;

use jiff::Timestamp;
use teloxide::prelude::*;
use teloxide::types::{CallbackQueryId, MessageId};

use super::answer::TelegramError;
use super::client::TelegramClient;
use super::{Context, menu, render};
use crate::domain::{DraftRevision, InvitationNo, Person, Viewer};
use crate::handlers::{OutgoingMessage, Placement, Plan, Stored, Toast};
use crate::screens::{self, Screen};
use crate::store::{Applied, Change};

#[derive(Debug)]
pub struct Origin {
    pub person: Person,
    /// `None`: the bot does it by itself.
    pub update: Option<i64>,
    pub pressed: Option<Pressed>,
}

#[derive(Debug)]
pub struct Pressed {
    /// Every press is answered.
    pub query: CallbackQueryId,
    pub message: Option<MessageId>,
}

impl Origin {
    pub fn chat(&self) -> ChatId {
        ChatId(self.person.id.get())
    }

    pub fn message(&self) -> Option<MessageId> {
        self.pressed.as_ref().and_then(|pressed| pressed.message)
    }
}

pub struct Presenter<'a> {
    pub client: &'a TelegramClient,
    pub context: &'a Arc<Context>,
    pub origin: &'a Origin,
    pub stored: &'a Stored,
    pub applied: Applied,
}

impl Presenter<'_> {
    /// `place`: the message to edit; `None`: a new one is sent.
    pub async fn show(
        &self,
        plan: Plan,
        viewer: &Viewer,
        place: Option<MessageId>,
    ) -> anyhow::Result<()> {
        if let Some(pressed) = &self.origin.pressed {
            let toast = match (&plan.toast, self.applied.submitted) {
                (Some(Toast::Text(text)), _) => Some(text.clone()),
                (Some(Toast::Submitted(window)), Some(number)) => {
                    Some(screens::draft::sending_toast(number, *window))
                }
                _ => None,
            };
            let chat = self.origin.chat();
            render::answer(self.client, chat, &pressed.query, toast.as_deref()).await;
        }
        let shown = self.show_all(&plan, viewer, place).await;
        if shown.is_err() {
            self.context.not_shown.notify_one();
        }
        let shows_draft = shown?;
        for (person, role) in &plan.menu_changes {
            let published = menu::publish(self.client, *person, *role);
            drop(tokio::time::timeout(render::COSMETIC_TIMEOUT, published).await);
        }
        if let Some((number, message)) = plan.replaced_status_message {
            self.mark_replaced(number, MessageId(message)).await;
        }
        self.strip_old_card(&plan, shows_draft).await;
        self.strip_settled_questions(&plan).await;
        Ok(())
    }

    /// Stops where Telegram may take it later, and the rest is kept. Returns the draft's message.
    async fn show_all(
        &self,
        plan: &Plan,
        viewer: &Viewer,
        place: Option<MessageId>,
    ) -> anyhow::Result<Option<MessageId>> {
        let mut kept = self.applied.enqueued.iter();
        let (mut said, mut failed, mut shows_draft) = (Vec::new(), None, None);
        for shown in &plan.shown {
            let outgoing = shown.message();
            let kept = if outgoing.is_kept() { kept.next() } else { None };
            let place = match shown {
                Placement::Here(_) => place,
                Placement::Below(_) => None,
            };
            match self.show_one(outgoing, viewer, place).await {
                Ok(message) => {
                    said.extend(kept.copied());
                    shows_draft = message.or(shows_draft);
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // What answers an update is acknowledged with it.
        if self.origin.update.is_none() || failed.is_some() {
            let acks: Vec<Change> = said.into_iter().map(Change::Ack).collect();
            self.context.apply(&acks).await?;
        }
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(shows_draft),
        }
    }

    /// An error is one that passes. Returns the message if it shows the draft.
    async fn show_one(
        &self,
        outgoing: &OutgoingMessage,
        viewer: &Viewer,
        place: Option<MessageId>,
    ) -> Result<Option<MessageId>, TelegramError> {
        let Some(screen) = render::draw(self.context, viewer, outgoing).await? else {
            return Ok(None);
        };
        let revision = self.revision();
        match render::show(self.client, self.origin.chat(), place, &screen, revision).await {
            Ok(message) => {
                self.remember_card(&screen, message);
                let (chat, about) = (self.origin.chat(), screen.asks_to_resend());
                for old in self.context.questions.shown(chat, message, about) {
                    render::strip(self.client, chat, old).await;
                }
                Ok(Some(message))
            }
            Err(error) => {
                tracing::warn!(person = viewer.me.id.get(), %error, "a screen was not shown");
                if error.is_transient() { Err(error) } else { Ok(None) }
            }
        }
    }

    fn revision(&self) -> Option<DraftRevision> {
        self.applied.draft.or(self.stored.shown.map(|(revision, _)| revision))
    }

    /// The message shows the draft if it has the draft's buttons and the draft moved.
    fn remember_card(&self, screen: &Screen, message: MessageId) {
        if let (true, Some(saved)) = (screen.is_of_a_draft(), self.applied.draft) {
            let person = self.origin.person.id;
            let card = Change::SetCard { person, draft: saved.draft, message: message.0 };
            self.context.store.leave_note(Timestamp::now(), vec![card]);
        }
    }

    async fn mark_replaced(&self, number: InvitationNo, message: MessageId) {
        let screen = screens::status::continued(number);
        let chat = self.origin.chat();
        if let Err(error) = render::replace(self.client, chat, message, &screen, None).await {
            tracing::debug!(number = number.0, %error, "an old status message was left as it is");
        }
    }

    /// But the pressed one, which shows from now on how the invitation stands.
    async fn strip_settled_questions(&self, plan: &Plan) {
        let chat = self.origin.chat();
        for change in &plan.changes {
            let (Change::Resolve { number, .. }
            | Change::Cancel { number, .. }
            | Change::Release { number, .. }
            | Change::Resend { number, .. }) = change
            else {
                continue;
            };
            for old in self.context.questions.settled(chat, *number) {
                if Some(old) != self.origin.message() {
                    render::strip(self.client, chat, old).await;
                }
            }
        }
    }

    /// Not if it was pressed, or shows something else by now.
    async fn strip_old_card(&self, plan: &Plan, shown: Option<MessageId>) {
        let moved = self.stored.shown.is_none()
            || plan.changes.iter().any(|change| {
                matches!(
                    change,
                    Change::SaveSession { .. } | Change::DropSession { .. } | Change::Submit(_)
                )
            });
        let old = self.stored.card.map(MessageId);
        let old = old.filter(|card| moved && Some(*card) != self.origin.message());
        if let Some(card) = old.filter(|card| Some(*card) != shown) {
            render::strip(self.client, self.origin.chat(), card).await;
        }
    }
}
