//! What admins are told of the machine the bot runs on: once, and that it is over.

use std::time::Duration;

use invite_bot::bot::{Reminders, WarningLimits};
use invite_bot::room::Room;
use jiff::SignedDuration;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

const EVERYTHING: Room = Room { free: u64::MAX, percent: 101 };
const NOTHING: Room = Room { free: 0, percent: 0 };

/// Looks all the time. Whatever the disk of this machine is like, it is not told of.
fn limits() -> WarningLimits {
    WarningLimits { every: Duration::from_millis(10), room: NOTHING, ..WarningLimits::default() }
}

fn warned_by(limits: WarningLimits) -> BotSettings {
    let reminders = Reminders { warnings: limits, ..Reminders::default() };
    BotSettings { reminders, ..BotSettings::default() }
}

/// Олег has written to the bot, which cannot write first.
async fn world(limits: WarningLimits) -> (World, Someone) {
    let mut world = World::asleep(warned_by(limits)).await;
    let oleg = world.oleg();
    oleg.says("/start");
    world.starts().await;
    (world, oleg)
}

#[tokio::test]
async fn that_the_disk_is_nearly_full_is_told_once_and_taken_back_also_after_restarts() {
    let (mut world, oleg) = world(WarningLimits { room: EVERYTHING, ..limits() }).await;
    let told = oleg.sees("На диске базы мало места").await;
    assert!(told.text.contains("МБ"), "{}", told.text);
    world.restarts().await;
    oleg.asks("/start", "Здравствуйте").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(oleg.heard("мало места").len(), 1, "{}", oleg.transcript());

    world.stops().await;
    world.setup.reminders.warnings.room = NOTHING;
    world.starts().await;
    oleg.sees("На диске базы снова достаточно места").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(oleg.heard("достаточно места").len(), 1, "{}", oleg.transcript());
    assert!(world.anna().heard("диске").is_empty(), "only admins are told");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_once_and_taken_back() {
    let mut world = World::asleep(warned_by(limits())).await;
    let oleg = world.oleg();
    oleg.says("/start");
    world.telegram.clock_is_ahead_by(-45);
    world.starts().await;
    oleg.sees("Часы сервера спешат на 4").await;
    oleg.asks("/start", "Здравствуйте").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(oleg.heard("Часы сервера").len(), 1, "{}", oleg.transcript());
    world.telegram.clock_is_ahead_by(0);
    oleg.asks("/start", "Здравствуйте").await;
    oleg.sees("Часы сервера снова идут верно").await;
    world.telegram.clock_is_ahead_by(3600);
    oleg.asks("/start", "Здравствуйте").await;
    oleg.sees("Часы сервера отстают на 59 минут").await;
}

#[tokio::test]
async fn a_fault_of_the_program_is_told_once_and_a_day_without_one_too() {
    let (mut world, oleg) = world(limits()).await;
    oleg.sees("Здравствуйте").await;
    invite_bot::monitor::count_panic();
    oleg.sees("Во мне нашлась ошибка").await;
    invite_bot::monitor::count_panic();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(oleg.heard("нашлась ошибка").len(), 1, "{}", oleg.transcript());
    world.stops().await;
    world.setup.reminders.warnings.panic = SignedDuration::ZERO;
    world.starts().await;
    oleg.sees("Сутки без ошибок").await;
}

#[tokio::test]
async fn a_hold_that_lasts_is_told_once_and_its_end_too() {
    let (world, oleg) =
        world(WarningLimits { hold: SignedDuration::from_millis(200), ..limits() }).await;
    oleg.sees("Здравствуйте").await;
    let anna = world.anna();
    anna.invites(&Client::of_invoicebox("key@demo.test")).await;
    let told = oleg.sees("Это длится больше часа").await;
    assert!(told.text.contains("не подходит ключ доступа"), "{}", told.text);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(oleg.heard("больше часа").len(), 1, "{}", oleg.transcript());
    oleg.presses_on(&told, "Возобновить Invoicebox").await;
    oleg.sees("Остановка отправки, о которой я писал, снята").await;
    assert!(anna.heard("больше часа").is_empty());
}
