//! One turn: a handler decides on what was read, everything it changes is written at once, and only
//! then is anything shown.

use std::sync::Arc;

use jiff::Timestamp;
use teloxide::types::MessageId;

use super::client::TelegramClient;
use super::show::Presenter;
pub use super::show::{Origin, Pressed};
use super::{Context, render};
use crate::domain::{Inn, Lookup, Viewer};
use crate::handlers::{
    Input, Outcome, OutgoingMessage, Placement, Plan, Stored, Toast, Turn, handle, load,
};
use crate::probe::crash_point;
use crate::screens::{self, home};
use crate::store::{Actor, Applied, Change, PersonFacts, Refusal, StoreError};

struct Decision {
    plan: Plan,
    viewer: Viewer,
    /// `None`: a new message.
    place: Option<MessageId>,
    now: Timestamp,
}

enum Decided {
    Yes(Box<Decision>),
    LookUp(Inn),
    TurnedAway,
}

/// An error before the write leaves nothing behind; after it, what was not shown is shown later.
/// Directories are asked outside of every transaction, and the input is then taken anew.
pub async fn turn(
    client: &TelegramClient,
    context: &Arc<Context>,
    origin: Origin,
    mut known: PersonFacts,
    input: Input,
) -> anyhow::Result<()> {
    let mut organisation = None;
    let mut decided_anew = false;
    loop {
        let stored = Stored::of(known.draft.as_ref(), Timestamp::now());
        let decision =
            match decide(context, &origin, &known, &stored, &input, organisation.clone()).await? {
                Decided::Yes(decision) => decision,
                Decided::LookUp(inn) => {
                    let found = tokio::select! {
                        found = context.directory.find(&inn) => found,
                        never = render::show_typing(client, origin.chat()) => match never {},
                    };
                    organisation = Some((inn, found));
                    known = context.facts(origin.person.id).await?;
                    continue;
                }
                Decided::TurnedAway => {
                    turn_away(client, &origin).await;
                    return Ok(());
                }
            };
        match write(context, &origin, &decision).await {
            Ok(applied) => {
                return Presenter { client, context, origin: &origin, stored: &stored, applied }
                    .show(decision.plan, &decision.viewer, decision.place)
                    .await;
            }
            Err(StoreError::Overtaken(Refusal::Update)) => return Ok(()),
            Err(StoreError::Overtaken(_)) if !decided_anew => decided_anew = true,
            Err(StoreError::Overtaken(Refusal::Role)) => {
                turn_away(client, &origin).await;
                return Ok(());
            }
            Err(StoreError::Overtaken(_)) if origin.update.is_none() => return Ok(()),
            Err(StoreError::Overtaken(_)) => {
                let plan =
                    Plan { toast: Some(Toast::Text(screens::STALE.into())), ..Plan::default() };
                let decision = Decision { plan: toast_as_message(&origin, plan), ..*decision };
                let applied = match write(context, &origin, &decision).await {
                    Err(StoreError::Overtaken(_)) => return Ok(()),
                    written => written?,
                };
                return Presenter { client, context, origin: &origin, stored: &stored, applied }
                    .show(decision.plan, &decision.viewer, decision.place)
                    .await;
            }
            Err(error) => return Err(error.into()),
        }
        known = context.facts(origin.person.id).await?;
    }
}

async fn decide(
    context: &Arc<Context>,
    origin: &Origin,
    known: &PersonFacts,
    stored: &Stored,
    input: &Input,
    organisation: Option<(Inn, Lookup)>,
) -> Result<Decided, StoreError> {
    let now = Timestamp::now();
    let mut reader = context.store.reader();
    let (setup, zone) = (&context.setup, &context.zone);
    let loaded = load(known, setup, zone, &origin.person, stored, now);
    let Some((mut facts, mut changes)) = loaded else { return Ok(Decided::TurnedAway) };
    facts.looked_up.organisation = organisation;
    if stored.lost
        && let Some((was, _)) = facts.shown.take()
    {
        changes.push(Change::DropSession { person: origin.person.id, was });
    }
    let viewer = facts.viewer.clone();
    let message = origin.message();
    // Only the outbox edits a status message: what is shown there comes below it.
    let place = match message {
        Some(message)
            if stored.card != Some(message.0)
                && reader.is_status_message(viewer.me.id, message.0).await? =>
        {
            None
        }
        other => other,
    };
    let pressed = message.map(|message| message.0);
    let mut turn = Turn { facts, session: &stored.session, reader: &mut reader, pressed };
    let mut plan = match handle(&mut turn, input.clone()).await? {
        Outcome::Done(plan) => plan,
        Outcome::LookUp(inn) => return Ok(Decided::LookUp(inn)),
    };
    if stored.lost {
        plan.shown.insert(0, Placement::Below(OutgoingMessage::Screen(home::draft_lost())));
    }
    let mut plan = toast_as_message(origin, plan);
    changes.append(&mut plan.changes);
    plan.changes = changes;
    Ok(Decided::Yes(Box::new(Decision { plan, viewer, place, now })))
}

/// There is no toast without a press, so it becomes a message.
fn toast_as_message(origin: &Origin, mut plan: Plan) -> Plan {
    if origin.pressed.is_none()
        && let Some(Toast::Text(text)) = plan.toast.take()
    {
        plan.shown.push(Placement::Below(OutgoingMessage::Screen(screens::plain(&text))));
    }
    plan
}

/// Writes also what is to be said, so that it is not lost; a draft's screens are drawn anew
/// instead.
async fn write(
    context: &Context,
    origin: &Origin,
    Decision { plan, now, .. }: &Decision,
) -> Result<Applied, StoreError> {
    let me = origin.person.id;
    let mut changes: Vec<Change> = origin.update.map(Change::TakeUpdate).into_iter().collect();
    changes.extend(plan.changes.iter().cloned());
    let own = plan.shown.iter().map(Placement::message).filter(|outgoing| outgoing.is_kept());
    let own = own.map(|outgoing| (me, origin.update, outgoing));
    let others = plan.messages_to_others.iter().map(|(person, outgoing)| (*person, None, outgoing));
    for (person, answers, outgoing) in own.chain(others) {
        if let Ok(body) = serde_json::to_string(outgoing) {
            changes.push(Change::Enqueue { person, answers, body });
        }
    }
    if plan.queues() {
        crash_point!("before T1");
    }
    let applied = context.store.apply(Actor::Person(me), *now, &changes).await?;
    if plan.queues() {
        crash_point!("after T1");
        context.delivery.wake();
    }
    let is_own = |change: &Change| {
        use Change::{DropSession, RequireRole, SaveSession, TakeUpdate, UpsertPerson};
        matches!(
            change,
            TakeUpdate(_)
                | RequireRole(..)
                | UpsertPerson(_)
                | SaveSession { .. }
                | DropSession { .. }
        )
    };
    // What answers is shown right here.
    if !plan.messages_to_others.is_empty() || !plan.changes.iter().all(is_own) {
        context.to_tell.notify_one();
    }
    Ok(applied)
}

/// The access was revoked since the router looked.
async fn turn_away(client: &TelegramClient, origin: &Origin) {
    match &origin.pressed {
        Some(pressed) => {
            let toast = Some(screens::STRANGER_TOAST);
            render::answer(client, origin.chat(), &pressed.query, toast).await;
        }
        None if origin.update.is_some() => {
            let told = home::stranger(origin.person.id, false);
            drop(render::say(client, origin.chat(), &told, None).await);
        }
        None => {}
    }
}
