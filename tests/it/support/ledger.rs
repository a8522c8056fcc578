//! A store in a folder of its own, with an admin and two of the staff, and the steps that bring
//! an invitation anywhere.

use std::path::PathBuf;

use invite_bot::domain::{
    Answer, Draft, Field, Hold, HoldKind, Number, Outcome, PersonId, Provider, Recipient, Refusal,
    Role, State, Verdict, Wait,
};
use invite_bot::store::{
    Actor, Change, NewInvitation, Refusal as Overtaken, Refused, Repeated, Store, Submitted, Terms,
    Tx,
};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::folder::folder;

pub const ADMIN: i64 = 1;
pub const STAFF: i64 = 2;
pub const OTHER: i64 = 3;

pub const BODY: &[u8] = b"the bytes of the request";

pub struct Ledger {
    _folder: TempDir,
    pub path: PathBuf,
    pub store: Store,
}

/// The time of every step; tests that care give their own.
pub fn now() -> Timestamp {
    at(0)
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// Without an undo window.
pub fn at_once() -> Terms {
    Terms::at_once(now())
}

pub fn id(id: i64) -> PersonId {
    PersonId::new(id).unwrap()
}

pub fn to(email: &str) -> Recipient {
    let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
    draft.fill(Field::Email, email).unwrap();
    draft.finish().unwrap()
}

/// The sample of the СБИС page.
pub fn chaika() -> Recipient {
    let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    for (field, text) in [
        (Field::Inn, "1215107651/121501001"),
        (Field::Name, "Детский сад Чайка"),
        (Field::Email, "iam@mail.ru"),
        (Field::Office, "0240"),
    ] {
        draft.fill(field, text).unwrap();
    }
    draft.finish().unwrap()
}

pub fn answer(outcome: Outcome) -> Answer {
    Answer { outcome, http_status: None, request_id: None, message: None }
}

pub fn not_accepted(wait: Wait) -> Answer {
    answer(Outcome::NotAccepted { wait, retry_after: None })
}

pub fn accepted() -> Answer {
    answer(Outcome::Accepted { reference: None })
}

pub fn rejected(why: Refusal) -> Answer {
    answer(Outcome::Rejected { why, fields: Vec::new() })
}

impl Ledger {
    pub async fn new() -> Self {
        let folder = folder();
        let path = folder.path().join("invite-bot.db");
        let store = Store::open(&path).await.unwrap();
        let ledger = Self { _folder: folder, path, store };
        let mut tx = ledger.begin().await;
        for (person, role) in [(ADMIN, Role::Admin), (STAFF, Role::Staff), (OTHER, Role::Staff)] {
            tx.allow(None, id(person), None, role, 0, now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        ledger
    }

    pub async fn begin(&self) -> Tx {
        self.store.begin().await.unwrap()
    }

    /// A connection of the test's own, with which it can try what the store never would.
    pub async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.path);
        options.pragma("recursive_triggers", "ON").connect().await.unwrap()
    }

    /// Why nothing is sent.
    pub async fn holds(&self) -> Vec<Hold> {
        self.store.reader().await.unwrap().holds().await.unwrap()
    }

    /// Begins a hold or goes on with it; whether it is new.
    pub async fn stops_sending(&self, kind: HoldKind, second: i64) -> bool {
        let change = [Change::Hold(kind)];
        let applied = self.store.apply(Actor::Program, at(second), &change).await.unwrap();
        !applied.holds.is_empty()
    }

    /// An admin ends a hold: how many invitations are queued again, if it could be ended.
    pub async fn resumes(&self, hold: i64, second: i64) -> Option<u64> {
        self.resumes_by(ADMIN, hold, &[], second).await
    }

    pub async fn resumes_by(
        &self,
        admin: i64,
        hold: i64,
        fixed_admins: &[PersonId],
        second: i64,
    ) -> Option<u64> {
        let mut reader = self.store.reader().await.unwrap();
        let queues = reader.queued_by_resuming(hold, fixed_admins).await.unwrap();
        drop(reader);
        let resume = Change::Resume { hold, fixed_admins: fixed_admins.to_vec(), queues };
        match self.store.apply(Actor::Person(id(admin)), at(second), &[resume]).await {
            Ok(_) => Some(queues),
            Err(Refused::Overtaken(Overtaken::Facts)) => None,
            Err(other) => panic!("{other}"),
        }
    }

    /// The admins know of a hold.
    pub async fn tells_hold(&self, hold: i64) {
        self.store.apply(Actor::Program, now(), &[Change::TellHold(hold)]).await.unwrap();
    }

    pub async fn draft(&self, author: i64) -> (i64, i64) {
        let mut tx = self.begin().await;
        let draft = tx.save_draft(id(author), None, 1, "{}", now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        draft
    }

    pub async fn confirm(&self, author: i64, draft: (i64, i64), to: &Recipient) -> Submitted {
        let guid = Uuid::new_v4();
        let author = id(author);
        let mut tx = self.begin().await;
        let new = NewInvitation {
            author,
            draft,
            recipient: to,
            guid,
            status_message: None,
            send_at: None,
            now: now(),
            terms: at_once(),
        };
        let submitted = tx.submit(new).await.unwrap();
        tx.commit().await.unwrap();
        submitted
    }

    pub async fn submit_by(&self, author: i64, to: &Recipient) -> Number {
        let draft = self.draft(author).await;
        match self.confirm(author, draft, to).await {
            Submitted::Queued(number) => number,
            other => panic!("{other:?}"),
        }
    }

    /// A new invitation to an address of its own.
    pub async fn submit(&self) -> Number {
        self.submit_by(STAFF, &to(&format!("{}@mail.ru", Uuid::new_v4().simple()))).await
    }

    pub async fn seq(&self, number: Number) -> i64 {
        self.begin().await.invitation(number).await.unwrap().unwrap().seq
    }

    pub async fn state(&self, number: Number) -> State {
        self.begin().await.invitation(number).await.unwrap().unwrap().state
    }

    pub async fn claim(&self, number: Number) -> i64 {
        let seq = self.seq(number).await;
        let mut tx = self.begin().await;
        // Most steps of a test happen at one time, whatever wait there is between them.
        for provider in Provider::ALL {
            tx.end_waits_beyond(provider, now(), now()).await.unwrap();
        }
        let claim = tx.claim(number, seq, BODY, now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        claim.n
    }

    pub async fn close(&self, number: Number, n: i64, answer: &Answer) {
        self.close_at(number, n, answer, None, now()).await;
    }

    pub async fn close_at(
        &self,
        number: Number,
        n: i64,
        answer: &Answer,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut tx = self.begin().await;
        tx.close(number, n, answer, retry_at, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// One whole call.
    pub async fn call(&self, number: Number, answer: &Answer) {
        let n = self.claim(number).await;
        self.close(number, n, answer).await;
    }

    pub async fn resolve(&self, number: Number, verdict: Verdict) -> bool {
        let seq = self.seq(number).await;
        let mut tx = self.begin().await;
        let done = tx.resolve(number, seq, verdict, id(STAFF), now()).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    pub async fn cancel(&self, number: Number) -> bool {
        let seq = self.seq(number).await;
        let mut tx = self.begin().await;
        let done = tx.cancel(number, seq, id(STAFF), now()).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    pub async fn release(&self, number: Number) -> bool {
        let seq = self.seq(number).await;
        let mut tx = self.begin().await;
        let done = tx.release(number, seq, id(ADMIN), now(), now()).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    pub async fn repeat(&self, number: Number) -> Repeated {
        let seq = self.seq(number).await;
        let mut tx = self.begin().await;
        let repeated = tx.repeat(number, seq, id(STAFF), now(), at_once()).await.unwrap();
        tx.commit().await.unwrap();
        repeated
    }

    /// A new invitation that stands here.
    pub async fn one_that_is(&self, state: State) -> Number {
        let number = self.submit().await;
        match state {
            State::Queued => {}
            State::Held => self.hold(number).await,
            State::Cancelled => assert!(self.cancel(number).await),
            State::Sending => assert_eq!(self.claim(number).await, 1),
            State::Accepted => self.call(number, &accepted()).await,
            State::Rejected(why) => self.call(number, &rejected(why)).await,
            State::NotSent => self.call(number, &not_accepted(Wait::Connect)).await,
            State::Unknown | State::ConfirmedSent | State::ConfirmedNotSent => {
                self.call(number, &answer(Outcome::Unknown)).await;
                let verdict = match state {
                    State::ConfirmedSent => Some(Verdict::Arrived),
                    State::ConfirmedNotSent => Some(Verdict::Missing),
                    _ => None,
                };
                if let Some(verdict) = verdict {
                    assert!(self.resolve(number, verdict).await);
                }
            }
        }
        assert_eq!(self.state(number).await, state);
        number
    }

    /// Makes an invitation one that this release cannot read.
    pub async fn garble(&self, number: Number) {
        let mut conn = self.connect().await;
        for sql in [
            "DROP TRIGGER IF EXISTS invitation_keeps_its_data",
            &format!("UPDATE invitations SET email = 'nobody' WHERE number = {number}"),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
        }
    }

    async fn hold(&self, number: Number) {
        let mut conn = self.connect().await;
        sqlx::query("UPDATE invitations SET state = 'held', seq = seq + 1 WHERE number = ?")
            .bind(number.0)
            .execute(&mut conn)
            .await
            .unwrap();
    }
}
