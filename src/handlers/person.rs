//! The list of staff, the card of a person, and what admins set there.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::session::person_by_id;
use super::status::{is_fresh, unix_minute};
use super::{Input, OutgoingMessage, Placement, Plan, Turn, policy, session};
use crate::dialogue::session::{Prompt, PromptAbout, Session};
use crate::domain::requisites::read;
use crate::domain::{
    Days, Field, LimitPeriod, OfficeCode, OfficeError, Permission, Person, PersonId, Provider,
    Role, is_command,
};
use crate::screens::person::{self as screens, Employee};
use crate::screens::staff::{StaffPage, staff};
use crate::screens::{CONFIRM_AGAIN, STALE, Screen, draft, parts};
use crate::store::{Change, StoreError};

const PER_PAGE: u32 = 8;

pub fn is_fixed(turn: &Turn<'_>, id: PersonId) -> bool {
    turn.facts.setup.fixed_admins.contains(&id)
}

pub async fn stale_list(turn: &mut Turn<'_>) -> Result<Plan, StoreError> {
    Ok(page(turn, 0).await?.with_toast(STALE))
}

pub async fn page(turn: &mut Turn<'_>, number: u32) -> Result<Plan, StoreError> {
    let found = turn.reader.staff(number.saturating_add(1), PER_PAGE).await?;
    let setup = &turn.facts.setup;
    let mut fixed = Vec::new();
    if found.page == 1 {
        for &id in &setup.fixed_admins {
            fixed.push(person_by_id(turn.reader, id).await?);
        }
    }
    let people = found.people.into_iter();
    let people = people.filter_map(|listed| Some((listed.person, listed.role?)));
    let people: Vec<(Person, Role)> =
        people.filter(|(person, _)| !setup.fixed_admins.contains(&person.id)).collect();
    let shown: Vec<PersonId> =
        fixed.iter().chain(people.iter().map(|(person, _)| person)).map(|it| it.id).collect();
    let offices = match setup.providers.contains(&Provider::Sbis) {
        true => turn.reader.offices_of(&shown).await?,
        false => BTreeMap::new(),
    };
    let page = found.page.saturating_sub(1);
    let may_add = turn.facts.viewer.may(Permission::ManageStaff);
    Ok(Plan::show(staff(&StaffPage { people, fixed, offices, page, pages: found.pages, may_add })))
}

pub const LIMIT_MAX: u32 = 10_000;

pub const OFFICES_MAX: usize = 10;

pub fn card_screen(turn: &Turn<'_>, employee: &Employee) -> Screen {
    screens::employee(&turn.facts.setup, employee)
}

/// `None`: nobody with this id has access.
pub async fn employee(turn: &mut Turn<'_>, id: PersonId) -> Result<Option<Employee>, StoreError> {
    let listed = turn.reader.listed(id).await?;
    let fixed = is_fixed(turn, id).then_some(Role::Admin);
    let Some(role) = fixed.or(listed.as_ref().and_then(|listed| listed.role)) else {
        return Ok(None);
    };
    let person = listed.map_or(Person { id, name: None }, |listed| listed.person);
    let quotas = policy::quotas(&turn.facts);
    let now = turn.facts.viewer.now;
    Ok(Some(Employee {
        person,
        role,
        offices: turn.reader.offices(id).await?,
        limits: turn.reader.own_limits(id).await?,
        usage: turn.reader.usage(id, &quotas, now).await?,
        until: until(turn, id).await?,
    }))
}

/// The last day of access.
pub async fn until(turn: &mut Turn<'_>, id: PersonId) -> Result<Option<Date>, StoreError> {
    let zone = turn.facts.viewer.zone.clone();
    let ends = turn.reader.access_until(id).await?;
    let last = |at: Timestamp| at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at);
    Ok(ends.map(|at| last(at).to_zoned(zone).date()))
}

/// Until the end of the day so many days from today.
pub async fn set_until(
    turn: &mut Turn<'_>,
    id: PersonId,
    days: Option<u32>,
) -> Result<Plan, StoreError> {
    let Some(employee) = employee(turn, id).await? else { return stale_list(turn).await };
    if employee.role == Role::Admin {
        return Ok(Plan::show(screens::admins_have_no_end()));
    }
    let (now, zone) = (turn.facts.viewer.now, turn.facts.viewer.zone.clone());
    let last =
        days.map(|days| now.to_zoned(zone.clone()).date().saturating_add(i64::from(days).days()));
    let until = last.map(|last| Days { first: last, last }.bounds(&zone).1);
    let shown = screens::saved(card_screen(turn, &Employee { until: last, ..employee }));
    Ok(Plan::show(shown).with(Change::SetUntil { person: id, until }))
}

pub fn limit_in(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|&limit| limit <= LIMIT_MAX)
}

pub async fn find_and_prompt(
    turn: &mut Turn<'_>,
    id: PersonId,
    about: PromptAbout,
) -> Result<Plan, StoreError> {
    match (employee(turn, id).await?, about) {
        (Some(employee), about) => Ok(prompt_for(turn, &employee, about)),
        (None, PromptAbout::Limit(_)) => Ok(Plan::show(screens::no_such_person())),
        (None, PromptAbout::Offices) => stale_list(turn).await,
    }
}

pub fn prompt_for(turn: &Turn<'_>, employee: &Employee, about: PromptAbout) -> Plan {
    let screen = match about {
        PromptAbout::Limit(period) => screens::limit_screen(employee, period),
        PromptAbout::Offices => screens::office_screen(&turn.facts.setup, employee),
    };
    let prompt = Some(Prompt { about, person: employee.person.id });
    let asked = Session { prompt, ..turn.session.clone() };
    let mut plan = Plan::show(screen);
    plan.changes.extend(session::save(&turn.facts, &asked));
    plan
}

/// `None`: it does not fit. Until the next press or command a second value corrects the first.
pub async fn answer_prompt(
    turn: &mut Turn<'_>,
    prompt: &Prompt,
    input: &Input,
) -> Result<Option<Plan>, StoreError> {
    let text = match input {
        Input::Message { text: Some(text), .. } if is_command(text) => {
            return Ok(None);
        }
        Input::Message { text, .. } => text.as_deref(),
        Input::ShowAgain => None,
        Input::Press(..) | Input::UnknownPress | Input::Edited { .. } => return Ok(None),
    };
    let id = prompt.person;
    let slip = match (prompt.about, text) {
        (PromptAbout::Limit(period), Some(text)) => {
            if let Some(limit) = limit_in(text) {
                return Ok(Some(set_limit(turn, id, period, Some(limit)).await?));
            }
            screens::LIMIT_WRONG
        }
        (PromptAbout::Offices, Some(text)) => {
            let codes: Result<Vec<OfficeCode>, OfficeError> =
                text.split([',', ';', '\n']).map(OfficeCode::parse).collect();
            if let Some(codes) = codes.ok().filter(|codes| codes.len() <= OFFICES_MAX) {
                return Ok(Some(set_offices(turn, id, codes).await?));
            }
            screens::OFFICES_WRONG
        }
        (_, None) if matches!(input, Input::ShowAgain) => draft::ASKED_AGAIN,
        (_, None) => draft::ONLY_TEXT,
    };
    // A client's requisites are for an invitation; anything else is a slip.
    if text
        .is_some_and(|text| Field::found_in(&read(text)).iter().any(|field| *field != Field::Name))
    {
        return Ok(None);
    }
    let Some(employee) = employee(turn, id).await? else { return Ok(None) };
    let screen = match prompt.about {
        PromptAbout::Limit(period) => screens::prompt_for_limit(&employee, period),
        PromptAbout::Offices => screens::prompt_for_offices(&employee),
    };
    let message = OutgoingMessage::Screen(parts::noted(slip, screen));
    let shown = match input {
        Input::ShowAgain => Placement::Below(message),
        _ => Placement::Here(message),
    };
    Ok(Some(Plan { shown: vec![shown], ..Plan::default() }))
}

/// `/cancel` is about the question that stands, not about the draft.
pub async fn leave_prompt(
    turn: &mut Turn<'_>,
    prompt: &Prompt,
) -> Result<Option<Plan>, StoreError> {
    let Some(employee) = employee(turn, prompt.person).await? else { return Ok(None) };
    let without = Session { prompt: None, ..turn.session.clone() };
    let mut plan = Plan::show(card_screen(turn, &employee));
    plan.changes.extend(session::save(&turn.facts, &without));
    Ok(Some(plan))
}

pub async fn set_limit(
    turn: &mut Turn<'_>,
    id: PersonId,
    period: LimitPeriod,
    limit: Option<u32>,
) -> Result<Plan, StoreError> {
    let Some(mut employee) = employee(turn, id).await? else {
        return Ok(Plan::show(screens::no_such_person()));
    };
    let before = employee.usage.limit(period);
    employee.limits.retain(|(known, _)| *known != period);
    employee.limits.extend(limit.map(|limit| (period, limit)));
    let default = turn.facts.setup.rules.limits.person(period);
    employee.usage.set_limit(period, limit.unwrap_or(default));
    let plan = Plan::show(screens::saved(card_screen(turn, &employee))).with(Change::SetLimit {
        person: id,
        period,
        limit,
    });
    let told = before != employee.usage.limit(period) && id != turn.facts.viewer.me.id;
    Ok(match told {
        true => plan.tell_other(id, screens::limit_changed(&employee.usage, period)),
        false => plan,
    })
}

/// Codes that somebody has are not lost by one press, nor by one of an old question.
pub async fn ask_or_set_offices(
    turn: &mut Turn<'_>,
    id: PersonId,
    code: Option<OfficeCode>,
    asked: Option<i64>,
) -> Result<Plan, StoreError> {
    let Some(employee) = employee(turn, id).await? else { return stale_list(turn).await };
    let now = unix_minute(turn.facts.viewer.now);
    let ask = || Plan::show(screens::ask_offices(&employee, code.as_ref(), now));
    match asked {
        _ if employee.offices.is_empty() => {}
        None => return Ok(ask()),
        Some(asked) if !is_fresh(&turn.facts.viewer, asked) => {
            return Ok(ask().with_toast(CONFIRM_AGAIN));
        }
        Some(_) => {}
    }
    set_offices(turn, id, code.into_iter().collect()).await
}

pub async fn set_offices(
    turn: &mut Turn<'_>,
    id: PersonId,
    codes: Vec<OfficeCode>,
) -> Result<Plan, StoreError> {
    let Some(mut employee) = employee(turn, id).await? else { return stale_list(turn).await };
    let mut offices: Vec<OfficeCode> = Vec::new();
    for code in codes {
        if !offices.contains(&code) {
            offices.push(code);
        }
    }
    if offices == employee.offices {
        return Ok(Plan::show(card_screen(turn, &employee)));
    }
    employee.offices = offices.clone();
    let plan = Plan::show(screens::saved(card_screen(turn, &employee)))
        .with(Change::SetOffices { person: id, codes: offices });
    Ok(match id == turn.facts.viewer.me.id {
        true => plan,
        false => plan.tell_other(id, screens::offices_changed(&employee.offices)),
    })
}
