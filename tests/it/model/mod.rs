//! The promises of the product, checked in a small model of it: every interleaving of presses,
//! calls, answers, losses, crashes and second thoughts, and then random ones that the real store
//! and the real delivery take in step with the model.
#![cfg(test)]
#![expect(clippy::print_stdout, reason = "how much was searched is printed")]

mod audit;
mod exhaustive;
mod inbox;
mod ledger;
mod lockstep;
mod promises;
mod rules;
mod runs;
mod search;
mod sending;
mod updates;
mod world;

#[path = "../common/folder.rs"]
mod folder;
#[path = "../store/ledger.rs"]
#[expect(dead_code, reason = "of the ledger of the store's own tests, the values are used here")]
mod samples;
