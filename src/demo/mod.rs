//! Beside the floors: stand-ins of the outside world, on loopback, for `invite-bot demo` and for
//! the stories in `tests/`. Nothing of the bot's own is in here, and the bot knows nothing of it.

pub mod page;
pub mod telegram;
