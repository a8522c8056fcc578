//! Releases: the package as somebody gets it.

mod package;
