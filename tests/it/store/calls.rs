//! Claim, close, recovery, pauses and what is told of them.

use invite_bot::domain::{
    Answer, AttemptOutcome, FieldFault, Hold, HoldKind, InvitationNo, Outcome, Person, Provider,
    Refusal, State, Verdict, Wait, WaitReason,
};
use invite_bot::store::{Actor, Change, NewInvitation, RetryCounts, StoreError, SubmitOptions};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::support::ledger::{
    ADMIN, BODY, Ledger, OTHER, STAFF, accepted, answer, at, at_once, by, chaika, id, new,
    not_accepted, now, rejected, revoke, to,
};

#[tokio::test]
async fn a_double_claim_starts_one_attempt() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let version = ledger.version(number).await;
    let claim = || ledger.claims_at(number, version, now());
    let (first, second) = tokio::join!(claim(), claim());
    assert!(first.is_some() && second.is_none(), "{first:?} {second:?}");
}

#[tokio::test]
async fn each_outcome_leads_where_the_design_says() {
    let ledger = Ledger::new().await;
    let soon = Some(at(30));
    for (outcome, retry_at, state) in [
        (accepted(), None, State::Accepted),
        (accepted(), soon, State::Accepted),
        (answer(Outcome::Unknown), soon, State::Unknown),
        (rejected(Refusal::Data), soon, State::Rejected(Refusal::Data)),
        (rejected(Refusal::Other), None, State::Rejected(Refusal::Other)),
        (not_accepted(Wait::Connect), soon, State::Queued),
        (not_accepted(Wait::Connect), None, State::NotSent),
        (not_accepted(Wait::Throttled), soon, State::Queued),
        (not_accepted(Wait::Throttled), None, State::NotSent),
        (not_accepted(Wait::Config), None, State::Queued),
    ] {
        let ledger_now = now();
        let number = ledger.submit().await;
        let n = ledger.claim(number).await;
        ledger.close_at(number, n, &outcome, retry_at, ledger_now).await;
        let read = ledger.read(number).await;
        assert_eq!(read.state, state, "{outcome:?}");
        let waits = match outcome == not_accepted(Wait::Config) {
            true => Some(WaitReason::BadCredentials),
            false => retry_at.filter(|_| state == State::Queued).map(WaitReason::Time),
        };
        assert_eq!(read.waits, waits, "{outcome:?}");
        let last = read.last.unwrap().outcome.unwrap();
        assert_eq!(last, AttemptOutcome::from(&outcome.outcome));
    }
}

#[tokio::test]
async fn what_the_provider_said_is_kept() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let fault = |name: &str, message: &str| FieldFault {
        name: name.to_owned(),
        message: message.to_owned(),
    };
    let fields = vec![fault("identifier", "is wrong"), fault("partnerId", "")];
    let said = Answer {
        outcome: Outcome::Rejected { why: Refusal::Data, fields },
        http_status: Some(422),
        request_id: Some("abc".to_owned()),
        message: Some("Validation failed".to_owned()),
    };
    ledger.call(number, &said).await;
    let last = ledger.read(number).await.last.unwrap();
    assert_eq!((last.http_status, last.request_id.as_deref()), (Some(422), Some("abc")));
    assert_eq!(last.message.as_deref(), Some("Validation failed; identifier: is wrong; partnerId"));

    let number = ledger.submit().await;
    ledger.call(number, &answer(Outcome::Accepted { reference: Some("17".to_owned()) })).await;
    let last = ledger.read(number).await.last.unwrap();
    assert_eq!(last.reference.as_deref(), Some("17"));
}

#[tokio::test]
async fn closing_twice_keeps_what_was_said_first() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let n = ledger.claim(number).await;
    ledger.close(number, n, &accepted()).await;
    let version = ledger.version(number).await;
    ledger.close(number, n, &answer(Outcome::Unknown)).await;
    assert_eq!(
        (ledger.state(number).await, ledger.version(number).await),
        (State::Accepted, version)
    );
}

#[tokio::test]
async fn every_attempt_sends_the_bytes_of_the_first() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    assert_eq!(
        ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap().body,
        None
    );
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &not_accepted(Wait::Connect), Some(at(5)), now()).await;
    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.body.as_deref(), due.at), (Some(BODY), at(5)));
    let (version, body) = (due.invitation.version, b"other bytes".to_vec());
    let claim = Change::Claim { number, version, body };
    let refused = ledger.store.apply(Actor::Program, at(5), &[claim]).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    ledger.claim(number).await;
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("SELECT request_sha256 FROM attempts")
        .fetch_all(&mut ledger.connect().await)
        .await
        .unwrap();
    assert_eq!(hashes, vec![Sha256::digest(BODY).to_vec(); 2]);
}

#[tokio::test]
async fn waits_are_counted_since_a_person_asked() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let claim = async || ledger.claims(number, now()).await.unwrap();
    let mut counted = Vec::new();
    for wait in [Wait::Connect, Wait::Throttled, Wait::Connect] {
        let claim = claim().await;
        counted.push(claim.waits);
        ledger.close_at(number, claim.n, &not_accepted(wait), Some(now()), now()).await;
    }
    let waits = |connect, throttled| RetryCounts { connect, throttled };
    assert_eq!(counted, [waits(0, 0), waits(1, 0), waits(1, 1)]);
    let last = claim().await;
    assert_eq!(last.waits, waits(2, 1));
    ledger.close(number, last.n, &not_accepted(Wait::Connect)).await;
    ledger.repeat(number).await.unwrap();
    assert_eq!(claim().await.waits, waits(0, 0));
}

#[tokio::test]
async fn after_a_crash_every_call_under_way_is_unknown() {
    let ledger = Ledger::new().await;
    let sending =
        [ledger.one_that_is(State::Sending).await, ledger.one_that_is(State::Sending).await];
    let queued = ledger.submit().await;
    assert_eq!(ledger.recovers(at(1)).await, sending);
    for number in sending {
        let read = ledger.read(number).await;
        assert_eq!((read.state, read.changed_at), (State::Unknown, at(1)));
        assert_eq!(
            (read.changed_by, read.last.unwrap().outcome),
            (None, Some(AttemptOutcome::Unknown))
        );
    }
    assert_eq!(ledger.state(queued).await, State::Queued);
    assert_eq!(ledger.recovers(at(2)).await, []);
    let untold: Vec<_> =
        ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    assert_eq!(untold.len(), 3);
}

#[tokio::test]
async fn a_call_that_was_under_way_when_its_author_was_revoked_is_not_repeated() {
    let ledger = Ledger::new().await;
    let mine = ledger.one_that_is(State::Sending).await;
    let theirs = ledger.submit_by(OTHER, &to("iam@mail.ru")).await;
    assert_eq!(ledger.claim(theirs).await, 1);
    assert_eq!(ledger.writes(by(ADMIN), at(1), revoke(STAFF)).await.held, []);
    for number in [mine, theirs] {
        ledger.close_at(number, 1, &not_accepted(Wait::Connect), Some(at(9)), at(2)).await;
    }
    assert_eq!(ledger.state(mine).await, State::Held);
    assert_eq!(ledger.state(theirs).await, State::Queued);
    assert!(ledger.release(mine).await);
    assert_eq!(ledger.claim(mine).await, 2);
}

#[tokio::test]
async fn who_left_the_configuration_has_nothing_sent() {
    let ledger = Ledger::new().await;
    let (leaves, stays) = (8, 9);
    for person in [leaves, stays] {
        let meet = Change::UpsertPerson(Person { id: id(person), name: None });
        ledger.writes(Actor::Program, now(), meet).await;
    }
    let hold_orphans = async |admins: &[i64], second| {
        let fixed_admins = admins.iter().map(|&admin| id(admin)).collect();
        let hold = Change::HoldOrphans { fixed_admins };
        ledger.writes(Actor::Program, at(second), hold).await.held
    };
    let orphan = ledger.submit_by(leaves, &to("a@mail.ru")).await;
    let others = [
        ledger.submit_by(stays, &to("b@mail.ru")).await,
        ledger.submit_by(STAFF, &to("c@mail.ru")).await,
    ];
    assert_eq!(hold_orphans(&[stays], 1).await, [orphan]);
    assert_eq!(ledger.state(orphan).await, State::Held);
    for number in others {
        assert_eq!(ledger.state(number).await, State::Queued);
    }
    assert!(ledger.release(orphan).await);
    assert_eq!(hold_orphans(&[], 2).await, [others[0]]);
    assert_eq!(ledger.state(orphan).await, State::Queued, "an admin let it go");
}

#[tokio::test]
async fn a_refused_key_pauses_its_provider_and_rejects_nothing() {
    let ledger = Ledger::new().await;
    let (number, late, waiting) =
        (ledger.submit().await, ledger.submit().await, ledger.submit().await);
    let saby = ledger.submit_by(STAFF, &chaika()).await;
    let mut refused = not_accepted(Wait::Config);
    refused.message = Some("Unauthorized".to_owned());
    let n = ledger.claim(late).await;
    ledger.call(number, &refused).await;

    let refuses = |message: &str| HoldKind::BadCredentials {
        provider: Provider::Invoicebox,
        message: Some(message.to_owned()),
    };
    let holds = ledger.holds().await;
    assert_eq!(holds.len(), 1);
    assert_eq!((&holds[0].kind, holds[0].told), (&refuses("Unauthorized"), false));
    let read = ledger.read(number).await;
    assert_eq!((read.state, read.waits), (State::Queued, Some(WaitReason::BadCredentials)));
    assert_eq!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop(), None);
    let version = ledger.version(waiting).await;
    assert_eq!(ledger.claims_at(waiting, version, now()).await, None);
    let due = ledger.store.next_due(Provider::Sbis, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.invitation.number, due.invitation.waits), (saby, None));

    let hold = holds[0].id;
    ledger.tells_hold(hold).await;
    ledger.close(late, n, &refused).await;
    let told = Hold { told: true, ..holds[0].clone() };
    assert_eq!(ledger.holds().await, [told], "the admins are told once");
    assert_eq!(ledger.resumes(hold, 2).await, Some(0));
    assert_eq!(ledger.resumes(hold, 2).await, None);
    assert_eq!(ledger.holds().await, []);
    assert!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().is_some());
    let written = "SELECT action FROM journal WHERE action IN ('pause', 'resume') ORDER BY id";
    let mut conn = ledger.connect().await;
    let written: Vec<String> = sqlx::query_scalar(written).fetch_all(&mut conn).await.unwrap();
    assert_eq!(written, ["pause", "resume"]);
}

#[tokio::test]
async fn what_waits_longest_goes_first_and_a_retry_does_not_starve() {
    let ledger = Ledger::new().await;
    let retried = ledger.submit().await;
    let n = ledger.claim(retried).await;
    ledger.close_at(retried, n, &not_accepted(Wait::Connect), Some(at(-5)), at(-9)).await;
    let fresh = ledger.submit().await;
    let due = async || ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop();
    assert_eq!(due().await.unwrap().invitation.number, retried);
    ledger.claim(retried).await;
    assert_eq!(due().await.unwrap().invitation.number, fresh);
    ledger.claim(fresh).await;
    assert_eq!(due().await, None);
}

#[tokio::test]
async fn a_message_is_owed_until_it_shows_the_newest_state() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let untold =
        async || ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    assert_eq!(untold().await[0].status_message, None);
    ledger.told(number, 1, None, 70).await;
    assert_eq!(untold().await, []);

    ledger.call(number, &accepted()).await;
    let owed = untold().await;
    assert_eq!((owed[0].invitation.state, owed[0].status_message), (State::Accepted, Some(70)));
    ledger.told(number, 2, Some(70), 70).await;
    assert_eq!(untold().await.len(), 1, "what was shown was not the newest");
    ledger.told(number, 3, Some(70), 71).await;
    ledger.told(number, 2, Some(70), 70).await;
    assert_eq!(untold().await, [], "an older message does not take back a newer one");

    let unreachable = ledger.submit().await;
    let give_up = Change::GiveUpTelling { number: unreachable, version: 1 };
    ledger.writes(Actor::Program, now(), give_up).await;
    assert_eq!(untold().await, []);
    let adopt = Change::AdoptStatusMessage { number: unreachable, message: 72 };
    ledger.writes(by(STAFF), now(), adopt).await;
    ledger.call(unreachable, &accepted()).await;
    assert_eq!(untold().await[0].status_message, Some(72));
}

#[tokio::test]
async fn what_was_unknown_stays_unknown_when_its_repeat_does_not_go() {
    let ledger = Ledger::new().await;
    for given_up in [true, false] {
        let number = ledger.one_that_is(State::Unknown).await;
        ledger.repeat(number).await.unwrap();
        if given_up {
            let n = ledger.claim(number).await;
            ledger.close_at(number, n, &not_accepted(Wait::Connect), None, now()).await;
        } else {
            assert!(ledger.cancel(number).await);
        }
        let read = ledger.read(number).await;
        assert_eq!(read.state, State::Unknown, "given up: {given_up}");
    }
}

#[tokio::test]
async fn a_repeat_after_no_letter_came_may_end_as_not_sent() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::ConfirmedNotSent).await;
    ledger.repeat(number).await.unwrap();
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &not_accepted(Wait::Connect), None, now()).await;
    let read = ledger.read(number).await;
    assert_eq!((read.state, read.maybe_sent_before), (State::NotSent, false));
}

#[tokio::test]
async fn what_a_wrong_configuration_was_refused_with_is_made_anew() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &not_accepted(Wait::Config), None, now()).await;
    let hold = ledger.holds().await[0].id;
    assert_eq!(ledger.resumes(hold, 0).await, Some(0));
    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.invitation.number, due.body), (number, None));
    let claim =
        Change::Claim { number, version: due.invitation.version, body: b"put right".to_vec() };
    assert!(ledger.writes(Actor::Program, now(), claim).await.claim.is_some());
}

#[tokio::test]
async fn a_configuration_put_right_does_not_stop_the_queue_whatever_went_before() {
    let ledger = Ledger::new().await;
    // What came of the attempt before, what was said of it, and whether other bytes may go now.
    let befores = [
        (not_accepted(Wait::Connect), None, true),
        (rejected(Refusal::Other), None, true),
        (answer(Outcome::Unknown), None, false),
        (answer(Outcome::Unknown), Some(Verdict::Missing), false),
    ];
    for (before, verdict, may_differ) in befores {
        let number = ledger.submit().await;
        ledger.call(number, &before).await;
        if let Some(verdict) = verdict {
            assert!(ledger.resolve(number, verdict).await);
        }
        ledger.repeat(number).await.unwrap();
        ledger.call(number, &not_accepted(Wait::Config)).await;
        let hold = ledger.holds().await[0].id;
        assert_eq!(ledger.resumes(hold, 0).await, Some(0));
        let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
        assert_eq!((due.invitation.number, due.body.is_none()), (number, may_differ), "{before:?}");
        let body = due.body.unwrap_or(b"put right".to_vec());
        let claim = Change::Claim { number, version: due.invitation.version, body };
        assert!(ledger.writes(Actor::Program, now(), claim).await.claim.is_some());
        ledger.close(number, 3, &accepted()).await;
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_takes_no_doubt_away() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &answer(Outcome::Unknown), None, at(100)).await;
    let version = ledger.version(number).await;
    let resolve = Change::Resolve { number, version, verdict: Verdict::Missing };
    ledger.writes(by(STAFF), at(101), resolve).await;
    ledger.repeat(number).await.unwrap();
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &answer(Outcome::Unknown), None, at(50)).await;
    ledger.repeat(number).await.unwrap();
    assert!(ledger.cancel(number).await);
    assert_eq!(ledger.state(number).await, State::Unknown, "its second letter may be out");
    assert!(ledger.resolve(number, Verdict::Missing).await);
    ledger.repeat(number).await.unwrap();
    assert!(ledger.cancel(number).await);
    assert_eq!(ledger.state(number).await, State::Cancelled);
}

#[tokio::test]
async fn a_clock_that_was_set_back_gives_no_access_back() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::Sending).await;
    ledger.writes(by(ADMIN), at(-600), revoke(STAFF)).await;
    ledger.close_at(number, 1, &not_accepted(Wait::Connect), Some(at(-590)), at(-599)).await;
    assert_eq!(ledger.state(number).await, State::Held);
}

#[tokio::test]
async fn however_many_cannot_be_read_the_next_one_goes() {
    let ledger = Ledger::new().await;
    for _ in 0..12 {
        let lost = ledger.submit().await;
        ledger.garble(lost).await;
    }
    let next = ledger.submit().await;
    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!(due.invitation.number, next);
}

/// An invitation to an address of its own, put off to a second.
async fn scheduled(ledger: &Ledger, second: i64) -> InvitationNo {
    let recipient = to(&format!("{}@mail.ru", Uuid::new_v4().simple()));
    let new = new(ledger.draft(STAFF).await, &recipient);
    let options = SubmitOptions { not_before: at(5), ..at_once() };
    let submit = Change::Submit(NewInvitation { send_at: Some(at(second)), options, ..new });
    ledger.writes(by(STAFF), now(), submit).await.submitted.unwrap()
}

async fn claims(ledger: &Ledger, number: InvitationNo, second: i64) -> bool {
    ledger.claims(number, at(second)).await.is_some()
}

#[tokio::test]
async fn what_is_put_off_goes_at_its_time_and_not_within_its_undo_window() {
    let ledger = Ledger::new().await;
    let (later, past) = (scheduled(&ledger, 3600).await, scheduled(&ledger, -3600).await);
    let fresh = ledger.submit().await;
    for (number, second) in [(later, 3600), (past, 5)] {
        let read = ledger.read(number).await;
        assert_eq!(
            (read.waits, read.stoppable_until()),
            (Some(WaitReason::Time(at(second))), Some(at(second)))
        );
        assert!(!claims(&ledger, number, second - 1).await);
    }
    let mut order = Vec::new();
    for _ in 0..3 {
        let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
        order.push((due.invitation.number, due.at));
        assert!(ledger.cancel(due.invitation.number).await);
    }
    assert_eq!(order, [(fresh, now()), (past, at(5)), (later, at(3600))]);
    for (second, due) in [(3600, 3600), (-3600, 5)] {
        let number = scheduled(&ledger, second).await;
        assert!(claims(&ledger, number, due).await);
    }
}

#[tokio::test]
async fn of_the_waits_only_the_bots_own_end_with_a_clock_that_was_set_back() {
    let ledger = Ledger::new().await;
    let later = scheduled(&ledger, 7200).await;
    let company = ledger.submit_by(OTHER, &chaika()).await;
    let beyond =
        async |provider, second| ledger.store.waits_beyond(provider, at(second)).await.unwrap();
    assert_eq!(
        (beyond(Provider::Invoicebox, 4).await, beyond(Provider::Sbis, -1).await),
        (true, true)
    );
    assert_eq!(
        (beyond(Provider::Invoicebox, 5).await, beyond(Provider::Sbis, 0).await),
        (false, false)
    );
    // The clock goes back by an hour.
    let ends = async |provider, second| {
        let end = Change::EndWaitsBeyond { provider, time: at(second) };
        ledger.writes(Actor::Program, at(-3600), end).await;
    };
    ends(Provider::Sbis, 5).await;
    ends(Provider::Invoicebox, 5).await;
    assert!(beyond(Provider::Invoicebox, 4).await, "it lasts no longer than it may");
    ends(Provider::Invoicebox, -3000).await;
    assert!(!beyond(Provider::Invoicebox, -3600).await && beyond(Provider::Sbis, -1).await);
    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.invitation.number, due.at), (later, at(7200)));
    assert!(!claims(&ledger, later, 7199).await && claims(&ledger, later, 7200).await);

    let attempt = ledger.claim(company).await;
    let close = Change::Close {
        number: company,
        attempt,
        provider: Provider::Sbis,
        answer: answer(Outcome::Unknown),
        retry_at: None,
        rest_until: Some(at(60)),
    };
    ledger.writes(Actor::Program, now(), close).await;
    assert!(beyond(Provider::Sbis, 59).await && !beyond(Provider::Sbis, 60).await);
}

#[tokio::test]
async fn what_is_put_off_stays_so_when_it_is_let_go_and_not_when_it_is_repeated() {
    let ledger = Ledger::new().await;
    let number = scheduled(&ledger, 3600).await;
    ledger.writes(by(ADMIN), now(), revoke(STAFF)).await;
    assert!(ledger.release(number).await);
    assert!(!claims(&ledger, number, 3599).await);

    let n = ledger.claims(number, at(3600)).await.unwrap().n;
    ledger.close_at(number, n, &not_accepted(Wait::Connect), None, at(3601)).await;
    // By a clock that was set back meanwhile.
    ledger.repeat(number).await.unwrap();
    assert!(claims(&ledger, number, 0).await);
}
