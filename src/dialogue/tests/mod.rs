//! The conversation, played without Telegram, SQL or time.

mod company;
mod player;
mod properties;
mod screens;
mod table;
mod transcripts;
