//! The program as a process of its own, started as an operator starts it, between stand-ins.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use invite_bot::demo::world::{Cast, Ends, allow};
use invite_bot::domain::Role;
use invite_bot::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use stand_ins::telegram::{Message, Person, Telegram};
use tempfile::TempDir;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Times are taken in a house that stands alone.
static STREET: RwLock<()> = RwLock::const_new(());

#[expect(dead_code, reason = "held while the house stands")]
enum Plot {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

/// The limit of a call to a provider.
pub const TIMEOUT: Duration = Duration::from_secs(2);

pub struct House {
    pub ends: Ends,
    pub telegram: Telegram,
    pub anna: Person,
    pub oleg: Person,
    folder: TempDir,
    pub database: PathBuf,
    bot: Option<Child>,
    _plot: Option<Plot>,
}

impl House {
    /// Анна is staff, Олег is an admin, the bot does not run yet.
    pub async fn new() -> Self {
        Self::with(Some(Plot::Shared(STREET.read().await)), None).await
    }

    /// The same, while no other test runs.
    pub async fn alone() -> Self {
        Self::with(Some(Plot::Alone(STREET.write().await)), None).await
    }

    /// The same with the database there; also beside another house.
    pub async fn at(database: PathBuf) -> Self {
        Self::with(None, Some(database)).await
    }

    async fn with(plot: Option<Plot>, database: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.unwrap_or_else(|| folder.path().join("data").join("bot.db"));
        let ends = Ends::start().await.unwrap();
        let cast = Cast::default();
        let telegram = ends.telegram.clone();
        telegram.gives_up_after(Duration::from_secs(30));
        let store = Store::open(&database).await.unwrap();
        allow(&store, &cast.anna, Role::Staff).await.unwrap();
        store.close().await;
        let (anna, oleg) = (cast.anna, cast.oleg);
        Self { ends, telegram, anna, oleg, folder, database, bot: None, _plot: plot }
    }

    pub fn file(&self, suffix: &str) -> PathBuf {
        let mut path = self.database.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    pub fn command(&self, program: &[&str], args: &[&str]) -> Command {
        let bot = env!("CARGO_BIN_EXE_invite-bot");
        let mut command = match program {
            [] => Command::new(bot),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(bot);
                command
            }
        };
        let settings = [
            ("TELOXIDE_TOKEN", self.telegram.token()),
            ("TELOXIDE_API_URL", self.telegram.url()),
            ("DATABASE_URL", format!("sqlite:{}", self.database.display())),
            ("ADMIN_IDS", self.oleg.id.to_string()),
            ("INVOICEBOX_TOKEN", "b37c4c689295904ed21eee5d9a48d42e".to_owned()),
            ("INVOICEBOX_PARTNER_ID", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
            ("INVOICEBOX_API_URL", self.ends.invoicebox.url().to_string()),
            ("PROVIDER_TIMEOUT_SECONDS", TIMEOUT.as_secs().to_string()),
            ("SEND_DELAY_SECONDS", "0".to_owned()),
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ];
        command.args(args).env_clear().envs(settings).current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    pub fn starts(&mut self) {
        self.starts_by(&[], &[]);
    }

    /// Started by another program, with other settings.
    pub fn starts_by(&mut self, program: &[&str], settings: &[(&str, &str)]) {
        assert!(self.bot.is_none(), "it runs");
        let log =
            File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = self.command(program, &["run"]);
        command.envs(settings.iter().copied());
        let bot = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.bot = Some(bot);
    }

    /// The exit code and what is said on stderr, of a start that must fail.
    pub fn fails_to_start(&self) -> (Option<i32>, String) {
        let ended = self.command(&[], &["run"]).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    }

    pub fn pid(&self) -> String {
        self.bot.as_ref().unwrap().id().to_string()
    }

    /// The longest that one of its threads has waited for a processor: others were at work.
    pub fn has_waited(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let waited = tasks.filter_map(|task| {
            let times = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            times.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
        });
        waited.max().unwrap_or_default()
    }

    /// `kill -9`.
    pub fn is_killed(&mut self) {
        let mut bot = self.bot.take().unwrap();
        bot.kill().unwrap();
        bot.wait().unwrap();
    }

    pub fn signals(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end: the exit code, and how long that took.
    pub async fn ends(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let mut bot = self.bot.take().unwrap();
        let ended = tokio::task::spawn_blocking(move || bot.wait().unwrap().code());
        let code = tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap().unwrap();
        (code, begun.elapsed())
    }

    /// SIGTERM, and a stop as it should be.
    pub async fn stops(&mut self) {
        self.signals("-TERM");
        assert_eq!(self.ends().await.0, Some(0), "{}", self.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub async fn logs(&self, words: &str) {
        let said = async {
            while !self.log().contains(words) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let said = tokio::time::timeout(Duration::from_secs(40), said).await;
        assert!(said.is_ok(), "not in the log: {words}\n{}", self.log());
    }

    pub async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(&self.database).connect().await.unwrap()
    }

    /// The first column of every row.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let mut conn = self.connect().await;
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
    }

    pub async fn states(&self) -> Vec<String> {
        self.rows("SELECT state FROM invitations ORDER BY number").await
    }

    /// Waits until the invitations stand so.
    pub async fn stand(&self, states: &[&str]) {
        let reached = async {
            while self.states().await != states {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(30), reached).await;
        assert!(reached.is_ok(), "{:?}, not {states:?}\n{}", self.states().await, self.log());
    }

    /// Fails if the file contradicts itself.
    pub async fn is_sound(&self) {
        assert_eq!(self.rows("PRAGMA integrity_check").await, ["ok"]);
    }

    /// Keeps everybody else from writing, until dropped.
    pub async fn locks_the_database(&self) -> SqliteConnection {
        let mut conn = self.connect().await;
        sqlx::query("PRAGMA busy_timeout = 20000").execute(&mut conn).await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut conn).await.unwrap();
        conn
    }

    /// Up to the summary of an invitation.
    pub async fn fills_in(&self, email: &str) -> Message {
        self.telegram.says(&self.anna, "/invite");
        self.telegram.waits_for(&self.anna, "На какой e-mail").await.unwrap();
        self.telegram.says(&self.anna, email);
        self.telegram.waits_for(&self.anna, "Проверьте перед отправкой").await.unwrap()
    }

    /// Up to the confirmation.
    pub async fn confirms(&self, email: &str) {
        let card = self.fills_in(email).await;
        let press = self.telegram.presses_on(&self.anna, card.id, "Отправить").await.unwrap();
        press.answer().await.unwrap();
    }

    /// Up to the good end.
    pub async fn invites(&self, email: &str) {
        self.confirms(email).await;
        self.telegram.waits_for(&self.anna, "принято сервисом Invoicebox").await.unwrap();
    }

    /// Waits until the bot shows this to Анна, in whatever message.
    pub async fn anna_sees(&self, part: &str) -> Message {
        sees(&self.telegram, &self.anna, part).await
    }

    /// How often each address got a letter.
    pub fn letters(&self) -> Vec<String> {
        let received = self.ends.invoicebox.received();
        received.into_iter().filter_map(|it| it.email).collect()
    }

    /// How many messages of the bot a person has that contain this.
    pub fn seen(&self, person: &Person, part: &str) -> usize {
        let chat = self.telegram.chat(person);
        chat.iter().filter(|it| it.is_from_bot() && it.text.contains(part)).count()
    }
}

pub async fn sees(telegram: &Telegram, person: &Person, part: &str) -> Message {
    let what = format!("«{part}»");
    let found = telegram.until(person, &what, |messages| {
        messages.iter().rev().find(|it| it.is_from_bot() && it.text.contains(part)).cloned()
    });
    found.await.unwrap()
}

/// Copies a file to where another one may be.
pub fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut bot) = self.bot.take() {
            // It may have ended by itself.
            let _ = bot.kill();
            let _ = bot.wait();
        }
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
