//! Beside the floors: stand-ins of the outside world, on loopback, for `invite-bot demo` and for
//! the stories in `tests/`. The bot knows nothing of them.

pub mod play;
pub mod providers;
pub mod telegram;
pub mod world;
