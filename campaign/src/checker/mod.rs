//! Judges what a world left behind against the promises I1–I10 of the design and the rules of the office: pure functions over
//! the logs. It knows nothing of the bot's code; what an answer means it has from the campaign's
//! own table.

mod calls;
mod office;
mod screens;
mod states;
#[cfg(test)]
mod tests;
mod updates;

use std::collections::{BTreeMap, BTreeSet};

use crate::logs::{Attempt, Db, End, Invitation, Logs, Request};

pub use calls::letters;
pub use screens::told;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which: `I1` to `I10`, `run` for a process that ended by itself, or a rule of the office.
    pub promise: &'static str,
    /// What happened.
    pub what: String,
}

/// Everything that is wrong.
pub fn judge(logs: &Logs) -> Vec<Violation> {
    let case = Case::new(logs);
    let mut found = Vec::new();
    for rule in [
        calls::one_request_an_attempt,
        calls::no_letter_without_a_wish,
        calls::a_repeat_needs_a_reason,
        calls::outcomes_are_what_was_answered,
        calls::a_crash_leaves_it_unknown,
        calls::one_guid,
        states::the_journal_is_whole,
        states::the_last_attempt_decides,
        states::one_in_flight,
        states::people_decide,
        states::the_database_is_trusted,
        states::no_access_no_call,
        states::all_came_to_rest,
        office::the_window_is_kept,
        office::the_stop_list_is_kept,
        office::the_limit_is_kept,
        updates::acknowledged_is_stored,
        updates::stored_takes_effect,
        updates::nothing_takes_effect_twice,
        updates::nobody_is_left_waiting,
        screens::what_is_shown_was_committed,
        screens::the_last_word_is_true,
        screens::a_bad_result_rings,
        processes,
    ] {
        rule(&case, &mut found);
    }
    found
}

/// What people have seen that is not stored.
pub fn shown(logs: &Logs) -> Vec<Violation> {
    let mut found = Vec::new();
    screens::what_is_shown_was_committed(&Case::new(logs), &mut found);
    found
}

/// Everything that is wrong with a database that was cut off at any instant and recovered: what
/// needs an end or the whole history is not asked.
pub fn judge_cut(logs: &Logs) -> Vec<Violation> {
    let case = Case::new(logs);
    let mut found = Vec::new();
    for rule in [
        calls::a_repeat_needs_a_reason,
        states::the_journal_is_whole,
        states::the_last_attempt_decides,
        states::one_in_flight,
        states::the_database_is_trusted,
        screens::what_is_shown_was_committed,
        processes,
    ] {
        rule(&case, &mut found);
    }
    found
}

/// Everything that is wrong with a copy that was made while the bot ran: it is whole, and it is the
/// beginning of what the database became.
pub fn judge_copy(copy: &Db, became: &Db) -> Vec<Violation> {
    let logs = Logs { db: copy.clone(), ..Logs::default() };
    let case = Case::new(&logs);
    let mut found = Vec::new();
    for rule in
        [states::the_journal_is_whole, states::the_last_attempt_decides, states::one_in_flight]
    {
        rule(&case, &mut found);
    }
    if copy.integrity != "ok" {
        add(&mut found, "I9", format!("a copy is damaged: {}", copy.integrity));
    }
    if !became.journal.starts_with(&copy.journal) {
        add(&mut found, "I9", "a copy has another past than the database");
    }
    found
}

/// The logs, with what is looked up again and again.
struct Case<'a> {
    logs: &'a Logs,
    invitations: BTreeMap<i64, &'a Invitation>,
    /// Which request belongs to which attempt: the index of the one and of the other.
    matched: BTreeMap<usize, usize>,
    /// Whole requests that belong to no attempt.
    stray: Vec<usize>,
}

impl<'a> Case<'a> {
    fn new(logs: &'a Logs) -> Self {
        let invitations = logs.db.invitations.iter().map(|it| (it.number, it)).collect();
        let (matched, stray) = calls::matched(logs);
        Self { logs, invitations, matched, stray }
    }

    fn db(&self) -> &'a Db {
        &self.logs.db
    }

    fn invitation(&self, number: i64) -> Option<&'a Invitation> {
        self.invitations.get(&number).copied()
    }

    /// The attempts of one invitation, first to last.
    fn attempts(&self, number: i64) -> impl Iterator<Item = &'a Attempt> {
        self.db().attempts.iter().filter(move |attempt| attempt.invitation == number)
    }

    /// The states that an invitation went through, by the journal.
    fn states(&self, number: i64) -> impl Iterator<Item = &'a str> {
        let rows = self.db().journal.iter();
        let rows = rows.filter(move |row| row.invitation == Some(number) && row.action == "state");
        rows.filter_map(|row| row.after.as_deref())
    }

    /// Every attempt with the request that it sent.
    fn calls(&self) -> impl Iterator<Item = (&'a Attempt, Option<&'a Request>)> {
        self.db().attempts.iter().enumerate().map(|(index, attempt)| {
            let request = self.matched.get(&index);
            (attempt, request.and_then(|at| self.logs.received.get(*at)))
        })
    }

    /// The buttons of an invitation's cards that a person pressed: the `version` that they were drawn
    /// for, what they ask, and the text above them.
    fn presses_of_cards(
        &self,
        person: i64,
        number: i64,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let pressed = self.logs.pressed.iter().filter(move |it| it.person == person);
        pressed.filter_map(move |pressed| {
            let (of, version, act) = card_button(&pressed.data)?;
            (of == number.to_string()).then_some((version, act, pressed.text.as_str()))
        })
    }
}

/// Reads `c:<number>:<version>:<act>`.
fn card_button(data: &str) -> Option<(&str, &str, &str)> {
    let (number, rest) = data.strip_prefix("c:")?.split_once(':')?;
    let (version, act) = rest.split_once(':')?;
    Some((number, version, act))
}

/// A place for what is wrong.
type Found = Vec<Violation>;

fn add(found: &mut Found, promise: &'static str, what: impl Into<String>) {
    found.push(Violation { promise, what: what.into() });
}

/// Nothing but a kill or a request ends the bot, and what is asked to stop says 0.
fn processes(case: &Case<'_>, found: &mut Found) {
    for life in &case.logs.lives {
        // With 127 the loader says that it could not even read the program.
        let gave_up = life.faulty && matches!(life.end, End::Unasked(Some(69 | 70 | 127)));
        if !gave_up && !matches!(life.end, End::Killed | End::Stopped(Some(0))) {
            add(found, "run", format!("the bot ended like this: {:?}; {}", life.end, life.note));
        }
    }
    if case.db().integrity != "ok" {
        add(found, "run", format!("the database is damaged: {}", case.db().integrity));
    }
}

/// How many different things there are.
fn distinct<T: Ord>(things: impl Iterator<Item = T>) -> usize {
    things.collect::<BTreeSet<_>>().len()
}
