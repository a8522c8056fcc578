//! The fuzz targets, and what they share: values of the domain made of arbitrary bytes, and what
//! holds for every turn and every screen. `tests/it/fuzz/` of the bot has it, too.

pub mod answer;
pub mod make;
pub mod screen;
pub mod targets;
pub mod tax;
pub mod turn;
