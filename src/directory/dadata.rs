//! DaData: `POST /suggestions/api/4_1/rs/findById/party`; it alone knows status and branches.
//!
//! Source: dadata.ru, «API: организация по ИНН», and the specification of its suggestions. An
//! unknown ИНН is an empty list. Its errors quote the key, so their words are never kept.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::read::{address, kpp, name};
use super::{BODY_LIMIT, LookupError};
use crate::domain::{Branch, Inn, Organisation, RegistryStatus, Source};
use crate::door::Pass;
use crate::providers::{BuildError, Http, Proxy, Response, authorization};

/// The organisation and its branches; DaData gives 10 by default and 300 at most.
const COUNT: usize = 50;

/// If it names no time; its limit of new connections is counted by the minute.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct DaDataSettings {
    pub url: Url,
    pub token: SecretString,
    pub proxy: Option<Proxy>,
}

#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    token: SecretString,
}

#[derive(Serialize)]
struct FindPartyById<'a> {
    query: &'a str,
    count: usize,
}

impl Client {
    pub(super) fn new(timeout: Duration, settings: DaDataSettings) -> Result<Self, BuildError> {
        let mut url = settings.url;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            path.extend(["suggestions", "api", "4_1", "rs", "findById", "party"]);
        }
        let service = Source::DaData.slug();
        authorization("Token", &settings.token).ok_or(BuildError::Token(service))?;
        let http = Http::new(service, timeout, BODY_LIMIT, url, settings.proxy.as_ref())?;
        Ok(Self { http, token: settings.token })
    }

    pub(super) async fn ask(&self, inn: &Inn) -> Result<Option<Organisation>, LookupError> {
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, json.clone()), (ACCEPT, json)]);
        headers.extend(authorization("Token", &self.token).map(|key| (AUTHORIZATION, key)));
        let question = FindPartyById { query: inn.as_str(), count: COUNT };
        let body = serde_json::to_vec(&question).map_err(|_| LookupError::Down)?;
        read(inn, &self.http.post(headers, body, Pass::promising_nothing()).await?)
    }
}

/// `None` if the ИНН is unknown.
///
/// 403 is a wrong key, an unconfirmed account or a used-up daily quota, all in the same words
/// (`Feature 'SUGGESTIONS' disabled for token '…'`).
pub fn read(inn: &Inn, response: &Response) -> Result<Option<Organisation>, LookupError> {
    match response.status {
        200..=299 => {}
        401 => return Err(LookupError::Key),
        403 => return Err(LookupError::KeyOrQuota),
        429 => {
            return Err(LookupError::Busy(response.retry_after().unwrap_or(DEFAULT_RETRY_AFTER)));
        }
        _ => return Err(LookupError::Down),
    }
    let json = response.json().ok_or(LookupError::Down)?;
    let list = json.get("suggestions").and_then(Value::as_array).ok_or(LookupError::Down)?;
    Ok(organisation(inn, list))
}

/// A person may have been an ИП more than once; the one that is not over counts.
fn organisation(inn: &Inn, list: &[Value]) -> Option<Organisation> {
    let data = list.iter().filter_map(|entry| entry.get("data"));
    let ours = data.filter(|it| it.get("inn").is_none_or(|other| other == inn.as_str()));
    let (branches, heads): (Vec<_>, Vec<_>) =
        ours.partition(|it| it.get("branch_type").is_some_and(|kind| kind == "BRANCH"));
    let head =
        heads.iter().find(|it| status(it) != Some(RegistryStatus::Liquidated)).or(heads.first());
    if head.is_none() && branches.is_empty() {
        return None;
    }
    let head = head.copied().unwrap_or(&Value::Null);
    let known = branches.len();
    let count = head.get("branch_count").and_then(Value::as_u64);
    let is_organisation = inn.is_organisation();
    Some(Organisation {
        inn: inn.clone(),
        short_name: name(head, "/name/short_with_opf"),
        full_name: name(head, "/name/full_with_opf"),
        kpp: kpp(head, "/kpp").filter(|_| is_organisation),
        address: address(head, "/address/value").filter(|_| is_organisation),
        status: status(head),
        ended: date(head, "/state/liquidation_date"),
        as_of: date(head, "/state/actuality_date"),
        branches: branches.into_iter().filter(|_| is_organisation).filter_map(branch).collect(),
        more_branches: count.is_some_and(|count| count > known as u64) || list.len() >= COUNT,
        source: Source::DaData,
    })
}

fn branch(data: &Value) -> Option<Branch> {
    let is_closed = status(data) == Some(RegistryStatus::Liquidated);
    let kpp = kpp(data, "/kpp").filter(|_| !is_closed)?;
    let name = name(data, "/name/short_with_opf").or_else(|| name(data, "/name/full_with_opf"));
    Some(Branch { kpp, name, address: address(data, "/address/value") })
}

fn status(data: &Value) -> Option<RegistryStatus> {
    match data.pointer("/state/status")?.as_str()? {
        "ACTIVE" => Some(RegistryStatus::Active),
        "LIQUIDATING" => Some(RegistryStatus::Liquidating),
        "LIQUIDATED" => Some(RegistryStatus::Liquidated),
        "BANKRUPT" => Some(RegistryStatus::Bankrupt),
        "REORGANIZING" => Some(RegistryStatus::Reorganising),
        _ => None,
    }
}

/// A date is its midnight in UTC in milliseconds, negative before 1970.
fn date(data: &Value, pointer: &str) -> Option<Date> {
    let time = Timestamp::from_millisecond(data.pointer(pointer)?.as_i64()?).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date())
}
