//! Hands updates over by webhook: one at a time, in their order, each again until it is taken.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::message::now;
use super::queue::{HookFault, Webhook};
use super::world::World;

/// The real server waits longer and longer.
const AGAIN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);

/// Never ends.
pub(super) async fn post_updates(world: Arc<World>) {
    let mut versions = world.version.subscribe();
    loop {
        versions.mark_unchanged();
        let next = world.state().queue.next_post();
        let Some((webhook, update, fault)) = next else {
            if versions.changed().await.is_err() {
                return;
            }
            continue;
        };
        let answer = match timeout(PATIENCE, post(&webhook, &update, fault)).await {
            Ok(answer) => answer.map_err(|error| words(&error)),
            Err(_) => Err("Connection timed out".to_owned()),
        };
        let why = match answer {
            Ok(status) if status.starts_with('2') => None,
            Ok(status) => Some(format!("Wrong response from the webhook: {status}")),
            Err(why) => Some(why),
        };
        let failed = why.is_some();
        world.change(|state| match why {
            None => state.queue.posted(&update),
            Some(why) => state.queue.not_posted(&webhook, now(), why),
        });
        if failed {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Status and reason of the answer.
async fn post(webhook: &Webhook, update: &str, fault: Option<HookFault>) -> io::Result<String> {
    let url = Url::parse(&webhook.url).map_err(io::Error::other)?;
    let (Some(host), Some(port), "http") =
        (url.host_str(), url.port_or_known_default(), url.scheme())
    else {
        return Err(io::ErrorKind::ConnectionRefused.into());
    };
    let mut line = TcpStream::connect((host, port)).await?;
    let (path, secret) = (url.path(), webhook.secret.as_deref());
    let secret = secret.map(|it| format!("X-Telegram-Bot-Api-Secret-Token: {it}\r\n"));
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{update}",
        secret.unwrap_or_default(),
        update.len(),
    );
    line.write_all(request.as_bytes()).await?;
    if fault == Some(HookFault::HangUp) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).await?;
    if fault == Some(HookFault::AnswerLost) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
    status.map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "Connection refused",
        _ => "Connection reset by peer",
    }
    .to_owned()
}
