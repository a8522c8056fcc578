//! The bot as others watch it: by HTTP, if `MONITOR_LISTEN` is set, and by systemd.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::store::Store;

/// Below the time limit of whoever asks.
const DATABASE: Duration = Duration::from_secs(2);

/// Three polls.
const POLLS: SignedDuration = SignedDuration::from_secs(30);

const PING: Duration = Duration::from_secs(10);

const STARTS: Duration = Duration::from_secs(20);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|error| Failure::monitor(address, &error))
}

pub async fn serve(listener: TcpListener, store: Store) {
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(store);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "nobody can look at the bot any more");
    }
    // The bot goes on.
    std::future::pending().await
}

async fn health(State(store): State<Store>) -> Response {
    let still = store.monitor().still(Instant::now());
    let reads = matches!(tokio::time::timeout(DATABASE, store.depths()).await, Ok(Ok(_)));
    match (store.door().is_broken() || !reads, still.is_empty()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response(),
        (_, false) => (StatusCode::SERVICE_UNAVAILABLE, format!("{still:?}\n")).into_response(),
        _ => "ok\n".into_response(),
    }
}

async fn ready(State(store): State<Store>) -> Response {
    let since = store.monitor().last_poll().map(|at| Timestamp::now().duration_since(at));
    match since {
        Some(since) if since.abs() < POLLS => "ok\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "no word of Telegram\n").into_response(),
    }
}

async fn metrics(State(store): State<Store>) -> Response {
    let depths = tokio::time::timeout(DATABASE, store.depths()).await;
    match depths.map(|depths| depths.map(|depths| store.monitor().text(depths))) {
        Ok(Ok(Ok(text))) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Beside systemd, while Telegram is out of reach: a start may take as long as that takes.
pub async fn takes_time() {
    loop {
        let later = u32::try_from((3 * STARTS).as_micros()).unwrap_or(u32::MAX);
        tell(&[NotifyState::ExtendTimeoutUsec(later)]);
        tokio::time::sleep(STARTS).await;
    }
}

pub fn is_ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("принимает сообщения")]);
}

pub fn is_stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("останавливается")]);
}

/// As long as all loops go round, also where they only wait for Telegram, and the writer answers.
pub async fn feed(store: Store) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(limit / 2).await;
        let still = store.monitor().still(Instant::now());
        let writes = tokio::time::timeout(PING, store.ping()).await.is_ok();
        match still.is_empty() && writes {
            true => tell(&[NotifyState::Watchdog]),
            false => tracing::error!(?still, writes, "the bot stands still, systemd is not fed"),
        }
    }
}

/// Without systemd it does nothing.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd was not told");
    }
}

/// What a container asks: whether `/health` is answered.
pub async fn ask(address: SocketAddr) -> Result<(), Failure> {
    let client = reqwest::Client::builder().no_proxy().timeout(DATABASE).build();
    let client = client.map_err(anyhow::Error::from)?;
    let answer = client.get(format!("http://{address}/health")).send().await;
    match answer.and_then(reqwest::Response::error_for_status) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Unhealthy(match error.status() {
            Some(status) => format!("бот нездоров, ответ {}", status.as_u16()),
            None => "бот не отвечает".to_owned(),
        })),
    }
}
