//! Another program takes this bot's updates: it may be a bot with a copy of the database that sends
//! the same queue. Nothing is sent until an admin says that this bot is alone.

use std::time::Duration;

use invite_bot::domain::Provider::Invoicebox;
use stand_ins::telegram::Telegram;
use tokio::task::JoinSet;

use crate::support::people::Client;
use crate::support::wait::PATIENCE;
use crate::support::world::World;

const OPEN: &str = "SELECT kind FROM holds WHERE ended_at IS NULL";

const GO_ON: &str = "Другой нет, продолжить отправку";

/// A program that polls with the same token, as long as it is kept.
fn another_program(telegram: &Telegram) -> JoinSet<()> {
    let url = format!("{}/bot{}/getUpdates?timeout=1", telegram.url(), telegram.token());
    let mut program = JoinSet::new();
    program.spawn(async move {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        loop {
            // What it gets, it keeps to itself.
            let _answer = client.get(&url).send().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    program
}

/// Lets the other program look as if it was noticed last two minutes ago.
async fn time_goes_by(world: &World) {
    world.changes("UPDATE holds SET until = until - 120000 WHERE until > 0").await;
}

/// Олег hears of another program, which is stopped then.
async fn a_world_that_was_not_alone() -> World {
    let world = World::new().await;
    let oleg = world.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    let program = another_program(&world.telegram);
    let notice = oleg.sees("Отправка остановлена").await;
    assert!(notice.text.contains("ещё одна программа"), "{}", notice.text);
    drop(program);
    let log = world.takes_log();
    assert_eq!(log.matches("another program takes updates").count(), 1, "{log}");
    world
}

#[tokio::test]
async fn nothing_is_sent_beside_another_program_until_an_admin_says_that_there_is_none() {
    let world = a_world_that_was_not_alone().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let card = anna.sees_of(number, "в очереди").await;
    assert!(card.text.contains("Сам я его пока не отправляю"), "{}", card.text);
    time_goes_by(&world).await;
    oleg.asks("/start", "Отправка остановлена").await;
    assert_eq!(world.calls(Invoicebox), 0);

    assert_eq!(oleg.presses(GO_ON).await, "Снова отправляю.");
    oleg.sees("Снова отправляю").await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
    let journal = world.journal().await;
    assert!(journal.contains("бот polling_conflict : — → —\n"), "{journal}");
    assert!(journal.contains("Олег confirm_single_instance : — → —"), "{journal}");
    world.settles().await;
    assert_eq!(oleg.heard("часть сообщений и нажатий достаётся ей").len(), 1, "told once");
}

#[tokio::test]
async fn nobody_can_say_that_it_is_gone_a_moment_after_it_was_noticed() {
    let world = a_world_that_was_not_alone().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let toast = oleg.presses(GO_ON).await;
    assert!(toast.contains("ещё работает"), "{toast}");
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "в очереди").await;
    assert_eq!(world.calls(Invoicebox), 0);
}

#[tokio::test]
async fn of_two_bots_with_one_token_both_stop_sending() {
    let world = World::new().await;
    world.oleg().asks("/start", "Здравствуйте").await;
    let elsewhere = world.bot_elsewhere().await;
    world.logs_times(2, "another program takes updates").await;
    drop(elsewhere);
    assert_eq!(world.rows(OPEN).await, ["polling_conflict"]);
    world.takes_log();
}

#[tokio::test]
async fn a_restart_does_not_forget_another_program() {
    let mut world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    // What waits for the answer of a provider is finished; what comes after it is not begun.
    world.invoicebox().hold();
    let first = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().wait_received(1).await;
    let program = another_program(&world.telegram);
    oleg.sees("Отправка остановлена").await;
    world.invoicebox().release();
    anna.sees_of(first, "принято").await;
    let second = anna.invites(&Client::of_invoicebox("other@example.com")).await;
    anna.sees_of(second, "в очереди").await;
    drop(program);
    world.restarts().await;
    oleg.asks("/start", "Отправка остановлена").await;
    world.settles().await;
    assert_eq!(world.state(second).await, "queued");
    world.exactly(1, Invoicebox);
    assert_eq!(oleg.heard("часть сообщений").len(), 1, "told once");
    world.takes_log();
}

#[tokio::test]
async fn staff_cannot_say_that_there_is_no_other_program() {
    let world = a_world_that_was_not_alone().await;
    time_goes_by(&world).await;
    let anna = world.anna();
    let home = anna.asks("/start", "Отправка остановлена").await;
    assert!(home.button(GO_ON).is_none(), "{}", home.transcript());
    let hold = &world.rows("SELECT CAST(id AS TEXT) FROM holds WHERE ended_at IS NULL").await[0];
    let forged = anna.forges(home.id, &format!("r:{hold}:")).await;
    assert_eq!(forged, "Такой кнопки здесь нет. Ничего не сделано.");
    assert_eq!(world.rows(OPEN).await, ["polling_conflict"]);
}
