//! What a release left on its server when it was stopped: its database, the mark beside it, and what
//! people have in their chats. `released/` keeps it for every release; `leaves` makes it.

use std::fs::{self, File, Metadata};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use stand_ins::telegram::{Past, Person};

use crate::support::folder::folder;
use crate::support::house::{House, copy};

/// An address of each thing that the release had not done yet.
pub const DRAFTED: &str = "draft@mail.ru";
pub const QUEUED: &str = "queued@mail.ru";
pub const HELD_UP: &str = "key@demo.test";
pub const UNKNOWN: &str = "slow@demo.test";
/// Nobody may be invited there.
pub const CLOSED: &str = "closed.example";

pub fn boris() -> Person {
    Person::new(1004, "Борис")
}

/// Beside the database, which is a file of its own.
#[derive(Serialize, Deserialize)]
pub struct Left {
    /// How the name of the mark ends.
    pub mark: String,
    pub content: Value,
    pub telegram: Past,
}

/// Where it is kept: the database of a release, and the rest.
pub fn files(release: &str) -> [PathBuf; 2] {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/release/released");
    [kept.join(format!("{release}.sqlite")), kept.join(format!("{release}.json"))]
}

/// The mark beside a database: how its name ends, and what it holds.
pub fn mark_of(database: &Path) -> (String, Value) {
    let begins = format!("{}.mark.", database.file_name().unwrap().to_str().unwrap());
    let marks = fs::read_dir(database.parent().unwrap()).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let ends = path.file_name()?.to_str()?.strip_prefix(&begins)?.to_owned();
        Some((ends, serde_json::from_slice(&fs::read(path).unwrap()).unwrap()))
    });
    let mut marks: Vec<(String, Value)> = marks.collect();
    assert_eq!(marks.len(), 1, "{marks:?}");
    marks.remove(0)
}

/// A server on which the release was stopped a moment ago; the program of these sources is in its
/// place and does not run yet.
pub async fn upgraded(release: &str) -> House {
    let folder = folder();
    let database = folder.path().join("bot.db");
    let [kept, rest] = files(release);
    let left: Left = serde_json::from_slice(&fs::read(rest).unwrap()).unwrap();
    copy(&kept, &database);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o600)).unwrap();
    // Whatever day it is: a draft is dropped with time.
    let options = SqliteConnectOptions::new().filename(&database);
    let mut conn = options.connect().await.unwrap();
    let now = Timestamp::now().as_millisecond();
    let fresh = sqlx::query("UPDATE drafts SET updated_at = ?").bind(now);
    fresh.execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    marks(&database, &left);
    let house = House::without_a_database(folder, database).await;
    house.telegram.goes_on_from(left.telegram);
    house
}

/// The mark that the release made, of these files: all else in it is as the release wrote it.
fn marks(database: &Path, left: &Left) {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".mark.{}", left.mark));
    let mut mark = File::create_new(name).unwrap();
    let mut content = left.content.clone();
    content["mark"] = identity(&mark.metadata().unwrap());
    let found = fs::metadata(database).unwrap();
    content["database"] = identity(&found);
    let head = fs::read(database).unwrap();
    let head: String = head.iter().take(100).map(|byte| format!("{byte:02x}")).collect();
    let modified = i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec());
    let closed = content["closed"].as_object_mut().expect("it was stopped cleanly");
    for (name, value) in [
        ("size", json!(found.len())),
        ("modified", serde_json::to_value(modified).unwrap()),
        ("head", json!(head)),
    ] {
        assert!(closed.insert(name.to_owned(), value).is_some(), "{name}");
    }
    mark.write_all(&serde_json::to_vec(&content).unwrap()).unwrap();
}

fn identity(file: &Metadata) -> Value {
    let born = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    json!({ "inode": file.ino(), "born": born.map(|since| since.as_nanos()) })
}
