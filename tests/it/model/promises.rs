//! What must hold in every state and of every step, in the numbers of the design. I8, that an
//! update takes effect once, is in `updates`; I10 is not of a model without time.

use super::rules::Action;
use super::world::{Consent, Draft, Fate, Invitation, Line, Outcome, Seen, State, World};

/// The first promise that a state breaks.
pub fn broken(world: &World, same: bool) -> Option<&'static str> {
    let [first, second] = &world.invitations;
    let in_flight = first.state.is_in_flight() && second.state.is_in_flight();
    if same && in_flight {
        return Some("I7: the same recipient is in flight twice");
    }
    let made = |it: &Invitation| it.state != State::Absent;
    if made(first) && made(second) && first.draft == second.draft {
        return Some("T1: one confirmation made two invitations");
    }
    world.invitations.iter().find_map(|it| of_one(it).or_else(|| owned(world, it)))
}

fn of_one(it: &Invitation) -> Option<&'static str> {
    let (attempts, last) = (it.attempts(), it.attempts().last().copied());
    let outcome = last.map(|last| last.outcome);
    if attempts.iter().any(|attempt| attempt.requests > 1) {
        return Some("I1: an attempt sent two requests");
    }
    if !asked_for(it) {
        return Some("I2: an attempt after one that may have been taken, and nobody asked for it");
    }
    let was_taken = last.is_some_and(|last| last.fate == Fate::Taken);
    if it.state == State::Accepted && !(outcome == Some(Outcome::Accepted) && was_taken) {
        return Some("I3: accepted, and the provider did not say so");
    }
    let taken = attempts.iter().filter(|attempt| attempt.fate == Fate::Taken);
    if usize::from(it.letters) != taken.clone().count() {
        return Some("I4: the provider took what no attempt is there for");
    }
    let denied = [Outcome::Rejected, Outcome::NotAccepted];
    if taken.clone().any(|attempt| denied.contains(&attempt.outcome)) {
        return Some("I4: the provider took it, and the attempt says that it did not");
    }
    if !follows(it, outcome) {
        return Some("I4: the invitation is not where its last attempt left it");
    }
    let consents = attempts.iter().filter(|it| it.consent == Some(Consent::Informed)).count();
    if usize::from(it.letters) > 1 + consents {
        return Some("more letters than one and one for each consent");
    }
    if !was_committed(it) || (it.seen != Seen::Outdated && it.says != it.state) {
        return Some("I5: a person is shown what was not committed");
    }
    None
}

/// Between an attempt that may have been taken and every later one stands a person's word.
fn asked_for(it: &Invitation) -> bool {
    let mut in_doubt = false;
    it.attempts().iter().all(|attempt| {
        in_doubt &= attempt.consent != Some(Consent::Informed);
        let fine = !in_doubt;
        in_doubt |= !matches!(attempt.outcome, Outcome::Rejected | Outcome::NotAccepted);
        fine
    })
}

fn follows(it: &Invitation, last: Option<Outcome>) -> bool {
    match it.state {
        State::Absent => last.is_none(),
        State::Queued | State::Held => last != Some(Outcome::Open),
        State::Sending => last == Some(Outcome::Open),
        State::Accepted => last == Some(Outcome::Accepted),
        State::Refused | State::RefusedOther => last == Some(Outcome::Rejected),
        State::NotSent => last == Some(Outcome::NotAccepted) && !it.doubt,
        State::Unknown => it.doubt,
        State::ConfirmedSent => true,
        State::ConfirmedNotSent | State::Cancelled => !it.doubt,
    }
}

/// What a message says was in the database once: states that an attempt leads to leave it behind.
fn was_committed(it: &Invitation) -> bool {
    let some = |outcome| it.attempts().iter().any(|attempt| attempt.outcome == outcome);
    match it.says {
        State::Accepted => some(Outcome::Accepted),
        State::Refused | State::RefusedOther => some(Outcome::Rejected),
        State::NotSent => some(Outcome::NotAccepted),
        State::Unknown => some(Outcome::Unknown),
        State::Sending => it.count > 0,
        _ => true,
    }
}

/// I6.
fn owned(world: &World, it: &Invitation) -> Option<&'static str> {
    let orphan = world.up && it.state == State::Sending && it.call.is_none();
    orphan.then_some("I6: sending, and no task owns it")
}

/// The first promise that a step breaks. That a change has its row in the journal (I9) is a rule
/// of the database, and of the runs in step with it; here it is that only what happened to an
/// invitation changes it, and by one step.
pub fn misstep(before: &World, action: Action, after: &World) -> Option<&'static str> {
    for (old, new) in before.invitations.iter().zip(&after.invitations) {
        let stopped = before.paused || matches!(before.line, Line::Stopped | Line::Probed(_));
        if new.count > old.count && stopped {
            return Some("a provider that is paused or left alone got a call");
        }
        if new.count < old.count || new.letters < old.letters {
            return Some("what was written down is gone");
        }
        if old.state == State::Accepted && new.state != State::Accepted {
            return Some("what was accepted is something else now");
        }
    }
    let pressed = matches!(action, Action::Send { .. });
    let left = before
        .drafts
        .iter()
        .zip(&after.drafts)
        .any(|(old, new)| matches!(old, Draft::Gone) && *new != Draft::Gone);
    (pressed && left).then_some("a draft that was confirmed is there again")
}
