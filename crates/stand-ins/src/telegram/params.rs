//! The parameters of one request, from a query string, a form, JSON or multipart. Each is taken out
//! by name; whatever is left over in the end is refused, so that a misspelt name is noticed.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart};
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::answer::Refused;

/// As much as the real server takes with a file.
const BODY_LIMIT: usize = 50 << 20;

pub(super) struct Params(Map<String, Value>);

impl Params {
    pub(super) async fn read(request: Request<Body>) -> Result<Self, Refused> {
        let mut all = Map::new();
        if let Some(query) = request.uri().query() {
            all.extend(pairs(query.as_bytes()));
        }
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            all.extend(parts(request).await?);
            return Ok(Self(all));
        }
        let body = axum::body::to_bytes(request.into_body(), BODY_LIMIT)
            .await
            .map_err(|_| Refused::new(413, "Request Entity Too Large"))?;
        if kind.starts_with("application/json") {
            let body = serde_json::from_slice(&body)
                .map_err(|error| Refused::bad(format!("can't parse JSON body: {error}")))?;
            all.extend(members(body));
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            all.extend(pairs(&body));
        } else if !body.is_empty() {
            return Err(Refused::bad(format!("a body of type \"{kind}\" is not understood")));
        }
        Ok(Self(all))
    }

    pub(super) fn of(value: Value) -> Self {
        Self(members(value))
    }

    pub(super) fn json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn string(&mut self, name: &str) -> Result<Option<String>, Refused> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Refused::bad(format!("parameter \"{name}\" must be a String"))),
        }
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<Option<i64>, Refused> {
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_i64(),
        };
        let wrong = || Refused::bad(format!("parameter \"{name}\" must be an Integer"));
        number.ok_or_else(wrong).map(Some)
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Refused> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(text)) => {
                Ok(["true", "yes", "1"].contains(&text.to_ascii_lowercase().as_str()))
            }
            Some(_) => Err(Refused::bad(format!("parameter \"{name}\" must be a Boolean"))),
        }
    }

    /// An object or an array: itself in a JSON body, as JSON text anywhere.
    pub(super) fn nested(&mut self, name: &str, wrong: &str) -> Result<Option<Value>, Refused> {
        match self.take(name) {
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                serde_json::from_str(&text).map(Some).map_err(|_| Refused::bad(wrong))
            }
            value => Ok(value),
        }
    }

    pub(super) fn strings(&mut self, name: &str) -> Result<Option<Vec<String>>, Refused> {
        let wrong = format!("parameter \"{name}\" must be an Array of String");
        let Some(value) = self.nested(name, &wrong)? else { return Ok(None) };
        serde_json::from_value(value).map(Some).map_err(|_| Refused::bad(wrong))
    }

    /// The real server skips what it does not know; here it is taken for a mistake.
    pub(super) fn finish(self) -> Result<(), Refused> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Refused::bad(format!("unknown parameter \"{name}\""))),
        }
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, Value)> {
    form_urlencoded::parse(encoded)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

async fn parts(request: Request<Body>) -> Result<Vec<(String, Value)>, Refused> {
    let wrong = |error: &dyn std::fmt::Display| Refused::bad(format!("wrong multipart: {error}"));
    let mut body = Multipart::from_request(request, &()).await.map_err(|error| wrong(&error))?;
    let mut parts = Vec::new();
    while let Some(part) = body.next_field().await.map_err(|error| wrong(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        let text = part.text().await.map_err(|error| wrong(&error))?;
        parts.push((name, Value::String(text)));
    }
    Ok(parts)
}

/// The members of a JSON object; nothing for any other value.
pub(super) fn members(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
}
