//! The door: nothing leaves the process before all that was committed by then is on the disk.
//!
//! A commit is written and not waited for. Whoever sends something takes a [`Pass`], which waits for
//! a sync of the write-ahead log; all that wait share one. The log is cut after its last whole
//! commit when the power was lost, so what is synced is all that was committed before
//! (<https://sqlite.org/wal.html>). The same sync raises the high-water mark ([`mark`]) where a
//! commit must not be forgotten by an older copy.

pub mod mark;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::probe::crash_point;
use mark::{Last, Mark};

/// How long the acknowledgement of updates waits for a sync that somebody else asks for.
const OTHERS: Duration = Duration::from_millis(2);

/// What a request needs to leave:
///
/// ```no_run
/// # async fn leaves(client: invite_bot::bot::TelegramClient, pass: invite_bot::door::Pass) {
/// client.post("SendMessage", String::new(), std::time::Duration::ZERO, pass).await;
/// # }
/// ```
///
/// Without one it does not compile, neither to Telegram nor to a provider, and nobody else makes one:
///
/// ```compile_fail,E0061
/// # async fn leaves(client: invite_bot::bot::TelegramClient) {
/// client.post("SendMessage", String::new(), std::time::Duration::ZERO).await;
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # async fn leaves(providers: invite_bot::providers::Providers) {
/// providers.send(invite_bot::domain::Provider::Sbis, Vec::new()).await;
/// # }
/// ```
///
/// ```compile_fail,E0423
/// invite_bot::door::Pass(());
/// ```
#[derive(Debug)]
pub struct Pass(());

impl Pass {
    /// For a request that says nothing of what is stored: a question, a sign of life, the word that
    /// nothing could be stored.
    pub fn promising_nothing() -> Self {
        Self(())
    }
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum Shut {
    #[error("the disk has failed or the file is damaged, nothing is written any more")]
    Disk,
    #[error("the high-water mark beside the database cannot be written: {0}")]
    Mark(#[source] Arc<io::Error>),
}

/// Why nothing is written any more; the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A sync failed.
    Disk,
    /// The file of the database contradicts itself.
    File,
}

/// How much an older copy of the database may forget a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// The journal did not move.
    None,
    /// The mark names it soon.
    Soon,
    /// A call begins or something is forbidden: the mark names it before anything leaves.
    AtOnce,
}

#[derive(Clone, Debug)]
pub struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// The system reports a failed write once to every handle that was open by then, so this one is
    /// opened before the first commit and kept.
    log: Mutex<File>,
    /// Commits can be read as soon as they are made, before whoever asked for them runs again: so
    /// what has begun counts, not what has ended.
    begun: AtomicU64,
    ended: watch::Sender<u64>,
    synced: watch::Sender<u64>,
    syncs: AtomicU64,
    one: tokio::sync::Mutex<()>,
    broken: watch::Sender<Option<Broken>>,
    is_marked: AtomicBool,
    mark: Mutex<Option<Mark>>,
    marking: Mutex<Marking>,
}

/// What the mark does not name yet.
#[derive(Debug, Default)]
struct Marking {
    last: Option<Last>,
    at_once: bool,
}

impl Door {
    /// The database is open in WAL mode, so the log is there.
    pub fn of(database: &Path) -> io::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let path = PathBuf::from(path);
        let log = Mutex::new(File::open(&path)?);
        Ok(Self(Arc::new(Inner {
            path,
            log,
            begun: AtomicU64::new(0),
            ended: watch::Sender::new(0),
            synced: watch::Sender::new(0),
            syncs: AtomicU64::new(0),
            one: tokio::sync::Mutex::default(),
            broken: watch::Sender::new(None),
            is_marked: AtomicBool::new(false),
            mark: Mutex::default(),
            marking: Mutex::default(),
        })))
    }

    /// Only the one process that sends keeps the mark.
    pub fn keep(&self, mark: Mark) {
        *self.0.mark() = Some(mark);
        self.0.is_marked.store(true, Ordering::SeqCst);
    }

    pub fn is_marked(&self) -> bool {
        self.0.is_marked.load(Ordering::SeqCst)
    }

    /// Right before a commit; [`Self::end`] follows whatever came of it.
    pub fn begin(&self) {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
    }

    /// `last`: the newest row of the journal that the mark is to name.
    pub fn end(&self, last: Option<Last>, trace: Trace) {
        if let Some(last) = last {
            let mut marking = self.0.marking();
            marking.last = Some(last);
            marking.at_once |= trace == Trace::AtOnce;
        }
        self.0.ended.send_modify(|count| *count += 1);
    }

    pub fn commits(&self) -> u64 {
        self.0.begun.load(Ordering::SeqCst)
    }

    pub fn syncs(&self) -> u64 {
        self.0.syncs.load(Ordering::SeqCst)
    }

    /// For good.
    pub fn shut(&self, why: Broken) {
        self.0.shut(why);
    }

    pub fn is_broken(&self) -> bool {
        self.0.broken.borrow().is_some()
    }

    pub async fn broken(&self) -> Broken {
        let mut broken = self.0.broken.subscribe();
        // It cannot fail: the sender lives as long as `self`.
        let why = broken.wait_for(Option::is_some).await.ok().and_then(|why| *why);
        why.unwrap_or(Broken::Disk)
    }

    /// When the file of the database was last looked through, as the mark says it.
    pub fn checked_at(&self) -> Option<Timestamp> {
        self.0.mark().as_ref().and_then(Mark::checked_at)
    }

    pub async fn note_checked(&self, at: Timestamp) -> io::Result<()> {
        let inner = self.0.clone();
        let note = move || inner.mark().as_mut().map_or(Ok(()), |mark| mark.note_checked(at));
        in_background(note).await
    }

    /// The last connection was closed, and nothing is the matter with the database.
    pub async fn close(&self) -> io::Result<()> {
        // Once: whoever comes after it may have changed the mark.
        let mark = self.0.mark().take();
        in_background(move || mark.map_or(Ok(()), |mut mark| mark.close())).await
    }

    pub async fn pass(&self) -> Result<Pass, Shut> {
        self.sync(self.commits()).await.map(|()| Pass(()))
    }

    /// In no hurry: for a moment somebody else may ask for the sync.
    pub async fn pass_with_others(&self) -> Result<Pass, Shut> {
        let need = self.commits();
        let mut synced = self.0.synced.subscribe();
        drop(tokio::time::timeout(OTHERS, synced.wait_for(|synced| *synced >= need)).await);
        self.pass().await
    }

    /// For a call to a provider: an older copy of the database would be known as one.
    pub async fn pass_to_provider(&self) -> Result<Pass, Shut> {
        let pass = self.pass().await?;
        if self.0.marking().at_once {
            let _one = self.0.one.lock().await;
            if self.0.marking().at_once {
                self.flush(false).await?;
            }
        }
        Ok(pass)
    }

    /// Syncs whatever there is, also of another process, and names the newest row.
    pub async fn settle(&self) -> Result<(), Shut> {
        let _one = self.0.one.lock().await;
        self.ended(self.commits()).await;
        self.flush(true).await
    }

    async fn sync(&self, need: u64) -> Result<(), Shut> {
        while *self.0.synced.borrow() < need {
            let _one = self.0.one.lock().await;
            if *self.0.synced.borrow() >= need {
                break;
            }
            self.ended(need).await;
            // Without the mark a call waits, people need not.
            if let Err(Shut::Disk) = self.flush(false).await {
                return Err(Shut::Disk);
            }
        }
        if self.is_broken() { Err(Shut::Disk) } else { Ok(()) }
    }

    async fn ended(&self, need: u64) {
        // It cannot fail: the sender lives as long as `self`.
        drop(self.0.ended.subscribe().wait_for(|ended| *ended >= need).await);
    }

    /// To its end, also when nobody waits any more.
    async fn flush(&self, all: bool) -> Result<(), Shut> {
        let inner = self.0.clone();
        let flushed = tokio::task::spawn_blocking(move || inner.flush(all)).await;
        flushed.unwrap_or(Err(Shut::Disk))
    }
}

async fn in_background(write: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

impl Inner {
    fn flush(&self, all: bool) -> Result<(), Shut> {
        let ended = *self.ended.borrow();
        let last = {
            let marking = self.marking();
            if all || marking.at_once { marking.last.clone() } else { None }
        };
        if let Err(error) = self.sync_log() {
            tracing::error!(%error, "a sync failed: nothing leaves any more");
            self.shut(Broken::Disk);
        }
        if self.broken.borrow().is_some() {
            return Err(Shut::Disk);
        }
        // Never before the sync: a mark ahead of its log is a false alarm after a loss of power.
        let marked = last.map_or(Ok(()), |last| self.raise(last));
        self.synced.send_modify(|synced| *synced = ended.max(*synced));
        marked
    }

    fn sync_log(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // SQLite makes the log anew when all its connections were closed.
        if let Ok(named) = fs::metadata(&self.path)
            && named.ino() != log.metadata()?.ino()
        {
            let old = std::mem::replace(&mut *log, File::open(&self.path)?);
            old.sync_data()?;
        }
        log.sync_data()
    }

    fn raise(&self, last: Last) -> Result<(), Shut> {
        let mut mark = self.mark();
        crash_point!("before raise");
        let raised = mark.as_mut().map_or(Ok(()), |mark| mark.raise(&last));
        crash_point!("after raise");
        let mut marking = self.marking();
        match raised {
            Ok(()) => {
                marking.last = marking.last.take().filter(|newer| newer.row > last.row);
                // Only now: as long as somebody tries it, it has not been done for others.
                marking.at_once &= marking.last.is_some();
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the high-water mark cannot be written");
                // Also what was in no hurry before: nobody knows what the mark is called.
                marking.at_once = true;
                Err(Shut::Mark(Arc::new(error)))
            }
        }
    }

    fn shut(&self, why: Broken) {
        // The first reason is the one that is told.
        self.broken.send_modify(|broken| *broken = broken.or(Some(why)));
    }

    fn mark(&self) -> MutexGuard<'_, Option<Mark>> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marking(&self) -> MutexGuard<'_, Marking> {
        self.marking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
