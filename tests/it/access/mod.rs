//! Who gets what: everything that can be sent to the bot, by everybody, in every kind of chat, and
//! what may come of it. The real bot between the stand-ins, as in the stories.

mod matrix;
mod office;
mod table;
mod updates;
