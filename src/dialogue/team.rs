//! The allow-list, kept by admins from the chat.

use super::press::StaffAct;
use super::{About, Allowed, Deed, Desk, Effect, Revoked, Step, rules, texts};
use crate::domain::{Person, PersonId, Role, tidy};

/// The longest name that `/allow` takes, in characters.
const NAME_MAX: usize = 64;

/// `/allow <id> [имя] [админ|сотрудник]`, or as a reply to a forwarded message or a contact.
pub fn allow(desk: &Desk, text: &str, about: Option<About>) -> Step {
    let text = tidy(text);
    let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let role = words.last().and_then(|word| match word.to_lowercase() {
        word if word == texts::ADMIN_WORD => Some(Role::Admin),
        word if word == texts::STAFF_WORD => Some(Role::Staff),
        _ => None,
    });
    if role.is_some() {
        words.pop();
    }
    let typed_id = words.first().and_then(|word| word.parse::<PersonId>().ok());
    let (id, known_name) = match (typed_id, about) {
        (Some(id), _) => {
            words.remove(0);
            (id, None)
        }
        (None, Some(About::Person(person))) => (person.id, person.name),
        (None, Some(About::Hidden)) => return Step::show(texts::author_hidden()),
        (None, None) => return Step::show(texts::allow_usage()),
    };
    if desk.fixed_admins.contains(&id) {
        return Step::show(texts::fixed_admin(id));
    }
    let name = words.join(" ");
    if name.chars().count() > NAME_MAX {
        return Step::show(texts::name_too_long(NAME_MAX));
    }
    let name = if name.is_empty() { known_name } else { Some(name) };
    Step::deed(Deed::Allow(Person { id, name }, role))
}

/// `/revoke <id>`, or as a reply to a forwarded message or a contact.
pub fn revoke(desk: &Desk, text: &str, about: Option<About>) -> Step {
    match (text.trim().parse(), about) {
        (Ok(id), _) => revoking(desk, id),
        (Err(()), Some(About::Person(person))) if text.trim().is_empty() => {
            revoking(desk, person.id)
        }
        _ => Step::show(texts::revoke_usage()),
    }
}

fn revoking(desk: &Desk, id: PersonId) -> Step {
    if desk.fixed_admins.contains(&id) {
        return Step::show(texts::fixed_admin(id));
    }
    Step::deed(Deed::Revoke(id))
}

/// A button of the list of staff.
pub fn pressed(desk: &Desk, act: StaffAct) -> Step {
    match act {
        StaffAct::Page(page) => Step::deed(Deed::Staff(page)),
        StaffAct::AskRevoke(id) => Step::deed(Deed::Colleague(id)),
        StaffAct::Revoke(id) => revoking(desk, id),
        StaffAct::Limit(id) => Step::deed(Deed::Limit(id)),
        StaffAct::SetLimit(id, limit) if limit.is_none_or(|limit| limit <= rules::LIMIT_MAX) => {
            Step::deed(Deed::SetLimit(id, limit))
        }
        StaffAct::SetLimit(..) => Step::toast(texts::STRANGE_PRESS),
    }
}

/// The person to be revoked was loaded: ask.
pub fn colleague(desk: &Desk, person: Option<Person>) -> Step {
    match person {
        Some(person) if desk.fixed_admins.contains(&person.id) => {
            Step::show(texts::fixed_admin(person.id))
        }
        Some(person) => Step::show(texts::ask_revoke(&person)),
        None => Step::toast(texts::STALE).and(Effect::Do(Deed::Staff(0))),
    }
}

/// A person was allowed: say so, to that person too, and publish the commands.
pub fn allowed(desk: &Desk, person: Person, role: Role, allowed: Allowed) -> Step {
    let id = person.id;
    let told = Step::show(texts::allowed(&person, role, allowed));
    let word = match allowed {
        Allowed::Added => texts::welcome(role),
        Allowed::Changed => texts::role_changed(role),
        Allowed::Same | Allowed::LastAdmin => return told,
    };
    let told = if id == desk.me.id { told } else { told.and(Effect::Tell(id, word)) };
    told.and(Effect::Publish(id, Some(role)))
}

/// A person was taken off the list: say so, to that person too, and clear the commands.
pub fn revoked(desk: &Desk, person: &Person, revoked: &Revoked) -> Step {
    let id = person.id;
    let told = Step::show(texts::revoked(person, revoked));
    match revoked {
        Revoked::Done { .. } if id != desk.me.id => {
            told.and(Effect::Tell(id, texts::farewell())).and(Effect::Publish(id, None))
        }
        Revoked::Done { .. } => told.and(Effect::Publish(id, None)),
        Revoked::NotListed | Revoked::LastAdmin => told,
    }
}
