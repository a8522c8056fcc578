//! Invoicebox's counterparties: `GET /v3/filter/api/counterparty-detail?vatNumber=<ИНН>`.
//!
//! Source: docs.invoicebox.ru, «Контрагент», «Ограничения». The page calls the answer an array; the
//! vendor's client takes it out of `data`, reads an empty one as "not found", and takes the first
//! of several. Neither status nor branches are documented.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;

use super::read::{address, kpp, name};
use super::{BODY_LIMIT, LookupError};
use crate::domain::{Branch, Inn, Organisation, Source};
use crate::providers::{BuildError, Http, InvoiceboxSettings, Response, authorization};

/// If it names no time.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    token: SecretString,
}

impl Client {
    pub(super) fn new(timeout: Duration, settings: InvoiceboxSettings) -> Result<Self, BuildError> {
        let mut url = settings.url;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v3", "filter", "api", "counterparty-detail"]);
        }
        let service = Source::Invoicebox.slug();
        authorization("Bearer", &settings.token).ok_or(BuildError::Token(service))?;
        let http = Http::new(service, timeout, BODY_LIMIT, url, settings.proxy.as_ref())?;
        Ok(Self { http, token: settings.token })
    }

    pub(super) async fn ask(&self, inn: &Inn) -> Result<Option<Organisation>, LookupError> {
        // The page wants a content type of every request.
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, json.clone()), (ACCEPT, json)]);
        headers.extend(authorization("Bearer", &self.token).map(|key| (AUTHORIZATION, key)));
        let response = self.http.get(headers, "vatNumber", inn.as_str()).await?;
        read(inn, &response)
    }
}

pub fn read(inn: &Inn, response: &Response) -> Result<Option<Organisation>, LookupError> {
    match response.status {
        200..=299 => {}
        401 | 403 => return Err(LookupError::Key),
        429 => {
            return Err(LookupError::Busy(response.retry_after().unwrap_or(DEFAULT_RETRY_AFTER)));
        }
        _ => return Err(LookupError::Down),
    }
    let json = response.json().ok_or(LookupError::Down)?;
    let list = json.get("data").unwrap_or(&json).as_array().ok_or(LookupError::Down)?;
    Ok(organisation(inn, list))
}

/// The first entry with this ИНН; further ones count as branches.
fn organisation(inn: &Inn, list: &[Value]) -> Option<Organisation> {
    let mut entries =
        list.iter().filter(|it| it.get("vatNumber").is_none_or(|it| it == inn.as_str()));
    let first = entries.next()?;
    let place = |entry| address(entry, "/registrationAddress").filter(|_| inn.is_organisation());
    let main = kpp(first, "/taxRegistrationReasonCode").filter(|_| inn.is_organisation());
    let mut branches: Vec<Branch> = Vec::new();
    for entry in entries.filter(|_| inn.is_organisation()) {
        let Some(kpp) = kpp(entry, "/taxRegistrationReasonCode") else { continue };
        if main.as_ref() != Some(&kpp) && branches.iter().all(|branch| branch.kpp != kpp) {
            branches.push(Branch { kpp, name: name(entry, "/name"), address: place(entry) });
        }
    }
    Some(Organisation {
        inn: inn.clone(),
        short_name: name(first, "/name"),
        full_name: name(first, "/nameFull"),
        kpp: main,
        address: place(first),
        status: None,
        ended: None,
        as_of: None,
        branches,
        more_branches: false,
        source: Source::Invoicebox,
    })
}
