//! The conversation, played without Telegram, SQL or time.

mod company;
mod doors;
mod invite;
mod paste;
mod people;
mod player;
mod properties;
mod rules;
mod screens;
mod standings;
mod table;
mod told;
mod transcripts;
