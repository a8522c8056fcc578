//! Floor 1: the two providers, Invoicebox and СБИС. Makes the request, sends it once and says
//! what the answer means. When to call, and what happens next, is decided above.

mod http;
pub mod invoicebox;
pub mod sbis;

use std::time::Duration;

pub use http::{Fault, Http, Response, authorization, is_safe, words};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use crate::domain::{Answer, Outcome, Provider, Recipient, Wait};

/// What Invoicebox needs to be on.
#[derive(Clone, Debug)]
pub struct InvoiceboxSettings {
    /// Base URL, without the path of the method.
    pub url: Url,
    /// The key of the API.
    pub token: SecretString,
    /// `partnerId` of every invitation.
    pub partner_id: Uuid,
}

/// What СБИС needs to be on; the method asks for no key.
#[derive(Clone, Debug)]
pub struct SbisSettings {
    /// Full URL of the registration service.
    pub url: Url,
    /// `ИдентификаторАкции` of every invitation.
    pub promotion: Option<String>,
}

/// Why the providers cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is not one that [`is_safe`].
    #[error("the address of {0} is neither https nor a loopback http address")]
    Address(&'static str),
    /// The token has characters that no HTTP header may carry.
    #[error("the token of {0} cannot be sent in a header")]
    Token(&'static str),
    /// The TLS of the HTTP client does not start.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

/// The providers that are switched on.
#[derive(Clone, Debug)]
pub struct Providers {
    invoicebox: Option<invoicebox::Client>,
    sbis: Option<sbis::Client>,
}

impl Providers {
    /// Sets up the providers that have settings. `timeout` is the limit of a whole call;
    /// connecting may take the smaller of 5 seconds and half of it.
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

    /// The providers that are on, in the order of every list.
    pub fn enabled(&self) -> Vec<Provider> {
        let is_on = |provider: &Provider| match provider {
            Provider::Invoicebox => self.invoicebox.is_some(),
            Provider::Sbis => self.sbis.is_some(),
        };
        Provider::ALL.into_iter().filter(is_on).collect()
    }

    /// The bytes of the request, always the same for the same arguments; `None` when the
    /// recipient's provider is off. Invoicebox has no place for the GUID.
    pub fn body(&self, recipient: &Recipient, guid: Uuid) -> Option<Vec<u8>> {
        match recipient {
            Recipient::Invoicebox { email } => Some(self.invoicebox.as_ref()?.body(email)),
            Recipient::Sbis(company) => Some(self.sbis.as_ref()?.body(company, guid)),
        }
    }

    /// One call, which sends at most one complete request. Whatever goes wrong is an outcome.
    pub async fn send(&self, provider: Provider, body: Vec<u8>) -> Answer {
        match (provider, &self.invoicebox, &self.sbis) {
            (Provider::Invoicebox, Some(client), _) => client.send(body).await,
            (Provider::Sbis, _, Some(client)) => client.send(body).await,
            (Provider::Invoicebox, None, _) | (Provider::Sbis, _, None) => Answer {
                outcome: Outcome::NotAccepted { wait: Wait::Config, retry_after: None },
                http_status: None,
                request_id: None,
                message: Some("not configured".to_owned()),
            },
        }
    }
}
