//! An office with one admin, Олег, and one of the staff, Анна, in which hours go by at once.

use std::time::Duration;

use invite_bot::bot::Reminders;
use invite_bot::delivery::RetryPolicy;
use invite_bot::demo::world::Plan;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::Message;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// How often the reminder looks in tests.
const LOOK: Duration = Duration::from_millis(20);

/// Long enough for the reminder to have looked several times.
const QUIET: Duration = Duration::from_millis(150);

/// A zone in which it is this hour now, so that no test runs over midnight.
pub fn zone_where_it_is(hour: i8) -> TimeZone {
    let utc = Timestamp::now().to_zoned(TimeZone::UTC).hour();
    let east = i32::from(hour - utc);
    // From 11 hours west to 12 hours east.
    let east = (east + 35) % 24 - 11;
    TimeZone::fixed(Offset::from_seconds(east * 3600).unwrap())
}

/// One call at a time; it is noon, and the reminder looks often.
fn setup(policy: RetryPolicy) -> BotSettings {
    let usual = BotSettings::default();
    BotSettings {
        plan: Plan { policy, concurrency: 1, ..usual.plan },
        zone: zone_where_it_is(12),
        reminders: Reminders { every: LOOK, ..Reminders::default() },
        ..usual
    }
}

/// Everybody has written to the bot, whose waits are these.
pub async fn office_with(policy: RetryPolicy) -> World {
    let world = World::with(setup(policy)).await;
    for person in [world.anna(), world.oleg()] {
        person.asks("/start", "Здравствуйте").await;
    }
    world
}

pub async fn office() -> World {
    office_with(RetryPolicy::default().scaled(0.005)).await
}

impl World {
    /// The next call to Invoicebox ends like this.
    pub fn answers(&self, status: u16) {
        let body = json!({"error": {"message": "no"}});
        self.invoicebox().answers_next(Scripted::Answer(Reply::json(status, &body)));
    }

    /// Анна's invitation of which nobody knows what became, and Анна knows that.
    pub async fn loses(&self, address: &str) -> i64 {
        self.answers(500);
        let anna = self.anna();
        let number = anna.invites(&Client::of_invoicebox(address)).await;
        anna.sees_of(number, "неизвестно").await;
        self.settles().await;
        number
    }

    /// Lets everything unknown be older by so many milliseconds.
    pub async fn ages(&self, milliseconds: i64) {
        let age = format!("UPDATE invitations SET changed_at = changed_at - {milliseconds}");
        self.changes(&format!("{age} WHERE state = 'unknown'")).await;
    }

    /// The digest is due so much later than now, after the next start.
    pub fn digest_in(&mut self, ahead: SignedDuration) {
        let now = Timestamp::now().to_zoned(self.setup.zone.clone()).time();
        self.setup.reminders.digest_at = now.wrapping_add(ahead);
    }
}

impl Someone {
    /// What they were sent that begins like this.
    pub fn sent(&self, beginning: &str) -> Vec<Message> {
        let chat = self.chat().into_iter();
        chat.filter(|it| it.is_from_bot() && it.text.starts_with(beginning)).collect()
    }

    /// Waits until they were sent so many of these; there are no more of them.
    pub async fn gets(&self, beginning: &str, count: usize) -> Message {
        let look = |chat: &[Message]| {
            let mut fit =
                chat.iter().filter(|it| it.is_from_bot() && it.text.starts_with(beginning));
            fit.nth(count.checked_sub(1)?).cloned()
        };
        let found = self.telegram.until(&self.person, beginning, look).await.unwrap();
        self.gets_no_more(beginning, count).await;
        found
    }

    /// Nothing like this comes beyond the `count` there are.
    pub async fn gets_no_more(&self, beginning: &str, count: usize) {
        tokio::time::sleep(QUIET).await;
        assert_eq!(self.sent(beginning).len(), count, "{}", self.transcript());
    }
}
