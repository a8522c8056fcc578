//! A small world to tell stories in: the real bot on the real library, real SQLite and real HTTP,
//! between stand-ins of Telegram and of both providers. It speaks the domain; what goes wrong
//! behind the story's back (a refused request, a failed handler, a client's data in the log)
//! fails the story in the end.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use invite_bot::app::App;
use invite_bot::bot::{Reminders, Route, Webhook};
use invite_bot::config::{BackupSettings, Config};
use invite_bot::delivery::RetryPolicy;
use invite_bot::demo::world::{DADATA_KEY, DemoPeople, Plan, StandIns, allow};
use invite_bot::domain::{Limits, OfficeRules, Provider, Role, Source};
use invite_bot::door::Door;
use invite_bot::failure::Failure;
use invite_bot::providers::Proxy;
use invite_bot::store::{Statements, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use stand_ins::providers::{DirectoryStandIn, ProviderStandIn, Received};
use stand_ins::telegram::{Message, Person, Press, Refusal, Telegram};
use tempfile::TempDir;
use tokio::sync::oneshot;
use url::Url;

use super::folder::folder;
use super::log::Log;
use super::people::Someone;
use super::samples::TOKEN;
use super::wait::{PATIENCE, until};

/// How much faster than in earnest the waits of the delivery pass.
pub const TIME_SCALE: f64 = 0.0005;

/// How a world differs from the usual one.
pub struct BotSettings {
    /// What the bot is configured with.
    pub plan: Plan,
    /// Whether Олег is an admin by `ADMIN_IDS`.
    pub fixed_admin: bool,
    /// Who is on the allow-list.
    pub listed: Vec<(Person, Role)>,
    /// Both providers at another address than the stand-ins'.
    pub providers_at: Option<Url>,
    /// The ways to Telegram, and to the providers.
    pub routes: Vec<Route>,
    pub provider_proxy: Option<Proxy>,
    /// By the name of this machine, which may have several addresses.
    pub telegram_by_name: bool,
    /// Where it is told what time it is.
    pub zone: TimeZone,
    pub reminders: Reminders,
    pub backup: Option<BackupSettings>,
    /// Where Telegram posts updates.
    pub webhook: Option<Webhook>,
}

impl Default for BotSettings {
    fn default() -> Self {
        let policy = RetryPolicy::default().scaled(TIME_SCALE);
        Self {
            // Far longer than a stand-in takes, also on a busy machine.
            // An undo window of its own has a story that is about it.
            plan: Plan {
                policy,
                timeout: Duration::from_secs(10),
                send_delay: Duration::ZERO,
                directories: Vec::new(),
                rules: OfficeRules { limits: Limits::NONE, ..OfficeRules::default() },
                ..Plan::default()
            },
            fixed_admin: true,
            listed: vec![(DemoPeople::default().anna, Role::Staff), (boris(), Role::Staff)],
            providers_at: None,
            routes: Vec::new(),
            provider_proxy: None,
            telegram_by_name: false,
            zone: TimeZone::get("Europe/Moscow").unwrap(),
            reminders: Reminders::default(),
            backup: None,
            webhook: None,
        }
    }
}

impl BotSettings {
    /// With a provider that is given up on soon.
    pub fn impatient() -> Self {
        let usual = Self::default();
        let timeout = Duration::from_secs(1);
        Self { plan: Plan { timeout, ..usual.plan }, ..usual }
    }

    /// With one provider on.
    pub fn only(provider: Provider) -> Self {
        let usual = Self::default();
        Self { plan: Plan { providers: vec![provider], ..usual.plan }, ..usual }
    }

    /// With both directories of organisations on.
    pub fn with_directories() -> Self {
        let usual = Self::default();
        let directories = vec![Source::DaData, Source::Invoicebox];
        Self { plan: Plan { directories, ..usual.plan }, ..usual }
    }

    /// With other rules of repeats and limits.
    pub fn under(rules: OfficeRules) -> Self {
        let usual = Self::default();
        Self { plan: Plan { rules, ..usual.plan }, ..usual }
    }

    /// With Олег as an admin on the allow-list, and none by `ADMIN_IDS`.
    pub fn without_fixed_admin() -> Self {
        let DemoPeople { oleg, anna, .. } = DemoPeople::default();
        let listed = vec![(oleg, Role::Admin), (anna, Role::Staff)];
        Self { fixed_admin: false, listed, ..Self::default() }
    }

    /// With the waits of the delivery as they are in earnest: what waits, waits.
    pub fn in_earnest() -> Self {
        let usual = Self::default();
        Self { plan: Plan { policy: RetryPolicy::default(), ..usual.plan }, ..usual }
    }
}

/// A colleague of Анна.
pub fn boris() -> Person {
    Person::new(1004, "Борис")
}

/// The world of one story.
pub struct World {
    pub telegram: Telegram,
    stand_ins: StandIns,
    people: DemoPeople,
    /// For the next start.
    pub setup: BotSettings,
    folder: TempDir,
    log: Log,
    app: Option<Running>,
    presses: Arc<Mutex<Vec<Press>>>,
    before: Arc<Mutex<HashMap<i64, Vec<Message>>>>,
}

impl World {
    /// Анна and Борис are staff, Олег is an admin, and the bot runs.
    pub async fn new() -> Self {
        Self::with(BotSettings::default()).await
    }

    /// The same, but for what the setup says.
    pub async fn with(setup: BotSettings) -> Self {
        let mut world = Self::asleep(setup).await;
        world.starts().await;
        world
    }

    /// The same before the bot is started.
    pub async fn asleep(setup: BotSettings) -> Self {
        let stand_ins = StandIns::start().await.unwrap();
        stand_ins.telegram.gives_up_after(PATIENCE);
        stand_ins.telegram.takes_time(10);
        let world = Self {
            telegram: stand_ins.telegram.clone(),
            stand_ins,
            people: DemoPeople::default(),
            setup,
            folder: folder(),
            log: Log::default(),
            app: None,
            presses: Arc::default(),
            before: Arc::default(),
        };
        let store = Store::open(&world.database()).await.unwrap();
        for (person, role) in &world.setup.listed {
            allow(&store, person, *role).await.unwrap();
        }
        // As a bot leaves it that was stopped.
        let (store, _) = store.keep_mark(&world.database(), Timestamp::now()).await.unwrap();
        store.close().await;
        world
    }

    // ------------------------------------------------------------------ the life of the bot

    pub async fn starts(&mut self) {
        assert!(self.app.is_none(), "it runs");
        self.app = Some(self.bot(self.config()).await.unwrap());
        self.telegram.is_polled().await.unwrap();
        let checked = "SELECT kind FROM holds WHERE kind = 'unchecked_file' AND ended_at IS NULL";
        assert!(until(async || self.rows(checked).await.is_empty()).await, "it checks its file");
    }

    /// Starts it while Telegram is out of reach.
    pub async fn starts_in_the_dark(&mut self) {
        self.app = Some(self.bot(self.config()).await.unwrap());
    }

    /// What a second bot on the same database comes to.
    pub async fn another_bot(&self) -> Option<Failure> {
        self.bot(self.config()).await.err()
    }

    /// A bot with a database of its own and the same token, as on another machine.
    pub async fn bot_elsewhere(&self) -> Running {
        let config = Config { database: self.folder.path().join("copy.db"), ..self.config() };
        self.bot(config).await.unwrap()
    }

    async fn bot(&self, config: Config) -> Result<Running, Failure> {
        let BotSettings { plan, reminders, .. } = &self.setup;
        Running::start(config, plan.policy.clone(), reminders.clone(), self.log.clone()).await
    }

    /// Stops as asked by a signal.
    pub async fn stops(&mut self) {
        self.app.take().unwrap().end(End::Stop).await;
    }

    /// StandIns as by a loss of power: every task is dropped where it stands. What the people did
    /// before is received, so that Telegram does not hand it out again.
    pub async fn crashes(&mut self) {
        self.telegram.is_caught_up().await.unwrap();
        self.app.take().unwrap().end(End::Crash).await;
    }

    /// The same while Telegram is out of reach.
    pub async fn crashes_at_once(&mut self) {
        self.app.take().unwrap().end(End::Crash).await;
    }

    /// Stops and starts anew with these providers on.
    pub async fn switches_to(&mut self, providers: &[Provider]) {
        self.stops().await;
        self.setup.plan.providers = providers.to_vec();
        self.starts().await;
    }

    /// Stops and starts anew on the same database.
    pub async fn restarts(&mut self) {
        self.stops().await;
        self.starts().await;
    }

    /// The configuration of the next start.
    pub fn config(&self) -> Config {
        let mut config =
            self.stand_ins.config(&self.setup.plan, &self.people, &self.database()).unwrap();
        config.time_zone = self.setup.zone.clone();
        config.telegram.routes = self.setup.routes.clone();
        if self.setup.telegram_by_name {
            let url = config.telegram.api_url.as_mut().unwrap();
            url.set_host(Some("localhost")).unwrap();
        }
        let proxy = &self.setup.provider_proxy;
        config.invoicebox.iter_mut().for_each(|it| it.proxy.clone_from(proxy));
        config.sbis.iter_mut().for_each(|it| it.proxy.clone_from(proxy));
        config.backup = self.setup.backup.clone();
        config.webhook = self.setup.webhook.clone();
        if !self.setup.fixed_admin {
            config.admins = BTreeSet::new();
        }
        if let Some(url) = &self.setup.providers_at {
            if let Some(invoicebox) = &mut config.invoicebox {
                invoicebox.url = url.clone();
            }
            if let Some(sbis) = &mut config.sbis {
                sbis.url = url.clone();
            }
        }
        config
    }

    // ------------------------------------------------------------------------- the people

    pub fn anna(&self) -> Someone {
        self.person(self.people.anna.clone())
    }

    pub fn boris(&self) -> Someone {
        self.person(boris())
    }

    pub fn oleg(&self) -> Someone {
        self.person(self.people.oleg.clone())
    }

    pub fn stranger(&self) -> Someone {
        self.person(self.people.stranger.clone())
    }

    pub fn person(&self, person: Person) -> Someone {
        Someone {
            presses: self.presses.clone(),
            before: self.before.clone(),
            chooses_provider: self.setup.plan.providers.len() > 1,
            names_office: self.setup.plan.office.is_none(),
            ..Someone::new(self.telegram.clone(), person)
        }
    }

    // ---------------------------------------------------------------------- the providers

    pub fn provider(&self, provider: Provider) -> &ProviderStandIn {
        self.stand_ins.provider(provider)
    }

    pub fn sbis(&self) -> &ProviderStandIn {
        &self.stand_ins.sbis
    }

    pub fn invoicebox(&self) -> &ProviderStandIn {
        &self.stand_ins.invoicebox
    }

    /// A directory of organisations.
    pub fn directory(&self, source: Source) -> &DirectoryStandIn {
        match source {
            Source::DaData => self.stand_ins.dadata.directory(),
            Source::Invoicebox => self.stand_ins.invoicebox.directory().unwrap(),
        }
    }

    /// How many questions each directory has had: DaData, Invoicebox.
    pub fn asked(&self) -> [usize; 2] {
        [Source::DaData, Source::Invoicebox].map(|source| self.directory(source).asked().len())
    }

    /// How many requests arrived whole.
    pub fn calls(&self, provider: Provider) -> usize {
        self.provider(provider).received().len()
    }

    /// The requests that arrived, which are exactly this many.
    #[track_caller]
    pub fn exactly(&self, calls: usize, provider: Provider) -> Vec<Received> {
        let received = self.provider(provider).received();
        assert_eq!(received.len(), calls, "requests at {provider:?}");
        received
    }

    // ----------------------------------------------------------------------- the database

    fn database(&self) -> PathBuf {
        self.folder.path().join("bot.db")
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.database()).connect().await.unwrap()
    }

    /// The first column of every row.
    pub async fn rows(&self, sql: &'static str) -> Vec<String> {
        let mut conn = self.connect().await;
        let rows = sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
    }

    /// Waits until the database has such a row.
    pub async fn has(&self, sql: &'static str) {
        assert!(until(async || !self.rows(sql).await.is_empty()).await, "no row: {sql}");
    }

    /// Waits until nothing is left to be said to anybody.
    pub async fn settles(&self) {
        let untold = "SELECT 'an invitation' FROM invitations WHERE notified_version < version
                      UNION ALL SELECT kind FROM holds WHERE told = 0 AND ended_at IS NULL
                          AND kind IN ('bad_credentials', 'polling_conflict')
                      UNION ALL SELECT 'an answer' FROM inbox WHERE done_at > 0 AND answered = 0
                      UNION ALL SELECT 'a message' FROM outbox";
        let told = until(async || self.rows(untold).await.is_empty()).await;
        assert!(told, "not told: {:?}", self.rows(untold).await);
    }

    /// Everything that the database holds, for claims that nothing changed: all but the updates
    /// themselves, which are stored whoever sent them, the answers, noted as said once seen, and
    /// the days of the digest, noted by the clock. What is still to be told is told first.
    pub async fn everything(&self) -> String {
        self.settles().await;
        let mut conn = self.connect().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT format('SELECT json_array(%Q, %s) FROM %s', t.name,
                 (SELECT group_concat(format('quote(%s)', c.name)) FROM pragma_table_info(t.name) c
                  -- Noted after the person has seen it.
                  WHERE c.name <> 'card'), t.name)
             -- The index of names, made of several, follows the invitations.
             FROM pragma_table_list t WHERE schema = 'main' AND type = 'table'
                 AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                 AND name NOT IN ('inbox', 'pulse', 'outbox', 'digests') ORDER BY name",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap();
        let mut rows: Vec<String> = Vec::new();
        for table in tables {
            let table = sqlx::AssertSqlSafe(table);
            rows.extend(sqlx::query_scalar::<_, String>(table).fetch_all(&mut conn).await.unwrap());
        }
        conn.close().await.unwrap();
        rows.join("\n")
    }

    /// Fails if the database does not hold what it held.
    #[track_caller]
    pub fn unchanged(&self, before: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let now = self.everything().await;
            let gone = before.lines().filter(|line| !now.lines().any(|it| it == *line));
            let new = now.lines().filter(|line| !before.lines().any(|it| it == *line));
            let differs: Vec<String> =
                gone.map(|it| format!("- {it}")).chain(new.map(|it| format!("+ {it}"))).collect();
            assert!(differs.is_empty(), "{caller}: changed:\n{}\n", differs.join("\n"));
        }
    }

    /// The journal: who did what to whom, from what to what.
    pub async fn journal(&self) -> String {
        let rows = self.rows(
            "SELECT format('%s %s %s%s: %s → %s', coalesce(p.name, j.actor, 'бот'), j.action,
                 coalesce('№' || j.invitation, ''),
                 coalesce(j.person, j.provider, j.stop, j.hold, ''),
                 coalesce(j.before, '—'), coalesce(j.after, '—'))
             FROM journal j LEFT JOIN people p ON p.id = j.actor ORDER BY j.id",
        );
        rows.await.join("\n")
    }

    /// What a button of an invitation's card would tell the bot now.
    pub async fn card_data(&self, number: i64, act: &str) -> String {
        let seqs = self.rows("SELECT CAST(version AS TEXT) FROM invitations ORDER BY number").await;
        format!("c:{number}:{}:{act}", seqs[usize::try_from(number).unwrap() - 1])
    }

    /// The state of an invitation, as the database has it.
    pub async fn state(&self, number: i64) -> String {
        let states = self
            .rows("SELECT state || coalesce(':' || refusal, '') FROM invitations ORDER BY number");
        states.await[usize::try_from(number).unwrap() - 1].clone()
    }

    /// Waits until an invitation is in this state, whatever anybody is told.
    pub async fn becomes(&self, number: i64, state: &str) {
        let became = until(async || self.state(number).await == state).await;
        assert!(became, "№{number} did not become {state}");
    }

    /// The attempts of an invitation: number, outcome, and what was waited for.
    pub async fn attempts(&self, number: i64) -> Vec<String> {
        let attempts = self.rows(
            "SELECT invitation || '/' || n || ' ' || coalesce(outcome, 'open')
                 || coalesce(' ' || wait, '') || iif(consent IS NULL, '', ' by consent')
             FROM attempts ORDER BY invitation, n",
        );
        let of = format!("{number}/");
        attempts.await.iter().filter_map(|it| it.strip_prefix(&of)).map(str::to_owned).collect()
    }

    /// Lets drafts look older than they are.
    pub async fn drafts_age(&self, minutes: i64) {
        let age = format!("UPDATE drafts SET updated_at = updated_at - {}", minutes * 60_000);
        self.changes(&age).await;
    }

    /// Lets everything that was sent lie so many hours further back.
    pub async fn hours_pass(&self, hours: i64) {
        let ms = hours * 3_600_000;
        self.changes(&format!(
            "DROP TRIGGER IF EXISTS attempt_ends_once;
             UPDATE attempts SET started_at = started_at - {ms}, ended_at = ended_at - {ms};"
        ))
        .await;
    }

    /// Changes the database behind the bot's back.
    pub async fn changes(&self, sql: &str) {
        let mut conn = self.connect().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }

    /// What the bot has cost since it was started.
    pub fn cost(&self) -> Cost {
        let Running { door, statements, .. } = self.app.as_ref().unwrap();
        let requests = self.telegram.requests();
        let polls = |method: &str| method.eq_ignore_ascii_case("getUpdates");
        Cost {
            statements: statements.so_far(),
            commits: door.commits(),
            syncs: door.syncs(),
            requests: requests.iter().filter(|it| !polls(&it.method)).count(),
        }
    }

    // --------------------------------------------------------------------- what went wrong

    /// Takes out what Telegram refused so far, for stories that make it refuse something.
    pub fn takes_refusals(&self) -> Vec<String> {
        self.telegram.takes_refusals().iter().filter(|it| !is_harmless(it)).map(words).collect()
    }

    /// For stories in which Telegram takes no answers to presses.
    pub fn forgets_presses(&self) {
        self.presses.lock().unwrap().clear();
    }

    /// What was logged, at every level.
    pub fn logged(&self) -> String {
        self.log.text()
    }

    /// Waits until the log says this.
    pub async fn logs(&self, words: &str) {
        self.logs_times(1, words).await;
    }

    /// Waits until the log says this so many times.
    pub async fn logs_times(&self, times: usize, words: &str) {
        let logged = until(async || self.logged().matches(words).count() >= times).await;
        assert!(logged, "not logged: «{words}»\n{}", self.logged());
    }

    /// Takes the log out, for stories that break something inside.
    pub fn takes_log(&self) -> String {
        self.log.take()
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.takes_refusals();
        for provider in Provider::ALL {
            faults.extend(self.provider(provider).violations());
        }
        for source in [Source::DaData, Source::Invoicebox] {
            faults.extend(self.directory(source).violations());
        }
        faults.extend(self.log.errors());
        faults.extend(self.indiscretions());
        let presses = self.presses.lock().unwrap();
        let unanswered = presses.iter().filter(|press| press.answered().is_none());
        faults.extend(unanswered.map(|press| format!("«{}» was not answered", press.data)));
        faults
    }

    /// What people typed and what clients are called, where the log has it.
    fn indiscretions(&self) -> Vec<String> {
        let log = self.log.text();
        let mut secrets: Vec<String> = Vec::new();
        let people = [
            self.people.anna.clone(),
            self.people.oleg.clone(),
            boris(),
            self.people.stranger.clone(),
        ];
        for person in people {
            let typed = self.telegram.chat(&person).into_iter().filter(|it| !it.is_from_bot());
            secrets.extend(typed.map(|message| message.text).filter(|text| !text.starts_with('/')));
        }
        for provider in Provider::ALL {
            let received = self.provider(provider).received().into_iter();
            secrets.extend(received.flat_map(|it| [it.email, it.inn]).flatten());
        }
        secrets.push(self.telegram.token());
        secrets.push(DADATA_KEY.to_owned());
        secrets.push(TOKEN.to_owned());
        // Short ones stand in a log by chance: a number of milliseconds, a name of a state.
        secrets.retain(|secret| secret.chars().count() > 5 && log.contains(secret.as_str()));
        secrets.into_iter().map(|secret| format!("the log has «{secret}»")).collect()
    }
}

/// A menu cannot be published to somebody who never wrote; a poll that a crash left behind ends
/// with the next one; and that a message shows the same already is what the bot wanted.
fn is_harmless(refusal: &Refusal) -> bool {
    let menu =
        refusal.method.ends_with("MyCommands") && refusal.description.contains("chat not found");
    let conflict = refusal.status == 409;
    let shown_already = refusal.description.contains("message is not modified");
    menu || conflict || shown_already
}

fn words(refusal: &Refusal) -> String {
    format!("{}: {} {}", refusal.method, refusal.status, refusal.description)
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.app.take());
        if !std::thread::panicking() {
            let faults = self.faults();
            assert!(faults.is_empty(), "behind the story's back:\n{}\n", faults.join("\n"));
        }
    }
}

/// Counts do not depend on the machine.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub statements: u64,
    pub commits: u64,
    pub syncs: u64,
    /// To Telegram, but for its polls.
    pub requests: usize,
}

impl std::ops::Sub for Cost {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            commits: self.commits - before.commits,
            syncs: self.syncs - before.syncs,
            requests: self.requests - before.requests,
        }
    }
}

/// How the bot ends.
enum End {
    Stop,
    Crash,
}

/// A bot on a thread of its own, so that a crash can take everything it has begun.
pub struct Running {
    door: Door,
    statements: Statements,
    end: Option<oneshot::Sender<End>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    async fn start(
        config: Config,
        policy: RetryPolicy,
        reminders: Reminders,
        log: Log,
    ) -> Result<Self, Failure> {
        let (end, ends) = oneshot::channel();
        let (started, starts) = oneshot::channel();
        let begins = async move || App::start_with(config, policy, reminders).await;
        let thread = std::thread::spawn(move || live(begins, &log, started, ends));
        let (door, statements) = starts.await.unwrap()?;
        Ok(Self { door, statements, end: Some(end), thread: Some(thread) })
    }

    async fn end(mut self, how: End) {
        self.end.take().unwrap().send(how).ok();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn live(
    begins: impl AsyncFnOnce() -> Result<App, Failure>,
    log: &Log,
    started: oneshot::Sender<Result<(Door, Statements), Failure>>,
    end: oneshot::Receiver<End>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _heard = tracing::subscriber::set_default(log.subscriber());
    runtime.block_on(async {
        match begins().await {
            Err(failure) => started.send(Err(failure)).ok().unwrap(),
            Ok(app) => {
                let counts = (app.store().door().clone(), app.store().statements().clone());
                started.send(Ok(counts)).ok().unwrap();
                if let Ok(End::Stop) = end.await {
                    app.stop().await;
                }
            }
        }
    });
    // With the runtime go the tasks that were still at work.
}
