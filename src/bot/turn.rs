//! One turn: a handler decides on what was read, everything it changes is written at once, and only
//! then is anything shown.

use std::sync::Arc;

use jiff::Timestamp;
use teloxide::prelude::*;
use teloxide::types::{CallbackQueryId, MessageId};

use super::client::{TelegramClient, TelegramError};
use super::{Context, menu, render};
use crate::dialogue::facts::Holds;
use crate::dialogue::session::DraftRevision;
use crate::domain::{Inn, Lookup, Number, Person, Viewer};
use crate::handlers::{Input, Letter, Outcome, Plan, Shown, Stored, Toast, Turn, handle, load};
use crate::probe::crash_point;
use crate::screens::{self, Screen, home};
use crate::store::{Applied, Change, Refusal, Refused, StoreError};

/// Where an input came from.
#[derive(Debug)]
pub struct Origin {
    /// Who speaks, as Telegram names the person.
    pub person: Person,
    /// The update that this turn is the effect of; `None`: it is the bot's own doing.
    pub update: Option<i64>,
    /// The press, if it was one.
    pub pressed: Option<Pressed>,
}

/// A press of a button.
#[derive(Debug)]
pub struct Pressed {
    /// To be answered, always.
    pub query: CallbackQueryId,
    /// The message with the button.
    pub message: Option<MessageId>,
}

impl Origin {
    fn chat(&self) -> ChatId {
        ChatId(self.person.id.get())
    }

    fn message(&self) -> Option<MessageId> {
        self.pressed.as_ref().and_then(|pressed| pressed.message)
    }
}

/// What a turn has decided, and what it needs to show it.
struct Decision {
    plan: Plan,
    viewer: Viewer,
    /// Where a screen is shown; `None`: in a new message.
    place: Option<MessageId>,
    now: Timestamp,
}

enum Decided {
    Yes(Box<Decision>),
    /// This ИНН is to be looked up first.
    LookUp(Inn),
    /// The person is not on the list any more.
    TurnedAway,
}

/// Takes one input from what is read to the screen. An error before something is written leaves
/// nothing behind; after it, something was not shown that is kept or can be made anew.
///
/// What a directory says is asked for outside of every transaction, and the input taken anew with
/// it. What was overtaken before it was written is decided once more on fresh facts.
pub async fn turn(
    client: &TelegramClient,
    context: &Arc<Context>,
    origin: Origin,
    mut stored: Stored,
    input: Input,
) -> anyhow::Result<()> {
    let mut organisation = None;
    let mut decided_anew = false;
    loop {
        let decision = match decide(context, &origin, &stored, &input, organisation.clone()).await?
        {
            Decided::Yes(decision) => decision,
            Decided::LookUp(inn) => {
                let found = tokio::select! {
                    found = context.directory.find(&inn) => found,
                    never = render::types(client, origin.chat()) => match never {},
                };
                organisation = Some((inn, found));
                continue;
            }
            Decided::TurnedAway => {
                turn_away(client, &origin).await;
                return Ok(());
            }
        };
        match write(client, context, &origin, &decision).await {
            Ok(applied) => {
                return Shower { client, context, origin: &origin, stored: &stored, applied }
                    .show(*decision)
                    .await;
            }
            Err(Refused::Overtaken(Refusal::Update)) => return Ok(()),
            Err(Refused::Overtaken(_)) if !decided_anew => decided_anew = true,
            Err(Refused::Overtaken(Refusal::Role)) => {
                turn_away(client, &origin).await;
                return Ok(());
            }
            Err(Refused::Overtaken(_)) => {
                let plan =
                    Plan { toast: Some(Toast::Text(screens::STALE.into())), ..Plan::default() };
                let decision = Decision { plan, ..*decision };
                let applied = match write(client, context, &origin, &decision).await {
                    Err(Refused::Overtaken(_)) => return Ok(()),
                    written => written?,
                };
                return Shower { client, context, origin: &origin, stored: &stored, applied }
                    .show(decision)
                    .await;
            }
            Err(Refused::Store(error)) => return Err(error.into()),
        }
        stored = read_stored(context, &origin.person).await?;
    }
}

/// Where a person stands now.
pub async fn read_stored(context: &Context, person: &Person) -> Result<Stored, StoreError> {
    let stored = context.store.draft(person.id).await?;
    Ok(stored.map(|stored| Stored::read(&stored, Timestamp::now())).unwrap_or_default())
}

async fn decide(
    context: &Arc<Context>,
    origin: &Origin,
    stored: &Stored,
    input: &Input,
    organisation: Option<(Inn, Lookup)>,
) -> Result<Decided, StoreError> {
    let now = Timestamp::now();
    let holds = holds(context).await?;
    let mut reader = context.store.reader().await?;
    let (setup, zone) = (&context.setup, &context.zone);
    let loaded = load(&mut reader, setup, zone, &origin.person, holds, stored, now).await?;
    let Some((mut facts, mut changes)) = loaded else { return Ok(Decided::TurnedAway) };
    facts.known.organisation = organisation;
    if stored.lost
        && let Some((of, _)) = facts.shown.take()
    {
        let was = (of.draft, of.revision);
        changes.push(Change::DropSession { person: origin.person.id, was });
    }
    let viewer = facts.viewer.clone();
    let message = origin.message();
    // A status message belongs to the teller: what is shown there now comes below it.
    let place = match message {
        Some(message) if reader.is_status_message(viewer.me.id, message.0).await? => None,
        other => other,
    };
    let pressed = message.map(|message| message.0);
    let mut turn = Turn { facts, session: &stored.session, reader: &mut reader, pressed };
    let mut plan = match handle(&mut turn, input.clone()).await? {
        Outcome::Done(plan) => plan,
        Outcome::LookUp(inn) => return Ok(Decided::LookUp(inn)),
    };
    if stored.lost {
        plan.shown.insert(0, Shown::Below(Letter::Screen(home::draft_lost())));
    }
    // What would have been a toast, after something typed.
    if origin.pressed.is_none()
        && let Some(Toast::Text(text)) = plan.toast.take()
    {
        plan.shown.push(Shown::Below(Letter::Screen(screens::plain(&text))));
    }
    changes.append(&mut plan.changes);
    plan.changes = changes;
    Ok(Decided::Yes(Box::new(Decision { plan, viewer, place, now })))
}

/// Why nothing is sent now.
async fn holds(context: &Context) -> Result<Holds, StoreError> {
    let store = &context.store;
    let outages = store.outages().await?.into_iter();
    Ok(Holds {
        paused: store.pauses().await?.into_iter().map(|pause| pause.provider).collect(),
        outages: outages.map(|outage| (outage.provider, outage.until)).collect(),
        rival: store.rival().await?.is_some(),
        embargo: store.embargo().await?,
    })
}

/// Writes what was decided, with the mark of the update and with what is to be said, so that it is
/// said at last whatever becomes of Telegram or the program. The screens of a draft are not kept:
/// they are drawn anew from the draft as it is then.
async fn write(
    client: &TelegramClient,
    context: &Context,
    origin: &Origin,
    Decision { plan, now, .. }: &Decision,
) -> Result<Applied, Refused> {
    let me = origin.person.id;
    let mut changes: Vec<Change> = origin.update.map(Change::TakeUpdate).into_iter().collect();
    changes.extend(plan.changes.iter().cloned());
    let own = plan.shown.iter().map(Shown::letter).filter(|letter| !letter.is_of_a_draft());
    let own = own.map(|letter| (me, origin.update, letter));
    let others = plan.told.iter().map(|(person, letter)| (*person, None, letter));
    for (person, answers, letter) in own.chain(others) {
        if let Ok(body) = serde_json::to_string(letter) {
            changes.push(Change::Enqueue { person, answers, body });
        }
    }
    #[cfg(feature = "seeded-bugs")]
    if crate::probe::bugs::seeded("told before committed")
        && let Some(pressed) = &origin.pressed
        && let (Some(Toast::Text(toast)), true) = (&plan.toast, plan.shown.is_empty())
    {
        render::answer(client, origin.chat(), &pressed.query, Some(toast)).await;
    }
    #[cfg(not(feature = "seeded-bugs"))]
    let _ = client;
    if plan.queues() {
        crash_point!("before T1");
    }
    let applied = context.store.apply(me, *now, &changes).await?;
    if plan.queues() {
        crash_point!("after T1");
        context.delivery.wake();
    }
    context.news.notify_one();
    Ok(applied)
}

/// Revoked since the router looked.
async fn turn_away(client: &TelegramClient, origin: &Origin) {
    match &origin.pressed {
        Some(pressed) => {
            let toast = Some(screens::STRANGER_TOAST);
            render::answer(client, origin.chat(), &pressed.query, toast).await;
        }
        None if origin.update.is_some() => {
            drop(render::say(client, origin.chat(), &home::stranger(), None).await);
        }
        None => {}
    }
}

/// Shows what came of a turn in the chat of the person who speaks.
struct Shower<'a> {
    client: &'a TelegramClient,
    context: &'a Arc<Context>,
    origin: &'a Origin,
    /// Where the person stood before.
    stored: &'a Stored,
    applied: Applied,
}

impl Shower<'_> {
    async fn show(&self, decision: Decision) -> anyhow::Result<()> {
        let Decision { plan, viewer, place, .. } = decision;
        if let Some(pressed) = &self.origin.pressed {
            let toast = match (&plan.toast, self.applied.submitted) {
                (Some(Toast::Text(text)), _) => Some(text.clone()),
                (Some(Toast::Submitted), Some(number)) => {
                    Some(screens::draft::sending_toast(number))
                }
                _ => None,
            };
            let chat = self.origin.chat();
            render::answer(self.client, chat, &pressed.query, toast.as_deref()).await;
        }
        let shown = self.show_all(&plan, &viewer, place).await;
        if !plan.told.is_empty() || shown.is_err() {
            self.context.news.notify_one();
        }
        let shows_draft = shown?;
        for (person, role) in &plan.menus {
            let published = menu::publish(self.client, *person, *role);
            drop(tokio::time::timeout(render::COSMETIC, published).await);
        }
        if let Some((number, message)) = plan.left {
            self.leave(number, MessageId(message)).await;
        }
        self.strip_old_card(&plan, shows_draft).await;
        Ok(())
    }

    /// Shows what is to be shown here, in order, up to the first that Telegram may take later: the
    /// rest stays kept. Which message shows the draft now.
    async fn show_all(
        &self,
        plan: &Plan,
        viewer: &Viewer,
        place: Option<MessageId>,
    ) -> anyhow::Result<Option<MessageId>> {
        let mut kept = self.applied.enqueued.iter();
        let (mut said, mut failed, mut shows_draft) = (Vec::new(), None, None);
        for shown in &plan.shown {
            let letter = shown.letter();
            let kept = if letter.is_of_a_draft() { None } else { kept.next() };
            let place = match shown {
                Shown::Here(_) => place,
                Shown::Below(_) => None,
            };
            match self.show_one(letter, viewer, place).await {
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
        // What answers an update goes with it.
        if self.origin.update.is_none() || failed.is_some() {
            for id in said {
                self.context.store.said(id).await?;
            }
        }
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(shows_draft),
        }
    }

    /// Shows one message; which one it is, if it shows the draft. An error is a fault that passes.
    async fn show_one(
        &self,
        letter: &Letter,
        viewer: &Viewer,
        place: Option<MessageId>,
    ) -> Result<Option<MessageId>, TelegramError> {
        let Some(screen) = render::draw(self.context, viewer, letter).await? else {
            return Ok(None);
        };
        let revision = self.revision();
        match render::show(self.client, self.origin.chat(), place, &screen, revision).await {
            Ok(message) => {
                self.remember_card(&screen, message).await;
                Ok(Some(message))
            }
            Err(error) => {
                tracing::warn!(person = viewer.me.id.get(), %error, "a screen was not shown");
                if error.passes() { Err(error) } else { Ok(None) }
            }
        }
    }

    /// The draft's revision now.
    fn revision(&self) -> Option<DraftRevision> {
        let saved = self.applied.draft.map(|(draft, revision)| DraftRevision { draft, revision });
        saved.or(self.stored.shown.map(|(revision, _)| revision))
    }

    /// The message shows the draft now, if it has the draft's buttons and the draft moved.
    async fn remember_card(&self, screen: &Screen, message: MessageId) {
        if let (true, Some((draft, _))) = (screen.is_of_a_draft(), self.applied.draft) {
            let me = self.origin.person.id;
            if let Err(error) = self.context.store.set_card(me, draft, message.0).await {
                tracing::warn!(%error, "the card of a draft was not noted");
            }
        }
    }

    /// A message that showed an invitation says that another one does now.
    async fn leave(&self, number: Number, message: MessageId) {
        let screen = screens::status::continued(number);
        let chat = self.origin.chat();
        if let Err(error) = render::replace(self.client, chat, message, &screen, None).await {
            tracing::debug!(number = number.0, %error, "an old status message was left as it is");
        }
    }

    /// A card that is no longer the present one loses its buttons, unless it was pressed, or shows
    /// something else by now.
    async fn strip_old_card(&self, plan: &Plan, shown: Option<MessageId>) {
        let moved = self.stored.shown.is_none()
            || plan.changes.iter().any(|change| {
                matches!(
                    change,
                    Change::SaveSession { .. } | Change::DropSession { .. } | Change::Submit { .. }
                )
            });
        let old = self.stored.card.map(MessageId);
        let old = old.filter(|card| moved && Some(*card) != self.origin.message());
        if let Some(card) = old.filter(|card| Some(*card) != shown) {
            render::strip(self.client, self.origin.chat(), card).await;
        }
    }
}
