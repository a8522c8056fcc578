//! What each method does to the played world, and when it refuses. Parameters that are harmless and
//! have nothing to show here are taken and dropped; whatever is not named is refused as unknown.

use serde_json::{Map, Value, json};
use url::Url;

use super::answer::Refused;
use super::identity::{BOT_ID, bot_user};
use super::markup::keyboard;
use super::message::{Author, Message, PlaceKind, Toast, now};
use super::params::{Params, members};
use super::queue::Webhook;
use super::state::{Chat, Draft, Peer, State};
use super::text::text;

/// Documented limit of `answerCallbackQuery.text`, in characters.
const TOAST_LIMIT: usize = 200;
const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply \
                            markup are exactly the same as a current content and reply markup \
                            of the message";
const TOO_OLD: &str = "query is too old and response timeout expired or query ID is invalid";
const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

pub(super) fn get_me(params: Params) -> Result<Value, Refused> {
    params.finish()?;
    let mut me = members(bot_user());
    for (what, can) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me.insert(what.to_owned(), json!(can));
    }
    Ok(Value::Object(me))
}

pub(super) fn send_message(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let text = text(&mut params, "Message is too long")?;
    let reply_to = reply_parameters(&mut params)?;
    let buttons = keyboard(state, &mut params)?;
    drop_harmless(&mut params)?;
    let id = chat_id(&mut params)?;
    params.finish()?;
    let chat = writable(state, &id)?;
    let reply_to = match reply_to {
        Some((number, may_lack)) if chat.message(number).is_none() => {
            if !may_lack {
                return Err(Refused::bad("message to be replied not found"));
            }
            None
        }
        reply_to => reply_to.map(|(number, _)| number),
    };
    let id = known_id(state, &id)?;
    let draft = Draft { author: Author::Bot, text: text.text, extra: Map::new(), reply_to };
    let added = state.add(id, draft).ok_or_else(|| Refused::bad("chat not found"))?;
    if let Some(message) = state.touch(id, added.id) {
        message.html = text.html;
        message.entities = text.entities;
        message.buttons = buttons;
    }
    told(state, id, added.id)
}

pub(super) fn edit_message_text(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let text = text(&mut params, "MESSAGE_TOO_LONG")?;
    let buttons = keyboard(state, &mut params)?;
    params.nested("link_preview_options", "Can't parse link preview options JSON object")?;
    let message = editable(state, params)?;
    let (id, number) = (message.chat, message.id);
    let same_text = message.text == text.text && message.entities == text.entities;
    if same_text && message.buttons == buttons {
        return Err(Refused::bad(NOT_MODIFIED));
    }
    let message = state.touch(id, number).ok_or_else(missing)?;
    if !same_text {
        message.former.push(std::mem::replace(&mut message.text, text.text));
        message.entities = text.entities;
        message.edit_date = Some(now());
    }
    message.html = text.html;
    message.buttons = buttons;
    told(state, id, number)
}

pub(super) fn edit_message_reply_markup(
    state: &mut State,
    mut params: Params,
) -> Result<Value, Refused> {
    let buttons = keyboard(state, &mut params)?;
    let message = editable(state, params)?;
    let (id, number) = (message.chat, message.id);
    if message.buttons == buttons {
        return Err(Refused::bad(NOT_MODIFIED));
    }
    let message = state.touch(id, number).ok_or_else(missing)?;
    message.buttons = buttons;
    told(state, id, number)
}

pub(super) fn answer_callback_query(
    state: &mut State,
    mut params: Params,
) -> Result<Value, Refused> {
    let id = params.string("callback_query_id")?.unwrap_or_default();
    let text = params.string("text")?.unwrap_or_default();
    let is_alert = params.flag("show_alert")?;
    let url = params.string("url")?;
    params.integer("cache_time")?;
    params.finish()?;
    if text.chars().count() > TOAST_LIMIT {
        return Err(Refused::bad("MESSAGE_TOO_LONG"));
    }
    let query = state.queries.get_mut(&id).filter(|it| !it.expired && it.answer.is_none());
    let query = query.ok_or_else(|| Refused::bad(TOO_OLD))?;
    query.answer = Some(Toast { text, is_alert, url });
    Ok(json!(true))
}

pub(super) fn send_chat_action(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let action = params.string("action")?.unwrap_or_default();
    let id = chat_id(&mut params)?;
    params.finish()?;
    if !ACTIONS.contains(&action.as_str()) {
        return Err(Refused::bad("Wrong parameter action in request"));
    }
    writable(state, &id)?.types();
    Ok(json!(true))
}

pub(super) fn leave_chat(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let id = chat_id(&mut params)?;
    params.finish()?;
    let chat = writable(state, &id)?;
    if chat.is_private() {
        return Err(Refused::bad("chat not found"));
    }
    chat.open = false;
    let change = membership(chat, &bot_user(), "member", "left");
    state.queue.push("my_chat_member", &change);
    Ok(json!(true))
}

/// As a server that an office runs itself: http and addresses of this machine are allowed, too.
pub(super) fn set_webhook(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let url = params.string("url")?.unwrap_or_default();
    let secret = params.string("secret_token")?.filter(|secret| !secret.is_empty());
    let max_connections = params.integer("max_connections")?.unwrap_or(40).clamp(1, 100);
    let allowed = params.strings("allowed_updates")?;
    let drops = params.flag("drop_pending_updates")?;
    params.finish()?;
    let parsed =
        Url::parse(&url).map_err(|_| Refused::bad("bad webhook: invalid URL specified"))?;
    let is_local = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if parsed.scheme() != "https" && !is_local {
        return Err(Refused::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if secret.as_ref().is_some_and(|it| it.len() > 256 || !it.bytes().all(is_plain)) {
        return Err(Refused::bad("secret token contains unallowed characters"));
    }
    if drops {
        state.queue.drop_pending();
    }
    if let Some(kinds) = allowed {
        state.queue.allow(&kinds);
    }
    state.queue.webhook = Some(Webhook { url, secret, max_connections, last_error: None });
    state.queue.polled = true;
    Ok(json!(true))
}

pub(super) fn delete_webhook(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let drops = params.flag("drop_pending_updates")?;
    params.finish()?;
    if drops {
        state.queue.drop_pending();
    }
    state.queue.webhook = None;
    Ok(json!(true))
}

pub(super) fn get_webhook_info(state: &State, params: Params) -> Result<Value, Refused> {
    params.finish()?;
    let webhook = state.queue.webhook.as_ref();
    let mut info = json!({
        "url": webhook.map_or("", |it| &it.url), "has_custom_certificate": false,
        "pending_update_count": state.queue.pending(),
    });
    if let (Some(webhook), Value::Object(members)) = (webhook, &mut info) {
        members.insert("max_connections".to_owned(), json!(webhook.max_connections));
        if let Some((at, why)) = &webhook.last_error {
            members.insert("last_error_date".to_owned(), json!(at));
            members.insert("last_error_message".to_owned(), json!(why));
        }
    }
    if let (Some(allowed), Value::Object(members)) = (state.queue.allowed(), &mut info) {
        members.insert("allowed_updates".to_owned(), json!(allowed));
    }
    Ok(info)
}

/// `my_chat_member`: the bot's standing in a chat changed.
pub(super) fn membership(chat: &Chat, by: &Value, old: &str, new: &str) -> Value {
    let standing = |status: &str| match status {
        "kicked" => json!({ "user": bot_user(), "status": status, "until_date": 0 }),
        status => json!({ "user": bot_user(), "status": status }),
    };
    json!({
        "chat": chat.json(), "from": by, "date": now(),
        "old_chat_member": standing(old), "new_chat_member": standing(new),
    })
}

/// The number of a chat that the bot has met.
pub(super) fn check_known(state: &State, id: &str) -> Result<i64, Refused> {
    if id.is_empty() {
        return Err(Refused::bad("chat_id is empty"));
    }
    known_id(state, id)
}

fn chat_id(params: &mut Params) -> Result<String, Refused> {
    match params.string("chat_id")? {
        Some(id) if !id.is_empty() => Ok(id),
        _ => Err(Refused::bad("chat_id is empty")),
    }
}

/// Usernames are those of channels and supergroups, and none is played with one.
fn known_id(state: &State, id: &str) -> Result<i64, Refused> {
    id.parse()
        .ok()
        .filter(|id| *id == BOT_ID || state.chats.contains_key(id))
        .ok_or_else(|| Refused::bad("chat not found"))
}

/// A chat that the bot may write to now.
fn writable<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Chat, Refused> {
    let id = known_id(state, id)?;
    let not_found = || Refused::bad("chat not found");
    let chat = state.chats.get_mut(&id).ok_or_else(not_found)?;
    if chat.blocked {
        return Err(Refused::new(403, "Forbidden: bot was blocked by the user"));
    }
    let not_open = match &chat.peer {
        Peer::Person(_) => "bot can't initiate conversation with a user",
        Peer::Place(place) => match place.kind {
            PlaceKind::Group => "bot is not a member of the group chat",
            PlaceKind::Supergroup => "bot is not a member of the supergroup chat",
            PlaceKind::Channel => "bot is not a member of the channel chat",
        },
    };
    if !chat.open {
        return Err(Refused::new(403, format!("Forbidden: {not_open}")));
    }
    if matches!(&chat.peer, Peer::Place(place) if place.kind == PlaceKind::Channel) {
        return Err(Refused::bad("need administrator rights in the channel chat"));
    }
    Ok(chat)
}

fn missing() -> Refused {
    Refused::bad("message to edit not found")
}

/// The message of `chat_id` and `message_id`, if the bot may edit it.
fn editable(state: &mut State, mut params: Params) -> Result<&Message, Refused> {
    let id = chat_id(&mut params)?;
    let number = params.integer("message_id")?;
    params.finish()?;
    let chat = writable(state, &id)?;
    let number = number.and_then(|number| i32::try_from(number).ok()).ok_or_else(missing)?;
    let message = chat.message(number).ok_or_else(missing)?;
    if !message.is_from_bot() {
        return Err(Refused::bad("message can't be edited"));
    }
    Ok(message)
}

fn reply_parameters(params: &mut Params) -> Result<Option<(i32, bool)>, Refused> {
    let wrong = "Can't parse reply parameters JSON object";
    let Some(given) = params.nested("reply_parameters", wrong)? else { return Ok(None) };
    let mut given = Params::of(given);
    let number = given.integer("message_id")?.and_then(|number| i32::try_from(number).ok());
    let may_lack = given.flag("allow_sending_without_reply")?;
    given.finish()?;
    Ok(Some((number.unwrap_or(0), may_lack)))
}

fn drop_harmless(params: &mut Params) -> Result<(), Refused> {
    params.nested("link_preview_options", "Can't parse link preview options JSON object")?;
    params.flag("disable_notification")?;
    params.flag("protect_content")?;
    Ok(())
}

fn told(state: &State, id: i64, number: i32) -> Result<Value, Refused> {
    let chat = state.chats.get(&id).ok_or_else(missing)?;
    Ok(chat.message_json(chat.message(number).ok_or_else(missing)?))
}
