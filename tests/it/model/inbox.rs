//! Random runs of the real inbox in step with its model.

use invite_bot::domain::{DraftRevision, Role};
use invite_bot::store::{
    Actor, Applied, Change, Failed, Received, Refusal, Store, StoreError, Try,
};
use sqlx::query_scalar;
use sqlx::sqlite::SqliteConnection;
use tempfile::TempDir;

use super::ledger::{look, open};
use super::runs::{Run, block_on, runs};
use super::search::Rules as _;
use super::updates::{Action, COUNT, Inbox, TRIES, World};
use crate::support::folder::folder;
use crate::support::ledger::{allow, at, id};

/// The updates by their ids: the later one has the lower.
const IDS: [i64; COUNT] = [900_000_000, 5];

/// In each chat a person fills in a draft: its revision is how often updates took effect.
const CHATS: [i64; COUNT] = [1, 2];

struct Walk<'a> {
    world: World,
    folder: TempDir,
    store: Store,
    conn: SqliteConnection,
    trace: &'a mut Vec<String>,
}

impl<'a> Walk<'a> {
    async fn new(trace: &'a mut Vec<String>) -> Self {
        let folder = folder();
        let store = open(&folder).await;
        let people = CHATS.map(|chat| allow(chat, Role::Staff));
        store.apply(Actor::Program, at(0), &people).await.unwrap();
        let (conn, world) = (look(&folder).await, Inbox::default().first());
        Self { world, folder, store, conn, trace }
    }

    async fn step(&mut self, choice: u16) {
        let inbox = Inbox::default();
        let (choice, dice) = (usize::from(choice >> 4), choice & 15);
        let all = inbox.actions().into_iter();
        let possible: Vec<(Action, World)> =
            all.filter_map(|action| Some((action, inbox.next(&self.world, action)?))).collect();
        let (action, after) = possible[choice % possible.len()];
        self.trace.push(format!("{action:?}"));
        if dice == 0 {
            self.applies(choice % COUNT, false).await;
            self.agrees().await;
        }
        self.does(action, &after).await;
        self.world = after;
        self.agrees().await;
    }

    async fn does(&mut self, action: Action, after: &World) {
        match action {
            Action::Comes(_) | Action::Acknowledge(_) | Action::Crash => {}
            Action::Start => {
                self.store = open(&self.folder).await;
                let undone = self.store.undone().await.unwrap().len();
                let waits = after.updates.iter().filter(|it| it.stored && !it.done && !it.parked);
                assert_eq!(undone, waits.count(), "left undone");
            }
            Action::Store(one) => {
                let raw = format!(r#"{{"update_id":{}}}"#, IDS[one]);
                let update = Received { update: IDS[one], chat: CHATS[one], raw };
                let receive = Change::Receive(vec![update.clone(), update]);
                let new = self.writes(1, receive).await.received;
                assert_eq!(new.len(), usize::from(!self.world.updates[one].stored));
            }
            Action::Begin(one) => {
                let expected = if after.updates[one].parked { Try::Parked } else { Try::Go };
                let begun = self.writes(2, Change::BeginTry(IDS[one])).await.begun;
                assert_eq!(begun, Some(expected));
            }
            Action::Apply(one) => {
                assert!(self.applies(one, true).await);
                assert!(!self.applies(one, true).await, "it took effect twice");
            }
            Action::Answer(one) => drop(self.writes(4, Change::Answered(IDS[one])).await),
            Action::Fail(one) => {
                let expected = match after.updates[one] {
                    it if it.done => Failed::Applied,
                    it if it.parked => Failed::Parked,
                    _ => Failed::Again,
                };
                let failed = self
                    .writes(5, Change::FailTry { update: IDS[one], counted: true })
                    .await
                    .failed;
                assert_eq!(failed, Some(expected));
            }
        }
    }

    async fn writes(&self, second: i64, change: Change) -> Applied {
        self.store.apply(Actor::Program, at(second), &[change]).await.unwrap()
    }

    /// The effect of an update, with that it is done; or a last change is refused, so that none of
    /// it is done.
    async fn applies(&mut self, one: usize, for_good: bool) -> bool {
        let person = id(CHATS[one]);
        let known = self.store.draft(person).await.unwrap();
        let was = known.map(|known| DraftRevision { draft: known.id, revision: known.revision });
        let save = Change::SaveSession { person, was, version: 1, body: "{}".to_owned() };
        let mut changes = vec![Change::TakeUpdate(IDS[one]), save];
        changes.extend((!for_good).then_some(Change::RequireRole(person, Some(Role::Admin))));
        match self.store.apply(Actor::Person(person), at(3), &changes).await {
            Err(StoreError::Overtaken(Refusal::Update)) => false,
            Err(StoreError::Overtaken(Refusal::Role)) => !for_good,
            applied => applied.map(|_| true).unwrap(),
        }
    }

    async fn agrees(&mut self) {
        let rows: Vec<String> = query_scalar(
            "SELECT update_id || ': tries ' || tries || iif(raw IS NULL, ', done', '')
                 || iif(answered, ', answered', '') || iif(parked_at IS NULL, '', ', parked')
                 || coalesce(', effects ' || (SELECT revision FROM drafts WHERE person = chat), '')
             FROM inbox ORDER BY update_id DESC",
        )
        .fetch_all(&mut self.conn)
        .await
        .unwrap();
        let with = |yes: bool, word: &'static str| if yes { word } else { "" };
        let updates = self.world.updates.iter().zip(IDS).filter(|(it, _)| it.stored);
        let expected: Vec<String> = updates
            .map(|(it, update)| {
                assert!(it.tries <= TRIES);
                let (done, answered) = (with(it.done, ", done"), with(it.answered, ", answered"));
                let parked = with(it.parked, ", parked");
                let effects = with(it.effects > 0, ", effects 1");
                format!("{update}: tries {}{done}{answered}{parked}{effects}", it.tries)
            })
            .collect();
        assert_eq!(rows, expected, "the rows");
    }
}

fn walk((_, _, choices): Run, trace: &mut Vec<String>) {
    block_on(async {
        let mut walk = Walk::new(trace).await;
        for choice in choices {
            walk.step(choice).await;
        }
    });
}

#[test]
fn the_inbox_does_in_random_runs_what_its_model_does() {
    runs(16, 20..60, walk);
}

#[test]
#[ignore = "hundreds of runs: a proof, run by .ci/run"]
fn the_inbox_does_in_hundreds_of_runs_what_its_model_does() {
    runs(1, 20..60, walk);
}
