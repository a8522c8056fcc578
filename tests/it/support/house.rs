//! The program as a process of its own between stand-ins, with its database and the people who
//! write to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use invite_bot::demo::world::{DemoPeople, StandIns, allow};
use invite_bot::domain::Role;
use invite_bot::store::Store;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use stand_ins::telegram::{Message, Person, Telegram};
use tempfile::TempDir;

use super::folder::folder;
use super::process::{Process, program_at};
use super::samples::TOKEN;
use super::wait::{PATIENCE, until};

pub struct House {
    pub stand_ins: StandIns,
    pub telegram: Telegram,
    pub anna: Person,
    pub oleg: Person,
    folder: TempDir,
    pub database: PathBuf,
    /// What is started: the one of these sources, or one of a release.
    pub program: PathBuf,
    bot: Option<Process>,
}

impl House {
    /// Анна is staff, Олег is an admin, the bot does not run yet.
    pub async fn new() -> Self {
        let folder = folder();
        let database = folder.path().join("data").join("bot.db");
        Self::with(folder, database).await
    }

    /// The same with the database there; also beside another house.
    pub async fn at(database: PathBuf) -> Self {
        Self::with(folder(), database).await
    }

    /// The same on a real disk, for a database that memory may have no room for.
    pub async fn on_disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("bot.db");
        Self::with(folder, database).await
    }

    async fn with(folder: TempDir, database: PathBuf) -> Self {
        let house = Self::without_a_database(folder, database).await;
        let store = Store::open(&house.database).await.unwrap();
        allow(&store, &house.anna, Role::Staff).await.unwrap();
        // As a bot leaves it that was stopped.
        let (store, _) = store.keep_mark(&house.database, Timestamp::now()).await.unwrap();
        store.close().await;
        house
    }

    /// Without one of these sources: what a release made is to be put there, or made by it.
    pub async fn without_a_database(folder: TempDir, database: PathBuf) -> Self {
        let stand_ins = StandIns::start().await.unwrap();
        let DemoPeople { anna, oleg, .. } = DemoPeople::default();
        let telegram = stand_ins.telegram.clone();
        telegram.gives_up_after(PATIENCE);
        let program = PathBuf::from(env!("CARGO_BIN_EXE_invite-bot"));
        Self { stand_ins, telegram, anna, oleg, folder, database, program, bot: None }
    }

    /// With something in its database, of a bot that was stopped.
    pub async fn with_a_past() -> Self {
        let mut house = Self::new().await;
        house.telegram.says(&house.oleg, "/start");
        house.starts();
        house.invites("first@mail.ru").await;
        house.stops().await;
        house
    }

    /// The database, as the program itself opens it.
    pub async fn store(&self) -> Store {
        Store::open(&self.database).await.unwrap()
    }

    pub fn file(&self, suffix: &str) -> PathBuf {
        let mut path = self.database.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    /// What it is configured with.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TELOXIDE_TOKEN", self.telegram.token()),
            ("TELOXIDE_API_URL", self.telegram.url()),
            ("DATABASE_URL", format!("sqlite:{}", self.database.display())),
            ("ADMIN_IDS", self.oleg.id.to_string()),
            ("INVOICEBOX_TOKEN", TOKEN.to_owned()),
            ("INVOICEBOX_PARTNER_ID", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
            ("INVOICEBOX_API_URL", self.stand_ins.invoicebox.url().to_string()),
            // Far longer than a stand-in takes, also on a busy machine.
            ("PROVIDER_TIMEOUT_SECONDS", "60".to_owned()),
            ("SEND_DELAY_SECONDS", "0".to_owned()),
        ]
    }

    pub fn command(&self, starter: &[&str], args: &[&str]) -> Command {
        let mut command = program_at(&self.program, starter, self.folder.path());
        command.args(args).envs(self.settings());
        command
    }

    pub fn starts(&mut self) {
        self.starts_by(&[], &[]);
    }

    /// Started by another program, with other settings.
    pub fn starts_by(&mut self, starter: &[&str], settings: &[(&str, &str)]) {
        assert!(self.bot.is_none(), "it runs");
        let mut command = self.command(starter, &["run"]);
        command.envs(settings.iter().copied());
        self.bot = Some(Process::start(&mut command, self.log_file()));
    }

    /// The exit code and what is said on stderr, of a start that must fail.
    pub fn fails_to_start(&self) -> (Option<i32>, String) {
        let ended = self.command(&[], &["run"]).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    }

    /// The process, which runs.
    pub fn bot(&self) -> &Process {
        self.bot.as_ref().unwrap()
    }

    /// `kill -9`.
    pub fn is_killed(&mut self) {
        self.bot.take().unwrap().kill();
    }

    /// Waits for the end; the exit code.
    pub async fn ends(&mut self) -> Option<i32> {
        self.bot.take().unwrap().ends().await
    }

    /// SIGTERM, and a stop as it should be.
    pub async fn stops(&mut self) {
        self.bot().signals("-TERM");
        assert_eq!(self.ends().await, Some(0), "{}", self.log());
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    pub async fn logs(&self, words: &str) {
        let said = until(async || self.log().contains(words)).await;
        assert!(said, "not in the log: {words}\n{}", self.log());
    }

    pub async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.database);
        options.busy_timeout(PATIENCE).connect().await.unwrap()
    }

    /// The first column of every row.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let mut conn = self.connect().await;
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
    }

    /// The kinds of all that ever kept it from sending, but for checks of its file.
    pub async fn holds(&self) -> Vec<String> {
        self.rows("SELECT kind FROM holds WHERE kind <> 'unchecked_file'").await
    }

    pub async fn count(&self, of: &str) -> usize {
        let rows = self.rows(&format!("SELECT CAST(count(*) AS TEXT) FROM {of}")).await;
        rows.first().unwrap().parse().unwrap()
    }

    pub async fn does(&self, sql: &str) {
        let mut conn = self.connect().await;
        sqlx::query(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }

    pub async fn states(&self) -> Vec<String> {
        self.rows("SELECT state FROM invitations ORDER BY number").await
    }

    /// Waits until the invitations stand so.
    pub async fn stand(&self, states: &[&str]) {
        let reached = until(async || self.states().await == states).await;
        assert!(reached, "{:?}, not {states:?}\n{}", self.states().await, self.log());
    }

    /// Waits until nothing is left to do in the inbox.
    pub async fn is_settled(&self) {
        self.telegram.is_caught_up().await.unwrap();
        let left = "inbox WHERE (done_at IS NULL AND parked_at IS NULL)
                    OR (done_at IS NOT NULL AND answered = 0)";
        assert!(until(async || self.count(left).await == 0).await, "{}", self.log());
    }

    /// Fails if the file contradicts itself.
    pub async fn is_sound(&self) {
        assert_eq!(self.rows("PRAGMA integrity_check").await, ["ok"]);
    }

    /// Keeps everybody else from writing, until dropped.
    pub async fn locks_the_database(&self) -> SqliteConnection {
        let mut conn = self.connect().await;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut conn).await.unwrap();
        conn
    }

    /// Up to the summary of an invitation to Invoicebox, by Анна. With one provider only the address
    /// is asked for.
    pub async fn fills_in(&self, email: &str) -> Message {
        self.fills_in_as(&self.anna, email).await
    }

    /// Up to the confirmation.
    pub async fn confirms(&self, email: &str) {
        self.confirms_as(&self.anna, email).await;
    }

    /// Up to the good end.
    pub async fn invites(&self, email: &str) {
        self.invites_as(&self.anna, email).await;
    }

    async fn fills_in_as(&self, person: &Person, email: &str) -> Message {
        self.telegram.says(person, "/invite");
        self.telegram.waits_for(person, "На какой e-mail").await.unwrap();
        self.telegram.says(person, email);
        self.telegram.waits_for(person, "Проверьте перед отправкой").await.unwrap()
    }

    pub async fn confirms_as(&self, person: &Person, email: &str) {
        let card = self.fills_in_as(person, email).await;
        let press = self.telegram.presses_on(person, card.id, "Отправить").await.unwrap();
        press.answer().await.unwrap();
    }

    /// The same by somebody else.
    pub async fn invites_as(&self, person: &Person, email: &str) {
        self.confirms_as(person, email).await;
        self.telegram.waits_for(person, "Письмо отправит Invoicebox").await.unwrap();
    }

    /// Waits until the bot shows this to Анна, in whatever message.
    pub async fn anna_sees(&self, part: &str) -> Message {
        sees(&self.telegram, &self.anna, part).await
    }

    /// The JSON of an update in which Анна says this.
    pub fn update_of_anna(&self, update: i64, text: &str) -> String {
        let id = self.anna.id;
        format!(
            r#"{{"update_id":{update},"message":{{"message_id":1,"date":1,
                "chat":{{"id":{id},"type":"private","first_name":"Анна"}},
                "from":{{"id":{id},"is_bot":false,"first_name":"Анна"}},"text":"{text}"}}}}"#
        )
    }

    /// How often each address got a letter.
    pub fn letters(&self) -> Vec<String> {
        let received = self.stand_ins.invoicebox.received();
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
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
