//! What the clients of both providers and of the directories send, and what they make of every
//! answer and every fault.
//! The faults are real ones: a server of our own that knows whether it had read the whole
//! request. They hold down what reqwest reports, which a new version may change.

mod answers;
mod directory;
mod faults;
mod logs;
mod requests;
mod stand_ins;

use std::time::Duration;

use invite_bot::domain::{
    Company, CompanyName, Email, Inn, Kpp, OfficeCode, Outcome, Provider, Recipient, Refusal, Wait,
};
use invite_bot::providers::Providers;
use url::Url;
use uuid::Uuid;

use crate::support::samples::{invoicebox, sbis};

fn guid() -> Uuid {
    "4f40fed3-2bc4-4bc2-bedb-08623e4ded6f".parse().unwrap()
}

/// Both providers at one address.
fn providers(timeout: Duration, url: &str) -> Providers {
    let url: Url = url.parse().unwrap();
    Providers::new(timeout, Some(invoicebox(url.clone())), Some(sbis(url))).unwrap()
}

fn recipient(provider: Provider, email: &str) -> Recipient {
    let email = Email::parse(email).unwrap();
    match provider {
        Provider::Invoicebox => Recipient::Invoicebox { email },
        Provider::Sbis => Recipient::Sbis(Company {
            inn: Inn::parse("1215107651").unwrap(),
            kpp: Some(Kpp::parse("121501001").unwrap()),
            name: CompanyName::parse("Детский сад Чайка").unwrap(),
            email,
            office: Some(OfficeCode::parse("7705").unwrap()),
        }),
    }
}

fn body(providers: &Providers, provider: Provider) -> Vec<u8> {
    providers.body(&recipient(provider, "iam@mail.ru"), guid()).unwrap()
}

/// An outcome in a few words.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { reference: None } => "accepted".to_owned(),
        Outcome::Accepted { reference: Some(reference) } => format!("accepted as {reference}"),
        Outcome::Rejected { why: Refusal::Data, .. } => "refused: data".to_owned(),
        Outcome::Rejected { why: Refusal::AlreadyClient, .. } => "refused: client".to_owned(),
        Outcome::Rejected { why: Refusal::Other, .. } => "refused".to_owned(),
        Outcome::NotAccepted { wait, retry_after } => {
            let wait = match wait {
                Wait::Connect => "no connection",
                Wait::Throttled => "throttled",
                Wait::Config => "config",
            };
            retry_after.map_or(wait.to_owned(), |time| format!("{wait} for {} s", time.as_secs()))
        }
        Outcome::Unknown => "unknown".to_owned(),
    }
}
