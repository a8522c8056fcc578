//! Opening the file.

use std::os::unix::fs::PermissionsExt;

use invite_bot::domain::Verdict;
use invite_bot::store::{Actor, Applied, Change, OpenError, Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection};

use crate::support::ledger::{Ledger, Refused, STAFF, by, id, new, now, to};

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
    let mut reader = again.reader();
    assert!(reader.invitation(number).await.unwrap().is_some());
}

#[tokio::test]
async fn of_changes_of_which_one_is_refused_none_is_made() {
    let ledger = Ledger::new().await;
    let was = ledger.draft(STAFF).await;
    let drop = Change::DropSession { person: id(STAFF), was };
    let twice = ledger.store.apply(by(STAFF), now(), &[drop.clone(), drop]).await;
    assert!(matches!(twice, Err(StoreError::Overtaken(Refused::Session))), "{twice:?}");
    assert!(ledger.store.draft(id(STAFF)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_only_a_person_decides_the_program_does_not() {
    let ledger = Ledger::new().await;
    let (number, version) = (ledger.submit().await, 1);
    let draft = ledger.draft(STAFF).await;
    for change in [
        Change::Submit(new(draft, &to("iam@mail.ru"))),
        Change::Cancel { number, version },
        Change::Resolve { number, version, verdict: Verdict::Missing },
        Change::Resume { hold: 1, fixed_admins: vec![], queues: 0 },
        Change::SetOffices { person: id(STAFF), codes: vec![] },
    ] {
        let refused = ledger.tries(Actor::Program, now(), change.clone()).await;
        assert_eq!(refused, Err(Refused::NoPerson), "{change:?}");
    }
}

#[tokio::test]
async fn what_is_given_up_before_its_turn_is_not_written() {
    let ledger = Ledger::new().await;
    let drop = [Change::DropSession { person: id(STAFF), was: ledger.draft(STAFF).await }];
    let mut other = ledger.connect().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let (gives_up, given_up) = tokio::sync::oneshot::channel::<()>();
    let given_up = async { given_up.await.unwrap_or_default() };
    let written = ledger.store.apply_unless(given_up, by(STAFF), now(), &drop);
    let (written, ()) = tokio::join!(written, async { gives_up.send(()).unwrap() });
    assert_eq!(written.unwrap(), None);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(ledger.store.draft(id(STAFF)).await.unwrap().is_some());
    let never = std::future::pending();
    let written = ledger.store.apply_unless(never, by(STAFF), now(), &drop).await;
    assert_eq!(written.unwrap(), Some(Applied::default()));
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
    for release in [
        "UPDATE _sqlx_migrations SET version = 9999
         WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
        "DELETE FROM _sqlx_migrations WHERE version = 9999",
    ] {
        sqlx::query(release).execute(&mut conn).await.unwrap();
        let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        let error = Store::open_beside(&ledger.path).await.unwrap_err();
        let newest = applied.iter().max().unwrap();
        assert!(matches!(error, OpenError::OtherSchema(it) if it == *newest), "{error}");
        let left: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        assert_eq!(left, applied);
    }
}

/// Litestream keeps tables of its own, and may have been there first.
#[tokio::test]
async fn the_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.db");
    let make = async |sql: &'static str| {
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut conn = options.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        conn.close().await.unwrap();
        tables
    };
    make("CREATE TABLE _litestream_seq (id); CREATE TABLE theirs (id INTEGER PRIMARY KEY AUTOINCREMENT)").await;
    let before = std::fs::read(&path).unwrap();
    for error in [Store::open(&path).await.unwrap_err(), Store::inspect(&path).await.unwrap_err()] {
        assert!(matches!(error, OpenError::Foreign), "{error}");
    }
    assert!(std::fs::read(&path).unwrap() == before, "not a byte is changed");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let migrated = make("CREATE TABLE _sqlx_migrations (version)").await;
    assert!(migrated.iter().any(|it| it == "theirs"));
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign), "by their own sqlx: {error}");
    make("DROP TABLE _sqlx_migrations").await;
    let left = make("DROP TABLE theirs").await;
    assert_eq!(left, ["_litestream_seq", "sqlite_sequence"]);
    Store::open(&path).await.unwrap().close().await;
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
