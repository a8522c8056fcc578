//! The real database of one run: the store's functions, called as the bot calls them. Which
//! action comes next, and what must come of it, is decided above.

use invite_bot::domain::{
    Answer as Heard, Hold, HoldKind, Invitation, Number, Outcome, PersonId, Provider, Recipient,
    Refusal, Role, Verdict, Wait,
};
use invite_bot::store::{Allowed, NewInvitation, Repeated, Revoked, Store, Submitted, Terms, Tx};
use jiff::{SignedDuration, Timestamp};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::rules::{Action, Said};
use super::world::Answer;
use crate::support::folder::folder;
use crate::support::ledger::{accepted, answer, at, id, not_accepted, rejected};

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
    numbers: [Option<Number>; 2],
    /// Which body is sent.
    bodies: [usize; 2],
    /// The `seq` at which each was asked for once more the last time.
    asked_at: [i64; 2],
}

fn person(by: usize) -> PersonId {
    id(PEOPLE[by])
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
        let mut tx = store.begin().await.unwrap();
        for (by, role) in [(0, Role::Staff), (1, Role::Admin)] {
            tx.allow(None, person(by), None, role, 0, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        let conn = look(&folder).await;
        let provider = recipients[0].provider();
        let (known, shown) = (Known::default(), [None, None]);
        let clock_was_set_back = false;
        Self { folder, store, conn, now, clock_was_set_back, provider, recipients, known, shown }
    }

    /// The numbers of the invitations that were made.
    pub fn numbers(&self) -> [Option<Number>; 2] {
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
            _ => {
                let known = self.known;
                let mut tx = self.store.begin().await.unwrap();
                let said = self.writes(&mut tx, action).await;
                if for_good {
                    tx.commit().await.unwrap();
                } else {
                    self.known = known;
                }
                return said;
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
        let mut tx = self.store.begin().await.unwrap();
        tx.probe_now(self.provider, self.now, self.now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What is one transaction.
    async fn writes(&mut self, tx: &mut Tx, action: Action) -> Said {
        let now = self.now;
        match action {
            Action::Fill(by) | Action::Edit(by) => self.fills(tx, by, action).await,
            Action::Send { by, draft, revision } => self.sends(tx, by, draft, revision).await,
            Action::Revoke => {
                let revoked = tx.revoke(Some(person(1)), person(0), 0, now).await.unwrap();
                done(matches!(revoked, Revoked::Done { .. }))
            }
            Action::Allow => {
                let (by, whom) = (Some(person(1)), person(0));
                let allowed = tx.allow(by, whom, None, Role::Staff, 0, now).await.unwrap();
                done(allowed == Allowed::Added)
            }
            Action::Resume => {
                let paused = |hold: &&Hold| matches!(hold.kind, HoldKind::BadCredentials { .. });
                // Without a pause: an old one, or that the provider is left alone.
                let hold = tx.holds().await.unwrap().iter().find(paused).map_or(1, |hold| hold.id);
                done(tx.resume(hold, person(1), &[], now).await.unwrap() == Some(0))
            }
            Action::Repeat { by, what } => {
                let seq = self.seq(tx, what).await;
                let said = self.repeats(tx, by, what, seq).await;
                if said == Said::Done {
                    self.known.asked_at[what] = seq;
                }
                said
            }
            Action::RepeatAgain { by, what } => {
                self.repeats(tx, by, what, self.known.asked_at[what]).await
            }
            Action::Claim(what) => self.claims(tx, what).await,
            Action::Record { .. } => panic!("what was heard is to be said, see `records`"),
            _ => {
                let what = concerns(action);
                let seq = self.seq(tx, what).await;
                self.says(tx, action, seq).await
            }
        }
    }

    /// A person's word on an invitation, at a point.
    async fn says(&mut self, tx: &mut Tx, action: Action, seq: i64) -> Said {
        let (number, now) = (self.number(concerns(action)), self.now);
        done(
            match action {
                Action::Cancel { by, .. } => tx.cancel(number, seq, person(by), now).await,
                Action::Release(_) => tx.release(number, seq, person(1), now, now).await,
                Action::Arrived { by, .. } => {
                    tx.resolve(number, seq, Verdict::Arrived, person(by), now).await
                }
                Action::Missing { by, .. } => {
                    tx.resolve(number, seq, Verdict::Missing, person(by), now).await
                }
                other => panic!("{other:?} is nobody's word"),
            }
            .unwrap(),
        )
    }

    /// The same on a card that is no longer the present one; nothing may come of it.
    pub async fn says_too_late(&mut self, action: Action) -> Said {
        let mut tx = self.store.begin().await.unwrap();
        let before = self.seq(&mut tx, concerns(action)).await - 1;
        let said = match action {
            Action::Repeat { by, what } => self.repeats(&mut tx, by, what, before).await,
            _ => self.says(&mut tx, action, before).await,
        };
        tx.commit().await.unwrap();
        said
    }

    fn number(&self, what: usize) -> Number {
        self.known.numbers[what].unwrap()
    }

    async fn seq(&self, tx: &mut Tx, what: usize) -> i64 {
        tx.invitation(self.number(what)).await.unwrap().unwrap().seq
    }

    async fn fills(&mut self, tx: &mut Tx, by: usize, action: Action) -> Said {
        let known = matches!(action, Action::Edit(_)).then_some((self.known.drafts[by], 1));
        let saved = tx.save_draft(person(by), known, 1, "{}", self.now).await.unwrap();
        self.known.drafts[by] = saved.map_or(0, |(draft, _)| draft);
        done(saved.is_some())
    }

    async fn sends(&mut self, tx: &mut Tx, by: usize, draft: usize, revision: u8) -> Said {
        let new = NewInvitation {
            author: person(by),
            draft: (self.known.drafts[draft], revision.into()),
            recipient: &self.recipients[draft],
            guid: Uuid::new_v4(),
            status_message: Some(7),
            send_at: None,
            now: self.now,
            terms: self.terms(),
        };
        match tx.submit(new).await.unwrap() {
            Submitted::Queued(number) => {
                self.known.numbers[draft] = Some(number);
                Said::Done
            }
            Submitted::InFlight(other) => self.in_flight(other),
            Submitted::Stopped => panic!("nothing is on the stop-list"),
            Submitted::Stale => Said::Stale,
            other => panic!("{other:?}"),
        }
    }

    /// No undo window: that is a wait like others. How often somebody is written to is no rule of
    /// these, so that they go beyond it.
    fn terms(&self) -> Terms {
        Terms { beyond: true, ..Terms::at_once(self.now) }
    }

    async fn repeats(&mut self, tx: &mut Tx, by: usize, what: usize, seq: i64) -> Said {
        match tx.repeat(self.number(what), seq, person(by), self.now, self.terms()).await.unwrap() {
            Repeated::Queued => Said::Done,
            Repeated::Stopped => panic!("nothing is on the stop-list"),
            Repeated::Stale => Said::Stale,
            Repeated::InFlight(other) => self.in_flight(other),
            Repeated::NoRoom(room) => panic!("{room:?}"),
        }
    }

    fn in_flight(&self, other: Number) -> Said {
        let found = self.known.numbers.iter().position(|number| *number == Some(other));
        Said::InFlight(found.unwrap())
    }

    /// T2, as delivery does it: it sends again what was sent before.
    async fn claims(&mut self, tx: &mut Tx, what: usize) -> Said {
        let number = self.number(what);
        let body = match self.store.next_due(self.provider).await.unwrap() {
            Some(due) if due.invitation.number == number && due.body.is_none() => {
                self.known.bodies[what] += 1;
                None
            }
            Some(due) if due.invitation.number == number => due.body,
            _ => None,
        };
        let body = body.unwrap_or_else(|| BODIES[self.known.bodies[what]].to_vec());
        let seq = self.seq(tx, what).await;
        if self.clock_was_set_back {
            tx.end_waits_beyond(self.provider, self.now, self.now).await.unwrap();
        }
        done(tx.claim(number, seq, &body, self.now).await.unwrap().is_some())
    }

    /// T4, as delivery does it: the outcome, and whether the provider is left alone.
    pub async fn records(&mut self, what: usize, n: usize, heard: &Heard, give_up: bool) {
        let (number, n) = (self.number(what), i64::try_from(n).unwrap());
        let retry_at = (!give_up).then(|| self.now + SignedDuration::from_secs(1));
        let mut tx = self.store.begin().await.unwrap();
        tx.close(number, n, heard, retry_at, self.now).await.unwrap();
        if is_trouble(heard) {
            let until = self.now + PAUSE;
            tx.troubled(self.provider, number, until, self.now).await.unwrap();
        } else {
            tx.answered(self.provider, number, self.now).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn shows(&mut self, what: usize) -> Said {
        let owed = self.store.untold(&[], 10).await.unwrap().into_iter();
        let mut owed = owed.map(|untold| untold.invitation);
        self.shown[what] = owed.find(|shown| shown.number == self.number(what));
        done(self.shown[what].is_some())
    }

    /// T5, as the teller does it.
    async fn notes(&mut self, what: usize) {
        let shown = self.shown[what].take().unwrap();
        self.store.told(shown.number, shown.seq, Some(7), 7).await.unwrap();
        self.store.tell_again_if_outdated(&shown).await.unwrap();
    }

    /// A new process on the file of the one that died.
    async fn starts(&mut self) {
        self.store = open(&self.folder).await;
        self.store.recover(self.now).await.unwrap();
        let held = self.store.hold_orphans(&[], self.now).await.unwrap();
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
