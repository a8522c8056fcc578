//! A folder for a database that is thrown away.

use tempfile::TempDir;

/// In memory, where there is such a place: what a loss of power does is not asked there, and
/// waiting for a disk takes most of the time otherwise.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
