//! A store in a folder of its own, with an admin and two of the staff, and the steps that bring
//! an invitation anywhere.

use std::path::PathBuf;

use invite_bot::domain::{
    Answer, DayBounds, Draft, DraftRevision, Field, Hold, HoldKind, Invitation, InvitationNo,
    Limits, Outcome, Person, PersonId, Provider, Recipient, Refusal, Role, State, Verdict, Wait,
};
pub use invite_bot::store::Refusal as Refused;
use invite_bot::store::{
    Actor, Applied, Change, Claim, NewInvitation, Quotas, Reader, Store, StoreError, SubmitOptions,
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
pub fn at_once() -> SubmitOptions {
    SubmitOptions::at_once(now())
}

/// As many as there are.
pub fn no_quotas() -> Quotas {
    let day = DayBounds { begins: Timestamp::MIN, ends: Timestamp::MAX };
    Quotas { limits: Limits::NONE, day }
}

pub fn id(id: i64) -> PersonId {
    PersonId::new(id).unwrap()
}

pub fn by(person: i64) -> Actor {
    Actor::Person(id(person))
}

/// Of a person whose name is not told, and without admins by configuration.
pub fn allow(person: i64, role: Role) -> Change {
    let person = Person { id: id(person), name: None };
    Change::Allow { person, role, fixed_admins: 0 }
}

/// Whatever it holds, and without admins by configuration.
pub fn revoke(person: i64) -> Change {
    Change::Revoke { person: id(person), fixed_admins: 0, holds: None }
}

/// To be confirmed at once, whatever was sent today.
pub fn new(draft: DraftRevision, recipient: &Recipient) -> NewInvitation {
    NewInvitation {
        draft,
        recipient: recipient.clone(),
        guid: Uuid::new_v4(),
        repeats: None,
        status_message: None,
        send_at: None,
        sources: vec![],
        options: at_once(),
        quotas: no_quotas(),
    }
}

pub fn to(email: &str) -> Recipient {
    let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
    draft.set_from_text(Field::Email, email).unwrap();
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
        draft.set_from_text(field, text).unwrap();
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
        let people = [(ADMIN, Role::Admin), (STAFF, Role::Staff), (OTHER, Role::Staff)];
        let people = people.map(|(person, role)| allow(person, role));
        ledger.store.apply(Actor::Program, now(), &people).await.unwrap();
        ledger
    }

    /// Writes a change, or says what was overtaken.
    pub async fn tries(
        &self,
        by: Actor,
        at: Timestamp,
        change: Change,
    ) -> Result<Applied, Refused> {
        match self.store.apply(by, at, &[change]).await {
            Ok(applied) => Ok(applied),
            Err(StoreError::Overtaken(refused)) => Err(refused),
            Err(error) => panic!("{error}"),
        }
    }

    /// Writes a change that nothing stands against.
    pub async fn writes(&self, by: Actor, at: Timestamp, change: Change) -> Applied {
        self.tries(by, at, change).await.unwrap()
    }

    pub async fn reader(&self) -> Reader {
        self.store.reader()
    }

    pub async fn read(&self, number: InvitationNo) -> Invitation {
        self.reader().await.invitation(number).await.unwrap().unwrap()
    }

    /// A connection of the test's own, with which it can try what the store never would.
    pub async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.path);
        options.pragma("recursive_triggers", "ON").connect().await.unwrap()
    }

    /// Why nothing is sent.
    pub async fn holds(&self) -> Vec<Hold> {
        self.reader().await.holds().await.unwrap()
    }

    /// Begins a hold or goes on with it; whether it is new.
    pub async fn stops_sending(&self, kind: HoldKind, second: i64) -> bool {
        !self.writes(Actor::Program, at(second), Change::Hold(kind)).await.holds.is_empty()
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
        let queues = self.reader().await.queued_by_resuming(hold, fixed_admins).await.unwrap();
        let resume = Change::Resume { hold, fixed_admins: fixed_admins.to_vec(), queues };
        match self.tries(by(admin), at(second), resume).await {
            Ok(_) => Some(queues),
            Err(Refused::Facts) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// The admins know of a hold.
    pub async fn tells_hold(&self, hold: i64) {
        self.writes(Actor::Program, now(), Change::NoteHoldNotified(hold)).await;
    }

    pub async fn draft(&self, author: i64) -> DraftRevision {
        let (person, body) = (id(author), "{}".to_owned());
        let save = Change::SaveSession { person, was: None, version: 1, body };
        self.writes(by(author), now(), save).await.draft.unwrap()
    }

    pub async fn drop_draft(&self, author: i64, was: DraftRevision) {
        let drop = Change::DropSession { person: id(author), was };
        self.writes(by(author), now(), drop).await;
    }

    pub async fn confirm(
        &self,
        author: i64,
        draft: DraftRevision,
        to: &Recipient,
    ) -> Result<InvitationNo, Refused> {
        let submit = Change::Submit(new(draft, to));
        Ok(self.tries(by(author), now(), submit).await?.submitted.unwrap())
    }

    pub async fn submit_by(&self, author: i64, to: &Recipient) -> InvitationNo {
        let draft = self.draft(author).await;
        self.confirm(author, draft, to).await.unwrap()
    }

    /// A new invitation to an address of its own.
    pub async fn submit(&self) -> InvitationNo {
        self.submit_by(STAFF, &to(&format!("{}@mail.ru", Uuid::new_v4().simple()))).await
    }

    pub async fn version(&self, number: InvitationNo) -> i64 {
        self.read(number).await.version
    }

    pub async fn state(&self, number: InvitationNo) -> State {
        self.read(number).await.state
    }

    pub async fn claim(&self, number: InvitationNo) -> i64 {
        // Most steps of a test happen at one time, whatever wait there is between them.
        for provider in Provider::ALL {
            let end = Change::EndWaitsBeyond { provider, time: now() };
            self.writes(Actor::Program, now(), end).await;
        }
        self.claims(number, now()).await.unwrap().n
    }

    /// A claim of an invitation as it stands at a time.
    pub async fn claims(&self, number: InvitationNo, at: Timestamp) -> Option<Claim> {
        self.claims_at(number, self.version(number).await, at).await
    }

    /// A claim of one that was seen at this point.
    pub async fn claims_at(
        &self,
        number: InvitationNo,
        version: i64,
        at: Timestamp,
    ) -> Option<Claim> {
        let claim = Change::Claim { number, version, body: BODY.to_vec() };
        self.writes(Actor::Program, at, claim).await.claim
    }

    pub async fn close(&self, number: InvitationNo, n: i64, answer: &Answer) {
        self.close_at(number, n, answer, None, now()).await;
    }

    pub async fn close_at(
        &self,
        number: InvitationNo,
        n: i64,
        answer: &Answer,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let provider = self.read(number).await.recipient.provider();
        let (attempt, answer) = (n, answer.clone());
        let close = Change::Close { number, attempt, provider, answer, retry_at, rest_until: None };
        self.writes(Actor::Program, now, close).await;
    }

    /// One whole call.
    pub async fn call(&self, number: InvitationNo, answer: &Answer) {
        let n = self.claim(number).await;
        self.close(number, n, answer).await;
    }

    pub async fn resolve(&self, number: InvitationNo, verdict: Verdict) -> bool {
        let resolve = Change::Resolve { number, version: self.version(number).await, verdict };
        self.tries(by(STAFF), now(), resolve).await.is_ok()
    }

    pub async fn cancel(&self, number: InvitationNo) -> bool {
        let cancel = Change::Cancel { number, version: self.version(number).await };
        self.tries(by(STAFF), now(), cancel).await.is_ok()
    }

    pub async fn release(&self, number: InvitationNo) -> bool {
        let version = self.version(number).await;
        let release = Change::Release { number, version, not_before: now() };
        self.tries(by(ADMIN), now(), release).await.is_ok()
    }

    pub async fn repeat(&self, number: InvitationNo) -> Result<(), Refused> {
        let (version, options) = (self.version(number).await, at_once());
        let resend = Change::Resend { number, version, options, quotas: no_quotas() };
        self.tries(by(STAFF), now(), resend).await.map(drop)
    }

    /// What was under way when the program ended.
    pub async fn recovers(&self, at: Timestamp) -> Vec<InvitationNo> {
        self.writes(Actor::Program, at, Change::Recover).await.unknown
    }

    /// A message shows now how an invitation stood at this point.
    pub async fn told(&self, number: InvitationNo, version: i64, old: Option<i32>, message: i32) {
        let shown = Box::new(Invitation { version, ..self.read(number).await });
        self.writes(
            Actor::Program,
            now(),
            Change::NoteNotified { shown, old, message, ring: None },
        )
        .await;
    }

    /// A new invitation that stands here.
    pub async fn one_that_is(&self, state: State) -> InvitationNo {
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
    pub async fn garble(&self, number: InvitationNo) {
        let mut conn = self.connect().await;
        for sql in [
            "DROP TRIGGER IF EXISTS invitation_keeps_its_data",
            &format!("UPDATE invitations SET email = 'nobody' WHERE number = {number}"),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
        }
    }

    async fn hold(&self, number: InvitationNo) {
        let mut conn = self.connect().await;
        sqlx::query(
            "UPDATE invitations SET state = 'held', version = version + 1 WHERE number = ?",
        )
        .bind(number.0)
        .execute(&mut conn)
        .await
        .unwrap();
    }
}
