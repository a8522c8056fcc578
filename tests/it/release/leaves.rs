//! The program of a release works for some people and is stopped: what it leaves is kept for the
//! tests of upgrades. `.ci/released-database` asks for it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use stand_ins::telegram::{Fault, Message, Person};

use super::left::{CLOSED, DRAFTED, HELD_UP, Left, QUEUED, UNKNOWN, boris, files, mark_of};
use crate::support::folder::folder;
use crate::support::house::{House, copy, sees};
use crate::support::process::{Process, program_at};
use crate::support::wait::until;

/// The program of the release.
const RELEASE: &str = "INVITE_BOT_RELEASE";

/// Past the updates of the demo that the database begins with.
const UPDATES: i64 = 875_100_001;

#[tokio::test]
#[ignore = "makes a file of the sources: see .ci/released-database"]
async fn a_release_is_stopped_in_the_middle_of_its_work() {
    let Some(program) = env::var_os(RELEASE).map(PathBuf::from) else {
        println!("not made: {RELEASE} names no program");
        return;
    };
    let said = program_at(&program, &[], Path::new("/")).arg("--version").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let release = said.trim().strip_prefix("invite-bot ").unwrap();

    let folder = folder();
    let database = folder.path().join("bot.db");
    let mut house = House::without_a_database(folder, database).await;
    house.program = program;
    week(&house).await;
    work(&mut house).await;

    let (mark, content) = mark_of(&house.database);
    let left = Left { mark, content, telegram: house.telegram.past() };
    let [kept, rest] = files(release);
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    copy(&house.database, &kept);
    fs::write(rest, serde_json::to_string_pretty(&left).unwrap() + "\n").unwrap();
    println!("{}: {} KB", kept.display(), kept.metadata().unwrap().len() / 1024);
}

/// The invitations that the demo opens with, every end among them, as a backup that the release made
/// of the database of its demo.
async fn week(house: &House) {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = program_at(&house.program, &[], scratch.path());
    command.arg("demo").env("TMPDIR", scratch.path());
    let mut demo = Process::start(&mut command, scratch.path().join("log"));
    demo.waits_until_it_says("Демонстрация: ").await;
    let folders = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().path());
    let database = folders.map(|path| path.join("demo.db")).find(|it| it.exists()).unwrap();
    let mut command = program_at(&house.program, &[], scratch.path());
    command.arg("backup").arg(&house.database);
    command.env("DATABASE_URL", format!("sqlite:{}", database.display()));
    assert!(command.status().unwrap().success());
    demo.signals("-INT");
    assert_eq!(demo.ends().await, Some(0));
}

async fn work(house: &mut House) {
    let (oleg, anna, boris) = (house.oleg.clone(), house.anna.clone(), boris());
    let telegram = house.telegram.clone();
    telegram.restarts_ids_at(UPDATES);
    telegram.says(&oleg, "/start");
    telegram.says(&anna, "/start");
    let sbis = house.stand_ins.sbis.url().to_string();
    let settings =
        [("SBIS_ENABLED", "true"), ("SBIS_API_URL", &sbis), ("PROVIDER_TIMEOUT_SECONDS", "2")];
    house.starts_by(&[], &settings);
    // It is a restored backup.
    sees(&telegram, &oleg, "Отправка остановлена").await;
    house.an_admin_says_go().await;

    telegram.says(&oleg, "/allow 1004 Борис");
    telegram.waits_for(&oleg, "1004").await.unwrap();
    telegram.says(&oleg, &format!("/stoplist {CLOSED} просили не писать"));
    telegram.waits_for(&oleg, "Внесено в стоп-лист").await.unwrap();

    house.confirms_through("Invoicebox", &anna, "first@mail.ru").await;
    telegram.waits_for(&anna, "Письмо отправит Invoicebox").await.unwrap();
    house.confirms_through("Invoicebox", &anna, UNKNOWN).await;
    telegram.waits_for(&anna, "Спросите клиента").await.unwrap();
    // After that nothing goes to Invoicebox for a minute.
    telegram.says(&boris, "/start");
    house.confirms_through("Invoicebox", &boris, QUEUED).await;
    sees(&telegram, &boris, "попробую в").await;

    house.confirms_through("СБИС", &oleg, HELD_UP).await;
    sees(&telegram, &oleg, "не подходит ключ").await;

    house.fills_in_through("Invoicebox", &anna, DRAFTED).await;
    telegram.says(&boris, "/invite");
    telegram.waits_for(&boris, "Куда приглашаем").await.unwrap();
    telegram.presses(&boris, "Invoicebox").await.unwrap().answer().await.unwrap();
    telegram.waits_for(&boris, "На какой e-mail").await.unwrap();
    house.is_settled().await;

    // An answer that does not arrive.
    telegram.breaks(Fault::BadGateway);
    telegram.says(&oleg, "/stoplist");
    let waits = until(async || house.count("outbox").await > 0).await;
    assert!(waits, "{}", house.log());
    telegram.is_caught_up().await.unwrap();
    house.stops().await;
    for state in ["queued", "unknown", "accepted", "rejected", "not_sent", "cancelled"] {
        assert!(house.states().await.iter().any(|it| it == state), "{state}");
    }
}

impl House {
    /// With both providers: up to the summary.
    pub(super) async fn fills_in_through(
        &self,
        provider: &str,
        person: &Person,
        email: &str,
    ) -> Message {
        let telegram = &self.telegram;
        telegram.says(person, "/invite");
        telegram.waits_for(person, "Куда приглашаем").await.unwrap();
        telegram.presses(person, provider).await.unwrap().answer().await.unwrap();
        if provider == "СБИС" {
            telegram.waits_for(person, "ИНН").await.unwrap();
            telegram.says(person, "1215107651");
            telegram.waits_for(person, "Это она?").await.unwrap();
            telegram.presses(person, "✅ Да").await.unwrap().answer().await.unwrap();
        }
        telegram.waits_for(person, "e-mail").await.unwrap();
        telegram.says(person, email);
        telegram.waits_for(person, "Проверьте перед отправкой").await.unwrap()
    }

    pub(super) async fn confirms_through(&self, provider: &str, person: &Person, email: &str) {
        let card = self.fills_in_through(provider, person, email).await;
        let press = self.telegram.presses_on(person, card.id, "Отправить").await.unwrap();
        press.answer().await.unwrap();
    }
}
