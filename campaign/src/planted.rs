//! The bot with planted mistakes: `planted.patch` puts them into a copy of the sources, which is
//! built by itself. An environment variable chooses the mistake that is made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::say;

/// Names the mistake to a bot that is built from the copy.
pub const MISTAKE: &str = "CAMPAIGN_MISTAKE";

const PATCH: &str = "campaign/planted.patch";
const REFRESH: &str = "refresh it as CONTRIBUTING.md says under «The planted mistakes»";

/// A bot that makes a mistake.
#[derive(Clone)]
pub struct Planted {
    /// What [`build`] has built.
    pub program: PathBuf,
    /// The mistake, by its name in the patch.
    pub mistake: &'static str,
}

/// Builds the campaign once more, with mistakes in the bot that it plays; where the program is.
pub fn build() -> anyhow::Result<PathBuf> {
    let target = root().join("target/planted");
    let copy = target.join("sources");
    update(patched()?.path(), &copy).context("cannot copy the sources")?;
    say("building a bot with planted mistakes");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--locked", "-p", "campaign"]).current_dir(&copy);
    build.env("CARGO_TARGET_DIR", &target);
    // What `cargo run` tells the campaign of itself makes some build scripts run anew.
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    let built = build.status()?;
    ensure!(built.success(), "with {PATCH} the sources do not build: {REFRESH}");
    Ok(target.join("debug/campaign"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that git knows or would take in, as they are now, with the patch in them.
fn patched() -> anyhow::Result<TempDir> {
    let root = root().canonicalize()?;
    let copy = tempfile::Builder::new().prefix("campaign-sources-").tempdir()?;
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()?;
    ensure!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    for path in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (root.join(path), copy.path().join(path));
        // One that was removed is listed until that is committed.
        if from.is_file() {
            fs::create_dir_all(to.parent().context("a file is in no folder")?)?;
            fs::copy(from, to)?;
        }
    }
    let applied = Command::new("git")
        .args(["apply", "-C1", "--whitespace=nowarn"])
        .arg(root.join(PATCH))
        .current_dir(&copy)
        // In a folder of a repository it would skip, without a word, what lies elsewhere in it.
        .env("GIT_CEILING_DIRECTORIES", copy.path().parent().unwrap_or(copy.path()))
        .output()?;
    let said = String::from_utf8_lossy(&applied.stderr);
    ensure!(applied.status.success(), "{PATCH} does not apply: {REFRESH}\n{said}");
    Ok(copy)
}

/// Makes a folder the same as another one. What is the same already stays as old as it is, so
/// that cargo builds little anew.
fn update(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for old in fs::read_dir(to)? {
        let old = old?;
        if from.join(old.file_name()).exists() {
            continue;
        }
        match old.file_type()?.is_dir() {
            true => fs::remove_dir_all(old.path())?,
            false => fs::remove_file(old.path())?,
        }
    }
    for new in fs::read_dir(from)? {
        let new = new?;
        let (new, old) = (new.path(), to.join(new.file_name()));
        if new.is_dir() {
            update(&new, &old)?;
        } else if fs::read(&old).ok() != Some(fs::read(&new)?) {
            fs::copy(&new, &old)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{power, prove};

    #[test]
    fn the_patch_applies_and_has_every_mistake() {
        let sources = patched().unwrap();
        let patch = fs::read_to_string(sources.path().join(PATCH)).unwrap();
        for mistake in prove::mistakes().chain(power::mistakes()) {
            assert!(patch.contains(&format!("is(\"{mistake}\")")), "{mistake}");
        }
    }

    #[test]
    fn only_what_differs_is_written_anew() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (from.path(), to.path());
        fs::create_dir(from.join("src")).unwrap();
        for (name, text) in [("src/same", "1"), ("src/other", "2"), ("new", ""), ("old", "4")] {
            fs::write(from.join(name), text).unwrap();
        }
        update(from, to).unwrap();
        let age = |name: &str| to.join(name).metadata().unwrap().modified().unwrap();
        let before = (age("src/same"), age("src/other"));

        fs::write(from.join("src/other"), "3").unwrap();
        fs::remove_file(from.join("old")).unwrap();
        update(from, to).unwrap();

        assert_eq!(fs::read_to_string(to.join("src/other")).unwrap(), "3");
        assert_eq!(fs::read_to_string(to.join("new")).unwrap(), "");
        assert!(!to.join("old").exists());
        assert_eq!(age("src/same"), before.0);
        assert!(age("src/other") >= before.1);
    }
}
