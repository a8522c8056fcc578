//! What is looked at, one file for each target. `fuzz_targets/` gives these functions to libFuzzer,
//! `tests/it/fuzz/` of the bot runs them for a short while with the other tests.

pub mod conversation;
pub mod directory;
pub mod draft;
pub mod email;
pub mod inn;
pub mod intake;
pub mod invoicebox;
pub mod kpp;
pub mod name;
pub mod office;
pub mod paste;
pub mod press;
pub mod sbis;
pub mod screens;
