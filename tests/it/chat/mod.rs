//! The conversation, played without Telegram: handlers decide, the store writes.

mod acts;
mod card;
mod commands;
mod corpus;
mod edited;
mod follow_ups;
mod invite;
mod links;
mod organisation;
mod paste;
mod player;
mod properties;
mod report;
mod reports;
mod requests;
mod rules;
mod screens;
mod staff;
mod standing;
