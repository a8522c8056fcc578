//! What Telegram hands over is stored before it is acknowledged and takes effect once: the real
//! program against the stand-ins, killed, repeated to, muddled and flooded.
#![cfg(test)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "times are printed, and why a test failed"
)]

mod crowd;
mod house;
mod kills;
mod muddle;
mod poison;
mod silence;
