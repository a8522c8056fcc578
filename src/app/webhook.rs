//! The route on which Telegram posts updates, if `WEBHOOK_URL` is set. What is answered 200 is on the
//! disk; what is not, comes again.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

use crate::bot::{self, Delivered, Webhook};
use crate::door::Pass;
use crate::failure::Failure;
use crate::monitor::Monitor;

const SECRET: &str = "x-telegram-bot-api-secret-token";

/// Far more than an update has.
const LARGEST: usize = 1024 * 1024;

/// For the body to come, and for the update to be stored: Telegram waits longer.
const LIMIT: Duration = Duration::from_secs(10);

/// Updates that wait to be stored; more than Telegram posts at once.
const UNDER_WAY: usize = 16;

const GRACE: Duration = Duration::from_secs(2);

/// Between two lines of the log on posts without our secret.
const QUIET: Duration = Duration::from_secs(3600);

pub struct Route {
    path: String,
    secret: SecretString,
    updates: mpsc::Sender<Delivered>,
    monitor: Monitor,
    warned: Mutex<Option<Instant>>,
}

/// The updates come out of the other end, until the route is gone.
pub fn route(
    webhook: &Webhook,
    secret: SecretString,
    monitor: Monitor,
) -> (Route, mpsc::Receiver<Delivered>) {
    let (sender, updates) = mpsc::channel(UNDER_WAY);
    let path = webhook.url.path().to_owned();
    (Route { path, secret, updates: sender, monitor, warned: Mutex::default() }, updates)
}

pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|error| Failure::webhook(address, &error))
}

/// Until the stop; what is under way then is stored and answered.
pub async fn serve(
    listener: TcpListener,
    route: Route,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let router = Router::new()
        .fallback(post)
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Arc::new(route));
    let stopped = |mut stop: watch::Receiver<bool>| async move {
        drop(stop.wait_for(|stop| *stop).await);
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(stopped(stop.clone()));
    tokio::select! {
        ended = serving.into_future() => {
            if let Err(error) = ended {
                tracing::error!(%error, "nobody listens to the webhook any more");
            }
        }
        () = async {
            stopped(stop).await;
            tokio::time::sleep(GRACE).await;
        } => {}
    }
    Ok(())
}

async fn post(State(route): State<Arc<Route>>, request: Request) -> StatusCode {
    if request.uri().path() != route.path {
        return StatusCode::NOT_FOUND;
    }
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    if !route.knows(request.headers()) {
        route.warns();
        route.monitor.refused_post("secret");
        return StatusCode::UNAUTHORIZED;
    }
    let body = match tokio::time::timeout(LIMIT, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            tracing::warn!("a post that is too large is refused");
            route.monitor.refused_post("size");
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        Ok(Err(_)) | Err(_) => {
            route.monitor.refused_post("body");
            return StatusCode::BAD_REQUEST;
        }
    };
    let Some(update) = bot::parse_update(&body) else {
        tracing::warn!("a post that is no update is refused");
        route.monitor.refused_post("body");
        return StatusCode::BAD_REQUEST;
    };
    let (taken, answer) = oneshot::channel();
    let stored = async {
        route.updates.send(Delivered { update, taken }).await.ok()?;
        answer.await.ok()
    };
    match tokio::time::timeout(LIMIT, stored).await {
        Ok(Some(pass)) => acknowledged(pass),
        Ok(None) | Err(_) => {
            route.monitor.refused_post("storage");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Telegram forgets the update.
fn acknowledged(_: Pass) -> StatusCode {
    StatusCode::OK
}

impl Route {
    fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(SECRET).map_or(&[] as &[u8], |shown| shown.as_bytes());
        bool::from(shown.ct_eq(self.secret.expose_secret().as_bytes()))
    }

    fn warns(&self) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() > QUIET) {
            *warned = Some(Instant::now());
            tracing::warn!("posts without our secret come to the webhook: they are refused");
        }
    }
}
