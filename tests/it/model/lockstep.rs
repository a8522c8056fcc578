//! Random runs that the real store takes in step with the model: the same is possible, the same
//! comes of it, and the promises hold of the rows after every step.

use invite_bot::domain::{Company, Inn, Recipient};

use super::audit;
use super::ledger::{Ledger, heard};
use super::rules::{Action, Said, Scope};
use super::runs::{Run, block_on, runs};
use super::search::Rules as _;
use super::world::{Call, Invitation, Line, State, World};
use crate::support::ledger::{chaika, to};

/// As much as there is room for in the model.
const SCOPE: Scope = Scope {
    attempts: [4, 4],
    together: 8,
    consents: 4,
    same: true,
    edits: true,
    access: true,
    telling: true,
    slip: None,
};

struct Walk<'a> {
    scope: Scope,
    world: World,
    ledger: Ledger,
    seqs: [i64; 2],
    /// What happened, for a run that fails.
    trace: &'a mut Vec<String>,
}

fn recipients(same: bool, sbis: bool) -> [Recipient; 2] {
    match (sbis, same) {
        (false, true) => [to("iam@mail.ru"), to("IAM@mail.ru")],
        (false, false) => [to("iam@mail.ru"), to("other@mail.ru")],
        (true, true) => [chaika(), chaika()],
        (true, false) => {
            let Recipient::Sbis(company) = chaika() else { unreachable!() };
            let inn = Inn::parse("7700000016").unwrap();
            [chaika(), Recipient::Sbis(Company { inn, ..company })]
        }
    }
}

impl<'a> Walk<'a> {
    async fn new(same: bool, sbis: bool, trace: &'a mut Vec<String>) -> Self {
        Self {
            scope: Scope { same, ..SCOPE },
            world: SCOPE.first(),
            ledger: Ledger::new(recipients(same, sbis)).await,
            seqs: [0; 2],
            trace,
        }
    }

    /// What can happen now; what leads somewhere stands in it more often.
    fn possible(&self) -> Vec<(Action, World, Said)> {
        let mut possible = Vec::new();
        for action in self.scope.actions() {
            if let Some((after, said)) = self.scope.step(&self.world, action) {
                possible.extend(vec![(action, after, said); weight(action, said)]);
            }
        }
        possible
    }

    async fn step(&mut self, choice: u16) {
        let (choice, dice) = (usize::from(choice >> 4), choice & 15);
        let possible = self.possible();
        let (action, after, said) = possible[choice % possible.len()];
        self.trace.push(format!("{action:?}"));
        match dice {
            0 => self.dies_before_the_commit(action, said).await,
            1 | 2 => self.is_refused(choice).await,
            3 if choice.is_multiple_of(4) => {
                self.trace.push("…, after the clock was set back".to_owned());
                self.ledger.sets_the_clock_back();
            }
            _ => {}
        }
        let steps = |old: &Invitation, new: &Invitation| match (old.state, new.state) {
            (old, new) if old == new => 0,
            // Back to the queue, and held there.
            (State::Sending, State::Held) => 2,
            _ => 1,
        };
        let real = self.does(action, said, dice).await;
        assert_eq!(real, said, "what came of it");
        for (what, version) in self.seqs.iter_mut().enumerate() {
            *version += steps(&self.world.invitations[what], &after.invitations[what]);
        }
        self.world = after;
        if after.line == Line::Due {
            self.ledger.probes().await;
        }
        self.agrees().await;
    }

    async fn does(&mut self, action: Action, said: Said, dice: u16) -> Said {
        match action {
            // These happen out there; the database learns of them later.
            Action::NoConnection(_)
            | Action::Arrives(_)
            | Action::Takes { .. }
            | Action::Declines { .. }
            | Action::Hears(..)
            | Action::Loses(_) => said,
            // The dialogue asks; the store is not.
            Action::Repeat { .. } if said == Said::Asked => said,
            Action::Record { what, give_up } => {
                let invitation = self.world.invitations[what];
                let Some(Call::Heard(answer)) = invitation.call else { unreachable!() };
                let heard = heard(answer, dice.is_multiple_of(2));
                // Where the answer of a commit is lost, it is all done once more.
                for _ in 0..1 + dice % 3 {
                    self.ledger.records(what, invitation.count, &heard, give_up).await;
                }
                Said::Done
            }
            _ => self.ledger.does(action, true).await,
        }
    }

    /// The rows are those of the model, and keep the promises.
    async fn agrees(&mut self) {
        let numbers = self.ledger.numbers();
        let expected = audit::expected(&self.world, numbers, Some(self.seqs));
        let now = self.ledger.now;
        let rows = audit::rows(&mut self.ledger.conn, now).await;
        assert_eq!(rows, expected, "the rows");
        let broken = audit::broken(&mut self.ledger.conn, &self.world, numbers).await;
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// It is done up to the commit, and nothing is left of it.
    async fn dies_before_the_commit(&mut self, action: Action, said: Said) {
        let is_one_transaction = matches!(
            action,
            Action::Fill(_)
                | Action::Edit(_)
                | Action::Send { .. }
                | Action::Cancel { .. }
                | Action::Release(_)
                | Action::Arrived { .. }
                | Action::Missing { .. }
                | Action::Repeat { .. }
                | Action::Revoke
                | Action::Allow
                | Action::Resume
                | Action::Claim(_)
        );
        if is_one_transaction && said == Said::Done {
            self.trace.push("…, rolled back".to_owned());
            assert_eq!(self.ledger.does(action, false).await, said);
            self.agrees().await;
        }
    }

    /// Something that must not happen now is tried all the same.
    async fn is_refused(&mut self, choice: usize) {
        let all = self.scope.actions();
        let action = all[choice % all.len()];
        let (what, fits) = match action {
            Action::Cancel { what, .. } => (what, [State::Queued, State::Held].as_slice()),
            Action::Release(what) => (what, [State::Held].as_slice()),
            Action::Arrived { what, .. } | Action::Missing { what, .. } => {
                (what, [State::Unknown].as_slice())
            }
            Action::Claim(what) => (what, [State::Queued].as_slice()),
            Action::Repeat { what, .. } => (
                what,
                [State::NotSent, State::RefusedOther, State::Unknown, State::ConfirmedNotSent]
                    .as_slice(),
            ),
            Action::Resume if !self.world.paused && self.world.up => {
                return assert_eq!(self.ledger.does(action, true).await, Said::Stale);
            }
            _ => return,
        };
        let state = self.world.invitations[what].state;
        let stands =
            self.world.paused || matches!(self.world.line, Line::Stopped | Line::Probed(_));
        if !self.world.up || state == State::Absent {
            return;
        }
        let said = match action {
            Action::Claim(_) if !stands && fits.contains(&state) => return,
            Action::Claim(_) => self.ledger.does(action, true).await,
            // At the present point, where that does not fit; else with an old button.
            _ if !fits.contains(&state) => self.ledger.does(action, true).await,
            _ => self.ledger.says_too_late(action).await,
        };
        self.trace.push(format!("…, after {action:?} was refused"));
        assert_eq!(said, Said::Stale, "{action:?} now");
        self.agrees().await;
    }
}

fn walk((same, sbis, choices): Run, trace: &mut Vec<String>) {
    block_on(async {
        let mut walk = Walk::new(same, sbis, trace).await;
        for choice in choices {
            walk.step(choice).await;
        }
    });
}

#[test]
fn the_store_does_in_random_runs_what_the_model_does() {
    runs(32, 30..120, walk);
}

#[test]
#[ignore = "hundreds of runs: a proof, run by .ci/run"]
fn the_store_does_in_hundreds_of_runs_what_the_model_does() {
    runs(1, 30..120, walk);
}

/// How often something is chosen: what leads on more often than what ends a run or comes to
/// nothing.
pub fn weight(action: Action, said: Said) -> usize {
    match (action, said) {
        (_, Said::Stale | Said::InFlight(_)) => 1,
        (Action::Crash | Action::Cancel { .. } | Action::Arrived { .. } | Action::Revoke, _) => 2,
        (Action::Edit(_) | Action::Show(_) | Action::Note(_) | Action::Missing { .. }, _) => 4,
        _ => 20,
    }
}
