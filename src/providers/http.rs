//! The one HTTP client for providers and directories: at most one complete request a call, and an
//! answer of limited length.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

use super::{BuildError, Proxy, through};
use crate::domain::{Answer, Outcome, Wait, tidy};
use crate::door::Pass;

/// In bytes; documented answers have a few hundred.
pub const BODY_LIMIT: usize = 64 * 1024;

/// In characters.
pub const MESSAGE_LIMIT: usize = 1000;

/// Invoicebox asks for `name/version (module version) {other}`, Saby for name and version.
pub const USER_AGENT: &str = concat!("invite-bot/", env!("CARGO_PKG_VERSION"));

/// In seconds, whatever `Retry-After` says.
const RETRY_AFTER_LIMIT: u64 = 60;

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// `None` when it broke off or was too long.
    pub body: Option<Vec<u8>>,
}

impl Response {
    /// Only if the content type is `application/json`, `application/json-rpc` or `*+json`.
    pub fn json(&self) -> Option<Value> {
        let content_type = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next()?.trim().to_ascii_lowercase();
        let is_json = matches!(essence.as_str(), "application/json" | "application/json-rpc")
            || essence.ends_with("+json");
        let body = self.body.as_ref().filter(|_| is_json)?;
        serde_json::from_slice(body).ok()
    }

    /// From 1 to 60 seconds. No provider documents a date, which counts as absent.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let seconds = text.parse().unwrap_or(RETRY_AFTER_LIMIT).clamp(1, RETRY_AFTER_LIMIT);
        is_number.then(|| Duration::from_secs(seconds))
    }

    pub fn answer(&self, outcome: Outcome, message: Option<String>) -> Answer {
        let request_id = self.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        Answer {
            outcome,
            http_status: Some(self.status),
            request_id: request_id.and_then(|id| one_line(id, 128)),
            message,
        }
    }
}

/// Why there is no answer. reqwest's own errors name the URL, so they are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("no connection")]
    NoConnection,
    #[error("tls failure")]
    Tls,
    #[error("connect timeout")]
    ConnectTimeout,
    #[error("timeout")]
    Timeout,
    /// The connection ended, or carried something that is not HTTP.
    #[error("connection closed")]
    Closed,
}

impl HttpError {
    fn of(error: &reqwest::Error) -> Self {
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Self::ConnectTimeout,
            (true, false) if is_tls(error) => Self::Tls,
            (true, false) => Self::NoConnection,
            (false, true) => Self::Timeout,
            (false, false) => Self::Closed,
        }
    }
}

/// rustls reports as `InvalidData`, wrapped once or more, whatever it cannot accept.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::InvalidData => true,
        Some(error) => error.get_ref().is_some_and(|inner| is_tls(inner)),
        None => error.source().is_some_and(is_tls),
    }
}

impl From<HttpError> for Answer {
    fn from(fault: HttpError) -> Self {
        let outcome = match fault {
            HttpError::NoConnection | HttpError::Tls | HttpError::ConnectTimeout => {
                Outcome::NotAccepted { wait: Wait::Connect, retry_after: None }
            }
            HttpError::Timeout | HttpError::Closed => Outcome::Unknown,
        };
        let message = Some(fault.to_string());
        Self { outcome, http_status: None, request_id: None, message }
    }
}

#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    url: Url,
    body_limit: usize,
}

impl Http {
    /// Never repeats a request or follows a redirect.
    ///
    /// No idle connection is kept: the other side may close it just as a request leaves, and then
    /// nobody knows whether it arrived. Only a connect timeout below the whole one tells "no
    /// connection" from "no answer".
    pub fn new(
        service: &'static str,
        timeout: Duration,
        body_limit: usize,
        url: Url,
        proxy: Option<&Proxy>,
    ) -> Result<Self, BuildError> {
        if !is_safe(&url) {
            return Err(BuildError::Address(service));
        }
        let builder = reqwest::Client::builder()
            .https_only(!is_loopback_http(&url))
            .http1_only()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .connect_timeout(Duration::from_secs(5).min(timeout / 2))
            .timeout(timeout)
            .user_agent(USER_AGENT);
        Ok(Self { client: through(builder, proxy)?, url, body_limit })
    }

    pub async fn post(
        &self,
        headers: HeaderMap,
        body: Vec<u8>,
        pass: Pass,
    ) -> Result<Response, HttpError> {
        self.send(self.client.post(self.url.clone()).headers(headers).body(body), pass).await
    }

    pub async fn get(
        &self,
        headers: HeaderMap,
        name: &str,
        value: &str,
    ) -> Result<Response, HttpError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(name, value);
        self.send(self.client.get(url).headers(headers), Pass::promising_nothing()).await
    }

    pub async fn look(&self, headers: HeaderMap) -> Result<Response, HttpError> {
        let request = self.client.get(self.url.clone()).headers(headers);
        self.send(request, Pass::promising_nothing()).await
    }

    async fn send(&self, request: RequestBuilder, _: Pass) -> Result<Response, HttpError> {
        let mut response = request.send().await.map_err(|error| HttpError::of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read(&mut response, self.body_limit).await;
        Ok(Response { status, headers, body })
    }
}

async fn read(response: &mut reqwest::Response, limit: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > limit {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

pub fn authorization(scheme: &str, key: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("{scheme} {}", key.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether it is `https`, or `http` on loopback, without user name and password.
pub fn is_safe(url: &Url) -> bool {
    let bare = url.username().is_empty() && url.password().is_none();
    bare && url.has_host() && (url.scheme() == "https" || is_loopback_http(url))
}

fn is_loopback_http(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

/// One line of at most `limit` characters; `None` if nothing is left.
pub fn one_line(text: &str, limit: usize) -> Option<String> {
    let line: String = tidy(text).chars().take(limit).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_a_password_in_an_address_is_refused() {
        let safe = |url: &str| is_safe(&Url::parse(url).unwrap());
        for url in
            ["https://api.example/", "http://localhost:80/", "http://127.0.0.1/", "http://[::1]/"]
        {
            assert!(safe(url), "{url}");
        }
        for url in [
            "http://api.example/",
            "https://user@api.example/",
            "https://:secret@api.example/",
            "https://user:secret@api.example/",
        ] {
            assert!(!safe(url), "{url}");
        }
    }
}
