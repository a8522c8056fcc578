//! Everything that can happen, in worlds small enough to look at all of it; and the same with a
//! mistake in the rules, which must be found.

use super::rules::{Scope, Slip};
use super::search::{WHOLE, breaks, holds};

/// One invitation, with everything that can happen to it.
const ONE: Scope = Scope {
    attempts: [2, 0],
    together: 2,
    consents: 2,
    same: false,
    edits: true,
    access: true,
    telling: true,
    slip: None,
};

/// One with more attempts. What its author is told changes nothing for it.
const LONG: Scope = Scope { attempts: [3, 0], together: 3, telling: false, ..ONE };

/// Two invitations to the same recipient, by two people. What they are told, and that access is
/// taken away, concerns one alone.
const SAME: Scope = Scope {
    attempts: [2, 2],
    together: 3,
    consents: 1,
    same: true,
    edits: true,
    access: false,
    telling: false,
    slip: None,
};

/// The same to different recipients; the second is tried once.
const APART: Scope = Scope { same: false, edits: false, attempts: [2, 1], ..SAME };

/// Both, with everything that can happen.
const ALL: Scope = Scope { attempts: [3, 3], together: 6, same: true, ..ONE };

/// As far as there is time for in every run; the mistakes below show sooner.
#[test]
fn whatever_happens_first_the_promises_hold() {
    holds("one invitation", &ONE, 12);
    holds("two for the same recipient", &SAME, 10);
    holds("two for different recipients", &APART, 10);
    holds("two for the same recipient, with everything", &ALL, 8);
}

#[test]
#[ignore = "looks at everything: a proof, run by .ci/run"]
fn whatever_happens_to_one_invitation_the_promises_hold() {
    holds("one invitation", &ONE, WHOLE);
    holds("one invitation, three attempts", &LONG, WHOLE);
}

#[test]
#[ignore = "looks at everything: a proof, run by .ci/run"]
fn whatever_happens_to_two_for_the_same_recipient_the_promises_hold() {
    holds("two for the same recipient", &SAME, WHOLE);
}

#[test]
#[ignore = "looks at everything: a proof, run by .ci/run"]
fn whatever_happens_to_two_for_different_recipients_the_promises_hold() {
    holds("two for different recipients", &APART, WHOLE);
}

#[test]
#[ignore = "looks at half a million states: a proof, run by .ci/run"]
fn whatever_happens_at_once_the_promises_hold() {
    holds("two for the same recipient, with everything", &ALL, 13);
    holds("two for different recipients, with everything", &Scope { same: false, ..ALL }, 13);
}

/// Wants far more time and memory than the others.
#[test]
#[ignore = "wants hours: run by hand"]
fn however_far_one_looks_the_promises_hold() {
    let more = |scope| Scope { together: 4, ..scope };
    holds("one invitation, four attempts", &Scope { attempts: [4, 0], ..more(ONE) }, WHOLE);
    holds("two for the same recipient, four attempts", &more(SAME), WHOLE);
    let apart = Scope { attempts: [2, 2], ..more(APART) };
    holds("two for different recipients, four attempts", &apart, WHOLE);
    holds("two for the same recipient, with everything", &ALL, 18);
    holds("two for different recipients, with everything", &Scope { same: false, ..ALL }, 17);
}

/// Each mistake, where it shows, and how.
const MISTAKES: [(Slip, Scope, &str); 16] = [
    (Slip::RecoveryRequeues, ONE, "I4"),
    (Slip::RecoveryForgets, ONE, "I6"),
    (Slip::LostAnswerIsRetried, ONE, "I4"),
    (Slip::ErrorIsRefusal, ONE, "I4"),
    (Slip::SilenceIsConsent, ONE, "I3"),
    (Slip::NoUniqueIndex, SAME, "I7"),
    (Slip::ConsentStays, LONG, "I2"),
    (Slip::OldButtonCounts, ONE, "I2"),
    (Slip::NobodyIsAsked, ONE, "I2"),
    (Slip::DoublePressCounts, SAME, "T1"),
    (Slip::IntentIsNotCommitted, ONE, "what was written down"),
    (Slip::RequestIsSentAgain, ONE, "I1"),
    (Slip::ToldBeforeWritten, ONE, "I5"),
    (Slip::UnknownIsShownAsAccepted, ONE, "I5"),
    (Slip::PauseIsIgnored, ONE, "a provider that is paused"),
    (Slip::DoubtIsForgotten, ONE, "I4"),
];

#[test]
fn every_mistake_in_the_rules_is_found_by_a_shortest_way() {
    for (slip, scope, promise) in MISTAKES {
        breaks(&format!("{slip:?}"), &Scope { slip: Some(slip), ..scope }, promise);
    }
}
