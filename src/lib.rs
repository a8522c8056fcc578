//! invite-bot: a Telegram bot with which sales staff invite clients to Invoicebox and СБИС.
//!
//! THE MAP. The floors, in reading order from the bottom; a module names only what lies on the
//! floors beneath its own (`tests/tidy.rs` holds it):
//!
//! - floor 0 [`domain`]: values and rules; no I/O, no async, no clock
//! - floor 1 [`store`]: the SQLite file; the only SQL
//! - floor 1 [`providers`]: one careful call to Invoicebox or СБИС, and what its answer means
//! - floor 2 [`delivery`]: from the queue to the provider and back
//! - beside [`demo`]: stand-ins

pub mod domain;

pub mod providers;
pub mod store;

pub mod delivery;

pub mod demo;
