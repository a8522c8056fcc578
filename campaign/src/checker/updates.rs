//! I8: what was acknowledged is stored, what is stored takes effect exactly once, and nobody is
//! left without an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Found, add};
use crate::logs::{End, Life, Stored};

/// How often an update is tried before it may be given up.
const TRIES: usize = 3;

/// Every update that was acknowledged is stored.
pub fn acknowledged_is_stored(case: &Case<'_>, found: &mut Found) {
    let stored: BTreeSet<i64> = case.db().inbox.iter().map(|it| it.update_id).collect();
    for id in case.logs.acknowledged.iter().filter(|id| !stored.contains(id)) {
        add(found, "I8", format!("the update {id} was acknowledged and is not stored"));
    }
}

/// Every stored update took effect. One may be given up only if nobody can read it, or if the
/// process died over it time and again.
pub fn stored_takes_effect(case: &Case<'_>, found: &mut Found) {
    for update in &case.db().inbox {
        let id = update.update_id;
        match (update.done_at, update.parked_at) {
            (None, None) => add(found, "I8", format!("the update {id} never took effect")),
            (_, Some(at)) if !may_be_given_up(case, update, at) => {
                add(found, "I8", format!("the update {id} was given up without a reason"));
            }
            (Some(_), _) if !update.answered && update.chat > 0 => {
                add(found, "I8", format!("nobody was shown what came of the update {id}"));
            }
            _ => {}
        }
    }
}

fn may_be_given_up(case: &Case<'_>, update: &Stored, at: i64) -> bool {
    let meanwhile = update.received_at..=at;
    let lives = case.logs.lives.iter();
    let died = |it: &&Life| it.end == End::Killed || it.faulty;
    let deaths = lives.filter(died).filter(|it| meanwhile.contains(&it.to)).count();
    deaths >= TRIES || case.logs.poison.contains(&update.update_id)
}

/// No update took effect twice: there are no more changes of a kind than people asked for. Of the
/// invitations `I2` counts them.
pub fn nothing_takes_effect_twice(case: &Case<'_>, found: &mut Found) {
    let mut wishes: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for said in &case.logs.said {
        for (kind, command) in [("allow", "/allow "), ("revoke", "/revoke ")] {
            if let Some(subject) = said.strip_prefix(command) {
                *wishes.entry((kind, subject.to_owned())).or_default() += 1;
            }
        }
    }
    for pressed in &case.logs.pressed {
        let wish = match pressed.data.split_once(':') {
            // «Отозвать», and another role: `s:r:6`, `s:k:6:admin`.
            Some(("s", rest)) => match rest.split(':').collect::<Vec<_>>().as_slice() {
                ["r", id] => Some(("revoke", *id)),
                ["k", id, _] => Some(("allow", *id)),
                _ => None,
            },
            // The hold, and the minute of the question if there was one: `r:3:`.
            Some(("r", rest)) => rest.split(':').next().and_then(|id| {
                let hold = case.db().holds.iter().find(|(hold, _)| id == hold.to_string())?;
                Some(("resume", hold.1.as_deref()?))
            }),
            _ => None,
        };
        if let Some((kind, subject)) = wish {
            *wishes.entry((kind, subject.to_owned())).or_default() += 1;
        }
    }
    for row in case.db().journal.iter().filter(|row| row.actor.is_some()) {
        let kind = row.action.as_str();
        if !matches!(kind, "allow" | "revoke" | "resume") {
            continue;
        }
        let person = row.person.map(|id| id.to_string());
        let subject = person.or_else(|| row.provider.clone()).unwrap_or_default();
        let what = format!("{kind} {subject}");
        match wishes.get_mut(&(kind, subject)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => add(found, "I8", format!("{what} happened more often than it was said")),
        }
    }
    let mut consents = BTreeSet::new();
    for consent in &case.db().consents {
        if !consents.insert((consent.invitation, consent.version)) {
            add(found, "I8", format!("№{}: one consent counted twice", consent.invitation));
        }
    }
}

/// Whoever wrote something saw something after it. Strangers are answered a few times only.
pub fn nobody_is_left_waiting(case: &Case<'_>, found: &mut Found) {
    if case.db().outbox > 0 {
        add(found, "I8", format!("{} messages were never sent", case.db().outbox));
    }
    let ever_revoked = |person: i64| {
        let mut journal = case.db().journal.iter();
        journal.any(|row| row.action == "revoke" && row.person == Some(person))
    };
    for person in case.logs.unanswered.iter().filter(|person| !ever_revoked(**person)) {
        add(found, "I8", format!("{person} was not answered"));
    }
}
