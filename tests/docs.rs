//! The documents against the code: what README and the architecture list is what the program
//! has, and their links lead somewhere. What they explain in sentences no test holds.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use invite_bot::config::SETTINGS;
use invite_bot::demo::samples::{ORGANISATIONS, OUTCOMES};
use invite_bot::dialogue::texts::{COMMANDS, STAFF_COMMANDS};
use invite_bot::failure::EXIT_CODES;

const README: &str = include_str!("../README.md");
const ARCHITECTURE: &str = include_str!("../docs/architecture.md");
const MIGRATION: &str = include_str!("../migrations/0001_schema.sql");
const GATE: &str = include_str!("../.ci/run");
const IMAGE: &str = include_str!("../Dockerfile");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the one table with this header, cell by cell.
#[track_caller]
fn table(document: &str, header: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inside.split(" | ").map(str::to_owned).collect())
    };
    let mut lines = document.lines();
    let found = lines.any(|line| cells(line).is_some_and(|row| row == header));
    assert!(found, "no table {header:?}");
    // The line of dashes.
    lines.next();
    lines.map_while(cells).collect()
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

#[test]
fn readme_has_every_setting_with_its_default() {
    let shown: Vec<Vec<String>> = table(README, &["Переменная", "По умолчанию", "Что значит"])
        .into_iter()
        .map(|mut row| {
            assert!(row.pop().is_some_and(|about| about.ends_with('.')), "{row:?}");
            row
        })
        .collect();
    let known: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            let key = if setting.secret { " 🔑" } else { "" };
            let default = setting.default.map_or("—".to_owned(), code);
            vec![format!("{}{key}", code(setting.name)), default]
        })
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn readme_has_every_exit_code() {
    let known: Vec<Vec<String>> = EXIT_CODES
        .iter()
        .map(|(number, meaning)| vec![number.to_string(), (*meaning).to_owned()])
        .collect();
    assert_eq!(table(README, &["Код", "Что значит"]), known);
}

#[test]
fn readme_has_every_address_of_the_demo() {
    let known: Vec<Vec<String>> =
        OUTCOMES.iter().map(|(address, happens)| vec![code(address), (*happens).into()]).collect();
    assert_eq!(table(README, &["Адрес", "Что произойдёт"]), known);
}

#[test]
fn readme_has_every_organisation_of_the_demo() {
    let known: Vec<Vec<String>> =
        ORGANISATIONS.iter().map(|(inn, is)| vec![code(inn), (*is).into()]).collect();
    assert_eq!(table(README, &["ИНН", "Что в реестре"]), known);
}

#[test]
fn readme_has_every_command_and_who_has_it() {
    let known: Vec<Vec<String>> = COMMANDS
        .iter()
        .enumerate()
        .map(|(place, (name, says))| {
            let staff = place < STAFF_COMMANDS;
            let whose = if staff {
                "всем, у кого есть доступ"
            } else {
                "администраторам"
            };
            vec![format!("`/{name}`"), whose.to_owned(), (*says).to_owned()]
        })
        .collect();
    assert_eq!(table(README, &["Команда", "Кому", "Что делает"]), known);
}

#[test]
fn readme_names_the_oldest_rust_in_both_languages() {
    let rust = concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"));
    assert_eq!(README.matches(rust).count(), 2, "{rust}");
}

#[test]
fn readme_has_every_step_of_the_gate() {
    let titles = |line: &'static str| line.strip_prefix("step '")?.split('\'').next();
    let known: Vec<&str> = GATE.lines().filter_map(titles).collect();
    let shown: Vec<&str> = README
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("** — ")?.0.into())
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn readme_starts_the_image_as_the_image_says() {
    let comment = IMAGE.lines().map_while(|line| line.strip_prefix('#'));
    let mut commands = comment.map(str::trim).skip_while(|line| !line.starts_with("docker build"));
    let commands: Vec<&str> = commands.by_ref().take_while(|line| !line.is_empty()).collect();
    let readme: Vec<&str> = README.lines().map(str::trim).collect();
    assert!(commands.len() > 2, "{commands:?}");
    assert!(readme.windows(commands.len()).any(|lines| lines == commands), "{commands:#?}");
}

// ------------------------------------------------------------------------- the architecture

/// `queued → sending` for every change of state that the trigger allows. A refusal stands behind
/// its state only where it matters.
fn legal() -> BTreeSet<(String, String)> {
    let rule = MIGRATION
        .split_once("RAISE(ABORT, 'illegal transition') WHERE NOT (")
        .and_then(|(_, rest)| rest.split_once("));"))
        .unwrap()
        .0;
    let mut legal = BTreeSet::new();
    for clause in rule.split(" OR\n") {
        let (old, new) = clause.split_once("NEW.state").unwrap();
        let refusal = old.split_once("OLD.refusal = ").map(|(_, rest)| quoted(rest).concat());
        let old = old.split("OLD.refusal").next().unwrap();
        for from in quoted(old) {
            let from = refusal.as_ref().map_or(from.clone(), |why| format!("{from}_{why}"));
            legal.extend(quoted(new).into_iter().map(|to| (from.clone(), to)));
        }
    }
    legal
}

fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The arrows of the diagram. `rejected` is drawn once for each refusal, and each is where a call
/// may end.
fn drawn() -> BTreeSet<(String, String)> {
    let diagram = ARCHITECTURE.split_once("stateDiagram-v2\n").unwrap().1;
    let diagram = diagram.split_once("```").unwrap().0;
    let arrow = |line: &str| {
        let (from, to) = line.trim().split(':').next()?.split_once(" --> ")?;
        Some((from.trim().to_owned(), to.trim().to_owned()))
    };
    diagram.lines().filter_map(arrow).collect()
}

#[test]
fn the_diagram_of_states_is_the_trigger() {
    let ends = "[*]".to_owned();
    let arrows: BTreeSet<_> = drawn()
        .into_iter()
        .filter(|(from, to)| *from != ends && *to != ends)
        .map(|(from, to)| {
            let to = if to.starts_with("rejected_") { "rejected".to_owned() } else { to };
            (from, to)
        })
        .collect();
    assert_eq!(arrows, legal());

    // The ends are the states without a way on, and the beginning is the one of the trigger.
    let states = drawn().into_iter().flat_map(|(from, to)| [from, to]);
    let ways_on: BTreeSet<String> = legal().into_iter().map(|(from, _)| from).collect();
    let last: BTreeSet<_> = states
        .filter(|state| *state != ends && !ways_on.contains(state))
        .map(|state| (state, ends.clone()))
        .collect();
    let first = (ends.clone(), "queued".to_owned());
    let around: BTreeSet<_> =
        drawn().into_iter().filter(|(from, to)| *from == ends || *to == ends).collect();
    assert_eq!(around, last.into_iter().chain([first]).collect());
}

/// The files and folders below `src`, two levels deep, and the crates: `bot/`, `bot/turn.rs`,
/// `main.rs`, `crates/requisites/`.
fn modules() -> BTreeSet<String> {
    let src = root().join("src");
    let crates = entries(&root().join("crates"));
    let mut found: BTreeSet<_> = crates.iter().map(|path| shown(&root(), path)).collect();
    for path in entries(&src) {
        found.insert(shown(&src, &path));
        if path.is_dir() {
            found.extend(entries(&path).iter().map(|inner| shown(&src, inner)));
        }
    }
    found.retain(|name| !name.ends_with("mod.rs"));
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn shown(src: &Path, path: &Path) -> String {
    let name = path.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
    if path.is_dir() { format!("{name}/") } else { name }
}

#[test]
fn the_code_map_has_every_module() {
    let map = ARCHITECTURE.split_once("\n## Code map\n").unwrap().1.split("\n## ").next().unwrap();
    let named: BTreeSet<String> = map
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- `")?.split_once('`')?.0.into())
        .map(str::to_owned)
        .collect();
    assert_eq!(named, modules());
}

// --------------------------------------------------------------------------------- the links

/// The documents of the repository, by their paths from its root.
fn documents() -> Vec<(PathBuf, String)> {
    let folders = [root(), root().join("docs")];
    let files = folders.iter().flat_map(|folder| entries(folder));
    let documents = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    documents.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The targets of `[text](target)` outside of blocks of code.
fn links(document: &str) -> Vec<&str> {
    let prose = document.split("```").step_by(2);
    prose
        .flat_map(|text| text.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .collect()
}

/// The anchors that a document's headings make, as GitHub makes them.
fn anchors(document: &str) -> Vec<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
        })
        .collect()
}

/// What is wrong with a link that stands in a document.
fn broken(document: &Path, text: &str, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(f, a)| (f, Some(a)));
    let target = match file {
        "" => document.to_owned(),
        file => document.parent().unwrap().join(file),
    };
    if !target.exists() {
        return Some(format!("{}: {link} is not there", document.display()));
    }
    let headed = if file.is_empty() { text.to_owned() } else { fs::read_to_string(target).ok()? };
    let anchor = anchor.filter(|anchor| !anchors(&headed).iter().any(|known| known == anchor));
    anchor.map(|anchor| format!("{}: no heading makes #{anchor}", document.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() >= 3);
    let wrong: Vec<String> = documents
        .iter()
        .flat_map(|(path, text)| links(text).into_iter().filter_map(|it| broken(path, text, it)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let readme = root().join("README.md");
    for link in ["none.md", "#nowhere", "docs/architecture.md#nowhere"] {
        assert!(broken(&readme, "# Here\n", link).is_some(), "{link}");
    }
    for link in ["#here", "docs/architecture.md", "https://a.example/none.md"] {
        assert_eq!(broken(&readme, "# Here\n", link), None);
    }
}
