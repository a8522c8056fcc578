//! The program itself as a process of its own, which can be killed, between stand-ins.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

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

/// Where the bot lives, and who talks to it.
pub struct House {
    pub ends: Ends,
    pub telegram: Telegram,
    pub anna: Person,
    pub oleg: Person,
    folder: TempDir,
    bot: Option<Child>,
    _plot: Plot,
}

impl House {
    /// Анна is staff, Олег is an admin, the bot does not run yet.
    pub async fn new() -> Self {
        Self::on(Plot::Shared(STREET.read().await)).await
    }

    /// The same, while no other test runs.
    pub async fn alone() -> Self {
        Self::on(Plot::Alone(STREET.write().await)).await
    }

    async fn on(plot: Plot) -> Self {
        let ends = Ends::start().await.unwrap();
        let (cast, folder) = (Cast::default(), tempfile::tempdir().unwrap());
        let house = Self {
            telegram: ends.telegram.clone(),
            ends,
            anna: cast.anna,
            oleg: cast.oleg,
            folder,
            bot: None,
            _plot: plot,
        };
        let store = house.store().await;
        allow(&store, &house.anna, Role::Staff).await.unwrap();
        store.close().await;
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database, as the program itself opens it.
    pub async fn store(&self) -> Store {
        Store::open(&self.path("bot.db")).await.unwrap()
    }

    pub async fn starts(&mut self) {
        assert!(self.bot.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let settings = [
            ("TELOXIDE_TOKEN", self.telegram.token()),
            ("TELOXIDE_API_URL", self.telegram.url()),
            ("DATABASE_URL", format!("sqlite:{}", self.path("bot.db").display())),
            ("ADMIN_IDS", self.oleg.id.to_string()),
            ("INVOICEBOX_TOKEN", "b37c4c689295904ed21eee5d9a48d42e".to_owned()),
            ("INVOICEBOX_PARTNER_ID", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
            ("INVOICEBOX_API_URL", self.ends.invoicebox.url().to_string()),
            ("SEND_DELAY_SECONDS", "0".to_owned()),
        ];
        let bot = Command::new(env!("CARGO_BIN_EXE_invite-bot"))
            .env_clear()
            .envs(settings)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.bot = Some(bot.unwrap());
    }

    /// `kill -9`.
    pub fn is_killed(&mut self) {
        let mut bot = self.bot.take().unwrap();
        bot.kill().unwrap();
        bot.wait().unwrap();
    }

    /// SIGTERM; how it ended.
    pub async fn stops(&mut self) -> Option<i32> {
        let mut bot = self.bot.take().unwrap();
        let pid = bot.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        tokio::task::spawn_blocking(move || bot.wait().unwrap().code()).await.unwrap()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// The first column of every row.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let mut conn = self.connect().await;
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
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

    /// Keeps everybody else from writing to the database, as a full disk would, until dropped.
    pub async fn locks_the_database(&self) -> SqliteConnection {
        let mut conn = self.connect().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.unwrap();
        conn
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path("bot.db")).connect().await.unwrap()
    }

    /// Waits until nothing is left to do in the inbox.
    pub async fn is_settled(&self) {
        self.telegram.is_caught_up().await.unwrap();
        while self.count("inbox WHERE done_at IS NULL AND parked_at IS NULL").await
            + self.count("inbox WHERE done_at IS NOT NULL AND answered = 0").await
            > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Up to the summary of an invitation to Invoicebox. With one provider only the address is
    /// asked for.
    pub async fn fills_in(&self, person: &Person, email: &str) -> Message {
        self.telegram.says(person, "/invite");
        self.telegram.waits_for(person, "На какой e-mail").await.unwrap();
        self.telegram.says(person, email);
        self.telegram.waits_for(person, "Проверьте перед отправкой").await.unwrap()
    }

    /// A whole invitation, accepted.
    pub async fn invites(&self, person: &Person, email: &str) {
        let card = self.fills_in(person, email).await;
        let press = self.telegram.presses_on(person, card.id, "Отправить").await.unwrap();
        press.answer().await.unwrap();
        self.telegram.waits_for(person, "принято сервисом Invoicebox").await.unwrap();
    }

    /// How many messages of the bot a person has that contain this.
    pub fn seen(&self, person: &Person, part: &str) -> usize {
        let chat = self.telegram.chat(person);
        chat.iter().filter(|it| it.is_from_bot() && it.text.contains(part)).count()
    }
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
