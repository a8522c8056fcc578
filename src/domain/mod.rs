//! Floor 0: values and rules; no I/O, no async, no clock. Whatever is typed or answered becomes a
//! valid value here, or an error that names the rule it broke.

mod backup;
mod choices;
mod draft;
mod follow_up;
mod hold;
mod invitation;
mod limits;
mod link;
mod name_search;
mod office;
mod organisation;
mod outcome;
mod report;
mod request;
mod resends;
mod staff;
mod stop;
mod typed;
mod warning;

pub use backup::BackupTrouble;
pub use choices::Choices;
pub use draft::{Draft, DraftRevision, Field, FieldError, Office, ProviderSource};
pub use follow_up::{
    ASKED_AFTER, ASKED_AT_ONCE, FollowUp, Mark, is_followed_up, is_working, working_days_after,
    working_days_before,
};
pub use hold::{DatabaseDoubt, Hold, HoldKind};
pub use invitation::{
    Attempt, AttemptOutcome, Company, Event, Invitation, InvitationNo, NotSettled, Provider,
    Recipient, Refusal, Repeats, ResultWord, State, Verdict, WaitReason,
};
pub use limits::{
    DayBounds, Earlier, LimitKind, LimitPeriod, LimitReached, Limits, OfficeRules, Period,
    RepeatPolicy, Usage, counted_domain, hour_before,
};
pub use link::{LINK_LIMITS, LINK_USES, Lifetime, Link, LinkEnd, LinkTerms, Token};
pub use name_search::NameSearch;
pub use office::{OfficeCode, OfficeError};
pub use organisation::{
    Branch, DraftLookup, Lookup, Organisation, RegistryStatus, Source, Unavailable,
};
pub use outcome::{Answer, FieldFault, Outcome, Wait};
pub use report::{Counted, Days, DaysError, Report, Tally};
pub use request::{
    ACCESS_REQUESTS_MAX, Asked, Decision, EXPIRES_AFTER, GRANT_LASTS, MayAsk, REFUSED_FOR,
    REMIND_AFTER, Request, RequestKind, RequestState, deciders,
};
pub use requisites::{
    self, CompanyName, Email, EmailError, Inn, InnError, Kpp, KppError, Misspelt, NameError, tidy,
};
pub use resends::ResendQuota;
pub use staff::{Permission, Person, PersonId, Role, Viewer};
pub use stop::{StopEntry, StopError, StopTarget};
pub use typed::{is_back, is_command, is_no, is_yes};
pub use warning::Warning;
