//! A connection that is kept between its uses. A pool asks a connection each time whether it still
//! lives, which is one more trip to its thread.
//!
//! What awaits a method of a connection is boxed: the compiler does not see else that a task which
//! awaits it may move between threads.

use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteTransactionManager};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use sqlx_core::sql_str::SqlSafeStr as _;
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

#[derive(Clone, Debug)]
pub(super) struct Kept {
    options: SqliteConnectOptions,
    slot: Arc<Mutex<Option<SqliteConnection>>>,
}

pub(super) type Lent = OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>;

impl Kept {
    /// `options`: of another connection, should this one fail.
    pub fn of(conn: SqliteConnection, options: SqliteConnectOptions) -> Self {
        Self { options, slot: Arc::new(Mutex::new(Some(conn))) }
    }

    /// One user after the other.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let mut slot = self.slot.clone().lock_owned().await;
        let kept = match slot.take() {
            Some(conn) => idle(conn).await?,
            None => None,
        };
        *slot = match kept {
            Some(conn) => Some(conn),
            None => Some(connect(self.options.clone()).await?),
        };
        OwnedMutexGuard::try_map(slot, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)
    }

    pub async fn close(&self) {
        if let Some(conn) = self.slot.lock().await.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "a connection was not closed");
        }
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
