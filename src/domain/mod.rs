//! Floor 0: values and rules; no I/O, no async, no clock. Whatever is typed or answered becomes a
//! valid value here, or an error that names the rule it broke.

mod draft;
mod hold;
mod invitation;
mod limits;
mod office;
mod open;
mod organisation;
mod outcome;
mod resends;
mod staff;
mod stop;
mod typed;

pub use draft::{Draft, Field, FieldError, Office};
pub use hold::{Doubt, Hold, HoldKind};
pub use invitation::{
    Attempt, AttemptOutcome, Bucket, Company, Event, Invitation, InvitationNo, Provider, Recipient,
    Refusal, State, Verdict, WaitReason,
};
pub use limits::{
    Day, Earlier, Full, Limits, RepeatPolicy, Rules, Span, Usage, Used, counted_domain, hour_before,
};
pub use office::{OfficeCode, OfficeError};
pub use open::Open;
pub use organisation::{Branch, Looked, Lookup, Organisation, Source, Status, Unavailable};
pub use outcome::{Answer, FieldFault, Outcome, Wait};
pub use requisites::{
    self, CompanyName, Email, EmailError, Inn, InnError, Kpp, KppError, Misspelt, NameError, tidy,
};
pub use resends::ResendQuota;
pub use staff::{Permission, Person, PersonId, Role, Viewer};
pub use stop::{Stop, StopEntry, StopError};
pub use typed::{is_no, is_yes};
