//! Data of buttons, which anybody may forge: what is read is a press that some screen can make,
//! and every press comes back as it was made, in at most 64 bytes.

use arbitrary::Unstructured;
use invite_bot::bot::parse;
use invite_bot::handlers::Input;
use invite_bot::screens::press::{Press, StaffAct};

use super::super::{make, screen};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let data = String::from_utf8_lossy(bytes);
    // Telegram carries no more.
    let read = Press::decode(&data).filter(|_| data.len() <= 64);
    if let Some((press, revision)) = &read {
        assert_eq!(revision.is_some(), matches!(press, Press::Draft(_)));
        screen::check_press(press, *revision);
        if let Press::Staff(
            StaffAct::AskRevoke(id)
            | StaffAct::Revoke(id)
            | StaffAct::Card(id)
            | StaffAct::SetRole(id, _)
            | StaffAct::SetOffice(id, _)
            | StaffAct::ReplaceOffices(id, ..),
        ) = press
        {
            assert!((1..1 << 52).contains(&id.get()));
        }
    }
    match parse::press(Some(&data)) {
        Input::Press(press, revision) => assert_eq!(Some((press, revision)), Press::decode(&data)),
        other => assert!(matches!(other, Input::UnknownPress) && read.is_none()),
    }
    let mut u = Unstructured::new(bytes);
    if let (Ok(press), Ok(revision)) = (make::press(&mut u), make::revision(&mut u)) {
        let revision = matches!(press, Press::Draft(_)).then_some(revision);
        screen::check_press(&press, revision);
        // A message that is kept has its buttons as JSON.
        let json = serde_json::to_string(&press).unwrap();
        assert_eq!(serde_json::from_str::<Press>(&json).unwrap(), press);
    }
}
