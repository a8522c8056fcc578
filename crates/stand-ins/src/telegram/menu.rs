//! The published command menus, and which of them a person sees.

use std::collections::BTreeMap;

use serde::Serialize;

/// A line of the command menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Without the slash.
    pub command: String,
    /// What stands beside it.
    pub description: String,
}

/// The menus by scope and language.
#[derive(Default)]
pub(super) struct Published(BTreeMap<Key, Vec<Command>>);

/// A scope, and a language.
pub(super) type Key = (Scope, String);

/// Whom a menu is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `default`, `all_private_chats`, `all_group_chats`, `all_chat_administrators`.
    Wide(String),
    Chat(i64),
    Administrators(i64),
    Member(i64, i64),
}

impl Published {
    /// Publishes a menu; an empty one is taken away.
    pub(super) fn set(&mut self, key: Key, commands: Vec<Command>) {
        if commands.is_empty() {
            self.0.remove(&key);
        } else {
            self.0.insert(key, commands);
        }
    }

    /// The menu of exactly this scope and language.
    pub(super) fn get(&self, key: &Key) -> Vec<Command> {
        self.0.get(key).cloned().unwrap_or_default()
    }

    /// What the menu of a private chat shows: the narrowest scope that has commands.
    pub(super) fn seen_by(&self, person: i64) -> Vec<Command> {
        let scopes = [
            Scope::Chat(person),
            Scope::Wide("all_private_chats".to_owned()),
            Scope::Wide("default".to_owned()),
        ];
        for scope in scopes {
            for language in ["ru", ""] {
                if let Some(commands) = self.0.get(&(scope.clone(), language.to_owned())) {
                    return commands.clone();
                }
            }
        }
        Vec::new()
    }
}
