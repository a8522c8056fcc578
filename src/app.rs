//! Wiring and life cycle: what starts, in which order, and how it stops.

pub mod backups;
mod checking;
mod nightly;
mod updates;
pub mod watched;
mod webhook;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::bot::{
    ConnectError, Context, Intake, Outbox, Reminder, Reminders, TelegramClient, Warnings,
};
use crate::config::Config;
use crate::delivery::{Delivery, Limits, RetryPolicy};
use crate::directory::{Directory, Timings};
use crate::domain::{HoldKind, PersonId};
use crate::door::Broken;
use crate::failure::Failure;
use crate::probe::crash_point;
use crate::providers::Providers;
use crate::store::{self, Actor, Change, Store, StoreError};
use nightly::Nightly;

/// A client's data kept for nothing; after seven days the dialogue has told the owner.
const DRAFTS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is not handled by then is handled at the next start.
const HANDLER_GRACE: Duration = Duration::from_secs(4);

const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

pub struct App {
    store: Store,
    delivery: Delivery,
    /// Ends taking updates and claiming invitations.
    stop: watch::Sender<bool>,
    /// Ends the outbox and the reminders.
    stop_notifications: watch::Sender<bool>,
    /// Ends by itself when Telegram refuses the token.
    intake: JoinSet<Result<(), Failure>>,
    sending: JoinSet<()>,
    notifications: JoinSet<()>,
    /// Looks after the file of the database, its backups, the routes and whoever watches the bot; a
    /// stop does not wait for it.
    checking: JoinSet<()>,
    /// No second bot sends from this database while it is held.
    _lock: File,
}

pub async fn run(config: Config) -> Result<(), Failure> {
    // First of all: as process 1 of a container an unhandled signal does nothing.
    let mut signals = Signals::new()?;
    let mut app = tokio::select! {
        started = App::start(config, RetryPolicy::default()) => started?,
        // Dropping it is like a crash, and nothing was sent.
        () = signals.next() => {
            tracing::info!("stopped before it had begun");
            return Ok(());
        }
    };
    let ended = tokio::select! {
        () = signals.next() => Ok(()),
        ended = app.ended() => ended,
        // Of the one database of this process.
        () = store::damage() => {
            app.store.door().shut(Broken::File);
            Err(Failure::Damaged)
        }
    };
    tracing::info!("stopping: no new calls, those under way end");
    app.stop().await;
    tracing::info!("stopped");
    ended
}

pub struct Signals {
    term: Signal,
    int: Signal,
    /// tokio loses a signal that comes while it begins to listen.
    came: Arc<AtomicBool>,
}

impl Signals {
    pub fn new() -> Result<Self, Failure> {
        let came = Arc::new(AtomicBool::new(false));
        let on = |kind: SignalKind| {
            signal_hook::flag::register(kind.as_raw_value(), came.clone())
                .and_then(|_| signal(kind))
                .context("cannot listen to signals")
        };
        let (term, int) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        Ok(Self { term, int, came })
    }

    pub async fn next(&mut self) {
        if self.came.load(Ordering::Relaxed) {
            return;
        }
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

impl App {
    /// Recovers what a crash left behind; Telegram need not be in reach.
    pub async fn start(config: Config, policy: RetryPolicy) -> Result<Self, Failure> {
        Self::start_with(config, policy, Reminders::default()).await
    }

    pub async fn start_with(
        config: Config,
        policy: RetryPolicy,
        reminders: Reminders,
    ) -> Result<Self, Failure> {
        let lock = lock(&config.database).await?;
        let store = Store::open_unchecked(&config.database)
            .await
            .map_err(|error| Failure::database(&config.database, &error))?;
        let store = keep_mark(store, &config.database).await?;
        let monitor = match config.monitor {
            Some(address) => Some(watched::listen(address).await?),
            None => None,
        };
        let route = match &config.webhook {
            Some(settings) => Some(webhook::listen(settings.listen).await?),
            None => None,
        };
        let client = TelegramClient::new(&config.telegram, store.door().clone());
        let client = client.map_err(refused)?.watched_by(store.monitor().clone());
        recover(&store, &config.admins)
            .await
            .map_err(|error| Failure::start(&config.database, &error))?;
        let directory =
            Directory::new(store.clone(), Timings::default(), config.counterparties, config.dadata)
                .context("no client for the directories")?;
        let providers = Providers::new(config.provider_timeout, config.invoicebox, config.sbis)
            .context("no client for the providers")?;
        let limits = Limits {
            concurrency: config.concurrency,
            invoicebox_per_minute: config.invoicebox_rate,
            sbis_per_minute: config.sbis_rate,
        };
        let policy = RetryPolicy { window: config.send_delay, ..policy };
        let delivery = Delivery::new(store.clone(), Arc::new(providers), policy, limits);
        let context = Arc::new(Context::new(
            store.clone(),
            delivery.clone(),
            directory,
            Arc::new(Notify::new()),
            config.admins,
            config.office,
            config.time_zone,
            config.rules,
        ));
        let (stop, stop_notifications) = (watch::Sender::new(false), watch::Sender::new(false));
        let (mut intake, mut sending, mut notifications) =
            (JoinSet::new(), JoinSet::new(), JoinSet::new());
        let (stopped, notifications_stopped) = (stop.subscribe(), stop_notifications.subscribe());
        let sender = delivery.clone();
        sending.spawn(async move { sender.run(stopped).await });
        notifications
            .spawn(Outbox::new(client.clone(), context.clone()).run(notifications_stopped.clone()));
        let (told_after, backup_asked_every) = (reminders.check, reminders.backup);
        let limits = reminders.warnings.clone();
        notifications.spawn(Reminder::new(context.clone(), reminders).run(notifications_stopped));
        let mut checking = JoinSet::new();
        checking.spawn(checking::run(context.clone(), told_after));
        checking.spawn(Warnings::new(context.clone(), config.database.clone(), limits).run());
        if let Some(listener) = monitor {
            checking.spawn(watched::serve(listener, store.clone()));
        }
        checking.spawn(watched::feed(store.clone()));
        let routed = client.clone();
        checking.spawn(async move { routed.keep_a_good_route().await });
        if let Some(settings) = config.backup {
            let nightly = Nightly::new(context.clone(), config.database, settings);
            checking.spawn(nightly.run(backup_asked_every));
        }
        let updates = match config.webhook.zip(route) {
            None => Intake::Polling,
            Some((settings, listener)) => {
                let secret = config.telegram.webhook_secret();
                let (route, updates) = webhook::route(&settings, secret, store.monitor().clone());
                intake.spawn(webhook::serve(listener, route, stop.subscribe()));
                Intake::Webhook(settings, updates)
            }
        };
        intake.spawn(updates::take(client, context, updates, stop.subscribe()));
        Ok(Self {
            store,
            delivery,
            stop,
            stop_notifications,
            intake,
            sending,
            notifications,
            checking,
            _lock: lock,
        })
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns when the bot ends without being asked to.
    pub async fn ended(&mut self) -> Result<(), Failure> {
        tokio::select! {
            why = self.store.door().broken() => Err(Failure::broken(why)),
            () = self.delivery.failed() => Err(anyhow::anyhow!("an outcome was lost").into()),
            ended = self.intake.join_next() => match ended {
                Some(Ok(Err(failure))) => Err(failure),
                Some(Err(panicked)) => Err(anyhow::Error::from(panicked).into()),
                Some(Ok(Ok(()))) | None => Err(anyhow::anyhow!("nobody takes updates").into()),
            },
            _ = self.sending.join_next() => Err(anyhow::anyhow!("nobody sends any more").into()),
            _ = self.notifications.join_next() => Err(anyhow::anyhow!("nobody tells any more").into()),
            _ = self.checking.join_next() => Err(anyhow::anyhow!("nobody looks after it any more").into()),
        }
    }

    /// Ends calls under way and tells their authors, in at most a call's limit and five seconds.
    ///
    /// After a disk failure, or in a damaged file, the process ends here: closing the database would sync it once more.
    pub async fn stop(mut self) {
        let store = self.store.clone();
        tokio::select! {
            biased;
            why = store.door().broken() => {
                let failure = Failure::broken(why);
                _ = writeln!(std::io::stderr(), "{failure}");
                std::process::exit(failure.exit_code().into());
            }
            () = self.shut_down() => {}
        }
        if tokio::time::timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
            tracing::warn!("the database was not closed: it is locked");
        }
    }

    async fn shut_down(&mut self) {
        watched::is_stopping();
        self.stop.send_replace(true);
        self.checking.abort_all();
        tokio::join!(join(&mut self.intake, Some(HANDLER_GRACE)), join(&mut self.sending, None));
        self.stop_notifications.send_replace(true);
        join(&mut self.notifications, None).await;
    }
}

async fn join<T: Debug + 'static>(work: &mut JoinSet<T>, limit: Option<Duration>) {
    let ended = async {
        while let Some(ended) = work.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a part of the bot ended early: {error}");
            }
        }
    };
    match limit {
        None => ended.await,
        Some(limit) => {
            if tokio::time::timeout(limit, ended).await.is_err() {
                tracing::warn!("what takes too long is left to the next start");
                work.shutdown().await;
            }
        }
    }
}

fn refused(error: ConnectError) -> Failure {
    match error {
        ConnectError::Token => Failure::refused_token(),
        ConnectError::SomebodyElses(host) => Failure::others_webhook(&host),
        ConnectError::Client(_) => Failure::Other(error.into()),
    }
}

/// A short command may hold the lock for a moment.
const LOCK_TRIES: u32 = 5;
const LOCK_WAIT: Duration = Duration::from_millis(50);

/// The lock goes with the process, however it ends.
async fn lock(database: &Path) -> Result<File, Failure> {
    // Opening the database reports the error.
    drop(store::create(database));
    let path = lock_of(database);
    let open = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        File::options().create(true).truncate(false).write(true).mode(0o600).open(&path)
    };
    let file = open().map_err(|error| Failure::lock_file(&path, &error))?;
    for _ in 1..LOCK_TRIES {
        match try_lock(&file, &path) {
            Err(Failure::AlreadyRunning) => tokio::time::sleep(LOCK_WAIT).await,
            done => return done.map(|()| file),
        }
    }
    try_lock(&file, &path).map(|()| file)
}

/// No bot runs while it is held. `None`: none ever ran, and the file is left to the user who will.
pub fn lock_if_exists(database: &Path) -> Result<Option<File>, Failure> {
    let path = lock_of(database);
    let Ok(file) = File::options().write(true).open(&path) else { return Ok(None) };
    try_lock(&file, &path).map(|()| Some(file))
}

fn try_lock(file: &File, path: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Failure::AlreadyRunning),
        Err(TryLockError::Error(error)) => Err(Failure::lock_file(path, &error)),
    }
}

/// One lock for a database by any path. A dangling link would have another name later, so `lock`
/// creates the database first.
fn lock_of(database: &Path) -> PathBuf {
    let database = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut name = OsString::from(database);
    name.push(".lock");
    PathBuf::from(name)
}

/// First, since any change makes the database look newer.
async fn keep_mark(store: Store, database: &Path) -> Result<Store, Failure> {
    let (store, doubt) = store
        .keep_mark(database, Timestamp::now())
        .await
        .map_err(|error| Failure::database(database, &error))?;
    if let Some(doubt) = doubt {
        tracing::warn!(
            cause = doubt.slug(),
            "the database may be older than what was done with it: \
             nothing is sent until an admin allows it",
        );
    }
    Ok(store)
}

/// A call that a crash interrupted is unknown.
async fn recover(store: &Store, admins: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let fixed_admins: Vec<PersonId> = admins.iter().copied().collect();
    let changes = [
        Change::Recover,
        match store.is_unchecked() {
            true => Change::Hold(HoldKind::UncheckedFile),
            false => Change::FileChecked,
        },
        Change::HoldOrphans { fixed_admins: fixed_admins.clone() },
        Change::DropOutsidersMessages { fixed_admins },
        Change::DropDrafts(now - DRAFTS_KEPT),
    ];
    crash_point!("before R");
    let applied = store.apply(Actor::Program, now, &changes).await?;
    crash_point!("after R");
    let (unknown, held) = (applied.unknown.len(), applied.held.len());
    if unknown > 0 {
        tracing::warn!(count = unknown, "calls were interrupted, their outcome is unknown");
    }
    if held > 0 {
        tracing::warn!(count = held, "invitations of people without access are held");
    }
    if admins.is_empty() && store.reader().admins().await?.is_empty() {
        tracing::warn!("nobody is an admin: set ADMIN_IDS, or run `invite-bot admin add <id>`");
    }
    Ok(())
}
