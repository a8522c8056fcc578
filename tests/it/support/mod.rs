//! What tests of several folders need.

pub mod alone;
pub mod fault_server;
pub mod folder;
pub mod house;
pub mod ledger;
pub mod log;
#[path = "../../../benches/log/mod.rs"]
pub mod long_log;
pub mod people;
pub mod process;
pub mod proxy;
pub mod samples;
pub mod screen;
pub mod wait;
pub mod world;
