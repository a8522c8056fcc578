//! Floor 3: the Telegram shell, alone in naming teloxide. It turns updates into inputs and shows
//! the replies; [`crate::handlers`] decides what is done and said.

mod answer;
mod backoff;
mod client;
mod guard;
mod inbox;
mod last_message;
mod menu;
mod notices;
mod outbox;
pub mod parse;
mod questions;
mod rate_limit;
pub mod raw;
mod reminder;
mod render;
mod results;
mod router;
mod routes;
pub mod session_storage;
mod show;
mod storage_outage;
mod try_route;
mod turn;
mod warnings;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use teloxide::dispatching::Dispatcher;
use teloxide::error_handlers::{ErrorHandler, IgnoringErrorHandlerSafe};
use teloxide::payloads::GetMe;
use teloxide::prelude::*;
use tokio::sync::{Notify, mpsc, watch};
use url::Url;

use crate::delivery::Delivery;
use crate::dialogue::facts::BotSettings;
use crate::directory::Directory;
use crate::domain::{OfficeCode, OfficeRules, Person, PersonId, Role, Viewer, Warning};
use crate::handlers::{self, OutgoingMessage};
use crate::screens::Screen;
use crate::store::{Actor, Applied, Change, PersonFacts, Store, StoreError};
use answer::TelegramError;
use inbox::{Inbox, Listener};

pub use client::TelegramClient;
pub use inbox::{Delivered, Webhook, WebhookInfo, Whose, batch, parse as parse_update};
pub use notices::announce_check;
pub use outbox::Outbox;
pub use reminder::{Reminder, Reminders};
pub use routes::Route;
pub use try_route::{Tried, Untold, try_route, webhook_info};
pub use warnings::{Limits as WarningLimits, Warnings};

async fn viewer(context: &Context, person: PersonId) -> Result<Viewer, StoreError> {
    let listed = context.store.listed(person).await?;
    let fixed = context.setup.fixed_admins.contains(&person);
    let role = listed.as_ref().and_then(|listed| listed.role);
    let me = listed.map_or(Person { id: person, name: None }, |listed| listed.person);
    let role = if fixed { Role::Admin } else { role.unwrap_or(Role::Staff) };
    Ok(Viewer { me, role, zone: context.zone.clone(), now: Timestamp::now() })
}

#[derive(Clone, Debug)]
pub struct Telegram {
    pub token: SecretString,
    /// `None`: Telegram's own server.
    pub api_url: Option<Url>,
    /// Preferred first; none is the direct one.
    pub routes: Vec<Route>,
}

impl Telegram {
    /// Telegram's own server, directly.
    pub fn of(token: &str) -> Self {
        Self { token: token.into(), api_url: None, routes: Vec::new() }
    }

    /// What Telegram shows when it posts an update. It is made of the token, so there is nothing to
    /// keep, and it changes with it.
    pub fn webhook_secret(&self) -> SecretString {
        let digest = Sha256::new()
            .chain_update(b"invite-bot webhook\0")
            .chain_update(self.token.expose_secret())
            .finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.into()
    }

    fn bot(&self, client: reqwest::Client) -> Bot {
        let bot = Bot::with_client(self.token.expose_secret(), client);
        match &self.api_url {
            Some(url) => bot.set_api_url(url.clone()),
            None => bot,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("Telegram refuses the bot token")]
    Token,
    #[error("the webhook of somebody else is set, at {0}")]
    SomebodyElses(String),
    #[error("no HTTP client: {0}")]
    Client(String),
}

pub struct Context {
    pub store: Store,
    pub delivery: Delivery,
    pub directory: Directory,
    /// Notified when something is to be told.
    pub to_tell: Arc<Notify>,
    /// Notified when a screen was not shown.
    pub not_shown: Notify,
    pub inbox: Arc<Inbox>,
    pub setup: BotSettings,
    pub zone: TimeZone,
    pub rate_limit: rate_limit::RateLimit,
    /// Of pictures without words: one of an album is answered.
    pub albums: rate_limit::RateLimit,
    pub questions: questions::Questions,
}

impl Context {
    #[expect(clippy::too_many_arguments, reason = "each is a part of the program, given once")]
    pub fn new(
        store: Store,
        delivery: Delivery,
        directory: Directory,
        to_tell: Arc<Notify>,
        fixed_admins: BTreeSet<PersonId>,
        office: Option<OfficeCode>,
        zone: TimeZone,
        rules: OfficeRules,
    ) -> Self {
        let setup = BotSettings {
            fixed_admins,
            providers: delivery.enabled(),
            office,
            directory: directory.is_on(),
            rules,
            undo_window: delivery.window(),
        };
        let inbox = Arc::new(Inbox::new(store.clone()));
        Self {
            store,
            delivery,
            directory,
            to_tell,
            not_shown: Notify::new(),
            inbox,
            setup,
            zone,
            rate_limit: rate_limit::RateLimit::default(),
            albums: rate_limit::RateLimit::default(),
            questions: questions::Questions::default(),
        }
    }

    /// Writes as the program, not as a person.
    pub async fn apply(&self, changes: &[Change]) -> Result<Applied, StoreError> {
        self.store.apply(Actor::Program, Timestamp::now(), changes).await
    }

    pub async fn tell_admins(&self, screen: &Screen) -> Result<(), StoreError> {
        self.apply(&Vec::from_iter(self.to_admins(screen))).await?;
        self.to_tell.notify_one();
        Ok(())
    }

    /// Once, until it is over; then that it is, if they were warned.
    pub async fn warn(
        &self,
        warning: Warning,
        stands: bool,
        screen: &Screen,
    ) -> Result<(), StoreError> {
        let change = outgoing(screen).map(|body| match (stands, self.fixed_admins()) {
            (true, fixed_admins) => Change::Warn { warning, fixed_admins, body },
            (false, fixed_admins) => Change::WarningOver { warning, fixed_admins, body },
        });
        self.apply(&Vec::from_iter(change)).await?;
        self.to_tell.notify_one();
        Ok(())
    }

    fn to_admins(&self, screen: &Screen) -> Option<Change> {
        Some(Change::EnqueueToAdmins { fixed_admins: self.fixed_admins(), body: outgoing(screen)? })
    }

    /// What a turn of this person has to know.
    pub async fn facts(&self, person: PersonId) -> Result<PersonFacts, StoreError> {
        let now = Timestamp::now();
        let quotas = handlers::session::quotas(&self.setup, &self.zone, now);
        self.store.person_facts(person, &self.fixed_admins(), &quotas, now).await
    }

    pub fn fixed_admins(&self) -> Vec<PersonId> {
        self.setup.fixed_admins.iter().copied().collect()
    }
}

fn outgoing(screen: &Screen) -> Option<String> {
    serde_json::to_string(&OutgoingMessage::Screen(screen.clone())).ok()
}

pub async fn everybody(context: &Context) -> Result<Vec<(PersonId, Role)>, StoreError> {
    let mut reader = context.store.reader();
    let listed = handlers::session::all_staff(&mut reader, &context.setup).await?;
    Ok(listed.into_iter().map(|(person, role)| (person.id, role)).collect())
}

const POLL: Duration = Duration::from_secs(10);

const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// How long a stop waits for a message under way; the rest is told after the next start.
const STOP_TIMEOUT: Duration = Duration::from_millis(1500);

/// `None`: the shutdown came first.
pub async fn greet(
    client: &TelegramClient,
    mut shutdown: watch::Receiver<bool>,
) -> Result<Option<String>, ConnectError> {
    let mut backoff = Duration::from_millis(500);
    loop {
        let me = GetMe::new();
        let asked = tokio::select! {
            asked = client.call(&me) => asked,
            () = stopped(&mut shutdown) => return Ok(None),
        };
        let wait = match asked {
            Ok(me) => {
                client.is_called(me.username());
                return Ok(Some(me.username().to_owned()));
            }
            Err(TelegramError::Token) => return Err(ConnectError::Token),
            Err(error) => {
                tracing::warn!(%error, "Telegram is out of reach, waiting");
                match error {
                    TelegramError::Wait(exactly) => exactly,
                    _ => backoff,
                }
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => backoff = (backoff * 2).min(MAX_BACKOFF),
            () = stopped(&mut shutdown) => return Ok(None),
        }
    }
}

/// How updates come.
#[derive(Debug)]
pub enum Intake {
    Polling,
    /// By the route that sends them on.
    Webhook(Webhook, mpsc::Receiver<Delivered>),
}

/// Waits until updates can come. `None`: the shutdown came first.
pub async fn make_ready(
    client: &TelegramClient,
    context: &Context,
    intake: &Intake,
    shutdown: watch::Receiver<bool>,
) -> Result<Option<()>, ConnectError> {
    match intake {
        Intake::Polling => Ok(Some(())),
        Intake::Webhook(webhook, _) => inbox::set_webhook(client, context, webhook, shutdown).await,
    }
}

/// After the shutdown nobody need wait for it: what was not shown is shown after the next start.
pub async fn run(
    client: TelegramClient,
    context: Arc<Context>,
    intake: Intake,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectError> {
    let inbox = context.inbox.clone();
    let menus = async {
        let mut shutdown = shutdown.clone();
        tokio::select! {
            () = menu::publish_all(&client, &context) => {}
            () = stopped(&mut shutdown) => {}
        }
    };
    let work = async {
        futures::join!(dispatch(&client, &context, &inbox, shutdown.clone()), menus,);
    };
    let taking = async {
        match intake {
            Intake::Polling => inbox::poll(&client, &context, &inbox, shutdown.clone()).await,
            Intake::Webhook(webhook, mut updates) => {
                let updates = &mut updates;
                inbox::webhook(&client, &context, &inbox, &webhook, updates, shutdown.clone()).await
            }
        }
    };
    tokio::pin!(work, taking);
    tokio::select! {
        taken = &mut taking => {
            taken?;
            work.await;
            Ok(())
        }
        // Only after the shutdown.
        () = &mut work => taking.await,
    }
}

async fn dispatch(
    client: &TelegramClient,
    context: &Arc<Context>,
    inbox: &Arc<Inbox>,
    mut shutdown: watch::Receiver<bool>,
) {
    while !*shutdown.borrow() {
        let session_storage = Arc::new(session_storage::Sessions::new(context.clone()));
        let mut dispatcher = Dispatcher::builder(client.bot(), router::schema())
            .dependencies(dptree::deps![
                client.with_flood_waits(),
                context.clone(),
                inbox.clone(),
                session_storage
            ])
            // teloxide would log the whole update, with a client's data in it.
            .default_handler(|_| async {})
            .error_handler(Arc::new(Quiet))
            .build();
        let stop = dispatcher.shutdown_token();
        let listener = Listener::new(inbox.clone());
        let listening =
            dispatcher.try_dispatch_with_listener(listener, IgnoringErrorHandlerSafe::new());
        tokio::pin!(listening);
        let ended = tokio::select! {
            ended = &mut listening => ended,
            () = stopped(&mut shutdown) => {
                // It is idle only while it has not begun; then there is nothing to wait for.
                match stop.shutdown() {
                    Ok(_) => listening.await,
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = ended {
            let error = answer::by_teloxide(&error);
            tracing::warn!(%error, "Telegram is out of reach, waiting");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn overdue(mut shutdown: watch::Receiver<bool>) {
    stopped(&mut shutdown).await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}

/// A function of its own, for what `wait_for` returns holds a lock.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    drop(shutdown.wait_for(|stop| *stop).await);
}

/// Logs errors by kind, for an error of teloxide may hold a whole update.
struct Quiet;

impl ErrorHandler<anyhow::Error> for Quiet {
    fn handle_error(
        self: Arc<Self>,
        error: anyhow::Error,
    ) -> futures::future::BoxFuture<'static, ()> {
        tracing::error!("a handler failed: {error:#}");
        Box::pin(std::future::ready(()))
    }
}
