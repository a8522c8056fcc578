//! What the store promises: the rules that the database itself keeps, and what its functions do.

mod calls;
mod check;
mod directory;
mod erasure;
mod inbox;
mod invitations;
mod limits;
mod links;
mod mark;
mod open;
mod outages;
mod outgoing;
mod people;
mod plans;
mod reminders;
mod requests;
mod resends;
mod rules;
mod status;
mod stoplist;
mod values;
mod writer;
