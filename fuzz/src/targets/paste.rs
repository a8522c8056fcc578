//! Messages with requisites: whatever is taken without a question passes its check by an independent
//! count and stands in the message after normalisation; a draft that took it in asks, and sends
//! nothing by itself.

use arbitrary::Unstructured;
use invite_bot::domain::{Draft, Provider};
use requisites::{Kpp, Requisites, normalise, read, tidy};

use super::super::{make, tax};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    check(&String::from_utf8_lossy(bytes));
    if let Ok(card) = make::card(&mut Unstructured::new(bytes)) {
        check(&card);
    }
}

fn check(text: &str) {
    let found = read(text);
    assert_eq!(found, read(text), "the same every time");
    stands_in(text, &found);
    for provider in Provider::ALL {
        let mut draft = Draft { provider: Some(provider), ..Draft::default() };
        draft.apply_message(&found);
        // A draft offers six at most; the seventh is then another one.
        let is_whole = found.parties.len() <= 6;
        assert!(!is_whole || !draft.is_of_another(&found), "of its own message: {found:?}");
        let stored = serde_json::to_string(&draft).unwrap();
        assert_eq!(serde_json::from_str::<Draft>(&stored).unwrap(), draft, "stored as it is");
        let mut left = 0;
        while let Some(field) = draft.undecided() {
            assert!(draft.finish().is_err(), "a choice is open");
            assert!(!draft.choose(field, usize::MAX));
            assert!(draft.choose(field, 0));
            left += 1;
            assert!(left < 9, "choices without an end");
        }
    }
}

/// The text without white space and dashes, which stand inside numbers.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !"-–‑−().".contains(*c)).collect()
}

fn stands_in(text: &str, found: &Requisites) {
    let clean = normalise(text);
    let dense = dense(&clean).to_uppercase();
    for party in &found.parties {
        for inn in
            party.inn.certain().into_iter().chain(party.inn.choices().iter().map(|it| &it.value))
        {
            assert!(tax::is_inn(inn.as_str()));
        }
        if let Some(inn) = party.inn.certain() {
            assert!(dense.contains(inn.as_str()), "{inn:?}");
            assert!(inn.is_organisation() || party.kpp.is_missing(), "a person has no КПП");
        }
        if let Some(kpp) = party.kpp.certain() {
            assert!(dense.contains(kpp.as_str()), "{kpp:?}");
            assert!(Kpp::parse(kpp.as_str()).is_ok());
        }
        if let Some(name) = party.name.certain() {
            assert!(tidy(&clean).contains(name.as_str()), "{name:?} of {text:?}");
        }
    }
    if let Some(email) = found.email.certain() {
        assert!(clean.to_lowercase().contains(&email.as_str().to_lowercase()), "{email:?}");
    }
}
