//! The conversation, played without Telegram, SQL or time.

mod player;
mod properties;
mod rules;
mod screens;
mod table;
mod transcripts;
