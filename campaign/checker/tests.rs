//! x
mod x {}
