//! Judges what a loss of power left: the real start must recover the database and trust it, and
//! everything that the bot had given its word for must be there.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use invite_bot::store::{Actor, Change, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::promises::{Given, Promise};
use crate::logs::{Db, Entry, Logs, Pressed, Seen};
use crate::{checker, database};

/// Everything that is wrong with the database in a folder, `promised` having been promised.
pub async fn judge(path: &Path, promised: &[Given]) -> Vec<String> {
    let marked = match adopted_mark(path) {
        Ok(marked) => marked,
        Err(error) => return vec![format!("the mark cannot be read: {error:#}")],
    };
    match recovered(path).await {
        Ok(Recovered { doubt, newest, db, drafts }) => {
            let mut wrong = Vec::new();
            // A database of which nothing was asked yet has no mark.
            if let Some(doubt) = doubt {
                wrong.push(format!("the start doubts it: {doubt}"));
            }
            if marked > newest {
                wrong.push("the mark names what is lost".to_owned());
            }
            wrong.extend(unmarked(&db, marked, promised));
            wrong.extend(judged(db, drafts, promised));
            wrong
        }
        Err(error) => vec![format!("it cannot be recovered: {error:#}")],
    }
}

/// The newest row that a mark beside the database names, 0 without one. A mark says which files it
/// and the database are, and those of an image are others: it is made to say so.
fn adopted_mark(path: &Path) -> anyhow::Result<i64> {
    let mut newest = 0;
    // There may be none yet: the start makes one.
    let database = fs::metadata(path).map(|file| identity(&file)).unwrap_or_default();
    let folder = path.parent().unwrap_or(path);
    let prefix = format!("{}.mark.", path.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(named) = name.strip_prefix(&prefix) else { continue };
        let Some(row) = named.split('.').next().and_then(|row| row.parse().ok()) else { continue };
        // What is torn stays so.
        let Ok(mut content) = serde_json::from_slice::<Value>(&fs::read(entry.path())?) else {
            continue;
        };
        newest = newest.max(row);
        let own = identity(&entry.metadata()?);
        for (name, identity) in [("mark", own), ("database", database.clone())] {
            if let Some(said) = content.get_mut(name) {
                *said = identity;
            }
        }
        fs::write(entry.path(), content.to_string())?;
    }
    Ok(newest)
}

fn identity(file: &Metadata) -> Value {
    let born = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let born = born.and_then(|since| u64::try_from(since.as_nanos()).ok());
    json!({ "inode": file.ino(), "born": born })
}

/// The drafts by their ids, with their revisions, and the last id that was given.
type Drafts = (BTreeMap<i64, i64>, i64);

/// A database after the start.
struct Recovered {
    doubt: Option<&'static str>,
    /// The newest row of the journal as the power left it.
    newest: i64,
    db: Db,
    drafts: Drafts,
}

async fn recovered(path: &Path) -> anyhow::Result<Recovered> {
    let store = Store::open(path).await?;
    let pool = database::open(path, false).await?;
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(id) FROM journal").fetch_one(&pool).await?;
    pool.close().await;
    let (store, doubt) = store.keep_mark(path, Timestamp::now()).await?;
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
    Ok(Recovered {
        doubt: doubt.map(|doubt| doubt.slug()),
        newest: newest.unwrap_or(0),
        db,
        drafts: (drafts.into_iter().collect(), last.unwrap_or(0)),
    })
}

/// What was claimed or forbidden and has left, and an older copy would not be known to lack it.
fn unmarked(db: &Db, marked: i64, promised: &[Given]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut calls: BTreeMap<&[u8], usize> = BTreeMap::new();
    for given in promised.iter().filter(|given| given.is_marked) {
        match &given.promise {
            Promise::Called(hash) => *calls.entry(hash).or_default() += 1,
            Promise::Shown(text) | Promise::Answered(text) => {
                if !forbidden(db, text).is_none_or(|rows| rows.iter().any(|row| *row <= marked)) {
                    let first = text.lines().next().unwrap_or_default();
                    wrong.push(format!("«{first}» was said, and the mark does not name it"));
                }
            }
            Promise::Acknowledged(_) | Promise::Offered(_) => {}
        }
    }
    for (hash, made) in calls {
        let attempts = db.attempts.iter().filter(|it| it.request_sha256 == hash);
        let claims = attempts.filter_map(|it| claim(db, it.invitation, it.n));
        let named = claims.filter(|row| *row <= marked).count();
        if named < made {
            wrong.push(format!("{made} calls were made, the mark names {named} claims of them"));
        }
    }
    wrong
}

/// The row of the journal with which an attempt began.
pub fn claim(db: &Db, invitation: i64, n: i64) -> Option<i64> {
    let claims = states(db, invitation, &["sending"]);
    claims.get(usize::try_from(n - 1).ok()?).copied()
}

fn states(db: &Db, invitation: i64, states: &[&str]) -> Vec<i64> {
    let rows = db.journal.iter().filter(|row| row.action == "state");
    let rows = rows.filter(|row| row.invitation == Some(invitation));
    let rows = rows.filter(|row| row.after.as_deref().is_some_and(|it| states.contains(&it)));
    rows.map(|row| row.id).collect()
}

/// After these no letter may go, by the word of a person.
const FORBIDDING: [&str; 4] = ["cancelled", "unknown", "confirmed_sent", "confirmed_not_sent"];

/// The rows of the journal of which one must be what a text says was forbidden. `None`: it says
/// nothing of the kind.
fn forbidden(db: &Db, text: &str) -> Option<Vec<i64>> {
    let rows = |wanted: &dyn Fn(&Entry) -> bool| {
        let rows = db.journal.iter().filter(|row| wanted(row));
        rows.map(|row| row.id).collect()
    };
    if let Some(rest) = text.strip_prefix("🚫 Внесено в стоп-лист: ") {
        let entries = db.stoplist.iter().filter(|it| rest.starts_with(&it.value));
        let entries: Vec<i64> = entries.map(|it| it.id).collect();
        return Some(rows(&|row| {
            row.action == "stop" && row.stop.is_some_and(|stop| entries.contains(&stop))
        }));
    }
    if let Some(rest) = text.strip_prefix("⛔️ Доступ отозван: ") {
        let digits = rest.lines().next()?.rsplit("id ").next()?.trim_end_matches('.');
        let person: i64 = digits.parse().ok()?;
        return Some(rows(&|row| row.action == "revoke" && row.person == Some(person)));
    }
    let (number, words) = checker::told(text)?;
    let forbids = words.iter().all(|word| FORBIDDING.contains(word));
    (forbids && !words.is_empty() && words != ["unknown"]).then(|| states(db, number, words))
}

fn judged(db: Db, (drafts, last): Drafts, promised: &[Given]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut calls: BTreeMap<&[u8], usize> = BTreeMap::new();
    let (mut seen, mut pressed) = (Vec::new(), Vec::new());
    for given in promised {
        match &given.promise {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Attempt, Stop};

    fn row(id: i64, action: &str, after: &str) -> Entry {
        Entry {
            id,
            at: 0,
            actor: None,
            action: action.to_owned(),
            invitation: (action == "state").then_some(1),
            person: (action == "revoke").then_some(7),
            provider: None,
            stop: (action == "stop").then_some(3),
            before: None,
            after: Some(after.to_owned()),
        }
    }

    fn attempt(n: i64) -> Attempt {
        Attempt {
            invitation: 1,
            n,
            consent: None,
            request_sha256: vec![9; 32],
            started_at: 0,
            ended_at: None,
            outcome: None,
            wait: None,
            reference: None,
        }
    }

    fn db() -> Db {
        let states = ["queued", "sending", "queued", "sending", "queued", "cancelled"];
        let states = (1..).zip(states).map(|(id, state)| row(id, "state", state));
        let stop = Stop { id: 3, kind: "email".into(), value: "a@b.ru".into() };
        Db {
            attempts: vec![attempt(1), attempt(2)],
            stoplist: vec![stop],
            journal: states.chain([row(7, "stop", "email"), row(8, "revoke", "")]).collect(),
            ..Db::default()
        }
    }

    #[test]
    fn what_left_needs_a_mark_that_names_it() {
        let called = || Promise::Called(vec![9; 32]);
        let shown = |text: &str| Promise::Shown(text.to_owned());
        for (promises, needs) in [
            (vec![called()], 2),
            (vec![called(), called()], 4),
            (vec![shown("🚫 №1: не отправляю\na@b.ru")], 6),
            (vec![Promise::Answered("№1: не отправляю".to_owned())], 6),
            (vec![shown("🚫 Внесено в стоп-лист: a@b.ru.\nЖдали в очереди")], 7),
            (vec![shown("⛔️ Доступ отозван: Анна, id 7.\nЖдут")], 8),
            (vec![shown("⏳ №1: в очереди\na@b.ru"), shown("⚠️ №1: неизвестно\na@b.ru")], 0),
            (vec![Promise::Acknowledged(5), Promise::Offered("c:1:2:cancel".to_owned())], 0),
        ] {
            let given = |is_marked: bool| -> Vec<Given> {
                let promises = promises.iter().cloned();
                promises.map(|promise| Given { promise, is_marked }).collect()
            };
            assert_eq!(unmarked(&db(), needs, &given(true)), Vec::<String>::new(), "{promises:?}");
            let missed = unmarked(&db(), needs - 1, &given(true)).len();
            assert_eq!(missed, usize::from(needs > 0), "{promises:?}");
            assert!(unmarked(&db(), needs - 1, &given(false)).is_empty(), "{promises:?}");
        }
    }
}
