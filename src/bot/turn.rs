//! One turn: an input goes through the dialogue, everything it changes is committed in one
//! transaction, and only then is anything shown. Nothing is ever shown that was not committed.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use teloxide::prelude::*;
use teloxide::types::{CallbackQueryId, MessageId};

use super::line::Line;
use super::outbound;
use super::screen::{Screen, is_of_a_draft};
use super::storage::{Conversation, Row};
use super::{Context, deeds};
use crate::dialogue::{Desk, Effect, Input, Stamp, State, step, texts};
use crate::domain::{Inn, Lookup, Number, Person, PersonId, Role};
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
    /// Whether another person is to be told something.
    told: bool,
    /// The message that showed an invitation until this turn gave it another one.
    pub left: Option<(Number, i32)>,
}

/// Takes one input from its transaction to the screen. An error before the commit leaves nothing
/// behind; after it, something was not shown that is kept or can be made anew.
///
/// An ИНН that is to be looked up ends the transaction, and what was looked up begins it anew: no
/// directory is waited for while it lives, and a crash meanwhile leaves the update to the next
/// start.
pub async fn turn(
    line: &Line,
    context: &Arc<Context>,
    origin: Origin,
    conversation: Conversation,
    input: Input,
) -> anyhow::Result<()> {
    let mut known = None;
    loop {
        let (conversation, input) = (conversation.clone(), input.clone());
        let Some(inn) = attempt(line, context, &origin, conversation, input, known).await? else {
            return Ok(());
        };
        let found = tokio::select! {
            found = context.directory.find(&inn) => found,
            never = outbound::types(line, ChatId(origin.person.id.get())) => match never {},
        };
        known = Some((inn, found));
    }
}

/// The whole turn with what is known, or the ИНН that is to be looked up before anything is done.
async fn attempt(
    line: &Line,
    context: &Arc<Context>,
    origin: &Origin,
    conversation: Conversation,
    input: Input,
    known: Option<(Inn, Lookup)>,
) -> anyhow::Result<Option<Inn>> {
    let me = origin.person.id;
    let now = Timestamp::now();
    let mut tx = context.store.begin().await?;
    if let Some(update) = origin.update
        && !tx.take(update, now).await?
    {
        return Ok(None);
    }
    let old_card = conversation.row.and_then(|row| row.card).map(MessageId);
    let pressed = origin.pressed.as_ref().and_then(|pressed| pressed.message);
    let Some(mut turn) =
        Turn::begin(context, tx, now, &origin.person, conversation, pressed).await?
    else {
        turn_away(line, origin).await;
        return Ok(None);
    };
    turn.desk.known = known;
    let mut effects = match turn.take(input).await? {
        Taken::Whole(effects) => effects,
        Taken::Unknown(inn) => return Ok(Some(inn)),
    };
    if turn.lost {
        effects.insert(0, Effect::Say(texts::draft_lost()));
    }
    // A status message belongs to the teller: what is shown there now comes below it.
    let place = match pressed {
        Some(message) if turn.tx.is_status_message(me, message.0).await? => None,
        other => other,
    };
    if origin.pressed.is_none() {
        // What would have been a toast, after something typed.
        for effect in &mut effects {
            if let Effect::Toast(text) = effect {
                *effect = Effect::Say(texts::plain(text));
            }
        }
    }
    let mut kept = Vec::with_capacity(effects.len());
    for effect in &effects {
        kept.push(turn.keep(effect, origin.update).await?);
    }
    let Turn { tx, row, queued, changed, saved, left, told, .. } = turn;
    #[cfg(feature = "seeded-bugs")]
    if crate::probe::bugs::seeded("told before committed")
        && let Some(pressed) = &origin.pressed
        && let [Effect::Toast(toast)] = effects.as_slice()
    {
        outbound::answer(line, ChatId(me.get()), &pressed.query, Some(toast)).await;
    }
    if queued {
        crash_point!("before T1");
    }
    tx.commit().await?;
    if queued {
        crash_point!("after T1");
        context.delivery.wake();
    }
    if changed {
        context.news.notify_one();
    }
    let mut screen = Screen { line, context, me, pressed, place, row, saved, old_card };
    if let Some(pressed) = &origin.pressed {
        let toast = effects.iter().rev().find_map(|effect| match effect {
            Effect::Toast(text) => Some(text.as_str()),
            _ => None,
        });
        outbound::answer(line, ChatId(me.get()), &pressed.query, toast).await;
    }
    let shown = screen.show_all(&effects, &kept, origin.update.is_none()).await;
    if told || shown.is_err() {
        context.kept.notify_one();
    }
    shown?;
    if let Some((number, message)) = left {
        screen.leave(number, MessageId(message)).await;
    }
    screen.strip_old_card().await;
    Ok(None)
}

/// What came of an input.
enum Taken {
    /// All that is to be shown.
    Whole(Vec<Effect>),
    /// Nothing, for this ИНН is to be looked up first.
    Unknown(Inn),
}

/// Revoked since the router looked.
async fn turn_away(line: &Line, Origin { person, update, pressed }: &Origin) {
    let chat = ChatId(person.id.get());
    match pressed {
        Some(pressed) => {
            outbound::answer(line, chat, &pressed.query, Some(texts::STRANGER_TOAST)).await;
        }
        None if update.is_some() => {
            drop(outbound::say(line, chat, &texts::stranger(), None).await);
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
        let rival = context.store.rival().await?.is_some();
        let embargo = context.store.embargo().await?;
        let Conversation { state, row, lost } = conversation;
        let desk = Desk {
            me: Person { id: person.id, name },
            role,
            admin,
            fixed_admins: context.fixed_admins.clone(),
            providers: context.delivery.enabled(),
            paused: pauses.into_iter().map(|pause| pause.provider).collect(),
            outages: outages.into_iter().map(|outage| (outage.provider, outage.until)).collect(),
            rival,
            embargo,
            office: context.office.clone(),
            last_office: listed.office,
            directory: context.directory.is_on(),
            known: None,
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
            told: false,
            left: None,
        };
        if lost {
            turn.store(State::Idle).await?;
        }
        Ok(Some(turn))
    }

    /// Steps until nothing is left to do; what is left to show comes back.
    async fn take(&mut self, input: Input) -> Result<Taken, StoreError> {
        let mut inputs = VecDeque::from([input]);
        let mut effects = Vec::new();
        while let Some(input) = inputs.pop_front() {
            let next = step(&self.desk, &self.state, input);
            if let Some(state) = next.state
                && !self.store(state).await?
            {
                return Ok(Taken::Whole(vec![Effect::Toast(texts::STALE.to_owned())]));
            }
            for effect in next.effects {
                match effect {
                    Effect::LookUp(inn) => return Ok(Taken::Unknown(inn)),
                    Effect::Do(deed) => inputs.push_back(Input::Found(self.perform(deed).await?)),
                    shown => effects.push(shown),
                }
            }
        }
        Ok(Taken::Whole(effects))
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

    /// Keeps what is to be said until it is, so that it is said at last whatever becomes of
    /// Telegram or the program; the id of what is to be shown here and now. The screens of a draft
    /// are not kept: they are made anew from the draft as it is then.
    async fn keep(
        &mut self,
        effect: &Effect,
        update: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let (person, reply, answers) = match effect {
            Effect::Tell(person, reply) => (*person, reply, None),
            Effect::Show(reply) | Effect::Say(reply) if !is_of_a_draft(reply) => {
                (self.desk.me.id, reply, update)
            }
            _ => return Ok(None),
        };
        let Ok(letter) = outbound::letter(person, reply) else { return Ok(None) };
        let id = self.tx.keep(person, answers, &letter, self.desk.now).await?;
        match effect {
            Effect::Tell(..) => {
                self.told = true;
                Ok(None)
            }
            _ => Ok(Some(id)),
        }
    }

    /// The draft's row is gone.
    pub fn forget_draft(&mut self) {
        self.row = None;
        self.desk.draft = None;
        self.state = State::Idle;
    }
}
