//! The one task that writes: all changes that wait go in one transaction.
//!
//! Where one caller's changes are refused, that transaction is undone and each caller's are written
//! alone, so that only the refused one fails.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Actor, Applied, Change, Files, Store, StoreError};
use crate::door::{Broken, Trace};

/// The most callers of one transaction.
const TOGETHER: usize = 64;

/// How long a note waits for something else that is written.
const NOTE_WAIT: Duration = Duration::from_millis(30);

/// How long it waits when that failed.
const NOTE_AGAIN: Duration = Duration::from_secs(1);

/// How long an older copy of the database may lack what is neither a call nor forbids one.
const MARK_WAIT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Queue {
    jobs: mpsc::UnboundedSender<Job>,
    /// Ends with the last handle.
    _task: Arc<JoinSet<()>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Haste {
    Now,
    /// With whatever is written next.
    Note,
}

#[derive(Debug)]
struct Job {
    request: Request,
    haste: Haste,
    /// A note that failed before: it is written by itself, so that nothing else fails with it.
    failed: bool,
    answer: oneshot::Sender<Result<Applied, StoreError>>,
}

/// Whoever takes it out has it: the writer to write it, or the caller who gives up.
#[derive(Clone, Debug)]
struct Request(Arc<Mutex<Option<Write>>>);

#[derive(Clone, Debug)]
pub(super) struct Write {
    pub by: Actor,
    pub now: Timestamp,
    pub changes: Vec<Change>,
}

impl Request {
    fn take(&self) -> Option<Write> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Store {
    /// Before whatever is applied or noted after it; nobody learns whether it was.
    pub fn leave_note(&self, now: Timestamp, changes: Vec<Change>) {
        let write = Write { by: Actor::Program, now, changes };
        if let Err(error) = self.queue.push(Haste::Note, write) {
            tracing::warn!(%error, "a note is lost");
        }
    }

    /// Notes wait no longer: somebody does.
    pub fn hurry(&self) {
        let nothing = Write { by: Actor::Program, now: Timestamp::UNIX_EPOCH, changes: Vec::new() };
        drop(self.queue.push(Haste::Now, nothing));
    }

    /// `None`: it was given up before it was begun, and is not written.
    pub(super) async fn write(
        &self,
        given_up: impl Future<Output = ()>,
        haste: Haste,
        write: Write,
    ) -> Result<Option<Applied>, StoreError> {
        let (request, mut answered) = self.queue.push(haste, write)?;
        let result = tokio::select! {
            biased;
            result = &mut answered => result,
            () = given_up => match request.take() {
                Some(_) => return Ok(None),
                None => answered.await,
            },
        };
        result.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into())).map(Some)
    }
}

impl Queue {
    fn push(
        &self,
        haste: Haste,
        write: Write,
    ) -> Result<(Request, oneshot::Receiver<Result<Applied, StoreError>>), StoreError> {
        let request = Request(Arc::new(Mutex::new(Some(write))));
        let (answer, answered) = oneshot::channel();
        let job = Job { request: request.clone(), haste, failed: false, answer };
        self.jobs.send(job).map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?;
        Ok((request, answered))
    }

    pub fn of(files: Files) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let writer = Writer {
            files,
            jobs: waiting,
            waiting: Vec::new(),
            notes_due: None,
            mark_due: None,
            settling: JoinSet::new(),
        };
        let mut task = JoinSet::new();
        task.spawn(writer.run());
        Self { jobs, _task: Arc::new(task) }
    }
}

struct Writer {
    files: Files,
    jobs: mpsc::UnboundedReceiver<Job>,
    waiting: Vec<Job>,
    /// When notes are written though nothing else is.
    notes_due: Option<Instant>,
    /// When the mark is raised though nothing leaves.
    mark_due: Option<Instant>,
    settling: JoinSet<()>,
}

impl Writer {
    async fn run(mut self) {
        loop {
            let (notes_due, mark_due) = (self.notes_due, self.mark_due);
            tokio::select! {
                biased;
                came = self.jobs.recv_many(&mut self.waiting, TOGETHER) => {
                    if came == 0 {
                        return self.write().await;
                    }
                    if self.waiting.iter().any(|job| job.haste == Haste::Now) {
                        self.write().await;
                    } else {
                        self.notes_due.get_or_insert_with(|| Instant::now() + NOTE_WAIT);
                    }
                }
                () = until(notes_due) => self.write().await,
                () = until(mark_due) => {
                    self.mark_due = None;
                    let door = self.files.door.clone();
                    // Its failure was logged, and the next row tries again.
                    self.settling.spawn(async move { drop(door.settle().await) });
                    while self.settling.try_join_next().is_some() {}
                }
            }
        }
    }

    async fn write(&mut self) {
        let again = self.notes_due.take().is_some_and(|due| due <= Instant::now());
        let waiting = std::mem::take(&mut self.waiting);
        let (failed, group): (Vec<Job>, Vec<Job>) = waiting.into_iter().partition(|job| job.failed);
        self.waiting = group;
        let again = self.write_group().await && again;
        for job in failed {
            if !again {
                self.keep(job);
            } else if let Some(write) = job.request.take() {
                match self.write_alone(&write).await {
                    Err(error) => self.fail(job, Some(write), &error),
                    written => job.answer(written),
                }
            }
        }
    }

    /// `false`: the disk or a lock is in the way.
    async fn write_group(&mut self) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        let mut tx = match self.files.begin().await {
            Ok(tx) => tx,
            Err(error) => {
                let jobs = std::mem::take(&mut self.waiting);
                jobs.into_iter().for_each(|job| self.fail(job, None, &error));
                return false;
            }
        };
        // What came while another program kept the database locked.
        while self.waiting.len() < TOGETHER
            && let Ok(job) = self.jobs.try_recv()
        {
            self.waiting.push(job);
        }
        // Whoever leaves a note does not wait for it.
        let jobs = self.waiting.drain(..);
        let jobs = jobs.filter(|job| job.haste == Haste::Note || !job.answer.is_closed());
        let begun: Vec<(Write, Job)> =
            jobs.filter_map(|job| Some((job.request.take()?, job))).collect();
        let mut all = Vec::with_capacity(begun.len());
        let mut failed = None;
        for (write, _) in &begun {
            match tx.apply_all(write).await {
                Ok(applied) => all.push(applied),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let trace = begun.iter().map(|(write, _)| write.trace()).max().unwrap_or(Trace::None);
        let written = match failed {
            None if begun.is_empty() => return true,
            None => tx.commit(trace).await,
            Some(error) => {
                drop(tx);
                Err(error)
            }
        };
        match written {
            Ok(()) => {
                self.note(trace, begun.len());
                for ((_, job), applied) in begun.into_iter().zip(all) {
                    job.answer(Ok(applied));
                }
            }
            Err(error) if begun.len() == 1 || error.is_of_the_disk() => {
                begun.into_iter().for_each(|(write, job)| self.fail(job, Some(write), &error));
                return !error.is_of_the_disk();
            }
            Err(_) => {
                for (write, job) in begun {
                    let written = self.write_alone(&write).await;
                    job.answer(written);
                }
            }
        }
        true
    }

    /// A note is kept while the disk or a lock is in the way.
    fn fail(&mut self, mut job: Job, begun: Option<Write>, error: &StoreError) {
        if job.haste == Haste::Now || !error.is_of_the_disk() {
            return job.answer(Err(error.clone()));
        }
        if begun.is_some() {
            *job.request.0.lock().unwrap_or_else(PoisonError::into_inner) = begun;
        }
        job.failed = true;
        self.keep(job);
    }

    fn keep(&mut self, job: Job) {
        self.waiting.push(job);
        self.notes_due.get_or_insert_with(|| Instant::now() + NOTE_AGAIN);
    }

    async fn write_alone(&mut self, write: &Write) -> Result<Applied, StoreError> {
        let mut tx = self.files.begin().await?;
        let applied = tx.apply_all(write).await?;
        tx.commit(write.trace()).await?;
        self.note(write.trace(), 1);
        Ok(applied)
    }

    fn note(&mut self, trace: Trace, writes: usize) {
        let writes = u32::try_from(writes).unwrap_or(u32::MAX);
        self.files.written.fetch_add(writes, Ordering::Relaxed);
        self.files.monitor.committed(Timestamp::now());
        if trace != Trace::None && self.files.door.is_marked() {
            self.mark_due.get_or_insert_with(|| Instant::now() + MARK_WAIT);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the writer failed: nothing is written any more");
            self.files.door.shut(Broken::Disk);
        }
    }
}

impl Write {
    fn trace(&self) -> Trace {
        self.changes.iter().map(Change::trace).max().unwrap_or(Trace::None)
    }
}

impl Job {
    fn answer(self, written: Result<Applied, StoreError>) {
        if let Err(Err(error)) = self.answer.send(written) {
            tracing::warn!(%error, "nobody waited for what was not written");
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
