//! Fuzzes what `invite_bot_fuzz::targets::intake` looks at.
#![no_main]

use invite_bot_fuzz::targets::intake::look;
use libfuzzer_sys::fuzz_target;

/// A panic of teloxide over an update is caught by the bot, which parks that update; every other
/// one ends the program here.
fn let_teloxide_panic() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_teloxide = |place: &std::panic::Location<'_>| place.file().contains("teloxide-core");
        if !panic.location().is_some_and(is_teloxide) {
            abort(panic);
        }
    }));
}

fuzz_target!(init: let_teloxide_panic(), |bytes: &[u8]| look(bytes));
