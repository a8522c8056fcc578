//! Delivery against stand-ins of both providers: what is sent, how often, and what is recorded.

mod office;
mod outages;
mod retries;
mod scheduled;
mod sending;
