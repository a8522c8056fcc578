//! Judges what a loss of power left: the real store must open and recover it, and everything that
//! the bot had given its word for must be there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use invite_bot::store::{Actor, Change, Store};
use jiff::Timestamp;
use serde_json::Value;

use super::promises::Promise;
use crate::logs::{Db, Logs, Pressed, Seen};
use crate::{checker, database};

/// Everything that is wrong with the database in a folder, `promised` having been promised.
pub async fn judge(path: &Path, promised: &[Promise]) -> Vec<String> {
    let mark = std::fs::read(mark_beside(path)).ok();
    match recovered(path).await {
        Ok((newest, db, drafts)) => {
            let mut wrong = judged(db, drafts, promised);
            wrong.extend(misses(mark.as_deref(), newest));
            wrong
        }
        Err(error) => vec![format!("it cannot be recovered: {error:#}")],
    }
}

fn mark_beside(path: &Path) -> PathBuf {
    let mut mark = path.as_os_str().to_owned();
    mark.push(".mark");
    mark.into()
}

/// Whether the next start would take the database, the newest row of whose journal is this one,
/// for an old copy, and hold everything.
fn misses(mark: Option<&[u8]>, newest: i64) -> Option<String> {
    let Some(mark) = mark else {
        return (newest > 0).then(|| "the mark is lost".to_owned());
    };
    let mark: Value = serde_json::from_slice(mark).unwrap_or_default();
    match mark.pointer("/last/row").and_then(Value::as_i64) {
        None => Some("the mark is torn".to_owned()),
        Some(row) if row > newest => Some("the mark names what is lost".to_owned()),
        Some(_) => None,
    }
}

/// The drafts by their ids, with their revisions, and the last id that was given.
type Drafts = (BTreeMap<i64, i64>, i64);

/// The newest row of the journal as the power left it, and everything after the recovery.
async fn recovered(path: &Path) -> anyhow::Result<(i64, Db, Drafts)> {
    let store = Store::open(path).await?;
    let pool = database::open(path, false).await?;
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(id) FROM journal").fetch_one(&pool).await?;
    pool.close().await;
    store.apply(Actor::Program, Timestamp::now(), &[Change::Recover]).await?;
    store.close().await;
    let db = database::read(path).await?;
    let pool = database::open(path, false).await?;
    let drafts: Vec<(i64, i64)> =
        sqlx::query_as("SELECT id, revision FROM drafts").fetch_all(&pool).await?;
    let last: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'drafts'")
            .fetch_optional(&pool)
            .await?;
    pool.close().await;
    Ok((newest.unwrap_or(0), db, (drafts.into_iter().collect(), last.unwrap_or(0))))
}

fn judged(db: Db, (drafts, last): Drafts, promised: &[Promise]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut calls: BTreeMap<&[u8], usize> = BTreeMap::new();
    let (mut seen, mut pressed) = (Vec::new(), Vec::new());
    for promise in promised {
        match promise {
            Promise::Acknowledged(id) => {
                if !db.inbox.iter().any(|stored| stored.update_id == *id) {
                    wrong.push(format!("the update {id} was acknowledged and is lost"));
                }
            }
            Promise::Called(hash) => *calls.entry(hash).or_default() += 1,
            Promise::Shown(text) => seen.push(Seen { message: 0, text: text.clone(), now: false }),
            Promise::Answered(text) => pressed.push(Pressed {
                person: 0,
                data: String::new(),
                text: String::new(),
                toast: Some(text.clone()),
            }),
            Promise::Offered(data) => wrong.extend(offered(data, &db, &drafts, last)),
        }
    }
    for (hash, made) in calls {
        let stored = db.attempts.iter().filter(|it| it.request_sha256 == hash).count();
        if stored < made {
            wrong.push(format!("{made} calls were made, {stored} attempts of them are stored"));
        }
    }
    let open = db.attempts.iter().filter(|it| it.outcome.is_none()).count();
    if open > 0 {
        wrong.push(format!("{open} attempts are open after the recovery"));
    }
    let logs = Logs { seen, pressed, db, ..Logs::default() };
    wrong.extend(checker::judge_cut(&logs).iter().map(|it| format!("{}: {}", it.promise, it.what)));
    wrong
}

/// A button names what it is about, and at which point that stood: it stands there, or further on.
fn offered(data: &str, db: &Db, drafts: &BTreeMap<i64, i64>, last_draft: i64) -> Option<String> {
    let parts: Vec<&str> = data.split(':').collect();
    let [kind, of, at, ..] = parts.as_slice() else { return None };
    let (of, at): (i64, i64) = (of.parse().ok()?, at.parse().ok()?);
    let stands = match *kind {
        "c" => db.invitations.iter().any(|it| it.number == of && it.version >= at),
        "d" => match drafts.get(&of) {
            Some(revision) => *revision >= at,
            None => last_draft >= of,
        },
        _ => true,
    };
    (!stands).then(|| format!("the button {data} was shown, and the database is not that far"))
}
