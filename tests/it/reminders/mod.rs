//! The whole bot between stand-ins, on a database whose invitations are made older than they are:
//! what it says again of unknown ones, and what people see of a provider that does not work.

mod author;
mod digest;
pub mod office;
mod outages;
