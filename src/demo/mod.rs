//! Beside the floors: stand-ins of the outside world, on loopback, for `invite-bot demo` and for
//! the stories in `tests/`. The bot knows nothing of them.

pub mod play;
pub mod providers;
pub mod telegram;
pub mod world;

use crate::cli::Demo;
use crate::failure::Failure;

/// Shows the bot without Telegram and without providers: on a page, or played in the terminal.
pub async fn run(options: Demo) -> Result<(), Failure> {
    if options.play {
        return play::play().await;
    }
    Err(anyhow::anyhow!("no page yet").into())
}
