//! What becomes of the database when the world around it fails: restored backups, full disks,
//! locks, damage, kills, and stops that come at a bad moment. The real program, and real files.
#![cfg(test)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "times are printed, and why a test failed"
)]

mod damage;
mod disk;
mod erasure;
mod house;
#[path = "../../benches/log/mod.rs"]
mod log;
mod migrations;
mod recovery;
mod restores;
mod stopping;
