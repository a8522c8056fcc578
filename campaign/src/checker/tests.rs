//! The checker itself is checked: a good history is judged good, and every bad one, made by hand
//! from the good one, is judged bad for the right reason.

use invite_bot::domain::Provider;

use super::{Violation, judge, judge_copy};
use crate::behaviour::Meaning;
use crate::logs::{
    Attempt, Consent, Db, End, Entry, Invitation, Life, Logs, Pressed, Request, Seen, Stop, Stored,
};

const GUID: &str = "a3c5a4e2-0000-4000-8000-000000000001";

fn row(actor: Option<i64>, before: Option<&str>, after: &str) -> Entry {
    Entry {
        id: 0,
        at: 900,
        actor,
        action: "state".into(),
        invitation: Some(1),
        person: None,
        provider: None,
        stop: None,
        before: before.map(str::to_owned),
        after: Some(after.to_owned()),
    }
}

fn attempt(n: i64, outcome: &str, from: i64) -> Attempt {
    Attempt {
        invitation: 1,
        n,
        consent: None,
        request_sha256: vec![7; 32],
        started_at: from,
        ended_at: Some(from + 100),
        outcome: Some(outcome.into()),
        wait: None,
        reference: None,
    }
}

fn request(at: i64, behaviour: &str, means: Meaning) -> Request {
    Request {
        at,
        provider: Provider::Sbis,
        path: "/reg/service/".into(),
        complete: true,
        email: "iam@mail.ru".into(),
        guid: Some(GUID.into()),
        sha256: vec![7; 32],
        behaviour: behaviour.into(),
        means,
        reference: None,
    }
}

/// What a person is told who may send a second letter.
const TOLD: &str = "🔁 №1: отправить ещё раз?\nТогда клиент получит второе письмо.";

fn press(data: &str, text: &str) -> Pressed {
    Pressed { person: 5, data: data.into(), text: text.into(), toast: None }
}

fn life(from: i64, to: i64, end: End) -> Life {
    Life { from, to, end, ..Life::default() }
}

fn stored(update_id: i64) -> Stored {
    Stored {
        update_id,
        chat: 5,
        received_at: 500,
        done_at: Some(600),
        answered: true,
        parked_at: None,
    }
}

/// A change of the allow-list.
fn listing(action: &str, person: i64) -> Entry {
    let (invitation, person) = (None, Some(person));
    Entry { action: action.into(), invitation, person, ..row(Some(1), None, "") }
}

/// №1 was interrupted by a kill, repeated with a consent, and accepted.
fn good() -> Logs {
    let invitation = Invitation {
        number: 1,
        provider: "sbis".into(),
        author: 5,
        idempotency_key: "draft:9".into(),
        email: "iam@mail.ru".into(),
        recipient_key: "1215107651/121501001".into(),
        override_no: 0,
        guid: GUID.into(),
        state: "accepted".into(),
        refusal: None,
        version: 6,
        notified_version: 6,
        status_message: Some(50),
        changed_at: 5_100,
    };
    let consent = Consent { id: 3, invitation: 1, version: 3, person: 5 };
    Logs {
        received: vec![
            request(1_010, "accept", Meaning::Accepted),
            request(5_010, "accept", Meaning::Accepted),
        ],
        pressed: vec![
            press("d:9:4:send", "E-mail: iam@mail.ru"),
            press("c:1:3:resend:29921695", TOLD),
        ],
        seen: vec![
            Seen {
                message: 50, text: "⚠️ №1: неизвестно, …\niam@mail.ru · 1".into(), now: false
            },
            Seen {
                message: 50, text: "✅ №1: принято — …\niam@mail.ru · 1".into(), now: true
            },
        ],
        lives: vec![life(0, 1_050, End::Killed), life(1_080, 9_000, End::Stopped(Some(0)))],
        db: Db {
            integrity: "ok".into(),
            invitations: vec![invitation],
            attempts: vec![
                attempt(1, "unknown", 1_000),
                Attempt { consent: Some(3), ..attempt(2, "accepted", 5_000) },
            ],
            consents: vec![consent],
            journal: vec![
                row(Some(5), None, "queued"),
                row(None, Some("queued"), "sending"),
                row(None, Some("sending"), "unknown"),
                row(Some(5), Some("unknown"), "queued"),
                row(None, Some("queued"), "sending"),
                row(None, Some("sending"), "accepted"),
            ],
            stoplist: vec![Stop { id: 1, kind: "email".into(), value: "iam@mail.ru".into() }],
            holds: vec![(3, Some("sbis".into())), (4, Some("invoicebox".into()))],
            paused: vec![],
            revoked: vec![],
            inbox: vec![stored(100), stored(101)],
            outbox: 0,
            read_at: 9_100,
        },
        acknowledged: vec![100, 101],
        said: vec!["/allow 6".into()],
        ..Logs::default()
    }
}

/// The good history with one thing changed breaks this promise.
#[track_caller]
fn breaks(promise: &str, change: impl FnOnce(&mut Logs)) {
    let mut logs = good();
    change(&mut logs);
    let found = judge(&logs);
    assert!(found.iter().any(|it: &Violation| it.promise == promise), "{found:#?}");
}

#[test]
fn a_good_history_is_judged_good() {
    assert_eq!(judge(&good()), []);
    assert_eq!(super::letters(&good()), (2, 0));
    assert_eq!(
        judge(&Logs { db: Db { integrity: "ok".into(), ..Db::default() }, ..Logs::default() }),
        []
    );
}

#[test]
fn a_second_request_of_one_attempt_is_noticed() {
    breaks("I1", |logs| logs.received.push(request(5_020, "accept", Meaning::Unknown)));
}

#[test]
fn a_request_without_a_stored_attempt_is_noticed() {
    breaks("I1", |logs| drop(logs.db.attempts.pop()));
}

#[test]
fn other_bytes_and_another_guid_are_noticed() {
    breaks("I1", |logs| logs.received[1].sha256 = vec![8; 32]);
    breaks("I1", |logs| logs.received[1].guid = Some("another".into()));
}

#[test]
fn a_letter_that_nobody_asked_for_is_noticed_without_the_database() {
    breaks("I2", |logs| drop(logs.pressed.pop()));
    let mut logs = good();
    logs.pressed.pop();
    assert_eq!(super::letters(&logs), (2, 1));
    // What was surely not taken is no letter.
    logs.received[0].means = Meaning::NotAccepted("throttled");
    assert_eq!(super::letters(&logs), (1, 0));
}

#[test]
fn a_repeat_without_a_consent_of_its_own_is_noticed() {
    breaks("I2", |logs| logs.db.attempts[1].consent = None);
    breaks("I2", |logs| logs.db.attempts[0].consent = Some(3));
    breaks("I2", |logs| logs.db.consents[0].person = 6);
    // The button was of another state, or did not warn of a second letter.
    breaks("I2", |logs| logs.pressed[1].data = "c:1:2:resend:29921695".into());
    breaks("I2", |logs| logs.pressed[1].text = "🔁 №1: отправить ещё раз?".into());
    breaks("I2", |logs| logs.pressed[1].data = "c:1:3:resend:".into());
}

#[test]
fn an_invitation_that_nobody_confirmed_is_noticed() {
    breaks("I2", |logs| logs.db.invitations[0].idempotency_key = "draft:-9".into());
    breaks("I2", |logs| logs.pressed[0].person = 6);
    breaks("I2", |logs| logs.pressed[0].text = "E-mail: other@mail.ru".into());
}

#[test]
fn accepted_without_the_word_of_the_provider_is_noticed() {
    breaks("I3", |logs| logs.received[1].means = Meaning::Unknown);
    breaks("I3", |logs| drop(logs.received.pop()));
    breaks("I3", |logs| logs.received[1].reference = Some("another id".into()));
}

#[test]
fn not_taken_although_the_provider_may_have_is_noticed() {
    for outcome in ["rejected", "not_accepted"] {
        breaks("I4", |logs| logs.db.attempts[1].outcome = Some(outcome.into()));
    }
    breaks("I4", |logs| {
        logs.db.attempts[1].outcome = Some("not_accepted".into());
        logs.db.attempts[1].wait = Some("connect".into());
    });
}

#[test]
fn unknown_without_a_cause_is_noticed() {
    breaks("I4", |logs| logs.db.attempts[1].outcome = Some("unknown".into()));
    // A stop lets the call end.
    breaks("I4", |logs| logs.lives[0].end = End::Stopped(Some(0)));
    // Not for ever: on a machine that stands still it is left to the next start.
    let mut logs = good();
    logs.lives[0] = life(0, 1_000 + 600 + 5_000, End::Stopped(Some(0)));
    logs.lives[1].from = 6_700;
    logs.db.attempts[0].ended_at = Some(6_800);
    logs.received[1].at = 7_100;
    logs.db.attempts[1].started_at = 7_000;
    logs.db.attempts[1].ended_at = Some(7_200);
    assert_eq!(judge(&logs), []);
    // Nobody even connected.
    breaks("I4", |logs| {
        logs.db.attempts[1].outcome = Some("unknown".into());
        logs.received.pop();
    });
}

#[test]
fn a_state_that_its_attempt_does_not_say_is_noticed() {
    breaks("I4", |logs| {
        logs.db.journal[5].after = Some("unknown".into());
        logs.db.invitations[0].state = "unknown".into();
    });
}

#[test]
fn what_was_released_and_then_taken_back_counts_against_no_limit() {
    let over = |last: &[Entry]| {
        let mut logs = good();
        logs.limits = Some((2, 9));
        let second = |row: Entry| Entry { invitation: Some(2), ..row };
        let first = [row(Some(5), None, "queued"), row(Some(1), Some("queued"), "held")];
        let released = row(Some(1), Some("held"), "queued");
        let rows = first.into_iter().chain([released]).chain(last.iter().cloned());
        logs.db.journal.splice(0..0, rows.map(second));
        judge(&logs).iter().filter(|it| it.promise == "limit").count()
    };
    assert_eq!(over(&[]), 1);
    assert_eq!(over(&[row(Some(5), Some("queued"), "cancelled")]), 0);
}

/// A limit of №1's author, by the admin.
fn limit(after: &str) -> Entry {
    let person = Some(5);
    Entry { action: "limit".into(), invitation: None, person, ..row(Some(1), None, after) }
}

/// A change of the stop-list's only entry.
fn stop(action: &str) -> Entry {
    let stop = Some(1);
    Entry { action: action.into(), invitation: None, stop, ..row(Some(1), None, "email") }
}

fn resumed() -> Entry {
    let provider = Some("sbis".into());
    Entry { action: "resume".into(), invitation: None, provider, ..row(Some(1), None, "") }
}

#[test]
fn a_rule_of_the_office_that_was_not_kept_is_noticed() {
    breaks("window", |logs| logs.window = 40);
    breaks("stop-list", |logs| logs.db.journal.insert(1, stop("stop")));
    breaks("stop-list", |logs| logs.db.journal.insert(3, stop("stop")));
    breaks("limit", |logs| logs.db.journal.insert(0, limit("1")));
    breaks("limit", |logs| logs.limits = Some((1, 9)));
    breaks("limit", |logs| logs.limits = Some((9, 1)));
    let mut logs = good();
    logs.limits = Some((2, 2));
    logs.db.journal.insert(0, stop("stop"));
    logs.db.journal.insert(1, stop("unstop"));
    logs.db.journal.insert(2, limit("2"));
    assert_eq!(judge(&logs), []);
}

/// The good history, but the repeat certainly did not go; how that left the invitation.
fn failed_repeat(state: &str) -> impl Fn(&mut Logs) + use<> {
    let state = state.to_owned();
    move |logs: &mut Logs| {
        logs.received.pop();
        logs.seen.pop();
        logs.db.attempts[1].outcome = Some("not_accepted".into());
        logs.db.attempts[1].wait = Some("connect".into());
        logs.db.journal[5].after = Some(state.clone());
        logs.db.invitations[0].state = state.clone();
    }
}

#[test]
fn a_repeat_that_did_not_go_leaves_the_doubt_as_it_was() {
    let i4 = |logs: &Logs| judge(logs).into_iter().filter(|it| it.promise == "I4").count();
    let mut logs = good();
    failed_repeat("unknown")(&mut logs);
    assert_eq!(i4(&logs), 0);
    breaks("I4", failed_repeat("not_sent"));
    // Somebody said that no letter came: then nothing is in doubt any more.
    breaks("I4", |logs| {
        failed_repeat("unknown")(logs);
        logs.db.journal.insert(3, row(Some(5), Some("unknown"), "confirmed_not_sent"));
    });
}

#[test]
fn a_screen_that_was_never_true_is_noticed() {
    let shows = |text: &str| {
        let text = text.to_owned();
        move |logs: &mut Logs| logs.seen.push(Seen { message: 51, text, now: false })
    };
    breaks("I5", shows("❌ №1: отказ. …\niam@mail.ru"));
    breaks("I5", shows("№1 · СБИС · не отправлено\niam@mail.ru"));
    breaks("I5", shows("✅ №2: принято …\niam@mail.ru"));
    breaks("I5", shows("✅ №1: принято …\nother@mail.ru"));
    breaks("I5", |logs| logs.pressed[0].toast = Some("№2: отправляю".into()));
    // Words that the checker does not know must not make it blind.
    breaks("I5", shows("№1: улетело\niam@mail.ru"));
}

#[test]
fn a_last_word_that_is_not_true_any_more_is_noticed() {
    breaks("I5", |logs| logs.seen[1].text = "⏳ №1: отправляю…\niam@mail.ru".into());
    breaks("I5", |logs| logs.db.invitations[0].status_message = None);
}

#[test]
fn what_a_crash_left_behind_must_become_unknown() {
    breaks("I6", |logs| {
        logs.db.attempts[0].outcome = Some("not_accepted".into());
        logs.db.attempts[0].wait = Some("connect".into());
    });
    breaks("I6", |logs| logs.db.attempts[0].outcome = None);
    breaks("I6", |logs| {
        logs.db.invitations[0].state = "sending".into();
        logs.db.journal.pop();
    });
}

#[test]
fn an_author_who_was_not_told_is_noticed() {
    breaks("I6", |logs| logs.db.invitations[0].notified_version = 5);
}

#[test]
fn a_bad_result_that_rang_nowhere_is_noticed() {
    let mut logs = good();
    logs.db.invitations[0].state = "unknown".into();
    logs.db.journal[5].after = Some("unknown".into());
    let silent =
        |logs: &Logs| judge(logs).iter().filter(|it| it.what.ends_with("nothing rang")).count();
    // One that came with the result rang by itself.
    assert_eq!(silent(&logs), 0);
    let text = "⏳ №1: отправляю…".to_owned();
    logs.seen.insert(0, Seen { message: 50, text, now: false });
    assert_eq!(silent(&logs), 1);
    let text = "⚠️ №1: неизвестно, ушло ли письмо.\niam@mail.ru".to_owned();
    logs.seen.push(Seen { message: 51, text, now: true });
    assert_eq!(silent(&logs), 0);
}

#[test]
fn two_in_flight_to_one_recipient_are_noticed() {
    breaks("I7", |logs| {
        let second = Invitation { number: 2, ..logs.db.invitations[0].clone() };
        logs.db.invitations.push(second);
        logs.db.journal.insert(2, Entry { invitation: Some(2), ..row(Some(5), None, "queued") });
    });
}

#[test]
fn an_update_that_was_acknowledged_and_lost_is_noticed() {
    breaks("I8", |logs| logs.acknowledged.push(102));
    breaks("I8", |logs| logs.db.inbox[1].done_at = None);
}

#[test]
fn an_update_that_was_given_up_too_early_is_noticed() {
    let parked = |logs: &mut Logs| {
        logs.db.inbox[1].done_at = None;
        logs.db.inbox[1].parked_at = Some(2_000);
    };
    breaks("I8", parked);
    // Nobody can read it, or the process died over it three times.
    let mut logs = good();
    parked(&mut logs);
    logs.poison = vec![101];
    assert_eq!(judge(&logs), []);
    logs.poison = vec![];
    logs.lives.extend([1_500, 1_600].map(|at| life(at - 10, at, End::Killed)));
    assert_eq!(judge(&logs), []);
}

#[test]
fn an_update_that_took_effect_twice_is_noticed() {
    let mut logs = good();
    logs.db.journal.push(listing("allow", 6));
    logs.pressed.push(press("r:3:", ""));
    logs.db.journal.push(resumed());
    assert_eq!(judge(&logs), []);
    breaks("I8", |logs| logs.db.journal.extend([listing("allow", 6), listing("allow", 6)]));
    breaks("I8", |logs| logs.db.journal.push(listing("revoke", 6)));
    breaks("I8", |logs| logs.db.journal.push(resumed()));
    breaks("I8", |logs| logs.db.consents.push(Consent { id: 4, ..logs.db.consents[0].clone() }));
}

#[test]
fn a_person_without_an_answer_is_noticed() {
    breaks("I8", |logs| logs.unanswered = vec![5]);
    breaks("I8", |logs| logs.db.inbox[0].answered = false);
    breaks("I8", |logs| logs.db.outbox = 1);
}

#[test]
fn a_database_that_is_doubted_is_noticed() {
    let doubted = Entry { action: "untrusted_database".into(), ..row(None, None, "older") };
    breaks("I10", |logs| logs.db.journal.push(Entry { invitation: None, ..doubted }));
}

#[test]
fn a_gap_in_the_journal_is_noticed() {
    for gap in 0..6 {
        breaks("I9", |logs| drop(logs.db.journal.remove(gap)));
    }
    breaks("I9", |logs| logs.db.consents[0].version = 2);
}

#[test]
fn a_queue_that_stands_still_is_noticed_unless_it_is_paused() {
    let waits = |logs: &mut Logs| {
        logs.db.invitations[0].state = "queued".into();
        logs.db.invitations[0].version = 4;
        logs.db.invitations[0].notified_version = 4;
        logs.db.journal.truncate(4);
        logs.db.attempts.truncate(1);
        logs.received.truncate(1);
        logs.seen.truncate(1);
    };
    breaks("I10", waits);
    let mut logs = good();
    waits(&mut logs);
    logs.db.paused = vec!["sbis".into()];
    assert_eq!(judge(&logs), []);
}

#[test]
fn a_call_for_somebody_without_access_is_noticed() {
    breaks("I2", |logs| {
        logs.db.journal.insert(4, listing("revoke", 5));
    });
}

#[test]
fn what_only_people_decide_needs_a_person() {
    for (state, after) in [("cancelled", 1), ("confirmed_sent", 3), ("confirmed_not_sent", 3)] {
        breaks("I2", |logs| {
            logs.db.journal.truncate(after);
            let before = logs.db.journal[after - 1].after.clone();
            logs.db.journal.push(row(Some(5), before.as_deref(), state));
        });
    }
}

#[test]
fn a_bot_that_ends_unasked_and_a_damaged_file_are_noticed() {
    breaks("run", |logs| logs.lives[0].end = End::Unasked(Some(70)));
    breaks("run", |logs| logs.lives[1].end = End::Stopped(None));
    breaks("run", |logs| logs.db.integrity = "row 3 missing from index".into());
}

#[test]
fn a_copy_that_is_not_the_beginning_of_the_database_is_noticed() {
    let became = Db { integrity: "ok".into(), ..good().db };
    let none = Db { integrity: "ok".into(), ..Db::default() };
    assert_eq!(judge_copy(&became, &became), []);
    assert_eq!(judge_copy(&none, &became), [], "made before anything was done");
    let mut torn = became.clone();
    torn.journal.pop();
    assert_ne!(judge_copy(&torn, &became), [], "a state that no row of the journal tells of");
    assert_ne!(judge_copy(&became, &none), [], "the database forgot what the copy knows");
    let mut other = became.clone();
    other.journal[0].at += 1;
    assert_ne!(judge_copy(&other, &became), []);
    let damaged = Db { integrity: "row 1 missing".into(), ..became.clone() };
    assert_ne!(judge_copy(&damaged, &became), []);
}
