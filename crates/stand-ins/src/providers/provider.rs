//! One provider on a loopback port: what it receives, and which answer it gives.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::Response;
use axum::routing::any;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::directory::{self, DirectoryStandIn};
use super::reply::{Scripted, play};
use super::services::{Directory, Service};
use super::{answers, check};

/// What a key is that is known.
const USER: &str = r#"{"data":{"userId":"01771533-0000-0000-0000-000000000000","profile":null,"accessToken":null},"extendedData":[]}"#;

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Received {
    /// When it had arrived.
    pub at: Timestamp,
    /// `POST`, if all is well.
    pub method: String,
    /// The path of the URL.
    pub path: String,
    /// Headers by their names in lower case; of the key only that there is one.
    pub headers: BTreeMap<String, String>,
    /// The body; `null` if it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub raw: Vec<u8>,
    /// What was decided on arrival: `accepted`, `refused`, `client`, `slow`, `throttled`, `key`,
    /// `violation`, or `scripted` and what.
    pub answer: String,
    /// The address invited.
    pub email: Option<String>,
    /// The ИНН invited; СБИС only.
    pub inn: Option<String>,
}

/// One provider, played on a loopback port. Clones are handles of the same one; it ends with
/// the last of them.
#[derive(Clone, Debug)]
pub struct ProviderStandIn {
    address: SocketAddr,
    desk: Arc<Desk>,
    /// Invoicebox has one, at the same address.
    directory: Option<DirectoryStandIn>,
    server: Arc<tokio::sync::Mutex<JoinSet<()>>>,
    /// Keeps the port from others while nobody listens there.
    kept: Arc<Mutex<Option<TcpSocket>>>,
}

#[derive(Debug)]
struct Desk {
    service: Service,
    book: Mutex<Book>,
    held: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Book {
    received: Vec<Received>,
    violations: Vec<String>,
    script: VecDeque<Scripted>,
    /// Addresses that met their first answer already.
    met: HashSet<String>,
}

impl ProviderStandIn {
    /// Starts Invoicebox on a free port.
    pub async fn invoicebox() -> io::Result<Self> {
        Self::start(Service::Invoicebox).await
    }

    /// Starts СБИС on a free port.
    pub async fn sbis() -> io::Result<Self> {
        Self::start(Service::Sbis).await
    }

    async fn start(service: Service) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let desk = Desk {
            service,
            book: Mutex::default(),
            held: watch::Sender::new(false),
            arrived: watch::Sender::new(0),
        };
        let stand_in = Self {
            address: listener.local_addr()?,
            desk: Arc::new(desk),
            directory: (service == Service::Invoicebox)
                .then(|| DirectoryStandIn::new(Directory::Invoicebox)),
            server: Arc::default(),
            kept: Arc::default(),
        };
        stand_in.serve(listener).await;
        Ok(stand_in)
    }

    async fn serve(&self, listener: TcpListener) {
        let mut router = Router::new().fallback(receive).with_state(self.desk.clone());
        if let Some(directory) = &self.directory {
            let answer = any(directory::answer).with_state(directory.clone());
            router = router.route("/v3/filter/api/counterparty-detail", answer);
            let user = || async { ([(header::CONTENT_TYPE, "application/json")], USER) };
            router = router.route("/v3/security/api/auth/auth", any(user));
        }
        self.server.lock().await.spawn(async move {
            // It only ends with its task: errors of accepting are waited out inside.
            let _ = axum::serve(listener, router).await;
        });
    }

    /// What the settings of the provider name: the base URL for Invoicebox, the full one for
    /// СБИС.
    pub fn url(&self) -> Url {
        let path = match self.desk.service {
            Service::Invoicebox => "",
            Service::Sbis => "reg/service/",
        };
        #[expect(clippy::expect_used, reason = "a socket address in a URL is a URL")]
        format!("http://{}/{path}", self.address).parse().expect("a socket address is a host")
    }

    /// The directory of organisations of Invoicebox; СБИС has none that is asked.
    pub fn directory(&self) -> Option<&DirectoryStandIn> {
        self.directory.as_ref()
    }

    /// Every request so far, without the questions to the directory.
    pub fn received(&self) -> Vec<Received> {
        self.desk.book().received.clone()
    }

    /// Waits until this many requests have arrived since the start.
    pub async fn wait_received(&self, count: usize) {
        let mut arrived = self.desk.arrived.subscribe();
        // The sender lives as long as `self`.
        let _ = arrived.wait_for(|arrived| *arrived >= count).await;
    }

    /// How requests differed from the documented one.
    pub fn violations(&self) -> Vec<String> {
        self.desk.book().violations.clone()
    }

    /// The next request gets this answer; several are given in turn.
    pub fn answers_next(&self, scripted: Scripted) {
        self.desk.book().script.push_back(scripted);
    }

    /// From now on requests are read and wait for their answers.
    pub fn hold(&self) {
        self.desk.held.send_replace(true);
    }

    /// Those that wait are answered, and later ones no longer wait.
    pub fn release(&self) {
        self.desk.held.send_replace(false);
    }

    /// From now on connections are refused. A request that has arrived is still answered.
    pub async fn go_down(&self) {
        self.server.lock().await.shutdown().await;
        // A socket that is bound and does not listen refuses, and no other program gets the port.
        let kept = TcpSocket::new_v4().and_then(|socket| {
            socket.set_reuseaddr(true)?;
            socket.bind(self.address)?;
            Ok(socket)
        });
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept.ok();
    }

    /// Listens again, at the same port. An error if another program has taken it.
    pub async fn come_up(&self) -> io::Result<()> {
        self.server.lock().await.shutdown().await;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        let listener = match kept {
            Some(socket) => socket.listen(1024)?,
            None => TcpListener::bind(self.address).await?,
        };
        self.serve(listener).await;
        Ok(())
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic in a test that holds the book leaves nothing half done in it.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the request down and decides its answer.
    fn take(&self, method: &Method, uri: &Uri, headers: &HeaderMap, raw: &[u8]) -> Scripted {
        let body: Value = serde_json::from_slice(raw).unwrap_or_default();
        let checked = check::request(self.service, method, uri, headers, raw);
        let text = |pointer| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (email, inn) = match self.service {
            Service::Invoicebox => (text("/identifier"), None),
            Service::Sbis => {
                (text("/params/Реквизиты/d/MailПолуч"), text("/params/Реквизиты/d/ИННПолуч"))
            }
        };
        let mut book = self.book();
        let (answer, scripted) = match checked {
            Err(violation) => {
                book.violations.push(violation.clone());
                (
                    "violation".to_owned(),
                    Scripted::Answer(answers::violation(self.service, &violation)),
                )
            }
            Ok(()) => match book.script.pop_front() {
                Some(scripted) => (scripted.name(), scripted),
                None => self.outcome(&mut book, email.as_deref().unwrap_or_default()),
            },
        };
        book.received.push(Received {
            at: Timestamp::now(),
            method: method.to_string(),
            path: uri.path().to_owned(),
            headers: readable(headers),
            body,
            raw: raw.to_vec(),
            answer,
            email,
            inn,
        });
        self.arrived.send_replace(book.received.len());
        scripted
    }

    /// The fixed outcome of an address at `demo.test`; every other one is accepted. One to which
    /// there is no connection cannot be among them: see [`ProviderStandIn::go_down`].
    fn outcome(&self, book: &mut Book, email: &str) -> (String, Scripted) {
        let name = email.strip_suffix("@demo.test").unwrap_or_default();
        let first = book.met.insert(email.to_owned());
        let reply = match (name, first) {
            ("slow", _) => return (name.to_owned(), Scripted::Hang),
            ("refused", _) => answers::refused(self.service),
            ("client", _) => answers::client(self.service),
            ("throttled", true) => answers::throttled(self.service),
            ("key", true) => answers::key(self.service),
            _ => return ("accepted".to_owned(), Scripted::Accept),
        };
        (name.to_owned(), Scripted::Answer(reply))
    }
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut held = desk.held.subscribe();
    let scripted = desk.take(&method, &uri, &headers, &body);
    // The sender lives as long as `desk`.
    let _ = held.wait_for(|held| !held).await;
    play(scripted, || answers::accepted(desk.service)).await
}

fn readable(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = match *name {
            header::AUTHORIZATION => "***".to_owned(),
            _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        (name.to_string(), value)
    };
    headers.iter().map(text).collect()
}
