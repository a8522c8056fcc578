//! Updates that Telegram posts to an address of ours (the route is in `app`): the same intake as by
//! polling, and a watch over the webhook in place of the poll.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use url::Url;

use super::super::answer::TelegramError;
use super::super::client::TelegramClient;
use super::super::storage_outage::StorageOutage;
use super::super::{ConnectError, Context, overdue, stopped};
use super::Inbox;
use super::contact::{Contact, backoff, note_rival, rest};
use super::poll::{KINDS, received};
use crate::door::Pass;
use crate::monitor::Loop;
use crate::probe::crash_point;
use crate::store::{Received, StoreError};

/// As often as a poll comes back.
const LOOK: Duration = Duration::from_secs(10);

/// There is one writer.
const CONNECTIONS: u32 = 4;

/// One removal may be an accident; two within this time are another program.
const CONFLICTS: Duration = Duration::from_secs(60);

/// Where updates are posted, and where they arrive: in between is whoever ends TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: Url,
    pub listen: SocketAddr,
}

/// An update on its way in. Without a [`Pass`] in return it was not taken, and comes again.
#[derive(Debug)]
pub struct Delivered {
    pub update: Received,
    pub taken: oneshot::Sender<Pass>,
}

/// What Telegram says of the webhook that is set.
#[derive(Debug, Deserialize)]
pub struct WebhookInfo {
    url: String,
    #[serde(default)]
    pending_update_count: u64,
    last_error_date: Option<i64>,
    last_error_message: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Nobodys,
    Ours,
    /// By the name of its host: the rest may be a secret of somebody.
    SomebodyElses(String),
}

impl WebhookInfo {
    pub fn whose(&self, ours: &Url) -> Whose {
        match Url::parse(&self.url) {
            _ if self.url.is_empty() => Whose::Nobodys,
            Ok(url) if url == *ours => Whose::Ours,
            Ok(url) => Whose::SomebodyElses(url.host_str().unwrap_or_default().to_owned()),
            Err(_) => Whose::SomebodyElses("?".to_owned()),
        }
    }

    pub fn waiting(&self) -> u64 {
        self.pending_update_count
    }

    /// When a post failed last, in seconds, and why.
    pub fn last_error(&self) -> Option<(i64, String)> {
        let words: String = self.last_error_message.as_deref()?.chars().take(120).collect();
        Some((self.last_error_date?, words.escape_debug().to_string()))
    }
}

/// `None`: it is no update.
pub fn parse(body: &[u8]) -> Option<Received> {
    let raw = serde_json::from_slice::<&RawValue>(body).ok()?;
    // What has fields may be read from a list as well.
    received(raw).filter(|_| raw.get().starts_with('{'))
}

// ------------------------------------------------------------------------------ setting it

/// Waits for Telegram as long as that takes. `None`: the shutdown came first.
pub async fn set(
    client: &TelegramClient,
    context: &Context,
    webhook: &Webhook,
    mut shutdown: watch::Receiver<bool>,
) -> Result<Option<()>, ConnectError> {
    let (monitor, mut failures) = (context.store.monitor(), 0);
    loop {
        monitor.beats(Loop::Poll);
        let claimed = tokio::select! {
            claimed = claim(client, &webhook.url) => claimed,
            () = stopped(&mut shutdown) => return Ok(None),
        };
        let error = match claimed {
            Ok(Whose::SomebodyElses(host)) => return Err(ConnectError::SomebodyElses(host)),
            Ok(Whose::Ours | Whose::Nobodys) => return Ok(Some(())),
            Err(TelegramError::Token) => return Err(ConnectError::Token),
            Err(error) => error,
        };
        let wait = pause(&error, &mut failures);
        tracing::warn!("the webhook is not set, again in {:.1} s: {error}", wait.as_secs_f64());
        tokio::select! {
            () = rest(monitor, wait) => {}
            () = stopped(&mut shutdown) => return Ok(None),
        }
    }
}

fn pause(error: &TelegramError, failures: &mut u32) -> Duration {
    match error {
        TelegramError::Wait(exactly) => *exactly,
        _ => backoff(failures),
    }
}

/// Of somebody else's nothing is taken. Ours is set anew: its secret may be that of a former token.
async fn claim(client: &TelegramClient, ours: &Url) -> Result<Whose, TelegramError> {
    let whose = info(client).await?.whose(ours);
    if !matches!(whose, Whose::SomebodyElses(_)) {
        set_now(client, ours).await?;
    }
    Ok(whose)
}

async fn info(client: &TelegramClient) -> Result<WebhookInfo, TelegramError> {
    client.ask("GetWebhookInfo", "{}".to_owned()).await
}

/// Never with `drop_pending_updates`, which loses what people sent.
async fn set_now(client: &TelegramClient, url: &Url) -> Result<(), TelegramError> {
    let secret = client.webhook_secret();
    let body = serde_json::json!({
        "url": url, "secret_token": secret.expose_secret(),
        "max_connections": CONNECTIONS, "allowed_updates": KINDS,
    });
    client.ask::<bool>("SetWebhook", body.to_string()).await.map(drop)
}

// ------------------------------------------------------------------------------- the intake

/// After a shutdown it goes on until all that is under way is stored and acknowledged: the route
/// ends, and `updates` with it.
pub async fn run(
    client: &TelegramClient,
    context: &Context,
    inbox: &Inbox,
    webhook: &Webhook,
    updates: &mut mpsc::Receiver<Delivered>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectError> {
    let (monitor, mut failures, mut contact) = (context.store.monitor(), 0, Contact::new(inbox));
    while let Err(error) = contact.begin().await {
        let wait = backoff(&mut failures);
        tracing::warn!("taking no updates for {:.1} s: {error}", wait.as_secs_f64());
        tokio::select! {
            () = rest(monitor, wait) => {}
            () = stopped(&mut shutdown) => return Ok(()),
        }
    }
    let count = AtomicU64::new(0);
    let taking = take(client, context, inbox, updates, &count);
    tokio::pin!(taking);
    let guard = Guard {
        client,
        context,
        url: &webhook.url,
        contact,
        taken: &count,
        taken_before: 0,
        was_away: true,
        fails: false,
        error: None,
        removed: None,
        is_lost: false,
    };
    tokio::select! {
        () = &mut taking => return Ok(()),
        ended = guard.run(shutdown.clone()) => ended?,
    }
    tokio::select! {
        () = taking => {}
        () = overdue(shutdown) => {}
    }
    Ok(())
}

/// Whoever delivered may be gone meanwhile: what is begun is done.
async fn take(
    client: &TelegramClient,
    context: &Context,
    inbox: &Inbox,
    updates: &mut mpsc::Receiver<Delivered>,
    count: &AtomicU64,
) {
    let (mut storage_outage, mut is_out) = (StorageOutage::default(), false);
    while let Some(first) = updates.recv().await {
        let mut delivered = vec![first];
        while let Ok(one) = updates.try_recv() {
            delivered.push(one);
        }
        delivered.sort_by_key(|one| one.update.update);
        let (batch, taken): (Vec<_>, Vec<_>) =
            delivered.into_iter().map(|one| (one.update, one.taken)).unzip();
        if let Err(error) = inbox.receive(&batch).await {
            if !std::mem::replace(&mut is_out, true) {
                tracing::warn!("updates are not taken, Telegram keeps them: {error}");
            }
            drop(taken);
            let chats = inbox.not_stored(&batch).await;
            storage_outage.tell(client, context, &chats).await;
            continue;
        }
        storage_outage.over();
        is_out = false;
        count.fetch_add(1, Ordering::Relaxed);
        crash_point!("before acknowledging");
        let passes = join_all(taken.iter().map(|_| client.pass_with_others())).await;
        for (taken, pass) in taken.into_iter().zip(passes) {
            if let Ok(pass) = pass {
                // Telegram no longer waits for it, and comes again.
                drop(taken.send(pass));
            }
        }
        crash_point!("after acknowledging");
    }
}

// ---------------------------------------------------------------------------- the watch over it

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Telegram(#[from] TelegramError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Guard<'a> {
    client: &'a TelegramClient,
    context: &'a Context,
    url: &'a Url,
    contact: Contact<'a>,
    taken: &'a AtomicU64,
    taken_before: u64,
    was_away: bool,
    /// Telegram has updates and cannot hand them over.
    fails: bool,
    error: Option<(i64, String)>,
    removed: Option<Instant>,
    /// Somebody else has set another one.
    is_lost: bool,
}

impl Guard<'_> {
    async fn run(mut self, mut shutdown: watch::Receiver<bool>) -> Result<(), ConnectError> {
        let (monitor, mut failures) = (self.context.store.monitor(), 0);
        loop {
            monitor.beats(Loop::Poll);
            let looked = tokio::select! {
                looked = self.look() => looked,
                () = stopped(&mut shutdown) => return Ok(()),
            };
            let wait = match looked {
                Ok(()) => {
                    failures = 0;
                    LOOK
                }
                Err(LookError::Telegram(TelegramError::Token)) => return Err(ConnectError::Token),
                Err(error) => {
                    self.was_away = true;
                    let wait = match &error {
                        LookError::Telegram(error) => pause(error, &mut failures),
                        LookError::Store(_) => backoff(&mut failures),
                    };
                    tracing::warn!("no word of Telegram for {:.1} s: {error}", wait.as_secs_f64());
                    wait
                }
            };
            tokio::select! {
                () = rest(monitor, wait) => {}
                () = stopped(&mut shutdown) => return Ok(()),
            }
        }
    }

    async fn look(&mut self) -> Result<(), LookError> {
        let info = info(self.client).await?;
        match info.whose(self.url) {
            Whose::Ours => self.is_lost = false,
            Whose::Nobodys => self.set_again().await?,
            Whose::SomebodyElses(host) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    tracing::error!(host, "somebody else has set a webhook: no updates come");
                }
                self.was_away = true;
                note_rival(&self.context.store, &self.context.to_tell).await;
                return Ok(());
            }
        }
        self.hears(&info);
        if self.fails {
            self.was_away = true;
            return Ok(());
        }
        let now = Timestamp::now();
        self.context.store.monitor().polled(now);
        let is_back = std::mem::replace(&mut self.was_away, false);
        Ok(self.contact.note(now, is_back).await?)
    }

    async fn set_again(&mut self) -> Result<(), TelegramError> {
        tracing::warn!("the webhook was removed by somebody: it is set again");
        set_now(self.client, self.url).await?;
        self.is_lost = false;
        let before = self.removed.replace(Instant::now());
        if before.is_some_and(|at| at.elapsed() < CONFLICTS) {
            note_rival(&self.context.store, &self.context.to_tell).await;
        }
        Ok(())
    }

    /// That Telegram answers is no sign that its posts arrive.
    fn hears(&mut self, info: &WebhookInfo) {
        let error = info.last_error();
        if error != self.error {
            let words = |error: &Option<(i64, String)>| error.as_ref().map(|(_, it)| it.clone());
            let is_new = words(&error) != words(&self.error) || !self.fails;
            self.fails = error.is_some() && info.waiting() > 0;
            if let Some((_, error)) = error.as_ref().filter(|_| is_new && self.fails) {
                tracing::warn!(error, waiting = info.waiting(), "Telegram cannot post updates");
            }
            self.error = error;
        }
        let taken = self.taken.load(Ordering::Relaxed);
        if info.waiting() == 0 || std::mem::replace(&mut self.taken_before, taken) != taken {
            self.fails = false;
        }
    }
}
