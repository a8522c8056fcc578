//! What begins with a slash, and the words that stand for it.

use super::{About, Input, Outcome, Plan, Sent, Turn, links};
use super::{begin, invite, report, say, show_home, staff, status, stoplist};
use crate::dialogue;
use crate::domain::{Draft, Permission, Role, is_command};
use crate::screens::{self, home};
use crate::store::StoreError;

/// With the words of the menu.
pub fn commands(role: Role) -> Vec<(&'static str, &'static str)> {
    let known = screens::COMMANDS.iter();
    let theirs = known.filter(|(.., needed)| needed.is_none_or(|needed| role.may(needed)));
    theirs.map(|(name, words, _)| (*name, *words)).collect()
}

/// Case, the bot's name after `@` and the kind of white space do not matter.
fn command_name(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = name.split('@').next().unwrap_or(name);
    (name.trim_start_matches('/').to_lowercase(), rest)
}

/// Letters left out, doubled or swapped.
fn is_slip_of(name: &str, command: &str) -> bool {
    name.len() > 2 && strsim::damerau_levenshtein(name, command) <= 2
}

/// Of an invitation, as the screens write it: «№12».
pub fn is_number(text: &str) -> bool {
    let digits = text.trim().strip_prefix('№').map(str::trim);
    digits.is_some_and(|digits| digits.parse::<u32>().is_ok())
}

pub fn is_cancel(input: &Input) -> bool {
    let Input::Message { text: Some(text), .. } = input else { return false };
    let bare = |(name, rest): (String, &str)| name == "cancel" && rest.trim().is_empty();
    (is_command(text) && bare(command_name(text))) || screens::cancel::is_meant(text)
}

pub async fn run(
    turn: &mut Turn<'_>,
    text: &str,
    about: Option<About>,
    sent: Sent,
) -> Result<Outcome, StoreError> {
    let (name, rest) = command_name(text);
    let known = commands(turn.facts.viewer.role);
    if !known.iter().any(|(known, _)| *known == name) {
        let near = known.iter().find(|(known, _)| is_slip_of(&name, known));
        let near = near.map(|(known, _)| *known);
        return Ok(Plan::show(home::unknown_command(&turn.facts.viewer, near)).into());
    }
    let plan = match name.as_str() {
        "invite" if rest.trim().is_empty() => return begin(turn, Draft::default(), false).await,
        "invite" => return say(turn, Some(rest.to_owned()), sent).await,
        "cancel" => Plan::show(screens::cancel::without_words()),
        "status" => return status::command(turn, rest).await,
        "help" => Plan::show(home::help(&turn.facts)),
        "staff" => staff::command(turn, rest).await?,
        "stoplist" => stoplist::command(turn, rest).await?,
        "allow" => staff::allow_command(turn, rest, about).await?,
        "report" => report::command(turn, rest).await?,
        "link" => links::command(turn),
        "revoke" => staff::revoke_command(turn, rest, about).await?,
        _ => return start(turn, rest.trim()).await,
    };
    Ok(plan.into())
}

/// A menu cannot be published before a person has written for the first time.
async fn start(turn: &mut Turn<'_>, word: &str) -> Result<Outcome, StoreError> {
    let mut outcome = match word.split_once('_') {
        Some(("n", numbers)) if turn.facts.viewer.may(Permission::Send) => {
            let link = dialogue::Input::Link(invite::requisites_of_link(numbers));
            invite::take(turn, link).await?
        }
        Some(("j", _)) => Plan::show(screens::links::listed_already(turn.facts.viewer.role)).into(),
        Some(("i", number)) => status::card_of_link(turn, number).await?,
        _ => show_home(turn).await?.into(),
    };
    if let Outcome::Done(plan) = &mut outcome {
        plan.menu_changes.push((turn.facts.viewer.me.id, Some(turn.facts.viewer.role)));
    }
    Ok(outcome)
}
