//! A connection that is kept between its uses. A pool asks a connection each time whether it still
//! lives, which is one more trip to its thread.

use std::sync::Arc;

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
            None => Some(self.options.connect().await?),
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

/// SQLite ends a transaction by itself when the disk is full or fails; the rollback then fails, and the
/// connection could begin no other one.
async fn idle(mut conn: SqliteConnection) -> Result<Option<SqliteConnection>, sqlx::Error> {
    if conn.is_in_transaction() {
        // Its rollback may only wait to be run.
        conn.ping().await?;
    }
    if !conn.is_in_transaction() {
        return Ok(Some(conn));
    }
    conn.close().await?;
    Ok(None)
}

/// The one that writes; undone when it is dropped.
#[derive(Debug)]
pub(super) struct Transaction {
    conn: Lent,
    is_open: bool,
}

impl Transaction {
    pub async fn begin(conn: Lent) -> Result<Self, sqlx::Error> {
        // A beginning that is broken off is undone as well.
        let mut begun = Self { conn, is_open: true };
        let immediate = Some("BEGIN IMMEDIATE".into_sql_str());
        SqliteTransactionManager::begin(&mut begun.conn, immediate).await?;
        Ok(begun)
    }

    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        SqliteTransactionManager::commit(&mut self.conn).await?;
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
