//! The stories of the product, told in the words of its users: the real bot on the real library,
//! real SQLite and real HTTP, between stand-ins on loopback.

mod access;
mod backups;
mod breath;
mod collisions;
mod commands;
mod company;
mod cost;
mod dialogue;
mod edits;
mod follow_up;
mod last_time;
mod links;
mod offices;
mod outcomes;
mod outgoing;
mod paste;
mod presses;
mod process;
mod repeats;
mod report;
mod requests;
mod restarts;
mod rival;
mod roles;
mod routes;
mod rules;
mod status;
mod strangers;
mod team;
mod told;
mod trouble;
mod warnings;
mod webhook;
mod window;
