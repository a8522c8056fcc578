//! The conversation, played without Telegram: handlers decide, the store writes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of tests fails with the test"
)]

mod acts;
mod card;
mod commands;
mod invite;
mod organisation;
mod paste;
mod player;
mod properties;
mod report;
mod rules;
mod screens;
mod staff;
mod standing;
