//! invite-bot: a Telegram bot with which sales staff invite clients to Invoicebox and СБИС.
//!
//! THE MAP. The floors, in reading order from the bottom; a module names only what lies on the
//! floors beneath its own (`tests/tidy.rs` holds it):
//!
//! - floor 0 [`domain`]: values and rules; no I/O, no async, no clock
//! - beside [`demo`]: stand-ins of Telegram and of both providers, on loopback

pub mod demo;
pub mod domain;
