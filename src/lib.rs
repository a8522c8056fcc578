//! invite-bot: a Telegram bot with which sales staff invite clients to Invoicebox and СБИС.
//!
//! The map: a module names only what lies on lower floors (`tests/it/tidy.rs` holds it).
//!
//! - beneath them [`requisites`]: a crate that reads what people paste
//! - floor 0 [`domain`]: values and rules; no I/O, no async, no clock
//! - above it [`probe`]: where the reliability campaign reaches in; nothing in a release
//! - above that [`door`]: what leaves the process waits for the disk
//! - beside it [`monitor`]: what is counted and watched for the operator
//! - beside it [`room`]: what is left on a disk
//! - floor 1 [`dialogue`]: one draft, from the first value to the confirmed summary; pure
//! - floor 1 [`screens`]: every word and keyboard of the chat; pure
//! - floor 1 [`store`]: the SQLite file; the only SQL
//! - floor 1 [`providers`]: one careful call to Invoicebox or СБИС, and what its answer means
//! - floor 2 [`delivery`]: from the queue to the provider and back
//! - floor 2 [`handlers`]: what the bot does, one file for each feature; nothing of Telegram
//! - floor 2 [`directory`]: what is known of an organisation by its ИНН
//! - floor 3 [`bot`]: the Telegram shell, alone in naming teloxide
//! - floor 4 [`app`], [`args`], [`config`], [`cli`], [`admin`], [`backup`], [`self_check`], [`log`],
//!   [`failure`]: wiring
//! - beside [`demo`]: the bot between [`stand_ins`] of Telegram and the providers

pub mod domain;
pub mod probe;

pub mod door;
pub mod monitor;
pub mod room;

pub mod dialogue;
pub mod providers;
pub mod screens;
pub mod store;

pub mod delivery;
pub mod directory;
pub mod handlers;

pub mod bot;

pub mod admin;
pub mod app;
pub mod args;
pub mod backup;
pub mod cli;
pub mod config;
pub mod failure;
pub mod log;
pub mod self_check;

pub mod demo;
