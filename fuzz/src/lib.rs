//! The fuzz targets, and what they share: values of the domain made of arbitrary bytes, and what
//! holds for every turn and every screen. `tests/fuzz/main.rs` of the bot has the same modules.

pub mod answer;
pub mod make;
pub mod screen;
pub mod targets;
pub mod tax;
pub mod turn;
