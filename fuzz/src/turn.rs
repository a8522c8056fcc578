//! One turn of the dialogue: what it needs to know is answered with anything, and what it shows is
//! drawn and looked at.

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::facts::{Facts, Need};
use invite_bot::dialogue::session::{DraftAct, Session, Stage};
use invite_bot::dialogue::{Input, Step, View, step};
use invite_bot::domain::Invitation;
use invite_bot::screens::{Screen, draft};

use super::{make, screen};

/// Takes one input. What a turn needs to know it asks for once.
pub fn take(
    u: &mut Unstructured<'_>,
    facts: &mut Facts,
    session: &Session,
    input: &Input,
) -> Result<Step> {
    let mut needed = Vec::new();
    loop {
        let need = match step(facts, session, input.clone()) {
            Ok(step) => return Ok(step),
            Err(need) => need,
        };
        assert!(!needed.contains(&need) && needed.len() < 8, "{need:?} after {needed:?}");
        match &need {
            Need::Organisation(inn) => {
                assert!(facts.setup.directory, "nobody can be asked");
                facts.looked_up.organisation = Some((inn.clone(), make::lookup(u, inn)?));
            }
            Need::Policy(draft) => {
                let against = make::maybe(u, make::check)?.unwrap_or_default();
                facts.looked_up.checks.push((draft.as_ref().clone(), against));
            }
            Need::InvitationFromDraft(id) => {
                let own = u.arbitrary()?;
                let made = make::maybe(u, |u| {
                    let made = make::invitation(u)?;
                    let author = if own { facts.viewer.me.clone() } else { made.author.clone() };
                    Ok(Invitation { author, ..made })
                })?;
                facts.looked_up.invitation_from_draft = Some((*id, made));
            }
        }
        needed.push(need);
    }
}

/// A way out leaves nothing; of two drafts, the command leaves the unfinished one.
pub fn left(before: &Session, way_out: &Input, step: &Step) {
    let after = step.session.as_ref();
    match (&before.draft, way_out) {
        (Some(Stage::ChoosingDraft { .. }), Input::Cancel) => {
            let stage = after.and_then(|session| session.draft.as_ref());
            assert!(stage.is_some_and(|stage| !matches!(stage, Stage::ChoosingDraft { .. })));
        }
        _ => assert_eq!(after, Some(&Session::default())),
    }
}

/// Draws what a step shows. A draft is left from every screen of it, and confirmed only on the
/// summary of a full one against which nothing stands.
pub fn shown(facts: &Facts, before: &Session, step: &Step) -> Option<Screen> {
    if let Some(toast) = step.toast {
        screen::check_toast(&draft::toast(toast));
    }
    let after = step.session.as_ref().unwrap_or(before);
    let view = step.view.as_ref()?;
    let shown = draft::view(facts, after, view, step.note.as_ref());
    screen::check(&shown);
    if let (View::Draft, Some(stage)) = (view, &after.draft) {
        assert!(screen::has(&shown, &DraftAct::Cancel), "no way out of {stage:?}");
        if screen::has(&shown, &DraftAct::Send) || screen::has(&shown, &DraftAct::SendOverLimit) {
            let Stage::Reviewing { draft } = stage else { panic!("no summary: {stage:?}") };
            assert!(draft.finish().is_ok(), "a summary of half a draft");
            let against = facts.first_blocker(draft);
            assert!(facts.check(draft).is_ok() && against.is_none(), "{against:?}");
        }
    }
    Some(shown)
}
