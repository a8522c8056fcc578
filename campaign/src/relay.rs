//! A way to Telegram that fails: the bot takes it for an HTTP proxy, and there are two of them.

use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What becomes of connections, also of those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Open,
    /// They end at once.
    Cut,
    /// Nothing passes, and nothing is said.
    Hung,
}

/// It ends when it is dropped.
pub struct Relay {
    pub url: String,
    way: watch::Sender<Way>,
    /// How many connections it has carried.
    carried: watch::Sender<u32>,
    _task: JoinSet<()>,
}

impl Relay {
    /// To this port, on which somebody may or may not listen.
    pub async fn to(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (way, carried) = (watch::Sender::new(Way::Open), watch::Sender::new(0));
        let (ways, count) = (way.clone(), carried.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                // Too many open files, for a moment.
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                };
                connections.spawn(carry(stream, port, ways.subscribe(), count.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { url, way, carried, _task: task })
    }

    pub fn becomes(&self, way: Way) {
        self.way.send_replace(way);
    }

    pub fn carried(&self) -> u32 {
        *self.carried.borrow()
    }
}

async fn carry(
    mut stream: TcpStream,
    port: u16,
    mut ways: watch::Receiver<Way>,
    carried: watch::Sender<u32>,
) {
    let way = *ways.borrow_and_update();
    if way == Way::Open {
        let Ok(mut upstream) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        carried.send_modify(|count| *count += 1);
        tokio::select! {
            _ = copy_bidirectional(&mut stream, &mut upstream) => return,
            _ = ways.changed() => {}
        }
    }
    if *ways.borrow_and_update() == Way::Hung {
        drop(ways.changed().await);
    }
}
