//! The listening side: a loopback port that can go down, cutting every connection, and come back.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use axum::serve::Listener;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::world::{World, lock};
use super::{api, hook};

/// Copies of the open connections, to cut them by.
type Lines = Arc<Mutex<Vec<TcpStream>>>;

pub(super) struct Server {
    address: SocketAddr,
    task: Mutex<JoinSet<()>>,
    lines: Lines,
}

impl Server {
    pub(super) async fn start(world: Arc<World>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = Self { address, task: Mutex::new(JoinSet::new()), lines: Arc::default() };
        server.listen(listener, world);
        Ok(server)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn serve(&self, world: Arc<World>) -> io::Result<()> {
        if lock(&self.task).is_empty() {
            self.listen(TcpListener::bind(self.address).await?, world);
        }
        Ok(())
    }

    pub(super) async fn stop(&self) {
        let mut task = std::mem::take(&mut *lock(&self.task));
        task.shutdown().await;
        self.cut();
    }

    fn listen(&self, listener: TcpListener, world: Arc<World>) {
        let door = Door { listener, lines: Arc::clone(&self.lines) };
        let mut task = lock(&self.task);
        task.spawn(hook::post_updates(Arc::clone(&world)));
        task.spawn(async move {
            // Ends only when it is aborted.
            let _ended = axum::serve(door, api::router(world)).await;
        });
    }

    fn cut(&self) {
        for line in lock(&self.lines).drain(..) {
            // One that is closed already needs no cutting.
            let _closed = line.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut();
    }
}

/// A listener that keeps a copy of every connection it lets in.
struct Door {
    listener: TcpListener,
    lines: Lines,
}

impl Listener for Door {
    type Io = tokio::net::TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Ok(stream) = self.keep_copy(stream) {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Door {
    fn keep_copy(&self, stream: tokio::net::TcpStream) -> io::Result<tokio::net::TcpStream> {
        let stream = stream.into_std()?;
        let copy = stream.try_clone()?;
        lock(&self.lines).push(copy);
        tokio::net::TcpStream::from_std(stream)
    }
}
