//! Everything that can be written, as values.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::{
    Answer, HoldKind, Inn, Invitation, InvitationNo, OfficeCode, Person, PersonId, Provider, Role,
    Source, Span, Stop, Verdict,
};
use crate::store::limits::Quotas;
use crate::store::{Client, Known, NewInvitation, Received, SubmitOptions};

/// Something to be written. Whatever it was decided on stands in it, so that it is refused where
/// that is not so any more.
#[derive(Clone, Debug)]
pub enum Change {
    // ------------------------------------------------------------------------------- people
    /// The person still has this role; `None`: by configuration.
    RequireRole(PersonId, Option<Role>),
    /// Notes a person who may use the bot; fills a name that is missing and changes none.
    UpsertPerson(Person),
    /// Puts a person on the allow-list or changes the role; a name is taken when one is given. An
    /// admin is not made staff where nobody else is left, be it one of the fixed admins.
    Allow {
        person: Person,
        role: Role,
        fixed_admins: usize,
    },
    /// Takes a person off the allow-list: the draft is gone, what was queued is held. `holds`:
    /// these and no others; `None`: whatever there is.
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
    /// 0 is as many as there are, `None` what the configuration says.
    SetLimit {
        person: PersonId,
        span: Span,
        limit: Option<u32>,
    },

    // ------------------------------------------------------------------------------- drafts
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
    /// This message shows the draft, if it is still there.
    SetCard {
        person: PersonId,
        draft: i64,
        message: i32,
    },
    /// Drops the drafts that were last changed before this time.
    DropDrafts(Timestamp),

    // -------------------------------------------------------------------------- invitations
    /// Makes a draft an invitation.
    Submit(NewInvitation),
    Resolve {
        number: InvitationNo,
        version: i64,
        verdict: Verdict,
    },
    /// Takes back one that waits. A repeat that is taken back leaves unknown what was unknown before.
    Cancel {
        number: InvitationNo,
        version: i64,
    },
    /// Lets a held one go.
    Release {
        number: InvitationNo,
        version: i64,
        not_before: Timestamp,
    },
    /// One more attempt, by somebody who knows that a second letter may go out.
    Resend {
        number: InvitationNo,
        version: i64,
        options: SubmitOptions,
        quotas: Quotas,
    },
    /// From now on this message shows how the invitation stands.
    AdoptStatusMessage {
        number: InvitationNo,
        message: i32,
    },

    // ----------------------------------------------------------------------------- delivery
    /// At start: whatever was under way is unknown.
    Recover,
    /// At start: holds what is queued of authors who are neither on the list nor among these.
    HoldOrphans {
        fixed_admins: Vec<PersonId>,
    },
    /// T2: begins an attempt that sends these bytes, if its time has come and nothing forbids it.
    Claim {
        number: InvitationNo,
        version: i64,
        body: Vec<u8>,
    },
    /// T4: what came of an attempt. One that was certainly not taken goes back to the queue until
    /// `retry_at`, or is not sent at all. `rest_until`: the provider gets no other call before.
    Close {
        number: InvitationNo,
        attempt: i64,
        provider: Provider,
        answer: Answer,
        retry_at: Option<Timestamp>,
        rest_until: Option<Timestamp>,
    },
    /// Ends all waits of the bot's own that last beyond this time: the clock was set back since.
    EndWaitsBeyond {
        provider: Provider,
        time: Timestamp,
    },

    // -------------------------------------------------------------------------------- inbox
    /// Stores updates as they came; after this they may be acknowledged.
    Receive(Vec<Received>),
    /// Counts a try of an update before it is made.
    BeginTry(i64),
    /// A try of an update failed; after the last one it is given up.
    FailTry(i64),
    /// Gives an update up at once.
    Park(i64),
    /// An update takes effect.
    TakeUpdate(i64),
    /// The person saw what came of an update, also what was enqueued of it.
    Answered(i64),
    /// Forgets updates that are settled and came before this time.
    ForgetUpdates(Timestamp),
    /// Telegram answered. `after_silence`: so late that presses may be lost, and every draft is to
    /// be shown again.
    Beat {
        after_silence: bool,
    },

    // ------------------------------------------------------------------------------- outbox
    /// A message that is still to be sent, JSON; `answers`: the update.
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
    /// A message was sent, or nobody will ever hear it.
    Ack(i64),
    /// Drops messages to people who are neither on the list nor among these; but not the farewell
    /// of those who were taken off it.
    DropOutsidersMessages {
        fixed_admins: Vec<PersonId>,
    },
    /// Nothing more is owed to a person: no answer, no card.
    Flushed(PersonId),
    /// `message` shows the invitation as it is here. `old` is the message that was to be edited:
    /// where the author has taken another one meanwhile, that one is still to be told.
    Told {
        shown: Box<Invitation>,
        old: Option<i32>,
        message: i32,
    },
    /// Nobody will be told how an invitation was at this point.
    GiveUpTelling {
        number: InvitationNo,
        version: i64,
    },
    /// The admins know of a hold.
    TellHold(i64),
    /// A reminder is enqueued, and with it those before it.
    Remind {
        number: InvitationNo,
        version: i64,
        round: u32,
    },
    /// Every admin without the digest of this day gets it; `None`: there is nothing to say.
    Digest {
        day: Date,
        fixed_admins: Vec<PersonId>,
        body: Option<String>,
    },

    // ------------------------------------------------------------------ holds, stop-list, rest
    /// Nothing is sent from now on, by the bot itself.
    Hold(HoldKind),
    Resume {
        hold: i64,
        fixed_admins: Vec<PersonId>,
        queues: u64,
    },
    /// Puts these on the stop-list, and holds what waits for them in the queue: these and no others.
    Stop {
        stops: Vec<Stop>,
        reason: Option<String>,
        holds: Vec<InvitationNo>,
    },
    /// What the entry held stays held until somebody lets it go.
    Unstop {
        entry: i64,
    },
    /// Keeps what a directory answered, in place of what it answered before.
    Learn {
        source: Source,
        inn: Inn,
        known: Known,
        until: Timestamp,
    },
    /// Drops what directories answered and has had its time.
    Unlearn,
    /// Takes a client's data out of every table. To be followed by
    /// [`Store::empty_log`](crate::store::Store::empty_log): until then the write-ahead log holds
    /// what was.
    Erase(Client),
}
