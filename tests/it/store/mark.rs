//! The high-water mark beside the database: which databases it vouches for, and what becomes of
//! the others.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use invite_bot::domain::{
    DatabaseDoubt, Hold, HoldKind, InvitationNo, Provider, Refusal, Role, State, WaitReason,
};
use invite_bot::store::{Actor, Change, Store};
use jiff::Timestamp;

use crate::support::ledger::{ADMIN, Ledger, OTHER, STAFF, allow, at, by, id, now, revoke};

/// The one mark beside it.
fn mark(database: &Path) -> PathBuf {
    let [mark] = marks(database).try_into().unwrap();
    mark
}

fn marks(database: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(database.parent().unwrap()).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files.filter(|file| file.to_str().unwrap().contains("db.mark.")).collect()
}

async fn start(path: &Path) -> (Store, Option<DatabaseDoubt>) {
    let store = Store::open(path).await.unwrap();
    store.keep_mark(path, now()).await.unwrap()
}

impl Ledger {
    /// As the bot is started, after it was stopped or killed.
    async fn starts(&mut self) -> Option<DatabaseDoubt> {
        self.store.close().await;
        let (store, doubt) = start(&self.path).await;
        self.store = store;
        self.recovers(now()).await;
        doubt
    }

    /// One that runs.
    async fn running() -> Self {
        let mut ledger = Self::new().await;
        assert_eq!(ledger.starts().await, None, "nothing was ever asked of it");
        ledger
    }

    /// A copy of the database or of the mark, as it lies there when the bot is stopped.
    async fn backs_up(&mut self, file: &Path) -> Vec<u8> {
        self.store.close().await;
        let bytes = fs::read(file).unwrap();
        assert_eq!(self.starts().await, None);
        bytes
    }

    /// The hold of a database that is not trusted.
    async fn distrusted(&self) -> Option<Hold> {
        let mut holds = self.holds().await.into_iter();
        holds.find(|hold| hold.kind.slug() == "untrusted_database")
    }

    async fn id_of_hold(&self) -> i64 {
        self.distrusted().await.unwrap().id
    }

    async fn is_due(&self) -> bool {
        self.store.next_due(Provider::Invoicebox, 1).await.unwrap().pop().is_some()
    }
}

/// Puts a file where another one is, as `cp` does: the place stays the same file.
fn copies_over(bytes: &[u8], file: &Path) {
    fs::write(file, bytes).unwrap();
}

/// The same as most other programs do it: a new file takes the name.
fn puts_in_place(bytes: &[u8], file: &Path) {
    let new = file.with_extension("restored");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, file).unwrap();
}

#[tokio::test]
async fn a_database_that_only_this_bot_worked_with_is_never_doubted() {
    let mut ledger = Ledger::running().await;
    let number = ledger.submit().await;
    assert_eq!(ledger.starts().await, None);
    ledger.claim(number).await;
    assert_eq!(ledger.starts().await, None);
    // A short command beside it or before it.
    let store = Store::open(&ledger.path).await.unwrap();
    let allow = [allow(77, Role::Staff)];
    store.apply(Actor::Program, now(), &allow).await.unwrap();
    ledger.submit().await;
    assert_eq!(ledger.starts().await, None);
    assert_eq!(ledger.distrusted().await, None);
    assert!(ledger.is_due().await);
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_mark_is_no_doubt() {
    let mut ledger = Ledger::running().await;
    ledger.store.close().await;
    let before = fs::read(mark(&ledger.path)).unwrap();
    // The same without a mark to raise.
    ledger.store = Store::open(&ledger.path).await.unwrap();
    let number = ledger.submit().await;
    ledger.claim(number).await;
    assert_eq!(fs::read(mark(&ledger.path)).unwrap(), before);
    assert_eq!(ledger.starts().await, None);
    assert_eq!(ledger.state(number).await, State::Unknown);
    assert_ne!(fs::read(mark(&ledger.path)).unwrap(), before, "it is raised at once");
}

#[tokio::test]
async fn a_folder_that_was_moved_is_not_doubted() {
    let mut ledger = Ledger::running().await;
    ledger.submit().await;
    ledger.store.close().await;
    let elsewhere = ledger.path.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for file in [ledger.path.clone(), mark(&ledger.path)] {
        fs::rename(&file, elsewhere.join(file.file_name().unwrap())).unwrap();
    }
    ledger.path = elsewhere.join("invite-bot.db");
    assert_eq!(ledger.starts().await, None);
}

#[tokio::test]
async fn a_restored_backup_is_known_whatever_was_done_since() {
    for put in [copies_over, puts_in_place] {
        for done in ["claimed", "cancelled", "submitted"] {
            let mut ledger = Ledger::running().await;
            let number = ledger.submit().await;
            let database = ledger.path.clone();
            let backup = ledger.backs_up(&database).await;
            match done {
                "claimed" => assert_eq!(ledger.claim(number).await, 1),
                "cancelled" => assert!(ledger.cancel(number).await),
                _ => drop(ledger.submit().await),
            }
            ledger.store.close().await;
            put(&backup, &ledger.path);
            assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Older), "{done}");
            assert_eq!(ledger.state(number).await, State::Held, "{done}");
        }
    }
}

#[tokio::test]
async fn what_is_done_with_a_backup_before_the_start_does_not_make_it_newer() {
    let mut ledger = Ledger::running().await;
    let number = ledger.submit().await;
    let database = ledger.path.clone();
    let backup = ledger.backs_up(&database).await;
    ledger.claim(number).await;
    ledger.store.close().await;
    puts_in_place(&backup, &ledger.path);
    let store = Store::open(&ledger.path).await.unwrap();
    for person in 100..150 {
        let allow = [allow(person, Role::Staff)];
        store.apply(Actor::Program, now(), &allow).await.unwrap();
    }
    store.close().await;
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Older));
}

#[tokio::test]
async fn a_backup_that_comes_back_after_another_one_was_adopted_is_known() {
    let mut ledger = Ledger::running().await;
    let number = ledger.submit().await;
    let database = ledger.path.clone();
    let short = ledger.backs_up(&database).await;
    for _ in 0..20 {
        ledger.submit().await;
    }
    let long = ledger.backs_up(&database).await;
    ledger.store.close().await;
    copies_over(&short, &database);
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Older));
    assert_eq!(ledger.resumes(ledger.id_of_hold().await, 60).await, Some(1));
    ledger.claim(number).await;
    assert_eq!(ledger.starts().await, None, "adopted");
    ledger.store.close().await;
    // It holds more than the one that was adopted, and not what was done with that.
    copies_over(&long, &database);
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Older));
}

#[tokio::test]
async fn both_files_restored_together_are_known() {
    for put in [copies_over, puts_in_place] {
        for (wiped, doubt) in [(true, DatabaseDoubt::Copied), (false, DatabaseDoubt::Older)] {
            let mut ledger = Ledger::running().await;
            let number = ledger.submit().await;
            let database = ledger.path.clone();
            let backup = ledger.backs_up(&database).await;
            // The start has made it anew, the database has not changed since.
            let marked = mark(&ledger.path);
            let backup_of_mark = fs::read(&marked).unwrap();
            ledger.claim(number).await;
            ledger.store.close().await;
            if wiped {
                fs::remove_file(mark(&ledger.path)).unwrap();
            }
            put(&backup, &database);
            put(&backup_of_mark, &marked);
            assert_eq!(ledger.starts().await, Some(doubt));
            assert_eq!(ledger.state(number).await, State::Held);
            assert_eq!(marks(&ledger.path).len(), 1);
        }
    }
}

#[tokio::test]
async fn a_mark_under_a_later_name_is_a_doubt_and_one_under_an_earlier_is_none() {
    for (row, doubt) in [("99999", Some(DatabaseDoubt::Older)), ("0", None)] {
        for text in ["{}", "copied"] {
            let mut ledger = Ledger::running().await;
            ledger.submit().await;
            ledger.store.close().await;
            let own = mark(&ledger.path);
            let stray = ledger.path.with_extension(format!("db.mark.{row}.0123456789abcdef.7"));
            match text {
                "copied" => drop(fs::copy(&own, &stray).unwrap()),
                text => fs::write(&stray, text).unwrap(),
            }
            let unreadable = doubt.filter(|_| text != "copied").and(Some(DatabaseDoubt::Unmarked));
            assert_eq!(ledger.starts().await, unreadable.or(doubt), "{row} {text}");
            assert_eq!(marks(&ledger.path).len(), 1, "strays are removed");
        }
    }
}

#[tokio::test]
async fn a_database_put_in_place_of_itself_is_known() {
    let mut ledger = Ledger::running().await;
    ledger.submit().await;
    let database = ledger.path.clone();
    let backup = ledger.backs_up(&database).await;
    ledger.store.close().await;
    puts_in_place(&backup, &database);
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Copied));
}

#[tokio::test]
async fn a_copied_folder_is_known_and_the_original_goes_on() {
    let mut ledger = Ledger::running().await;
    let number = ledger.submit().await;
    ledger.store.close().await;
    let elsewhere = ledger.path.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for file in [ledger.path.clone(), mark(&ledger.path)] {
        fs::copy(&file, elsewhere.join(file.file_name().unwrap())).unwrap();
    }
    let (copy, doubt) = start(&elsewhere.join("invite-bot.db")).await;
    assert_eq!(doubt, Some(DatabaseDoubt::Copied));
    let held = copy.reader().invitation(number).await.unwrap().unwrap();
    assert_eq!(held.state, State::Held);
    assert_eq!(
        (held.waits, held.from_untrusted_database),
        (Some(WaitReason::UntrustedDatabase), true)
    );
    assert_eq!(ledger.starts().await, None);
    assert_eq!(ledger.state(number).await, State::Queued);
}

#[tokio::test]
async fn a_deleted_or_broken_mark_is_a_doubt_and_one_of_another_database_too() {
    for broken in [None, Some(""), Some("{}"), Some("not json")] {
        let mut ledger = Ledger::running().await;
        ledger.submit().await;
        ledger.store.close().await;
        match broken {
            None => fs::remove_file(mark(&ledger.path)).unwrap(),
            Some(text) => fs::write(mark(&ledger.path), text).unwrap(),
        }
        assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Unmarked), "{broken:?}");
        assert_eq!(ledger.starts().await, None, "said once");
        assert!(ledger.distrusted().await.is_some(), "until an admin ends it");
    }
    let (mut one, other) = (Ledger::running().await, Ledger::running().await);
    one.submit().await;
    other.submit().await;
    one.store.close().await;
    other.store.close().await;
    fs::rename(mark(&other.path), mark(&one.path)).unwrap();
    assert!(one.starts().await.is_some());
}

#[tokio::test]
async fn a_mark_that_cannot_be_read_is_no_mark_that_is_missing() {
    let ledger = Ledger::running().await;
    ledger.store.close().await;
    let mark = mark(&ledger.path);
    fs::remove_file(&mark).unwrap();
    std::os::unix::fs::symlink(&mark, &mark).unwrap();
    let store = Store::open(&ledger.path).await.unwrap();
    assert!(store.keep_mark(&ledger.path, now()).await.is_err());
}

#[tokio::test]
async fn in_an_untrusted_database_nothing_goes_until_an_admin_says_so_once() {
    let mut ledger = Ledger::running().await;
    let before = ledger.submit().await;
    let sending = ledger.submit().await;
    ledger.claim(sending).await;
    let held = ledger.one_that_is(State::Held).await;
    ledger.told(held, ledger.version(held).await, None, 69).await;
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Unmarked));
    assert_eq!(ledger.state(before).await, State::Held);
    let owed = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
    let owed: Vec<_> = owed.into_iter().map(|owed| owed.invitation.number).collect();
    assert_eq!(owed, [sending, before], "what was held before is told already");
    assert_eq!(ledger.state(sending).await, State::Unknown);

    let after = ledger.submit().await;
    assert_eq!(ledger.state(after).await, State::Queued);
    assert!(!ledger.is_due().await);
    assert!(ledger.claims(after, now()).await.is_none());
    ledger.told(after, ledger.version(after).await, None, 70).await;
    let untold = async |ledger: &Ledger| {
        let untold = ledger.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap();
        untold.iter().any(|owed| owed.invitation.number == after)
    };
    assert!(!untold(&ledger).await);
    let mut conn = ledger.connect().await;
    for illegal in [
        format!(
            "INSERT INTO attempts (invitation, n, request_sha256, started_at)
             VALUES ({after}, 1, zeroblob(32), 1)"
        ),
        format!(
            "UPDATE invitations SET state = 'queued', version = version + 1, changed_by = {ADMIN}
             WHERE number = {before}"
        ),
        "DELETE FROM holds".to_owned(),
        "DELETE FROM held_invitations".to_owned(),
        "UPDATE holds SET ended_at = 1".to_owned(),
        "INSERT INTO holds (kind, since, detail) VALUES ('untrusted_database', 1, 'older')"
            .to_owned(),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(illegal.as_str())).execute(&mut conn).await;
        assert!(refused.is_err(), "{illegal}");
    }

    let hold = ledger.distrusted().await.unwrap();
    assert_eq!(
        hold.kind,
        HoldKind::UntrustedDatabase { cause: DatabaseDoubt::Unmarked, waiting: 2 }
    );
    let resumed = async |queues| {
        let resume = Change::Resume { hold: hold.id, fixed_admins: vec![], queues };
        ledger.store.apply(by(ADMIN), at(60), &[resume]).await.is_ok()
    };
    assert!(!resumed(2).await, "another number was said");
    assert!(ledger.distrusted().await.is_some());
    assert!(resumed(1).await);
    assert!(!resumed(1).await);
    assert!(!resumed(0).await);
    assert_eq!(ledger.state(before).await, State::Queued);
    assert_eq!(ledger.state(held).await, State::Held, "of an author without access");
    assert_eq!(ledger.state(sending).await, State::Unknown);
    assert!(untold(&ledger).await, "what it waits for is another thing now");
    ledger.claim(before).await;
    ledger.claim(after).await;

    let said: Vec<(Option<i64>, String)> = sqlx::query_as(
        "SELECT actor, action FROM journal WHERE action IN ('untrusted_database', 'trust_database') ORDER BY id",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(
        said,
        [(None, "untrusted_database".to_owned()), (Some(ADMIN), "trust_database".to_owned())]
    );
    for illegal in ["UPDATE holds SET ended_at = 7", "UPDATE holds SET told = 0"] {
        assert!(sqlx::query(illegal).execute(&mut conn).await.is_err(), "{illegal}");
    }
}

#[tokio::test]
async fn resuming_sends_nothing_of_people_who_lost_the_access() {
    let mut ledger = Ledger::running().await;
    let number = ledger.submit().await;
    let of_admin = ledger.submit_by(ADMIN, &crate::support::ledger::to("iam@mail.ru")).await;
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    ledger.starts().await;
    ledger.writes(Actor::Program, now(), allow(OTHER, Role::Admin)).await;
    for gone in [STAFF, ADMIN] {
        ledger.writes(Actor::Program, now(), revoke(gone)).await;
    }
    let hold = ledger.id_of_hold().await;
    let resumed = ledger.resumes_by(OTHER, hold, &[id(ADMIN)], 60).await;
    assert_eq!(resumed, Some(1), "an admin by configuration has access");
    assert_eq!(ledger.state(of_admin).await, State::Queued);
    assert_eq!(ledger.state(number).await, State::Held);
    let waits = ledger.read(number).await.waits;
    assert_eq!(waits, Some(WaitReason::Revoked), "it waits for the author");
}

#[tokio::test]
async fn what_waits_can_be_cancelled_one_by_one() {
    let mut ledger = Ledger::running().await;
    let (cancelled, sent) = (ledger.submit().await, ledger.submit().await);
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    ledger.starts().await;
    assert!(ledger.cancel(cancelled).await);
    assert_eq!(ledger.resumes(ledger.id_of_hold().await, 60).await, Some(1));
    assert_eq!(ledger.state(cancelled).await, State::Cancelled);
    assert_eq!(ledger.state(sent).await, State::Queued);
}

#[tokio::test]
async fn no_number_is_given_twice_after_a_restore() {
    let mut ledger = Ledger::running().await;
    ledger.submit().await;
    let database = ledger.path.clone();
    let backup = ledger.backs_up(&database).await;
    let mut lost = InvitationNo(0);
    for _ in 0..30 {
        lost = ledger.submit().await;
    }
    let lost_draft = ledger.draft(OTHER).await.draft;
    ledger.stops_sending(HoldKind::polling_conflict(now()), 0).await;
    let lost_hold = ledger.holds().await[0].id;
    ledger.store.close().await;
    puts_in_place(&backup, &database);
    ledger.starts().await;
    assert!(ledger.id_of_hold().await > lost_hold);
    assert!(ledger.submit().await.0 > lost.0 + 900);
    assert!(ledger.draft(OTHER).await.draft > lost_draft);
}

#[tokio::test]
async fn no_number_is_given_twice_after_the_database_was_deleted() {
    let mut ledger = Ledger::running().await;
    let (lost, lost_draft) = (ledger.submit().await, ledger.draft(OTHER).await.draft);
    ledger.store.close().await;
    fs::remove_file(&ledger.path).unwrap();
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Older));
    for person in [STAFF, OTHER] {
        ledger.writes(Actor::Program, now(), allow(person, Role::Staff)).await;
    }
    assert!(ledger.submit().await.0 > lost.0 + 900);
    assert!(ledger.draft(OTHER).await.draft > lost_draft);
}

#[tokio::test]
async fn of_all_that_a_restored_database_holds_a_letter_may_be_out() {
    let mut ledger = Ledger::running().await;
    let mut restored = Vec::new();
    for state in [State::NotSent, State::Rejected(Refusal::Other), State::Held] {
        restored.push(ledger.one_that_is(state).await);
    }
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    ledger.starts().await;
    assert_eq!(ledger.resumes(ledger.id_of_hold().await, 60).await, Some(0));
    let since = ledger.submit().await;
    for number in restored {
        let found = ledger.read(number).await;
        assert!(found.from_untrusted_database && found.retry_needs_consent(), "{:?}", found.state);
    }
    assert!(!ledger.read(since).await.from_untrusted_database);
}

#[tokio::test]
async fn a_second_restore_while_nothing_is_sent_is_told_again() {
    let mut ledger = Ledger::running().await;
    ledger.submit().await;
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    ledger.starts().await;
    let hold = ledger.id_of_hold().await;
    ledger.tells_hold(hold).await;
    let since = ledger.submit().await;
    assert!(ledger.distrusted().await.unwrap().told);
    ledger.store.close().await;
    fs::remove_file(mark(&ledger.path)).unwrap();
    assert_eq!(ledger.starts().await, Some(DatabaseDoubt::Unmarked));
    let untold = ledger.distrusted().await.unwrap();
    assert_eq!((untold.id, untold.told), (hold, false));
    assert_eq!(ledger.state(since).await, State::Held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mark_that_cannot_be_written_stops_calls_and_nothing_else() {
    let ledger = Ledger::running().await;
    let number = ledger.submit().await;
    // Neither can it be renamed, nor made anew.
    fs::remove_file(mark(&ledger.path)).unwrap();
    let new = ledger.path.with_extension("db.mark.new");
    fs::create_dir_all(new.join("in the way")).unwrap();
    ledger.claim(number).await;
    let door = ledger.store.door();
    assert!(door.pass_to_provider().await.is_err());
    assert!(door.pass_to_provider().await.is_err(), "however often it is tried");
    door.pass().await.unwrap();
    // Nor while another call tries just then.
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..4 {
        let door = door.clone();
        calls.spawn(async move {
            for time in 0..200 {
                assert!(door.pass_to_provider().await.is_err());
                std::thread::sleep(Duration::from_micros((7 * call + 13 * time) % 100));
            }
        });
    }
    calls.join_all().await;
    fs::remove_dir_all(&new).unwrap();
    door.pass_to_provider().await.unwrap();
    assert!(mark(&ledger.path).is_file());
}

#[tokio::test]
async fn the_mark_names_what_forbids_before_anything_leaves_and_the_rest_soon() {
    let ledger = Ledger::running().await;
    ledger.store.door().pass().await.unwrap();
    let before = mark(&ledger.path);
    let (stays, number) = (ledger.submit().await, ledger.submit().await);
    ledger.store.door().pass().await.unwrap();
    assert_eq!(mark(&ledger.path), before, "a letter that waits may be forgotten for a moment");
    assert!(ledger.cancel(number).await);
    assert_eq!(mark(&ledger.path), before, "a mark ahead of its log would be a false alarm");
    ledger.store.door().pass().await.unwrap();
    let cancelled = mark(&ledger.path);
    assert_ne!(cancelled, before);
    ledger.claim(stays).await;
    let raised = async || mark(&ledger.path) != cancelled;
    assert!(crate::support::wait::until(raised).await);
}
