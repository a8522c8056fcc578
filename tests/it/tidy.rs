//! The house rules that no compiler holds: who may name what, where Russian stands, how long a
//! file may be, which crates never come in. Plain scans of the text; every rule is shown here to
//! be able to fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor, and `demo` beside them. A module names only floors beneath its own; the
/// modules of the highest floor are the wiring, and name each other. Beneath them all are the
/// crates of `crates/`, which cannot name the bot.
const FLOORS: &[&[&str]] = &[
    &["domain"],
    // Nothing in a release: where the campaign reaches in.
    &["probe"],
    &["door", "monitor", "room"],
    &["dialogue", "screens", "store", "providers"],
    &["delivery", "directory", "handlers"],
    &["bot"],
    &["admin", "app", "args", "backup", "cli", "config", "failure", "log", "self_check"],
];

/// What `screens` may name of `dialogue`, their neighbour: the values that they draw.
const DRAWN: &[&str] = &["facts", "session", "Note", "PasteReport", "Toast", "View"];

/// What writes: handlers only say what is to be written.
const WRITERS: &[&str] = &["Store"];

/// Where the time is one of the facts.
const WITHOUT_A_CLOCK: &[&str] = &["src/domain/", "src/dialogue/", "src/screens/", "src/handlers/"];

/// Who may name `demo`: it is started like the bot itself, and nothing is built on it.
const STARTS_DEMO: &[&str] = &["cli", "demo"];

/// What only some files may name: the crate or module, and where.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("teloxide", &["src/bot/", "src/bot.rs", "src/app.rs", "src/app/"]),
    ("sqlx", &["src/store/"]),
    ("requisites", &["src/", "crates/requisites/"]),
    ("axum", &["src/app/", "src/demo/", "crates/stand-ins/"]),
    ("stand_ins", &["src/demo/", "crates/stand-ins/"]),
    ("env", &["src/config/", "src/cli.rs", "src/main.rs", "src/demo/"]),
];

/// Folders in which no file names one that names it, directly or through others.
const NO_CIRCLES: &[&str] = &[
    "crates/requisites/src",
    "crates/stand-ins/src/providers",
    "crates/stand-ins/src/telegram",
    "src/demo",
];

/// Folders whose files may use what stands in the file above them, but not each other in a circle.
const NO_CIRCLES_BESIDE: &[&str] = &[
    "src/bot",
    "src/dialogue",
    "src/directory",
    "src/domain",
    "src/handlers",
    "src/providers",
    "src/screens",
    "src/store",
];

/// Where Russian stands outside comments and tests: what users and the operator read, the words
/// of СБИС's wire format, and the labels that people paste together with a value.
const RUSSIAN_IN: &[&str] = &[
    "src/screens/",
    "src/providers/sbis",
    "src/demo/",
    "src/admin.rs",
    "src/app/watched.rs",
    "src/self_check.rs",
    "src/args.rs",
    "src/backup.rs",
    "src/cli.rs",
    "src/config/",
    "src/failure.rs",
    "src/domain/office.rs",
    "src/domain/typed.rs",
    "crates/",
];

/// Names that have no other spelling.
const RUSSIAN_NAMES: &[&str] = &["ИНН", "КПП", "СБИС"];

/// A drafted state is written with everything that belongs to it in one transaction of the
/// store; these would write it alone.
const DIALOGUE_WRITES: &[&str] = &[
    "Dialogue::update",
    "Dialogue::exit",
    "Dialogue::reset",
    "dialogue.update(",
    "dialogue.exit(",
    "dialogue.reset(",
];

const MAX_LINES: usize = 400;

/// Where somebody works is nobody's business: the beginnings of paths on one machine.
const MACHINE_PATHS: &[&str] = &["/home/", "/root/", "/Users/", "/work/", "/tmp/"];

// ---------------------------------------------------------------------------- reading a file

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder: their paths from the root of the repository, and their text.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((relative(&path), text));
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

/// The bot and the crates, without the folders of tests beside them.
fn sources() -> Vec<(String, String)> {
    let is_source = |path: &str| is_rust(path) && path.contains("src/");
    let all = ["src", "crates"].into_iter().flat_map(files);
    let sources: Vec<_> = all.filter(|(path, _)| is_source(path)).collect();
    assert!(!sources.is_empty());
    sources
}

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

/// The lines that are not comments, numbered from 1; what follows `//` is cut off.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    without_comments((1..).zip(text.lines()))
}

fn without_comments<'a>(
    lines: impl IntoIterator<Item = (usize, &'a str)>,
) -> impl Iterator<Item = (usize, &'a str)> {
    let lines = lines.into_iter().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number, line.split(" // ").next().unwrap()))
}

/// The lines that are not in a test, numbered from 1: each item below `#[cfg(test)]` is cut out,
/// wherever it stands. Files that hold nothing but tests have no such lines.
fn production<'a>(path: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return Vec::new();
    }
    let mut lines = (1..).zip(text.lines());
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        match line.trim_start().strip_prefix("#[cfg(test)]") {
            Some(rest) if ends_an_item(rest) => {}
            Some(_) => {
                // As it is formatted, it ends at the depth at which it began.
                let depth = indentation(line);
                lines.by_ref().find(|(_, it)| indentation(it) == depth && ends_an_item(it));
            }
            None => kept.push((number, line)),
        }
    }
    kept
}

fn ends_an_item(line: &str) -> bool {
    !line.trim_start().starts_with("//") && line.ends_with([';', '}', ','])
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `bot` for `src/bot/inbound.rs` and for `src/bot.rs`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The identifier at the beginning of a text.
fn word(text: &str) -> &str {
    text.split(|c| !is_inside(c)).next().unwrap()
}

fn is_inside(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands before and after every place where `word` stands in the text.
fn around<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.match_indices(word).map(move |(at, _)| {
        let (before, rest) = text.split_at(at);
        (before, rest.strip_prefix(word).unwrap())
    })
}

/// Whether the line names a crate or module, `sqlx::query` or `use sqlx;`. A name in quotes is
/// a text.
fn names(line: &str, name: &str) -> bool {
    around(line, name).any(|(before, after)| {
        !before.ends_with(|c| is_inside(c) || c == '"')
            && (after.starts_with("::") || after.starts_with(';'))
    })
}

/// Whether the line has this word, whole.
fn has_word(line: &str, word: &str) -> bool {
    around(line, word)
        .any(|(before, after)| !before.ends_with(is_inside) && !after.starts_with(is_inside))
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

// --------------------------------------------------------------------------------- the rules

/// The modules of this crate that a file names: `crate::store`, `crate::{store, domain::Inn}`,
/// `super::store`.
fn named_modules(text: &str) -> Vec<String> {
    let code: String = code(text).flat_map(|(_, line)| [line, "\n"]).collect();
    let mut named = Vec::new();
    for (_, rest) in around(&code, "crate::").chain(around(&code, "super::")) {
        match rest.strip_prefix('{') {
            Some(group) => named.extend(first_words(group)),
            None => named.push(word(rest).to_owned()),
        }
    }
    named.retain(|name| name == "demo" || floor(name).is_some());
    named
}

/// `a::{b, c}, d} rest` → `a`, `d`.
fn first_words(group: &str) -> Vec<String> {
    let mut depth = 1;
    let outermost: String = group
        .chars()
        .take_while(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth > 0
        })
        .scan(0, |inner, c| {
            match c {
                '{' => *inner += 1,
                '}' => *inner -= 1,
                _ => return Some((*inner == 0).then_some(c)),
            }
            Some(None)
        })
        .flatten()
        .collect();
    outermost.split(',').map(|item| word(item.trim_start()).to_owned()).collect()
}

fn climbs(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("crates/") {
        return Vec::new();
    }
    let this = module(path);
    if matches!(this, "lib" | "main") {
        return Vec::new();
    }
    let Some(height) = floor(this).or((this == "demo").then_some(FLOORS.len())) else {
        return vec![format!("{path}: the module {this} stands on no floor of tests/it/tidy.rs")];
    };
    let is_top = height + 1 == FLOORS.len();
    let may = |other: &str| match floor(other) {
        _ if other == this || (this, other) == ("screens", "dialogue") => true,
        Some(floor) => floor < height || (is_top && floor == height),
        None => STARTS_DEMO.contains(&this),
    };
    named_modules(text)
        .into_iter()
        .filter(|other| !may(other))
        .map(|other| format!("{path}: {this} names {other}, which is not beneath it"))
        .collect()
}

/// What a file names of a module: `a` and `b` for `dialogue::{a::A, b}`, `self` for the whole.
fn named_of(text: &str, module: &str) -> Vec<String> {
    let code: String = code(text).flat_map(|(_, line)| [line, "\n"]).collect();
    let mut named = Vec::new();
    for (_, after) in around(&code, module).filter(|(before, _)| !before.ends_with(is_inside)) {
        match after.strip_prefix("::") {
            Some(rest) => match rest.strip_prefix('{') {
                Some(group) => named.extend(first_words(group)),
                None => named.push(word(rest).to_owned()),
            },
            None if after.starts_with([';', ',', '}']) => named.push("self".to_owned()),
            None => {}
        }
    }
    named.retain(|name| !name.is_empty());
    named
}

fn draws_more_than_values(path: &str, text: &str) -> Vec<String> {
    let named = if path.starts_with("src/screens/") { named_of(text, "dialogue") } else { vec![] };
    named
        .into_iter()
        .filter(|name| !DRAWN.contains(&name.as_str()))
        .map(|name| format!("{path}: screens draw {}, not {name}", DRAWN.join(", ")))
        .collect()
}

fn writes_itself(path: &str, text: &str) -> Vec<String> {
    code(text)
        .filter(|_| path.starts_with("src/handlers/"))
        .filter(|(_, line)| WRITERS.iter().any(|name| has_word(line, name)))
        .map(|(number, _)| format!("{path}:{number}: a handler returns changes, and writes none"))
        .collect()
}

fn looks_at_a_clock(path: &str, text: &str) -> Vec<String> {
    without_comments(production(path, text))
        .filter(|_| WITHOUT_A_CLOCK.iter().any(|place| path.starts_with(place)))
        .filter(|(_, line)| around(line, "::now").any(|(_, after)| !after.starts_with(is_inside)))
        .map(|(number, _)| format!("{path}:{number}: the time of a turn is one of its facts"))
        .collect()
}

/// The files of a folder, by the names of their modules, that name each other in a circle, and
/// those that name one of these. `mod`, the file above, names them all; whatever a file names of
/// `above`, `super::` or `crate::`, and is no file beside it, stands there.
fn in_circles(above: &str, files: &[(&str, &str)]) -> Vec<String> {
    let is_file = |word: &str| files.iter().any(|(name, _)| *name == word);
    let named = |name: &str, text: &str| -> Vec<String> {
        if name == "mod" {
            return files.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        let code: String = code(text).flat_map(|(_, line)| [line, "\n"]).collect();
        let words = around(&code, above).flat_map(|(_, rest)| match rest.strip_prefix('{') {
            Some(group) => first_words(group),
            None => vec![word(rest).to_owned()],
        });
        words.map(|word| if is_file(&word) { word } else { "mod".to_owned() }).collect()
    };
    let names = files.iter().map(|(name, text)| ((*name).to_owned(), named(name, text)));
    let mut left: BTreeMap<String, Vec<String>> = names.collect();
    loop {
        let known: Vec<String> = left.keys().cloned().collect();
        left.retain(|own, named| named.iter().any(|it| it != own && known.contains(it)));
        if left.len() == known.len() {
            return known;
        }
    }
}

fn misplaced(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, places) in ONLY_IN {
        if places.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        for (number, line) in code(text) {
            if names(line, name) {
                found.push(format!("{path}:{number}: only {} may name {name}", places.join(", ")));
            }
        }
    }
    found
}

fn speaks_russian(path: &str, text: &str) -> Vec<String> {
    if RUSSIAN_IN.iter().any(|place| path.starts_with(place)) {
        return Vec::new();
    }
    let is_cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
    without_comments(production(path, text))
        .filter(|(_, line)| {
            let rest =
                RUSSIAN_NAMES.iter().fold((*line).to_owned(), |line, name| line.replace(name, ""));
            rest.contains(is_cyrillic)
        })
        .map(|(number, _)| {
            format!("{path}:{number}: Russian; what users read belongs into src/screens")
        })
        .collect()
}

fn writes_a_dialogue(path: &str, text: &str) -> Vec<String> {
    code(text)
        .filter(|(_, line)| DIALOGUE_WRITES.iter().any(|call| line.contains(call)))
        .map(|(number, _)| format!("{path}:{number}: drafts are written by the store alone"))
        .collect()
}

fn too_long(path: &str, text: &str) -> Vec<String> {
    let lines = production(path, text).len();
    if lines <= MAX_LINES {
        return Vec::new();
    }
    vec![format!("{path}: {lines} lines without the tests; more than {MAX_LINES}, split it")]
}

/// What is left of a file without its tests must have none.
fn hides_behind_a_name(path: &str, text: &str) -> Vec<String> {
    let declares =
        |line: &str| line.trim_start().strip_prefix("mod ").is_some_and(|it| word(it) == "tests");
    let is_test = |line: &str| declares(line) || line.trim().ends_with("test]");
    let shown = production(path, text).into_iter().filter(|(_, line)| is_test(line));
    shown.map(|(number, _)| format!("{path}:{number}: a test without `#[cfg(test)]`")).collect()
}

fn unexplained(path: &str, text: &str) -> Vec<String> {
    if text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!("{path}: does not begin with `//!` and what it is for")]
}

fn names_a_machine(path: &str, text: &str) -> Vec<String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| MACHINE_PATHS.iter().any(|start| starts_a_path(line, start)))
        .map(|(index, _)| format!("{path}:{}: a path of one machine", index + 1))
        .collect()
}

/// Whether an absolute path begins like this: `/work/x`, but not `https://a.example/work/`.
fn starts_a_path(line: &str, start: &str) -> bool {
    around(line, start)
        .any(|(before, _)| !before.ends_with(|c| is_inside(c) || matches!(c, '.' | '-' | '}')))
}

fn missing_on_the_map(lib: &str) -> Vec<String> {
    let missing = |line: &str| {
        let name = word(line.strip_prefix("pub mod ")?);
        let entry = format!("[`{name}`]");
        let shown = lib.lines().any(|line| line.starts_with("//!") && line.contains(&entry));
        (!shown).then(|| format!("src/lib.rs: {name} is not on the map"))
    };
    lib.lines().filter_map(missing).collect()
}

/// Crates that never come in; see the reasons in `deny.toml`.
fn unwanted(lock: &str) -> Vec<String> {
    let quoted = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned())
    };
    let mut found = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let Some(name) = quoted(line, "name") else { continue };
        let version = lines.next().and_then(|line| quoted(line, "version")).unwrap();
        let wanted = match name.as_str() {
            "openssl-sys" | "native-tls" | "aws-lc-sys" => false,
            "sqlx" => release(&version) >= (0, 9),
            "libsqlite3-sys" => release(&version) >= (0, 37),
            _ => true,
        };
        if !wanted {
            found.push(format!("Cargo.lock: {name} {version} may not come in, see deny.toml"));
        }
    }
    found
}

/// `0.37.1` → `(0, 37)`.
fn release(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

// ------------------------------------------------------------------------- they hold, and bite

#[track_caller]
fn holds(files: Vec<(String, String)>, rule: impl Fn(&str, &str) -> Vec<String>) {
    let found: Vec<String> = files.iter().flat_map(|(path, text)| rule(path, text)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_module_names_only_floors_beneath_its_own() {
    holds(sources(), climbs);

    for (path, text) in [
        ("src/domain/inn.rs", "use crate::store::Store;"),
        ("src/dialogue/mod.rs", "fn f() { crate::providers::send() }"),
        ("src/dialogue/mod.rs", "use crate::screens::Screen;"),
        ("src/dialogue/facts.rs", "use crate::store::Change;"),
        ("src/screens/mod.rs", "use crate::store::Page;"),
        ("src/store/mod.rs", "use crate::{\n    domain::Inn,\n    dialogue::{Session, step},\n};"),
        ("src/handlers/mod.rs", "use crate::bot::Context;"),
        ("src/handlers/holds.rs", "use crate::delivery::Delivery;"),
        ("src/providers/http.rs", "#[cfg(test)]\nmod tests { use crate::delivery::Queue; }"),
        ("src/delivery.rs", "use super::bot::Teller;"),
        ("src/bot/mod.rs", "use crate::config::Config;"),
        ("src/bot/mod.rs", "use crate::demo::World;"),
        ("src/app.rs", "use crate::demo;"),
        ("src/config/mod.rs", "use crate::demo;"),
        ("src/utils.rs", ""),
    ] {
        assert_eq!(climbs(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/bot/mod.rs", "use crate::{delivery, dialogue::step, domain::Inn};"),
        ("src/bot/inbound.rs", "use super::outbound;\nuse crate::bot::Context;"),
        ("src/screens/draft.rs", "use crate::dialogue::facts::Facts;"),
        ("src/handlers/mod.rs", "use crate::{dialogue, screens, store::Change};"),
        ("src/app.rs", "use crate::{bot, cli, config};"),
        ("src/cli.rs", "use crate::{app, bot, config, demo};"),
        ("src/demo/mod.rs", "use crate::{app, bot, store};"),
        ("src/domain/mod.rs", "//! Stored by `crate::store`."),
    ] {
        assert_eq!(climbs(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn screens_know_values_of_the_dialogue_and_not_how_it_goes() {
    holds(sources(), draws_more_than_values);

    for text in [
        "use crate::dialogue::step;",
        "use crate::dialogue::{Note, Step};",
        "use crate::{dialogue::{View, Effect}, domain::Inn};",
        "use crate::dialogue;",
        "use crate::{dialogue, domain::Inn};",
        "fn f(input: crate::dialogue::Input) {}",
    ] {
        assert_eq!(draws_more_than_values("src/screens/draft.rs", text).len(), 1, "{text}");
    }
    for (path, text) in [
        ("src/screens/draft.rs", "use crate::dialogue::facts::Facts;"),
        ("src/screens/draft.rs", "use crate::dialogue::{Note, PasteReport, Toast, View, session};"),
        ("src/screens/draft.rs", "// Decided in `dialogue::step`.\nlet of_dialogue = 1;"),
        ("src/handlers/mod.rs", "use crate::dialogue::{Effect, step};"),
    ] {
        assert_eq!(draws_more_than_values(path, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_handler_writes_nothing() {
    holds(sources(), writes_itself);

    for text in [
        "use crate::store::{Change, Store, StoreError};",
        "async fn f(store: &crate::store::Store) {}",
    ] {
        assert_eq!(writes_itself("src/handlers/holds.rs", text).len(), 1, "{text}");
    }
    let text = "use crate::store::{Change, Query, Reader, StoreError};";
    assert!(writes_itself("src/handlers/status.rs", text).is_empty());
    assert!(writes_itself("src/bot/turn.rs", "fn f(store: &Store) {}").is_empty());
}

#[test]
fn what_is_pure_looks_at_no_clock() {
    holds(sources(), looks_at_a_clock);

    for (path, text) in [
        ("src/dialogue/step.rs", "let late = Timestamp::now() > until;"),
        ("src/screens/home.rs", "at.unwrap_or_else(Timestamp::now)"),
        ("src/domain/limits.rs", "let begun = std::time::Instant::now();"),
        ("src/dialogue/mod.rs", "#[cfg(test)]\nmod tests;\n\nfn f() { Timestamp::now(); }"),
    ] {
        assert_eq!(looks_at_a_clock(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/bot/turn.rs", "let now = Timestamp::now();"),
        ("src/dialogue/step.rs", "let now = facts.viewer.now;"),
        ("src/dialogue/step.rs", "f();\n#[cfg(test)]\nmod tests { fn f() { Timestamp::now(); } }"),
    ] {
        assert_eq!(looks_at_a_clock(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let sources = sources();
    for folder in NO_CIRCLES.iter().chain(NO_CIRCLES_BESIDE) {
        let name = |path: &str| {
            let inside = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
            (!inside.contains('/')).then(|| inside.replace("lib", "mod"))
        };
        let lines = |path, text| -> Vec<&str> {
            production(path, text).into_iter().map(|(_, line)| line).collect()
        };
        let files: Vec<(String, String)> = sources
            .iter()
            .filter_map(|(path, text)| Some((name(path)?, lines(path, text).join("\n"))))
            .collect();
        assert!(files.len() > 3, "{folder}");
        let with_above = NO_CIRCLES.contains(folder);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let files: Vec<(&str, &str)> =
            files.into_iter().filter(|(name, _)| with_above || *name != "mod").collect();
        let above = if folder.ends_with("/src") { "crate::" } else { "super::" };
        assert_eq!(in_circles(above, &files), Vec::<String>::new(), "{folder}");
    }

    let circle = [
        ("mod", ""),
        ("a", "use super::{b::B, c};"),
        ("b", "use super::c::C;\nfn f() { super::a::f() }"),
        ("c", "use std::fmt;\n// Not super::a::A."),
    ];
    assert_eq!(in_circles("super::", &circle), ["a", "b", "mod"]);
    let without = [circle[0], circle[1], ("b", "use super::c::C;"), circle[3]];
    assert_eq!(in_circles("super::", &without), Vec::<String>::new());
    let through_the_file_above = [("mod", ""), ("a", "use super::Shared;")];
    assert_eq!(in_circles("super::", &through_the_file_above), ["a", "mod"]);
}

#[test]
fn each_library_is_named_in_its_own_place() {
    holds(sources(), misplaced);

    for (path, text) in [
        ("src/dialogue/mod.rs", "use teloxide::types::Update;"),
        ("src/handlers/mod.rs", "use teloxide::types::MessageId;"),
        ("src/delivery/mod.rs", "fn f(pool: sqlx::SqlitePool) {}"),
        ("src/bot/mod.rs", "use axum::Router;"),
        ("src/app.rs", "use stand_ins::telegram::Telegram;"),
        ("crates/stand-ins/src/providers/check.rs", "use requisites::Inn;"),
        ("src/domain/staff.rs", "let home = std::env::var_os(\"HOME\");"),
        ("src/bot/mod.rs", "use std::env;"),
    ] {
        assert_eq!(misplaced(path, text).len(), 1, "{path}: {text}");
    }
    assert!(misplaced("src/bot/mod.rs", "use teloxide::Bot;").is_empty());
    assert!(misplaced("src/log.rs", "// teloxide is loud").is_empty());
    assert!(misplaced("src/log.rs", "let x = my_sqlx;").is_empty());
    assert!(misplaced("src/log.rs", "(\"teloxide::dispatching\", env!(\"NAME\"))").is_empty());
}

#[test]
fn russian_stands_where_it_is_read() {
    holds(sources(), speaks_russian);

    assert_eq!(speaks_russian("src/bot/mod.rs", "let x = \"Привет\";").len(), 1);
    assert!(
        speaks_russian("src/bot/mod.rs", "/// Says «Привет».\nlet x = \"the ИНН\";").is_empty()
    );
    assert!(
        speaks_russian("src/bot/a.rs", "f();\n#[cfg(test)]\nmod tests { \"Привет\" }").is_empty()
    );
    assert_eq!(speaks_russian("src/dialogue/step.rs", "let x = \"Привет\";").len(), 1);
    assert!(speaks_russian("src/screens/home.rs", "let x = \"Привет\";").is_empty());
    let below = "#[cfg(test)]\nmod tests;\nlet x = \"Привет\";";
    assert_eq!(speaks_russian("src/bot/a.rs", below).len(), 1);
}

#[test]
fn a_draft_is_never_written_through_teloxide() {
    holds(sources(), writes_a_dialogue);

    let call = "    dialogue.update(Session::default()).await?;";
    assert_eq!(writes_a_dialogue("src/bot/router.rs", call).len(), 1);
    assert!(
        writes_a_dialogue("src/bot/router.rs", "// `Dialogue::update` is never called").is_empty()
    );
}

#[test]
fn a_file_can_be_read_in_one_sitting() {
    holds(sources(), too_long);

    let (most, more) = ("//\n".repeat(MAX_LINES), "//\n".repeat(MAX_LINES + 1));
    let tests = "#[cfg(test)]\nmod tests {}\n".repeat(500);
    assert_eq!(too_long("src/a.rs", &format!("{most}{tests}")), Vec::<String>::new());
    assert_eq!(too_long("src/a.rs", &more).len(), 1);
    assert_eq!(too_long("src/a.rs", &format!("{tests}{more}")).len(), 1);
}

#[test]
fn only_what_is_compiled_for_tests_alone_counts_as_a_test() {
    holds(sources(), hides_behind_a_name);

    assert_eq!(hides_behind_a_name("src/a.rs", "mod tests;").len(), 1);
    assert_eq!(hides_behind_a_name("src/a.rs", "mod tests {\n}").len(), 1);
    assert_eq!(hides_behind_a_name("src/a.rs", "#[tokio::test]\nasync fn f() {\n}").len(), 1);
    assert!(hides_behind_a_name("src/a.rs", "#[cfg(test)]\nmod tests;").is_empty());
    let kept = |text: &'static str| -> Vec<usize> {
        production("src/a.rs", text).into_iter().map(|(number, _)| number).collect()
    };
    let module = "use a;\n#[cfg(test)]\nmod tests {\n    f(\n    );\n}\nfn f() {}\n";
    assert_eq!(kept(module), [1, 7]);
    let function =
        "#[cfg(test)]\n/// Says\n/// a, b;\npub fn f(\n    a: A,\n) -> B {\n    b\n}\nf;";
    assert_eq!(kept(function), [9]);
    let inner = "enum A {\n    #[cfg(test)]\n    B,\n    C,\n}\n#[cfg(test)] use a;\nfn f() {}";
    assert_eq!(kept(inner), [1, 4, 5, 7]);
    assert_eq!(kept("#[cfg(test)]\nuse a::{\n    b,\n};\nmod c;"), [5]);
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut sources = sources();
    let beside = ["tests", "crates", "campaign"].into_iter().flat_map(files);
    sources.extend(beside.filter(|(path, _)| is_rust(path)));
    holds(sources, unexplained);

    assert_eq!(unexplained("src/a.rs", "use std::fmt;").len(), 1);
}

#[test]
fn every_module_is_on_the_map() {
    holds(
        vec![("src/lib.rs".into(), fs::read_to_string(root().join("src/lib.rs")).unwrap())],
        |_, text| missing_on_the_map(text),
    );

    let lib = "//! - floor 0 [`domain`]: values\n\npub mod domain;\npub mod store;\n";
    assert_eq!(missing_on_the_map(lib), ["src/lib.rs: store is not on the map"]);
}

#[test]
fn nothing_tells_where_it_was_written() {
    let mut everything: Vec<_> =
        ["src", "crates", "campaign", "docs", "migrations"].into_iter().flat_map(files).collect();
    everything.extend(files("tests").into_iter().filter(|(path, _)| path != "tests/it/tidy.rs"));
    for name in [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.toml",
        "Dockerfile",
        "compose.yaml",
        ".env.example",
        "deny.toml",
        ".ci/run",
    ] {
        let text = fs::read_to_string(root().join(name)).unwrap_or_default();
        everything.push((name.to_owned(), text));
    }
    holds(everything, names_a_machine);

    assert_eq!(names_a_machine("README.md", "cd /home/anna/invite-bot").len(), 1);
    assert_eq!(names_a_machine("src/a.rs", "//! See (/work/notes.md).").len(), 1);
    assert!(names_a_machine("src/a.rs", "https://a.example/work/1 ~/work/x").len() == 1);
    assert!(names_a_machine("src/a.rs", "https://a.example/work/1").is_empty());
}

#[test]
fn no_unwanted_crate_comes_in() {
    holds(
        vec![("Cargo.lock".into(), fs::read_to_string(root().join("Cargo.lock")).unwrap())],
        |_, text| unwanted(text),
    );

    for (name, version) in [
        ("openssl-sys", "0.9.100"),
        ("native-tls", "0.2.11"),
        ("aws-lc-sys", "0.47.0"),
        ("sqlx", "0.8.6"),
        ("libsqlite3-sys", "0.30.1"),
    ] {
        let lock = format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        assert_eq!(unwanted(&lock).len(), 1, "{name}");
    }
    assert!(unwanted("[[package]]\nname = \"sqlx\"\nversion = \"0.9.0\"\n").is_empty());
}
