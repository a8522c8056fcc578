//! Decides what the sightings mean together: who is the client, and what is asked.

use crate::email::Email;
use crate::find_names::Name;
use crate::findings::{
    Choice, Correction, Finding, InvalidValue, PartyRequisites, Requisites, ValueError,
};
use crate::inn::Inn;
use crate::kpp::{Kpp, KppError};
use crate::legal_forms::{Core, FormKind, form_at, is_same};
use crate::matches::{Rank, Sighting, Trust, What};
use crate::name::CompanyName;

struct Org {
    choice: Choice<Inn>,
    trust: Trust,
    bank: bool,
    at: usize,
}

/// The spellings of one name.
struct Title<'a> {
    spellings: Vec<(&'a Name, Rank)>,
    bank: bool,
    signature: bool,
    at: usize,
    line: usize,
}

pub(crate) fn resolve(seen: &[Sighting]) -> Requisites {
    let seen = &with_likely_zeros(seen);
    let remarks: Vec<InvalidValue> = seen
        .iter()
        .filter_map(|one| match &one.what {
            What::Wrong(remark) => Some(remark.clone()),
            _ => None,
        })
        .collect();
    let broken = remarks.iter().any(|remark| matches!(remark.error, ValueError::Inn(_)));
    let titles = titles(seen);
    let named = titles.iter().filter(|title| !title.bank && !title.is_person()).count();
    let all = orgs(seen);
    let clients = clients(&all, named);
    let parties = match clients.as_slice() {
        [] => vec![nameless(seen, &titles, broken)],
        [one] => vec![single(seen, one, &titles, broken)],
        several => several.iter().map(|one| of_several(seen, one, several, &titles)).collect(),
    };
    let email = email(seen, parties.len() > 1 || named > 1, &remarks);
    let parties =
        parties.into_iter().filter(|party| *party != PartyRequisites::default()).collect();
    Requisites { parties, email, invalid: remarks, single_value: None }
}

/// Drops КПП of eight digits unless an ИНН begins with zero: both carry the region, so a
/// spreadsheet strips both or neither.
fn with_likely_zeros(seen: &[Sighting]) -> Vec<Sighting> {
    let zero = |one: &Sighting| match &one.what {
        What::Inn { choice, .. } => choice.value.as_str().starts_with('0'),
        _ => false,
    };
    let likely = seen.iter().any(zero);
    let judged = |one: &Sighting| {
        let mut one = one.clone();
        if let What::Kpp {
            choice: Choice { correction: Some(Correction::LostZero(written)), .. },
            ..
        } = &one.what
            && !likely
        {
            let why = ValueError::Kpp(KppError::Length(written.chars().count()));
            one.what = What::Wrong(InvalidValue { written: written.clone(), error: why });
        }
        one
    };
    seen.iter().map(judged).collect()
}

fn orgs(seen: &[Sighting]) -> Vec<Org> {
    let mut orgs: Vec<Org> = Vec::new();
    for (at, one) in seen.iter().enumerate() {
        let What::Inn { choice, trust } = &one.what else { continue };
        // A number in a table of something else.
        let beside = |other: &Sighting| {
            other.line == one.line && !matches!(other.what, What::Inn { .. } | What::Wrong(_))
        };
        let lonely = one.table && *trust == Trust::Alone && !seen.iter().any(beside);
        let trust = if lonely { &Trust::Weak } else { trust };
        match orgs.iter_mut().find(|org| org.choice.value == choice.value) {
            Some(org) => {
                org.trust = org.trust.max(*trust);
                org.bank &= one.bank;
                if choice.correction.is_none() {
                    org.choice.correction = None;
                }
            }
            None => {
                orgs.push(Org { choice: choice.clone(), trust: *trust, bank: one.bank, at });
            }
        }
    }
    orgs
}

/// A bank's ИНН is dropped unless it is the only one or another company is named; weak ones are
/// dropped if there are better ones.
fn clients(all: &[Org], named: usize) -> Vec<&Org> {
    let bank = named > 1 || all.iter().all(|org| org.bank);
    let others: Vec<&Org> = all.iter().filter(|org| bank || !org.bank).collect();
    let best = others.iter().map(|org| org.trust).max().unwrap_or(Trust::Weak);
    let floor = best.min(Trust::Own);
    others.into_iter().filter(|org| org.trust >= floor).collect()
}

// ------------------------------------------------------------------------------- one company

fn nameless(seen: &[Sighting], titles: &[Title<'_>], broken: bool) -> PartyRequisites {
    let kpp = Finding::from_choices(kpps(seen, false), !broken && all_sure(seen));
    PartyRequisites { inn: Finding::Missing, kpp, name: name(seen, titles, false) }
}

fn single(seen: &[Sighting], org: &Org, titles: &[Title<'_>], broken: bool) -> PartyRequisites {
    // The number may belong to either of two companies that are surely named.
    let sure = titles.iter().filter(|title| !title.bank && title.is_sure()).count();
    let certain = !broken && !org.bank && org.trust >= Trust::Alone && sure < 2;
    let inn = Finding::from_choices(vec![org.choice.clone()], certain);
    let organisation = org.choice.value.is_organisation();
    let bank = org.bank || kpps(seen, false).is_empty() && !has_bank(seen);
    let kpp = match organisation {
        true => {
            let certain =
                inn.certain().is_some() && all_sure(seen) && !kpps(seen, false).is_empty();
            Finding::from_choices(kpps(seen, bank), certain && !bank)
        }
        false => Finding::Missing,
    };
    PartyRequisites { inn, kpp, name: name(seen, titles, !organisation) }
}

/// With the bank's own ИНН seen, its КПП is known as the bank's.
fn has_bank(seen: &[Sighting]) -> bool {
    seen.iter().any(|one| one.bank && matches!(one.what, What::Inn { .. }))
}

fn kpps(seen: &[Sighting], bank: bool) -> Vec<Choice<Kpp>> {
    let mut found: Vec<Choice<Kpp>> = Vec::new();
    for one in seen.iter().filter(|one| bank || !one.bank) {
        if let What::Kpp { choice, .. } = &one.what
            && !found.iter().any(|other| other.value == choice.value)
        {
            found.push(choice.clone());
        }
    }
    found
}

fn all_sure(seen: &[Sighting]) -> bool {
    seen.iter().filter(|one| !one.bank).all(|one| match &one.what {
        What::Kpp { sure, .. } => *sure,
        What::Wrong(remark) => !matches!(remark.error, ValueError::Kpp(_)),
        _ => true,
    })
}

fn name(seen: &[Sighting], titles: &[Title<'_>], person: bool) -> Finding<CompanyName> {
    let banks = titles.iter().all(|title| title.bank);
    let mut others: Vec<&Title<'_>> = titles.iter().filter(|title| banks || !title.bank).collect();
    let formed = others.iter().any(|title| !title.is_person());
    others.retain(|title| !title.is_person() || (person && !formed));
    let [one] = others.as_slice() else {
        return Finding::from_choices(
            others.iter().flat_map(|title| title.choices()).collect(),
            false,
        );
    };
    let numbers: Vec<&Sighting> = seen
        .iter()
        .filter(|one| matches!(one.what, What::Inn { .. } | What::Kpp { .. }) && !one.bank)
        .collect();
    let last = numbers.iter().map(|one| one.line).max();
    let below = !one.is_labelled() && last.is_some_and(|last| one.line > last + 1);
    let foreign = one.signature && numbers.iter().any(|one| !one.signature);
    let certain = one.is_sure() && !one.bank && !below && !foreign;
    Finding::from_choices(one.choices(), certain)
}

// --------------------------------------------------------------------------- several companies

/// A company owns what stands between its ИНН and the next, if the message keeps one order.
fn of_several(seen: &[Sighting], org: &Org, all: &[&Org], titles: &[Title<'_>]) -> PartyRequisites {
    let from = all.iter().map(|other| other.at).filter(|at| *at < org.at).max();
    let to = all.iter().map(|other| other.at).filter(|at| *at > org.at).min();
    let (from, to) = (from.map_or(0, |at| at + 1), to.unwrap_or(seen.len()));
    let first = all.iter().map(|org| org.at).min().unwrap_or(0);

    let own = seen.get(org.at..to).unwrap_or_default();
    let early = kpps(seen.get(..first).unwrap_or_default(), false);
    let kpp = match (org.choice.value.is_organisation(), early.is_empty()) {
        (false, _) => Finding::Missing,
        (true, true) => Finding::from_choices(kpps(own, false), all_sure(own)),
        (true, false) => Finding::from_choices(kpps(seen, false), false),
    };

    let others: Vec<&Title<'_>> =
        titles.iter().filter(|title| !title.bank && !title.is_person()).collect();
    let before = others.iter().any(|title| title.at < first);
    let range = if before { from..org.at } else { org.at..to };
    let near: Vec<&&Title<'_>> = others.iter().filter(|title| range.contains(&title.at)).collect();
    let name = match near.as_slice() {
        [one] if others.len() == all.len() => Finding::from_choices(one.choices(), one.is_sure()),
        _ => {
            Finding::from_choices(others.iter().flat_map(|title| title.choices()).collect(), false)
        }
    };
    let certain = org.trust >= Trust::Alone;
    PartyRequisites { inn: Finding::from_choices(vec![org.choice.clone()], certain), kpp, name }
}

// -------------------------------------------------------------------------------------- names

fn titles(seen: &[Sighting]) -> Vec<Title<'_>> {
    let mut titles: Vec<Title<'_>> = Vec::new();
    for (at, one) in seen.iter().enumerate() {
        let What::Name { name, rank } = &one.what else { continue };
        let last = titles.len().saturating_sub(1);
        let same = titles.iter_mut().enumerate().find_map(|(index, title)| {
            let next = index == last && (title.completes(*rank) || title.is_explained(name));
            let fits = title.is_of(&name.core) || next;
            fits.then_some(title)
        });
        match same {
            Some(title) => {
                title.spellings.push((name, *rank));
                title.bank &= one.bank;
                title.signature &= one.signature;
                title.line = title.line.min(one.line);
            }
            None => titles.push(Title {
                spellings: vec![(name, *rank)],
                bank: one.bank,
                signature: one.signature,
                at,
                line: one.line,
            }),
        }
    }
    titles
}

impl Title<'_> {
    fn is_of(&self, core: &Core) -> bool {
        self.spellings.iter().any(|(name, _)| is_same(&name.core, core))
    }

    /// A labelled full name and a labelled short one in a row are of one company.
    fn completes(&self, rank: Rank) -> bool {
        matches!(
            (self.spellings.as_slice(), rank),
            ([(_, Rank::Full)], Rank::Short) | ([(_, Rank::Short)], Rank::Full)
        )
    }

    /// «Общество с ограниченной ответственностью … (ООО …)».
    fn is_explained(&self, name: &Name) -> bool {
        let long = |(full, _): &(&Name, Rank)| {
            let full = full.choices.last().map_or("", |choice| choice.value.as_str());
            form_at(full).is_some() && full.split(' ').next().is_some_and(|word| word.len() > 10)
        };
        name.bracketed && matches!(self.spellings.as_slice(), [one] if long(one))
    }

    /// Only a person's label speaks for it.
    fn is_person(&self) -> bool {
        self.spellings.iter().all(|(_, rank)| *rank == Rank::Person)
    }

    fn is_guess(&self) -> bool {
        self.spellings.iter().all(|(_, rank)| *rank == Rank::Guess)
    }

    fn is_labelled(&self) -> bool {
        self.spellings.iter().any(|(_, rank)| !matches!(rank, Rank::Unlabelled | Rank::Person))
    }

    fn is_sure(&self) -> bool {
        !self.is_person() && !self.is_guess() && self.best().is_some_and(|(name, _)| name.sure)
    }

    /// The spelling to show: certain, labelled short, with a short form, with most full words.
    fn best(&self) -> Option<&(&Name, Rank)> {
        let worth = |(name, rank): &(&Name, Rank)| {
            let text = name.choices.last().map_or("", |choice| choice.value.as_str());
            let form = form_at(text).map_or(0, |form| match form.kind {
                _ if form.length < 20 => 2,
                FormKind::Person | FormKind::Company => 1,
                FormKind::Institution => 1,
            });
            let words = name.core.words.iter().filter(|word| word.chars().count() > 1).count();
            (name.sure, *rank == Rank::Short, form, words)
        };
        // `max_by_key` returns the last of equals, and the first is wanted.
        self.spellings.iter().rev().max_by_key(|spelling| worth(spelling))
    }

    fn choices(&self) -> Vec<Choice<CompanyName>> {
        self.best().map_or_else(Vec::new, |(name, _)| name.choices.clone())
    }
}

// -------------------------------------------------------------------------------------- e-mail

/// `shared`: it may belong to several companies.
fn email(seen: &[Sighting], shared: bool, remarks: &[InvalidValue]) -> Finding<Email> {
    let numbered = seen.iter().any(|one| !one.signature && matches!(one.what, What::Inn { .. }));
    let mut choices: Vec<Choice<Email>> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut certain = !shared;
    let mut sure = false;
    for one in seen {
        let What::Email { seen, aside } = &one.what else { continue };
        let Some(likeliest) = seen.choices.first() else { continue };
        let foreign = one.signature && numbered;
        sure |= seen.sure && !(*aside || foreign || seen.is_unread());
        let key = likeliest.value.key();
        if !keys.contains(&key) {
            keys.push(key);
            choices.extend(seen.choices.iter().cloned());
        }
    }
    certain &= sure && !remarks.iter().any(|remark| matches!(remark.error, ValueError::Email(_)));
    Finding::from_choices(choices, certain)
}
