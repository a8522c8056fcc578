//! What is said at the end: counts, and every violation.

use std::time::Duration;

use crate::checker;
use crate::logs::Logs;
use crate::world::World;

/// Counts of one or more worlds.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Processes that were killed.
    pub kills: u32,
    /// Processes that died at the crash point that they were to die at.
    pub points: u32,
    invitations: usize,
    attempts: usize,
    letters: usize,
    duplicates: usize,
    unknown: usize,
    pressed: usize,
    seen: usize,
    worlds: usize,
    /// Of the database, made beside a running bot; one of each world is restored.
    copies: usize,
    /// The longest that a world took to come to rest.
    rested: Duration,
    /// What was to be done and could not: the campaign then proves less than it says.
    pub missed: Vec<String>,
    /// One line each.
    pub violations: Vec<String>,
}

impl Report {
    fn of(world: &World, logs: &Logs, name: &str, (kills, points): (u32, u32)) -> Self {
        let (letters, duplicates) = checker::letters(logs);
        let outcome = |known: &str| {
            let attempts = logs.db.attempts.iter();
            attempts.filter(|attempt| attempt.outcome.as_deref() == Some(known)).count()
        };
        let judged = checker::judge(logs);
        // What people saw once they may have seen at several deaths.
        let violations = judged.iter().chain(world.untrue.iter().filter(|it| !judged.contains(it)));
        Self {
            kills,
            points,
            invitations: logs.db.invitations.len(),
            attempts: logs.db.attempts.len(),
            letters,
            duplicates,
            unknown: outcome("unknown"),
            pressed: logs.pressed.len(),
            seen: logs.seen.len(),
            worlds: 1,
            rested: Duration::ZERO,
            missed: Vec::new(),
            violations: violations.map(|it| line(it, name)).collect(),
            copies: 0,
        }
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.points += other.points;
        self.invitations += other.invitations;
        self.attempts += other.attempts;
        self.letters += other.letters;
        self.duplicates += other.duplicates;
        self.unknown += other.unknown;
        self.pressed += other.pressed;
        self.seen += other.seen;
        self.worlds += other.worlds;
        self.copies += other.copies;
        self.rested = self.rested.max(other.rested);
        self.missed.extend(other.missed);
        self.violations.extend(other.violations);
    }

    /// A world that did not come to its end.
    pub fn hung(name: &str, after: Duration) -> Self {
        let what = format!("VIOLATION of run, {name}: no end after {} s", after.as_secs());
        Self { worlds: 1, violations: vec![what], ..Self::default() }
    }

    /// The summary.
    pub fn line(&self) -> String {
        format!(
            "kills: {}, at crash points: {}, worlds: {}, invitations: {}, attempts: {}, letters that may be out: {}, \
             duplicates: {}, unknown: {}, presses: {}, screens: {}, copies: {}, longest way to rest: {:.1} s, \
             missed: {}, violations: {}",
            self.kills,
            self.points,
            self.worlds,
            self.invitations,
            self.attempts,
            self.letters,
            self.duplicates,
            self.unknown,
            self.pressed,
            self.seen,
            self.copies,
            self.rested.as_secs_f64(),
            self.missed.len(),
            self.violations.len()
        )
    }
}

fn line(violation: &checker::Violation, name: &str) -> String {
    format!("VIOLATION of {}, {name}: {}", violation.promise, violation.what)
}

/// Judges a world. One with violations keeps its folder.
pub async fn judged(mut world: World, name: &str, ends: (u32, u32)) -> anyhow::Result<Report> {
    let logs = world.logs().await?;
    let mut report = Report::of(&world, &logs, name, ends);
    let copies = world.copies().await?;
    report.copies = copies.len();
    let mut of_copies: Vec<_> =
        copies.iter().flat_map(|copy| checker::judge_copy(copy, &logs.db)).collect();
    of_copies.extend(world.restore().await?);
    report.violations.extend(of_copies.iter().map(|it| line(it, name)));
    report.rested = world.rested;
    report.missed = world.missed.iter().map(|what| format!("MISSED in {name}: {what}")).collect();
    if !report.violations.is_empty() {
        let folder = world.keep();
        std::fs::write(folder.join("logs.txt"), format!("{logs:#?}"))?;
        report.violations.push(format!("  {name} is kept in {}", folder.display()));
    }
    Ok(report)
}
