//! Plays one side of a conversation, the bot without Telegram, and writes down both sides.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::Session;
use invite_bot::domain::{
    Draft, DraftRevision, Field, Hold, HoldKind, Inn, Invitation, InvitationNo, Lookup, OfficeCode,
    OfficeRules, Person, PersonId, Provider, Role,
};
use invite_bot::handlers::session::quotas;
use invite_bot::handlers::{
    About, Input, Outcome, Placement, Sent, Stored, Toast, Turn, handle, load,
};
use invite_bot::screens::press::Press;
use invite_bot::screens::{self, Screen};
use invite_bot::store::{Actor, Applied, Change, Filter, Query, Reader, Store};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::report::shown;

/// A message, a minute after the one before.
pub fn said(text: Option<&str>, about: Option<About>) -> Input {
    static SAID: AtomicI32 = AtomicI32::new(1);
    let message = SAID.fetch_add(1, Ordering::Relaxed);
    let sent = Sent { message, at: i64::from(message) * 60 };
    Input::Message { text: text.map(str::to_owned), about, sent }
}

/// The time of every turn, unless a test lets it pass.
pub const NOW: &str = "2026-05-14T11:32:07Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn person(id: i64, name: &str) -> Person {
    Person { id: PersonId::new(id).unwrap(), name: Some(name.to_owned()) }
}

/// An admin by configuration.
pub fn oleg() -> Person {
    person(1001, "Олег")
}

pub fn anna() -> Person {
    person(1002, "Анна К.")
}

pub fn pyotr() -> Person {
    person(1020, "Пётр С.")
}

pub fn zone() -> TimeZone {
    TimeZone::get("Europe/Moscow").unwrap()
}

pub fn setup() -> BotSettings {
    BotSettings {
        fixed_admins: [oleg().id].into(),
        providers: Provider::ALL.to_vec(),
        office: None,
        directory: false,
        rules: OfficeRules::default(),
        undo_window: Duration::from_secs(5),
    }
}

/// With one provider, and an office that need not be asked for.
pub fn only(provider: Provider) -> BotSettings {
    BotSettings { providers: vec![provider], office: Some(code("7705")), ..setup() }
}

pub fn code(code: &str) -> OfficeCode {
    OfficeCode::parse(code).unwrap()
}

/// The message with buttons that a person saw last, and the revision that it was drawn with.
#[derive(Clone, Debug)]
pub struct Seen {
    pub screen: Screen,
    pub revision: Option<DraftRevision>,
    pub message: i32,
}

/// A person with a telephone; others may take it over. What a handler wants to be written is
/// written into a database, and nothing else is. What it refuses fails the test: nobody comes
/// between.
pub struct Player {
    runtime: Rc<Runtime>,
    folder: TempDir,
    pub store: Store,
    pub setup: BotSettings,
    pub me: Person,
    pub now: Timestamp,
    /// What was said by both sides.
    pub log: String,
    /// The first lines of it, a line for each thing that the person did.
    pub firsts: String,
    pub seen: Option<Seen>,
    /// What the directories know; of every other ИНН they know nothing.
    pub directory: Vec<(Inn, Lookup)>,
    /// What the last turn changed beside the session.
    pub changes: Vec<Change>,
    /// The session that it left, if that is another one.
    pub moved: Option<Session>,
    pub toast: Option<String>,
    /// Whether what a handler wants to be written is only looked at.
    pub dry: bool,
    messages: i32,
}

impl Player {
    /// Анна.
    pub fn new() -> Self {
        Self::with(setup())
    }

    pub fn with(setup: BotSettings) -> Self {
        let runtime = Rc::new(runtime());
        let folder = folder();
        let path = folder.path().join("invite-bot.db");
        fs::write(&path, blank()).unwrap();
        let store = runtime.block_on(Store::open(&path)).unwrap();
        Self {
            runtime,
            folder,
            store,
            setup,
            me: anna(),
            now: now(),
            log: String::new(),
            firsts: String::new(),
            seen: None,
            directory: Vec::new(),
            changes: Vec::new(),
            moved: None,
            toast: None,
            dry: false,
            messages: 0,
        }
    }

    /// Олег, who is an admin.
    pub fn admin() -> Self {
        Self::new().by(&oleg())
    }

    /// From now on this person has the telephone.
    pub fn by(mut self, person: &Person) -> Self {
        self.me = person.clone();
        self.seen = None;
        self
    }

    /// The same after these steps, of which nothing is written down.
    pub fn after(mut self, steps: &str) -> Self {
        self.plays(steps);
        self.forgets();
        self
    }

    pub fn forgets(&mut self) {
        self.log.clear();
        self.firsts.clear();
    }

    fn notes(&mut self, entry: &str) {
        writeln!(self.log, "{entry}").unwrap();
        let first = entry.lines().next().unwrap_or_default();
        let gap = match first.starts_with("> ") {
            _ if self.firsts.is_empty() => "",
            true => "\n",
            false => " | ",
        };
        write!(self.firsts, "{gap}{first}").unwrap();
    }

    /// A new invitation to the client of these tests, as far as the question of this field.
    pub fn asked_for(self, field: Field) -> Self {
        let steps = "/invite|[СБИС]|1215107651|121501001|Детский сад Чайка|iam@mail.ru";
        let before = match field {
            Field::Provider => 1,
            Field::Inn => 2,
            Field::Kpp => 3,
            Field::Name => 4,
            Field::Email => 5,
            Field::Office => 6,
        };
        let steps: Vec<&str> = steps.split('|').take(before).collect();
        self.after(&steps.join(" | "))
    }

    /// The same as far as the summary.
    pub fn at_summary(self, provider: Provider) -> Self {
        match provider {
            Provider::Invoicebox => self.after("/invite | [Invoicebox] | iam@mail.ru"),
            Provider::Sbis => self.asked_for(Field::Office).after("7705"),
        }
    }

    /// Of these steps `[label]` presses a button of the screen, anything else is typed.
    pub fn plays(&mut self, steps: &str) {
        for step in steps.split(" | ").filter(|step| !step.is_empty()) {
            match step.strip_prefix('[').and_then(|step| step.strip_suffix(']')) {
                Some(label) => self.presses(label),
                None => self.says(step),
            }
        }
    }

    pub fn says(&mut self, text: &str) {
        self.notes(&format!("> {text}"));
        self.takes(said(Some(text), None));
    }

    pub fn presses(&mut self, label: &str) {
        let press = self.finds(label);
        self.notes(&format!("> [{label}]"));
        self.gives(press);
    }

    /// What a button of the screen means.
    pub fn finds(&self, label: &str) -> Press {
        let screen = &self.seen.as_ref().expect("a screen with buttons").screen;
        let button = screen.rows.iter().flatten().find(|button| button.label.contains(label));
        button.unwrap_or_else(|| panic!("no [{label}] in\n{}", shown(screen))).press.clone()
    }

    /// A press as it comes back from Telegram: through its data.
    pub fn gives(&mut self, press: Press) {
        let revision = self.seen.as_ref().and_then(|seen| seen.revision);
        self.sends_back(&press.encode(revision));
    }

    /// The data of a button, whoever made them.
    pub fn sends_back(&mut self, data: &str) {
        self.takes(match Press::decode(data) {
            Some((press, revision)) => Input::Press(press, revision),
            None => Input::UnknownPress,
        });
    }

    pub fn takes(&mut self, input: Input) {
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(self.turn(input));
    }

    /// One turn, as the bot does it.
    async fn turn(&mut self, input: Input) {
        let pressed = match input {
            Input::Press(..) => self.seen.as_ref().map(|seen| seen.message),
            _ => None,
        };
        let stored = self.stored().await;
        assert!(!stored.lost, "the session cannot be read");
        let mut organisation = None;
        loop {
            let mut reader = self.store.reader();
            let (setup, zone) = (&self.setup, zone());
            let fixed_admins: Vec<_> = setup.fixed_admins.iter().copied().collect();
            let quotas = quotas(setup, &zone, self.now);
            let known = self.store.person_facts(self.me.id, &fixed_admins, &quotas, self.now);
            let known = known.await.unwrap();
            let loaded = load(&known, setup, &zone, &self.me, &stored, self.now);
            let Some((mut facts, mut changes)) = loaded else {
                self.notes("(not on the list)");
                return;
            };
            facts.looked_up.organisation = organisation.clone();
            let viewer = facts.viewer.clone();
            let mut turn = Turn { facts, session: &stored.session, reader: &mut reader, pressed };
            let mut plan = match handle(&mut turn, input.clone()).await.unwrap() {
                Outcome::Done(plan) => plan,
                Outcome::LookUp(inn) => {
                    assert_eq!(organisation, None, "it is looked up twice");
                    self.notes(&format!("? {}", inn.as_str()));
                    let known = self.directory.iter().find(|(known, _)| *known == inn);
                    let lookup = known.map_or(Lookup::NotFound, |(_, lookup)| lookup.clone());
                    organisation = Some((inn, lookup));
                    continue;
                }
            };
            changes.append(&mut plan.changes);
            let written = if self.dry { &[][..] } else { &changes };
            let applied = match self.store.apply(Actor::Person(self.me.id), self.now, written).await
            {
                Ok(applied) => applied,
                Err(refused) => panic!("{refused} by {changes:?} after {input:?}\n{}", self.log),
            };
            self.moved = changes.iter().find_map(|change| match change {
                Change::SaveSession { body, .. } => serde_json::from_str(body).ok(),
                Change::DropSession { .. } | Change::Submit(_) => Some(Session::default()),
                _ => None,
            });
            changes.retain(|change| {
                use Change::{DropSession, RequireRole, SaveSession, UpsertPerson};
                !matches!(
                    change,
                    RequireRole(..) | UpsertPerson(_) | SaveSession { .. } | DropSession { .. }
                )
            });
            self.changes = changes;
            let revision = applied.draft.or(stored.shown.map(|(revision, _)| revision));
            // What was written is seen from now on.
            let mut reader = self.store.reader();
            for it in &plan.shown {
                let screen = it.message().draw(&mut reader, &viewer).await.unwrap().unwrap();
                let place = pressed.filter(|_| matches!(it, Placement::Here(_)));
                self.sees(screen, revision, place);
            }
            self.toast = match (plan.toast, applied.submitted) {
                (Some(Toast::Text(text)), _) => Some(text),
                (Some(Toast::Submitted(window)), Some(number)) => {
                    Some(screens::draft::sending_toast(number, window))
                }
                _ => None,
            };
            if let Some(toast) = &self.toast {
                self.notes(&format!("({toast})"));
            }
            for (id, message) in &plan.messages_to_others {
                let screen = message.draw(&mut reader, &viewer).await.unwrap().unwrap();
                self.notes(&format!("to {id}: {}", shown(&screen)));
            }
            for (id, role) in &plan.menu_changes {
                self.notes(&format!("menu of {id}: {role:?}"));
            }
            return;
        }
    }

    fn sees(&mut self, screen: Screen, revision: Option<DraftRevision>, place: Option<i32>) {
        self.notes(&shown(&screen));
        let message = place.unwrap_or_else(|| {
            self.messages += 1;
            self.messages
        });
        self.seen = Some(Seen { screen, revision, message });
    }

    /// Why nothing is sent.
    pub async fn holds(&self) -> Vec<Hold> {
        self.store.reader().holds().await.unwrap()
    }

    pub fn stops_sending(&self, kind: HoldKind) {
        let change = [Change::Hold(kind)];
        self.waits_for(self.store.apply(Actor::Program, self.now, &change)).unwrap();
    }

    async fn stored(&self) -> Stored {
        let stored = self.store.draft(self.me.id).await.unwrap();
        stored.map(|stored| Stored::read(&stored, self.now)).unwrap_or_default()
    }

    /// Where the person stands.
    pub fn session(&self) -> Session {
        self.waits_for(self.stored()).session
    }

    /// The draft that was begun.
    pub fn draft(&self) -> Draft {
        self.session().begun().expect("a draft").clone()
    }

    /// Puts the person there, before a screen of nothing.
    pub fn stands_at(&mut self, session: &Session) {
        let was = self.waits_for(self.stored()).shown.map(|(of, _)| of);
        let (person, body) = (self.me.id, serde_json::to_string(session).unwrap());
        let change = Change::SaveSession { person, was, version: Session::VERSION, body };
        let revision = self.applies(&self.me, change).draft;
        self.stands_before_nothing();
        self.seen.as_mut().unwrap().revision = revision;
    }

    /// Puts the person before a message that says nothing.
    pub fn stands_before_nothing(&mut self) {
        self.messages += 1;
        let (screen, message) = (screens::plain(""), self.messages);
        self.seen = Some(Seen { screen, revision: None, message });
    }

    pub fn version(&self, number: InvitationNo) -> i64 {
        self.reads(async |reader| reader.invitation(number).await.unwrap().unwrap().version)
    }

    /// Something that somebody does elsewhere.
    pub fn applies(&self, by: &Person, change: Change) -> Applied {
        self.waits_for(self.store.apply(Actor::Person(by.id), self.now, &[change])).unwrap()
    }

    pub fn waits_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn reads<T>(&self, work: impl AsyncFnOnce(&mut Reader) -> T) -> T {
        self.waits_for(async { work(&mut self.store.reader()).await })
    }

    /// Анна used this office code the last time.
    pub fn remembers_office(&self, code: &str) {
        let id = anna().id;
        self.sql(format!("UPDATE people SET office = '{code}' WHERE id = {id}"));
    }

    /// By a connection of the test's own.
    pub fn sql(&self, sql: String) {
        self.waits_for(async {
            let options = SqliteConnectOptions::new().filename(self.path());
            let mut conn = options.connect().await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        });
    }

    /// All invitations, the newest first.
    pub fn invitations(&self) -> Vec<Invitation> {
        self.waits_for(async {
            let mut reader = self.store.reader();
            let all = Query { author: None, filter: Filter::All, since: None, page: 1 };
            reader.page(&all).await.unwrap().items
        })
    }

    pub fn time_passes(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    /// The screen as a person sees it.
    pub fn screen(&self) -> String {
        shown(&self.seen.as_ref().expect("a screen").screen)
    }

    pub fn first_line(&self) -> String {
        self.screen().lines().next().unwrap_or_default().to_owned()
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("invite-bot.db")
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A database with Олег, Анна and Пётр, and nothing else.
fn blank() -> &'static [u8] {
    static BLANK: OnceLock<Vec<u8>> = OnceLock::new();
    BLANK.get_or_init(|| {
        runtime().block_on(async {
            let folder = folder();
            let path = folder.path().join("invite-bot.db");
            let store = Store::open(&path).await.unwrap();
            let allow = |person| Change::Allow { person, role: Role::Staff, fixed_admins: 1 };
            let people = [Change::UpsertPerson(oleg()), allow(anna()), allow(pyotr())];
            store.apply(Actor::Program, now(), &people).await.unwrap();
            store.close().await;
            fs::read(path).unwrap()
        })
    })
}
