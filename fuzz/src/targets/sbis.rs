//! Answers of СБИС, held against the table of outcomes as it is written down for people; answers
//! are written as for Invoicebox.

use invite_bot::domain::{Answer, Outcome, Refusal, Wait};
use invite_bot::providers::{Response, sbis};
use serde_json::Value;

use super::super::answer;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let Some(response) = answer::read(bytes) else { return };
    let answer = sbis::classify(&response);
    answer::check(&response, &answer);
    judged(&response, &answer);
}

fn judged(response: &Response, answer: &Answer) {
    let json = answer::json(response);
    let member = |name: &str| json.as_ref().and_then(|json| json.as_object()?.get(name));
    let error = member("error").filter(|error| !error.is_null());
    let result = member("result");
    let waits = |wait| Outcome::NotAccepted { wait, retry_after: None };
    let expected = match response.status {
        429 | 503 => waits(Wait::Throttled),
        401 => waits(Wait::Config),
        404 if error.is_none() && result.is_none() => waits(Wait::Config),
        status => match (error, result) {
            (Some(_), Some(_)) => Outcome::Unknown,
            (Some(error), None) => match refusal(error, answer) {
                Some(outcome) => outcome,
                None => Outcome::Unknown,
            },
            (None, Some(_)) if (200..300).contains(&status) => {
                Outcome::Accepted { reference: None }
            }
            (None, _) => Outcome::Unknown,
        },
    };
    assert_eq!(answer.outcome, expected);
}

/// What an `error` alone means; the reason of a refusal is looked at in the words of the answer.
fn refusal(error: &Value, answer: &Answer) -> Option<Outcome> {
    let code = error.as_object().and_then(|error| error.get("code")?.as_i64());
    if matches!(code, Some(-32700 | -32600 | -32601 | -32602)) {
        return Some(Outcome::NotAccepted { wait: Wait::Config, retry_after: None });
    }
    if !error.is_object() && !error.is_string() {
        return None;
    }
    let why = match &answer.outcome {
        Outcome::Rejected { why, .. } => *why,
        other => panic!("refused, and not rejected: {other:?}"),
    };
    let said = answer.message.clone().unwrap_or_default().to_lowercase().replace('ё', "е");
    let passes = ["временно", "недоступ", "таймаут"]
        .iter()
        .any(|word| said.split(|c: char| !c.is_alphanumeric()).any(|said| said.starts_with(word)));
    match why {
        Refusal::Data => {
            assert!(!passes && (said.contains("инн") || said.contains("кпп")), "{said}")
        }
        Refusal::AlreadyClient => {
            let whose = ["аккаунт", "лиценз", "организация", "контрагент"];
            assert!(!passes && whose.iter().any(|word| said.contains(word)), "{said}");
            let words = said.split(|c: char| !c.is_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let is_said = |word: &str| word.starts_with("авторизован");
            let is_denied = |pair: &[&str]| pair[0] == "не" && is_said(pair[1]);
            let said_so = words.iter().filter(|word| is_said(word)).count();
            let denied = words.windows(2).filter(|pair| is_denied(pair)).count();
            let otherwise = said.contains("платн") || said.contains("уже");
            assert!(said_so > denied || otherwise, "{said}");
        }
        Refusal::Other => {}
    }
    Some(Outcome::Rejected { why, fields: vec![] })
}
