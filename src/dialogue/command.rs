//! What is typed after a slash.

use super::{About, Deed, Desk, Effect, State, Step, cards, invite, link, team, texts};
use crate::domain::{Draft, Role};

/// The commands that a role has, with what Telegram's menu says of them.
pub fn commands(role: Role) -> &'static [(&'static str, &'static str)] {
    // Staff have the first five.
    match role {
        Role::Admin => &texts::COMMANDS,
        Role::Staff => texts::COMMANDS.split_at(texts::STAFF_COMMANDS).0,
    }
}

/// One command. Case, the bot's name after `@` and the kind of white space do not matter. A
/// command that the person's role has not is unknown.
pub fn step(desk: &Desk, state: &State, text: &str, about: Option<About>) -> Step {
    let text = text.trim_start();
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = name.split('@').next().unwrap_or(name).trim_start_matches('/').to_lowercase();
    if !commands(desk.role).iter().any(|(known, _)| *known == name) {
        return Step::show(texts::unknown_command(desk));
    }
    match name.as_str() {
        "invite" => invite::begin(desk, state, Draft::default(), None),
        "status" => cards::status(rest),
        "cancel" => match state {
            State::Idle => Step::show(texts::nothing_to_cancel()),
            _ => Step::effect(Effect::Show(texts::cancelled())).to(State::Idle),
        },
        "help" => Step::show(texts::help(desk)),
        "staff" => Step::deed(Deed::Staff(0)),
        "allow" => team::allow(desk, rest, about),
        "revoke" => team::revoke(desk, rest, about),
        // A menu cannot be published before a person has written for the first time.
        _ => link::opened(desk, state, rest.trim())
            .unwrap_or_else(|| Step::show(texts::home(desk, state)))
            .and(Effect::Publish(desk.me.id, Some(desk.role))),
    }
}
