//! The way to Telegram leads through somebody else's servers, and they are as they are.

use std::time::Duration;

use invite_bot::bot::Route;
use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::Client;
use crate::support::proxy::{Proxy, Way};
use crate::support::wait::until;
use crate::support::world::{BotSettings, World};

const SWITCHED: &str = "Telegram is reached by another route";

fn by(routes: Vec<Route>) -> BotSettings {
    BotSettings { routes, ..BotSettings::default() }
}

/// Anna invites, and one letter leaves.
async fn anna_invites(world: &World) {
    let number = world.anna().invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.anna().sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

/// The bot starts while the first way is no way, and goes by the second.
async fn the_second_is_taken_for(way: Way) {
    let (bad, good) = (Proxy::start(way).await, Proxy::start(Way::Open).await);
    let mut world = World::asleep(by(vec![bad.route(), good.route()])).await;
    world.starts().await;
    anna_invites(&world).await;
    assert!(good.opened() > 0, "by the second");
    let log = world.takes_log();
    assert_eq!(log.matches(SWITCHED).count(), 1, "{log}");
    assert!(!log.contains("p%40s") && !log.contains("p@s"), "a password is shown: {log}");
}

#[tokio::test]
async fn a_proxy_that_is_gone_is_left_for_the_next() {
    the_second_is_taken_for(Way::Dead).await;
}

#[tokio::test]
async fn a_proxy_that_takes_connections_and_says_nothing_is_left_for_the_next() {
    the_second_is_taken_for(Way::Silent).await;
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_left_for_the_next() {
    the_second_is_taken_for(Way::Password).await;
}

#[tokio::test]
async fn a_proxy_that_shows_a_page_of_its_own_is_left_for_the_next() {
    the_second_is_taken_for(Way::Page).await;
}

#[tokio::test]
#[ignore = "three polls have to hang for 40 s: a proof, run by .ci/run"]
async fn a_proxy_that_answers_questions_and_no_polls_is_left_for_the_next() {
    let (bad, good) = (Proxy::start(Way::SwallowsPolls).await, Proxy::start(Way::Open).await);
    let mut world = World::asleep(by(vec![bad.route(), good.route()])).await;
    world.starts().await;
    anna_invites(&world).await;
    assert!(bad.opened() > 0 && good.opened() > 0);
    assert_eq!(world.takes_log().matches(SWITCHED).count(), 1);
}

#[tokio::test]
async fn a_way_that_is_cut_in_the_middle_of_everything_loses_nothing() {
    let (first, second) = (Proxy::start(Way::Open).await, Proxy::start(Way::Open).await);
    let world = World::with(by(vec![first.route(), second.route()])).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("first@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    assert_eq!(second.opened(), 0, "first works, first used");

    first.becomes(Way::Dead);
    let number = anna.invites(&Client::of_invoicebox("second@mail.ru")).await;
    anna.sees_of(number, "принято").await;

    assert!(second.opened() > 0);
    world.exactly(2, Invoicebox);
    let log = world.takes_log();
    assert_eq!(log.matches(SWITCHED).count(), 1, "{log}");
    let holds = world.rows("SELECT kind FROM holds").await;
    assert!(holds.is_empty(), "the old poll is no second program: {holds:?}");
}

#[tokio::test]
async fn of_two_dead_ways_the_one_that_comes_back_is_taken() {
    let (first, second) = (Proxy::start(Way::Dead).await, Proxy::start(Way::Dead).await);
    let mut world = World::asleep(by(vec![first.route(), second.route()])).await;
    world.starts_in_the_dark().await;
    assert!(until(async || world.logged().matches("out of reach").count() > 3).await);

    second.becomes(Way::Open);
    anna_invites(&world).await;
    assert!(second.opened() > 0);
    world.takes_log();
}

#[tokio::test]
async fn a_direct_way_is_never_taken_unless_it_is_written() {
    let dead = Proxy::start(Way::Dead).await;
    let mut world = World::asleep(by(vec![dead.route()])).await;
    world.starts_in_the_dark().await;
    assert!(until(async || world.logged().matches("out of reach").count() > 4).await);
    assert!(world.telegram.requests().is_empty(), "nothing came to Telegram");
    world.takes_log();

    let mut world = World::asleep(by(vec![dead.route(), Route::Direct])).await;
    world.starts().await;
    anna_invites(&world).await;
    world.takes_log();
}

#[tokio::test]
async fn a_proxy_that_ends_what_is_silent_is_no_outage() {
    let proxy = Proxy::start(Way::CutsAfter(Duration::from_secs(3))).await;
    let world = World::with(by(vec![proxy.route()])).await;
    world.logs("they are shorter now").await;
    anna_invites(&world).await;
    let log = world.logged();
    assert!(!log.contains("taking no updates"), "{log}");
}

#[tokio::test]
async fn a_relay_that_repeats_requests_is_no_second_program() {
    let relay = Proxy::start(Way::Repeats).await;
    let world = World::with(by(vec![relay.route()])).await;
    anna_invites(&world).await;
    let holds = world.rows("SELECT kind FROM holds").await;
    assert!(holds.is_empty(), "{holds:?}");
    // Answers to presses, too, came twice.
    assert!(world.takes_refusals().iter().all(|it| it.contains("query is too old")));
    world.takes_log();
}

#[tokio::test]
async fn a_name_whose_first_address_is_dead_is_reached_by_the_next() {
    let by_name = BotSettings { telegram_by_name: true, ..BotSettings::default() };
    anna_invites(&World::with(by_name).await).await;
}

#[tokio::test]
async fn the_proxy_of_the_providers_is_theirs_alone_and_its_failures_leave_no_doubt() {
    let proxy = Proxy::start(Way::Open).await;
    let provider_proxy = Some(invite_bot::providers::Proxy::parse(&proxy.address()).unwrap());
    let world = World::with(BotSettings { provider_proxy, ..BotSettings::default() }).await;
    let anna = world.anna();
    assert_eq!(proxy.opened(), 0, "Telegram is reached directly");
    let number = anna.invites(&Client::of_sbis("first@example.com")).await;
    anna.sees_of(number, "принято").await;
    assert_eq!(proxy.opened(), 1, "a connection for each call");

    for (way, email) in [(Way::Password, "second@example.com"), (Way::Dead, "third@example.com")] {
        proxy.becomes(way);
        let client = Client::of_invoicebox(email);
        let number = anna.invites(&client).await;
        let card = anna.sees_of(number, "не отправлено").await;
        assert!(card.text.contains("Нет связи"), "{way:?}: {}", card.text);
    }
    world.exactly(1, Sbis);
    world.exactly(0, Invoicebox);
}
