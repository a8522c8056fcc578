//! What is asked of those who may decide: one decision, one use, and an end.

use invite_bot::domain::{
    Asked, Decision, MayAsk, Person, Recipient, RequestKind, RequestState, ResendQuota, State,
};
use invite_bot::store::{Change, Store};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::ledger::{
    ADMIN, Ledger, OTHER, Refused, STAFF, accepted, at, by, chaika, id, new, now, revoke,
};

const HOUR: i64 = 3600;

pub fn denied() -> Vec<(&'static str, State, String)> {
    let once = "a request is decided once";
    let asked = "INSERT INTO requests (kind, asker, at) VALUES ('access', 7, 1)";
    let refused = "UPDATE requests SET state = 'refused', decided_by = 1, decided_at = 1";
    let rows = [
        (
            "a request begins open",
            vec![
                "INSERT INTO requests (kind, asker, at, state, decided_at)
                 VALUES ('access', 7, 1, 'expired', 1)",
            ],
        ),
        (once, vec![asked, "UPDATE requests SET id = 7"]),
        (once, vec![asked, "UPDATE requests SET kind = 'limit'"]),
        (once, vec![asked, "UPDATE requests SET asker = 8"]),
        (once, vec![asked, "UPDATE requests SET at = 2"]),
        (once, vec![asked, refused, "UPDATE requests SET state = 'granted'"]),
        (once, vec![asked, refused, "UPDATE requests SET state = 'closed', decided_by = NULL"]),
        (
            once,
            vec![
                "INSERT INTO requests (kind, asker, at, provider) VALUES ('repeat', 7, 1, 'sbis')",
                "UPDATE requests SET state = 'granted', decided_by = 1, decided_at = 1, used_at = 2",
                "UPDATE requests SET used_at = NULL",
            ],
        ),
        (
            "only what was accepted is followed up",
            vec!["INSERT INTO follow_ups (invitation, mark) VALUES (№, 'registered')"],
        ),
        ("requests are kept", vec![asked, "DELETE FROM requests"]),
    ];
    rows.into_iter().map(|(rule, sql)| (rule, State::Queued, sql.join(";\n"))).collect()
}

fn limit() -> Asked {
    Asked::Limit { subject: "ООО «Ромашка»".to_owned() }
}

async fn asks(ledger: &Ledger, asker: i64, asked: Asked, when: Timestamp) -> Result<(), Refused> {
    let asker = Person { id: id(asker), name: None };
    let change = Change::Ask { asker: asker.clone(), asked, deciders: vec![id(ADMIN)] };
    ledger.tries(by(asker.id.get()), when, change).await.map(drop)
}

async fn decides(
    ledger: &Ledger,
    decider: i64,
    request: i64,
    decision: Decision,
    when: Timestamp,
) -> Result<(), Refused> {
    let change = Change::Decide { request, decision, pressed: None };
    ledger.tries(by(decider), when, change).await.map(drop)
}

#[tokio::test]
async fn the_first_decision_stands() {
    let ledger = Ledger::new().await;
    asks(&ledger, STAFF, limit(), now()).await.unwrap();
    assert_eq!(asks(&ledger, STAFF, limit(), now()).await, Err(Refused::Facts), "one waits");
    decides(&ledger, ADMIN, 1, Decision::GrantExtra(10), at(1)).await.unwrap();
    let late = decides(&ledger, OTHER, 1, Decision::Refuse, at(2)).await;
    assert_eq!(late, Err(Refused::Facts));
    let request = ledger.reader().await.request(1).await.unwrap().unwrap();
    assert_eq!((request.state, request.extra), (RequestState::Granted, Some(10)));
    assert_eq!(request.decided_by.map(|it| it.id), Some(id(ADMIN)));
    assert_eq!(request.subject, None, "whom it was about is nobody's business any more");
}

#[tokio::test]
async fn a_granted_repeat_is_one_letter_within_a_day() {
    let ledger = Ledger::new().await;
    for _ in 0..2 {
        let number = ledger.submit_by(STAFF, &chaika()).await;
        ledger.call(number, &accepted()).await;
    }
    let to = chaika();
    let granted = async |second| {
        let mut reader = ledger.reader().await;
        reader.is_granted(id(STAFF), &to, at(second)).await.unwrap()
    };
    let sends = async |second: i64| {
        let draft = ledger.draft(STAFF).await;
        let mut new = new(draft, &to);
        new.options.override_limit = true;
        let sent = ledger.tries(by(STAFF), at(second), Change::Submit(new)).await;
        if sent.is_err() {
            ledger.drop_draft(STAFF, draft).await;
        }
        sent
    };
    let quota = ledger.reader().await.resend_quota(&to, at(5)).await.unwrap();
    assert_ne!(quota, ResendQuota::Available);
    assert_eq!(sends(5).await, Err(Refused::Facts), "nobody granted it");
    let repeat = || Asked::Repeat { to: chaika(), subject: "Чайка".to_owned() };
    asks(&ledger, STAFF, repeat(), at(6)).await.unwrap();
    assert!(!granted(7).await);
    decides(&ledger, ADMIN, 1, Decision::Grant, at(8)).await.unwrap();
    assert!(granted(9).await && !granted(8 + 24 * HOUR).await, "for a day");
    let other = Recipient::clone(&to);
    assert!(!ledger.reader().await.is_granted(id(OTHER), &other, at(9)).await.unwrap());
    let number = sends(9).await.unwrap().submitted.unwrap();
    assert!(!granted(10).await, "and once");
    ledger.call(number, &accepted()).await;
    assert_eq!(sends(11).await, Err(Refused::Facts));
}

#[tokio::test]
async fn a_stranger_asks_once_and_a_day_after_a_refusal_and_never_when_shut_out() {
    let ledger = Ledger::new().await;
    let access = || Asked::Access { username: Some("vera".to_owned()) };
    let may =
        async |second| ledger.reader().await.may_ask_for_access(id(70), at(second)).await.unwrap();
    asks(&ledger, 70, access(), at(0)).await.unwrap();
    assert_eq!(may(1).await, MayAsk::Waits);
    decides(&ledger, ADMIN, 1, Decision::Refuse, at(2)).await.unwrap();
    assert_eq!(may(3).await, MayAsk::Later(at(2 + 24 * HOUR)));
    assert_eq!(asks(&ledger, 70, access(), at(3)).await, Err(Refused::Facts));
    asks(&ledger, 70, access(), at(2 + 24 * HOUR)).await.unwrap();
    decides(&ledger, ADMIN, 2, Decision::Block, at(3 + 24 * HOUR)).await.unwrap();
    assert_eq!(may(99 * HOUR).await, MayAsk::Blocked);
    ledger.writes(by(ADMIN), at(100 * HOUR), Change::Unblock(2)).await;
    assert_eq!(may(100 * HOUR).await, MayAsk::Yes);

    for stranger in 100..120 {
        asks(&ledger, stranger, access(), at(100 * HOUR)).await.unwrap();
    }
    assert_eq!(may(100 * HOUR).await, MayAsk::TooMany);
    assert_eq!(asks(&ledger, 70, access(), at(100 * HOUR)).await, Err(Refused::Facts));
}

#[tokio::test]
async fn whoever_leaves_asks_for_nothing_any_more() {
    let ledger = Ledger::new().await;
    asks(&ledger, STAFF, limit(), now()).await.unwrap();
    ledger.writes(by(ADMIN), at(1), revoke(STAFF)).await;
    let request = ledger.reader().await.request(1).await.unwrap().unwrap();
    assert_eq!(request.state, RequestState::Closed);
    assert_eq!(decides(&ledger, ADMIN, 1, Decision::Refuse, at(2)).await, Err(Refused::Facts));
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Asks(i64),
    Decides(i64, i64, Decision),
    Expires(i64),
    HoursPass(i64),
    Crashes,
}

fn act() -> impl Strategy<Value = Act> {
    let decision =
        select(vec![Decision::GrantExtra(1), Decision::GrantExtra(10), Decision::Refuse]);
    prop_oneof![
        select(vec![STAFF, OTHER]).prop_map(Act::Asks),
        (select(vec![ADMIN, OTHER]), 1i64..6, decision)
            .prop_map(|(decider, request, decision)| Act::Decides(decider, request, decision)),
        (1i64..6).prop_map(Act::Expires),
        (1i64..50).prop_map(Act::HoursPass),
        Just(Act::Crashes),
    ]
}

/// What ought to be known of each request: who asked and when, and how it ended.
async fn runs(acts: Vec<Act>) {
    let mut ledger = Ledger::new().await;
    let mut requests: Vec<(i64, i64, RequestState)> = Vec::new();
    let mut hour = 0;
    for act in acts {
        let when = at(hour * HOUR);
        let open = |requests: &[(i64, i64, RequestState)], request: i64| {
            let place = usize::try_from(request - 1).unwrap();
            requests.get(place).is_some_and(|it| it.2 == RequestState::Open).then_some(place)
        };
        match act {
            Act::Asks(asker) => {
                let waits = requests.iter().any(|it| it.0 == asker && it.2 == RequestState::Open);
                let asked = asks(&ledger, asker, limit(), when).await;
                assert_eq!(asked, if waits { Err(Refused::Facts) } else { Ok(()) });
                if !waits {
                    requests.push((asker, hour, RequestState::Open));
                }
            }
            Act::Decides(decider, request, decision) => {
                let place = open(&requests, request);
                let decided = decides(&ledger, decider, request, decision, when).await;
                assert_eq!(decided.is_ok(), place.is_some());
                if let Some(place) = place {
                    requests[place].2 = match decision {
                        Decision::Refuse => RequestState::Refused,
                        _ => RequestState::Granted,
                    };
                }
            }
            Act::Expires(request) => {
                let due = ledger.reader().await.requests_to_expire(when).await.unwrap();
                let is_due = |(place, it): (usize, &(i64, i64, RequestState))| {
                    let old = it.2 == RequestState::Open && hour - it.1 >= 72;
                    old.then_some(i64::try_from(place).unwrap() + 1)
                };
                let mut ought: Vec<i64> = requests.iter().enumerate().filter_map(is_due).collect();
                let mut is: Vec<i64> = due.iter().map(|it| it.id).collect();
                ought.sort_unstable();
                is.sort_unstable();
                assert_eq!(is, ought);
                if let Some(place) = open(&requests, request).filter(|_| ought.contains(&request)) {
                    ledger.writes(by(ADMIN), when, Change::ExpireRequest(request)).await;
                    requests[place].2 = RequestState::Expired;
                }
            }
            Act::HoursPass(hours) => hour += hours,
            Act::Crashes => ledger.store = Store::open(&ledger.path).await.unwrap(),
        }
    }
    for (place, (asker, _, state)) in (1..).zip(&requests) {
        let known = ledger.reader().await.request(place).await.unwrap().unwrap();
        assert_eq!((known.asker.id, known.state), (id(*asker), *state));
        assert_eq!(known.kind, RequestKind::Limit);
        assert!(known.subject.is_none() || *state == RequestState::Open);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn each_request_ends_once_however_people_and_crashes_come(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(runs(acts));
    }
}
