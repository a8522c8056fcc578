//! Fuzzes what `invite_bot_fuzz::targets::conversation` looks at.
#![no_main]

use invite_bot_fuzz::targets::conversation::look;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look(bytes));
