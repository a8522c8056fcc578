//! Opening the file.

use std::os::unix::fs::PermissionsExt;

use invite_bot::domain::Number;
use invite_bot::store::{OpenError, Store, Submitted};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use uuid::Uuid;

use crate::ledger::{ADMIN, Ledger, OTHER, STAFF, at, id, now, to};

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
    let older = "DELETE FROM _sqlx_migrations
                 WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(older).execute(&mut conn).await.unwrap();
    let applied = "SELECT count(*) FROM _sqlx_migrations";
    let before: i64 = sqlx::query_scalar(applied).fetch_one(&mut conn).await.unwrap();
    let error = Store::open_beside(&ledger.path).await.unwrap_err();
    assert!(matches!(error, OpenError::OtherSchema(_)), "{error}");
    let after: i64 = sqlx::query_scalar(applied).fetch_one(&mut conn).await.unwrap();
    assert_eq!(before, after);
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

/// As an earlier release wrote it: the address as it was typed.
async fn as_it_was(conn: &mut SqliteConnection, draft: i64, email: &str) -> i64 {
    let insert = format!(
        "INSERT INTO invitations (provider, author, draft, email, email_key, recipient_key, guid,
         not_before, created_at, changed_at) VALUES ('invoicebox', {STAFF}, {draft}, '{email}',
         '{email}', '{email}', '{}', 0, {now}, {now}) RETURNING number",
        Uuid::new_v4(),
        now = now().as_millisecond(),
    );
    sqlx::query_scalar(AssertSqlSafe(insert)).fetch_one(conn).await.unwrap()
}

async fn keys(conn: &mut SqliteConnection) -> Vec<(String, String, String)> {
    sqlx::query_as("SELECT email, email_key, recipient_key FROM invitations ORDER BY number")
        .fetch_all(conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_keys_of_an_earlier_release_are_put_right() {
    let (read, coded) = ("i@пример.рф", "i@xn--e1afmkfd.xn--p1ai");
    let odd = "i@1א.ru";
    let mut ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let number = Number(as_it_was(&mut conn, 998, read).await);
    as_it_was(&mut conn, 999, odd).await;
    ledger.store.close().await;
    ledger.store = Store::open(&ledger.path).await.unwrap();
    let row = |email: &str, key: &str| (email.to_owned(), key.to_owned(), key.to_owned());
    assert_eq!(keys(&mut conn).await, [row(read, coded), row(odd, odd)]);
    let draft = ledger.draft(OTHER).await;
    assert_eq!(ledger.confirm(OTHER, draft, &to(coded)).await, Submitted::InFlight(number));
    let (mut tx, day) = (ledger.begin().await, at(-9));
    assert_eq!(tx.queued_since(day, None, Some("xn--e1afmkfd.xn--p1ai")).await.unwrap(), 1);
}

#[tokio::test]
async fn of_two_in_flight_to_one_mailbox_one_keeps_its_key_until_the_other_is_settled() {
    let (read, coded) = ("i@пример.рф", "i@xn--e1afmkfd.xn--p1ai");
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for (draft, email) in [(997, read), (998, "i@xn--e1afmkfd.рф"), (999, coded)] {
        as_it_was(&mut conn, draft, email).await;
    }
    ledger.store.close().await;
    let again = Store::open(&ledger.path).await.unwrap();
    let row = |email: &str, key: &str| (email.to_owned(), coded.to_owned(), key.to_owned());
    let (first, second, third) =
        (row(read, read), row("i@xn--e1afmkfd.рф", "i@xn--e1afmkfd.рф"), row(coded, coded));
    assert_eq!(keys(&mut conn).await, [first, second.clone(), third.clone()]);
    let mut tx = again.begin().await.unwrap();
    assert!(tx.cancel(Number(3), 1, id(ADMIN), now()).await.unwrap());
    tx.commit().await.unwrap();
    again.close().await;
    Store::open(&ledger.path).await.unwrap().close().await;
    assert_eq!(keys(&mut conn).await, [row(read, coded), second, third]);
}

#[tokio::test]
async fn the_stop_list_of_an_earlier_release_goes_by_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invite-bot.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    let mut earlier = sqlx::migrate!();
    earlier.migrations.to_mut().retain(|migration| migration.version < 11);
    earlier.run(&mut conn).await.unwrap();
    let (read, coded) = ("пример.рф", "xn--e1afmkfd.xn--p1ai");
    let add = |rows: &[(&str, &str)]| {
        let row = |(value, other): &(&str, &str)| format!("('domain', '{value}', {other}, 1, 1)");
        let rows: Vec<String> = rows.iter().map(row).collect();
        let rows = rows.join(", ");
        format!("INSERT INTO stoplist (kind, value, other, added_at, added_by) VALUES {rows}")
    };
    let people = "INSERT INTO people (id, changed_at) VALUES (1, 0)";
    let other = format!("'{read}'");
    let stops = add(&[
        ("район.рф", "'xn--80asmdh.xn--p1ai'"),
        ("romashka.ru", "NULL"),
        ("1א.ru", "NULL"),
        (coded, &other),
        (read, &format!("'{coded}'")),
    ]);
    for sql in [people, &stops] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();
    let store = Store::open(&path).await.unwrap();
    let mut conn = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT value, other FROM stoplist ORDER BY id")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    let row = |value: &str, other: Option<&str>| (value.to_owned(), other.map(str::to_owned));
    let expected = [
        row("xn--80asmdh.xn--p1ai", Some("район.рф")),
        row("romashka.ru", None),
        row("1א.ru", None),
        row(coded, Some(read)),
        row(read, Some(coded)),
    ];
    assert_eq!(rows, expected, "what stands on the list twice already stays");
    for email in ["i@район.рф", "i@пример.рф", "i@xn--80asmdh.xn--p1ai", "i@1א.ru"]
    {
        let stop =
            store.begin().await.unwrap().stop_for(Some(to(email).email()), None).await.unwrap();
        assert!(stop.is_some(), "{email}");
    }
}
