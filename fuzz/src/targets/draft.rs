//! Stored drafts: the first byte is the version, the rest the JSON. What is read is stored again
//! as it is, can be shown, and holds nobody: from every screen a button and a command lead out.

use arbitrary::Unstructured;
use invite_bot::bot::storage::{Conversation, DRAFT_LIFETIME};
use invite_bot::dialogue::{Desk, DraftAct, Effect, Input, Press, Stamp, State, step, texts};
use invite_bot::store::StoredDraft;
use jiff::{SignedDuration, Timestamp};

use crate::{make, screen};

const STAMP: Stamp = Stamp { draft: 1, revision: 1 };

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let Some((&version, body)) = bytes.split_first() else { return };
    let body = String::from_utf8_lossy(body);
    // Seeds are text: `1` is the version 1.
    let version = i64::from(version) - i64::from(b'0');
    let now = Timestamp::from_second(1_778_758_327).unwrap();
    if let Some(state) = read(version, &body, now, now) {
        assert_eq!(version, State::VERSION);
        comes_back(&state, now);
        let desk = make::desk(&mut Unstructured::new(body.as_bytes())).unwrap();
        holds_nobody(&desk, &state);
        let too_old = now - DRAFT_LIFETIME - SignedDuration::from_secs(1);
        // Nothing is lost with a question that is about no invitation.
        let left = state.draft().is_none().then_some(State::Idle);
        assert_eq!(read(version, &body, too_old, now), left);
    }
    let mut u = Unstructured::new(body.as_bytes());
    let (Ok(state), Ok(desk)) = (make::conversation(&mut u), make::desk(&mut u)) else { return };
    comes_back(&state, now);
    holds_nobody(&desk, &state);
}

/// What a stored draft is worth; `None` is a draft that is lost, of which the person is told.
fn read(version: i64, body: &str, at: Timestamp, now: Timestamp) -> Option<State> {
    let (id, revision) = (STAMP.draft, STAMP.revision);
    let body = body.to_owned();
    let stored = StoredDraft { id, revision, version, body, card: None, updated_at: at };
    let read = Conversation::read(&stored, now);
    assert_eq!(read.row.map(|row| row.stamp), Some(STAMP));
    assert!(!read.lost || read.state == State::Idle);
    (!read.lost).then_some(read.state)
}

fn comes_back(state: &State, now: Timestamp) {
    let body = serde_json::to_string(state).unwrap();
    assert_eq!(read(State::VERSION, &body, now, now).as_ref(), Some(state));
}

fn holds_nobody(desk: &Desk, state: &State) {
    let desk = Desk { draft: Some((STAMP, desk.now)), ..desk.clone() };
    let shown = texts::screen(&desk, state);
    screen::check(&shown);
    if *state == State::Idle {
        return;
    }
    let cancel = Press::Draft(DraftAct::Cancel);
    assert!(shown.rows.iter().flatten().any(|button| button.press == cancel));
    let command = Input::Message { text: Some("/cancel".to_owned()), about: None };
    for way_out in [Input::Press(cancel, Some(STAMP)), command] {
        let step = step(&desk, state, way_out);
        assert_eq!(step.state, Some(State::Idle));
        assert!(!step.effects.iter().any(|effect| matches!(effect, Effect::Do(_))));
    }
}
