//! What the fuzz targets share: values of the domain made of arbitrary bytes, and what holds for
//! every screen. The properties themselves stand in `fuzz_targets/`, one file each.

pub mod answer;
pub mod make;
pub mod screen;
pub mod targets;
pub mod tax;
