//! What is counted, and who was invited before.

use invite_bot::domain::{
    DayBounds, InvitationNo, LimitPeriod, Limits, OfficeRules, Outcome, Provider, Recipient,
    Refusal, State, Wait,
};
use invite_bot::store::{Change, NewInvitation, Quotas};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, accepted, answer, by, chaika, id, new, not_accepted, now,
    rejected, to,
};

/// How many a person has queued today, within an hour, and may.
async fn used(ledger: &Ledger, person: i64, now: Timestamp) -> (u32, usize, u32) {
    let limits = OfficeRules::default().limits;
    let day = DayBounds::of(now, &TimeZone::get("Europe/Moscow").unwrap());
    let usage =
        ledger.reader().await.usage(id(person), &Quotas { limits, day }, now).await.unwrap();
    (usage.today, usage.last_hour.len(), usage.day_limit)
}

#[tokio::test]
async fn confirmations_and_repeats_are_counted_by_whose_word_they_were() {
    let ledger = Ledger::new().await;
    let first = ledger.submit().await;
    ledger.submit_by(OTHER, &to("other@mail.ru")).await;
    assert_eq!(used(&ledger, STAFF, now()).await, (1, 1, 50));
    // What the bot puts back by itself is not a second one.
    let n = ledger.claim(first).await;
    ledger.close_at(first, n, &not_accepted(Wait::Connect), Some(now()), now()).await;
    let n = ledger.claim(first).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 1);
    ledger.close(first, n, &not_accepted(Wait::Connect)).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 1);
    ledger.repeat(first).await.unwrap();
    assert_eq!(used(&ledger, STAFF, now()).await.0, 2, "a repeat is one more letter");
    assert_eq!(used(&ledger, ADMIN, now()).await.0, 0);
}

#[tokio::test]
async fn what_was_taken_back_before_it_went_is_not_counted() {
    let ledger = Ledger::new().await;
    ledger.one_that_is(State::Cancelled).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 0);
    let held = ledger.one_that_is(State::Held).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 1, "it may still go");
    ledger.release(held).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 1, "let go is not sent again");
    assert_eq!(used(&ledger, ADMIN, now()).await.0, 0);
    ledger.cancel(held).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 0);

    let doubtful = ledger.one_that_is(State::Unknown).await;
    ledger.repeat(doubtful).await.unwrap();
    assert_eq!(used(&ledger, STAFF, now()).await.0, 2);
    ledger.cancel(doubtful).await;
    assert_eq!(used(&ledger, STAFF, now()).await.0, 1, "the repeat alone was taken back");
}

#[tokio::test]
async fn a_day_ends_at_midnight_and_an_hour_after_an_hour() {
    let ledger = Ledger::new().await;
    ledger.submit().await;
    let hour = SignedDuration::from_hours(1);
    let nearly = hour - SignedDuration::from_millis(1);
    assert_eq!(used(&ledger, STAFF, now() + nearly).await.1, 1);
    assert_eq!(used(&ledger, STAFF, now() + hour).await.1, 0);
    let midnight = DayBounds::of(now(), &TimeZone::get("Europe/Moscow").unwrap()).ends;
    let before = midnight - SignedDuration::from_millis(1);
    assert_eq!(used(&ledger, STAFF, before).await.0, 1);
    assert_eq!(used(&ledger, STAFF, midnight).await.0, 0);
}

#[tokio::test]
async fn a_limit_of_ones_own_counts_until_it_is_taken_back() {
    let ledger = Ledger::new().await;
    for (limit, counts) in [(Some(3), 3), (Some(0), 0), (None, 50)] {
        let set = Change::SetLimit { person: id(STAFF), period: LimitPeriod::Day, limit };
        ledger.writes(by(ADMIN), now(), set).await;
        let own = ledger.reader().await.own_limits(id(STAFF)).await.unwrap();
        assert_eq!(
            own,
            limit.map(|limit| (LimitPeriod::Day, limit)).into_iter().collect::<Vec<_>>()
        );
        assert_eq!(used(&ledger, STAFF, now()).await.2, counts);
        assert_eq!(used(&ledger, OTHER, now()).await.2, 50);
    }
    let never_wrote =
        Change::SetLimit { person: id(999), period: LimitPeriod::Day, limit: Some(1) };
    ledger.writes(by(ADMIN), now(), never_wrote).await;
    assert_eq!(used(&ledger, 999, now()).await.2, 1);
    let mut conn = ledger.connect().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT format('%s → %s', coalesce(before, '—'), coalesce(after, '—')) FROM journal
         WHERE action = 'limit' AND actor = 1 AND person = 2",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(rows, ["— → 3", "3 → 0", "0 → —"]);
}

#[tokio::test]
async fn a_confirmation_beyond_a_limit_is_refused_with_its_draft_kept() {
    let ledger = Ledger::new().await;
    ledger.submit().await;
    let draft = ledger.draft(STAFF).await;
    let day = DayBounds::of(now(), &TimeZone::UTC);
    for (person_day, confirmed) in [(1, Err(Refused::Facts)), (2, Ok(()))] {
        let quotas = Quotas { limits: Limits { person_day, ..Limits::NONE }, day };
        let submit = Change::Submit(NewInvitation { quotas, ..new(draft, &to("iam@mail.ru")) });
        assert_eq!(ledger.tries(by(STAFF), now(), submit).await.map(drop), confirmed);
    }
}

#[tokio::test]
async fn everybody_together_is_counted_by_provider_and_by_domain() {
    let ledger = Ledger::new().await;
    for (author, email) in [(STAFF, "a@romashka.ru"), (OTHER, "b@Romashka.ru"), (OTHER, "c@x.ru")] {
        ledger.submit_by(author, &to(email)).await;
    }
    ledger.submit_by(STAFF, &chaika()).await;
    let mut reader = ledger.reader().await;
    let mut count =
        async |provider, domain| reader.queued_since(now(), provider, domain).await.unwrap();
    assert_eq!(count(Some(Provider::Invoicebox), None).await, 3);
    assert_eq!(count(Some(Provider::Sbis), None).await, 1);
    assert_eq!(count(None, Some("romashka.ru")).await, 2);
    assert_eq!(count(None, Some("omashka.ru")).await, 0);
    let later = now() + SignedDuration::from_millis(1);
    assert_eq!(reader.queued_since(later, None, None).await.unwrap(), 0);
    assert_eq!(Limits::NONE.provider_day(Provider::Sbis), 0);
}

async fn earlier(ledger: &Ledger, recipient: &Recipient, now: Timestamp) -> Vec<InvitationNo> {
    ledger.reader().await.earlier(recipient, None, now).await.unwrap().numbers
}

#[tokio::test]
async fn what_may_have_reached_the_recipient_is_found_and_nothing_else() {
    use State::*;
    let found = [Queued, Held, Sending, Accepted, Unknown, ConfirmedSent];
    let states = [
        Queued,
        Held,
        Sending,
        Accepted,
        Rejected(Refusal::Data),
        Rejected(Refusal::AlreadyClient),
        Rejected(Refusal::Other),
        NotSent,
        Unknown,
        ConfirmedSent,
        ConfirmedNotSent,
        Cancelled,
    ];
    let ledger = Ledger::new().await;
    for state in states {
        let number = ledger.one_that_is(state).await;
        let address = ledger.read(number).await;
        let address = address.recipient.email().clone();
        // Through the other provider, to another organisation.
        let Recipient::Sbis(company) = chaika() else { unreachable!() };
        let recipient = Recipient::Sbis(invite_bot::domain::Company { email: address, ..company });
        let expected = match state {
            Rejected(Refusal::AlreadyClient) => vec![number],
            state if found.contains(&state) => vec![number],
            _ => vec![],
        };
        let month = now() + SignedDuration::from_hours(30 * 24);
        let hour = SignedDuration::from_hours(1);
        for time in [now(), month - hour] {
            assert_eq!(earlier(&ledger, &recipient, time).await, expected, "{state:?}");
        }
        let client = state == Rejected(Refusal::AlreadyClient);
        let expected = if client { vec![number] } else { vec![] };
        assert_eq!(
            earlier(&ledger, &recipient, month + hour).await,
            expected,
            "{state:?}, long ago"
        );
    }
}

#[tokio::test]
async fn in_flight_to_the_very_same_recipient_is_left_to_the_unique_index() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &to("iam@mail.ru")).await;
    assert_eq!(earlier(&ledger, &to("IAM@mail.ru"), now()).await, []);
    assert_eq!(earlier(&ledger, &chaika(), now()).await, [number], "another provider");
    ledger.call(number, &accepted()).await;
    assert_eq!(earlier(&ledger, &to("IAM@mail.ru"), now()).await, [number]);
}

fn kpp_of(code: &str) -> Option<invite_bot::domain::Kpp> {
    invite_bot::domain::Kpp::parse(code).ok()
}

#[tokio::test]
async fn an_organisation_is_the_same_with_the_same_kpp() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &chaika()).await;
    ledger.call(number, &rejected(Refusal::AlreadyClient)).await;
    let Recipient::Sbis(company) = chaika() else { unreachable!() };
    let email = to("other@example.com").email().clone();
    let same = invite_bot::domain::Company { email, ..company };
    assert_eq!(earlier(&ledger, &Recipient::Sbis(same.clone()), now()).await, [number]);
    let kpp = kpp_of("773601001");
    let branch = Recipient::Sbis(invite_bot::domain::Company { kpp, ..same.clone() });
    assert_eq!(earlier(&ledger, &branch, now()).await, []);
    // By what a card brought, where the provider asks for an address alone.
    let inn = &same.inn;
    let anybody = to("elsewhere@example.com");
    let by = async |kpp: Option<&invite_bot::domain::Kpp>| {
        let found = ledger.reader().await.earlier(&anybody, Some((inn, kpp)), now()).await;
        found.unwrap().numbers
    };
    assert_eq!(by(same.kpp.as_ref()).await, [number]);
    assert_eq!(by(None).await, [number], "which part of it is not known");
    assert_eq!(by(kpp_of("773601001").as_ref()).await, []);
    assert_eq!(earlier(&ledger, &anybody, now()).await, []);
    // A doubt that was never cleared up is remembered whatever came after.
    let doubtful = ledger.submit_by(STAFF, &to("x@y.ru")).await;
    ledger.call(doubtful, &answer(Outcome::Unknown)).await;
    ledger.repeat(doubtful).await.unwrap();
    ledger.call(doubtful, &rejected(Refusal::Data)).await;
    assert_eq!(earlier(&ledger, &to("x@y.ru"), now()).await, [doubtful]);
}
