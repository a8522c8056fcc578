//! A kill while the schema is brought up to date leaves the old or the new one, never half of one.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use invite_bot::store::{Look, OpenError, Store};
use jiff::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _};

use crate::support::house::{House, copy};
use crate::support::long_log::{STAFF, fill};

/// At how many points, spread evenly over the time that the whole takes.
const POINTS: u32 = 20;

const ROWS: i64 = 3000;

/// What the next release may do: it adds a column and fills it in, and makes a table anew.
const NEXT: &str = "
    ALTER TABLE invitations ADD COLUMN half INTEGER;
    UPDATE invitations SET half = number / 2;
    CREATE INDEX invitations_by_half ON invitations (half);
    CREATE TABLE reminders_2 AS SELECT number AS invitation, version, 1 AS rounds, 0 AS at
        FROM invitations;
    DROP TABLE reminders;
    ALTER TABLE reminders_2 RENAME TO reminders;
    CREATE INDEX reminders_by_invitation ON reminders (invitation, version);";

/// Where a process of its own finds its database.
const DATABASE: &str = "INVITE_BOT_TEST_DATABASE";

fn next_release() -> Migrator {
    let mut all: Vec<Migration> = sqlx::migrate!().iter().cloned().collect();
    let (version, sql) = (newest() + 1, NEXT.into_sql_str());
    all.push(Migration::new(version, "next".into(), MigrationType::Simple, sql, false));
    Migrator::with_migrations(all)
}

fn newest() -> i64 {
    sqlx::migrate!().iter().map(|migration| migration.version).max().unwrap()
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.journal_mode(SqliteJournalMode::Wal).connect().await.unwrap()
}

/// All that makes the schema.
async fn schema(conn: &mut SqliteConnection) -> String {
    sqlx::query_scalar(
        "SELECT group_concat(name || ': ' || coalesce(sql, ''), char(10)) FROM (
             SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)",
    )
    .fetch_one(conn)
    .await
    .unwrap()
}

/// A database of this release with a log in it; its schema.
async fn present_database(path: &Path) -> String {
    Store::open(path).await.unwrap().close().await;
    let mut conn = connect(path).await;
    for person in 1..=STAFF + 1 {
        sqlx::query("INSERT INTO people (id, role, changed_at) VALUES (?, 'staff', 0)")
            .bind(person)
            .execute(&mut conn)
            .await
            .unwrap();
    }
    fill(path, ROWS, 100).await;
    let schema = schema(&mut conn).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    schema
}

#[tokio::test]
async fn a_file_is_looked_through_before_its_schema_changes_however_it_was_closed() {
    let house = House::new().await;
    let store = Store::open(&house.database).await.unwrap();
    let (store, _) = store.keep_mark(&house.database, Timestamp::now()).await.unwrap();
    store.close().await;
    let mut conn = connect(&house.database).await;
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'exceptions'";
    let root: u64 = sqlx::query_scalar(root).fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let file = fs::File::options().write(true).open(&house.database).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(&[0xff; 4096], (root - 1) * 4096).unwrap();
    file.set_modified(time).unwrap();
    Store::open(&house.database).await.unwrap().close().await;
    for look in [Look::Now, Look::Later] {
        let error = Store::open_with(&house.database, &next_release(), look).await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    }
}

#[tokio::test]
#[ignore = "it is the process that the tests below kill"]
async fn the_next_release_opens_it() {
    if let Some(path) = env::var_os(DATABASE) {
        Store::open_with(&PathBuf::from(path), &next_release(), Look::Now)
            .await
            .unwrap()
            .close()
            .await;
    }
}

/// The same in a process of its own.
fn next_release_opens(path: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "storage::migrations::the_next_release_opens_it"])
        .env(DATABASE, path);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
async fn killed_while_the_schema_is_brought_up_to_date_it_is_the_old_one_or_the_new_one() {
    killed_while_the_schema_is_brought_up_to_date(10).await;
}

#[tokio::test]
#[ignore = "takes a minute: a proof, run by .ci/run"]
async fn killed_two_hundred_times_it_is_always_the_old_schema_or_the_new_one() {
    killed_while_the_schema_is_brought_up_to_date(200).await;
}

async fn killed_while_the_schema_is_brought_up_to_date(kills: u32) {
    let house = House::new().await;
    let (old, path) = (house.file(".old"), house.database.clone());
    let mut known = vec![present_database(&old).await];
    let start = || {
        for beside in ["-wal", "-shm"] {
            fs::remove_file(house.file(beside)).ok();
        }
        copy(&old, &path);
        next_release_opens(&path)
    };

    let mut found = BTreeMap::<usize, u32>::new();
    let mut killed = 0;
    while killed < kills {
        // Measured each time, for the machine may have something else to do.
        let begun = Instant::now();
        assert!(start().wait().unwrap().success());
        let whole = begun.elapsed();
        let mut conn = connect(&path).await;
        if known.len() == 1 {
            known.push(schema(&mut conn).await);
            assert_ne!(known[0], known[1]);
        }
        conn.close().await.unwrap();
        for point in 0..POINTS {
            let mut program = start();
            tokio::time::sleep(whole.mul_f64(f64::from(point) / f64::from(POINTS))).await;
            program.kill().unwrap();
            killed += u32::from(program.wait().unwrap().code().is_none());

            let mut conn = connect(&path).await;
            let now = schema(&mut conn).await;
            let which = known.iter().position(|it| *it == now);
            let Some(which) = which else { panic!("half a schema at {point}:\n{now}") };
            *found.entry(which).or_default() += 1;
            let applied: Vec<(i64, bool)> =
                sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY version")
                    .fetch_all(&mut conn)
                    .await
                    .unwrap();
            let last = newest() + i64::try_from(which).unwrap();
            assert_eq!(applied, (1..=last).map(|it| (it, true)).collect::<Vec<_>>());
            let rows = ["SELECT count(*) FROM invitations", "SELECT count(half) FROM invitations"];
            let rows: i64 = sqlx::query_scalar(rows[which]).fetch_one(&mut conn).await.unwrap();
            assert_eq!(rows, ROWS);
            let health: String =
                sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut conn).await.unwrap();
            assert_eq!(health, "ok");
            conn.close().await.unwrap();
        }
        // And the next start finishes it.
        Store::open_with(&path, &next_release(), Look::Now).await.unwrap().close().await;
        let mut conn = connect(&path).await;
        assert_eq!(schema(&mut conn).await, known[1]);
        conn.close().await.unwrap();
    }
    println!("{killed} killed; schemas found: {found:?}");
    assert!(found.contains_key(&0), "none was killed before: {found:?}");
}
