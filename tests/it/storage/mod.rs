//! What becomes of the database when the world around it fails: restored backups, full disks,
//! locks, damage, kills, and stops that come at a bad moment. The real program, and real files.

mod checks;
mod damage;
mod disk;
mod erasure;
mod migrations;
mod recovery;
mod restores;
mod stopping;
