//! What one conversation costs: commits and requests to Telegram. Counts do not depend on the
//! machine; whoever makes them grow says why, and writes the new figure here.

use invite_bot::domain::Provider::Invoicebox;

use crate::support::people::Client;
use crate::support::world::World;

/// What a conversation of four updates and one call costs.
const COMMITS: usize = 23;
const REQUESTS: usize = 9;

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are printed")]
async fn a_conversation_costs_no_more_than_it_did() {
    let world = World::new().await;
    let anna = world.anna();
    // The first conversation of a person costs a little more.
    let number = anna.invites(&Client::of_invoicebox("first@example.com")).await;
    anna.sees_of(number, "принято").await;
    world.settles().await;

    let before = (world.commits(), requests(&world));
    let number = anna.invites(&Client::of_invoicebox("second@example.com")).await;
    anna.sees_of(number, "принято").await;
    world.settles().await;
    let (commits, requests) = (world.commits() - before.0, requests(&world) - before.1);
    println!("commits {commits}, requests {requests}");
    assert!(commits <= COMMITS, "{commits} commits");
    assert!(requests <= REQUESTS, "{requests} requests");
    world.exactly(2, Invoicebox);
}

/// How many requests the bot has made, but for its polls.
fn requests(world: &World) -> usize {
    let requests = world.telegram.requests();
    requests.iter().filter(|it| !it.method.eq_ignore_ascii_case("getUpdates")).count()
}
