//! Floor 3: the Telegram shell, alone in naming teloxide. It turns updates into inputs of the
//! handlers, has their changes written, and shows what they reply. What is decided and said is
//! decided in [`crate::handlers`], never here.

mod backoff;
mod client;
mod guard;
mod inbox;
mod menu;
mod outbox;
pub mod parse;
mod rate_limit;
mod reminder;
mod render;
mod router;
pub mod session_storage;
mod show;
mod storage_outage;
mod turn;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use teloxide::Bot;
use teloxide::dispatching::Dispatcher;
use teloxide::error_handlers::{ErrorHandler, IgnoringErrorHandlerSafe};
use teloxide::payloads::GetMe;
use teloxide::prelude::*;
use tokio::sync::{Notify, watch};
use url::Url;

use crate::delivery::Delivery;
use crate::dialogue::facts::Setup;
use crate::directory::Directory;
use crate::domain::{OfficeCode, Person, PersonId, Role, Rules, Viewer};
use crate::handlers;
use crate::store::{Actor, Applied, Change, Store, StoreError};
use client::TelegramError;
use inbox::{Inbox, Listener};

pub use client::TelegramClient;
pub use inbox::{batch, readable};
pub use outbox::Outbox;
pub use reminder::{Reminder, Reminders};

/// For whom something is drawn that is not the answer to an update.
async fn viewer(context: &Context, person: PersonId) -> Result<Viewer, StoreError> {
    let listed = context.store.listed(person).await?;
    let fixed = context.setup.fixed_admins.contains(&person);
    let role = listed.as_ref().and_then(|listed| listed.role);
    let me = listed.map_or(Person { id: person, name: None }, |listed| listed.person);
    let role = if fixed { Role::Admin } else { role.unwrap_or(Role::Staff) };
    Ok(Viewer { me, role, zone: context.zone.clone(), now: Timestamp::now() })
}

/// How to reach the Bot API.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The bot's token.
    pub token: SecretString,
    /// Another server than Telegram's.
    pub api_url: Option<Url>,
    /// A proxy, for Telegram only.
    pub proxy: Option<SecretString>,
}

/// Telegram cannot be used with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Telegram refuses the token.
    #[error("Telegram refuses the bot token")]
    Token,
    /// The proxy address cannot be used.
    #[error("the proxy address cannot be used")]
    Proxy,
    /// No HTTP client can be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}

/// What every handler works with.
pub struct Context {
    /// The log and the drafts.
    pub store: Store,
    /// To be woken when something was queued.
    pub delivery: Delivery,
    /// What is known of organisations.
    pub directory: Directory,
    /// Rung when something is to be told.
    pub news: Arc<Notify>,
    /// Rung when a screen was not shown.
    pub unseen: Notify,
    /// What was received, and not handled yet.
    pub inbox: Arc<Inbox>,
    /// What the configuration says to the handlers.
    pub setup: Setup,
    /// In which times are shown.
    pub zone: TimeZone,
    /// Who asked without being on the list.
    pub rate_limit: rate_limit::RateLimit,
}

impl Context {
    /// Wires the shell to what lies beneath.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the program, given once")]
    pub fn new(
        store: Store,
        delivery: Delivery,
        directory: Directory,
        news: Arc<Notify>,
        fixed_admins: BTreeSet<PersonId>,
        office: Option<OfficeCode>,
        zone: TimeZone,
        rules: Rules,
    ) -> Self {
        let setup = Setup {
            fixed_admins,
            providers: delivery.enabled(),
            office,
            directory: directory.is_on(),
            rules,
            undo_window: delivery.window(),
        };
        let rate_limit = rate_limit::RateLimit::default();
        let inbox = Arc::new(Inbox::new(store.clone()));
        Self {
            store,
            delivery,
            directory,
            news,
            unseen: Notify::new(),
            inbox,
            setup,
            zone,
            rate_limit,
        }
    }

    /// Writes what is nobody's own doing.
    pub async fn apply(&self, changes: &[Change]) -> Result<Applied, StoreError> {
        self.store.apply(Actor::Program, Timestamp::now(), changes).await
    }

    /// The admins by configuration.
    pub fn fixed_admins(&self) -> Vec<PersonId> {
        self.setup.fixed_admins.iter().copied().collect()
    }
}

/// Everybody who may use the bot.
pub async fn everybody(context: &Context) -> Result<Vec<(PersonId, Role)>, StoreError> {
    let mut reader = context.store.reader().await?;
    let listed = handlers::session::everybody(&mut reader, &context.setup).await?;
    Ok(listed.into_iter().map(|(person, role)| (person.id, role)).collect())
}

/// How long one long poll lasts.
const POLL: Duration = Duration::from_secs(10);

/// The longest wait between two tries to reach Telegram.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// The longest that a stop waits for a message under way; what was not told by then is told after
/// the next start.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// Makes the client. Nothing is sent yet.
pub fn client(telegram: &Telegram) -> Result<TelegramClient, ConnectError> {
    // A proxy comes from our own setting alone, never from the environment of the process.
    let mut builder = teloxide::net::default_reqwest_settings().no_proxy();
    if let Some(proxy) = &telegram.proxy {
        let proxy = reqwest::Proxy::all(proxy.expose_secret()).map_err(|_| ConnectError::Proxy)?;
        builder = builder.proxy(proxy);
    }
    let client =
        builder.build().map_err(|error| ConnectError::Client(error.without_url().to_string()))?;
    let bot = Bot::with_client(telegram.token.expose_secret(), client);
    Ok(TelegramClient::new(match &telegram.api_url {
        Some(url) => bot.set_api_url(url.clone()),
        None => bot,
    }))
}

/// Waits until Telegram knows the bot, as long as it takes or until `shutdown`. `None` means that
/// the shutdown came first.
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
            Ok(me) => return Ok(Some(me.username().to_owned())),
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

/// Takes updates until `shutdown`, then finishes those under way. The caller need not wait for
/// them: what took effect and was not shown is shown after the next start.
pub async fn run(
    client: TelegramClient,
    context: Arc<Context>,
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
    tokio::pin!(work);
    tokio::select! {
        polled = inbox::poll(&client, &context, &inbox, shutdown.clone()) => polled?,
        () = &mut work => return Ok(()),
    }
    work.await;
    Ok(())
}

/// Hands what was taken in to the handlers until `shutdown`.
async fn dispatch(
    client: &TelegramClient,
    context: &Arc<Context>,
    inbox: &Arc<Inbox>,
    mut shutdown: watch::Receiver<bool>,
) {
    while !*shutdown.borrow() {
        let session_storage = Arc::new(session_storage::Sessions::new(context.store.clone()));
        let mut dispatcher = Dispatcher::builder(client.bot().clone(), router::schema())
            .dependencies(dptree::deps![
                client.patient(),
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
            let error = client::by_teloxide(&error);
            tracing::warn!(%error, "Telegram is out of reach, waiting");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Waits for the stop, and for as long as a message under way may take after it.
async fn overdue(mut shutdown: watch::Receiver<bool>) {
    stopped(&mut shutdown).await;
    tokio::time::sleep(LAST_WORDS).await;
}

/// Waits for the stop. Apart, because what `wait_for` returns must not be kept while waiting.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    drop(shutdown.wait_for(|stop| *stop).await);
}

/// Logs what the guard let through, which is nothing: by kind, for an error of teloxide may hold a
/// whole update.
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
