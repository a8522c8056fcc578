//! Opening the file.

use std::os::unix::fs::PermissionsExt;

use invite_bot::store::{OpenError, Store};
use sqlx::Connection;

use crate::support::ledger::{Ledger, STAFF, id};

#[tokio::test]
async fn the_file_is_made_with_its_folder_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data").join("deeper").join("invite-bot.db");
    let store = Store::open(&path).await.unwrap();
    let beside = path.parent().unwrap().read_dir().unwrap();
    let mut files: Vec<_> = beside.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    store.close().await;
}

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    ledger.store.close().await;
    let again = Store::open(&ledger.path).await.unwrap();
    assert!(again.begin().await.unwrap().invitation(number).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_not_committed_is_not_there() {
    let ledger = Ledger::new().await;
    let draft = ledger.draft(STAFF).await;
    let mut tx = ledger.begin().await;
    assert!(tx.drop_draft(id(STAFF), draft).await.unwrap());
    drop(tx);
    let mut tx = ledger.begin().await;
    assert!(tx.draft(id(STAFF)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_transaction_keeps_other_programs_from_writing_from_its_beginning() {
    let ledger = Ledger::new().await;
    let mut other = ledger.connect().await;
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut other).await.unwrap();
    let tx = ledger.begin().await;
    let write = "DELETE FROM drafts";
    let error = sqlx::query(write).execute(&mut other).await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    tx.commit().await.unwrap();
    sqlx::query(write).execute(&mut other).await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused() {
    let ledger = Ledger::new().await;
    ledger.store.close().await;
    let mut conn = ledger.connect().await;
    let newer = "UPDATE _sqlx_migrations SET version = 9999
                 WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(newer).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let error = Store::open(&ledger.path).await.unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema(9999)), "{error}");
}

#[tokio::test]
async fn a_command_of_another_release_leaves_the_schema_of_a_running_bot() {
    let ledger = Ledger::new().await;
    Store::open_beside(&ledger.path).await.unwrap().close().await;
    let mut conn = ledger.connect().await;
    for other in [0, 9999] {
        let release = "UPDATE _sqlx_migrations SET version = ?
                       WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
        sqlx::query(release).bind(other).execute(&mut conn).await.unwrap();
        let error = Store::open_beside(&ledger.path).await.unwrap_err();
        assert!(matches!(error, OpenError::OtherSchema(it) if it == other), "{error}");
        let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        assert_eq!(applied, [other]);
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invite-bot.db");
    std::fs::write(&path, "certainly not a database ".repeat(100)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Open(_)), "{error}");
    let error = Store::open(&path.join("below a file.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::Create(_)), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let ledger = Ledger::new().await;
    for _ in 0..50 {
        ledger.submit().await;
    }
    ledger.store.close().await;
    let mut bytes = std::fs::read(&ledger.path).unwrap();
    let page = 4096;
    let pages = bytes.len() / page;
    for damaged in bytes.chunks_mut(page).skip(pages / 2) {
        damaged.fill(0xAA);
    }
    std::fs::write(&ledger.path, bytes).unwrap();
    let error = Store::open(&ledger.path).await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_) | OpenError::Open(_)), "{error}");
}

#[tokio::test]
async fn the_sqlite_inside_is_one_that_does_not_corrupt_the_log() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut conn).await.unwrap();
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
}
