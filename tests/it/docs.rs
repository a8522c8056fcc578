//! The documents against the code: what they list is what the program has, they are no longer than
//! somebody reads, and their links lead somewhere. What they explain in sentences no test holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use invite_bot::config::{SETTINGS, Setting};
use invite_bot::demo::samples::{ORGANISATIONS, OUTCOMES};
use invite_bot::domain::Role;
use invite_bot::failure::EXIT_CODES;
use invite_bot::screens::COMMANDS;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The cells of a line, if it is a row of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inside.split(" | ").map(str::to_owned).collect())
}

/// The rows of the one table with this header, cell by cell.
#[track_caller]
fn table(path: &str, header: &[&str]) -> Vec<Vec<String>> {
    let document = read(path);
    let mut lines = document.lines();
    let found = lines.any(|line| cells(line).is_some_and(|row| row == header));
    assert!(found, "{path}: no table {header:?}");
    // The line of dashes.
    lines.next();
    lines.map_while(cells).collect()
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A setting's name and default, as tables show them.
fn named(setting: &Setting) -> [String; 2] {
    let key = if setting.secret { " 🔑" } else { "" };
    let default = setting.default.map_or("—".to_owned(), code);
    [format!("{}{key}", code(setting.name)), default]
}

// ------------------------------------------------------------------------------ what they list

/// What stands above the table is written by hand.
#[test]
fn the_table_of_settings_is_the_one_of_the_help() {
    let row = |setting: &Setting| {
        let [name, default] = named(setting);
        format!("| {name} | {default} | {} |\n", setting.about.replace('|', "\\|"))
    };
    let dashes = "| --- | --- | --- |\n";
    let above = read("docs/settings.md").split_once(dashes).unwrap().0.to_owned();
    let table: String = SETTINGS.iter().map(row).collect();
    expect_file![root().join("docs/settings.md")].assert_eq(&format!("{above}{dashes}{table}"));
}

#[test]
fn the_readme_has_eight_settings_that_there_are() {
    let shown = table("README.md", &["Переменная", "По умолчанию", "Зачем"]);
    assert_eq!(shown.len(), 8);
    let known: Vec<_> = SETTINGS.iter().map(named).collect();
    for row in shown {
        assert!(known.iter().any(|setting| row.starts_with(setting)), "{row:?}");
    }
}

#[test]
fn every_exit_code_is_explained() {
    let known: Vec<Vec<String>> = EXIT_CODES
        .iter()
        .map(|(number, meaning)| vec![number.to_string(), (*meaning).to_owned()])
        .collect();
    assert_eq!(table("docs/operations.md", &["Код", "Что значит"]), known);
}

#[test]
fn every_address_of_the_demo_is_explained() {
    let known: Vec<Vec<String>> =
        OUTCOMES.iter().map(|(address, happens)| vec![code(address), (*happens).into()]).collect();
    assert_eq!(table("docs/guide.md", &["Адрес", "Что произойдёт"]), known);
}

#[test]
fn every_organisation_of_the_demo_is_explained() {
    let known: Vec<Vec<String>> =
        ORGANISATIONS.iter().map(|(inn, is)| vec![code(inn), (*is).into()]).collect();
    assert_eq!(table("docs/guide.md", &["ИНН", "Что в реестре"]), known);
}

#[test]
fn every_command_is_explained_with_who_has_it() {
    let known: Vec<Vec<String>> = COMMANDS
        .iter()
        .map(|(name, says, needed)| {
            let may = |role: &Role| needed.is_none_or(|needed| role.may(needed));
            let whose = match Role::ALL.map(|role| may(&role)) {
                [true, true, true, true] => "всем, у кого есть доступ",
                [true, true, true, false] => "всем, кто приглашает",
                [true, true, false, true] => "всем, кроме сотрудников",
                [true, true, false, false] => "старшим и администраторам",
                [true, false, false, false] => "администраторам",
                other => panic!("/{name}: {other:?}"),
            };
            vec![format!("`/{name}`"), whose.to_owned(), (*says).to_owned()]
        })
        .collect();
    assert_eq!(table("docs/guide.md", &["Команда", "Кому", "Что делает"]), known);
}

#[test]
fn the_oldest_rust_is_named_in_both_languages() {
    let rust = concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"));
    assert_eq!(read("README.md").matches(rust).count(), 2, "{rust}");
}

#[test]
fn every_step_of_the_gate_is_explained() {
    let gate = read(".ci/run");
    let title = |line: &str| Some(line.strip_prefix("step '")?.split('\'').next()?.to_owned());
    let known: Vec<String> = gate.lines().filter_map(title).collect();
    let guide = read("CONTRIBUTING.md");
    let title = |line: &str| Some(line.strip_prefix("- **")?.split_once("** — ")?.0.to_owned());
    let shown: Vec<String> = guide.lines().filter_map(title).collect();
    assert_eq!(shown, known);
}

/// All of the program.
fn source() -> String {
    let mut folders = vec![root().join("src")];
    let mut source = String::new();
    while let Some(folder) = folders.pop() {
        let (inner, files): (Vec<_>, Vec<_>) =
            entries(&folder).into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        source.extend(files.iter().map(|path| fs::read_to_string(path).unwrap()));
    }
    source
}

#[test]
fn every_line_of_the_log_to_watch_for_is_written() {
    let source = source();
    for row in table("docs/operations.md", &["В строке", "Что значит"]) {
        assert!(source.contains(row[0].trim_matches('`')), "{row:?}");
    }
}

/// The literals of the program, each in one line and without the marks of how it is shown.
fn texts() -> String {
    let source = source();
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        // A literal that goes on in the next line.
        let mut whole = line.to_owned();
        while let Some(begun) = whole.strip_suffix('\\') {
            whole = begun.to_owned() + lines.next().unwrap_or_default().trim_start();
        }
        text.push_str(&whole);
        text.push('\n');
    }
    ["<b>", "</b>", "<code>", "</code>"].iter().fold(text, |text, tag| text.replace(tag, ""))
}

/// What of a quoted line is not the program's own: what stands between the gaps, and behind the
/// name of a setting.
fn misquoted(line: &str, texts: &str) -> Option<String> {
    let is_setting = |name: &str| SETTINGS.iter().any(|it| it.name == name);
    let line = line.split_once(": ").filter(|(name, _)| is_setting(name)).map_or(line, |it| it.1);
    let parts = line.split('…').map(|part| part.trim_matches([' ', ':', '«', '»', '.']));
    let mut parts = parts.filter(|part| part.chars().count() > 3);
    parts.find(|part| !texts.contains(part)).map(str::to_owned)
}

#[test]
fn whoever_looks_for_what_the_program_said_finds_its_words() {
    let page = read("docs/troubleshooting.md");
    let quotes = page.lines().filter_map(|line| line.trim_start().strip_prefix("> "));
    let quotes: Vec<&str> = quotes.collect();
    assert!(quotes.len() > 40, "{}", quotes.len());
    let texts = texts();
    let wrong: Vec<_> = quotes.iter().filter_map(|line| misquoted(line, &texts)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    assert_eq!(misquoted("Внутренняя ошибка: …", &texts), None);
    assert!(misquoted("Внешняя ошибка: …", &texts).is_some());
    assert!(misquoted("Нет команды «…». Справка: invite-bot --hello", &texts).is_some());
}

/// The numbers of the exit codes, and whatever keeps the bot from sending, each with its symptom.
#[test]
fn every_way_to_end_has_its_symptom() {
    let page = read("docs/troubleshooting.md");
    for (number, meaning) in EXIT_CODES.iter().filter(|(number, _)| *number > 1) {
        let heading = format!("\n### Код {number}: ");
        assert!(page.contains(&heading), "{number}: {meaning}");
    }
}

/// What systemd is told of the program is true of it.
#[test]
fn the_unit_file_knows_the_exit_codes_and_the_longest_stop() {
    let unit = read("packaging/invite-bot.service");
    let value = |name: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.expect(name).to_owned()
    };
    for code in value("RestartPreventExitStatus").split(' ') {
        assert!(EXIT_CODES.iter().any(|(known, _)| known.to_string() == code), "{code}");
    }
    let timeout = SETTINGS.iter().find(|it| it.name == "PROVIDER_TIMEOUT_SECONDS").unwrap();
    let longest = timeout.about.split(" до ").last().unwrap().trim_end_matches('.');
    let longest: u32 = longest.parse().unwrap();
    assert!(value("TimeoutStopSec").parse::<u32>().unwrap() > longest + 5);
    assert_eq!(value("Type"), "notify");
    assert!(value("WatchdogSec").parse::<u32>().unwrap() >= 60);
}

/// What is being built is the newest that the changelog tells of.
#[test]
fn the_changelog_begins_with_the_version_of_the_program() {
    let changes = read("CHANGELOG.md");
    let newest = changes.lines().find_map(|line| line.strip_prefix("## [")?.split_once(']'));
    assert_eq!(newest.unwrap().0, env!("CARGO_PKG_VERSION"));
    let archive = concat!("invite-bot-", env!("CARGO_PKG_VERSION"), "-x86_64-linux-musl.tar.gz");
    assert!(read("README.md").contains(archive), "{archive}");
}

#[test]
fn the_image_is_started_as_the_image_says() {
    let (image, operations) = (read("Dockerfile"), read("docs/operations.md"));
    let comment = image.lines().map_while(|line| line.strip_prefix('#'));
    let mut commands = comment.map(str::trim).skip_while(|line| !line.starts_with("docker build"));
    let commands: Vec<&str> = commands.by_ref().take_while(|line| !line.is_empty()).collect();
    let shown: Vec<&str> = operations.lines().map(str::trim).collect();
    assert!(commands.len() > 2, "{commands:?}");
    assert!(shown.windows(commands.len()).any(|lines| lines == commands), "{commands:#?}");
}

#[test]
fn a_document_can_be_read_in_one_sitting() {
    for (path, most) in
        [("README.md", 150), ("docs/architecture.md", 350), ("docs/reliability.md", 250)]
    {
        let lines = read(path).lines().count();
        assert!(lines <= most, "{path}: {lines} lines, more than {most}");
    }
}

// ------------------------------------------------------------------------- the architecture

/// `queued → sending` for every change of state that the trigger allows. A refusal stands behind
/// its state only where it matters.
fn legal() -> BTreeSet<(String, String)> {
    let schema: String = entries(&root().join("migrations"))
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let rule = schema
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
    let architecture = read("docs/architecture.md");
    let diagram = architecture.split_once("stateDiagram-v2\n").unwrap().1;
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

// --------------------------------------------------------------------------------- the links

fn entries(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The documents of the repository, by their paths.
fn documents() -> Vec<(PathBuf, String)> {
    let folders = ["", "docs", "docs/reports"].map(|folder| root().join(folder));
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
    assert!(documents.len() >= 8);
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
