//! Decides what the matches mean together: who is the client, and what is asked.

use std::ops::Range;

use crate::email::Email;
use crate::find_names::NameMatch;
use crate::findings::{
    Choice, Correction, Finding, InvalidValue, PartyRequisites, Requisites, ValueError,
};
use crate::inn::Inn;
use crate::kpp::{Kpp, KppError};
use crate::legal_forms::{ComparableName, legal_form_at};
use crate::matches::{Confidence, Match, MatchKind, NameSource};
use crate::name::CompanyName;

struct InnGroup {
    choice: Choice<Inn>,
    confidence: Confidence,
    of_bank: bool,
    first_at: usize,
}

struct NameGroup<'a> {
    spellings: Vec<(&'a NameMatch, NameSource)>,
    of_bank: bool,
    in_signature: bool,
    first_at: usize,
    line: usize,
}

pub(crate) fn resolve(matches: &[Match]) -> Requisites {
    let matches = &with_likely_zeros(matches);
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

fn invalid_values(matches: &[Match]) -> impl Iterator<Item = &InvalidValue> {
    matches.iter().filter_map(|one| match &one.kind {
        MatchKind::Invalid(invalid) => Some(invalid),
        _ => None,
    })
}

fn has_invalid_inn(matches: &[Match]) -> bool {
    invalid_values(matches).any(|invalid| matches!(invalid.error, ValueError::Inn(_)))
}

/// Drops КПП of eight digits unless an ИНН begins with zero: both carry the region, so a
/// spreadsheet strips both or neither.
fn with_likely_zeros(matches: &[Match]) -> Vec<Match> {
    let begins_with_zero = |one: &Match| match &one.kind {
        MatchKind::Inn { choice, .. } => choice.value.as_str().starts_with('0'),
        _ => false,
    };
    let mut matches = matches.to_vec();
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

fn inn_groups(matches: &[Match]) -> Vec<InnGroup> {
    let mut groups: Vec<InnGroup> = Vec::new();
    for (first_at, one) in matches.iter().enumerate() {
        let MatchKind::Inn { choice, confidence } = &one.kind else { continue };
        let is_beside = |other: &Match| {
            other.line == one.line
                && !matches!(other.kind, MatchKind::Inn { .. } | MatchKind::Invalid(_))
        };
        let confidence = match confidence {
            // A number in a table of something else.
            Confidence::Positioned if one.in_table && !matches.iter().any(is_beside) => {
                Confidence::ChecksumOnly
            }
            confidence => *confidence,
        };
        match groups.iter_mut().find(|group| group.choice.value == choice.value) {
            Some(group) => {
                group.confidence = group.confidence.max(confidence);
                group.of_bank &= one.of_bank;
                if choice.correction.is_none() {
                    group.choice.correction = None;
                }
            }
            None => {
                let (choice, of_bank) = (choice.clone(), one.of_bank);
                groups.push(InnGroup { choice, confidence, of_bank, first_at });
            }
        }
    }
    groups
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
    let certain = !has_invalid_inn(matches) && all_kpps_certain(matches);
    let kpp = Finding::certain_if(certain, client_kpps(matches));
    PartyRequisites { inn: Finding::Missing, kpp, name: name(matches, names, None) }
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
    PartyRequisites { inn, kpp, name: name(matches, names, Some(&group.choice.value)) }
}

/// With the bank's own ИНН there, its КПП is known as the bank's.
fn has_bank_inn(matches: &[Match]) -> bool {
    matches.iter().any(|one| one.of_bank && matches!(one.kind, MatchKind::Inn { .. }))
}

fn client_kpps(matches: &[Match]) -> Vec<Choice<Kpp>> {
    distinct_kpps(matches.iter().filter(|one| !one.of_bank))
}

fn distinct_kpps<'a>(matches: impl Iterator<Item = &'a Match>) -> Vec<Choice<Kpp>> {
    let mut found: Vec<Choice<Kpp>> = Vec::new();
    for one in matches {
        if let MatchKind::Kpp { choice, .. } = &one.kind
            && !found.iter().any(|other| other.value == choice.value)
        {
            found.push(choice.clone());
        }
    }
    found
}

fn all_kpps_certain(matches: &[Match]) -> bool {
    matches.iter().filter(|one| !one.of_bank).all(|one| match &one.kind {
        MatchKind::Kpp { certain, .. } => *certain,
        MatchKind::Invalid(invalid) => !matches!(invalid.error, ValueError::Kpp(_)),
        _ => true,
    })
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
    let is_number =
        |kind: &MatchKind| matches!(kind, MatchKind::Inn { .. } | MatchKind::Kpp { .. });
    let numbers: Vec<&Match> =
        matches.iter().filter(|one| is_number(&one.kind) && !one.of_bank).collect();
    let last_line = numbers.iter().map(|number| number.line).max();
    let far_below =
        !name.is_labelled() && last_line.is_some_and(|last_line| name.line > last_line + 1);
    let of_sender = name.in_signature && numbers.iter().any(|number| !number.in_signature);
    let certain = name.is_certain() && !name.of_bank && !far_below && !of_sender;
    Finding::certain_if(certain, name.choices())
}

/// A company owns what stands between its ИНН and the next, if the message keeps one order.
fn of_several(
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
    PartyRequisites { inn: Finding::certain_if(certain, vec![group.choice.clone()]), kpp, name }
}

fn name_groups(matches: &[Match]) -> Vec<NameGroup<'_>> {
    let mut groups: Vec<NameGroup<'_>> = Vec::new();
    for (first_at, one) in matches.iter().enumerate() {
        let MatchKind::Name { name, source } = &one.kind else { continue };
        let last = groups.len().saturating_sub(1);
        let same = groups.iter_mut().enumerate().find_map(|(index, group)| {
            let goes_on = index == last && (group.completes(*source) || group.is_explained(name));
            (group.is_of(&name.comparable) || goes_on).then_some(group)
        });
        match same {
            Some(group) => {
                group.spellings.push((name, *source));
                group.of_bank &= one.of_bank;
                group.in_signature &= one.in_signature;
                group.line = group.line.min(one.line);
            }
            None => groups.push(NameGroup {
                spellings: vec![(name, *source)],
                of_bank: one.of_bank,
                in_signature: one.in_signature,
                first_at,
                line: one.line,
            }),
        }
    }
    groups
}

impl NameGroup<'_> {
    fn is_of(&self, comparable: &ComparableName) -> bool {
        self.spellings.iter().any(|(name, _)| name.comparable.is_same(comparable))
    }

    /// A labelled full name and a labelled short one in a row are of one company.
    fn completes(&self, source: NameSource) -> bool {
        use NameSource::{FullNameLabel, ShortNameLabel};
        matches!(
            (self.spellings.as_slice(), source),
            ([(_, FullNameLabel)], ShortNameLabel) | ([(_, ShortNameLabel)], FullNameLabel)
        )
    }

    /// «Общество с ограниченной ответственностью … (ООО …)».
    fn is_explained(&self, name: &NameMatch) -> bool {
        let [(full, _)] = self.spellings.as_slice() else { return false };
        let full = full.as_written();
        name.bracketed
            && legal_form_at(full).is_some()
            && full.split(' ').next().is_some_and(|word| word.len() > 10)
    }

    fn is_of_client(&self) -> bool {
        !self.of_bank && !self.only_person_label()
    }

    fn only_person_label(&self) -> bool {
        self.spellings.iter().all(|(_, source)| *source == NameSource::PersonLabel)
    }

    fn only_guess(&self) -> bool {
        self.spellings.iter().all(|(_, source)| *source == NameSource::Guess)
    }

    fn is_labelled(&self) -> bool {
        let unlabelled = [NameSource::Unlabelled, NameSource::PersonLabel];
        self.spellings.iter().any(|(_, source)| !unlabelled.contains(source))
    }

    fn is_certain(&self) -> bool {
        !self.only_person_label() && !self.only_guess() && self.best().is_some_and(|it| it.certain)
    }

    /// The spelling to show: certain, labelled short, with a short form, with most full words.
    fn best(&self) -> Option<&NameMatch> {
        let worth = |(name, source): &(&NameMatch, NameSource)| {
            let form = legal_form_at(name.as_written());
            let short_form = form.map(|form| form.length < 20);
            let words = name.comparable.words.iter().filter(|word| word.chars().count() > 1);
            (name.certain, *source == NameSource::ShortNameLabel, short_form, words.count())
        };
        // `max_by_key` returns the last of equals, and the first is wanted.
        let best = self.spellings.iter().rev().max_by_key(|spelling| worth(spelling));
        best.map(|(name, _)| *name)
    }

    fn choices(&self) -> Vec<Choice<CompanyName>> {
        self.best().map_or_else(Vec::new, |name| name.choices.clone())
    }
}

fn email(matches: &[Match], several_companies: bool) -> Finding<Email> {
    let is_inn_above = |one: &Match| !one.in_signature && matches!(one.kind, MatchKind::Inn { .. });
    let has_inn = matches.iter().any(is_inn_above);
    let mut choices: Vec<Choice<Email>> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut certain = false;
    for one in matches {
        let MatchKind::Email { email, incidental } = &one.kind else { continue };
        let Some(likeliest) = email.choices.first() else { continue };
        let of_sender = one.in_signature && has_inn;
        certain |= email.certain && !(*incidental || of_sender || email.is_no_reply());
        let key = likeliest.value.key();
        if !keys.contains(&key) {
            keys.push(key);
            choices.extend(email.choices.iter().cloned());
        }
    }
    let mut invalid = invalid_values(matches);
    let has_invalid = invalid.any(|invalid| matches!(invalid.error, ValueError::Email(_)));
    Finding::certain_if(certain && !several_companies && !has_invalid, choices)
}
