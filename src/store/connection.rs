//! A connection that is kept between its uses. A pool asks a connection each time whether it still
//! lives, which is one more trip to its thread.
//!
//! What awaits a method of a connection is boxed: the compiler does not see else that a task which
//! awaits it may move between threads.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteTransactionManager};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use sqlx_core::sql_str::SqlSafeStr as _;
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// Several, for who has one may not be polled while somebody else waits; the first is used most.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    options: Arc<SqliteConnectOptions>,
    slots: Arc<[Arc<Slot>]>,
    /// As many as slots.
    places: Arc<Semaphore>,
}

type Slot = Mutex<Option<SqliteConnection>>;

/// Its slot is free before its place is.
#[derive(Debug)]
pub(super) struct Lent {
    conn: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    _place: OwnedSemaphorePermit,
}

impl Kept {
    /// `options`: of all but the first, which is made.
    pub fn of(conn: SqliteConnection, options: SqliteConnectOptions, most: usize) -> Self {
        let mut first = Some(conn);
        let slots = (0..most).map(|_| Arc::new(Mutex::new(first.take()))).collect();
        Self { options: Arc::new(options), slots, places: Arc::new(Semaphore::new(most)) }
    }

    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| sqlx::Error::PoolClosed)?;
        let free = self.slots.iter().find_map(|slot| slot.clone().try_lock_owned().ok());
        let mut slot = free.ok_or(sqlx::Error::PoolClosed)?;
        let kept = match slot.take() {
            Some(conn) => idle(conn).await?,
            None => None,
        };
        *slot = match kept {
            Some(conn) => Some(conn),
            None => Some(connect(SqliteConnectOptions::clone(&self.options)).await?),
        };
        let conn = OwnedMutexGuard::try_map(slot, Option::as_mut);
        Ok(Lent { conn: conn.map_err(|_| sqlx::Error::PoolClosed)?, _place: place })
    }

    pub async fn close(&self) {
        for slot in self.slots.iter() {
            if let Some(conn) = slot.lock().await.take()
                && let Err(error) = conn.close().await
            {
                tracing::warn!(%error, "a connection was not closed");
            }
        }
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.conn
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.conn
    }
}

pub(super) fn connect(
    options: SqliteConnectOptions,
) -> BoxFuture<'static, Result<SqliteConnection, sqlx::Error>> {
    Box::pin(async move { options.connect().await })
}

/// SQLite ends a transaction by itself when the disk is full or fails; the rollback then fails, and the
/// connection could begin no other one.
fn idle(
    mut conn: SqliteConnection,
) -> BoxFuture<'static, Result<Option<SqliteConnection>, sqlx::Error>> {
    Box::pin(async move {
        if conn.is_in_transaction() {
            // Its rollback may only wait to be run.
            conn.ping().await?;
        }
        if !conn.is_in_transaction() {
            return Ok(Some(conn));
        }
        conn.close().await?;
        Ok(None)
    })
}

/// The one that writes; undone when it is dropped.
#[derive(Debug)]
pub(super) struct Transaction {
    conn: Lent,
    is_open: bool,
}

impl Transaction {
    pub fn begin(conn: Lent) -> BoxFuture<'static, Result<Self, sqlx::Error>> {
        Box::pin(async move {
            // A beginning that is broken off is undone as well.
            let mut begun = Self { conn, is_open: true };
            let immediate = Some("BEGIN IMMEDIATE".into_sql_str());
            SqliteTransactionManager::begin(&mut begun.conn, immediate).await?;
            Ok(begun)
        })
    }

    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let commit: BoxFuture<'_, _> = Box::pin(SqliteTransactionManager::commit(&mut self.conn));
        commit.await?;
        self.is_open = false;
        Ok(())
    }

    pub fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.conn
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            SqliteTransactionManager::start_rollback(&mut self.conn);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_is_not_polled_any_more_keeps_nobody_else_waiting() {
        let options = SqliteConnectOptions::new().filename(":memory:");
        let conn = connect(options.clone()).await.expect("a database in memory opens");
        let kept = Kept::of(conn, options, 2);
        let suspended = kept.lend().await.expect("the first connection is there");

        let patience = std::time::Duration::from_secs(60);
        let other = tokio::time::timeout(patience, kept.lend()).await;
        let other = other.expect("nobody waits").expect("another connection is made");

        assert!(kept.lend().now_or_never().is_none(), "there are two connections");
        drop((suspended, other));
        assert!(kept.lend().now_or_never().is_some(), "both were given back");
    }
}
