//! The rules of the office: the undo window, the stop-list and the limit of a person.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Found, add};
use crate::logs::Entry;

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;

/// The changes of the states of all invitations, oldest first.
fn changes<'a>(case: &Case<'a>) -> impl Iterator<Item = (i64, &'a Entry)> {
    let states = case.db().journal.iter().filter(|row| row.action == "state");
    states.filter_map(|row| Some((row.invitation?, row)))
}

/// Whether a person wanted it to go just then: what an admin lets go of is not waited for.
fn is_a_wish(row: &Entry) -> bool {
    row.after.as_deref() == Some("queued")
        && row.actor.is_some()
        && row.before.as_deref() != Some("held")
}

/// Nothing goes before the time has passed in which it could be stopped.
pub fn the_window_is_kept(case: &Case<'_>, found: &mut Found) {
    let mut wished: BTreeMap<i64, i64> = BTreeMap::new();
    for (number, row) in changes(case) {
        if is_a_wish(row) {
            wished.insert(number, row.at);
        }
        let goes = row.after.as_deref() == Some("sending");
        let early = |from: i64| row.at < from + case.logs.window;
        if goes && wished.remove(&number).is_some_and(early) {
            add(found, "window", format!("№{number} could not be stopped"));
        }
    }
}

/// Nothing is begun for an address while it stands on the stop-list.
pub fn the_stop_list_is_kept(case: &Case<'_>, found: &mut Found) {
    let mut stopped: BTreeSet<&str> = BTreeSet::new();
    for row in &case.db().journal {
        let entry = row.stop.and_then(|id| case.db().stoplist.iter().find(|it| it.id == id));
        let address = entry.filter(|it| it.kind == "email").map(|it| it.value.as_str());
        match (row.action.as_str(), address, row.invitation) {
            ("stop", Some(address), _) => drop(stopped.insert(address)),
            ("unstop", Some(address), _) => drop(stopped.remove(address)),
            ("state", _, Some(number)) => {
                let goes = matches!(row.after.as_deref(), Some("sending"))
                    || (is_a_wish(row) || row.before.as_deref() == Some("held"))
                        && row.after.as_deref() == Some("queued");
                let email = case.invitation(number).map(|it| it.email.to_lowercase());
                if goes && email.is_some_and(|email| stopped.contains(email.as_str())) {
                    let after = row.after.as_deref().unwrap_or_default();
                    add(found, "stop-list", format!("№{number} is {after} all the same"));
                }
            }
            _ => {}
        }
    }
}

/// Whose limit is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Person(i64),
    Domain(String),
}

/// Nobody puts more into the queue than an admin allows in a day, or the settings in an hour, which
/// no world lasts; nor goes more to one domain. What is taken back before it went does not count.
/// Days are those of Moscow.
pub fn the_limit_is_kept(case: &Case<'_>, found: &mut Found) {
    let mut limits: BTreeMap<i64, i64> = BTreeMap::new();
    let mut used: BTreeMap<(Whose, i64), i64> = BTreeMap::new();
    let mut queued: BTreeMap<i64, Vec<(Whose, i64)>> = BTreeMap::new();
    for row in &case.db().journal {
        if let ("limit", Some(person)) = (row.action.as_str(), row.person) {
            match row.after.as_deref().and_then(|it| it.parse().ok()).filter(|limit| *limit > 0) {
                Some(limit) => drop(limits.insert(person, limit)),
                None => drop(limits.remove(&person)),
            }
        }
        let ("state", Some(number)) = (row.action.as_str(), row.invitation) else { continue };
        let before = queued.remove(&number);
        match (row.after.as_deref(), row.actor, before) {
            (Some("queued"), Some(person), _) if is_a_wish(row) => {
                let day = (row.at + 3 * HOUR) / (24 * HOUR);
                let email = case.invitation(number).map(|it| it.email.to_lowercase());
                let domain = email.as_deref().and_then(|it| it.split_once('@'));
                let domain = domain.map(|(_, domain)| Whose::Domain(domain.to_owned()));
                let keys = [Some(Whose::Person(person)), domain].into_iter().flatten();
                let keys: Vec<(Whose, i64)> = keys.map(|whose| (whose, day)).collect();
                for key in &keys {
                    let count = used.entry(key.clone()).or_default();
                    *count += 1;
                    let limit = match &key.0 {
                        Whose::Person(id) => {
                            let own = limits.get(id).copied();
                            own.into_iter().chain(case.logs.limits.map(|(most, _)| most)).min()
                        }
                        Whose::Domain(_) => case.logs.limits.map(|(_, most)| most),
                    };
                    if limit.is_some_and(|limit| *count > limit) {
                        let whose = &key.0;
                        add(found, "limit", format!("№{number} is one too many for {whose:?}"));
                    }
                }
                queued.insert(number, keys);
            }
            // Taken back before it went.
            (Some("cancelled" | "unknown"), Some(_), Some(keys)) => {
                for key in keys {
                    *used.entry(key).or_default() -= 1;
                }
            }
            // It waits still, or again.
            (Some("held" | "queued"), _, Some(keys)) => drop(queued.insert(number, keys)),
            _ => {}
        }
    }
}
