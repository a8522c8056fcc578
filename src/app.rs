//! Wiring and life cycle: what starts, in which order, and how it stops.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::bot::{self, ConnectError, Context, Reminder, Reminders, Teller};
use crate::config::Config;
use crate::delivery::{Delivery, Limits, Policy};
use crate::directory::{Directory, Terms};
use crate::domain::PersonId;
use crate::failure::Failure;
use crate::probe::crash_point;
use crate::providers::Providers;
use crate::store::Store;

/// A draft that nobody came back to is a client's data kept for nothing. The dialogue gives it up
/// after seven days, with a word to its owner; who does not come back gets none.
const DRAFTS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The bot, running.
pub struct App {
    store: Store,
    /// Updates are taken and invitations claimed until this is true.
    stop: watch::Sender<bool>,
    /// What there is to tell is told until this is true.
    hush: watch::Sender<bool>,
    /// Taking updates, and sending; the former may end by itself, when Telegram refuses the token.
    work: JoinSet<Result<(), Failure>>,
    telling: JoinSet<()>,
    /// Held as long as the bot runs, so that no second one sends from this database.
    _lock: File,
}

/// Runs the bot until SIGTERM or SIGINT.
pub async fn run(config: Config) -> Result<(), Failure> {
    // First of all: as process 1 of a container a signal that nobody awaits does nothing.
    let mut signals = Signals::new()?;
    let mut app = App::start(config, Policy::default()).await?;
    let ended = tokio::select! {
        () = signals.next() => Ok(()),
        ended = app.ended() => ended,
    };
    tracing::info!("stopping: no new calls, those under way end");
    app.stop().await;
    tracing::info!("stopped");
    ended
}

/// The signals that ask the program to stop.
pub struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn new() -> Result<Self, Failure> {
        let on = |kind| signal(kind).context("cannot listen to signals");
        Ok(Self { term: on(SignalKind::terminate())?, int: on(SignalKind::interrupt())? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

impl App {
    /// Opens the database, recovers what a crash left behind, and starts everything. Telegram
    /// need not be in reach.
    pub async fn start(config: Config, policy: Policy) -> Result<Self, Failure> {
        Self::start_with(config, policy, Reminders::default()).await
    }

    /// The same with other times at which unknown invitations are brought up again.
    pub async fn start_with(
        config: Config,
        policy: Policy,
        reminders: Reminders,
    ) -> Result<Self, Failure> {
        let bot = bot::client(&config.telegram).map_err(refused)?;
        let lock = lock(&config.database)?;
        let store = Store::open(&config.database)
            .await
            .map_err(|error| Failure::database(&config.database, &error))?;
        recover(&store, &config.admins).await?;
        let directory = Directory::new(
            store.clone(),
            Terms::default(),
            config.invoicebox.clone(),
            config.dadata,
        )
        .context("no client for the directories")?;
        let providers = Providers::new(config.provider_timeout, config.invoicebox, config.sbis)
            .context("no client for the providers")?;
        let limits = Limits {
            concurrency: config.concurrency,
            invoicebox_per_minute: config.invoicebox_rate,
            sbis_per_minute: config.sbis_rate,
        };
        let delivery = Delivery::new(store.clone(), Arc::new(providers), policy, limits);
        let context = Arc::new(Context::new(
            store.clone(),
            delivery.clone(),
            directory,
            Arc::new(Notify::new()),
            config.admins,
            config.office,
            config.time_zone,
        ));
        let (stop, hush) = (watch::Sender::new(false), watch::Sender::new(false));
        let (mut work, mut telling) = (JoinSet::new(), JoinSet::new());
        let (stopped, hushed) = (stop.subscribe(), hush.subscribe());
        work.spawn(async move {
            delivery.run(stopped).await;
            Ok(())
        });
        telling.spawn(Teller::new(bot.clone(), context.clone()).run(hushed.clone()));
        telling.spawn(Reminder::new(bot.clone(), context.clone(), reminders).run(hushed));
        let stopped = stop.subscribe();
        work.spawn(async move {
            if let Some(username) = bot::greet(&bot, stopped.clone()).await.map_err(refused)? {
                tracing::info!("taking updates as @{username}");
                bot::run(bot, context, stopped).await.map_err(refused)?;
            }
            Ok(())
        });
        Ok(Self { store, stop, hush, work, telling, _lock: lock })
    }

    /// The database, to look into.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until the bot ends without being asked to, and why.
    pub async fn ended(&mut self) -> Result<(), Failure> {
        let ended = tokio::select! {
            ended = self.work.join_next() => ended,
            Some(_) = self.telling.join_next() => {
                return Err(anyhow::anyhow!("nobody tells any more").into());
            }
        };
        match ended {
            Some(Ok(Err(failure))) => Err(failure),
            Some(Ok(Ok(()))) | None => Err(anyhow::anyhow!("a part of the bot has ended").into()),
            Some(Err(panicked)) => Err(anyhow::Error::from(panicked).into()),
        }
    }

    /// Stops: no new updates and no new calls; calls under way end and are recorded; their
    /// authors are told.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.work.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::error!("a part of the bot failed: {failure}"),
                Err(panicked) => tracing::error!("a part of the bot ended early: {panicked}"),
            }
        }
        self.hush.send_replace(true);
        while self.telling.join_next().await.is_some() {}
        self.store.close().await;
    }
}

fn refused(error: ConnectError) -> Failure {
    match error {
        ConnectError::Token => Failure::refused_token(),
        ConnectError::Proxy => Failure::proxy_refused(),
        ConnectError::Client(_) => Failure::Other(error.into()),
    }
}

/// Makes sure that nobody else sends from this database. The lock goes with the process, however
/// it ends.
fn lock(database: &Path) -> Result<File, Failure> {
    // One database is one lock, by whatever path it is reached.
    let database = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut name = OsString::from(database);
    name.push(".lock");
    let path = PathBuf::from(name);
    let open = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        File::options().create(true).truncate(false).write(true).mode(0o600).open(&path)
    };
    let file = open().map_err(|error| Failure::lock_file(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::AlreadyRunning),
        Err(TryLockError::Error(error)) => Err(Failure::lock_file(&path, &error)),
    }
}

/// What a crash left behind: a call whose end nobody saw is unknown.
async fn recover(store: &Store, admins: &BTreeSet<PersonId>) -> Result<(), Failure> {
    let now = Timestamp::now();
    crash_point!("before R");
    let unknown = store.recover(now).await.context("cannot recover")?;
    crash_point!("after R");
    if !unknown.is_empty() {
        tracing::warn!(count = unknown.len(), "calls were interrupted, their outcome is unknown");
    }
    let fixed: Vec<PersonId> = admins.iter().copied().collect();
    let held = store.hold_orphans(&fixed, now).await.context("cannot recover")?;
    if !held.is_empty() {
        tracing::warn!(count = held.len(), "invitations of people without access are held");
    }
    store.drop_old_drafts(now - DRAFTS_KEPT).await.context("cannot drop old drafts")?;
    let mut tx = store.begin().await.context("cannot read the allow-list")?;
    let listed = tx.admins().await.context("cannot read the allow-list")?;
    if admins.is_empty() && listed.is_empty() {
        tracing::warn!("nobody is an admin: set ADMIN_IDS, or run `invite-bot admin add <id>`");
    }
    Ok(())
}
