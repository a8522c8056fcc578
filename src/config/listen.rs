//! Where the bot itself listens: to whoever watches it, and to Telegram.

use std::net::SocketAddr;

use super::reader::Reader;
use crate::bot::Webhook;

/// To no others Telegram posts (Bot API, `setWebhook`).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// `/metrics` says how busy the office is: that is nobody else's business.
pub(super) fn monitor(read: &mut Reader<'_>) -> Option<SocketAddr> {
    address(read, "MONITOR_LISTEN", "127.0.0.1:9102", "MONITOR_ALLOW_REMOTE")
}

pub(super) fn webhook(read: &mut Reader<'_>) -> Option<Webhook> {
    const NAME: &str = "WEBHOOK_URL";
    let url = read.url(NAME);
    if let Some(url) = &url
        && !read.is_set("TELOXIDE_API_URL")
    {
        let port = url.port_or_known_default().unwrap_or_default();
        if url.scheme() != "https" {
            read.mistake(NAME, "Telegram не дойдёт до этого компьютера; нужен адрес https://");
        } else if !PORTS.contains(&port) {
            let ports = "Telegram ходит только на порты 443, 80, 88 и 8443";
            read.mistake(NAME, format_args!("порт {port}; {ports}"));
        }
    }
    let listen = address(read, "WEBHOOK_LISTEN", "127.0.0.1:8081", "WEBHOOK_ALLOW_REMOTE");
    for (this, other) in [(NAME, "WEBHOOK_LISTEN"), ("WEBHOOK_LISTEN", NAME)] {
        if !read.is_set(this) && read.is_set(other) {
            read.mistake(this, format_args!("не задан, а {other} задан; нужны оба"));
        }
    }
    Some(Webhook { url: url?, listen: listen? })
}

/// Off this machine only where that is said.
fn address(
    read: &mut Reader<'_>,
    name: &str,
    example: &str,
    may_be_remote: &str,
) -> Option<SocketAddr> {
    let address = read.parsed(name, |text| {
        text.parse::<SocketAddr>().map_err(|_| format!("адрес и порт, например {example}"))
    });
    let is_allowed = read.parsed(may_be_remote, |text| {
        text.parse::<bool>().map_err(|_| "true или false".to_owned())
    });
    let address = address?;
    if !address.ip().is_loopback() && is_allowed == Some(false) {
        read.mistake(
            name,
            format_args!(
                "адрес доступен не только с этого компьютера; так можно только с {may_be_remote}=true"
            ),
        );
    }
    Some(address)
}
