//! One turn: an input goes through the dialogue, everything it changes is committed in one
//! transaction, and only then is anything shown. Nothing is ever shown that was not committed.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use teloxide::prelude::*;
use teloxide::types::{CallbackQueryId, MessageId};

use super::outbound::{self, Fault};
use super::storage::{Conversation, Row};
use super::{Context, deeds, menu};
use crate::dialogue::{Desk, Effect, Input, Press, Reply, Stamp, State, step, texts};
use crate::domain::{Number, Person, PersonId, Role};
use crate::probe::crash_point;
use crate::store::{StoreError, Tx};

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

/// What a turn works on until it is committed.
pub struct Turn<'a> {
    /// The shell.
    pub context: &'a Context,
    /// The one transaction.
    pub tx: Tx,
    /// What the dialogue may know.
    pub desk: Desk,
    /// Where the person stands.
    pub state: State,
    /// The draft's row.
    pub row: Option<Row>,
    /// The message that was pressed.
    pub pressed: Option<MessageId>,
    /// Whether the queue has something new.
    pub queued: bool,
    /// Whether an invitation changed, so that its author is to be told.
    pub changed: bool,
    /// Whether the draft's screen is a new one.
    saved: bool,
    /// Whether there was a draft that could not be kept.
    lost: bool,
    /// The message that showed an invitation until this turn gave it another one.
    pub left: Option<(Number, i32)>,
}

/// Takes one input from its transaction to the screen. An error before the commit leaves nothing
/// behind; after it, something that might still be shown was not.
pub async fn turn(
    bot: &Bot,
    context: &Arc<Context>,
    origin: Origin,
    conversation: Conversation,
    input: Input,
) -> anyhow::Result<()> {
    let me = origin.person.id;
    let now = Timestamp::now();
    let mut tx = context.store.begin().await?;
    if let Some(update) = origin.update
        && !tx.take(update, now).await?
    {
        return Ok(());
    }
    let old_card = conversation.row.and_then(|row| row.card).map(MessageId);
    let pressed = origin.pressed.as_ref().and_then(|pressed| pressed.message);
    let Some(mut turn) =
        Turn::begin(context, tx, now, &origin.person, conversation, pressed).await?
    else {
        turn_away(bot, &origin).await;
        return Ok(());
    };
    let mut effects = turn.take(input).await?;
    if turn.lost {
        effects.insert(0, Effect::Say(texts::draft_lost()));
    }
    // A status message belongs to the teller: what is shown there now comes below it.
    let place = match pressed {
        Some(message) if turn.tx.is_status_message(me, message.0).await? => None,
        other => other,
    };
    let Turn { tx, row, queued, changed, saved, left, .. } = turn;
    if queued {
        crash_point!("before T1");
    }
    #[cfg(feature = "seeded-bugs")]
    if crate::probe::bugs::seeded("told before committed")
        && let Some(pressed) = &origin.pressed
        && let [Effect::Toast(toast)] = effects.as_slice()
    {
        outbound::answer(bot, &pressed.query, Some(toast)).await;
    }
    tx.commit().await?;
    if queued {
        crash_point!("after T1");
        context.delivery.wake();
    }
    if changed {
        context.news.notify_one();
    }
    let mut screen =
        Screen { bot, context, me, pressed, place, row, saved, old_card, unshown: None };
    if let Some(pressed) = &origin.pressed {
        let toast = effects.iter().rev().find_map(|effect| match effect {
            Effect::Toast(text) => Some(text.as_str()),
            _ => None,
        });
        outbound::answer(bot, &pressed.query, toast).await;
    }
    for effect in &effects {
        match effect {
            // What would have been a toast, after something typed.
            Effect::Toast(text) if origin.pressed.is_none() => {
                screen.perform(&Effect::Say(texts::plain(text))).await;
            }
            effect => screen.perform(effect).await,
        }
    }
    if let Some((number, message)) = left {
        screen.leave(number, MessageId(message)).await;
    }
    screen.strip_old_card().await;
    match screen.unshown {
        Some(fault) => Err(fault.into()),
        None => Ok(()),
    }
}

/// Revoked since the router looked.
async fn turn_away(bot: &Bot, Origin { person, update, pressed }: &Origin) {
    let chat = ChatId(person.id.get());
    match pressed {
        Some(pressed) => {
            outbound::answer(bot, &pressed.query, Some(texts::STRANGER_TOAST)).await;
        }
        None if update.is_some() => {
            drop(outbound::say(bot, chat, &texts::stranger(), None).await);
        }
        None => {}
    }
}

/// Everybody on the list, with the names known: admins by configuration first.
pub async fn everybody(context: &Context) -> Result<Vec<(PersonId, Role)>, StoreError> {
    let mut tx = context.store.begin().await?;
    let listed = deeds::everybody(&mut tx, context).await?;
    Ok(listed.into_iter().map(|(person, role)| (person.id, role)).collect())
}

impl<'a> Turn<'a> {
    /// Looks at the list once more, in the transaction; `None`: not on it.
    async fn begin(
        context: &'a Context,
        mut tx: Tx,
        now: Timestamp,
        person: &Person,
        conversation: Conversation,
        pressed: Option<MessageId>,
    ) -> Result<Option<Self>, StoreError> {
        let fixed = context.fixed_admins.contains(&person.id);
        if fixed {
            tx.meet(person.id, person.name.as_deref().unwrap_or_default(), now).await?;
        }
        let Some(listed) = tx.listed(person.id).await? else { return Ok(None) };
        let role = match (fixed, listed.role) {
            (true, _) => Role::Admin,
            (false, Some(role)) => role,
            (false, None) => return Ok(None),
        };
        if listed.person.name.is_none() {
            tx.meet(person.id, person.name.as_deref().unwrap_or_default(), now).await?;
        }
        let name = listed.person.name.or_else(|| person.name.clone());
        let admin = deeds::admin(&mut tx, context, person.id).await?;
        let pauses = context.store.pauses().await?;
        let outages = context.store.outages().await?;
        let Conversation { state, row, lost } = conversation;
        let desk = Desk {
            me: Person { id: person.id, name },
            role,
            admin,
            fixed_admins: context.fixed_admins.clone(),
            providers: context.delivery.enabled(),
            paused: pauses.into_iter().map(|pause| pause.provider).collect(),
            outages: outages.into_iter().map(|outage| (outage.provider, outage.until)).collect(),
            office: context.office.clone(),
            last_office: listed.office,
            draft: row.map(|row| (row.stamp, row.shown_at)),
            now,
            zone: context.zone.clone(),
        };
        let mut turn = Self {
            context,
            tx,
            desk,
            state,
            row,
            pressed,
            queued: false,
            changed: false,
            saved: false,
            lost,
            left: None,
        };
        if lost {
            turn.store(State::Idle).await?;
        }
        Ok(Some(turn))
    }

    /// Steps until nothing is left to do; what is left to show comes back.
    async fn take(&mut self, input: Input) -> Result<Vec<Effect>, StoreError> {
        let mut inputs = VecDeque::from([input]);
        let mut effects = Vec::new();
        while let Some(input) = inputs.pop_front() {
            let next = step(&self.desk, &self.state, input);
            if let Some(state) = next.state
                && !self.store(state).await?
            {
                return Ok(vec![Effect::Toast(texts::STALE.to_owned())]);
            }
            for effect in next.effects {
                match effect {
                    Effect::Do(deed) => inputs.push_back(Input::Found(self.perform(deed).await?)),
                    shown => effects.push(shown),
                }
            }
        }
        Ok(effects)
    }

    /// Stores a state; `false`: the draft is another one by now.
    pub async fn store(&mut self, state: State) -> Result<bool, StoreError> {
        let me = self.desk.me.id;
        let expected = self.row.map(|Row { stamp, .. }| (stamp.draft, stamp.revision));
        if state == State::Idle {
            if let Some(expected) = expected
                && !self.tx.drop_draft(me, expected).await?
            {
                return Ok(false);
            }
            self.forget_draft();
            return Ok(true);
        }
        let Ok(body) = serde_json::to_string(&state) else { return Ok(false) };
        let now = self.desk.now;
        let saved = self.tx.save_draft(me, expected, State::VERSION, &body, now).await?;
        let Some((draft, revision)) = saved else { return Ok(false) };
        let stamp = Stamp { draft, revision };
        let card = self.row.and_then(|row| row.card);
        self.row = Some(Row { stamp, shown_at: now, card });
        self.desk.draft = Some((stamp, now));
        self.state = state;
        self.saved = true;
        Ok(true)
    }

    /// The draft's row is gone.
    pub fn forget_draft(&mut self) {
        self.row = None;
        self.desk.draft = None;
        self.state = State::Idle;
    }
}

/// What is shown after the commit.
struct Screen<'a> {
    bot: &'a Bot,
    context: &'a Context,
    me: PersonId,
    pressed: Option<MessageId>,
    /// Where a screen is shown; `None`: in a new message.
    place: Option<MessageId>,
    row: Option<Row>,
    saved: bool,
    /// The message that showed the draft until now, and keeps its buttons unless it shows it
    /// again.
    old_card: Option<MessageId>,
    /// Why something was not shown that might be shown later.
    unshown: Option<Fault>,
}

impl Screen<'_> {
    async fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::Show(reply) => self.show(reply, self.place).await,
            Effect::Say(reply) => self.show(reply, None).await,
            Effect::Tell(person, reply) => {
                let chat = ChatId(person.get());
                if let Err(fault) = outbound::say(self.bot, chat, reply, None).await {
                    tracing::info!(person = person.get(), %fault, "a person was not told");
                }
            }
            Effect::Publish(person, role) => menu::publish(self.bot, *person, *role).await,
            Effect::Toast(_) | Effect::Do(_) => {}
        }
    }

    async fn show(&mut self, reply: &Reply, place: Option<MessageId>) {
        let chat = ChatId(self.me.get());
        let stamp = self.row.map(|row| row.stamp);
        let replaced = match place {
            Some(message) => {
                outbound::replace(self.bot, chat, message, reply, stamp).await.map(|()| message)
            }
            None => Err(Fault::Gone),
        };
        let shown = match replaced {
            Err(Fault::Gone) => outbound::say(self.bot, chat, reply, stamp).await,
            result => result,
        };
        match shown {
            Ok(message) => self.remember_card(reply, message).await,
            Err(fault) => {
                tracing::warn!(person = self.me.get(), %fault, "a screen was not shown");
                self.unshown = Some(fault).filter(Fault::passes);
            }
        }
    }

    /// A message that showed an invitation says that another one does now.
    async fn leave(&self, number: Number, message: MessageId) {
        let chat = ChatId(self.me.get());
        let reply = texts::continued(number);
        if let Err(fault) = outbound::replace(self.bot, chat, message, &reply, None).await {
            tracing::debug!(number = number.0, %fault, "an old status message was left as it is");
        }
    }

    /// The message shows the draft now, if it has the draft's buttons and the draft moved.
    async fn remember_card(&mut self, reply: &Reply, message: MessageId) {
        if self.old_card == Some(message) {
            self.old_card = None;
        }
        let is_card =
            reply.rows.iter().flatten().any(|button| matches!(button.press, Press::Draft(_)));
        if let (true, true, Some(row)) = (is_card, self.saved, self.row) {
            let noted = self.context.store.set_card(self.me, row.stamp.draft, message.0).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "the card of a draft was not noted");
            }
        }
    }

    /// A card that is no longer the present one loses its buttons, unless it was pressed: then
    /// it shows something else by now, or the teller writes on it.
    async fn strip_old_card(&self) {
        let moved = self.saved || self.row.is_none();
        if let Some(card) = self.old_card.filter(|card| moved && Some(*card) != self.pressed) {
            outbound::strip(self.bot, ChatId(self.me.get()), card).await;
        }
    }
}
