//! What is shown after the commit: the replies of a turn, in the chat of the person who speaks.

use teloxide::types::{ChatId, MessageId};

use super::line::{Fault, Line};
use super::storage::Row;
use super::{Context, menu, outbound};
use crate::dialogue::{Effect, Press, Reply, texts};
use crate::domain::{Number, PersonId};

/// What is shown after the commit.
pub struct Screen<'a> {
    /// Where to.
    pub line: &'a Line,
    /// The shell.
    pub context: &'a Context,
    /// Who sees it.
    pub me: PersonId,
    /// The message that was pressed.
    pub pressed: Option<MessageId>,
    /// Where a screen is shown; `None`: in a new message.
    pub place: Option<MessageId>,
    /// The draft's row.
    pub row: Option<Row>,
    /// Whether the draft's screen is a new one.
    pub saved: bool,
    /// The message that showed the draft until now, and keeps its buttons unless it shows it
    /// again.
    pub old_card: Option<MessageId>,
}

/// Whether a screen has buttons of a draft.
pub fn is_of_a_draft(reply: &Reply) -> bool {
    reply.rows.iter().flatten().any(|button| matches!(button.press, Press::Draft(_)))
}

impl Screen<'_> {
    /// Shows what is to be shown here, in order, up to the first that Telegram may take later: the
    /// rest stays kept. `forget`: what was shown is not kept for an update, with which it would go.
    pub async fn show_all(
        &mut self,
        effects: &[Effect],
        kept: &[Option<i64>],
        forget: bool,
    ) -> anyhow::Result<()> {
        let mut shown = Ok(());
        let mut said = Vec::new();
        for (effect, kept) in effects.iter().zip(kept) {
            match effect {
                Effect::Show(_) | Effect::Say(_) if shown.is_err() => {}
                Effect::Show(reply) => shown = self.show(reply, self.place).await,
                Effect::Say(reply) => shown = self.show(reply, None).await,
                Effect::Publish(person, role) => {
                    let published = menu::publish(self.line, *person, *role);
                    drop(tokio::time::timeout(outbound::COSMETIC, published).await);
                }
                Effect::Toast(_) | Effect::Tell(..) | Effect::Do(_) | Effect::LookUp(_) => {}
            }
            said.extend(kept.filter(|_| shown.is_ok()));
        }
        if forget || shown.is_err() {
            for id in said {
                self.context.store.said(id).await?;
            }
        }
        Ok(shown?)
    }

    /// Shows one reply; an error is a fault that passes.
    async fn show(&mut self, reply: &Reply, place: Option<MessageId>) -> Result<(), Fault> {
        let chat = ChatId(self.me.get());
        let stamp = self.row.map(|row| row.stamp);
        match outbound::show(self.line, chat, place, reply, stamp).await {
            Ok(message) => self.remember_card(reply, message).await,
            Err(fault) => {
                tracing::warn!(person = self.me.get(), %fault, "a screen was not shown");
                if fault.passes() {
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    /// A message that showed an invitation says that another one does now.
    pub async fn leave(&self, number: Number, message: MessageId) {
        let chat = ChatId(self.me.get());
        let reply = texts::continued(number);
        if let Err(fault) = outbound::replace(self.line, chat, message, &reply, None).await {
            tracing::debug!(number = number.0, %fault, "an old status message was left as it is");
        }
    }

    /// The message shows the draft now, if it has the draft's buttons and the draft moved.
    async fn remember_card(&mut self, reply: &Reply, message: MessageId) {
        if self.old_card == Some(message) {
            self.old_card = None;
        }
        if let (true, true, Some(row)) = (is_of_a_draft(reply), self.saved, self.row) {
            let noted = self.context.store.set_card(self.me, row.stamp.draft, message.0).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "the card of a draft was not noted");
            }
        }
    }

    /// A card that is no longer the present one loses its buttons, unless it was pressed: then
    /// it shows something else by now, or the teller writes on it.
    pub async fn strip_old_card(&self) {
        let moved = self.saved || self.row.is_none();
        if let Some(card) = self.old_card.filter(|card| moved && Some(*card) != self.pressed) {
            outbound::strip(self.line, ChatId(self.me.get()), card).await;
        }
    }
}
