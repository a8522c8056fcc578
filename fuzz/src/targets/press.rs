//! Data of buttons, which anybody may forge: what is read is a press that some screen can make,
//! and every press comes back as it was made, in at most 64 bytes.

use arbitrary::Unstructured;
use invite_bot::bot::inbound;
use invite_bot::dialogue::{Input, Press, StaffAct, Stamp};

use crate::make;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let data = String::from_utf8_lossy(bytes);
    // Telegram carries no more.
    let read = Press::decode(&data).filter(|_| data.len() <= 64);
    if let Some((press, stamp)) = &read {
        assert_eq!(stamp.is_some(), matches!(press, Press::Draft(_)));
        comes_back(press, *stamp);
        if let Press::Staff(
            StaffAct::AskRevoke(id)
            | StaffAct::Revoke(id)
            | StaffAct::Card(id)
            | StaffAct::Role(id, _)
            | StaffAct::Office(id, _),
        ) = press
        {
            assert!((1..1 << 52).contains(&id.get()));
        }
    }
    match inbound::press(Some(&data)) {
        Input::Press(press, stamp) => assert_eq!(Some((press, stamp)), Press::decode(&data)),
        other => assert!(matches!(other, Input::StrangePress) && read.is_none()),
    }
    let mut u = Unstructured::new(bytes);
    if let (Ok(press), Ok(stamp)) = (make::press(&mut u), make::stamp(&mut u)) {
        let stamp = matches!(press, Press::Draft(_)).then_some(stamp);
        comes_back(&press, stamp);
    }
}

fn comes_back(press: &Press, stamp: Option<Stamp>) {
    let data = press.encode(stamp);
    assert!((1..=64).contains(&data.len()), "{} bytes: {data}", data.len());
    assert_eq!(Press::decode(&data), Some((press.clone(), stamp)));
}
