//! What becomes of the database when the world around it fails: backups and what is restored from them, full disks,
//! locks, damage, kills, and stops that come at a bad moment. The real program, and real files.

mod backup;
mod checks;
mod damage;
mod disk;
mod erasure;
mod migrations;
mod recovery;
mod restores;
mod stopping;
