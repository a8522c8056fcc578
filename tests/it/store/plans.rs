//! No query walks through a table that grows: SQLite is asked for the plan of every query in the
//! program, which stand in `.sqlx`.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use crate::support::ledger::Ledger;

const GROWING: [&str; 6] = ["invitations", "attempts", "consents", "journal", "inbox", "directory"];

/// The indexes that hold only what is under way.
const SHORT: [&str; 7] = [
    "invitations_due",
    "invitations_waiting",
    "invitations_sending",
    "invitations_to_notify",
    "inbox_undone",
    "inbox_parked",
    "inbox_unanswered",
];

pub fn queries() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    let query = |path| -> String {
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        json["query"].as_str().unwrap().to_owned()
    };
    files.map(query).collect()
}

/// The steps of a plan that walk through a growing table.
async fn walks(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"));
    let steps = sqlx::query(explain).fetch_all(conn).await.unwrap();
    let steps = steps.iter().map(|step| step.get::<String, _>("detail"));
    steps
        .filter(|step| {
            let mut words = step.split_whitespace();
            let walks = words.next() == Some("SCAN");
            // The queries call a table by its name or by its first letter.
            let table = words.next().unwrap_or_default();
            let grows = GROWING.iter().any(|name| name.starts_with(table));
            walks && grows && !SHORT.iter().any(|index| step.ends_with(index))
        })
        .collect()
}

#[tokio::test]
async fn no_query_walks_through_a_growing_table() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    let queries = queries();
    assert!(queries.len() > 40, "{}", queries.len());
    for query in &queries {
        assert_eq!(walks(&mut conn, query).await, Vec::<String>::new(), "{query}");
    }
}

#[tokio::test]
async fn a_walk_would_be_noticed() {
    let ledger = Ledger::new().await;
    let mut conn = ledger.connect().await;
    for query in [
        "SELECT number FROM invitations WHERE name = ?",
        "SELECT i.number FROM invitations i WHERE i.name = ?",
        "SELECT at FROM journal WHERE person = ?",
        "UPDATE attempts SET message = '' WHERE http_status = ?",
    ] {
        assert_eq!(walks(&mut conn, query).await.len(), 1, "{query}");
    }
}
