//! Stand-ins of both directories of organisations: Invoicebox's counterparties, at the address
//! of its other stand-in, and DaData's `findById/party`. As strict as the providers; what they
//! know is in `organisations`.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::reply::{Reply, Scripted, play};
use super::services::Directory;
use super::{check, organisations};

/// A question that arrived whole.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The ИНН asked about, if there was one.
    pub inn: Option<String>,
    /// How it differs from the documented one.
    pub violation: Option<String>,
}

/// One directory. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub struct DirectoryStandIn(Arc<Desk>);

#[derive(Debug)]
struct Desk {
    directory: Directory,
    book: Mutex<Book>,
    arrived: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Book {
    asked: Vec<Asked>,
    script: VecDeque<Scripted>,
}

impl DirectoryStandIn {
    pub(super) fn new(directory: Directory) -> Self {
        let arrived = watch::Sender::new(0);
        Self(Arc::new(Desk { directory, book: Mutex::default(), arrived }))
    }

    /// Every question so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.book().asked.clone()
    }

    /// Waits until this many questions have arrived since the start.
    pub async fn wait_asked(&self, count: usize) {
        let mut arrived = self.0.arrived.subscribe();
        // The sender lives as long as `self`.
        let _ = arrived.wait_for(|arrived| *arrived >= count).await;
    }

    /// How questions differed from the documented one.
    pub fn violations(&self) -> Vec<String> {
        self.book().asked.iter().filter_map(|asked| asked.violation.clone()).collect()
    }

    /// The next question gets this answer; several are given in turn. [`Scripted::Accept`] is
    /// the documented one.
    pub fn answers_next(&self, scripted: Scripted) {
        self.book().script.push_back(scripted);
    }

    /// The answer that refuses the key. DaData quotes it, and says the same when the quota of the
    /// day is used up.
    pub fn key_refused(&self, key: &str) -> Reply {
        let directory = self.0.directory;
        match directory {
            Directory::Invoicebox => error(directory, 401, "", "unauthorized", "Unauthorized"),
            Directory::DaData => {
                let help = "See https://dadata.userecho.com/topics/1834 for help.";
                let says = format!("Feature 'SUGGESTIONS' disabled for token '{key}'. {help}");
                error(directory, 403, "Forbidden", "", &says)
            }
        }
    }

    /// The answer to too many questions.
    pub fn too_many(&self) -> Reply {
        error(self.0.directory, 429, "Too Many Requests", "", "Too many requests")
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic in a test that holds the book leaves nothing half done in it.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the question down and decides its answer; the ИНН is for the documented one.
    fn take(&self, inn: Option<&str>, violation: Option<String>) -> Scripted {
        let mut book = self.book();
        let scripted = match &violation {
            Some(violation) => Scripted::Answer(refused(self.0.directory, violation)),
            None => match book.script.pop_front() {
                Some(scripted) => scripted,
                None if inn == Some(organisations::SLOW) => Scripted::Hang,
                None if inn == Some(organisations::DOWN) => {
                    Scripted::Answer(failed(self.0.directory))
                }
                None => Scripted::Accept,
            },
        };
        book.asked.push(Asked { inn: inn.map(str::to_owned), violation });
        self.0.arrived.send_replace(book.asked.len());
        scripted
    }
}

/// Answers whatever is asked of the directory.
pub(super) async fn answer(
    State(directory): State<DirectoryStandIn>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let of = directory.0.directory;
    let asked = check::question(of, &method, &uri, &headers, &body);
    let inn = asked.as_ref().ok().cloned();
    let scripted = directory.take(inn.as_deref(), asked.err());
    play(scripted, || organisations::known(of, &inn.unwrap_or_default())).await
}

/// The question is not the documented one.
fn refused(directory: Directory, violation: &str) -> Reply {
    error(directory, 400, "Bad Request", "validation", violation)
}

/// It cannot answer.
fn failed(directory: Directory) -> Reply {
    error(directory, 500, "Internal Server Error", "", "Internal Server Error")
}

fn error(directory: Directory, status: u16, reason: &str, code: &str, message: &str) -> Reply {
    let body: Value = match directory {
        Directory::Invoicebox => json!({"error": {"message": message, "code": code}}),
        Directory::DaData => {
            json!({"family": "CLIENT_ERROR", "reason": reason, "message": message})
        }
    };
    Reply::json(status, &body)
}

/// DaData, played on a loopback port. Clones are handles of the same one; it ends with the last
/// of them.
#[derive(Clone, Debug)]
pub struct DaDataStandIn {
    address: SocketAddr,
    directory: DirectoryStandIn,
    _server: Arc<JoinSet<()>>,
}

impl DaDataStandIn {
    /// Starts on a free port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let directory = DirectoryStandIn::new(Directory::DaData);
        let router = Router::new().fallback(answer).with_state(directory.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            // It only ends with its task: errors of accepting are waited out inside.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, directory, _server: Arc::new(server) })
    }

    /// What `DADATA_API_URL` names.
    pub fn url(&self) -> Url {
        #[expect(clippy::expect_used, reason = "a socket address in a URL is a URL")]
        format!("http://{}", self.address).parse().expect("a socket address is a host")
    }

    /// What it is asked, and what it answers.
    pub fn directory(&self) -> &DirectoryStandIn {
        &self.directory
    }
}
