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
    let sources = &turn.session.sources;
    if let Some(place) = sources.iter().position(|source| source.sent.message == message)
        && let Some((source, after)) = sources.get(place..).and_then(<[_]>::split_first)
    {
        let (sent, alone, newest) = (source.sent, sources.len() == 1, after.is_empty());
        let later = after.iter().flat_map(|source| source.gave.clone()).collect();
        let input = dialogue::Input::Edited { text: text.to_owned(), newest, later, alone };
        return invite::said(turn, input, sent).await;
    }
    let read = read(text);
    let holds = !Field::found_in(&read).is_empty() || !read.invalid.is_empty();
    let viewer = &turn.facts.viewer;
    let Some(number) = turn.reader.invitation_of_message(viewer.me.id, message).await? else {
        let plan = if holds { Plan::show_below(edited::unused()) } else { Plan::default() };
        return Ok(plan.into());
    };
    let Some(made) = turn.reader.invitation(number).await? else {
        return Ok(Plan::default().into());
    };
    let was = Draft::from(&made.recipient);
    let mut now = was.clone();
    now.apply_message(&read);
    Ok(match holds && now == was {
        true => Plan::default(),
        false => Plan::show_below(edited::too_late(&made, viewer.role)),
    }
    .into())
}
