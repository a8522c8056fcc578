//! The corpus of pasted messages: each card with what a careful person would take from it, and
//! the score of the reader over all of them.
#![cfg(test)]

mod cards;
mod load;
mod properties;
