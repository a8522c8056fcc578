//! How far a connection gets: for `check`, which sends a provider nothing that counts.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use tower::util::MapResultLayer;
use url::Url;

use super::http::{BODY_LIMIT, Http, authorization};
use super::{BuildError, HttpError, InvoiceboxSettings, Proxy, SbisSettings, through};

/// What ended it, by what reqwest and its connectors say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No proxy listens there.
    NoProxy,
    ProxySilent,
    /// It wants another way to log in.
    ProxyLogin,
    ProxyPassword,
    ProxyForbids,
    /// It has no connection to the other side.
    ProxyAlone,
    NoName,
    NoConnection,
    TlsCut,
    TlsUntrusted,
    Silent,
    Other,
}

type BoxError = Box<dyn Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
#[error("connected")]
struct Connected;

/// Connects, with the TLS hand-shake, and sends nothing. Returns how long it took.
pub async fn connects(
    url: &Url,
    timeout: Duration,
    proxy: Option<&Proxy>,
) -> Result<Duration, Stage> {
    let layer = MapResultLayer::new(instead_of_sending);
    let builder = Client::builder().connect_timeout(timeout).connector_layer(layer);
    let client = through(builder, proxy).map_err(|_| Stage::Other)?;
    let begun = Instant::now();
    match client.get(url.clone()).send().await {
        Err(error) if causes(&error).iter().any(|it| it.is::<Connected>()) => Ok(begun.elapsed()),
        Err(error) => Err(Stage::of(&error, proxy.is_some())),
        Ok(_) => Err(Stage::Other),
    }
}

fn instead_of_sending<C>(connection: Result<C, BoxError>) -> Result<C, BoxError> {
    connection.and_then(|_| Err(Connected.into()))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let (mut causes, mut next) = (Vec::new(), Some(error));
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}

impl Stage {
    pub fn of(error: &reqwest::Error, has_proxy: bool) -> Self {
        let said = causes(error).iter().map(|it| it.to_string().to_lowercase()).collect::<Vec<_>>();
        let says = |words: &str| said.iter().any(|it| it.contains(words));
        let known = [
            ("failed to create underlying connection", Self::NoProxy),
            ("user/pass authentication", Self::ProxyLogin),
            ("implements authentication incorrectly", Self::ProxyLogin),
            ("credentials not accepted", Self::ProxyPassword),
            ("proxy authorization required", Self::ProxyPassword),
            ("tunnel error", Self::ProxyForbids),
            ("host unreachable", Self::ProxyAlone),
            ("network unreachable", Self::ProxyAlone),
            ("general server failure", Self::ProxyAlone),
            ("connection not allowed", Self::ProxyForbids),
            ("ttl expired", Self::ProxyAlone),
            ("invalid peer certificate", Self::TlsUntrusted),
            ("handshake eof", Self::TlsCut),
            ("corrupt message", Self::TlsCut),
        ];
        if let Some((_, stage)) = known.into_iter().find(|(words, _)| says(words)) {
            return stage;
        }
        match (has_proxy, error.is_timeout(), error.is_connect()) {
            (true, true, _) => Self::ProxySilent,
            (false, true, _) => Self::Silent,
            (true, _, true) => Self::NoProxy,
            (false, _, true) if says("dns error") => Self::NoName,
            (false, _, true) => Self::NoConnection,
            _ => Self::Other,
        }
    }
}

/// What Invoicebox says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Good,
    Refused,
    /// Not what is documented.
    Unclear,
}

/// `GET /v3/security/api/auth/auth`: a wrong key is 401, and none at all 200 without a user
/// (docs.invoicebox.ru, «Авторизация»).
pub async fn key_of_invoicebox(
    timeout: Duration,
    settings: InvoiceboxSettings,
) -> Result<Result<Key, HttpError>, BuildError> {
    let mut url = settings.url;
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["v3", "security", "api", "auth", "auth"]);
    }
    let http = Http::new("invoicebox", timeout, BODY_LIMIT, url, settings.proxy.as_ref())?;
    let json = HeaderValue::from_static("application/json");
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
    let key = authorization("Bearer", &settings.token).ok_or(BuildError::Token("invoicebox"))?;
    headers.insert(AUTHORIZATION, key);
    Ok(http.look(headers).await.map(|answer| match answer.status {
        401 | 403 => Key::Refused,
        200 => match answer.json() {
            Some(body) if body.pointer("/data/userId").is_some_and(Value::is_string) => Key::Good,
            Some(body) if body.pointer("/data/userId").is_some_and(Value::is_null) => Key::Refused,
            _ => Key::Unclear,
        },
        _ => Key::Unclear,
    }))
}

impl SbisSettings {
    /// It has no method that only reads.
    pub async fn connects(&self, timeout: Duration) -> Result<Duration, Stage> {
        connects(&self.url, timeout, self.proxy.as_ref()).await
    }
}
