//! The admins' digest: once a day, of what has been unknown for more than a day.

use jiff::SignedDuration;
use jiff::civil::time;
use stand_ins::telegram::Fault;

use super::office::{HOUR, office, zone_where_it_is};
use crate::support::world::World;

const DIGEST: &str = "📋";

const FORGET_THE_DIGEST: &str = "DELETE FROM digests";

async fn with_unknown_ones(count: usize) -> World {
    let world = office().await;
    for i in 0..count {
        world.loses(&format!("client{i}@mail.ru")).await;
    }
    world
}

#[tokio::test]
async fn at_ten_the_admins_are_told_once_of_what_is_older_than_a_day() {
    let mut world = with_unknown_ones(2).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    world.stops().await;
    world.ages(23 * HOUR).await;
    world.changes(FORGET_THE_DIGEST).await;
    world.starts().await;
    world.has("SELECT day FROM digests").await;
    oleg.gets_no_more(DIGEST, 0).await;
    world.stops().await;
    // What is to be said at ten was decided at ten: the day is over.
    world.ages(30 * HOUR).await;
    world.starts().await;
    oleg.gets_no_more(DIGEST, 0).await;
    world.stops().await;
    world.changes("UPDATE digests SET day = '2020-01-01'").await;
    world.starts().await;
    let digest = oleg.gets(DIGEST, 1).await;
    assert!(digest.text.contains(": 2\n"), "{}", digest.text);
    assert!(digest.text.contains("c…@mail.ru") && !digest.text.contains("client"), "masked");
    assert!(digest.text.contains("Анна") && digest.text.contains("2 дня"), "{}", digest.text);
    anna.gets_no_more(DIGEST, 0).await;

    world.restarts().await;
    oleg.gets_no_more(DIGEST, 1).await;
    world.stops().await;
    world.changes("UPDATE digests SET day = date(day, '-1 day')").await;
    world.starts().await;
    oleg.gets(DIGEST, 2).await;
    for number in [1, 2] {
        assert_eq!(world.state(number).await, "unknown", "nobody resolved it");
    }
}

#[tokio::test]
async fn each_of_the_digest_can_be_opened_and_the_digest_stays() {
    let mut world = with_unknown_ones(1).await;
    let oleg = world.oleg();
    world.stops().await;
    world.changes(FORGET_THE_DIGEST).await;
    world.ages(25 * HOUR).await;
    world.starts().await;
    let digest = oleg.gets(DIGEST, 1).await;
    oleg.presses_on(&digest, "№1").await;
    let card = oleg.sees("client0@mail.ru").await;
    assert_ne!(card.id, digest.id);
    assert!(card.button("Письмо дошло").is_some(), "{:?}", card.labels());
    oleg.presses_on(&digest, "Все неизвестные").await;
    oleg.sees("Все приглашения").await;
}

#[tokio::test]
async fn before_ten_nothing_is_said() {
    let mut world = with_unknown_ones(1).await;
    let oleg = world.oleg();
    world.stops().await;
    world.changes(FORGET_THE_DIGEST).await;
    world.ages(25 * HOUR).await;
    world.setup.zone = zone_where_it_is(7);
    assert_eq!(world.setup.reminders.digest_at, time(10, 0, 0, 0));
    world.starts().await;
    oleg.gets_no_more(DIGEST, 0).await;
    // Half a second later it is time.
    world.stops().await;
    world.digest_in(SignedDuration::from_millis(500));
    world.starts().await;
    oleg.gets(DIGEST, 1).await;
}

#[tokio::test]
async fn every_admin_has_a_digest_of_their_own() {
    let mut world = with_unknown_ones(1).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.makes_admin(&format!("/allow {} админ", anna.person.id)).await;
    world.settles().await;
    world.stops().await;
    world.changes(FORGET_THE_DIGEST).await;
    world.ages(25 * HOUR).await;
    world.telegram.fails("sendMessage", 1, Fault::Garbage);
    world.starts().await;
    for admin in [&oleg, &anna] {
        admin.gets(DIGEST, 1).await;
    }
    for admin in [&oleg, &anna] {
        admin.gets_no_more(DIGEST, 1).await;
    }
}
