//! The allow-list, kept by admins from the chat.

use super::press::{DraftAct, StaffAct};
use super::{
    About, Allowed, Deed, Desk, Effect, Employee, Revoked, State, Step, invite, rules, texts,
};
use crate::domain::requisites::read;
use crate::domain::{Field, OfficeCode, OfficeError, Person, PersonId, Provider, Role, tidy};

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

/// A button of the list of staff, or of a person's card.
pub fn pressed(desk: &Desk, act: &StaffAct) -> Step {
    match act {
        StaffAct::Page(page) => Step::deed(Deed::Staff(*page)),
        StaffAct::AskRevoke(id) => Step::deed(Deed::Colleague(*id)),
        StaffAct::Revoke(id) => revoking(desk, *id),
        StaffAct::AskRole(id) | StaffAct::Role(id, _) if desk.fixed_admins.contains(id) => {
            Step::show(texts::fixed_admin(*id))
        }
        StaffAct::Role(id, role) => Step::deed(Deed::SetRole(*id, *role)),
        StaffAct::Office(id, code) => Step::deed(Deed::SetOffices(*id, vec![code.clone()])),
        StaffAct::WithoutOffice(id) => Step::deed(Deed::SetOffices(*id, Vec::new())),
        StaffAct::Card(id)
        | StaffAct::AskRole(id)
        | StaffAct::AskOffice(id)
        | StaffAct::Limit(id) => Step::deed(Deed::Employee(*id, act.clone())),
        StaffAct::SetLimit(id, limit) if limit.is_none_or(|limit| limit <= rules::LIMIT_MAX) => {
            Step::deed(Deed::SetLimit(*id, *limit))
        }
        StaffAct::SetLimit(..) => Step::toast(texts::STRANGE_PRESS),
    }
}

/// A person was loaded, to be changed.
pub fn employee(desk: &Desk, state: &State, found: Option<Employee>, act: &StaffAct) -> Step {
    let Some(employee) = found else {
        return match act {
            StaffAct::Limit(_) => Step::show(texts::no_such_person()),
            _ => Step::toast(texts::STALE).and(Effect::Do(Deed::Staff(0))),
        };
    };
    let (person, name) = (employee.person.id, texts::called(&employee.person));
    let after = Box::new(state.beneath().clone());
    match act {
        StaffAct::AskRole(_) => Step::show(texts::ask_role(&employee)),
        // Both screens have buttons, and take what is typed.
        StaffAct::AskOffice(_) => Step::show(texts::ask_office(desk, &employee))
            .to(State::NamingOffice { person, name, after }),
        StaffAct::Limit(_) => Step::show(texts::person_limit(&employee)).to(State::NamingLimit {
            person,
            name,
            after,
        }),
        _ => Step::show(texts::employee(desk, &employee)),
    }
}

/// An admin typed something where the limit of a person may be. Until the next press or command a
/// second number corrects the first, and is no answer to what the draft beneath asks.
pub fn named_limit(desk: &Desk, state: &State, id: PersonId, after: &State, text: &str) -> Step {
    match rules::limit_in(text) {
        Some(limit) => Step::deed(Deed::SetLimit(id, Some(limit))).to(state.clone()),
        _ => not_an_answer(desk, state, after, text, texts::LIMIT_WRONG),
    }
}

/// What an admin typed answers no question about a person: the requisites of a client belong to
/// an invitation, anything else is a slip.
fn not_an_answer(desk: &Desk, state: &State, after: &State, text: &str, slip: &str) -> Step {
    if Field::found_in(&read(text)).iter().all(|field| *field == Field::Name) {
        return Step::show(texts::noted(slip, texts::screen(desk, state))).to(state.clone());
    }
    invite::typed(desk, after, Some(text)).or_to(after)
}

/// An admin typed office codes for a person: one, or several with commas between, the main one
/// first.
pub fn named_office(desk: &Desk, state: &State, id: PersonId, after: &State, text: &str) -> Step {
    let codes: Result<Vec<OfficeCode>, OfficeError> =
        text.split([',', ';', '\n']).map(OfficeCode::parse).collect();
    match codes {
        Ok(codes) if codes.len() <= Employee::OFFICES_MAX => {
            Step::deed(Deed::SetOffices(id, codes)).to(state.clone())
        }
        _ => not_an_answer(desk, state, after, text, texts::OFFICES_WRONG),
    }
}

/// A button below a question about a person.
pub fn not_named(desk: &Desk, id: PersonId, after: &State, act: &DraftAct) -> Step {
    match act {
        DraftAct::Cancel | DraftAct::Back if desk.is_admin() => {
            Step::deed(Deed::Employee(id, StaffAct::Card(id))).to(after.clone())
        }
        // What stands against a draft is looked up before it is shown.
        DraftAct::Cancel | DraftAct::Back | DraftAct::Resume => match after {
            State::Reviewing { draft } => invite::proceed(desk, draft.clone()),
            _ => Step::show(texts::screen(desk, after)).to(after.clone()),
        },
        _ => Step::toast(texts::STRANGE_PRESS),
    }
}

/// A person has these office codes from now on: say so, to that person too.
pub fn offices(desk: &Desk, employee: &Employee) -> Step {
    let id = employee.person.id;
    let told = Step::show(texts::set(texts::employee(desk, employee)));
    if id == desk.me.id {
        return told;
    }
    told.and(Effect::Tell(id, texts::offices_changed(&employee.offices)))
}

/// A person may send so much from now on: say so, to that person too.
pub fn limit_set(desk: &Desk, employee: Option<Employee>, changed: bool) -> Step {
    let Some(employee) = employee else { return Step::show(texts::no_such_person()) };
    let id = employee.person.id;
    let told = Step::show(texts::set(texts::employee(desk, &employee)));
    match changed && id != desk.me.id {
        true => told.and(Effect::Tell(id, texts::limit_changed(&employee.usage))),
        false => told,
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
    let told = told.and(Effect::Publish(id, Some(role)));
    if allowed == Allowed::Added && desk.providers.contains(&Provider::Sbis) {
        return told.and(Effect::Do(Deed::Employee(id, StaffAct::AskOffice(id))));
    }
    told
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
