//! strace, under which the bot is run to see its system calls or to make them fail.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How to run a program under strace.
pub struct Tracer {
    strace: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
}

/// Only the calls that are looked at stop the bot.
const FAST: &str = "--seccomp-bpf";

/// How long strace may write on after the end of the bot.
const WRITING: Duration = Duration::from_secs(20);

/// strace in `PATH`.
pub fn find() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("strace"));
    let Some(strace) = found.into_iter().find(|strace| strace.is_file()) else {
        anyhow::bail!("this part needs strace, and there is none in PATH (apt install strace)");
    };
    let works = Command::new(&strace).args(["-o", "/dev/null", "true"]).output()?;
    let why = String::from_utf8_lossy(&works.stderr).into_owned();
    anyhow::ensure!(works.status.success(), "strace does not work here: {why}");
    Ok(strace)
}

impl Tracer {
    /// Writes down all calls of this kind.
    pub fn recording(strace: &Path, options: &[&str], calls: &str, log: &Path) -> Self {
        let options = options.iter().copied();
        let mut arguments: Vec<String> =
            [FAST].into_iter().chain(options).map(str::to_owned).collect();
        arguments.push(calls.to_owned());
        Self { strace: strace.to_owned(), arguments, log: log.to_owned() }
    }

    /// Makes calls fail, in the words of strace's `inject`.
    pub fn injects(&mut self, fault: &str) {
        // With its filter in the kernel strace 6.1 forgets to send the signal.
        if fault.contains("signal=") {
            self.arguments.retain(|argument| argument != FAST);
        }
        self.arguments.extend(["-e".to_owned(), format!("inject={fault}")]);
    }

    /// The command, but for the program to run. strace itself is a grandchild, so that the child
    /// is the bot: to be killed, asked and waited for like any other.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.strace);
        command.arg("-D").args(&self.arguments).arg("-o").arg(&self.log);
        command
    }

    /// Whether a call was made to fail.
    pub fn has_met(&self) -> bool {
        std::fs::read_to_string(&self.log).is_ok_and(|log| log.contains("(INJECTED)"))
    }

    /// Waits until strace has written down the end of the bot: that of its first thread, which is
    /// seen after those of all others.
    pub async fn ended(&self, bot: u32) -> anyhow::Result<()> {
        for _ in 0..WRITING.as_millis() / 10 {
            if self.is_ended(bot).unwrap_or_default() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("strace does not come to an end")
    }

    fn is_ended(&self, bot: u32) -> std::io::Result<bool> {
        let mut log = File::open(&self.log)?;
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(60)))?;
        let mut tail = Vec::new();
        log.read_to_end(&mut tail)?;
        let tail = String::from_utf8_lossy(&tail);
        let mut last = tail.lines().last().unwrap_or_default().split_whitespace();
        Ok(last.next() == Some(&bot.to_string()) && last.next() == Some("+++"))
    }
}
