//! What Telegram hands over is stored before it is acknowledged and takes effect once: the real
//! program against the stand-ins, killed, repeated to, muddled and flooded.

mod crowd;
mod kills;
mod muddle;
mod poison;
mod silence;
mod words;
