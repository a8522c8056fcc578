//! What one conversation costs, and what sixteen at once. Counts do not depend on the machine;
//! whoever makes them grow says why, and writes the new figure here.

use invite_bot::domain::Provider::Invoicebox;

use crate::support::people::Client;
use crate::support::world::{Cost, World};

/// Of a conversation of four updates and one call.
///
/// How many notes and waits fall together varies a little.
const ONE: Cost = Cost { statements: 49, commits: 12, syncs: 11, requests: 7 };

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures are printed")]
async fn a_conversation_costs_no_more_than_it_did() {
    let world = World::new().await;
    let anna = world.anna();
    // The first conversation of a person costs a little more.
    let number = anna.invites(&Client::of_invoicebox("first@example.com")).await;
    anna.sees_of(number, "принято").await;
    world.settles().await;

    let before = world.cost();
    let number = anna.invites(&Client::of_invoicebox("second@example.com")).await;
    anna.sees_of(number, "принято").await;
    world.settles().await;
    let cost = world.cost() - before;
    println!("{cost:?}");
    assert!(cost.statements <= ONE.statements, "{cost:?}");
    assert!(cost.commits <= ONE.commits, "{cost:?}");
    assert!(cost.syncs <= ONE.syncs, "{cost:?}");
    assert!(cost.requests <= ONE.requests, "{cost:?}");
    world.exactly(2, Invoicebox);
}
