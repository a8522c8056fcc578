//! What stands at the other end of a bot: Telegram, the people who write there, and Invoicebox.
//! One process on one thread, so that it costs little beside the bot that is measured. The strict
//! Telegram of the tests is `crates/stand-ins`; this one refuses only what a bot may meet here.
//!
//! It tells the driver on its standard output what goes on, a line each: `port N`, `begin` and
//! `end` of the time that counts, `report JSON`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout, timeout_at};

use crate::ADMIN;

/// The chat of the first person; the others follow.
const FIRST: i64 = 1_000_000;
const BOT: i64 = 7_000_000_001;

/// How many of a chat's messages can still be edited.
const REMEMBERED: usize = 8;

/// How long the bot may take to be ready, to let everybody in, to bring all to their places.
const READY: Duration = Duration::from_secs(60);

/// What a person waits for, in the order of the conversation.
const STEPS: usize = 4;

#[derive(Args)]
pub struct FarEnd {
    #[arg(long)]
    users: usize,
    /// An admin lets everybody in first.
    #[arg(long)]
    allow_list: bool,
    /// How long the provider takes, in milliseconds.
    #[arg(long)]
    provider_delay: u64,
    /// How long a person waits for one answer, in seconds.
    #[arg(long)]
    patience: u64,
    /// In seconds.
    #[arg(long)]
    warm_up: u64,
    /// In seconds.
    #[arg(long)]
    seconds: u64,
}

/// Of the time that counts; what failed, of the whole run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub seconds: f64,
    /// Conversations that came to their result.
    pub completed: u64,
    /// Requests to the Bot API without polls.
    pub requests: u64,
    /// Median and 99th percentile of the answers to the first three updates, in milliseconds.
    pub answer: [f64; 2],
    /// The same from the press of «Отправить» to the result.
    pub result: [f64; 2],
    pub failed: u64,
    /// What was wrong, and how often.
    pub faults: BTreeMap<String, u64>,
}

// -------------------------------------------------------------------------------- the Bot API

/// What a bot asks for: the members of all methods that are played.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked<'a> {
    offset: i64,
    limit: Option<usize>,
    timeout: u64,
    chat_id: i64,
    message_id: i32,
    text: String,
    parse_mode: Option<String>,
    #[serde(borrow)]
    reply_markup: Option<&'a RawValue>,
    callback_query_id: Option<String>,
}

impl Asked<'_> {
    /// As people see it: without tags. Whether they are closed is what the tests look after.
    fn plain_text(&self) -> String {
        if self.parse_mode.is_none() {
            return self.text.clone();
        }
        let mut is_tag = false;
        let mut is_seen = |c: &char| {
            let was_tag = is_tag;
            is_tag = *c == '<' || (is_tag && *c != '>');
            !is_tag && !was_tag
        };
        let text: String = self.text.chars().filter(|c| is_seen(c)).collect();
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Keyboard {
    inline_keyboard: Vec<Vec<Button>>,
}

#[derive(Deserialize)]
struct Button {
    text: String,
    callback_data: Option<String>,
}

#[derive(Deserialize)]
struct Invitation {
    identifier: String,
}

/// `update_id` comes first: teloxide wants to read it before the other member.
#[derive(Serialize)]
struct Update<'a> {
    update_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_query: Option<CallbackQuery<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    message_id: i32,
    date: u64,
    chat: Chat,
    from: User,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit_date: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<[Entity; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_markup: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct CallbackQuery<'a> {
    id: String,
    from: User,
    message: Message<'a>,
    chat_instance: &'static str,
    data: &'a str,
}

#[derive(Serialize)]
struct Chat {
    id: i64,
    r#type: &'static str,
    first_name: &'static str,
}

#[derive(Serialize)]
struct User {
    id: i64,
    is_bot: bool,
    first_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'static str>,
}

#[derive(Serialize)]
struct Entity {
    r#type: &'static str,
    offset: usize,
    length: usize,
}

const ME: &str = r#"{"id":7000000001,"is_bot":true,"first_name":"Приглашения","username":"invite_bench_bot","can_join_groups":false,"can_read_all_group_messages":false,"supports_inline_queries":false,"can_connect_to_business":false,"has_main_web_app":false}"#;
const NO_WEBHOOK: &str = r#"{"url":"","has_custom_certificate":false,"pending_update_count":0}"#;

const NOT_MODIFIED: &str = "Bad Request: message is not modified: specified new message content \
                            and reply markup are exactly the same as a current content and reply \
                            markup of the message";
const TOO_OLD: &str =
    "Bad Request: query is too old and response timeout expired or query ID is invalid";

/// A message of the bot as it stands.
struct Shown {
    text: String,
    markup: Option<Box<RawValue>>,
}

impl Shown {
    fn message(&self, chat: i64, id: i32, edit_date: Option<u64>) -> Message<'_> {
        let bot = User {
            id: BOT,
            is_bot: true,
            first_name: "Приглашения",
            username: Some("invite_bench_bot"),
        };
        Message {
            message_id: id,
            date: now(),
            chat: private(chat),
            from: bot,
            text: &self.text,
            edit_date,
            entities: None,
            reply_markup: self.markup.as_deref(),
        }
    }

    fn is_refused(&self) -> Option<&'static str> {
        let buttons = self.buttons();
        let datas = || buttons.iter().flat_map(|it| &it.callback_data);
        match self.text.chars().count() {
            0 => Some("Bad Request: message text is empty"),
            4097.. => Some("Bad Request: message is too long"),
            _ if datas().any(|data| !(1..=64).contains(&data.len())) => {
                Some("Bad Request: BUTTON_DATA_INVALID")
            }
            _ => None,
        }
    }

    fn buttons(&self) -> Vec<Button> {
        let keyboard = self.markup.as_ref().map(|markup| serde_json::from_str(markup.get()));
        let keyboard: Keyboard = keyboard.and_then(Result::ok).unwrap_or_default();
        keyboard.inline_keyboard.into_iter().flatten().collect()
    }

    /// What the button with this on it tells the bot.
    fn data(&self, label: &str) -> Option<String> {
        self.buttons().into_iter().find(|it| it.text.contains(label))?.callback_data
    }
}

fn private(chat: i64) -> Chat {
    Chat { id: chat, r#type: "private", first_name: "Сотрудник" }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

// --------------------------------------------------------------------------------- the people

/// A chat, and who writes there.
#[derive(Default)]
struct Person {
    shown: BTreeMap<i32, Shown>,
    last_message: i32,
    conversations: u64,
    /// The address of the present conversation.
    address: String,
    /// What is waited for, from 0; `None`: nothing.
    step: Option<usize>,
    /// Where the conversation stands still until all stand at their places: the deed, and the
    /// message that it is done on.
    place: Option<usize>,
    stands: Option<(usize, i32)>,
    said: Option<Instant>,
    handed_out: Option<Instant>,
}

struct World {
    options: FarEnd,
    people: Vec<Person>,
    admin: Person,
    queue: VecDeque<(i64, i64, String)>,
    last_update: i64,
    open_queries: BTreeSet<i64>,
    last_query: i64,
    polled: bool,
    allowed: BTreeSet<i64>,
    /// How often the provider was called for each address.
    calls: HashMap<String, u64>,
    done: Vec<String>,
    closing: bool,
    report: Report,
    answers: Vec<f32>,
    results: Vec<f32>,
}

impl World {
    fn person(&mut self, chat: i64) -> Option<&mut Person> {
        if chat == ADMIN {
            return Some(&mut self.admin);
        }
        usize::try_from(chat - FIRST).ok().and_then(|place| self.people.get_mut(place))
    }

    fn fault(&mut self, what: impl Into<String>) {
        *self.report.faults.entry(what.into()).or_default() += 1;
    }

    fn push(&mut self, chat: i64, update: &Update<'_>) {
        let Ok(text) = serde_json::to_string(update) else { return };
        self.queue.push_back((update.update_id, chat, text));
    }

    fn says(&mut self, chat: i64, text: &str) {
        self.last_update += 1;
        let update_id = self.last_update;
        let Some(person) = self.person(chat) else { return };
        person.last_message += 1;
        let message_id = person.last_message;
        let length = text.split(' ').next().map(str::len);
        let command = length.filter(|_| text.starts_with('/'));
        let message = Message {
            message_id,
            date: now(),
            chat: private(chat),
            from: User {
                id: chat, is_bot: false, first_name: "Сотрудник", username: None
            },
            text,
            edit_date: None,
            entities: command.map(|length| [Entity { r#type: "bot_command", offset: 0, length }]),
            reply_markup: None,
        };
        self.push(chat, &Update { update_id, message: Some(message), callback_query: None });
    }

    fn presses(&mut self, chat: i64, message: i32, label: &str) {
        self.last_update += 1;
        self.last_query += 1;
        let (update_id, query) = (self.last_update, self.last_query);
        let Some(shown) = self.person(chat).and_then(|it| it.shown.remove(&message)) else {
            return;
        };
        if let Some(data) = shown.data(label) {
            let press = CallbackQuery {
                id: query.to_string(),
                from: User {
                    id: chat, is_bot: false, first_name: "Сотрудник", username: None
                },
                message: shown.message(chat, message, None),
                chat_instance: "1",
                data: &data,
            };
            self.open_queries.insert(query);
            self.push(chat, &Update { update_id, message: None, callback_query: Some(press) });
        }
        if let Some(person) = self.person(chat) {
            person.shown.insert(message, shown);
        }
    }

    /// The deed of a person at a step, and the wait for its answer.
    fn acts(&mut self, chat: i64, step: usize, on: i32) {
        let closing = self.closing;
        let Some(person) = self.person(chat) else { return };
        if person.place == Some(step) {
            person.stands = Some((step, on));
            person.step = None;
            return;
        }
        if step == 0 {
            if closing {
                person.step = None;
                return;
            }
            person.conversations += 1;
            let (who, which) = (chat - FIRST, person.conversations);
            // Each at a domain of its own: there is a limit by domain.
            person.address = format!("client@c{who}n{which}.example");
        }
        person.step = Some(step);
        person.said = Some(Instant::now());
        person.handed_out = None;
        let address = person.address.clone();
        match step {
            0 => self.says(chat, "/invite"),
            1 => self.presses(chat, on, "Invoicebox"),
            2 => self.says(chat, &address),
            _ => self.presses(chat, on, "Отправить"),
        }
    }

    /// The bot has shown something: is it what the person waits for?
    fn seen(&mut self, chat: i64, id: i32) {
        if chat == ADMIN {
            let text = self.admin.shown.get(&id).map(|shown| shown.text.clone());
            let ids = text.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
            self.allowed.extend(ids.filter_map(|id| id.parse::<i64>().ok()));
            return;
        }
        let Some(person) = self.person(chat) else { return };
        let (Some(step), Some(shown)) = (person.step, person.shown.get(&id)) else { return };
        let has_address = || shown.text.contains(&person.address);
        let fits = match step {
            0 => shown.data("Invoicebox").is_some(),
            1 => shown.text.contains("На какой e-mail"),
            2 => has_address() && shown.data("Отправить").is_some(),
            _ => has_address() && shown.text.contains("принято"),
        };
        if !fits {
            return;
        }
        let took = person.handed_out.map(|at| at.elapsed().as_secs_f32() * 1000.0);
        if step + 1 < STEPS {
            self.answers.extend(took);
            self.acts(chat, step + 1, id);
        } else {
            let address = person.address.clone();
            self.results.extend(took);
            self.report.completed += 1;
            if self.calls.get(&address) != Some(&1) {
                self.fault("a result without exactly one call");
                self.report.failed += 1;
            }
            self.done.push(address);
            self.acts(chat, 0, id);
        }
    }

    /// Who has waited too long begins anew.
    fn give_up(&mut self, patience: Duration) {
        let impatient: Vec<(i64, usize)> = (FIRST..)
            .zip(&self.people)
            .filter(|(_, it)| it.said.is_some_and(|at| at.elapsed() > patience))
            .filter_map(|(chat, it)| Some((chat, it.step?)))
            .collect();
        for (chat, step) in impatient {
            self.report.failed += 1;
            self.fault(format!("no answer at step {}", step + 1));
            self.acts(chat, 0, 0);
        }
    }

    fn get_updates(&mut self, limit: usize) -> Option<String> {
        let limit = limit.clamp(1, 100).min(self.queue.len());
        let given: Vec<(i64, String)> =
            self.queue.iter().take(limit).map(|(_, chat, text)| (*chat, text.clone())).collect();
        for (chat, _) in &given {
            if let Some(person) = self.person(*chat) {
                person.handed_out.get_or_insert_with(Instant::now);
            }
        }
        let texts: Vec<String> = given.into_iter().map(|(_, text)| text).collect();
        (!texts.is_empty()).then(|| format!("[{}]", texts.join(",")))
    }

    /// Every method but `getUpdates`.
    fn method(&mut self, method: &str, asked: &Asked<'_>) -> Result<String, &'static str> {
        self.report.requests += 1;
        let markup = asked.reply_markup.map(ToOwned::to_owned);
        let chat = asked.chat_id;
        match method {
            "getme" => Ok(ME.to_owned()),
            "getwebhookinfo" => Ok(NO_WEBHOOK.to_owned()),
            "deletewebhook" | "setmycommands" | "deletemycommands" | "sendchataction" => {
                Ok("true".to_owned())
            }
            "sendmessage" => {
                let shown = Shown { text: asked.plain_text(), markup };
                let person = self.person(chat).ok_or("Bad Request: chat not found")?;
                person.last_message += 1;
                let id = person.last_message;
                self.show(chat, id, shown, None)
            }
            "editmessagetext" | "editmessagereplymarkup" => {
                let person = self.person(chat).ok_or("Bad Request: chat not found")?;
                let id = asked.message_id;
                let old = person.shown.get(&id).ok_or("Bad Request: message to edit not found")?;
                let text = match method {
                    "editmessagetext" => asked.plain_text(),
                    _ => old.text.clone(),
                };
                let new = Shown { text, markup };
                let keyboard = |it: &Shown| it.markup.as_ref().map(|it| it.get().to_owned());
                if new.text == old.text && keyboard(&new) == keyboard(old) {
                    return Err(NOT_MODIFIED);
                }
                self.show(chat, id, new, Some(now()))
            }
            "deletemessage" => {
                let person = self.person(chat).ok_or("Bad Request: chat not found")?;
                let gone = person.shown.remove(&asked.message_id);
                gone.map(|_| "true".to_owned()).ok_or("Bad Request: message to delete not found")
            }
            "answercallbackquery" => {
                let id = asked.callback_query_id.as_ref().and_then(|id| id.parse().ok());
                let open = id.is_some_and(|id| self.open_queries.remove(&id));
                if open { Ok("true".to_owned()) } else { Err(TOO_OLD) }
            }
            _ => Err("Not Found: method not found"),
        }
    }

    fn show(
        &mut self,
        chat: i64,
        id: i32,
        shown: Shown,
        edit_date: Option<u64>,
    ) -> Result<String, &'static str> {
        if let Some(refusal) = shown.is_refused() {
            return Err(refusal);
        }
        let told = serde_json::to_string(&shown.message(chat, id, edit_date));
        if let Some(person) = self.person(chat) {
            person.shown.insert(id, shown);
            while person.shown.len() > REMEMBERED {
                person.shown.pop_first();
            }
        }
        self.seen(chat, id);
        told.map_err(|_| "Internal Server Error")
    }
}

// --------------------------------------------------------------------------------- the server

#[derive(Clone)]
struct Shared {
    world: Rc<RefCell<World>>,
    news: Rc<Notify>,
}

impl Shared {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.map(|it| it.to_bytes()).unwrap_or_default();
        let (status, text) = match path.strip_prefix("/bot").and_then(|it| it.rsplit_once('/')) {
            Some((_, method)) => self.telegram(&method.to_ascii_lowercase(), &body).await,
            None if path == "/v3/notification/api/invite" => self.invoicebox(&body).await,
            None => {
                self.world.borrow_mut().fault("a request to an unknown address");
                (404, "{}".to_owned())
            }
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
        let json = hyper::header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        Ok(response)
    }

    async fn telegram(&self, method: &str, body: &[u8]) -> (u16, String) {
        let body = if body.is_empty() { b"{}" } else { body };
        let done = match serde_json::from_slice::<Asked<'_>>(body) {
            Ok(asked) if method == "getupdates" => Ok(self.get_updates(&asked).await),
            Ok(asked) => self.world.borrow_mut().method(method, &asked),
            Err(_) => Err("Bad Request: can't parse the request"),
        };
        if !self.world.borrow().queue.is_empty() {
            self.news.notify_one();
        }
        match done {
            Ok(result) => (200, format!(r#"{{"ok":true,"result":{result}}}"#)),
            Err(refusal) => {
                self.world.borrow_mut().fault(format!("{method}: {refusal}"));
                let code = if refusal.starts_with("Not Found") { 404 } else { 400 };
                let text =
                    format!(r#"{{"ok":false,"error_code":{code},"description":"{refusal}"}}"#);
                (code, text)
            }
        }
    }

    async fn get_updates(&self, asked: &Asked<'_>) -> String {
        {
            let mut world = self.world.borrow_mut();
            world.polled = true;
            while world.queue.front().is_some_and(|(id, ..)| *id < asked.offset) {
                world.queue.pop_front();
            }
        }
        let until = tokio::time::Instant::now() + Duration::from_secs(asked.timeout.min(50));
        loop {
            if let Some(updates) = self.world.borrow_mut().get_updates(asked.limit.unwrap_or(100)) {
                return updates;
            }
            if timeout_at(until, self.news.notified()).await.is_err() {
                return "[]".to_owned();
            }
        }
    }

    async fn invoicebox(&self, body: &[u8]) -> (u16, String) {
        let Ok(Invitation { identifier }) = serde_json::from_slice(body) else {
            self.world.borrow_mut().fault("a call that is no invitation");
            return (400, r#"{"error":{"message":"wrong","code":"validation"}}"#.to_owned());
        };
        let (id, delay) = {
            let mut world = self.world.borrow_mut();
            let calls = world.calls.entry(identifier).or_default();
            *calls += 1;
            if *calls > 1 {
                world.report.failed += 1;
                world.fault("a provider called twice for one address");
            }
            (world.calls.len(), world.options.provider_delay)
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        (200, format!(r#"{{"data":{{"id":{id}}}}}"#))
    }

    async fn until(&self, what: &str, is_so: impl Fn(&World) -> bool) -> anyhow::Result<()> {
        let wait = async {
            while !is_so(&self.world.borrow()) {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(READY, wait).await.map_err(|_| anyhow::anyhow!("{what}, for a minute"))
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            // Small answers must not wait for one another.
            _ = stream.set_nodelay(true);
            let shared = self.clone();
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request| shared.clone().answer(request));
                let mut http = hyper::server::conn::http1::Builder::new();
                http.timer(TokioTimer::new());
                // A bot that hangs up is none of the far end's failures.
                _ = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    /// The whole run, seen from the people.
    async fn play(&self) -> anyhow::Result<Report> {
        self.until("the bot does not poll", |world| world.polled).await?;
        let (users, allow_list, patience, warm_up, seconds) = {
            let FarEnd { users, allow_list, patience, warm_up, seconds, .. } =
                self.world.borrow().options;
            (users, allow_list, patience, warm_up, seconds)
        };
        let chats = || (FIRST..).take(users);
        if allow_list {
            for chat in chats() {
                self.world.borrow_mut().says(ADMIN, &format!("/allow {chat} сотрудник"));
            }
            self.news.notify_one();
            let all = |world: &World| chats().all(|chat| world.allowed.contains(&chat));
            self.until("not everybody was let in", all).await?;
        }

        // They begin at different questions: if all began with the first, all would have their
        // results at the same time, and a short time would count none of them or all.
        for chat in chats() {
            self.world.borrow_mut().acts(chat, 0, 0);
        }
        self.news.notify_one();
        let all = |world: &World| world.people.iter().all(|it| it.stands.is_some());
        self.until("the conversations do not get on", all).await?;
        for chat in chats() {
            let mut world = self.world.borrow_mut();
            let stands = world.person(chat).and_then(|person| {
                person.place = None;
                person.stands.take()
            });
            if let Some((step, on)) = stands {
                world.acts(chat, step, on);
            }
        }
        self.news.notify_one();
        let patience = Duration::from_secs(patience);
        let shared = self.clone();
        tokio::task::spawn_local(async move {
            loop {
                sleep(Duration::from_millis(500)).await;
                shared.world.borrow_mut().give_up(patience);
                shared.news.notify_one();
            }
        });

        sleep(Duration::from_secs(warm_up)).await;
        {
            let mut world = self.world.borrow_mut();
            (world.report.completed, world.report.requests) = (0, 0);
            world.answers.clear();
            world.results.clear();
        }
        let begun = Instant::now();
        println!("begin");
        sleep(Duration::from_secs(seconds)).await;
        println!("end");
        let mut report = {
            let mut world = self.world.borrow_mut();
            world.closing = true;
            Report {
                seconds: begun.elapsed().as_secs_f64(),
                completed: world.report.completed,
                requests: world.report.requests,
                answer: percentiles(&mut world.answers),
                result: percentiles(&mut world.results),
                ..Report::default()
            }
        };

        let silent = |world: &World| world.people.iter().all(|it| it.step.is_none());
        while !silent(&self.world.borrow()) {
            sleep(Duration::from_millis(2)).await;
        }
        let mut world = self.world.borrow_mut();
        let done = std::mem::take(&mut world.done);
        let called = world.calls.values().sum::<u64>();
        if u64::try_from(done.len()).ok() != Some(called) {
            world.fault(format!("{called} calls, {} results", done.len()));
        }
        report.failed = world.report.failed;
        report.faults = std::mem::take(&mut world.report.faults);
        Ok(report)
    }
}

fn percentiles(times: &mut [f32]) -> [f64; 2] {
    times.sort_by(f32::total_cmp);
    let at = |part: usize| times.get(times.len() * part / 100).copied().map_or(0.0, f64::from);
    [at(50), at(99)]
}

pub async fn run(options: FarEnd) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("port {}", listener.local_addr()?.port());
    let place = |number| Person { place: Some(number % STEPS), ..Person::default() };
    let world = World {
        people: (0..options.users).map(place).collect(),
        admin: Person::default(),
        queue: VecDeque::new(),
        last_update: 1000,
        open_queries: BTreeSet::new(),
        last_query: 0,
        polled: false,
        allowed: BTreeSet::new(),
        calls: HashMap::new(),
        done: Vec::new(),
        closing: false,
        report: Report::default(),
        answers: Vec::new(),
        results: Vec::new(),
        options,
    };
    let shared = Shared { world: Rc::new(RefCell::new(world)), news: Rc::default() };
    let local = LocalSet::new();
    local.spawn_local(shared.clone().serve(listener));
    let report = local.run_until(shared.play()).await?;
    println!("report {}", serde_json::to_string(&report)?);
    // The bot says farewell to a Telegram that still answers.
    local.run_until(sleep(READY)).await;
    Ok(())
}
