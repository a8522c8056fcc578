//! One request from HTTP to HTTP: address, token, ordered faults, the method, and the record.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{Request as HttpRequest, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::{Refused, answer};
use super::identity::TOKEN;
use super::params::Params;
use super::state::{Fault, Refusal, Request, State};
use super::world::World;
use super::{commands, methods, updates};

pub(super) fn router(world: Arc<World>) -> Router {
    Router::new().fallback(serve).with_state(world)
}

async fn serve(Shared(world): Shared<Arc<World>>, request: HttpRequest<Body>) -> Response {
    let answer = serve_undated(&world, request).await;
    dated(answer, world.state().clock)
}

async fn serve_undated(world: &Arc<World>, request: HttpRequest<Body>) -> Response {
    let method = match called(request.uri().path()) {
        Ok(method) => method,
        Err(refused) => {
            let path = request.uri().path().to_owned();
            return refuse(world, path, refused);
        }
    };
    let name = method.to_ascii_lowercase();
    let fault = world.state().take_fault(&name);
    let params = match Params::read(request).await {
        Ok(params) => params,
        Err(refused) => return refuse(world, method, refused),
    };
    match fault {
        None | Some(Fault::AnswerLost) => {}
        Some(fault) => {
            let params = params.json();
            world.change(|state| {
                let version = state.version;
                state.record(Request { version, method, params, answer: Value::Null });
            });
            return go_wrong(fault).await;
        }
    }
    if let Some(limited) = flood_limit(world, &method, &params) {
        return limited;
    }
    let answered = carry_out(world, &name, &method, params).await;
    if fault == Some(Fault::AnswerLost) {
        return std::future::pending().await;
    }
    match answered {
        Ok(result) => answer(StatusCode::OK, format!(r#"{{"ok":true,"result":{result}}}"#)),
        Err(refused) => refuse(world, method, refused),
    }
}

/// `ahead`: in seconds.
fn dated(mut answer: Response, ahead: Option<i64>) -> Response {
    if let Some(ahead) = ahead {
        let date = Timestamp::now() + SignedDuration::from_secs(ahead);
        if let Ok(date) = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().parse() {
            answer.headers_mut().insert(header::DATE, date);
        }
    }
    answer
}

/// The method's name out of `/bot<token>/<method>`.
fn called(path: &str) -> Result<String, Refused> {
    let not_found = || Refused::new(404, "Not Found");
    let rest = path.strip_prefix("/bot").ok_or_else(not_found)?;
    let (token, method) = rest.split_once('/').ok_or_else(not_found)?;
    if token == TOKEN {
        return Ok(method.to_owned());
    }
    let (id, secret) = token.split_once(':').ok_or_else(not_found)?;
    if secret.is_empty() || id.is_empty() || !id.chars().all(|digit| digit.is_ascii_digit()) {
        return Err(not_found());
    }
    Err(Refused::new(401, "Unauthorized"))
}

/// Carries the request out; the result is JSON text.
async fn carry_out(
    world: &World,
    name: &str,
    method: &str,
    params: Params,
) -> Result<String, Refused> {
    if name == "getupdates" {
        return updates::get_updates(world, params).await;
    }
    let asked = params.json();
    world.change(|state| {
        let done = dispatch(state, name, params);
        let answer = match &done {
            Ok(result) => json!({ "ok": true, "result": result }),
            Err(refused) => refused.json(),
        };
        let method = method.to_owned();
        state.record(Request { version: state.version, method, params: asked, answer });
        done.map(|result| result.to_string())
    })
}

fn dispatch(state: &mut State, name: &str, params: Params) -> Result<Value, Refused> {
    match name {
        "getme" => methods::get_me(params),
        "sendmessage" => methods::send_message(state, params),
        "editmessagetext" => methods::edit_message_text(state, params),
        "editmessagereplymarkup" => methods::edit_message_reply_markup(state, params),
        "answercallbackquery" => methods::answer_callback_query(state, params),
        "sendchataction" => methods::send_chat_action(state, params),
        "leavechat" => methods::leave_chat(state, params),
        "setwebhook" => methods::set_webhook(state, params),
        "deletewebhook" => methods::delete_webhook(state, params),
        "getwebhookinfo" => methods::get_webhook_info(state, params),
        "setmycommands" => commands::set(state, params),
        "getmycommands" => commands::get(state, params),
        "deletemycommands" => commands::delete(state, params),
        _ => Err(Refused::new(404, "Not Found: method not found")),
    }
}

fn refuse(world: &World, method: String, refused: Refused) -> Response {
    let Refused { status, description, .. } = refused.clone();
    world.change(|state| state.refusals.push(Refusal { method, status, description }));
    refused.into_response()
}

/// 429, if the chat is under a flood limit.
fn flood_limit(world: &World, method: &str, params: &Params) -> Option<Response> {
    let params = params.json();
    let chat = params.get("chat_id").and_then(|chat| match chat {
        Value::String(chat) => chat.parse().ok(),
        chat => chat.as_i64(),
    })?;
    world.change(|state| {
        let (left, known) = state.limited(chat)?;
        let seconds = u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let refused = too_many(seconds);
        let (method, Refused { status, description, .. }) = (method.to_owned(), refused.clone());
        if known {
            let description = format!("{description}, as the bot knew");
            state.refusals.push(Refusal { method: method.clone(), status, description });
        }
        let (version, answer) = (state.version, refused.json());
        state.record(Request { version, method, params, answer });
        Some(refused.into_response())
    })
}

fn too_many(seconds: u32) -> Refused {
    let description = format!("Too Many Requests: retry after {seconds}");
    Refused { retry_after: Some(seconds), ..Refused::new(429, description) }
}

async fn go_wrong(fault: Fault) -> Response {
    match fault {
        Fault::Refuse { status, description } => Refused::new(status, description).into_response(),
        Fault::RetryAfter { seconds } => too_many(seconds).into_response(),
        Fault::BadGateway => {
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
            (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Fault::Garbage => answer(StatusCode::OK, "<html>captive portal</html>".to_owned()),
        Fault::Hang | Fault::AnswerLost => std::future::pending().await,
    }
}
