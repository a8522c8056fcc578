//! The one way in which anything is written: all of a list of [`Change`]s or none of them; what they
//! were decided on is checked once more.

mod change;

use jiff::Timestamp;

use super::inbox::Taken;
use super::writer::{Haste, Write};
use super::{Allowed, Claim, Erased, Failed, Store, StoreError, Try, Tx, Waiting};
use crate::domain::{DraftRevision, InvitationNo, PersonId, ResendQuota};

pub use change::Change;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Person(PersonId),
    /// The bot itself, or its command line: the journal names nobody.
    Program,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub draft: Option<DraftRevision>,
    pub submitted: Option<InvitationNo>,
    pub allowed: Option<Allowed>,
    pub held: Vec<InvitationNo>,
    pub unknown: Vec<InvitationNo>,
    pub claim: Option<Claim>,
    /// Those that are new, in the order they came in.
    pub received: Vec<Waiting>,
    pub begun: Option<Try>,
    pub failed: Option<Failed>,
    /// In the order of the changes.
    pub enqueued: Vec<i64>,
    pub holds: Vec<i64>,
    pub erased: Option<Erased>,
    taken: Option<Taken>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Update,
    Role,
    Session,
    /// It goes to the same recipient and is not settled yet.
    InFlight(InvitationNo),
    Stopped,
    NoResends(ResendQuota),
    /// The author has office codes, and this is none of them.
    NotTheirOffice,
    LastAdmin,
    /// Only a person may decide this.
    NoPerson,
    /// Anything else that the decision was built on.
    Facts,
}

impl Store {
    /// Can be read when this returns, and is on the disk when the door lets something pass.
    /// Dropped, it may have written all of them nevertheless.
    pub async fn apply(
        &self,
        by: Actor,
        now: Timestamp,
        changes: &[Change],
    ) -> Result<Applied, StoreError> {
        let applied = self.ask(std::future::pending(), Haste::Now, by, now, changes).await?;
        Ok(applied.unwrap_or_default())
    }

    /// With whatever is written next: nobody waits for it.
    pub async fn note(&self, now: Timestamp, changes: &[Change]) -> Result<(), StoreError> {
        let never = std::future::pending();
        self.ask(never, Haste::Note, Actor::Program, now, changes).await.map(drop)
    }

    /// A stop does not wait while another program keeps the database locked.
    pub async fn apply_unless(
        &self,
        given_up: impl Future<Output = ()>,
        by: Actor,
        now: Timestamp,
        changes: &[Change],
    ) -> Result<Option<Applied>, StoreError> {
        self.ask(given_up, Haste::Now, by, now, changes).await
    }

    async fn ask(
        &self,
        given_up: impl Future<Output = ()>,
        haste: Haste,
        by: Actor,
        now: Timestamp,
        changes: &[Change],
    ) -> Result<Option<Applied>, StoreError> {
        if changes.is_empty() {
            return Ok(Some(Applied::default()));
        }
        self.write(given_up, haste, Write { by, now, changes: changes.to_vec() }).await
    }
}

impl Actor {
    pub(super) fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Program => None,
        }
    }
}

pub(super) fn require(holds: bool, refusal: Refusal) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::Overtaken(refusal)) }
}

impl Tx {
    pub(super) async fn apply_all(
        &mut self,
        Write { by, now, changes }: &Write,
    ) -> Result<Applied, StoreError> {
        let mut applied = Applied::default();
        for change in changes {
            self.apply(*by, *now, change, &mut applied).await?;
        }
        Ok(applied)
    }

    async fn apply(
        &mut self,
        actor: Actor,
        now: Timestamp,
        change: &Change,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        let fresh = |done| require(done, Refusal::Facts);
        let by = || actor.person().ok_or(StoreError::Overtaken(Refusal::NoPerson));
        match change {
            Change::RequireRole(_, None) => Ok(()),
            Change::RequireRole(person, role) => {
                let listed = match applied.taken.filter(|taken| taken.chat == person.get()) {
                    Some(taken) => taken.role,
                    None => self.listed(*person).await?.and_then(|listed| listed.role),
                };
                require(listed == *role, Refusal::Role)
            }
            Change::UpsertPerson(person) => {
                self.upsert_person(person.id, person.name.as_deref(), now).await
            }
            Change::Allow { person, role, fixed_admins } => {
                applied.allowed = Some(self.allow(actor, person, *role, *fixed_admins, now).await?);
                Ok(())
            }
            Change::Revoke { person, fixed_admins, holds } => {
                let held = self.revoke(actor, *person, *fixed_admins, now).await?;
                fresh(holds.as_ref().is_none_or(|holds| *holds == held))?;
                applied.held.extend(held);
                Ok(())
            }
            Change::SetOffices { person, codes } => {
                // An admin by configuration may never have written.
                self.upsert_person(*person, None, now).await?;
                self.set_offices(by()?, *person, codes, now).await
            }
            Change::SetUntil { person, until } => self.set_until(*person, *until, actor, now).await,
            Change::SetLimit { person, period, limit } => {
                self.upsert_person(*person, None, now).await?;
                self.set_limit(*person, *period, *limit, by()?, now).await
            }

            Change::SaveSession { person, was, version, body } => {
                applied.draft = self.save_draft(*person, *was, *version, body, now).await?;
                require(applied.draft.is_some(), Refusal::Session)
            }
            Change::DropSession { person, was } => {
                require(self.drop_draft(*person, *was).await?, Refusal::Session)
            }
            Change::SetCard { person, draft, message } => {
                self.set_card(*person, *draft, *message).await
            }
            Change::DropDrafts(before) => self.drop_old_drafts(*before).await,

            Change::Submit(new) => {
                applied.submitted = Some(self.submit(by()?, new, now).await?);
                Ok(())
            }
            Change::Resolve { number, version, verdict } => {
                fresh(self.resolve(*number, *version, *verdict, by()?, now).await?)
            }
            Change::Cancel { number, version } => {
                fresh(self.cancel(*number, *version, by()?, now).await?)
            }
            Change::Release { number, version, not_before } => {
                fresh(self.release(*number, *version, by()?, *not_before, now).await?)
            }
            Change::Resend { number, version, options, quotas } => {
                self.resend(*number, *version, by()?, *options, quotas, now).await
            }
            Change::AdoptStatusMessage { number, message } => {
                self.adopt_status_message(*number, *message).await
            }

            Change::Recover => {
                applied.unknown.extend(self.recover(now).await?);
                Ok(())
            }
            Change::FileChecked => self.file_checked(now).await,
            Change::HoldOrphans { fixed_admins } => {
                applied.held.extend(self.hold_orphans(fixed_admins, now).await?);
                Ok(())
            }
            Change::Claim { number, version, body } => {
                applied.claim = self.claim(*number, *version, body, now).await?;
                Ok(())
            }
            Change::Close { number, attempt, provider, answer, retry_at, rest_until } => {
                self.close(*number, *attempt, answer, *retry_at, now).await?;
                match rest_until {
                    Some(until) => self.troubled(*provider, *number, *until, now).await,
                    None => self.answered(*provider, *number, now).await,
                }
            }
            Change::EndWaitsBeyond { provider, time } => {
                self.end_waits_beyond(*provider, *time, now).await?;
                self.probe_now(*provider, *time, now).await
            }

            Change::Receive(batch) => {
                applied.received.extend(self.receive(batch, now).await?);
                Ok(())
            }
            Change::BeginTry(update) => {
                applied.begun = Some(self.begin_try(*update, now).await?);
                Ok(())
            }
            Change::FailTry { update, counted } => {
                applied.failed = Some(self.fail_try(*update, *counted, now).await?);
                Ok(())
            }
            Change::Park(update) => self.park(*update, now).await.map(drop),
            Change::TakeUpdate(update) => {
                applied.taken = self.take(*update, now).await?;
                require(applied.taken.is_some(), Refusal::Update)
            }
            Change::Answered(update) => self.answered_update(*update, now).await,
            Change::ForgetUpdates(before) => self.forget_updates(*before).await,
            Change::NoteContact { after_silence } => self.note_contact(*after_silence, now).await,

            Change::Enqueue { person, answers, body } => {
                applied.enqueued.push(self.enqueue(*person, *answers, body, now).await?);
                Ok(())
            }
            Change::EnqueueToAdmins { fixed_admins, body } => {
                let admins = self.all_admins(fixed_admins).await?;
                self.enqueue_to(admins, body, now, applied).await
            }
            Change::Warn { warning, fixed_admins, body } => {
                // Whoever becomes an admin later is told then.
                let admins = self.all_admins(fixed_admins).await?;
                if !admins.is_empty() && self.warn(*warning, now).await? {
                    self.enqueue_to(admins, body, now, applied).await?;
                }
                Ok(())
            }
            Change::WarningOver { warning, fixed_admins, body } => {
                if self.warning_is_over(*warning).await? {
                    let admins = self.all_admins(fixed_admins).await?;
                    self.enqueue_to(admins, body, now, applied).await?;
                }
                Ok(())
            }
            Change::Ack(message) => self.ack(*message).await,
            Change::DropOutsidersMessages { fixed_admins } => {
                self.drop_outsiders_messages(fixed_admins).await
            }
            Change::NoteUpToDate(person) => self.note_up_to_date(*person).await,
            Change::NoteNotified { shown, old, message, ring } => {
                let is_new = self.note_notified(shown, *old, *message).await?;
                if let Some(body) = ring.as_ref().filter(|_| is_new) {
                    self.enqueue(shown.author.id, None, body, now).await?;
                }
                Ok(())
            }
            Change::GiveUpTelling { number, version } => {
                self.give_up_telling(*number, *version).await
            }
            Change::Hold(kind) => {
                let (id, is_new) = self.hold(kind, now).await?;
                applied.holds.extend(is_new.then_some(id));
                Ok(())
            }
            Change::NoteHoldNotified(hold) => self.note_hold_notified(*hold).await,
            Change::Resume { hold, fixed_admins, queues } => {
                fresh(self.resume(*hold, by()?, fixed_admins, now).await? == Some(*queues))
            }
            Change::Remind { number, version, round } => {
                self.remind(*number, *version, *round, now).await
            }
            Change::Digest { day, fixed_admins, body } => {
                for admin in self.all_admins(fixed_admins).await? {
                    if self.is_first_digest(admin, *day).await?
                        && let Some(body) = body
                    {
                        applied.enqueued.push(self.enqueue(admin, None, body, now).await?);
                    }
                }
                Ok(())
            }

            Change::Stop { stops, reason, holds } => {
                let held = self.stop(stops, reason.as_deref(), by()?, now).await?;
                fresh(held == *holds)?;
                applied.held.extend(held);
                Ok(())
            }
            Change::Unstop { entry } => fresh(self.unstop(*entry, by()?, now).await?),
            Change::FollowUp { number, was, mark } => {
                self.follow_up_with(*number, *was, *mark, by()?, now).await
            }
            Change::NoteCall(number) => self.note_call(*number).await,
            Change::NoteQuestion { numbers, day } => self.note_question(numbers, *day).await,
            Change::MakeLink { token, terms } => self.make_link(token, terms, by()?, now).await,
            Change::EndLink { link, replaced } => self.end_link(*link, *replaced, actor, now).await,
            Change::Join { link, joins, fixed_admins } => {
                self.join(link, joins, *fixed_admins, now).await
            }
            Change::Ask { asker, asked, deciders } => self.ask(asker, asked, deciders, now).await,
            Change::Decide { request, decision, pressed } => {
                self.decide(*request, *decision, by()?, *pressed, now).await
            }
            Change::NoteRequestCard { request, person, message } => {
                self.note_request_card(*request, *person, *message).await
            }
            Change::RemindOfRequest { request, deciders } => {
                self.remind_of_request(*request, deciders, now).await
            }
            Change::ExpireRequest(request) => self.expire_request(*request, now).await,
            Change::Unblock(request) => self.unblock(actor, *request, now).await,
            Change::ForgetRequests(before) => self.forget_requests(*before).await,
            Change::CacheLookup { source, inn, known, until } => {
                self.cache_lookup(*source, inn, known, *until, now).await
            }
            Change::DropExpiredLookups => self.drop_expired_lookups(now).await,
            Change::Erase(client) => {
                applied.erased = Some(self.erase(client, actor.person(), now).await?);
                Ok(())
            }
        }
    }

    async fn enqueue_to(
        &mut self,
        people: Vec<PersonId>,
        body: &str,
        now: Timestamp,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        for person in people {
            applied.enqueued.push(self.enqueue(person, None, body, now).await?);
        }
        Ok(())
    }
}
