//! The demo page in a real headless Chromium, with a small scripted bot behind it: what a visitor
//! sees, types and presses. Needs `chromedriver` on the path; run with `--features browser-tests`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use invite_bot::demo::page::{Page, Setting, bind};
use invite_bot::demo::players::{ANNA, OLEG, players};
use invite_bot::demo::tour::Step;
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
use uuid::Uuid;

use crate::support::wait::PATIENCE;

const DESKTOP: [u32; 2] = [1440, 900];
const PHONE: [u32; 2] = [390, 844];
const SMALL_PHONE: [u32; 2] = [320, 640];

const TOUR: [Step; 2] = [
    Step {
        person: ANNA,
        title: "Сначала",
        says: "Анна присылает ИНН клиента, а бот показывает, что понял.",
        button: "Вписать за Анну",
        types: Some("1215107651"),
        seen: &["Проверьте"],
    },
    Step {
        person: OLEG,
        title: "Потом",
        says: "Олег смотрит.",
        button: "Открыть чат Олега",
        types: None,
        seen: &["никогда"],
    },
];

/// A browser with the page open; both end with it.
struct Visit {
    browser: Client,
    telegram: Telegram,
    panel: Arc<Mutex<Value>>,
    _driver: Driver,
    page: Option<Page>,
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

    /// On a phone there is no mouse. A window alone cannot be made so narrow.
    async fn browser(&self, [width, height]: [u32; 2]) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        // For the picture of the README.
        let scale = if std::env::var_os("UPDATE_EXPECT").is_some() { 2 } else { 1 };
        let mut options = json!({ "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--no-proxy-server", format!("--window-size={width},{height}"),
            format!("--force-device-scale-factor={scale}"), profile,
        ] });
        if width < 800 {
            let metrics =
                json!({ "width": width, "height": height, "pixelRatio": 2, "touch": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
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
        Self::on(DESKTOP).await
    }

    async fn on(screen: [u32; 2]) -> Self {
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
            tour: TOUR.to_vec(),
            time_zone: "Asia/Tokyo".to_owned(),
            instance: Uuid::new_v4(),
            panel: Arc::new(move || {
                let seen = seen.lock().unwrap().clone();
                Box::pin(async move { seen })
            }),
        };
        let page = Page::start(setting, bind(None).await.unwrap()).unwrap();
        let driver = Driver::start();
        let browser = driver.browser(screen).await;
        browser.goto(&page.url()).await.unwrap();
        Self { browser, telegram, panel, _driver: driver, page: Some(page), _bot: bot }
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

    /// Nothing sticks out sideways, and nothing lies on what can be pressed.
    async fn fits(&self, place: &str) {
        fits(&self.browser, place).await;
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

/// Says what sticks out of the screen, and which controls are covered at their centres.
const MISFITS: &str = r#"
    const told = (it) => (it.id || it.className) + " «" + it.textContent.trim().slice(0, 40) + "»";
    const misfits = [];
    for (const it of document.querySelectorAll("body *")) {
        const { left, right, width } = it.getBoundingClientRect();
        if (!width || !it.checkVisibility() || it.closest(".hidden")) continue;
        if (left < -0.5 || right > innerWidth + 0.5) misfits.push("sticks out: " + told(it));
    }
    if (document.documentElement.scrollWidth > innerWidth) misfits.push("the page scrolls sideways");
    const scrolled = [...document.querySelectorAll(".log, .list, .side, .drop")].map((it) => [it, it.scrollTop]);
    for (const it of document.querySelectorAll("button, a, summary, textarea")) {
        if (!it.checkVisibility()) continue;
        it.scrollIntoView({ block: "center", behavior: "instant" });
        const { left, top, width, height } = it.getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, top + height / 2);
        if (!seen || !it.contains(seen)) misfits.push("covered: " + told(it) + " by " + (seen ? told(seen) : "the edge"));
    }
    for (const [it, top] of scrolled) it.scrollTop = top;
    return misfits;
"#;

async fn fits(browser: &Client, place: &str) {
    let misfits = browser.execute(MISFITS, Vec::new()).await.unwrap();
    assert_eq!(misfits, json!([]), "{place}");
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
    visit.browser.refresh().await.unwrap();
    visit.find("//button[contains(., 'Олег')]//span[@aria-label='новых: 1']").await;
    visit.presses("Олег").await;
    visit.find("//div[@id='log']//span[.='Анна просит доступ']").await;
    visit.presses("Анна").await;
    visit.browser.refresh().await.unwrap();
    visit.find("//button[@aria-current='true' and contains(., 'Анна')]").await;
    visit.find("//button[contains(., 'Олег')]//span[contains(., 'Анна просит доступ')]").await;
    let badges = visit.browser.find_all(Locator::Css(".unread")).await.unwrap();
    assert!(badges.is_empty(), "what was read stays read");
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
async fn what_a_client_would_see_and_what_is_kept_stand_beside_the_chat() {
    let visit = Visit::begin().await;
    visit.sees("Пока ни одного").await;
    let request = |at: i64, client: &str, letter: Value| {
        json!({
            "provider": "sbis", "at": at, "client": client, "email": "iam@mail.ru",
            "answer": "принято", "says": "СБИС принимает приглашение и пишет клиенту.",
            "letter": letter,
            "request": {
                "method": "POST", "path": "/reg/service/",
                "headers": { "content-type": "application/json-rpc" },
                "body": { "method": "Биллинг.НовоеПриглашение" },
            },
        })
    };
    let letter = json!({
        "to": "iam@mail.ru", "from": "СБИС", "subject": "Приглашение в СБИС", "text": "Вас ждут.",
    });
    *visit.panel.lock().unwrap() = json!({
        "providers": [
            request(1_795_433_528_000, "Чайка", letter),
            request(1_795_433_529_000, "Весна", Value::Null),
        ],
        "received": 73,
        "log": [{
            "number": 1, "provider": "sbis", "at": 1_795_433_528_000_i64, "name": "Чайка",
            "recipient": "iam@mail.ru", "state": "принято", "author": "Анна",
            "attempts": [{ "at": 1_795_433_528_000_i64, "words": "принято · HTTP 200" }],
            "changes": [{ "at": 1_795_433_528_000_i64, "words": "отправка → принято · бот" }],
        }],
        "kept": 108,
    });
    let asked = "//section[@id='asked']";
    visit
        .find(&format!("{asked}//div[@class='card'][1]//b[.='✉️ Письмо клиенту: iam@mail.ru']"))
        .await;
    visit.find(&format!("{asked}//div[@class='card'][2]//b[.='СБИС · Весна']")).await;
    visit.find(&format!("{asked}//small[.='73']")).await;
    visit.find("//section[@id='kept']//small[.='108']").await;
    visit.find("//section[@id='kept']//b[.='№1 · СБИС']").await;
    // 11:32:08 UTC, in the zone that the demo names.
    visit.find(&format!("{asked}//span[.='23.11 20:32:08']")).await;
    visit.find("//section[@id='kept']//li[.='23.11 20:32:08 отправка → принято · бот']").await;
    let json = format!("({asked}//pre[contains(., 'Биллинг.НовоеПриглашение')])[1]");
    assert!(!visit.find(&json).await.is_displayed().await.unwrap(), "folded");
    visit.find(&format!("({asked}//summary)[1]")).await.click().await.unwrap();
    assert!(visit.find(&json).await.is_displayed().await.unwrap());
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
    for screen in [PHONE, SMALL_PHONE] {
        let visit = Visit::on(screen).await;
        visit.types("iam@mail.ru\u{e007}").await;
        visit.find("//div[@id='log']//code[.='iam@mail.ru']").await;
        assert_eq!(visit.script("return innerWidth").await, json!(screen[0]));
        visit.fits(&format!("{screen:?}: the chat")).await;
        let demo = visit.sees("писем никто не получит").await;
        assert!(demo.is_displayed().await.unwrap(), "it is said that it is a demo");
        visit.presses("Журнал").await;
        assert!(visit.find("//section[@id='kept']").await.is_displayed().await.unwrap());
        visit.fits(&format!("{screen:?}: the log")).await;
        visit.presses("Чат").await;
        visit.find("//summary[contains(., 'Тестовые адреса')]").await.click().await.unwrap();
        visit.sees("2323232323").await;
        visit.presses("2323232323").await;
        visit.presses("Отправить").await;
        visit.find("//strong[.='принято']").await;
        visit.ends_quietly().await;
    }
}

#[tokio::test]
async fn a_badge_covers_no_name() {
    for screen in [PHONE, SMALL_PHONE, DESKTOP] {
        let visit = Visit::on(screen).await;
        visit.types("это Олег\u{e007}").await;
        visit.sees("📋 Проверьте: это Олег").await;
        visit.presses("Анна").await;
        let bot = bot_of(&visit.telegram);
        bot.send_message(ChatId(OLEG), "Новое").await.unwrap();
        visit.find("//span[@aria-label='новых: 1']").await;
        let apart = r#"
            const badge = document.querySelector(".unread").getBoundingClientRect();
            const name = document.createRange();
            name.selectNodeContents(document.querySelector(".unread").parentElement.querySelector(".name"));
            return [...name.getClientRects()].every((it) =>
                it.right <= badge.left || it.left >= badge.right || it.bottom <= badge.top || it.top >= badge.bottom);
        "#;
        assert_eq!(visit.script(apart).await, json!(true), "{screen:?}");
        visit.ends_quietly().await;
    }
}

#[tokio::test]
async fn a_toast_covers_nothing_and_is_for_whom_it_was_meant() {
    for screen in [PHONE, DESKTOP] {
        let visit = Visit::on(screen).await;
        for text in ["раз", "два", "три", "четыре", "пять", "шесть"] {
            visit.types(&format!("{text}\u{e007}")).await;
            visit.sees(&format!("📋 Проверьте: {text}")).await;
        }
        click(&visit.browser, "(//button[contains(., '🚀 Отправить')])[last()]").await;
        visit.find("//div[@id='toast' and not(@hidden) and .='Отправляю']").await;
        visit.fits(&format!("{screen:?}: beside the toast")).await;
        click(&visit.browser, "(//button[contains(., '🚀 Отправить')])[last()]").await;
        visit.find("//div[@id='toast' and not(@hidden)]").await;
        visit.presses("Анна").await;
        // At once, for it goes by itself too.
        let hidden = "return document.getElementById('toast').hidden";
        assert_eq!(visit.script(hidden).await, json!(true), "it was Олег's");
        visit.ends_quietly().await;
    }
}

#[tokio::test]
async fn what_is_typed_is_kept_for_each_person_and_when_the_demo_is_gone() {
    let mut visit = Visit::begin().await;
    let typed = "return document.getElementById('text').value";
    visit.types("черновик Олега").await;
    visit.presses("Анна").await;
    assert_eq!(visit.script(typed).await, json!(""));
    visit.types("iam@mail.ru").await;
    visit.browser.refresh().await.unwrap();
    visit.find("//button[@aria-current='true' and contains(., 'Анна')]").await;
    assert_eq!(visit.script(typed).await, json!("iam@mail.ru"), "also after a reload");

    visit.page = None;
    visit.types("\u{e007}").await;
    visit.find("//div[@id='down' and not(@hidden) and contains(., 'Программа не отвечает')]").await;
    assert_eq!(visit.script(typed).await, json!("iam@mail.ru"));
    visit.presses("Олег").await;
    assert_eq!(visit.script(typed).await, json!("черновик Олега"));
    visit.fits("while it is down").await;
    visit.browser.close().await.unwrap();
}

#[tokio::test]
async fn the_tour_leads_from_step_to_step() {
    let visit = Visit::begin().await;
    visit.sees("Экскурсия: 1 из 2").await;
    visit.presses("Вписать за Анну").await;
    visit.find("//button[@aria-current='true' and contains(., 'Анна')]").await;
    visit.types("\u{e007}").await;
    visit.sees("получилось ✓").await;
    visit.presses("Дальше").await;
    visit.sees("Экскурсия: 2 из 2").await;
    visit.browser.refresh().await.unwrap();
    visit.sees("Экскурсия: 2 из 2").await;
    visit.presses("Открыть чат Олега").await;
    visit.find("//button[@aria-current='true' and contains(., 'Олег')]").await;
    visit.presses("Закончить").await;
    visit.find("//section[@id='tour' and @hidden]").await;
    visit.presses("Экскурсия, 2 минуты").await;
    visit.sees("Экскурсия: 1 из 2").await;
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
        // As by Ctrl+C: a killed one leaves its database behind.
        let _sent = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _status = self.0.wait();
    }
}

/// The very bot, walked through its tour.
struct Walk {
    browser: Client,
    screen: [u32; 2],
}

impl Walk {
    async fn sees(&self, path: &str) {
        let found = self.browser.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await;
        let seen = self.browser.execute("return document.body.innerText", Vec::new()).await;
        found.unwrap_or_else(|error| panic!("{path}: {error}\n{seen:?}"));
    }

    async fn presses(&self, label: &str) {
        let button = format!("//button[contains(normalize-space(.), \"{label}\")]");
        click(&self.browser, &button).await;
    }

    /// The last one of the chat.
    async fn presses_key(&self, label: &str) {
        let last = "//div[@id='log']/article[last()]";
        let key = format!("{last}//button[contains(normalize-space(.), \"{label}\")]");
        click(&self.browser, &key).await;
    }

    /// A step of the tour, up to the message that it leads to.
    async fn begins(&self, step: usize, label: &str) {
        self.sees(&format!("//*[@id='tour-step' and contains(., 'Экскурсия: {step} из 6')]")).await;
        self.fits(&format!("step {step}")).await;
        self.presses(label).await;
        let is_typed = "return document.getElementById('text').value !== ''";
        if self.browser.execute(is_typed, Vec::new()).await.unwrap() == json!(true) {
            self.fits(&format!("step {step}, typed")).await;
            click(&self.browser, "//button[@aria-label='Отправить сообщение']").await;
        }
    }

    async fn invites(&self, answer: &str) {
        self.presses_key(answer).await;
        self.confirms().await;
    }

    async fn confirms(&self) {
        self.sees("//div[@id='log']//*[contains(., 'Проверьте перед отправкой')]").await;
        self.fits("the summary").await;
        self.presses_key("🚀 Отправить").await;
    }

    async fn ends(&self, step: usize) {
        self.sees("//*[@id='tour-step' and contains(., 'получилось ✓')]").await;
        self.fits(&format!("step {step}, done")).await;
    }

    async fn fits(&self, place: &str) {
        fits(&self.browser, &format!("{:?}: {place}", self.screen)).await;
    }
}

#[tokio::test]
async fn the_very_bot_is_toured_on_a_desk() {
    tour(DESKTOP).await;
}

#[tokio::test]
async fn the_very_bot_is_toured_on_a_phone() {
    tour(PHONE).await;
}

async fn tour(screen: [u32; 2]) {
    let (_demo, url) = Demo::start();
    let driver = Driver::start();
    let browser = driver.browser(screen).await;
    browser.goto(&url).await.unwrap();
    let walk = Walk { browser, screen };
    walk.begins(1, "Вписать за Анну").await;
    walk.presses_key("СБИС").await;
    walk.invites("✅ Да").await;
    walk.ends(1).await;
    walk.sees("//div[@id='requests']//b[contains(., 'Письмо клиенту: accepted@demo.test')]").await;
    walk.sees("//div[@id='invitations']//span[contains(., 'Детский сад Чайка')]").await;
    if screen == DESKTOP {
        takes_the_picture(&walk.browser).await;
    } else {
        for tab in ["Письма", "Журнал", "Чат"] {
            walk.presses(tab).await;
            walk.fits(tab).await;
        }
    }
    walk.presses("Дальше").await;
    walk.begins(2, "Вписать за Анну").await;
    walk.invites("Invoicebox").await;
    walk.ends(2).await;
    walk.presses("Дальше").await;
    walk.begins(3, "Вписать за Анну").await;
    walk.confirms().await;
    walk.ends(3).await;
    walk.presses("Дальше").await;
    walk.begins(4, "Открыть чат Олега").await;
    walk.presses_key("Возобновить").await;
    walk.ends(4).await;
    walk.presses("Дальше").await;
    walk.begins(5, "Вписать за Анну").await;
    walk.presses_key("Invoicebox").await;
    walk.ends(5).await;
    walk.presses("Дальше").await;
    walk.begins(6, "Вписать за Петра").await;
    walk.ends(6).await;
    walk.presses("Закончить").await;
    walk.fits("without the tour").await;
    walk.browser.close().await.unwrap();
}

/// The picture of the README. It differs a little from machine to machine, so it is not compared.
async fn takes_the_picture(browser: &Client) {
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        return;
    }
    browser.set_window_size(1200, 900).await.unwrap();
    // As it stands once it is read: the toast of the press is gone.
    let toast = Locator::XPath("//div[@id='toast' and @hidden]");
    browser.wait().at_most(PATIENCE).for_element(toast).await.unwrap();
    let at_end = "document.getElementById('log').scrollTop = 1e9";
    browser.execute(at_end, Vec::new()).await.unwrap();
    let picture = browser.screenshot().await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/demo.png");
    std::fs::write(path, picture).unwrap();
}
