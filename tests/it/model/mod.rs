//! The promises of the product, checked in a small model of it: every interleaving of presses,
//! calls, answers, losses, crashes and second thoughts, and then random ones that the real store
//! and the real delivery take in step with the model.

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
