//! What the store promises: the rules that the database itself keeps, and what its functions do.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails with the test"
)]

mod calls;
mod directory;
mod erasure;
mod inbox;
mod invitations;
mod ledger;
mod limits;
mod mark;
mod open;
mod outages;
mod outgoing;
mod people;
mod plans;
mod reminders;
mod room;
mod rules;
mod status;
mod stoplist;
mod values;
