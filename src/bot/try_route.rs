//! What a route is worth, asked once: for `check`.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::answer::{NONSENSE, TelegramError, read};
use super::client::{date, method_url};
use super::inbox::WebhookInfo;
use super::routes::Route;
use super::{ConnectError, Telegram};
use crate::providers::reach::Stage;

/// What came of `getMe` by one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub took: Duration,
    /// By the clock of Telegram.
    pub date: Option<Timestamp>,
    /// The bot's name.
    pub answer: Result<String, Untold>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    NotReached(Stage),
    /// A page of somebody on the way.
    NotTelegram,
    /// Telegram answers with an error.
    Fault,
    /// Telegram knows no such token.
    Token,
}

/// For `check`: sends nothing to anybody.
pub async fn try_route(
    telegram: &Telegram,
    route: &Route,
    limit: Duration,
) -> Result<Tried, ConnectError> {
    #[derive(serde::Deserialize)]
    struct Me {
        username: String,
    }
    let client = route.client()?;
    let server = telegram.bot(client.clone()).api_url();
    let (url, begun) = (method_url(server, &telegram.token, "getMe"), Instant::now());
    let asked = async {
        let answer = client.post(url).timeout(limit).send().await?;
        Ok::<_, reqwest::Error>((date(answer.headers()), answer.text().await?))
    };
    let asked = asked.await;
    let took = begun.elapsed();
    let (date, answer) = match asked {
        Ok((date, body)) => match read::<Me>(&body) {
            Ok(me) => (date, Ok(me.username)),
            Err(TelegramError::Token) => (date, Err(Untold::Token)),
            Err(TelegramError::Network(NONSENSE)) => (None, Err(Untold::NotTelegram)),
            Err(_) => (date, Err(Untold::Fault)),
        },
        Err(error) => {
            let stage = Stage::of(&error, matches!(route, Route::Through(_)));
            (None, Err(Untold::NotReached(stage)))
        }
    };
    Ok(Tried { took, date, answer })
}

/// For `check`, too. `None`: no word of Telegram.
pub async fn webhook_info(
    telegram: &Telegram,
    route: &Route,
    limit: Duration,
) -> Option<WebhookInfo> {
    let client = route.client().ok()?;
    let server = telegram.bot(client.clone()).api_url();
    let url = method_url(server, &telegram.token, "getWebhookInfo");
    let answer = client.post(url).timeout(limit).send().await.ok()?;
    read(&answer.text().await.ok()?).ok()
}
