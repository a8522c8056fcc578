//! The conversation, played without Telegram, SQL or time.

mod company;
mod invite;
mod paste;
mod player;
mod properties;
mod rules;
mod screens;
mod table;
mod transcripts;
