//! A long log of invitations, made up: for what must stay fast when there are many.

use std::path::Path;

use invite_bot::domain::Inn;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

/// The authors are the people from 2 on, so many of them.
pub const STAFF: i64 = 50;

/// Every eighth is СБИС's, to one of 1,000 organisations; every address was invited four times;
/// the words are spread unevenly, as they are in life, and the last of them wait. Their drafts are
/// none that will be.
const FILL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO invitations (number, provider, author, idempotency_key, email, email_key, inn, kpp, name,
        recipient_key, guid, body, state, refusal, version, not_before, created_at, changed_at,
        notified_version)
    SELECT i, iif(i % 8, 'invoicebox', 'sbis'), 2 + i / 7 % :staff, 'draft:-' || i,
        'client' || (i / 4) || '@mail.ru', 'client' || (i / 4) || '@mail.ru',
        iif(i % 8, NULL, (SELECT inn FROM inns WHERE id = i / 8 % 1000)),
        iif(i % 8, NULL, '121501001'), iif(i % 8, NULL, 'Детский сад Чайка ' || (1000 + i / 8 % 1000)),
        'key' || i, printf('%08x-0000-4000-8000-000000000000', i), zeroblob(300),
        CASE WHEN i > :rows - :queued THEN 'queued' WHEN i % 10 < 7 THEN 'accepted'
             WHEN i % 10 < 9 THEN 'rejected' WHEN i % 100 = 99 THEN 'unknown' ELSE 'not_sent' END,
        CASE WHEN i > :rows - :queued OR i % 10 NOT IN (7, 8) THEN NULL
             WHEN i % 10 = 7 THEN 'data' ELSE 'already_client' END,
        3, i, i, i, 3
    FROM n;
    INSERT INTO names (rowid, name, author)
    SELECT number, name, 'a' || author || 'z' FROM invitations WHERE name IS NOT NULL;
    INSERT INTO attempts (invitation, n, request_sha256, started_at, ended_at, outcome)
    SELECT number, 1, zeroblob(32), number, number,
        CASE state WHEN 'not_sent' THEN 'unknown' ELSE state END
    FROM invitations WHERE state <> 'queued';
    INSERT INTO journal (at, action, invitation, before, after)
    SELECT number, 'state', number, 'queued', 'sending' FROM invitations
    UNION ALL
    SELECT number, 'state', number, 'sending', 'accepted' FROM invitations;";

/// The first thousand valid ones of an invented region.
pub fn inns() -> Vec<String> {
    let candidates = (9_900_000_000_u64..).map(|number| number.to_string());
    candidates.filter(|text| Inn::parse(text).is_ok()).take(1000).collect()
}

/// Fills the log behind the back of its rules, which would make it take an hour. The last ones are
/// queued, as many as said.
pub async fn fill(path: &Path, rows: i64, queued: i64) {
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
    let numbers = [(":rows", rows), (":queued", queued), (":staff", STAFF)];
    let fill = numbers
        .iter()
        .fold(FILL.to_owned(), |fill, (name, number)| fill.replace(name, &number.to_string()));
    script.push_str(&fill);
    for (_, sql) in &triggers {
        script.push_str(&format!("{sql};"));
    }
    script.push_str("COMMIT;");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut conn).await.unwrap();
}
