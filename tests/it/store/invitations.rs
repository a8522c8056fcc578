//! Confirming, and what people do with an invitation afterwards.

use invite_bot::domain::{
    AttemptOutcome, DraftRevision, Event, Outcome, Recipient, Refusal, State, Verdict, Wait,
};
use invite_bot::store::{Change, NewInvitation, StoreError, SubmitOptions};

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, accepted, answer, at, at_once, by, chaika, id, new,
    no_quotas, not_accepted, now, to,
};

#[tokio::test]
async fn an_invitation_reads_back_as_it_was_confirmed() {
    let ledger = Ledger::new().await;
    for recipient in [to("IAM@mail.ru"), chaika()] {
        let (draft, author) = (ledger.draft(STAFF).await, id(STAFF));
        let options = SubmitOptions::at_once(at(9));
        let new = NewInvitation { options, status_message: Some(5), ..new(draft, &recipient) };
        let guid = new.guid;
        let submitted = ledger.writes(by(STAFF), at(9), Change::Submit(new)).await.submitted;
        let number = submitted.unwrap();
        let mut reader = ledger.reader().await;
        let read = reader.invitation(number).await.unwrap().unwrap();
        assert_eq!((&read.recipient, read.guid, read.state), (&recipient, guid, State::Queued));
        assert_eq!((read.author.id, read.changed_by.unwrap().id), (author, author));
        assert_eq!((read.created_at, read.changed_at), (at(9), at(9)));
        assert_eq!((read.waits, read.last), (None, None));
        assert_eq!(reader.status_message(number).await.unwrap(), Some(5));
        assert_eq!(reader.invitation_from_draft(draft.draft).await.unwrap(), Some(number));
        assert_eq!(reader.draft(author).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_double_press_submits_once() {
    let ledger = Ledger::new().await;
    let draft = ledger.draft(STAFF).await;
    let recipient = to("iam@mail.ru");
    let (first, second) = tokio::join!(
        ledger.confirm(STAFF, draft, &recipient),
        ledger.confirm(STAFF, draft, &recipient),
    );
    let (Ok(number), Err(Refused::Session)) = (first, second) else {
        panic!("{first:?}, {second:?}")
    };
    assert_eq!(
        ledger.reader().await.invitation_from_draft(draft.draft).await.unwrap(),
        Some(number)
    );
}

#[tokio::test]
async fn the_one_that_bars_a_second_to_its_recipient_is_known_until_it_is_settled() {
    let ledger = Ledger::new().await;
    let recipient = to("iam@mail.ru");
    let barring = async |to: Recipient| {
        let barring = ledger.reader().await.barring(&to).await.unwrap();
        barring.map(|invitation| invitation.number)
    };
    assert_eq!(barring(recipient.clone()).await, None);
    let number = ledger.submit_by(STAFF, &recipient).await;
    assert_eq!(barring(to("IAM@MAIL.RU")).await, Some(number));
    assert_eq!((barring(to("sad@mail.ru")).await, barring(chaika()).await), (None, None));
    assert!(ledger.cancel(number).await);
    assert_eq!(barring(recipient).await, None);
}

#[tokio::test]
async fn a_status_message_may_move_and_is_its_authors_alone() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &to("iam@mail.ru")).await;
    let shows = async |person, message| {
        ledger.reader().await.is_status_message(id(person), message).await.unwrap()
    };
    let adopt = async |message| {
        let adopt = Change::AdoptStatusMessage { number, message };
        ledger.writes(by(STAFF), now(), adopt).await;
    };
    assert!(!shows(STAFF, 70).await);
    for _ in 0..2 {
        adopt(70).await;
        assert!(shows(STAFF, 70).await && !shows(OTHER, 70).await);
    }
    adopt(71).await;
    assert!(!shows(STAFF, 70).await && shows(STAFF, 71).await, "left behind");
}

#[tokio::test]
async fn a_stale_card_or_another_persons_draft_submits_nothing() {
    let ledger = Ledger::new().await;
    let first = ledger.draft(STAFF).await;
    let (was, body) = (Some(first), "{}".to_owned());
    let save = Change::SaveSession { person: id(STAFF), was, version: 1, body };
    let second = ledger.writes(by(STAFF), now(), save).await.draft.unwrap();
    let recipient = to("iam@mail.ru");
    let later = DraftRevision { revision: second.revision + 1, ..second };
    let none = DraftRevision { draft: second.draft + 1, revision: 1 };
    for (author, draft) in [(STAFF, first), (STAFF, later), (STAFF, none), (OTHER, second)] {
        assert_eq!(ledger.confirm(author, draft, &recipient).await, Err(Refused::Session));
    }
}

#[tokio::test]
async fn two_people_at_once_put_one_recipient_in_flight_once() {
    let ledger = Ledger::new().await;
    for (mine, theirs) in [(to("iam@mail.ru"), to("IAM@MAIL.ru")), (chaika(), chaika())] {
        let (draft, other) = (ledger.draft(STAFF).await, ledger.draft(OTHER).await);
        let (first, second) = tokio::join!(
            ledger.confirm(STAFF, draft, &mine),
            ledger.confirm(OTHER, other, &theirs)
        );
        let (Ok(number), Err(Refused::InFlight(same))) = (first, second) else {
            panic!("{first:?}, {second:?}")
        };
        assert_eq!(number, same);
        let kept = ledger.reader().await.draft(id(OTHER)).await.unwrap();
        let kept = kept.expect("what was typed is kept");
        assert_eq!((kept.id, kept.revision), (other.draft, other.revision));
        assert_eq!(ledger.store.draft(id(OTHER)).await.unwrap(), Some(kept));
        ledger.drop_draft(OTHER, other).await;
    }
}

#[tokio::test]
async fn what_is_settled_may_be_invited_anew_and_what_is_not_may_not() {
    let ledger = Ledger::new().await;
    let recipient = to("iam@mail.ru");
    let number = ledger.submit_by(STAFF, &recipient).await;
    let draft = ledger.draft(OTHER).await;
    let in_flight = Err(Refused::InFlight(number));
    assert_eq!(ledger.confirm(OTHER, draft, &recipient).await, in_flight);
    let n = ledger.claim(number).await;
    assert_eq!(ledger.confirm(OTHER, draft, &recipient).await, in_flight);
    ledger.close(number, n, &answer(Outcome::Unknown)).await;
    assert_eq!(ledger.confirm(OTHER, draft, &recipient).await, in_flight);
    assert!(ledger.resolve(number, Verdict::Arrived).await);
    ledger.confirm(OTHER, draft, &recipient).await.unwrap();
}

#[tokio::test]
async fn one_address_may_be_invited_by_both_providers() {
    let ledger = Ledger::new().await;
    ledger.submit_by(STAFF, &to("iam@mail.ru")).await;
    ledger.submit_by(STAFF, &chaika()).await;
}

#[tokio::test]
async fn a_press_that_names_an_earlier_point_does_nothing() {
    let ledger = Ledger::new().await;
    for state in [State::Queued, State::Held, State::Unknown, State::NotSent] {
        let number = ledger.one_that_is(state).await;
        let stale = ledger.version(number).await - 1;
        let (version, options, quotas) = (stale, at_once(), no_quotas());
        for press in [
            Change::Cancel { number, version },
            Change::Release { number, version, not_before: now() },
            Change::Resolve { number, version, verdict: Verdict::Arrived },
            Change::Resend { number, version, options, quotas },
        ] {
            assert_eq!(ledger.tries(by(ADMIN), now(), press).await, Err(Refused::Facts));
        }
        assert_eq!(ledger.claims_at(number, stale, now()).await, None);
        assert_eq!(ledger.state(number).await, state);
    }
}

#[tokio::test]
async fn a_press_fits_the_states_it_is_shown_in() {
    use State::*;
    let ledger = Ledger::new().await;
    for state in [
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
    ] {
        let one = || ledger.one_that_is(state);
        assert_eq!(ledger.cancel(one().await).await, matches!(state, Queued | Held), "{state:?}");
        assert_eq!(ledger.release(one().await).await, state == Held, "{state:?}");
        let resolved = ledger.resolve(one().await, Verdict::Missing).await;
        assert_eq!(resolved, state == Unknown, "{state:?}");
        let repeated = ledger.repeat(one().await).await.is_ok();
        assert_eq!(repeated, state.may_retry(), "{state:?}");
    }
}

#[tokio::test]
async fn one_consent_is_worth_one_repeat() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::Unknown).await;
    let version = ledger.version(number).await;
    ledger.repeat(number).await.unwrap();
    let again = Change::Resend { number, version, options: at_once(), quotas: no_quotas() };
    assert_eq!(ledger.tries(by(STAFF), now(), again).await, Err(Refused::Facts));
    ledger.call(number, &answer(Outcome::Unknown)).await;
    assert_eq!(ledger.state(number).await, State::Unknown);
    let used: i64 = sqlx::query_scalar("SELECT count(consent) FROM attempts")
        .fetch_one(&mut ledger.connect().await)
        .await
        .unwrap();
    assert_eq!(used, 1);
}

#[tokio::test]
async fn a_repeat_that_was_taken_back_leaves_no_consent_for_later() {
    let ledger = Ledger::new().await;
    let number = ledger.one_that_is(State::Unknown).await;
    ledger.repeat(number).await.unwrap();
    assert!(ledger.cancel(number).await);
    ledger.repeat(number).await.unwrap();
    let n = ledger.claim(number).await;
    ledger.close_at(number, n, &not_accepted(Wait::Connect), Some(now()), now()).await;
    ledger.claim(number).await;
    let asked: Vec<bool> =
        sqlx::query_scalar("SELECT consent IS NOT NULL FROM attempts ORDER BY n")
            .fetch_all(&mut ledger.connect().await)
            .await
            .unwrap();
    assert_eq!(asked, [false, true, false], "the third is the bot's own");
}

#[tokio::test]
async fn a_repeat_does_not_overtake_another_invitation_to_the_same_recipient() {
    let ledger = Ledger::new().await;
    let recipient = chaika();
    let first = ledger.submit_by(STAFF, &recipient).await;
    ledger.call(first, &not_accepted(Wait::Connect)).await;
    let second = ledger.submit_by(OTHER, &recipient).await;
    assert_eq!(ledger.repeat(first).await, Err(Refused::InFlight(second)));
    assert_eq!(ledger.state(first).await, State::NotSent);
    ledger.call(second, &accepted()).await;
    assert_eq!(ledger.repeat(first).await, Ok(()));
}

#[tokio::test]
async fn the_history_tells_what_happened_in_its_order() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    ledger.call(number, &answer(Outcome::Unknown)).await;
    ledger.repeat(number).await.unwrap();
    ledger.call(number, &accepted()).await;
    let history = ledger.reader().await.history(number).await.unwrap();
    let told: Vec<String> = history
        .into_iter()
        .map(|event| match event {
            Event::Changed { by, from, to, .. } => {
                format!("{from:?} → {to:?} by {:?}", by.map(|person| person.id.get()))
            }
            Event::Called(attempt) => format!("call {}: {:?}", attempt.n, attempt.outcome.unwrap()),
        })
        .collect();
    let expected = [
        "None → Queued by Some(2)",
        "Some(Queued) → Sending by None",
        "call 1: Unknown",
        "Some(Sending) → Unknown by None",
        "Some(Unknown) → Queued by Some(2)",
        "Some(Queued) → Sending by None",
        "call 2: Accepted",
        "Some(Sending) → Accepted by None",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn of_a_long_history_the_newest_events_are_told() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    for _ in 0..15 {
        let n = ledger.claim(number).await;
        ledger.close_at(number, n, &not_accepted(Wait::Connect), Some(now()), now()).await;
    }
    let history = ledger.reader().await.history(number).await.unwrap();
    assert_eq!(history.len(), 30);
    let calls: Vec<i64> = history
        .iter()
        .filter_map(|event| match event {
            Event::Called(attempt) => Some(attempt.n),
            Event::Changed { .. } => None,
        })
        .collect();
    assert_eq!(calls, (6..=15).collect::<Vec<_>>());
    assert!(matches!(history.last(), Some(Event::Changed { to: State::Queued, .. })));
    let last = ledger.read(number).await.last.unwrap();
    assert_eq!(last.outcome, Some(AttemptOutcome::NotAccepted(Wait::Connect)));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_that_does_not_name_its_content() {
    let ledger = Ledger::new().await;
    let number = ledger.submit_by(STAFF, &chaika()).await;
    let mut conn = ledger.connect().await;
    for (column, value) in [
        ("inn", "1215107652"),
        ("email", "nobody"),
        ("kpp", "AAAAAAAAA"),
        ("name", " "),
        ("guid", "x"),
    ] {
        for sql in [
            "DROP TRIGGER IF EXISTS invitation_keeps_its_data",
            "PRAGMA ignore_check_constraints = 1",
        ] {
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        }
        let spoil = format!("UPDATE invitations SET {column} = '{value}' WHERE number = {number}");
        sqlx::query(sqlx::AssertSqlSafe(spoil)).execute(&mut conn).await.unwrap();
        let error = ledger.reader().await.invitation(number).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }), "{column}: {error}");
        assert!(!error.to_string().contains(value.trim_matches(' ')) || value == " ", "{error}");
    }
}
