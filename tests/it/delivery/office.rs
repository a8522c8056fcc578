//! A bot without Telegram: a store, both providers played on this machine, and delivery between
//! them, with short waits.

use std::sync::Arc;
use std::time::Duration;

use invite_bot::delivery::{Delivery, Limits, RetryPolicy};
use invite_bot::domain::{
    DayBounds, Hold, Invitation, InvitationNo, PersonId, Provider, Recipient, State,
};
use invite_bot::providers::Providers;
use invite_bot::store::{Actor, Applied, Change, NewInvitation, Quotas, Store, SubmitOptions};
use jiff::Timestamp;
use serde_json::json;
use sqlx::AssertSqlSafe;
use stand_ins::providers::{ProviderStandIn, Reply, Scripted};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::ledger::{Ledger, STAFF, id};
use crate::support::samples;
use crate::support::wait::PATIENCE;

pub const LIMITS: Limits = Limits { concurrency: 4, invoicebox_per_minute: 0, sbis_per_minute: 0 };

/// What waits are multiplied by: ten minutes are 60 ms.
pub const TIME_SCALE: f64 = 0.0001;

/// The limit of a call; far longer than a stand-in takes, also on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(5);

pub struct Office {
    ledger: Ledger,
    pub store: Store,
    pub invoicebox: ProviderStandIn,
    pub sbis: ProviderStandIn,
    pub delivery: Delivery,
    providers: Arc<Providers>,
    changed: watch::Receiver<u64>,
    shutdown: watch::Sender<bool>,
    running: JoinSet<()>,
}

pub fn person() -> PersonId {
    id(STAFF)
}

/// As many as there are.
fn no_quotas() -> Quotas {
    let day = DayBounds { begins: Timestamp::MIN, ends: Timestamp::MAX };
    Quotas { limits: invite_bot::domain::Limits::NONE, day }
}

pub fn status(status: u16) -> Scripted {
    Scripted::Answer(Reply::json(status, &json!({"error": {"message": "no"}})))
}

impl Office {
    pub async fn new() -> Self {
        Self::with(LIMITS, TIME_SCALE).await
    }

    /// With limits, and waits multiplied by a factor.
    pub async fn with(limits: Limits, factor: f64) -> Self {
        let ledger = Ledger::new().await;
        let store = ledger.store.clone();
        let invoicebox = ProviderStandIn::invoicebox().await.unwrap();
        let sbis = ProviderStandIn::sbis().await.unwrap();
        let at_both = (samples::invoicebox(invoicebox.url()), samples::sbis(sbis.url()));
        let providers = Providers::new(TIMEOUT, Some(at_both.0), Some(at_both.1)).unwrap();
        let providers = Arc::new(providers);
        let policy = RetryPolicy::default().scaled(factor);
        let delivery = Delivery::new(store.clone(), providers.clone(), policy, limits);
        Self {
            ledger,
            store,
            invoicebox,
            sbis,
            providers,
            changed: delivery.changed(),
            delivery,
            shutdown: watch::Sender::new(false),
            running: JoinSet::new(),
        }
    }

    /// Begins to send.
    pub fn open(&mut self) {
        let (delivery, shutdown) = (self.delivery.clone(), self.shutdown.subscribe());
        self.running.spawn(async move { delivery.run(shutdown).await });
    }

    /// Begins to send after a stop, as a new start does.
    pub fn starts_again(&mut self) {
        self.shutdown.send_replace(false);
        self.open();
    }

    /// Stops, and begins anew with what the file holds.
    pub async fn restarts(&mut self) {
        self.close();
        self.closed().await;
        self.store.close().await;
        self.ledger.store = Store::open(&self.ledger.path).await.unwrap();
        self.store = self.ledger.store.clone();
        let (providers, policy) =
            (self.providers.clone(), RetryPolicy::default().scaled(TIME_SCALE));
        self.delivery = Delivery::new(self.store.clone(), providers, policy, LIMITS);
        self.changed = self.delivery.changed();
        self.starts_again();
    }

    /// Lets it look at the queue many times.
    pub async fn looks(&self) {
        for _ in 0..20 {
            self.delivery.wake();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Asks delivery to stop; [`Self::closed`] waits for it.
    pub fn close(&self) {
        self.shutdown.send_replace(true);
    }

    pub fn is_running(&mut self) -> bool {
        self.running.try_join_next().is_none()
    }

    pub async fn closed(&mut self) {
        tokio::time::timeout(PATIENCE, self.running.join_next()).await.unwrap().unwrap().unwrap();
    }

    /// Confirms an invitation, as the bot does.
    pub async fn submit(&self, recipient: &Recipient) -> InvitationNo {
        self.schedules(recipient, None).await
    }

    /// The same for later.
    pub async fn schedules(
        &self,
        recipient: &Recipient,
        send_at: Option<Timestamp>,
    ) -> InvitationNo {
        let (person, body) = (person(), "{}".to_owned());
        let save = Change::SaveSession { person, was: None, version: 1, body };
        let new = NewInvitation {
            draft: self.applies(save).await.draft.unwrap(),
            recipient: recipient.clone(),
            guid: Uuid::new_v4(),
            repeats: None,
            status_message: None,
            send_at,
            sources: vec![],
            options: SubmitOptions::at_once(Timestamp::now()),
            quotas: no_quotas(),
        };
        let number = self.applies(Change::Submit(new)).await.submitted.unwrap();
        self.delivery.wake();
        number
    }

    /// Somebody's own doing, which nothing stands against.
    pub async fn applies(&self, change: Change) -> Applied {
        let by = Actor::Person(person());
        self.store.apply(by, Timestamp::now(), &[change]).await.unwrap()
    }

    pub async fn repeat(&self, number: InvitationNo) {
        let version = self.invitation(number).await.version;
        let options = SubmitOptions::at_once(Timestamp::now());
        self.applies(Change::Resend { number, version, options, quotas: no_quotas() }).await;
        self.delivery.wake();
    }

    pub async fn resume(&self, provider: Provider) {
        let holds = self.holds().await;
        let hold = holds.iter().find(|hold| hold.kind.provider() == Some(provider)).unwrap().id;
        let resume = Change::Resume { hold, fixed_admins: vec![], queues: 0 };
        let (by, now) = (Actor::Person(person()), Timestamp::now());
        self.store.apply(by, now, &[resume]).await.unwrap();
        self.delivery.wake();
    }

    /// Why nothing is sent.
    pub async fn holds(&self) -> Vec<Hold> {
        self.store.reader().holds().await.unwrap()
    }

    pub async fn invitation(&self, number: InvitationNo) -> Invitation {
        self.store.reader().invitation(number).await.unwrap().unwrap()
    }

    pub async fn state(&self, number: InvitationNo) -> State {
        self.ledger.state(number).await
    }

    /// Waits until outcomes have brought an invitation here.
    pub async fn becomes(&mut self, number: InvitationNo, state: State) {
        let reached = async {
            while self.state(number).await != state {
                self.changed.changed().await.unwrap();
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, reached).await.is_ok();
        assert!(in_time, "still {:?}", self.invitation(number).await);
    }

    /// Waits for the next outcome.
    pub async fn changes(&mut self) {
        tokio::time::timeout(PATIENCE, self.changed.changed()).await.unwrap().unwrap();
    }

    /// Waits until an invitation has its n-th attempt and that is closed.
    pub async fn tried(&mut self, number: InvitationNo, n: i64) {
        let reached = async {
            while self
                .invitation(number)
                .await
                .last
                .is_none_or(|last| last.n < n || last.outcome.is_none())
            {
                self.changed.changed().await.unwrap();
            }
        };
        assert!(tokio::time::timeout(PATIENCE, reached).await.is_ok(), "{number}");
    }

    /// Does to the database what the program never would.
    pub async fn sql(&self, sql: &str) {
        let mut conn = self.ledger.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
    }
}
