//! A connection that is kept between its uses. A pool asks a connection each time whether it still
//! lives, which is one more trip to its thread.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteTransactionManager;
use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool};
use sqlx_core::sql_str::SqlSafeStr as _;
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

#[derive(Clone, Debug)]
pub(super) struct Kept {
    pool: SqlitePool,
    slot: Arc<Mutex<Option<PoolConnection<Sqlite>>>>,
}

pub(super) type Lent = OwnedMappedMutexGuard<Option<PoolConnection<Sqlite>>, SqliteConnection>;

impl Kept {
    /// One connection of the pool.
    pub fn of(pool: SqlitePool) -> Self {
        Self { pool, slot: Arc::default() }
    }

    /// One user after the other.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let mut slot = self.slot.clone().lock_owned().await;
        // The pool finds out whether the end of a transaction failed.
        let is_idle = |conn: &PoolConnection<Sqlite>| !conn.is_in_transaction();
        *slot = match slot.take().filter(is_idle) {
            Some(conn) => Some(conn),
            None => Some(self.pool.acquire().await?),
        };
        OwnedMutexGuard::try_map(slot, |slot| slot.as_deref_mut())
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// The next one is made anew.
    #[cfg(test)]
    pub async fn renew(&self) {
        if let Some(conn) = self.slot.lock().await.take() {
            conn.close().await.unwrap();
        }
    }

    pub async fn close(&self) {
        drop(self.slot.lock().await.take());
        self.pool.close().await;
    }
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
