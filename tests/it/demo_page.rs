//! The demo page in a real headless Chromium, with a small scripted bot behind it: what a visitor
//! sees, types and presses. Needs `chromedriver` on the path; run with `--features browser-tests`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use invite_bot::demo::page::{Page, Setting, players};
use serde_json::{Value, json};
use stand_ins::telegram::Telegram;
use teloxide::payloads::{
    AnswerCallbackQuerySetters, EditMessageTextSetters, GetUpdatesSetters, SendMessageSetters,
    SetMyCommandsSetters,
};
use teloxide::prelude::{Bot, ChatId, Request, Requester};
use teloxide::types::{
    BotCommand, BotCommandScope, ChatAction, InlineKeyboardButton, InlineKeyboardMarkup, ParseMode,
    UpdateKind,
};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::wait::PATIENCE;

/// A browser with the page open; both end with it.
struct Visit {
    browser: Client,
    telegram: Telegram,
    panel: Arc<Mutex<Value>>,
    _driver: Driver,
    _page: Page,
    _bot: JoinSet<()>,
}

/// A running chromedriver with a profile of its own.
struct Driver {
    process: Child,
    url: String,
    profile: TempDir,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver must be on the path: {error}"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let url = format!("http://127.0.0.1:{port}");
        Self { process, url, profile: TempDir::new().unwrap() }
    }

    async fn browser(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let options = json!({ "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--no-proxy-server", "--window-size=1400,900", profile,
        ] });
        let wanted = json!({
            "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(wanted) = wanted else { unreachable!("it is written as an object") };
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        ClientBuilder::new(connector).capabilities(wanted).connect(&self.url).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // One that is gone already needs no killing.
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

impl Visit {
    async fn begin() -> Self {
        let telegram = Telegram::start().await.unwrap();
        let mut bot = JoinSet::new();
        bot.spawn(talk(bot_of(&telegram)));
        let panel = Arc::new(Mutex::new(json!({ "providers": [], "log": [] })));
        let seen = Arc::clone(&panel);
        let setting = Setting {
            telegram: telegram.clone(),
            people: players().to_vec(),
            addresses: vec![("client@demo.test".to_owned(), "уже клиент".to_owned())],
            organisations: vec![("2323232323".to_owned(), "ликвидирована".to_owned())],
            panel: Arc::new(move || {
                let seen = seen.lock().unwrap().clone();
                Box::pin(async move { seen })
            }),
        };
        let page = Page::start(setting, None).await.unwrap();
        let driver = Driver::start();
        let browser = driver.browser().await;
        browser.goto(&page.url()).await.unwrap();
        Self { browser, telegram, panel, _driver: driver, _page: page, _bot: bot }
    }

    async fn find(&self, path: &str) -> Element {
        let wait = self.browser.wait().at_most(PATIENCE);
        match wait.for_element(Locator::XPath(path)).await {
            Ok(element) => element,
            Err(error) => {
                panic!("{path}: {error}\n{}", self.browser.source().await.unwrap_or_default())
            }
        }
    }

    /// Waits for words anywhere on the page.
    async fn sees(&self, words: &str) -> Element {
        self.find(&format!("//*[not(self::script) and contains(normalize-space(.), \"{words}\")]"))
            .await
    }

    /// Presses a button by a part of its label.
    async fn presses(&self, label: &str) {
        let button = format!("//button[contains(normalize-space(.), \"{label}\")]");
        click(&self.browser, &button).await;
    }

    async fn types(&self, text: &str) {
        let field = self.browser.find(Locator::Id("text")).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn text_of(&self, id: &str) -> String {
        self.browser.find(Locator::Id(id)).await.unwrap().text().await.unwrap()
    }

    async fn script(&self, source: &str) -> Value {
        self.browser.execute(source, Vec::new()).await.unwrap()
    }

    /// Nothing was written to the browser's console: no script error, no breach of the policy.
    async fn ends_quietly(self) {
        let session = self.browser.session_id().await.unwrap().unwrap();
        let client = reqwest_client();
        let url = format!("{}/session/{session}/se/log", self._driver.url);
        let answer = client.post(url).body(r#"{"type":"browser"}"#).send().await.unwrap();
        let log: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(log.get("value"), Some(&json!([])), "the browser's console");
        self.browser.close().await.unwrap();
    }
}

/// Clicks what is there. The page may draw it anew between the finding and the click: then what
/// was found is no more, and the new one is clicked.
async fn click(browser: &Client, path: &str) {
    for _ in 0..20 {
        let found = browser.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await;
        let found = found.unwrap_or_else(|error| panic!("{path}: {error}"));
        match found.click().await {
            Ok(()) => return,
            Err(error) if error.to_string().contains("stale element") => {}
            Err(error) => panic!("{path}: {error}"),
        }
    }
    panic!("{path}: drawn anew all the time");
}

fn reqwest_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

fn bot_of(telegram: &Telegram) -> Bot {
    let client = teloxide::net::default_reqwest_settings().no_proxy().build().unwrap();
    Bot::with_client(telegram.token(), client).set_api_url(telegram.url().parse().unwrap())
}

/// A bot that knows three answers.
async fn talk(bot: Bot) {
    let commands =
        [BotCommand::new("invite", "Пригласить клиента"), BotCommand::new("status", "Статус")];
    bot.set_my_commands(commands).scope(BotCommandScope::AllPrivateChats).await.unwrap();
    let mut offset = 0;
    loop {
        let Ok(updates) = bot.get_updates().offset(offset).timeout(10).send().await else {
            continue;
        };
        for update in updates {
            offset = i32::try_from(update.id.0).unwrap() + 1;
            match update.kind {
                UpdateKind::Message(message) => {
                    hear(&bot, message.chat.id, message.text().unwrap_or_default()).await;
                }
                UpdateKind::CallbackQuery(query) => {
                    let message = query.regular_message().unwrap();
                    let number = "✅ №1: <b>принято</b>. СБИС отправит письмо в течение минуты";
                    let edit = bot.edit_message_text(message.chat.id, message.id, number);
                    edit.parse_mode(ParseMode::Html).await.unwrap();
                    bot.answer_callback_query(query.id).text("Отправляю").await.unwrap();
                }
                _ => {}
            }
        }
    }
}

async fn hear(bot: &Bot, chat: ChatId, text: &str) {
    if text == "/start" {
        bot.send_message(chat, "Здравствуйте! Пришлите ИНН или нажмите /invite.").await.unwrap();
        return;
    }
    if text == "подумай" {
        bot.send_chat_action(chat, ChatAction::Typing).await.unwrap();
        return;
    }
    let shown = teloxide::utils::html::escape(text);
    let keyboard = InlineKeyboardMarkup::new([[
        InlineKeyboardButton::callback("🚀 Отправить", "1:send"),
        InlineKeyboardButton::url("Написать", "https://t.me/demo_oleg".parse().unwrap()),
    ]]);
    bot.send_message(chat, format!("📋 Проверьте: <code>{shown}</code>"))
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_visitor_invites_somebody_through_the_page() {
    let visit = Visit::begin().await;
    visit.presses("Начать").await;
    visit.sees("Здравствуйте! Пришлите ИНН").await;
    visit.types("iam@mail.ru").await;
    visit.types(&String::from(char::from(Key::Enter))).await;
    visit.find("//div[@id='log']//code[.='iam@mail.ru']").await;
    visit.presses("Отправить").await;
    visit.find("//strong[.='принято']").await;
    visit.find("//span[@class='meta' and starts-with(., 'изменено')]").await;
    visit.find("//div[@id='toast' and .='Отправляю']").await;
    let keys = visit.browser.find_all(Locator::Css(".key")).await.unwrap();
    assert!(keys.is_empty(), "the keyboard went with the edit");
    assert!(visit.telegram.refusals().is_empty());
    visit.ends_quietly().await;
}

#[tokio::test]
async fn what_people_write_is_never_taken_for_html() {
    let visit = Visit::begin().await;
    visit.types("<img src=x onerror=document.title='broken'><b>ООО</b>\u{e007}").await;
    visit.find("//div[@id='log']//code[contains(., '<img src=x')]").await;
    let injected = "return document.querySelectorAll('#log img, #log b').length";
    assert_eq!(visit.script(injected).await, json!(0));
    assert_eq!(visit.browser.title().await.unwrap(), "invite-bot — демо");
    visit.ends_quietly().await;
}

#[tokio::test]
async fn each_person_has_a_chat_of_their_own() {
    let visit = Visit::begin().await;
    visit.types("это Олег\u{e007}").await;
    visit.sees("📋 Проверьте: это Олег").await;
    visit.presses("Анна").await;
    visit.sees("Здесь пока ничего нет").await;
    assert!(!visit.text_of("log").await.contains("это Олег"));

    let [oleg, ..] = players();
    bot_of(&visit.telegram)
        .send_message(ChatId(oleg.person.id), "Анна просит доступ")
        .await
        .unwrap();
    visit.find("//button[contains(., 'Олег')]//span[@aria-label='новых: 1']").await;
    visit.presses("Олег").await;
    visit.find("//div[@id='log']//span[.='Анна просит доступ']").await;
    visit.presses("Пётр").await;
    visit.find("//button[@aria-current='true' and contains(., 'посторонний')]").await;
    visit.ends_quietly().await;
}

#[tokio::test]
async fn the_command_menu_is_the_published_one() {
    let visit = Visit::begin().await;
    visit.presses("Меню").await;
    visit.sees("Пригласить клиента").await;
    visit.presses("/status").await;
    visit.find("//div[@id='log']//code[.='/status']").await;
    visit.types("/inv").await;
    visit.find("//ul[@id='menu' and count(li)=1]//b[.='/invite']").await;
    visit.ends_quietly().await;
}

#[tokio::test]
async fn a_message_can_be_answered_and_an_address_put_in() {
    let visit = Visit::begin().await;
    visit.types("1215107651\u{e007}").await;
    visit.find("//div[@id='log']//code[.='1215107651']").await;
    let answer = "document.querySelector('.message:not(.mine) .answer').click()";
    visit.script(answer).await;
    visit.presses("client@demo.test").await;
    let typed = "return document.getElementById('text').value";
    assert_eq!(visit.script(typed).await, json!("client@demo.test"));
    assert_eq!(visit.script("return document.activeElement.id").await, json!("text"));
    visit.types("\u{e007}").await;
    visit.find("//article[contains(@class,'mine')]//div[@class='quote']").await;
    let [oleg, ..] = players();
    let chat = visit.telegram.chat(&oleg.person);
    assert!(chat.iter().any(|it| it.text == "client@demo.test" && it.reply_to.is_some()));
    visit.ends_quietly().await;
}

#[tokio::test]
async fn what_the_services_got_and_what_is_kept_stand_beside_the_chat() {
    let visit = Visit::begin().await;
    visit.sees("Пока ни одного запроса").await;
    *visit.panel.lock().unwrap() = json!({
        "providers": [{
            "provider": "sbis", "at": "2026-11-21T11:32:08Z",
            "request": {
                "method": "POST", "path": "/reg/service/",
                "headers": { "content-type": "application/json-rpc" },
                "body": { "method": "Биллинг.НовоеПриглашение" },
            },
            "answer": { "status": 200, "body": { "result": false } },
        }],
        "log": [{
            "number": 1, "provider": "sbis", "recipient": "Детский сад Чайка · iam@mail.ru",
            "state": "accepted", "author": "Анна", "attempts": ["1: принято, HTTP 200"],
            "changes": ["queued → sending", "sending → accepted"],
        }],
    });
    visit.find("//section[@id='asked']//pre[contains(., 'Биллинг.НовоеПриглашение')]").await;
    visit.find("//section[@id='kept']//b[.='№1 · СБИС']").await;
    visit.find("//section[@id='kept']//span[.='принято']").await;
    visit.find("//section[@id='kept']//li[.='sending → accepted']").await;
    visit.ends_quietly().await;
}

#[tokio::test]
async fn the_bot_is_seen_typing() {
    let visit = Visit::begin().await;
    visit.types("подумай\u{e007}").await;
    visit.find("//p[@id='status' and .='печатает…']").await;
    visit.ends_quietly().await;
}

#[tokio::test]
async fn everything_is_within_reach_on_a_narrow_screen() {
    let visit = Visit::begin().await;
    visit.browser.set_window_size(390, 844).await.unwrap();
    visit.browser.refresh().await.unwrap();
    visit.types("iam@mail.ru\u{e007}").await;
    visit.find("//div[@id='log']//code[.='iam@mail.ru']").await;
    let overflow = "return document.documentElement.scrollWidth - innerWidth";
    assert_eq!(visit.script(overflow).await, json!(0), "nothing sticks out sideways");
    visit.presses("Журнал").await;
    assert!(visit.find("//section[@id='kept']").await.is_displayed().await.unwrap());
    visit.presses("Чат").await;
    visit.presses("Отправить").await;
    visit.find("//strong[.='принято']").await;
    visit.ends_quietly().await;
}

/// `invite-bot demo` as a visitor starts it.
struct Demo(Child);

impl Demo {
    fn start() -> (Self, String) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_invite-bot"))
            .arg("demo")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let (_, url) = line.split_once(": ").unwrap();
        (Self(process), url.to_owned())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // One that is gone already needs no killing.
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

#[tokio::test]
async fn the_very_bot_sends_an_invitation_from_the_page() {
    let (_demo, url) = Demo::start();
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.goto(&url).await.unwrap();
    let find = async |path: &str| {
        let found = browser.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await;
        found.unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let press = async |label: &str| {
        let button = format!("(//button[contains(normalize-space(.), \"{label}\")])[last()]");
        click(&browser, &button).await;
    };
    let says = async |text: &str, answer: &str| {
        let field = browser.find(Locator::Id("text")).await.unwrap();
        field.send_keys(&format!("{text}\u{e007}")).await.unwrap();
        find(&format!("//div[@id='log']//*[contains(normalize-space(.), \"{answer}\")]")).await;
    };
    press("сотрудница").await;
    says("/invite", "Куда приглашаем").await;
    press("СБИС").await;
    find("//div[@id='log']//*[contains(., 'Пришлите ')]").await;
    says("1215107651", "Это она?").await;
    press("✅ Да").await;
    find("//div[@id='log']//*[contains(., 'На какой ')]").await;
    says("accepted@demo.test", "офиса").await;
    says("7705", "Проверьте перед отправкой").await;
    press("🚀 Отправить").await;
    find("//div[@id='log']//strong[.='принято']").await;
    find("//div[@id='requests']//*[contains(., 'Биллинг.НовоеПриглашение')]").await;
    find("//div[@id='invitations']//*[contains(., '№1') and contains(., 'СБИС')]").await;
    // The picture of the README. It differs a little from machine to machine, so it is not compared.
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        browser.set_window_size(1280, 900).await.unwrap();
        let picture = browser.screenshot().await.unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/demo.png");
        std::fs::write(path, picture).unwrap();
    }
    browser.close().await.unwrap();
}
