//! The handler tree. Access comes first: who is not on the list reaches nothing behind it.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use jiff::Timestamp;
use teloxide::dispatching::{UpdateFilterExt, UpdateHandler, dialogue};
use teloxide::prelude::*;
use teloxide::types::{MaybeInaccessibleMessage, Me, UpdateKind};

use super::client::TelegramClient;
use super::session_storage::Sessions;
use super::turn::{self, Origin, Pressed};
use super::{Context, guard, inbox, menu, outgoing, parse, raw, render};
use crate::domain::{Person, PersonId, RequestKind, Role, Token, Viewer};
use crate::handlers::{Input, links, requests};
use crate::screens::press::{Press, RequestAct};
use crate::screens::{self, home};
use crate::store::{Actor, Change, PersonFacts, StoreError};

/// Of somebody who is not known to be on the list.
#[derive(Clone, Debug)]
enum Access {
    /// But what a turn has to know could not be read.
    Granted(PersonId),
    Stranger(PersonId),
    Unknown(StoreError),
    Elsewhere,
}

/// Who speaks in a private chat of their own.
#[derive(Clone, Debug)]
struct Speaker(Person);

pub fn schema() -> UpdateHandler<anyhow::Error> {
    let messages = Update::filter_message()
        .branch(
            dptree::filter_map(|message: Message| {
                let private = message.chat.is_private();
                speaker(message.from.as_ref().filter(|_| private), message.chat.id)
            })
            .chain(dialogue::enter::<Update, Sessions, PersonFacts, _>())
            .filter(is_granted)
            .endpoint(on_message),
        )
        .map_async(async |context: Arc<Context>, message: Message| {
            let private = message.chat.is_private();
            access(&context, message.from.as_ref().filter(|_| private), message.chat.id).await
        })
        .endpoint(on_foreign_message);
    // Whoever is not on the list is told nothing.
    let edits = Update::filter_edited_message()
        .filter_map(|message: Message| {
            let private = message.chat.is_private();
            speaker(message.from.as_ref().filter(|_| private), message.chat.id)
        })
        .chain(dialogue::enter::<Update, Sessions, PersonFacts, _>())
        .filter(is_granted)
        .endpoint(on_message);
    let presses = Update::filter_callback_query()
        .branch(
            dptree::filter_map(|query: CallbackQuery| {
                let chat = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
                let chat = chat.filter(|chat| chat.is_private())?;
                speaker(Some(&query.from), chat.id)
            })
            .chain(dialogue::enter::<Update, Sessions, PersonFacts, _>())
            .filter(is_granted)
            .endpoint(on_press),
        )
        .map_async(async |context: Arc<Context>, query: CallbackQuery| {
            let chat = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
            match chat.filter(|chat| chat.is_private()) {
                Some(chat) => access(&context, Some(&query.from), chat.id).await,
                None => Access::Elsewhere,
            }
        })
        .endpoint(on_foreign_press);
    guard::guard(dptree::entry().branch(messages).branch(edits).branch(presses))
}

fn speaker(from: Option<&teloxide::types::User>, ChatId(chat): ChatId) -> Option<Speaker> {
    let person = from.filter(|user| !user.is_bot).and_then(parse::person)?;
    (person.id.get() == chat).then_some(Speaker(person))
}

/// By what was read for this very update.
fn is_granted(context: Arc<Context>, Speaker(person): Speaker, facts: PersonFacts) -> bool {
    let listed = facts.listed.is_some_and(|listed| listed.role.is_some());
    listed || context.setup.fixed_admins.contains(&person.id)
}

/// Where the list cannot be read, nobody is let in.
async fn access(context: &Context, from: Option<&teloxide::types::User>, chat: ChatId) -> Access {
    let Some(Speaker(person)) = speaker(from, chat) else { return Access::Elsewhere };
    if context.setup.fixed_admins.contains(&person.id) {
        return Access::Granted(person.id);
    }
    match context.store.is_listed(person.id).await {
        Ok(true) => Access::Granted(person.id),
        Ok(false) => Access::Stranger(person.id),
        Err(error) => {
            tracing::error!("the allow-list cannot be read: {error}");
            Access::Unknown(error)
        }
    }
}

async fn on_message(
    client: TelegramClient,
    context: Arc<Context>,
    update: Update,
    message: Message,
    Speaker(person): Speaker,
    facts: PersonFacts,
) -> anyhow::Result<()> {
    client.last_messages().note(message.chat.id, message.id);
    let id = inbox::id(&update);
    let raw = context.inbox.raw(id).and_then(|raw| raw::message(&raw));
    let raw = raw.context("a message that is being worked on is not at hand")?;
    let input = match &update.kind {
        UpdateKind::EditedMessage(_) => parse::edited(&raw),
        _ => parse::message(&raw),
    };
    let Some(input) = input else { return Ok(()) };
    let may_answer = |album| context.albums.may_answer(album, Instant::now());
    let is_first = raw::album(&raw).is_none_or(may_answer);
    if !is_first && matches!(input, Input::Message { text: None, .. }) {
        return Ok(());
    }
    let origin = Origin { person, update: Some(id), pressed: None };
    turn::turn(&client, &context, origin, facts, input).await
}

async fn on_press(
    client: TelegramClient,
    context: Arc<Context>,
    update: Update,
    query: CallbackQuery,
    Speaker(person): Speaker,
    facts: PersonFacts,
) -> anyhow::Result<()> {
    let message = query.message.as_ref().map(MaybeInaccessibleMessage::id);
    if let Some(message) = message {
        client.last_messages().raise(query.from.id.into(), message);
    }
    let input = parse::press(query.data.as_deref());
    let pressed = Some(Pressed { query: query.id, message });
    let origin = Origin { person, update: Some(inbox::id(&update)), pressed };
    turn::turn(&client, &context, origin, facts, input).await
}

/// A stranger gets one neutral answer, a group the way to the private chat, the rest nothing.
async fn on_foreign_message(
    client: TelegramClient,
    context: Arc<Context>,
    me: Me,
    message: Message,
    access: Access,
) -> anyhow::Result<()> {
    match access {
        Access::Stranger(id) => {
            if let Some(token) = message.text().and_then(token_of)
                && joins(&client, &context, &message, token).await?
            {
                return Ok(());
            }
            tracing::info!(person = id.get(), "a message of somebody who is not on the list");
            if context.rate_limit.may_answer(id.get(), Instant::now()) {
                render::say(
                    &client,
                    message.chat.id,
                    &home::stranger(id, context.setup.rules.access_requests),
                    None,
                )
                .await
                .ok();
            }
        }
        Access::Elsewhere => {
            let is_group = message.chat.is_group() || message.chat.is_supergroup();
            let command = message.text().is_some_and(|text| is_command_for(text, me.username()));
            let chat = message.chat.id;
            if is_group && command && context.rate_limit.may_answer(chat.0, Instant::now()) {
                let reply = home::group_only();
                render::redirect(&client, chat, &reply, home::OPEN_BOT, me.tme_url()).await;
            }
        }
        Access::Unknown(error) => return Err(error.into()),
        Access::Granted(person) => return Err(unread(&context, person).await),
    }
    Ok(())
}

fn token_of(text: &str) -> Option<Token> {
    let (command, word) = text.trim().split_once(char::is_whitespace)?;
    let command = command.split('@').next().unwrap_or(command);
    links::token(word.trim()).filter(|_| command.eq_ignore_ascii_case("/start"))
}

/// `false`: there is no such link.
async fn joins(
    client: &TelegramClient,
    context: &Context,
    message: &Message,
    token: Token,
) -> anyhow::Result<bool> {
    let Some(me) = message.from.as_ref().and_then(parse::person) else { return Ok(false) };
    let joins = me.id;
    let role = Role::Observer;
    loop {
        let now = Timestamp::now();
        let viewer = Viewer { me: me.clone(), role, zone: context.zone.clone(), now };
        let mut reader = context.store.reader();
        let joined = links::join(&mut reader, &context.setup, &viewer, &token).await?;
        let Some(joined) = joined else { return Ok(false) };
        // One that opens no more is answered as seldom as any stranger is.
        let opens = joined.change.is_some();
        if !opens && !context.rate_limit.may_answer(joins.get(), Instant::now()) {
            return Ok(true);
        }
        let told = [Some((joins, joined.shown)), joined.maker].into_iter().flatten();
        let enqueue = |(person, screen)| {
            Some(Change::Enqueue { person, answers: None, body: outgoing(&screen)? })
        };
        let mut changes: Vec<Change> = joined.change.into_iter().collect();
        changes.extend(told.filter_map(enqueue));
        match context.store.apply(Actor::Person(joins), now, &changes).await {
            // Somebody was faster, and the link says so now.
            Err(StoreError::Overtaken(_)) if !context.store.is_listed(joins).await? => {}
            Err(StoreError::Overtaken(_)) => return Ok(true),
            applied => {
                applied?;
                context.to_tell.notify_one();
                if let Some(role) = joined.role {
                    menu::publish(client, joins, Some(role)).await.ok();
                }
                return Ok(true);
            }
        }
    }
}

/// Reads it again, for teloxide does not say why it could not be read.
async fn unread(context: &Context, person: PersonId) -> anyhow::Error {
    match context.facts(person).await {
        Err(error) => error.into(),
        Ok(_) => anyhow::anyhow!("what a turn has to know could not be read"),
    }
}

fn is_command_for(text: &str, bot: &str) -> bool {
    let command = text.split_whitespace().next().unwrap_or_default();
    let to = command.split_once('@').map(|(_, name)| name);
    command.starts_with('/') && to.is_none_or(|name| name.eq_ignore_ascii_case(bot))
}

async fn on_foreign_press(
    client: TelegramClient,
    context: Arc<Context>,
    query: CallbackQuery,
    access: Access,
) -> anyhow::Result<()> {
    let toast = match access {
        Access::Elsewhere => screens::GROUP_TOAST,
        Access::Stranger(_) => match access_asked(&context, &query).await? {
            Some(told) => {
                render::answer(&client, query.from.id.into(), &query.id, Some(&told)).await;
                return Ok(());
            }
            None => screens::STRANGER_TOAST,
        },
        Access::Unknown(error) => return Err(error.into()),
        Access::Granted(person) => return Err(unread(&context, person).await),
    };
    render::answer(&client, query.from.id.into(), &query.id, Some(toast)).await;
    Ok(())
}

/// The one thing that a stranger may ask for; what they are told.
async fn access_asked(
    context: &Context,
    query: &CallbackQuery,
) -> Result<Option<String>, StoreError> {
    let Input::Press(Press::Request(RequestAct::Ask(RequestKind::Access)), _) =
        parse::press(query.data.as_deref())
    else {
        return Ok(None);
    };
    let Some(me) = parse::person(&query.from) else { return Ok(None) };
    let asker = me.id;
    // Nothing is shown to them but an answer.
    let role = Role::Observer;
    let viewer = Viewer { me, role, zone: context.zone.clone(), now: Timestamp::now() };
    let (mut reader, username) = (context.store.reader(), query.from.username.clone());
    let asked = requests::of_stranger(&mut reader, &context.setup, &viewer, username).await?;
    let Some((change, told)) = asked else { return Ok(None) };
    let changes: Vec<Change> = change.into_iter().collect();
    match context.store.apply(Actor::Person(asker), viewer.now, &changes).await {
        Err(StoreError::Overtaken(_)) => Ok(Some(screens::requests::ASKED_ALREADY.to_owned())),
        applied => {
            applied?;
            context.to_tell.notify_one();
            Ok(Some(told))
        }
    }
}
