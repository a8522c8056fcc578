//! Stored sessions: the first byte is the version, the rest the JSON. What is read is stored again
//! as it is, can be shown, and holds nobody: from every screen a button and a command lead out.

use arbitrary::Unstructured;
use invite_bot::dialogue::Input;
use invite_bot::dialogue::facts::Facts;
use invite_bot::dialogue::session::{DraftAct, Session};
use invite_bot::domain::DraftRevision;
use invite_bot::handlers::Stored;
use invite_bot::handlers::session::DRAFT_LIFETIME;
use invite_bot::screens::draft;
use invite_bot::store::StoredDraft;
use jiff::{SignedDuration, Timestamp};

use super::super::{make, screen, turn};

const REVISION: DraftRevision = DraftRevision { draft: 1, revision: 1 };

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let Some((&version, body)) = bytes.split_first() else { return };
    let body = String::from_utf8_lossy(body);
    // Seeds are text: `1` is the version 1.
    let version = i64::from(version) - i64::from(b'0');
    let now = Timestamp::from_second(1_778_758_327).unwrap();
    if let Some(session) = read(version, &body, now, now) {
        assert_eq!(version, Session::VERSION);
        comes_back(&session, now);
        holds_nobody(&mut Unstructured::new(body.as_bytes()), &session);
        let too_old = now - DRAFT_LIFETIME - SignedDuration::from_secs(1);
        // Nothing is lost with a question that is about no invitation.
        let left = session.begun().is_none().then(Session::default);
        assert_eq!(read(version, &body, too_old, now), left);
    }
    let mut u = Unstructured::new(body.as_bytes());
    let session = make::session(&mut u).unwrap();
    comes_back(&session, now);
    holds_nobody(&mut u, &session);
}

/// What a stored session is worth; `None` is one that is lost, of which the person is told.
fn read(version: i64, body: &str, at: Timestamp, now: Timestamp) -> Option<Session> {
    let (DraftRevision { draft: id, revision }, body) = (REVISION, body.to_owned());
    let stored = StoredDraft { id, revision, version, body, card: None, updated_at: at };
    let read = Stored::read(&stored, now);
    assert_eq!(read.shown, Some((REVISION, at)));
    assert!(!read.lost || read.session == Session::default());
    (!read.lost).then_some(read.session)
}

fn comes_back(session: &Session, now: Timestamp) {
    let body = serde_json::to_string(session).unwrap();
    assert_eq!(read(Session::VERSION, &body, now, now).as_ref(), Some(session));
}

fn holds_nobody(u: &mut Unstructured<'_>, session: &Session) {
    let facts = make::facts(u).unwrap();
    let facts = Facts { shown: Some((REVISION, facts.viewer.now)), ..facts };
    let Some(stage) = &session.draft else { return };
    let shown = draft::stage(&facts, stage);
    screen::check(&shown);
    assert!(screen::has(&shown, &DraftAct::Cancel));
    for way_out in [Input::Press(DraftAct::Cancel, REVISION), Input::Cancel] {
        let mut facts = facts.clone();
        let step = turn::take(u, &mut facts, session, &way_out).unwrap();
        turn::shown(&facts, session, &step);
        turn::left(session, &way_out, &step);
        assert_eq!(step.effect, None);
    }
}
