//! Whether a request is the documented one, to the letter.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use serde::Deserialize;
use uuid::Uuid;

use super::services::{Directory, Service};

/// The first difference from the provider's page is the error.
pub(super) fn request(
    service: Service,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), String> {
    let path = match service {
        Service::Invoicebox => "/v3/notification/api/invite",
        Service::Sbis => "/reg/service/",
    };
    ensure(method == Method::POST, "the method is not POST")?;
    ensure(uri.path() == path && uri.query().is_none(), "the path is another one")?;
    let agent = |value: &str| value.strip_prefix("invite-bot/").is_some_and(is_version);
    ensure(one(headers, header::USER_AGENT).is_some_and(agent), "User-Agent is wrong")?;
    match service {
        Service::Invoicebox => invoicebox(headers, body),
        Service::Sbis => sbis(headers, body),
    }
}

/// The same for a question to a directory: the ИНН that is asked about.
pub(super) fn question(
    directory: Directory,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, String> {
    let (verb, path, scheme) = match directory {
        Directory::Invoicebox => (Method::GET, "/v3/filter/api/counterparty-detail", "Bearer "),
        Directory::DaData => (Method::POST, "/suggestions/api/4_1/rs/findById/party", "Token "),
    };
    ensure(*method == verb, "the method is another one")?;
    ensure(uri.path() == path, "the path is another one")?;
    let agent = |value: &str| value.strip_prefix("invite-bot/").is_some_and(is_version);
    ensure(one(headers, header::USER_AGENT).is_some_and(agent), "User-Agent is wrong")?;
    let json = Some("application/json");
    ensure(one(headers, header::CONTENT_TYPE) == json, "Content-Type is wrong")?;
    ensure(one(headers, header::ACCEPT) == json, "Accept is wrong")?;
    let key = one(headers, header::AUTHORIZATION).and_then(|key| key.strip_prefix(scheme));
    ensure(key.is_some_and(|key| !key.is_empty()), "Authorization is wrong")?;
    let inn = match directory {
        Directory::Invoicebox => {
            ensure(body.is_empty(), "there is a body")?;
            let query = uri.query().and_then(|query| query.strip_prefix("vatNumber="));
            query.ok_or("the query is not vatNumber alone")?.to_owned()
        }
        Directory::DaData => {
            ensure(uri.query().is_none(), "there is a query")?;
            let asked: FindPartyById = serde_json::from_slice(body).map_err(|it| it.to_string())?;
            ensure((1..=300).contains(&asked.count), "count is not 1 to 300")?;
            asked.query
        }
    };
    ensure(is_inn(&inn), "it is not asked about an ИНН")?;
    Ok(inn)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindPartyById {
    query: String,
    count: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct InviteRequest {
    identifier: String,
    r#type: String,
    partner_id: String,
}

fn invoicebox(headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let json = Some("application/json");
    ensure(one(headers, header::CONTENT_TYPE) == json, "Content-Type is wrong")?;
    ensure(one(headers, header::ACCEPT) == json, "Accept is wrong")?;
    let key = one(headers, header::AUTHORIZATION).and_then(|key| key.strip_prefix("Bearer "));
    ensure(key.is_some_and(|key| !key.is_empty()), "Authorization is wrong")?;
    let request: InviteRequest = serde_json::from_slice(body).map_err(|it| it.to_string())?;
    ensure(request.r#type == "email", "type is not email")?;
    ensure(is_uuid(&request.partner_id), "partnerId is no UUID")?;
    let length = request.identifier.chars().count();
    ensure(request.identifier.contains('@') && length <= 100, "identifier is no address")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rpc {
    jsonrpc: String,
    method: String,
    params: Params,
    protocol: u8,
    id: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(rename = "Реквизиты")]
    requisites: Record,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    s: BTreeMap<String, String>,
    d: BTreeMap<String, String>,
}

const REQUIRED: [&str; 4] = ["ИННПолуч", "MailПолуч", "ИдШаблонаПисьма", "НазвПолуч"];
const OPTIONAL: [&str; 4] = ["КПППолуч", "GUID", "КодПартнера", "ИдентификаторАкции"];

fn sbis(headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let content_type = Some("application/json-rpc; charset=utf-8");
    ensure(one(headers, header::CONTENT_TYPE) == content_type, "Content-Type is wrong")?;
    ensure(one(headers, header::ACCEPT) == Some("application/json-rpc"), "Accept is wrong")?;
    ensure(!headers.contains_key(header::AUTHORIZATION), "Authorization has no place here")?;
    let rpc: Rpc = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    ensure(rpc.jsonrpc == "2.0" && rpc.protocol == 2 && rpc.id == 0, "the envelope is wrong")?;
    ensure(rpc.method == "Биллинг.НовоеПриглашение", "the method is another one")?;
    record(&rpc.params.requisites)
}

fn record(Record { s, d }: &Record) -> Result<(), String> {
    ensure(s.keys().eq(d.keys()), "s and d have different keys")?;
    ensure(s.values().all(|name| name == "Строка"), "a type is not Строка")?;
    let known = |key: &String| REQUIRED.contains(&key.as_str()) || OPTIONAL.contains(&key.as_str());
    ensure(d.keys().all(known), "there is an unknown field")?;
    ensure(d.values().all(|value| !value.is_empty()), "a field is empty")?;
    ensure(REQUIRED.iter().all(|key| d.contains_key(*key)), "a required field is missing")?;
    let digits = |key, lengths: &[usize]| {
        let fits = |value: &String| is_digits(value) && lengths.contains(&value.len());
        d.get(key).is_none_or(fits)
    };
    ensure(digits("ИННПолуч", &[10, 12]), "ИННПолуч is not 10 or 12 digits")?;
    let organisation = d.get("ИННПолуч").is_some_and(|inn| inn.len() == 10);
    let kpp = d.get("КПППолуч");
    ensure(kpp.is_some() == organisation, "КПППолуч belongs to organisations, and to all")?;
    ensure(kpp.is_none_or(|kpp| kpp.len() == 9), "КПППолуч has not 9 characters")?;
    ensure(digits("КодПартнера", &[4, 5]), "КодПартнера is not 4 or 5 digits")?;
    ensure(d.get("GUID").is_none_or(|guid| is_uuid(guid)), "GUID is no UUID")?;
    ensure(d.get("MailПолуч").is_some_and(|mail| mail.contains('@')), "MailПолуч is no address")?;
    let template = d.get("ИдШаблонаПисьма").map(String::as_str);
    ensure(template == Some("ПриглашениеСГлавногоОкнаЭДО"), "ИдШаблонаПисьма is another one")
}

/// The value of a header that comes exactly once.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn is_version(text: &str) -> bool {
    text.split('.').count() == 3 && text.split('.').all(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Ten or twelve digits, not all zeros, with right check digits.
fn is_inn(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let is_right = |place: usize, weights: &[u32]| {
        let sum: u32 = weights.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum();
        digits.get(place) == Some(&(sum % 11 % 10))
    };
    let checks = match text.len() {
        10 => is_right(9, &[2, 4, 10, 3, 5, 9, 4, 6, 8]),
        12 => {
            is_right(10, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
                && is_right(11, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
        }
        _ => false,
    };
    checks && is_digits(text) && digits.iter().any(|digit| *digit != 0)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

fn ensure(holds: bool, violation: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(violation.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inn_has_right_check_digits() {
        for inn in ["1215107651", "0816000005", "500100732259", "770000000300"] {
            assert!(is_inn(inn), "{inn}");
        }
        for text in [
            "",
            "1215107652",
            "500100732258",
            "500100732269",
            "0000000000",
            "121510765",
            "12151O7651",
            " 1215107651",
        ] {
            assert!(!is_inn(text), "{text}");
        }
    }
}
