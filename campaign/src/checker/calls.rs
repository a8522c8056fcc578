//! I1 to I4: the calls, the letters that may have gone out, and what was made of the answers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Found, add, card_button, distinct};
use crate::behaviour::Meaning;
use crate::logs::{Attempt, End, Logs, Request};

/// A request that was on its way when the process was killed may be read a little later.
const LATE: i64 = 2_000;

/// Clocks of one machine, read one after the other.
const TICK: i64 = 2;

/// How much longer than a call may last a stop waits for it, in milliseconds.
const STOP: i64 = 5_000;

/// When an attempt was under way, in milliseconds.
fn window(attempt: &Attempt) -> (i64, i64) {
    let end = attempt.ended_at.unwrap_or(i64::MAX);
    (attempt.started_at - TICK, end.saturating_add(TICK))
}

/// Finds for every whole request the attempt that sent it: the bytes are the same, and it came
/// while the attempt was under way. Also those that belong to none.
pub fn matched(logs: &Logs) -> (BTreeMap<usize, usize>, Vec<usize>) {
    let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
    let mut stray = Vec::new();
    for (at, request) in logs.received.iter().enumerate().filter(|(_, it)| it.complete) {
        let fits = |late: i64| {
            let attempts = logs.db.attempts.iter().enumerate();
            attempts
                .filter(|(index, _)| !matched.contains_key(index))
                .filter(|(_, attempt)| attempt.request_sha256 == request.sha256)
                .filter(|(_, attempt)| {
                    let (from, to) = window(attempt);
                    from <= request.at && request.at <= to.saturating_add(late)
                })
                // The one that ends first, so that as many as possible find theirs.
                .min_by_key(|(_, attempt)| window(attempt).1)
                .map(|(index, _)| index)
        };
        match fits(0).or_else(|| fits(LATE)) {
            Some(index) => drop(matched.insert(index, at)),
            None => stray.push(at),
        }
    }
    (matched, stray)
}

/// I1: an attempt sends one complete request at most, and none is sent without an attempt that
/// was stored before.
pub fn one_request_an_attempt(case: &Case<'_>, found: &mut Found) {
    for at in &case.stray {
        if let Some(request) = case.logs.received.get(*at) {
            let what = format!(
                "{} to {} ({}) belongs to no attempt",
                request.path, request.email, request.behaviour
            );
            add(found, "I1", what);
        }
    }
}

/// Letters that may have gone out, and how many of them nobody asked for.
pub fn letters(logs: &Logs) -> (usize, usize) {
    let mut sent: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for request in logs.received.iter().filter(|it| it.complete && it.means.took()) {
        *sent.entry((request.provider.slug(), request.email.to_lowercase())).or_default() += 1;
    }
    let duplicates = sent
        .iter()
        .map(|((provider, email), count)| count.saturating_sub(wishes(logs, provider, email)));
    (sent.values().sum(), duplicates.sum())
}

/// How many letters people asked for: confirmations of different drafts, and repeats.
fn wishes(logs: &Logs, provider: &str, email: &str) -> usize {
    let numbers: BTreeSet<String> = logs
        .db
        .invitations
        .iter()
        .filter(|it| it.provider == provider && it.email.to_lowercase() == email)
        .map(|it| it.number.to_string())
        .collect();
    distinct(logs.pressed.iter().filter_map(|pressed| {
        if let Some((number, version, act)) = card_button(&pressed.data) {
            let repeats = act.starts_with("resend:") || act.starts_with("over:");
            return (repeats && numbers.contains(number)).then_some((number, version));
        }
        let (draft, rest) = pressed.data.strip_prefix("d:")?.split_once(':')?;
        let sends = rest.ends_with(":send") || rest.ends_with(":over");
        (sends && names(&pressed.text, email)).then_some((draft, ""))
    }))
}

/// Whether a text has the address in it as a whole word.
pub fn names(text: &str, email: &str) -> bool {
    let email = email.to_lowercase();
    text.split_whitespace().any(|word| word.trim_end_matches('?').to_lowercase() == email)
}

/// I2 seen from outside: no more letters than wishes, whatever the database says.
pub fn no_letter_without_a_wish(case: &Case<'_>, found: &mut Found) {
    let (_, duplicates) = letters(case.logs);
    if duplicates > 0 {
        add(found, "I2", format!("{duplicates} letters that nobody asked for"));
    }
}

/// I2 in the database: a further attempt follows one that was surely not taken, or uses up a
/// consent of its own.
pub fn a_repeat_needs_a_reason(case: &Case<'_>, found: &mut Found) {
    let mut used = BTreeSet::new();
    for attempt in &case.db().attempts {
        let name = format!("№{} attempt {}", attempt.invitation, attempt.n);
        if let Some(consent) = attempt.consent {
            if !used.insert(consent) {
                add(found, "I2", format!("{name} uses a consent that was used before"));
            }
            if !case.db().consents.iter().any(|it| it.id == consent) {
                add(found, "I2", format!("{name} names a consent that is not there"));
            }
        }
        let before = case.attempts(attempt.invitation).find(|it| it.n == attempt.n - 1);
        let outcome = before.map(|before| before.outcome.as_deref());
        let may = match outcome {
            None => attempt.n == 1,
            Some(Some("not_accepted")) => true,
            Some(_) => attempt.consent.is_some(),
        };
        if !may {
            add(found, "I2", format!("{name} follows {outcome:?} without a consent"));
        }
    }
}

/// I3, I4 and the outcome rules: what stands in the database is what the answer let conclude.
pub fn outcomes_are_what_was_answered(case: &Case<'_>, found: &mut Found) {
    for (attempt, request) in case.calls() {
        let Some(outcome) = attempt.outcome.as_deref() else {
            let name = (attempt.invitation, attempt.n);
            add(found, "I6", format!("the attempt {name:?} was never closed"));
            continue;
        };
        let name = format!(
            "№{} attempt {}: {outcome}, the provider: {}",
            attempt.invitation,
            attempt.n,
            request.map_or("nothing", |it| it.behaviour.as_str())
        );
        let means = request.map(|request| request.means);
        match outcome {
            "accepted" if means != Some(Meaning::Accepted) => add(found, "I3", name),
            "accepted" => {
                let said = request.and_then(|request| request.reference.as_ref());
                if said.is_some() && said != attempt.reference.as_ref() {
                    add(found, "I3", format!("{name}, and the ids differ"));
                }
            }
            "rejected" if !matches!(means, Some(Meaning::Rejected(_))) => add(found, "I4", name),
            "not_accepted" => {
                let right = match (attempt.wait.as_deref(), means) {
                    (Some("connect"), None) => true,
                    (Some(wait), Some(Meaning::NotAccepted(known))) => wait == known,
                    _ => false,
                };
                if !right {
                    add(found, "I4", format!("{name}, waits for {:?}", attempt.wait));
                }
            }
            "unknown" if !may_be_unknown(case.logs, attempt, request) => {
                add(found, "I4", format!("{name}, unknown without a cause"));
            }
            _ => {}
        }
    }
}

/// Unknown is honest when the process was killed, when the answer was no answer, or when the
/// connection was lost before the request was read.
fn may_be_unknown(logs: &Logs, attempt: &Attempt, request: Option<&Request>) -> bool {
    let (from, to) = window(attempt);
    let mut ends = logs.lives.iter().filter(|life| from <= life.to && life.to <= to).peekable();
    let ended = ends.peek().map(|life| life.to);
    let killed = ends.any(|life| life.end == End::Killed);
    // A slow machine may make any call last too long. A stop waits for it, but not for ever.
    let limit = i64::try_from(crate::behaviour::TIMEOUT.as_millis()).unwrap_or(0);
    let slow = ended.map_or(to, |ended| ended - STOP) - from >= limit;
    let mut faulty = logs.lives.iter().filter(|life| life.faulty);
    let faulty = faulty.any(|life| from <= life.to && life.from <= to);
    let lost = || {
        let weather = logs.received.iter().filter(|it| !it.complete);
        weather.filter(|it| from <= it.at && it.at <= to).count() > 0
    };
    match request {
        _ if killed || faulty => true,
        Some(request) => request.means == Meaning::Unknown || slow,
        None => lost(),
    }
}

/// I6, and the reason for it: what another life than the one that made the call says of it is
/// a guess, and only `unknown` is an honest one.
pub fn a_crash_leaves_it_unknown(case: &Case<'_>, found: &mut Found) {
    for attempt in &case.db().attempts {
        let (Some(ended), Some(outcome)) = (attempt.ended_at, attempt.outcome.as_deref()) else {
            continue;
        };
        let later =
            case.logs.lives.iter().any(|life| attempt.started_at < life.from && life.from <= ended);
        if later && outcome != "unknown" {
            let name = format!("№{} attempt {}", attempt.invitation, attempt.n);
            add(found, "I6", format!("{name} was interrupted and is {outcome}"));
        }
    }
}

/// Every request of an invitation has its GUID.
pub fn one_guid(case: &Case<'_>, found: &mut Found) {
    let known: BTreeSet<&str> = case.db().invitations.iter().map(|it| it.guid.as_str()).collect();
    for request in &case.logs.received {
        if let Some(guid) = request.guid.as_deref()
            && !known.contains(guid)
        {
            add(found, "I1", format!("a request to {} with a GUID of its own", request.email));
        }
    }
}
