//! The bot over real HTTP between stand-ins on loopback, with a temporary database.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use stand_ins::providers::{DaDataStandIn, ProviderStandIn};
use stand_ins::telegram::{Person, Telegram};
use uuid::Uuid;

use super::players::players;
use super::samples::UNREACHABLE;
use super::week;
use crate::app::App;
use crate::bot;
use crate::config::{Config, LogFormat, LogSettings};
use crate::delivery::RetryPolicy;
use crate::directory::DaDataSettings;
use crate::domain::{Limits, OfficeCode, OfficeRules, PersonId, Provider, Role, Source};
use crate::failure::Failure;
use crate::providers::{InvoiceboxSettings, Providers, SbisSettings};
use crate::store::{Actor, Change, Store};

/// The scale of the demo's waits.
const TIME_SCALE: f64 = 0.01;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Of the screens and of the page.
pub const TIME_ZONE: &str = "Europe/Moscow";

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
    /// Whether it opens with a week of invitations, and with an office code for those who invite.
    pub week: bool,
}

impl Plan {
    /// What a visitor of the page finds.
    pub fn of_the_page() -> Self {
        Self { week: true, ..Self::default() }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            providers: Provider::ALL.to_vec(),
            directories: vec![Source::DaData, Source::Invoicebox],
            office: None,
            policy: RetryPolicy {
                unreachable: Some(UNREACHABLE),
                ..RetryPolicy::default().scaled(TIME_SCALE)
            },
            timeout: TIMEOUT,
            concurrency: 4,
            // Every address of the demo is at one domain.
            rules: OfficeRules {
                limits: Limits { domain_day: 0, ..OfficeRules::default().limits },
                ..OfficeRules::default()
            },
            send_delay: Duration::from_secs(5),
            week: false,
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
            proxy: None,
        });
        let sbis = on(Provider::Sbis).then(|| SbisSettings {
            url: self.sbis.url(),
            promotion: None,
            proxy: None,
        });
        let asks = |source| plan.directories.contains(&source);
        let dadata = asks(Source::DaData).then(|| DaDataSettings {
            url: self.dadata.url(),
            token: SecretString::from(DADATA_KEY),
            proxy: None,
        });
        let admin = PersonId::new(people.oleg.id).context("an id of a person is positive")?;
        Ok(Config {
            telegram: bot::Telegram {
                token: SecretString::from(self.telegram.token()),
                api_url: Some(self.telegram.url().parse()?),
                routes: Vec::new(),
            },
            webhook: None,
            database: database.to_owned(),
            backup: None,
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
            time_zone: TimeZone::get(TIME_ZONE)?,
            monitor: None,
            log: LogSettings { filter: "info".to_owned(), format: LogFormat::Text },
        })
    }
}

pub struct World {
    pub stand_ins: StandIns,
    pub people: DemoPeople,
    app: App,
    folder: Folder,
}

/// Goes with all that is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("invite-bot-demo-{}", Uuid::new_v4().simple())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the folder of the demo was not removed");
        }
    }
}

impl World {
    pub async fn start_with(plan: Plan) -> Result<Self, Failure> {
        let stand_ins = StandIns::start().await.context("no free port on loopback")?;
        let people = DemoPeople::default();
        // A bot cannot write to people who never wrote to it.
        for person in [&people.oleg, &people.anna] {
            stand_ins.telegram.says(person, "/start");
        }
        let folder = Folder::new();
        let config = stand_ins.config(&plan, &people, &folder.0.join("demo.db"))?;
        prepare(&config, &people, plan.week).await?;
        let app = App::start(config, plan.policy).await?;
        Ok(Self { stand_ins, people, app, folder })
    }

    pub fn store(&self) -> &Store {
        self.app.store()
    }

    pub async fn stop(self) {
        self.app.stop().await;
        drop(self.folder);
    }
}

async fn prepare(config: &Config, people: &DemoPeople, week: bool) -> Result<(), Failure> {
    let (database, now) = (&config.database, Timestamp::now());
    let failed = |error| Failure::database(database, &error);
    let store = Store::open(database).await.map_err(failed)?;
    // Before anything is in it, or the bot would doubt where that came from.
    let (store, _) = store.keep_mark(database, now).await.map_err(failed)?;
    allow(&store, &people.anna, Role::Staff).await?;
    if week {
        let (invoicebox, sbis) = (config.invoicebox.clone(), config.sbis.clone());
        let providers = Providers::new(config.provider_timeout, invoicebox, sbis)
            .context("no client for the providers")?;
        let people = [known(&people.oleg)?, known(&people.anna)?];
        week::fill(&store, &providers, people, &config.time_zone, now).await?;
    }
    store.close().await;
    Ok(())
}

pub async fn allow(store: &Store, person: &Person, role: Role) -> anyhow::Result<()> {
    let allow = Change::Allow { person: known(person)?, role, fixed_admins: 1 };
    store.apply(Actor::Program, Timestamp::now(), &[allow]).await?;
    Ok(())
}

fn known(person: &Person) -> anyhow::Result<crate::domain::Person> {
    let id = PersonId::new(person.id).context("an id of a person is positive")?;
    Ok(crate::domain::Person { id, name: Some(person.full_name()) })
}
