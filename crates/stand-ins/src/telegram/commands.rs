//! The methods that publish command menus: their limits and scopes.

use serde_json::{Value, json};

use super::answer::Refused;
use super::menu::{Command, Key, Scope};
use super::methods::check_known;
use super::params::Params;
use super::state::State;

const COMMANDS_LIMIT: usize = 100;
const NAME_LIMIT: usize = 32;
const DESCRIPTION_LIMIT: usize = 256;

/// `setMyCommands`. An empty list takes the menu of that scope away.
pub(super) fn set(state: &mut State, mut params: Params) -> Result<Value, Refused> {
    let commands = params.nested("commands", "Can't parse commands JSON object")?;
    let key = key(state, params)?;
    let commands = list(commands)?;
    state.published.set(key, commands);
    Ok(json!(true))
}

/// `getMyCommands`: of exactly that scope.
pub(super) fn get(state: &State, params: Params) -> Result<Value, Refused> {
    let key = key(state, params)?;
    Ok(json!(state.published.get(&key)))
}

/// `deleteMyCommands`.
pub(super) fn delete(state: &mut State, params: Params) -> Result<Value, Refused> {
    let key = key(state, params)?;
    state.published.set(key, Vec::new());
    Ok(json!(true))
}

fn key(state: &State, mut params: Params) -> Result<Key, Refused> {
    let given = params.nested("scope", "Can't parse BotCommandScope JSON object")?;
    let language = params.string("language_code")?.unwrap_or_default();
    params.finish()?;
    if !matches!(language.len(), 0 | 2) || !language.is_ascii() {
        return Err(Refused::bad("Invalid language code specified"));
    }
    let scope = match given {
        None => Scope::Wide("default".to_owned()),
        Some(given) => scope(state, given)?,
    };
    Ok((scope, language))
}

fn scope(state: &State, given: Value) -> Result<Scope, Refused> {
    let wrong = |words: &str| Refused::bad(format!("can't parse BotCommandScope: {words}"));
    if !given.is_object() {
        return Err(wrong("BotCommandScope must be an Object"));
    }
    let mut given = Params::of(given);
    let kind = given.string("type")?.ok_or_else(|| wrong("Can't find field \"type\""))?;
    let chat = given.string("chat_id")?;
    let user = given.integer("user_id")?;
    given.finish()?;
    let chat = || {
        let chat = chat.as_deref().ok_or_else(|| wrong("Can't find field \"chat_id\""))?;
        check_known(state, chat)
    };
    match kind.as_str() {
        "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => {
            Ok(Scope::Wide(kind))
        }
        "chat" => Ok(Scope::Chat(chat()?)),
        "chat_administrators" => Ok(Scope::Administrators(chat()?)),
        "chat_member" => {
            let user =
                user.filter(|id| *id > 0).ok_or_else(|| wrong("Invalid user_id specified"))?;
            Ok(Scope::Member(chat()?, user))
        }
        _ => Err(wrong("Unsupported type specified")),
    }
}

fn list(given: Option<Value>) -> Result<Vec<Command>, Refused> {
    let given = match given {
        None => return Ok(Vec::new()),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(Refused::bad("Expected an Array of BotCommand")),
    };
    if given.len() > COMMANDS_LIMIT {
        return Err(Refused::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    given.into_iter().map(command).collect()
}

fn command(given: Value) -> Result<Command, Refused> {
    let missing =
        |field: &str| Refused::bad(format!("can't parse BotCommand: Can't find field \"{field}\""));
    let mut given = Params::of(given);
    let name = given.string("command")?.ok_or_else(|| missing("command"))?;
    let description = given.string("description")?.ok_or_else(|| missing("description"))?;
    given.finish()?;
    // The real server forgives one slash, and teloxide sends one.
    let name = name.trim();
    let name = name.strip_prefix('/').unwrap_or(name);
    let description = description.trim();
    if name.is_empty() {
        return Err(Refused::bad("Command must be non-empty"));
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(Refused::bad(format!("Command length must not exceed {NAME_LIMIT}")));
    }
    if description.is_empty() {
        return Err(Refused::bad("Command description must be non-empty"));
    }
    if description.chars().count() > DESCRIPTION_LIMIT {
        let words = format!("Command description length must not exceed {DESCRIPTION_LIMIT}");
        return Err(Refused::bad(words));
    }
    let is_fit = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    if !name.chars().all(is_fit) {
        return Err(Refused::bad("BOT_COMMAND_INVALID"));
    }
    Ok(Command { command: name.to_owned(), description: description.to_owned() })
}
