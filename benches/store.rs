//! How fast a long log answers: `cargo bench --profile dev --bench store` fills a database with a
//! million invitations, prints the median time of each look-up, and fails above 5 ms. Under
//! `cargo test --all-targets` the log is a hundredth as long.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and fails by panicking"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use invite_bot::domain::{Bucket, Inn, Number, PersonId, Provider, Role};
use invite_bot::store::{Query, Store, What};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

const LIMIT: Duration = Duration::from_millis(5);
const ROUNDS: usize = 21;
const STAFF: i64 = 50;

/// Every eighth is СБИС's, to one of 1,000 organisations; every address was invited four times;
/// the words are spread unevenly, as they are in life, and a hundred wait.
const FILL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO invitations (number, provider, author, draft, email, email_key, inn, kpp, name,
        recipient_key, guid, body, state, refusal, seq, not_before, created_at, changed_at,
        told_seq)
    SELECT i, iif(i % 8, 'invoicebox', 'sbis'), 2 + i / 7 % :staff, i,
        'client' || (i / 4) || '@mail.ru', 'client' || (i / 4) || '@mail.ru',
        iif(i % 8, NULL, (SELECT inn FROM inns WHERE id = i / 8 % 1000)),
        iif(i % 8, NULL, '121501001'), iif(i % 8, NULL, 'Детский сад Чайка'),
        'key' || i, printf('%08x-0000-4000-8000-000000000000', i), zeroblob(300),
        CASE WHEN i > :rows - 100 THEN 'queued' WHEN i % 10 < 7 THEN 'accepted'
             WHEN i % 10 < 9 THEN 'rejected' WHEN i % 100 = 99 THEN 'unknown' ELSE 'not_sent' END,
        CASE WHEN i > :rows - 100 OR i % 10 NOT IN (7, 8) THEN NULL
             WHEN i % 10 = 7 THEN 'data' ELSE 'already_client' END,
        3, i, i, i, 3
    FROM n;
    INSERT INTO attempts (invitation, n, request_sha256, started_at, ended_at, outcome)
    SELECT number, 1, zeroblob(32), number, number,
        CASE state WHEN 'not_sent' THEN 'unknown' ELSE state END
    FROM invitations WHERE state <> 'queued';
    INSERT INTO journal (at, action, invitation, before, after)
    SELECT number, 'state', number, 'queued', 'sending' FROM invitations
    UNION ALL
    SELECT number, 'state', number, 'sending', 'accepted' FROM invitations;";

#[tokio::main]
async fn main() {
    let rows = if std::env::args().any(|arg| arg == "--bench") { 1_000_000 } else { 10_000 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invite-bot.db");
    people(&Store::open(&path).await.unwrap()).await;
    fill(&path, rows).await;

    let begun = Instant::now();
    let store = Store::open(&path).await.unwrap();
    let opened = begun.elapsed();
    println!("{rows} invitations, {} MB", path.metadata().unwrap().len() / 1_000_000);
    println!("{:<44} {:>7.2} ms", "(opening the file, once)", opened.as_secs_f64() * 1000.0);

    let mut slow = Vec::new();
    for (name, query) in queries(rows) {
        let took =
            median(async || drop(store.begin().await.unwrap().page(&query).await.unwrap())).await;
        report(&mut slow, name, took);
    }
    let middle = Number(rows / 2);
    let card = median(async || {
        let mut tx = store.begin().await.unwrap();
        assert!(tx.invitation(middle).await.unwrap().is_some());
        assert!(!tx.history(middle).await.unwrap().is_empty());
    });
    report(&mut slow, "a card by its number, with its history", card.await);
    let due = median(async || {
        assert!(store.next_due(Provider::Invoicebox).await.unwrap().is_some());
    });
    report(&mut slow, "the next one due", due.await);
    let untold = median(async || assert!(store.untold(&[], 20).await.unwrap().is_empty()));
    report(&mut slow, "what is to be told", untold.await);
    assert!(slow.is_empty(), "slower than {LIMIT:?}: {slow:?}");
}

fn queries(rows: i64) -> Vec<(String, Query)> {
    let (admin, staff) = (None, PersonId::new(STAFF / 2));
    let email = format!("client{}@mail.ru", rows / 8);
    let inn = Inn::parse(&inns()[500]).unwrap();
    let mut queries = vec![
        ("an address".to_owned(), admin, What::SameEmail(email.clone()), 1),
        ("an address, staff".to_owned(), staff, What::SameEmail(email), 1),
        ("an ИНН".to_owned(), admin, What::SameInn(inn.clone()), 1),
        ("an ИНН, staff".to_owned(), staff, What::SameInn(inn), 1),
        ("the first page, admin".to_owned(), admin, What::All, 1),
        ("the hundredth page, admin".to_owned(), admin, What::All, 100),
        ("the first page, staff".to_owned(), staff, What::All, 1),
    ];
    for bucket in Bucket::ALL {
        let (what, name) = (What::Bucket(bucket), bucket.slug());
        queries.push((format!("filter {name}, admin"), admin, what.clone(), 1));
        queries.push((format!("filter {name}, staff"), staff, what, 1));
    }
    let query = |(name, author, what, page)| (name, Query { author, what, page });
    queries.into_iter().map(query).collect()
}

fn report(slow: &mut Vec<String>, name: impl Into<String>, took: Duration) {
    let name = name.into();
    println!("{name:<44} {:>7.2} ms", took.as_secs_f64() * 1000.0);
    if took > LIMIT {
        slow.push(name);
    }
}

async fn median(look_up: impl AsyncFn()) -> Duration {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        look_up().await;
        times.push(begun.elapsed());
    }
    times.sort();
    times[ROUNDS / 2]
}

async fn people(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    for person in 1..=STAFF + 1 {
        let id = PersonId::new(person).unwrap();
        tx.allow(None, id, None, Role::Staff, 1, Timestamp::UNIX_EPOCH).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
}

/// The first thousand valid ones of an invented region.
fn inns() -> Vec<String> {
    let candidates = (9_900_000_000_u64..).map(|number| number.to_string());
    candidates.filter(|text| Inn::parse(text).is_ok()).take(1000).collect()
}

/// Fills the log behind the back of its rules, which would make it take an hour.
async fn fill(path: &Path, rows: i64) {
    let mut conn =
        SqliteConnectOptions::new().filename(path).foreign_keys(false).connect().await.unwrap();
    let triggers: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    let mut script = String::from("BEGIN; CREATE TEMP TABLE inns (id INTEGER PRIMARY KEY, inn);");
    for (name, _) in &triggers {
        script.push_str(&format!("DROP TRIGGER {name};"));
    }
    for (id, inn) in inns().iter().enumerate() {
        script.push_str(&format!("INSERT INTO inns VALUES ({id}, '{inn}');"));
    }
    script
        .push_str(&FILL.replace(":rows", &rows.to_string()).replace(":staff", &STAFF.to_string()));
    for (_, sql) in &triggers {
        script.push_str(&format!("{sql};"));
    }
    script.push_str("COMMIT;");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut conn).await.unwrap();
}
