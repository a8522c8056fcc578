//! Plays one side of a conversation and writes down both.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{Deed, Desk, Effect, Finding, Input, Press, Reply, Stamp, State, Step, step};
use crate::domain::{Inn, Lookup, OfficeCode, Person, PersonId, Provider, Role};

/// The time of every turn, unless a test lets it pass.
pub const NOW: &str = "2026-05-14T11:32:07Z";

pub fn anna() -> Person {
    Person { id: PersonId::new(1002).unwrap(), name: Some("Анна К.".to_owned()) }
}

pub fn oleg() -> Person {
    Person { id: PersonId::new(1001).unwrap(), name: Some("Олег".to_owned()) }
}

pub fn desk() -> Desk {
    Desk {
        me: anna(),
        role: Role::Staff,
        admin: Some(oleg()),
        fixed_admins: [oleg().id].into(),
        providers: Provider::ALL.to_vec(),
        paused: vec![],
        outages: vec![],
        rival: false,
        embargo: None,
        office: None,
        last_office: None,
        directory: false,
        known: None,
        draft: None,
        now: NOW.parse().unwrap(),
        zone: TimeZone::get("Europe/Moscow").unwrap(),
    }
}

pub fn admin_desk() -> Desk {
    Desk { me: oleg(), role: Role::Admin, ..desk() }
}

/// A person with a telephone, and the shell played by hand: it saves what is to be saved and
/// writes down every deed.
pub struct Player {
    pub desk: Desk,
    pub state: State,
    pub log: String,
    /// The message with buttons shown last, and the stamp it was drawn with.
    pub screen: Option<(Reply, Option<Stamp>)>,
    /// What the directories know; of every other ИНН they know nothing.
    pub directory: Vec<(Inn, Lookup)>,
    next_draft: i64,
}

impl Player {
    pub fn new(desk: Desk) -> Self {
        let (log, directory) = (String::new(), vec![]);
        Self { desk, state: State::Idle, log, screen: None, directory, next_draft: 1 }
    }

    /// `[label]` presses a button of the screen, anything else is typed.
    pub fn plays(desk: Desk, lines: &[&str]) -> Self {
        let mut player = Self::new(desk);
        player.goes_on(lines);
        player
    }

    /// The same from where the person stands.
    pub fn goes_on(&mut self, lines: &[&str]) {
        for line in lines {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(label) => self.presses(label),
                None => self.says(line),
            }
        }
    }

    pub fn says(&mut self, text: &str) {
        writeln!(self.log, "> {text}").unwrap();
        self.takes(Input::Message { text: Some(text.to_owned()), about: None });
    }

    pub fn presses(&mut self, label: &str) {
        let (screen, stamp) = self.screen.clone().expect("a screen with buttons");
        let button = screen.rows.iter().flatten().find(|button| button.label.contains(label));
        let press =
            button.unwrap_or_else(|| panic!("no [{label}] in\n{}", shown(&screen))).press.clone();
        writeln!(self.log, "> [{label}]").unwrap();
        self.gives(press, stamp);
    }

    /// A press as it comes back from Telegram: through its data.
    pub fn gives(&mut self, press: Press, stamp: Option<Stamp>) {
        let (press, stamp) = Press::decode(&press.encode(stamp)).expect("a button of ours");
        self.takes(Input::Press(press, stamp));
    }

    pub fn finds(&mut self, finding: Finding) {
        self.takes(Input::Found(finding));
    }

    pub fn takes(&mut self, input: Input) -> Vec<Deed> {
        let Step { state, effects } = self.steps(input);
        if let Some(state) = state {
            self.saves(state);
        }
        let mut deeds = Vec::new();
        for effect in effects {
            match effect {
                Effect::Show(reply) | Effect::Say(reply) => {
                    writeln!(self.log, "{}", shown(&reply)).unwrap();
                    self.screen = Some((reply, self.desk.draft.map(|(stamp, _)| stamp)));
                }
                Effect::Toast(text) => writeln!(self.log, "({text})").unwrap(),
                Effect::Do(deed) => {
                    writeln!(self.log, "! {deed:?}").unwrap();
                    deeds.push(deed);
                }
                Effect::LookUp(inn) => panic!("{} is looked up twice", inn.as_str()),
                Effect::Tell(id, reply) => {
                    writeln!(self.log, "to {id}: {}", shown(&reply)).unwrap()
                }
                Effect::Publish(id, role) => writeln!(self.log, "menu of {id}: {role:?}").unwrap(),
            }
        }
        deeds
    }

    /// A step with what it has to know; nothing else of one that asks for it counts.
    fn steps(&mut self, input: Input) -> Step {
        self.desk.known = None;
        let first = step(&self.desk, &self.state, input.clone());
        let asked = first.effects.iter().find_map(|effect| match effect {
            Effect::LookUp(inn) => Some(inn.clone()),
            _ => None,
        });
        let Some(inn) = asked else { return first };
        writeln!(self.log, "? {}", inn.as_str()).unwrap();
        let known = self.directory.iter().find(|(known, _)| *known == inn);
        let known = known.map_or(Lookup::NotFound, |(_, lookup)| lookup.clone());
        self.desk.known = Some((inn, known));
        step(&self.desk, &self.state, input)
    }

    fn saves(&mut self, state: State) {
        let stamp = match self.desk.draft {
            _ if state == State::Idle => None,
            Some((Stamp { draft, revision }, _)) => Some(Stamp { draft, revision: revision + 1 }),
            None => {
                self.next_draft += 1;
                Some(Stamp { draft: self.next_draft - 1, revision: 1 })
            }
        };
        self.desk.draft = stamp.map(|stamp| (stamp, self.desk.now));
        self.state = state;
    }

    pub fn time_passes(&mut self, minutes: i64) {
        let span = jiff::SignedDuration::from_mins(minutes);
        self.desk.now = Timestamp::checked_add(self.desk.now, span).unwrap();
    }
}

/// A reply as a person sees it.
pub fn shown(reply: &Reply) -> String {
    let mut text = reply.text.as_str().to_owned();
    for (html, plain) in [("<b>", "*"), ("</b>", "*"), ("<code>", "`"), ("</code>", "`")] {
        text = text.replace(html, plain);
    }
    for row in &reply.rows {
        let labels: Vec<String> = row.iter().map(|button| format!("[{}]", button.label)).collect();
        write!(text, "\n{}", labels.join(" ")).unwrap();
    }
    text
}

pub fn office(code: &str) -> OfficeCode {
    OfficeCode::parse(code).unwrap()
}
