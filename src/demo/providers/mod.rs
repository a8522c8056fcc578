//! Stand-ins of Invoicebox, СБИС and DaData on this machine, for the demo and for stories told
//! in tests. They check strictly that a request is the documented one; they send no letters.
//!
//! What is documented is written down here a second time, on purpose: a stand-in that shared
//! its names with the client could not notice a misspelt one.

mod answers;
mod check;
mod directory;
mod organisations;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

pub use self::directory::{Asked, DaDataStandIn, DirectoryStandIn, key_refused, too_many};
pub use self::organisations::ORGANISATIONS;
use crate::domain::{Provider, Source};

/// Addresses whose invitations end in a fixed way, and how, for people. Every other address is
/// accepted.
pub const OUTCOMES: [(&str, &str); 7] = [
    ("accepted@demo.test", "принято"),
    ("refused@demo.test", "отказ: сервис считает данные неверными"),
    ("client@demo.test", "СБИС: уже клиент; Invoicebox: отказ, адрес уже зарегистрирован"),
    ("slow@demo.test", "неизвестно: сервис прочитал запрос и не ответил"),
    ("throttled@demo.test", "сервис просит подождать; бот ждёт и отправляет сам: принято"),
    ("key@demo.test", "сервис не принимает ключ: пауза, Олег нажимает «Возобновить», принято"),
    ("unreachable@demo.test", "нет связи: не отправлено; «Попробовать ещё раз» — принято"),
];

/// The local part of the address for which there is no connection. A server cannot know the
/// address before there is one: who plays this outcome calls [`ProviderStandIn::go_down`].
pub const UNREACHABLE: &str = "unreachable";

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
    fn name(&self) -> String {
        match self {
            Self::Answer(reply) => format!("scripted {}", reply.status),
            Self::Accept => "scripted accept".to_owned(),
            Self::AcceptAfter(_) => "scripted accept after a time".to_owned(),
            Self::Hang => "scripted hang".to_owned(),
            Self::Close => "scripted close".to_owned(),
        }
    }
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
    provider: Provider,
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
    /// Starts on a free port.
    pub async fn start(provider: Provider) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let desk = Desk {
            provider,
            book: Mutex::default(),
            held: watch::Sender::new(false),
            arrived: watch::Sender::new(0),
        };
        let stand_in = Self {
            address: listener.local_addr()?,
            desk: Arc::new(desk),
            directory: (provider == Provider::Invoicebox)
                .then(|| DirectoryStandIn::new(Source::Invoicebox)),
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
        }
        self.server.lock().await.spawn(async move {
            // It only ends with its task: errors of accepting are waited out inside.
            let _ = axum::serve(listener, router).await;
        });
    }

    /// What the settings of the provider name: the base URL for Invoicebox, the full one for
    /// СБИС.
    pub fn url(&self) -> Url {
        let path = match self.desk.provider {
            Provider::Invoicebox => "",
            Provider::Sbis => "reg/service/",
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
        let checked = check::request(self.provider, method, uri, headers, raw);
        let text = |pointer| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (email, inn) = match self.provider {
            Provider::Invoicebox => (text("/identifier"), None),
            Provider::Sbis => {
                (text("/params/Реквизиты/d/MailПолуч"), text("/params/Реквизиты/d/ИННПолуч"))
            }
        };
        let mut book = self.book();
        let (answer, scripted) = match checked {
            Err(violation) => {
                book.violations.push(violation.clone());
                (
                    "violation".to_owned(),
                    Scripted::Answer(answers::violation(self.provider, &violation)),
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

    /// The fixed outcome of an address, [`OUTCOMES`].
    fn outcome(&self, book: &mut Book, email: &str) -> (String, Scripted) {
        let name = email.strip_suffix("@demo.test").unwrap_or_default();
        let first = book.met.insert(email.to_owned());
        let reply = match (name, first) {
            ("slow", _) => return (name.to_owned(), Scripted::Hang),
            ("refused", _) => answers::refused(self.provider),
            ("client", _) => answers::client(self.provider),
            ("throttled", true) => answers::throttled(self.provider),
            ("key", true) => answers::key(self.provider),
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
    play(scripted, || answers::accepted(desk.provider)).await
}

/// Gives the answer; `accepted` makes the documented success.
async fn play(scripted: Scripted, accepted: impl FnOnce() -> Reply) -> Response {
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
