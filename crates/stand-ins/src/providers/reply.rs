//! An answer of HTTP, and how it is given: at once, late, or never.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// What a test asks the stand-in to do.
#[derive(Clone, Debug)]
pub enum Scripted {
    /// This answer.
    Answer(Reply),
    /// The documented success.
    Accept,
    /// The documented success, after this time.
    AcceptAfter(Duration),
    /// The request is read and never answered.
    Hang,
    /// The request is read and the connection closed.
    Close,
}

/// An answer of HTTP.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers; without a content type it is JSON.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    /// The same with one header more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Scripted {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Answer(reply) => format!("scripted {}", reply.status),
            Self::Accept => "scripted accept".to_owned(),
            Self::AcceptAfter(_) => "scripted accept after a time".to_owned(),
            Self::Hang => "scripted hang".to_owned(),
            Self::Close => "scripted close".to_owned(),
        }
    }
}

/// Gives the answer; `accepted` makes the documented success.
pub(super) async fn play(scripted: Scripted, accepted: impl FnOnce() -> Reply) -> Response {
    match scripted {
        Scripted::Answer(reply) => respond(reply),
        Scripted::Accept => respond(accepted()),
        Scripted::AcceptAfter(time) => {
            tokio::time::sleep(time).await;
            respond(accepted())
        }
        Scripted::Hang => std::future::pending().await,
        Scripted::Close => {
            // A body that fails before its first byte makes the server drop the connection
            // with the status line still unsent.
            let failure = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted));
            Response::new(Body::from_stream(futures::stream::iter([failure])))
        }
    }
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, reply.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    response
}
