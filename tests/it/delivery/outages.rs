//! A provider that answers with errors is left alone for a minute (here: less) and then probed.

use std::time::Duration;

use invite_bot::delivery::Limits;
use invite_bot::domain::{AttemptOutcome, HoldKind, InvitationNo, Refusal, State, WaitReason};
use jiff::Timestamp;
use stand_ins::providers::Scripted;

use super::office::{LIMITS, Office, status};
use crate::support::ledger::{chaika, to};

/// A minute is 300 ms.
const SLOWER: f64 = 0.005;
const PAUSE: Duration = Duration::from_millis(300);

const ONE_BY_ONE: Limits = Limits { concurrency: 1, ..LIMITS };

impl Office {
    async fn submits(&self, count: usize) -> Vec<InvitationNo> {
        let mut numbers = Vec::new();
        for i in 0..count {
            numbers.push(self.submit(&to(&format!("{i}@mail.ru"))).await);
        }
        numbers
    }

    /// The waits between the calls to Invoicebox, at most a millisecond too long: the database
    /// cuts its times to whole ones.
    fn gaps(&self) -> Vec<Duration> {
        let at: Vec<Timestamp> =
            self.invoicebox.received().into_iter().map(|received| received.at).collect();
        at.iter()
            .zip(at.iter().skip(1))
            .map(|(one, next)| Duration::try_from(next.duration_since(*one)).unwrap())
            .map(|gap| gap + Duration::from_millis(1))
            .collect()
    }

    /// Waits until no call is to come by itself.
    async fn settles(&mut self, number: InvitationNo) {
        while matches!(self.state(number).await, State::Queued | State::Sending) {
            self.changes().await;
        }
    }

    async fn settled(&mut self, numbers: &[InvitationNo], state: State) {
        for &number in numbers {
            self.becomes(number, state).await;
        }
    }
}

#[tokio::test]
async fn after_the_first_unknown_there_is_a_pause_then_one_probe_then_the_rest() {
    // Long enough for what is done in it.
    let mut office = Office::with(ONE_BY_ONE, 10.0 * SLOWER).await;
    office.invoicebox.answers_next(status(500));
    let numbers = office.submits(6).await;
    let [first, probe, rest @ ..] = numbers.as_slice() else { unreachable!() };
    office.open();
    office.becomes(*first, State::Unknown).await;
    office.invoicebox.hold();
    office.delivery.wake();
    let company = office.submit(&chaika()).await;
    office.becomes(company, State::Accepted).await;
    assert_eq!(office.invoicebox.received().len(), 1, "a pause");
    let waiting = office.invitation(*probe).await;
    assert_eq!(waiting.state, State::Queued);
    let Some(HoldKind::ProviderDown { until, .. }) = office.holds().await.pop().map(|it| it.kind)
    else {
        panic!("it is not left alone")
    };
    assert_eq!(waiting.waits, Some(WaitReason::ProviderDown(until)));

    office.invoicebox.wait_received(2).await;
    for _ in 0..20 {
        office.delivery.wake();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(office.invoicebox.received().len(), 2, "a probe, and nothing beside it");
    assert!(office.gaps().first().unwrap() >= &(10 * PAUSE), "{:?}", office.gaps());
    office.invoicebox.release();
    office.becomes(*probe, State::Accepted).await;
    office.settled(rest, State::Accepted).await;
    assert_eq!(office.holds().await, []);
    assert_eq!(office.state(*first).await, State::Unknown, "nobody repeats it");
    assert_eq!(office.invoicebox.received().len(), 6);
}

#[tokio::test]
async fn with_four_calls_at_once_twenty_errors_cost_four_unknown_and_then_one_a_pause() {
    let mut office = Office::with(LIMITS, 0.001).await;
    for _ in 0..20 {
        office.invoicebox.answers_next(status(500));
    }
    let numbers = office.submits(25).await;
    office.open();
    let mut unknown = 0;
    for number in numbers {
        office.settles(number).await;
        unknown += usize::from(office.state(number).await == State::Unknown);
    }
    assert_eq!(unknown, 20);
    // The first pause begins with the first answer: up to three calls more are under way by then.
    let pauses = office.gaps().iter().filter(|gap| **gap >= Duration::from_millis(60)).count();
    assert!(pauses >= 17, "{:?}", office.gaps());
}

#[tokio::test]
async fn twenty_errors_in_a_row_cost_one_unknown_a_pause() {
    let mut office = Office::with(ONE_BY_ONE, 0.001).await;
    for _ in 0..20 {
        office.invoicebox.answers_next(status(500));
    }
    let numbers = office.submits(25).await;
    let (lost, sent) = numbers.split_at(20);
    office.open();
    office.settled(sent, State::Accepted).await;
    office.settled(lost, State::Unknown).await;
    let pause = Duration::from_millis(60);
    let gaps = office.gaps();
    assert_eq!(gaps.len(), 24);
    assert!(gaps.iter().take(20).all(|gap| *gap >= pause), "{gaps:?}");
}

#[tokio::test]
async fn errors_of_every_kind_pause_it_and_certain_answers_do_not() {
    for (scripted, pauses) in [
        (status(500), true),
        (status(502), true),
        (status(503), true),
        (status(504), true),
        (status(409), true),
        (Scripted::Close, true),
        (status(400), false),
        (status(422), false),
        (status(429), false),
        (status(425), false),
    ] {
        // What waits, waits as long as in earnest.
        let mut office = Office::with(ONE_BY_ONE, 1.0).await;
        let named = format!("{scripted:?}");
        office.invoicebox.answers_next(scripted);
        let number = office.submit(&to("a@mail.ru")).await;
        office.open();
        office.tried(number, 1).await;
        let holds = office.holds().await;
        let kinds: Vec<_> = holds.iter().map(|hold| hold.kind.slug()).collect();
        assert_eq!(kinds == ["provider_down"], pauses, "{named}");
    }
}

#[tokio::test]
async fn saby_refuses_data_with_an_error_of_http_and_is_not_paused() {
    let mut office = Office::with(ONE_BY_ONE, SLOWER).await;
    let mut draft = invite_bot::domain::Draft::from(&chaika());
    draft.set_from_text(invite_bot::domain::Field::Email, "refused@demo.test").unwrap();
    let number = office.submit(&draft.finish().unwrap()).await;
    office.open();
    office.tried(number, 1).await;
    let last = office.invitation(number).await.last.unwrap();
    assert_eq!(last.http_status, Some(500));
    assert_eq!(last.outcome, Some(AttemptOutcome::Rejected));
    assert_eq!(office.holds().await, []);
}

#[tokio::test]
async fn a_certain_answer_to_the_probe_opens_the_line_whatever_it_is() {
    for (scripted, probed) in [
        (status(422), State::Rejected(Refusal::Data)),
        (status(429), State::Queued),
        (status(401), State::Queued),
    ] {
        let mut office = Office::with(ONE_BY_ONE, 5.0 * SLOWER).await;
        office.invoicebox.answers_next(status(500));
        office.invoicebox.answers_next(scripted);
        let numbers = office.submits(2).await;
        let [first, probe] = numbers.as_slice() else { unreachable!() };
        office.open();
        office.becomes(*first, State::Unknown).await;
        office.tried(*probe, 1).await;
        assert_eq!(office.state(*probe).await, probed);
        let holds = office.holds().await;
        assert!(holds.iter().all(|hold| hold.kind.slug() != "provider_down"), "{holds:?}");
    }
}

#[tokio::test]
async fn who_is_asked_to_wait_with_an_error_is_the_probe_in_the_end() {
    let mut office = Office::with(ONE_BY_ONE, 5.0 * SLOWER).await;
    office.invoicebox.answers_next(status(503));
    let number = office.submit(&to("a@mail.ru")).await;
    office.open();
    office.tried(number, 1).await;
    let waits = office.invitation(number).await.waits;
    assert!(matches!(waits, Some(WaitReason::ProviderDown(_))), "{waits:?}");
    office.becomes(number, State::Accepted).await;
    assert!(office.gaps().first().unwrap() >= &(5 * PAUSE));
    assert_eq!(office.holds().await, []);
}

#[tokio::test]
async fn a_restart_during_the_pause_does_not_shorten_it() {
    let mut office = Office::with(ONE_BY_ONE, SLOWER).await;
    office.invoicebox.answers_next(status(500));
    let numbers = office.submits(2).await;
    let [first, probe] = numbers.as_slice() else { unreachable!() };
    office.open();
    office.becomes(*first, State::Unknown).await;
    office.close();
    office.closed().await;
    office.starts_again();
    office.becomes(*probe, State::Accepted).await;
    assert!(office.gaps().first().unwrap() >= &PAUSE, "{:?}", office.gaps());
}

#[tokio::test]
async fn a_clock_that_was_set_back_lengthens_no_pause() {
    let mut office = Office::with(ONE_BY_ONE, SLOWER).await;
    office.invoicebox.answers_next(status(500));
    let numbers = office.submits(2).await;
    let [first, probe] = numbers.as_slice() else { unreachable!() };
    office.open();
    office.becomes(*first, State::Unknown).await;
    office.sql("UPDATE holds SET until = until + 86400000 WHERE until > 0").await;
    office.delivery.wake();
    office.becomes(*probe, State::Accepted).await;
}

#[tokio::test]
async fn the_probe_waits_for_calls_from_before_the_pause() {
    let mut office = Office::with(Limits { concurrency: 2, ..LIMITS }, SLOWER).await;
    office.invoicebox.answers_next(status(500));
    office.invoicebox.answers_next(Scripted::AcceptAfter(4 * PAUSE));
    let numbers = office.submits(3).await;
    office.invoicebox.hold();
    office.open();
    office.invoicebox.wait_received(2).await;
    office.invoicebox.release();
    office.becomes(*numbers.last().unwrap(), State::Accepted).await;
    assert!(office.gaps().last().unwrap() >= &(3 * PAUSE), "{:?}", office.gaps());
}
