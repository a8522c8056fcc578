//! Which starts look through the whole file, and what waits for that.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use invite_bot::domain::{HoldKind, InvitationNo, Provider, WaitReason};
use invite_bot::store::{Actor, Change, Store};
use jiff::{SignedDuration, Timestamp};

use crate::support::ledger::{Ledger, now};

/// A bot that ran and was stopped.
async fn stopped() -> Ledger {
    let ledger = Ledger::new().await;
    let store = starts(&ledger).await;
    assert_eq!(store.check_file().await.unwrap(), None);
    store.close().await;
    ledger
}

async fn starts(ledger: &Ledger) -> Store {
    ledger.store.close().await;
    let store = Store::open_unchecked(&ledger.path).await.unwrap();
    store.keep_mark(&ledger.path, now()).await.unwrap().0
}

fn mark(database: &Path) -> PathBuf {
    let mut files = database.parent().unwrap().read_dir().unwrap().map(|file| file.unwrap().path());
    files.find(|file| file.to_str().unwrap().contains(".mark.")).unwrap()
}

/// Whether the next start would look through the file; it is left as it is.
async fn is_unchecked(ledger: &Ledger) -> bool {
    let store = Store::open_unchecked(&ledger.path).await.unwrap();
    let is_unchecked = store.is_unchecked();
    store.close().await;
    is_unchecked
}

/// Other bytes, and the time of the last change as it was.
fn writes(path: &Path, at: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(bytes, at).unwrap();
    file.set_modified(time).unwrap();
}

#[tokio::test]
async fn only_a_clean_stop_vouches_for_a_file_and_only_until_something_happens_to_it() {
    type Happening = (&'static str, fn(&Path));
    let happenings: [Happening; 7] = [
        // The application's own number, which SQLite does not look at.
        ("a byte of the header", |path| writes(path, 68, &[7])),
        ("a longer file", |path| writes(path, path.metadata().unwrap().len(), &[0; 4096])),
        ("its time", |path| {
            let file = File::options().write(true).open(path).unwrap();
            let time = file.metadata().unwrap().modified().unwrap();
            file.set_modified(time + std::time::Duration::from_nanos(1000)).unwrap();
        }),
        ("a copy in its place", |path| {
            let (copy, time) = (path.with_extension("copy"), path.metadata().unwrap());
            fs::copy(path, &copy).unwrap();
            File::options()
                .write(true)
                .open(&copy)
                .and_then(|copy| copy.set_modified(time.modified().unwrap()))
                .unwrap();
            fs::rename(copy, path).unwrap();
        }),
        ("a log that was left", |path| {
            File::create(path.with_extension("db-wal")).unwrap().write_all(&[0; 32]).unwrap();
        }),
        ("no mark", |path| fs::remove_file(mark(path)).unwrap()),
        ("a mark that was copied", |path| {
            let mark = mark(path);
            let bytes = fs::read(&mark).unwrap();
            fs::rename(&mark, path.with_extension("other")).unwrap();
            fs::write(&mark, bytes).unwrap();
        }),
    ];
    for (what, happens) in happenings {
        let ledger = stopped().await;
        assert!(!is_unchecked(&ledger).await, "{what}: it was only looked at");
        assert!(!is_unchecked(&ledger).await, "{what}: however often");
        happens(&ledger.path);
        assert!(is_unchecked(&ledger).await, "{what}");
    }
}

#[tokio::test]
async fn what_another_program_wrote_is_looked_through() {
    let ledger = stopped().await;
    let store = Store::open(&ledger.path).await.unwrap();
    store
        .apply(Actor::Program, now(), &[Change::NoteContact { after_silence: false }])
        .await
        .unwrap();
    store.close().await;
    assert!(is_unchecked(&ledger).await);
}

#[tokio::test]
async fn a_bot_that_runs_vouches_for_nothing() {
    let ledger = stopped().await;
    let store = starts(&ledger).await;
    assert!(!store.is_unchecked());
    // Before anything was written: a kill and a loss of power could leave the file as it was.
    let vouches = |word| fs::read_to_string(mark(&ledger.path)).unwrap().contains(word);
    assert!(vouches("\"closed\":null"));
    store.close().await;
    assert!(vouches("\"closed\":{"));
}

#[tokio::test]
async fn a_stop_before_the_check_is_over_is_not_clean() {
    let ledger = Ledger::new().await;
    let store = starts(&ledger).await;
    assert!(store.is_unchecked());
    store.close().await;
    assert!(is_unchecked(&ledger).await);
    let store = starts(&ledger).await;
    assert_eq!(store.check_file().await.unwrap(), None);
    store.close().await;
    assert!(!is_unchecked(&ledger).await);
}

#[tokio::test]
async fn a_file_is_looked_through_once_a_week_while_nothing_is_queued() {
    let mut ledger = Ledger::new().await;
    let mut store = starts(&ledger).await;
    let after = |days: i64| Timestamp::now() + SignedDuration::from_hours(24 * days);
    assert!(store.is_check_due(after(0)).await.unwrap(), "it never was");
    assert_eq!(store.check_file().await.unwrap(), None);
    for _ in 0..2 {
        assert!(!store.is_check_due(after(6)).await.unwrap());
        assert!(store.is_check_due(after(8)).await.unwrap());
        assert!(store.is_check_due(after(-8)).await.unwrap(), "the clock was set back");
        // A restart changes nothing.
        store.close().await;
        store = starts(&ledger).await;
    }
    store.close().await;
    ledger.store = Store::open(&ledger.path).await.unwrap();
    ledger.submit().await;
    let store = starts(&ledger).await;
    assert!(!store.is_check_due(after(8)).await.unwrap(), "somebody waits");
    store.close().await;
}

/// What is to be told of this one.
async fn untold(ledger: &Ledger) -> Vec<(InvitationNo, Option<WaitReason>)> {
    let pending = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    pending.into_iter().map(|it| (it.invitation.number, it.invitation.waits)).collect()
}

#[tokio::test]
async fn nothing_is_claimed_and_nothing_said_until_a_short_check_is_over() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    let unknown = ledger.one_that_is(invite_bot::domain::State::Unknown).await;
    assert!(ledger.stops_sending(HoldKind::UncheckedFile, 0).await);
    assert_eq!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop(), None);
    let version = ledger.version(number).await;
    assert_eq!(ledger.claims_at(number, version, now()).await, None);
    // That it is on its way would not be true, and why it is not would be over soon.
    assert_eq!(untold(&ledger).await, [(unknown, None)]);
    let outgoing = ledger.store.outgoing(Timestamp::MAX).await.unwrap();
    assert!(outgoing.calls, "it is looked at again soon");

    ledger.writes(Actor::Program, now(), Change::FileChecked).await;
    assert_eq!(ledger.holds().await, []);
    assert_eq!(untold(&ledger).await, [(unknown, None), (number, None)]);
    assert!(ledger.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().is_some());
}

#[tokio::test]
async fn what_was_told_is_not_told_anew_by_a_check_unless_that_lasts() {
    let ledger = Ledger::new().await;
    let number = ledger.submit().await;
    ledger.told(number, 1, None, 70).await;
    for _ in 0..2 {
        ledger.stops_sending(HoldKind::UncheckedFile, 0).await;
        assert_eq!(untold(&ledger).await, []);
        ledger.writes(Actor::Program, now(), Change::FileChecked).await;
        assert_eq!(untold(&ledger).await, []);
    }
    ledger.stops_sending(HoldKind::UncheckedFile, 0).await;
    ledger.tells_hold(ledger.holds().await[0].id).await;
    assert_eq!(untold(&ledger).await, [(number, Some(WaitReason::UncheckedFile))]);
    ledger.told(number, 1, Some(70), 70).await;
    // Killed meanwhile, the bot goes on with what it said.
    assert!(!ledger.stops_sending(HoldKind::UncheckedFile, 1).await);
    assert!(ledger.holds().await[0].told);
    assert_eq!(untold(&ledger).await, []);
    ledger.writes(Actor::Program, now(), Change::FileChecked).await;
    assert_eq!(untold(&ledger).await, [(number, None)], "that it goes on is told");
}

#[tokio::test]
async fn nobody_but_the_program_ends_a_check() {
    let ledger = Ledger::new().await;
    ledger.stops_sending(HoldKind::UncheckedFile, 0).await;
    let hold = ledger.holds().await[0].id;
    assert_eq!(ledger.resumes(hold, 999).await, None);
    assert_eq!(ledger.holds().await.len(), 1);
    // Where nothing is open there is nothing to end.
    for _ in 0..2 {
        ledger.writes(Actor::Program, now(), Change::FileChecked).await;
        assert_eq!(ledger.holds().await, []);
    }
}
