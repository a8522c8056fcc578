//! Telegram played on loopback: a strict Bot API server that a real teloxide bot is pointed at with
//! `TELOXIDE_API_URL`, and the people who talk to that bot. What the real server refuses, it
//! refuses, in the real server's words; files and reply keyboards are not played.
//!
//! Reading order: `message` (what is said), `state` (what the server knows), `api` (requests),
//! `methods` (what each one does), `stand_in`, `watching` and `people` (the words of a test).

mod answer;
mod api;
mod commands;
mod hook;
mod html;
mod identity;
mod markup;
mod menu;
mod message;
mod methods;
mod params;
mod past;
mod people;
mod queue;
mod server;
mod stand_in;
mod state;
mod text;
mod updates;
mod watching;
mod world;

pub use menu::Command;
pub use message::{
    Action, Author, Button, Entity, Message, Person, Place, PlaceKind, Toast, transcript,
};
pub use past::Past;
pub use people::Press;
pub use stand_in::Telegram;
pub use state::{Fault, Refusal, Request};
pub use text::shown;
pub use watching::NotSeen;
pub use world::OnPress;
