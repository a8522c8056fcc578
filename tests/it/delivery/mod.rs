//! Delivery against stand-ins of both providers: what is sent, how often, and what is recorded.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails with the test")]

mod office;
mod outages;
mod retries;
mod scheduled;
mod sending;
