//! What was put off to a time of the clock: it waits for that, whatever becomes of the clock or the
//! program, and then goes once.

use invite_bot::domain::{AttemptOutcome, Event, State, Wait};
use jiff::{SignedDuration, Timestamp};
use stand_ins::providers::Scripted;

use super::office::Office;
use crate::support::ledger::to;

const HOUR: i64 = 3600;

/// In an hour, which is longer than the bot itself ever waits.
fn in_an_hour() -> Option<Timestamp> {
    Some(Timestamp::now() + SignedDuration::from_secs(HOUR))
}

impl Office {
    /// To the database this is the same as a clock that goes by so many seconds.
    async fn clock_is_set(&self, seconds: i64) {
        let ms = seconds * 1000;
        self.sql(&format!(
            "DROP TRIGGER IF EXISTS invitation_keeps_its_data;
             UPDATE invitations SET not_before = not_before - {ms}, send_at = send_at - {ms};"
        ))
        .await;
        self.delivery.wake();
    }

    fn letters(&self) -> Vec<String> {
        let received = self.invoicebox.received();
        received.into_iter().filter_map(|received| received.email).collect()
    }
}

#[tokio::test]
async fn it_waits_for_its_time_also_across_a_restart() {
    let mut office = Office::new().await;
    let later = office.schedules(&to("later@mail.ru"), in_an_hour()).await;
    office.open();
    let first = office.submit(&to("first@mail.ru")).await;
    office.becomes(first, State::Accepted).await;
    office.looks().await;
    office.restarts().await;
    let second = office.submit(&to("second@mail.ru")).await;
    office.becomes(second, State::Accepted).await;
    office.looks().await;
    assert_eq!(office.state(later).await, State::Queued);
    assert_eq!(office.letters(), ["first@mail.ru", "second@mail.ru"]);

    office.clock_is_set(HOUR).await;
    office.becomes(later, State::Accepted).await;
    assert_eq!(office.letters(), ["first@mail.ru", "second@mail.ru", "later@mail.ru"]);
}

#[tokio::test]
async fn with_the_clock_set_back_nothing_leaves_early_and_nothing_else_waits() {
    let mut office = Office::new().await;
    let later = office.schedules(&to("later@mail.ru"), in_an_hour()).await;
    let sooner = office.schedules(&to("sooner@mail.ru"), Some(Timestamp::now())).await;
    // It stands behind both by the times that are in the database.
    let now = office.submit(&to("now@mail.ru")).await;
    office.sql("UPDATE invitations SET not_before = not_before + 5000").await;
    office.clock_is_set(-24 * HOUR).await;
    office.open();
    office.becomes(now, State::Accepted).await;
    office.looks().await;
    assert_eq!(office.letters(), ["now@mail.ru"]);
    assert_eq!(
        (office.state(later).await, office.state(sooner).await),
        (State::Queued, State::Queued)
    );

    office.clock_is_set(24 * HOUR).await;
    office.becomes(sooner, State::Accepted).await;
    office.looks().await;
    assert_eq!(office.letters(), ["now@mail.ru", "sooner@mail.ru"]);
    office.clock_is_set(HOUR).await;
    office.becomes(later, State::Accepted).await;
    assert_eq!(office.letters().len(), 3);
}

#[tokio::test]
async fn with_the_clock_set_forward_it_leaves_at_what_the_clock_says_and_once() {
    let mut office = Office::new().await;
    let later = office.schedules(&to("later@mail.ru"), in_an_hour()).await;
    office.open();
    office.looks().await;
    office.clock_is_set(2 * HOUR).await;
    office.becomes(later, State::Accepted).await;
    // It is put right again.
    office.clock_is_set(-2 * HOUR).await;
    office.looks().await;
    office.restarts().await;
    office.looks().await;
    assert_eq!(office.letters(), ["later@mail.ru"]);
    assert_eq!(office.invitation(later).await.last.unwrap().n, 1);
}

#[tokio::test]
async fn once_it_has_begun_it_is_retried_as_any_other() {
    let mut office = Office::new().await;
    office.invoicebox.answers_next(Scripted::Answer(stand_ins::providers::Reply::json(
        429,
        &serde_json::json!({"error": "later"}),
    )));
    let number = office.schedules(&to("a@mail.ru"), Some(Timestamp::now())).await;
    office.open();
    office.becomes(number, State::Accepted).await;
    let history = office.store.reader().history(number).await.unwrap();
    let outcomes: Vec<_> = history
        .into_iter()
        .filter_map(|event| match event {
            Event::Called(attempt) => attempt.outcome,
            _ => None,
        })
        .collect();
    let throttled = AttemptOutcome::NotAccepted(Wait::Throttled);
    assert_eq!(outcomes, [throttled, AttemptOutcome::Accepted]);
    assert_eq!(office.letters(), ["a@mail.ru", "a@mail.ru"]);
}
