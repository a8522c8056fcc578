//! The allow-list, and what admins set for each person on it.

use super::session::named;
use super::{About, Input, Plan, Turn, policy, session};
use crate::dialogue::session::{Prompt, PromptAbout, Session};
use crate::domain::requisites::read;
use crate::domain::{
    Bucket, Field, OfficeCode, OfficeError, Person, PersonId, Provider, Role, Span, tidy,
};
use crate::screens::person::{self as person_screens, Employee};
use crate::screens::press::StaffAct;
use crate::screens::staff::{self as screens, Allowed, Revoked, StaffPage};
use crate::screens::{ADMIN_WORD, STAFF_WORD, STALE, UNKNOWN_PRESS, draft, parts};
use crate::store::{Change, Query, StoreError, What};

/// The longest name that `/allow` takes, in characters.
const NAME_MAX: usize = 64;

/// The most that may be set as a limit of a day.
pub const LIMIT_MAX: u32 = 10_000;

/// The most office codes of one person.
pub const OFFICES_MAX: usize = 10;

/// People on one page of the allow-list.
const PER_PAGE: u32 = 8;

/// `/staff`; with an id the limit of a person, with a number behind it a new one.
pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Plan, StoreError> {
    let text = tidy(text);
    let mut words = text.split(' ');
    let Some(person) = words.next().and_then(|word| word.parse().ok()) else {
        return page(turn, 0).await;
    };
    let (word, more) = (words.next(), words.next());
    match (word, word.and_then(limit_in).filter(|_| more.is_none())) {
        (None, _) => ask(turn, person, PromptAbout::Limit(Span::Day)).await,
        (_, Some(limit)) => set_limit(turn, person, Span::Day, Some(limit)).await,
        (_, None) => Ok(Plan::show(person_screens::limit_usage())),
    }
}

/// What was typed for a limit of a day; `None`: it is none.
fn limit_in(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|&limit| limit <= LIMIT_MAX)
}

/// `/allow <id> [имя] [админ|сотрудник]`, or as a reply to a forwarded message or a contact.
pub async fn allow_command(
    turn: &mut Turn<'_>,
    text: &str,
    about: Option<About>,
) -> Result<Plan, StoreError> {
    let text = tidy(text);
    let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let role = words.last().and_then(|word| match word.to_lowercase() {
        word if word == ADMIN_WORD => Some(Role::Admin),
        word if word == STAFF_WORD => Some(Role::Staff),
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
        (None, Some(About::Hidden)) => return Ok(Plan::show(screens::author_hidden())),
        (None, None) => return Ok(Plan::show(screens::allow_usage())),
    };
    if turn.facts.setup.fixed_admins.contains(&id) {
        return Ok(Plan::show(screens::fixed_admin(id)));
    }
    let name = words.join(" ");
    if name.chars().count() > NAME_MAX {
        return Ok(Plan::show(screens::name_too_long(NAME_MAX)));
    }
    let name = if name.is_empty() { known_name } else { Some(name) };
    allow(turn, Person { id, name }, role).await
}

/// `/revoke <id>`, or as a reply to a forwarded message or a contact.
pub async fn revoke_command(
    turn: &mut Turn<'_>,
    text: &str,
    about: Option<About>,
) -> Result<Plan, StoreError> {
    match (text.trim().parse(), about) {
        (Ok(id), _) => revoke(turn, id).await,
        (Err(()), Some(About::Person(person))) if text.trim().is_empty() => {
            revoke(turn, person.id).await
        }
        _ => Ok(Plan::show(screens::revoke_usage())),
    }
}

/// A button of the list of staff, or of a person's card.
pub async fn pressed(turn: &mut Turn<'_>, act: StaffAct) -> Result<Plan, StoreError> {
    match act {
        StaffAct::Page(number) => page(turn, number).await,
        StaffAct::Revoke(id) => revoke(turn, id).await,
        StaffAct::AskRevoke(id) => {
            let listed = turn.reader.listed(id).await?.filter(|listed| listed.role.is_some());
            match listed {
                _ if is_fixed(turn, id) && listed.is_some() => {
                    Ok(Plan::show(screens::fixed_admin(id)))
                }
                Some(listed) => Ok(Plan::show(screens::ask_revoke(&listed.person))),
                None => gone(turn).await,
            }
        }
        StaffAct::AskRole(id) | StaffAct::SetRole(id, _) if is_fixed(turn, id) => {
            Ok(Plan::show(screens::fixed_admin(id)))
        }
        StaffAct::SetRole(id, role) => {
            match turn.reader.listed(id).await?.filter(|listed| listed.role.is_some()) {
                Some(_) => allow(turn, Person { id, name: None }, Some(role)).await,
                None => gone(turn).await,
            }
        }
        StaffAct::SetOffice(id, code) => set_offices(turn, id, code.into_iter().collect()).await,
        StaffAct::AskOffice(id) => ask(turn, id, PromptAbout::Offices).await,
        StaffAct::AskLimit(id, span) => ask(turn, id, PromptAbout::Limit(span)).await,
        StaffAct::SetLimit(id, span, limit) if limit.is_none_or(|limit| limit <= LIMIT_MAX) => {
            set_limit(turn, id, span, limit).await
        }
        StaffAct::SetLimit(..) => Ok(Plan::toast(UNKNOWN_PRESS)),
        StaffAct::Card(id) | StaffAct::AskRole(id) => match employee(turn, id).await? {
            None => gone(turn).await,
            Some(employee) if matches!(act, StaffAct::AskRole(_)) => {
                Ok(Plan::show(person_screens::ask_role(&employee)))
            }
            Some(employee) => Ok(Plan::show(card(turn, &employee))),
        },
    }
}

fn is_fixed(turn: &Turn<'_>, id: PersonId) -> bool {
    turn.facts.setup.fixed_admins.contains(&id)
}

fn card(turn: &Turn<'_>, employee: &Employee) -> crate::screens::Screen {
    person_screens::employee(&turn.facts.setup, employee)
}

/// The list, in place of somebody who is not on it any more.
async fn gone(turn: &mut Turn<'_>) -> Result<Plan, StoreError> {
    Ok(page(turn, 0).await?.with_toast(STALE))
}

async fn page(turn: &mut Turn<'_>, number: u32) -> Result<Plan, StoreError> {
    let found = turn.reader.staff(number.saturating_add(1), PER_PAGE).await?;
    let setup = &turn.facts.setup;
    let mut fixed = Vec::new();
    if found.page == 1 {
        for &id in &setup.fixed_admins {
            fixed.push(named(turn.reader, id).await?);
        }
    }
    let people = found.people.into_iter();
    let people = people.filter_map(|listed| Some((listed.person, listed.role?)));
    let people = people.filter(|(person, _)| !setup.fixed_admins.contains(&person.id)).collect();
    let page = found.page.saturating_sub(1);
    Ok(Plan::show(screens::staff(&StaffPage { people, fixed, page, pages: found.pages })))
}

/// Who has access, and what is set for the person; `None`: nobody of that id has.
async fn employee(turn: &mut Turn<'_>, id: PersonId) -> Result<Option<Employee>, StoreError> {
    let listed = turn.reader.listed(id).await?;
    let fixed = is_fixed(turn, id).then_some(Role::Admin);
    let Some(role) = fixed.or(listed.as_ref().and_then(|listed| listed.role)) else {
        return Ok(None);
    };
    let person = listed.map_or(Person { id, name: None }, |listed| listed.person);
    Ok(Some(described(turn, person, role).await?))
}

/// A person of this role, with what is set for this id.
async fn described(
    turn: &mut Turn<'_>,
    person: Person,
    role: Role,
) -> Result<Employee, StoreError> {
    let (id, now) = (person.id, turn.facts.viewer.now);
    let quotas = policy::of(&turn.facts);
    Ok(Employee {
        person,
        role,
        offices: turn.reader.offices(id).await?,
        limits: turn.reader.own_limits(id).await?,
        usage: turn.reader.usage(id, &quotas.limits, quotas.day, now).await?,
    })
}

// ------------------------------------------------------------------------------- the allow-list

async fn allow(
    turn: &mut Turn<'_>,
    person: Person,
    role: Option<Role>,
) -> Result<Plan, StoreError> {
    let id = person.id;
    let known = turn.reader.listed(id).await?;
    let before = known.as_ref().and_then(|listed| listed.role);
    let role = role.or(before).unwrap_or(Role::Staff);
    let name = person.name.clone().or_else(|| known.and_then(|listed| listed.person.name));
    let shown = Person { id, name };
    let done = match before {
        _ if is_last_admin(turn, id, before, Some(role)).await? => Allowed::LastAdmin,
        None => Allowed::Added,
        Some(before) if before == role => Allowed::Same,
        Some(_) => Allowed::Changed,
    };
    let plan = Plan::show(screens::allowed(&shown, role, done));
    let fixed_admins = turn.facts.setup.fixed_admins.len();
    let word = match done {
        Allowed::LastAdmin => return Ok(plan),
        Allowed::Same => return Ok(plan.with(Change::Allow { person, role, fixed_admins })),
        Allowed::Added => screens::welcome(role),
        Allowed::Changed => screens::role_changed(role),
    };
    let mut plan = plan
        .with(Change::Allow { person: person.clone(), role, fixed_admins })
        .menu(id, Some(role));
    if id != turn.facts.viewer.me.id {
        plan = plan.tell(id, word);
    }
    if done == Allowed::Added && turn.facts.setup.providers.contains(&Provider::Sbis) {
        let employee = described(turn, shown, role).await?;
        let asked = asking(turn, &employee, PromptAbout::Offices);
        plan.changes.extend(asked.changes);
        plan.shown.extend(asked.shown);
    }
    Ok(plan)
}

/// Whether nobody would be left an admin.
async fn is_last_admin(
    turn: &mut Turn<'_>,
    id: PersonId,
    before: Option<Role>,
    after: Option<Role>,
) -> Result<bool, StoreError> {
    let leaves = before == Some(Role::Admin) && after != Some(Role::Admin);
    if !leaves || !turn.facts.setup.fixed_admins.is_empty() {
        return Ok(false);
    }
    Ok(turn.reader.admins().await?.iter().all(|&admin| admin == id))
}

async fn revoke(turn: &mut Turn<'_>, id: PersonId) -> Result<Plan, StoreError> {
    if is_fixed(turn, id) {
        return Ok(Plan::show(screens::fixed_admin(id)));
    }
    let known = turn.reader.listed(id).await?;
    let before = known.as_ref().and_then(|listed| listed.role);
    let person = known.map_or(Person { id, name: None }, |listed| listed.person);
    if before.is_none() {
        return Ok(Plan::show(screens::revoked(&person, &Revoked::NotListed)));
    }
    if is_last_admin(turn, id, before, None).await? {
        return Ok(Plan::show(screens::revoked(&person, &Revoked::LastAdmin)));
    }
    let holds = turn.reader.queued_by(id).await?;
    let what = What::Bucket(Bucket::Unknown);
    let open = turn.reader.page(&Query { author: Some(id), what, page: 1 }).await?;
    let unknown = open.items.into_iter().map(|invitation| invitation.number).collect();
    let done = Revoked::Done { held: holds.clone(), unknown };
    let fixed_admins = turn.facts.setup.fixed_admins.len();
    let plan = Plan::show(screens::revoked(&person, &done))
        .with(Change::Revoke { person: id, fixed_admins, holds })
        .menu(id, None);
    Ok(match id == turn.facts.viewer.me.id {
        true => plan,
        false => plan.tell(id, screens::farewell()),
    })
}

// ------------------------------------------------------------------------- limits, office codes

/// Asks an admin for something that is set for a person; it has buttons, and takes what is typed.
async fn ask(turn: &mut Turn<'_>, id: PersonId, about: PromptAbout) -> Result<Plan, StoreError> {
    match (employee(turn, id).await?, about) {
        (Some(employee), about) => Ok(asking(turn, &employee, about)),
        (None, PromptAbout::Limit(_)) => Ok(Plan::show(person_screens::no_such_person())),
        (None, PromptAbout::Offices) => gone(turn).await,
    }
}

fn asking(turn: &Turn<'_>, employee: &Employee, about: PromptAbout) -> Plan {
    let screen = match about {
        PromptAbout::Limit(span) => person_screens::person_limit(employee, span),
        PromptAbout::Offices => person_screens::ask_office(&turn.facts.setup, employee),
    };
    let prompt = Some(Prompt { about, person: employee.person.id });
    let asked = Session { prompt, ..turn.session.clone() };
    let mut plan = Plan::show(screen);
    plan.changes.extend(session::saved(&turn.facts, &asked));
    plan
}

/// Something typed, or sent, where a prompt may be answered; `None`: it does not fit. Until the
/// next press or command a second value corrects the first.
pub async fn prompted(
    turn: &mut Turn<'_>,
    prompt: &Prompt,
    input: &Input,
) -> Result<Option<Plan>, StoreError> {
    let text = match input {
        Input::Message { text: Some(text), .. } if text.trim_start().starts_with('/') => {
            return Ok(None);
        }
        Input::Message { text, .. } => text.as_deref(),
        Input::ShowAgain => None,
        Input::Press(..) | Input::UnknownPress => return Ok(None),
    };
    let id = prompt.person;
    let slip = match (prompt.about, text) {
        (PromptAbout::Limit(span), Some(text)) => {
            if let Some(limit) = limit_in(text) {
                return Ok(Some(set_limit(turn, id, span, Some(limit)).await?));
            }
            person_screens::LIMIT_WRONG
        }
        (PromptAbout::Offices, Some(text)) => {
            let codes: Result<Vec<OfficeCode>, OfficeError> =
                text.split([',', ';', '\n']).map(OfficeCode::parse).collect();
            if let Some(codes) = codes.ok().filter(|codes| codes.len() <= OFFICES_MAX) {
                return Ok(Some(set_offices(turn, id, codes).await?));
            }
            person_screens::OFFICES_WRONG
        }
        (_, None) if matches!(input, Input::ShowAgain) => draft::ASKED_AGAIN,
        (_, None) => draft::ONLY_TEXT,
    };
    // The requisites of a client belong to an invitation, anything else is a slip.
    if text
        .is_some_and(|text| Field::found_in(&read(text)).iter().any(|field| *field != Field::Name))
    {
        return Ok(None);
    }
    let Some(employee) = employee(turn, id).await? else { return Ok(None) };
    let screen = match prompt.about {
        PromptAbout::Limit(span) => person_screens::name_limit(&employee, span),
        PromptAbout::Offices => person_screens::name_office(&employee),
    };
    let screen = parts::noted(slip, screen);
    Ok(Some(if matches!(input, Input::ShowAgain) { Plan::say(screen) } else { Plan::show(screen) }))
}

async fn set_limit(
    turn: &mut Turn<'_>,
    id: PersonId,
    span: Span,
    limit: Option<u32>,
) -> Result<Plan, StoreError> {
    let Some(mut employee) = employee(turn, id).await? else {
        return Ok(Plan::show(person_screens::no_such_person()));
    };
    let before = employee.usage.limit(span);
    employee.limits.retain(|(known, _)| *known != span);
    employee.limits.extend(limit.map(|limit| (span, limit)));
    let default = turn.facts.setup.rules.limits.person(span);
    employee.usage.set_limit(span, limit.unwrap_or(default));
    let change = Change::SetLimit { person: id, span, limit };
    let plan = Plan::show(person_screens::set(card(turn, &employee))).with(change);
    let told = before != employee.usage.limit(span) && id != turn.facts.viewer.me.id;
    Ok(match told {
        true => plan.tell(id, person_screens::limit_changed(&employee.usage, span)),
        false => plan,
    })
}

async fn set_offices(
    turn: &mut Turn<'_>,
    id: PersonId,
    codes: Vec<OfficeCode>,
) -> Result<Plan, StoreError> {
    let Some(mut employee) = employee(turn, id).await? else { return gone(turn).await };
    let mut offices: Vec<OfficeCode> = Vec::new();
    for code in codes {
        if !offices.contains(&code) {
            offices.push(code);
        }
    }
    if offices == employee.offices {
        return Ok(Plan::show(card(turn, &employee)));
    }
    employee.offices = offices.clone();
    let plan = Plan::show(person_screens::set(card(turn, &employee)))
        .with(Change::SetOffices { person: id, codes: offices });
    Ok(match id == turn.facts.viewer.me.id {
        true => plan,
        false => plan.tell(id, person_screens::offices_changed(&employee.offices)),
    })
}
