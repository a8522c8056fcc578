//! The program as a process of its own, started as an operator starts it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::wait::{PATIENCE, until};

/// The program in this folder, with nothing of ours in its environment; perhaps started by another
/// one.
pub fn program(starter: &[&str], folder: &Path) -> Command {
    program_at(Path::new(env!("CARGO_BIN_EXE_invite-bot")), starter, folder)
}

/// The same with the program of a release.
pub fn program_at(bot: &Path, starter: &[&str], folder: &Path) -> Command {
    let mut command = match starter {
        [] => Command::new(bot),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(bot);
            command
        }
    };
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// A running program; it is killed when this is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// What it says on both streams is put behind what the file has.
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    pub fn signals(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid()]).status().unwrap();
        assert!(sent.success());
    }

    /// The longest that one of its threads has waited for a processor: others were at work.
    pub fn has_waited(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let waited = tasks.filter_map(|task| {
            let times = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            times.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
        });
        waited.max().unwrap_or_default()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end; the exit code.
    pub async fn ends(&mut self) -> Option<i32> {
        let ended = until(async || self.child.try_wait().unwrap().is_some()).await;
        assert!(ended, "it does not end:\n{}", self.says());
        self.child.wait().unwrap().code()
    }

    /// What the log has.
    pub fn says(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub async fn waits_until_it_says(&self, words: &str) {
        let said = until(async || self.says().contains(words)).await;
        assert!(said, "not said in {PATIENCE:?}: «{words}»\n{}", self.says());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
