//! Invoicebox: `POST /v3/notification/api/invite`.
//!
//! Source: docs.invoicebox.ru, «Отправка приглашения», «Ошибки», «Ограничения». `data.id` is an int
//! in its table and a UUID in its example: both are taken. It says nothing of a second invitation
//! to one address, and no method reads an invitation.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::http::{BODY_LIMIT, Http, MESSAGE_LIMIT, Response, authorization, one_line};
use super::{BuildError, InvoiceboxSettings};
use crate::domain::{Answer, Email, FieldFault, Outcome, Provider, Refusal, Wait};
use crate::door::Pass;

#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    token: SecretString,
    partner_id: Uuid,
}

/// The keys are in the order of the page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InviteRequest<'a> {
    identifier: &'a str,
    r#type: &'static str,
    partner_id: Uuid,
}

impl Client {
    pub fn new(timeout: Duration, settings: InvoiceboxSettings) -> Result<Self, BuildError> {
        let mut url = settings.url;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v3", "notification", "api", "invite"]);
        }
        let client = Self {
            http: Http::new(
                Provider::Invoicebox.slug(),
                timeout,
                BODY_LIMIT,
                url,
                settings.proxy.as_ref(),
            )?,
            token: settings.token,
            partner_id: settings.partner_id,
        };
        client.authorization().ok_or(BuildError::Token(Provider::Invoicebox.slug()))?;
        Ok(client)
    }

    fn authorization(&self) -> Option<HeaderValue> {
        authorization("Bearer", &self.token)
    }

    pub fn body(&self, email: &Email) -> Vec<u8> {
        let request = InviteRequest {
            identifier: email.as_str(),
            r#type: "email",
            partner_id: self.partner_id,
        };
        #[expect(clippy::expect_used, reason = "strings are always JSON")]
        serde_json::to_vec(&request).expect("three strings are always JSON")
    }

    pub async fn send(&self, body: Vec<u8>, pass: Pass) -> Answer {
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, json.clone()), (ACCEPT, json)]);
        headers.extend(self.authorization().map(|value| (AUTHORIZATION, value)));
        match self.http.post(headers, body, pass).await {
            Ok(response) => self.without_token(classify(&response)),
            Err(fault) => fault.into(),
        }
    }

    /// A key that the service quotes must not be stored or shown.
    fn without_token(&self, mut answer: Answer) -> Answer {
        let hide = |text: &mut String| *text = text.replace(self.token.expose_secret(), "***");
        answer.message.iter_mut().for_each(hide);
        if let Outcome::Rejected { fields, .. } = &mut answer.outcome {
            fields.iter_mut().for_each(|field| hide(&mut field.message));
        }
        answer
    }
}

/// The first matching row of the table decides.
///
/// The vendor's own client treats 408, 425, 429 and 503 as surely not executed; 500 is documented
/// as an unhandled exception, which may come after the letter was queued.
pub fn classify(response: &Response) -> Answer {
    let json = response.json();
    let error = json
        .as_ref()
        .map(|json| json.get("error").filter(|error| !error.is_null()).unwrap_or(json));
    let wait = |wait, retry_after| Outcome::NotAccepted { wait, retry_after };
    let outcome = match response.status {
        429 => wait(Wait::Throttled, response.retry_after()),
        408 | 425 | 503 => wait(Wait::Throttled, None),
        200..=299 => match json.as_ref().and_then(reference) {
            Some(reference) => Outcome::Accepted { reference: Some(reference) },
            None => Outcome::Unknown,
        },
        400 | 413 | 415 | 422 => {
            Outcome::Rejected { why: Refusal::Data, fields: error.map(fields).unwrap_or_default() }
        }
        401 | 403 | 404 | 405 => wait(Wait::Config, None),
        _ => Outcome::Unknown,
    };
    response.answer(outcome, error.and_then(message))
}

fn reference(json: &Value) -> Option<String> {
    match json.pointer("/data/id")? {
        Value::String(id) => one_line(id, 128),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Documented inside `error`; the vendor's newest client reads the same members at the top level.
fn message(error: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().and_then(|text| one_line(text, MESSAGE_LIMIT));
    text(error).or_else(|| ["message", "code"].iter().find_map(|key| text(error.get(key)?)))
}

/// `{name, code, message}`: undocumented, seen in the tests of the vendor's PHP client.
fn fields(error: &Value) -> Vec<FieldFault> {
    let text = |field: &Value, key| one_line(field.get(key)?.as_str()?, 200);
    let fault = |field: &Value| {
        let message = text(field, "message").or_else(|| text(field, "code")).unwrap_or_default();
        Some(FieldFault { name: text(field, "name")?, message })
    };
    let fields = error.get("fields").and_then(Value::as_array);
    fields.into_iter().flatten().filter_map(fault).take(20).collect()
}
