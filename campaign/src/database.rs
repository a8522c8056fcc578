//! Looks into the database from outside, with SQL of its own: what the bot's own store says of it
//! is not asked.

use std::path::Path;
use std::str::FromStr as _;

use anyhow::Context as _;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqlitePool};

use crate::logs::Db;

/// Opens it to look, or also to change it.
pub async fn open(path: &Path, may_write: bool) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite:{}", path.display()))?;
    let options = options.read_only(!may_write).busy_timeout(std::time::Duration::from_secs(5));
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await.context("no database")
}

/// Runs statements of the campaign's own.
pub async fn run(path: &Path, statements: &str) -> anyhow::Result<()> {
    let pool = open(path, true).await?;
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await?;
    pool.close().await;
    Ok(())
}

/// How much is not at rest: what a healthy bot must bring to rest by itself. `in_earnest`: waits
/// in the queue are long, and not waited for.
pub async fn restless(pool: &SqlitePool, admin: i64, in_earnest: bool) -> anyhow::Result<i64> {
    // What is queued behind a pause waits for an admin; who lost the access is not told.
    Ok(sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM inbox
                 WHERE (done_at IS NULL AND parked_at IS NULL)
                    OR (done_at IS NOT NULL AND answered = 0 AND chat > 0))
              + (SELECT count(*) FROM outbox)
              + (SELECT count(*) FROM invitations
                 WHERE state = 'sending'
                    OR (state = 'queued' AND NOT ?2
                        AND provider NOT IN (SELECT provider FROM holds
                                             WHERE kind = 'bad_credentials' AND ended_at IS NULL))
                    OR (notified_version < version AND (author = ?1 OR author IN
                           (SELECT id FROM people WHERE role IS NOT NULL))))",
    )
    .bind(admin)
    .bind(in_earnest)
    .fetch_one(pool)
    .await?)
}

/// The providers that wait for an admin's word.
pub async fn paused(pool: &SqlitePool) -> anyhow::Result<Vec<String>> {
    let paused = "SELECT provider FROM holds WHERE kind = 'bad_credentials' AND ended_at IS NULL
                  UNION SELECT i.provider FROM invitations i, holds h
                  WHERE h.kind = 'polling_conflict' AND h.ended_at IS NULL";
    Ok(sqlx::query_scalar(paused).fetch_all(pool).await?)
}

/// Whether nothing is sent before an admin has looked.
pub async fn is_doubted(pool: &SqlitePool) -> anyhow::Result<bool> {
    let doubted = "SELECT EXISTS (SELECT 1 FROM holds
                                  WHERE kind = 'untrusted_database' AND ended_at IS NULL)";
    Ok(sqlx::query_scalar(doubted).fetch_one(pool).await?)
}

/// Reads everything that a bot has left behind, from a copy: what is to be recovered from its
/// write-ahead log is left to the next bot.
pub async fn read(path: &Path) -> anyhow::Result<Db> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.db");
    std::fs::copy(path, &copy)?;
    let log = path.with_extension("db-wal");
    if log.exists() {
        std::fs::copy(log, copy.with_extension("db-wal"))?;
    }
    let pool = open(&copy, true).await?;
    let db = Db {
        integrity: sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await?,
        invitations: sqlx::query_as("SELECT * FROM invitations ORDER BY number")
            .fetch_all(&pool)
            .await?,
        attempts: sqlx::query_as("SELECT * FROM attempts ORDER BY invitation, n")
            .fetch_all(&pool)
            .await?,
        consents: sqlx::query_as("SELECT * FROM consents ORDER BY id").fetch_all(&pool).await?,
        journal: sqlx::query_as("SELECT * FROM journal ORDER BY id").fetch_all(&pool).await?,
        stoplist: sqlx::query_as("SELECT * FROM stoplist ORDER BY id").fetch_all(&pool).await?,
        holds: sqlx::query_as("SELECT id, provider FROM holds ORDER BY id")
            .fetch_all(&pool)
            .await?,
        paused: paused(&pool).await?,
        revoked: sqlx::query_scalar("SELECT id FROM people WHERE role IS NULL AND revoked_at > 0")
            .fetch_all(&pool)
            .await?,
        inbox: sqlx::query_as("SELECT * FROM inbox ORDER BY update_id").fetch_all(&pool).await?,
        outbox: sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&pool).await?,
        read_at: Timestamp::now().as_millisecond(),
    };
    pool.close().await;
    Ok(db)
}
