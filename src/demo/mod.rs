//! Beside the house: stand-ins of the providers.

pub mod providers;
