//! The database of every release under the program of these sources: what people had begun goes on,
//! their old buttons do what they say, and what was queued leaves once.

use std::fs;

use stand_ins::providers::Scripted;
use stand_ins::telegram::{Message, Person, Telegram};

use super::left::{CLOSED, DRAFTED, HELD_UP, QUEUED, UNKNOWN, boris, files, upgraded};
use crate::support::house::{House, sees};
use crate::support::wait::until;

/// The headings of the changelog that have a date, newest first.
fn releases() -> Vec<&'static str> {
    let changes = include_str!("../../../CHANGELOG.md");
    let heading = |line: &'static str| {
        let (version, date) = line.strip_prefix("## [")?.split_once("] — ")?;
        date.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
    };
    changes.lines().filter_map(heading).collect()
}

#[test]
fn the_database_of_every_release_is_kept() {
    let [first, ..] = releases()[..] else { panic!("nothing was released") };
    let kept = files(first)[0].parent().unwrap().to_owned();
    let mut kept: Vec<_> = fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut due: Vec<_> = releases().into_iter().flat_map(files).collect();
    kept.sort();
    due.sort();
    assert_eq!(kept, due, "made by .ci/released-database");
}

fn starts(house: &mut House) {
    let sbis = house.stand_ins.sbis.url().to_string();
    house.starts_by(&[], &[("SBIS_ENABLED", "true"), ("SBIS_API_URL", &sbis)]);
}

/// How many letters an address got.
fn letters(house: &House, email: &str) -> usize {
    let providers = [&house.stand_ins.invoicebox, &house.stand_ins.sbis];
    let received = providers.into_iter().flat_map(|it| it.received());
    received.filter(|it| it.email.as_deref() == Some(email)).count()
}

async fn state(house: &House, email: &str) -> String {
    let newest = format!(
        "SELECT state FROM invitations WHERE email = '{email}' ORDER BY number DESC LIMIT 1"
    );
    house.rows(&newest).await.concat()
}

async fn reaches(house: &House, email: &str, end: &str) {
    let reached = until(async || state(house, email).await == end).await;
    assert!(reached, "{email}: {}, not {end}\n{}", state(house, email).await, house.log());
}

/// The newest message with this button.
#[track_caller]
fn shows(telegram: &Telegram, person: &Person, label: &str) -> i32 {
    let chat = telegram.chat(person);
    chat.iter().rev().find(|it| it.button(label).is_some()).expect(label).id
}

const JOURNAL: &str = "SELECT json_array(id, at, actor, action, invitation, person, provider, stop,
                           hold, before, after) FROM journal ORDER BY id";

#[tokio::test]
async fn what_was_queued_before_the_upgrade_leaves_once() {
    for release in releases() {
        let mut house = upgraded(release).await;
        let before = house.rows(JOURNAL).await;
        assert!(before.len() > 50, "{release}: {}", before.len());
        starts(&mut house);
        reaches(&house, QUEUED, "accepted").await;
        sees(&house.telegram, &boris(), "Письмо отправит Invoicebox").await;
        let holds = house.rows("SELECT kind FROM holds WHERE ended_at IS NULL").await;
        assert_eq!(holds, ["bad_credentials"], "{release}: nothing else keeps it from sending");
        house.stops().await;
        starts(&mut house);
        house.telegram.says(&house.oleg, "/status");
        sees(&house.telegram, &house.oleg, "Все приглашения").await;
        house.stops().await;
        assert_eq!(letters(&house, QUEUED), 1, "{release}");
        assert_eq!(house.letters(), [QUEUED], "{release}: nothing else left by itself");
        let after = house.rows(JOURNAL).await;
        assert_eq!(after[..before.len()], before[..], "{release}: what happened stays as it was");
        house.is_sound().await;
    }
}

#[tokio::test]
async fn a_draft_that_was_begun_before_the_upgrade_is_confirmed_after_it_and_one_letter_leaves() {
    for release in releases() {
        let mut house = upgraded(release).await;
        let (telegram, anna, boris) = (house.telegram.clone(), house.anna.clone(), boris());
        let newest = telegram.last(&anna).unwrap();
        assert!(newest.button("Отправить").is_some(), "{}", newest.transcript());
        starts(&mut house);
        // Twice, as impatient people do.
        let press = telegram.presses_on(&anna, newest.id, "Отправить").await.unwrap();
        let again = press.again();
        press.answer().await.unwrap();
        again.answer().await.unwrap();
        reaches(&house, DRAFTED, "accepted").await;

        // And one of which only the provider was chosen.
        telegram.says(&boris, "half@mail.ru");
        let summary = telegram.waits_for(&boris, "Проверьте перед отправкой").await.unwrap();
        assert!(summary.text.contains("half@mail.ru"), "{}", summary.text);
        house.stops().await;
        assert_eq!(letters(&house, DRAFTED), 1, "{release}");
        assert_eq!(letters(&house, "half@mail.ru"), 0, "{release}");
    }
}

#[tokio::test]
async fn an_old_button_does_what_it_says() {
    for release in releases() {
        let mut house = upgraded(release).await;
        let (telegram, anna, oleg) =
            (house.telegram.clone(), house.anna.clone(), house.oleg.clone());
        let [arrived, resume] = [(&anna, "Письмо дошло"), (&oleg, "Возобновить СБИС")]
            .map(|(person, label)| shows(&telegram, person, label));
        starts(&mut house);
        let press = telegram.presses_on(&anna, arrived, "Письмо дошло").await.unwrap();
        press.answer().await.unwrap();
        reaches(&house, UNKNOWN, "confirmed_sent").await;

        // The key is put right; what waits for it is the newest of all that wait.
        house.stand_ins.sbis.answers_next(Scripted::Accept);
        let press = telegram.presses_on(&oleg, resume, "Возобновить СБИС").await.unwrap();
        let toast = press.answer().await.unwrap();
        assert!(toast.text.contains("снова отправляет"), "{toast:?}");
        reaches(&house, HELD_UP, "accepted").await;
        house.stops().await;
        assert_eq!((letters(&house, UNKNOWN), letters(&house, HELD_UP)), (0, 1), "{release}");
    }
}

#[tokio::test]
async fn who_may_what_and_what_was_not_told_yet_comes_over() {
    for release in releases() {
        let mut house = upgraded(release).await;
        let (telegram, anna, oleg) =
            (house.telegram.clone(), house.anna.clone(), house.oleg.clone());
        let untold = telegram.chat(&oleg).len();
        starts(&mut house);
        // Asked before the upgrade, when Telegram took no answers.
        let list = |chat: &[Message]| {
            chat.iter().skip(untold).find(|it| it.text.contains(CLOSED)).cloned()
        };
        telegram.until(&oleg, "the stop-list", list).await.unwrap();

        telegram.says(&oleg, "/staff");
        let staff = telegram.waits_for(&oleg, "Сотрудники").await.unwrap();
        for name in ["Олег", "Анна", "Борис"] {
            assert!(staff.text.contains(name), "{release}: {}", staff.text);
        }
        telegram.says(&oleg, &format!("somebody@{CLOSED}"));
        telegram.waits_for(&oleg, "стоп-лист").await.unwrap();
        telegram.says(&anna, "/status");
        telegram.waits_for(&anna, "Мои приглашения").await.unwrap();
        house.stops().await;
        house.is_sound().await;
    }
}
