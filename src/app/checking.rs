//! Looks through the file of the database: after a stop that was not clean, and once a week.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::bot::{self, Context};
use crate::door::Broken;
use crate::store::{Actor, Change, Store};

/// After a check that could not be made.
const AGAIN: Duration = Duration::from_secs(30);

/// How often it is asked whether a check is due.
const ASKED_EVERY: Duration = Duration::from_secs(3600);

/// Nothing is sent before the first check that is due has ended.
pub async fn run(context: Arc<Context>, told_after: Duration) {
    let store = &context.store;
    if store.is_unchecked() {
        tracing::info!("the database was not closed cleanly: nothing is sent before it is checked");
        let mut checked = std::pin::pin!(check(store));
        tokio::select! {
            () = &mut checked => {}
            () = tokio::time::sleep(told_after) => {
                if let Err(error) = bot::announce_check(&context).await {
                    tracing::error!(%error, "nobody is told of the check");
                }
                checked.await;
            }
        }
        while let Err(error) =
            store.apply(Actor::Program, Timestamp::now(), &[Change::FileChecked]).await
        {
            tracing::error!(%error, "it cannot be written that the file is sound");
            tokio::time::sleep(AGAIN).await;
        }
        context.delivery.wake();
        context.to_tell.notify_one();
    }
    loop {
        tokio::time::sleep(ASKED_EVERY).await;
        match store.is_check_due(Timestamp::now()).await {
            Ok(true) => check(store).await,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "it cannot be read whether anything is queued"),
        }
    }
}

/// Returns when the file is sound; one that is damaged ends the program.
pub(super) async fn check(store: &Store) {
    let begun = Instant::now();
    loop {
        match store.check_file().await {
            Ok(None) => {
                let milliseconds = begun.elapsed().as_millis();
                return tracing::info!(milliseconds, "the file of the database is sound");
            }
            Ok(Some(damage)) => {
                tracing::error!(damage, "the file of the database is damaged: restore a backup");
                store.door().shut(Broken::File);
                return std::future::pending().await;
            }
            Err(error) => tracing::error!(%error, "the file of the database cannot be checked"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
