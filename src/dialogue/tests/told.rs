//! One line for what follows from an input, so that tables of very many can be read.

use super::super::{Deed, Effect, Reply, State, Step};
use super::player::shown;
use crate::domain::{Draft, Office};

/// What is shown, said, done and told, in this order, and where it leads.
pub fn told(step: &Step) -> String {
    let mut parts: Vec<String> = step.effects.iter().map(effect).collect();
    parts.extend(step.state.as_ref().map(|state| format!("→ {}", place(state))));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(" ") }
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Show(reply) => format!("shows {}", brief(reply)),
        Effect::Say(reply) => format!("says below {}", brief(reply)),
        Effect::Toast(text) => format!("({text})"),
        Effect::Do(Deed::Check(draft, how)) => {
            let below = if how.below { " below" } else { "" };
            let note = how.note.as_ref().map(|note| format!(" under «{note}»")).unwrap_or_default();
            format!("! Check {}{below}{note}", contents(draft))
        }
        Effect::Do(deed) => format!("! {}", plain(&format!("{deed:?}"))),
        Effect::LookUp(inn) => format!("? {}", inn.as_str()),
        Effect::Tell(id, reply) => plain(&format!("to {id:?} {}", brief(reply))),
        Effect::Publish(id, role) => plain(&format!("menu of {id:?} for {role:?}")),
    }
}

/// The first line of a screen and how many buttons it has.
pub fn brief(reply: &Reply) -> String {
    let text = shown(reply);
    let first = text.lines().next().unwrap_or_default();
    format!("«{first}»{}", "·".repeat(reply.rows.iter().flatten().count()))
}

/// People by their names instead of by their numbers.
fn plain(text: &str) -> String {
    let people = [("1001", "Олег"), ("1002", "Анна"), ("1020", "Пётр")];
    let named = people
        .iter()
        .fold(text.to_owned(), |text, (id, name)| text.replace(&format!("PersonId({id})"), name));
    named.replace("Number(", "№(")
}

/// Where a person stands.
pub fn place(state: &State) -> String {
    match state {
        State::Idle => "Idle".to_owned(),
        State::Asking { draft, field, editing } => {
            format!("{field:?}?{} {}", if *editing { " (edit)" } else { "" }, contents(draft))
        }
        State::Company { draft, .. } => format!("Company? {}", contents(draft)),
        State::Reviewing { draft } => format!("Review {}", contents(draft)),
        State::Offered { draft } => format!("Offered {}", contents(draft)),
        State::Between { draft, pasted } => {
            format!("Between {} and {}", contents(draft), contents(pasted))
        }
        State::NamingLimit { name, after, .. } => format!("Limit of {name}? over {}", place(after)),
        State::NamingOffice { name, after, .. } => {
            format!("Codes of {name}? over {}", place(after))
        }
    }
}

fn contents(draft: &Draft) -> String {
    let mut parts = vec![];
    parts.extend(draft.provider.map(|provider| provider.slug().to_owned()));
    parts.extend(draft.inn.as_ref().map(|inn| inn.as_str().to_owned()));
    parts.extend(draft.kpp.as_ref().map(|kpp| format!("/{}", kpp.as_str())));
    parts.extend(draft.name.as_ref().map(|name| format!("«{}»", name.as_str())));
    parts.extend(draft.email.as_ref().map(|email| email.as_str().to_owned()));
    parts.extend(draft.office.as_ref().map(|office| match office {
        Office::Code(code) => code.as_str().to_owned(),
        Office::Without => "no office".to_owned(),
    }));
    if draft.own_office {
        parts.push("(own)".to_owned());
    }
    for (word, list) in [
        ("doubted", format!("{:?}", draft.doubted)),
        ("open", format!("{:?}", draft.open.iter().map(|it| it.field()).collect::<Vec<_>>())),
        ("known", format!("{:?}", draft.known)),
    ] {
        if list != "[]" {
            parts.push(format!("{word} {list}"));
        }
    }
    format!("[{}]", parts.join(" "))
}

/// The rows of one heading; those with the same outcome share a line.
pub fn grouped(heading: &str, rows: impl IntoIterator<Item = (String, String)>) -> String {
    let groups = groups(rows);
    if let [(outcome, _)] = groups.as_slice() {
        return format!("{heading}: {}\n", outcome.trim_start());
    }
    let line = |(outcome, who): &(String, Vec<String>)| {
        let gap = if outcome.starts_with(char::is_whitespace) { "" } else { " " };
        format!("    {}:{gap}{outcome}\n", who.join(", "))
    };
    let lines = groups.iter().map(line);
    format!("{heading}\n{}", lines.collect::<String>())
}

/// What has the same outcome, in the order of the first of each.
pub fn groups(rows: impl IntoIterator<Item = (String, String)>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = vec![];
    for (who, outcome) in rows {
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, all)) => all.push(who),
            None => groups.push((outcome, vec![who])),
        }
    }
    groups
}
