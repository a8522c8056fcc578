//! The campaign is itself proved: mistakes are planted, one after the other, and each must be
//! noticed. Some are in the bot's code (`planted`), some in its database: where a rule of the schema
//! would stop a mistake, the rule is taken away first, which shows that the rule works.

use std::time::{Duration, Instant};

use invite_bot::domain::Provider;
use tokio::task::JoinSet;

use crate::bot::Setup;
use crate::planted::{self, Planted};
use crate::report::Report;
use crate::world::Make;
use crate::{Options, Task, one, say};

/// A mistake, where it is planted, and in which parts of the campaign it shows.
struct Bug {
    name: &'static str,
    /// What is done to the database before the first start, or before every start.
    sabotage: Option<&'static str>,
    before_start: Option<&'static str>,
    tasks: &'static [Task],
    setup: Setup,
}

/// A world with a mistake in it may never come to rest.
const REST: Duration = Duration::from_secs(15);

/// Whether each is noticed takes no longer than this.
const LIMIT: Duration = Duration::from_secs(120);

const UPDATES: &[Task] = &[Task::Updates];
/// A few deaths at any instant.
const KILLS: &[Task] = &[Task::Random(20), Task::Random(20)];
/// Deaths right after a call.
const AFTER_CALL: &[Task] = &[Task::Points(Provider::Invoicebox, "after T3")];
/// Invitations with and without luck, and of both kinds.
const SOME: &[Task] = &[Task::Some(&["accept", "close", "500", "422"])];
/// Days of an office, with an admin who sets limits and puts clients on the stop-list.
const OFFICE: &[Task] = &[Task::Random(50), Task::Random(50), Task::Random(50), Task::Random(50)];

const fn coded(name: &'static str, tasks: &'static [Task]) -> Bug {
    Bug { name, sabotage: None, before_start: None, tasks, setup: Setup::Unlimited }
}

const fn stored(name: &'static str, tasks: &'static [Task], sabotage: &'static str) -> Bug {
    Bug { name, sabotage: Some(sabotage), before_start: None, tasks, setup: Setup::Unlimited }
}

/// All that are planted.
const BUGS: &[Bug] = &[
    Bug {
        name: "requeue on recovery",
        sabotage: None,
        before_start: Some(
            "UPDATE attempts SET outcome = 'not_accepted', wait = 'connect', ended_at = started_at + 1
                 WHERE outcome IS NULL;
             UPDATE invitations SET state = 'queued', version = version + 1, changed_by = NULL
                 WHERE state = 'sending';",
        ),
        tasks: AFTER_CALL,
        setup: Setup::Unlimited,
    },
    coded("retry on 500", SOME),
    coded("retry on timeout", &[Task::Some(&["hang", "drip"])]),
    coded("unknown taken for accepted", SOME),
    coded("connect failure counted as unknown", &[Task::Weather]),
    coded("redirect followed", &[Task::Some(&["redirect 307", "redirect 302"])]),
    coded("GUID changed between attempts", &[Task::Some(&["429", "accept"])]),
    coded("unknown shown as accepted", SOME),
    coded("status of another invitation shown", SOME),
    coded("intent not committed", &[Task::Some(&["accept"])]),
    coded("outcome dropped", SOME),
    coded("told before committed", &[Task::Points(Provider::Invoicebox, "before T1")]),
    coded("claim written as a note", AFTER_CALL),
    coded("answered before written", KILLS),
    coded("acknowledge before store", &[Task::Points(Provider::Invoicebox, "before T0")]),
    stored(
        "repeated update applied again",
        UPDATES,
        "CREATE TRIGGER planted BEFORE INSERT ON inbox BEGIN
             DELETE FROM inbox WHERE update_id = NEW.update_id AND done_at IS NOT NULL;
         END;",
    ),
    stored(
        "lower id taken for a repeated one",
        UPDATES,
        "CREATE TRIGGER planted BEFORE INSERT ON inbox
         WHEN NEW.update_id < (SELECT max(update_id) FROM inbox) BEGIN
             SELECT RAISE(IGNORE);
         END;",
    ),
    stored(
        "update given up at the first try",
        UPDATES,
        "CREATE TRIGGER planted AFTER UPDATE OF tries ON inbox WHEN NEW.update_id % 7 = 0 BEGIN
             UPDATE inbox SET parked_at = 1 WHERE update_id = NEW.update_id;
         END;",
    ),
    // The draft is gone with the first press, and a draft becomes one invitation: the schema
    // says both, so the second one pretends to come from another draft.
    stored(
        "double press accepted",
        SOME,
        "DROP INDEX one_in_flight;
         CREATE TRIGGER planted AFTER INSERT ON invitations WHEN NEW.idempotency_key LIKE 'draft:%' BEGIN
             INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn, kpp, name,
                 office, recipient_key, guid, status_message, not_before, created_at, changed_at,
                 changed_by)
             VALUES (NEW.provider, NEW.author, 'second:' || NEW.number, NEW.email, NEW.email_key, NEW.inn,
                 NEW.kpp, NEW.name, NEW.office, NEW.recipient_key,
                 substr(NEW.guid, 1, 24) || lower(hex(randomblob(6))), NULL, NEW.not_before,
                 NEW.created_at, NEW.changed_at, NEW.changed_by);
         END;",
    ),
    stored("journal row missing", SOME, "DROP TRIGGER invitation_changed;"),
    stored(
        "consent used twice",
        &[Task::Repeats],
        "DROP TRIGGER attempt_begins;
         DROP TRIGGER invitation_transition;
         CREATE TRIGGER planted AFTER UPDATE OF state ON invitations
         WHEN NEW.state IN ('unknown', 'accepted')
             AND EXISTS (SELECT 1 FROM consents WHERE invitation = NEW.number)
             AND (SELECT count(*) FROM attempts WHERE invitation = NEW.number) < 4
         BEGIN
             UPDATE invitations SET state = 'queued', version = version + 1 WHERE number = NEW.number;
         END;",
    ),
    stored(
        "unknown repeated by itself",
        SOME,
        "DROP TRIGGER attempt_begins;
         DROP TRIGGER invitation_transition;
         CREATE TRIGGER planted AFTER UPDATE OF state ON invitations
         WHEN NEW.state = 'unknown'
             AND (SELECT count(*) FROM attempts WHERE invitation = NEW.number) < 2
         BEGIN
             UPDATE invitations SET state = 'queued', version = version + 1 WHERE number = NEW.number;
         END;",
    ),
    stored(
        "revoked person's queue still sent",
        &[Task::Revoked],
        "CREATE TRIGGER planted_1 AFTER UPDATE OF role ON people WHEN NEW.role IS NULL BEGIN
             UPDATE people SET revoked_at = 1 WHERE id = NEW.id;
         END;
         DROP TRIGGER invitation_transition;
         CREATE TRIGGER planted_2 AFTER UPDATE OF state ON invitations WHEN NEW.state = 'held' BEGIN
             UPDATE invitations SET state = 'queued', version = version + 1, changed_by = author
                 WHERE number = NEW.number;
         END;",
    ),
    stored(
        "author never told of an unknown one",
        SOME,
        "CREATE TRIGGER planted AFTER UPDATE OF state ON invitations
         WHEN NEW.state = 'unknown' BEGIN
             UPDATE invitations SET notified_version = version WHERE number = NEW.number;
         END;",
    ),
    stored(
        "queue forgotten behind a probe",
        &[Task::Some(&["close", "500", "502", "504", "reset"])],
        "CREATE TRIGGER planted AFTER UPDATE OF probe ON holds
         WHEN OLD.probe IS NOT NULL AND NEW.probe IS NULL AND NEW.ended_at IS NULL BEGIN
             UPDATE holds SET probe = OLD.probe WHERE id = NEW.id;
         END;",
    ),
    stored(
        "cancelled by itself",
        SOME,
        "CREATE TRIGGER planted AFTER INSERT ON invitations WHEN NEW.number % 5 = 0 BEGIN
             UPDATE invitations SET state = 'cancelled', version = version + 1, changed_by = author
                 WHERE number = NEW.number;
         END;",
    ),
    Bug {
        setup: Setup::Defaults,
        ..stored(
            "undo window skipped",
            SOME,
            "CREATE TRIGGER planted AFTER INSERT ON invitations BEGIN
                 UPDATE invitations SET not_before = created_at WHERE number = NEW.number;
             END;",
        )
    },
    stored(
        "stop-list forgotten",
        OFFICE,
        "DROP VIEW stopped;
         CREATE VIEW stopped AS SELECT number AS invitation, 0 AS entry FROM invitations WHERE 0;
         CREATE TRIGGER planted AFTER INSERT ON stoplist BEGIN
             UPDATE stoplist SET removed_at = 0, removed_by = added_by WHERE id = NEW.id;
         END;
         DROP TRIGGER stop_removed;",
    ),
    stored(
        "limit of a person forgotten",
        OFFICE,
        "CREATE TRIGGER planted AFTER UPDATE OF day_limit ON people WHEN NEW.day_limit > 0 BEGIN
             UPDATE people SET day_limit = 0 WHERE id = NEW.id;
         END;",
    ),
];

impl Bug {
    /// Whether it is in the bot's code.
    const fn is_coded(&self) -> bool {
        self.sabotage.is_none() && self.before_start.is_none()
    }
}

/// The mistakes in the bot's code, by name.
#[cfg(test)]
pub fn mistakes() -> impl Iterator<Item = &'static str> {
    BUGS.iter().filter(|bug| bug.is_coded()).map(|bug| bug.name)
}

/// Plants every mistake, or the one that is named, several side by side; whether all were
/// noticed.
pub async fn prove(options: &Options, only: Option<&str>) -> anyhow::Result<bool> {
    let mut waiting = BUGS.iter().filter(|bug| only.is_none_or(|only| only == bug.name));
    let program = match waiting.clone().any(Bug::is_coded) {
        true => Some(planted::build()?),
        false => None,
    };
    let (mut planted, mut caught) = (0, 0);
    let mut running = JoinSet::new();
    loop {
        if running.len() < options.jobs.max(1)
            && let Some(bug) = waiting.next()
        {
            planted += 1;
            let program = program.clone().filter(|_| bug.is_coded());
            let planted = program.map(|program| Planted { program, mistake: bug.name });
            running.spawn(try_it(bug, planted, options.clone()));
        } else if let Some(ended) = running.join_next().await {
            caught += u32::from(ended??);
        } else {
            break;
        }
    }
    // Where the disk is not waited for, no kill shows it: the kernel keeps what a killed process
    // has written. That takes a loss of power.
    say(&format!("mistakes planted: {planted}, noticed: {caught}"));
    Ok(planted > 0 && planted == caught)
}

/// Plants one mistake; whether it was noticed in time.
async fn try_it(
    bug: &'static Bug,
    planted: Option<Planted>,
    options: Options,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let report = until_noticed(bug, planted, &options).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let caught = !report.violations.is_empty() && begun.elapsed() < LIMIT;
    let first = report.violations.first().map_or("nothing", String::as_str);
    let word = if caught { "caught" } else { "NOT CAUGHT" };
    say(&format!("{word} in {seconds:.0} s: {} — {first}", bug.name));
    Ok(caught)
}

/// Runs until the first world in which it shows.
async fn until_noticed(
    bug: &'static Bug,
    planted: Option<Planted>,
    options: &Options,
) -> anyhow::Result<Report> {
    let make = Make {
        planted,
        sabotage: bug.sabotage,
        before_start: bug.before_start,
        rest: Some(REST),
        setup: bug.setup,
        ..Make::default()
    };
    let mut worlds = JoinSet::new();
    for (number, task) in bug.tasks.iter().enumerate() {
        let number = u64::try_from(number)? + 1;
        worlds.spawn(one(*task, number, options.clone(), make.clone()));
    }
    let mut total = Report::default();
    while let Some(ended) = worlds.join_next().await {
        total.add(ended??);
        if !total.violations.is_empty() {
            break;
        }
    }
    worlds.shutdown().await;
    Ok(total)
}
