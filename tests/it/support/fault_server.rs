//! A server that misbehaves on purpose, and knows whether it had read the whole request first.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto, pki_types::PrivateKeyDer};

/// What the server does with a connection.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Closes it at once.
    Close,
    /// Reads the head of the request and closes.
    ReadHeadThenClose,
    /// Reads everything and closes.
    ReadThenClose,
    /// Reads everything and resets the connection.
    ReadThenReset,
    /// Reads everything and says nothing.
    ReadThenHang,
    /// Reads nothing and says nothing.
    NeverRead,
    /// Reads everything, writes these bytes and closes.
    Answer(Vec<u8>),
    /// Writes these bytes without waiting for any, and closes when the client has.
    Unasked(Vec<u8>),
    /// Reads everything, writes these bytes and says no more.
    AnswerThenHang(Vec<u8>),
    /// Speaks TLS with a certificate that nobody vouches for; answers like `Answer`.
    UntrustedTls(Vec<u8>),
}

/// What the server saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub connections: usize,
    /// The whole requests, head and body.
    pub requests: Vec<Vec<u8>>,
}

/// It ends when it is dropped.
pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        if matches!(behaviour, Behaviour::UntrustedTls(_)) {
            // A key takes time to make, which is not to be taken from a call.
            LazyLock::force(&UNTRUSTED);
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, behaviour, seen.clone()));
        Self { port, seen, _tasks: tasks }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, behaviour: Behaviour, seen: Arc<Mutex<Seen>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        seen.lock().unwrap().connections += 1;
        connections.spawn(behave(stream, behaviour.clone(), seen.clone()));
    }
}

async fn behave(mut stream: TcpStream, behaviour: Behaviour, seen: Arc<Mutex<Seen>>) {
    let note = |request: Option<Vec<u8>>| seen.lock().unwrap().requests.extend(request);
    match behaviour {
        Behaviour::Close => {}
        Behaviour::ReadHeadThenClose => {
            read_head(&mut stream).await;
        }
        Behaviour::ReadThenClose => note(read_request(&mut stream).await),
        Behaviour::ReadThenReset => {
            note(read_request(&mut stream).await);
            stream.set_zero_linger().unwrap();
        }
        Behaviour::ReadThenHang => {
            note(read_request(&mut stream).await);
            std::future::pending::<()>().await;
        }
        Behaviour::NeverRead => std::future::pending().await,
        Behaviour::Answer(answer) => {
            note(read_request(&mut stream).await);
            let _ = stream.write_all(&answer).await;
        }
        Behaviour::Unasked(answer) => {
            let _ = stream.write_all(&answer).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        Behaviour::AnswerThenHang(answer) => {
            note(read_request(&mut stream).await);
            let _ = stream.write_all(&answer).await;
            std::future::pending::<()>().await;
        }
        Behaviour::UntrustedTls(answer) => {
            if let Ok(mut stream) = UNTRUSTED.accept(stream).await {
                note(read_request(&mut stream).await);
                let _ = stream.write_all(&answer).await;
            }
        }
    }
}

/// The head and what came with it, as far as the empty line; `None` when the client left first.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(head)
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut request = read_head(stream).await?;
    let head = String::from_utf8(request.clone()).ok()?.to_lowercase();
    // A question without a body has no length either.
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap_or("0").parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    request.extend(body);
    Some(request)
}

static UNTRUSTED: LazyLock<TlsAcceptor> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
});

/// A port on this machine that swallows every attempt to connect: its queue is full and nobody
/// takes from it. What fills it must be kept.
pub async fn black_hole() -> (u16, Vec<TcpStream>, TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    loop {
        let connect = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connect).await {
            Ok(stream) => waiting.push(stream.unwrap()),
            Err(_) => return (address.port(), waiting, listener),
        }
        assert!(waiting.len() < 100, "the queue of a listener does not fill up here");
    }
}

/// A port at which nobody listens, and nobody will: another test may not get it meanwhile.
pub fn closed_port() -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    std::mem::forget(socket);
    port
}

/// A port that was free a moment ago.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// The bytes of an answer.
pub fn http(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}
