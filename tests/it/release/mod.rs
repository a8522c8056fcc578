//! Releases: the package as somebody gets it, the databases that released programs left behind, and
//! how these go on under the program of these sources.

mod leaves;
mod left;
mod package;
mod upgrade;
