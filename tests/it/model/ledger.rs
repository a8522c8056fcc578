//! The real database of one run: the store's functions, called as the bot calls them. Which
//! action comes next, and what must come of it, is decided above.

use invite_bot::domain::{
    Answer as Heard, DraftRevision, Hold, HoldKind, Invitation, InvitationNo, Outcome, Person,
    PersonId, Provider, Recipient, Refusal, Role, Verdict, Wait,
};
use invite_bot::store::{
    Actor, Allowed, Applied, Change, NewInvitation, Refusal as Refused, Store, StoreError,
    SubmitOptions,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::rules::{Action, Said};
use super::world::Answer;
use crate::support::folder::folder;
use crate::support::ledger::{accepted, answer, at, id, no_quotas, not_accepted, rejected};

/// How long a provider is left alone; far longer than a run takes without [`Action::Wait`].
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// The bodies of the requests; the next one only after the key was refused.
const BODIES: [&[u8]; 5] = [b"first", b"second", b"third", b"fourth", b"fifth"];

/// Person 0 is staff, person 1 an admin.
pub const PEOPLE: [i64; 2] = [2, 1];

/// A database between two people and one provider.
pub struct Ledger {
    folder: TempDir,
    pub store: Store,
    /// A connection of the test's own, to look at the rows.
    pub conn: SqliteConnection,
    pub now: Timestamp,
    /// Then a queued one goes before its time, as delivery lets it.
    clock_was_set_back: bool,
    provider: Provider,
    recipients: [Recipient; 2],
    known: Known,
    /// What was read to be shown, until it is noted.
    shown: [Option<Invitation>; 2],
}

/// What those who press and those who call remember; forgotten with what was not committed.
#[derive(Clone, Copy, Default)]
struct Known {
    drafts: [i64; 2],
    numbers: [Option<InvitationNo>; 2],
    /// Which body is sent.
    bodies: [usize; 2],
    /// The `version` at which each was asked for once more the last time.
    asked_at: [i64; 2],
}

fn person(by: usize) -> PersonId {
    id(PEOPLE[by])
}

fn allow(whom: usize, role: Role) -> Change {
    let person = Person { id: person(whom), name: None };
    Change::Allow { person, role, fixed_admins: 0 }
}

pub async fn open(folder: &TempDir) -> Store {
    Store::open(&folder.path().join("bot.db")).await.unwrap()
}

/// A connection that only looks.
pub async fn look(folder: &TempDir) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.path().join("bot.db"));
    options.read_only(true).connect().await.unwrap()
}

impl Ledger {
    pub async fn new(recipients: [Recipient; 2]) -> Self {
        let (folder, now) = (folder(), at(0));
        let store = open(&folder).await;
        let people = [allow(0, Role::Staff), allow(1, Role::Admin)];
        store.apply(Actor::Program, now, &people).await.unwrap();
        let conn = look(&folder).await;
        let provider = recipients[0].provider();
        let (known, shown) = (Known::default(), [None, None]);
        let clock_was_set_back = false;
        Self { folder, store, conn, now, clock_was_set_back, provider, recipients, known, shown }
    }

    /// The numbers of the invitations that were made.
    pub fn numbers(&self) -> [Option<InvitationNo>; 2] {
        self.known.numbers
    }

    /// Does it, and says what came of it. Where it is not `for_good`, the process dies just
    /// before the commit.
    pub async fn does(&mut self, action: Action, for_good: bool) -> Said {
        self.now = self.now.checked_add(SignedDuration::from_secs(1)).unwrap();
        match action {
            Action::Wait => self.now = self.now.checked_add(PAUSE * 2).unwrap(),
            Action::Crash => {}
            Action::Start => self.starts().await,
            Action::Show(what) => return self.shows(what).await,
            Action::Note(what) => self.notes(what).await,
            _ if for_good => return self.writes(action).await,
            _ => {
                self.dies(action).await;
                return Said::Done;
            }
        }
        Said::Done
    }

    /// By more than a step takes.
    pub fn sets_the_clock_back(&mut self) {
        self.now = self.now.checked_sub(SignedDuration::from_mins(10)).unwrap();
        self.clock_was_set_back = true;
    }

    /// As delivery does it where a pause ends later than it can: the clock was set back.
    pub async fn probes(&self) {
        self.applies(Actor::Program, &[self.ends_waits()]).await.unwrap();
    }

    fn ends_waits(&self) -> Change {
        Change::EndWaitsBeyond { provider: self.provider, time: self.now }
    }

    async fn holds(&self) -> Vec<Hold> {
        self.store.reader().holds().await.unwrap()
    }

    async fn applies(&self, by: Actor, changes: &[Change]) -> Result<Applied, Refused> {
        match self.store.apply(by, self.now, changes).await {
            Err(StoreError::Overtaken(refused)) => Err(refused),
            applied => Ok(applied.unwrap()),
        }
    }

    async fn writes(&mut self, action: Action) -> Said {
        let (by, changes) = self.changes(action).await;
        if let Action::Fill(by) | Action::Edit(by) = action {
            self.known.drafts[by] = 0;
        }
        let applied = match self.applies(by, &changes).await {
            Ok(applied) => applied,
            Err(refused) => return self.refused(refused),
        };
        match action {
            Action::Fill(by) | Action::Edit(by) => {
                self.known.drafts[by] = applied.draft.unwrap().draft
            }
            Action::Send { draft, .. } => self.known.numbers[draft] = applied.submitted,
            Action::Repeat { what, .. } => {
                let Some(Change::Resend { version, .. }) = changes.first() else { unreachable!() };
                self.known.asked_at[what] = *version;
            }
            Action::Allow => return done(applied.allowed == Some(Allowed::Added)),
            Action::Claim(_) => return done(applied.claim.is_some()),
            _ => {}
        }
        Said::Done
    }

    /// All of it is done but the commit: a last change is refused.
    async fn dies(&mut self, action: Action) {
        let known = self.known;
        let (by, mut changes) = self.changes(action).await;
        changes.push(Change::TakeUpdate(0));
        assert_eq!(self.applies(by, &changes).await, Err(Refused::Update));
        self.known = known;
    }

    /// What is one transaction, and whose.
    async fn changes(&mut self, action: Action) -> (Actor, Vec<Change>) {
        let admin = Actor::Person(person(1));
        match action {
            Action::Fill(by) | Action::Edit(by) => {
                let was = DraftRevision { draft: self.known.drafts[by], revision: 1 };
                let was = matches!(action, Action::Edit(_)).then_some(was);
                let (person, body) = (person(by), "{}".to_owned());
                let save = Change::SaveSession { person, was, version: 1, body };
                (Actor::Person(person), vec![save])
            }
            Action::Send { by, draft, revision } => {
                let (known, revision) = (self.known.drafts[draft], revision.into());
                let new = NewInvitation {
                    draft: DraftRevision { draft: known, revision },
                    recipient: self.recipients[draft].clone(),
                    guid: Uuid::new_v4(),
                    repeats: None,
                    status_message: Some(7),
                    send_at: None,
                    sources: vec![],
                    options: self.options(),
                    quotas: no_quotas(),
                };
                (Actor::Person(person(by)), vec![Change::Submit(new)])
            }
            Action::Revoke => {
                let person = person(0);
                (admin, vec![Change::Revoke { person, fixed_admins: 0, holds: None }])
            }
            Action::Allow => (admin, vec![allow(0, Role::Staff)]),
            Action::Resume => {
                let paused = |hold: &&Hold| matches!(hold.kind, HoldKind::BadCredentials { .. });
                // Without a pause: an old one, or that the provider is left alone.
                let hold = self.holds().await.iter().find(paused).map_or(1, |hold| hold.id);
                (admin, vec![Change::Resume { hold, fixed_admins: vec![], queues: 0 }])
            }
            Action::RepeatAgain { what, .. } => self.says(action, self.known.asked_at[what]),
            Action::Claim(what) => (Actor::Program, self.claims(what).await),
            Action::Record { .. } => panic!("what was heard is to be said, see `records`"),
            _ => self.says(action, self.version(concerns(action)).await),
        }
    }

    /// A person's word on an invitation, at a point.
    fn says(&self, action: Action, version: i64) -> (Actor, Vec<Change>) {
        let number = self.number(concerns(action));
        let resolve = |verdict| Change::Resolve { number, version, verdict };
        let (by, change) = match action {
            Action::Cancel { by, .. } => (by, Change::Cancel { number, version }),
            Action::Release(_) => (1, Change::Release { number, version, not_before: self.now }),
            Action::Arrived { by, .. } => (by, resolve(Verdict::Arrived)),
            Action::Missing { by, .. } => (by, resolve(Verdict::Missing)),
            Action::Repeat { by, .. } | Action::RepeatAgain { by, .. } => {
                let (options, quotas) = (self.options(), no_quotas());
                (by, Change::Resend { number, version, options, quotas })
            }
            other => panic!("{other:?} is nobody's word"),
        };
        (Actor::Person(person(by)), vec![change])
    }

    /// The same on a card that is no longer the present one; nothing may come of it.
    pub async fn says_too_late(&mut self, action: Action) -> Said {
        let before = self.version(concerns(action)).await - 1;
        let (by, changes) = self.says(action, before);
        match self.applies(by, &changes).await {
            Ok(_) => Said::Done,
            Err(refused) => self.refused(refused),
        }
    }

    fn refused(&self, refused: Refused) -> Said {
        match refused {
            Refused::InFlight(other) => {
                let found = self.known.numbers.iter().position(|number| *number == Some(other));
                Said::InFlight(found.unwrap())
            }
            Refused::Session | Refused::Facts => Said::Stale,
            other => panic!("{other:?}"),
        }
    }

    fn number(&self, what: usize) -> InvitationNo {
        self.known.numbers[what].unwrap()
    }

    async fn version(&self, what: usize) -> i64 {
        let mut reader = self.store.reader();
        reader.invitation(self.number(what)).await.unwrap().unwrap().version
    }

    /// No undo window: that is a wait like others. How often somebody is written to is no rule of
    /// these, so that they go beyond it.
    fn options(&self) -> SubmitOptions {
        SubmitOptions { admin: true, override_limit: true, ..SubmitOptions::at_once(self.now) }
    }

    /// T2, as delivery does it: it sends again what was sent before.
    async fn claims(&mut self, what: usize) -> Vec<Change> {
        let number = self.number(what);
        let body = match self.store.next_due(self.provider, 1).await.unwrap().pop() {
            Some(due) if due.invitation.number == number && due.body.is_none() => {
                self.known.bodies[what] += 1;
                None
            }
            Some(due) if due.invitation.number == number => due.body,
            _ => None,
        };
        let body = body.unwrap_or_else(|| BODIES[self.known.bodies[what]].to_vec());
        let claim = Change::Claim { number, version: self.version(what).await, body };
        let now = self.now;
        let is_left_alone =
            self.holds().await.iter().any(
                |hold| matches!(hold.kind, HoldKind::ProviderDown { until, .. } if until > now),
            );
        match self.clock_was_set_back && !is_left_alone {
            true => vec![self.ends_waits(), claim],
            false => vec![claim],
        }
    }

    /// T4, as delivery does it: the outcome, and whether the provider is left alone.
    pub async fn records(&mut self, what: usize, n: usize, heard: &Heard, give_up: bool) {
        let close = Change::Close {
            number: self.number(what),
            attempt: i64::try_from(n).unwrap(),
            provider: self.provider,
            answer: heard.clone(),
            retry_at: (!give_up).then(|| self.now + SignedDuration::from_secs(1)),
            rest_until: is_trouble(heard).then(|| self.now + PAUSE),
        };
        self.applies(Actor::Program, &[close]).await.unwrap();
    }

    async fn shows(&mut self, what: usize) -> Said {
        let owed =
            self.store.pending_notifications(&[], Timestamp::MAX, 100).await.unwrap().into_iter();
        let mut owed = owed.map(|untold| untold.invitation);
        self.shown[what] = owed.find(|shown| shown.number == self.number(what));
        done(self.shown[what].is_some())
    }

    /// T5, as the outbox does it.
    async fn notes(&mut self, what: usize) {
        let shown = self.shown[what].take().unwrap();
        let told =
            Change::NoteNotified { shown: Box::new(shown), old: Some(7), message: 7, ring: None };
        self.applies(Actor::Program, &[told]).await.unwrap();
    }

    /// A new process on the file of the one that died.
    async fn starts(&mut self) {
        self.store = open(&self.folder).await;
        let start = [Change::Recover, Change::HoldOrphans { fixed_admins: vec![] }];
        let held = self.applies(Actor::Program, &start).await.unwrap().held;
        assert!(held.is_empty(), "held at the start: {held:?}");
    }
}

fn done(done: bool) -> Said {
    if done { Said::Done } else { Said::Stale }
}

/// The invitation that an action is about.
fn concerns(action: Action) -> usize {
    match action {
        Action::Cancel { what, .. }
        | Action::Arrived { what, .. }
        | Action::Missing { what, .. }
        | Action::Repeat { what, .. }
        | Action::RepeatAgain { what, .. }
        | Action::Release(what)
        | Action::Claim(what) => what,
        other => panic!("{other:?} is about no invitation"),
    }
}

/// What the provider said, in the words of the store; two kinds of some, to meet both.
pub fn heard(answered: Answer, first_kind: bool) -> Heard {
    let with_status = |http_status, heard| Heard { http_status, ..heard };
    match answered {
        Answer::Accepted => accepted(),
        Answer::Refused if first_kind => rejected(Refusal::Data),
        Answer::Refused => rejected(Refusal::AlreadyClient),
        Answer::RefusedOther => rejected(Refusal::Other),
        Answer::NotTaken if first_kind => not_accepted(Wait::Connect),
        Answer::NotTaken => with_status(Some(429), not_accepted(Wait::Throttled)),
        Answer::Busy => with_status(Some(503), not_accepted(Wait::Throttled)),
        Answer::Key => with_status(Some(401), not_accepted(Wait::Config)),
        Answer::Unknown => answer(Outcome::Unknown),
    }
}

/// As the policy of the delivery has it.
fn is_trouble(heard: &Heard) -> bool {
    heard.outcome == Outcome::Unknown || heard.http_status == Some(503)
}
