//! What the server says: JSON, and the envelope of a refusal.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What is said instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) description: String,
    pub(super) retry_after: Option<u32>,
}

impl Refused {
    pub(super) fn new(status: u16, description: impl Into<String>) -> Self {
        Self { status, description: description.into(), retry_after: None }
    }

    /// 400 in the server's manner: «Bad Request: » and the words, the first letter lowered unless
    /// they begin with an upper-case code.
    pub(super) fn bad(words: impl Into<String>) -> Self {
        let words = words.into();
        let mut letters = words.chars();
        let lowered = match (letters.next(), letters.next()) {
            (Some(first), Some(second)) if !(second == '_' || second.is_ascii_uppercase()) => {
                first.to_lowercase().chain([second]).chain(letters).collect()
            }
            _ => words.clone(),
        };
        Self::new(400, format!("Bad Request: {lowered}"))
    }

    pub(super) fn json(&self) -> Value {
        let mut answer = json!({
            "ok": false, "error_code": self.status, "description": self.description,
        });
        if let (Some(seconds), Value::Object(members)) = (self.retry_after, &mut answer) {
            members.insert("parameters".to_owned(), json!({ "retry_after": seconds }));
        }
        answer
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = answer(status, self.json().to_string());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

pub(super) fn answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
