//! The bot as others watch it: a program that collects figures, a container, systemd.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use prometheus_parse::{Scrape, Value};
use reqwest::{Client, Response};

use crate::support::fault_server::free_port;
use crate::support::house::House;
use crate::support::wait::{PATIENCE, until};

async fn asks(port: u16, path: &str) -> Option<Response> {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    client.get(format!("http://127.0.0.1:{port}{path}")).send().await.ok()
}

async fn is_well(port: u16, path: &str) -> bool {
    asks(port, path).await.is_some_and(|answer| answer.status().is_success())
}

fn value(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> f64 {
    let sample = scrape.samples.iter().find(|sample| {
        let has = |(label, value): &(&str, &str)| sample.labels.get(label) == Some(*value);
        sample.metric == format!("invite_bot_{name}") && labels.iter().all(has)
    });
    match sample.unwrap_or_else(|| panic!("{name} {labels:?}: {:?}", scrape.samples)).value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => value,
        ref other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn figures_health_and_readiness_are_there_for_whoever_may_ask() {
    let mut house = House::new().await;
    let port = free_port().await;
    let address = format!("127.0.0.1:{port}");
    let settings = [("MONITOR_LISTEN", address.as_str())];
    house.telegram.says(&house.anna, "/start");
    house.starts_by(&[], &settings);
    house.invites("first@mail.ru").await;
    house.is_settled().await;

    assert!(until(async || is_well(port, "/health").await).await, "{}", house.log());
    assert!(until(async || is_well(port, "/ready").await).await);
    let answer = asks(port, "/metrics").await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for personal in ["first@mail.ru", "mail.ru", "Анна", &house.anna.id.to_string()] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    let scrape = Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap();
    let accepted = [("provider", "invoicebox"), ("outcome", "accepted")];
    assert_eq!(value(&scrape, "invitations_total", &accepted), 1.0);
    assert_eq!(value(&scrape, "queue_depth", &[]), 0.0);
    assert_eq!(value(&scrape, "unknown_open", &[]), 0.0);
    assert_eq!(value(&scrape, "panics_total", &[]), 0.0);
    assert!(value(&scrape, "last_poll_timestamp_seconds", &[]) > 1.7e9);
    assert!(value(&scrape, "last_commit_timestamp_seconds", &[]) > 1.7e9);
    assert!(text.contains(r#"telegram_seconds_count{method="SendMessage"}"#), "{text}");

    let asked = house.command(&[], &["healthcheck"]).envs(settings).output().unwrap();
    assert_eq!((asked.status.code(), asked.stdout), (Some(0), "бот здоров\n".as_bytes().to_vec()));
    house.is_killed();
    let asked = house.command(&[], &["healthcheck"]).envs(settings).output().unwrap();
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(String::from_utf8(asked.stderr).unwrap(), "бот не отвечает\n");
    let unset = house.command(&[], &["healthcheck"]).output().unwrap();
    assert_eq!(unset.status.code(), Some(78));
}

#[tokio::test]
async fn an_address_that_is_taken_is_said_so() {
    let house = House::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = house.command(&[], &["run"]);
    let ended = command.env("MONITOR_LISTEN", &address).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(78), "{said}");
    assert!(said.contains(&format!("MONITOR_LISTEN: {address} не открывается")), "{said}");
}

struct Systemd(UnixDatagram);

impl Systemd {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self(socket)
    }

    /// Waits until it is told this.
    async fn hears(&self, words: &str) {
        let mut heard = Vec::new();
        let came = until(async || {
            heard.extend(self.has_heard());
            heard.iter().any(|it| it.lines().any(|line| line.starts_with(words)))
        });
        assert!(came.await, "not heard: {words}");
    }

    fn has_heard(&self) -> Vec<String> {
        let next = || {
            let mut bytes = [0; 1024];
            let read = self.0.recv(&mut bytes).ok()?;
            Some(String::from_utf8_lossy(&bytes[..read]).into_owned())
        };
        std::iter::from_fn(next).collect()
    }
}

#[tokio::test]
async fn systemd_is_told_when_it_is_ready_is_fed_and_told_of_the_stop() {
    let mut house = House::new().await;
    let path = house.file(".notify");
    let systemd = Systemd::at(&path);
    house.telegram.goes_down().await;
    let socket = path.display().to_string();
    let settings = [("NOTIFY_SOCKET", socket.as_str()), ("WATCHDOG_USEC", "1000000")];
    house.starts_by(&[], &settings);
    systemd.hears("EXTEND_TIMEOUT_USEC=").await;
    // It is fed also while Telegram is out of reach.
    systemd.hears("WATCHDOG=1").await;
    assert!(!systemd.has_heard().iter().any(|it| it.contains("READY")), "not yet");

    house.telegram.comes_back().await.unwrap();
    systemd.hears("READY=1").await;
    house.telegram.goes_down().await;
    drop(systemd.has_heard());
    systemd.hears("WATCHDOG=1").await;
    house.bot().signals("-TERM");
    systemd.hears("STOPPING=1").await;
    assert_eq!(house.ends().await, Some(0), "{}", house.log());
}

#[test]
fn a_loop_that_goes_round_no_more_is_known() {
    use invite_bot::monitor::{Loop, Monitor};
    let (monitor, now) = (Monitor::default(), std::time::Instant::now());
    let later = now + Duration::from_secs(200);
    assert!(monitor.still(later).is_empty(), "none has begun");
    monitor.beats(Loop::Poll);
    monitor.beats(Loop::Outbox);
    assert!(monitor.still(now + Duration::from_secs(100)).is_empty(), "a quiet night");
    assert_eq!(monitor.still(later), [Loop::Poll, Loop::Outbox]);
}
