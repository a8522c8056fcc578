//! The bot over real HTTP between stand-ins on loopback, with a temporary database.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Value, json};
use stand_ins::providers::{DaDataStandIn, ProviderStandIn};
use stand_ins::telegram::{Message, Person, Telegram};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::page::players;
use super::samples::UNREACHABLE;
use crate::app::App;
use crate::bot;
use crate::config::{Config, LogFormat, LogSettings};
use crate::delivery::RetryPolicy;
use crate::directory::DaDataSettings;
use crate::domain::{
    AttemptOutcome, Event, Invitation, Limits, OfficeCode, OfficeRules, PersonId, Provider,
    Refusal, Role, Source, State, Wait,
};
use crate::failure::Failure;
use crate::providers::{InvoiceboxSettings, SbisSettings};
use crate::store::{Actor, Change, Filter, Query, Store};

/// The scale of the demo's waits.
const TIME_SCALE: f64 = 0.01;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Shaped like a key of DaData.
pub const DADATA_KEY: &str = "9c1185a5c5e9fc54612808977ee8f548b2258d31";

#[derive(Clone, Debug)]
pub struct DemoPeople {
    pub oleg: Person,
    pub anna: Person,
    pub stranger: Person,
}

impl Default for DemoPeople {
    fn default() -> Self {
        let [oleg, anna, stranger] = players().map(|player| player.person);
        Self { oleg, anna, stranger }
    }
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub providers: Vec<Provider>,
    /// Invoicebox's only with Invoicebox.
    pub directories: Vec<Source>,
    pub office: Option<OfficeCode>,
    pub policy: RetryPolicy,
    pub timeout: Duration,
    pub concurrency: usize,
    pub rules: OfficeRules,
    pub send_delay: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            providers: Provider::ALL.to_vec(),
            directories: vec![Source::DaData, Source::Invoicebox],
            office: None,
            policy: RetryPolicy::default().scaled(TIME_SCALE),
            timeout: TIMEOUT,
            concurrency: 4,
            // Every address of the demo is at one domain.
            rules: OfficeRules {
                limits: Limits { domain_day: 0, ..OfficeRules::default().limits },
                ..OfficeRules::default()
            },
            send_delay: Duration::from_secs(5),
        }
    }
}

/// The stand-ins, which outlive the bot.
#[derive(Clone)]
pub struct StandIns {
    pub telegram: Telegram,
    pub invoicebox: ProviderStandIn,
    pub sbis: ProviderStandIn,
    pub dadata: DaDataStandIn,
}

impl StandIns {
    pub async fn start() -> std::io::Result<Self> {
        Ok(Self {
            telegram: Telegram::start().await?,
            invoicebox: ProviderStandIn::invoicebox().await?,
            sbis: ProviderStandIn::sbis().await?,
            dadata: DaDataStandIn::start().await?,
        })
    }

    pub fn provider(&self, provider: Provider) -> &ProviderStandIn {
        match provider {
            Provider::Invoicebox => &self.invoicebox,
            Provider::Sbis => &self.sbis,
        }
    }

    pub fn config(
        &self,
        plan: &Plan,
        people: &DemoPeople,
        database: &Path,
    ) -> anyhow::Result<Config> {
        let on = |provider| plan.providers.contains(&provider);
        let invoicebox = on(Provider::Invoicebox).then(|| InvoiceboxSettings {
            url: self.invoicebox.url(),
            token: SecretString::from("b37c4c689295904ed21eee5d9a48d42e"),
            partner_id: Uuid::max(),
        });
        let sbis =
            on(Provider::Sbis).then(|| SbisSettings { url: self.sbis.url(), promotion: None });
        let asks = |source| plan.directories.contains(&source);
        let dadata = asks(Source::DaData).then(|| DaDataSettings {
            url: self.dadata.url(),
            token: SecretString::from(DADATA_KEY),
        });
        let admin = PersonId::new(people.oleg.id).context("an id of a person is positive")?;
        Ok(Config {
            telegram: bot::Telegram {
                token: SecretString::from(self.telegram.token()),
                api_url: Some(self.telegram.url().parse()?),
                proxy: None,
            },
            database: database.to_owned(),
            admins: BTreeSet::from([admin]),
            counterparties: invoicebox.clone().filter(|_| asks(Source::Invoicebox)),
            invoicebox,
            sbis,
            dadata,
            office: plan.office.clone(),
            provider_timeout: plan.timeout,
            concurrency: plan.concurrency,
            invoicebox_rate: 0,
            sbis_rate: 0,
            rules: plan.rules,
            send_delay: plan.send_delay,
            time_zone: TimeZone::get("Europe/Moscow")?,
            log: LogSettings { filter: "info".to_owned(), format: LogFormat::Text },
        })
    }
}

pub struct World {
    pub stand_ins: StandIns,
    pub people: DemoPeople,
    app: App,
    folder: PathBuf,
    switchboard: JoinSet<()>,
    down: watch::Receiver<bool>,
}

impl World {
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(Plan::default()).await
    }

    pub async fn start_with(plan: Plan) -> Result<Self, Failure> {
        let stand_ins = StandIns::start().await.context("no free port on loopback")?;
        let people = DemoPeople::default();
        // A bot cannot write to people who never wrote to it.
        for person in [&people.oleg, &people.anna] {
            stand_ins.telegram.says(person, "/start");
        }
        let folder =
            std::env::temp_dir().join(format!("invite-bot-demo-{}", Uuid::new_v4().simple()));
        let database = folder.join("demo.db");
        prepare(&database, &people).await?;
        let app =
            App::start(stand_ins.config(&plan, &people, &database)?, plan.policy.clone()).await?;
        let (down, is_down) = watch::channel(false);
        let mut switchboard = JoinSet::new();
        switchboard.spawn(serve_the_unreachable(stand_ins.clone(), people.clone(), down));
        Ok(Self { stand_ins, people, app, folder, switchboard, down: is_down })
    }

    pub async fn is_down(&self, down: bool) {
        // The sender lives as long as the world.
        _ = self.down.clone().wait_for(|now| *now == down).await;
    }

    pub fn store(&self) -> &Store {
        self.app.store()
    }

    pub async fn stop(mut self) {
        self.switchboard.shutdown().await;
        self.app.stop().await;
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the folder of the demo was not removed");
        }
    }
}

async fn prepare(database: &Path, people: &DemoPeople) -> Result<(), Failure> {
    let store = Store::open(database).await.map_err(|error| Failure::database(database, &error))?;
    allow(&store, &people.anna, Role::Staff).await?;
    store.close().await;
    Ok(())
}

pub async fn allow(store: &Store, person: &Person, role: Role) -> anyhow::Result<()> {
    let id = PersonId::new(person.id).context("an id of a person is positive")?;
    let person = crate::domain::Person { id, name: Some(person.full_name()) };
    let allow = Change::Allow { person, role, fixed_admins: 1 };
    store.apply(Actor::Program, Timestamp::now(), &[allow]).await?;
    Ok(())
}

/// Hangs the providers up while a summary with the unreachable address is shown or sent.
async fn serve_the_unreachable(stand_ins: StandIns, people: DemoPeople, down: watch::Sender<bool>) {
    let mut changes = stand_ins.telegram.changes();
    // The second time there is a connection.
    let mut failed = HashSet::new();
    loop {
        let mut wanted = false;
        for person in [&people.oleg, &people.anna] {
            for message in stand_ins.telegram.chat(person) {
                let place = (person.id, message.id);
                if message.text.contains("не отправлено") {
                    failed.insert(place);
                }
                wanted |= is_tried(&message) && !failed.contains(&place);
            }
        }
        if wanted != *down.borrow() {
            for provider in [&stand_ins.invoicebox, &stand_ins.sbis] {
                if wanted {
                    provider.go_down().await;
                } else if let Err(error) = provider.come_up().await {
                    tracing::error!(%error, "a stand-in of a provider did not come up again");
                }
            }
            down.send_replace(wanted);
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn is_tried(message: &Message) -> bool {
    let names_it = message.is_from_bot() && message.text.contains(&format!("{UNREACHABLE}@"));
    let may_be_sent =
        ["🚀", "✋", "❌ Не отправлять"].iter().any(|label| message.button(label).is_some());
    names_it && (may_be_sent || message.text.contains("отправляю"))
}

pub async fn panel(stand_ins: &StandIns, store: &Store) -> anyhow::Result<Value> {
    let mut received: Vec<(Timestamp, Value)> = Vec::new();
    for provider in Provider::ALL {
        received.extend(stand_ins.provider(provider).received().into_iter().map(|request| {
            let shown = json!({
                "provider": provider.slug(),
                "at": request.at.to_string(),
                "request": {
                    "method": request.method,
                    "path": request.path,
                    "headers": request.headers,
                    "body": request.body,
                },
                "answer": request.answer,
            });
            (request.at, shown)
        }));
    }
    received.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let received: Vec<Value> = received.into_iter().map(|(_, shown)| shown).take(50).collect();
    let mut reader = store.reader();
    let mut log = Vec::new();
    for page in 1..=LOG_PAGES {
        let found = reader.page(&Query { author: None, filter: Filter::All, page }).await?;
        if found.page != page {
            break;
        }
        for invitation in found.items {
            let history = reader.history(invitation.number).await?;
            log.push(log_row(&invitation, &history));
        }
    }
    Ok(json!({ "providers": received, "log": log }))
}

const LOG_PAGES: u32 = 4;

fn log_row(invitation: &Invitation, history: &[Event]) -> Value {
    let (mut attempts, mut changes) = (Vec::new(), Vec::new());
    for event in history.iter().rev() {
        match event {
            Event::Called(attempt) => {
                let status = attempt.http_status.map(|status| format!(" · HTTP {status}"));
                let message = attempt.message.as_ref().map(|message| format!(" · {message}"));
                attempts.push(format!(
                    "{}{}{}",
                    outcome_word(attempt.outcome),
                    status.unwrap_or_default(),
                    message.unwrap_or_default()
                ));
            }
            Event::Changed { at, by, from, to } => {
                let who = by.as_ref().and_then(|person| person.name.clone());
                let from = from.map_or_else(String::new, |from| format!("{} → ", state_word(from)));
                let (time, to) = (at.strftime("%H:%M:%S UTC"), state_word(*to));
                changes.push(format!("{time} {from}{to} · {}", who.unwrap_or("бот".into())));
            }
        }
    }
    json!({
        "number": invitation.number.0,
        "provider": invitation.recipient.provider().slug(),
        "recipient": invitation.recipient.email().as_str(),
        "state": state_word(invitation.state),
        "author": invitation.author.name,
        "attempts": attempts,
        "changes": changes,
    })
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Queued => "в очереди",
        State::Held => "ждёт админа",
        State::Sending => "отправка",
        State::Accepted => "принято",
        State::Rejected(Refusal::AlreadyClient) => "уже клиент",
        State::Rejected(Refusal::Data | Refusal::Other) => "отказ",
        State::NotSent => "не отправлено",
        State::Unknown => "неизвестно",
        State::ConfirmedSent => "письмо дошло",
        State::ConfirmedNotSent => "письма нет",
        State::Cancelled => "отменено",
    }
}

fn outcome_word(outcome: Option<AttemptOutcome>) -> &'static str {
    match outcome {
        None => "идёт",
        Some(AttemptOutcome::Accepted) => "принято",
        Some(AttemptOutcome::Rejected) => "отказ",
        Some(AttemptOutcome::NotAccepted(Wait::Connect)) => "нет связи",
        Some(AttemptOutcome::NotAccepted(Wait::Throttled)) => "просит подождать",
        Some(AttemptOutcome::NotAccepted(Wait::Config)) => "ключ не принят",
        Some(AttemptOutcome::Unknown) => "неизвестно",
    }
}
