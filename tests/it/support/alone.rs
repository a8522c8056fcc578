//! A test in a process of its own, where it needs what all threads of one share.

use std::env;
use std::process::Command;

const ALONE: &str = "TEST_ALONE";

/// Whether this process is there for one test.
pub fn is_alone() -> bool {
    env::var_os(ALONE).is_some()
}

/// A process for this test, which is named with its modules.
pub fn process_for(test: &str) -> Command {
    let mut process = Command::new(env::current_exe().unwrap());
    process.args(["--exact", test]).env(ALONE, "1");
    process
}

/// Runs it, and fails if the test fails there.
#[track_caller]
pub fn passes(process: &mut Command) {
    let run = process.output().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && printed.contains("1 passed"), "{printed}");
}
