//! A provider that answers with errors: the rules that the database keeps, and who waits for what.

use invite_bot::domain::{
    DatabaseDoubt, HoldKind, Invitation, Outcome, Provider, State, Wait, WaitReason,
};
use invite_bot::store::{Actor, Change};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::support::ledger::{Ledger, STAFF, accepted, answer, at, chaika, not_accepted, now};

impl Ledger {
    /// The provider answered this one's call with an error: it is left alone for a minute.
    async fn troubled(&self, number: invite_bot::domain::InvitationNo, second: i64) {
        self.ended(number, 0, Some(at(second + 60)), second).await;
    }

    async fn answered(&self, number: invite_bot::domain::InvitationNo, second: i64) {
        self.ended(number, 0, None, second).await;
    }

    /// The same, and nobody knows what became of the call.
    async fn fails(&self, number: invite_bot::domain::InvitationNo, second: i64) {
        self.ended(number, 1, Some(at(second + 60)), second).await;
    }

    /// Where there is no such attempt, or it is closed already, this is about the provider alone.
    async fn ended(
        &self,
        number: invite_bot::domain::InvitationNo,
        attempt: i64,
        rest_until: Option<Timestamp>,
        second: i64,
    ) {
        let close = Change::Close {
            number,
            attempt,
            provider: Provider::Invoicebox,
            answer: answer(Outcome::Unknown),
            retry_at: None,
            rest_until,
        };
        self.writes(Actor::Program, at(second), close).await;
    }

    async fn claim_at(&self, number: invite_bot::domain::InvitationNo, second: i64) -> bool {
        self.claims(number, at(second)).await.is_some()
    }

    /// Until when the provider is left alone, and how many times in a row it was.
    async fn outage(&self) -> Option<(i64, u32)> {
        self.holds().await.iter().find_map(|hold| match hold.kind {
            HoldKind::ProviderDown { provider: Provider::Invoicebox, until, rounds } => {
                Some((until.duration_since(now()).as_secs(), rounds))
            }
            _ => None,
        })
    }
}

#[tokio::test]
async fn after_an_error_there_is_a_pause_and_then_one_probe() {
    let ledger = Ledger::new().await;
    let (first, second, third) =
        (ledger.submit().await, ledger.submit().await, ledger.submit().await);
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    assert_eq!(ledger.outage().await, Some((60, 1)));

    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.invitation.number, due.at, due.probe), (second, at(60), true));
    assert_eq!(due.invitation.waits, Some(WaitReason::ProviderDown(at(60))));
    assert!(!ledger.claim_at(second, 59).await, "too early");
    assert!(ledger.claim_at(second, 60).await);
    assert_eq!(
        ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop(),
        None,
        "one probe"
    );
    assert!(!ledger.claim_at(third, 61).await, "one probe");

    ledger.close(second, 1, &accepted()).await;
    ledger.answered(second, 62).await;
    assert_eq!(ledger.outage().await, None);
    let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.invitation.number, due.probe), (third, false));
    assert!(ledger.claim_at(third, 62).await);
}

#[tokio::test]
async fn a_probe_that_meets_an_error_too_begins_the_next_pause() {
    let ledger = Ledger::new().await;
    let first = ledger.submit().await;
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    for round in 1..=3 {
        let probe = ledger.submit().await;
        assert!(ledger.claim_at(probe, 60 * round).await);
        ledger.fails(probe, 60 * round).await;
        assert_eq!(ledger.state(probe).await, State::Unknown);
        let pauses = u32::try_from(round).unwrap() + 1;
        assert_eq!(ledger.outage().await, Some((60 * round + 60, pauses)));
    }
}

#[tokio::test]
async fn calls_from_before_the_pause_neither_lengthen_nor_end_it() {
    let ledger = Ledger::new().await;
    let (first, slow, lucky) =
        (ledger.submit().await, ledger.submit().await, ledger.submit().await);
    for number in [first, slow, lucky] {
        ledger.claim(number).await;
    }
    ledger.close(first, 1, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    ledger.close(slow, 1, &answer(Outcome::Unknown)).await;
    ledger.troubled(slow, 30).await;
    ledger.close(lucky, 1, &accepted()).await;
    ledger.answered(lucky, 31).await;
    // As when the answer of a commit was lost.
    ledger.troubled(first, 40).await;
    assert_eq!(ledger.outage().await, Some((60, 1)));
}

#[tokio::test]
async fn a_pause_survives_a_restart_and_an_interrupted_probe_is_made_anew() {
    let ledger = Ledger::new().await;
    let (first, probe, next) =
        (ledger.submit().await, ledger.submit().await, ledger.submit().await);
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    assert_eq!(ledger.recovers(at(10)).await, []);
    assert_eq!(ledger.outage().await, Some((60, 1)));
    assert!(!ledger.claim_at(probe, 59).await);

    assert!(ledger.claim_at(probe, 60).await);
    assert_eq!(ledger.recovers(at(61)).await, [probe]);
    assert_eq!(ledger.outage().await, Some((60, 1)), "a crash says nothing of the provider");
    assert!(ledger.claim_at(next, 61).await);
}

#[tokio::test]
async fn what_a_crash_left_unknown_pauses_nobody() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    ledger.claim(number).await;
    ledger.recovers(at(1)).await;
    assert_eq!(ledger.state(number).await, State::Unknown);
    assert_eq!(ledger.outage().await, None);
}

#[tokio::test]
async fn the_other_provider_goes_on() {
    let ledger = Ledger::new().await;
    let first = ledger.submit().await;
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    let saby = ledger.submit_by(STAFF, &chaika()).await;
    let due = ledger.store.next_due(Provider::Sbis, 1).await.unwrap().pop().unwrap();
    assert_eq!((due.probe, due.invitation.waits), (false, None));
    assert!(ledger.claim_at(saby, 1).await);
}

#[tokio::test]
async fn the_database_itself_refuses_calls_during_a_pause_and_beside_a_probe() {
    let ledger = Ledger::new().await;
    let (first, probe, beside) =
        (ledger.submit().await, ledger.submit().await, ledger.submit().await);
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    let mut conn = ledger.connect().await;
    let mut attempt = async |number: invite_bot::domain::InvitationNo, second| {
        let at = at(second).as_millisecond();
        let sql = AssertSqlSafe(format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at)
             VALUES ({number}, 1, zeroblob(32), {at})"
        ));
        let done = sqlx::query(sql).execute(&mut conn).await;
        done.map_err(|error| error.into_database_error().unwrap().message().to_owned())
    };
    assert_eq!(attempt(probe, 59).await.unwrap_err(), "a hold forbids it");
    attempt(probe, 60).await.unwrap();
    assert_eq!(attempt(beside, 61).await.unwrap_err(), "a hold forbids it");
}

#[tokio::test]
async fn those_at_the_head_of_the_queue_are_told_of_each_pause() {
    let ledger = Ledger::new().await;
    let first = ledger.submit().await;
    ledger.claim(first).await;
    let mut waiting = Vec::new();
    for _ in 0..25 {
        waiting.push(ledger.submit().await);
    }
    let saby = ledger.submit_by(STAFF, &chaika()).await;
    for &number in waiting.iter().chain([&first, &saby]) {
        let version = ledger.version(number).await;
        ledger.told(number, version, None, 7).await;
    }
    let untold = async || -> Vec<_> {
        let untold = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
        untold.into_iter().map(|untold| untold.invitation.number).collect()
    };
    assert_eq!(untold().await, []);
    ledger.troubled(first, 0).await;
    assert_eq!(untold().await, waiting[..20]);
    for number in untold().await {
        ledger.told(number, 1, Some(7), 7).await;
    }
    ledger.troubled(first, 1).await;
    assert_eq!(untold().await, [], "nothing new");
}

#[tokio::test]
async fn who_was_just_told_before_a_pause_is_told_again() {
    let ledger = Ledger::new().await;
    let (first, second) = (ledger.submit().await, ledger.submit().await);
    ledger.claim(first).await;
    let shown = ledger
        .store
        .pending_notifications(&[], Timestamp::MAX, 100)
        .await
        .unwrap()
        .pop()
        .unwrap()
        .invitation;
    assert_eq!(shown.number, second);
    // The message is under way when the pause begins.
    ledger.troubled(first, 0).await;
    let told = async |shown: &Invitation, old| {
        let told =
            Change::NoteNotified { shown: Box::new(shown.clone()), old, message: 7, ring: None };
        ledger.writes(Actor::Program, at(1), told).await;
    };
    told(&shown, None).await;
    let again = ledger
        .store
        .pending_notifications(&[], Timestamp::MAX, 100)
        .await
        .unwrap()
        .pop()
        .unwrap()
        .invitation;
    assert_eq!((again.number, again.waits), (second, Some(WaitReason::ProviderDown(at(60)))));
    told(&again, Some(7)).await;
    let untold = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    assert!(untold.iter().all(|untold| untold.invitation.number != second));
}

#[tokio::test]
async fn who_queues_after_the_pause_waits_for_no_time() {
    for began in [-61, -60] {
        let ledger = Ledger::new().await;
        let first = ledger.submit().await;
        ledger.call(first, &answer(Outcome::Unknown)).await;
        ledger.troubled(first, began).await;
        let probe = ledger.submit().await;
        let due = ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().unwrap();
        assert_eq!((due.invitation.number, due.at), (probe, now()));
        assert_eq!((due.probe, due.invitation.waits), (true, None));
    }
}

#[tokio::test]
async fn an_outage_is_told_of_and_its_beginning_and_end_are_in_the_journal() {
    let ledger = Ledger::new().await;
    let (first, probe) = (ledger.submit().await, ledger.submit().await);
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    let hold = ledger.holds().await[0].id;
    for (told, is_told) in [(hold + 1, false), (hold, true)] {
        ledger.tells_hold(told).await;
        assert_eq!(ledger.holds().await[0].told, is_told);
    }
    assert_eq!(ledger.resumes(hold, 1).await, None, "it ends by itself");

    assert!(ledger.claim_at(probe, 60).await);
    ledger.close(probe, 1, &accepted()).await;
    for (answered, second) in [(first, 61), (probe, 62), (probe, 63)] {
        ledger.answered(answered, second).await;
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT action, provider FROM journal WHERE action LIKE 'outage%' ORDER BY id",
    )
    .fetch_all(&mut ledger.connect().await)
    .await
    .unwrap();
    let row = |action: &str| (action.to_owned(), "invoicebox".to_owned());
    assert_eq!(rows, [row("outage"), row("outage_over")]);
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_lengthen_a_pause() {
    let ledger = Ledger::new().await;
    let first = ledger.submit().await;
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    for (provider, beyond, second, until) in [
        (Provider::Sbis, -3600, -3600, 60),
        (Provider::Invoicebox, 90, 90, 60),
        (Provider::Invoicebox, 60, -5, 60),
        (Provider::Invoicebox, 59, -5, -5),
    ] {
        let end = Change::EndWaitsBeyond { provider, time: at(beyond) };
        ledger.writes(Actor::Program, at(second), end).await;
        assert_eq!(ledger.outage().await, Some((until, 1)));
    }
}

#[tokio::test]
async fn a_refused_key_and_an_error_do_not_get_in_each_others_way() {
    let ledger = Ledger::new().await;
    let (first, probe) = (ledger.submit().await, ledger.submit().await);
    ledger.call(first, &answer(Outcome::Unknown)).await;
    ledger.troubled(first, 0).await;
    assert!(ledger.claim_at(probe, 60).await);
    ledger.close(probe, 1, &not_accepted(Wait::Config)).await;
    ledger.answered(probe, 61).await;
    assert_eq!(ledger.outage().await, None, "the provider answers");
    let holds = ledger.holds().await;
    let kinds: Vec<_> = holds.into_iter().map(|hold| hold.kind).collect();
    let (provider, message) = (Provider::Invoicebox, None);
    assert_eq!(kinds, [HoldKind::BadCredentials { provider, message }], "and refuses the key");
    assert_eq!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop(), None);
}

#[tokio::test]
async fn of_several_reasons_to_wait_people_are_told_the_first_that_counts() {
    let ledger = Ledger::new().await;
    let (first, number) = (ledger.submit().await, ledger.submit().await);
    let saby = ledger.submit_by(STAFF, &chaika()).await;
    let waits = async |number| ledger.read(number).await.waits;
    assert_eq!(waits(number).await, None);
    ledger.claim(first).await;
    ledger.troubled(first, 0).await;
    assert_eq!(waits(number).await, Some(WaitReason::ProviderDown(at(60))));
    // Its own time counts where it is the later one.
    for (own, reason) in [
        (59, WaitReason::ProviderDown(at(60))),
        (60, WaitReason::ProviderDown(at(60))),
        (61, WaitReason::Time(at(61))),
    ] {
        let at = at(own).as_millisecond();
        let set = format!("UPDATE invitations SET not_before = {at} WHERE number = {number}");
        sqlx::query(AssertSqlSafe(set)).execute(&mut ledger.connect().await).await.unwrap();
        assert_eq!(waits(number).await, Some(reason), "{own}");
    }
    ledger.close(first, 1, &not_accepted(Wait::Config)).await;
    assert_eq!(waits(number).await, Some(WaitReason::BadCredentials));
    assert_eq!(waits(saby).await, None, "of another provider");
    ledger.stops_sending(HoldKind::polling_conflict(at(0)), 0).await;
    for waiting in [number, saby] {
        assert_eq!(waits(waiting).await, Some(WaitReason::PollingConflict));
    }
    let untrusted = HoldKind::UntrustedDatabase { cause: DatabaseDoubt::Older, waiting: 0 };
    ledger.stops_sending(untrusted, 0).await;
    assert_eq!(waits(number).await, Some(WaitReason::UntrustedDatabase));
    let held = ledger.one_that_is(State::Held).await;
    assert_eq!(waits(held).await, Some(WaitReason::Revoked), "no hold keeps it");
    let settled = ledger.one_that_is(State::Cancelled).await;
    assert_eq!(waits(settled).await, None);
    let kinds = ledger.holds().await.into_iter().map(|hold| hold.kind.slug()).collect::<Vec<_>>();
    let listed = ["provider_down", "bad_credentials", "polling_conflict", "untrusted_database"];
    assert_eq!(kinds, listed);
}
