//! What was played, in words.

use std::fmt::Write;

use invite_bot::dialogue::session::{Session, Stage};
use invite_bot::screens::{self, Screen};
use invite_bot::store::Change;

use super::player::Player;

/// A screen as a person sees it.
pub fn shown(screen: &Screen) -> String {
    let mut text = screen.text.as_str().to_owned();
    for (html, plain) in [
        ("<b>", "*"),
        ("</b>", "*"),
        ("<code>", "`"),
        ("</code>", "`"),
        ("<blockquote expandable>", "‖ "),
        ("</blockquote>", " ‖"),
    ] {
        text = text.replace(html, plain);
    }
    for row in &screen.rows {
        let labels: Vec<String> = row.iter().map(|button| format!("[{}]", button.label)).collect();
        write!(text, "\n{}", labels.join(" ")).unwrap();
    }
    text
}

/// Where somebody is, in a word.
pub fn place(session: &Session) -> String {
    let edit = |editing: &bool| if *editing { " (edit)" } else { "" };
    match &session.draft {
        None => "Idle".to_owned(),
        Some(Stage::Asking { field, editing, .. }) => format!("{field:?}?{}", edit(editing)),
        Some(Stage::Organisation { branches: None, .. }) => "Company?".to_owned(),
        Some(Stage::Organisation { .. }) => "Branches?".to_owned(),
        Some(Stage::Reviewing { .. }) => "Review".to_owned(),
        Some(Stage::Offered { .. }) => "Offered".to_owned(),
        Some(Stage::ChoosingDraft { .. }) => "Between".to_owned(),
    }
}

impl Player {
    /// What both sides say.
    pub fn transcript(&mut self, steps: &str) -> String {
        self.forgets();
        self.plays(steps);
        self.log.clone()
    }

    /// The first lines of it.
    pub fn brief(&mut self, steps: &str) -> String {
        self.forgets();
        self.plays(steps);
        self.firsts.clone()
    }

    /// Where each step leads, and what is said there.
    pub fn told(&mut self, steps: &str) -> String {
        let mut text = String::new();
        for step in steps.split(" | ") {
            self.plays(step);
            writeln!(text, "> {step} → {}", stands(self)).unwrap();
        }
        text
    }
}

/// Where these steps lead, and what is said there.
pub fn led(player: Player, steps: &str) -> String {
    stands(&player.after(steps))
}

/// Where a person is, and what the screen says above its buttons, in one line.
pub fn stands(player: &Player) -> String {
    let screen = player.screen().replace("&quot;", "\"");
    let said = screen.lines().take_while(|line| !line.starts_with('[')).filter(|it| !it.is_empty());
    format!("{}: {}", place(&player.session()), said.collect::<Vec<_>>().join(" / "))
}

/// What a turn led to, in a few words: what was changed, where the person is if that is elsewhere,
/// and the toast. Nothing at all for a button that is not there.
pub fn outcome(player: &Player, before: &Session) -> String {
    let mut parts: Vec<String> = player.changes.iter().map(named).collect();
    let after = player.moved.as_ref().filter(|after| after.draft != before.draft);
    if let Some(after) = after.filter(|_| !parts.contains(&"Submit".to_owned())) {
        parts.push(place(after));
    }
    match &player.toast {
        Some(toast) if toast == screens::UNKNOWN_PRESS => {}
        Some(toast) => {
            let words: Vec<&str> = toast.split([' ', '.', ':']).take(3).collect();
            parts.push(format!("({})", words.join(" ").trim_end()));
        }
        None if parts.is_empty() => parts.push("shown".to_owned()),
        None => {}
    }
    if parts.is_empty() { "·".to_owned() } else { parts.join(" ") }
}

/// A change by its name.
pub fn named(change: &Change) -> String {
    let text = format!("{change:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

/// The rows of one heading; those with the same outcome share a line.
pub fn grouped(heading: &str, rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (who, outcome) in rows {
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, all)) => all.push(who),
            None => groups.push((outcome, vec![who])),
        }
    }
    if let [(outcome, _)] = groups.as_slice() {
        return format!("{heading}: {outcome}\n");
    }
    let line =
        |(outcome, who): &(String, Vec<String>)| format!("    {}: {outcome}\n", who.join(", "));
    format!("{heading}\n{}", groups.iter().map(line).collect::<String>())
}

/// A table with these columns.
pub fn table(columns: &[&str], rows: &[(String, Vec<String>)]) -> String {
    let width = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| text.chars().count()).max().unwrap_or_default() + 2
    };
    let first = width(&mut rows.iter().map(|(title, _)| title.as_str()));
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            let cells = rows.iter().map(|(_, cells)| cells[at].as_str());
            width(&mut cells.chain([columns[at]]))
        })
        .collect();
    let line = |title: &str, cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        let line = format!("{title:first$}{}", cells.collect::<String>());
        format!("{}\n", line.trim_end())
    };
    let head = line("", &mut columns.iter().copied());
    let rows = rows.iter().map(|(title, cells)| line(title, &mut cells.iter().map(String::as_str)));
    head + &rows.collect::<String>()
}
