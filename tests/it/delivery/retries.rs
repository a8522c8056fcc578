//! Calls that were certainly not taken, and how often they are made again.

use invite_bot::domain::{AttemptOutcome, State, Wait, WaitReason};
use invite_bot::store::Change;
use jiff::SignedDuration;
use stand_ins::providers::Scripted;

use super::office::{LIMITS, Office, status};
use crate::support::ledger::{chaika, to};

#[tokio::test]
async fn without_a_connection_it_is_tried_six_times_and_then_not_sent() {
    let mut office = Office::new().await;
    office.invoicebox.go_down().await;
    office.sbis.go_down().await;
    let numbers = [office.submit(&to("a@mail.ru")).await, office.submit(&chaika()).await];
    office.open();
    for number in numbers {
        office.becomes(number, State::NotSent).await;
        let last = office.invitation(number).await.last.unwrap();
        assert_eq!(last.n, 6);
        assert_eq!(last.outcome, Some(AttemptOutcome::NotAccepted(Wait::Connect)));
    }
    assert_eq!(office.invoicebox.received().len() + office.sbis.received().len(), 0);
}

#[tokio::test]
async fn when_the_connection_is_back_it_is_sent() {
    let mut office = Office::with(LIMITS, 0.001).await;
    office.invoicebox.go_down().await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.tried(number, 1).await;
    office.invoicebox.come_up().await.unwrap();
    office.becomes(number, State::Accepted).await;
    assert_eq!(office.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn a_person_may_start_the_tries_anew() {
    let mut office = Office::new().await;
    office.invoicebox.go_down().await;
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.becomes(number, State::NotSent).await;
    office.repeat(number).await;
    office.tried(number, 7).await;
    office.becomes(number, State::NotSent).await;
    assert_eq!(office.invitation(number).await.last.unwrap().n, 12);
}

#[tokio::test]
async fn who_asks_for_time_is_asked_four_times_with_the_same_bytes() {
    for code in [408, 425, 429, 503] {
        let mut office = Office::new().await;
        for _ in 0..4 {
            office.invoicebox.answers_next(status(code));
        }
        let number = office.submit(&to("a@mail.ru")).await;
        office.open();
        office.becomes(number, State::NotSent).await;
        let mut bodies: Vec<_> =
            office.invoicebox.received().into_iter().map(|received| received.raw).collect();
        assert_eq!(bodies.len(), 4, "{code}");
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{code}");
    }
}

#[tokio::test]
async fn who_asks_for_time_gets_it() {
    let mut office = Office::with(LIMITS, 0.05).await;
    office.invoicebox.answers_next(status(503));
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.tried(number, 1).await;
    let waits = office.invitation(number).await.waits;
    // Its provider is left alone for longer than it has to wait itself.
    let Some(WaitReason::ProviderDown(shown)) = waits else { panic!("{waits:?}") };
    office.becomes(number, State::Accepted).await;
    let times: Vec<_> = office.invoicebox.received().iter().map(|request| request.at).collect();
    let waited = times.last().unwrap().duration_since(*times.first().unwrap());
    assert!(waited >= SignedDuration::from_millis(1500), "{waited}");
    assert!(times.last().unwrap() >= &shown);
}

#[tokio::test]
async fn what_is_taken_back_while_it_waits_is_not_sent() {
    let mut office = Office::with(LIMITS, 0.05).await;
    office.invoicebox.answers_next(status(503));
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.tried(number, 1).await;
    let version = office.invitation(number).await.version;
    office.applies(Change::Cancel { number, version }).await;
    // A second one that waits as long ends after the first one would have been sent.
    office.invoicebox.answers_next(status(503));
    let other = office.submit(&to("b@mail.ru")).await;
    office.becomes(other, State::Accepted).await;
    assert_eq!(office.state(number).await, State::Cancelled);
    assert_eq!(office.invoicebox.received().len(), 3);
}

#[tokio::test]
async fn saby_keeps_its_guid_in_every_attempt() {
    let mut office = Office::new().await;
    for _ in 0..3 {
        office.sbis.answers_next(status(503));
    }
    let number = office.submit(&chaika()).await;
    office.open();
    office.becomes(number, State::Accepted).await;
    let guid = office.invitation(number).await.guid.to_string();
    let received = office.sbis.received();
    assert_eq!(received.len(), 4);
    for request in received {
        assert!(String::from_utf8(request.raw).unwrap().contains(&guid));
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_called_once() {
    let mut office = Office::new().await;
    let mut numbers = Vec::new();
    for (i, scripted) in
        [status(500), status(502), status(504), status(409), status(302), Scripted::Hang]
            .into_iter()
            .enumerate()
    {
        office.invoicebox.answers_next(scripted);
        numbers.push(office.submit(&to(&format!("{i}@mail.ru"))).await);
    }
    office.open();
    for &number in &numbers {
        office.becomes(number, State::Unknown).await;
    }
    assert_eq!(office.invoicebox.received().len(), numbers.len());
}
