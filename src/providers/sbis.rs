//! СБИС (Saby): `Биллинг.НовоеПриглашение`, JSON-RPC 2.0.
//!
//! Source: the partner API of Tensor, «Биллинг.НовоеПриглашение», «Формат данных», «Причины ошибок
//! и решения». It needs no session and answers `false` when the invitation was made. Nobody
//! documents whether a repeated GUID is recognised.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use super::http::{BODY_LIMIT, Http, MESSAGE_LIMIT, Response, one_line};
use super::{BuildError, SbisSettings};
use crate::domain::{Answer, Company, Kpp, OfficeCode, Outcome, Provider, Refusal, Wait};
use crate::door::Pass;

/// The only template that the method takes.
const TEMPLATE: &str = "ПриглашениеСГлавногоОкнаЭДО";

/// The request itself is wrong: malformed JSON, invalid request, no such method, wrong parameters.
const CONFIG_CODES: [i64; 4] = [-32700, -32600, -32601, -32602];

#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    promotion: Option<String>,
}

#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Params<'a>,
    /// Saby's format of records; with 2 both halves of a record are objects.
    protocol: u8,
    id: u8,
}

#[derive(Serialize)]
struct Params<'a> {
    #[serde(rename = "Реквизиты")]
    requisites: Record<'a>,
}

/// Types beside values, written from one list so that their keys cannot differ.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "types")]
    s: &'a [(&'static str, &'a str)],
    #[serde(serialize_with = "values")]
    d: &'a [(&'static str, &'a str)],
}

fn types<S: Serializer>(fields: &[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, _)| (name, "Строка")))
}

fn values<S: Serializer>(fields: &[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().copied())
}

impl Client {
    pub fn new(timeout: Duration, settings: SbisSettings) -> Result<Self, BuildError> {
        let (service, proxy) = (Provider::Sbis.slug(), settings.proxy.as_ref());
        let http = Http::new(service, timeout, BODY_LIMIT, settings.url, proxy)?;
        Ok(Self { http, promotion: settings.promotion })
    }

    /// Fields with a value, in the order of the page's example; `ИдентификаторАкции`, which only
    /// the table has, comes last.
    pub fn body(&self, company: &Company, guid: Uuid) -> Vec<u8> {
        let guid = guid.to_string();
        let fields: Vec<(&'static str, &str)> = [
            ("ИННПолуч", Some(company.inn.as_str())),
            ("КПППолуч", company.kpp.as_ref().map(Kpp::as_str)),
            ("НазвПолуч", Some(company.name.as_str())),
            ("MailПолуч", Some(company.email.as_str())),
            ("ИдШаблонаПисьма", Some(TEMPLATE)),
            ("GUID", Some(guid.as_str())),
            ("КодПартнера", company.office.as_ref().map(OfficeCode::as_str)),
            ("ИдентификаторАкции", self.promotion.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        let request = Request {
            jsonrpc: "2.0",
            method: "Биллинг.НовоеПриглашение",
            params: Params { requisites: Record { s: &fields, d: &fields } },
            protocol: 2,
            id: 0,
        };
        #[expect(clippy::expect_used, reason = "strings are always JSON")]
        serde_json::to_vec(&request).expect("strings and small numbers are always JSON")
    }

    pub async fn send(&self, body: Vec<u8>, pass: Pass) -> Answer {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json-rpc; charset=utf-8")),
            (ACCEPT, HeaderValue::from_static("application/json-rpc")),
        ]);
        match self.http.post(headers, body, pass).await {
            Ok(response) => classify(&response),
            Err(fault) => fault.into(),
        }
    }
}

/// The first matching rule decides.
///
/// «Код 200 не всегда означает успех»: only a `result` without an `error` does. The answer's id may
/// be -1 and is ignored. An answer with both is believed in neither half.
pub fn classify(response: &Response) -> Answer {
    let json = response.json();
    let member = |name| json.as_ref().and_then(|json: &Value| json.get(name));
    let (result, error) = (member("result"), member("error").filter(|error| !error.is_null()));
    let message = error.and_then(message);
    let wait = |wait| Outcome::NotAccepted { wait, retry_after: None };
    let outcome = match (response.status, error, result) {
        (429 | 503, ..) => wait(Wait::Throttled),
        (401, ..) => wait(Wait::Config),
        (404, None, None) => wait(Wait::Config),
        (_, Some(error), None) if is_config(error) => wait(Wait::Config),
        (_, Some(Value::Object(_) | Value::String(_)), None) => Outcome::Rejected {
            why: message.as_deref().map_or(Refusal::Other, recognise),
            fields: Vec::new(),
        },
        (200..=299, None, Some(result)) => {
            if *result != Value::Bool(false) {
                tracing::warn!("СБИС accepted with a result other than the documented false");
            }
            Outcome::Accepted { reference: None }
        }
        _ => Outcome::Unknown,
    };
    response.answer(outcome, message)
}

fn is_config(error: &Value) -> bool {
    let code = error.get("code").and_then(Value::as_i64);
    code.is_some_and(|code| CONFIG_CODES.contains(&code))
}

/// `message` is for people, `details` for developers; an error may also be a plain string.
fn message(error: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().and_then(|text| one_line(text, MESSAGE_LIMIT));
    text(error).or_else(|| ["message", "details"].iter().find_map(|key| text(error.get(key)?)))
}

/// The page names two causes, «переданные ИНН и КПП являются некорректными» and «приглашаемая
/// организация связана с авторизованным или платным аккаунтом», but neither texts nor codes: the
/// words below are guesses, and an unclear text is [`Refusal::Other`].
fn recognise(text: &str) -> Refusal {
    let text = normalise(text);
    let says = |rows: &[&[&str]]| rows.iter().any(|row| row.iter().all(|part| text.contains(part)));
    let data =
        says(WRONG_INN_OR_KPP) || says(ABOUT_INN_OR_KPP) && says(WRONG) && !says(ABOUT_SERVICE);
    match (says(TRANSIENT), data, says(CLIENT)) {
        (false, true, false) => Refusal::Data,
        (false, false, true) => Refusal::AlreadyClient,
        _ => Refusal::Other,
    }
}

/// A row matches when the text has all its parts; a leading space begins a word.
type Patterns<'a> = &'a [&'a [&'a str]];

const TRANSIENT: Patterns<'_> =
    &[&[" временно"], &[" недоступ"], &[" позже "], &[" позднее "], &[" таймаут"]];
/// Then the service may be wrong and not the codes it names.
const ABOUT_SERVICE: Patterns<'_> = &[&[" сервис"], &[" ответ "]];
const ABOUT_INN_OR_KPP: Patterns<'_> = &[&[" инн "], &[" кпп "], &[" иннполуч "], &[" кппполуч "]];
const WRONG: Patterns<'_> = &[
    &[" некоррект"],
    &[" неверн"],
    &[" неправильн"],
    &[" невалидн"],
    &[" недопустим"],
    &[" ошибочн"],
    &[" несоответств"],
    &[" незаполнен"],
    &[" неуказан"],
    &[" контрольн"],
];
const WRONG_INN_OR_KPP: Patterns<'_> = &[&[" ошибка в инн "], &[" ошибка в кпп "]];
const CLIENT: Patterns<'_> = &[
    &[" аккаунт", " авторизован"],
    &[" аккаунт", " платн"],
    &[" лиценз", " платн"],
    &[" организация уже зарегистрирована "],
    &[" контрагент уже подключен "],
];

/// Lower case, a space around each word. «не» is joined to the next word, so that «не авторизован»
/// is not read as «авторизован».
fn normalise(text: &str) -> String {
    let text = text.to_lowercase().replace('ё', "е");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    format!(" {} ", words.collect::<Vec<_>>().join(" ")).replace(" не ", " не")
}
