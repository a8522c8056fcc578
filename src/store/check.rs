//! Looking through the whole file for damage: before a migration and after a stop that was not clean.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, SqliteConnection};

use super::connection::connect;
use super::trouble::is_damage;
use super::{Store, StoreError};

/// How long what a clean stop vouches for is taken on trust.
const TRUSTED: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

impl Store {
    /// Nobody has looked through the file since it was left in a bad way.
    pub fn is_unchecked(&self) -> bool {
        self.files.is_unchecked.load(Ordering::Relaxed)
    }

    /// What is damaged, if anything. On a connection of its own, for it may take long.
    pub async fn check_file(&self) -> Result<Option<String>, StoreError> {
        let options = self.files.snapshots.connect_options();
        let mut conn = connect(options.as_ref().clone()).await?;
        let damage = quick_check(&mut conn).await?;
        conn.close().await?;
        if damage.is_none() {
            self.files.is_unchecked.store(false, Ordering::Relaxed);
            if let Err(error) = self.door().note_checked(Timestamp::now()).await {
                tracing::warn!(%error, "it was not noted that the file is sound");
            }
        }
        Ok(damage)
    }

    /// It is time to look through the file though it was closed cleanly, and nobody would wait.
    pub async fn is_check_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let checked_at = self.door().checked_at();
        // A time to come is from a clock that was set back since.
        if checked_at.is_some_and(|at| now.duration_since(at).abs() < TRUSTED) {
            return Ok(false);
        }
        let mut conn = self.read().await?;
        let is_idle = sqlx::query_scalar!(
            r#"SELECT NOT EXISTS (SELECT 1 FROM invitations WHERE state = 'queued')
                  AND NOT EXISTS (SELECT 1 FROM invitations WHERE state = 'sending')
                  AS "is_idle!: bool""#
        );
        Ok(is_idle.fetch_one(&mut *conn).await?)
    }
}

pub(super) async fn quick_check(
    conn: &mut SqliteConnection,
) -> Result<Option<String>, sqlx::Error> {
    let health = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)").fetch_one(conn);
    let health = match health.await {
        Err(error) if is_damage(&error) => return Ok(Some(error.to_string())),
        health => health?,
    };
    // SQLite names the database on a line of its own; an error has one line.
    Ok(Some(health.replace('\n', " ")).filter(|health| health != "ok"))
}

/// It has tables, and they are not ours. Litestream may have been there first, and so may a start
/// that was killed at once.
pub(super) async fn is_foreign(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let others = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table'
                                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                                 AND name NOT LIKE '\\_litestream\\_%' ESCAPE '\\'
                                 AND name <> '_sqlx_migrations')
                  AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'invitations')";
    sqlx::query_scalar(others).fetch_one(conn).await
}

pub(super) async fn has_migrations(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let schema = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";
    sqlx::query_scalar(schema).fetch_one(conn).await
}

/// What a migration rewrites must be sound before.
pub(super) async fn is_migration_due(
    writer: &mut SqliteConnection,
    migrations: &Migrator,
) -> Result<bool, sqlx::Error> {
    if !has_migrations(writer).await? {
        return Ok(true);
    }
    let applied = "SELECT version FROM _sqlx_migrations WHERE success";
    let applied: Vec<i64> = sqlx::query_scalar(applied).fetch_all(writer).await?;
    Ok(migrations.iter().any(|migration| !applied.contains(&migration.version)))
}
