//! How fast a long log answers: `cargo bench --profile dev --bench store` fills a database with a
//! million invitations, prints the median time of each look-up, and fails above 5 ms. Then it prints
//! how soon a bot with it asks Telegram for updates, also with nothing of the file in memory. Under
//! `cargo test --all-targets` the log is a hundredth as long.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and fails by panicking"
)]

mod log;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use invite_bot::app::App;
use invite_bot::delivery::RetryPolicy;
use invite_bot::demo::world::{DemoPeople, Plan, StandIns};
use invite_bot::domain::{
    Inn, InvitationNo, NameSearch, Person, PersonId, Provider, ResultWord, Role,
};
use invite_bot::store::{Actor, Change, Filter, Query, Store};
use jiff::Timestamp;
use log::{STAFF, fill, inns};

const LIMIT: Duration = Duration::from_millis(5);
const ROUNDS: usize = 21;

#[tokio::main]
async fn main() {
    let rows = rows();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invite-bot.db");
    people(&Store::open(&path).await.unwrap()).await;
    fill(&path, rows, 100).await;

    let begun = Instant::now();
    let store = Store::open(&path).await.unwrap();
    let opened = begun.elapsed();
    println!("{rows} invitations, {} MB", path.metadata().unwrap().len() / 1_000_000);
    println!("{:<44} {:>7.2} ms", "(opening the file, once)", opened.as_secs_f64() * 1000.0);

    let mut slow = Vec::new();
    for (name, query) in queries(rows) {
        let took = median(async || drop(store.reader().page(&query).await.unwrap())).await;
        report(&mut slow, name, took);
    }
    for (name, author, words) in [
        ("a part of every name", None, "чайка"),
        ("a part of every name, staff", PersonId::new(STAFF / 2), "чайка"),
        ("a part of one name in a thousand", None, "сад 1517"),
        ("a part of one name in a thousand, staff", PersonId::new(STAFF / 2), "сад 1517"),
        ("a part of no name", None, "чайник"),
        ("a part of every name, of somebody without any", PersonId::new(999_999), "чайка"),
    ] {
        let search = NameSearch::parse(words).unwrap();
        let took = median(async || drop(store.reader().named(&search, author, 9).await.unwrap()));
        report(&mut slow, name, took.await);
    }
    let middle = InvitationNo(rows / 2);
    let card = median(async || {
        let mut reader = store.reader();
        assert!(reader.invitation(middle).await.unwrap().is_some());
        assert!(!reader.history(middle).await.unwrap().is_empty());
    });
    report(&mut slow, "a card by its number, with its history", card.await);
    let due = median(async || {
        assert!(store.next_due(Provider::Invoicebox, 1).await.unwrap().len() == 1);
    });
    report(&mut slow, "the next one due", due.await);
    let untold = median(async || {
        assert!(store.pending_notifications(&[], Timestamp::now(), 20).await.unwrap().is_empty())
    });
    report(&mut slow, "what is to be told", untold.await);
    store.close().await;
    starts(&path).await;
    assert!(slow.is_empty(), "slower than {LIMIT:?}: {slow:?}");
}

async fn starts(path: &Path) {
    // The first one finds no mark.
    start(path).await;
    for is_cold in [false, true] {
        let memory = if is_cold { "nothing in memory" } else { "all in memory" };
        for (end, is_killed) in [("a clean stop", false), ("a kill", true)] {
            if is_killed {
                // Any other time of the last change does.
                let file = File::options().write(true).open(path).unwrap();
                file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            }
            if is_cold {
                let mut forget = Command::new("dd");
                forget.arg(format!("if={}", path.display())).args(["iflag=nocache", "count=0"]);
                assert!(forget.stderr(Stdio::null()).status().unwrap().success());
            }
            let [asked, checked] = start(path).await.map(|it| it.as_secs_f64() * 1000.0);
            let name = format!("(getUpdates after {end}, {memory})");
            println!("{name:<52} {asked:>9.2} ms, checked after {checked:.2} ms");
        }
    }
}

/// How soon a bot that calls nobody asks for updates, and is sure of its file.
async fn start(path: &Path) -> [Duration; 2] {
    let stand_ins = StandIns::start().await.unwrap();
    let plan = Plan { providers: Vec::new(), directories: Vec::new(), ..Plan::default() };
    let config = stand_ins.config(&plan, &DemoPeople::default(), path).unwrap();
    let begun = Instant::now();
    let app = App::start(config, RetryPolicy::default()).await.unwrap();
    stand_ins.telegram.is_polled().await.unwrap();
    let asked = begun.elapsed();
    while app.store().is_unchecked() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let checked = begun.elapsed();
    app.stop().await;
    [asked, checked]
}

/// As many as `--rows=` says, else a million; a hundredth where this is only tested.
fn rows() -> i64 {
    let asked = std::env::args().find_map(|arg| arg.strip_prefix("--rows=")?.parse().ok());
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    asked.unwrap_or(if is_bench { 1_000_000 } else { 10_000 })
}

fn queries(rows: i64) -> Vec<(String, Query)> {
    let (admin, staff) = (None, PersonId::new(STAFF / 2));
    let email = format!("client{}@mail.ru", rows / 8);
    let inn = Inn::parse(&inns()[500]).unwrap();
    let mut queries = vec![
        ("an address".to_owned(), admin, Filter::SameEmail(email.clone()), 1),
        ("an address, staff".to_owned(), staff, Filter::SameEmail(email), 1),
        ("an ИНН".to_owned(), admin, Filter::SameInn(inn.clone()), 1),
        ("an ИНН, staff".to_owned(), staff, Filter::SameInn(inn), 1),
        ("the first page, admin".to_owned(), admin, Filter::All, 1),
        ("the hundredth page, admin".to_owned(), admin, Filter::All, 100),
        ("the first page, staff".to_owned(), staff, Filter::All, 1),
    ];
    for bucket in ResultWord::ALL {
        let (filter, name) = (Filter::ResultWord(bucket), bucket.slug());
        queries.push((format!("filter {name}, admin"), admin, filter.clone(), 1));
        queries.push((format!("filter {name}, staff"), staff, filter, 1));
    }
    let query = |(name, author, filter, page)| (name, Query { author, filter, since: None, page });
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
    let allow = |person| {
        let person = Person { id: PersonId::new(person).unwrap(), name: None };
        Change::Allow { person, role: Role::Staff, fixed_admins: 1 }
    };
    let people: Vec<Change> = (1..=STAFF + 1).map(allow).collect();
    store.apply(Actor::Program, Timestamp::UNIX_EPOCH, &people).await.unwrap();
    store.close().await;
}
