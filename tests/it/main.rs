//! All tests from the outside, as one program: what it is built of is built and linked once. A
//! folder is run alone by its name: `cargo test --test it stories::`.
#![cfg(test)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "how much was looked at is printed, and why a test failed"
)]

mod access;
mod chat;
mod check;
mod cli;
mod config;
mod delivery;
mod demo;
#[cfg(feature = "browser-tests")]
mod demo_page;
mod docs;
mod fuzz;
mod intake;
mod model;
mod providers;
mod release;
mod reminders;
mod soak;
mod storage;
mod store;
mod stories;
mod support;
mod telegram_stand_in;
mod tidy;
mod watched;
