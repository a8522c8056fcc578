//! What Telegram demands of a screen, and what the bot demands of its buttons.

use invite_bot::dialogue::session::DraftAct;
use invite_bot::domain::DraftRevision;
use invite_bot::screens::Screen;
use invite_bot::screens::press::Press;
use stand_ins::telegram::shown;

/// The longest message, in UTF-16 code units of what is shown. The server counts characters, of
/// which there are never more.
const MESSAGE_MAX: usize = 4096;
/// The longest answer to a press, in characters.
const TOAST_MAX: usize = 200;
/// The longest data of a button, in bytes.
const DATA_MAX: usize = 64;
/// The most buttons of one keyboard.
const BUTTONS_MAX: usize = 100;

/// Looks at a screen as Telegram would, and presses every button of it; the text people see.
#[track_caller]
pub fn check(screen: &Screen) -> String {
    let html = screen.text.as_str();
    let text = shown(html).unwrap_or_else(|words| panic!("{words}: {html}"));
    let length = text.encode_utf16().count();
    assert!(length <= MESSAGE_MAX, "{length} UTF-16 units: {text}");
    let buttons: Vec<_> = screen.rows.iter().flatten().collect();
    assert!(buttons.len() <= BUTTONS_MAX, "{} buttons", buttons.len());
    for button in buttons {
        assert!(!button.label.trim().is_empty(), "a button without a word");
        let revision = matches!(button.press, Press::Draft(_));
        let revision = revision.then_some(DraftRevision { draft: i64::MAX, revision: i64::MAX });
        check_press(&button.press, revision);
    }
    text
}

/// A button's data comes back as it was made.
#[track_caller]
pub fn check_press(press: &Press, revision: Option<DraftRevision>) {
    let data = press.encode(revision);
    assert!((1..=DATA_MAX).contains(&data.len()), "{} bytes: {data}", data.len());
    assert_eq!(Press::decode(&data), Some((press.clone(), revision)));
}

/// Looks at an answer to a press.
#[track_caller]
pub fn check_toast(toast: &str) {
    assert!((1..=TOAST_MAX).contains(&toast.chars().count()), "{toast}");
}

/// The presses of a screen's buttons.
pub fn presses(screen: &Screen) -> impl Iterator<Item = &Press> {
    screen.rows.iter().flatten().map(|button| &button.press)
}

/// Whether a screen has this button of a draft.
pub fn has(screen: &Screen, act: &DraftAct) -> bool {
    presses(screen).any(|press| matches!(press, Press::Draft(known) if known == act))
}
