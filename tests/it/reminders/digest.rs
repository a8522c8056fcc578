//! The admins' digest: once a day, of what has been unknown for more than a day.

use invite_bot::demo::world::allow;
use invite_bot::domain::{Role, State};
use jiff::SignedDuration;
use jiff::civil::time;
use stand_ins::telegram::Fault;

use super::office::{HOUR, Office, zone_where_it_is};

const DIGEST: &str = "📋";

async fn with_unknown_ones(count: usize) -> Office {
    let office = Office::open().await;
    for i in 0..count {
        office.loses(&format!("client{i}@mail.ru")).await;
    }
    office
}

#[tokio::test]
async fn at_ten_the_admins_are_told_once_of_what_is_older_than_a_day() {
    let mut office = with_unknown_ones(2).await;
    office.stops().await;
    office.ages(23 * HOUR).await;
    office.sql("DELETE FROM digests").await;
    office.starts().await;
    office.until_sql("SELECT 1 FROM digests").await;
    office.stays_quiet(&office.oleg, DIGEST, 0).await;
    office.stops().await;
    // What is to be said at ten was decided at ten: the day is over.
    office.ages(30 * HOUR).await;
    office.starts().await;
    office.stays_quiet(&office.oleg, DIGEST, 0).await;
    office.stops().await;
    office.sql("UPDATE digests SET day = '2020-01-01'").await;
    office.starts().await;
    let digest = office.gets(&office.oleg, DIGEST, 1).await;
    assert!(digest.text.contains(": 2\n"), "{}", digest.text);
    assert!(digest.text.contains("c…@mail.ru") && !digest.text.contains("client"), "masked");
    assert!(digest.text.contains("Анна") && digest.text.contains("2 дня"), "{}", digest.text);
    office.stays_quiet(&office.anna, DIGEST, 0).await;

    office.restarts().await;
    office.stays_quiet(&office.oleg, DIGEST, 1).await;
    office.stops().await;
    office.sql("UPDATE digests SET day = date(day, '-1 day')").await;
    office.starts().await;
    office.gets(&office.oleg, DIGEST, 2).await;
    for number in [1, 2] {
        assert_eq!(office.state(number).await, State::Unknown, "nobody resolved it");
    }
}

#[tokio::test]
async fn each_of_the_digest_can_be_opened_and_the_digest_stays() {
    let mut office = with_unknown_ones(1).await;
    office.stops().await;
    office.sql("DELETE FROM digests").await;
    office.ages(25 * HOUR).await;
    office.starts().await;
    let digest = office.gets(&office.oleg, DIGEST, 1).await;
    office.telegram.presses_on(&office.oleg, digest.id, "№1").await.unwrap();
    let card = office.telegram.waits_for(&office.oleg, "client0@mail.ru").await.unwrap();
    assert_ne!(card.id, digest.id);
    assert!(card.button("Письмо дошло").is_some(), "{:?}", card.labels());
    office.telegram.presses_on(&office.oleg, digest.id, "Все неизвестные").await.unwrap();
    office.telegram.waits_for(&office.oleg, "Все приглашения").await.unwrap();
}

#[tokio::test]
async fn before_ten_nothing_is_said() {
    let mut office = with_unknown_ones(1).await;
    office.stops().await;
    office.sql("DELETE FROM digests").await;
    office.ages(25 * HOUR).await;
    office.zone = zone_where_it_is(7);
    assert_eq!(office.reminders.digest_at, time(10, 0, 0, 0));
    office.starts().await;
    office.stays_quiet(&office.oleg, DIGEST, 0).await;
    // Half a second later it is time.
    office.stops().await;
    office.digest_in(SignedDuration::from_millis(500));
    office.starts().await;
    office.gets(&office.oleg, DIGEST, 1).await;
}

#[tokio::test]
async fn every_admin_has_a_digest_of_their_own() {
    let mut office = with_unknown_ones(1).await;
    allow(office.store(), &office.anna, Role::Admin).await.unwrap();
    office.stops().await;
    office.sql("DELETE FROM digests").await;
    office.ages(25 * HOUR).await;
    office.telegram.fails("sendMessage", 1, Fault::Garbage);
    office.starts().await;
    for admin in [&office.oleg, &office.anna] {
        office.gets(admin, DIGEST, 1).await;
    }
    for admin in [&office.oleg, &office.anna] {
        office.stays_quiet(admin, DIGEST, 1).await;
    }
}
