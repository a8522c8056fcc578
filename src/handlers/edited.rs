//! Messages that were edited: what gave the open draft its values counts, the rest is told.

use super::{Outcome, Plan, Turn, invite};
use crate::dialogue;
use crate::domain::requisites::read;
use crate::domain::{Draft, Field, is_command};
use crate::screens::edited;
use crate::store::StoreError;

pub async fn take(turn: &mut Turn<'_>, text: &str, message: i32) -> Result<Outcome, StoreError> {
    if is_command(text) {
        return Ok(Plan::show_below(edited::command()).into());
    }
    if let Some(&sent) = turn.session.sources.iter().find(|sent| sent.message == message) {
        let alone = turn.session.sources.len() == 1;
        let input = dialogue::Input::Edited { text: text.to_owned(), alone };
        return invite::said(turn, input, sent).await;
    }
    let read = read(text);
    if Field::found_in(&read).is_empty() && read.invalid.is_empty() {
        return Ok(Plan::default().into());
    }
    let viewer = &turn.facts.viewer;
    let Some(number) = turn.reader.invitation_of_message(viewer.me.id, message).await? else {
        return Ok(Plan::show_below(edited::unused()).into());
    };
    let Some(made) = turn.reader.invitation(number).await? else {
        return Ok(Plan::default().into());
    };
    let was = Draft::from(&made.recipient);
    let mut now = was.clone();
    now.apply_message(&read);
    Ok(match now == was {
        true => Plan::default(),
        false => Plan::show_below(edited::too_late(&made, viewer.role)),
    }
    .into())
}
