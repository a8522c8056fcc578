//! Who gets what: everything that can be sent to the bot, by everybody, in every kind of chat, and
//! what may come of it. The real bot between the stand-ins, as in the stories.
#![cfg(test)]
#![expect(clippy::print_stdout, reason = "how many cases there are is printed")]

mod matrix;
mod office;
mod table;
mod updates;

#[path = "../common/folder.rs"]
mod folder;
#[path = "../stories/harness.rs"]
#[expect(dead_code, reason = "the stories need more of their world")]
mod harness;
#[path = "../stories/journal.rs"]
mod journal;
#[path = "../stories/people.rs"]
#[expect(dead_code, reason = "the stories' people do more")]
mod people;
#[path = "../stories/screen.rs"]
mod screen;
