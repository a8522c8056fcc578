//! Invitations as they stand: the steps that bring one there, without the conversation.

use std::fs;

use invite_bot::domain::{
    Answer, Number, Outcome, Person, PersonId, Recipient, Refusal, Role, Stop, Verdict, Wait,
};
use invite_bot::store::{Change, NewInvitation, Submitted, Terms, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::player::{Player, code, oleg, pyotr};

/// Where an invitation stands, and how it came there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Queued,
    /// Its author lost the access, and got it back.
    Held,
    Sending,
    Accepted,
    Rejected(Refusal),
    NotSent,
    Unknown,
    ConfirmedSent,
    ConfirmedNotSent,
    Cancelled,
    /// The database is not trusted.
    Distrusted,
    /// It was held in a database that was not trusted, and was not sent after that.
    RestoredNotSent,
    /// The stop-list held it.
    OffTheList,
}

/// One whole call.
async fn call(tx: &mut Tx, number: Number, outcome: Outcome, now: Timestamp) {
    let n = claim(tx, number, now).await;
    let answer = Answer { outcome, http_status: None, request_id: None, message: None };
    tx.close(number, n, &answer, None, now).await.unwrap();
}

async fn claim(tx: &mut Tx, number: Number, now: Timestamp) -> i64 {
    let seq = seq(tx, number).await;
    tx.claim(number, seq, b"the bytes of the request", now).await.unwrap().expect("it is due").n
}

async fn seq(tx: &mut Tx, number: Number) -> i64 {
    tx.invitation(number).await.unwrap().unwrap().seq
}

fn not_accepted() -> Outcome {
    Outcome::NotAccepted { wait: Wait::Connect, retry_after: None }
}

impl Player {
    /// With these office codes, and no others.
    pub fn owning(self, codes: &[&str]) -> Self {
        let codes = codes.iter().map(|text| code(text)).collect();
        self.applies(&oleg(), Change::SetOffices { person: self.me.id, codes });
        self
    }

    pub fn with_stop(self, text: &str) -> Self {
        self.stops(text);
        self
    }

    /// Somebody asked not to be written to.
    pub fn stops(&self, text: &str) {
        let stops = vec![Stop::parse(text).unwrap()];
        let reason = Some("просили по телефону".to_owned());
        self.writes(async |tx| {
            tx.stop(&stops, reason.as_deref(), oleg().id, self.now).await.unwrap()
        });
    }

    /// Takes the newest entry off the stop-list.
    pub fn frees(&self) {
        self.writes(async |tx| {
            let newest = tx.stoplist(1, 1).await.unwrap().entries.remove(0);
            tx.unstop(newest.id, oleg().id, self.now).await.unwrap();
        });
    }

    /// The database may be an old one.
    pub fn distrusts(&self) {
        drop(fs::remove_file(self.path().with_extension("db.mark")));
        if self.invitations().is_empty() {
            // A blank one is in no doubt.
            self.writes(async |tx| {
                tx.save_draft(pyotr().id, None, 1, "{}", self.now).await.unwrap();
            });
        }
        self.waits_for(self.store.clone().keep_mark(&self.path(), self.now)).unwrap();
    }

    pub fn resumes(&self) {
        let (id, admin) = (self.waits_for(self.holds())[0].id, oleg().id);
        self.writes(async |tx| tx.resume(id, admin, &[admin], self.now).await.unwrap());
    }

    /// An invitation by somebody who has no draft.
    pub fn sent(&self, author: &Person, to: &Recipient, standing: Standing) -> Number {
        let (by, now) = (author.id, self.now);
        let number = self.writes(async |tx| {
            let draft = tx.save_draft(by, None, 1, "{}", now).await.unwrap().expect("no draft");
            let new = NewInvitation {
                author: by,
                draft,
                recipient: to,
                guid: Uuid::new_v4(),
                status_message: None,
                now,
                send_at: None,
                terms: Terms { not_before: now, admin: true, beyond: true },
            };
            match tx.submit(new).await.unwrap() {
                Submitted::Queued(number) => number,
                other => panic!("{other:?}"),
            }
        });
        match standing {
            Standing::Distrusted => self.distrusts(),
            Standing::RestoredNotSent => {
                self.distrusts();
                self.resumes();
                self.writes(async |tx| call(tx, number, not_accepted(), now).await);
            }
            Standing::OffTheList => {
                self.stops(to.email().as_str());
                self.frees();
            }
            _ => self.writes(async |tx| self.brings(tx, by, number, standing).await),
        }
        number
    }

    /// One more attempt of an unsent one is taken.
    pub fn resends(&self, number: Number) {
        let now = self.now;
        self.writes(async |tx| {
            let seq = seq(tx, number).await;
            tx.repeat(number, seq, oleg().id, now, Terms::at_once(now)).await.unwrap();
            call(tx, number, Outcome::Accepted { reference: None }, now).await;
        });
    }

    async fn brings(&self, tx: &mut Tx, by: PersonId, number: Number, standing: Standing) {
        let (now, admin) = (self.now, Some(oleg().id));
        let outcome = match standing {
            Standing::Accepted => Outcome::Accepted { reference: None },
            Standing::Rejected(why) => Outcome::Rejected { why, fields: vec![] },
            Standing::NotSent => not_accepted(),
            Standing::Unknown | Standing::ConfirmedSent | Standing::ConfirmedNotSent => {
                Outcome::Unknown
            }
            Standing::Held => {
                tx.revoke(admin, by, 1, now).await.unwrap();
                tx.allow(admin, by, None, Role::Staff, 1, now).await.unwrap();
                return;
            }
            Standing::Sending => {
                claim(tx, number, now).await;
                return;
            }
            Standing::Cancelled => {
                assert!(tx.cancel(number, 1, by, now).await.unwrap());
                return;
            }
            _ => return,
        };
        call(tx, number, outcome, now).await;
        let verdict = match standing {
            Standing::ConfirmedSent => Verdict::Arrived,
            Standing::ConfirmedNotSent => Verdict::Missing,
            _ => return,
        };
        let seq = seq(tx, number).await;
        assert!(tx.resolve(number, seq, verdict, by, now).await.unwrap());
    }
}
