//! The allow-list.

use super::session::all_staff;
use super::{About, OutgoingMessage, Placement, Plan, Turn, person, policy};
use crate::dialogue::session::PromptAbout;
use crate::domain::{LimitPeriod, Permission, Person, PersonId, Provider, ResultWord, Role, tidy};
use crate::screens::UNKNOWN_PRESS;
use crate::screens::person::{self as person_screens, Employee};
use crate::screens::press::StaffAct;
use crate::screens::staff::{self as screens, Allowed, Revoked};
use crate::store::{Change, Filter, Query, StoreError};

/// In characters.
const NAME_MAX: usize = 64;

/// `/staff [<id> [<лимит>]]`
pub async fn command(turn: &mut Turn<'_>, text: &str) -> Result<Plan, StoreError> {
    let text = tidy(text);
    let mut words = text.split(' ');
    let Some(id) = words.next().and_then(|word| word.parse().ok()) else {
        return match text.as_str() {
            "" => person::page(turn, 0).await,
            name => named(turn, name).await,
        };
    };
    match (words.next(), words.next()) {
        _ if !turn.facts.viewer.may(Permission::ManageStaff) => {
            pressed(turn, StaffAct::Card(id)).await
        }
        (None, _) => person::find_and_prompt(turn, id, PromptAbout::Limit(LimitPeriod::Day)).await,
        (Some(word), None) => match person::limit_in(word) {
            Some(limit) => person::set_limit(turn, id, LimitPeriod::Day, Some(limit)).await,
            None => Ok(Plan::show(person_screens::limit_usage())),
        },
        _ => Ok(Plan::show(person_screens::limit_usage())),
    }
}

/// The card of the one whose name has these words.
async fn named(turn: &mut Turn<'_>, name: &str) -> Result<Plan, StoreError> {
    let (staff, wanted) = (all_staff(turn.reader, &turn.facts.setup).await?, name.to_lowercase());
    let is_meant = |person: &Person| {
        person.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&wanted))
    };
    let mut meant = staff.iter().map(|(person, _)| person).filter(|person| is_meant(person));
    match (meant.next(), meant.next()) {
        (Some(only), None) => pressed(turn, StaffAct::Card(only.id)).await,
        (None, _) => Ok(Plan::show(screens::nobody_called(name))),
        (Some(_), Some(_)) => Ok(Plan::show(screens::several_called(name))),
    }
}

/// `/allow <id> [имя] [роль]`, or a reply to a forwarded message or a contact.
pub async fn allow_command(
    turn: &mut Turn<'_>,
    text: &str,
    about: Option<About>,
) -> Result<Plan, StoreError> {
    let text = tidy(text);
    let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let role_of = |word: &str| {
        let word = word.to_lowercase();
        Role::ALL.into_iter().find(|&role| screens::role_word(role) == word)
    };
    let role = words.last().and_then(|word| role_of(word));
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
    let goes_on = |word: &&str| word.chars().all(|c| c.is_ascii_digit());
    if words.first().is_some_and(goes_on) || words.iter().any(|word| role_of(word).is_some()) {
        return Ok(Plan::show(screens::allow_misread()));
    }
    let name = words.join(" ");
    if name.chars().count() > NAME_MAX {
        return Ok(Plan::show(screens::name_too_long(NAME_MAX)));
    }
    let name = if name.is_empty() { known_name } else { Some(name) };
    let listed = turn.reader.listed(id).await?;
    let before = listed.as_ref().and_then(|listed| listed.role);
    if role != Some(Role::Admin) || before == Some(Role::Admin) {
        return allow(turn, Person { id, name }, role).await;
    }
    // A slip in a digit must not make a stranger an admin: access first, then «Точно?».
    let known = listed.and_then(|listed| listed.person.name);
    let mut plan = match before {
        None => allow(turn, Person { id, name: name.clone() }, Some(Role::Staff)).await?,
        Some(_) => Plan::default(),
    };
    let asked = screens::ask_admin(&Person { id, name }, known.as_deref());
    let asked = Placement::Here(OutgoingMessage::Screen(asked));
    // The question stands in place of «Доступ открыт», before the one about the office.
    match plan.shown.first_mut() {
        Some(first) => *first = asked,
        None => plan.shown.push(asked),
    }
    Ok(plan)
}

/// `/revoke <id>`, or a reply to a forwarded message or a contact.
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

pub async fn pressed(turn: &mut Turn<'_>, act: StaffAct) -> Result<Plan, StoreError> {
    match act {
        StaffAct::Page(number) => person::page(turn, number).await,
        StaffAct::Revoke(id) => revoke(turn, id).await,
        StaffAct::AskRevoke(id) => {
            let listed = turn.reader.listed(id).await?.filter(|listed| listed.role.is_some());
            match listed {
                _ if person::is_fixed(turn, id) && listed.is_some() => {
                    Ok(Plan::show(screens::fixed_admin(id)))
                }
                Some(listed) => Ok(Plan::show(screens::ask_revoke(&listed.person))),
                None => person::stale_list(turn).await,
            }
        }
        StaffAct::AskRole(id)
        | StaffAct::SetRole(id, _)
        | StaffAct::AskUntil(id)
        | StaffAct::SetUntil(id, _)
            if person::is_fixed(turn, id) =>
        {
            Ok(Plan::show(screens::fixed_admin(id)))
        }
        StaffAct::SetRole(id, role) => {
            match turn.reader.listed(id).await?.filter(|listed| listed.role.is_some()) {
                Some(_) => allow(turn, Person { id, name: None }, Some(role)).await,
                None => person::stale_list(turn).await,
            }
        }
        StaffAct::SetOffice(id, code) => person::ask_or_set_offices(turn, id, code, None).await,
        StaffAct::ReplaceOffices(id, code, asked) => {
            person::ask_or_set_offices(turn, id, code, Some(asked)).await
        }
        StaffAct::AskOffice(id) => person::find_and_prompt(turn, id, PromptAbout::Offices).await,
        StaffAct::AskLimit(id, period) => {
            person::find_and_prompt(turn, id, PromptAbout::Limit(period)).await
        }
        StaffAct::SetLimit(id, period, limit)
            if limit.is_none_or(|limit| limit <= person::LIMIT_MAX) =>
        {
            person::set_limit(turn, id, period, limit).await
        }
        StaffAct::SetLimit(..) => Ok(Plan::toast(UNKNOWN_PRESS)),
        StaffAct::SetUntil(id, days)
            if days.is_none_or(|days| {
                person_screens::ACCESS_DAYS.iter().any(|(known, _)| *known == days)
            }) =>
        {
            person::set_until(turn, id, days).await
        }
        StaffAct::SetUntil(..) => Ok(Plan::toast(UNKNOWN_PRESS)),
        StaffAct::Card(id) | StaffAct::AskRole(id) | StaffAct::AskUntil(id) => {
            match person::employee(turn, id).await? {
                None => person::stale_list(turn).await,
                Some(employee) if matches!(act, StaffAct::AskUntil(_)) => {
                    Ok(Plan::show(person_screens::ask_until(&employee)))
                }
                Some(employee) if matches!(act, StaffAct::AskRole(_)) => {
                    Ok(Plan::show(person_screens::ask_role(&employee)))
                }
                Some(employee) => Ok(Plan::show(person::card_screen(turn, &employee))),
            }
        }
    }
}

pub async fn allow(
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
        .with_menu_change(id, Some(role));
    if id != turn.facts.viewer.me.id {
        plan = plan.tell_other(id, word);
    }
    if done == Allowed::Added && turn.facts.setup.providers.contains(&Provider::Sbis) {
        let quotas = policy::quotas(&turn.facts);
        let now = turn.facts.viewer.now;
        let employee = Employee {
            person: shown,
            role,
            offices: turn.reader.offices(id).await?,
            limits: turn.reader.own_limits(id).await?,
            usage: turn.reader.usage(id, &quotas, now).await?,
            until: None,
        };
        let asked = person::prompt_for(turn, &employee, PromptAbout::Offices);
        plan.changes.extend(asked.changes);
        plan.shown.extend(asked.shown);
    }
    Ok(plan)
}

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
    if person::is_fixed(turn, id) {
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
    let filter = Filter::ResultWord(ResultWord::Unknown);
    let open = turn.reader.page(&Query { author: Some(id), filter, since: None, page: 1 }).await?;
    let unknown = open.items.into_iter().map(|invitation| invitation.number).collect();
    let done = Revoked::Done { held: holds.clone(), unknown };
    let fixed_admins = turn.facts.setup.fixed_admins.len();
    let plan = Plan::show(screens::revoked(&person, &done))
        .with(Change::Revoke { person: id, fixed_admins, holds: Some(holds) })
        .with_menu_change(id, None);
    Ok(match id == turn.facts.viewer.me.id {
        true => plan,
        false => plan.tell_other(id, screens::farewell()),
    })
}
