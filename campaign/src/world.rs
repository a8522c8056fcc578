//! A world: one bot with its database between stand-ins that survive it, and a staff that works
//! on. What is done to the bot is decided in the parts of the campaign; here it is set up,
//! brought to rest at the end, and its logs are collected.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use fastrand::Rng;
use invite_bot::demo::world::allow;
use invite_bot::domain::{Provider, Role};
use invite_bot::store::{self, Store};
use stand_ins::telegram::Telegram;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bot::{self, Bot, CrashPoint, Plan, Setup};
use crate::checker::{self, Violation};
use crate::database;
use crate::far_end::FarEnd;
use crate::logs::{Db, Life, Logs, Seen};
use crate::people::{ADMIN, Manner, Office, Staff, TRAINEE, person};
use crate::planted::Planted;
use crate::relay::{Relay, Way};
use crate::tracer::Tracer;

/// The longest that a healthy world may take to come to rest.
pub const REST: Duration = Duration::from_secs(60);

/// Who works in an office; the first is the admin.
pub const STAFF: [i64; 6] = [ADMIN, 2, 3, TRAINEE, 5, 6];

/// Somebody who may not send much, and how much.
const MODEST: i64 = 6;
const MOST: u32 = 2;

/// What a world is made of.
#[derive(Clone, Default)]
pub struct Make {
    /// The shipped binary instead of the bot under test.
    pub program: Option<PathBuf>,
    /// A bot that makes a mistake, instead of the bot under test.
    pub planted: Option<Planted>,
    /// What is done to the database before the first start.
    pub sabotage: Option<&'static str>,
    /// What is done to the database before every start.
    pub before_start: Option<&'static str>,
    /// The longest that it may take to come to rest; `None`: [`REST`].
    pub rest: Option<Duration>,
    /// There is no database yet, and nobody is let in but the admin.
    pub bare: bool,
    /// How the bot is set up.
    pub setup: Setup,
    /// Whether Telegram is reached by two ways that fail.
    pub routes: bool,
    /// Whether updates come by a webhook in two of three lives, and are polled for in the third.
    pub webhook: bool,
}

/// A world that runs.
pub struct World {
    /// The people and the far ends.
    pub office: Office,
    /// The ways to Telegram, if there are such.
    pub routes: Vec<Relay>,
    /// Decides everything that is left to chance.
    pub rng: Rng,
    make: Make,
    webhook: Vec<(&'static str, String)>,
    plan: Plan,
    database: PathBuf,
    folder: TempDir,
    lives: Vec<Life>,
    staff: JoinSet<()>,
    /// Of the database, made beside a running bot.
    copies: Vec<PathBuf>,
    copying: JoinSet<anyhow::Result<PathBuf>>,
    /// Updates that nobody can read.
    poison: Vec<i64>,
    /// How long it took to come to rest.
    pub rested: Duration,
    /// What people saw at the end of a life that was not stored then.
    pub untrue: Vec<Violation>,
    /// What the campaign meant to do to the bot and could not.
    pub missed: Vec<String>,
}

impl World {
    /// Sets one up; the bot does not run yet.
    pub async fn new(number: u64, seed: u64, make: Make) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("campaign-").tempdir()?;
        let database = folder.path().join("bot.db");
        match make {
            Make { bare: true, .. } => {}
            _ => let_in(&database).await?,
        }
        if let Some(statements) = make.sabotage {
            database::run(&database, statements).await?;
        }
        let telegram = Telegram::start().await?;
        for id in STAFF {
            telegram.says(&person(id), "/start");
        }
        let ends =
            [FarEnd::start(Provider::Invoicebox).await?, FarEnd::start(Provider::Sbis).await?];
        let [invoicebox, sbis] = &ends;
        let mut settings = bot::settings(
            (telegram.url(), telegram.token()),
            invoicebox.url(),
            sbis.url(),
            &database,
            ADMIN,
            make.setup,
        );
        let mut routes = Vec::new();
        if make.routes {
            let port = port(&telegram)?;
            routes.extend([Relay::to(port).await?, Relay::to(port).await?]);
            let urls: Vec<&str> = routes.iter().map(|relay| relay.url.as_str()).collect();
            settings.push(("TELOXIDE_PROXY", urls.join(", ")));
        }
        let mut webhook = Vec::new();
        if make.webhook {
            // Free a moment ago.
            let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
            webhook.push(("WEBHOOK_URL", format!("http://{address}/telegram")));
            webhook.push(("WEBHOOK_LISTEN", address.to_string()));
        }
        let plan = Plan {
            program: make.program.clone(),
            settings,
            folder: folder.path().to_owned(),
            planted: make.planted.clone(),
        };
        Ok(Self {
            office: Office::new(telegram, ends, number),
            routes,
            rng: Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number)),
            make,
            webhook,
            plan,
            database,
            folder,
            lives: Vec::new(),
            staff: JoinSet::new(),
            copies: Vec::new(),
            copying: JoinSet::new(),
            poison: Vec::new(),
            rested: Duration::ZERO,
            untrue: Vec::new(),
            missed: Vec::new(),
        })
    }

    /// Lets the staff into a database that was an old one.
    pub async fn let_in(&self) -> anyhow::Result<()> {
        let_in(&self.database).await
    }

    /// Telegram hands out something that nobody can read.
    pub fn poisons(&mut self, update: i64) {
        self.poison.push(update);
        let json = format!(r#"{{"update_id":{update},"message":{{"chat":{{"id":2}}}}}}"#);
        self.office.telegram.hands_out(&json);
    }

    /// The longest that an invitation may wait in a queue, once the providers are healthy: with
    /// waits in earnest only what is overdue by a minute counts as forgotten.
    fn patience(&self) -> Duration {
        if self.is_in_earnest() { Duration::from_secs(600 + 60) } else { Duration::ZERO }
    }

    fn window(&self) -> Duration {
        match self.make.setup {
            Setup::Defaults if !self.is_in_earnest() => bot::WINDOW,
            _ => Duration::ZERO,
        }
    }

    fn is_in_earnest(&self) -> bool {
        self.make.program.is_some()
    }

    /// Lets everybody begin to work.
    pub fn begin(&mut self, manner: Manner) {
        for id in STAFF {
            let staff = Staff::new(self.office.clone(), id, self.rng.u64(..), manner);
            self.staff.spawn(staff.work());
        }
        self.office.limits(&person(ADMIN), MODEST, MOST);
        self.keep_order();
        self.take_turns();
        self.stop_letters();
    }

    /// Lets the admin put a client on the stop-list now and then.
    fn stop_letters(&mut self) {
        let (office, mut rng) = (self.office.clone(), Rng::with_seed(self.rng.u64(..)));
        self.staff.spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rng.u64(300..2_000))).await;
                office.stops(&person(ADMIN), &mut rng);
            }
        });
    }

    /// Lets the admin look after pauses.
    pub fn keep_order(&mut self) {
        let (office, mut rng) = (self.office.clone(), Rng::with_seed(self.rng.u64(..)));
        self.staff.spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rng.u64(50..400))).await;
                office.resume(&person(ADMIN)).await;
            }
        });
    }

    /// Lets the admin take the trainee's access away now and then.
    fn take_turns(&mut self) {
        let (office, mut rng) = (self.office.clone(), Rng::with_seed(self.rng.u64(..)));
        self.staff.spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rng.u64(500..4_000))).await;
                match rng.u8(0..4) {
                    0 => office.revokes(&person(ADMIN), TRAINEE),
                    _ => office.allows(&person(ADMIN), TRAINEE),
                }
            }
        });
    }

    /// Nobody does anything any more.
    pub async fn pause(&mut self) {
        self.staff.shutdown().await;
    }

    /// Starts the bot.
    pub async fn start(&self, crash: Option<CrashPoint>) -> anyhow::Result<Bot> {
        if let Some(statements) = self.make.before_start {
            database::run(&self.database, statements).await?;
        }
        let mut plan = self.plan.clone();
        if self.lives.len() % 3 != 2 {
            plan.settings.extend(self.webhook.iter().cloned());
        }
        plan.start(crash)
    }

    /// Starts the bot under strace.
    pub fn start_under(&self, tracer: &Tracer) -> anyhow::Result<Bot> {
        self.plan.start_under(Some(tracer), None)
    }

    /// Where the database is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where Telegram listens.
    pub fn telegram_port(&self) -> anyhow::Result<u16> {
        port(&self.office.telegram)
    }

    /// Begins a copy of the database, as `invite-bot backup` makes it.
    pub fn backs_up(&mut self) {
        let number = self.copies.len() + self.copying.len();
        let (database, to) =
            (self.database.clone(), self.folder().join(format!("copy-{number}-{}", bot::now())));
        self.copying.spawn(async move {
            store::back_up(&database, &to).await.context("no copy of the database")?;
            Ok(to)
        });
    }

    /// Every copy, with what is in it.
    pub async fn copies(&mut self) -> anyhow::Result<Vec<Db>> {
        while let Some(made) = self.copying.join_next().await {
            match made? {
                Ok(copy) => self.copies.push(copy),
                Err(error) => self.missed.push(format!("{error:#}")),
            }
        }
        let mut read = Vec::new();
        for copy in &self.copies {
            read.push(database::read(copy).await.context("a copy cannot be read")?);
        }
        Ok(read)
    }

    /// Puts a copy in the place of the database, as the guide says: nothing may leave before an
    /// admin has looked, and then all must come to rest.
    pub async fn restore(&mut self) -> anyhow::Result<Vec<Violation>> {
        let Some(copy) = self.rng.choice(self.copies.iter()).cloned() else { return Ok(vec![]) };
        let violation = |what: &str| Violation { promise: "I10", what: what.to_owned() };
        for end in ["", "-wal", "-shm"] {
            let mut file = self.database.clone().into_os_string();
            file.push(end);
            // The last two go with a clean stop.
            drop(std::fs::remove_file(file));
        }
        std::fs::copy(&copy, &self.database)?;
        let before = self.letters();
        let bot = self.start(None).await?;
        let held = self.holds_within(self.at_most(REST)).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let left = self.letters() - before;
        let mut found = Vec::new();
        if !held {
            found.push(violation("a restored copy is not doubted"));
        }
        if left > 0 {
            found.push(violation("letters left a restored copy before an admin had looked"));
        }
        let begun = Instant::now();
        let mut calm = false;
        while !calm && begun.elapsed() < self.at_most(REST) {
            self.office.resume(&person(ADMIN)).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            calm = !self.is_doubted().await? && self.is_calm().await?;
        }
        if !calm {
            found.push(violation("a restored copy does not go on when an admin has looked"));
        }
        bot.stop().await?;
        Ok(found)
    }

    fn letters(&self) -> usize {
        Provider::ALL.iter().map(|known| self.office.far_end(*known).received().len()).sum()
    }

    async fn is_doubted(&self) -> anyhow::Result<bool> {
        let pool = database::open(&self.database, false).await?;
        let doubted = database::is_doubted(&pool).await;
        pool.close().await;
        doubted
    }

    async fn holds_within(&self, most: Duration) -> anyhow::Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < most {
            if self.is_doubted().await? {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(false)
    }

    /// The end of an outage of Telegram.
    pub async fn telegram_comes_back(&self) -> anyhow::Result<()> {
        // A process that is just being started holds the old socket for a moment.
        for _ in 0..100 {
            if self.office.telegram.comes_back().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        anyhow::bail!("somebody else has taken the port of Telegram")
    }

    /// Writes down how a bot ended, and judges what people have seen by what is stored now:
    /// later it may become true.
    pub async fn ended(&mut self, life: Life) -> anyhow::Result<()> {
        self.lives.push(life);
        if !self.make.bare {
            let logs = self.logs().await?;
            self.untrue.extend(checker::shown(&logs));
        }
        Ok(())
    }

    /// How long something may take that usually takes so long at most: in a world with a mistake
    /// in it, it may never happen.
    pub fn at_most(&self, usual: Duration) -> Duration {
        self.make.rest.unwrap_or(usual)
    }

    /// Heals the providers and gives a bot the time to bring everything to rest, then stops it.
    pub async fn come_to_rest(&mut self) -> anyhow::Result<()> {
        self.pause().await;
        for provider in Provider::ALL {
            let far_end = self.office.far_end(provider);
            far_end.heal();
            far_end.come_up().await?;
        }
        self.routes.iter().for_each(|route| route.becomes(Way::Open));
        let bot = self.start(None).await?;
        let begun = Instant::now();
        let mut calm = 0;
        let most = self.make.rest.unwrap_or(REST);
        while calm < 3 && begun.elapsed() < most {
            tokio::time::sleep(Duration::from_millis(60)).await;
            calm = if self.is_calm().await? { calm + 1 } else { 0 };
        }
        self.rested = begun.elapsed();
        let life = bot.stop().await?;
        self.lives.push(life);
        Ok(())
    }

    async fn is_calm(&self) -> anyhow::Result<bool> {
        let pool = database::open(&self.database, false).await?;
        let paused = database::paused(&pool).await?;
        let restless = database::restless(&pool, ADMIN, self.is_in_earnest()).await?;
        pool.close().await;
        if !paused.is_empty() {
            self.office.resume(&person(ADMIN)).await;
        }
        Ok(paused.is_empty() && restless == 0 && self.office.telegram.pending_updates() == 0)
    }

    /// What the database says now.
    pub async fn database(&self) -> anyhow::Result<Db> {
        database::read(&self.database).await.context("the database cannot be read")
    }

    /// The logs of everything that happened.
    pub async fn logs(&self) -> anyhow::Result<Logs> {
        let received =
            Provider::ALL.iter().flat_map(|known| self.office.far_end(*known).received());
        Ok(Logs {
            received: received.collect(),
            pressed: self.office.pressed(),
            seen: STAFF.iter().flat_map(|id| self.seen(*id)).collect(),
            lives: self.lives.clone(),
            db: self.database().await?,
            acknowledged: self.office.telegram.confirmed_updates(),
            poison: self.poison.clone(),
            said: STAFF.iter().flat_map(|id| self.said(*id)).collect(),
            unanswered: STAFF.into_iter().filter(|id| self.is_unanswered(*id)).collect(),
            window: i64::try_from(self.window().as_millis())?,
            limits: (self.make.setup == Setup::Defaults).then_some(bot::LIMITS),
            patience: i64::try_from(self.patience().as_millis())?,
        })
    }

    fn seen(&self, id: i64) -> Vec<Seen> {
        let chat = self.office.telegram.chat(&person(id));
        chat.into_iter()
            .filter(stand_ins::telegram::Message::is_from_bot)
            .flat_map(|message| {
                let seen = move |text, now| Seen { message: message.id.into(), text, now };
                let former = message.former.into_iter().map(move |text| seen(text, false));
                former.chain([seen(message.text, true)])
            })
            .collect()
    }

    fn said(&self, id: i64) -> Vec<String> {
        let chat = self.office.telegram.chat(&person(id)).into_iter();
        let own = chat.filter(|message| !message.is_from_bot());
        own.map(|message| message.text).collect()
    }

    /// Whether nothing was sent or edited in a chat since the person wrote there last.
    fn is_unanswered(&self, id: i64) -> bool {
        let chat = self.office.telegram.chat(&person(id));
        let newest = |from_bot: bool| {
            let of = chat.iter().filter(|message| message.is_from_bot() == from_bot);
            of.map(|message| message.version).max()
        };
        newest(false) > newest(true)
    }

    /// Keeps the folder for somebody to look into.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

fn port(telegram: &Telegram) -> anyhow::Result<u16> {
    telegram.url().rsplit(':').next().and_then(|port| port.parse().ok()).context("no port")
}

async fn let_in(database: &Path) -> anyhow::Result<()> {
    let store = Store::open(database).await?;
    for id in STAFF.into_iter().filter(|id| *id != ADMIN) {
        allow(&store, &person(id), Role::Staff).await?;
    }
    store.close().await;
    Ok(())
}
