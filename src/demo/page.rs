//! The page in a browser: three people's chats, what the providers received, and the log.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use stand_ins::telegram::{Person, Telegram};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::players::Player;
use super::tour::Step;
use crate::failure::Failure;

/// Everything the page may do is in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
/// Shorter than any proxy waits.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The log and the providers do not tell that they changed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What `panel::panel` makes, or `{"error": "…"}`.
pub type Panel = Arc<dyn Fn() -> BoxFuture<'static, Value> + Send + Sync>;

pub struct Setting {
    pub telegram: Telegram,
    pub people: Vec<Player>,
    /// Addresses with a fixed outcome, and that outcome in Russian.
    pub addresses: Vec<(String, String)>,
    pub organisations: Vec<(String, String)>,
    pub tour: Vec<Step>,
    /// In which the bot tells times: `Europe/Moscow`.
    pub time_zone: String,
    /// Another one for each demo: what a browser keeps of one says nothing of the next.
    pub instance: Uuid,
    pub panel: Panel,
}

/// The port is the visitor's own choice, so what is wrong with it is told in words.
pub async fn bind(port: Option<u16>) -> Result<TcpListener, Failure> {
    let wanted = port.unwrap_or(0);
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await;
    bound.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::AddrInUse => format!("Порт {wanted} занят другой программой"),
            io::ErrorKind::PermissionDenied => format!("Порт {wanted} системный, он недоступен"),
            _ => format!("Страница не открывается на порту {wanted} ({error})"),
        };
        let next = if wanted < 1024 { 8080 } else { wanted.checked_add(1).unwrap_or(8080) };
        Failure::Usage(format!(
            "{why}. Возьмите другой: invite-bot demo --port {next}, \
             или уберите --port: тогда свободный порт выберется сам"
        ))
    })
}

pub struct Page {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl Page {
    pub fn start(setting: Setting, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let router = router(Arc::new(setting), address.port());
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Ends only when it is aborted.
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self { address, _task: task })
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

type Shared = State<Arc<Setting>>;

fn router(setting: Arc<Setting>, port: u16) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/api/setting", get(describe))
        .route("/api/wait", get(wait))
        .route("/api/say", post(say))
        .route("/api/press", post(press))
        .layer(from_fn_with_state(port, guard))
        .with_state(setting)
}

/// Shuts out other sites: by `Host` names that resolve to loopback, by `Origin` their requests.
async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    if is_own(request.headers(), port) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "only for pages of this machine").into_response()
}

fn is_own(headers: &HeaderMap, port: u16) -> bool {
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let told = |name| headers.get(name).map(|it| it.to_str().unwrap_or_default());
    told(header::HOST).is_some_and(|host| own.iter().any(|it| it == host))
        && told(header::ORIGIN)
            .is_none_or(|origin| own.iter().any(|it| origin == format!("http://{it}")))
}

async fn page() -> impl IntoResponse {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, value.parse().unwrap_or(header::HeaderValue::from_static("")));
    }
    (headers, include_str!("page.html"))
}

async fn describe(State(setting): Shared) -> Json<Value> {
    let people: Vec<Value> = setting
        .people
        .iter()
        .map(|player| {
            let person = &player.person;
            json!({ "id": person.id, "name": person.full_name(), "role": player.role })
        })
        .collect();
    let samples = |samples: &[(String, String)]| -> Vec<Value> {
        let shown = |(sample, happens): &_| json!({ "sample": sample, "happens": happens });
        samples.iter().map(shown).collect()
    };
    let telegram = &setting.telegram;
    Json(json!({
        "bot": telegram.bot_username(), "title": telegram.bot_name(),
        "people": people, "addresses": samples(&setting.addresses),
        "organisations": samples(&setting.organisations),
        "tour": setting.tour, "timeZone": setting.time_zone,
        "instance": setting.instance,
    }))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    mark: String,
}

/// Waits until what is seen differs from `since.mark`.
async fn wait(State(setting): Shared, Query(since): Query<Since>) -> Json<Value> {
    let deadline = Instant::now() + LONGEST_WAIT;
    let mut changes = setting.telegram.changes();
    loop {
        changes.mark_unchanged();
        let panel = (setting.panel)().await;
        let seen = json!({ "chats": chats(&setting), "panel": panel });
        let mark = mark(&seen);
        if mark != since.mark || Instant::now() >= deadline {
            return Json(json!({ "mark": mark, "seen": seen }));
        }
        // A timeout only means looking again.
        let _elapsed = timeout(LOOK_EVERY, changes.changed()).await;
    }
}

fn chats(setting: &Setting) -> BTreeMap<i64, Value> {
    let telegram = &setting.telegram;
    let chat = |player: &Player| {
        let person = &player.person;
        let chat = json!({
            "messages": telegram.chat(person),
            "commands": telegram.commands(person),
            "typing": telegram.is_typing(person),
        });
        (person.id, chat)
    };
    setting.people.iter().map(chat).collect()
}

fn mark(seen: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    seen.to_string().hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

#[derive(Deserialize)]
struct Saying {
    person: i64,
    text: String,
    reply_to: Option<i32>,
}

async fn say(State(setting): Shared, Json(saying): Json<Saying>) -> Response {
    let Some(person) = person(&setting, saying.person) else { return nobody() };
    if saying.text.trim().is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let said = match saying.reply_to {
        Some(message) => setting.telegram.replies(person, message, &saying.text),
        None => setting.telegram.says(person, &saying.text),
    };
    Json(json!({ "id": said.id })).into_response()
}

#[derive(Deserialize)]
struct Pressing {
    person: i64,
    message: i32,
    row: usize,
    column: usize,
}

async fn press(State(setting): Shared, Json(pressing): Json<Pressing>) -> Response {
    let Some(person) = person(&setting, pressing.person) else { return nobody() };
    let Pressing { message, row, column, .. } = pressing;
    let Ok(press) = setting.telegram.presses_at(person, message, row, column) else {
        return (StatusCode::CONFLICT, "no such button").into_response();
    };
    match press.answer().await {
        Ok(toast) => {
            let answer = json!({ "text": toast.text, "alert": toast.is_alert, "url": toast.url });
            Json(answer).into_response()
        }
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}

fn person(setting: &Setting, id: i64) -> Option<&Person> {
    setting.people.iter().map(|player| &player.person).find(|person| person.id == id)
}

fn nobody() -> Response {
    (StatusCode::NOT_FOUND, "nobody of that id").into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;
    use crate::demo::players::players;

    fn asked(headers: &[(HeaderName, &str)]) -> bool {
        let headers = headers.iter().map(|(name, it)| (name.clone(), it.parse().unwrap()));
        is_own(&headers.collect(), 8080)
    }

    #[test]
    fn only_pages_of_this_machine_are_answered() {
        assert!(asked(&[(header::HOST, "127.0.0.1:8080")]));
        assert!(asked(&[(header::HOST, "localhost:8080")]));
        assert!(asked(&[
            (header::HOST, "127.0.0.1:8080"),
            (header::ORIGIN, "http://127.0.0.1:8080")
        ]));
        assert!(!asked(&[]), "no Host");
        assert!(!asked(&[(header::HOST, "rebound.example:8080")]));
        assert!(!asked(&[(header::HOST, "127.0.0.1:80")]));
        let elsewhere = "https://example.org";
        assert!(!asked(&[(header::HOST, "127.0.0.1:8080"), (header::ORIGIN, elsewhere)]));
        assert!(!asked(&[(header::HOST, "127.0.0.1:8080"), (header::ORIGIN, "null")]));
    }

    #[tokio::test]
    async fn the_guard_stands_before_everything() {
        let telegram = Telegram::start().await.unwrap();
        let panel: Panel = Arc::new(|| Box::pin(async { json!({}) }));
        let people = players().to_vec();
        let setting = Setting {
            telegram,
            people,
            addresses: Vec::new(),
            organisations: Vec::new(),
            tour: Vec::new(),
            time_zone: "Europe/Moscow".to_owned(),
            instance: Uuid::nil(),
            panel,
        };
        let page = Page::start(setting, bind(None).await.unwrap()).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for path in ["", "api/setting", "api/wait", "nothing"] {
            let url = format!("{}{path}", page.url());
            let answer = client.get(&url).header("host", "rebound.example").send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path}");
        }
        let answer = client.get(page.url()).send().await.unwrap();
        assert_eq!(answer.headers().get("content-security-policy").unwrap(), POLICY);
    }
}
