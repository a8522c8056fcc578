//! What is looked at, one file for each target.

pub mod directory;
