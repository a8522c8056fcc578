//! Everything that can be written, as values. What a change was decided on stands in it, and it is
//! refused where that is not so any more.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::{
    Answer, Asked, Decision, DraftRevision, HoldKind, Inn, Invitation, InvitationNo, LimitPeriod,
    Link, LinkTerms, Mark, OfficeCode, Person, PersonId, Provider, Role, Source, StopTarget, Token,
    Verdict, Warning,
};
use crate::door::Trace;
use crate::store::limits::Quotas;
use crate::store::{CachedAnswer, Client, NewInvitation, Received, SubmitOptions};

#[derive(Clone, Debug)]
pub enum Change {
    /// `None`: by configuration.
    RequireRole(PersonId, Option<Role>),
    /// Fills a name that is missing and changes none.
    UpsertPerson(Person),
    /// The last admin is not made staff, unless there are fixed admins.
    Allow {
        person: Person,
        role: Role,
        fixed_admins: usize,
    },
    /// The draft goes, what is queued is held. `holds`: exactly these; `None`: all there are.
    Revoke {
        person: PersonId,
        fixed_admins: usize,
        holds: Option<Vec<InvitationNo>>,
    },
    /// The main one first; at most ten.
    SetOffices {
        person: PersonId,
        codes: Vec<OfficeCode>,
    },
    /// When the access ends by itself; not of an admin.
    SetUntil {
        person: PersonId,
        until: Option<Timestamp>,
    },
    /// 0 is no limit, `None` what the configuration says.
    SetLimit {
        person: PersonId,
        period: LimitPeriod,
        limit: Option<u32>,
    },

    /// `was`: what it follows; `body` is JSON.
    SaveSession {
        person: PersonId,
        was: Option<DraftRevision>,
        version: i64,
        body: String,
    },
    DropSession {
        person: PersonId,
        was: DraftRevision,
    },
    SetCard {
        person: PersonId,
        draft: i64,
        message: i32,
    },
    /// Those that were last changed before this time.
    DropDrafts(Timestamp),

    Submit(NewInvitation),
    Resolve {
        number: InvitationNo,
        version: i64,
        verdict: Verdict,
    },
    /// A repeat that is taken back leaves unknown what was unknown before.
    Cancel {
        number: InvitationNo,
        version: i64,
    },
    Release {
        number: InvitationNo,
        version: i64,
        not_before: Timestamp,
    },
    /// By somebody who knows that a second letter may go out.
    Resend {
        number: InvitationNo,
        version: i64,
        options: SubmitOptions,
        quotas: Quotas,
    },
    AdoptStatusMessage {
        number: InvitationNo,
        message: i32,
    },

    /// At the start: whatever was under way is unknown.
    Recover,
    /// The file of the database was looked through and is sound.
    FileChecked,
    /// At the start: holds what is queued of authors without access.
    HoldOrphans {
        fixed_admins: Vec<PersonId>,
    },
    /// T2: begins an attempt that sends these bytes, if its time has come and nothing forbids it.
    Claim {
        number: InvitationNo,
        version: i64,
        body: Vec<u8>,
    },
    /// T4: an attempt that was certainly not taken is queued until `retry_at`, or is not sent
    /// (`None`). `rest_until`: the provider gets no other call before.
    Close {
        number: InvitationNo,
        attempt: i64,
        provider: Provider,
        answer: Answer,
        retry_at: Option<Timestamp>,
        rest_until: Option<Timestamp>,
    },
    /// Waits of the bot's own that are so long come from a clock that was set back.
    EndWaitsBeyond {
        provider: Provider,
        time: Timestamp,
    },

    /// Only after this may the updates be acknowledged.
    Receive(Vec<Received>),
    /// Counted before the try, so that one which ends the program counts too.
    BeginTry(i64),
    /// `counted`: before it began.
    FailTry {
        update: i64,
        counted: bool,
    },
    Park(i64),
    TakeUpdate(i64),
    /// The person saw what came of the update, also what was enqueued of it.
    Answered(i64),
    /// Those that are settled and came before this time.
    ForgetUpdates(Timestamp),
    /// Telegram answered. `after_silence`: presses may be lost, and every draft is shown again.
    NoteContact {
        after_silence: bool,
    },

    /// `answers`: the update; `body` is JSON.
    Enqueue {
        person: PersonId,
        answers: Option<i64>,
        body: String,
    },
    EnqueueToAdmins {
        fixed_admins: Vec<PersonId>,
        body: String,
    },
    /// To every admin, unless they know.
    Warn {
        warning: Warning,
        fixed_admins: Vec<PersonId>,
        body: String,
    },
    /// To every admin, if they were warned.
    WarningOver {
        warning: Warning,
        fixed_admins: Vec<PersonId>,
        body: String,
    },
    Ack(i64),
    /// But not the farewell of those who were taken off the list.
    DropOutsidersMessages {
        fixed_admins: Vec<PersonId>,
    },
    /// Nothing is pending to a person any more: no answer, no card.
    NoteUpToDate(PersonId),
    /// `old`: the message that was to be edited.
    NoteNotified {
        shown: Box<Invitation>,
        old: Option<i32>,
        message: i32,
        /// What else the author is told, unless it was told already.
        ring: Option<String>,
    },
    GiveUpTelling {
        number: InvitationNo,
        version: i64,
    },
    NoteHoldNotified(i64),
    Remind {
        number: InvitationNo,
        version: i64,
        round: u32,
    },
    /// To every admin without the digest of this day; `None`: there is nothing to say.
    Digest {
        day: Date,
        fixed_admins: Vec<PersonId>,
        body: Option<String>,
    },

    Hold(HoldKind),
    Resume {
        hold: i64,
        fixed_admins: Vec<PersonId>,
        queues: u64,
    },
    /// Holds what is queued to these recipients: exactly `holds`.
    Stop {
        stops: Vec<StopTarget>,
        reason: Option<String>,
        holds: Vec<InvitationNo>,
    },
    /// What the entry held stays held until somebody releases it.
    Unstop {
        entry: i64,
    },
    /// What came of it; `was`: what stood there.
    FollowUp {
        number: InvitationNo,
        was: Option<Mark>,
        mark: Option<Mark>,
    },
    /// The owner was reminded of the call.
    NoteCall(InvitationNo),
    /// The owner was asked what came of them, for this round.
    NoteQuestion {
        numbers: Vec<(InvitationNo, u32)>,
        day: Date,
    },
    MakeLink {
        token: Token,
        terms: LinkTerms,
    },
    EndLink {
        link: i64,
        replaced: bool,
    },
    /// Lets in who holds its token.
    Join {
        link: Box<Link>,
        joins: Person,
        fixed_admins: usize,
    },
    /// Its card goes to those who may decide.
    Ask {
        asker: Person,
        asked: Asked,
        deciders: Vec<PersonId>,
    },
    /// What it allows is another change. `pressed`: the copy that shows it already.
    Decide {
        request: i64,
        decision: Decision,
        pressed: Option<i32>,
    },
    NoteRequestCard {
        request: i64,
        person: PersonId,
        message: i32,
    },
    RemindOfRequest {
        request: i64,
        deciders: Vec<PersonId>,
    },
    ExpireRequest(i64),
    /// Who was shut out may ask again.
    Unblock(i64),
    /// What is left of those that were decided before this time.
    ForgetRequests(Timestamp),
    CacheLookup {
        source: Source,
        inn: Inn,
        known: CachedAnswer,
        until: Timestamp,
    },
    /// Drops answers of directories whose time is over.
    DropExpiredLookups,
    /// The write-ahead log holds it until [`Store::empty_log`](crate::store::Store::empty_log).
    Erase(Client),
}

impl Change {
    /// How soon the high-water mark names what this writes into the journal.
    pub(in crate::store) fn trace(&self) -> Trace {
        match self {
            // An older copy that forgot one of these could send what it must not.
            Self::Claim { .. }
            | Self::Recover
            | Self::HoldOrphans { .. }
            | Self::Cancel { .. }
            | Self::Resolve { .. }
            | Self::Revoke { .. }
            | Self::EndLink { .. }
            | Self::Stop { .. }
            | Self::Hold(_) => Trace::AtOnce,
            Self::Submit(_)
            | Self::Resend { .. }
            | Self::Release { .. }
            | Self::Resume { .. }
            | Self::Close { .. }
            | Self::Unstop { .. }
            | Self::Allow { .. }
            | Self::SetOffices { .. }
            | Self::SetLimit { .. }
            | Self::SetUntil { .. }
            | Self::Decide { .. }
            | Self::FollowUp { .. }
            | Self::MakeLink { .. }
            | Self::Join { .. }
            | Self::Erase(_) => Trace::Soon,
            _ => Trace::None,
        }
    }
}
