//! Invitations as they stand: the steps that bring one there, without the conversation.

use std::fs;

use invite_bot::domain::{
    Answer, DayBounds, DraftRevision, InvitationNo, Limits, Outcome, Person, Recipient, Refusal,
    Role, StopTarget, Verdict, Wait,
};
use invite_bot::store::{Change, NewInvitation, Quotas, SubmitOptions};
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

/// As many as there are.
fn no_quotas() -> Quotas {
    let day = DayBounds { begins: Timestamp::MIN, ends: Timestamp::MAX };
    Quotas { limits: Limits::NONE, day }
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
        let stops = vec![StopTarget::parse(text).unwrap()];
        let holds = self.reads(async |reader| reader.queued_to(&stops).await.unwrap());
        let reason = Some("просили по телефону".to_owned());
        self.applies(&oleg(), Change::Stop { stops, reason, holds });
    }

    /// Takes the newest entry off the stop-list.
    pub fn frees(&self) {
        let newest = self.reads(async |reader| reader.stoplist(1, 1).await.unwrap());
        self.applies(&oleg(), Change::Unstop { entry: newest.entries[0].id });
    }

    fn drafts(&self, author: &Person) -> DraftRevision {
        let (person, body) = (author.id, "{}".to_owned());
        let save = Change::SaveSession { person, was: None, version: 1, body };
        self.applies(author, save).draft.unwrap()
    }

    /// One whole call.
    fn calls(&self, number: InvitationNo, outcome: Outcome) {
        let attempt = self.claims(number);
        let provider = self
            .reads(async |it| it.invitation(number).await.unwrap().unwrap().recipient.provider());
        let answer = Answer { outcome, http_status: None, request_id: None, message: None };
        let (retry_at, rest_until) = (None, None);
        let close = Change::Close { number, attempt, provider, answer, retry_at, rest_until };
        self.applies(&oleg(), close);
    }

    fn claims(&self, number: InvitationNo) -> i64 {
        let body = b"the bytes of the request".to_vec();
        let claim = Change::Claim { number, version: self.version(number), body };
        self.applies(&oleg(), claim).claim.expect("it is due").n
    }

    /// The database may be an old one.
    pub fn distrusts(&self) {
        drop(fs::remove_file(self.path().with_extension("db.mark")));
        if self.invitations().is_empty() {
            // A blank one is in no doubt.
            self.drafts(&pyotr());
        }
        self.waits_for(self.store.clone().keep_mark(&self.path(), self.now)).unwrap();
    }

    pub fn resumes(&self) {
        let (hold, admins) = (self.waits_for(self.holds())[0].id, [oleg().id]);
        let queues = self.reads(async |it| it.queued_by_resuming(hold, &admins).await.unwrap());
        let fixed_admins = admins.to_vec();
        self.applies(&oleg(), Change::Resume { hold, fixed_admins, queues });
    }

    /// An invitation by somebody who has no draft.
    pub fn sent(&self, author: &Person, to: &Recipient, standing: Standing) -> InvitationNo {
        let new = NewInvitation {
            draft: self.drafts(author),
            recipient: to.clone(),
            guid: Uuid::new_v4(),
            repeats: None,
            status_message: None,
            send_at: None,
            sources: vec![],
            options: SubmitOptions { not_before: self.now, admin: true, override_limit: true },
            quotas: no_quotas(),
        };
        let number = self.applies(author, Change::Submit(new)).submitted.unwrap();
        match standing {
            Standing::Distrusted => self.distrusts(),
            Standing::RestoredNotSent => {
                self.distrusts();
                self.resumes();
                self.calls(number, not_accepted());
            }
            Standing::OffTheList => {
                self.stops(to.email().as_str());
                self.frees();
            }
            _ => self.brings(author, number, standing),
        }
        number
    }

    /// One more attempt of an unsent one is taken.
    pub fn resends(&self, number: InvitationNo) {
        let (version, options) = (self.version(number), SubmitOptions::at_once(self.now));
        self.applies(&oleg(), Change::Resend { number, version, options, quotas: no_quotas() });
        self.calls(number, Outcome::Accepted { reference: None });
    }

    fn brings(&self, author: &Person, number: InvitationNo, standing: Standing) {
        let outcome = match standing {
            Standing::Accepted => Outcome::Accepted { reference: None },
            Standing::Rejected(why) => Outcome::Rejected { why, fields: vec![] },
            Standing::NotSent => not_accepted(),
            Standing::Unknown | Standing::ConfirmedSent | Standing::ConfirmedNotSent => {
                Outcome::Unknown
            }
            Standing::Held => {
                let (person, fixed_admins) = (author.id, 1);
                self.applies(&oleg(), Change::Revoke { person, fixed_admins, holds: None });
                let person = Person { id: person, name: None };
                self.applies(&oleg(), Change::Allow { person, role: Role::Staff, fixed_admins });
                return;
            }
            Standing::Sending => {
                self.claims(number);
                return;
            }
            Standing::Cancelled => {
                self.applies(author, Change::Cancel { number, version: 1 });
                return;
            }
            _ => return,
        };
        self.calls(number, outcome);
        let verdict = match standing {
            Standing::ConfirmedSent => Verdict::Arrived,
            Standing::ConfirmedNotSent => Verdict::Missing,
            _ => return,
        };
        self.applies(author, Change::Resolve { number, version: self.version(number), verdict });
    }
}
