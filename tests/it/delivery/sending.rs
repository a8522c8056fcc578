//! The way of a call: claim, call, record, stop.

use std::time::Duration;

use invite_bot::delivery::Limits;
use invite_bot::domain::{Provider, State};
use invite_bot::store::Change;
use stand_ins::providers::Scripted;

use super::office::{LIMITS, Office, TIME_SCALE, person, status};
use crate::support::ledger::{chaika, to};

const NO_MORE_ATTEMPTS: &str = "CREATE TRIGGER full_disk BEFORE INSERT ON attempts
    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
const NO_OUTCOMES: &str = "CREATE TRIGGER full_disk BEFORE UPDATE ON attempts
    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
const SPACE_AGAIN: &str = "DROP TRIGGER full_disk";

#[tokio::test]
async fn what_is_queued_is_sent_once_and_recorded() {
    let mut office = Office::new().await;
    let before = office.submit(&to("a@mail.ru")).await;
    office.open();
    let meanwhile = office.submit(&to("b@mail.ru")).await;
    let company = office.submit(&chaika()).await;
    for number in [before, meanwhile, company] {
        office.becomes(number, State::Accepted).await;
    }
    let last = office.invitation(before).await.last.unwrap();
    assert!(last.reference.is_some() && last.http_status.is_some(), "{last:?}");
    assert_eq!((office.invoicebox.received().len(), office.sbis.received().len()), (2, 1));
    assert_eq!(office.invoicebox.violations(), Vec::<String>::new());
    assert_eq!(office.sbis.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn no_more_calls_are_under_way_than_allowed() {
    let mut office = Office::with(Limits { concurrency: 2, ..LIMITS }, TIME_SCALE).await;
    office.invoicebox.hold();
    let mut numbers = Vec::new();
    for i in 0..5 {
        numbers.push(office.submit(&to(&format!("{i}@mail.ru"))).await);
    }
    office.open();
    office.invoicebox.wait_received(2).await;
    // Whatever wakes the loop, a third call does not begin.
    office.looks().await;
    let mut sending = 0;
    for &number in &numbers {
        sending += usize::from(office.state(number).await == State::Sending);
    }
    assert_eq!((sending, office.invoicebox.received().len()), (2, 2));
    office.invoicebox.release();
    for number in numbers {
        office.becomes(number, State::Accepted).await;
    }
}

#[tokio::test]
async fn a_stop_lets_the_call_end_and_begins_no_other() {
    let mut office = Office::with(Limits { concurrency: 1, ..LIMITS }, TIME_SCALE).await;
    office.invoicebox.hold();
    let (first, second) =
        (office.submit(&to("a@mail.ru")).await, office.submit(&to("b@mail.ru")).await);
    office.open();
    office.invoicebox.wait_received(1).await;
    office.close();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(office.is_running());
    office.invoicebox.release();
    office.closed().await;
    assert_eq!(office.state(first).await, State::Accepted);
    assert_eq!(office.state(second).await, State::Queued);
    assert_eq!(office.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_recorded_later() {
    let mut office = Office::new().await;
    office.sql(NO_OUTCOMES).await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.invoicebox.wait_received(1).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(office.state(number).await, State::Sending);
    office.sql(SPACE_AGAIN).await;
    office.becomes(number, State::Accepted).await;
    assert_eq!(office.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn an_outcome_lost_at_a_stop_is_unknown_at_the_next_start() {
    let mut office = Office::new().await;
    office.sql(NO_OUTCOMES).await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.invoicebox.wait_received(1).await;
    office.close();
    office.closed().await;
    office.sql(SPACE_AGAIN).await;
    assert_eq!(office.applies(Change::Recover).await.unknown, [number]);
    assert_eq!(office.state(number).await, State::Unknown);
}

#[tokio::test]
async fn without_a_written_attempt_no_call_is_made() {
    let mut office = Office::new().await;
    office.sql(NO_MORE_ATTEMPTS).await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(office.invoicebox.received().len(), 0);
    assert_eq!(office.state(number).await, State::Queued);
    office.sql(SPACE_AGAIN).await;
    office.becomes(number, State::Accepted).await;
}

#[tokio::test]
async fn what_a_crash_left_behind_is_not_sent_again() {
    let mut office = Office::new().await;
    let number = office.submit(&to("a@mail.ru")).await;
    let version = office.invitation(number).await.version;
    let claim = Change::Claim { number, version, body: b"bytes".to_vec() };
    assert!(office.applies(claim).await.claim.is_some());

    assert_eq!(office.applies(Change::Recover).await.unknown, [number]);
    office.open();
    let other = office.submit(&to("b@mail.ru")).await;
    office.becomes(other, State::Accepted).await;
    assert_eq!(office.state(number).await, State::Unknown);
    assert_eq!(office.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn of_a_revoked_author_nothing_is_sent() {
    let mut office = Office::new().await;
    let number = office.submit(&to("a@mail.ru")).await;
    let revoke = Change::Revoke { person: person(), fixed_admins: 1, holds: None };
    office.applies(revoke).await;
    office.open();
    let company = office.submit(&chaika()).await;
    office.becomes(company, State::Accepted).await;
    office.close();
    office.closed().await;
    assert_eq!(office.state(number).await, State::Held);
    assert_eq!(office.invoicebox.received().len(), 0);
}

#[tokio::test]
async fn a_refused_key_stops_its_provider_until_an_admin_resumes_it() {
    let mut office = Office::with(Limits { concurrency: 1, ..LIMITS }, TIME_SCALE).await;
    office.invoicebox.answers_next(status(401));
    let mut numbers = Vec::new();
    for i in 0..5 {
        numbers.push(office.submit(&to(&format!("{i}@mail.ru"))).await);
    }
    let company = office.submit(&chaika()).await;
    office.open();
    office.becomes(company, State::Accepted).await;
    office.tried(numbers.first().copied().unwrap(), 1).await;
    office.delivery.wake();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(office.invoicebox.received().len(), 1);
    let holds = office.holds().await;
    let held: Vec<_> = holds.iter().map(|it| (it.kind.slug(), it.kind.provider())).collect();
    assert_eq!(held, [("bad_credentials", Some(Provider::Invoicebox))]);

    office.resume(Provider::Invoicebox).await;
    for number in numbers {
        office.becomes(number, State::Accepted).await;
    }
    assert_eq!(office.invoicebox.received().len(), 6);
}

#[tokio::test]
async fn the_rate_is_kept_after_a_small_burst() {
    let per_second = 20;
    let limits = Limits { invoicebox_per_minute: per_second * 60, concurrency: 20, ..LIMITS };
    let mut office = Office::with(limits, TIME_SCALE).await;
    let mut numbers = Vec::new();
    for i in 0..30 {
        numbers.push(office.submit(&to(&format!("{i}@mail.ru"))).await);
    }
    office.open();
    for number in numbers {
        office.becomes(number, State::Accepted).await;
    }
    let received = office.invoicebox.received();
    let (first, last) = (received.first().unwrap().at, received.last().unwrap().at);
    let took = Duration::try_from(last.duration_since(first)).unwrap();
    // Ten go at once, twenty more take a twentieth of a second each; most of it is for slow arrivals.
    assert!(took >= Duration::from_millis(200), "{took:?}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nothing_waiting() {
    let mut office = Office::new().await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.sql("UPDATE invitations SET not_before = not_before + 86400000").await;
    office.open();
    office.becomes(number, State::Accepted).await;
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_it_unknown_for_a_person() {
    let mut office = Office::new().await;
    office.invoicebox.answers_next(Scripted::Close);
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.becomes(number, State::Unknown).await;
    let other = office.submit(&to("b@mail.ru")).await;
    office.becomes(other, State::Accepted).await;
    assert_eq!(office.invoicebox.received().len(), 2, "nothing was repeated");
    office.repeat(number).await;
    office.becomes(number, State::Accepted).await;
    let bodies: Vec<_> = office
        .invoicebox
        .received()
        .into_iter()
        .map(|received| (received.email, received.raw))
        .collect();
    let again: Vec<_> =
        bodies.iter().filter(|(email, _)| email.as_deref() == Some("a@mail.ru")).collect();
    assert_eq!(again.len(), 2);
    assert_eq!(again.first(), again.last());
}
