//! Several organisations in one message: what belongs to which.

use std::ops::Range;

use crate::email::Email;
use crate::findings::{Finding, PartyRequisites};
use crate::groups::{InnGroup, all_kpps_certain, client_kpps};
use crate::matches::{Confidence, Match, MatchKind};
use crate::name_groups::NameGroup;

/// A company owns what stands between its ИНН and the next, if the message keeps one order.
pub(crate) fn of_several(
    matches: &[Match],
    group: &InnGroup,
    all: &[&InnGroup],
    names: &[NameGroup<'_>],
) -> PartyRequisites {
    let starts = || all.iter().map(|other| other.first_at);
    let first = starts().min().unwrap_or(0);
    let behind_last = starts().filter(|at| *at < group.first_at).max().map_or(0, |at| at + 1);
    let next = starts().filter(|at| *at > group.first_at).min().unwrap_or(matches.len());
    let before_first = matches.get(..first).unwrap_or_default();
    let own = matches.get(group.first_at..next).unwrap_or_default();
    let kpp = if !group.choice.value.is_organisation() {
        Finding::Missing
    } else if client_kpps(before_first).is_empty() {
        Finding::certain_if(all_kpps_certain(own), client_kpps(own))
    } else {
        Finding::uncertain(client_kpps(matches))
    };

    let companies: Vec<&NameGroup<'_>> = names.iter().filter(|name| name.is_of_client()).collect();
    let names_come_first = companies.iter().any(|name| name.first_at < first);
    let range: Range<usize> =
        if names_come_first { behind_last..group.first_at } else { group.first_at..next };
    let mut near = companies.iter().filter(|name| range.contains(&name.first_at));
    let name = match (near.next(), near.next()) {
        (Some(one), None) if companies.len() == all.len() => {
            Finding::certain_if(one.is_certain(), one.choices())
        }
        _ => Finding::uncertain(companies.iter().flat_map(|name| name.choices()).collect()),
    };
    let certain = group.confidence >= Confidence::Positioned;
    let inn = Finding::certain_if(certain, vec![group.choice.clone()]);
    let email = own_email(matches, group, all, if names_come_first { &companies } else { &[] });
    PartyRequisites { inn, kpp, name, email }
}

/// The one address of the block of a company, which begins with its name or its ИНН: on the line
/// of its ИНН, or if every company has one. The last line of all may be of any of them.
fn own_email(
    matches: &[Match],
    group: &InnGroup,
    all: &[&InnGroup],
    names: &[&NameGroup<'_>],
) -> Finding<Email> {
    let starts: Vec<usize> = all.iter().map(|inn| block_start(inn, all, names)).collect();
    let first = starts.iter().copied().min().unwrap_or(0);
    let is_email = |one: &&Match| matches!(one.kind, MatchKind::Email { .. });
    let block = |start: usize| {
        let next = starts.iter().copied().filter(|at| *at > start).min().unwrap_or(matches.len());
        matches.get(start..next).unwrap_or_default().iter().filter(is_email).collect::<Vec<_>>()
    };
    let before_first = matches.iter().take(first).any(|one| is_email(&one));
    let each_has_one = !before_first && starts.iter().all(|start| block(*start).len() == 1);
    let line = matches.get(group.first_at).map(|one| one.line);
    match block(block_start(group, all, names)).as_slice() {
        [one] if each_has_one || Some(one.line) == line => certain_email(one),
        _ => Finding::Missing,
    }
}

fn block_start(group: &InnGroup, all: &[&InnGroup], names: &[&NameGroup<'_>]) -> usize {
    let before = all.iter().map(|other| other.first_at).filter(|at| *at < group.first_at).max();
    let range = before.map_or(0, |at| at + 1)..group.first_at;
    let name = names.iter().map(|name| name.first_at).find(|at| range.contains(at));
    name.unwrap_or(group.first_at)
}

fn certain_email(one: &Match) -> Finding<Email> {
    match &one.kind {
        MatchKind::Email { email, incidental: false, common: false }
            if email.certain && !one.in_signature && !email.is_no_reply() =>
        {
            Finding::certain_if(true, email.choices.clone())
        }
        _ => Finding::Missing,
    }
}
