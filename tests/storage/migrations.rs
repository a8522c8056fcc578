//! A kill while the schema is brought up to date leaves the old or the new one, never half of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use invite_bot::store::Store;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::house::{House, copy};
use crate::log::{STAFF, fill};

const KILLS: u32 = 200;

/// At how many points, spread evenly over the time that the whole takes.
const POINTS: u32 = 100;

const ROWS: i64 = 3000;

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.journal_mode(SqliteJournalMode::Wal).connect().await.unwrap()
}

/// The migrations, as many as said.
async fn first(count: usize) -> Migrator {
    let (all, some) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"), tempfile::tempdir().unwrap());
    let mut files: Vec<_> = all.read_dir().unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for file in files.iter().take(count) {
        copy(file, &some.path().join(file.file_name().unwrap()));
    }
    Migrator::new(some.path()).await.unwrap()
}

fn newest() -> usize {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").read_dir().unwrap().count()
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

/// The database of the first release, with a log in it.
async fn old_database(path: &Path) {
    let mut conn = connect(path).await;
    first(1).await.run(&mut conn).await.unwrap();
    for person in 1..=STAFF + 1 {
        sqlx::query("INSERT INTO people (id, role, changed_at) VALUES (?, 'staff', 0)")
            .bind(person)
            .execute(&mut conn)
            .await
            .unwrap();
    }
    conn.close().await.unwrap();
    fill(path, ROWS, 100).await;
    let mut conn = connect(path).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn killed_while_the_schema_is_brought_up_to_date_it_is_the_old_one_or_a_newer_one() {
    let house = House::new().await;
    let (old, path) = (house.file(".old"), house.database.clone());
    old_database(&old).await;
    let mut known = Vec::new();
    for version in 1..=newest() {
        let mut conn = connect(&house.file(".empty")).await;
        first(version).await.run(&mut conn).await.unwrap();
        known.push(schema(&mut conn).await);
        conn.close().await.unwrap();
    }

    let start = || {
        for beside in ["-wal", "-shm"] {
            fs::remove_file(house.file(beside)).ok();
        }
        copy(&old, &path);
        let mut command = house.command(&[], &["admin", "list"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let begun = Instant::now();
    assert!(start().wait().unwrap().success());
    let whole = begun.elapsed();

    let mut found = BTreeMap::<usize, u32>::new();
    let mut killed = 0;
    for kill in 0.. {
        let mut program = start();
        tokio::time::sleep(whole.mul_f64(f64::from(kill % POINTS) / f64::from(POINTS))).await;
        program.kill().unwrap();
        killed += u32::from(program.wait().unwrap().code().is_none());

        let mut conn = connect(&path).await;
        let now = schema(&mut conn).await;
        let version = known.iter().position(|it| *it == now).map(|at| at + 1);
        let Some(version) = version else { panic!("half a schema after {kill}:\n{now}") };
        *found.entry(version).or_default() += 1;
        let applied: Vec<(i64, bool)> =
            sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY version")
                .fetch_all(&mut conn)
                .await
                .unwrap();
        let expected: Vec<_> = (1..=i64::try_from(version).unwrap()).map(|it| (it, true)).collect();
        assert_eq!(applied, expected);
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert_eq!(rows, ROWS);
        let health: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut conn).await.unwrap();
        assert_eq!(health, "ok");
        conn.close().await.unwrap();
        if kill % 10 == 0 {
            // And the next start finishes it.
            Store::open(&path).await.unwrap().close().await;
            let mut conn = connect(&path).await;
            assert_eq!(schema(&mut conn).await, known[known.len() - 1]);
            conn.close().await.unwrap();
        }
        if killed == KILLS {
            break;
        }
        assert!(kill < 3 * KILLS, "only {killed} were killed before they had ended");
    }
    println!(
        "{killed} killed within {:.0} ms; schemas found: {found:?}",
        whole.as_secs_f64() * 1000.0
    );
    assert!(found.contains_key(&1), "none was killed before: {found:?}");
}
