//! Floor 0: what the business talks about. Values and rules; no I/O, no async, no clock.
//!
//! A value of one of these types is valid: what a person typed or a provider answered becomes
//! one of them at the border, or an error that says which rule failed.

mod draft;
mod email;
mod embargo;
mod inn;
mod invitation;
mod kpp;
mod letters;
mod limits;
mod mail;
mod misspelt;
mod name;
mod office;
mod open;
mod organisation;
mod outcome;
pub mod requisites;
mod room;
mod staff;
mod stop;
mod text;

pub use draft::{Draft, Field, FieldError, Office};
pub use email::{Email, EmailError};
pub use embargo::{Doubt, Embargo};
pub use inn::{Inn, InnError};
pub use invitation::{
    Attempt, AttemptOutcome, Bucket, Company, Event, Invitation, Number, Provider, Recipient,
    Refusal, State, Verdict,
};
pub use kpp::{Kpp, KppError};
pub use limits::{
    Day, Earlier, Full, Limits, RepeatPolicy, Rules, Usage, Used, counted_domain, hour_before,
};
pub use misspelt::Misspelt;
pub use name::{CompanyName, NameError};
pub use office::{OfficeCode, OfficeError};
pub use open::Open;
pub use organisation::{Branch, Looked, Lookup, Organisation, Source, Status, Unavailable};
pub use outcome::{Answer, FieldFault, Outcome, Wait};
pub use room::Room;
pub use staff::{Person, PersonId, Role};
pub use stop::{Stop, StopEntry, StopError};
pub use text::tidy;
