//! I6 to I10: the states of the invitations, the journal, who decided, and whether everything
//! came to rest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Found, add};
use crate::logs::Invitation;

const IN_FLIGHT: [&str; 4] = ["queued", "held", "sending", "unknown"];

/// I10: no world restores a database before this is asked, so none may be doubted.
pub fn the_database_is_trusted(case: &Case<'_>, found: &mut Found) {
    if case.db().journal.iter().any(|row| row.action == "untrusted_database") {
        add(found, "I10", "the bot doubts its own database");
    }
}

/// I9: the journal tells of every state, one after the other, up to the present one.
pub fn the_journal_is_whole(case: &Case<'_>, found: &mut Found) {
    let mut last: BTreeMap<i64, Option<&str>> = BTreeMap::new();
    let mut count: BTreeMap<i64, i64> = BTreeMap::new();
    for row in case.db().journal.iter().filter(|row| row.action == "state") {
        let Some(number) = row.invitation else { continue };
        let before = last.insert(number, row.after.as_deref()).flatten();
        *count.entry(number).or_default() += 1;
        if row.before.as_deref() != before {
            let what = format!("№{number}: after {before:?} comes a change from {:?}", row.before);
            add(found, "I9", what);
        }
    }
    for invitation in &case.db().invitations {
        let number = invitation.number;
        let present = word(invitation);
        if last.get(&number).copied().flatten() != Some(present.as_str()) {
            add(found, "I9", format!("№{number}: {present} is not what the journal ends with"));
        }
        if count.get(&number) != Some(&invitation.version) {
            add(
                found,
                "I9",
                format!("№{number}: {} changes and another count", invitation.version),
            );
        }
    }
    for consent in &case.db().consents {
        let row =
            case.states(consent.invitation).nth(usize::try_from(consent.version).unwrap_or(0));
        if row != Some("queued") {
            add(found, "I9", format!("№{}: a consent without a repeat", consent.invitation));
        }
    }
}

/// A state with its refusal, as the journal writes it.
fn word(invitation: &Invitation) -> String {
    match &invitation.refusal {
        Some(refusal) => format!("{}:{refusal}", invitation.state),
        None => invitation.state.clone(),
    }
}

/// I4: each time that an invitation left `sending`, it went where its attempt says. While an
/// earlier attempt is in doubt, a repeat that surely did not go leaves it so.
pub fn the_last_attempt_decides(case: &Case<'_>, found: &mut Found) {
    for invitation in &case.db().invitations {
        let mut attempts = case.attempts(invitation.number);
        let (mut before, mut in_doubt) = ("", false);
        for after in case.states(invitation.number) {
            if before == "sending" {
                let outcome = attempts.next().and_then(|attempt| attempt.outcome.as_deref());
                let fits = match after.split(':').next().unwrap_or_default() {
                    "queued" => outcome == Some("not_accepted"),
                    "not_sent" => outcome == Some("not_accepted") && !in_doubt,
                    "unknown" if in_doubt => matches!(outcome, Some("not_accepted" | "unknown")),
                    state => outcome == Some(state),
                };
                if !fits {
                    let number = invitation.number;
                    add(found, "I4", format!("№{number}: {after} after an attempt {outcome:?}"));
                }
                in_doubt |= outcome == Some("unknown");
            }
            in_doubt &= after != "confirmed_not_sent";
            before = after;
        }
        if let Some(attempt) = attempts.next().filter(|it| it.outcome.is_some()) {
            let name = format!("№{} attempt {}", invitation.number, attempt.n);
            add(found, "I4", format!("{name} has no place in the journal"));
        }
    }
}

/// I7: the same recipient is in flight once at any time, unless somebody overrode it.
pub fn one_in_flight(case: &Case<'_>, found: &mut Found) {
    let mut flying: BTreeMap<(&str, &str, i64), BTreeSet<i64>> = BTreeMap::new();
    for row in case.db().journal.iter().filter(|row| row.action == "state") {
        let Some(invitation) = row.invitation.and_then(|number| case.invitation(number)) else {
            continue;
        };
        let key = (
            invitation.provider.as_str(),
            invitation.recipient_key.as_str(),
            invitation.override_no,
        );
        let same = flying.entry(key).or_default();
        if row.after.as_deref().is_some_and(|state| IN_FLIGHT.contains(&state)) {
            same.insert(invitation.number);
        } else {
            same.remove(&invitation.number);
        }
        if same.len() > 1 {
            add(found, "I7", format!("{same:?} are in flight to one recipient"));
        }
    }
}

/// What only people may decide was decided by a person who pressed the button for it.
pub fn people_decide(case: &Case<'_>, found: &mut Found) {
    for invitation in &case.db().invitations {
        let (number, author) = (invitation.number, invitation.author);
        let key = &invitation.idempotency_key;
        let draft = format!("d:{}:", key.strip_prefix("draft:").unwrap_or_default());
        let confirmed = case.logs.pressed.iter().any(|pressed| {
            let data = pressed.data.strip_prefix(&draft);
            pressed.person == author
                && data.is_some_and(|rest| rest.ends_with(":send") || rest.ends_with(":over"))
                && super::calls::names(&pressed.text, &invitation.email)
        });
        if !confirmed {
            add(found, "I2", format!("№{number} was confirmed by nobody"));
        }
    }
    for consent in &case.db().consents {
        let number = consent.invitation;
        let place = usize::try_from(consent.version - 1).unwrap_or(0);
        // Where a letter may be out already, it counts only from somebody who was told so.
        let in_doubt = case.states(number).nth(place) == Some("unknown");
        let given = case.presses_of_cards(consent.person, number).any(|(version, act, text)| {
            let over = act.starts_with("over:");
            // With the minute of the asking, if it was asked.
            let asked = act.strip_prefix("resend:").map(|minute| !minute.is_empty());
            let informed = text.contains("второе письмо") && (over || asked == Some(true));
            version == consent.version.to_string()
                && (informed || (over || asked == Some(false)) && !in_doubt)
        });
        if !given {
            add(found, "I2", format!("№{number}: nobody gave that consent"));
        }
    }
    // Who has no draft stops by the command what waits.
    let mut commands = case.logs.said.iter().filter(|text| *text == "/cancel").count();
    for row in case.db().journal.iter().filter(|row| row.action == "state") {
        let Some(number) = row.invitation else { continue };
        let act = match row.after.as_deref() {
            Some("cancelled") => "cancel",
            Some("confirmed_sent") => "arrived",
            Some("confirmed_not_sent") => "missing",
            _ => continue,
        };
        let pressed = |person| case.presses_of_cards(person, number).any(|(_, it, _)| it == act);
        if !row.actor.is_some_and(pressed) {
            if act == "cancel" && row.actor.is_some() && commands > 0 {
                commands -= 1;
                continue;
            }
            add(found, "I2", format!("№{number}: nobody pressed «{act}»"));
        }
    }
}

/// Nothing goes out for an author whose access was taken away, unless somebody else lets it go.
pub fn no_access_no_call(case: &Case<'_>, found: &mut Found) {
    let mut revoked: BTreeSet<i64> = BTreeSet::new();
    let mut released: BTreeSet<i64> = BTreeSet::new();
    for row in &case.db().journal {
        match (row.action.as_str(), row.invitation) {
            ("revoke", _) => {
                revoked.extend(row.person);
                released.clear();
            }
            ("allow", _) => revoked.retain(|id| row.person != Some(*id)),
            ("state", Some(number)) => {
                let Some(invitation) = case.invitation(number) else { continue };
                let by_other = row.actor.is_some_and(|person| person != invitation.author);
                match row.after.as_deref() {
                    Some("queued") if by_other => drop(released.insert(number)),
                    Some("sending")
                        if revoked.contains(&invitation.author) && !released.contains(&number) =>
                    {
                        add(found, "I2", format!("№{number} went out, its author has no access"));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// I6 and I10: with healthy providers and time enough, nothing is under way and nothing waits,
/// and every author knows.
pub fn all_came_to_rest(case: &Case<'_>, found: &mut Found) {
    for invitation in &case.db().invitations {
        let number = invitation.number;
        let waited = case.db().read_at - invitation.changed_at;
        let paused = case.db().paused.contains(&invitation.provider);
        match invitation.state.as_str() {
            "sending" => add(found, "I6", format!("№{number} is still being sent")),
            "queued" if !paused && waited > case.logs.patience => {
                add(found, "I10", format!("№{number} still waits"))
            }
            _ => {}
        }
        let listed = !case.db().revoked.contains(&invitation.author);
        if listed && invitation.notified_version < invitation.version {
            add(found, "I6", format!("№{number}: its author was not told"));
        }
    }
}
