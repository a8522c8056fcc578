//! Answers of Invoicebox, held against the table of outcomes as it is written down for people: an
//! answer is a line with the status, lines of headers, an empty line and the body. Without the empty
//! line the body broke off.

use invite_bot::domain::{Answer, Outcome, Refusal, Wait, tidy};
use invite_bot::providers::{Response, invoicebox};
use serde_json::Value;

use super::super::answer;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let Some(response) = answer::read(bytes) else { return };
    let answer = invoicebox::classify(&response);
    answer::check(&response, &answer);
    judged(&response, &answer);
}

fn judged(response: &Response, answer: &Answer) {
    let id = answer::json(response).and_then(|json| json.get("data")?.get("id").cloned());
    match (response.status, &answer.outcome) {
        (429, Outcome::NotAccepted { wait: Wait::Throttled, retry_after }) => {
            let seconds = retry_after.map(|wait| wait.as_secs());
            assert!(seconds.is_none_or(|seconds| (1..=60).contains(&seconds)));
            assert_eq!(seconds.is_some(), names_seconds(response));
        }
        (408 | 425 | 503, Outcome::NotAccepted { wait, retry_after }) => {
            assert_eq!((*wait, *retry_after), (Wait::Throttled, None));
        }
        (401 | 403 | 404 | 405, Outcome::NotAccepted { wait, retry_after }) => {
            assert_eq!((*wait, *retry_after), (Wait::Config, None));
        }
        (400 | 413 | 415 | 422, Outcome::Rejected { why, fields }) => {
            assert_eq!(*why, Refusal::Data);
            assert!(fields.len() <= 20);
            let is_short =
                |text: &str| text.chars().count() <= 200 && tidy(text).trim() == text.trim();
            assert!(
                fields
                    .iter()
                    .all(|it| !it.name.is_empty() && is_short(&it.name) && is_short(&it.message))
            );
        }
        (200..=299, Outcome::Accepted { reference: Some(reference) }) => match id {
            Some(Value::Number(number)) => assert_eq!(*reference, number.to_string()),
            Some(Value::String(id)) => {
                assert!(!reference.is_empty() && tidy(&id).starts_with(reference.as_str()));
                assert!(reference.chars().count() <= 128);
            }
            other => panic!("accepted without an id: {other:?}"),
        },
        (200..=299, Outcome::Unknown) => match id {
            Some(Value::Number(_)) => panic!("an id, and not accepted"),
            Some(Value::String(id)) => assert!(tidy(&id).is_empty()),
            _ => {}
        },
        (
            200..=299 | 408 | 425 | 429 | 503 | 400 | 413 | 415 | 422 | 401 | 403 | 404 | 405,
            other,
        ) => {
            panic!("{}: {other:?}", response.status);
        }
        (_, outcome) => assert_eq!(*outcome, Outcome::Unknown, "{}", response.status),
    }
}

fn names_seconds(response: &Response) -> bool {
    let header = response.headers.get("retry-after").and_then(|value| value.to_str().ok());
    header
        .map(str::trim)
        .is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}
