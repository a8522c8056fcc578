//! What came of accepted invitations, as people see it.

use expect_test::expect_file;
use invite_bot::domain::{FollowUp, Mark, Role, Viewer};
use invite_bot::screens::Screen;
use invite_bot::screens::follow_up::{ask_call, call, on_card, question};
use jiff::civil::date;

use super::player::{anna, now, zone};
use super::screens::{accepted, told};

#[test]
fn follow_ups() {
    let viewer = |role| Viewer { me: anna(), role, zone: zone(), now: now() };
    let staff = viewer(Role::Staff);
    let marked = |mark| FollowUp { mark, by: anna(), at: now() };
    let card = |viewer: &Viewer, mark: Option<Mark>| {
        let bare = Screen { text: accepted_line(), rows: vec![] };
        on_card(bare, viewer, &accepted(), mark.map(marked).as_ref())
    };
    let day = date(2026, 12, 1);
    let open = || (accepted(), None);
    let done = (accepted(), Some(marked(Mark::Registered)));
    expect_file!["screens/follow_ups.txt"].assert_eq(&told([
        ("open", card(&staff, None)),
        ("registered", card(&staff, Some(Mark::Registered))),
        ("declined", card(&staff, Some(Mark::Declined))),
        ("to call", card(&staff, Some(Mark::CallBack(day)))),
        ("to an observer", card(&viewer(Role::Observer), Some(Mark::Registered))),
        ("when to call", ask_call(&accepted())),
        ("on its day", call(&accepted())),
        ("the question", question(&staff, day, &[open(), done.clone(), open()])),
        ("all answered", question(&staff, day, &[done])),
    ]));
}

fn accepted_line() -> invite_bot::screens::html::Html {
    invite_bot::screens::html::Html::raw("<b>№12</b> · принято".to_owned())
}
