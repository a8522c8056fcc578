//! The real program, started as an operator starts it, between the same stand-ins: how it ends,
//! and what it never says.

use std::process::Command;
use std::time::{Duration, Instant};

use invite_bot::demo::world::{DemoPeople, StandIns};
use invite_bot::domain::Provider;
use serde_json::json;
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::{Fault, Person, Telegram};
use tempfile::TempDir;

use crate::support::folder::folder;
use crate::support::people::{Client, Someone};
use crate::support::process::{Process, program};
use crate::support::wait::PATIENCE;

/// A server with the program installed, and nothing of ours in the environment.
struct Server {
    stand_ins: StandIns,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

const BEARER: &str = "canary-bearer-5c1f0e";

impl Server {
    async fn new() -> Self {
        let stand_ins = StandIns::start().await.unwrap();
        stand_ins.telegram.gives_up_after(PATIENCE);
        let folder = folder();
        let settings = vec![
            ("TELOXIDE_TOKEN", stand_ins.telegram.token()),
            ("TELOXIDE_API_URL", stand_ins.telegram.url()),
            ("ADMIN_IDS", "100000001".to_owned()),
            ("INVOICEBOX_TOKEN", BEARER.to_owned()),
            ("INVOICEBOX_PARTNER_ID", uuid::Uuid::max().to_string()),
            ("INVOICEBOX_API_URL", stand_ins.invoicebox.url().to_string()),
            ("SBIS_ENABLED", "true".to_owned()),
            ("SBIS_API_URL", stand_ins.sbis.url().to_string()),
            ("PROVIDER_TIMEOUT_SECONDS", "4".to_owned()),
            ("SEND_DELAY_SECONDS", "0".to_owned()),
            ("RUST_LOG", "trace".to_owned()),
        ];
        Self { stand_ins, folder, settings }
    }

    fn telegram(&self) -> &Telegram {
        &self.stand_ins.telegram
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program(&[], self.folder.path());
        command.args(args).envs(self.settings.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Starts the program with some settings changed.
    fn starts(&self, changed: &[(&str, &str)]) -> Process {
        let log = self.folder.path().join(format!("{}.log", uuid::Uuid::new_v4()));
        Process::start(self.command(&["run"]).envs(changed.iter().copied()), log)
    }

    async fn is_up(&self) {
        self.telegram().is_polled().await.unwrap();
    }

    fn person(&self, person: Person) -> Someone {
        Someone::new(self.telegram().clone(), person)
    }

    fn oleg(&self) -> Someone {
        self.person(DemoPeople::default().oleg)
    }

    /// Анна, whom Олег has let in.
    async fn anna(&self) -> Someone {
        let (oleg, anna) = (self.oleg(), self.person(DemoPeople::default().anna));
        anna.asks("/start", "Доступ выдаёт администратор").await;
        oleg.asks("/allow 100000002 Анна", "Доступ открыт").await;
        anna.sees("Вам открыт доступ").await;
        anna
    }
}

#[tokio::test]
async fn a_stop_during_a_call_waits_records_tells_and_ends_with_0() {
    let server = Server::new().await;
    let mut bot = server.starts(&[]);
    let anna = server.anna().await;
    server.stand_ins.invoicebox.answers_next(Scripted::AcceptAfter(Duration::from_millis(700)));
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    server.stand_ins.invoicebox.wait_received(1).await;
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());
    assert_eq!(anna.heard("принято").len(), 1, "{}", anna.transcript());

    let mut bot = server.starts(&[]);
    anna.asks(&format!("/status {number}"), "принято").await;
    bot.signals("-INT");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());
    assert_eq!(server.stand_ins.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn a_killed_program_leaves_a_doubt_and_a_free_database() {
    let server = Server::new().await;
    let mut bot = server.starts(&[]);
    let anna = server.anna().await;
    server.stand_ins.invoicebox.hold();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    server.stand_ins.invoicebox.wait_received(1).await;
    bot.signals("-KILL");
    assert_eq!(bot.ends().await, None);
    server.stand_ins.invoicebox.release();

    let _bot = server.starts(&[]);
    anna.sees_of(number, "неизвестно").await;
    assert_eq!(server.stand_ins.invoicebox.received().len(), 1);
}

#[tokio::test]
async fn a_second_run_by_another_name_of_the_database_ends_with_75() {
    let server = Server::new().await;
    let link = server.folder.path().join("link.db");
    std::os::unix::fs::symlink(server.folder.path().join("target.db"), &link).unwrap();
    let by_link = format!("sqlite:{}", link.display());
    let _bot = server.starts(&[("DATABASE_URL", &by_link)]);
    server.is_up().await;
    let mut second = server.starts(&[("DATABASE_URL", &by_link)]);
    assert_eq!(second.ends().await, Some(75));
}

#[tokio::test]
async fn a_second_run_on_the_same_database_ends_with_75_and_the_short_commands_work() {
    let server = Server::new().await;
    let mut bot = server.starts(&[]);
    server.is_up().await;
    let mut second = server.starts(&[]);
    assert_eq!(second.ends().await, Some(75));
    assert!(second.says().contains("уже работает другой бот"), "{}", second.says());

    let added = server.command(&["admin", "add", "100000002", "Анна"]).output().unwrap();
    assert_eq!(added.status.code(), Some(0));
    let anna = server.person(DemoPeople::default().anna);
    anna.asks("/staff", "Сотрудники").await;
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0));
}

#[tokio::test]
async fn a_wrong_token_ends_with_78_and_is_not_shown() {
    let server = Server::new().await;
    let wrong = "7000000001:canary-token-that-nobody-knows";
    let mut bot = server.starts(&[("TELOXIDE_TOKEN", wrong)]);
    assert_eq!(bot.ends().await, Some(78), "{}", bot.says());
    assert!(bot.says().contains("TELOXIDE_TOKEN"), "{}", bot.says());
    assert!(!bot.says().contains("canary"), "{}", bot.says());
}

#[tokio::test]
async fn telegram_out_of_reach_is_waited_for_and_a_stop_is_still_heard() {
    let server = Server::new().await;
    server.telegram().goes_down().await;
    let mut bot = server.starts(&[]);
    bot.waits_until_it_says("Telegram is out of reach, waiting").await;
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());

    let mut bot = server.starts(&[]);
    bot.waits_until_it_says("Telegram is out of reach, waiting").await;
    server.telegram().comes_back().await.unwrap();
    server.oleg().asks("/start", "Здравствуйте").await;
    server.telegram().goes_down().await;
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_telegram_that_answers_nothing() {
    let server = Server::new().await;
    let mut bot = server.starts(&[]);
    let oleg = server.oleg();
    oleg.asks("/start", "Здравствуйте").await;
    server.telegram().fails("sendMessage", 1, Fault::AnswerLost);
    oleg.asks("/staff", "Сотрудники").await;
    let asked = Instant::now();
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());
    // Less than an answer of Telegram is waited for.
    assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
}

const EMAIL: &str = "canary-address@example.com";
const NAME: &str = "ООО „Канарейка“";
const TYPED: &str = "канарейка поёт";
const PERSON: &str = "Канарейкина";
const INN: &str = "1215107651";

/// Everything that can go wrong, with words in it by which it is known again.
async fn everything_goes_wrong(server: &Server) {
    let StandIns { telegram, invoicebox, sbis, .. } = &server.stand_ins;
    let oleg = server.oleg();
    let anna = Person { last_name: Some(PERSON.to_owned()), ..Person::new(100000002, "Анна") };
    let anna = server.person(anna);
    oleg.asks("/start", "Здравствуйте").await;
    anna.asks(TYPED, "Доступ выдаёт администратор").await;
    oleg.asks(&format!("/allow 100000002 Анна {PERSON}"), "Доступ открыт").await;

    // Telegram talks nonsense, and somebody sends what cannot be read.
    telegram.fails("getUpdates", 1, Fault::Garbage);
    anna.sends(json!({ "sticker": EMAIL, "text": TYPED, "contact": NAME }));
    anna.asks(TYPED, "Не вижу в тексте ни ИНН").await;
    telegram.fails("sendMessage", 1, Fault::Garbage);
    anna.says(TYPED);
    anna.asks(&format!("/status {EMAIL}"), "Ничего не найдено").await;
    telegram.repeat_last_update();
    anna.forges(1, EMAIL).await;

    // The provider repeats what it was told, in every way it can fail.
    // One recipient gets a few letters only: each time it is another one, by much the same name.
    let mut n = 0;
    let mut client = |provider| {
        n += 1;
        let (kpp, email) = (format!("{}", 121_501_001 + n), format!("{n}.{EMAIL}"));
        Client { name: NAME.to_owned(), kpp, ..Client::of(provider, &email) }
    };
    let echo = format!("{EMAIL} {INN} {NAME} {BEARER}");
    let html = format!("<html>{echo}</html>");
    let page = |status| Reply {
        status,
        headers: vec![("content-type".into(), "text/html".into())],
        body: html.clone(),
    };
    let refused =
        json!({ "error": { "message": echo, "fields": [{ "name": echo, "message": echo }] } });
    let rpc = json!({ "jsonrpc": "2.0", "error": { "code": 1, "message": echo }, "id": 0 });
    let strange = json!({ "jsonrpc": "2.0", "result": echo, "id": 0 });
    for (stand_in, scripted, word) in [
        (invoicebox, Scripted::Accept, "принято"),
        (invoicebox, Scripted::Answer(Reply::json(422, &refused)), "отказ"),
        (sbis, Scripted::Accept, "принято"),
        (sbis, Scripted::Answer(Reply::json(500, &rpc)), "отказ"),
        (sbis, Scripted::Answer(Reply::json(200, &strange)), "принято"),
        (sbis, Scripted::Hang, "неизвестно"),
    ] {
        stand_in.answers_next(scripted);
        let provider =
            if std::ptr::eq(stand_in, sbis) { Provider::Sbis } else { Provider::Invoicebox };
        let number = anna.invites(&client(provider)).await;
        let card = anna.sees_of(number, word).await;
        if word == "неизвестно" {
            anna.presses_on(&card, "Письма нет").await;
        }
    }
    anna.fills_in(&client(Provider::Invoicebox)).await;
    invoicebox.go_down().await;
    let number = anna.confirms().await;
    let card = anna.sees_of(number, "Нет связи").await;
    anna.presses_on(&card, "Не отправлять").await;
    invoicebox.come_up().await.unwrap();
    invoicebox.answers_next(Scripted::Answer(Reply::json(401, &refused)));
    let number = anna.invites(&client(Provider::Invoicebox)).await;
    anna.sees_of(number, "Админ знает").await;
    let notice = oleg.sees("не подходит ключ").await;
    oleg.presses_on(&notice, "Возобновить").await;
    anna.sees_of(number, "принято").await;
    invoicebox.answers_next(Scripted::Answer(page(500)));
    let number = anna.invites(&client(Provider::Invoicebox)).await;
    anna.sees_of(number, "неизвестно").await;

    telegram.blocks(&anna.person);
    oleg.asks("/revoke 100000002", "Доступ отозван").await;
    telegram.goes_down().await;
    telegram.comes_back().await.unwrap();
    oleg.asks("/status", "Все приглашения").await;
}

#[tokio::test]
async fn nothing_that_is_secret_or_personal_is_ever_logged() {
    keeps_its_secrets("text").await;
}

#[tokio::test]
async fn nothing_that_is_secret_or_personal_is_ever_logged_for_machines() {
    keeps_its_secrets("json").await;
}

async fn keeps_its_secrets(format: &str) {
    let server = Server::new().await;
    let mut bot = server.starts(&[("LOG_FORMAT", format)]);
    everything_goes_wrong(&server).await;
    bot.signals("-TERM");
    assert_eq!(bot.ends().await, Some(0), "{}", bot.says());
    let said = bot.says();
    assert!(said.contains("called"), "the log is not empty: {said}");
    let token = server.telegram().token();
    let (_, secret) = token.split_once(':').unwrap();
    for secret in [secret, BEARER, "canary", EMAIL, INN, NAME, "Канарейк", TYPED] {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    // Nor as a machine may spell it.
    assert!(!said.to_lowercase().contains("\\u043a\\u0430\\u043d\\u0430\\u0440"), "{said}");
}
