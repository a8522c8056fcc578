//! The conversation, played without Telegram, SQL or time.

mod company;
mod paste;
mod player;
mod properties;
mod screens;
mod table;
mod transcripts;
