//! What holds of every text.
