//! The outside world, played on loopback: a strict Bot API server with the people who write to the
//! bot, and Invoicebox, СБИС and DaData, which refuse whatever is not documented. They speak what
//! stands on the wire and know nothing of the bot.

pub mod providers;
pub mod telegram;
