//! Says what could not be said at the time, once the way is free: messages that were kept, the
//! screen of a draft whose update was not answered, and open confirmations after a silence, in
//! which presses may have been lost.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use teloxide::types::ChatId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::holds::Holds;
use super::intake::Intake;
use super::line::{Fault, Line};
use super::turn::{Origin, draw, read_stored, turn};
use super::{Context, outbound, stopped, viewer};
use crate::dialogue::session::Stage;
use crate::domain::{Person, PersonId};
use crate::handlers::{Input, Letter};

/// How often it is looked whether anything is owed.
const NAP: Duration = Duration::from_secs(30);

/// The same while somebody's chat was busy.
const SHORT_NAP: Duration = Duration::from_secs(1);

/// How many people are paid at once.
const AT_ONCE: usize = 16;

/// Who is being paid, and what came of it.
type Work = JoinSet<(PersonId, anyhow::Result<()>)>;

/// Pays what is owed until `shutdown`, then ends what it has begun.
pub async fn run(
    line: &Line,
    context: &Arc<Context>,
    intake: &Intake,
    mut shutdown: watch::Receiver<bool>,
) {
    // What people did meanwhile comes first; it is known with Telegram's first answer.
    tokio::select! {
        () = intake.back.notified() => {}
        () = tokio::time::sleep(NAP) => {}
        () = stopped(&mut shutdown) => return,
    }
    let mut holds = Holds::default();
    let mut work = Work::new();
    loop {
        let nap = match begin(line, context, intake, &holds, &mut work).await {
            Ok(all) => {
                holds.next(Instant::now()).unwrap_or(NAP).min(if all { NAP } else { SHORT_NAP })
            }
            Err(error) => {
                tracing::error!("what is owed to people cannot be read: {error:#}");
                NAP
            }
        };
        tokio::select! {
            Some(Ok((person, paid))) = work.join_next() => {
                note(person, paid, &mut holds);
                intake.release(person);
            }
            () = intake.back.notified() => holds.lift_all(),
            () = context.kept.notified() => {}
            () = tokio::time::sleep(nap) => {}
            () = stopped(&mut shutdown) => break,
        }
    }
    while let Some(Ok((person, _))) = work.join_next().await {
        intake.release(person);
    }
}

/// Begins with everybody to whom something is owed and who need not wait; `false`: somebody's chat
/// was busy. What a person wrote comes before what is owed.
async fn begin(
    line: &Line,
    context: &Arc<Context>,
    intake: &Intake,
    holds: &Holds,
    work: &mut Work,
) -> anyhow::Result<bool> {
    let held = holds.held(Instant::now());
    let mut all = true;
    for person in context.store.people_owed().await? {
        if work.len() >= AT_ONCE {
            break;
        }
        if held.contains(&person) {
            continue;
        }
        if !intake.claim(person) {
            all = false;
            continue;
        }
        let (line, context) = (line.clone(), context.clone());
        work.spawn(async move {
            let paid = AssertUnwindSafe(pay(&line, &context, person)).catch_unwind().await;
            (person, paid.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked"))))
        });
    }
    Ok(all)
}

fn note(person: PersonId, paid: anyhow::Result<()>, holds: &mut Holds) {
    match paid {
        Ok(()) => holds.lift(person),
        Err(error) => {
            tracing::warn!(person = person.get(), "a person is still owed something: {error:#}");
            let unknown = Fault::Network("something failed");
            holds.put(person, error.downcast_ref().unwrap_or(&unknown), Instant::now());
        }
    }
}

async fn pay(line: &Line, context: &Arc<Context>, person: PersonId) -> anyhow::Result<()> {
    let owed = context.store.owed(person).await?;
    let viewer = viewer(context, person).await?;
    for unsaid in context.store.unsaid(person).await? {
        let letter: Option<Letter> = serde_json::from_str(&unsaid.body).ok();
        let screen = match &letter {
            Some(letter) => draw(context, &viewer, letter).await?,
            None => None,
        };
        if let Some(screen) = screen {
            match outbound::say(line, ChatId(person.get()), &screen, None).await {
                Err(fault) if fault.passes() => return Err(fault.into()),
                Err(fault) => {
                    tracing::info!(person = person.get(), %fault, "a person was not told");
                }
                Ok(_) => {}
            }
        }
        context.store.said(unsaid.id).await?;
    }
    let person = Person { id: person, name: None };
    let stored = read_stored(context, &person).await?;
    let confirms = matches!(stored.session.draft, Some(Stage::Reviewing { .. }));
    let origin = Origin { person, update: None, pressed: None };
    let person = origin.person.id;
    if (owed.answer && !stored.session.is_empty()) || (owed.card && confirms) {
        turn(line, context, origin, stored, Input::ShowAgain).await?;
    }
    Ok(context.store.paid(person).await?)
}
