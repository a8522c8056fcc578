//! An office with one admin, Олег, and one of the staff, Анна.

use std::time::Duration;

use invite_bot::app::App;
use invite_bot::bot::Reminders;
use invite_bot::config::Config;
use invite_bot::delivery::Policy;
use invite_bot::demo::world::{Cast, Ends, Plan, allow};
use invite_bot::domain::{Invitation, Number, PersonId, Role, State};
use invite_bot::store::Store;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::{Message, Person, Telegram};
use tempfile::TempDir;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// How often the reminder looks in tests.
pub const LOOK: Duration = Duration::from_millis(20);

/// Long enough for everything here on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// Long enough for the reminder to have looked several times.
pub const QUIET: Duration = Duration::from_millis(150);

pub struct Office {
    pub ends: Ends,
    pub telegram: Telegram,
    pub anna: Person,
    pub oleg: Person,
    pub zone: TimeZone,
    pub policy: Policy,
    /// As in earnest, but for how often it is looked.
    pub reminders: Reminders,
    plan: Plan,
    cast: Cast,
    folder: TempDir,
    app: Option<App>,
}

/// A zone in which it is this hour now, so that no test runs over midnight.
pub fn zone_where_it_is(hour: i8) -> TimeZone {
    let utc = Timestamp::now().to_zoned(TimeZone::UTC).hour();
    let east = i32::from(hour - utc);
    // From 11 hours west to 12 hours east.
    let east = (east + 35) % 24 - 11;
    TimeZone::fixed(Offset::from_seconds(east * 3600).unwrap())
}

pub fn id(person: &Person) -> PersonId {
    PersonId::new(person.id).unwrap()
}

impl Office {
    /// Everybody has written to the bot, which is not started yet. It is noon.
    pub async fn new() -> Self {
        let (ends, cast) = (Ends::start().await.unwrap(), Cast::default());
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("invite-bot.db")).await.unwrap();
        allow(&store, &cast.anna, Role::Staff).await.unwrap();
        store.close().await;
        let (anna, oleg) = (cast.anna.clone(), cast.oleg.clone());
        let telegram = ends.telegram.clone();
        telegram.gives_up_after(PATIENCE);
        for person in [&anna, &oleg] {
            telegram.says(person, "/start");
        }
        Self {
            ends,
            telegram,
            anna,
            oleg,
            zone: zone_where_it_is(12),
            policy: Policy::default().scaled(0.005),
            reminders: Reminders { every: LOOK, ..Reminders::default() },
            plan: Plan {
                concurrency: 1,
                timeout: Duration::from_secs(60),
                send_delay: Duration::ZERO,
                ..Plan::default()
            },
            cast,
            folder,
            app: None,
        }
    }

    /// The same, started.
    pub async fn open() -> Self {
        let mut office = Self::new().await;
        office.starts().await;
        for person in [&office.anna, &office.oleg] {
            office.telegram.waits_for(person, "Здравствуйте").await.unwrap();
        }
        office
    }

    pub async fn starts(&mut self) {
        let database = self.folder.path().join("invite-bot.db");
        let config = self.ends.config(&self.plan, &self.cast, &database).unwrap();
        let config = Config { time_zone: self.zone.clone(), ..config };
        let reminders = self.reminders.clone();
        self.app = Some(App::start_with(config, self.policy.clone(), reminders).await.unwrap());
        self.telegram.is_polled().await.unwrap();
    }

    pub async fn stops(&mut self) {
        self.app.take().unwrap().stop().await;
    }

    pub async fn restarts(&mut self) {
        self.stops().await;
        self.starts().await;
    }

    pub fn store(&self) -> &Store {
        self.app.as_ref().unwrap().store()
    }

    pub async fn invitation(&self, number: i64) -> Invitation {
        let mut tx = self.store().begin().await.unwrap();
        tx.invitation(Number(number)).await.unwrap().unwrap()
    }

    pub async fn state(&self, number: i64) -> State {
        self.invitation(number).await.state
    }

    /// The next call to Invoicebox ends like this.
    pub fn answers(&self, status: u16) {
        let body = json!({"error": {"message": "no"}});
        self.ends.invoicebox.answers_next(Scripted::Answer(Reply::json(status, &body)));
    }

    /// Анна invites somebody through Invoicebox; the message that shows how it stands.
    pub async fn invites(&self, address: &str) -> Message {
        self.fills_in(address).await;
        self.confirms(address).await
    }

    /// Анна confirms the summary with this address; the message that shows how it stands.
    pub async fn confirms(&self, address: &str) -> Message {
        self.telegram.presses(&self.anna, "Отправить").await.unwrap().answer().await.unwrap();
        let fits = |it: &&Message| it.text.contains("№") && it.text.contains(address);
        let look = |chat: &[Message]| chat.iter().find(fits).cloned();
        self.telegram.until(&self.anna, address, look).await.unwrap()
    }

    /// Анна fills everything in and does not confirm.
    pub async fn fills_in(&self, address: &str) {
        self.telegram.says(&self.anna, "/invite");
        self.telegram.waits_for(&self.anna, "Куда приглашаем").await.unwrap();
        self.telegram.presses(&self.anna, "Invoicebox").await.unwrap();
        self.telegram.waits_for(&self.anna, "e-mail").await.unwrap();
        self.telegram.says(&self.anna, address);
        self.telegram.waits_for(&self.anna, "Проверьте перед отправкой").await.unwrap();
    }

    /// Анна's invitation of which nobody knows what became, and Анна knows that.
    pub async fn loses(&self, address: &str) -> i64 {
        let before = self.ends.invoicebox.received().len();
        self.answers(500);
        let message = self.invites(address).await;
        let message = self.shows(message.id, "неизвестно").await;
        assert_eq!(self.ends.invoicebox.received().len(), before + 1);
        let number = message.text.split('№').nth(1).unwrap();
        let number = number.split(':').next().unwrap().parse().unwrap();
        let seq = self.invitation(number).await.seq;
        self.until_sql(&format!(
            "SELECT 1 FROM invitations WHERE number = {number} AND told_seq = {seq}"
        ))
        .await;
        number
    }

    /// Waits until one of Анна's messages says this.
    pub async fn shows(&self, message: i32, part: &str) -> Message {
        let look = |chat: &[Message]| {
            chat.iter().find(|it| it.id == message && it.text.contains(part)).cloned()
        };
        self.telegram.until(&self.anna, part, look).await.unwrap()
    }

    /// What a person was sent that begins like this.
    pub fn sent(&self, person: &Person, beginning: &str) -> Vec<Message> {
        let chat = self.telegram.chat(person).into_iter();
        chat.filter(|it| it.is_from_bot() && it.text.starts_with(beginning)).collect()
    }

    /// Waits until a person was sent so many of these; there are no more of them.
    pub async fn gets(&self, person: &Person, beginning: &str, count: usize) -> Message {
        let look = |chat: &[Message]| {
            let mut fit =
                chat.iter().filter(|it| it.is_from_bot() && it.text.starts_with(beginning));
            fit.nth(count.checked_sub(1)?).cloned()
        };
        let found = self.telegram.until(person, beginning, look).await.unwrap();
        self.stays_quiet(person, beginning, count).await;
        found
    }

    /// Nothing like this comes beyond the `count` there are.
    pub async fn stays_quiet(&self, person: &Person, beginning: &str, count: usize) {
        tokio::time::sleep(QUIET).await;
        let sent = self.sent(person, beginning);
        assert_eq!(sent.len(), count, "{}", self.telegram.transcript(person));
    }

    /// Lets everything unknown be older by so many milliseconds.
    pub async fn ages(&self, milliseconds: i64) {
        self.sql(&format!(
            "UPDATE invitations SET changed_at = changed_at - {milliseconds} WHERE state = 'unknown'"
        ))
        .await;
    }

    pub async fn sql(&self, sql: &str) {
        let mut conn = self.options().connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
    }

    /// Waits until a query finds something.
    pub async fn until_sql(&self, sql: &str) {
        let mut conn = self.options().connect().await.unwrap();
        let found = async {
            while sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut conn).await.unwrap().is_none()
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap();
    }

    fn options(&self) -> SqliteConnectOptions {
        let options = SqliteConnectOptions::new();
        options
            .filename(self.folder.path().join("invite-bot.db"))
            .busy_timeout(Duration::from_secs(5))
    }

    /// The digest is due so much later than now, after the next start.
    pub fn digest_in(&mut self, ahead: SignedDuration) {
        let now = Timestamp::now().to_zoned(self.zone.clone()).time();
        self.reminders.digest_at = now.wrapping_add(ahead);
    }
}
