//! Somebody else's server between the bot and the world: a SOCKS proxy on loopback, good or bad.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use invite_bot::bot::Route;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Open,
    /// Ends every connection at once, also those that are there.
    Dead,
    /// Takes connections and says nothing.
    Silent,
    /// Wants another password.
    Password,
    /// Knows no way to log in that we know.
    OtherLogin,
    /// Answers what we ask for with this code (RFC 1928, 6).
    Refuses(u8),
    /// Ends what is silent for so long.
    CutsAfter(Duration),
    /// Takes polls and never answers them.
    SwallowsPolls,
    /// Answers everything with a page of its own.
    Page,
    /// Sends every request twice and brings the second answer.
    Repeats,
}

/// It ends when it is dropped.
pub struct Proxy {
    pub port: u16,
    way: watch::Sender<Way>,
    opened: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn start(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = watch::Sender::new(way);
        let opened = Arc::new(AtomicUsize::new(0));
        let (ways, count) = (way.clone(), opened.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (mut ways, count) = (ways.subscribe(), count.clone());
                connections.spawn(async move {
                    let way = *ways.borrow_and_update();
                    if way != Way::Dead {
                        let died = ways.wait_for(|way| *way == Way::Dead);
                        tokio::select! {
                            _ = serve(stream, way, &count) => {}
                            _ = died => {}
                        }
                    }
                });
            }
        });
        Self { port, way, opened, _tasks: tasks }
    }

    pub fn becomes(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How often a way to somewhere was opened.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    pub fn address(&self) -> String {
        format!("socks5h://anna:p%40s%25@127.0.0.1:{}", self.port)
    }

    pub fn route(&self) -> Route {
        Route::parse(&self.address()).unwrap()
    }
}

async fn serve(mut stream: TcpStream, way: Way, opened: &AtomicUsize) -> Option<()> {
    if way == Way::Silent {
        std::future::pending::<()>().await;
    }
    let target = shake_hands(&mut stream, way).await?;
    opened.fetch_add(1, Ordering::SeqCst);
    match way {
        Way::Page => loop {
            read_request(&mut stream).await?;
            let page = "<html>Доступ ограничен</html>";
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", page.len());
            stream.write_all(format!("{head}{page}").as_bytes()).await.ok()?;
        },
        Way::SwallowsPolls | Way::Repeats => loop {
            let request = read_request(&mut stream).await?;
            if way == Way::SwallowsPolls && contains(&request, b"/GetUpdates") {
                std::future::pending::<()>().await;
            }
            let mut first = TcpStream::connect(&target).await.ok()?;
            first.write_all(&request).await.ok()?;
            let mut upstream = match way {
                // What comes for the first is never read.
                Way::Repeats => {
                    let mut second = TcpStream::connect(&target).await.ok()?;
                    second.write_all(&request).await.ok()?;
                    second
                }
                _ => first,
            };
            let answer = read_request(&mut upstream).await?;
            stream.write_all(&answer).await.ok()?;
        },
        Way::CutsAfter(silence) => {
            let mut upstream = TcpStream::connect(&target).await.ok()?;
            let (mut asked, mut told) = ([0; 8192], [0; 8192]);
            loop {
                tokio::select! {
                    read = stream.read(&mut asked) => {
                        let read = read.ok().filter(|read| *read > 0)?;
                        upstream.write_all(&asked[..read]).await.ok()?;
                    }
                    read = upstream.read(&mut told) => {
                        let read = read.ok().filter(|read| *read > 0)?;
                        stream.write_all(&told[..read]).await.ok()?;
                    }
                    () = tokio::time::sleep(silence) => return None,
                }
            }
        }
        _ => {
            let mut upstream = TcpStream::connect(&target).await.ok()?;
            copy_bidirectional(&mut stream, &mut upstream).await.ok()?;
            Some(())
        }
    }
}

/// Of SOCKS 5 with a password (RFC 1928, RFC 1929). Returns where to.
async fn shake_hands(stream: &mut TcpStream, way: Way) -> Option<String> {
    let methods = stream.read_u16().await.ok()? & 0xff;
    bytes(stream, methods.into()).await?;
    let method = if way == Way::OtherLogin { 0xff } else { 2 };
    stream.write_all(&[5, method]).await.ok()?;
    stream.read_u8().await.ok()?;
    let (name, password) = (counted(stream).await?, counted(stream).await?);
    let is_right = way != Way::Password && name == b"anna" && password == b"p@s%";
    stream.write_all(&[1, u8::from(!is_right)]).await.ok()?;
    if !is_right {
        return None;
    }
    bytes(stream, 3).await?;
    let host = match stream.read_u8().await.ok()? {
        1 => bytes(stream, 4).await?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        3 => String::from_utf8(counted(stream).await?).ok()?,
        _ => return None,
    };
    let port = stream.read_u16().await.ok()?;
    if let Way::Refuses(code) = way {
        stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
        return None;
    }
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
    Some(format!("{host}:{port}"))
}

async fn counted(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let count = stream.read_u8().await.ok()?;
    bytes(stream, count.into()).await
}

async fn bytes(stream: &mut TcpStream, count: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

/// One message of HTTP, whole.
async fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        if let Some(head) = message.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&message[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
            if message.len() >= head + 4 + length {
                return Some(message);
            }
        }
        let mut more = [0; 8192];
        let read = stream.read(&mut more).await.ok().filter(|read| *read > 0)?;
        message.extend_from_slice(&more[..read]);
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
