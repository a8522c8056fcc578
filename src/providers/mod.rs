//! Floor 1: Invoicebox and СБИС. Makes a request, sends it once, and says what the answer means.

mod http;
pub mod invoicebox;
mod proxy;
pub mod reach;
pub mod sbis;

use std::time::Duration;

pub use http::{Http, HttpError, Response, authorization, is_safe, one_line};
pub use proxy::{Proxy, ProxyError, through};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use crate::domain::{Answer, Outcome, Provider, Recipient, Wait};
use crate::door::Pass;

#[derive(Clone, Debug)]
pub struct InvoiceboxSettings {
    /// Without the path of the method.
    pub url: Url,
    pub token: SecretString,
    pub partner_id: Uuid,
    pub proxy: Option<Proxy>,
}

/// The method needs no key.
#[derive(Clone, Debug)]
pub struct SbisSettings {
    /// With the path.
    pub url: Url,
    pub promotion: Option<String>,
    pub proxy: Option<Proxy>,
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the address of {0} is neither https nor a loopback http address")]
    Address(&'static str),
    #[error("the token of {0} cannot be sent in a header")]
    Token(&'static str),
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

#[derive(Clone, Debug)]
pub struct Providers {
    invoicebox: Option<invoicebox::Client>,
    sbis: Option<sbis::Client>,
}

impl Providers {
    /// `timeout` limits a whole call; connecting takes at most 5 seconds and half of it.
    pub fn new(
        timeout: Duration,
        invoicebox: Option<InvoiceboxSettings>,
        sbis: Option<SbisSettings>,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            invoicebox: invoicebox.map(|it| invoicebox::Client::new(timeout, it)).transpose()?,
            sbis: sbis.map(|it| sbis::Client::new(timeout, it)).transpose()?,
        })
    }

    pub fn enabled(&self) -> Vec<Provider> {
        let is_on = |provider: &Provider| match provider {
            Provider::Invoicebox => self.invoicebox.is_some(),
            Provider::Sbis => self.sbis.is_some(),
        };
        Provider::ALL.into_iter().filter(is_on).collect()
    }

    /// Equal for equal arguments; `None` if the provider is off. Only СБИС gets the GUID.
    pub fn body(&self, recipient: &Recipient, guid: Uuid) -> Option<Vec<u8>> {
        match recipient {
            Recipient::Invoicebox { email } => Some(self.invoicebox.as_ref()?.body(email)),
            Recipient::Sbis(company) => Some(self.sbis.as_ref()?.body(company, guid)),
        }
    }

    /// Sends at most one complete request, which does not leave without a [`Pass`].
    pub async fn send(&self, provider: Provider, body: Vec<u8>, pass: Pass) -> Answer {
        match (provider, &self.invoicebox, &self.sbis) {
            (Provider::Invoicebox, Some(client), _) => client.send(body, pass).await,
            (Provider::Sbis, _, Some(client)) => client.send(body, pass).await,
            (Provider::Invoicebox, None, _) | (Provider::Sbis, _, None) => Answer {
                outcome: Outcome::NotAccepted { wait: Wait::Config, retry_after: None },
                http_status: None,
                request_id: None,
                message: Some("not configured".to_owned()),
            },
        }
    }
}
