//! Shows people once more where they stand: the answer to an update that took effect but was not
//! answered, and open confirmations after a silence, in which presses may have been lost.

use std::sync::Arc;
use std::time::Duration;

use teloxide::Bot;
use tokio::sync::watch;

use super::intake::Intake;
use super::storage::Conversation;
use super::turn::{Origin, turn};
use super::{Context, stopped};
use crate::dialogue::{Input, State};
use crate::domain::{Person, PersonId};

/// How often it is looked whether anything is owed.
const NAP: Duration = Duration::from_secs(30);

/// The same while somebody's chat was busy.
const SHORT_NAP: Duration = Duration::from_secs(1);

/// Pays what is owed until `shutdown`.
pub async fn run(
    bot: &Bot,
    context: &Arc<Context>,
    intake: &Intake,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut nap = NAP;
    loop {
        tokio::select! {
            () = intake.back.notified() => {}
            () = tokio::time::sleep(nap) => {}
            () = stopped(&mut shutdown) => return,
        }
        nap = match round(bot, context, intake, &shutdown).await {
            Ok(true) => NAP,
            Ok(false) => SHORT_NAP,
            Err(error) => {
                tracing::error!("what is owed to people cannot be read: {error:#}");
                NAP
            }
        };
    }
}

/// Looks once; `false`: somebody's chat was busy. What a person wrote comes before it.
async fn round(
    bot: &Bot,
    context: &Arc<Context>,
    intake: &Intake,
    shutdown: &watch::Receiver<bool>,
) -> anyhow::Result<bool> {
    let mut all = true;
    for person in context.store.people_owed().await? {
        if *shutdown.borrow() {
            break;
        }
        if !intake.claim(person) {
            all = false;
            continue;
        }
        let paid = pay(bot, context, person).await;
        intake.release(person);
        if let Err(error) = paid {
            tracing::warn!(
                person = person.get(),
                "a person was not shown the screen again: {error:#}"
            );
        }
    }
    Ok(all)
}

async fn pay(bot: &Bot, context: &Arc<Context>, person: PersonId) -> anyhow::Result<()> {
    let owed = context.store.owed(person).await?;
    let conversation = Conversation::load(&context.store, person).await?;
    let confirms = matches!(conversation.state, State::Reviewing { .. });
    if owed.answer || (owed.card && confirms) {
        let origin =
            Origin { person: Person { id: person, name: None }, update: None, pressed: None };
        turn(bot, context, origin, conversation, Input::Again).await?;
    }
    Ok(context.store.paid(person).await?)
}
