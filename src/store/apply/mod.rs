//! The one way in which a turn writes: all its [`Change`]s in one transaction, or none. What must
//! not be overtaken is looked at once more here; what has been is refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::limits::Quotas;
use super::{Allowed, NewInvitation, Repeated, Revoked, Store, StoreError, Submitted, Terms, Tx};
use crate::domain::{
    HoldKind, Number, OfficeCode, Person, PersonId, Recipient, Role, Span, Stop, Verdict,
};

/// Something to be written. Whatever a handler read to decide on it stands in it, so that it is
/// refused where that is not so any more.
#[derive(Clone, Debug)]
pub enum Change {
    /// An update takes effect.
    TakeUpdate(i64),
    /// The person still has this role; `None`: by configuration.
    RequireRole(PersonId, Option<Role>),
    /// Notes a person who may use the bot; fills a name that is missing and changes none.
    Meet(Person),
    /// The next revision of a person's session, JSON; `was`: the draft and revision it follows.
    SaveSession {
        person: PersonId,
        was: Option<(i64, i64)>,
        version: i64,
        body: String,
    },
    DropSession {
        person: PersonId,
        was: (i64, i64),
    },
    /// Makes a draft, by id and revision, an invitation.
    Submit {
        draft: (i64, i64),
        to: Recipient,
        guid: Uuid,
        status_message: Option<i32>,
        terms: Terms,
        quotas: Quotas,
    },
    Resolve {
        number: Number,
        seq: i64,
        verdict: Verdict,
    },
    Cancel {
        number: Number,
        seq: i64,
    },
    Release {
        number: Number,
        seq: i64,
        not_before: Timestamp,
    },
    Resend {
        number: Number,
        seq: i64,
        terms: Terms,
        quotas: Quotas,
    },
    /// From now on this message shows how the invitation stands.
    AdoptStatusMessage {
        number: Number,
        message: i32,
    },
    Allow {
        person: Person,
        role: Role,
        fixed_admins: usize,
    },
    Revoke {
        person: PersonId,
        fixed_admins: usize,
        holds: Vec<Number>,
    },
    SetOffices {
        person: PersonId,
        codes: Vec<OfficeCode>,
    },
    SetLimit {
        person: PersonId,
        span: Span,
        limit: Option<u32>,
    },
    Stop {
        stops: Vec<Stop>,
        reason: Option<String>,
        holds: Vec<Number>,
    },
    Unstop {
        entry: i64,
    },
    /// Nothing is sent from now on, by the bot itself.
    Hold(HoldKind),
    /// The admins know of a hold.
    TellHold(i64),
    Resume {
        hold: i64,
        fixed_admins: Vec<PersonId>,
        queues: u64,
    },
    /// A message that is still to be sent, a request of Telegram's as JSON; `answers`: the update.
    Enqueue {
        person: PersonId,
        answers: Option<i64>,
        body: String,
    },
    /// The same to every admin: those on the list, and these.
    EnqueueToAdmins {
        fixed_admins: Vec<PersonId>,
        body: String,
    },
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Person(PersonId),
    /// The bot itself: the journal names nobody.
    Program,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The draft that was saved, and its revision.
    pub draft: Option<(i64, i64)>,
    /// The invitation that was made.
    pub submitted: Option<Number>,
    /// The messages that were enqueued, in the order of the changes.
    pub enqueued: Vec<i64>,
    /// The holds that began.
    pub holds: Vec<i64>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The world has moved on since it was read.
    #[error("overtaken: {0:?}")]
    Overtaken(Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The update took effect before.
    Update,
    /// The person has another role, or none.
    Role,
    /// The draft is another one.
    Session,
    /// A person has to decide this.
    NoPerson,
    /// Anything else that the decision was built on.
    Facts,
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Writes all of these, in this order, at this time; or none.
    ///
    /// # Errors
    /// What was overtaken, or that the database failed.
    pub async fn apply(
        &self,
        by: Actor,
        now: Timestamp,
        changes: &[Change],
    ) -> Result<Applied, Refused> {
        let mut tx = self.begin().await?;
        let mut applied = Applied::default();
        for change in changes {
            tx.apply(by, now, change, &mut applied).await?;
        }
        tx.commit().await?;
        Ok(applied)
    }
}

fn overtaken<T>(refusal: Refusal) -> Result<T, Refused> {
    Err(Refused::Overtaken(refusal))
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Refused> {
    if holds { Ok(()) } else { overtaken(refusal) }
}

impl Tx {
    async fn apply(
        &mut self,
        actor: Actor,
        now: Timestamp,
        change: &Change,
        applied: &mut Applied,
    ) -> Result<(), Refused> {
        let fresh = |done| require(done, Refusal::Facts);
        let by = || match actor {
            Actor::Person(id) => Ok(id),
            Actor::Program => overtaken(Refusal::NoPerson),
        };
        match change {
            Change::TakeUpdate(update) => require(self.take(*update, now).await?, Refusal::Update),
            Change::RequireRole(person, role) => {
                let listed = self.listed(*person).await?.and_then(|listed| listed.role);
                require(role.is_none() || listed == *role, Refusal::Role)
            }
            Change::Meet(person) => {
                Ok(self.meet(person.id, person.name.as_deref().unwrap_or_default(), now).await?)
            }
            Change::SaveSession { person, was, version, body } => {
                applied.draft = self.save_draft(*person, *was, *version, body, now).await?;
                require(applied.draft.is_some(), Refusal::Session)
            }
            Change::DropSession { person, was } => {
                require(self.drop_draft(*person, *was).await?, Refusal::Session)
            }
            Change::Submit { draft, to, guid, status_message, terms, quotas } => {
                fresh(self.exhausted(by()?, to, quotas, now).await?.is_none())?;
                let new = NewInvitation {
                    author: by()?,
                    draft: *draft,
                    recipient: to,
                    guid: *guid,
                    status_message: *status_message,
                    now,
                    terms: *terms,
                    send_at: None,
                };
                match self.submit(new).await? {
                    Submitted::Queued(number) => applied.submitted = Some(number),
                    Submitted::Stale => return overtaken(Refusal::Session),
                    _ => return overtaken(Refusal::Facts),
                }
                let office = to.company().and_then(|company| company.office.as_ref());
                if let Some(office) = office {
                    self.remember_office(by()?, office).await?;
                }
                Ok(())
            }
            Change::Resolve { number, seq, verdict } => {
                fresh(self.resolve(*number, *seq, *verdict, by()?, now).await?)
            }
            Change::Cancel { number, seq } => fresh(self.cancel(*number, *seq, by()?, now).await?),
            Change::Release { number, seq, not_before } => {
                fresh(self.release(*number, *seq, by()?, *not_before, now).await?)
            }
            Change::Resend { number, seq, terms, quotas } => {
                let to = self.invitation(*number).await?.map(|it| it.recipient);
                let Some(to) = to else { return overtaken(Refusal::Facts) };
                fresh(self.exhausted(by()?, &to, quotas, now).await?.is_none())?;
                let repeated = self.repeat(*number, *seq, by()?, now, *terms).await?;
                fresh(repeated == Repeated::Queued)
            }
            Change::AdoptStatusMessage { number, message } => {
                self.adopt_status_message(*number, *message).await?;
                Ok(())
            }
            Change::Allow { person, role, fixed_admins } => {
                let name = person.name.as_deref();
                let done =
                    self.allow(Some(by()?), person.id, name, *role, *fixed_admins, now).await?;
                fresh(done != Allowed::LastAdmin)
            }
            Change::Revoke { person, fixed_admins, holds } => {
                match self.revoke(Some(by()?), *person, *fixed_admins, now).await? {
                    Revoked::Done { held } => fresh(held == *holds),
                    Revoked::NotListed | Revoked::LastAdmin => overtaken(Refusal::Facts),
                }
            }
            Change::SetOffices { person, codes } => {
                // An admin by configuration may never have written.
                self.meet(*person, "", now).await?;
                self.set_offices(by()?, *person, codes, now).await?;
                Ok(())
            }
            Change::SetLimit { person, span, limit } => {
                self.meet(*person, "", now).await?;
                self.set_limit(*person, *span, *limit, by()?, now).await?;
                Ok(())
            }
            Change::Stop { stops, reason, holds } => {
                fresh(self.stop(stops, reason.as_deref(), by()?, now).await?.held == *holds)
            }
            Change::Unstop { entry } => fresh(self.unstop(*entry, by()?, now).await?.is_some()),
            Change::Hold(kind) => {
                let (id, is_new) = self.hold(kind, now).await?;
                applied.holds.extend(is_new.then_some(id));
                Ok(())
            }
            Change::TellHold(hold) => Ok(self.hold_told(*hold).await?),
            Change::Resume { hold, fixed_admins, queues } => {
                fresh(self.resume(*hold, by()?, fixed_admins, now).await? == Some(*queues))
            }
            Change::Enqueue { person, answers, body } => {
                applied.enqueued.push(self.keep(*person, *answers, body, now).await?);
                Ok(())
            }
            Change::EnqueueToAdmins { fixed_admins, body } => {
                let listed = self.admins().await?;
                let admins: BTreeSet<_> = fixed_admins.iter().copied().chain(listed).collect();
                for admin in admins {
                    applied.enqueued.push(self.keep(admin, None, body, now).await?);
                }
                Ok(())
            }
        }
    }
}
