//! A provider of the campaign: a small HTTP server that writes down every request it has read to
//! its last byte *before* it does anything else with it, and can misbehave on the wire in ways
//! that an HTTP library would not let it. What a request must look like is held elsewhere, by the
//! contract tests.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use invite_bot::domain::Provider;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::behaviour::{ACCEPT, Act, Behaviour, DRIP, Meaning};
use crate::logs::Request;

/// Where Invoicebox is asked about organisations, which invites nobody and is not written down.
/// It knows none, so that everything is typed.
pub const DIRECTORY: &str = "/v3/filter/api/counterparty-detail";

/// What befalls a connection before its request is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Fair,
    /// It is closed at once.
    Closes,
    /// It is reset at once.
    Resets,
    /// It is closed after the headers were read.
    ClosesHalfway,
    /// Nothing is read, ever.
    Deaf,
}

impl Weather {
    /// All bad weathers.
    pub const BAD: [Self; 4] = [Self::Closes, Self::Resets, Self::ClosesHalfway, Self::Deaf];
}

/// One provider. Clones are handles of the same one.
#[derive(Clone)]
pub struct FarEnd {
    provider: Provider,
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    server: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

struct Book {
    received: Vec<Request>,
    /// What is done with the requests for an address, one after the other; then they are
    /// accepted.
    plans: HashMap<String, VecDeque<Behaviour>>,
    weather: Weather,
}

impl FarEnd {
    /// Starts on a free port.
    pub async fn start(provider: Provider) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let book = Book { received: Vec::new(), plans: HashMap::new(), weather: Weather::Fair };
        let far_end = Self {
            provider,
            address: listener.local_addr()?,
            book: Arc::new(Mutex::new(book)),
            server: Arc::default(),
        };
        far_end.serve(listener).await;
        Ok(far_end)
    }

    /// What the setting of the provider names.
    pub fn url(&self) -> String {
        match self.provider {
            Provider::Invoicebox => format!("http://{}", self.address),
            Provider::Sbis => format!("http://{}/reg/service/", self.address),
        }
    }

    /// Every connection that brought something, oldest first.
    pub fn received(&self) -> Vec<Request> {
        self.book().received.clone()
    }

    /// Whether a whole request for this address arrived.
    pub fn has(&self, email: &str) -> bool {
        self.book().received.iter().any(|request| request.complete && request.email == email)
    }

    /// What will be done with the next requests for this address.
    pub fn plan(&self, email: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.book().plans.entry(email.to_lowercase()).or_default().extend(behaviours);
    }

    /// From now on every request is accepted.
    pub fn heal(&self) {
        let mut book = self.book();
        book.plans.clear();
        book.weather = Weather::Fair;
    }

    /// What befalls connections from now on.
    pub fn weather(&self, weather: Weather) {
        self.book().weather = weather;
    }

    /// From now on connections are refused, and those that were made are cut.
    pub async fn go_down(&self) {
        self.server.lock().await.shutdown().await;
    }

    /// Listens again, at the same port.
    pub async fn come_up(&self) -> io::Result<()> {
        if !self.server.lock().await.is_empty() {
            return Ok(());
        }
        // A process that is just being started holds the old socket for a moment.
        for _ in 0..100 {
            if let Ok(listener) = TcpListener::bind(self.address).await {
                self.serve(listener).await;
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    async fn serve(&self, listener: TcpListener) {
        let this = self.clone();
        let mut lines = JoinSet::new();
        self.server.lock().await.spawn(async move {
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    let this = this.clone();
                    lines.spawn(async move { drop(this.talk(stream).await) });
                }
                while lines.try_join_next().is_some() {}
            }
        });
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        let weather = self.book().weather;
        if weather != Weather::Fair {
            self.write_down(weather);
        }
        match weather {
            Weather::Fair => {}
            Weather::Closes => return Ok(()),
            Weather::Resets => return stream.set_zero_linger(),
            Weather::Deaf => return std::future::pending().await,
            Weather::ClosesHalfway => {
                let mut some = [0; 64];
                let _some = stream.read(&mut some).await?;
                return Ok(());
            }
        }
        let Some((path, body)) = read(&mut stream).await? else { return Ok(()) };
        if path.starts_with(DIRECTORY) {
            let nobody = http(200, "application/json", "", r#"{"data":[]}"#, 0);
            stream.write_all(&nobody).await?;
            return stream.shutdown().await;
        }
        let (act, reference) = self.take(&path, &body);
        self.answer(stream, act, &reference).await
    }

    /// Writes a connection down that brought no whole request.
    fn write_down(&self, weather: Weather) {
        self.book().received.push(Request {
            at: Timestamp::now().as_millisecond(),
            provider: self.provider,
            path: String::new(),
            complete: false,
            email: String::new(),
            guid: None,
            sha256: Vec::new(),
            behaviour: format!("{weather:?}"),
            means: Meaning::Unknown,
            reference: None,
        });
    }

    /// Writes a whole request down and decides what is done with it.
    fn take(&self, path: &str, body: &[u8]) -> (Act, String) {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |pointer| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (email, guid) = match self.provider {
            Provider::Invoicebox => (text("/identifier"), None),
            Provider::Sbis => {
                (text("/params/Реквизиты/d/MailПолуч"), text("/params/Реквизиты/d/GUID"))
            }
        };
        let email = email.unwrap_or_default();
        let mut book = self.book();
        let planned = book.plans.get_mut(&email.to_lowercase()).and_then(VecDeque::pop_front);
        let it = planned.unwrap_or(ACCEPT);
        let (act, name, means) = (it.act, it.name, it.means(self.provider));
        let reference = Uuid::new_v4().to_string();
        let says_so = self.provider == Provider::Invoicebox && matches!(act, Act::AcceptAfter(_));
        book.received.push(Request {
            at: Timestamp::now().as_millisecond(),
            provider: self.provider,
            path: path.to_owned(),
            complete: true,
            email,
            guid,
            sha256: Sha256::digest(body).to_vec(),
            behaviour: name.to_owned(),
            means,
            reference: says_so.then(|| reference.clone()),
        });
        (act, reference)
    }

    async fn answer(&self, mut stream: TcpStream, act: Act, reference: &str) -> io::Result<()> {
        let success = match self.provider {
            Provider::Invoicebox => format!(r#"{{"data":{{"id":"{reference}"}}}}"#),
            Provider::Sbis => r#"{"jsonrpc":"2.0","result":false,"id":0,"protocol":2}"#.to_owned(),
        };
        let success = http(200, "application/json", "", &success, 0);
        match act {
            Act::Answer(status, kind, body) => {
                let when = if body.is_empty() { "" } else { "retry-after: 1\r\n" };
                stream.write_all(&http(status, kind, when, body, 0)).await?;
            }
            Act::AcceptAfter(time) => {
                tokio::time::sleep(time).await;
                stream.write_all(&success).await?;
            }
            Act::Hang => return std::future::pending().await,
            Act::Close => return Ok(()),
            Act::Reset => return stream.set_zero_linger(),
            Act::HalfAHead => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await?,
            Act::Nonsense => stream.write_all(b"220 mail.campaign.test ESMTP\r\n").await?,
            Act::Truncated => {
                let cut =
                    http(200, "application/json", "", r#"{"data":{"id":"7"},"result":false"#, 9);
                stream.write_all(&cut).await?;
            }
            Act::Huge => {
                let body = format!(
                    r#"{{"data":{{"id":"7"}},"result":false,"x":"{}"}}"#,
                    "x".repeat(100_000)
                );
                stream.write_all(&http(200, "application/json", "", &body, 0)).await?;
            }
            Act::Drip => {
                for byte in success.chunks(1).take(DRIP.1 as usize) {
                    stream.write_all(byte).await?;
                    tokio::time::sleep(DRIP.0).await;
                }
            }
            Act::Redirect(status) => {
                let to = format!("location: http://{}/elsewhere\r\n", self.address);
                stream.write_all(&http(status, "text/html", &to, "", 0)).await?;
            }
        }
        stream.shutdown().await
    }
}

/// An answer of HTTP, which promises `more` bytes than it has.
fn http(status: u16, kind: &str, headers: &str, body: &str, more: usize) -> Vec<u8> {
    let length = body.len() + more;
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// The path and the body of a request, or nothing if it breaks off.
async fn read(stream: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = whole(&bytes) {
            return Ok(Some(request));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(bytes);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    // The head is ASCII, so that its length is the same in bytes.
    let body = bytes.get(head.len() + 4..)?;
    (body.len() >= length.unwrap_or(0)).then(|| (path, body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_only_when_its_last_byte_is_there() {
        let request = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(whole(request), Some(("/a".to_owned(), b"abc".to_vec())));
        for end in 0..request.len() {
            assert_eq!(whole(&request[..end]), None, "{end}");
        }
    }
}
