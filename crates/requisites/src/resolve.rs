//! Decides what the matches mean together: who is the client, and what is asked.

use std::mem::discriminant;

use crate::email::Email;
use crate::findings::{
    Choice, Correction, Finding, InvalidValue, PartyRequisites, Requisites, ValueError,
};
use crate::groups::{
    InnGroup, all_kpps_certain, client_kpps, distinct_kpps, inn_groups, invalid_values,
};
use crate::inn::Inn;
use crate::kpp::KppError;
use crate::matches::{Confidence, Match, MatchKind};
use crate::name::CompanyName;
use crate::name_groups::{NameGroup, name_groups};
use crate::several::of_several;

pub(crate) fn resolve(matches: &[Match]) -> Requisites {
    let matches = &with_likely_zeros(current(matches));
    let invalid = invalid_values(matches).cloned().collect();
    let names = name_groups(matches);
    let companies = names.iter().filter(|name| name.is_of_client()).count();
    let inns = inn_groups(matches);
    let clients = clients(&inns, companies);
    let parties = match clients.as_slice() {
        [] => vec![without_inn(matches, &names)],
        [inn] => vec![single(matches, inn, &names)],
        several => several.iter().map(|inn| of_several(matches, inn, several, &names)).collect(),
    };
    let several = parties.len() > 1 || companies > 1;
    let email = email(matches, several);
    let parties = parties.into_iter().filter(|party| *party != PartyRequisites::default());
    Requisites { parties: parties.collect(), email, invalid, single_value: None }
}

/// Without what another value has replaced; and what stands below the bank's accounts is the
/// client's, if nothing else is.
fn current(matches: &[Match]) -> Vec<Match> {
    let replaces = |old: &Match| {
        let same = |new: &&Match| discriminant(&new.kind) == discriminant(&old.kind);
        matches.iter().filter(same).any(|new| !new.former)
    };
    let is_client = |one: &Match| match one.kind {
        MatchKind::Inn { confidence, .. } => !one.of_bank && confidence >= Confidence::Positioned,
        _ => false,
    };
    let has_client = matches.iter().any(is_client);
    let current = matches.iter().filter(|one| !one.former || !replaces(one)).cloned();
    let owned = |mut one: Match| {
        one.of_bank &= has_client || !one.below_accounts;
        one
    };
    current.map(owned).collect()
}

fn has_invalid_inn(matches: &[Match]) -> bool {
    invalid_values(matches).any(|invalid| matches!(invalid.error, ValueError::Inn(_)))
}

/// Drops КПП of eight digits unless an ИНН begins with zero: both carry the region, so a
/// spreadsheet strips both or neither.
fn with_likely_zeros(mut matches: Vec<Match>) -> Vec<Match> {
    let begins_with_zero = |one: &Match| match &one.kind {
        MatchKind::Inn { choice, .. } => choice.value.as_str().starts_with('0'),
        _ => false,
    };
    if matches.iter().any(begins_with_zero) {
        return matches;
    }
    for one in &mut matches {
        if let MatchKind::Kpp { choice, .. } = &one.kind
            && let Some(Correction::LostZero(written)) = &choice.correction
        {
            let error = KppError::Length(written.chars().count());
            one.kind = MatchKind::Invalid(InvalidValue::new(written, error));
        }
    }
    matches
}

/// A bank's ИНН is dropped unless it is the only one or another company is named; those of low
/// confidence are dropped if there are better ones.
fn clients(inns: &[InnGroup], companies: usize) -> Vec<&InnGroup> {
    let banks_count = companies > 1 || inns.iter().all(|inn| inn.of_bank);
    let likely: Vec<&InnGroup> = inns.iter().filter(|inn| banks_count || !inn.of_bank).collect();
    let best = likely.iter().map(|inn| inn.confidence).max();
    let floor = best.map(|best| best.min(Confidence::PhoneLike));
    likely.into_iter().filter(|inn| Some(inn.confidence) >= floor).collect()
}

fn without_inn(matches: &[Match], names: &[NameGroup<'_>]) -> PartyRequisites {
    let wrong = invalid_values(matches).filter(|one| matches!(one.error, ValueError::Inn(_)));
    let kpp =
        Finding::certain_if(wrong.count() < 2 && all_kpps_certain(matches), client_kpps(matches));
    PartyRequisites { kpp, name: name(matches, names, None), ..PartyRequisites::default() }
}

fn single(matches: &[Match], group: &InnGroup, names: &[NameGroup<'_>]) -> PartyRequisites {
    // The number may belong to either of two companies that are certainly named.
    let companies = names.iter().filter(|name| !name.of_bank && name.is_certain()).count();
    let certain = !has_invalid_inn(matches)
        && !group.of_bank
        && group.confidence >= Confidence::Positioned
        && companies < 2;
    let inn = Finding::certain_if(certain, vec![group.choice.clone()]);
    let kpps = client_kpps(matches);
    let kpp = if !group.choice.value.is_organisation() {
        Finding::Missing
    } else if group.of_bank || (kpps.is_empty() && !has_bank_inn(matches)) {
        Finding::uncertain(distinct_kpps(matches.iter()))
    } else {
        Finding::certain_if(inn.certain().is_some() && all_kpps_certain(matches), kpps)
    };
    let name = name(matches, names, Some(&group.choice.value));
    PartyRequisites { inn, kpp, name, email: Finding::Missing }
}

/// With the bank's own ИНН there, its КПП is known as the bank's.
fn has_bank_inn(matches: &[Match]) -> bool {
    matches.iter().any(|one| one.of_bank && matches!(one.kind, MatchKind::Inn { .. }))
}

/// A name that only a person's label speaks for is that of an ИП.
fn name(matches: &[Match], names: &[NameGroup<'_>], inn: Option<&Inn>) -> Finding<CompanyName> {
    let only_banks = names.iter().all(|name| name.of_bank);
    let mut likely: Vec<&NameGroup<'_>> =
        names.iter().filter(|name| only_banks || !name.of_bank).collect();
    let only_people = likely.iter().all(|name| name.only_person_label());
    let of_person = inn.is_some_and(|inn| !inn.is_organisation());
    likely.retain(|name| !name.only_person_label() || (of_person && only_people));
    let [name] = likely.as_slice() else {
        return Finding::uncertain(likely.iter().flat_map(|name| name.choices()).collect());
    };
    let is_number = |kind: &MatchKind| {
        matches!(kind, MatchKind::Inn { .. } | MatchKind::Kpp { .. } | MatchKind::Invalid(_))
    };
    let numbers: Vec<&Match> =
        matches.iter().filter(|one| is_number(&one.kind) && !one.of_bank).collect();
    let last_line = numbers.iter().map(|number| number.line).max();
    let far_below =
        !name.is_labelled() && last_line.is_some_and(|last_line| name.line > last_line + 1);
    let of_sender = name.in_signature && numbers.iter().any(|number| !number.in_signature);
    let beside = numbers.iter().any(|number| number.line.abs_diff(name.line) < 2);
    let named = name.is_certain() || (name.is_likely() && beside);
    let certain = named && !name.of_bank && !far_below && !of_sender;
    Finding::certain_if(certain, name.choices())
}

fn email(matches: &[Match], several_companies: bool) -> Finding<Email> {
    let is_inn_above = |one: &Match| !one.in_signature && matches!(one.kind, MatchKind::Inn { .. });
    let has_inn = matches.iter().any(is_inn_above);
    let mut choices: Vec<Choice<Email>> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut certain = false;
    for one in matches {
        let MatchKind::Email { email, incidental, common } = &one.kind else { continue };
        let Some(likeliest) = email.choices.first() else { continue };
        let of_sender = one.in_signature && has_inn;
        let own = *common || !several_companies;
        certain |= email.certain && own && !(*incidental || of_sender || email.is_no_reply());
        let key = likeliest.value.key();
        if !keys.contains(&key) {
            keys.push(key);
            choices.extend(email.choices.iter().cloned());
        }
    }
    let mut invalid = invalid_values(matches);
    let has_invalid = invalid.any(|invalid| matches!(invalid.error, ValueError::Email(_)));
    Finding::certain_if(certain && !has_invalid, choices)
}
